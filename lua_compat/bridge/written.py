"""Writes that Python does not see: elements that Lua changes through their addresses.

Autograd notes a storage's version when it saves a value, and compares it later. Lua writes an element in a nanosecond
and cannot count each up. So it counts up once, at its first write, and the storage becomes a `WrittenStorage`: the same
object, which notices when its version is noted. From then on Lua's next write is a first one again. So whoever compares
a version with one noted before learns whether anything was written between. What is written through a pointer that
`torch.data` gave out, nobody notices.
"""

from __future__ import annotations

import itertools
from typing import Any, cast

import numpy as np

from pytorch_from_lua.tensor.storage import Storage
from pytorch_from_lua.tensor.tensor import Tensor

#: Another number when Lua has to say again that it writes. Lua compares it before it writes.
STAMP: np.ndarray[Any, np.dtype[np.int64]] = np.ones(1, np.int64)

#: Gives the next `STAMP`, each number once, also where two threads ask.
_next_stamp = itertools.count(2).__next__


class WrittenStorage(Storage):
    """A storage that Lua may write to without saying so, until somebody notes its version."""

    __slots__ = ()

    @property
    def noted_version(self) -> int:  # type: ignore[override]
        """How often the elements were changed in place."""
        cast(Any, self).__class__ = Storage
        STAMP[0] = _next_stamp()
        return self.version


def stamp_address() -> int:
    """Where the number lies that changes when Lua has to say again that it writes."""
    return int(STAMP.ctypes.data)


def touch(value: Tensor | Storage) -> Storage:
    """Says that Lua writes to the elements from now on. Returns the storage."""
    storage = value._storage if isinstance(value, Tensor) else value
    if type(storage) is Storage:
        storage.version += 1
        storage.__class__ = WrittenStorage
    return storage
