"""Cuts the bytes of a file into values tens of thousands at a time, in loops that LuaJIT compiles.

`Scan` is what one call gives: a code for each value, and arrays with what the codes stand for. Nothing here makes
values; see `lua_compat.t7.bulk` for that. Where LuaJIT cannot be had, `scanner` gives None and files are read without.
"""

from __future__ import annotations

import functools
import threading
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

SHORT = 64  # bytes; strings of no more are found again, and made once a scan
SMALL = 1024  # whole numbers from 1 up to this have codes of their own
CODES = 2 + SMALL  # the codes of nil, false, true and these

#: Kinds of containers.
TABLE, HASH, VEC = range(3)


class Scan(NamedTuple):
    """What one scan found. The containers that it met and did not see the end of are open.

    Attributes:
        position: where the first value begins that was not read.
        full: whether only room was missing for more.
        depth: how many containers are open; the array ``open_table`` has their ordinals from 1, the outermost first,
            and ``open_left`` and ``open_cursor`` what they still are to get and where their slots end.
        free: how many slots from the beginning are in use: those of the containers met.
        numbers: how many numbers.
        strings: how many short strings, which lie one after another in ``blob``, a NUL after each.
        blob: the size of these.
        longs: how many longer strings, which lie in the file at ``long_start``.
        tables: how many containers; ``table_order`` has the ordinals of those that were read to the end, in that order.
        known: how many objects that were known before.
    """

    position: int
    full: bool
    depth: int
    free: int
    numbers: int
    strings: int
    blob: int
    longs: int
    tables: int
    known: int


_EACH = (
    "slots", "string_start", "string_size", "string_hash", "long_size", "table_index", "table_kind", "table_start",
    "table_size", "table_order", "known",
)  # fmt: skip


class Scanner:
    """The compiled loops and their arrays, which each scan overwrites: hold ``lock`` from a scan to its last use.

    Args:
        lua: a LuaJIT.
        slots: the most values in one scan.
        depth: the most containers within each other in one scan.

    Attributes:
        arrays: by name.
        pool: room for one value a code; those of the fixed codes are there.
        numbers, strings, longs, tables, known: the first code of each kind of value.
    """

    def __init__(self, lua: Any, slots: int = 32768, depth: int = 200) -> None:
        self.lock = threading.Lock()
        self.slots = slots
        self.numbers, self.strings, self.longs, self.tables, self.known = (CODES + i * slots for i in range(5))
        self.pool = np.empty(CODES + 5 * slots, object)
        self.pool[1], self.pool[2] = False, True
        self.pool[3:CODES] = np.arange(1.0, SMALL)
        chains = 2 << slots.bit_length()
        self.arrays: dict[str, np.ndarray[Any, Any]] = {
            "numbers": np.zeros(slots),
            "long_start": np.zeros(slots),
            "blob": np.zeros(slots * (SHORT + 1), np.uint8),
            "chains": np.zeros(chains, np.int32),
            **{name: np.zeros(slots, np.int32) for name in _EACH},
            **{name: np.zeros(depth + 1, np.int32) for name in ("open_table", "open_left", "open_cursor")},
        }
        sizes = {
            "slots": slots, "depth": depth, "chains": chains, "short": SHORT, "small": SMALL,
            "NUMBERS": self.numbers, "STRINGS": self.strings, "LONGS": self.longs, "TABLES": self.tables,
            "KNOWN": self.known,
        }  # fmt: skip
        text = Path(__file__).with_name("scan.lua").read_text(encoding="utf-8")
        addresses = {name: array.ctypes.data for name, array in self.arrays.items()}
        arguments = lua.table_from(addresses), lua.table_from(sizes)
        self._binary, self._ascii = (lua.execute(text)(*arguments, is_ascii) for is_ascii in (False, True))

    def scan(
        self,
        data: np.ndarray[Any, Any],
        position: int,
        remaining: int,
        keyed: bool,
        seen: np.ndarray[Any, Any],
        first: int,
        long_size: int,
        binary: bool,
    ) -> Scan:
        """Reads on in a container.

        Args:
            data: the bytes of the file.
            position: where to begin.
            remaining: how many values the container is still to get.
            keyed: whether every other value is a key.
            seen: int32, for each object's number 0 or a mark; the containers met are marked, ``first`` and up.
            first: more than all marks so far.
            long_size: how many bytes a long has, 0 where that is not known.
            binary: the encoding; ASCII otherwise.
        """
        scan = self._binary if binary else self._ascii
        found = scan(
            data.ctypes.data, position, len(data), remaining, keyed, seen.ctypes.data, len(seen), first, long_size
        )
        return Scan(*found)


@functools.cache
def scanner() -> Scanner | None:
    """The scanner of this process, made when first asked for; None where there is no LuaJIT."""
    try:
        from lupa.luajit21 import LuaRuntime
    except ImportError:
        return None
    return Scanner(LuaRuntime(register_eval=False, register_builtins=False, unpack_returned_tuples=True))
