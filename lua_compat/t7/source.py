"""The two encodings, read: each gives integers, doubles, longs, bytes and arrays, and checks that they are there.

Nothing is allocated for a declared size before the file is known to hold it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from struct import Struct
from typing import Any

import numpy as np

from lua_compat.errors import T7Error
from lua_compat.t7.elements import STORAGES, Element, StorageData

_INT = Struct("<i").unpack_from
_DOUBLE = Struct("<d").unpack_from

#: A whitespace-separated word in an ASCII file; no number is longer than 64 characters.
_WORD = re.compile(rb"[ \t\r\n]*([^ \t\r\n]{1,64})")
_CHARS_PER_NUMBER = 32  # what Torch7 prints is at most 24 long, and a space


class _Source:
    """What both encodings share: bytes, a position in them, and errors that name both."""

    #: The fewest bytes that a value takes (nil); bounds every count.
    smallest: int

    def __init__(self, data: Any, path: str, position: int = 0) -> None:
        self.data: Any = data  # its slices are bytes
        self.path = path
        self.position = position
        self.end = len(self.data)

    def rebind(self, data: Any) -> None:
        """Goes on in other bytes at the same position, as when a file in memory has grown."""
        self.data = bytes(data)
        self.end = len(self.data)

    def error(self, problem: str, offset: int | None = None) -> T7Error:
        """The error for a problem at an offset, or at the current position."""
        return T7Error(self.path, self.position if offset is None else offset, problem)

    def need(self, size: int, what: str) -> int:
        """The position after ``size`` bytes, which must be there."""
        stop = self.position + size
        if stop > self.end:
            raise self.error(f"the file ends within {what}: {size} bytes are needed, {self.end - self.position} left")
        return stop

    def count(self, count: int, what: str, start: int, values_each: int = 1) -> int:
        """A declared number of values, refused where the rest of the file cannot hold it."""
        left = self.end - self.position
        if count < 0:
            raise self.error(f"{what} is negative: {count}", start)
        if count * values_each * self.smallest > left:
            raise self.error(f"{what} is {count}, which the {left} bytes that are left cannot hold", start)
        return count


class BinarySource(_Source):
    """The binary encoding, little-endian.

    Args:
        data: the bytes of the file, or a mapping by `lua_compat.t7.mapped`.
        path: what errors call it.
        position: where to start.
        long_size: how many bytes a C ``long`` had on the writing machine, 4 or 8; found from the file where None.
        mapped: whether ``data`` is a private writable mapping that storages may be views of.
        lazy: whether storages that need a copy may wait until they are used.
    """

    binary = True
    smallest = 4

    def __init__(
        self,
        data: Any,
        path: str,
        position: int = 0,
        long_size: int | None = None,
        mapped: bool = False,
        lazy: bool = False,
    ) -> None:
        super().__init__(data, path, position)
        if long_size not in (None, 4, 8):
            raise ValueError(f"long_size: needs 4 or 8 (or None: found from the file), got {long_size!r}")
        self.long_size = long_size
        self._mapped = mapped
        self._lazy = lazy

    def int_(self, what: str) -> int:
        """A 4-byte integer."""
        stop = self.need(4, what)
        (value,) = _INT(self.data, self.position)
        self.position = stop
        return value

    def double(self, what: str) -> float:
        """An 8-byte floating-point number."""
        stop = self.need(8, what)
        (value,) = _DOUBLE(self.data, self.position)
        self.position = stop
        return value

    def longs(self, count: int, what: str) -> list[int]:
        """Integers of `long_size` bytes, which must be known by now."""
        assert self.long_size is not None
        stop = self.need(count * self.long_size, what)
        found = np.frombuffer(self.data, f"<i{self.long_size}", count, self.position).tolist() if count else []
        self.position = stop
        return found

    def raw(self, size: int, what: str) -> bytes:
        """Bytes as they are."""
        stop = self.need(size, what)
        found = self.data[self.position : stop]
        self.position = stop
        return found

    def elements(self, class_name: str, count: int) -> StorageData:
        """The elements of a storage; only their place is looked at."""
        assert self.long_size is not None
        element = STORAGES[class_name]
        stored = element.in_file(self.long_size)
        start = self.position
        self.position = self.need(count * stored.itemsize, f"the {count} elements of a {class_name}")
        wanted = element.dtype.numpy
        view = None
        if self._mapped and count and stored == wanted and start % stored.itemsize == 0:
            view = np.frombuffer(self.data, wanted, count, start)
        return StorageData(class_name, count, _loader(self.data, stored, count, start), view, self._lazy)


def _loader(data: Any, stored: np.dtype[Any], count: int, start: int) -> Callable[[], Any]:
    def load() -> np.ndarray[Any, Any]:
        return np.frombuffer(data, stored, count, start) if count else np.empty(0, stored)

    return load


class AsciiSource(_Source):
    """The ASCII encoding: numbers as text, strings and bytes as they are, a line end after each.

    Args: as for `BinarySource`; there is no width to find here, and nothing to map.
    """

    binary = False
    smallest = 1

    def __init__(self, data: Any, path: str, position: int = 0) -> None:
        super().__init__(data, path, position)
        self.long_size: int | None = 8

    def int_(self, what: str) -> int:
        """An integer of at most 4 bytes' range."""
        value = self._number(int, what)
        if not -(2**31) <= value < 2**31:
            raise self.error(f"{what} is {value}, which does not fit 4 bytes")
        return value

    def double(self, what: str) -> float:
        """A floating-point number."""
        return self._number(float, what)

    def longs(self, count: int, what: str) -> list[int]:
        """Integers separated by spaces."""
        found = self._words(count, int, what)
        if any(not -(2**63) <= v < 2**63 for v in found):
            raise self.error(f"{what} do not fit 8 bytes")
        return found

    def raw(self, size: int, what: str) -> bytes:
        """Bytes as they are, and the line end after them."""
        stop = self.need(size, what)
        found = self.data[self.position : stop]
        self.position = stop
        if size:
            self._skip_line_end()
        return found

    def elements(self, class_name: str, count: int) -> StorageData:
        """The elements of a storage."""
        element = STORAGES[class_name]
        what = f"the {count} elements of a {class_name}"
        start = self.position
        if element.dtype.itemsize == 1:
            array = np.frombuffer(self.raw(count, what), element.dtype.numpy).copy()
        else:
            array = self._numbers(element, self.count(count, what, start, 2 if count > 1 else 1), what, start)
        return StorageData(class_name, count, lambda: array)

    def _numbers(self, element: Element, count: int, what: str, start: int) -> np.ndarray[Any, Any]:
        found = self._words(count, float if element.dtype.is_floating_point else int, what)
        try:
            if not element.dtype.is_floating_point:
                return np.array(found, element.dtype.numpy)
            with np.errstate(over="ignore"):
                return np.array(found, np.float64).astype(element.dtype.numpy)
        except OverflowError:
            raise self.error(f"{what}: a number does not fit {element.dtype.name}", start) from None

    def _number(self, convert: Callable[[Any], Any], what: str) -> Any:
        word = _WORD.match(self.data, self.position)
        if word is None:
            raise self.error(f"the file ends where {what} is expected")
        value = self._converted(convert, word[1], what, word.start(1))
        self.position = word.end()
        self._skip_line_end()
        return value

    def _words(self, count: int, convert: Callable[[Any], Any], what: str) -> list[Any]:
        if count == 0:
            return []
        line = self.data[self.position : self.position + count * _CHARS_PER_NUMBER]
        stop = line.find(b"\n")
        words = line[:stop].split() if stop >= 0 else []
        if len(words) != count:  # not laid out as Torch7 does
            return [self._number(convert, what) for _ in range(count)]
        found = [self._converted(convert, w, what, self.position) for w in words]
        self.position += stop + 1
        return found

    def _converted(self, convert: Callable[[Any], Any], word: bytes, what: str, start: int) -> Any:
        try:
            if b"_" in word or len(word) > 64:
                raise ValueError
            return convert(word)
        except ValueError:
            kind = "an integer" if convert is int else "a number"
            raise self.error(f"{what} should be {kind}, found {word[:64]!r}", start) from None

    def _skip_line_end(self) -> None:
        if self.data[self.position : self.position + 1] == b"\n":
            self.position += 1
