"""A short cut for binary tables of numbers: entries whose key and value both are numbers, read as one array."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lua_compat.t7.layout import NUMBER

if TYPE_CHECKING:
    from lua_compat.t7.frame import Frame
    from lua_compat.t7.source import BinarySource

_ENTRY = np.dtype([("key_tag", "<i4"), ("key", "<f8"), ("value_tag", "<i4"), ("value", "<f8")])

#: A table of fewer entries is read faster one by one.
WORTH_IT = 32

_LARGEST_BLOCK = 65536


def read_entries(source: BinarySource, frame: Frame) -> None:
    """Reads a table's entries up to the first whose key or value is no number, or whose key is nan.

    Blocks grow while all of their entries are numbers, so that no more than a small multiple of what is read is
    looked at, whatever size the table declares.
    """
    block = WORTH_IT // 2
    while frame.remaining >= 2:
        count = min(block, frame.remaining // 2, (source.end - source.position) // _ENTRY.itemsize)
        if count == 0:
            return
        entries = np.frombuffer(source.data, _ENTRY, count, source.position)
        fits = (entries["key_tag"] == NUMBER) & (entries["value_tag"] == NUMBER) & ~np.isnan(entries["key"])
        run = count if fits.all() else int(fits.argmin())
        flat = np.empty(2 * run)
        flat[0::2] = entries["key"][:run]
        flat[1::2] = entries["value"][:run]
        frame.items += flat.tolist()
        frame.remaining -= 2 * run
        source.position += run * _ENTRY.itemsize
        if run < count:
            return
        block = min(4 * block, _LARGEST_BLOCK)
