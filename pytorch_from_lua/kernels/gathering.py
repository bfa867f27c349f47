"""Elements picked, and added up, at indices along one dimension: Torch's ``gather`` and ``scatter_add``."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pytorch_from_lua.kernels import compiled
from pytorch_from_lua.kernels.namespace import Array, namespace

_WORTH_IT = 1024


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
    """Return ``x[index[i, j], j]`` for ``axis`` 0 and so for the others; indices are known to be in range.

    >>> gather(np.array([[1, 2], [3, 4]]), np.array([[1, 0]]), 0)
    array([[3, 2]])
    """
    if x.ndim == 1:
        return x[index]
    if index.size >= _WORTH_IT:
        loop = _loop("gather", x, index, axis)
        if loop is not None:
            out = np.empty(index.shape, x.dtype)
            if axis == x.ndim - 1:
                n, k = x.shape[-1], index.shape[-1]
                rows = compiled.loop("gather_rows", x) or loop
                if rows is not loop:
                    rows(compiled.dense(x).reshape(-1, n), compiled.dense(index).reshape(-1, k), out.reshape(-1, k))
                    return out
            loop(_cut(x, axis), _cut(index, axis), _cut(out, axis))
            return out
    return x[along(index, axis)]


def scatter_add_into(x: Array, index: Array, source: Array, axis: int) -> None:
    """Add ``source[i, j]`` to ``x[index[i, j], j]`` for ``axis`` 0 and so for the others.

    >>> x = np.zeros((2, 2))
    >>> scatter_add_into(x, np.array([[1, 1]]), np.array([[5.0, 6.0]]), 0)
    >>> x
    array([[0., 0.],
           [5., 6.]])
    """
    if index.size >= _WORTH_IT and getattr(source, "dtype", None) == x.dtype and x.flags.c_contiguous:
        loop = _loop("scatter_add_at", x, index, axis)
        if loop is not None:
            loop(_cut(source, axis), _cut(index, axis), _cut(x, axis))
            return
    namespace(x).add.at(x, along(index, axis), source)


def _loop(name: str, x: Array, index: Array, axis: int) -> Any:
    """The loop, where there is one and the other sizes are the same."""
    if not isinstance(x, np.ndarray):
        return None
    if any(a != b for i, (a, b) in enumerate(zip(x.shape, index.shape, strict=True)) if i != axis):
        return None
    return compiled.loop(name, x)


def _cut(x: Array, axis: int) -> Array:
    """The array, a copy where it is not dense, in three dimensions, of which the second is ``axis``."""
    return compiled.dense(x).reshape(prod(x.shape[:axis]), x.shape[axis], prod(x.shape[axis + 1 :]))
