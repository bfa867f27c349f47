"""Writes values one after another: one rule a kind of value, and an explicit stack in place of recursion."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from operator import length_hint
from typing import Any

from lua_compat.errors import T7Error
from lua_compat.t7 import describe as d
from lua_compat.t7 import layout, leaves
from lua_compat.t7.elements import STORAGES, TENSORS
from lua_compat.t7.sink import AsciiSink, BinarySink
from lua_compat.t7.values import FUNCTION

_LONGEST_PLACE = 20  # keys shown of the way to a value that cannot be written


class Writer:
    """Writes values to one file, one after another; a value met again is only referred to.

    Args:
        write: takes bytes, such as a file's ``write``.
        format: ``"binary"`` or ``"ascii"``.
        long_size: how many bytes a C ``long`` has on the machine that will read the file, 4 or 8 (binary only).
        describer: says what the values are; the plain object graph where None.
        name: what errors call the file.

    Attributes:
        sink: the encoding, for what a class writes on its own.
        referenced: whether a value met again is referred to. Otherwise it is written anew each time, as a file whose
            reader does not remember needs it; then it may not contain itself.
    """

    def __init__(
        self,
        write: Callable[[Any], Any],
        *,
        format: str = "binary",
        long_size: int = 8,
        describer: d.Describer | None = None,
        name: str = "<bytes>",
    ) -> None:
        self.sink: BinarySink | AsciiSink
        self.encode(write, format=format, long_size=long_size)
        self.describer: d.Describer = d.GraphDescriber() if describer is None else describer
        self.name = name
        self.referenced = True
        self._count = 0
        self._indices: dict[Hashable, int] = {}
        self._kept: list[Any] = []  # so that no identity is given to another value meanwhile
        self._stack: list[tuple[Iterator[Any], list[Any], bool | None]] = []  # what is left, all, whether with keys
        self._begun: Hashable = None  # the last object that was given a number
        self._around: dict[Hashable, int] = {}  # without references: the objects around the current value, by depth

    def encode(self, write: Callable[[Any], Any], *, format: str, long_size: int = 8, order: str = "<") -> None:
        """Goes on in another encoding, or to another stream: what was written stays known.

        Args: as for the class, and ``order``, which is ``">"`` for big-endian.
        """
        if format not in ("binary", "ascii"):
            raise ValueError(f"format: needs 'binary' or 'ascii', got {format!r}")
        self.sink = AsciiSink(write) if format == "ascii" else BinarySink(write, long_size, order)

    def write(self, value: Any) -> None:
        """Writes the value and all that it holds.

        Raises:
            T7Error: where it holds something that a ``.t7`` file cannot; it says where.
        """
        stack = self._stack
        base = len(stack)
        stack.append((iter([value]), [value], False))
        encoder, put = leaves.encoders(self.describer, self.sink).get, self.sink.raw
        try:
            while len(stack) > base:
                for inner in stack[-1][0]:
                    encode = encoder(type(inner))
                    raw = None if encode is None else encode(inner)
                    if raw is not None:
                        put(raw)
                        continue
                    description = self.describer.describe(inner)
                    begun = RULES[type(description)](self, description, inner)
                    if begun is not None:
                        stack.append(begun)
                        if not self.referenced:
                            self._around[self._begun] = len(stack)
                        break
                else:
                    stack.pop()
                    if self._around and next(reversed(self._around.values())) > len(stack):
                        self._around.popitem()
        except d.UnwritableError as error:
            raise T7Error(self.name, None, f"{self._place()}: {error}") from None
        finally:
            del stack[base:]
            while self._around and next(reversed(self._around.values())) > base:
                self._around.popitem()

    def _place(self) -> str:
        """The way from the first value to the current one."""
        steps: list[Any] = []
        captured = 0  # how many levels of a function's list of {name =, value =} are still to come
        for left, whole, keyed in self._stack[1:]:
            captured = 2 if keyed is None else captured
            at = len(whole) - length_hint(left) - 1
            if not keyed or at < 0:
                continue
            key = whole[at - at % 2]
            captured, was = max(captured - 1, 0), captured
            if was == 1 and key == "value" and "name" in whole[0::2]:
                steps[-1] = d.Upvalue(str(whole[2 * whole[0::2].index("name") + 1]))
            else:
                steps.append(int(key) if type(key) is float and key.is_integer() else key)
        shown = self.describer.place(steps[:_LONGEST_PLACE])
        return shown + ("..." if len(steps) > _LONGEST_PLACE else "")

    def _is_new(self, tag: int, identity: Hashable, value: Any) -> bool:
        """Writes the type code and the number of an object; whether its contents must follow."""
        index = self._indices.get(identity) if self.referenced else None
        if identity in self._around:
            raise d.UnwritableError("it contains itself, which only a file with references can hold")
        self.sink.int_(tag)
        if index is not None:
            self.sink.int_(index)
            return False
        self._count += 1
        if self.referenced:
            self._indices[identity] = self._count
            self._kept.append(value)
        self._begun = identity
        self.sink.int_(self._count)
        return True

    def _chars(self, raw: bytes) -> None:
        self.sink.int_(len(raw))
        self.sink.raw(raw)

    def _class(self, class_name: str, version: int | None) -> None:
        raw = class_name.encode("utf-8")
        if layout.class_name_of(raw) is None:
            raise d.UnwritableError(f"{class_name[:64]!r} is no class name")
        if version is not None:
            self._chars(b"V %d" % version)
        self._chars(raw)


def _contents(items: d.Items, keyed: bool) -> tuple[Iterator[Any], list[Any], bool]:
    whole = items() if callable(items) else items
    if keyed:
        for key in whole[0::2]:
            if key is None or (type(key) is float and key != key):
                raise d.UnwritableError(f"a table cannot have the key {'nil' if key is None else 'nan'}")
    return iter(whole), whole, keyed


def _nil(w: Writer, description: d.Nil, value: Any) -> None:
    w.sink.int_(layout.NIL)


def _number(w: Writer, description: d.Number, value: Any) -> None:
    w.sink.int_(layout.NUMBER)
    w.sink.double(description.value)


def _boolean(w: Writer, description: d.Boolean, value: Any) -> None:
    w.sink.int_(layout.BOOLEAN)
    w.sink.int_(1 if description.value else 0)


def _string(w: Writer, description: d.String, value: Any) -> None:
    w.sink.int_(layout.STRING)
    w._chars(description.raw)


def _table(w: Writer, description: d.Table, value: Any) -> Any:
    if not w._is_new(layout.TABLE, description.identity, value):
        return None
    contents = _contents(description.items, True)
    w.sink.int_(len(contents[1]) // 2)
    return contents


def _hash(w: Writer, description: d.Hash, value: Any) -> Any:
    if not w._is_new(layout.OBJECT, description.identity, value):
        return None
    w._class("tds.Hash", 0)
    contents = _contents(description.items, True)
    w.sink.longs([len(contents[1]) // 2])
    return contents


def _vec(w: Writer, description: d.Vec, value: Any) -> Any:
    if not w._is_new(layout.OBJECT, description.identity, value):
        return None
    w._class("tds.Vec", 0)
    contents = _contents(description.items, False)
    w.sink.longs([len(contents[1])])
    return contents


def _object(w: Writer, description: d.Object, value: Any) -> Any:
    if not w._is_new(layout.OBJECT, description.identity, value):
        return None
    w._class(description.class_name, description.version)
    if description.write is not None:
        if not w.referenced:
            w._around[description.identity] = len(w._stack)
        description.write(w)
        w._around.pop(description.identity, None)
        return None
    return _contents([description.contents], False)


def _function(w: Writer, description: d.Function, value: Any) -> Any:
    if description.kind == FUNCTION:
        w.sink.int_(FUNCTION)
        w._begun = object()
    elif not w._is_new(description.kind, description.identity, value):
        return None
    w._chars(description.code)
    return iter([description.upvalues]), [description.upvalues], None


def _tensor(w: Writer, description: d.TensorOf, value: Any) -> Any:
    if description.class_name not in TENSORS:
        raise d.UnwritableError(f"{description.class_name!r} is no tensor class")
    if not w._is_new(layout.OBJECT, description.identity, value):
        return None
    w._class(description.class_name, 1)
    w.sink.int_(len(description.shape))
    w.sink.longs(description.shape)
    w.sink.longs(description.stride)
    w.sink.longs([description.offset + 1])
    return _contents([description.storage], False)


def _storage(w: Writer, description: d.StorageOf, value: Any) -> None:
    if description.class_name not in STORAGES:
        raise d.UnwritableError(f"{description.class_name!r} is no storage class")
    if w._is_new(layout.OBJECT, description.identity, value):
        w._class(description.class_name, 1)
        w.sink.longs([len(description.array)])
        w.sink.elements(description.class_name, description.array)


def _opaque(w: Writer, description: d.Opaque, value: Any) -> None:
    if w._is_new(layout.OBJECT, description.identity, value):
        w._class(description.class_name, description.version)
        w.sink.raw(description.payload)


#: What writes each kind of value: ``rule(writer, description, value)`` gives None, or what it holds to write next.
RULES: dict[type, Callable[[Writer, Any, Any], Any]] = {
    d.Nil: _nil,
    d.Number: _number,
    d.Boolean: _boolean,
    d.String: _string,
    d.Table: _table,
    d.Hash: _hash,
    d.Vec: _vec,
    d.Object: _object,
    d.Function: _function,
    d.TensorOf: _tensor,
    d.StorageOf: _storage,
    d.Opaque: _opaque,
}
