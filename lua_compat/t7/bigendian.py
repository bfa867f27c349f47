"""The binary encoding in big-endian order, for files that were told to use it: slower, as such files are few."""

from __future__ import annotations

from struct import Struct
from typing import Any

import numpy as np

from lua_compat.t7.elements import STORAGES, StorageData
from lua_compat.t7.source import _Source

_INT = Struct(">i").unpack_from
_DOUBLE = Struct(">d").unpack_from


class BigEndianSource(_Source):
    """The binary encoding, big-endian.

    Args:
        data: the bytes of the file.
        path: what errors call it.
        position: where to start.
        long_size: how many bytes a C ``long`` had on the writing machine, 4 or 8.
    """

    binary = True
    smallest = 4

    def __init__(self, data: Any, path: str, position: int = 0, long_size: int = 8) -> None:
        super().__init__(data, path, position)
        self.long_size: int | None = long_size

    def int_(self, what: str) -> int:
        """A 4-byte integer."""
        stop = self.need(4, what)
        (value,) = _INT(self.data, self.position)
        self.position = stop
        return int(value)

    def double(self, what: str) -> float:
        """An 8-byte floating-point number."""
        stop = self.need(8, what)
        (value,) = _DOUBLE(self.data, self.position)
        self.position = stop
        return float(value)

    def longs(self, count: int, what: str) -> list[int]:
        """Integers of `long_size` bytes."""
        stop = self.need(count * (self.long_size or 8), what)
        found = np.frombuffer(self.data, f">i{self.long_size}", count, self.position).tolist() if count else []
        self.position = stop
        return found

    def raw(self, size: int, what: str) -> bytes:
        """Bytes as they are."""
        stop = self.need(size, what)
        found = bytes(self.data[self.position : stop])
        self.position = stop
        return found

    def elements(self, class_name: str, count: int) -> StorageData:
        """The elements of a storage, read at once."""
        element = STORAGES[class_name]
        stored = element.in_file(self.long_size or 8).newbyteorder(">")
        stop = self.need(count * stored.itemsize, f"the {count} elements of a {class_name}")
        array = np.frombuffer(self.data, stored, count, self.position) if count else np.empty(0)
        array = array.astype(element.dtype.numpy)
        self.position = stop
        return StorageData(class_name, count, lambda: array)
