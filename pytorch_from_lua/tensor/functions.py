"""Operations as functions: ``exp(x)`` beside ``x.exp()``; those that join several tensors are in ``joining.py``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytorch_from_lua.autograd.engine import apply, is_grad_enabled
from pytorch_from_lua.autograd.promotion import can_cast
from pytorch_from_lua.errors import AutogradError, DTypeError, ShapeError
from pytorch_from_lua.tensor.creation import as_tensor
from pytorch_from_lua.tensor.tensor import Tensor

#: Methods that are functions too, of the same name and with the tensor as first argument.
METHODS = (
    "abs", "absolute", "acos", "acosh", "add", "addbmm", "addcdiv", "addcmul", "addmm", "addmv", "addr", "all",
    "allclose", "amax", "amin", "aminmax", "any", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2",
    "arctanh", "argmax", "argmin", "argsort", "asin", "asinh", "atan", "atan2", "atanh", "baddbmm", "bincount",
    "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "bmm",
    "ceil", "chunk", "clamp", "clamp_max", "clamp_min", "clip", "clone", "copysign", "corrcoef", "cos", "cosh",
    "count_nonzero", "cov", "cummax", "cummin", "cumprod", "cumsum", "deg2rad", "diag", "diagonal", "diff",
    "digamma", "dist", "div", "divide", "dot", "eq", "equal", "erf", "erfc", "erfinv", "exp", "exp2", "expm1",
    "fix", "flatten", "flip", "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod", "frac", "frexp",
    "gather", "gcd", "ge", "ger", "greater", "greater_equal", "gt", "heaviside", "histc", "histogram", "hypot",
    "i0", "index_add", "index_copy", "index_fill", "index_select", "is_complex", "is_floating_point", "is_nonzero",
    "isclose", "isfinite", "isinf", "isnan", "isneginf", "isposinf", "isreal", "kthvalue", "lcm", "ldexp", "le",
    "lerp", "less", "less_equal", "lgamma", "log", "log10", "log1p", "log2", "log_softmax", "logaddexp",
    "logaddexp2", "logcumsumexp", "logical_and", "logical_not", "logical_or", "logical_xor", "logit", "logsumexp",
    "lt", "masked_fill", "masked_select", "matmul", "max", "maximum", "mean", "median", "min", "minimum", "mm",
    "mode", "movedim", "msort", "mul", "multiply", "mv", "mvlgamma", "nan_to_num", "nanmean", "nanmedian",
    "nanquantile", "nansum", "narrow", "ne", "neg", "negative", "nextafter", "nonzero", "norm", "not_equal",
    "numel", "outer", "permute", "positive", "pow", "prod", "quantile", "rad2deg", "ravel", "reciprocal", "relu",
    "remainder", "renorm", "reshape", "roll", "round", "rsqrt", "rsub", "scatter", "scatter_add", "select", "sgn",
    "sigmoid", "sign", "signbit", "sin", "sinc", "sinh", "softmax", "sort", "sqrt", "square", "squeeze", "std",
    "sub", "subtract", "sum", "swapaxes", "t", "take", "tan", "tanh", "topk", "transpose", "tril", "triu",
    "true_divide", "trunc", "unbind", "unflatten", "unique", "unique_consecutive", "unsqueeze", "var", "xlogy",
)  # fmt: skip

#: The same for shapes, indexing and linear algebra.
MORE_METHODS = (
    "adjoint", "as_strided", "cholesky", "cholesky_inverse", "cholesky_solve", "cross", "det", "detach",
    "diag_embed", "diagflat", "diagonal_scatter", "dist", "dsplit", "fliplr", "flipud", "hsplit", "inner",
    "inverse", "is_nonzero", "is_same_size", "kron", "logdet", "lu", "lu_solve", "matrix_exp", "matrix_power",
    "moveaxis", "narrow_copy", "orgqr", "pinverse", "qr", "repeat_interleave", "rot90", "select_scatter",
    "slice_scatter", "slogdet", "split_with_sizes", "svd", "swapdims", "tensor_split", "tile", "trace",
    "triangular_solve", "vdot", "vsplit",
)  # fmt: skip


def _function(name: str) -> Callable[..., Any]:
    method = getattr(Tensor, name)

    def function(input: Any, *args: Any, out: Any = None, **options: Any) -> Any:
        result = method(input if isinstance(input, Tensor) else as_tensor(input), *args, **options)
        return result if out is None else stored(name, result, out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{method.__doc__}\n\n    The method `Tensor.{name}` as a function of the tensor. ``out``, a tensor, takes"
        " the result's shape and values;\n    where there are several results, a tuple of tensors.\n    "
    )
    return function


def stored(name: str, result: Any, out: Any) -> Any:
    """A function's result written to the tensors that the caller gave for it.

    Raises:
        AutogradError: where the result carries a gradient, which would be lost.
        DTypeError: where the type of ``out`` is of a lower kind than the result's.
        ShapeError: for another number of tensors than there are results.
    """
    if isinstance(result, tuple):
        if not isinstance(out, (tuple, list)) or len(out) != len(result):
            raise ShapeError(f"out: {name} needs a tuple of {len(result)} tensors, got {type(out).__name__}")
        for r, o in zip(result, out, strict=True):
            stored(name, r, o)
        return type(result)(*out) if hasattr(result, "_fields") else tuple(out)
    if not isinstance(out, Tensor):
        raise DTypeError(f"out: {name} needs a tensor, got {type(out).__name__}")
    if is_grad_enabled() and (result.requires_grad or out.requires_grad):
        raise AutogradError(f"out: {name} records gradients, and a result written elsewhere would lose them")
    if not can_cast(result.dtype, out.dtype):
        raise DTypeError(f"out: {name} gives {result.dtype.name}, which cannot be stored as {out.dtype.name}")
    if out.shape != result.shape:
        out.resize_(result.shape)
    return out.copy_(result)


#: They are kept in a table, since many have the names of Python's own functions.
FUNCTIONS = {name: _function(name) for name in (*METHODS, *MORE_METHODS)}


def polygamma(n: int, input: Any) -> Any:
    """The derivative of order ``n`` of `digamma`, element by element: the method `Tensor.polygamma`, order first."""
    return input.polygamma(n)


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """``input`` where the condition is true, else ``other``; with the condition alone, the indices where it is true."""
    if input is None or other is None:
        return tuple(as_tensor(condition).nonzero().t())
    return apply("where", as_tensor(condition), input, other)


def is_tensor(given: Any) -> bool:
    """Whether this is one of our tensors."""
    return isinstance(given, Tensor)
