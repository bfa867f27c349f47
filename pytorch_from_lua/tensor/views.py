"""Other shapes of the same elements. What can be a view shares memory; the rest says that it copies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply, apply_view, operation, view_of
from pytorch_from_lua.errors import DimensionError, ShapeError
from pytorch_from_lua.tensor import geometry
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import DType
from pytorch_from_lua.tensor.geometry import Geometry
from pytorch_from_lua.tensor.storage import Storage

if TYPE_CHECKING:
    from pytorch_from_lua.tensor._types import DTypeLike, Sizes
    from pytorch_from_lua.tensor.tensor import Tensor


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


def by_name(given: tuple[Any, ...], options: dict[str, Any], name: str) -> tuple[Any, ...]:
    """The sizes of ``f(2, 3)``, which may also come as ``f(shape=(2, 3))``.

    Raises:
        TypeError: for both, or another name.
    """
    if not options:
        return given
    if given or set(options) != {name}:
        raise TypeError(f"{name}: needs sizes, or {name}=..., got {given} and {options}")
    return (options[name],)


def _is_whole(given: Any) -> bool:
    return hasattr(given, "__index__") and not getattr(given, "shape", ())


def is_dtype(given: Any) -> bool:
    """Whether this is an element type, ours or Python's, rather than a size."""
    return isinstance(given, DType) or given in (bool, int, float)


def _listed(dims: int | Sequence[int]) -> Sequence[int]:
    return (dims,) if isinstance(dims, int) else dims


def squeezed(g: Geometry, dim: int | Sequence[int] | None) -> Geometry:
    """The geometry without the dimensions of size 1, or without those listed that have it."""
    if dim is None or isinstance(dim, int):
        return geometry.squeeze(g, dim)
    gone = {geometry.wrap_dim(d, len(g.shape)) for d in dim}
    if len(gone) != len(dim):
        raise DimensionError(f"dim: {tuple(dim)} names a dimension twice")
    kept = [i for i, n in enumerate(g.shape) if i not in gone or n != 1]
    return Geometry(g.offset, tuple([g.shape[i] for i in kept]), tuple([g.stride[i] for i in kept]))


_CLONE = operation("clone")


class Views(TensorBase):
    """Methods that see the elements under another shape."""

    __slots__ = ()

    def view(self, *shape: Sizes | DTypeLike, **options: Any) -> Tensor:
        """The same memory under another shape (one size may be -1), or, given a type, its bytes as such numbers.

        Bytes seen as another type have no gradient. Where the types differ in size, the last dimension, whose elements
        must be neighbours, grows or shrinks.

        Args:
            shape: the sizes, or the element type alone.
            options: ``dtype``, the element type by name.

        Raises:
            ShapeError: where no strides can describe that (`reshape` copies then), or the bytes do not fit.

        >>> from pytorch_from_lua import float32, int32, tensor
        >>> tensor([1.0, 2.0]).view(int32)
        tensor([1065353216, 1073741824], dtype=int32)
        """
        if "dtype" in options:
            shape = (*shape, options.pop("dtype"))
        if len(shape) == 1 and not options and is_dtype(shape[0]):
            return self._reinterpreted(DType.of(shape[0]))
        if options:
            raise ShapeError(f"view() takes sizes or dtype, got {', '.join(options)}")
        sizes = sizes_of(shape)
        g = geometry.view(self.geometry, sizes)
        if g is None:
            raise ShapeError(
                f"shape: {sizes} cannot view the elements of shape {self._shape} with strides {self._stride}; "
                "reshape() copies where it must"
            )
        return apply_view("view", self, g)

    def _reinterpreted(self, dtype: DType) -> Any:
        old, new = self.dtype.itemsize, dtype.itemsize
        offset, shape, stride = self._offset, self._shape, self._stride
        if old != new:
            if not shape or stride[-1] != 1:
                raise ShapeError(
                    f"dtype: {self.dtype.name} as {dtype.name} needs neighbours along the last dimension, got shape "
                    f"{shape} with strides {stride}"
                )
            last = shape[-1] * old
            if any((n * old) % new for n in (shape[-1], offset, *stride[:-1])):
                raise ShapeError(
                    f"dtype: {self.dtype.name} as {dtype.name} needs sizes, strides and an offset that are whole "
                    f"numbers of {new} bytes, got shape {shape}, strides {stride} and offset {offset}"
                )
            shape = (*shape[:-1], last // new)
            stride = (*[n * old // new for n in stride[:-1]], 1)
            offset = offset * old // new
        buffer = self._storage.buffer
        whole = buffer.nbytes // new * new
        storage = Storage(buffer.view(np.uint8)[:whole].view(dtype.numpy))
        return type(self)._make(storage, offset, shape, stride)

    def view_as(self, other: TensorBase) -> Tensor:
        """The same memory under the shape of ``other``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3, 4]).view_as(tensor([[0, 0], [0, 0]]))
        tensor([[1, 2],
                [3, 4]])
        """
        return self.view(other.shape)

    def reshape(self, *shape: Sizes, **options: Any) -> Tensor:
        """The same elements under another shape: a view where that is possible, else a copy; one size may be -1.

        Raises:
            ShapeError: where the sizes do not hold the elements.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3, 4]).reshape(2, -1)
        tensor([[1, 2],
                [3, 4]])
        """
        shape = by_name(shape, options, "shape")
        g = geometry.view(self.geometry, sizes_of(shape))
        if g is not None:
            return apply_view("view", self, g)
        return apply("reshape_copy", self, shape=geometry.infer_shape(sizes_of(shape), self.numel()))

    def reshape_as(self, other: TensorBase) -> Tensor:
        """The same elements under the shape of ``other``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3, 4]).reshape_as(tensor([[0, 0], [0, 0]]))
        tensor([[1, 2],
                [3, 4]])
        """
        return self.reshape(other.shape)

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> Tensor:
        """The dimensions from ``start_dim`` to ``end_dim`` as one.

        Raises:
            DimensionError: where there is no such dimension, or the first lies behind the last.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).flatten()
        tensor([1, 2, 3, 4])
        """
        if not self._shape:
            return self.reshape(1)
        first = geometry.wrap_dim(start_dim, self.ndim, "start_dim")
        last = geometry.wrap_dim(end_dim, self.ndim, "end_dim")
        if first > last:
            raise DimensionError(f"start_dim, end_dim: {start_dim} comes after {end_dim}")
        if first == last:
            return self  # type: ignore[return-value]
        shape = self._shape
        return self.reshape((*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :]))

    def ravel(self) -> Tensor:
        """All elements in one dimension.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).ravel()
        tensor([1, 2, 3, 4])
        """
        return self.reshape(-1)

    def unflatten(self, dim: int, sizes: Sequence[int]) -> Tensor:
        """One dimension as several.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3, 4]).unflatten(0, (2, 2))
        tensor([[1, 2],
                [3, 4]])
        """
        d = geometry.wrap_dim(dim, self.ndim)
        inner = geometry.infer_shape(sizes_of((sizes,), "sizes"), self._shape[d] if self._shape else 1)
        return self.view(self._shape[:d] + inner + self._shape[d + 1 :])

    def transpose(self, dim0: int, dim1: int) -> Tensor:
        """Two dimensions swapped.

        Raises:
            DimensionError: where there is no such dimension.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).transpose(0, 1)
        tensor([[1, 3],
                [2, 4]])
        """
        return apply_view("transpose", self, geometry.transpose(self.geometry, dim0, dim1))

    def swapaxes(self, axis0: int, axis1: int) -> Tensor:
        """`transpose` under numpy's name.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2]]).swapaxes(0, 1)
        tensor([[1],
                [2]])
        """
        return self.transpose(axis0, axis1)

    def swapdims(self, dim0: int, dim1: int) -> Tensor:
        """`transpose` under another name.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2]]).swapdims(0, 1)
        tensor([[1],
                [2]])
        """
        return self.transpose(dim0, dim1)

    def t(self) -> Tensor:
        """The transpose of a matrix; a vector as it is.

        Raises:
            DimensionError: for more than 2 dimensions.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2]]).t()
        tensor([[1],
                [2]])
        """
        if len(self._shape) > 2:
            raise DimensionError(f"t() needs at most 2 dimensions, got shape {self._shape}; use transpose()")
        if len(self._shape) != 2:
            return self  # type: ignore[return-value]
        return view_of("transpose", self, self._offset, self._shape[::-1], self._stride[::-1])

    @property
    def T(self) -> Tensor:
        """All dimensions in reverse order.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2]]).T
        tensor([[1],
                [2]])
        """
        return self.permute(*reversed(range(self.ndim)))

    @property
    def H(self) -> Tensor:
        """The transpose of a matrix; numbers here are real, so nothing is conjugated.

        Raises:
            DimensionError: for anything but 2 dimensions (0 are left alone).

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2]]).H
        tensor([[1],
                [2]])
        """
        if len(self._shape) not in (0, 2):
            raise DimensionError(f"H needs 2 dimensions, got shape {self._shape}; use mH")
        return self.T

    @property
    def mT(self) -> Tensor:
        """The last two dimensions swapped.

        Raises:
            DimensionError: for 1 dimension (none is left alone).

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2]]).mT
        tensor([[1],
                [2]])
        """
        if not self._shape:
            return self  # type: ignore[return-value]
        if len(self._shape) < 2:
            raise DimensionError(f"mT needs at least 2 dimensions, got shape {self._shape}")
        return self.transpose(-2, -1)

    @property
    def mH(self) -> Tensor:
        """The last two dimensions swapped; numbers here are real, so nothing is conjugated.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2]]).mH
        tensor([[1],
                [2]])
        """
        return self.mT

    def adjoint(self) -> Tensor:
        """The last two dimensions swapped; numbers here are real, so nothing is conjugated.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2]]).adjoint()
        tensor([[1],
                [2]])
        """
        return self.mT

    def permute(self, *dims: Sizes, **options: Any) -> Tensor:
        """All dimensions in a new order.

        Raises:
            DimensionError: where ``dims`` does not name each of them once.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2]]).permute(1, 0)
        tensor([[1],
                [2]])
        """
        dims = by_name(dims, options, "dims")
        return apply_view("permute", self, geometry.permute(self.geometry, sizes_of(dims, "dims")))

    def movedim(self, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
        """Dimensions moved to other places; the rest keep their order.

        Raises:
            DimensionError: where the two name different numbers of dimensions, or one twice.

        >>> from pytorch_from_lua import zeros
        >>> zeros(2, 3, 4).movedim((0, 1), (2, 0)).shape
        (3, 4, 2)
        """
        n = self.ndim
        origin = [geometry.wrap_dim(d, n, "source") for d in _listed(source)]
        target = [geometry.wrap_dim(d, n, "destination") for d in _listed(destination)]
        if len(origin) != len(target) or len(set(origin)) != len(origin) or len(set(target)) != len(target):
            raise DimensionError(
                f"source, destination: need as many different dimensions each, got {source} and {destination}"
            )
        if not n:
            return self.permute(())
        rest = iter([d for d in range(n) if d not in origin])
        places = dict(zip(target, origin, strict=True))
        return self.permute([places[d] if d in places else next(rest) for d in range(n)])

    def moveaxis(self, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
        """`movedim` under numpy's name.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2]]).moveaxis(0, 1)
        tensor([[1],
                [2]])
        """
        return self.movedim(source, destination)

    def narrow(self, dim: int, start: int, length: int) -> Tensor:
        """``length`` indices of one dimension, from ``start``.

        Raises:
            DimensionError: where there is no such dimension or place in it.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3, 4]).narrow(0, 1, 2)
        tensor([2, 3])
        """
        return apply_view("narrow", self, geometry.narrow(self.geometry, dim, start, length))

    def narrow_copy(self, dim: int, start: int, length: int) -> Tensor:
        """A copy of ``length`` indices of one dimension, from ``start``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3, 4]).narrow_copy(0, 1, 2)
        tensor([2, 3])
        """
        return self.narrow(dim, start, length).clone()

    def select(self, dim: int, index: int) -> Tensor:
        """One index of one dimension, which goes away.

        Raises:
            DimensionError: where there is no such dimension or index.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).select(1, 0)
        tensor([1, 3])
        """
        return apply_view("select", self, geometry.select(self.geometry, dim, index))

    def unfold(self, dimension: int, size: int, step: int) -> Tensor:
        """Windows of ``size`` indices, ``step`` apart, whose elements lie along a new last dimension.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3]).unfold(0, 2, 1)
        tensor([[1, 2],
                [2, 3]])
        """
        return apply_view("unfold", self, geometry.unfold(self.geometry, dimension, size, step))

    def expand(self, *shape: Sizes, **options: Any) -> Tensor:
        """Dimensions of size 1 repeated without copies; -1 keeps a size.

        Raises:
            ShapeError: where a size is neither 1 nor the one asked for.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1], [2]]).expand(2, 3)
        tensor([[1, 1, 1],
                [2, 2, 2]])
        """
        shape = by_name(shape, options, "size")
        return apply_view("expand", self, geometry.expand(self.geometry, sizes_of(shape)))

    def expand_as(self, other: TensorBase) -> Tensor:
        """Dimensions of size 1 repeated without copies, up to the shape of ``other``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).expand_as(tensor([[0, 0], [0, 0]]))
        tensor([[1, 2],
                [1, 2]])
        """
        return self.expand(other.shape)

    def broadcast_to(self, *shape: Sizes, **options: Any) -> Tensor:
        """Dimensions of size 1 repeated without copies; `expand` under another name.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).broadcast_to((2, 2))
        tensor([[1, 2],
                [1, 2]])
        """
        return self.expand(*shape, **options)

    def squeeze(self, dim: int | Sequence[int] | None = None) -> Tensor:
        """Without the dimensions of size 1, or without those listed that have size 1.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2]]).squeeze()
        tensor([1, 2])
        """
        return apply_view("squeeze", self, squeezed(self.geometry, dim))

    def unsqueeze(self, dim: int) -> Tensor:
        """A new dimension of size 1 at ``dim``.

        Raises:
            DimensionError: where there is no such place.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).unsqueeze(1)
        tensor([[1],
                [2]])
        """
        return apply_view("unsqueeze", self, geometry.unsqueeze(self.geometry, dim))

    # -- parts of the memory --------------------------------------------------------------------------------------

    def diagonal(self, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
        """The elements whose indices along two dimensions differ by ``offset``, along a new last dimension.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).diagonal()
        tensor([1, 4])
        """
        return apply_view("diagonal", self, geometry.diagonal(self.geometry, offset, dim1, dim2))

    def as_strided(self, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
        """Any view of the storage.

        Raises:
            StorageError: where an element would lie outside of it.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3, 4]).as_strided((2,), (3,))
        tensor([1, 4])
        """
        return apply_view("as_strided", self, self._anyhow(size, stride, storage_offset))

    def _anyhow(self, size: Sequence[int], stride: Sequence[int], storage_offset: int | None) -> Geometry:
        offset = self._offset if storage_offset is None else storage_offset
        return self.from_storage(self._storage, offset, sizes_of((size,)), sizes_of((stride,), "stride")).geometry

    def clone(self) -> Tensor:
        """A copy with memory of its own; gradients flow back to this tensor.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).clone()
        tensor([1, 2])
        """
        return _CLONE(self)

    def contiguous(self) -> Tensor:
        """Itself where its elements lie in row-major order, else a copy where they do.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).t().contiguous().stride()
        (2, 1)
        """
        return self if self.is_contiguous() else _CLONE(self)  # type: ignore[return-value]

    def __iter__(self) -> Iterator[Tensor]:
        if not self._shape:
            raise TypeError("a tensor of 0 dimensions has nothing to iterate over")
        return (self.select(0, i) for i in range(self._shape[0]))


def expanded(tensors: Sequence[Any]) -> list[Any]:
    """The tensors as views of their common shape."""
    shape = geometry.broadcast_shapes(*[t.shape for t in tensors])
    return [t.expand(shape) for t in tensors]
