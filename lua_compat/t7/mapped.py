"""A private mapping of a file: writable, never written back, and gone with the last array that views it."""

from __future__ import annotations

import mmap
import sys
import weakref
from typing import Any


def map_file(descriptor: int, size: int) -> Any:
    """The file as a writable buffer whose slices are bytes; its pages are read when they are used.

    Raises:
        OSError: where it cannot be mapped.
        ValueError: where it is empty.
    """
    if size == 0:
        raise ValueError("an empty file cannot be mapped")
    if sys.version_info >= (3, 13):
        return mmap.mmap(descriptor, size, access=mmap.ACCESS_COPY, trackfd=False)
    return _map_without_descriptor(descriptor, size) if sys.platform == "linux" else _map_with(descriptor, size)


def _map_with(descriptor: int, size: int) -> mmap.mmap:
    return mmap.mmap(descriptor, size, access=mmap.ACCESS_COPY)


def _map_without_descriptor(descriptor: int, size: int) -> Any:
    """As Python's own mapping, which keeps the file open before 3.13: a thousand loaded files would be too many."""
    import ctypes

    system = ctypes.CDLL(None, use_errno=True)
    system.mmap.restype = ctypes.c_void_p
    system.mmap.argtypes = [
        ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_ssize_t
    ]  # fmt: skip
    system.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    address = system.mmap(None, size, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE, descriptor, 0)
    if address is None or address == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), "the file cannot be mapped")
    buffer = (ctypes.c_char * size).from_address(address)
    # Every array made from the buffer refers to it. When the program ends, arrays may outlive it: the system unmaps.
    weakref.finalize(buffer, system.munmap, address, size).atexit = False
    return buffer
