"""Memory to compute in that is kept from call to call, for each thread its own.

A fresh array of megabytes costs a page fault for each 4 KiB, which takes as long as the work done in it.
"""

from __future__ import annotations

import threading

import numpy as np

from pytorch_from_lua.kernels.namespace import Array

#: Larger arrays than this are not kept.
_MOST_KEPT = 1 << 24


class _Kept(threading.local):
    def __init__(self) -> None:
        self.arrays: dict[str, Array] = {}


_KEPT = _Kept()


def scratch(name: str, size: int) -> Array:
    """Return ``size`` float32 with any content, which are lost at the thread's next call with this name."""
    array = _KEPT.arrays.get(name)
    if array is None or array.size < size:
        array = np.empty(size, np.float32)
        if size <= _MOST_KEPT:
            _KEPT.arrays[name] = array
    return array[:size]
