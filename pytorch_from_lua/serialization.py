"""``save`` and ``load``: objects with tensors in a pickle; read back, unless asked otherwise, without running anything.

A pickle is a program: whoever wrote it chooses which functions run when it is read. ``load`` therefore knows a short
list of classes (tensors, parameters, storages, element types, arrays of numbers, and Python's containers) and refuses
every other name before anything of it is called. ``weights_only=False`` reads any pickle, and is for files that you
trust.
"""

from __future__ import annotations

import functools
import io
import os
import pickle
import struct
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, ClassVar

import numpy as np

from pytorch_from_lua.errors import SerializationError
from pytorch_from_lua.tensor import backend, conversion, storage
from pytorch_from_lua.tensor.conversion import is_device
from pytorch_from_lua.tensor.dtype import DType
from pytorch_from_lua.tensor.storage import Storage
from pytorch_from_lua.tensor.tensor import Tensor

Path = str | os.PathLike[str]


def array_from_bytes(dtype: str, shape: tuple[int, ...], data: bytes, scalar: bool) -> Any:
    """A numpy array (or scalar) with a copy of these bytes as its numbers: what a file of ours holds of one.

    Raises:
        SerializationError: for another type than one of numbers.
        ValueError: where the bytes do not fill the shape.
    """
    if not isinstance(dtype, str) or np.dtype(dtype).kind not in "biufc" or not isinstance(data, bytes):
        raise SerializationError(f"dtype: needs a type of numbers, got {dtype!r}")
    array = np.frombuffer(data, dtype).reshape(tuple(shape)).copy()
    return array[()] if scalar else array


#: What a file may name, by module and name. All of it builds data, and checks what it is given.
_SAFE: dict[tuple[str, str], Any] = {
    ("pytorch_from_lua.tensor.tensor", "Tensor"): Tensor,
    ("pytorch_from_lua.tensor.conversion", "rebuilt"): conversion.rebuilt,
    ("pytorch_from_lua.tensor.storage", "from_bytes"): storage.from_bytes,
    ("pytorch_from_lua.tensor.dtype", "DType.of"): DType.of,
    ("pytorch_from_lua.serialization", "array_from_bytes"): array_from_bytes,
    ("collections", "OrderedDict"): OrderedDict,
    ("builtins", "set"): set,
    ("builtins", "frozenset"): frozenset,
    ("builtins", "complex"): complex,
}
#: Imported when a file names it: `nn` takes time.
_PARAMETER = ("pytorch_from_lua.nn.parameter", "Parameter")
_added: dict[tuple[str, str], Any] = {}

#: What a broken pickle raises; it may raise nearly anything.
_BROKEN = (
    pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, LookupError, OverflowError, MemoryError,
    ArithmeticError, RecursionError, struct.error,
)  # fmt: skip


def add_safe_globals(safe_globals: Iterable[Any]) -> None:
    """Lets ``load`` take these classes and functions, too, in files with ``weights_only=True``.

    Whoever writes a file may call them with any arguments, and set any attribute of what they make.
    """
    _added.update({(g.__module__, g.__qualname__): g for g in safe_globals})


def get_safe_globals() -> list[Any]:
    """The classes and functions that `add_safe_globals` added."""
    return list(_added.values())


def clear_safe_globals() -> None:
    """Forgets all of them."""
    _added.clear()


@contextmanager
def safe_globals(safe_globals: Iterable[Any]) -> Iterator[None]:
    """Within a ``with`` block, what `add_safe_globals` does."""
    before = dict(_added)
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        _added.clear()
        _added.update(before)


# -- writing ---------------------------------------------------------------------------------------------------------


class _Pickler(pickle.Pickler):
    """A writer whose arrays (optimizers keep some) are read back without numpy's own functions, which trust a file."""

    def reducer_override(self, obj: Any) -> Any:
        """What stands in the file for an object; as ever where this does not say."""
        if isinstance(obj, (np.ndarray, np.generic)) and obj.dtype.kind in "biufc":
            return array_from_bytes, (obj.dtype.str, obj.shape, obj.tobytes(), isinstance(obj, np.generic))
        return NotImplemented


def _written(obj: Any, file: Any, module: Any, protocol: int) -> None:
    if module is pickle:
        _Pickler(file, protocol).dump(obj)
    else:
        module.dump(obj, file, protocol)


def save(obj: Any, f: Path | BinaryIO, pickle_module: Any = pickle, pickle_protocol: int = 4) -> None:
    """Writes an object with its tensors; tensors that share memory do so again when they are read.

    A file appears under its name only when it is whole: it is written beside, and then renamed.

    Args:
        obj: a tensor, a state dict, or anything that Python pickles.
        f: a path, or an open file with ``write``.
        pickle_module: what pickles, Python's ``pickle`` or another of its kind.
        pickle_protocol: which of its formats, at least 4, the first that has bytes and names within classes.

    Raises:
        SerializationError: for an older format.

    >>> import io
    >>> from pytorch_from_lua import tensor
    >>> file = io.BytesIO()
    >>> save({"weight": tensor([1.0, 2.0])}, file)
    >>> load(io.BytesIO(file.getvalue()))
    {'weight': tensor([1., 2.])}
    """
    if pickle_protocol < 4:
        raise SerializationError(f"pickle_protocol: needs at least 4, got {pickle_protocol}")
    if hasattr(f, "write"):
        _written(obj, f, pickle_module, pickle_protocol)
        return
    with replaced(f) as file:
        _written(obj, file, pickle_module, pickle_protocol)


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of ``path`` when the block ends without an error."""
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    handle, beside = tempfile.mkstemp(prefix=f".{name}.", suffix=".part", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, _mode(target))
        os.replace(beside, target)
    except BaseException:
        os.unlink(beside)
        raise


def _mode(path: str) -> int:
    """The rights of the file that is replaced, or those that a new one would get."""
    if os.path.exists(path):
        return os.stat(path).st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


# -- reading ---------------------------------------------------------------------------------------------------------


_Unpickler: Any = pickle._Unpickler


class _DataOnly(_Unpickler):  # type: ignore[misc]
    """A reader of pickles that calls nothing but what is on the list.

    Python's own form of it, not the one in C: that one allocates what a file says before it looks whether it is there.
    """

    dispatch: ClassVar[dict[int, Any]] = dict(_Unpickler.dispatch)

    def __init__(self, file: BinaryIO, device: str | None) -> None:
        super().__init__(file)
        self._device = device

    def find_class(self, module: str, name: str) -> Any:
        """The object that a file names, where it may."""
        key = (module, name)
        if key in _added:
            return _added[key]
        if key == _PARAMETER:
            from pytorch_from_lua.nn.parameter import Parameter  # here: it takes time, and is above this layer

            return Parameter
        found = _SAFE.get(key)
        if found is None:
            raise SerializationError(
                f"{module}.{name} is not data that load() takes; weights_only=False loads everything, and runs what "
                "the file says: use it for files that you trust, or add_safe_globals() for a class that you do"
            )
        if found is storage.from_bytes and self._device is not None:
            return functools.partial(_on_device, self._device)
        return found

    def _only_added(self, opcode: bytes, kind: Callable[[], Any]) -> None:
        target = kind()
        if target not in _added.values():
            raise SerializationError(f"the file sets attributes of {target!r}, or makes one anew, which no data does")
        _Unpickler.dispatch[opcode[0]](self)

    def load_build(self) -> None:
        """State set on an object: for added classes only. On tensors it could say what is not so."""
        target = type(self.stack[-2])
        if target is OrderedDict:  # a state dict's notes; nothing here needs them
            self.stack.pop()
            return
        self._only_added(pickle.BUILD, lambda: target)

    def load_newobj(self) -> None:
        """An object made without its ``__init__``: for added classes only."""
        self._only_added(pickle.NEWOBJ, lambda: self.stack[-2])

    def load_newobj_ex(self) -> None:
        """The same with arguments by name."""
        self._only_added(pickle.NEWOBJ_EX, lambda: self.stack[-3])

    def load_refused(self) -> None:
        """What only pickles of old, or of other kinds, hold."""
        raise SerializationError("the file holds an instruction that no file of save() has")

    dispatch[pickle.BUILD[0]] = load_build
    dispatch[pickle.NEWOBJ[0]] = load_newobj
    dispatch[pickle.NEWOBJ_EX[0]] = load_newobj_ex
    for _code in (pickle.INST, pickle.OBJ, pickle.EXT1, pickle.EXT2, pickle.EXT4, pickle.BYTEARRAY8,
                  pickle.NEXT_BUFFER, pickle.PERSID, pickle.BINPERSID):  # fmt: skip
        dispatch[_code[0]] = load_refused


def _on_device(device: str, dtype: Any, data: bytes) -> Storage:
    return Storage(backend.move(storage.from_bytes(dtype, data).buffer, device))


def load(f: Path | BinaryIO, map_location: Any = None, pickle_module: Any = None, *, weights_only: bool = True) -> Any:
    """Reads what `save` wrote.

    Args:
        f: a path, or an open file with ``read``.
        map_location: the device that tensors come to; the memory of the CPU where None.
        pickle_module: what reads pickles, where ``weights_only`` is false.
        weights_only: whether the file may hold tensors, parameters, numbers, strings and Python's containers only (and
            what `add_safe_globals` added). Where it is false, the file may run any code.

    Raises:
        SerializationError: where the file is broken, or holds anything else.
        FileNotFoundError: where there is no such file.
    """
    if map_location is not None and not is_device(map_location):
        raise SerializationError(f"map_location: needs None or a device such as 'cpu', got {map_location!r}")
    if weights_only and pickle_module is not None:
        raise SerializationError("pickle_module: can be chosen with weights_only=False only")
    where = "the file" if hasattr(f, "read") else os.fspath(f)
    if not hasattr(f, "read"):
        with open(f, "rb") as file:
            data = file.read()
    else:
        data = f.read()
    if data[:4] == b"PK\x03\x04":
        raise SerializationError(f"{where}: is an archive, as PyTorch's save writes them, and not a file of our save")
    try:
        if weights_only:
            return _DataOnly(io.BytesIO(data), map_location).load()
        return (pickle_module or pickle).loads(data)
    except SerializationError as error:
        raise SerializationError(f"{where}: {error}") from None
    except _BROKEN as error:
        if not weights_only:
            raise
        raise SerializationError(f"{where}: is no whole file of save() ({type(error).__name__}: {error})") from error
