"""Where things are in a file: places written as Lua would write them, and a walk over all that is at one."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from enum import Enum
from itertools import pairwise
from typing import Any

from lua_compat.t7.raw import RawStorage, RawTensor
from lua_compat.t7.values import T7Function, T7Object, T7Opaque, T7Table, TdsVec

#: What has an identity in a file: it can be met again at another place.
OBJECTS = (T7Table, TdsVec, T7Object, T7Function, T7Opaque, RawTensor, RawStorage)
#: Keys of a place's text that are written out at both ends of a long one.
_FIRST, _LAST = 4, 12
_LONGEST_KEY = 60
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = re.compile(
    r"and|break|do|else|elseif|end|false|for|function|goto|if|in|local|nil|not|or|repeat|return|then|true|until|while"
)


class Part(Enum):
    """A step that is no key: an object's contents other than fields, what a function captured, a table as a key."""

    CONTENTS = " (contents)"
    CAPTURED = " (captured)"
    KEY = " (key)"


class Place:
    """A place in a file: a key at another place. Its text is made when it is asked for.

    >>> str(Place(Place(Place(None, "net"), "modules"), 1.0))
    'net.modules[1]'
    >>> str(Place(None, None))
    '(top)'
    """

    __slots__ = ("key", "up")

    def __init__(self, up: Place | None, key: Any) -> None:
        self.up = up
        self.key = key

    def steps(self) -> list[Any]:
        """The keys from the top down."""
        found = []
        place: Place | None = self
        while place is not None:
            if place.key is not None:
                found.append(place.key)
            place = place.up
        return found[::-1]

    def __str__(self) -> str:
        keys = self.steps()
        if not keys:
            return "(top)"
        left = len(keys) - _FIRST - _LAST
        if left > 1:
            return f"{_text(keys[:_FIRST])}...({left} more)...{_text(keys[-_LAST:])}".lstrip(".")
        return _text(keys).lstrip(".").strip()


TOP = Place(None, None)


def _text(keys: list[Any]) -> str:
    return "".join(map(step_text, keys))


def step_text(key: Any) -> str:
    """A key as it follows a place: ``.weight``, ``[1]``, ``["a b"]``."""
    if isinstance(key, Part):
        return key.value
    if isinstance(key, str) and _NAME.fullmatch(key) and _WORDS.fullmatch(key) is None and len(key) <= _LONGEST_KEY:
        return f".{key}"
    return f"[{key_text(key)}]"


def key_text(key: Any) -> str:
    """A key as it stands in brackets: ``1``, ``"a b"``, ``true``."""
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, float):
        return str(int(key)) if key.is_integer() and abs(key) < 1e15 else f"{key:.17g}"
    if isinstance(key, (str, bytes)):
        return quoted(key, _LONGEST_KEY)
    return str(getattr(key, "class_name", "table"))


def quoted(text: str | bytes, longest: int) -> str:
    r"""A string between quotes on one line, every character that does not print written out, cut where it is long.

    >>> print(quoted("a\n" + chr(0x202E) + "b", 20), quoted(b"\xff", 20), quoted("abcdef", 3))
    "a\n\u202eb" "\xff" "abc"... (6 long)
    """
    shown = text[:longest]
    inner = repr(shown)[2:-1] if isinstance(shown, bytes) else repr(shown)[1:-1]
    made = '"' + inner.replace("\\'", "'").replace('"', '\\"') + '"'
    return made if len(text) <= longest else f"{made}... ({len(text)} long)"


def children(value: Any) -> Iterator[tuple[Any, Any]]:
    """The keys and values below a value; the elements of a list in order, whatever the file's order is."""
    if isinstance(value, T7Table):
        for key, item in value.items() if not _out_of_order(value) else _sorted(value):
            if isinstance(key, OBJECTS):
                yield Part.KEY, key
            yield key, item
    elif isinstance(value, TdsVec):
        yield from ((float(i), item) for i, item in enumerate(value.items, 1))
    elif isinstance(value, T7Object):
        if isinstance(value.contents, T7Table):
            yield from children(value.contents)
        elif value.contents is not None:
            yield Part.CONTENTS, value.contents
    elif isinstance(value, T7Function) and isinstance(value.upvalues, T7Table) and len(value.upvalues):
        yield Part.CAPTURED, value.upvalues


def _out_of_order(table: T7Table) -> bool:
    numbers = [k for k in table.keys() if type(k) is float]  # noqa: SIM118 - a table is no dict
    return any(a > b for a, b in pairwise(numbers))


def _sorted(table: T7Table) -> list[tuple[Any, Any]]:
    """Numbers first and in order, then the others in the order of the file."""
    entries = list(table.items())
    numbers = sorted((e for e in entries if type(e[0]) is float), key=lambda e: e[0])
    return numbers + [e for e in entries if type(e[0]) is not float]


def walk(value: Any) -> list[tuple[Place, Any]]:
    """Every object of a graph once, at its shortest place; in the order in which a reader would meet them there."""
    places: dict[int, Place] = {}
    below: dict[int, list[Any]] = {}
    queue: deque[tuple[Place, Any, int]] = deque([(TOP, value, 0)])
    while queue:
        place, item, owner = queue.popleft()
        if not isinstance(item, OBJECTS) or id(item) in places:
            continue
        places[id(item)] = place
        below.setdefault(owner, []).append(item)
        queue.extend(
            (Place(place, key), child, id(item)) for key, child in children(item) if isinstance(child, OBJECTS)
        )
    found = []
    waiting = below.get(0, [])[:]
    while waiting:
        item = waiting.pop()
        found.append((places[id(item)], item))
        waiting += reversed(below.get(id(item), ()))
    return found
