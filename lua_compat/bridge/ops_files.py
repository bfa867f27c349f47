"""torch.File for Lua: files on disk, in memory and at the end of a pipe, with numbers in binary or in ASCII.

Positions count from 0 here, and from 1 in what errors say. A failure raises `FileError`; a file that was told to be
quiet keeps a failed read, write or seek in mind instead, and answers ``has_error``. Lua objects are read and written by
`ops_objects`, on the same streams.
"""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from lua_compat.bridge import file_numbers, streams
from lua_compat.errors import FileError
from pytorch_from_lua.tensor import Storage
from pytorch_from_lua.tensor.dtype import BY_TORCH7, DType

FUNCTIONS: dict[str, Callable[..., Any]] = {}

_NATIVE = "<" if sys.byteorder == "little" else ">"


def _exported(function: Callable[..., Any]) -> Callable[..., Any]:
    FUNCTIONS[function.__name__] = function
    return function


class File:
    """A stream of bytes and how numbers lie in it.

    Args:
        stream: a binary stream; None for one that is closed already.
        mode: ``"r"``, ``"w"`` or ``"rw"``.
        name: what errors call it.
        quiet: whether failures are kept in mind instead of raised.
    """

    __slots__ = ("__weakref__", "binary", "buffered", "encoding", "error", "long_size", "mode", "name", "order",
                 "pending", "quiet", "reader", "referenced", "shared", "spacing", "stream", "writer")  # fmt: skip

    def __init__(self, stream: Any, mode: str, name: str, quiet: bool = False) -> None:
        self.stream = stream
        self.mode = mode
        self.name = name
        self.quiet = quiet
        self.binary = False
        self.spacing = True
        self.buffered = True
        self.error = False
        self.order = _NATIVE
        self.long_size = 0  # 4, 8, or 0: what is usual here, and in a file what its reader found
        self.referenced = True
        self.reader: Any = None
        self.writer: Any = None
        self.encoding: Any = None  # how the writer writes, and where
        self.pending = False  # whether the reader's bytes may be out of date
        self.shared: list[Any] | None = None  # tensors and storages that go beside the file, which has their numbers

    def __del__(self) -> None:
        # A script may well leave a file to the garbage collector; what it wrote is then still to reach the disk. Nobody
        # is there any more to be told of a failure.
        if self.stream is not None:
            with contextlib.suppress(OSError):
                self.stream.close()

    def open_stream(self) -> Any:
        """The stream.

        Raises:
            FileError: where the file was closed.
        """
        if self.stream is None:
            raise FileError(f"attempt to use a closed file ({self.name})")
        return self.stream

    def may(self, what: str) -> Any:
        """The stream, where the mode allows ``"r"`` or ``"w"``.

        Raises:
            FileError: where it does not, or the file was closed.
        """
        stream = self.open_stream()
        if what not in self.mode:
            allowed = ("read", "write-only") if what == "r" else ("write", "read-only")
            raise FileError("attempt to {} in a {} file ({})".format(*allowed, self.name))
        return stream

    def fail(self, function: str, problem: str) -> None:
        """Keeps a failure in mind, and raises it unless the file is quiet."""
        self.error = True
        if not self.quiet:
            raise FileError(f"{function}: {problem} (at position {self.open_stream().tell() + 1} of {self.name})")

    def write(self, function: str, data: bytes) -> bool:
        """Writes bytes as they are; whether that succeeded."""
        stream = self.may("w")
        self.pending = True
        try:
            stream.write(data)
            if not self.buffered:
                stream.flush()
        except OSError as error:
            self.fail(function, f"write error: {error.strerror or error}")
            return False
        return True

    def contents(self) -> bytes:
        """All bytes of the file."""
        stream = self.open_stream()
        if isinstance(stream, (io.BytesIO, streams.StorageStream)):
            return stream.getvalue()
        stream.flush()
        place = stream.tell()
        stream.seek(0)
        data: bytes = stream.read()
        stream.seek(place)
        return data


class MemoryFile(File):
    """A file in memory: a buffer of its own until its storage is asked for, or else over the storage that was given."""

    __slots__ = ()


class DiskFile(File):
    """A file on disk, or a device that goes by a file's name."""

    __slots__ = ()


class PipeFile(File):
    """The output, or the input, of a command.

    Attributes:
        process: the shell that runs it.
    """

    __slots__ = ("process",)

    def __init__(self, process: Any, stream: Any, mode: str, name: str, quiet: bool = False) -> None:
        super().__init__(stream, mode, name, quiet)
        self.process = process


#: The commands that nobody has waited for: those that a script left to the garbage collector are asked now and then.
_running: set[Any] = set()


@_exported
def specimens() -> tuple[File, File, File]:
    """One closed file of each class, from which Lua learns their types."""
    return MemoryFile(None, "rw", ""), DiskFile(None, "rw", ""), PipeFile(None, None, "rw", "")


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def _check_mode(mode: str, allowed: tuple[str, ...] = ("r", "w", "rw")) -> str:
    if mode not in allowed:
        raise FileError(f"mode: should be {', '.join(map(repr, allowed[:-1]))} or {allowed[-1]!r}, got {mode!r}")
    return mode


# -- opening and closing -----------------------------------------------------------------------------------------------


@_exported
def memory_file(storage: Storage | None, mode: str) -> File:
    """A file in memory, over a CharStorage's bytes without the NUL at their end, or empty.

    Raises:
        FileError: where the storage does not end with a NUL.
    """
    _check_mode(mode)
    if storage is None:
        return MemoryFile(io.BytesIO(), mode, "memory file")
    if len(storage) and storage[len(storage) - 1] != 0:
        raise FileError("storage: a CharStorage for a file must be terminated by 0")
    return MemoryFile(streams.StorageStream(storage), mode, "memory file")


def _opened(path: str, mode: str) -> Any:
    """A stream for a path; ``"rw"`` makes a file that is missing."""
    flags = {"r": os.O_RDONLY, "w": os.O_WRONLY | os.O_CREAT | os.O_TRUNC, "rw": os.O_RDWR | os.O_CREAT}[mode]
    descriptor = os.open(path, flags | os.O_CLOEXEC, 0o666)
    try:
        if streams.is_regular(descriptor):
            return open(descriptor, {"r": "rb", "w": "wb", "rw": "r+b"}[mode])
        if os.path.isdir(path):
            raise IsADirectoryError(None, "Is a directory")
        return streams.PipeStream(descriptor)
    except BaseException:
        os.close(descriptor)
        raise


@_exported
def disk_file(path: str, mode: str, quiet: bool) -> File | None:
    """A file on disk; None where a quiet one cannot be opened."""
    _check_mode(mode)
    try:
        return DiskFile(_opened(path, mode), mode, path, quiet)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        if quiet:
            return None
        reason = error.strerror if isinstance(error, OSError) else error
        raise FileError(f"cannot open <{path}> in mode {mode}: {reason}") from error


@_exported
def pipe_file(command: str, mode: str, quiet: bool) -> File:
    """The output of a shell command (``"r"``), or its input (``"w"``), while it runs."""
    _check_mode(mode, ("r", "w"))
    _running.difference_update([process for process in tuple(_running) if process.poll() is not None])
    ends: dict[str, Any] = {"stdout" if mode == "r" else "stdin": subprocess.PIPE}
    process = subprocess.Popen(command, shell=True, bufsize=0, **ends)
    end = process.stdout if mode == "r" else process.stdin
    assert end is not None
    _running.add(process)
    stream = streams.PipeStream(os.dup(end.fileno()))
    end.close()
    return PipeFile(process, stream, mode, command, quiet)


@_exported
def close(file: File) -> None:
    """Closes the file; a command loses its pipe and is waited for."""
    stream = file.open_stream()
    file.reader = file.writer = None
    try:
        stream.close()
    except OSError as error:
        file.fail("close", f"write error: {error.strerror or error}")
    finally:
        file.stream = None
        if isinstance(file, PipeFile) and file.process is not None:
            file.process.wait()
            _running.discard(file.process)


@_exported
def describe(file: File) -> str:
    """What tostring shows after the class."""
    name = "" if isinstance(file, MemoryFile) else f" on <{file.name}>"
    return f"{name} [status: {'closed' if file.stream is None else 'open'} -- mode: {file.mode}]"


# -- settings ----------------------------------------------------------------------------------------------------------

_FLAGS = {"binary", "buffered", "spacing", "quiet", "error", "referenced"}


@_exported
def get_flag(file: File, name: str) -> bool:
    """One of the settings."""
    return bool(getattr(file, name)) if name in _FLAGS else name in file.mode


@_exported
def set_flag(file: File, name: str, value: bool) -> None:
    """Changes one of the settings."""
    if name not in _FLAGS:
        raise FileError(f"name: no setting is called {name!r}")
    setattr(file, name, bool(value))


@_exported
def set_order(file: File, order: str) -> None:
    """The order of bytes in numbers: ``"little"``, ``"big"`` or ``"native"``."""
    file.order = {"little": "<", "big": ">", "native": _NATIVE}[order]


@_exported
def little_endian() -> bool:
    """Whether this machine puts the lowest byte first."""
    return _NATIVE == "<"


@_exported
def set_long_size(file: File, size: int) -> None:
    """How many bytes a long has in binary files: 4 or 8; 0 for this machine's 8."""
    if size not in (0, 4, 8):
        raise FileError(f"longSize: a long has 4 or 8 bytes, or 0 for what is usual here, got {size}")
    file.long_size = size


# -- positions ---------------------------------------------------------------------------------------------------------


@_exported
def tell(file: File) -> int:
    """The position in bytes."""
    return int(file.open_stream().tell())


@_exported
def seek(file: File, position: int | None) -> None:
    """Goes to a position, or to the end for None; on disk also to one behind the end, where writing leaves zeros."""
    stream = file.open_stream()
    try:
        if position is None:
            stream.seek(0, io.SEEK_END)
            return
        if isinstance(file, MemoryFile):
            place = stream.tell()
            end = stream.seek(0, io.SEEK_END)
            if position > end:
                stream.seek(place)
                raise OSError(f"the file has {end} bytes")
        stream.seek(int(position))
    except OSError as error:
        where = "the end" if position is None else f"position {int(position) + 1}"
        file.fail("seek", f"unable to seek to {where}: {error.strerror or error}")


@_exported
def synchronize(file: File) -> None:
    """Hands over what is still in a buffer."""
    stream = file.open_stream()
    try:
        stream.flush()
    except OSError as error:
        file.fail("synchronize", f"write error: {error.strerror or error}")


# -- numbers and text --------------------------------------------------------------------------------------------------


@_exported
def write_number(file: File, word: str, value: float) -> int:
    """Writes one number; how many were written."""
    return int(file.write(f"write{word}", file_numbers.encoded(file, word, file_numbers.one(word, value))))


@_exported
def write_storage(file: File, storage: Storage) -> int:
    """Writes all numbers of a storage; how many were written."""
    word = DType.of(storage.dtype.numpy).torch7  # of Cuda elements too
    written = file.write(f"write{word}", file_numbers.encoded(file, word, storage.buffer))
    return len(storage) if written else 0


def _read(file: File, function: str, word: str, count: int) -> Any:
    file.may("r")
    if count < 0:
        raise FileError(f"{function}: the number of elements must not be negative, got {count}")
    try:
        found = file_numbers.decoded(file, word, count)
    except OSError as error:
        file.fail(function, f"read error: {error.strerror or error}")
        return file_numbers.none(word)
    if len(found) < count:
        file.fail(function, f"read error: read {len(found)} blocks instead of {count}")
    return found


@_exported
def read_storage(file: File, word: str, count: int) -> Storage:
    """The next ``count`` numbers; fewer at the end of a quiet file."""
    return Storage(_read(file, f"read{word}", word, int(count)))


@_exported
def read_into(file: File, storage: Storage) -> int:
    """Fills a storage with the next numbers; how many there were. The rest keeps its values."""
    word = DType.of(storage.dtype.numpy).torch7
    found = _read(file, f"read{word}", word, len(storage))
    if len(found):
        storage[: len(found)] = found
    return len(found)


@_exported
def read_number(file: File, word: str) -> Any:
    """The next number; 0 at the end of a quiet file."""
    found = _read(file, f"read{word}", word, 1)
    return found[0].item() if len(found) else 0


@_exported
def write_string(file: File, text: str) -> int:
    """Writes bytes as they are; how many were written."""
    data = _bytes(text)
    return len(data) if file.write("writeString", data) else 0


@_exported
def read_string(file: File, what: str) -> bytes:
    """The rest of the file (``"*a"``) or of the line (``"*l"``, without its end). At the end there is neither."""
    stream = file.may("r")
    if what[:2] not in ("*a", "*l"):
        raise FileError(f"readString: the format should be '*a' or '*l', got {what!r}")
    try:
        found = bytes(stream.read() if what.startswith("*a") else stream.readline())
    except OSError as error:
        file.fail("readString", f"read error: {error.strerror or error}")
        return b""
    if not found:
        file.fail("readString", "read error: read 0 blocks instead of 1")
    return found[:-1] if what.startswith("*l") and found.endswith(b"\n") else found


@_exported
def memory_storage(file: MemoryFile) -> Storage:
    """The CharStorage that holds the file's bytes and a NUL after them; what is written from now on is in it too."""
    stream = file.open_stream()
    if not isinstance(stream, streams.StorageStream):
        over = streams.StorageStream(Storage.empty(1, BY_TORCH7["Char"]).fill_(0))
        over.write(stream.getvalue())
        over.seek(stream.tell())
        file.stream = stream = over
    storage: Storage = stream.settle()
    return storage


@_exported
def memory_string(file: File) -> bytes:
    """The bytes of a file in memory."""
    return file.contents()


@_exported
def string_file(text: str | bytes, mode: str) -> File:
    """A file in memory over a string's bytes."""
    return MemoryFile(io.BytesIO(_bytes(text)), _check_mode(mode), "string")


# -- files that replace others when they are whole ---------------------------------------------------------------------


def beside(path: str) -> str:
    """The name under which a file is written before it replaces ``path``; ``path`` itself where that is no file."""
    if os.path.exists(path) and not os.path.isfile(path):
        return path
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    return os.path.join(folder, f".{name}.{os.getpid()}.{secrets.token_hex(4)}.part")


def put_in_place(temporary: str, path: str) -> None:
    """Gives a whole file its name."""
    if temporary != path:
        target = os.path.realpath(path)
        if os.path.exists(target):
            os.chmod(temporary, os.stat(target).st_mode & 0o7777)
        os.replace(temporary, target)


def discard(temporary: str, path: str) -> None:
    """Removes a file that did not become whole."""
    if temporary != path and os.path.exists(temporary):
        os.remove(temporary)
