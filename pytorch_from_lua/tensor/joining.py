"""Several tensors as one (``cat``, ``stack``, ``hstack``, ...), and every combination of their elements."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.autograd.shortcut import short
from pytorch_from_lua.errors import DimensionError, DTypeError, RangeError, ShapeError
from pytorch_from_lua.tensor import geometry
from pytorch_from_lua.tensor.dtype import DType
from pytorch_from_lua.tensor.out import takes_out
from pytorch_from_lua.tensor.tensor import Tensor
from pytorch_from_lua.tensor.views import expanded, sizes_of

if TYPE_CHECKING:
    from pytorch_from_lua.tensor._types import DTypeLike, Sizes


def _several(tensors: Iterable[Any], least: int = 1) -> list[Any]:
    if isinstance(tensors, Tensor):
        raise DTypeError("tensors: needs a list or tuple of tensors, got one tensor")
    several = list(tensors)
    if len(several) < least:
        raise ShapeError("tensors: needs at least one")
    for t in several:
        if not isinstance(t, Tensor):
            raise DTypeError(f"tensors: needs tensors only, got {type(t).__name__}")
    return several


def _spread(tensors: tuple[Any, ...]) -> list[Any]:
    """The tensors in ``f(a, b)`` and in ``f([a, b])``."""
    return _several(tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors, 0)


def _joined(*arrays: Any) -> Any:
    return np.concatenate(arrays[:-1], arrays[-1])


# -- along a dimension -----------------------------------------------------------------------------------------------


@takes_out
def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """The tensors one after another along a dimension that they have.

    Args:
        tensors: of one shape but for ``dim``; empty ones of one dimension are left out. The result has the element
            type that all of them promote to.
        dim: the dimension.

    Raises:
        ShapeError: for no tensors, or shapes that do not fit.
        DTypeError: where one is no tensor.

    >>> from pytorch_from_lua import ones, zeros
    >>> cat([ones(2), zeros(1)])
    tensor([1., 1., 0.])
    """
    if tensors.__class__ in (list, tuple) and tensors and isinstance(tensors[0], Tensor) and dim.__class__ is int:
        made: Any = short(_joined, tensors, dim)
        if made is not None:
            return made
    return apply("cat", *_several(tensors), dim=dim)


@takes_out
def concat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """`cat` under another name.

    >>> from pytorch_from_lua import tensor
    >>> concat([tensor([1, 2]), tensor([3])])
    tensor([1, 2, 3])
    """
    return cat(tensors, dim)


@takes_out
def concatenate(tensors: Sequence[Tensor], axis: int = 0, *, dim: int | None = None) -> Tensor:
    """`cat` under numpy's name, with its name for the dimension.

    >>> from pytorch_from_lua import tensor
    >>> concatenate([tensor([1, 2]), tensor([3])])
    tensor([1, 2, 3])
    """
    return cat(tensors, axis if dim is None else dim)


@takes_out
def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """The tensors, all of one shape, one after another along a new dimension.

    Raises:
        ShapeError: for no tensors, or different shapes.
        DTypeError: where one is no tensor.

    >>> from pytorch_from_lua import ones, zeros
    >>> stack([ones(2), zeros(2)], dim=1)
    tensor([[1., 0.],
            [1., 0.]])
    """
    several = _several(tensors)
    if any(t.shape != several[0].shape for t in several):
        raise ShapeError(f"tensors: need one shape, got {', '.join(str(t.shape) for t in several)}")
    return apply("stack", *several, dim=dim)


@takes_out
def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors side by side: along the second dimension, vectors and numbers along the first.

    Raises:
        ShapeError: for no tensors, or shapes that do not fit.

    >>> from pytorch_from_lua import tensor
    >>> hstack([tensor([[1], [2]]), tensor([[3], [4]])])
    tensor([[1, 3],
            [2, 4]])
    """
    several = [_at_least(t, 1) for t in _several(tensors)]
    return cat(several, 0 if several[0].ndim == 1 else 1)


@takes_out
def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors one below the other, along the first dimension; vectors are rows.

    Raises:
        ShapeError: for no tensors, or shapes that do not fit.

    >>> from pytorch_from_lua import tensor
    >>> vstack([tensor([1, 2]), tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """
    return cat([_at_least(t, 2) for t in _several(tensors)], 0)


@takes_out
def row_stack(tensors: Sequence[Tensor]) -> Tensor:
    """`vstack` under another name.

    >>> from pytorch_from_lua import tensor
    >>> row_stack([tensor([1, 2]), tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """
    return vstack(tensors)


@takes_out
def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors one behind the other, along the third dimension.

    Raises:
        ShapeError: for no tensors, or shapes that do not fit.

    >>> from pytorch_from_lua import tensor
    >>> dstack([tensor([1, 2]), tensor([3, 4])])
    tensor([[[1, 3],
             [2, 4]]])
    """
    return cat([_at_least(t, 3) for t in _several(tensors)], 2)


@takes_out
def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors side by side, vectors and numbers as columns.

    Raises:
        ShapeError: for no tensors, or shapes that do not fit.

    >>> from pytorch_from_lua import tensor
    >>> column_stack([tensor([1, 2]), tensor([3, 4])])
    tensor([[1, 3],
            [2, 4]])
    """
    return cat([t.reshape(t.numel(), 1) if t.ndim <= 1 else t for t in _several(tensors)], 1)


def block_diag(*tensors: Tensor) -> Tensor:
    """A matrix with these matrices along its diagonal and zeros elsewhere; vectors and numbers are rows.

    Raises:
        ShapeError: where one has more than 2 dimensions.

    >>> from pytorch_from_lua import tensor
    >>> block_diag(tensor([[1, 2]]), tensor(3))
    tensor([[1, 2, 0],
            [0, 0, 3]])
    """
    several = _several(tensors, 0)
    if any(t.ndim > 2 for t in several):
        raise ShapeError(f"tensors: need at most 2 dimensions, got {', '.join(str(t.shape) for t in several)}")
    if not several:
        return Tensor.from_array(np.zeros((1, 0), DType.of(float).numpy))
    blocks = [_at_least(t, 2) for t in several]
    width = sum([t.shape[1] for t in blocks])
    rows, start = [], 0
    for t in blocks:
        left = t.new_zeros(t.shape[0], start)
        right = t.new_zeros(t.shape[0], width - start - t.shape[1])
        rows.append(cat([left, t, right], 1))
        start += t.shape[1]
    return cat(rows, 0)


# -- dimensions added ------------------------------------------------------------------------------------------------


def _at_least(t: Tensor, ndim: int) -> Any:
    """A view with dimensions of size 1 added, where numpy adds them."""
    if t.ndim >= ndim:
        return t
    if t.ndim == 0:
        return t.reshape((1,) * ndim)
    if ndim == 2:
        return t.unsqueeze(0)
    return t.unsqueeze(0).unsqueeze(-1) if t.ndim == 1 else t.unsqueeze(-1)


def _each(tensors: tuple[Any, ...], ndim: int) -> Any:
    if len(tensors) == 1 and isinstance(tensors[0], Tensor):
        return _at_least(tensors[0], ndim)
    return tuple([_at_least(t, ndim) for t in _spread(tensors)])


@overload
def atleast_1d(tensors: Tensor, /) -> Tensor: ...


@overload
def atleast_1d(*tensors: Any) -> tuple[Tensor, ...]: ...


def atleast_1d(*tensors: Any) -> Any:
    """The tensor, or a tuple of the tensors, with a dimension where it has none.

    >>> from pytorch_from_lua import tensor
    >>> atleast_1d(tensor(1))
    tensor([1])
    """
    return _each(tensors, 1)


@overload
def atleast_2d(tensors: Tensor, /) -> Tensor: ...


@overload
def atleast_2d(*tensors: Any) -> tuple[Tensor, ...]: ...


def atleast_2d(*tensors: Any) -> Any:
    """The tensor, or a tuple of the tensors, as rows where there are fewer than 2 dimensions.

    >>> from pytorch_from_lua import tensor
    >>> atleast_2d(tensor([1, 2]))
    tensor([[1, 2]])
    """
    return _each(tensors, 2)


@overload
def atleast_3d(tensors: Tensor, /) -> Tensor: ...


@overload
def atleast_3d(*tensors: Any) -> tuple[Tensor, ...]: ...


def atleast_3d(*tensors: Any) -> Any:
    """The tensor, or a tuple of the tensors, with at least 3 dimensions: (n,) is (1, n, 1) and (n, m) is (n, m, 1).

    >>> from pytorch_from_lua import tensor
    >>> atleast_3d(tensor([1, 2])).shape
    (1, 2, 1)
    """
    return _each(tensors, 3)


def broadcast_tensors(*tensors: Tensor | Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The tensors as views of their common shape.

    Raises:
        ShapeError: where there is none.

    >>> from pytorch_from_lua import tensor
    >>> broadcast_tensors(tensor([1, 2]), tensor([[3], [4]]))[1]
    tensor([[3, 3],
            [4, 4]])
    """
    return tuple(expanded(_spread(tensors)))


def broadcast_to(input: Tensor, size: Sequence[int]) -> Tensor:
    """The tensor as a view of that shape.

    Raises:
        ShapeError: where it does not broadcast to it.

    >>> from pytorch_from_lua import tensor
    >>> broadcast_to(tensor([1, 2]), (2, 2))
    tensor([[1, 2],
            [1, 2]])
    """
    return input.expand(size)


def broadcast_shapes(*shapes: Sizes) -> tuple[int, ...]:
    """The common shape that sizes of 1 and missing leading dimensions stretch to.

    Raises:
        ShapeError: where there is none.

    >>> broadcast_shapes((3, 1), (4,))
    (3, 4)
    """
    return geometry.broadcast_shapes(*[sizes_of((s,)) for s in shapes])


# -- combinations ----------------------------------------------------------------------------------------------------


def meshgrid(*tensors: Tensor | Sequence[Tensor], indexing: str | None = None) -> tuple[Tensor, ...]:
    """The coordinates of a grid: for vectors of n and m elements two views of shape (n, m).

    Args:
        tensors: vectors or numbers, one by one or in a list.
        indexing: ``"ij"`` (so too where None), or ``"xy"``, which swaps the first two dimensions of the results.

    Raises:
        ShapeError: where a tensor has more than 1 dimension.
        DTypeError: where they have different element types.
        RangeError: for another word.

    >>> from pytorch_from_lua import tensor
    >>> meshgrid(tensor([1, 2]), tensor([3, 4, 5]), indexing="ij")[0]
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    if indexing not in (None, "ij", "xy"):
        raise RangeError(f"indexing: needs 'ij' or 'xy', got {indexing!r}")
    several = _several(tensors[0] if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else tensors)
    if any(t.ndim > 1 for t in several):
        raise ShapeError(f"tensors: need at most 1 dimension, got {', '.join(str(t.shape) for t in several)}")
    if len({t.dtype for t in several}) > 1:
        raise DTypeError(f"tensors: need one element type, got {', '.join(t.dtype.name for t in several)}")
    shape = tuple([t.numel() for t in several])
    swap = indexing == "xy" and len(several) > 1
    grids = []
    for i, t in enumerate(several):
        grid = t.reshape((1,) * i + (-1,) + (1,) * (len(several) - 1 - i)).expand(shape)
        grids.append(grid.transpose(0, 1) if swap else grid)
    return tuple(grids)


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """Every combination of one element of each vector: (combinations, vectors); a single vector as it is.

    Raises:
        ShapeError: where a tensor does not have 1 dimension.

    >>> from pytorch_from_lua import tensor
    >>> cartesian_prod(tensor([1, 2]), tensor([3, 4]))
    tensor([[1, 3],
            [1, 4],
            [2, 3],
            [2, 4]])
    """
    several = _several(tensors)
    if any(t.ndim != 1 for t in several):
        raise ShapeError(f"tensors: need 1 dimension, got {', '.join(str(t.shape) for t in several)}")
    if len(several) == 1:
        return several[0]
    return stack([grid.reshape(-1) for grid in meshgrid(several)], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Every choice of ``r`` elements of a vector, in the order of `itertools.combinations`: (choices, r).

    Raises:
        DimensionError: where the tensor does not have 1 dimension.
        RangeError: for a negative ``r``.

    >>> from pytorch_from_lua import tensor
    >>> combinations(tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """
    if input.ndim != 1:
        raise DimensionError(f"input: needs 1 dimension, got shape {input.shape}")
    if r < 0:
        raise RangeError(f"r: needs at least 0, got {r}")
    if r == 0:
        return input.new_empty(0)
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    chosen = np.asarray(list(choose(range(input.numel()), r)), np.int64).reshape(-1, r)
    return input[chosen]


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of a vector's elements, a column each: ``result[i][j] = x[i] ** (N - 1 - j)``.

    Args:
        x: of shape (n,).
        N: the number of columns; n where None.
        increasing: the powers rise from 0, else they fall to 0.

    Raises:
        DimensionError: where the tensor does not have 1 dimension.
        RangeError: for a negative ``N``.

    >>> from pytorch_from_lua import tensor
    >>> vander(tensor([1, 2, 3]), increasing=True)
    tensor([[1, 1, 1],
            [1, 2, 4],
            [1, 3, 9]])
    """
    if x.ndim != 1:
        raise DimensionError(f"x: needs 1 dimension, got shape {x.shape}")
    columns = x.numel() if N is None else N
    if columns < 0:
        raise RangeError(f"N: needs at least 0, got {N}")
    powers = np.arange(columns)
    return x.unsqueeze(-1) ** Tensor.from_array((powers if increasing else powers[::-1]).copy(), x)


# -- splitting, as functions -----------------------------------------------------------------------------------------


def split(tensor: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Views of so many indices each (the last one may be smaller), or of the sizes listed; see `Tensor.split`.

    >>> from pytorch_from_lua import tensor
    >>> split(tensor([1, 2, 3]), 2)
    (tensor([1, 2]), tensor([3]))
    """
    return tensor.split(split_size_or_sections, dim)


# -- indices ---------------------------------------------------------------------------------------------------------


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: DTypeLike | None = np.int64) -> Tensor:
    """The places on and below a diagonal of a (row, col) matrix: (2, places), rows first.

    Raises:
        ShapeError: for negative sizes.

    >>> tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    return _triangle(np.tril, row, col, offset, dtype)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: DTypeLike | None = np.int64) -> Tensor:
    """The places on and above a diagonal of a (row, col) matrix: (2, places), rows first.

    Raises:
        ShapeError: for negative sizes.

    >>> triu_indices(2, 2)
    tensor([[0, 0, 1],
            [0, 1, 1]])
    """
    return _triangle(np.triu, row, col, offset, dtype)


def _triangle(part: Any, row: int, col: int, offset: int, dtype: Any) -> Tensor:
    if row < 0 or col < 0:
        raise ShapeError(f"row, col: must not be negative, got {row} and {col}")
    places = np.stack(np.nonzero(part(np.ones((row, col), np.bool_), offset)))
    return Tensor.from_array(places.astype(DType.of(dtype).numpy))


def unravel_index(indices: Tensor, shape: Sizes) -> tuple[Tensor, ...]:
    """The indices along each dimension of places counted in row-major order.

    Raises:
        DTypeError: where they are not integers.
        DimensionError: where one lies outside of the shape.

    >>> from pytorch_from_lua import tensor
    >>> unravel_index(tensor([3, 7]), (3, 4))
    (tensor([0, 1]), tensor([3, 3]))
    """
    if indices.dtype.numpy.kind not in "iu":
        raise DTypeError(f"indices: needs integers, got {indices.dtype.name}")
    sizes = sizes_of((shape,))
    try:
        found = np.unravel_index(indices.cpu().array, sizes)
    except ValueError as error:
        raise DimensionError(f"indices: {error}") from error
    return tuple([Tensor.from_array(np.asarray(part), indices) for part in found])
