"""Whole files: read, and written beside and then renamed into place."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import stat
from typing import Any

from lua_compat.t7.builder import Builder
from lua_compat.t7.describe import Describer
from lua_compat.t7.formats import detect
from lua_compat.t7.mapped import map_file
from lua_compat.t7.reader import Reader
from lua_compat.t7.source import AsciiSource, BinarySource
from lua_compat.t7.writer import Writer

Path = str | os.PathLike[str]


def open_reader(
    path: Path, *, builder: Builder | None = None, long_size: int | None = None, mmap: bool = True
) -> Reader:
    """A reader at the start of a file, for files with more than one value in them.

    Args: as for `read_file`.
    """
    with open(path, "rb") as file:
        name = os.fspath(path)
        try:
            data: Any = map_file(file.fileno(), os.fstat(file.fileno()).st_size)
        except (ValueError, OSError):  # an empty file, a pipe
            data = file.read()
    return _reader(data, name, builder, long_size, mapped=mmap and not isinstance(data, bytes))


def read_file(path: Path, *, builder: Builder | None = None, long_size: int | None = None, mmap: bool = True) -> Any:
    """The first value in a ``.t7`` file, binary or ASCII.

    Args:
        path: the file.
        builder: makes the values; the plain object graph of `lua_compat.t7.values` where None.
        long_size: how many bytes a C ``long`` had on the machine that wrote the file, 4 or 8; found from the file
            where None.
        mmap: whether storages are mapped: their pages are read when they are used, and what is written to them never
            reaches the file. One that lies at an address its element size does not divide is copied on first use.
            Otherwise everything is read at once. A file must not be cut short in place while it is mapped; one that is
            replaced by another (as `write_file` does) stays what it was for those who have it.

    Raises:
        T7Error: where the file is malformed, or no ``.t7`` file.
        OSError: where it cannot be opened.
    """
    return open_reader(path, builder=builder, long_size=long_size, mmap=mmap).read()


def bytes_reader(
    data: Any,
    *,
    name: str = "<bytes>",
    format: str | None = None,
    position: int = 0,
    builder: Builder | None = None,
    long_size: int | None = None,
) -> Reader:
    """A reader over bytes in memory; storages are copied out of them.

    Args:
        data: any bytes-like object.
        name: what errors call it.
        format: ``"binary"`` or ``"ascii"``; found from the first bytes where None.
        position: where to start.
        builder: as for `read_file`.
        long_size: as for `read_file`.
    """
    raw = data if isinstance(data, bytes) else bytes(data)
    return _reader(raw, name, builder, long_size, mapped=False, format=format, position=position)


def read_bytes(data: Any, **options: Any) -> Any:
    """The first value in bytes in memory; options as for `bytes_reader`."""
    return bytes_reader(data, **options).read()


def write_file(
    path: Path, value: Any, *, format: str = "binary", long_size: int = 8, describer: Describer | None = None
) -> None:
    """Writes a value to a ``.t7`` file: beside it first, then renamed into place, so that no half file is ever seen.

    Args:
        path: the file; a symbolic link is followed. A pipe or device is written to directly.
        value: what to write.
        format: ``"binary"`` or ``"ascii"``.
        long_size: how many bytes a C ``long`` has on the machine that will read the file, 4 or 8 (binary only).
        describer: says what the values are; the plain object graph of `lua_compat.t7.values` where None.

    Raises:
        T7Error: where the value holds something that a ``.t7`` file cannot.
        OSError: where the file cannot be written.
    """
    target = os.path.realpath(path)
    options: dict[str, Any] = {
        "format": format, "long_size": long_size, "describer": describer, "name": os.fspath(path)
    }  # fmt: skip
    there = os.stat(path) if os.path.exists(path) else None
    if there is not None and not stat.S_ISREG(there.st_mode):
        with open(path, "wb") as file:
            Writer(file.write, **options).write(value)
        return
    folder, name = os.path.split(target)
    beside = os.path.join(folder, f".{name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    mode = 0o666 if there is None else stat.S_IMODE(there.st_mode)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with open(descriptor, "wb", buffering=1 << 16) as file:
            Writer(file.write, **options).write(value)
            file.flush()
            os.fsync(descriptor)
        if there is not None:
            os.chmod(beside, mode)  # the umask may have taken some of it away
        os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


def write_bytes(value: Any, *, format: str = "binary", long_size: int = 8, describer: Describer | None = None) -> bytes:
    """The bytes of a value; arguments as for `write_file`."""
    buffer = io.BytesIO()
    Writer(buffer.write, format=format, long_size=long_size, describer=describer).write(value)
    return buffer.getvalue()


def _reader(
    data: Any,
    name: str,
    builder: Builder | None,
    long_size: int | None,
    *,
    mapped: bool,
    format: str | None = None,
    position: int = 0,
) -> Reader:
    chosen = detect(data[position : position + 512], name) if format is None else format
    if chosen not in ("binary", "ascii"):
        raise ValueError(f"format: needs 'binary' or 'ascii', got {format!r}")
    if chosen == "ascii":
        return Reader(AsciiSource(data, name, position), builder)
    return Reader(BinarySource(data, name, position, long_size, mapped, mapped), builder)
