"""Sums, extremes, orders and statistics. A reduced dimension stays with size 1; a full reduction gives a number.

Sums of float32 are accumulated in float64, those of integers in int64, and then stored in the tensor's own type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lua_compat.bridge.ops.common import check_dim, deliver, dims, exported, long_tensor, named, number, sizes
from lua_compat.bridge.ops.pointwise import cast
from pytorch_from_lua.errors import DimensionError, RangeError, ShapeError
from pytorch_from_lua.kernels.reduction import reduce_norm, reduce_std, reduce_var
from pytorch_from_lua.tensor import Tensor


def _wide(x: Tensor) -> Any:
    """The type in which sums are accumulated."""
    return np.float64 if x.dtype.is_floating_point else np.int64


def _not_empty(x: Tensor, name: str) -> Any:
    if dims(x) == 0:
        raise DimensionError(f"{name}: the tensor has no elements")
    return x.array


def _narrowed(x: Tensor, array: Any) -> Any:
    return cast(array, x.dtype.numpy)


# -- sums and products -----------------------------------------------------------------------------------------------


def _full(ufunc: Any) -> Callable[..., Any]:
    def op(x: Tensor) -> Any:
        return number(ufunc.reduce(x.array, axis=None, dtype=_wide(x)))

    return op


def _along(ufunc: Any) -> Callable[..., Any]:
    def op(res: Tensor | None, x: Tensor, dim: int) -> Tensor | None:
        check_dim(x, dim)
        return deliver(res, _narrowed(x, ufunc.reduce(x.array, axis=dim, dtype=_wide(x), keepdims=True)))

    return op


def _running(ufunc: Any) -> Callable[..., Any]:
    def op(res: Tensor | None, x: Tensor, dim: int) -> Tensor | None:
        check_dim(x, dim)
        return deliver(res, _narrowed(x, ufunc.accumulate(x.array, axis=dim, dtype=_wide(x))))

    return op


for _name, _ufunc in {"sum": np.add, "prod": np.multiply}.items():
    named(_name)(_full(_ufunc))
    named(f"{_name}_along")(_along(_ufunc))
    named(f"cum{_name}")(_running(_ufunc))


@exported
def mean(x: Tensor) -> Any:
    """The mean of all elements."""
    array = _not_empty(x, "mean")
    return number(np.add.reduce(array, axis=None, dtype=_wide(x))) / array.size


@exported
def mean_along(res: Tensor | None, x: Tensor, dim: int) -> Tensor | None:
    """Means along a dimension."""
    check_dim(x, dim)
    return deliver(res, _narrowed(x, np.mean(x.array, axis=dim, dtype=np.float64, keepdims=True)))


def _wide_values(x: Tensor) -> Any:
    """The elements in float64, in which a full reduction's number stays."""
    return x.array.astype(np.float64)


def _spread(kernel: Callable[..., Any], name: str) -> None:
    def full(x: Tensor, biased: bool) -> Any:
        _not_empty(x, name)
        return number(kernel(_wide_values(x), correction=0 if biased else 1))

    def along(res: Tensor | None, x: Tensor, dim: int, biased: bool) -> Tensor | None:
        check_dim(x, dim)
        return deliver(res, kernel(x.array, axis=int(dim), keepdims=True, correction=0 if biased else 1))

    named(name)(full)
    named(f"{name}_along")(along)


_spread(reduce_var, "var")
_spread(reduce_std, "std")


def _norm(array: Any, p: float, axis: Any = None) -> Any:
    """The kernel's norm, but for p = infinity, where Torch7 takes a root with exponent 0: that gives 1."""
    found = reduce_norm(array, p, axis, keepdims=axis is not None)
    return np.ones_like(found) if np.isinf(p) else found


@exported
def norm(x: Tensor, p: float) -> Any:
    """(sum of abs(x) ** p) ** (1 / p); for p = 0 the number of elements that are not 0."""
    _not_empty(x, "norm")
    return number(_norm(_wide_values(x), p))


@exported
def norm_along(res: Tensor | None, x: Tensor, p: float, dim: int) -> Tensor | None:
    """The norms along a dimension."""
    check_dim(x, dim)
    return deliver(res, _norm(x.array, p, int(dim)))


@exported
def renorm(res: Tensor | None, x: Tensor, p: float, dim: int, limit: float) -> Tensor | None:
    """Slices along a dimension whose norm exceeds ``limit`` are scaled down to it."""
    if p <= 0:
        raise ShapeError(f"renorm: the norm's power must be positive, got {p}")
    check_dim(x, dim)
    if dims(x) < 2:
        raise DimensionError(f"renorm: needs at least 2 dimensions, got a tensor of size {sizes(x._shape)}")
    norms = _norm(_wide_values(x), p, tuple([d for d in range(x.ndim) if d != dim]))
    scale = np.where(norms > limit, limit / (norms + 1e-7), 1.0)
    return deliver(res, _narrowed(x, x.array * scale))


@exported
def dist(x: Tensor, y: Tensor, p: float) -> Any:
    """The norm of the difference."""
    a, b = x.array, y.array
    if a.size != b.size:
        raise ShapeError(f"dist: {sizes(a.shape)} and {sizes(b.shape)} differ in the number of elements")
    return number(_norm((a - b.reshape(a.shape)).astype(np.float64), p))


# -- extremes --------------------------------------------------------------------------------------------------------


def pair(
    values: Tensor | None, indices: Tensor | None, found: tuple[Any, Any]
) -> tuple[Tensor | None, Tensor | None] | Tensor | None:
    """Writes values and indices (from 0) into what was given; returns what was not: one, both or nothing."""
    value, index = deliver(values, found[0]), long_tensor(indices, found[1])
    if values is None and indices is None:
        return value, index
    return value if values is None else index


def _extreme(ufunc: Any, place: Any, name: str) -> None:
    def full(x: Tensor) -> Any:
        return number(ufunc.reduce(_not_empty(x, name), axis=None))

    def along(values: Tensor | None, indices: Tensor | None, x: Tensor, dim: int) -> Any:
        check_dim(x, dim)
        array = x.array
        found = ufunc.reduce(array, axis=dim, keepdims=True)
        return pair(values, indices, (found, place(array, axis=dim, keepdims=True)))

    named(name)(full)
    named(f"{name}_along")(along)


_extreme(np.maximum, np.argmax, "max")
_extreme(np.minimum, np.argmin, "min")


# -- histograms and the rest -----------------------------------------------------------------------------------------


def _histogram(row: Any, bins: int, low: float, high: float) -> Any:
    if bins < 1:
        raise RangeError(f"bins: should be at least 1, got {bins}")
    if low == high:
        low, high = float(row.min()), float(row.max())
    if low == high:
        low, high = low - 1, high + 1
    first, last = row.dtype.type(low), row.dtype.type(high)
    inside = row[(row >= first) & (row <= last)]
    place = np.minimum(((inside - first) / (last - first) * row.dtype.type(bins)).astype(np.int64), bins - 1)
    return np.bincount(place, minlength=bins)


@exported
def histc(res: Tensor | None, x: Tensor, bins: int, low: float, high: float) -> Tensor | None:
    """How many elements lie in each of ``bins`` equal parts of low..high, or of their own range."""
    counts = _histogram(_not_empty(x, "histc").reshape(-1), int(bins), low, high)
    return deliver(res, counts.astype(x.dtype.numpy))


@exported
def bhistc(res: Tensor | None, x: Tensor, bins: int, low: float, high: float) -> Tensor | None:
    """The histogram of each row of a matrix."""
    if dims(x) > 2 or dims(x) == 0:
        raise DimensionError(f"bhistc: needs a matrix, got {dims(x)} dimension(s)")
    array = x.array.reshape(-1, x._shape[-1])
    if low == high:
        low, high = float(array.min()), float(array.max())
    rows = [_histogram(row, int(bins), low, high) for row in array]
    return deliver(res, np.stack(rows).astype(x.dtype.numpy))


@exported
def cross(res: Tensor | None, x: Tensor, y: Tensor, dim: int | None) -> Tensor | None:
    """The vector product along a dimension of size 3: the first one of that size for None."""
    if x._shape != y._shape:
        raise ShapeError(f"cross: {sizes(x._shape)} and {sizes(y._shape)} are not the same sizes")
    if dim is None:
        dim = next((d for d, n in enumerate(x._shape) if n == 3), None)
    if dim is None or x._shape[check_dim(x, dim)] != 3:
        raise DimensionError(f"cross: needs a dimension of size 3, got {sizes(x._shape)}")
    a, b = np.moveaxis(x.array, dim, 0), np.moveaxis(y.array, dim, 0)
    found = np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])
    return deliver(res, np.ascontiguousarray(np.moveaxis(found, 0, dim)))
