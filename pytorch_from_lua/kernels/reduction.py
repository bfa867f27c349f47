"""Reductions over one axis, several, or all of them.

float32 and float16 are added up in double precision and rounded once at the end, as Torch7 does; integers are added up
in int64, which is what sums and products of them give. Without ``axis`` the result is a 0-dimensional array.
"""

from __future__ import annotations

import math
from typing import Any

from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels.namespace import Array, check_shape, namespace

Axis = int | tuple[int, ...] | None


def _working_type(x: Array) -> str:
    return "float64" if x.dtype.kind == "f" else "int64"


def _finish(value: Array, x: Array, out: Array | None) -> Array:
    """Return ``value`` rounded to the type of ``x`` (if that is a floating one), in ``out`` where given."""
    xp = namespace(x)
    if out is not None:
        check_shape("out", out, value.shape)
        # Integers that do not fit wrap around, as in C.
        out[...] = value.astype(out.dtype)
        return out
    return xp.asarray(value, dtype=x.dtype if x.dtype.kind == "f" else None)


def _count(x: Array, axis: Axis) -> int:
    if axis is None:
        return int(x.size)
    return math.prod(x.shape[a] for a in ((axis,) if isinstance(axis, int) else axis))


def reduce_sum(x: Array, axis: Axis = None, keepdims: bool = False, out: Array | None = None) -> Array:
    """Return the sum.

    >>> import numpy as np
    >>> reduce_sum(np.full(300, 200, np.uint8)).item()
    60000
    """
    return _finish(x.sum(axis=axis, keepdims=keepdims, dtype=_working_type(x)), x, out)


def reduce_prod(x: Array, axis: Axis = None, keepdims: bool = False, out: Array | None = None) -> Array:
    """Return the product."""
    return _finish(x.prod(axis=axis, keepdims=keepdims, dtype=_working_type(x)), x, out)


def reduce_mean(x: Array, axis: Axis = None, keepdims: bool = False, out: Array | None = None) -> Array:
    """Return the mean; of integers, in float64. Of no elements it is NaN."""
    xp = namespace(x)
    with _quiet(xp):
        total = xp.asarray(x.sum(axis=axis, keepdims=keepdims, dtype="float64"))
        return _finish(xp.true_divide(total, _count(x, axis)), x, out)


def reduce_var(
    x: Array, axis: Axis = None, keepdims: bool = False, correction: int = 1, out: Array | None = None
) -> Array:
    """Return ``sum (x - mean)^2 / (n - correction)``; NaN or infinity where ``n <= correction``."""
    xp = namespace(x)
    with _quiet(xp):
        mean = xp.true_divide(x.sum(axis=axis, keepdims=True, dtype="float64"), _count(x, axis))
        centred = x - mean
        centred *= centred
        total = xp.asarray(centred.sum(axis=axis, keepdims=keepdims))
        return _finish(xp.true_divide(total, max(0, _count(x, axis) - correction)), x, out)


def reduce_std(
    x: Array, axis: Axis = None, keepdims: bool = False, correction: int = 1, out: Array | None = None
) -> Array:
    """Return the square root of `reduce_var`."""
    xp = namespace(x)
    wide = x.astype("float64") if x.dtype.kind == "f" else x
    return _finish(xp.sqrt(reduce_var(wide, axis, keepdims, correction)), x, out)


def reduce_norm(x: Array, p: float = 2.0, axis: Axis = None, keepdims: bool = False, out: Array | None = None) -> Array:
    """Return ``(sum |x|^p)^(1/p)``; for p = 0 the number of elements other than 0, for infinity the largest ``|x|``."""
    xp = namespace(x)
    if p == 0:
        return _finish((x != 0).sum(axis=axis, keepdims=keepdims, dtype="float64"), x, out)
    wide = xp.abs(x.astype("float64"))
    if math.isinf(p):
        pick = wide.max if p > 0 else wide.min
        return _finish(pick(axis=axis, keepdims=keepdims), x, out)
    if p == 1:
        return _finish(wide.sum(axis=axis, keepdims=keepdims), x, out)
    wide = wide * wide if p == 2 else wide**p
    total = wide.sum(axis=axis, keepdims=keepdims)
    return _finish(xp.sqrt(total) if p == 2 else total ** (1.0 / p), x, out)


def reduce_max(x: Array, axis: Axis = None, keepdims: bool = False, out: Array | None = None) -> Array:
    """Return the largest element, NaN where there is one.

    Raises:
        ShapeError: there are no elements to choose from.
    """
    _check_some(x, axis)
    return _finish(namespace(x).asarray(x.max(axis=axis, keepdims=keepdims)), x, out)


def reduce_min(x: Array, axis: Axis = None, keepdims: bool = False, out: Array | None = None) -> Array:
    """Return the smallest element, NaN where there is one; errors as in `reduce_max`."""
    _check_some(x, axis)
    return _finish(namespace(x).asarray(x.min(axis=axis, keepdims=keepdims)), x, out)


def _check_some(x: Array, axis: Axis) -> None:
    if _count(x, axis) == 0:
        raise ShapeError(f"x: needs elements to choose from, got shape {x.shape}")


def argmax(x: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """Return where the largest element is, the first of equal ones, int64; without ``axis`` in the flattened array."""
    _check_some(x, axis)
    return _places(x.argmax(axis=axis), x, axis, keepdims)


def argmin(x: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """Return where the smallest element is, the first of equal ones, int64; without ``axis`` in the flattened array."""
    _check_some(x, axis)
    return _places(x.argmin(axis=axis), x, axis, keepdims)


def _places(places: Array, x: Array, axis: int | None, keepdims: bool) -> Array:
    xp = namespace(x)
    places = xp.asarray(places, dtype="int64")
    if keepdims:
        return xp.expand_dims(places, axis) if axis is not None else places.reshape((1,) * x.ndim)
    return places


def max_with_indices(x: Array, axis: int, keepdims: bool = False) -> tuple[Array, Array]:
    """Return the largest elements along ``axis`` and where they are, the first of equal ones (int64)."""
    return _taken(x, argmax(x, axis, keepdims=True), axis, keepdims)


def min_with_indices(x: Array, axis: int, keepdims: bool = False) -> tuple[Array, Array]:
    """Return the smallest elements along ``axis`` and where they are, the first of equal ones (int64)."""
    return _taken(x, argmin(x, axis, keepdims=True), axis, keepdims)


def _taken(x: Array, places: Array, axis: int, keepdims: bool) -> tuple[Array, Array]:
    values = namespace(x).take_along_axis(x, places, axis)
    return (values, places) if keepdims else (values.squeeze(axis), places.squeeze(axis))


def logsumexp(x: Array, axis: Axis = None, keepdims: bool = False, out: Array | None = None) -> Array:
    """Return ``log(sum exp(x))``, without overflow."""
    xp = namespace(x)
    largest = x.max(axis=axis, keepdims=True)
    shift = xp.where(xp.isfinite(largest), largest, x.dtype.type(0))
    with _quiet(xp):
        value = xp.log(xp.exp(x - shift).sum(axis=axis, keepdims=True, dtype="float64")) + shift
    if not keepdims:
        value = value.reshape(x.sum(axis=axis).shape)
    return _finish(value, x, out)


def cumsum(x: Array, axis: int = 0, out: Array | None = None) -> Array:
    """Return the sums of the elements up to each place along ``axis``."""
    return _finish(x.cumsum(axis=axis, dtype=_working_type(x)), x, out)


def cumprod(x: Array, axis: int = 0, out: Array | None = None) -> Array:
    """Return the products of the elements up to each place along ``axis``."""
    return _finish(x.cumprod(axis=axis, dtype=_working_type(x)), x, out)


def renorm(x: Array, p: float, axis: int, max_norm: float) -> Array:
    """Return ``x`` with each slice along ``axis`` whose p-norm is over ``max_norm`` scaled down to it.

    As in Torch7, by ``max_norm / (norm + 1e-7)``.
    """
    if p <= 0 or max_norm < 0:
        raise RangeError(f"p: needs p over 0 and max_norm of at least 0, got {p} and {max_norm}")
    xp = namespace(x)
    others = tuple(i for i in range(x.ndim) if i != axis % x.ndim)
    norms = reduce_norm(x.astype("float64"), p, others, keepdims=True)
    factors = xp.where(norms > max_norm, max_norm / (norms + 1e-7), 1.0)
    return (x * factors).astype(x.dtype)


def _quiet(xp: Any) -> Any:
    """Return a context in which 0 / 0 is NaN without a warning, as in C."""
    import numpy as np

    return np.errstate(divide="ignore", invalid="ignore", over="ignore")
