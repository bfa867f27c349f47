"""PyTorch's ``torch.special``: special functions, most of them under a second name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.tensor.functions import FUNCTIONS, polygamma

if TYPE_CHECKING:
    from pytorch_from_lua.tensor._types import Operand
    from pytorch_from_lua.tensor.tensor import Tensor

#: The name here, where it is another: the name among the functions.
_NAMES = {"expit": "sigmoid", "gammaln": "lgamma", "psi": "digamma", "multigammaln": "mvlgamma"}
_SAME = (
    "digamma", "erf", "erfc", "erfinv", "exp2", "expm1", "i0", "log1p", "log_softmax", "logit", "logsumexp", "round",
    "sinc", "softmax", "xlogy",
)  # fmt: skip
_FUNCTIONS = {**{name: FUNCTIONS[name] for name in _SAME}, **{new: FUNCTIONS[old] for new, old in _NAMES.items()}}


def i1(input: Tensor) -> Tensor:
    """The modified Bessel function of the first kind of order 1, element by element.

    >>> from pytorch_from_lua import tensor
    >>> i1(tensor([0.0, 1.0]))
    tensor([0.0000, 0.5652])
    """
    return apply("i1", input)


def ndtr(input: Tensor) -> Tensor:
    """The standard normal distribution function, ``erfc(-x / √2) / 2``, element by element.

    >>> from pytorch_from_lua import tensor
    >>> ndtr(tensor([0.0, 100.0]))
    tensor([0.5000, 1.0000])
    """
    return apply("mul", apply("erfc", apply("mul", input, -math.sqrt(0.5))), 0.5)


def erfcx(input: Tensor) -> Tensor:
    """``exp(x²) erfc(x)``, element by element, without overflow.

    >>> from pytorch_from_lua import tensor
    >>> erfcx(tensor([0.0, 100.0]))
    tensor([1.0000, 0.0056])
    """
    return apply("erfcx", input)


def log_ndtr(input: Tensor) -> Tensor:
    """The logarithm of `ndtr`, element by element, also where that is too small for a number.

    >>> from pytorch_from_lua import tensor
    >>> log_ndtr(tensor([0.0, -100.0]))
    tensor([-6.9315e-01, -5.0055e+03])
    """
    return apply("log_ndtr", input)


def ndtri(input: Tensor) -> Tensor:
    """The number whose `ndtr` is x, element by element.

    >>> from pytorch_from_lua import tensor
    >>> ndtri(tensor([0.5, 0.8413447]))
    tensor([0.0000, 1.0000])
    """
    return apply("ndtri", input)


def entr(input: Tensor) -> Tensor:
    """``-x log(x)``, element by element; 0 at 0, and minus infinity below.

    >>> from pytorch_from_lua import tensor
    >>> entr(tensor([0.0, 1.0, 2.0]))
    tensor([-0.0000, -0.0000, -1.3863])
    """
    negative = apply("lt", input, 0)
    return apply("where", negative, -math.inf, apply("neg", apply("xlogy", input, input)))


def xlog1py(input: Tensor, other: Operand) -> Tensor:
    """``x log(1 + y)``, element by element; 0 where x is 0.

    >>> from pytorch_from_lua import tensor
    >>> xlog1py(tensor([0.0, 2.0]), tensor([1.0, 1.0]))
    tensor([0.0000, 1.3863])
    """
    return apply("xlogy", input, apply("add", other, 1.0))


def __getattr__(name: str) -> Any:
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_FUNCTIONS})


__all__ = ["entr", "erfcx", "i1", "log_ndtr", "ndtr", "ndtri", "polygamma", "xlog1py"]
