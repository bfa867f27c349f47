"""Operations as functions: ``exp(x)`` beside ``x.exp()``; those that join several tensors are in ``joining.py``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, overload

from pytorch_from_lua.errors import DTypeError
from pytorch_from_lua.tensor.creation import as_tensor
from pytorch_from_lua.tensor.out import stored
from pytorch_from_lua.tensor.pointwise import chosen, condition_of
from pytorch_from_lua.tensor.storage import Storage
from pytorch_from_lua.tensor.tensor import Tensor

if TYPE_CHECKING:
    from pytorch_from_lua.tensor._types import Operand, TensorLike

#: Methods that are functions too, of the same name and with the tensor as first argument.
METHODS = (
    "abs", "absolute", "acos", "acosh", "add", "addbmm", "addcdiv", "addcmul", "addmm", "addmv", "addr", "adjoint",
    "all", "allclose", "amax", "amin", "aminmax", "angle", "any", "arccos", "arccosh", "arcsin", "arcsinh", "arctan",
    "arctan2", "arctanh", "argmax", "argmin", "argsort", "argwhere", "as_strided", "as_strided_scatter", "asin",
    "asinh", "atan", "atan2", "atanh", "baddbmm", "bernoulli", "bincount", "bitwise_and", "bitwise_left_shift",
    "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "bmm", "ceil", "cholesky", "cholesky_inverse",
    "cholesky_solve", "chunk", "clamp", "clamp_max", "clamp_min", "clip", "clone", "conj", "copysign", "corrcoef",
    "cos", "cosh", "count_nonzero", "cov", "cross", "cummax", "cummin", "cumprod", "cumsum", "deg2rad", "det",
    "detach", "diag", "diag_embed", "diagflat", "diagonal", "diagonal_scatter", "diff", "digamma", "dist", "div",
    "divide", "dot", "dsplit", "eq", "equal", "erf", "erfc", "erfinv", "exp", "exp2", "expm1", "fill", "fix",
    "flatten", "flip", "fliplr", "flipud", "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod", "frac",
    "frexp", "gather", "gcd", "ge", "geqrf", "ger", "greater", "greater_equal", "gt", "heaviside", "histc", "histogram",
    "hsplit", "hypot", "i0", "index_add", "index_copy", "index_fill", "index_put", "index_reduce", "index_select",
    "inner", "inverse", "is_complex", "is_conj", "is_floating_point", "is_nonzero", "is_same_size", "is_signed",
    "isclose", "isfinite", "isinf", "isnan", "isneginf", "isposinf", "isreal", "kron", "kthvalue", "lcm", "ldexp",
    "le", "lerp", "less", "less_equal", "lgamma", "log", "log10", "log1p", "log2", "log_softmax", "logaddexp",
    "logaddexp2", "logcumsumexp", "logdet", "logical_and", "logical_not", "logical_or", "logical_xor", "logit",
    "logsumexp", "lt", "lu", "lu_solve", "masked_fill", "masked_scatter", "masked_select", "matmul", "matrix_exp",
    "matrix_power", "max", "maximum", "mean", "median", "min", "minimum", "mm", "mode", "moveaxis", "movedim",
    "msort", "mul", "multinomial", "multiply", "mv", "mvlgamma", "nan_to_num", "nanmean", "nanmedian", "nanquantile",
    "nansum", "narrow", "narrow_copy", "ne", "neg", "negative", "nextafter", "nonzero", "norm", "not_equal", "numel",
    "orgqr", "ormqr", "outer", "permute",
    "pinverse", "positive", "pow", "prod", "put", "qr", "quantile", "rad2deg", "ravel",
    "reciprocal", "relu", "remainder", "renorm", "repeat_interleave", "reshape", "roll", "rot90", "round", "rsqrt",
    "rsub", "scatter", "scatter_add", "scatter_reduce", "select", "select_scatter", "sgn", "sigmoid", "sign",
    "signbit", "sin", "sinc", "sinh", "slice_scatter", "slogdet", "softmax", "sort", "split_with_sizes", "sqrt",
    "square", "squeeze", "std", "sub", "subtract", "sum", "svd", "swapaxes", "swapdims", "t", "take",
    "take_along_dim", "tan", "tanh", "tensor_split", "tile", "topk", "trace", "transpose", "triangular_solve", "tril",
    "triu", "true_divide", "trunc", "unbind", "unflatten", "unique", "unique_consecutive", "unsqueeze", "var", "vdot",
    "vsplit", "xlogy",
)  # fmt: skip


def _function(name: str) -> Callable[..., Any]:
    method = getattr(Tensor, name)

    def any_arguments(input: Any, *args: Any, out: Any = None, **options: Any) -> Any:
        if out is None and not options and isinstance(input, Tensor):
            return method(input, *args)
        result = method(input if isinstance(input, Tensor) else as_tensor(input), *args, **options)
        return result if out is None else stored(name, result, out)

    def of_one(input: Any, *, out: Any = None) -> Any:
        if out is None and input.__class__ is Tensor:
            return method(input)
        return any_arguments(input, out=out)

    def of_two(input: Any, other: Any, *, out: Any = None) -> Any:
        if out is None and input.__class__ is Tensor:
            return method(input, other)
        return any_arguments(input, other, out=out)

    code = method.__code__
    # What `unary` and `binary` make; no other method of tensors has these names.
    shapes: dict[tuple[str, ...], Callable[..., Any]] = {("input",): of_one, ("input", "other"): of_two}
    plain = code.co_kwonlyargcount == 0 and code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS) == 0
    function = shapes.get(code.co_varnames[: code.co_argcount], any_arguments) if plain else any_arguments
    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{method.__doc__}\n\n    The method `Tensor.{name}` as a function of the tensor. ``out``, a tensor, takes"
        " the result's shape and values;\n    where there are several results, a tuple of tensors.\n    "
    )
    return function


#: Methods that write into the tensor, which are functions too.
IN_PLACE = (
    "abs_", "acos_", "acosh_", "arccos_", "arccosh_", "arcsin_", "arcsinh_", "arctan_", "arctanh_", "asin_",
    "asinh_", "atan_", "atanh_", "ceil_", "clamp_", "clamp_max_", "clamp_min_", "clip_", "cos_", "cosh_",
    "deg2rad_", "detach_", "erf_", "erfc_", "exp2_", "exp_", "expm1_", "fill_", "fix_", "floor_", "frac_", "gcd_",
    "i0_", "lcm_", "ldexp_", "log10_", "log1p_", "log2_", "log_", "logit_", "nan_to_num_", "neg_", "negative_",
    "rad2deg_", "reciprocal_", "relu_", "round_", "rsqrt_", "sigmoid_", "sin_", "sinc_", "sinh_", "sqrt_",
    "square_", "tan_", "tanh_", "trunc_", "xlogy_", "zero_",
)  # fmt: skip

#: They are kept in a table, since many have the names of Python's own functions.
FUNCTIONS = {name: _function(name) for name in METHODS}
FUNCTIONS.update({name: getattr(Tensor, name) for name in IN_PLACE})


def real(input: Tensor) -> Tensor:
    """The tensor itself: all numbers here are real.

    >>> from pytorch_from_lua import tensor
    >>> real(tensor([1, 2]))
    tensor([1, 2])
    """
    return input


def polygamma(n: int, input: Tensor) -> Tensor:
    """The derivative of order ``n`` of `digamma`, element by element: the method `Tensor.polygamma`, order first.

    >>> from pytorch_from_lua import tensor
    >>> polygamma(1, tensor([1.0, 2.0]))
    tensor([1.6449, 0.6449])
    """
    return input.polygamma(n)


@overload
def where(condition: TensorLike) -> tuple[Tensor, ...]: ...


@overload
def where(condition: TensorLike, input: Operand, other: Operand) -> Tensor: ...


def where(condition: Any, input: Any = None, other: Any = None) -> Tensor | tuple[Tensor, ...]:
    """``input`` where the condition is true, else ``other``; with the condition alone, the indices where it is true.

    Args:
        condition: booleans (or bytes, as Torch7 has them); alone, of any type. All three broadcast.
        input: a tensor or a number.
        other: a tensor or a number. The result has the element type that both promote to.

    Raises:
        DTypeError: for a condition of another type.

    >>> from pytorch_from_lua import tensor
    >>> where(tensor([True, False]), tensor([1, 2]), 0.5)
    tensor([1.0000, 0.5000])
    """
    mask = condition if isinstance(condition, Tensor) else as_tensor(condition)
    if input is None and other is None:
        return mask.nonzero(as_tuple=True)
    if input is None or other is None:
        raise DTypeError("input, other: need both, or neither")
    return chosen(condition_of(mask), input, other)


def is_storage(obj: Any) -> bool:
    """Whether this is the memory of a tensor.

    >>> from pytorch_from_lua import tensor
    >>> is_storage(tensor([1]).storage())
    True
    """
    return isinstance(obj, Storage)


def is_tensor(given: Any) -> bool:
    """Whether this is one of our tensors.

    >>> from pytorch_from_lua import tensor
    >>> is_tensor(tensor([1])), is_tensor([1])
    (True, False)
    """
    return isinstance(given, Tensor)
