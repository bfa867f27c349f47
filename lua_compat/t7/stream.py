"""The two encodings, read from a stream that cannot go back, such as a pipe: no more is taken than a value needs.

A declared size cannot be compared with what is left here; nothing is allocated for it before the bytes have come.
"""

from __future__ import annotations

from typing import Any, Protocol

from lua_compat.errors import T7Error
from lua_compat.t7.bigendian import BigEndianSource
from lua_compat.t7.elements import STORAGES, StorageData
from lua_compat.t7.source import _WORD, AsciiSource, BinarySource, _Source

_BLOCK = 1 << 16


class Stream(Protocol):
    """Where the bytes come from."""

    def read1(self, size: int) -> bytes:
        """Some bytes, at most ``size`` and at least one; none at the end."""

    def unread(self, data: bytes) -> None:
        """Takes back what was just read."""

    def tell(self) -> int:
        """How many bytes were taken so far."""


class _Pulling(_Source):
    """Bytes that are taken from a stream when they are needed."""

    _stream: Stream
    _base = 0  # where in the stream the bytes at hand begin
    _moved = False  # whether they begin elsewhere than when the value began

    def begin(self) -> None:
        """Takes over from whoever used the stream."""
        self.data, self.position, self.end = b"", 0, 0
        self._base, self._moved = self._stream.tell(), False

    def leave(self) -> None:
        """Puts back what no value has used."""
        self._stream.unread(self.data[self.position :])
        self.data, self.position, self.end = b"", 0, 0

    def _pull(self, size: int) -> bool:
        """Makes ``size`` bytes from the current position on available; False where the stream ends before."""
        missing = self.position + size - self.end
        if missing <= 0:
            return True
        parts = [self.data[self.position :]]
        while missing > 0:
            found = self._stream.read1(max(missing, _BLOCK))
            if not found:
                break
            parts.append(found)
            missing -= len(found)
        self._base += self.position
        self._moved = self._moved or self.position > 0
        self.data, self.position = b"".join(parts), 0
        self.end = len(self.data)
        return missing <= 0

    def error(self, problem: str, offset: int | None = None) -> T7Error:
        """The error for a problem; where bytes were dropped meanwhile, at the current position."""
        at = self.position if offset is None or self._moved else offset
        return T7Error(self.path, self._base + at, problem)

    def need(self, size: int, what: str) -> int:
        """The position after ``size`` bytes, which must come."""
        self._pull(size)
        return super().need(size, what)

    def count(self, count: int, what: str, start: int, values_each: int = 1) -> int:
        """A declared number of values."""
        if count < 0:
            raise self.error(f"{what} is negative: {count}", start)
        return count


class _Elements(_Pulling):
    """What both orders of bytes share."""

    long_size: int | None

    def elements(self, class_name: str, count: int) -> StorageData:
        """The elements of a storage."""
        assert self.long_size is not None
        self._pull(count * STORAGES[class_name].in_file(self.long_size).itemsize)
        found: StorageData = super().elements(class_name, count)  # type: ignore[misc]
        return found


class BinaryStream(_Elements, BinarySource):
    """The binary encoding, little-endian.

    Args:
        stream: gives the bytes.
        path: what errors call it.
        long_size: how many bytes a C ``long`` had on the writing machine, 4 or 8.
    """

    def __init__(self, stream: Stream, path: str, long_size: int = 8) -> None:
        super().__init__(b"", path, long_size=long_size)
        self._stream = stream


class BigEndianStream(_Elements, BigEndianSource):
    """The binary encoding, big-endian; arguments as for `BinaryStream`."""

    def __init__(self, stream: Stream, path: str, long_size: int = 8) -> None:
        super().__init__(b"", path, long_size=long_size)
        self._stream = stream


class AsciiStream(_Pulling, AsciiSource):
    """The ASCII encoding.

    Args:
        stream: gives the bytes.
        path: what errors call it.
    """

    def __init__(self, stream: Stream, path: str) -> None:
        super().__init__(b"", path)
        self._stream = stream

    def _number(self, convert: Any, what: str) -> Any:
        while True:
            word = _WORD.match(self.data, self.position)
            if (word is not None and word.end() < self.end) or not self._pull(self.end - self.position + 1):
                return super()._number(convert, what)

    def _words(self, count: int, convert: Any, what: str) -> list[Any]:
        seen = self.position
        while count and self.data.find(b"\n", seen) < 0:
            left = self.end - self.position
            if not self._pull(left + 1):
                break
            seen = self.position + left
        return super()._words(count, convert, what)

    def _skip_line_end(self) -> None:
        self._pull(1)
        super()._skip_line_end()


STREAMS = (BinaryStream, BigEndianStream, AsciiStream)
