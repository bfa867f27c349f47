"""torch.File for Lua: files on disk, in memory and at the end of a pipe, with numbers in binary or in ASCII.

Positions count from 0 here. A failure raises `OSError` or `EOFError`; a file that was told to be quiet keeps it in mind
instead, and answers ``has_error``. Lua objects are read and written by `ops_objects`, on the same streams.
"""

from __future__ import annotations

import io
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from pytorch_from_lua.tensor import Storage
from pytorch_from_lua.tensor.dtype import BY_TORCH7, DType

FUNCTIONS: dict[str, Callable[..., Any]] = {}

_FORMATS = {"Float": "%.9g", "Double": "%.17g"}
_RAW = ("Byte", "Char")  # written as bytes in ASCII files too
_WORD = re.compile(rb"[^ \t\r\n]+")
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

    __slots__ = ("__weakref__", "binary", "error", "long_size", "mode", "name", "order", "pending", "process", "quiet",
                 "reader", "referenced", "spacing", "stream", "writer")  # fmt: skip

    def __init__(self, stream: Any, mode: str, name: str, quiet: bool = False) -> None:
        self.stream = stream
        self.mode = mode
        self.name = name
        self.quiet = quiet
        self.binary = False
        self.spacing = True
        self.error = False
        self.order = _NATIVE
        self.long_size = 8
        self.referenced = True
        self.process: Any = None
        self.reader: Any = None
        self.writer: Any = None
        self.pending = False  # whether the reader's bytes may be out of date

    def __del__(self) -> None:
        # A script may well leave a file to the garbage collector; what it wrote is then still to reach the disk.
        if self.stream is not None:
            self.stream.close()

    def open_stream(self) -> Any:
        """The stream.

        Raises:
            OSError: where the file was closed.
        """
        if self.stream is None:
            raise OSError(f"{self.name}: the file is closed")
        return self.stream

    def fail(self, problem: str) -> None:
        """Raises, or keeps the failure in mind in a quiet file."""
        if not self.quiet:
            raise OSError(f"{self.name}: {problem}")
        self.error = True

    def may(self, what: str) -> bool:
        """Whether the mode allows ``"r"`` or ``"w"``; a failure where not."""
        self.open_stream()
        if what in self.mode:
            return True
        self.fail("attempt to read in a write-only file" if what == "r" else "attempt to write in a read-only file")
        return False

    def type_of(self, word: str) -> np.dtype[Any]:
        """How one number lies in a binary file."""
        if word == "Long":
            return np.dtype(f"{self.order}i{self.long_size}")
        return BY_TORCH7[word].numpy.newbyteorder(self.order)  # type: ignore[arg-type]

    def write(self, data: bytes) -> None:
        """Bytes as they are."""
        if self.may("w"):
            self.open_stream().write(data)
            self.pending = True

    def contents(self) -> bytes:
        """All bytes of the file."""
        stream = self.open_stream()
        if isinstance(stream, io.BytesIO):
            return stream.getvalue()
        stream.flush()
        place = stream.tell()
        stream.seek(0)
        data: bytes = stream.read()
        stream.seek(place)
        return data


class MemoryFile(File):
    """A file in memory. ``origin`` is the storage that was given for it, which gets what was written."""

    __slots__ = ("origin",)

    def __init__(self, stream: Any, mode: str, name: str, quiet: bool = False, origin: Storage | None = None) -> None:
        super().__init__(stream, mode, name, quiet)
        self.origin = origin

    def settle(self) -> Storage:
        """The bytes with a NUL after them, in the storage that was given, or in a new one."""
        array = np.frombuffer(self.contents() + b"\0", np.int8).copy()
        if self.origin is None:
            return Storage(array)
        return self.origin.replace_(array) if "w" in self.mode else self.origin


class DiskFile(File):
    """A file on disk."""

    __slots__ = ()


class PipeFile(File):
    """The output, or the input, of a command."""

    __slots__ = ()


@_exported
def specimens() -> tuple[File, File, File]:
    """One closed file of each class, from which Lua learns their types."""
    return MemoryFile(None, "rw", ""), DiskFile(None, "rw", ""), PipeFile(None, "rw", "")


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def _check_mode(mode: str) -> str:
    if mode not in ("r", "w", "rw"):
        raise ValueError(f"mode: should be 'r', 'w' or 'rw', got {mode!r}")
    return mode


@_exported
def memory_file(storage: Storage | None, mode: str, quiet: bool) -> File:
    """A file in memory, over a CharStorage's bytes without the NUL at their end; the storage gets what was written when
    the file is closed or asked for its storage.
    """
    data = b"" if storage is None or mode == "w" else storage.buffer.tobytes()
    stream = io.BytesIO(data[:-1] if data.endswith(b"\0") else data)
    return MemoryFile(stream, _check_mode(mode), "memory file", quiet, storage)


@_exported
def disk_file(path: str, mode: str, quiet: bool) -> File:
    """A file on disk; ``"rw"`` makes one that is missing."""
    _check_mode(mode)
    flags = {"r": "rb", "w": "wb", "rw": "r+b" if os.path.exists(path) else "w+b"}[mode]
    try:
        return DiskFile(open(path, flags), mode, path, quiet)
    except OSError as error:
        if not quiet:
            raise OSError(f"cannot open <{path}> in mode {mode}: {error.strerror}") from error
        made = DiskFile(None, mode, path, quiet)
        made.error = True
        return made


@_exported
def pipe_file(command: str, mode: str, quiet: bool) -> File:
    """The output of a shell command (``"r"``), or its input (``"w"``)."""
    if mode == "r":
        done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, check=False)
        return PipeFile(io.BytesIO(done.stdout), mode, command, quiet)
    if mode != "w":
        raise ValueError(f"mode: should be 'r' or 'w' for a pipe, got {mode!r}")
    process = subprocess.Popen(command, shell=True, stdin=subprocess.PIPE)
    made = PipeFile(process.stdin, mode, command, quiet)
    made.process = process
    return made


@_exported
def close(file: File) -> None:
    """Closes the file; a command is waited for."""
    if isinstance(file, MemoryFile) and file.origin is not None:
        file.settle()
    stream, file.stream = file.open_stream(), None
    file.reader = file.writer = None
    stream.close()
    if file.process is not None:
        file.process.wait()


@_exported
def describe(file: File) -> str:
    """What tostring shows after the class."""
    name = "" if isinstance(file, MemoryFile) else f" on <{file.name}>"
    return f"{name} [status: {'closed' if file.stream is None else 'open'} -- mode: {file.mode}]"


_FLAGS = {"binary", "spacing", "quiet", "error", "referenced"}


@_exported
def get_flag(file: File, name: str) -> bool:
    """One of the settings."""
    return bool(getattr(file, name)) if name in _FLAGS else name in file.mode


@_exported
def set_flag(file: File, name: str, value: bool) -> None:
    """Changes one of the settings."""
    if name not in _FLAGS:
        raise ValueError(f"name: no setting is called {name!r}")
    setattr(file, name, bool(value))
    if name == "binary":
        file.reader = file.writer = None


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
        raise ValueError(f"size: a long has 4 or 8 bytes, or 0 for what is usual here, got {size}")
    file.long_size = size or 8
    file.reader = file.writer = None


@_exported
def tell(file: File) -> int:
    """The position in bytes."""
    return int(file.open_stream().tell())


@_exported
def seek(file: File, position: int | None) -> None:
    """Goes to a position, or to the end for None."""
    stream = file.open_stream()
    end = stream.seek(0, io.SEEK_END)
    if position is None:
        return
    if not 0 <= position <= end:
        file.fail(f"unable to seek to position {position + 1}, the file has {end} bytes")
        return
    stream.seek(int(position))


@_exported
def synchronize(file: File) -> None:
    """Hands over what is still in a buffer."""
    file.open_stream().flush()


# -- numbers -----------------------------------------------------------------------------------------------------------


def _number_text(word: str, value: Any) -> bytes:
    return (_FORMATS[word] % value if word in _FORMATS else str(value)).encode()


def _encoded(file: File, word: str, array: Any) -> bytes:
    """Numbers as they lie in the file."""
    if file.binary:
        packed: bytes = array.astype(file.type_of(word)).tobytes()
        return packed
    if word in _RAW:
        data: bytes = array.tobytes()
    else:
        data = (b" " if file.spacing else b"").join([_number_text(word, v) for v in array.tolist()])
    return data + b"\n" if file.spacing and len(array) else data


@_exported
def write_number(file: File, word: str, value: float) -> int:
    """Writes one number."""
    dtype = BY_TORCH7[word]
    if not dtype.is_floating_point:
        value = int(value) & ((1 << 8 * dtype.itemsize) - 1)
        array = np.array([value], np.uint64).astype(dtype.numpy)
    else:
        array = np.array([value], dtype.numpy)
    file.write(_encoded(file, word, array))
    return 1


@_exported
def write_storage(file: File, storage: Storage) -> int:
    """Writes all numbers of a storage."""
    file.write(_encoded(file, storage.dtype.torch7, storage.buffer))
    return len(storage)


def _binary_numbers(file: File, word: str, count: int) -> Any:
    kind = file.type_of(word)
    data = file.open_stream().read(count * kind.itemsize)
    whole = len(data) // kind.itemsize
    return np.frombuffer(data, kind, whole).astype(BY_TORCH7[word].numpy)


def _ascii_numbers(file: File, word: str, count: int) -> Any:
    stream = file.open_stream()
    dtype = BY_TORCH7[word]
    if word in _RAW:
        found = np.frombuffer(stream.read(count), dtype.numpy).copy()
    else:
        found = np.array(_words(stream, count, dtype), dtype.numpy)
    if file.spacing and count:
        place = stream.tell()
        if stream.read(1) != b"\n":
            stream.seek(place)
    return found


def _words(stream: Any, count: int, dtype: DType) -> list[float]:
    """Up to ``count`` numbers between white space; the stream stands after the last one."""
    convert: Callable[[bytes], float] = float if dtype.is_floating_point else int
    values: list[float] = []
    start = stream.tell()
    data, taken = b"", 0
    while len(values) < count:
        match = _WORD.search(data, taken)
        if match is None or match.end() == len(data):
            more = stream.read(max(64, 26 * (count - len(values))))
            if more:
                data += more
                continue
            if match is None:
                break
        try:
            values.append(convert(match.group()))
        except ValueError:
            break
        taken = match.end()
    stream.seek(start + taken)
    return values


@_exported
def read_storage(file: File, word: str, count: int) -> Storage:
    """The next ``count`` numbers; fewer at the end of a quiet file."""
    if not file.may("r"):
        return Storage.empty(0, BY_TORCH7[word])
    found = (_binary_numbers if file.binary else _ascii_numbers)(file, word, int(count))
    if len(found) < count:
        file.fail(f"read error: read {len(found)} numbers instead of {count}")
    return Storage(found)


@_exported
def read_number(file: File, word: str) -> Any:
    """The next number; 0 at the end of a quiet file."""
    found = read_storage(file, word, 1)
    return found[0] if len(found) else 0


@_exported
def write_string(file: File, text: str) -> int:
    """Writes bytes as they are."""
    data = _bytes(text)
    file.write(data)
    return len(data)


@_exported
def read_string(file: File, what: str) -> bytes:
    """The rest of the file (``"*a"``) or of the line (``"*l"``, without its end)."""
    if not file.may("r"):
        return b""
    if what.startswith("*a"):
        return bytes(file.open_stream().read())
    if not what.startswith("*l"):
        raise ValueError(f"format: should be '*a' or '*l', got {what!r}")
    line = bytes(file.open_stream().readline())
    if not line:
        file.fail("read error: read 0 bytes instead of a line")
    return line[:-1] if line.endswith(b"\n") else line


@_exported
def memory_storage(file: MemoryFile) -> Storage:
    """The bytes of a file in memory, and a NUL after them, in a CharStorage."""
    return file.settle()


@_exported
def memory_string(file: File) -> bytes:
    """The bytes of a file in memory."""
    return file.contents()


@_exported
def string_file(text: str, mode: str) -> File:
    """A file in memory over a string's bytes."""
    return MemoryFile(io.BytesIO(_bytes(text)), _check_mode(mode), "string")


# -- files that replace others when they are whole ---------------------------------------------------------------------


@_exported
def beside(path: str) -> str:
    """The name under which a file is written before it replaces ``path``; ``path`` itself where that is no file."""
    target = os.path.realpath(path)
    if os.path.exists(target) and not os.path.isfile(target):
        return path
    folder, name = os.path.split(target)
    return os.path.join(folder, f".{name}.{os.getpid()}.{secrets.token_hex(4)}.part")


@_exported
def put_in_place(temporary: str, path: str) -> None:
    """Gives a whole file its name."""
    if temporary != path:
        target = os.path.realpath(path)
        if os.path.exists(target):
            os.chmod(temporary, os.stat(target).st_mode & 0o7777)
        os.replace(temporary, target)


@_exported
def discard(temporary: str, path: str) -> None:
    """Removes a file that did not become whole."""
    if temporary != path and os.path.exists(temporary):
        os.remove(temporary)
