"""Reads values one after another: one handler a type code, and an explicit stack in place of recursion."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from typing import Any

from lua_compat.errors import T7Error
from lua_compat.t7 import bulk, layout, numbers, width
from lua_compat.t7.builder import Builder, GraphBuilder
from lua_compat.t7.elements import STORAGES, TENSORS, StorageData, storage_class_of
from lua_compat.t7.frame import Frame
from lua_compat.t7.memo import Memo
from lua_compat.t7.quick import read_simple_values
from lua_compat.t7.source import AsciiSource, BinarySource
from lua_compat.t7.values import FUNCTION, LEGACY_RECURSIVE_FUNCTION, RECURSIVE_FUNCTION

_MISSING = object()
_MOST_VALUES = 65536  # read one by one before another look whether many can be read at once
_UNKNOWN_NATIVE = re.compile(r"torch\.\w*(Tensor|Storage)")


class Reader:
    """Reads the values of one file, one after another; a value met again is the same object again.

    Args:
        source: the encoded bytes and a position in them.
        builder: makes the values; the plain object graph where None.

    Attributes:
        objects: the values that have an identity. Kept from value to value.
        stack: the containers that are being read, the innermost last.
    """

    def __init__(self, source: BinarySource | AsciiSource, builder: Builder | None = None) -> None:
        self.source = source
        self.builder: Builder = GraphBuilder() if builder is None else builder
        self.objects = Memo()
        self.strings: dict[bytes, Any] = {}
        self.stack: list[Frame] = []
        self._storages: dict[int, StorageData] = {}
        self._in_bulk = bulk.may_build(self.builder)
        self._nested = False
        self._steps = 0  # values read one by one, in text

    @property
    def memo(self) -> dict[int, Any]:
        """The values that have an identity, by the number that the file gives them."""
        return self.objects.values

    @property
    def position(self) -> int:
        """Where the next value begins, in bytes."""
        return self.source.position

    @position.setter
    def position(self, position: int) -> None:
        self.source.position = position

    def read(self) -> Any:
        """The next value.

        Raises:
            T7Error: where the file is malformed.
        """
        source, stack = self.source, self.stack
        top = Frame(1, False, _nothing_to_fill, None)
        stack.append(top)
        base = len(stack)
        limit = bulk.WORTH_IT_VALUES
        collecting = gc.isenabled()
        gc.disable()  # nothing made here is garbage, and looking for some takes a third of the time
        try:
            while True:
                frame = stack[-1]
                if not frame.remaining:
                    if frame is top:
                        return top.items[0]
                    self.close()
                    continue
                size = 0
                if self._many_simple_values(base, limit):
                    size = bulk.read_values(self, source, base)
                    limit = bulk.WORTH_IT_VALUES if size >= bulk.WORTH_IT_BYTES else min(2 * limit, _MOST_VALUES)
                if size == 0 and stack[-1].remaining:
                    self._step(stack[-1])
        except T7Error as error:
            raise self._located(error) from None
        finally:
            del stack[base - 1 :]
            if collecting:
                gc.enable()

    def _many_simple_values(self, base: int, limit: int) -> bool:
        """Reads simple values one by one where that has a short cut; whether ``limit`` came and many may follow."""
        source = self.source
        more = False
        if isinstance(source, BinarySource):
            more = read_simple_values(self, source, self.stack, base, limit)
        elif isinstance(source, AsciiSource):
            self._steps += 1
            more = self._steps >= limit
            if more:
                self._steps = 0
        return more and self._in_bulk and source.end - source.position >= bulk.WORTH_IT_BYTES

    def close(self) -> None:
        """Gives the container on top of the stack its contents, and puts it into the one below."""
        frame = self.stack.pop()
        frame.fill(frame.target, frame.items)
        below = self.stack[-1]
        below.items.append(frame.target)
        below.remaining -= 1

    def _located(self, error: T7Error) -> T7Error:
        """The error with the class of the object that was being read: it may be one that writes in its own way."""
        class_name = next((f.class_name for f in reversed(self.stack) if f.class_name is not None), None)
        if class_name is None or " (within " in error.problem:
            return error
        return T7Error(error.path, error.offset, f"{error.problem} (within an object of class {class_name})")

    def _step(self, frame: Frame) -> None:
        """The next value of the container on top of the stack, or a new container on top of it."""
        source = self.source
        start = source.position
        tag = source.int_("a type code")
        handler = HANDLERS.get(tag)
        if handler is None:
            raise source.error(f"unknown type code {tag}; allowed are 0 to 8", start)
        value = handler(self, tag, start)
        key = frame.keyed and not frame.remaining & 1
        if key and (value is None or (type(value) is float and value != value)):
            raise source.error(f"a table has the key {'nil' if value is None else 'nan'}", start)
        if type(value) is Frame:
            self.stack.append(value)
        else:
            frame.items.append(value)
            frame.remaining -= 1

    def string(self, size: int, what: str) -> Any:
        """A string of the builder's, out of the next ``size`` bytes."""
        return self.builder.string(self.source.raw(size, what))

    def settle_long_size(self, class_name: str, index: int) -> None:
        """Finds the width of ``long``, before the first one is read."""
        if self.source.long_size is None:
            expected = None if self._nested else sum(frame.remaining - 1 for frame in self.stack)
            self.source.long_size = width.find_long_size(
                self.source.data, self.source.position, class_name, {*self.memo, index}, expected
            )


def _size(reader: Reader, what: str) -> int:
    """A declared number of bytes."""
    start = reader.source.position
    size = reader.source.int_(f"the length of {what}")
    if size < 0:
        raise reader.source.error(f"the length of {what} is negative: {size}", start)
    return size


def _index(reader: Reader) -> int:
    start = reader.source.position
    index = reader.source.int_("an object's number")
    if index < 1:
        raise reader.source.error(f"an object's number is {index}; they count from 1", start)
    return index


def _nil(reader: Reader, tag: int, start: int) -> None:
    return None


def _number(reader: Reader, tag: int, start: int) -> float:
    return reader.source.double("a number")


def _boolean(reader: Reader, tag: int, start: int) -> bool:
    value = reader.source.int_("a boolean")
    if value not in (0, 1):
        raise reader.source.error(f"a boolean is {value}; allowed are 0 and 1", start)
    return value == 1


def _string(reader: Reader, tag: int, start: int) -> Any:
    return reader.string(_size(reader, "a string"), "a string")


def _table(reader: Reader, tag: int, start: int) -> Any:
    index = _index(reader)
    found = reader.memo.get(index, _MISSING)
    if found is not _MISSING:
        return found
    count = reader.source.count(reader.source.int_("a table's size"), "a table's size", start, 3)
    table = reader.memo[index] = reader.builder.table_begin(count)
    return _keyed_frame(reader, Frame(2 * count, True, reader.builder.table_fill, table))


def _keyed_frame(reader: Reader, frame: Frame) -> Frame:
    lists = getattr(reader.builder, "takes_lists", True)
    if frame.remaining >= 2 * numbers.WORTH_IT and lists and isinstance(reader.source, BinarySource):
        numbers.read_entries(reader.source, frame)
    return frame


def _function(reader: Reader, tag: int, start: int) -> Any:
    if tag == FUNCTION:
        function = reader.builder.function_begin(tag, _code(reader))
    else:
        index = _index(reader)
        found = reader.memo.get(index, _MISSING)
        if found is not _MISSING:
            return found
        function = reader.memo[index] = reader.builder.function_begin(tag, _code(reader))
    return Frame(1, False, _fill_one(reader.builder.function_fill), function)


def _fill_one(fill: Callable[[Any, Any], None]) -> Callable[[Any, list[Any]], None]:
    return lambda target, items: fill(target, items[0])


def _nothing_to_fill(target: Any, items: list[Any]) -> None:
    return None


def _code(reader: Reader) -> bytes:
    return reader.source.raw(_size(reader, "a function"), "a function's code")


def _object(reader: Reader, tag: int, start: int) -> Any:
    index = _index(reader)
    found = reader.memo.get(index, _MISSING)
    if found is not _MISSING:
        return found
    class_name, version = _class(reader)
    native = NATIVE.get(class_name)
    if native is not None:
        return native(reader, index, class_name, version)
    if _UNKNOWN_NATIVE.fullmatch(class_name):
        raise reader.source.error(f"unknown tensor or storage class {class_name!r}", start)
    obj = reader.memo[index] = reader.builder.object_begin(class_name, version)
    read = reader.builder.object_reader(obj)
    if read is not None:
        reader._nested = True  # how much more is to come is not known from here on
        read(reader)
        return obj
    return Frame(1, False, _fill_one(reader.builder.object_fill), obj, class_name=class_name)


def _class(reader: Reader) -> tuple[str, int | None]:
    """A class name and its version, which the oldest files do not have."""
    start = reader.source.position
    raw = reader.source.raw(_size(reader, "a class version"), "a class version")
    version = None
    if raw.startswith(b"V "):
        version = layout.version_of(raw)
        if version is None:
            raise reader.source.error(f"a class version is {raw[:64]!r}; it should look like 'V 1'", start)
        start = reader.source.position
        raw = reader.source.raw(_size(reader, "a class name"), "a class name")
    name = layout.class_name_of(raw)
    if name is None:
        raise reader.source.error(f"{raw[:64]!r} is no class name", start)
    return name, version


def _tensor(reader: Reader, index: int, class_name: str, version: int | None) -> Any:
    source, start = reader.source, reader.source.position
    reader.settle_long_size(class_name, index)
    ndim = source.int_("a tensor's number of dimensions")
    if not 0 <= ndim <= layout.MAX_DIMENSIONS:
        raise source.error(f"a tensor has {ndim} dimensions; allowed are 0 to {layout.MAX_DIMENSIONS}", start)
    shape = tuple(source.longs(ndim, "a tensor's sizes"))
    stride = tuple(source.longs(ndim, "a tensor's strides"))
    (offset,) = source.longs(1, "a tensor's storage offset")
    if any(n < 0 for n in shape) or any(s < 0 for s in stride):
        raise source.error(f"a tensor's sizes or strides are negative: {shape}, {stride}", start)
    if offset < 1:
        raise source.error(f"a tensor's storage offset is {offset}; it counts from 1", start)
    storage, size = _storage_of(reader, index, storage_class_of(class_name))
    reach = 0 if 0 in shape or not shape else offset + sum((n - 1) * s for n, s in zip(shape, stride, strict=True))
    if reach > size:
        raise source.error(
            f"a {class_name} of sizes {shape}, strides {stride} and offset {offset} needs {reach} elements, "
            f"its storage has {size}",
            start,
        )
    made = reader.builder.tensor(class_name, TENSORS[class_name], storage, offset - 1, shape, stride)
    reader.memo[index] = made
    return made


def _storage_of(reader: Reader, owner: int, wanted: str) -> tuple[Any, int]:
    """The storage of the tensor numbered ``owner``, and how many elements it has; None and 0 for nil."""
    source, start = reader.source, reader.source.position
    tag = source.int_("a tensor's storage")
    if tag == layout.NIL:
        return None, 0
    if tag != layout.OBJECT:
        raise source.error(f"a tensor's storage has type code {tag}; it should be a {wanted}", start)
    index = _index(reader)
    if index not in reader.memo and index != owner:
        class_name, _ = _class(reader)
        if class_name not in STORAGES:
            raise source.error(f"a tensor's storage is of class {class_name!r}; it should be a {wanted}", start)
        _storage(reader, index, class_name, None)
    data = reader._storages.get(index)
    if data is None or data.class_name != wanted:
        found = "an object that is no storage" if data is None else f"a {data.class_name}"
        raise source.error(f"a tensor's storage is {found}; it should be a {wanted}", start)
    return reader.memo[index], data.count


def _storage(reader: Reader, index: int, class_name: str, version: int | None) -> Any:
    start = reader.source.position
    reader.settle_long_size(class_name, index)
    (count,) = reader.source.longs(1, "a storage's size")
    if count < 0:
        raise reader.source.error(f"a storage's size is negative: {count}", start)
    data = reader._storages[index] = reader.source.elements(class_name, count)
    made = reader.memo[index] = reader.builder.storage(data)
    return made


def _hash(reader: Reader, index: int, class_name: str, version: int | None) -> Frame:
    count = _long_count(reader, class_name, index, 3)
    made = reader.memo[index] = reader.builder.hash_begin(count)
    return _keyed_frame(reader, Frame(2 * count, True, reader.builder.hash_fill, made))


def _vec(reader: Reader, index: int, class_name: str, version: int | None) -> Frame:
    count = _long_count(reader, class_name, index, 1)
    made = reader.memo[index] = reader.builder.vec_begin(count)
    return Frame(count, False, reader.builder.vec_fill, made)


def _long_count(reader: Reader, class_name: str, index: int, values_each: int) -> int:
    start = reader.source.position
    reader.settle_long_size(class_name, index)
    what = f"the size of a {class_name}"
    return reader.source.count(reader.source.longs(1, what)[0], what, start, values_each)


def _opaque(size: int, what: str) -> Callable[[Reader, int, str, int | None], Any]:
    def read(reader: Reader, index: int, class_name: str, version: int | None) -> Any:
        payload = reader.source.raw(size, what)
        made = reader.memo[index] = reader.builder.opaque(class_name, version, payload)
        return made

    return read


#: What reads each type code: ``handler(reader, type code, where it was)`` gives a value, or a frame to fill first.
HANDLERS: dict[int, Callable[[Reader, int, int], Any]] = {
    layout.NIL: _nil,
    layout.NUMBER: _number,
    layout.STRING: _string,
    layout.TABLE: _table,
    layout.OBJECT: _object,
    layout.BOOLEAN: _boolean,
    FUNCTION: _function,
    LEGACY_RECURSIVE_FUNCTION: _function,
    RECURSIVE_FUNCTION: _function,
}

#: What reads the contents of the classes that do not write one value: ``handler(reader, index, class, version)``.
NATIVE: dict[str, Callable[[Reader, int, str, int | None], Any]] = {
    **dict.fromkeys(TENSORS, _tensor),
    **dict.fromkeys(STORAGES, _storage),
    "tds.Hash": _hash,
    "tds.Vec": _vec,
    "torch.Generator": _opaque(layout.GENERATOR_SIZE, "a random generator's state"),
    layout.SHARED: _opaque(layout.SHARED_SIZE, "which value it is"),
}

__all__ = ["HANDLERS", "NATIVE", "Frame", "Reader", "T7Error"]
