"""Lua tables by the ten thousand: what a scan of a ``.t7`` file found, made without a crossing for each value."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from lua_compat.t7 import scanner as s
from lua_compat.t7.frame import Frame
from lua_compat.t7.reader import Reader

_CHUNK = 2000  # values that cross in one call; Lua's stack bounds it
_ARRAYS = (
    "slots", "numbers", "blob", "string_start", "string_size", "long_start", "long_size", "table_index", "table_kind",
    "table_start", "table_size", "table_order", "known",
)  # fmt: skip


class _Made(Collection[Any]):
    """The containers that a scan made, which become values of Python only when somebody asks for them."""

    def __init__(self, lua: Any, tables: Any, count: int) -> None:
        self._lua = lua
        self._tables = tables
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __contains__(self, value: object) -> bool:
        return any(value is one for one in self)

    def __getitem__(self, k: int) -> Any:
        return self._tables[k + 1]

    def __iter__(self) -> Iterator[Any]:
        for start in range(1, self._count + 1, _CHUNK):
            stop = min(start + _CHUNK - 1, self._count)
            found = self._lua.slice(self._tables, start, stop)
            yield from found if stop > start else (found,)


class Bulk:
    """What a Lua builder does with scans.

    Args:
        lua: Lua's side.
    """

    def __init__(self, lua: Any) -> None:
        self._lua = lua
        self._objects: Any = None  # Lua's: the file's objects by their numbers
        self._given: set[int] = set()  # those that were read one by one
        self._build: Any = None

    def make(self, found: s.Scanner, scan: s.Scan, reader: Reader) -> None:
        """Makes the values of a scan and puts them into the containers and frames that they belong to."""
        arrays, frame, builder = found.arrays, reader.stack[-1], reader.builder
        data = np.frombuffer(reader.source.data, np.uint8)
        opened = arrays["open_table"][1 : scan.depth + 1].tolist()
        left, stops = arrays["open_left"][: scan.depth + 1].tolist(), arrays["open_cursor"][: scan.depth + 1].tolist()
        kinds, starts = arrays["table_kind"], arrays["table_start"]
        outer = arrays["slots"][: stops[0] : -1]
        target = frame.target if frame.fill == builder.table_fill else None
        if target is not None and len(frame.items) > 1:
            even = len(frame.items) // 2 * 2
            builder.table_fill(target, frame.items[:even])
            del frame.items[:even]

        build = self._start(found) if self._build is None else self._build
        self._give_known(arrays["known"][: scan.known], reader)
        tables = build(
            self._objects, data.ctypes.data, scan.strings, scan.longs, scan.tables, scan.tables - scan.depth,
            self._table({k: stop for k, stop in zip(opened, stops[1:], strict=True) if kinds[k] == s.TABLE}),
            target, found.slots - 1, stops[0], frame.items[0] if target is not None and frame.items else None,
        )  # fmt: skip
        made = _Made(self._lua, tables, scan.tables)
        reader.objects.remember(arrays["table_index"][: scan.tables].copy(), made)

        def values(codes: np.ndarray[Any, Any]) -> list[Any]:
            return [self._value(code, found, made, data) for code in codes.tolist()]

        if target is None:
            frame.items += values(outer)
        elif len(outer):
            odd = (len(frame.items) + len(outer)) % 2
            frame.items[:] = values(outer[len(outer) - odd :])
        frame.remaining = left[0]
        fills = (builder.table_fill, builder.hash_fill, builder.vec_fill)
        for k, more, stop in zip(opened, left[1:], stops[1:], strict=True):
            kind, first = kinds[k], starts[k]
            if kind == s.TABLE:  # all but a last key is in the table
                first = stop - (stop - first) % 2
            items = values(arrays["slots"][first:stop])
            reader.stack.append(Frame(more, kind != s.VEC, fills[kind], made[k], items))

    def _start(self, found: s.Scanner) -> Any:
        self._objects = self._lua.new_table()
        codes = {name: getattr(found, name) for name in ("numbers", "strings", "longs", "tables", "known")}
        addresses = {name: found.arrays[name].ctypes.data for name in _ARRAYS}
        self._build = self._lua.bulk(self._table(addresses), self._table(codes))
        return self._build

    def _table(self, entries: dict[Any, Any]) -> Any:
        table = self._lua.new_table()
        for key, value in entries.items():
            table[key] = value
        return table

    def _give_known(self, numbers: np.ndarray[Any, Any], reader: Reader) -> None:
        """Lua has the objects that it made; others that are referred to it gets here."""
        for index in set(numbers.tolist()) - self._given:
            value = reader.objects.settled.get(index)
            if value is not None:
                self._objects[index] = value
                self._given.add(index)

    def _value(self, code: int, found: s.Scanner, made: _Made, data: np.ndarray[Any, Any]) -> Any:
        """What a code stands for, as reading one by one would give it."""
        arrays = found.arrays
        if code < found.numbers:
            return found.pool[code]
        if code < found.strings:
            return float(arrays["numbers"][code - found.numbers])
        if code < found.longs:
            start, size = arrays["string_start"][code - found.strings], arrays["string_size"][code - found.strings]
            return arrays["blob"][start : start + size].tobytes()
        if code < found.tables:
            start, size = int(arrays["long_start"][code - found.longs]), arrays["long_size"][code - found.longs]
            return data[start : start + size].tobytes()
        if code < found.known:
            return made[code - found.tables]
        return self._objects[int(arrays["known"][code - found.known])]
