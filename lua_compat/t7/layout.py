"""Facts of the format that reader, writer and the search for the width of ``long`` share."""

from __future__ import annotations

import re

#: Type codes. 6, 7 and 8 are functions; see `lua_compat.t7.values`.
NIL, NUMBER, STRING, TABLE, OBJECT, BOOLEAN = range(6)

#: The most dimensions that an array in memory can have.
MAX_DIMENSIONS = 64

#: The class name of a tensor or storage that stays where it is while a value goes to another thread, and how many bytes
#: tell which one it is. No file of Torch7's has it.
SHARED, SHARED_SIZE = "threads.Shared", 8
#: What a ``torch.Generator`` writes: its C structure, whose 624 words of state are 8 bytes each.
GENERATOR_SIZE = 5048

_LONGEST_CLASS_NAME = 1024
_VERSION = re.compile(rb"V (-?\d{1,9})")


def class_name_of(raw: bytes) -> str | None:
    """The bytes as the name of a class, or None where they cannot be one."""
    if not 0 < len(raw) <= _LONGEST_CLASS_NAME:
        return None
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return name if name.isprintable() else None


def version_of(raw: bytes) -> int | None:
    """The number in ``V 1``, or None where the bytes are no version."""
    found = _VERSION.fullmatch(raw)
    return None if found is None else int(found[1])
