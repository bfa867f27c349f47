"""Sums over all elements of an array, and of squares.

numpy's own sum adds eight numbers at a time; its ``einsum`` fills the processor's vectors, but adds everything up in
one go, which loses digits in long arrays. Here it adds up blocks, and numpy's sum, which goes by halves, the blocks'
sums. Other arrays than dense ones of float32 and float64 are numpy's alone.
"""

from __future__ import annotations

import numpy as np

from pytorch_from_lua.kernels.namespace import Array, namespace

_BLOCK = 1024
#: Up to here one block: no number is added to a partial sum of more than 512 others.
_SHORT = 1 << 14
_FEW = 1024
try:
    from numpy._core.multiarray import c_einsum as _einsum
except ImportError:  # a numpy that keeps it elsewhere: a microsecond more a call
    _einsum = np.einsum
_add = np.add.reduce


Axis = int | tuple[int, ...] | None
_TYPES = (np.dtype(np.float32), np.dtype(np.float64))


def _is_plain(x: Array) -> bool:
    return x.__class__ is np.ndarray and x.dtype in _TYPES and x.flags.c_contiguous


def total(x: Array) -> Array:
    """Return the sum of all elements, of their own type.

    >>> total(np.full((3, 2), 0.5)).item()
    3.0
    """
    if x.__class__ is np.ndarray and x.ndim == 1 and x.size <= _SHORT and x.dtype in _TYPES:
        return _einsum("i->", x)
    if not _is_plain(x):
        return namespace(x).add.reduce(x, None)
    flat = x.reshape(-1)
    size = flat.shape[0]
    if size <= _SHORT:
        return _einsum("i->", flat)
    whole = size - size % _BLOCK
    blocks = _add(_einsum("ij->i", flat[:whole].reshape(-1, _BLOCK)))
    return blocks + _einsum("i->", flat[whole:]) if whole < size else blocks


def total_of_squares(x: Array) -> Array:
    """Return the sum of the squares of all elements, of their own type.

    >>> total_of_squares(np.array([3.0, 4.0])).item()
    25.0
    """
    if not _is_plain(x):
        return namespace(x).square(x).sum()
    flat = x.reshape(-1)
    size = flat.shape[0]
    if size <= _SHORT // 2:  # up to here BLAS does it in one thread
        return flat.dot(flat)
    whole = size - size % _BLOCK
    rows = flat[:whole].reshape(-1, _BLOCK)
    blocks = _add(np.vecdot(rows, rows))
    return blocks + flat[whole:].dot(flat[whole:]) if whole < size else blocks


def along(x: Array, axis: int) -> Array:
    """Return the sums along one dimension, of the type of floating-point ``x``.

    >>> along(np.array([[1.0, 2.0], [3.0, 4.0]]), 1)
    array([3., 7.])
    """
    return _add(x, axis)


def extreme(name: str, x: Array, axis: Axis, keepdims: bool = False, initial: float | None = None) -> Array:
    """Return the largest (``name`` "maximum") or smallest ("minimum") elements over dimensions, all for None.

    Args:
        initial: what there is beside the elements; without it there has to be one.

    >>> extreme("maximum", np.array([[1.0, 2.0], [4.0, 3.0]]), 0)
    array([4., 3.])
    """
    xp = namespace(x)
    if xp is np:
        options = {} if initial is None else {"initial": initial}
        return getattr(np, name).reduce(x, axis, None, None, keepdims, **options)
    # cupy has it as a method, without an initial value.
    if initial is not None and not x.size:
        return xp.add.reduce(x, axis, None, None, keepdims) + x.dtype.type(initial)
    return (x.max if name == "maximum" else x.min)(axis, None, keepdims)


def largest(x: Array, axis: int) -> Array:
    """Return the largest elements along one dimension; NaN where there is one.

    >>> largest(np.array([[1.0, 2.0], [4.0, 3.0]]), 1)
    array([2., 4.])
    """
    if x.__class__ is not np.ndarray:
        return extreme("maximum", x, axis)
    if x.ndim == 1 and x.shape[0] <= _FEW:
        # numpy finds where it is in a fifth of the time. Of two zeros, which have one value, that is another one.
        found = x[x.argmax(axis)]
        if found != 0:
            return found
    return np.maximum.reduce(x, axis)


def smallest(x: Array, axis: int) -> Array:
    """Return the smallest elements along one dimension; NaN where there is one.

    >>> smallest(np.array([[1.0, 2.0], [4.0, 3.0]]), 1)
    array([1., 3.])
    """
    if x.__class__ is not np.ndarray:
        return extreme("minimum", x, axis)
    if x.ndim == 1 and x.shape[0] <= _FEW:
        found = x[x.argmin(axis)]
        if found != 0:
            return found
    return np.minimum.reduce(x, axis)
