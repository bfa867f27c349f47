"""Small products of matrices: by loops of our own, which two threads share without waking each other.

A step of a recurrent layer is a product that takes 0.1 ms, thousands of times. OpenBLAS shares out so little badly, and
to wake a thread takes as long. So one thread, the partner, keeps looking for work while products come one soon after
another; see ``loops_product.py``. It lets go of its core when other threads of ours begin to work. Where it comes late,
because other processes want its core, products are made alone for a while, and for longer each time.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from typing import Final

import numpy as np

from pytorch_from_lua.kernels import compiled, parallel
from pytorch_from_lua.kernels.namespace import Array

#: What is done with a product: it is written; added to what is there; written with a row added to each of its rows;
#: added, while the sums of the rows of the first matrix are added to a vector.
WRITE: Final = 0
ADD: Final = 1
BIAS: Final = 2
ADD_SUMS: Final = 3

#: Multiplications; for fewer a call costs too much, from `MOST` on threads can be woken.
LEAST, MOST = 1 << 16, 1 << 22
#: The most rows of the second matrix: room for a panel of it is made once.
DEPTH = 1024
_ROWS = 6  # at least, for a panel is copied first
#: How often to look whether the other thread is done, and whether there is work: 10 to 40 ns each.
_LOOKS, _IDLE_LOOKS = 15_000, 60_000
_SOON = 1e-3  # seconds; products further apart do not wake the partner
_ALONE, _MOST_ALONE = 500, 1 << 16  # products after the partner was late


class _Memory:
    """What the making of a product needs."""

    def __init__(self) -> None:
        from pytorch_from_lua.kernels import loops_product as loops

        self.loops = loops
        self.state = loops.new_state()
        self._rooms = {kind: loops.new_room(kind) for kind in "fd"}
        self.rooms = {kind: room.ctypes.data for kind, room in self._rooms.items()}


class _Own(threading.local):
    """What a thread has for those that it makes alone."""

    memory: _Memory | None = None


class _Partner:
    """The other thread, and what it shares with the one whose product it is; one at a time has ``lock``."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.memory: _Memory | None = None  # the first product makes it
        self.asleep = False
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._last = 0.0  # when a product was made while it slept
        self._alone = 0  # so many products are still to be made alone
        self._penalty = _ALONE
        self._in_time = 0

    def is_there(self, memory: _Memory) -> bool:
        """Whether to share a product with it; it is woken where that may pay for the next ones."""
        if self._alone:
            self._alone -= 1
            return False
        if self._thread is None or self.asleep:
            before, self._last = self._last, time.perf_counter()
            if self._last - before > _SOON:
                return False
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, args=(memory,), daemon=True)
            self._thread.start()
        elif self.asleep:
            self.asleep = False
            memory.state[memory.loops.REST] = 0
            self._wake.set()
        return True

    def rest(self) -> None:
        """Let its core go to others, as soon as what it has taken is done."""
        if self._thread is not None and not self.asleep and self.memory is not None:
            self.memory.state[self.memory.loops.REST] = 1

    def was_in_time(self) -> None:
        """Forgive what was late long ago."""
        self._in_time += 1
        if self._in_time > self._penalty:
            self._in_time, self._penalty = 0, _ALONE

    def wait(self, memory: _Memory) -> None:
        """Wait for what it has taken and is late with."""
        while memory.loops.ended(memory.state, 100) > 0:
            time.sleep(0)
        self._alone, self._penalty, self._in_time = self._penalty, min(2 * self._penalty, _MOST_ALONE), 0

    def stop(self) -> None:
        """Let the thread end."""
        if self._thread is not None and self.memory is not None:
            self.memory.state[self.memory.loops.STOP] = 1
            self._wake.set()
            self._thread.join(1.0)

    def _work(self, memory: _Memory) -> None:
        own = _Memory()
        while memory.loops.serve(memory.state, own.rooms["f"], own.rooms["d"], _IDLE_LOOKS):
            self.asleep = True
            self._wake.wait()
            self._wake.clear()


_OWN = _Own()
_PARTNER = [_Partner()]
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: _PARTNER.__setitem__(0, _Partner()))  # the thread stayed with the parent
parallel.YIELDING.append(lambda: _PARTNER[0].rest())
atexit.register(lambda: _PARTNER[0].stop())


def multiply(a: Array, b: Array, out: Array, kind: int = WRITE, more: Array | None = None) -> bool:
    """Multiply ``a`` by ``b`` where this is faster here than numpy's product; say whether that was done.

    Each element is one sum in the order of the depth. Where it is False, nothing was written.

    Args:
        a: shape (m, k).
        b: shape (k, n).
        out: shape (m, n), each row dense; must not share memory with another.
        kind: `WRITE`, `ADD`, `BIAS` or `ADD_SUMS`.
        more: for `BIAS` the row that is added, shape (n,); for `ADD_SUMS` what the sums of a's rows are added to,
            shape (m,).
    """
    if a.ndim != 2 or b.ndim != 2:
        return False
    (m, k), n = a.shape, b.shape[1]
    if not (LEAST <= m * k * n < MOST and m >= _ROWS and k <= DEPTH and len(b) == k and out.shape == (m, n)):
        return False
    loops = compiled.loop("small_product", out)
    if loops is None or not _fit(a, b, out, kind, more):
        return False
    if more is None:
        more = out[0]
    char = out.dtype.char
    function, make = loops(char)
    partner = _PARTNER[0]
    if parallel.COUNT[0] == 1 or parallel.inside() or not partner.lock.acquire(blocking=False):
        memory = _OWN.memory
        if memory is None:
            memory = _OWN.memory = _Memory()
        return bool(function(a, b, out, more, kind, memory.state, make, memory.rooms[char], False, 0) == 0)
    try:
        memory = partner.memory
        if memory is None:
            memory = partner.memory = _Memory()
        shared = partner.is_there(memory)
        missing = function(a, b, out, more, kind, memory.state, make, memory.rooms[char], shared, _LOOKS)
        if missing > 0:
            partner.wait(memory)
        elif shared:
            partner.was_in_time()
    finally:
        partner.lock.release()
    return bool(missing >= 0)


def _fit(a: Array, b: Array, out: Array, kind: int, more: Array | None) -> bool:
    """Whether the loops can read and write these arrays."""
    dtype, size = out.dtype, out.itemsize
    if not (type(a) is type(b) is type(out) is np.ndarray and a.dtype == dtype and b.dtype == dtype and dtype.isnative):
        return False
    row, column = out.strides
    strides = row | a.strides[0] | a.strides[1] | b.strides[0] | b.strides[1]
    if strides < 0 or strides % size or column != size or row < out.shape[1] * size:
        return False
    if not (a.flags.behaved and b.flags.behaved and out.flags.behaved):
        return False
    if more is None:
        return True
    if more.shape != (len(a) if kind == ADD_SUMS else out.shape[1],):
        return False
    return type(more) is np.ndarray and more.dtype == dtype and more.strides == (size,) and bool(more.flags.behaved)
