"""A short cut for binary files: simple values and small tables in one loop, several times faster than the handlers.

It reads nothing that the handlers would read differently, and leaves whatever is malformed to them.
"""

from __future__ import annotations

from struct import Struct, error
from typing import TYPE_CHECKING, Any

from lua_compat.t7.frame import Frame
from lua_compat.t7.layout import BOOLEAN, NUMBER, OBJECT, STRING, TABLE
from lua_compat.t7.numbers import WORTH_IT

if TYPE_CHECKING:
    from lua_compat.t7.reader import Reader
    from lua_compat.t7.source import BinarySource

_INT = Struct("<i").unpack_from
_TWO_INTS = Struct("<ii").unpack_from
_DOUBLE = Struct("<d").unpack_from
_DOUBLE_AND_TWO_INTS = Struct("<dii").unpack_from
_MISSING = object()

# Strings of up to SHORT bytes, such as the names of fields, are made once and used again, MANY of them at most.
SHORT = 64
MANY = 4096


def read_simple_values(reader: Reader, source: BinarySource, stack: list[Frame], base: int, limit: int) -> bool:
    """Reads numbers, strings, booleans, objects met before, and small tables of these.

    It stops at the first other value, or when ``stack`` has no more than ``base`` frames and the last one is full, or
    after about ``limit`` values; says whether it was that.
    """
    data, position, end = source.data, source.position, source.end
    memo, known_strings, string = reader.memo, reader.strings, reader.builder.string
    begin, fill = reader.builder.table_begin, reader.builder.table_fill
    frame = stack[-1]
    items, remaining, keyed, table = frame.items, frame.remaining, frame.keyed, frame.target
    append = items.append
    begun: list[tuple[list[Any], int, bool, Any]] = []  # what surrounds the tables begun here; cheaper than frames
    value: Any
    more = False
    try:
        for _ in range(limit):
            if remaining:
                tag, size = _TWO_INTS(data, position)  # after the type code: a length, a number or half a double
                if keyed and tag == NUMBER and not remaining & 1:  # a key: what begins its value is read with it
                    value, tag, size = _DOUBLE_AND_TWO_INTS(data, position + 4)
                    if value != value:
                        break
                    append(value)
                    remaining -= 1
                    position += 12
                if tag == NUMBER:
                    (value,) = _DOUBLE(data, position + 4)
                    position += 12
                elif tag == STRING:
                    stop = position + 8 + size
                    if size < 0 or stop > end:
                        break
                    raw = data[position + 8 : stop]
                    value = known_strings.get(raw)
                    if value is None:
                        value = string(raw)
                        if size <= SHORT and len(known_strings) < MANY:
                            known_strings[raw] = value
                    position = stop
                elif tag == TABLE:
                    value = memo.get(size, _MISSING)
                    if value is _MISSING:
                        (count,) = _INT(data, position + 8)
                        if size < 1 or not 0 <= 12 * count <= end - position - 12 or count >= WORTH_IT:
                            break
                        position += 12
                        begun.append((items, remaining, keyed, table))
                        table = memo[size] = begin(count)
                        items, remaining, keyed = [], 2 * count, True
                        append = items.append
                        continue
                    position += 8
                elif tag == OBJECT:
                    value = memo.get(size, _MISSING)
                    if value is _MISSING:
                        break
                    position += 8
                elif tag == BOOLEAN and size in (0, 1):
                    value = size == 1
                    position += 8
                else:
                    break
            elif begun:
                value = table
                fill(value, items)
                items, remaining, keyed, table = begun.pop()
                append = items.append
            elif len(stack) > base:
                stack.pop()
                value = frame.target
                frame.fill(value, items)
                frame = stack[-1]
                items, remaining, keyed, table = frame.items, frame.remaining, frame.keyed, frame.target
                append = items.append
            else:
                break
            append(value)
            remaining -= 1
        else:
            more = True
    except error:
        pass  # fewer than 8 or 12 bytes are left
    source.position = position
    begun.append((items, remaining, keyed, table))
    frame.remaining = begun[0][1]
    stack += [Frame(count, True, fill, target, values) for values, count, _, target in begun[1:]]
    return more
