"""What Lua asks about a tensor or a storage: its class, where its elements lie, one of its rows.

Places and indices count from 0 here, as everywhere in Python.
"""

from __future__ import annotations

import contextlib
import ctypes
import weakref
from itertools import chain
from typing import Any

import numpy as np

from lua_compat.bridge import cuda
from lua_compat.bridge.cores import get_num_threads, set_num_threads
from lua_compat.bridge.written import stamp_address, touch
from pytorch_from_lua.errors import StorageError
from pytorch_from_lua.tensor.dtype import ALL, BY_TORCH7, DType, bool_, float16
from pytorch_from_lua.tensor.storage import EPOCH, Storage
from pytorch_from_lua.tensor.tensor import Tensor

#: A Lua entry holds the sizes of so many dimensions; tensors of more take the way through Python.
MOST_DIMENSIONS = 8

_LARGEST = 2**31 - 1
_SLOW = frozenset([bool_.numpy, float16.numpy])

#: The types that Lua knows by their address: they must not go away, lest another gets the address.
_known: set[type] = set()


def identify(value: Any) -> tuple[int, int, str | None, int | None]:
    """The address of the value's type and that type's size in bytes, ``"tensor"`` or ``"storage"`` or None for what
    is neither, and the address of the value's element type.
    """
    kind = type(value)
    _known.add(kind)
    role = "tensor" if isinstance(value, Tensor) else "storage" if isinstance(value, Storage) else None
    return id(kind), kind.__basicsize__, role, None if role is None else id(value.dtype)


def word(value: Tensor | Storage) -> str:
    """``"Double"`` for float64: the word in Torch7's class name."""
    return value.dtype.torch7


def dtypes(with_cuda: bool = False) -> tuple[DType, ...]:
    """Every element type; with those of the Cuda tensors where they are wanted."""
    return (*ALL, *cuda.BY_WORD.values()) if with_cuda else ALL


def dtype_address(dtype: DType) -> tuple[int, str]:
    """The address of an element type, and its Torch7 word."""
    return id(dtype), dtype.torch7


def dtype_of(word: str) -> DType:
    """The element type that a Torch7 word or a dtype's name stands for."""
    found = BY_TORCH7.get(word) or cuda.BY_WORD.get(word)
    return DType.of(word) if found is None else found


def epoch_address() -> int:
    """Where the number lies that changes whenever a geometry does."""
    return int(EPOCH.ctypes.data)


def array_probe() -> tuple[int, int]:
    """The address of an array object, and that of its first element: Lua finds out where the one holds the other."""
    return id(EPOCH), epoch_address()


def describe(value: Tensor | Storage) -> tuple[int, ...] | None:
    """The addresses of the array object that holds the elements and of the storage, the place of the first element in
    the array, then size and stride of each dimension.

    None where Lua must not touch the memory itself: it lies on a GPU, is read-only, has too many or too large
    dimensions, or elements of a type that Lua cannot hold.
    """
    if isinstance(value, Tensor):
        storage, shape, stride, offset = value._storage, value._shape, value._stride, value._offset
    else:
        storage, shape, stride, offset = value, (len(value),), (1,), 0
    buffer = storage.buffer
    if value.dtype.numpy in _SLOW or not isinstance(buffer, np.ndarray) or not buffer.flags.writeable:
        return None
    if len(shape) > MOST_DIMENSIONS or (shape and (max(shape) > _LARGEST or max(stride) > _LARGEST)):
        return None
    return id(buffer), id(storage), offset, *chain.from_iterable(zip(shape, stride, strict=True))


def walk(tensor: Tensor, changes: bool) -> tuple[Any, ...]:
    """What a loop over all elements in order needs: the dtype's name, the number of elements, the address of the
    first, then size and stride of each dimension from the last to the first. Dimensions that follow one another in
    memory are taken together, and where that leaves one run of elements, there are none. With ``changes`` the loop may
    write: the storage's version is raised.

    Raises:
        StorageError: where the elements lie on a GPU, or ``changes`` and they are read-only.
    """
    address = pointer(tensor, changes)
    if changes:
        tensor._storage.version += 1
    runs: list[list[int]] = []
    for size, stride in zip(reversed(tensor._shape), reversed(tensor._stride), strict=True):
        if size == 1:
            continue
        if runs and stride == runs[-1][0] * runs[-1][1]:
            runs[-1][0] *= size
        else:
            runs.append([size, stride])
    if len(runs) == 1 and runs[0][1] == 1:
        runs = []
    return tensor.dtype.name, tensor.numel(), address, *chain.from_iterable(runs)


def pointer(value: Tensor | Storage, changes: bool = True) -> int:
    """The address of the first element, for reading, and with ``changes`` for writing.

    Raises:
        StorageError: where the elements lie on a GPU, or ``changes`` and they are read-only.
    """
    buffer = (value._storage if isinstance(value, Tensor) else value).buffer
    if not isinstance(buffer, np.ndarray):
        raise StorageError(
            f"{len(buffer)} {value.dtype.torch7} elements lie on a GPU, where no pointer of Lua's reaches"
        )
    if changes and not buffer.flags.writeable:
        raise StorageError(f"the memory of {len(buffer)} {value.dtype.torch7} elements is read-only")
    return value.data_ptr()


def storage_at(dtype: DType, size: float, address: float) -> Storage:
    """A storage over memory at an address, which somebody else keeps and frees.

    Raises:
        StorageError: where ``size`` or ``address`` is negative.
    """
    if size < 0 or address < 0:
        raise StorageError(f"a storage of {size:g} elements at address {address:g}: neither can be negative")
    count = int(size)
    if count == 0:
        return Storage.empty(0, dtype)
    memory: Any = (ctypes.c_char * (count * dtype.itemsize)).from_address(int(address))
    return Storage.over(np.frombuffer(memory, dtype.numpy), dtype)


def row(tensor: Tensor, index: int) -> Tensor:
    """The view of one index of the first dimension, which is known to be in range."""
    stride = tensor._stride
    return Tensor._make(tensor._storage, tensor._offset + index * stride[0], tensor._shape[1:], stride[1:])


def item(value: Tensor | Storage, index: int) -> Any:
    """One element of a storage or of a tensor of one dimension."""
    number = _elements(value)[index].item()
    return int(number) if isinstance(number, bool) else number


def set_item(value: Tensor | Storage, index: int, number: float) -> None:
    """Sets one element of a storage or of a tensor of one dimension, and says that elements changed."""
    _elements(value)[index] = number
    storage = value if isinstance(value, Storage) else value.storage()
    storage.version += 1


def length(value: Tensor | Storage) -> int:
    """The size of the first dimension, or of the storage; 0 where there is none."""
    if isinstance(value, Storage):
        return len(value)
    return value.shape[0] if value.shape else 0


def dimensions(value: Tensor | Storage) -> int:
    """The number of dimensions; a storage has one."""
    return 1 if isinstance(value, Storage) else value.ndim


def data_ptr(value: Tensor | Storage) -> int:
    """The address of the first element."""
    return value.data_ptr()


#: Objects by the addresses that scripts were told.
_told: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()


def address(value: Any) -> int:
    """A number that no other object has while this one lives; `remembered` finds the object by it."""
    with contextlib.suppress(TypeError):  # what no weak reference can be made to is not found
        _told[id(value)] = value
    return id(value)


def remembered(number: float) -> Any:
    """The object whose `address` a number is, or None where that was never asked for or the object is gone."""
    return _told.get(int(number))


def version() -> str:
    """The name and version of this package."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return f"pytorch-from-lua {installed('pytorch-from-lua')}"
    except PackageNotFoundError:  # run from its folder
        return "pytorch-from-lua"


def _elements(value: Tensor | Storage) -> Any:
    return value.buffer if isinstance(value, Storage) else value.array


FUNCTIONS = {
    function.__name__: function
    for function in (
        identify,
        word,
        dtypes,
        dtype_address,
        dtype_of,
        epoch_address,
        stamp_address,
        touch,
        array_probe,
        describe,
        walk,
        pointer,
        storage_at,
        row,
        item,
        set_item,
        length,
        dimensions,
        data_ptr,
        address,
        remembered,
        version,
        get_num_threads,
        set_num_threads,
    )
}
