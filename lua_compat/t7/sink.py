"""The two encodings, written: each takes integers, doubles, longs, bytes and arrays, byte for byte as Torch7 does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import copysign, isnan
from struct import Struct
from typing import Any

import numpy as np

from lua_compat.t7.describe import UnwritableError
from lua_compat.t7.elements import STORAGES, Element

_CHUNK = 65536  # elements that are turned into text at a time

_INT_LIMIT = 2**31


def _check_int(value: int) -> int:
    if not -_INT_LIMIT <= value < _INT_LIMIT:
        raise UnwritableError(f"{value} does not fit the 4 bytes that lengths and counts have in a .t7 file")
    return value


class BinarySink:
    """The binary encoding.

    Args:
        write: takes bytes.
        long_size: how many bytes a ``long`` gets, 4 or 8.
        order: ``"<"`` for little-endian, as nearly all files are, or ``">"``.
    """

    binary = True

    def __init__(self, write: Callable[[Any], Any], long_size: int = 8, order: str = "<") -> None:
        if long_size not in (4, 8):
            raise ValueError(f"long_size: needs 4 or 8, got {long_size!r}")
        self._write = write
        self.long_size = long_size
        self.order = order
        self._long = np.dtype(f"{order}i{long_size}")
        self._int, self._double = Struct(f"{order}i").pack, Struct(f"{order}d").pack

    def int_(self, value: int) -> None:
        """A 4-byte integer."""
        self._write(self._int(_check_int(value)))

    def double(self, value: float) -> None:
        """An 8-byte floating-point number."""
        self._write(self._double(value))

    def longs(self, values: Sequence[int]) -> None:
        """Integers of `long_size` bytes."""
        self._write(self._as_longs(np.array(values, np.int64)).tobytes())

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self._write(data)

    def elements(self, class_name: str, array: np.ndarray[Any, Any]) -> None:
        """The elements of a storage."""
        element = STORAGES[class_name]
        stored = self._as_longs(array) if element.is_long else array.astype(self._in_file(element), copy=False)
        self._write(np.ascontiguousarray(stored).view(np.uint8).data)

    def _in_file(self, element: Element) -> np.dtype[Any]:
        return element.in_file(8).newbyteorder(self.order)  # type: ignore[arg-type]

    def _as_longs(self, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        stored = array.astype(self._long, copy=False)
        if self.long_size == 4 and not np.array_equal(stored, array):
            raise UnwritableError("an integer does not fit a long of 4 bytes")
        return stored


class AsciiSink:
    """The ASCII encoding.

    Args:
        write: takes bytes.
    """

    binary = False
    long_size = 8

    def __init__(self, write: Callable[[Any], Any]) -> None:
        self._write = write

    def int_(self, value: int) -> None:
        """An integer."""
        self._write(b"%d\n" % _check_int(value))

    def double(self, value: float) -> None:
        """A floating-point number with 17 digits."""
        self._write(number_text("%.17g", value).encode() + b"\n")

    def longs(self, values: Sequence[int]) -> None:
        """Integers on one line."""
        if len(values) > 0:
            self._write(" ".join(map(str, values)).encode() + b"\n")

    def raw(self, data: bytes) -> None:
        """Bytes as they are, and a line end."""
        if len(data) > 0:
            self._write(data)
            self._write(b"\n")

    def elements(self, class_name: str, array: np.ndarray[Any, Any]) -> None:
        """The elements of a storage on one line; those of one byte as bytes, not as numbers."""
        if len(array) == 0:
            return
        element = STORAGES[class_name].dtype
        if element.itemsize == 1:
            self.raw(array.tobytes())
            return
        digits = None if not element.is_floating_point else "%.17g" if element.itemsize == 8 else "%.9g"
        for start in range(0, len(array), _CHUNK):
            values = array[start : start + _CHUNK].tolist()
            words = map(str, values) if digits is None else [number_text(digits, v) for v in values]
            self._write((" " if start else "").encode() + " ".join(words).encode())
        self._write(b"\n")


def number_text(digits: str, value: float) -> str:
    """As C's printf, which shows the sign of nan too."""
    if isnan(value):
        return "-nan" if copysign(1.0, value) < 0 else "nan"
    return digits % value
