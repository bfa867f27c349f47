"""Activations: modules that differ only in their function, each a row of a class body.

The formulas stand with the kernels (``pytorch_from_lua/kernels/activation.py``, ``softmax.py``).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.init import constant_
from pytorch_from_lua.nn.linear import new_parameter
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.joining import cat


class Pointwise(Module):
    """A function of each element and of a few numbers, which are given in order or by name and kept as attributes."""

    _function: ClassVar[Callable[..., Tensor]]
    _options: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        given = [inspect.Parameter(name, kind, default=value) for name, value in cls._options.items()]
        cls.__signature__ = inspect.Signature(given)  # type: ignore[attr-defined]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        bound = type(self).__signature__.bind(*args, **kwargs)  # type: ignore[attr-defined]
        for name, default in self._options.items():
            setattr(self, name, bound.arguments.get(name, default))

    def forward(self, input: Tensor) -> Tensor:
        return type(self)._function(input, **{name: getattr(self, name) for name in self._options})

    def extra_repr(self) -> str:
        shown = {name: getattr(self, name) for name in self._options}
        return ", ".join(f"{k}={v}" for k, v in shown.items() if not (k == "inplace" and v is False))


class ReLU(Pointwise):
    """``max(x, 0)``."""

    _function = staticmethod(F.relu)
    _options: ClassVar[dict[str, Any]] = {"inplace": False}


class ReLU6(Pointwise):
    """``min(max(x, 0), 6)``."""

    _function = staticmethod(F.relu6)
    _options: ClassVar[dict[str, Any]] = {"inplace": False}


class LeakyReLU(Pointwise):
    """``x`` where positive, else ``negative_slope * x`` (Maas et al., 2013)."""

    _function = staticmethod(F.leaky_relu)
    _options: ClassVar[dict[str, Any]] = {"negative_slope": 0.01, "inplace": False}


class RReLU(Module):
    """`LeakyReLU` with a slope drawn from U(lower, upper) for each element; their mean in evaluation.

    ``max(x, 0) + slope min(x, 0)`` (Xu et al., 2015; Torch7's ``nn.RReLU``). Shapes: any; the output has the input's.
    """

    def __init__(self, lower: float = 1.0 / 8.0, upper: float = 1.0 / 3.0, inplace: bool = False) -> None:
        super().__init__()
        self.lower, self.upper, self.inplace = lower, upper, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}"


class PReLU(Module):
    """`LeakyReLU` with a learned slope, one for all or one for each channel (He et al., 2015).

    ``max(x, 0) + weight min(x, 0)``. Shapes: any, channels in dimension 1; the output has the input's.
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.weight = constant_(new_parameter(num_parameters, dtype=dtype), init)

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class ELU(Pointwise):
    """``x`` where positive, else ``alpha * (exp(x) - 1)`` (Clevert et al., 2016)."""

    _function = staticmethod(F.elu)
    _options: ClassVar[dict[str, Any]] = {"alpha": 1.0, "inplace": False}


class SELU(Pointwise):
    """`ELU` scaled so that what is normalised stays so through many layers (Klambauer et al., 2017).

    ``1.0507 x`` over 0, ``1.0507 * 1.6733 (exp(x) - 1)`` else. Shapes: any; the output has the input's.
    """

    _function = staticmethod(F.selu)
    _options: ClassVar[dict[str, Any]] = {"inplace": False}


class CELU(Pointwise):
    """``x`` where positive, else ``alpha * (exp(x / alpha) - 1)`` (Barron, 2017)."""

    _function = staticmethod(F.celu)
    _options: ClassVar[dict[str, Any]] = {"alpha": 1.0, "inplace": False}


class GELU(Pointwise):
    """``x`` times the normal distribution's probability of less than ``x`` (Hendrycks and Gimpel, 2016).

    ``approximate="tanh"`` takes the usual approximation.
    """

    _function = staticmethod(F.gelu)
    _options: ClassVar[dict[str, Any]] = {"approximate": "none"}


class SiLU(Pointwise):
    """``x * sigmoid(x)`` (Elfwing et al., 2017)."""

    _function = staticmethod(F.silu)
    _options: ClassVar[dict[str, Any]] = {"inplace": False}


class Mish(Pointwise):
    """``x * tanh(log(1 + exp(x)))`` (Misra, 2019)."""

    _function = staticmethod(F.mish)
    _options: ClassVar[dict[str, Any]] = {"inplace": False}


class Hardsigmoid(Pointwise):
    """``x / 6 + 1 / 2``, cut off at 0 and 1."""

    _function = staticmethod(F.hardsigmoid)
    _options: ClassVar[dict[str, Any]] = {"inplace": False}


class Hardswish(Pointwise):
    """``x * hardsigmoid(x)`` (Howard et al., 2019)."""

    _function = staticmethod(F.hardswish)
    _options: ClassVar[dict[str, Any]] = {"inplace": False}


class GLU(Pointwise):
    """``a * sigmoid(b)`` for the halves of ``dim`` (Dauphin et al., 2017; Torch7's ``nn.GatedLinearUnit``)."""

    _function = staticmethod(F.glu)
    _options: ClassVar[dict[str, Any]] = {"dim": -1}


class CReLU(Module):
    """`ReLU` of the input and of its negative, joined along the channels (Shang et al., 2016; Torch7's ``nn.CReLU``).

    Shapes: ``num_input_dims`` dimensions with the channels first, or one more for a batch; the output has twice the
    channels.
    """

    def __init__(self, num_input_dims: int, inplace: bool = False) -> None:
        super().__init__()
        self.num_input_dims, self.inplace = num_input_dims, inplace

    def forward(self, input: Tensor) -> Tensor:
        dim = input.ndim - self.num_input_dims
        if dim not in (0, 1):
            n = self.num_input_dims
            raise ShapeError(f"CReLU({n}): input needs {n} or {n + 1} dimensions, got shape {input.shape}")
        return F.relu(cat([input, -input], dim))

    def extra_repr(self) -> str:
        return f"num_input_dims={self.num_input_dims}"


class Sigmoid(Pointwise):
    """``1 / (1 + exp(-x))``."""

    _function = staticmethod(F.sigmoid)


class LogSigmoid(Pointwise):
    """``log(1 / (1 + exp(-x)))``."""

    _function = staticmethod(F.logsigmoid)


class Tanh(Pointwise):
    """``tanh(x)``."""

    _function = staticmethod(F.tanh)


class Tanhshrink(Pointwise):
    """``x - tanh(x)``."""

    _function = staticmethod(F.tanhshrink)


class Hardtanh(Pointwise):
    """``x`` cut off at ``min_val`` and ``max_val``."""

    _function = staticmethod(F.hardtanh)
    _options: ClassVar[dict[str, Any]] = {"min_val": -1.0, "max_val": 1.0, "inplace": False}


class Hardshrink(Pointwise):
    """``x`` where ``|x| > lambd``, else 0."""

    _function = staticmethod(F.hardshrink)
    _options: ClassVar[dict[str, Any]] = {"lambd": 0.5}


class Softshrink(Pointwise):
    """``x`` moved towards 0 by ``lambd``, and 0 within that of it."""

    _function = staticmethod(F.softshrink)
    _options: ClassVar[dict[str, Any]] = {"lambd": 0.5}


class Softplus(Pointwise):
    """``log(1 + exp(beta x)) / beta``; ``x`` itself where ``beta x`` is over ``threshold``."""

    _function = staticmethod(F.softplus)
    _options: ClassVar[dict[str, Any]] = {"beta": 1.0, "threshold": 20.0}


class Softsign(Pointwise):
    """``x / (1 + |x|)``."""

    _function = staticmethod(F.softsign)


class Threshold(Pointwise):
    """``x`` where it is over ``threshold``, else ``value``."""

    _function = staticmethod(F.threshold)
    _options: ClassVar[dict[str, Any]] = {"threshold": 1e-6, "value": 0.0, "inplace": False}


class Abs(Pointwise):
    """``|x|`` (Torch7's ``nn.Abs``)."""

    _function = staticmethod(Tensor.abs)


class Exp(Pointwise):
    """``exp(x)`` (Torch7's ``nn.Exp``)."""

    _function = staticmethod(Tensor.exp)


class Log(Pointwise):
    """The natural logarithm (Torch7's ``nn.Log``)."""

    _function = staticmethod(Tensor.log)


class Sqrt(Pointwise):
    """The square root; its gradient at 0 counts as 0 (Torch7's ``nn.Sqrt``)."""

    _function = staticmethod(Tensor.sqrt)


class Square(Pointwise):
    """``x * x`` (Torch7's ``nn.Square``)."""

    _function = staticmethod(Tensor.square)


class Power(Pointwise):
    """``x ** exponent`` (Torch7's ``nn.Power``)."""

    _options: ClassVar[dict[str, Any]] = {"exponent": 2.0}

    def forward(self, input: Tensor) -> Tensor:
        return input**self.exponent  # type: ignore[no-any-return]


class Clamp(Pointwise):
    """``x`` cut off at ``min`` and ``max`` (Torch7's ``nn.Clamp``)."""

    _function = staticmethod(Tensor.clamp)
    _options: ClassVar[dict[str, Any]] = {"min": None, "max": None}


class AddConstant(Pointwise):
    """``x + constant`` (Torch7's ``nn.AddConstant``)."""

    _options: ClassVar[dict[str, Any]] = {"constant": 0.0, "inplace": False}

    def forward(self, input: Tensor) -> Tensor:
        return input.add_(self.constant) if self.inplace else input + self.constant


class MulConstant(Pointwise):
    """``x * constant`` (Torch7's ``nn.MulConstant``)."""

    _options: ClassVar[dict[str, Any]] = {"constant": 1.0, "inplace": False}

    def forward(self, input: Tensor) -> Tensor:
        return input.mul_(self.constant) if self.inplace else input * self.constant


class _OverDim(Module):
    """A function that normalises over one dimension.

    Args:
        dim: that dimension. None takes Torch7's choice: the channels of ``(C,)``, ``(N, C)``, ``(C, H, W)`` and
            ``(N, C, H, W)``.
    """

    _function: ClassVar[Callable[..., Tensor]]

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        dim = channel_dim(input) if self.dim is None else self.dim
        return type(self)._function(input, dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


def channel_dim(input: Tensor) -> int:
    """The dimension of the channels: 0 for one or three dimensions, 1 for two or four."""
    return 0 if input.ndim in (1, 3) else 1


class Softmax(_OverDim):
    """``exp(x_i) / sum_j exp(x_j)``."""

    _function = staticmethod(F.softmax)


class Softmin(_OverDim):
    """``exp(-x_i) / sum_j exp(-x_j)``."""

    _function = staticmethod(F.softmin)


class LogSoftmax(_OverDim):
    """``x_i - log sum_j exp(x_j)``."""

    _function = staticmethod(F.log_softmax)


class Softmax2d(Module):
    """`Softmax` over the channels of ``(N, C, H, W)`` or ``(C, H, W)`` (``nn.SpatialSoftMax`` in Torch7)."""

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4):
            raise ShapeError(f"Softmax2d: input needs shape (N, C, H, W) or (C, H, W), got {input.shape}")
        return F.softmax(input, input.ndim - 3)
