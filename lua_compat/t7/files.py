"""Whole files: read, and written beside and then renamed into place."""

from __future__ import annotations

import mmap as mapping
import os
from typing import Any

from lua_compat.errors import T7Error
from lua_compat.t7.builder import Builder
from lua_compat.t7.formats import detect
from lua_compat.t7.reader import Reader
from lua_compat.t7.source import AsciiSource, BinarySource

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
            data: Any = mapping.mmap(file.fileno(), 0, access=mapping.ACCESS_COPY)
        except (ValueError, OSError):  # an empty file, a pipe
            data = file.read()
    return _reader(data, name, builder, long_size, mapped=mmap and not isinstance(data, bytes))


def read_file(
    path: Path, *, builder: Builder | None = None, long_size: int | None = None, mmap: bool = True
) -> Any:
    """The first value in a ``.t7`` file, binary or ASCII.

    Args:
        path: the file.
        builder: makes the values; the plain object graph of `lua_compat.t7.values` where None.
        long_size: how many bytes a C ``long`` had on the machine that wrote the file, 4 or 8; found from the file
            where None.
        mmap: whether storages are mapped: their pages are read when they are used, and what is written to them never
            reaches the file. One that lies at an address its element size does not divide is copied on first use.
            Otherwise everything is read at once.

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


__all__ = ["T7Error", "bytes_reader", "open_reader", "read_bytes", "read_file"]
