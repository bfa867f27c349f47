"""Orders along a dimension: what ``lua/torch/order.lua`` needs of Python.

Which of equal elements comes first is decided there, by Torch7's own way of sorting. The functions here answer where
no elements are equal, and where there is a nan, which counts as largest.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.bridge.ops.common import check_dim, dims, exported, new
from lua_compat.bridge.ops.reduction import pair
from pytorch_from_lua.errors import DimensionError, ShapeError
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.dtype import int64

#: Rows of so many elements go through insertion sort alone in Torch7: equal elements keep their order.
_STABLE = 11


@exported
def last_dimension(x: Tensor, dim: int | None) -> int:
    """The dimension given, or the last one for None."""
    if dims(x) == 0:
        raise DimensionError("the tensor has no elements")
    return check_dim(x, dims(x) - 1 if dim is None else dim)


@exported
def check_count(name: str, x: Tensor, k: int, dim: int) -> None:
    """Refuses a number of elements, or a place among them, that a dimension does not have."""
    if not 1 <= k <= x._shape[dim]:
        raise ShapeError(f"{name}: k = {k} is out of range, dimension {dim + 1} has size {x._shape[dim]}")


# -- rows, as Lua orders them --------------------------------------------------------------------------------------


@exported
def rows(x: Tensor, dim: int) -> Tensor:
    """A copy whose rows are what lies along a dimension."""
    return Tensor._fresh(np.array(np.moveaxis(x.array, dim, -1), order="C", copy=True), x.dtype)


@exported
def rows_of_places(rows: Tensor, count: int) -> Tensor:
    """A LongTensor for ``count`` places of each row."""
    return new(int64, (*rows._shape[:-1], int(count)))


@exported
def has_nan(x: Tensor) -> bool:
    """Whether an element is not a number."""
    return bool(x.dtype.is_floating_point and np.isnan(x.array).any())


@exported
def arranged(values: Tensor | None, indices: Tensor | None, x: Tensor, dim: int, places: Tensor) -> Any:
    """The elements at the places that a LongTensor holds for each row, and these places."""
    return _taken(values, indices, x, dim, np.moveaxis(places.array, -1, dim))


def _taken(values: Tensor | None, indices: Tensor | None, x: Tensor, dim: int, places: Any) -> Any:
    return pair(values, indices, (np.take_along_axis(x.array, places, dim), places))


# -- without Lua ---------------------------------------------------------------------------------------------------


def _stable(array: Any, dim: int, descending: bool) -> Any:
    """The places that sort along a dimension; equal elements keep their order."""
    if not descending:
        return np.argsort(array, axis=dim, kind="stable")
    flipped = np.argsort(np.flip(array, dim), axis=dim, kind="stable")
    return np.flip(array.shape[dim] - 1 - flipped, dim)


@exported
def sort_untied(values: Tensor | None, indices: Tensor | None, x: Tensor, dim: int | None, descending: bool) -> Any:
    """What `sort` gives; False where elements are equal and it matters how they are sorted."""
    d = last_dimension(x, dim)
    array = x.array
    if array.shape[d] <= _STABLE:
        return sort(values, indices, x, d, descending)
    places = np.argsort(array, axis=d)
    if descending:
        places = np.flip(places, d)
    found = np.moveaxis(np.take_along_axis(array, places, d), d, -1)
    if (found[..., 1:] == found[..., :-1]).any():
        return False
    if has_nan(x):
        return sort(values, indices, x, d, descending)
    return pair(values, indices, (np.moveaxis(found, -1, d), places))


@exported
def sort(values: Tensor | None, indices: Tensor | None, x: Tensor, dim: int, descending: bool) -> Any:
    """Elements in order along a dimension, and where each came from."""
    return _taken(values, indices, x, dim, _stable(x.array, dim, bool(descending)))


@exported
def topk(
    values: Tensor | None, indices: Tensor | None, x: Tensor, k: int, dim: int, largest: bool, in_order: bool
) -> Any:
    """The k smallest or largest elements along a dimension; in order whether asked for or not."""
    places = np.take(_stable(x.array, dim, bool(largest)), np.arange(int(k)), axis=dim)
    return _taken(values, indices, x, dim, places)


@exported
def kthvalue(values: Tensor | None, indices: Tensor | None, x: Tensor, k: int, dim: int) -> Any:
    """The k-th smallest element (k from 1) along a dimension."""
    return _taken(values, indices, x, dim, np.take(_stable(x.array, dim, False), [int(k) - 1], axis=dim))


def _most_frequent(row: Any) -> int:
    """The place in a sorted row of the last of the smallest most frequent elements."""
    ends = np.flatnonzero(np.append(row[1:] != row[:-1], True))
    return int(ends[np.argmax(np.diff(ends, prepend=-1))])


@exported
def mode(values: Tensor | None, indices: Tensor | None, x: Tensor, dim: int, places: Tensor | None) -> Any:
    """The most frequent element along a dimension, the smallest of several; ``places`` sort each row, if given."""
    order = np.moveaxis(_stable(x.array, dim, False), dim, -1) if places is None else places.array
    ordered = np.take_along_axis(np.moveaxis(x.array, dim, -1), order, -1)
    found = np.apply_along_axis(_most_frequent, -1, ordered)[..., None]
    return _taken(values, indices, x, dim, np.moveaxis(np.take_along_axis(order, found, -1), -1, dim))
