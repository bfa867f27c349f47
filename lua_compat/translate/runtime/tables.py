"""Tables: the type for those that no list stands for, and access that allows for what is missing."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from lua_compat.mapping.objects import Table as _Loaded
from lua_compat.translate.runtime.values import truthy
from pytorch_from_lua.tensor import Tensor


class Table(_Loaded):
    """A Lua table of any keys: a dict whose string keys are attributes too, and where what is missing is None.

    Elements of its list part are under 1, 2, ...

    >>> t = Table([10, 20], name="x")
    >>> t[1], t.name, t.other
    (10, 'x', None)
    """

    __slots__ = ("metatable",)

    def __init__(self, items: Any = (), /, **fields: Any) -> None:
        if isinstance(items, dict):
            super().__init__({k: v for k, v in items.items() if v is not None})
        else:
            super().__init__({i: v for i, v in enumerate(items, 1) if v is not None})
        self.update({k: v for k, v in fields.items() if v is not None})

    def __missing__(self, key: Any) -> Any:
        meta = getattr_slot(self)
        if meta is not None:
            above = meta.get("__index")
            if callable(above):
                return above(self, key)
            if above is not None:
                return above[key]
        return None

    def __getitem__(self, key: Any) -> Any:
        if type(key) is float and key.is_integer():
            key = int(key)
        return super().__getitem__(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        if type(key) is float and key.is_integer():
            key = int(key)
        if value is None:
            self.pop(key, None)
        else:
            super().__setitem__(key, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "metatable":
            object.__setattr__(self, name, value)
        else:
            self[name] = value

    def __call__(self, *args: Any) -> Any:
        meta = getattr_slot(self)
        if meta is None or meta.get("__call") is None:
            raise TypeError("attempt to call a table value")
        return meta["__call"](self, *args)

    def __len__(self) -> int:
        return super().__len__()

    def __bool__(self) -> bool:
        return True

    __hash__ = _Loaded.__hash__


def getattr_slot(table: Table) -> Any:
    """A table's metatable, or None."""
    try:
        return object.__getattribute__(table, "metatable")
    except AttributeError:
        return None


def setmetatable(table: Any, meta: Any) -> Any:
    """Gives a table a metatable; of its events `__index` and `__call` are followed."""
    if not isinstance(table, Table):
        raise TypeError(f"setmetatable: needs a Table, got {type(table).__name__}")
    table.metatable = meta
    return table


def length(value: Any) -> Any:
    """``#value``: of a table the number of elements from 1 on without a gap."""
    if isinstance(value, Table):
        count = 0
        while value.get(count + 1) is not None:
            count += 1
        return count
    if isinstance(value, Tensor):
        return value.shape
    if isinstance(value, dict):
        return length(Table(value))
    return len(value)


def at(values: Any, place: int) -> Any:
    """The element at a place counted from 0, or None where there is none."""
    return values[place] if 0 <= place < len(values) else None


def get(owner: Any, key: Any) -> Any:
    """``owner[key]`` of anything: indices count from 1, and what is missing is None."""
    if isinstance(owner, (list, tuple)):
        return at(owner, int(key) - 1) if isinstance(key, (int, float)) else None
    if isinstance(owner, Tensor):
        from lua_compat.translate.runtime.tensors import element

        return element(owner, int(key) - 1) if isinstance(key, (int, float)) else owner[key]
    if isinstance(owner, dict):
        return owner.get(int(key) if isinstance(key, float) and key.is_integer() else key)
    if isinstance(key, (int, float)):
        return owner[int(key) - 1]
    return getattr(owner, key, None)


def set_(owner: Any, key: Any, value: Any) -> None:
    """``owner[key] = value`` of anything."""
    if isinstance(owner, list):
        put(owner, int(key) - 1, value)
    elif isinstance(owner, Tensor):
        owner[int(key) - 1 if isinstance(key, (int, float)) else key] = value
    elif isinstance(owner, dict):
        if value is None:
            owner.pop(key, None)
        else:
            owner[key] = value
    elif isinstance(key, (int, float)):
        owner[int(key) - 1] = value
    else:
        setattr(owner, key, value)


def put(values: list[Any], place: int, value: Any) -> None:
    """Sets the element at a place counted from 0: one of the list, or the next one.

    Raises:
        IndexError: further behind, where a Lua table would have a gap.
    """
    if place == len(values):
        values.append(value)
    elif 0 <= place < len(values):
        values[place] = value
    else:
        raise IndexError(f"element {place + 1} of a list of {len(values)}: there would be a gap before it")


def method(owner: Any, name: str, *args: Any) -> Any:
    """``owner:name(...)`` of a table with a function in it."""
    return owner[name](owner, *args)


def append(table: Any, value: Any, place: Any = None) -> None:
    """``table.insert`` of a `Table` or a list."""
    if isinstance(table, list):
        table.append(value) if place is None else table.insert(int(place) - 1, value)
        return
    count = length(table)
    if place is None:
        table[count + 1] = value
        return
    for i in range(count, int(place) - 1, -1):
        table[i + 1] = table[i]
    table[int(place)] = value


def remove(values: Any, place: int | None = None) -> Any:
    """``table.remove``; the place counts from 0. None where there is nothing."""
    if isinstance(values, list):
        if not values:
            return None
        return values.pop() if place is None else values.pop(place) if 0 <= place < len(values) else None
    count = length(values)
    first = count if place is None else place + 1
    found = values[first]
    for i in range(first, count + 1):
        values[i] = values[i + 1]
    return found


def concat(values: Any, separator: str = "", first: int = 1, last: int | None = None) -> str:
    """``table.concat``."""
    from lua_compat.translate.runtime.text import tostring

    items = [v for _, v in ipairs(values)]
    return separator.join([tostring(v) for v in items[int(first) - 1 : last]])


def sort(values: list[Any], before: Callable[[Any, Any], Any]) -> None:
    """``table.sort`` with a function that says whether its first argument comes before the second."""
    values.sort(key=functools.cmp_to_key(lambda a, b: -1 if truthy(before(a, b)) else 1 if truthy(before(b, a)) else 0))


def ipairs(values: Any) -> Iterator[tuple[int, Any]]:
    """Numbers from 1 and the elements, up to the first that is missing."""
    if values is None:
        raise TypeError("ipairs: got nil")
    if isinstance(values, (list, tuple)):
        yield from enumerate(values, 1)
        return
    i = 1
    while values.get(i) is not None:
        yield i, values[i]
        i += 1


def pairs(values: Any) -> Iterator[tuple[Any, Any]]:
    """Keys and values, in the order in which they were set."""
    if isinstance(values, (list, tuple)):
        yield from enumerate(values, 1)
    elif isinstance(values, dict):
        yield from list(values.items())
    else:
        yield from list(vars(values).items())


def next_(values: Any) -> Any:
    """The first key, or None: ``next(t)``."""
    for key, _ in pairs(values):
        return key
    return None


def unpack(values: Any) -> list[Any]:
    """The elements of any table as a list."""
    return [v for _, v in ipairs(values)]


def values(given: Any, count: int) -> tuple[Any, ...]:
    """What a call gave as exactly so many values."""
    made = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    return (*made, *[None] * (count - len(made)))[:count]


def iterate(function: Callable[..., Any], count: int = 1, state: Any = None, control: Any = None) -> Iterator[Any]:
    """What an iterator function gives, until its first value is nil."""
    import inspect

    takes = _arguments(function, inspect)
    while True:
        made = function(*(state, control)[:takes])
        first = made[0] if isinstance(made, tuple) else made
        if first is None:
            return
        control = first
        yield values(made, count) if count > 1 else first


def _arguments(function: Callable[..., Any], inspect: Any) -> int:
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 0
    return min(2, sum(1 for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)))


def steps(start: float, stop: float, step: float = 1) -> Iterator[float]:
    """The values of a numeric loop with any step."""
    value = start
    while value <= stop if step > 0 else value >= stop:
        yield value
        value += step


def totable(value: Any) -> Any:
    """The elements of a tensor as lists."""
    return value.tolist() if hasattr(value, "tolist") else list(value)
