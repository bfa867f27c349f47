"""Threads of our own: one work on several parts of an array at once.

numpy lets go of Python's lock while it computes, and so do the compiled loops. Each element is computed as it would be
by one thread, so results do not depend on how many there are.
"""

from __future__ import annotations

import itertools
import os
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from pytorch_from_lua.kernels.namespace import Array

#: How many threads may compute; `pytorch_from_lua.set_num_threads` sets it. Read where an operation decides.
COUNT = [1]
#: The least number of elements a thread is worth waking for.
GRAIN = 1 << 16
#: The least number of elements that are divided between threads.
SHARED = 2 * GRAIN
#: Parts begin at multiples of this, so that every one has the vectors of the whole.
_ALIGNED = 64


def initial_count() -> int:
    """The number of threads at the start: ``OMP_NUM_THREADS``, else the number of cores this process may use."""
    given = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    if given.isdigit() and int(given) > 0:
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


COUNT[0] = initial_count()

#: Called before several threads begin: what keeps a core while it waits for work is to let go of it.
YIELDING: list[Callable[[], None]] = []

#: What sets the number of each BLAS that is loaded; looked for when the number is first chosen.
_SETTERS: list[Callable[[int], Any]] = []
_PREFIXES, _SUFFIXES = ("scipy_", ""), ("64_", "_64", "")  # of OpenBLAS's functions, as it was built


def set_count(count: int) -> None:
    """Choose how many threads compute, those of every BLAS that is loaded included."""
    COUNT[0] = count
    if not _SETTERS:
        _look()
    for setter in _SETTERS:
        setter(count)


def govern() -> None:
    """Give a BLAS that came later the number that was chosen; where none was, it began with the right one itself."""
    if _SETTERS:
        _look()
        set_count(COUNT[0])


def _look() -> None:
    import threadpoolctl

    _SETTERS[:] = map(_setter, threadpoolctl.ThreadpoolController().select(user_api="blas").lib_controllers)


def _setter(library: Any) -> Callable[[int], Any]:
    """OpenBLAS's own function where it is that: threadpoolctl looks for it anew each time."""
    if library.internal_api == "openblas":
        for prefix, suffix in itertools.product(_PREFIXES, _SUFFIXES):
            function = getattr(library.dynlib, f"{prefix}openblas_set_num_threads{suffix}", None)
            if function is not None:
                function.restype = None
                return cast("Callable[[int], Any]", function)
    return cast("Callable[[int], Any]", library.set_num_threads)


class _OneBlasThread:
    """See `one_blas_thread`."""

    def __init__(self) -> None:
        self.users = 0
        self.lock = threading.Lock()

    def __enter__(self) -> None:
        if COUNT[0] == 1:
            return
        with self.lock:
            self.users += 1
            if self.users == 1:
                if not _SETTERS:
                    _look()
                for setter in _SETTERS:
                    setter(1)

    def __exit__(self, *error: object) -> None:
        if self.users == 0:
            return
        with self.lock:
            self.users -= 1
            if self.users == 0:
                for setter in _SETTERS:
                    setter(COUNT[0])


_ONE_BLAS_THREAD = _OneBlasThread()


def one_blas_thread() -> _OneBlasThread:
    """Return what lets a product of matrices take one thread while within: several of ours make one each.

    OpenBLAS shares out small products badly, and its threads wait for each other while ours could work.
    """
    return _ONE_BLAS_THREAD


class _Pool:
    """Threads that wait for work. They are started when first needed, and end with the process."""

    def __init__(self) -> None:
        self.jobs: queue.SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...], Any]] = queue.SimpleQueue()
        self.started = 0
        self.starting = threading.Lock()

    def need(self, count: int) -> None:
        if self.started >= count:
            return
        with self.starting:
            while self.started < count:
                threading.Thread(target=self._work, name="pytorch_from_lua", daemon=True).start()
                self.started += 1

    def _work(self) -> None:
        _INSIDE.here = True
        with np.errstate(all="ignore"):
            while True:
                function, arguments, done = self.jobs.get()
                try:
                    function(*arguments)
                    done.put(None)
                except BaseException as error:
                    done.put(error)
                del function, arguments, done  # else a thread that waits keeps the arrays of its last work


class _Inside(threading.local):
    here = False  # whether a thread does all of its work itself
    most = 1 << 30  # how many threads its work may take


_INSIDE = _Inside()
_POOL = [_Pool()]
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: _POOL.__setitem__(0, _Pool()))  # its threads stayed with the parent


def inside() -> bool:
    """Whether the caller does all of its work itself: one of the threads that work on parts does."""
    return _INSIDE.here


def limit(count: int) -> None:
    """Let the work of this thread take ``count`` threads at most, whatever others may; there are `COUNT` for all."""
    _INSIDE.most, _INSIDE.here = count, count == 1


def several_begin() -> None:
    """Say that several threads are about to compute, those of a BLAS say."""
    for yielding in YIELDING:
        yielding()


def run(function: Callable[..., Any], parts: Sequence[tuple[Any, ...]]) -> None:
    """Call ``function(*part)`` for every part, in several threads; an error of one is raised when all are done."""
    if len(parts) == 1 or _INSIDE.here:
        for part in parts:
            function(*part)
        return
    several_begin()
    pool = _POOL[0]
    pool.need(len(parts) - 1)
    done: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
    for part in parts[1:]:
        pool.jobs.put((function, part, done))
    errors: list[BaseException | None] = []
    try:
        function(*parts[0])
    finally:
        errors = [done.get() for _ in parts[1:]]
    for error in errors:
        if error is not None:
            raise error


def bounds(size: int, work: int = 1) -> list[tuple[int, int]]:
    """Cut ``range(size)`` into one part for each thread that is worth it, where each index is ``work`` elements."""
    count = max(1, min(COUNT[0], _INSIDE.most, size * work // GRAIN))
    step = -(-size // count)
    if work == 1:
        step = -(-step // _ALIGNED) * _ALIGNED
    return [(at, min(at + step, size)) for at in range(0, size, step)] or [(0, 0)]


def spread(part: Callable[[int, int], None], size: int, work: int = 1) -> None:
    """Call ``part(start, stop)`` for all of ``range(size)``, each index of which is ``work`` elements.

    In several threads where there are elements enough, else at once.

    >>> spread(lambda start, stop: print(start, stop), 3)
    0 3
    """
    if COUNT[0] == 1 or size * work < SHARED:
        part(0, size)
    else:
        run(part, bounds(size, work))


def divided(function: Callable[..., Any], *arrays: Any) -> Array:
    """Call a function of numpy that works element by element on parts of large arrays, in several threads.

    In one where they cannot be cut: where they are not dense, or broadcast.

    >>> divided(np.add, np.ones(3), 1.0)
    array([2., 2., 2.])
    """
    x = arrays[0]
    if not isinstance(function, np.ufunc) or _INSIDE.here or not x.flags.c_contiguous:
        return function(*arrays)
    flat = [x.reshape(-1)]
    for y in arrays[1:]:
        if isinstance(y, np.ndarray):
            if y.shape != x.shape or not y.flags.c_contiguous:
                return function(*arrays)
            flat.append(y.reshape(-1))
        else:
            flat.append(y)
    kinds = [np.dtype(x.dtype)] * len(flat)
    out = np.empty(x.shape, function.resolve_dtypes((*kinds, None))[-1])
    result = out.reshape(-1)

    def part(start: int, stop: int) -> None:
        function(*[a[start:stop] if isinstance(a, np.ndarray) else a for a in flat], out=result[start:stop])

    run(part, bounds(x.size))
    return out
