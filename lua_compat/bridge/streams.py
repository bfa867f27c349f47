"""Streams of bytes that Python lacks: one that cannot go back, and one over a storage that Lua holds as well.

Both have the methods of a binary file that `ops_files` uses. `some` and `give_back` work for every stream.
"""

from __future__ import annotations

import io
import itertools
import os
import stat
import weakref
from typing import Any

import numpy as np

from pytorch_from_lua.tensor import Storage

_BLOCK = 1 << 16


class PipeStream:
    """What a pipe, a terminal or another device gives and takes, as it comes: nothing is read before it is asked for.

    Args:
        descriptor: an open file descriptor, which becomes this stream's own.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        self._ahead = b""  # read, not taken yet
        self._behind = bytearray()  # written, not handed over yet
        self._position = 0

    def fileno(self) -> int:
        """The descriptor.

        Raises:
            ValueError: where the stream is closed.
        """
        if self._descriptor is None:
            raise ValueError("the stream is closed")
        return self._descriptor

    def read1(self, size: int = _BLOCK) -> bytes:
        """Between 1 and ``size`` bytes, as soon as there are any; none at the end."""
        self.flush()
        if not self._ahead:
            self._ahead = os.read(self.fileno(), _BLOCK)
        found, self._ahead = self._ahead[:size], self._ahead[size:]
        self._position += len(found)
        return found

    def read(self, size: int = -1) -> bytes:
        """The next ``size`` bytes, fewer at the end; the rest where ``size`` is negative."""
        parts = []
        left = size
        while left:
            found = self.read1(left if left > 0 else _BLOCK)
            if not found:
                break
            parts.append(found)
            left -= len(found) if left > 0 else 0
        return b"".join(parts)

    def readline(self) -> bytes:
        """The bytes up to and with the next line end, or up to the end."""
        parts = []
        while True:
            found = self.read1()
            stop = found.find(b"\n") + 1
            parts.append(found[:stop] if stop else found)
            if stop or not found:
                self.unread(found[stop:] if stop else b"")
                return b"".join(parts)

    def unread(self, data: bytes) -> None:
        """Puts back what was just read: it comes again."""
        self._ahead = data + self._ahead
        self._position -= len(data)

    def write(self, data: Any) -> int:
        """Takes bytes; they are handed over when there are many of them, and at `flush`."""
        self._behind += data
        self._position += len(data)
        if len(self._behind) >= _BLOCK:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Hands over what was written.

        Raises:
            OSError: where the other end is gone.
        """
        while self._behind:
            done = os.write(self.fileno(), self._behind)
            del self._behind[:done]

    def tell(self) -> int:
        """How many bytes were read and written so far."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Stays where it is.

        Raises:
            OSError: where it would have to move.
        """
        if whence == io.SEEK_SET and offset == self._position:
            return offset
        raise io.UnsupportedOperation("what comes through a pipe cannot be gone back to or skipped")

    def close(self) -> None:
        """Hands over what was written and closes the descriptor."""
        if self._descriptor is None:
            return
        try:
            self.flush()
        finally:
            os.close(self._descriptor)
            self._descriptor = None


class _Snapshot:
    """The bytes of a file, and whether one value takes up all of them."""

    def __init__(self, data: bytes) -> None:
        self.data, self.number, self.one_value = data, next(_NUMBERS), False


_NUMBERS = itertools.count(1)
#: The bytes of storages that were read as a whole, of files of up to `_MOST_KEPT` bytes.
_SNAPSHOTS: weakref.WeakKeyDictionary[Storage, _Snapshot] = weakref.WeakKeyDictionary()
_MOST_KEPT = 1 << 28
_COMPARED = 1 << 18  # bytes at a time, so that they stay in the cache


def _same(kept: bytes, there: np.ndarray[Any, Any]) -> bool:
    if len(kept) != len(there):
        return False
    before = np.frombuffer(kept, there.dtype)
    for start in range(0, len(kept), _COMPARED):
        if not np.array_equal(before[start : start + _COMPARED], there[start : start + _COMPARED]):
            return False
    return True


class StorageStream:
    """A CharStorage as a file: what is written is in the storage at once, and the storage has one NUL after the end.

    While it grows the storage may be larger than that; `settle` makes it fit.
    """

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._end = max(len(storage) - 1, 0)
        self._position = 0

    def settle(self) -> Storage:
        """The storage, no larger than the file and its NUL."""
        self._reserve(self._end + 1)
        if len(self.storage) != self._end + 1:
            self.storage.resize_(self._end + 1)
            self.storage[self._end] = 0
        return self.storage

    def _reserve(self, size: int) -> None:
        there = len(self.storage)
        if size > there:
            self.storage.resize_(max(size, there + there // 2) if there else size)
            self.storage.buffer[there:] = 0

    def getvalue(self) -> bytes:
        """All bytes."""
        found: bytes = self.storage.buffer[: self._end].tobytes()
        return found

    def snapshot(self) -> bytes:
        """All bytes, the same object as at the last question while none of them has changed: scripts read one file as
        often as they want copies of a net.
        """
        there = self.storage.buffer[: self._end]
        if not isinstance(there, np.ndarray) or self._end > _MOST_KEPT:
            return self.getvalue()
        kept = _SNAPSHOTS.get(self.storage)
        if kept is None or not _same(kept.data, there):
            kept = _SNAPSHOTS[self.storage] = _Snapshot(self.getvalue())
        return kept.data

    def is_one_value(self, data: Any) -> None:
        """Remembers that one value takes up all bytes of a snapshot."""
        kept = _SNAPSHOTS.get(self.storage)
        if kept is not None and kept.data is data:
            kept.one_value = True

    def token(self) -> int | None:
        """A number for the bytes, the same for the same bytes only, where it is known that they are one value."""
        kept = _SNAPSHOTS.get(self.storage)
        if kept is None or not kept.one_value or self.snapshot() is not kept.data:
            return None
        return kept.number

    def read(self, size: int = -1) -> bytes:
        """The next ``size`` bytes, fewer at the end; the rest where ``size`` is negative."""
        stop = self._end if size < 0 else min(self._end, self._position + size)
        found: bytes = self.storage.buffer[self._position : stop].tobytes()
        self._position += len(found)
        return found

    def readline(self) -> bytes:
        """The bytes up to and with the next line end, or up to the end."""
        ends = np.flatnonzero(self.storage.buffer[self._position : self._end] == ord("\n"))
        return self.read(int(ends[0]) + 1 if len(ends) else -1)

    def write(self, data: Any) -> int:
        """Puts bytes at the current position, over what is there."""
        array = np.frombuffer(data, np.int8)
        stop = self._position + len(array)
        self._reserve(stop + 1)
        self.storage.buffer[self._position : stop] = array
        self.storage.version += 1
        self._position = stop
        if stop > self._end:
            self._end = stop
            self.storage.buffer[stop] = 0
        return len(array)

    def tell(self) -> int:
        """The current position."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Goes to a position and returns it."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._end}[whence]
        self._position = base + offset
        return self._position

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Makes the storage fit."""
        self.settle()


def some(stream: Any, size: int) -> bytes:
    """Up to ``size`` of the next bytes, at least one before the end; what a pipe has not got yet is not waited for."""
    found: bytes = stream.read1(size) if isinstance(stream, PipeStream) else stream.read(size)
    return found


def give_back(stream: Any, data: bytes) -> None:
    """Puts back what was just read."""
    if isinstance(stream, PipeStream):
        stream.unread(data)
    elif data:
        stream.seek(-len(data), io.SEEK_CUR)


def is_regular(descriptor: int) -> bool:
    """Whether a descriptor is a file's, in which one can go back."""
    return stat.S_ISREG(os.fstat(descriptor).st_mode)
