"""What a ``.t7`` file holds, as a tree of lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from lua_compat.t7.bytecode import examine
from lua_compat.t7.raw import RawStorage, RawTensor
from lua_compat.t7.values import T7Function, T7Object, T7Opaque, T7Table, TdsHash, TdsVec

_SHOWN_ENTRIES = 24
_SHOWN_TEXT = 72
_SHOWN_ELEMENTS = 6
_SMALL_STORAGE = 4096
_INDENT = "  "
_DEEPEST_INDENT = 40

_CONTAINERS = (T7Table, TdsVec, T7Object, T7Function)


def lines(value: Any, depth: int | None = 6, entries: int | None = _SHOWN_ENTRIES) -> Iterator[str]:
    """The tree, a line at a time.

    What the file refers to more than once is marked ``#n``, and ``-> #n`` where it comes up again.

    Args:
        value: what `RawBuilder` built.
        depth: how many levels are shown; all where None.
        entries: how many entries of each container are shown; all where None.
    """
    marks = _marks(value)
    seen: set[int] = set()
    stack: list[Iterator[tuple[str, Any]]] = [iter([("", value)])]
    while stack:
        level = len(stack) - 1
        try:
            label, item = next(stack[-1])
        except StopIteration:
            stack.pop()
            continue
        head = _indent(level) + label
        mark = marks.get(id(item))
        if id(item) in seen and mark is not None:
            yield f"{head}-> #{mark}"
            continue
        if item is _MORE:
            yield head
            continue
        seen.add(id(item))
        name = head + _text(item, marks) + (f" #{mark}" if mark is not None else "")
        inner = list(_inner(item, entries))
        if inner and depth is not None and level >= depth:
            yield name + " ..."
            continue
        yield name
        if inner:
            stack.append(iter(inner))


_MORE = object()


def _indent(level: int) -> str:
    """Spaces; from some depth on a number, so that a chain of a hundred thousand tables can be shown."""
    return _INDENT * level if level <= _DEEPEST_INDENT else _INDENT * _DEEPEST_INDENT + f"({level}) "


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, T7Table):
        return value.flat()
    if isinstance(value, TdsVec):
        return value.items
    if isinstance(value, T7Object):
        return (value.contents,)
    if isinstance(value, T7Function):
        return (value.upvalues,)
    if isinstance(value, RawTensor) and value.storage is not None:
        return (value.storage,)
    return ()


def _marks(value: Any) -> dict[int, int]:
    """A number for each object that is met more than once, by its ``id``."""
    met: dict[int, int] = {}
    todo = [value]
    while todo:
        item = todo.pop()
        if not isinstance(item, (*_CONTAINERS, RawTensor, RawStorage, T7Opaque)):
            continue
        met[id(item)] = met.get(id(item), 0) + 1
        if met[id(item)] == 1:
            todo += reversed(list(_children(item)))
    repeated = [i for i, count in met.items() if count > 1]
    return {i: n for n, i in enumerate(repeated, 1)}


def _inner(value: Any, entries: int | None) -> Iterator[tuple[str, Any]]:
    """Labels and values of what is shown below a value."""
    if isinstance(value, T7Object):
        if isinstance(value.contents, T7Table):
            yield from _inner(value.contents, entries)
        elif value.contents is not None:
            yield "contents: ", value.contents
    elif isinstance(value, T7Table):
        yield from _limited(((f"{_key(k)}: ", v) for k, v in value.items()), len(value), entries)
    elif isinstance(value, TdsVec):
        yield from _limited(((f"{i}: ", v) for i, v in enumerate(value.items, 1)), len(value), entries)
    elif isinstance(value, T7Function) and isinstance(value.upvalues, T7Table) and len(value.upvalues):
        yield "captured: ", value.upvalues


def _limited(pairs: Iterable[tuple[str, Any]], count: int, entries: int | None) -> Iterator[tuple[str, Any]]:
    for n, pair in enumerate(pairs):
        if n == entries:
            yield f"... {count - n} more", _MORE
            return
        yield pair


def _key(key: Any) -> str:
    if isinstance(key, str) and key.isidentifier():
        return key
    return _scalar(key) if isinstance(key, (str, bytes, float, bool)) else f"[{_text(key, {})}]"


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.17g}" if not value.is_integer() or abs(value) >= 1e15 else str(int(value))
    shown = repr(value[:_SHOWN_TEXT])
    return shown if len(value) <= _SHOWN_TEXT else f"{shown}... ({len(value)} long)"


def _text(value: Any, marks: dict[int, int]) -> str:
    if value is None:
        return "nil"
    if isinstance(value, (bool, float, str, bytes)):
        return _scalar(value)
    if isinstance(value, RawTensor):
        return _tensor(value, marks)
    if isinstance(value, RawStorage):
        return f"{value.data.class_name} of {value.data.count}{_elements(value.array, value.data.count, value)}"
    if isinstance(value, T7Object):
        return value.class_name + _version(value.version)
    if isinstance(value, T7Function):
        about = str(examine(value.code))
        return f"function of {len(value.code)} bytes" + (f" ({about})" if about else "")
    if isinstance(value, T7Opaque):
        return f"{value.class_name} of {len(value.payload)} bytes"
    kind = "tds.Hash" if isinstance(value, TdsHash) else "tds.Vec" if isinstance(value, TdsVec) else "table"
    return f"{kind} of {len(value)}"


def _version(version: int | None) -> str:
    if version == 1:
        return ""
    return " (no version)" if version is None else f" (version {version})"


def _tensor(value: RawTensor, marks: dict[int, int]) -> str:
    size = "x".join(map(str, value.shape)) or "without elements"
    shared = marks.get(id(value.storage))
    storage = "" if shared is None else f" (storage #{shared} from {value.offset + 1})"

    def array() -> np.ndarray[Any, Any]:
        assert value.storage is not None
        flat = value.storage.array()[value.offset :]
        strides = [s * flat.itemsize for s in value.stride]
        return np.lib.stride_tricks.as_strided(flat, value.shape, strides).reshape(-1)

    count = int(np.prod(value.shape, dtype=object)) if value.shape else 0
    return f"{value.class_name} {size}{storage}{_elements(array, count, value.storage)}"


def _elements(array: Any, count: int, storage: RawStorage | None) -> str:
    """The elements, where there are few of them and looking at them costs little."""
    if not 0 < count <= _SHOWN_ELEMENTS or storage is None or storage.data.count > _SMALL_STORAGE:
        return ""
    return " = " + " ".join(f"{v:.6g}" for v in array().tolist())
