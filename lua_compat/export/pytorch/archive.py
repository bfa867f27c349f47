"""PyTorch's ``.pt`` files of named tensors: written so that ``torch.load(weights_only=True)`` reads them, and read.

Such a file is a zip archive, nothing in it compressed: ``data.pkl`` is a pickle of the dictionary, in which each tensor
is a call with the number of a storage, and ``data/0``, ``data/1``, ... are the bytes of the storages. The pickle is put
together and taken apart here without running anything that it names, and without PyTorch.
"""

from __future__ import annotations

import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from lua_compat.errors import ExportError
from pytorch_from_lua.serialization import replaced
from pytorch_from_lua.tensor import Storage, Tensor, backend
from pytorch_from_lua.tensor.geometry import contiguous_stride

Path = str | os.PathLike[str]

#: PyTorch's storage class of each element type, and the bytes of it in a file.
_STORAGES = {
    "float64": "DoubleStorage", "float32": "FloatStorage", "float16": "HalfStorage", "int64": "LongStorage",
    "int32": "IntStorage", "int16": "ShortStorage", "int8": "CharStorage", "uint8": "ByteStorage",
    "bool": "BoolStorage",
}  # fmt: skip
_DTYPES = {storage: dtype for dtype, storage in _STORAGES.items()}
_BFLOAT16 = "BFloat16Storage"
#: PyTorch begins each storage at a multiple of this, and maps the file then.
_ALIGNMENT = 64


# -- writing ---------------------------------------------------------------------------------------------------------


def save(tensors: Mapping[str, Tensor], filename: Path) -> None:
    """Writes named tensors as PyTorch writes a ``state_dict``; tensors on the same memory stay so.

    The file appears under its name when it is whole.

    Args:
        tensors: by name, in the order that they will be read in.
        filename: the file.

    Raises:
        ExportError: for a tensor of a type that PyTorch has none for.
    """
    storages: list[Any] = []
    text = _pickled(tensors, storages)
    with replaced(filename) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        _put(archive, "data.pkl", text)
        _put(archive, "byteorder", b"little")
        for number, array in enumerate(storages):
            _put(archive, f"data/{number}", array.tobytes())
        _put(archive, "version", b"3\n")


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """One file in the archive, which begins at a multiple of `_ALIGNMENT`."""
    entry = zipfile.ZipInfo(f"archive/{name}")
    start = archive.fp.tell() + 30 + len(entry.filename) + 4  # type: ignore[union-attr]
    fill = -start % _ALIGNMENT
    entry.extra = struct.pack("<2sH", b"FB", fill) + b"Z" * fill
    archive.writestr(entry, data)


def _pickled(tensors: Mapping[str, Tensor], storages: list[Any]) -> bytes:
    """The pickle of the dictionary; the arrays of its storages are added to the list."""
    parts = [pickle.PROTO, b"\2", _name("collections", "OrderedDict"), pickle.EMPTY_TUPLE, pickle.REDUCE, pickle.MARK]
    numbers: dict[Any, int] = {}
    for name, tensor in tensors.items():
        parts += [_text(name), *_tensor(name, tensor, numbers, storages)]
    return b"".join([*parts, pickle.SETITEMS, pickle.STOP])


def _tensor(name: str, tensor: Tensor, numbers: dict[Any, int], storages: list[Any]) -> list[bytes]:
    kind = _STORAGES.get(tensor.dtype.name)
    if kind is None:
        raise ExportError(f"{name}: PyTorch's files have no tensors of {tensor.dtype.name} here")
    array = np.asarray(backend.move(tensor.detach().array, "cpu"), order="C")
    # A view of its own becomes a storage of its own; what lies on the very same elements is one.
    key = (id(tensor.storage()), tensor.storage_offset(), tensor.shape, tensor.stride())
    if key not in numbers:
        numbers[key] = len(storages)
        storages.append(array)
    parts = [_name("torch._utils", "_rebuild_tensor_v2"), pickle.MARK]
    parts += [pickle.MARK, _text("storage"), _name("torch", kind), _text(str(numbers[key])), _text("cpu")]
    parts += [_whole(array.size), pickle.TUPLE, pickle.BINPERSID, _whole(0)]
    parts += [_wholes(array.shape), _wholes(contiguous_stride(array.shape)), pickle.NEWFALSE]
    parts += [_name("collections", "OrderedDict"), pickle.EMPTY_TUPLE, pickle.REDUCE, pickle.TUPLE, pickle.REDUCE]
    return parts


def _name(module: str, name: str) -> bytes:
    return pickle.GLOBAL + f"{module}\n{name}\n".encode()


def _text(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    return pickle.BINUNICODE + struct.pack("<I", len(data)) + data


def _whole(value: int) -> bytes:
    if value < 2**31:
        return pickle.BININT + struct.pack("<i", value)
    data = pickle.encode_long(value)
    return pickle.LONG1 + bytes([len(data)]) + data


def _wholes(values: tuple[int, ...]) -> bytes:
    return pickle.MARK + b"".join(map(_whole, values)) + pickle.TUPLE


# -- reading ---------------------------------------------------------------------------------------------------------


def load(filename: Path) -> Any:
    """What a ``.pt`` file holds, with tensors of ours: a ``state_dict``, or a dictionary with one in it.

    Nothing of the file is run; classes other than tensors, parameters and Python's containers are refused.

    Raises:
        ExportError: where it is no such file, is broken, or holds other objects.
        FileNotFoundError: where there is no such file.
    """
    where = os.fspath(filename)
    with open(filename, "rb") as file:
        start = file.read(4)
    if start != b"PK\x03\x04":
        raise ExportError(
            f"{where}: is no archive as PyTorch writes them since version 1.6; torch.save(torch.load(f), f) makes one "
            "of an older file"
        )
    try:
        with zipfile.ZipFile(filename) as archive:
            return _read(archive)
    except ExportError as error:
        raise ExportError(f"{where}: {error}") from None
    except _BROKEN as error:
        raise ExportError(f"{where}: is no whole file of torch.save ({type(error).__name__}: {error})") from error


_BROKEN = (
    zipfile.BadZipFile, pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, LookupError,
    OverflowError, MemoryError, RecursionError, struct.error, NotImplementedError, RuntimeError,
)  # fmt: skip


def _read(archive: zipfile.ZipFile) -> Any:
    names = archive.namelist()
    pickles = [name for name in names if name.endswith("/data.pkl") and name.count("/") == 1]
    if len(pickles) != 1:
        raise ExportError("has no data.pkl of its own: it may be a TorchScript program, of which the weights are asked")
    folder = pickles[0].removesuffix("data.pkl")
    order = archive.read(f"{folder}byteorder") if f"{folder}byteorder" in names else b"little"
    if order != b"little":
        raise ExportError(f"its numbers are written {order.decode(errors='replace')}-endian")
    storages: dict[str, Storage] = {}

    def storage(kind: str, number: str, count: int) -> Storage:
        if number not in storages:
            storages[number] = _storage(archive, f"{folder}data/{number}", kind, count)
        return storages[number]

    with archive.open(pickles[0]) as file:
        return _Reader(file, storage).load()


def _storage(archive: zipfile.ZipFile, name: str, kind: str, count: int) -> Storage:
    size = 2 if kind == _BFLOAT16 else np.dtype(_DTYPES[kind]).itemsize
    held = archive.getinfo(name)
    if held.file_size < count * size or held.compress_type != zipfile.ZIP_STORED:
        raise ExportError(f"{name} should have {count} elements of {kind}, it has {held.file_size} bytes")
    data = np.frombuffer(archive.read(name), np.uint8).copy()[: count * size]
    if kind == _BFLOAT16:  # the upper half of a float32
        return Storage((data.view(np.uint16).astype(np.uint32) << 16).view(np.float32))
    return Storage(data.view(_DTYPES[kind]))


class _Kind(str):
    """The name of a storage class, which is not called."""

    __slots__ = ()


def _tensor_of(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> Tensor:
    """A tensor on a storage, where it lies within it."""
    numbers = (offset, *size, *stride)
    if not isinstance(storage, Storage) or len(size) != len(stride) or not all(_is_size(n) for n in numbers):
        raise ExportError("a tensor needs a storage, a place, sizes and strides")
    last = offset + sum([(n - 1) * s for n, s in zip(size, stride, strict=True)])
    if 0 not in size and last >= len(storage):
        raise ExportError(f"a tensor of shape {tuple(size)} reaches beyond its storage of {len(storage)}")
    return Tensor.from_storage(storage, offset, tuple(size), tuple(stride))


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**62


def _parameter_of(tensor: Any, *_: Any) -> Any:
    return tensor


_SAFE: dict[tuple[str, str], Any] = {
    ("torch._utils", "_rebuild_tensor_v2"): _tensor_of,
    ("torch._utils", "_rebuild_parameter"): _parameter_of,
    ("torch", "Size"): tuple,
    ("collections", "OrderedDict"): OrderedDict,
    ("builtins", "set"): set,
    ("builtins", "frozenset"): frozenset,
}

_Unpickler: Any = pickle._Unpickler


class _Reader(_Unpickler):  # type: ignore[misc]
    """A reader of pickles that makes tensors and containers and nothing else; Python's own, which allocates nothing
    before it is there.
    """

    dispatch: ClassVar[dict[int, Any]] = dict(_Unpickler.dispatch)

    def __init__(self, file: Any, storage: Callable[[str, str, int], Storage]) -> None:
        super().__init__(file)
        self._storage = storage

    def find_class(self, module: str, name: str) -> Any:
        """What a file may name."""
        if module == "torch" and (name in _DTYPES or name == _BFLOAT16):
            return _Kind(name)
        if module == "torch" and name in (*_STORAGES, "bfloat16", "float", "double", "half", "long", "int"):
            return name  # an element type that a checkpoint notes
        found = _SAFE.get((module, name))
        if found is None:
            raise ExportError(
                f"holds a {module}.{name}, which is no data; in PyTorch, torch.save(model.state_dict(), file) writes "
                "the state alone"
            )
        return found

    def persistent_load(self, pid: Any) -> Storage:
        """A storage of the archive."""
        word, kind, number, _, count = pid
        if word != "storage" or not isinstance(kind, _Kind) or not isinstance(number, str) or not _is_size(count):
            raise ExportError(f"names a storage by {pid!r}")
        return self._storage(kind, number, count)

    def load_build(self) -> None:
        """State set on an object: a state_dict has notes of its versions, which nothing here needs."""
        if type(self.stack[-2]) is not OrderedDict:
            raise ExportError("sets attributes of an object, which no data does")
        self.stack.pop()

    def load_refused(self) -> None:
        """What no file of tensors holds."""
        raise ExportError("holds an instruction that no file of tensors has")

    dispatch[pickle.BUILD[0]] = load_build
    for _code in (pickle.INST, pickle.OBJ, pickle.NEWOBJ, pickle.NEWOBJ_EX, pickle.EXT1, pickle.EXT2, pickle.EXT4,
                  pickle.BYTEARRAY8, pickle.NEXT_BUFFER, pickle.PERSID):  # fmt: skip
        dispatch[_code[0]] = load_refused
