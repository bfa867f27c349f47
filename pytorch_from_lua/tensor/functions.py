"""Operations as functions: ``exp(x)`` beside ``x.exp()``, and those that join several tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import DTypeError, ShapeError
from pytorch_from_lua.tensor.creation import as_tensor
from pytorch_from_lua.tensor.tensor import Tensor
from pytorch_from_lua.tensor.views import expanded

#: Methods that are functions too, of the same name and with the tensor as first argument.
METHODS = (
    "abs", "acos", "acosh", "add", "addbmm", "addcdiv", "addcmul", "addmm", "addmv", "addr", "all", "amax", "amin",
    "any", "argmax", "argmin", "argsort", "asin", "asinh", "atan", "atan2", "atanh", "baddbmm", "bitwise_and",
    "bitwise_not", "bitwise_or", "bitwise_xor", "bmm", "ceil", "chunk", "clamp", "clone", "cos", "cosh",
    "count_nonzero", "cumprod", "cumsum", "diag", "diagonal", "div", "divide", "dot", "eq", "exp", "exp2", "expm1",
    "flatten", "flip", "floor", "floor_divide", "fmod", "frac", "gather", "ge", "ger", "gt", "hypot", "index_add",
    "index_copy", "index_fill", "index_select", "isfinite", "isinf", "isnan", "kthvalue", "le", "lerp", "log",
    "log10", "log1p", "log2", "logical_and", "logical_not", "logical_or", "logical_xor", "logsumexp", "lt",
    "masked_fill", "masked_select", "matmul", "max", "maximum", "mean", "median", "min", "minimum", "mm", "mode",
    "movedim", "mul", "multiply", "mv", "narrow", "ne", "neg", "negative", "nonzero", "norm", "numel", "outer",
    "permute", "pow", "prod", "ravel", "reciprocal", "relu", "remainder", "reshape", "roll", "round", "rsqrt",
    "scatter", "scatter_add", "select", "sigmoid", "sign", "sin", "sinh", "sort", "split", "sqrt", "square",
    "squeeze", "std", "sub", "sum", "swapaxes", "t", "take", "tan", "tanh", "topk", "transpose", "tril", "triu",
    "trunc", "unbind", "unflatten", "unsqueeze", "var", "is_floating_point",
)  # fmt: skip


def _function(name: str) -> Callable[..., Any]:
    method = getattr(Tensor, name)

    def function(input: Any, *args: Any, **options: Any) -> Any:
        return method(input if isinstance(input, Tensor) else as_tensor(input), *args, **options)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{method.__doc__}\n\n    The method `Tensor.{name}` as a function of the tensor."
    return function


#: They are kept in a table, since many have the names of Python's own functions.
FUNCTIONS = {name: _function(name) for name in METHODS}


def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """The tensors one after another along a dimension that they have.

    Raises:
        ShapeError: for no tensors.

    >>> from pytorch_from_lua import ones, zeros
    >>> cat([ones(2), zeros(1)])
    tensor([1., 1., 0.])
    """
    return apply("cat", *_several(tensors), dim=dim)


def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """The tensors, all of one shape, one after another along a new dimension.

    Raises:
        ShapeError: for no tensors, or different shapes.
    """
    several = _several(tensors)
    if any(t.shape != several[0].shape for t in several):
        raise ShapeError(f"tensors: need one shape, got {', '.join(str(t.shape) for t in several)}")
    return apply("stack", *several, dim=dim)


def _several(tensors: Sequence[Any]) -> list[Any]:
    several = list(tensors)
    if not several:
        raise ShapeError("tensors: needs at least one")
    for t in several:
        if not isinstance(t, Tensor):
            raise DTypeError(f"tensors: needs tensors only, got {type(t).__name__}")
    return several


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """``input`` where the condition is true, else ``other``; with the condition alone, the indices where it is true."""
    if input is None or other is None:
        return tuple(as_tensor(condition).nonzero().t())
    return apply("where", as_tensor(condition), input, other)


def broadcast_tensors(*tensors: Any) -> list[Any]:
    """The tensors as views of their common shape."""
    return expanded(tensors)


def is_tensor(given: Any) -> bool:
    """Whether this is one of our tensors."""
    return isinstance(given, Tensor)


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and the same elements."""
    return bool(input.shape == other.shape and (input.array == other.array).all())


def allclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether ``abs(input - other) <= atol + rtol * abs(other)`` for all elements."""
    a, b = input.detach().array, other.detach().array
    close = (abs(a - b) <= atol + rtol * abs(b)) | (a == b)
    return bool((close | ((a != a) & (b != b)) if equal_nan else close).all())
