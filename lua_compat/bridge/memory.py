"""Lua's garbage collector is told of the memory that it cannot see.

To Lua a tensor of a gigabyte is a userdata of forty bytes. So Python counts the bytes of new storages, and after a
while has Lua collect; only then do tensors that no Lua variable holds any more give back their memory.
"""

from __future__ import annotations

import math
import threading
import time
import weakref
from typing import Any

from pytorch_from_lua.tensor import storage

#: Bytes of new storages after which Lua collects.
FIRST_LIMIT = 256 * 2**20
#: Where collecting takes more than this share of the time, the limit grows.
_SHARE = 0.1


class Collector:
    """Collects one Lua's garbage when storages of ``limit`` bytes were made while that Lua ran."""

    def __init__(self, lua: Any) -> None:
        self._collect = lua.gccollect
        self._depth = 0
        self._thread = 0
        self._finished = time.perf_counter()
        self.limit = float(FIRST_LIMIT)
        with _LOCK:
            _collectors.add(self)
        storage.allowance[0] = min(storage.allowance[0], self.limit)
        storage.on_spent = _spent

    def __enter__(self) -> None:
        self._depth += 1
        self._thread = threading.get_ident()

    def __exit__(self, *_: object) -> None:
        self._depth -= 1

    def relieve(self) -> None:
        """Collects, if this Lua runs in this thread: then its garbage is what grows, and it can be called."""
        if self._depth == 0 or self._thread != threading.get_ident():
            return
        begun = time.perf_counter()
        self._collect()
        ended = time.perf_counter()
        if ended - begun > _SHARE * (ended - self._finished):
            self.limit = min(2 * self.limit, 16.0 * FIRST_LIMIT)
        elif self.limit > FIRST_LIMIT:
            self.limit /= 2
        self._finished = ended


_collectors: weakref.WeakSet[Collector] = weakref.WeakSet()
#: Held while collectors are added and listed, of which a set allows one at a time. What is collected in between may
#: list them again.
_LOCK = threading.RLock()


def _spent() -> None:
    storage.allowance[0] = math.inf  # while collecting, nothing is counted
    with _LOCK:
        collectors = tuple(_collectors)
    for collector in collectors:
        collector.relieve()
    storage.allowance[0] = min((collector.limit for collector in collectors), default=math.inf)
