"""A short cut for writing binary files: numbers, strings and booleans of the plain object graph, in one step each.

It writes nothing that the describer and the rules would write differently.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Any

from lua_compat.t7.describe import Describer, GraphDescriber
from lua_compat.t7.layout import BOOLEAN, NUMBER, STRING
from lua_compat.t7.sink import AsciiSink, BinarySink

_NUMBER = Struct("<id").pack
_TWO_INTS = Struct("<ii").pack
_BOOLEANS = (_TWO_INTS(BOOLEAN, 0), _TWO_INTS(BOOLEAN, 1))
_LONGEST = 2**20  # bytes of a string; the others gain nothing


def _number(value: float) -> bytes:
    return _NUMBER(NUMBER, value)


def _bytes(value: bytes) -> bytes | None:
    return _TWO_INTS(STRING, len(value)) + value if len(value) < _LONGEST else None


def _str(value: str) -> bytes | None:
    try:
        return _bytes(value.encode("utf-8"))
    except UnicodeEncodeError:  # the describer says what is wrong
        return None


def _boolean(value: bool) -> bytes:
    return _BOOLEANS[value]


_ENCODERS: dict[type, Callable[[Any], bytes | None]] = {float: _number, bytes: _bytes, str: _str, bool: _boolean}


def encoders(describer: Describer, sink: AsciiSink | BinarySink) -> dict[type, Callable[[Any], bytes | None]]:
    """What gives the bytes of a value of a type, or None where the rules must."""
    little_endian = isinstance(sink, BinarySink) and sink.order == "<"
    return _ENCODERS if type(describer) is GraphDescriber and little_endian else {}
