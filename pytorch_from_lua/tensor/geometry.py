"""Views as arithmetic on (offset, shape, stride): pure functions that know no memory.

Offsets and strides are counted in elements, dimensions and indices from 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

from pytorch_from_lua.errors import DimensionError, DTypeError, ShapeError


class Geometry(NamedTuple):
    """Where a tensor's elements lie in its storage."""

    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


def contiguous_stride(shape: Sequence[int]) -> tuple[int, ...]:
    """Row-major strides for the shape; a dimension of size 0 counts as 1.

    >>> contiguous_stride((2, 3, 4))
    (12, 4, 1)
    """
    n = len(shape)
    if n == 1:
        return (1,)
    stride = [1] * n
    step = 1
    for i in range(n - 1, -1, -1):
        stride[i] = step
        step *= shape[i] or 1
    return tuple(stride)


def is_contiguous(shape: Sequence[int], stride: Sequence[int]) -> bool:
    """Whether the elements lie one after another in row-major order."""
    step = 1
    for size, s in zip(reversed(shape), reversed(stride), strict=True):
        if size == 0:
            return True
        if size != 1:
            if s != step:
                return False
            step *= size
    return True


def extent(g: Geometry) -> int:
    """How many elements a storage must hold for this view; 0 for a view without elements."""
    if 0 in g.shape:
        return 0
    return g.offset + 1 + sum((n - 1) * s for n, s in zip(g.shape, g.stride, strict=True))


def wrap_dim(dim: int, ndim: int, name: str = "dim") -> int:
    """The dimension counted from 0; negative ones count from the end.

    Raises:
        DimensionError: where there is no such dimension.
        DTypeError: where ``dim`` is no whole number.
    """
    if dim.__class__ is not int:
        dim = _whole(dim, name)
    limit = ndim or 1
    if not -limit <= dim < limit:
        raise DimensionError(f"{name}: {dim} is outside of a tensor of {ndim} dimensions")
    return dim + limit if dim < 0 else dim


def _whole(given: Any, name: str) -> int:
    try:
        return given.__index__()
    except (TypeError, AttributeError):
        raise DTypeError(f"{name}: needs a whole number, got {given!r}") from None


def wrap_index(index: int, size: int, dim: int) -> int:
    """The index counted from 0; negative ones count from the end."""
    if not -size <= index < size:
        raise DimensionError(f"index: {index} is outside of dimension {dim}, which has size {size}")
    return index + size if index < 0 else index


def select(g: Geometry, dim: int, index: int) -> Geometry:
    """One index of one dimension, which goes away."""
    if not g.shape:
        raise DimensionError("dim: a tensor of 0 dimensions has none to select from")
    d = wrap_dim(dim, len(g.shape))
    i = wrap_index(index, g.shape[d], d)
    return Geometry(g.offset + i * g.stride[d], g.shape[:d] + g.shape[d + 1 :], g.stride[:d] + g.stride[d + 1 :])


def narrow(g: Geometry, dim: int, start: int, length: int) -> Geometry:
    """``length`` indices of one dimension, from ``start``."""
    d = wrap_dim(dim, len(g.shape))
    size = g.shape[d]
    begin = start + size if start < 0 else start
    if length < 0 or not 0 <= begin <= size - length:
        raise DimensionError(f"start, length: {start}, {length} do not lie in dimension {d}, which has size {size}")
    return Geometry(g.offset + begin * g.stride[d], (*g.shape[:d], length, *g.shape[d + 1 :]), g.stride)


def slice_(g: Geometry, dim: int, start: int, stop: int, step: int) -> Geometry:
    """Every ``step``-th index from ``start`` up to ``stop``, all three already within the dimension."""
    length = max(0, -(-(stop - start) // step))
    shape = (*g.shape[:dim], length, *g.shape[dim + 1 :])
    stride = (*g.stride[:dim], g.stride[dim] * step, *g.stride[dim + 1 :])
    return Geometry(g.offset + (start * g.stride[dim] if length else 0), shape, stride)


def transpose(g: Geometry, dim0: int, dim1: int) -> Geometry:
    """Two dimensions swapped."""
    a, b = wrap_dim(dim0, len(g.shape), "dim0"), wrap_dim(dim1, len(g.shape), "dim1")
    if a == b:
        return g
    shape, stride = list(g.shape), list(g.stride)
    shape[a], shape[b] = shape[b], shape[a]
    stride[a], stride[b] = stride[b], stride[a]
    return Geometry(g.offset, tuple(shape), tuple(stride))


def permute(g: Geometry, dims: Sequence[int]) -> Geometry:
    """All dimensions in a new order."""
    order = [wrap_dim(d, len(g.shape), "dims") for d in dims]
    if sorted(order) != list(range(len(g.shape))):
        raise DimensionError(f"dims: {tuple(dims)} does not name each of {len(g.shape)} dimensions once")
    return Geometry(g.offset, tuple([g.shape[d] for d in order]), tuple([g.stride[d] for d in order]))


def unfold(g: Geometry, dim: int, size: int, step: int) -> Geometry:
    """Windows of ``size`` indices, ``step`` apart; the window becomes a last dimension of its own."""
    shape, stride = (g.shape, g.stride) if g.shape else ((1,), (1,))
    d = wrap_dim(dim, len(shape))
    if not 0 < size <= shape[d]:
        raise ShapeError(f"size: a window of {size} does not fit dimension {d}, which has size {shape[d]}")
    if step < 1:
        raise ShapeError(f"step: needs at least 1, got {step}")
    count = (shape[d] - size) // step + 1
    return Geometry(
        g.offset,
        (*shape[:d], count, *shape[d + 1 :], size),
        (*stride[:d], stride[d] * step, *stride[d + 1 :], stride[d]),
    )


def expand(g: Geometry, shape: Sequence[int]) -> Geometry:
    """Dimensions of size 1 repeated without copies (stride 0); new ones come first; -1 keeps a size."""
    new = len(shape) - len(g.shape)
    if new < 0:
        raise ShapeError(f"shape: {tuple(shape)} has fewer dimensions than {g.shape}")
    sizes, strides = [], []
    for i, want in enumerate(shape):
        have, step = (g.shape[i - new], g.stride[i - new]) if i >= new else (1, 0)
        if want == -1 and i >= new:
            want = have
        if want != have:
            if have != 1 or want < 0:
                raise ShapeError(
                    f"shape: {g.shape} cannot be expanded to {tuple(shape)}: dimension {i} has size {have}"
                )
            step = 0
        sizes.append(want)
        strides.append(step)
    return Geometry(g.offset, tuple(sizes), tuple(strides))


def squeeze(g: Geometry, dim: int | None = None) -> Geometry:
    """Without the dimensions of size 1, or without that one where it has size 1."""
    if dim is not None:
        d = wrap_dim(dim, len(g.shape))
        if not g.shape or g.shape[d] != 1:
            return g
        return Geometry(g.offset, g.shape[:d] + g.shape[d + 1 :], g.stride[:d] + g.stride[d + 1 :])
    kept = [i for i, n in enumerate(g.shape) if n != 1]
    return Geometry(g.offset, tuple([g.shape[i] for i in kept]), tuple([g.stride[i] for i in kept]))


def unsqueeze(g: Geometry, dim: int) -> Geometry:
    """A new dimension of size 1 at ``dim``."""
    d = wrap_dim(dim, len(g.shape) + 1)
    step = g.shape[d] * g.stride[d] if d < len(g.shape) else 1
    return Geometry(g.offset, (*g.shape[:d], 1, *g.shape[d:]), (*g.stride[:d], step, *g.stride[d:]))


def infer_shape(shape: Sequence[int], count: int) -> tuple[int, ...]:
    """The shape with its one -1 worked out for ``count`` elements.

    Raises:
        ShapeError: where the sizes do not multiply to ``count``.
    """
    sizes = tuple(shape)
    unknown = sizes.count(-1)
    known = prod([s for s in sizes if s != -1])
    if unknown > 1 or any(s < -1 for s in sizes):
        raise ShapeError(f"shape: {sizes} may hold one -1 and no other negative size")
    if unknown and known and count % known == 0:
        sizes = tuple([count // known if s == -1 else s for s in sizes])
    elif unknown or known != count:
        raise ShapeError(f"shape: {sizes} does not hold {count} elements")
    return sizes


def view(g: Geometry, shape: Sequence[int]) -> Geometry | None:
    """The same elements in the same order under another shape, or None where no strides can say that."""
    sizes = infer_shape(shape, prod(g.shape))
    if is_contiguous(g.shape, g.stride):
        return Geometry(g.offset, sizes, contiguous_stride(sizes))
    if 0 in sizes:
        return Geometry(g.offset, sizes, contiguous_stride(sizes))
    # Runs of old dimensions that are evenly spaced are cut anew into runs of new ones, from the last to the first.
    strides = [0] * len(sizes)
    new = len(sizes) - 1
    step, run, filled = g.stride[-1], 1, 1
    for old in range(len(g.shape) - 1, -1, -1):
        run *= g.shape[old]
        ends = old == 0 or (g.shape[old - 1] != 1 and g.stride[old - 1] != run * step)
        if not ends:
            continue
        while new >= 0 and (filled < run or sizes[new] == 1):
            strides[new] = filled * step
            filled *= sizes[new]
            new -= 1
        if filled != run:
            return None
        if old > 0:
            step, run, filled = g.stride[old - 1], 1, 1
    return Geometry(g.offset, sizes, tuple(strides)) if new == -1 else None


def broadcast_shapes(*shapes: Sequence[int]) -> tuple[int, ...]:
    """The common shape that sizes of 1 and missing leading dimensions stretch to.

    >>> broadcast_shapes((3, 1), (4,))
    (3, 4)
    """
    ndim = max([len(s) for s in shapes], default=0)
    result = [1] * ndim
    for shape in shapes:
        for i, size in enumerate(shape, ndim - len(shape)):
            if size != 1:
                if result[i] not in (1, size):
                    raise ShapeError(f"shapes {', '.join(str(tuple(s)) for s in shapes)} do not broadcast together")
                result[i] = size
    return tuple(result)


def diagonal(g: Geometry, offset: int, dim1: int, dim2: int) -> Geometry:
    """The elements whose index in ``dim2`` is their index in ``dim1`` plus ``offset``, along a new last dimension."""
    a, b = wrap_dim(dim1, len(g.shape), "dim1"), wrap_dim(dim2, len(g.shape), "dim2")
    if a == b or len(g.shape) < 2:
        raise DimensionError(f"dim1, dim2: need two dimensions, got {dim1} and {dim2} of shape {g.shape}")
    down, right = max(-offset, 0), max(offset, 0)
    length = max(0, min(g.shape[a] - down, g.shape[b] - right))
    kept = [d for d in range(len(g.shape)) if d not in (a, b)]
    return Geometry(
        g.offset + (down * g.stride[a] + right * g.stride[b] if length else 0),
        (*[g.shape[d] for d in kept], length),
        (*[g.stride[d] for d in kept], g.stride[a] + g.stride[b]),
    )
