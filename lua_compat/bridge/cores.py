"""``torch.setnumthreads``: how many threads compute.

It is one number for the process, but in the threads of Lua's ``threads``: there it is each thread's own, as OpenMP's
was, so that a worker that asks for one leaves the main script all cores. BLAS has one number for all.
"""

from __future__ import annotations

import threading

from pytorch_from_lua import threads
from pytorch_from_lua.kernels import parallel


class _Own(threading.local):
    separate = False
    count: int | None = None


_OWN = _Own()


def separate() -> None:
    """Gives this thread a number of its own as soon as it chooses one."""
    _OWN.separate = True


def get_num_threads() -> int:
    """How many threads an operation of this thread may use."""
    return threads.get_num_threads() if _OWN.count is None else _OWN.count


def set_num_threads(num: int) -> None:
    """Chooses how many threads an operation may use: of this thread where it has a number of its own, else of all.

    Raises:
        RangeError: for less than 1, or what is no whole number.
    """
    if _OWN.separate:
        _OWN.count = threads.checked(num)
        parallel.limit(_OWN.count)
    else:
        threads.set_num_threads(num)
