"""Elements by index, by mask and by brackets. Index tensors hold numbers from 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.bridge.ops.common import (
    check_dim,
    deliver,
    dims,
    exported,
    index_array,
    long_tensor,
    named,
    scalar,
    sizes,
)
from lua_compat.bridge.ops.pointwise import cast
from pytorch_from_lua.errors import DimensionError, ShapeError
from pytorch_from_lua.tensor import Tensor, geometry


def _vector_of_indices(x: Tensor, dim: int, index: Tensor) -> Any:
    check_dim(x, dim)
    if dims(index) != 1:
        raise DimensionError(f"index: needs a vector, got {dims(index)} dimension(s)")
    return index_array(index, x._shape[dim])


@named("index")
def index_(res: Tensor | None, x: Tensor, dim: int, index: Tensor) -> Tensor | None:
    """The slices along a dimension that the indices name."""
    places = _vector_of_indices(x, dim, index)
    return deliver(res, np.take(x.array, places, axis=dim))


def _slices(x: Tensor, dim: int, places: Any) -> tuple[Any, ...]:
    return (slice(None),) * dim + (places,)


def _source(x: Tensor, dim: int, count: int, y: Tensor) -> Any:
    """The values for ``count`` slices of ``x``; only their number must agree."""
    shape = (*x._shape[:dim], count, *x._shape[dim + 1 :])
    if y.numel() != int(np.prod(shape)):
        raise ShapeError(f"tensor: {sizes(y._shape)} does not fit {count} slices along dimension {dim + 1}")
    return y.array.reshape(shape)


@exported
def index_copy(x: Tensor, dim: int, index: Tensor, y: Tensor) -> None:
    """Copies slices to the places that the indices name; the last one stays where one is named twice."""
    places = _vector_of_indices(x, dim, index)
    x.array[_slices(x, dim, places)] = _source(x, dim, len(places), y)
    x.bump()


@exported
def index_add(x: Tensor, dim: int, index: Tensor, y: Tensor) -> None:
    """Adds slices to the places that the indices name."""
    places = _vector_of_indices(x, dim, index)
    np.add.at(x.array, _slices(x, dim, places), _source(x, dim, len(places), y))
    x.bump()


@exported
def index_fill(x: Tensor, dim: int, index: Tensor, value: float) -> None:
    """Sets the slices that the indices name."""
    x.array[_slices(x, dim, _vector_of_indices(x, dim, index))] = scalar(x.dtype, value)
    x.bump()


def _along(x: Tensor, index: Tensor, dim: int) -> None:
    """Refuses an index that has not the tensor's sizes outside of a dimension."""
    check_dim(x, dim)
    if index.ndim != x.ndim:
        raise DimensionError(f"index: has {index.ndim} dimension(s), the tensor has {x.ndim}")
    for d in range(x.ndim):
        if d != dim and index._shape[d] != x._shape[d]:
            raise ShapeError(f"index: size {sizes(index._shape)} does not fit {sizes(x._shape)} outside of {dim + 1}")


@exported
def gather(res: Tensor | None, x: Tensor, dim: int, index: Tensor) -> Tensor | None:
    """out[i][j] = x[index[i][j]][j] for dimension 1, and so on."""
    _along(x, index, dim)
    places = index_array(index, x._shape[dim])
    return deliver(res, np.take_along_axis(x.array, places, dim))


@exported
def scatter(x: Tensor, dim: int, index: Tensor, y: Tensor | float) -> None:
    """x[index[i][j]][j] = y[i][j] for dimension 1, and so on; ``y`` may be a number."""
    _along(x, index, dim)
    places = index_array(index, x._shape[dim])
    if isinstance(y, Tensor):
        if y._shape != index._shape:
            raise ShapeError(f"scatter: values of size {sizes(y._shape)} for indices of size {sizes(index._shape)}")
        values = y.array
    else:
        values = np.full(places.shape, scalar(x.dtype, y), x.dtype.numpy)
    np.put_along_axis(x.array, places, values, dim)
    x.bump()


# -- masks -----------------------------------------------------------------------------------------------------------


def _mask(x: Tensor, mask: Tensor) -> Any:
    if mask.numel() != x.numel():
        raise ShapeError(
            f"mask: {sizes(mask._shape)} has {mask.numel()} elements, the tensor, {sizes(x._shape)}, has {x.numel()}"
        )
    return mask.array.reshape(x._shape) != 0


@exported
def masked_select(res: Tensor | None, x: Tensor, mask: Tensor) -> Tensor | None:
    """The elements where the mask is not 0, in order."""
    return deliver(res, x.array[_mask(x, mask)])


@exported
def masked_fill(x: Tensor, mask: Tensor, value: float) -> None:
    """Sets the elements where the mask is not 0."""
    x.array[_mask(x, mask)] = scalar(x.dtype, value)
    x.bump()


@exported
def masked_copy(x: Tensor, mask: Tensor, y: Tensor) -> None:
    """The elements where the mask is not 0 take the values of ``y`` in order."""
    places = _mask(x, mask)
    count = int(places.sum())
    if y.numel() < count:
        raise ShapeError(f"maskedCopy: the mask takes {count} elements, {y.numel()} are given")
    x.array[places] = cast(y.array.reshape(-1)[:count], x.dtype.numpy)
    x.bump()


@exported
def nonzero(res: Tensor | None, x: Tensor) -> Tensor | None:
    """The indices of the elements that are not 0, one in a row."""
    found = np.argwhere(x.array) if dims(x) else np.empty((0, 1), np.int64)
    return long_tensor(res, found if len(found) else np.empty(0, np.int64))


# -- brackets --------------------------------------------------------------------------------------------------------


def _position(i: float, size: int, dim: int) -> int:
    """An index from 1, or from the end where negative, as one from 0."""
    place = int(i) - 1 if i >= 0 else int(i) + size
    if not 0 <= place < size:
        raise DimensionError(f"index out of bound: {int(i)} in dimension {dim + 1}, which has size {size}")
    return place


def _bracket(x: Tensor, spec: tuple[Any, ...]) -> geometry.Geometry:
    """The geometry of x[{...}]; ``spec`` holds (kind, first, last) for each dimension.

    kind 0 takes all, 1 one index, 2 a range, 3 one index as a range of one.
    """
    g = x.geometry
    given = len(spec) // 3
    if given > dims(x):
        raise DimensionError(f"too many indices: {given} for a tensor of {dims(x)} dimension(s)")
    kept = 0
    for d in range(given):
        kind, first, last = spec[3 * d : 3 * d + 3]
        size = g.shape[kept]
        if kind == 1:
            g = geometry.select(g, kept, _position(first, size, d))
            continue
        if kind:
            start = _position(first, size, d)
            stop = start if kind == 3 else _position(last, size, d)
            if stop < start:
                raise DimensionError(f"range: {int(first)} to {int(last)} is empty in dimension {d + 1}")
            g = geometry.narrow(g, kept, start, stop - start + 1)
        kept += 1
    return g


@exported
def bracket(x: Tensor, *spec: Any) -> Any:
    """x[{...}]: a view, or a number where every dimension is indexed."""
    g = _bracket(x, spec)
    if not g.shape:
        return x._storage.buffer[g.offset].item()
    return x._alias(g)


@exported
def bracket_set(x: Tensor, value: Any, *spec: Any) -> None:
    """x[{...}] = value, a number or a tensor of as many elements."""
    g = _bracket(x, spec)
    if not g.shape:
        if isinstance(value, Tensor):
            if value.numel() != 1:
                raise ShapeError(f"value: one element takes a number, got a tensor of {sizes(value._shape)}")
            value = value.array.item()
        x._storage.buffer[g.offset] = scalar(x.dtype, value)
        x.bump()
        return
    into(x._alias(g), value)


def into(view: Tensor, value: Any) -> None:
    """Fills a view with a number or copies a tensor's elements into it in order."""
    array = view.array
    if isinstance(value, Tensor):
        if value.numel() != array.size:
            raise ShapeError(f"inconsistent tensor size: {sizes(view._shape)} = {sizes(value._shape)}")
        array[...] = cast(value.array.reshape(array.shape), array.dtype)
    else:
        array[...] = scalar(view.dtype, value)
    view.bump()
