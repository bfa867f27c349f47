"""Elements in order, and the places that they were at. Equal elements keep their order; NaN counts as the largest."""

from __future__ import annotations

from typing import Any

import numpy as np

from pytorch_from_lua.kernels import compiled
from pytorch_from_lua.kernels.namespace import Array, namespace

_SIGN = {4: np.uint64(1 << 31), 8: np.uint64(1 << 63)}
_INFINITY = {4: np.uint64(0x7F800000), 8: np.uint64(0x7FF0000000000000)}
_NOTHING = np.uint64(0)
#: Fewer elements are numpy's, and so are more of the largest than this: keeping them in order takes their number.
_WORTH_IT, _FEW = 4096, 64
#: Along longer dimensions the compiled loop is as fast, and two equal numbers are likely.
_SHORT = 512


def order(x: Array, axis: int = -1, descending: bool = False) -> Array:
    """Return the places of the elements along ``axis`` in their order (int64).

    >>> order(np.array([2.0, 1.0, 2.0]), descending=True)
    array([0, 2, 1])
    """
    xp = namespace(x)
    if x.size >= _WORTH_IT and x.dtype.kind == "f" and x.dtype.itemsize in _SIGN:
        if x.shape[axis] <= _SHORT and isinstance(x, np.ndarray):
            found = _distinct(x, axis, descending)
            if found is not None:
                return found
        loop = compiled.loop("sort_rows", x)
        if loop is not None:
            rows = np.moveaxis(x, axis, -1)
            places = np.empty(rows.shape, np.int64)
            _on_rows(loop, rows, places, descending)
            return np.moveaxis(places, -1, axis)
    if not descending:
        return x.argsort(axis, kind="stable")
    # Sorting the reversed order and turning it around keeps equal elements in their order.
    back = (slice(None),) * (axis % x.ndim) + (slice(None, None, -1),)
    places = x[back].argsort(axis, kind="stable")[back]
    return xp.subtract(x.shape[axis] - 1, places)


def _distinct(x: Array, axis: int, descending: bool) -> Array | None:
    """The order by numpy's fastest sort, which loses that of equal elements; None where there are some, or a NaN."""
    rows = np.moveaxis(x, axis, -1)
    if not _rise(np.sort(rows[(0,) * (x.ndim - 1)])):  # most numbers that repeat do so here, and all is not sorted
        return None
    places = rows.argsort(-1)
    if not _rise(np.take_along_axis(rows, places, -1)):
        return None
    return np.ascontiguousarray(np.moveaxis(places[..., ::-1] if descending else places, -1, axis))


def _rise(x: Array) -> bool:
    """Whether the last dimension rises everywhere."""
    return bool((x[..., 1:] > x[..., :-1]).all())


def top(x: Array, k: int, axis: int = -1, largest: bool = True) -> Array:
    """Return the places of the ``k`` largest (or smallest) elements along ``axis`` in their order (int64).

    >>> top(np.array([2.0, 1.0, 3.0, 2.0]), 2)
    array([2, 0])
    """
    if x.size >= _WORTH_IT and 0 < k <= _FEW and x.dtype.kind == "f" and x.dtype.itemsize in _SIGN:
        loop = compiled.loop("top_rows", x)
        if loop is not None:
            rows = np.moveaxis(x, axis, -1)
            places = np.empty((*rows.shape[:-1], k), np.int64)
            _on_rows(loop, rows, places, not largest, values=True)
            return np.moveaxis(places, -1, axis)
    found = order(x, axis, largest)
    cut = (slice(None),) * (axis % x.ndim) + (slice(k),)
    return found[cut].copy()


def _on_rows(loop: Any, x: Array, places: Array, flipped: bool, values: bool = False) -> None:
    """Runs a loop over rows, of bits, and of the numbers themselves with ``values``; its numbers are uint64."""
    size = x.dtype.itemsize
    rows = compiled.dense(x).reshape(-1, x.shape[-1])
    bits = rows.view(f"u{size}")
    flip = _SIGN[size] | (_SIGN[size] - np.uint64(1)) if flipped else _NOTHING
    result = places.reshape(-1, places.shape[-1])
    if values:
        loop(rows, bits, _SIGN[size], _INFINITY[size], flip, result)
    else:
        loop(bits, _SIGN[size], _INFINITY[size], flip, size, result)


def extreme(x: Array, places: Array, axis: int) -> Array:
    """Return the elements at ``places``, one for each index of the other dimensions.

    >>> extreme(np.array([[1, 2], [4, 3]]), np.array([1, 0]), 1)
    array([2, 4])
    """
    if x.ndim == 1:
        return x[places]
    if isinstance(x, np.ndarray) and axis in (-1, x.ndim - 1) and x.flags.c_contiguous:
        n = x.shape[-1]
        return x.reshape(-1).take(places + np.arange(0, x.size, n).reshape(places.shape))
    xp = namespace(x)
    return xp.take_along_axis(x, xp.expand_dims(places, axis), axis).squeeze(axis)
