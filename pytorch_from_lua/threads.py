"""How many threads compute: matrix products (numpy's BLAS) and our own loops."""

from __future__ import annotations

import operator

from pytorch_from_lua.errors import RangeError
from pytorch_from_lua.kernels import parallel


def get_num_threads() -> int:
    """How many threads an operation may use: at the start ``OMP_NUM_THREADS``, else the number of cores."""
    return parallel.COUNT[0]


def set_num_threads(num: int) -> None:
    """Chooses how many threads an operation may use, from now on and in all threads of the program.

    Results do not depend on it, but for the last bits of matrix products.

    Args:
        num: at least 1.

    Raises:
        RangeError: for less than 1, or what is no whole number.

    >>> from pytorch_from_lua import get_num_threads, set_num_threads
    >>> before = get_num_threads()
    >>> set_num_threads(1)
    >>> get_num_threads()
    1
    >>> set_num_threads(before)
    """
    parallel.set_count(checked(num))


def checked(num: int) -> int:
    """A number of threads, after a look at whether it is one.

    Raises:
        RangeError: for less than 1, or what is no whole number.
    """
    try:
        count = operator.index(num)
    except TypeError:
        raise RangeError(f"num: needs a whole number of threads, got {num!r}") from None
    if count < 1:
        raise RangeError(f"num: needs at least 1 thread, got {count}")
    return count
