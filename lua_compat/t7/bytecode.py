"""Dumped Lua functions: which compiler made them, of which source, and whether a given LuaJIT may load them.

LuaJIT trusts what it loads: damaged bytecode can crash the process. `examine` walks through all of a dump's structure
(its header, the sizes, constants and debug information of each function in it) and refuses what does not fit; that
finds files that were cut or garbled. It does not follow the instructions: a dump that somebody forged can still do
anything that machine code can, as could any Lua function that such a file brings along.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

_LUAJIT = {1: "LuaJIT 2.0", 2: "LuaJIT 2.1"}
_BIG_ENDIAN, _STRIPPED, _WIDE = 1, 2, 8  # flags; 4 says that it needs LuaJIT's ffi
_LARGEST_NUMBER_OF_FLAGS = 16
_PRINTABLE = re.compile(r"[^\x20-\x7e\u00a0-\uffff]")


class Dump(NamedTuple):
    """What a dump says of itself.

    Attributes:
        compiler: such as ``"LuaJIT 2.1"``; None where the bytes are no dump.
        source: where the function was written: a file's name, ``"stdin"``, ...; None where that is not said.
        line: the line where the function begins; None or 0 where that is not said.
        problem: why the LuaJIT whose header was given cannot load it; None where it can.
    """

    compiler: str | None
    source: str | None = None
    line: int | None = None
    problem: str | None = None

    def __str__(self) -> str:
        """Such as ``"of train.lua:12, compiled by LuaJIT 2.1"``; empty where nothing is known."""
        place = None if self.source is None else self.source + (f":{self.line}" if self.line else "")
        parts = [None if place is None else f"of {place}", self.compiler and f"compiled by {self.compiler}"]
        return ", ".join(p for p in parts if p)


class _DamagedError(Exception):
    """A dump that ends too early or says what cannot be."""


def examine(code: bytes, header: bytes = b"\x1bLJ\x02\x08") -> Dump:
    r"""What a dump says of itself, and whether the LuaJIT whose dumps begin with ``header`` can load it.

    >>> str(examine(b"\x1bLua\x51\x00"))
    'compiled by Lua 5.1'
    >>> examine(b"\x1bLua\x51\x00").problem
    'it is bytecode of Lua 5.1, and LuaJIT 2.1 runs here'
    """
    try:
        if code.startswith(b"\x1bLJ"):
            return _luajit(code, header)
        if code.startswith(b"\x1bLua") and len(code) > 4:
            return _puc(code, header)
    except _DamagedError as error:
        return Dump(None, problem=f"its bytecode is damaged: {error}")
    if code.startswith(b"\x1b") or not code:
        return Dump(None, problem="its code is no bytecode")
    return Dump(None)  # Lua's own text, which loads wherever it was written


def _name_of(header: bytes) -> str:
    return _LUAJIT.get(header[3], f"LuaJIT with bytecode {header[3]}")


def _shown(raw: bytes) -> str:
    """A chunk's name as Lua shows it: without the sign before a file's name."""
    text = raw.decode("utf-8", "replace")
    if not text.startswith(("@", "=")):
        text = text.split("\n", 1)[0]
        return f'[string "{_PRINTABLE.sub("?", text[:60])}"]'
    return _PRINTABLE.sub("?", text[1:][:200])


class _Cursor:
    """A position in a dump."""

    def __init__(self, data: bytes, position: int = 0, end: int | None = None) -> None:
        self.data = data
        self.position = position
        self.end = len(data) if end is None else end

    def take(self, size: int) -> bytes:
        stop = self.position + size
        if size < 0 or stop > self.end:
            raise _DamagedError(f"it ends {stop - self.end} bytes too early" if size >= 0 else "a size is negative")
        found = self.data[self.position : stop]
        self.position = stop
        return found

    def byte(self) -> int:
        return self.take(1)[0]

    def uleb(self) -> int:
        """A number in pieces of seven bits."""
        value = shift = 0
        while True:
            piece = self.byte()
            value |= (piece & 127) << shift
            shift += 7
            if piece < 128:
                return value
            if shift > 32:
                raise _DamagedError("a number in it has too many digits")

    def integer(self, size: int, order: str) -> int:
        return int.from_bytes(self.take(size), "little" if order == "<" else "big")


# -- LuaJIT ------------------------------------------------------------------------------------------------------------


def _luajit(code: bytes, header: bytes) -> Dump:
    cursor = _Cursor(code, 3)
    version = cursor.byte()
    compiler = _LUAJIT.get(version, f"LuaJIT with bytecode {version}")
    if version not in _LUAJIT:
        return Dump(compiler, problem=f"it is bytecode of {compiler}, and {_name_of(header)} runs here")
    flags = cursor.uleb()
    source = None if flags & _STRIPPED else _shown(cursor.take(cursor.uleb()))
    problem = _mismatch(version, flags, compiler, header)
    if flags >= _LARGEST_NUMBER_OF_FLAGS or flags & _BIG_ENDIAN:
        return Dump(compiler, source, problem=problem)
    line = None
    while True:
        size = cursor.uleb()
        if size == 0:
            break
        proto = _Cursor(code, cursor.position, cursor.position + size)
        cursor.take(size)
        line = _proto(proto, version, bool(flags & _STRIPPED))  # the last one is the function, the others are within it
    if cursor.position != len(code):
        raise _DamagedError(f"{len(code) - cursor.position} bytes are left over")
    return Dump(compiler, source, line, problem)


def _mismatch(version: int, flags: int, compiler: str, header: bytes) -> str | None:
    """Why a LuaJIT cannot load dumps of that kind, as far as the header tells."""
    here = f"{_name_of(header)} runs here"
    if version != header[3]:
        return f"it is bytecode of {compiler}, and {here}"
    if flags >= _LARGEST_NUMBER_OF_FLAGS:
        return f"it has flags that {_name_of(header)} does not know: {flags:#x}"
    if (flags ^ header[4]) & _BIG_ENDIAN:
        return f"it is bytecode of the other byte order, of {compiler}"
    if (flags ^ header[4]) & _WIDE:
        there, here = ("64", "32") if flags & _WIDE else ("32", "64")
        return (
            f"it is bytecode of a {compiler} with {there}-bit references, and one with {here}-bit references runs here"
        )
    return None


def _proto(cursor: _Cursor, version: int, stripped: bool) -> int | None:
    """Walks through one function; the line where it begins."""
    cursor.take(3)  # flags, parameters, frame
    captured = cursor.byte()
    objects, numbers, instructions = cursor.uleb(), cursor.uleb(), cursor.uleb()
    debug = 0 if stripped else cursor.uleb()
    line = cursor.uleb() if debug else None
    if debug:
        cursor.uleb()
    cursor.take(4 * instructions + 2 * captured)
    for _ in range(_bounded(objects, cursor)):
        _object(cursor)
    for _ in range(_bounded(numbers, cursor)):
        if _uleb33(cursor):
            cursor.uleb()
    cursor.take(debug)
    if cursor.position != cursor.end:
        raise _DamagedError(f"a function in it is {cursor.end - cursor.position} bytes too long")
    return line


def _bounded(count: int, cursor: _Cursor) -> int:
    """A count of things that take a byte at least."""
    if count > cursor.end - cursor.position:
        raise _DamagedError(f"it declares {count} constants, which do not fit")
    return count


def _uleb33(cursor: _Cursor) -> bool:
    """Skips a number of 33 bits; whether its lowest bit says that another one follows."""
    first = cursor.byte()
    piece, count = first, 1
    while piece >= 128:
        piece = cursor.byte()
        count += 1
        if count > 5:
            raise _DamagedError("a number in it has too many digits")
    return bool(first & 1)


def _object(cursor: _Cursor) -> None:
    """Skips one constant that is no number: a function within, a table, C data or a string."""
    kind = cursor.uleb()
    if kind >= 5:
        cursor.take(kind - 5)
    elif kind == 1:
        array, pairs = cursor.uleb(), cursor.uleb()
        for _ in range(_bounded(array, cursor) + 2 * _bounded(pairs, cursor)):
            _table_item(cursor)
    elif kind in (2, 3):
        cursor.uleb(), cursor.uleb()
    elif kind == 4:
        for _ in range(4):
            cursor.uleb()


def _table_item(cursor: _Cursor) -> None:
    kind = cursor.uleb()
    if kind >= 5:
        cursor.take(kind - 5)
    elif kind == 3:
        cursor.uleb()
    elif kind == 4:
        cursor.uleb(), cursor.uleb()


# -- PUC Lua -----------------------------------------------------------------------------------------------------------


def _puc(code: bytes, header: bytes) -> Dump:
    version = code[4]
    compiler = f"Lua {version >> 4}.{version & 15}"
    problem = f"it is bytecode of {compiler}, and {_name_of(header)} runs here"
    place = _PLACES.get(version)
    try:
        source, line = (None, None) if place is None else place(_Cursor(code, 5))
    except _DamagedError:
        source, line = None, None
    return Dump(compiler, source, line, problem)


def _of_51(cursor: _Cursor, after_header: int = 0) -> tuple[str | None, int | None]:
    cursor.byte()  # the format
    order, int_size, size_size = "<" if cursor.byte() else ">", cursor.byte(), cursor.byte()
    cursor.take(3 + after_header)
    if after_header:
        return None, cursor.integer(int_size, order)  # the source's name comes after the code
    size = cursor.integer(size_size, order)
    source = _shown(cursor.take(size)[:-1]) if size else None
    return source, cursor.integer(int_size, order)


def _of_52(cursor: _Cursor) -> tuple[str | None, int | None]:
    return _of_51(cursor, 6)


def _of_53(cursor: _Cursor) -> tuple[str | None, int | None]:
    cursor.take(7)
    int_size, size_size = cursor.byte(), cursor.byte()
    cursor.take(3)
    order = "<" if cursor.take(8)[0] else ">"
    cursor.take(9)
    size = cursor.byte()
    if size == 255:
        size = cursor.integer(size_size, order)
    source = _shown(cursor.take(size - 1)) if size else None
    return source, cursor.integer(int_size, order)


def _of_54(cursor: _Cursor) -> tuple[str | None, int | None]:
    def number() -> int:
        value = 0
        while True:
            piece = cursor.byte()
            value = (value << 7) | (piece & 127)
            if piece >= 128:
                return value

    cursor.take(27)
    size = number()
    source = _shown(cursor.take(size - 1)) if size else None
    return source, number()


#: Where a dump of that version says where its function was written.
_PLACES: dict[int, Callable[[_Cursor], tuple[str | None, int | None]]] = {
    0x51: _of_51, 0x52: _of_52, 0x53: _of_53, 0x54: _of_54
}  # fmt: skip
