"""What every tensor is: (storage, offset, shape, stride), and the array that kernels see.

`Tensor` in ``tensor.py`` adds the operations. Here is what the rest rests on, and nothing that computes.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np

from pytorch_from_lua.errors import AutogradError, DimensionError, DTypeError, ShapeError, StorageError
from pytorch_from_lua.tensor import backend, geometry
from pytorch_from_lua.tensor import storage as storages
from pytorch_from_lua.tensor.dtype import DType
from pytorch_from_lua.tensor.geometry import Geometry
from pytorch_from_lua.tensor.storage import EPOCH, Storage, allowance, next_epoch

if TYPE_CHECKING:
    from pytorch_from_lua.tensor._types import Sizes
    from pytorch_from_lua.tensor.tensor import Tensor

T = TypeVar("T", bound="TensorBase")

#: No buffer is this. (The tensor itself would do, but one that refers to itself waits for Python's cycle collector,
#: and its memory with it.)
_NOTHING_YET: Any = object()


class TensorBase:
    """Elements of a storage seen through an offset, a shape and strides."""

    __slots__ = (
        "__weakref__",
        "_array",
        "_base",
        "_grad",
        "_hooks",
        "_kept",
        "_offset",
        "_output",
        "_retains_grad",
        "_seen",
        "_shape",
        "_stride",
        "dtype",
        "grad_fn",
        "requires_grad",
    )

    #: The element type. A slot of its own, so that the Lua side can read it through its address.
    dtype: DType
    #: Whether operations on this tensor are recorded.
    requires_grad: bool
    #: The node that computed this tensor, or None for a leaf.
    grad_fn: Any
    _kept: Storage | None  # None until the storage of a computed array is asked for: use `_storage`
    _offset: int
    _shape: tuple[int, ...]
    _stride: tuple[int, ...]
    _array: Any
    _seen: Any  # the buffer that `_array` views; `_NOTHING_YET` before there is an array
    _base: Any  # of a view: what it was taken from, for autograd
    _grad: Any
    _hooks: Any
    _output: int
    _retains_grad: bool

    # -- construction -------------------------------------------------------------------------------------------

    @classmethod
    def from_storage(
        cls: type[T], storage: Storage, offset: int, shape: Sequence[int], stride: Sequence[int] | None = None
    ) -> T:
        """A tensor over ``storage``, which must be large enough; row-major where ``stride`` is None.

        Raises:
            StorageError: where an element would lie outside of the storage.
        """
        sizes = tuple(shape)
        steps = geometry.contiguous_stride(sizes) if stride is None else tuple(stride)
        _check(storage, Geometry(offset, sizes, steps))
        return cls._make(storage, offset, sizes, steps)

    @classmethod
    def _make(cls: type[T], storage: Storage, offset: int, shape: tuple[int, ...], stride: tuple[int, ...]) -> T:
        """As `from_storage`, for a geometry that is known to fit."""
        t = _new(cls)
        t._kept = storage
        t._offset = offset
        t._shape = shape
        t._stride = stride
        t._seen = _NOTHING_YET
        t.dtype = storage.dtype
        t.requires_grad = False
        t._grad = t.grad_fn = t._hooks = t._base = None
        return t

    @classmethod
    def _fresh(cls: type[T], array: np.ndarray[Any, Any], dtype: DType) -> T:
        """As `_over`, and counted for whoever set an allowance."""
        allowance[0] -= array.nbytes
        if allowance[0] < 0:
            storages.on_spent()
        return cls._over(array, dtype)

    @classmethod
    def _over(cls: type[T], array: np.ndarray[Any, Any], dtype: DType) -> T:
        """As `from_array`, unchecked, for a row-major numpy array of native elements that nobody else holds."""
        # Every operation ends here, and few results are ever asked for their storage: it is made then.
        t = _new(cls)
        t._array = array
        t._kept = None
        t._offset = 0
        t._shape = shape = array.shape
        if len(shape) == 1:
            t._stride = _ONE
        else:
            stride = _STRIDES.get(shape)
            t._stride = _learn_stride(shape) if stride is None else stride
        t.dtype = dtype
        t.requires_grad = False
        t._grad = t.grad_fn = t._hooks = t._base = None
        return t

    @classmethod
    def from_array(cls: type[T], array: Any, like: TensorBase | None = None) -> T:
        """A tensor that shares the array's memory; one with negative or uneven strides is copied first.

        Args:
            array: numpy's or CuPy's.
            like: a tensor; an array that is not where its elements are is copied there.

        Raises:
            DTypeError: where no tensor holds elements of the array's type.
        """
        if like is not None:
            array = backend.beside(array, like.array)
        dtype = DType.of(array.dtype)
        if array.dtype != dtype.numpy:
            array = array.astype(dtype.numpy)
        if isinstance(array, np.memmap):
            array = array.view(np.ndarray)  # its operations make more of its kind, which are slow
        if array.flags.c_contiguous:
            t = cls._make(Storage(array.reshape(-1)), 0, array.shape, geometry.contiguous_stride(array.shape))
            t._array = array
            t._seen = t._storage._buffer
            return t
        size = dtype.itemsize
        if any(s < 0 or s % size for s in array.strides):
            return cls.from_array(array.copy())
        stride = tuple([s // size for s in array.strides])
        reach = geometry.extent(Geometry(0, array.shape, stride))
        flat = backend.namespace(array).lib.stride_tricks.as_strided(array, (reach,), (size,))
        return cls._make(Storage(flat), 0, array.shape, stride)

    def _alias(self: T, g: Geometry) -> T:
        """Another view of the same storage, without history; the geometry is known to fit."""
        return type(self)._make(self._storage, g.offset, g.shape, g.stride)

    # -- geometry -----------------------------------------------------------------------------------------------

    @property
    def array(self) -> Any:
        """The numpy (or cupy) array over the same memory: what is written to one is seen in the other.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).array
        array([[1, 2],
               [3, 4]])
        """
        storage = self._kept
        if storage is None:
            return self._array
        buffer = storage._buffer
        if self._seen is buffer:
            return self._array
        if buffer is None:
            buffer = storage.buffer
        if 0 in self._shape:
            self._array = backend.namespace(buffer).empty(self._shape, self.dtype.numpy)
        else:
            self._array = backend.strided(buffer, self.dtype.numpy, self._shape, self._offset, self._stride)
        self._seen = buffer
        return self._array

    @property
    def _storage(self) -> Storage:
        storage = self._kept
        return _store(self) if storage is None else storage

    @property
    def geometry(self) -> Geometry:
        """Offset, shape and stride.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).geometry
        Geometry(offset=0, shape=(2, 2), stride=(2, 1))
        """
        return Geometry(self._offset, self._shape, self._stride)

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each dimension.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).shape
        (2, 2)
        """
        return self._shape

    @property
    def ndim(self) -> int:
        """The number of dimensions.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).ndim
        2
        """
        return len(self._shape)

    @property
    def device(self) -> backend.Device:
        """``"cpu"`` or ``"cuda:N"``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).device
        device(type='cpu')
        """
        storage = self._kept
        return _CPU if storage is None or storage._buffer.__class__ is _ndarray else storage.device

    def storage(self) -> Storage:
        """The memory this tensor views, shared with every other view of it.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).storage().tolist()
        [1, 2]
        """
        return self._storage

    def storage_offset(self) -> int:
        """The place of the first element in the storage, from 0.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).storage_offset()
        0
        """
        return self._offset

    @overload
    def stride(self, dim: None = None) -> tuple[int, ...]: ...

    @overload
    def stride(self, dim: int) -> int: ...

    def stride(self, dim: int | None = None) -> int | tuple[int, ...]:
        """The step in elements along ``dim``, or the tuple of all steps.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).stride()
        (2, 1)
        """
        return self._stride if dim is None else self._stride[geometry.wrap_dim(dim, len(self._shape))]

    @overload
    def size(self, dim: None = None) -> tuple[int, ...]: ...

    @overload
    def size(self, dim: int) -> int: ...

    def size(self, dim: int | None = None) -> int | tuple[int, ...]:
        """The size of ``dim``, or the tuple of all sizes.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).size(0)
        2
        """
        if dim is None:
            return self._shape
        if not self._shape:
            raise DimensionError(f"size: dim: is {dim}, a tensor of shape () has no dimensions")
        return self._shape[geometry.wrap_dim(dim, len(self._shape))]

    def dim(self) -> int:
        """The number of dimensions.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).dim()
        2
        """
        return len(self._shape)

    def numel(self) -> int:
        """The number of elements.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).numel()
        4
        """
        return prod(self._shape)

    def nelement(self) -> int:
        """The number of elements.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).nelement()
        4
        """
        return prod(self._shape)

    def ndimension(self) -> int:
        """The number of dimensions.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).ndimension()
        2
        """
        return len(self._shape)

    def element_size(self) -> int:
        """The size of one element in bytes.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).element_size()
        8
        """
        return self.dtype.itemsize

    @property
    def itemsize(self) -> int:
        """The size of one element in bytes.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).itemsize
        8
        """
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """The size of all elements in bytes.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).nbytes
        32
        """
        return prod(self._shape) * self.dtype.itemsize

    def is_same_size(self, other: TensorBase) -> bool:
        """Whether the other tensor has the same shape.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).is_same_size(tensor([3, 4]))
        True
        """
        return self._shape == other._shape

    def is_set_to(self, tensor: TensorBase) -> bool:
        """Whether the other tensor is the same view of the same storage.

        >>> from pytorch_from_lua import zeros
        >>> x = zeros(2, 3)
        >>> x.is_set_to(x.view(2, 3)), x.is_set_to(x.t())
        (True, False)
        """
        return self._storage is tensor._storage and self.geometry == tensor.geometry

    def data_ptr(self) -> int:
        """The address of the first element."""
        return self._storage.data_ptr() + self._offset * self.dtype.itemsize

    def is_contiguous(self) -> bool:
        """Whether the elements lie one after another in row-major order.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).is_contiguous()
        True
        """
        return self._stride == _STRIDES.get(self._shape) or geometry.is_contiguous(self._shape, self._stride)

    @property
    def grad(self) -> Tensor | None:
        """The accumulated gradient of a leaf, or None.

        Raises:
            DTypeError: where it is set to something else than a tensor of this element type, or None.
            ShapeError: where it is set to a tensor of another shape.
        """
        return self._grad

    @grad.setter
    def grad(self, given: Any) -> None:
        if given is not None:
            if not isinstance(given, TensorBase) or given.dtype is not self.dtype:
                kind = given.dtype.name if isinstance(given, TensorBase) else type(given).__name__
                raise DTypeError(f"grad: needs a tensor of {self.dtype.name} or None, got {kind}")
            if given._shape != self._shape:
                raise ShapeError(f"grad: needs the tensor's shape {self._shape}, got {given._shape}")
        self._grad = given

    # -- changes in place ---------------------------------------------------------------------------------------

    def bump(self) -> None:
        """Says that elements were changed in place, so that autograd can tell a value that it saved is gone."""
        self._storage.version += 1

    @property
    def _version(self) -> int:
        return self._storage.noted_version

    def set_(
        self: T,
        source: Storage | TensorBase,
        offset: int = 0,
        shape: Sequence[int] | None = None,
        stride: Sequence[int] | None = None,
    ) -> T:
        """Views other memory from now on: a tensor's geometry, or a storage's elements in the shape given.

        Raises:
            StorageError: where an element would lie outside of the storage.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3]).set_(tensor([4, 5]))
        tensor([4, 5])
        """
        if isinstance(source, TensorBase):
            self._place(source._storage, source.geometry)
            return self
        if not isinstance(source, Storage):
            raise DTypeError(f"source: needs a tensor or a storage, got {type(source).__name__}")
        sizes = (len(source) - offset,) if shape is None else tuple(shape)
        g = Geometry(offset, sizes, geometry.contiguous_stride(sizes) if stride is None else tuple(stride))
        _check(source, g)
        self._place(source, g)
        return self

    def resize_(self: T, *shape: Sizes) -> T:
        """Takes a new shape, row-major from the same offset; the storage grows where it is too small.

        Values keep their places in the storage; new places have none in particular.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3]).resize_(2)
        tensor([1, 2])
        """
        given: Any = shape[0] if len(shape) == 1 and not hasattr(shape[0], "__index__") else shape
        try:
            sizes = tuple([s.__index__() for s in given])
        except (TypeError, AttributeError):
            raise ShapeError(f"shape: needs whole numbers, got {given!r}") from None
        if sizes == self._shape and geometry.is_contiguous(sizes, self._stride):
            return self
        if any(s < 0 for s in sizes):
            raise ShapeError(f"shape: sizes must not be negative, got {sizes}")
        g = Geometry(self._offset, sizes, geometry.contiguous_stride(sizes))
        self._grow(g)
        return self

    def resize_as_(self: T, tensor: TensorBase) -> T:
        """`resize_` to the shape of another tensor.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3]).resize_as_(tensor([4.0, 5.0]))
        tensor([1, 2])
        """
        return self.resize_(tensor._shape)

    def _grow(self, g: Geometry) -> None:
        """Takes a geometry, with a larger storage where it needs one."""
        need = geometry.extent(g)
        if need > len(self._storage):
            self._storage.resize_(need)
        self._place(self._storage, g)

    def _place(self, storage: Storage, g: Geometry) -> None:
        if self.grad_fn is not None and g.shape != self._shape:
            raise AutogradError("shape: that of a computed tensor stays while its history is kept; use detach()")
        if storage is not self._storage:
            self._base = None
        elif storage.dtype is self.dtype and g == (self._offset, self._shape, self._stride):
            return
        if storage.dtype is not self.dtype:
            self.dtype = storage.dtype
        self._kept, self._offset, self._shape, self._stride = storage, g.offset, g.shape, g.stride
        self._seen = _NOTHING_YET
        EPOCH[0] = next_epoch()

    # -- other faces --------------------------------------------------------------------------------------------

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.array(backend.move(self.array, "cpu"), dtype=dtype, copy=copy)

    def __len__(self) -> int:
        if not self._shape:
            raise TypeError("a tensor of 0 dimensions has no length")
        return self._shape[0]


_new = object.__new__
_STORING = threading.Lock()


def _store(t: TensorBase) -> Storage:
    """Makes the storage of a tensor that has an array only."""
    with _STORING:  # two threads that ask at once get the same one
        if t._kept is None:
            storage = Storage.over(t._array.reshape(-1), t.dtype)
            t._seen = storage._buffer
            t._kept = storage
        return t._kept


_ONE = (1,)
_CPU, _ndarray = backend.CPU, np.ndarray
#: Row-major strides by shape: small programs see few shapes, and looking one up is faster than working it out.
_STRIDES: dict[tuple[int, ...], tuple[int, ...]] = {}


def _learn_stride(shape: tuple[int, ...]) -> tuple[int, ...]:
    if len(_STRIDES) >= 4096:
        _STRIDES.clear()
    stride = _STRIDES[shape] = geometry.contiguous_stride(shape)
    return stride


def _check(storage: Storage, g: Geometry) -> None:
    """Raises StorageError where an element would lie outside of the storage."""
    if len(g.shape) != len(g.stride):
        raise ShapeError(f"stride: {g.stride} and shape {g.shape} differ in length")
    if any(n < 0 for n in g.shape) or any(s < 0 for s in g.stride) or g.offset < 0:
        raise StorageError(f"offset, shape, stride: none may be negative, got {g.offset}, {g.shape}, {g.stride}")
    if geometry.extent(g) > len(storage):
        raise StorageError(
            f"shape: {g.shape} with strides {g.stride} from offset {g.offset} needs {geometry.extent(g)} elements, "
            f"the storage has {len(storage)}"
        )
