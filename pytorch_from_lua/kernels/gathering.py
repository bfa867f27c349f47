"""Elements picked, and added up, at indices along one dimension: Torch's ``gather`` and ``scatter_add``."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pytorch_from_lua.kernels import compiled
from pytorch_from_lua.kernels.namespace import Array, at, namespace

_WORTH_IT = 1024
_UNSIGNED = np.dtype(np.uint64)


def along(index: Array, axis: int) -> tuple[Any, ...]:
    """Return numpy's index for elements ``index`` of dimension ``axis``, each in its own place of the others."""
    xp = namespace(index)
    places = []
    for i, size in enumerate(index.shape):
        shape = [1] * index.ndim
        shape[i] = size
        places.append(index if i == axis else xp.arange(size).reshape(shape))
    return tuple(places)


def gather(x: Array, index: Array, axis: int) -> Array:
    """Return ``x[index[i, j], j]`` for ``axis`` 0 and so for the others; indices are at least 0.

    Raises:
        IndexError: where one lies outside of the dimension.

    >>> gather(np.array([[1, 2], [3, 4]]), np.array([[1, 0]]), 0)
    array([[3, 2]])
    """
    if x.ndim == 1:
        return x[index]
    if index.size >= _WORTH_IT:
        last = axis == x.ndim - 1
        loop = _loop("gather_rows" if last else "gather", x, index, axis)
        if loop is not None:
            out = np.empty(index.shape, x.dtype)
            cut = _rows if last else _cut
            if not loop(cut(x, axis), cut(index, axis), cut(out, axis)):
                raise IndexError("index")
            return out
    return x[along(index, axis)]


def scatter_add_into(x: Array, index: Array, source: Array, axis: int) -> None:
    """Add ``source[i, j]`` to ``x[index[i, j], j]`` for ``axis`` 0 and so for the others; indices are at least 0.

    Raises:
        IndexError: where one lies outside of the dimension; others may have been added then.

    >>> x = np.zeros((2, 2))
    >>> scatter_add_into(x, np.array([[1, 1]]), np.array([[5.0, 6.0]]), 0)
    >>> x
    array([[0., 0.],
           [5., 6.]])
    """
    if index.size >= _WORTH_IT and getattr(source, "dtype", None) == x.dtype and x.flags.c_contiguous:
        last = axis == x.ndim - 1
        loop = _loop("scatter_add_rows" if last else "scatter_add_at", x, index, axis)
        if loop is not None:
            cut = _rows if last else _cut
            if not loop(cut(source, axis), cut(index, axis), cut(x, axis)):
                raise IndexError("index")
            return
    if x.ndim == 1:
        at("add", x, index, source)
        return
    at("add", x, along(index, axis), source)


def _loop(name: str, x: Array, index: Array, axis: int) -> Any:
    """The loop, where there is one and the other sizes are the same."""
    if not isinstance(x, np.ndarray):
        return None
    a, b = x.shape, index.shape
    if a != b and (a[:axis] != b[:axis] or a[axis + 1 :] != b[axis + 1 :]):
        return None
    return compiled.loop(name, x)


def _cut(x: Array, axis: int) -> Array:
    """The array, a copy where it is not dense, in three dimensions, of which the second is ``axis``."""
    return compiled.dense(x).reshape(prod(x.shape[:axis]), x.shape[axis], prod(x.shape[axis + 1 :]))


def _rows(x: Array, axis: int) -> Array:
    """The array, a copy where it is not dense, in two dimensions, of which the second is its last."""
    x = compiled.dense(x)
    return x if x.ndim == 2 else x.reshape(-1, x.shape[-1])


def select(x: Array, mask: Array) -> Array:
    """Return the elements of ``x`` where ``mask``, of its shape, is true, in one dimension.

    >>> select(np.array([1.0, 2.0]), np.array([False, True]))
    array([2.])
    """
    if x.size >= _WORTH_IT and x.ndim == 2 and x.shape == mask.shape:
        loop = compiled.loop("select", x)
        if loop is not None:
            out = np.empty(np.count_nonzero(mask), x.dtype)
            loop(compiled.dense(x), compiled.dense(mask), out)
            return out
    return x[mask]


def masked_fill(x: Array, mask: Array, value: float) -> Array:
    """Return a copy of ``x`` with ``value`` where ``mask``, which broadcasts, is true.

    >>> masked_fill(np.array([1.0, 2.0]), np.array([False, True]), 0.5)
    array([1. , 0.5])
    """
    xp = namespace(x)
    if xp is np and x.ndim and x.dtype.kind == "f" and mask.shape == x.shape and x.flags.c_contiguous:
        out = x.copy()
        xp.putmask(out, mask, value)
        return out
    return xp.where(mask, xp.asarray(value, x.dtype), x)


def nonzero(x: Array) -> Array:
    """Return the indices of the elements that are not 0: (elements, dimensions), int64.

    >>> nonzero(np.array([[0, 1], [2, 0]]))
    array([[0, 1],
           [1, 0]])
    """
    xp = namespace(x)
    if x.size >= _WORTH_IT and x.ndim == 2 and isinstance(x, np.ndarray):
        mask = x if x.dtype == bool else x != 0
        loop = compiled.loop("nonzero", mask)
        if loop is not None:
            out = np.empty((np.count_nonzero(mask), 2), np.int64)
            loop(compiled.dense(mask), out)
            return out
    if x.ndim == 1:
        return xp.ascontiguousarray(x.nonzero()[0]).reshape(-1, 1)
    found = x.nonzero() if x.ndim else ()
    places = xp.empty((found[0].size if found else int(x != 0), x.ndim), np.int64)
    for dim, place in enumerate(found):
        places[:, dim] = place
    return places


def taken(x: Array, index: Array, axis: int) -> Array:
    """Return a copy of the slices of ``x`` at ``index`` (int64, of one dimension) along ``axis``.

    Raises:
        IndexError: where one lies outside of the dimension.

    >>> taken(np.array([[1, 2], [3, 4]]), np.array([1, 1]), 1)
    array([[2, 2],
           [4, 4]])
    """
    check(index, x.shape[axis])
    return x[index] if x.ndim == 1 else x.take(index, axis)


def picked(x: Array, index: Array, axis: int) -> Array:
    """`gather` of an index (int64) of the same shape, or of any length where there is one dimension.

    Raises:
        IndexError: where one lies outside of the dimension.
        ValueError: for other shapes.
    """
    if x.ndim > 1 and x.shape != index.shape:
        raise ValueError("index")
    if x.ndim == 1 or not _looped("gather", x, index, axis):
        check(index, x.shape[axis])
    return gather(x, index, axis % x.ndim)


def scatter_added(x: Array, index: Array, source: Array, axis: int) -> Array:
    """A copy of ``x`` with ``source`` added as `scatter_add_into` does it, all of one shape; errors as in `picked`."""
    if not x.shape == index.shape == source.shape:
        raise ValueError("index")
    if not _looped("scatter_add", x, index, axis):
        check(index, x.shape[axis])
    out = x.copy()
    scatter_add_into(out, index, source, axis % x.ndim)
    return out


def _looped(name: str, x: Array, index: Array, axis: int) -> bool:
    """Whether a loop will run, which looks at the indices itself, negative ones too."""
    last = "_rows" if axis % x.ndim == x.ndim - 1 else "_at" if name == "scatter_add" else ""
    return index.size >= _WORTH_IT and compiled.is_ready(name + last, x)


def check(index: Array, size: int) -> None:
    """Raise IndexError where a number is not from 0 up to ``size``: seen as unsigned, negative ones are very large.

    Raises:
        IndexError: where one is not.
        ValueError: for no numbers.
    """
    seen = index.view(_UNSIGNED)
    if seen.item(seen.argmax()) >= size:
        raise IndexError("index")
