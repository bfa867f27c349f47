"""Storage: the one-dimensional, typed, resizable memory that tensors share (Torch7's ``torch.Storage``)."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pytorch_from_lua.errors import AllocationError, DimensionError, DTypeError, StorageError, TensorError
from pytorch_from_lua.tensor import backend
from pytorch_from_lua.tensor.dtype import DType

if TYPE_CHECKING:
    from pytorch_from_lua.tensor._types import DTypeLike

#: Another number whenever an existing storage gets other memory, or an existing tensor another geometry. Who keeps
#: addresses of elements (the Lua side does) compares it before using them.
EPOCH: np.ndarray[Any, np.dtype[np.int64]] = np.zeros(1, np.int64)

#: Gives the next `EPOCH`. Each number stands there once: of two threads that change it at once, the later may leave the
#: smaller number, but none from before.
next_epoch = itertools.count(1).__next__

#: How many bytes new and growing storages may still take before `on_spent` is called. Python frees what it no longer
#: uses at once, but a garbage collector of another language has to be told when what its handles hold has become much.
allowance: list[float] = [math.inf]


def _nobody_asked() -> None:
    allowance[0] = math.inf


#: Called when the allowance is spent; sets a new one.
on_spent: Callable[[], None] = _nobody_asked


def allocated(size: int, dtype: Any, xp: Any = np) -> Any:
    """A new array of one dimension whose values are not set.

    Raises:
        StorageError: where ``size`` is no whole number.
        AllocationError: where there is no memory for it.
    """
    try:
        return xp.empty(size, dtype)
    except TypeError:
        raise StorageError(f"size: needs a whole number of elements, got {size!r}") from None
    except (MemoryError, ValueError) as error:
        raise AllocationError(f"size: {size} elements of {dtype} cannot be allocated: {error}") from None


def _refused(error: Exception, text: str) -> Exception:
    return error if isinstance(error, TensorError) else DTypeError(text)


class Storage:
    """Elements of one type, one after another, shared by every tensor that views them.

    Args:
        buffer: a one-dimensional contiguous array; its memory is used, not copied.

    Attributes:
        dtype: the type of the elements.
        resizable: whether it may change its size; what is mapped from a file, or read-only, may not.
        version: how often the elements were changed in place; autograd compares it.
        noted_version: the same, for who keeps it to compare it later. A kind of storage whose elements are written by
            others gets to know by this that it has to tell of the next write.
    """

    __slots__ = ("__weakref__", "_buffer", "_size", "_source", "dtype", "resizable", "version")

    def __init__(self, buffer: Any) -> None:
        if buffer.ndim != 1 or not buffer.flags.c_contiguous:
            raise StorageError(f"buffer: needs a contiguous array of one dimension, got shape {buffer.shape}")
        self._buffer = buffer
        self._source: Callable[[], Any] | None = None
        self._size: int = buffer.shape[0]
        self.dtype = DType.of(buffer.dtype)
        self.resizable = getattr(buffer.flags, "writeable", True)  # all of CuPy's memory is
        self.version = 0
        allowance[0] -= buffer.nbytes
        if allowance[0] < 0:
            on_spent()

    noted_version: int  # another name of the slot, below

    @classmethod
    def empty(cls, size: int, dtype: DTypeLike) -> Storage:
        """A storage of ``size`` elements whose values are not set."""
        if size < 0:
            raise StorageError(f"size: needs at least 0 elements, got {size}")
        chosen = DType.of(dtype)
        made = cls(allocated(size, chosen.numpy))
        made.dtype = chosen
        return made

    @classmethod
    def over(cls, buffer: Any, dtype: DType) -> Storage:
        """As the constructor, unchecked and uncounted: ``buffer`` has one dimension and elements of ``dtype``."""
        storage = cls.__new__(cls)
        storage._buffer = buffer
        storage._source = None
        storage._size = buffer.shape[0]
        storage.dtype = dtype
        storage.resizable = True
        storage.version = 0
        return storage

    @classmethod
    def lazy(cls, size: int, dtype: DTypeLike, source: Callable[[], Any]) -> Storage:
        """A storage whose array is made by ``source()`` when it is first needed."""
        storage = cls.__new__(cls)
        storage._buffer = None
        storage._source = source
        storage._size = size
        storage.dtype = DType.of(dtype)
        storage.resizable = True
        storage.version = 0
        return storage

    def twin(self) -> Storage:
        """Another storage with the same elements; where they were not needed yet, they still wait for that."""
        if self._buffer is None and self._source is not None:
            return Storage.lazy(self._size, self.dtype, self._source)
        made = Storage(self.buffer.copy())
        made.dtype = self.dtype  # which may be a namesake of what numpy's elements say
        return made

    @classmethod
    def from_file(
        cls,
        path: str | os.PathLike[str],
        dtype: DTypeLike,
        size: int | None = None,
        offset: int = 0,
        shared: bool = False,
    ) -> Storage:
        """A storage over a file, mapped into memory: pages are read as they are used.

        Args:
            path: the file.
            dtype: the type of the elements in it.
            size: how many elements; as many as the file holds where None.
            offset: where the first one lies, in bytes.
            shared: whether what is written reaches the file; else it stays in this process's memory. A shared file
                that is missing or too short is made or lengthened when ``size`` is given.

        Raises:
            StorageError: where the file does not hold ``size`` elements, or not a whole number of them.
            OSError: where the file cannot be opened, or made.
        """
        chosen = DType.of(dtype)
        there = 0 if shared and size is not None and not os.path.exists(path) else os.path.getsize(path)
        if size is None:
            size, rest = divmod(max(there - offset, 0), chosen.itemsize)
            if rest:
                raise StorageError(f"{os.fspath(path)}: {there - offset} bytes are no whole number of {chosen.name}")
        if there < offset + size * chosen.itemsize and not shared:
            raise StorageError(f"{os.fspath(path)}: holds {there} bytes, {offset + size * chosen.itemsize} are needed")
        if size == 0:
            return cls.empty(0, chosen)
        if shared and there < offset + size * chosen.itemsize:
            with open(path, "ab") as file:
                file.truncate(offset + size * chosen.itemsize)
        mapped = np.memmap(path, chosen.numpy, "r+" if shared else "c", offset, (size,))
        storage = cls(mapped.view(np.ndarray))
        storage.resizable = False
        return storage

    @property
    def buffer(self) -> Any:
        """The array of all elements, in one dimension."""
        if self._buffer is None:
            assert self._source is not None
            self._buffer = self._source()
            self._source = None
        return self._buffer

    @property
    def device(self) -> backend.Device:
        """``"cpu"`` or ``"cuda:N"``."""
        return backend.CPU if self._buffer is None else backend.device_of(self._buffer)

    def resize_(self, size: int) -> Storage:
        """Changes the number of elements; those that fit keep their values, new ones have none in particular.

        Raises:
            StorageError: for a negative number, or where the storage is mapped from a file or read-only.
            AllocationError: where there is no memory for it.
        """
        if size < 0:
            raise StorageError(f"size: needs at least 0 elements, got {size}")
        if size != self._size:
            if not self.resizable:
                raise StorageError(
                    f"size: a storage mapped from a file, or read-only, keeps its {self._size} elements, got {size}"
                )
            old = self.buffer
            new = allocated(size, old.dtype, backend.namespace(old))
            kept = min(size, self._size)
            new[:kept] = old[:kept]
            self._buffer = new
            self._size = size
            self.version += 1
            EPOCH[0] = next_epoch()
            allowance[0] -= new.nbytes
            if allowance[0] < 0:
                on_spent()
        return self

    def replace_(self, buffer: Any) -> Storage:
        """Takes other memory of the same type; every tensor on this storage sees it."""
        if buffer.dtype != self.dtype.numpy or buffer.ndim != 1:
            raise StorageError(f"buffer: needs one dimension of {self.dtype.name}, got {buffer.shape} {buffer.dtype}")
        self._buffer = buffer
        self._source = None
        self._size = buffer.shape[0]
        self.version += 1
        EPOCH[0] = next_epoch()
        return self

    def fill_(self, value: complex) -> Storage:
        """Sets every element to ``value``."""
        try:
            self._writable()[...] = value
        except (TypeError, ValueError) as error:
            raise _refused(error, f"value: needs a number, got {value!r}") from None
        self.version += 1
        return self

    def copy_(self, other: Storage) -> Storage:
        """Takes the values of another storage of the same size, converted to this type."""
        if len(other) != self._size:
            raise StorageError(f"other: needs {self._size} elements, got {len(other)}")
        self._writable()[...] = backend.move(other.buffer, self.device)
        self.version += 1
        return self

    def clone(self) -> Storage:
        """A storage of its own with the same values."""
        made = Storage(self.buffer.copy())
        made.dtype = self.dtype  # which may be a namesake of what numpy's elements say
        return made

    def to(self, dtype: DTypeLike) -> Storage:
        """A new storage with the values converted to another type."""
        return Storage(self.buffer.astype(DType.of(dtype).numpy))

    def data_ptr(self) -> int:
        """The address of the first element."""
        buffer = self.buffer
        return int(buffer.data.ptr if backend.is_gpu(buffer) else buffer.ctypes.data)

    def tolist(self) -> list[Any]:
        """The elements as Python numbers."""
        return self.buffer.tolist()

    def __len__(self) -> int:
        return self._size

    def _inside(self, index: Any) -> Any:
        """An index after a look at whether the storage has it."""
        if not isinstance(index, slice) and not -self._size <= index < self._size:
            raise DimensionError(f"index: {index} is outside of a storage of {self._size} elements")
        return index

    def _writable(self) -> Any:
        """The buffer, where it may be written."""
        buffer = self.buffer
        if not getattr(buffer.flags, "writeable", True):
            raise StorageError("the storage's memory is read-only; clone() it to write")
        return buffer

    def __getitem__(self, index: int | slice) -> Any:
        found = self.buffer[self._inside(index)]
        return found.tolist() if isinstance(index, slice) else found.item()

    def __setitem__(self, index: int | slice, value: Any) -> None:
        try:
            self._writable()[self._inside(index)] = value
        except (TypeError, ValueError) as error:
            raise _refused(error, f"value: needs a number, got {value!r}") from None
        self.version += 1

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.array(backend.move(self.buffer, "cpu"), dtype=dtype, copy=copy)

    def __reduce__(self) -> tuple[Any, ...]:
        return from_bytes, (self.dtype.name, backend.move(self.buffer, "cpu").tobytes())

    def __deepcopy__(self, memo: dict[int, Any]) -> Storage:
        memo[id(self)] = copied = self.clone()
        return copied

    def __repr__(self) -> str:
        shown = ", ".join(map(str, self.tolist()[:10])) + (", ..." if self._size > 10 else "")
        return f"Storage([{shown}], size={self._size}, dtype={self.dtype.name})"


Storage.noted_version = Storage.__dict__["version"]


def from_bytes(dtype: DTypeLike, data: bytes) -> Storage:
    """A storage with a copy of these bytes as its elements: what a pickle holds of one.

    Raises:
        StorageError: where they are no whole number of elements.
        DTypeError: for an unknown type.
    """
    chosen = DType.of(dtype)
    if not isinstance(data, (bytes, bytearray)) or len(data) % chosen.itemsize:
        raise StorageError(f"data: needs a whole number of elements of {chosen.name}, got {type(data).__name__}")
    if chosen.numpy.kind == "b":
        return Storage(np.frombuffer(data, np.uint8) != 0)  # nothing but 0 and 1 is a boolean
    return Storage(np.frombuffer(data, chosen.numpy).copy())
