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
    if _is_short(x, axis):
        found = _distinct(x, axis, descending)
        if found is not None:
            return found[1]
    return _stable(x, axis, descending)


def _stable(x: Array, axis: int, descending: bool) -> Array:
    xp = namespace(x)
    if x.size >= _WORTH_IT and x.dtype.kind == "f" and x.dtype.itemsize in _SIGN:
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


def ordered(x: Array, axis: int = -1, descending: bool = False) -> tuple[Array, Array]:
    """Return the elements in their order along ``axis``, and their places as `order` gives them.

    >>> ordered(np.array([2.0, 1.0]))
    (array([1., 2.]), array([1, 0]))
    """
    if _is_short(x, axis):
        found = _distinct(x, axis, descending)
        if found is not None:
            return found
    places = _stable(x, axis, descending)
    return x[places] if x.ndim == 1 else namespace(x).take_along_axis(x, places, axis), places


def _is_short(x: Array, axis: int) -> bool:
    """Whether sorting once more, for nothing, costs little beside what it can win."""
    return isinstance(x, np.ndarray) and x.size >= _WORTH_IT and x.shape[axis] <= _SHORT and x.dtype.char in "fd"


def _distinct(x: Array, axis: int, descending: bool) -> tuple[Array, Array] | None:
    """`ordered` by numpy's fastest sort, which loses the order of equal elements: None where there are some, or NaN."""
    rows = compiled.dense(np.moveaxis(x, axis, -1))
    n = rows.shape[-1]
    if not _rise(np.sort(rows.reshape(-1, n)[0])):  # most numbers that repeat do so here, and all is not sorted
        return None
    places = rows.argsort(-1)
    flat = places.reshape(-1, n) + np.arange(0, rows.size, n)[:, None]
    values = rows.reshape(-1).take(flat).reshape(rows.shape)
    if not _rise(values):
        return None
    if not descending and axis in (-1, x.ndim - 1):
        return values, places
    both = [found[..., ::-1] if descending else found for found in (values, places)]
    return np.ascontiguousarray(np.moveaxis(both[0], -1, axis)), np.ascontiguousarray(np.moveaxis(both[1], -1, axis))


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


def _by_rows(x: Array, axis: int) -> Array:
    """A copy where the rows that are searched are not dense: it costs less than it wins."""
    return compiled.dense(x) if x.ndim == 2 and axis in (-1, 1) and x.__class__ is np.ndarray else x


def largest(x: Array, axis: int) -> tuple[Array, Array]:
    """Return the largest elements along one dimension, and the first place of each; NaN where there is one.

    >>> largest(np.array([1.0, 3.0]), 0)
    (np.float64(3.0), np.int64(1))
    """
    x = _by_rows(x, axis)
    places = x.argmax(axis)
    return extreme(x, places, axis), places


def smallest(x: Array, axis: int) -> tuple[Array, Array]:
    """Return the smallest elements along one dimension, and the first place of each; NaN where there is one.

    >>> smallest(np.array([1.0, 3.0]), 0)
    (np.float64(1.0), np.int64(0))
    """
    x = _by_rows(x, axis)
    places = x.argmin(axis)
    return extreme(x, places, axis), places
