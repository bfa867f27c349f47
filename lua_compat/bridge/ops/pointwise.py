"""Element by element: one table of functions of one tensor, and arithmetic with numbers and tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lua_compat.bridge.ops.common import exported, named, same_count, scalar, sizes, target
from pytorch_from_lua.errors import DTypeError, ShapeError
from pytorch_from_lua.kernels.pointwise import POINTWISE
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.dtype import uint8

# -- one tensor ----------------------------------------------------------------------------------------------------


def _sign(x: Any, out: Any) -> None:
    """1, 0 or -1; 0 for a nan, which is neither above nor below 0."""
    np.sign(x, out=out)
    if out.dtype.kind == "f" and np.isnan(out).any():
        out[np.isnan(out)] = 0


#: numpy's own functions as they are; what is more than one of them is a kernel.
UNARY: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "acos": np.arccos,
    "asin": np.arcsin,
    "atan": np.arctan,
    "ceil": np.ceil,
    "cos": np.cos,
    "cosh": np.cosh,
    "exp": np.exp,
    "floor": np.floor,
    "log": np.log,
    "log1p": np.log1p,
    "neg": np.negative,
    "sign": _sign,
    "sin": np.sin,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "tan": np.tan,
    "tanh": np.tanh,
    "trunc": np.trunc,
    **{name: POINTWISE[name] for name in ("cinv", "frac", "round", "rsqrt", "sigmoid")},
}


def _overlaps(x: Tensor) -> bool:
    """Whether two places of a tensor may be the same element: it was expanded, unfolded or set so."""
    reach = 0
    for step, size in sorted(zip(x._stride, x._shape, strict=True)):
        if size > 1:
            if step <= reach:
                return True
            reach += step * (size - 1)
    return False


def _compute(kernel: Callable[..., Any], out: Tensor, *operands: Any) -> None:
    """``kernel(*operands)`` into ``out``: one place after another where they overlap, for Torch7 counts each."""
    array = out.array
    if array.flags.c_contiguous or not _overlaps(out):
        kernel(*operands, out=array)
        return
    for at in np.ndindex(array.shape):
        place = (*at, ...)
        kernel(*[o[place] if getattr(o, "ndim", 0) else o for o in operands], out=array[place])


def _unary(function: Callable[..., Any]) -> Callable[..., Any]:
    def op(res: Tensor | None, x: Tensor) -> Tensor | None:
        out = target(res, x.dtype, x._shape)
        _compute(function, out, x.array)
        return out if res is None else None

    return op


for _name, _function in UNARY.items():
    named(_name)(_unary(_function))

# -- arithmetic ------------------------------------------------------------------------------------------------------


def _with_number(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """An operation of a tensor and a number."""

    def op(res: Tensor | None, x: Tensor, value: float) -> Tensor | None:
        out = target(res, x.dtype, x._shape)
        _compute(kernel, out, x.array, scalar(x.dtype, value))
        return out if res is None else None

    return op


def _with_tensor(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """An operation of two tensors of equal element counts; the result takes the shape of the first."""

    def op(res: Tensor | None, x: Tensor, y: Tensor) -> Tensor | None:
        a = x.array
        b = y.array
        if a.shape != b.shape:
            b = same_count(a, b, "the second tensor")
        out = target(res, x.dtype, x._shape)
        _compute(kernel, out, a, b)
        return out if res is None else None

    return op


def _either(ufunc: Callable[..., Any], kernel: Callable[..., Any]) -> Callable[..., Any]:
    """numpy's function for floating point, the kernel for integers, where C has a rule of its own."""

    def compute(x: Any, y: Any, out: Any) -> None:
        (ufunc if out.dtype.kind == "f" else kernel)(x, y, out=out)

    return compute


_DIVIDE = _either(np.true_divide, POINTWISE["div"])
_POWER = _either(np.power, POINTWISE["pow"])


def _shift(ufunc: Callable[..., Any], factor: int) -> Callable[..., Any]:
    """Bits of integers, of signed ones too as if they were unsigned; by more bits than there are gives 0.

    A floating-point tensor is multiplied by a power of two instead, as Torch7 does.
    """

    def kernel(x: Any, y: Any, out: Any) -> None:
        if out.dtype.kind == "f":
            np.multiply(x, np.power(2.0, np.multiply(y, factor)), out=out, casting="unsafe")
            return
        bits = np.dtype(f"u{out.dtype.itemsize}")
        by = np.asarray(y, out.dtype).view(bits)  # a negative number of bits becomes a large one
        ufunc(x.view(bits), by, out=out.view(bits))

    return kernel


def _chosen(ufunc: Callable[..., Any], before: Callable[..., Any]) -> Callable[..., Any]:
    """C's ``x > y ? x : y``, or with the other sign: where x is a nan that is y."""

    def kernel(x: Any, y: Any, out: Any) -> None:
        if out.dtype.kind == "f" and np.isnan(x).any():
            out[...] = np.where(before(x, y), x, y)
        else:
            ufunc(x, y, out=out)

    return kernel


_LARGER, _SMALLER = _chosen(np.maximum, np.greater), _chosen(np.minimum, np.less)


def _bits(ufunc: Callable[..., Any]) -> Callable[..., Any]:
    def kernel(x: Any, y: Any, out: Any) -> None:
        if out.dtype.kind == "f":
            raise DTypeError("only defined for integers, not for torch.FloatTensor and torch.DoubleTensor")
        ufunc(x, y, out=out)

    return kernel


NUMBER: dict[str, Callable[..., Any]] = {
    "add_number": np.add,
    "csub_number": np.subtract,
    "mul": np.multiply,
    "div": _DIVIDE,
    "fmod": np.fmod,
    "remainder": np.remainder,
    "pow": _POWER,
    "cmax_number": _LARGER,
    "cmin_number": _SMALLER,
    "lshift": _shift(np.left_shift, 1),
    "rshift": _shift(np.right_shift, -1),
    "bitand": _bits(np.bitwise_and),
    "bitor": _bits(np.bitwise_or),
    "bitxor": _bits(np.bitwise_xor),
}

TENSOR: dict[str, Callable[..., Any]] = {
    "cmul": np.multiply,
    "cdiv": _DIVIDE,
    "cfmod": np.fmod,
    "cremainder": np.remainder,
    "cpow": _POWER,
    "atan2": np.arctan2,
    "cmax": _LARGER,
    "cmin": _SMALLER,
    "clshift": _shift(np.left_shift, 1),
    "crshift": _shift(np.right_shift, -1),
    "cbitand": _bits(np.bitwise_and),
    "cbitor": _bits(np.bitwise_or),
    "cbitxor": _bits(np.bitwise_xor),
}

for _name, _function in NUMBER.items():
    named(_name)(_with_number(_function))
for _name, _function in TENSOR.items():
    named(_name)(_with_tensor(_function))


def _scaled(res: Tensor | None, x: Tensor, value: float, y: Tensor, ufunc: Callable[..., Any]) -> Tensor | None:
    a = x.array
    b = y.array
    if a.shape != b.shape:
        b = same_count(a, b, "the second tensor")
    out = target(res, x.dtype, x._shape)
    if value != 1:
        b = b * scalar(x.dtype, value)
    _compute(ufunc, out, a, b)
    return out if res is None else None


@exported
def add(res: Tensor | None, x: Tensor, value: float, y: Tensor) -> Tensor | None:
    """x + value * y."""
    return _scaled(res, x, value, y, np.add)


@exported
def csub(res: Tensor | None, x: Tensor, value: float, y: Tensor) -> Tensor | None:
    """x - value * y."""
    return _scaled(res, x, value, y, np.subtract)


@exported
def tpow(res: Tensor | None, value: float, x: Tensor) -> Tensor | None:
    """A number to the powers in a tensor."""
    out = target(res, x.dtype, x._shape)
    _compute(np.power, out, float(value), x.array)
    return out if res is None else None


@exported
def subtract_from(value: float, x: Tensor) -> Tensor:
    """value - x."""
    out = target(None, x.dtype, x._shape)
    np.subtract(scalar(x.dtype, value), x.array, out=out.array)
    return out


@exported
def clamp(res: Tensor | None, x: Tensor, low: float, high: float) -> Tensor | None:
    """Values below ``low`` become ``low``, others above ``high`` become ``high``: also where ``low`` is larger."""
    array, lower, upper = x.array, scalar(x.dtype, low), scalar(x.dtype, high)
    if lower <= upper:
        out = target(res, x.dtype, x._shape)
        POINTWISE["clamp"](array, lower, upper, out=out.array)
        return out if res is None else None
    found = np.where(array < lower, lower, np.minimum(array, upper)).astype(array.dtype)
    out = target(res, x.dtype, x._shape)
    out.array[...] = found
    return out if res is None else None


@exported
def lerp(res: Tensor | None, x: Tensor, y: Tensor, weight: float) -> Tensor | None:
    """x + weight * (y - x)."""
    a, b = x.array, same_count(x.array, y.array, "the second tensor")
    out = target(res, x.dtype, x._shape)
    _compute(POINTWISE["lerp"], out, a, b, weight)
    return out if res is None else None


def _combined(res: Tensor | None, t: Tensor, value: float, x: Tensor, y: Tensor, kernel: Callable[..., Any]) -> Any:
    """t + (value * x) combined with y: multiplied first, as Torch7 does; integers show the order."""
    base = t.array
    a, b = same_count(base, x.array, "the second tensor"), same_count(base, y.array, "the third tensor")
    term = a * scalar(t.dtype, value)
    kernel(term, b, out=term)
    out = target(res, t.dtype, t._shape)
    _compute(np.add, out, base, term)
    return out if res is None else None


@exported
def addcmul(res: Tensor | None, t: Tensor, value: float, x: Tensor, y: Tensor) -> Any:
    """t + value * x * y."""
    return _combined(res, t, value, x, y, np.multiply)


@exported
def addcdiv(res: Tensor | None, t: Tensor, value: float, x: Tensor, y: Tensor) -> Any:
    """t + value * x / y."""
    return _combined(res, t, value, x, y, _DIVIDE)


# -- comparisons -----------------------------------------------------------------------------------------------------

COMPARISONS: dict[str, Callable[..., Any]] = {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}


def _compare(ufunc: Callable[..., Any]) -> Callable[..., Any]:
    def op(res: Tensor | None, x: Tensor, y: Tensor | float) -> Tensor | None:
        a = x.array
        b = same_count(a, y.array, "the second tensor") if isinstance(y, Tensor) else scalar(x.dtype, y)
        found = ufunc(a, b, order="C")
        if res is None:
            return Tensor._fresh(found.view(np.uint8), uint8)
        target(res, res.dtype, x._shape).array[...] = found
        return None

    return op


for _name, _function in COMPARISONS.items():
    named(_name)(_compare(_function))


@exported
def equal(x: Tensor, y: Tensor) -> bool:
    """Whether both have the same sizes and the same values."""
    return x._shape == y._shape and bool(np.array_equal(x.array, y.array))


@named("all")
def all_(x: Tensor) -> bool:
    """Whether no byte is 0."""
    return bool(x.array.all())


@named("any")
def any_(x: Tensor) -> bool:
    """Whether a byte is not 0."""
    return bool(x.array.any())


# -- filling and copying ---------------------------------------------------------------------------------------------


@exported
def fill(x: Tensor, value: float) -> None:
    """Sets every element."""
    x.array[...] = scalar(x.dtype, value)
    x._storage.version += 1


@exported
def zero(x: Tensor) -> None:
    """Sets every element to 0."""
    x.array[...] = 0
    x._storage.version += 1


@exported
def copy(x: Tensor, y: Tensor) -> None:
    """Takes the values of a tensor of the same element count and of any type, converted as C casts.

    Raises:
        ShapeError: where the counts differ.
    """
    a, b = x.array, y.array
    if a.shape != b.shape:
        if a.size != b.size:
            raise ShapeError(f"inconsistent tensor size: {sizes(x._shape)} cannot take a copy of {sizes(y._shape)}")
        b = b.reshape(a.shape)
    a[...] = cast(b, a.dtype)
    x._storage.version += 1


def cast(array: Any, dtype: Any) -> Any:
    """Values converted as C does on x86-64: floating point is cut towards zero, integers wrap."""
    if array.dtype.kind == "f" and dtype.kind in "iu" and dtype.itemsize < 8:
        # Out of range of the small type: through the wide one, as compilers do, and then its low bits.
        return array.astype(np.int64).astype(dtype)
    return array.astype(dtype, copy=False)
