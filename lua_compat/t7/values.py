"""The plain object graph that stands for what a ``.t7`` file holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

T = TypeVar("T", bound="T7Table")

#: The type codes that a serialized function can have: the first form without an identity, then two with one.
FUNCTION, LEGACY_RECURSIVE_FUNCTION, RECURSIVE_FUNCTION = 6, 7, 8


def _index_key(key: Any) -> Any:
    """A dictionary key under which Lua's ``true`` and ``1`` are two things, as in Lua and unlike in Python."""
    return (bool, key) if key is True or key is False else key


def _short(key: Any) -> str:
    if type(key) is float and key.is_integer():
        return str(int(key))
    return repr(key) if isinstance(key, (str, bytes, int, float)) else f"<{type(key).__name__}>"


class T7Table:
    """A Lua table: its entries in the order of the file.

    Numbers are floats at this level, as in Lua, and ``table[1]`` finds the key ``1.0``. Tables compare by identity,
    as in Lua, so that they can be keys themselves.

    >>> t = T7Table.of({"a": 1.0, 1: "one"})
    >>> t["a"], t[1], t.get("missing"), len(t)
    (1.0, 'one', None, 2)
    """

    __slots__ = ("__weakref__", "_flat", "_index")

    def __init__(self, keys: Iterable[Any] = (), values: Iterable[Any] = ()) -> None:
        self.fill([x for entry in zip(keys, values, strict=True) for x in entry])

    @classmethod
    def of(cls: type[T], given: Mapping[Any, Any] | Iterable[Any]) -> T:
        """A table with a mapping's entries, or with the elements of any other iterable at 1, 2, 3, ..."""
        if isinstance(given, Mapping):
            return cls(given.keys(), given.values())
        values = list(given)
        return cls(map(float, range(1, len(values) + 1)), values)

    def fill(self, flat: list[Any]) -> None:
        """Takes the list (not a copy of it) as its entries: key, value, key, value, ..."""
        self._flat = flat
        self._index: dict[Any, int] | None = None

    def flat(self) -> list[Any]:
        """The entries as one list, key, value, key, value, ...: the table's own, not to be changed."""
        return self._flat

    def keys(self) -> list[Any]:
        """The keys in order."""
        return self._flat[0::2]

    def values(self) -> list[Any]:
        """The values in the order of their keys."""
        return self._flat[1::2]

    def items(self) -> Iterator[tuple[Any, Any]]:
        """The entries in order."""
        each = iter(self._flat)
        return zip(each, each, strict=True)

    def get(self, key: Any, default: Any = None) -> Any:
        """The value at a key, or ``default`` where there is none."""
        place = self._find(key)
        return default if place is None else self._flat[place]

    def length(self) -> int:
        """Lua's ``#``: the largest n such that all of 1..n are keys."""
        n = 0
        while self._find(n + 1) is not None:
            n += 1
        return n

    def is_list(self) -> bool:
        """Whether the keys are 1..n and nothing else; so for an empty table."""
        keys = self.keys()
        if not all(type(k) in (float, int) for k in keys):
            return False
        return keys == list(range(1, len(keys) + 1)) or set(keys) == set(range(1, len(keys) + 1))

    def to_list(self) -> list[Any]:
        """The values at 1..`length` in that order."""
        return [self[i] for i in range(1, self.length() + 1)]

    def _find(self, key: Any) -> int | None:
        index = getattr(self, "_index", None)  # a reader leaves it unset
        if index is None:
            index = self._index = {_index_key(k): 2 * i + 1 for i, k in enumerate(self._flat[0::2])}
        return index.get(_index_key(key))

    def __len__(self) -> int:
        return len(self._flat) // 2

    def __bool__(self) -> bool:
        return True  # as in Lua: an empty table is a value like any other

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys())

    def __contains__(self, key: Any) -> bool:
        return self._find(key) is not None

    def __getitem__(self, key: Any) -> Any:
        place = self._find(key)
        if place is None:
            raise KeyError(key)
        return self._flat[place]

    def __setitem__(self, key: Any, value: Any) -> None:
        place = self._find(key)
        if place is not None:
            self._flat[place] = value
            return
        assert self._index is not None
        self._index[_index_key(key)] = len(self._flat) + 1
        self._flat += (key, value)

    def __repr__(self) -> str:
        shown = [k if type(k) is not float or not k.is_integer() else int(k) for k in self._flat[0:16:2]]
        names = ", ".join(
            repr(k) if isinstance(k, (str, bytes, int, float)) else f"<{type(k).__name__}>" for k in shown
        )
        more = ", ..." if len(self) > 8 else ""
        return f"{type(self).__name__}({len(self)} entries: {names}{more})"


class TdsHash(T7Table):
    """A ``tds.Hash``: a table kept outside of Lua's memory, written in a form of its own."""

    __slots__ = ()


class TdsVec:
    """A ``tds.Vec``: a list kept outside of Lua's memory, written in a form of its own.

    Attributes:
        items: its elements, the first one at 0.
    """

    __slots__ = ("__weakref__", "items")

    def __init__(self, items: Iterable[Any] = ()) -> None:
        self.items = list(items)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __getitem__(self, index: int) -> Any:
        return self.items[index]

    def __repr__(self) -> str:
        return f"TdsVec({len(self.items)} items)"


class T7Object:
    """An object of a Torch7 class.

    Attributes:
        class_name: such as ``"nn.Linear"``.
        version: the number in ``"V 1"``; None in files from before classes had versions.
        contents: what its class wrote: nearly always a `T7Table` of its fields.
    """

    __slots__ = ("__weakref__", "class_name", "contents", "version")

    def __init__(self, class_name: str, version: int | None = 1, contents: Any = None) -> None:
        self.class_name = class_name
        self.version = version
        self.contents = contents

    def __repr__(self) -> str:
        return f"T7Object({self.class_name})"


class T7Function:
    """A Lua function as it was dumped. It is kept, never run, and can be written back.

    Attributes:
        code: the dumped bytes.
        upvalues: a `T7Table` of the values that it had captured: the values themselves for kinds 6 and 7, tables
            with ``name`` and ``value`` for kind 8.
        kind: the type code that it had in the file.
    """

    __slots__ = ("__weakref__", "code", "kind", "upvalues")

    def __init__(self, code: bytes, upvalues: Any = None, kind: int = RECURSIVE_FUNCTION) -> None:
        self.code = code
        self.upvalues = upvalues
        self.kind = kind

    def __repr__(self) -> str:
        return f"T7Function({len(self.code)} bytes)"


class T7Opaque:
    """An object whose class writes raw bytes, such as ``torch.Generator``; kept as they are.

    Attributes:
        class_name: such as ``"torch.Generator"``.
        version: the number in ``"V 1"``, or None.
        payload: the bytes.
    """

    __slots__ = ("__weakref__", "class_name", "payload", "version")

    def __init__(self, class_name: str, version: int | None, payload: bytes) -> None:
        self.class_name = class_name
        self.version = version
        self.payload = payload

    def __repr__(self) -> str:
        return f"T7Opaque({self.class_name}, {len(self.payload)} bytes)"
