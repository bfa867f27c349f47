"""Other shapes of the same elements. What can be a view shares memory; the rest says that it copies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply, apply_view
from pytorch_from_lua.errors import DimensionError, ShapeError
from pytorch_from_lua.tensor import geometry
from pytorch_from_lua.tensor.base import TensorBase


def sizes_of(given: tuple[Any, ...], name: str = "shape") -> tuple[int, ...]:
    """The sizes in ``f(2, 3)`` and in ``f((2, 3))``.

    Raises:
        ShapeError: where one is no whole number.
    """
    sizes = given[0] if len(given) == 1 and given[0].__class__ is not int and not _is_whole(given[0]) else given
    if sizes.__class__ is tuple and {*map(type, sizes)} <= {int}:
        return sizes
    try:
        return tuple([s.__index__() for s in sizes])
    except (TypeError, AttributeError):
        raise ShapeError(f"{name}: needs whole numbers, got {given!r}") from None


def _is_whole(given: Any) -> bool:
    return hasattr(given, "__index__") and not getattr(given, "shape", ())


class Views(TensorBase):
    """Methods that see the elements under another shape."""

    __slots__ = ()

    def view(self, *shape: Any) -> Any:
        """The same memory under another shape; one size may be -1.

        Raises:
            ShapeError: where no strides can describe that; `reshape` copies then.
        """
        sizes = sizes_of(shape)
        g = geometry.view(self.geometry, sizes)
        if g is None:
            raise ShapeError(
                f"shape: {sizes} cannot view the elements of shape {self._shape} with strides {self._stride}; "
                "reshape() copies where it must"
            )
        return apply_view("view", self, g)

    def view_as(self, other: TensorBase) -> Any:
        """The same memory under the shape of ``other``."""
        return self.view(other.shape)

    def reshape(self, *shape: Any) -> Any:
        """The same elements under another shape: a view where that is possible, else a copy; one size may be -1."""
        g = geometry.view(self.geometry, sizes_of(shape))
        if g is not None:
            return apply_view("view", self, g)
        return apply("reshape_copy", self, shape=geometry.infer_shape(sizes_of(shape), self.numel()))

    def reshape_as(self, other: TensorBase) -> Any:
        """The same elements under the shape of ``other``."""
        return self.reshape(other.shape)

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> Any:
        """The dimensions from ``start_dim`` to ``end_dim`` as one."""
        if not self._shape:
            return self.reshape(1)
        first = geometry.wrap_dim(start_dim, self.ndim, "start_dim")
        last = geometry.wrap_dim(end_dim, self.ndim, "end_dim")
        if first > last:
            raise DimensionError(f"start_dim, end_dim: {start_dim} comes after {end_dim}")
        if first == last:
            return self
        shape = self._shape
        return self.reshape((*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :]))

    def ravel(self) -> Any:
        """All elements in one dimension."""
        return self.reshape(-1)

    def unflatten(self, dim: int, sizes: Sequence[int]) -> Any:
        """One dimension as several."""
        d = geometry.wrap_dim(dim, self.ndim)
        return self.view(self._shape[:d] + geometry.infer_shape(sizes, self._shape[d]) + self._shape[d + 1 :])

    def transpose(self, dim0: int, dim1: int) -> Any:
        """Two dimensions swapped."""
        return apply_view("transpose", self, geometry.transpose(self.geometry, dim0, dim1))

    swapaxes = transpose

    def t(self) -> Any:
        """The transpose of a matrix; a vector as it is.

        Raises:
            DimensionError: for more than 2 dimensions.
        """
        if len(self._shape) > 2:
            raise DimensionError(f"t() needs at most 2 dimensions, got shape {self._shape}; use transpose()")
        return self.transpose(0, 1) if len(self._shape) == 2 else self

    @property
    def T(self) -> Any:
        """All dimensions in reverse order."""
        return self.permute(*reversed(range(self.ndim)))

    @property
    def mT(self) -> Any:
        """The last two dimensions swapped."""
        return self.transpose(-2, -1)

    def permute(self, *dims: Any) -> Any:
        """All dimensions in a new order."""
        return apply_view("permute", self, geometry.permute(self.geometry, sizes_of(dims, "dims")))

    def movedim(self, source: int, destination: int) -> Any:
        """One dimension moved to another place."""
        a = geometry.wrap_dim(source, self.ndim, "source")
        order = [d for d in range(self.ndim) if d != a]
        order.insert(geometry.wrap_dim(destination, self.ndim, "destination"), a)
        return self.permute(order)

    def narrow(self, dim: int, start: int, length: int) -> Any:
        """``length`` indices of one dimension, from ``start``."""
        return apply_view("narrow", self, geometry.narrow(self.geometry, dim, start, length))

    def select(self, dim: int, index: int) -> Any:
        """One index of one dimension, which goes away."""
        return apply_view("select", self, geometry.select(self.geometry, dim, index))

    def unfold(self, dimension: int, size: int, step: int) -> Any:
        """Windows of ``size`` indices, ``step`` apart, whose elements lie along a new last dimension."""
        return apply_view("unfold", self, geometry.unfold(self.geometry, dimension, size, step))

    def expand(self, *shape: Any) -> Any:
        """Dimensions of size 1 repeated without copies; -1 keeps a size."""
        return apply_view("expand", self, geometry.expand(self.geometry, sizes_of(shape)))

    def expand_as(self, other: TensorBase) -> Any:
        """Dimensions of size 1 repeated without copies, up to the shape of ``other``."""
        return self.expand(other.shape)

    def squeeze(self, dim: int | None = None) -> Any:
        """Without the dimensions of size 1, or without that one where it has size 1."""
        return apply_view("squeeze", self, geometry.squeeze(self.geometry, dim))

    def unsqueeze(self, dim: int) -> Any:
        """A new dimension of size 1 at ``dim``."""
        return apply_view("unsqueeze", self, geometry.unsqueeze(self.geometry, dim))

    def squeeze_(self, dim: int | None = None) -> Any:
        """Loses the dimensions of size 1, or that one, in place."""
        self._place(self._storage, geometry.squeeze(self.geometry, dim))
        return self

    def unsqueeze_(self, dim: int) -> Any:
        """Gets a new dimension of size 1 at ``dim``, in place."""
        self._place(self._storage, geometry.unsqueeze(self.geometry, dim))
        return self

    def diagonal(self, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
        """The elements whose indices along two dimensions differ by ``offset``, along a new last dimension."""
        return apply_view("diagonal", self, geometry.diagonal(self.geometry, offset, dim1, dim2))

    def diag(self, diagonal: int = 0) -> Any:
        """A copy of a matrix's diagonal, or the matrix with a vector on its diagonal and zeros elsewhere."""
        if self.ndim == 2:
            return self.diagonal(diagonal).clone()
        if self.ndim != 1:
            raise DimensionError(f"diag() needs 1 or 2 dimensions, got shape {self._shape}")
        n = self._shape[0] + abs(diagonal)
        rows, columns = np.indices((n, n))
        places = np.clip((rows + min(diagonal, 0)).ravel(), 0, self._shape[0] - 1)
        spread = apply("index_select", self, dim=0, index=places)
        return spread.reshape(n, n) * type(self).from_array(columns - rows == diagonal) if n else self.reshape(0, 0)

    def as_strided(self, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Any:
        """Any view of the storage.

        Raises:
            StorageError: where an element would lie outside of it.
        """
        offset = self._offset if storage_offset is None else storage_offset
        g = self.from_storage(self._storage, offset, size, stride).geometry
        return apply_view("as_strided", self, g)

    def split(self, split_size: int | Sequence[int], dim: int = 0) -> tuple[Any, ...]:
        """Views of ``split_size`` indices each (the last one may be smaller), or of the sizes listed."""
        d = geometry.wrap_dim(dim, self.ndim)
        whole = self._shape[d]
        if isinstance(split_size, int):
            if split_size < 1:
                raise ShapeError(f"split_size: needs at least 1, got {split_size}")
            sizes = [min(split_size, whole - at) for at in range(0, whole, split_size)] or [0]
        else:
            sizes = list(split_size)
            if sum(sizes) != whole:
                raise ShapeError(f"split_size: {sizes} does not sum to {whole}, the size of dimension {d}")
        starts = [sum(sizes[:i]) for i in range(len(sizes))]
        return tuple([self.narrow(d, start, size) for start, size in zip(starts, sizes, strict=True)])

    def chunk(self, chunks: int, dim: int = 0) -> tuple[Any, ...]:
        """At most ``chunks`` views of equal size; the last one may be smaller."""
        if chunks < 1:
            raise ShapeError(f"chunks: needs at least 1, got {chunks}")
        size = self._shape[geometry.wrap_dim(dim, self.ndim)]
        return self.split(max(1, -(-size // chunks)), dim)

    def unbind(self, dim: int = 0) -> tuple[Any, ...]:
        """A view for each index of one dimension, which goes away."""
        return tuple([self.select(dim, i) for i in range(self.size(dim))])

    def repeat(self, *sizes: Any) -> Any:
        """A copy with every dimension repeated so many times; new dimensions come first."""
        counts = sizes_of(sizes, "sizes")
        if len(counts) < self.ndim:
            raise ShapeError(f"sizes: {counts} has fewer numbers than the tensor has dimensions ({self.ndim})")
        return apply("repeat", self, sizes=counts)

    def flip(self, *dims: Any) -> Any:
        """A copy with the order of indices reversed in these dimensions."""
        return apply("flip", self, dims=tuple([geometry.wrap_dim(d, self.ndim) for d in sizes_of(dims, "dims")]))

    def roll(self, shifts: int | Sequence[int], dims: int | Sequence[int]) -> Any:
        """A copy with the indices of these dimensions moved on, the last ones to the front."""
        return apply("roll", self, shifts=shifts, dims=dims)

    def clone(self) -> Any:
        """A copy with memory of its own; gradients flow back to this tensor."""
        return apply("clone", self)

    def contiguous(self) -> Any:
        """Itself where its elements lie in row-major order, else a copy where they do."""
        return self if self.is_contiguous() else apply("contiguous", self)

    def __iter__(self) -> Iterator[Any]:
        if not self._shape:
            raise TypeError("a tensor of 0 dimensions has nothing to iterate over")
        return (self.select(0, i) for i in range(self._shape[0]))


def expanded(tensors: Sequence[Any]) -> list[Any]:
    """The tensors as views of their common shape."""
    shape = geometry.broadcast_shapes(*[t.shape for t in tensors])
    return [t.expand(shape) for t in tensors]
