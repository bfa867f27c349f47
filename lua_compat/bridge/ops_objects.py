"""Lua values to and from torch.File: what the .t7 reader builds, and what the .t7 writer is told.

A `Codec` holds the Lua functions that make and look at Lua values. Tables cross as lupa's proxies while a value is
being read or written, and never stay.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from lua_compat import t7
from lua_compat.bridge import cuda
from lua_compat.bridge.bulk import Bulk
from lua_compat.bridge.containers import SHARED as SHARED_CONTAINERS
from lua_compat.bridge.ops_files import File, beside, close, discard, disk_file, put_in_place
from lua_compat.bridge.streams import PipeStream, StorageStream
from lua_compat.errors import FileError
from lua_compat.t7 import bytecode
from lua_compat.t7 import describe as d
from lua_compat.t7.bigendian import BigEndianSource
from lua_compat.t7.builder import GraphBuilder
from lua_compat.t7.elements import Element, StorageData
from lua_compat.t7.files import bytes_reader, open_reader
from lua_compat.t7.layout import SHARED, SHARED_SIZE
from lua_compat.t7.mapped import map_file
from lua_compat.t7.source import AsciiSource, BinarySource
from lua_compat.t7.stream import STREAMS, AsciiStream, BigEndianStream, BinaryStream
from lua_compat.t7.values import RECURSIVE_FUNCTION
from pytorch_from_lua.tensor import Storage, Tensor
from pytorch_from_lua.tensor.generator import Generator

FUNCTIONS: dict[str, Callable[..., Any]] = {}

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_CHUNK = 2000  # values that cross in one call; Lua's stack bounds it
_NOT_WANTED = "functions in files are not run here, by --no-bytecode"


def _exported(function: Callable[..., Any]) -> Callable[..., Any]:
    FUNCTIONS[function.__name__] = function
    return function


class Codec:
    """Lua's side: ``new_table()``, ``fill(table, ...)``, ``new_object(class, file)``, ``has_read(object)``,
    ``read(object, file, version)``, ``fill_object(object, contents)``, ``new_function(code, named)``,
    ``foreign_function(kind, code, reason)``, ``fill_function(function, upvalues, cells)``, ``generator(state)``,
    ``bulk(arrays, codes)``, ``inspect(value)``, ``dump(function, cells)``, ``entries(value)``,
    ``slice(entries, from, to)`` and ``write(object, file)``; ``header``, with which this LuaJIT's dumps begin, and
    ``bytecode``, whether they may run; ``cuda``, whether Cuda tensors are of types of their own;
    ``share_container(value)`` and ``container_of(holder)``, a tds container as all threads have it and back.
    """

    def __init__(self, **members: Any) -> None:
        self.__dict__.update(members)


_NAMES = (
    *("new_table", "fill", "new_object", "has_read", "read", "fill_object", "new_function", "foreign_function"),
    *("fill_function", "generator", "bulk", "inspect", "dump", "entries", "slice", "write", "header", "bytecode"),
    *("cuda", "share_container", "container_of"),
)


@_exported
def codec(*members: Any) -> Codec:
    """A codec of Lua's values, in the order of their names."""
    return Codec(**dict(zip(_NAMES, members, strict=True)))


def _weak(file: File) -> Callable[[], Any]:
    """The file, as long as Lua holds it. Its reader and writer must not keep it: they hold Lua values, which would then
    wait for two garbage collectors.
    """
    return weakref.ref(file)


class LuaBuilder(GraphBuilder):
    """Makes Lua tables and objects; tensors and storages are the reader's own."""

    takes_lists = False  # of floats, one by one: Lua gets them faster from a scan

    def __init__(self, codec: Codec, file: File) -> None:
        self.lua: Any = codec
        self.file = _weak(file)
        self.version: int | None = None
        self.cells: Any = None  # Lua's table of the variables that functions share
        self._bulk = Bulk(codec)

    def bulk(self, found: Any, scan: Any, reader: Any) -> None:
        """Many values at once."""
        self._bulk.make(found, scan, reader)

    def string(self, raw: bytes) -> Any:
        """Lua's strings are bytes."""
        return raw

    def table_begin(self, count: int) -> Any:
        """An empty Lua table."""
        return self.lua.new_table()

    def table_fill(self, table: Any, items: list[Any]) -> None:
        """Gives it its entries, many at a time."""
        fill = self.lua.fill
        for start in range(0, len(items), _CHUNK):
            fill(table, *items[start : start + _CHUNK])

    def hash_begin(self, count: int) -> Any:
        """An empty tds.Hash."""
        return self.lua.new_object("tds.Hash")

    def hash_fill(self, table: Any, items: list[Any]) -> None:
        """Gives it its entries."""
        self.table_fill(table, items)

    def vec_begin(self, count: int) -> Any:
        """An empty tds.Vec."""
        return self.lua.new_object("tds.Vec")

    def vec_fill(self, vec: Any, items: list[Any]) -> None:
        """Its elements."""
        flat: list[Any] = []
        for i, value in enumerate(items, 1):
            flat += (i, value)
        self.table_fill(vec, flat)

    def object_begin(self, class_name: str, version: int | None) -> Any:
        """An instance whose __init was not called.

        Raises:
            LuaError: where no class has that name.
        """
        self.version = version
        return self.lua.new_object(class_name, self.file())

    def object_reader(self, obj: Any) -> Callable[[Any], None] | None:
        """The class's own read(file, version)."""
        if not self.lua.has_read(obj):
            return None
        version = self.version

        def read(reader: Any) -> None:
            file = self.file()
            _leave(file, reader)
            self.lua.read(obj, file, version or 0)
            _enter(file, reader)

        return read

    def object_fill(self, obj: Any, contents: Any) -> None:
        """Its fields."""
        self.lua.fill_object(obj, contents)

    def function_begin(self, kind: int, code: bytes) -> Any:
        """The function of some bytecode, or one in its place that says, when it is called, why it cannot run."""
        lua = self.lua
        dump = bytecode.examine(code, _encoded(lua.header))
        problem = dump.problem if lua.bytecode else _NOT_WANTED
        if problem is None:
            made = lua.new_function(code, kind == RECURSIVE_FUNCTION)
            if not isinstance(made, tuple):
                return made
            problem = made[1]
        about = f" ({dump})" if str(dump) else ""
        reason = f"this function{about} of {self.file().name} cannot run: {problem}"
        return lua.foreign_function(kind, code, reason)

    def function_fill(self, function: Any, upvalues: Any) -> None:
        """Gives it what it had captured."""
        if upvalues is None:
            return
        if self.cells is None:
            self.cells = self.lua.new_table()
        self.lua.fill_function(function, upvalues, self.cells)

    def storage(self, data: StorageData) -> Storage:
        """A storage, of a Cuda type where the class in the file is one and the scripts have them."""
        made = super().storage(data)
        return cuda.named(made) if data.element.cuda and self.lua.cuda else made

    def tensor(self, class_name: str, element: Element, storage: Storage | None, *geometry: Any) -> Tensor:
        """A tensor of its storage's type."""
        if storage is None and element.cuda and self.lua.cuda:
            storage = cuda.named(Storage.empty(0, element.dtype))
        return super().tensor(class_name, element, storage, *geometry)

    def opaque(self, class_name: str, version: int | None, payload: bytes) -> Any:
        """A generator in its state, or a tensor or storage on memory that it shares.

        Raises:
            LuaError: where what was shared is not at hand, as in a file on disk.
        """
        if class_name == SHARED:
            return self._shared(int.from_bytes(payload, "little"))
        return Generator(0).set_state(np.frombuffer(payload, np.uint8))

    def _shared(self, number: int) -> Any:
        held = self.file().shared
        if held is None or number >= len(held):
            raise FileError(f"{self.file().name}: holds what a thread shared, which cannot be read outside of it")
        found = held[number]
        if isinstance(found, SHARED_CONTAINERS):
            return self.lua.container_of(found)
        return found if isinstance(found, Storage) else found.detach()


def _bytes_of(file: File) -> tuple[Any, bool, bool]:
    """All bytes of a file in which one can go back, whether they are mapped, and whether they stay as they are."""
    stream = file.open_stream()
    if isinstance(stream, io.BufferedReader):
        with contextlib.suppress(ValueError, OSError):  # it is empty, or lies where nothing can be mapped
            return map_file(stream.fileno(), os.fstat(stream.fileno()).st_size), True, True
    if isinstance(stream, StorageStream):
        return stream.snapshot(), False, True
    return file.contents(), False, isinstance(stream, io.BytesIO)


def _source_of(file: File) -> Any:
    """The file's bytes in the encoding that it is set to."""
    stream = file.open_stream()
    big = file.order == ">"
    if isinstance(stream, PipeStream):
        if file.binary:
            return (BigEndianStream if big else BinaryStream)(stream, file.name, file.long_size or 8)
        return AsciiStream(stream, file.name)
    data, mapped, lasting = _bytes_of(file)
    if file.binary and big:
        return BigEndianSource(data, file.name, 0, file.long_size or 8)
    if file.binary:
        return BinarySource(data, file.name, 0, file.long_size or None, mapped, lasting)
    return AsciiSource(data, file.name)


def _reader_of(file: File, lua: Codec) -> Any:
    """The file's reader, with its bytes as they are now, and with all that was read before if references count."""
    reader, stream = file.reader, file.open_stream()
    if reader is None or not file.referenced:
        reader = file.reader = t7.Reader(_source_of(file), LuaBuilder(lua, file))
    elif (
        reader.source.binary != file.binary
        or file.long_size not in (0, reader.source.long_size)
        or (file.binary and isinstance(reader.source, BigEndianSource) != (file.order == ">"))
    ):
        reader.source = _source_of(file)
    elif isinstance(stream, io.BufferedReader):
        if os.fstat(stream.fileno()).st_size != reader.source.end:
            reader.source = _source_of(file)
    elif file.pending or isinstance(stream, StorageStream):
        reader.source.rebind(_bytes_of(file)[0])
    file.pending = False
    return reader


def _enter(file: File, reader: Any) -> None:
    """Lets the reader go on where the stream stands."""
    if isinstance(reader.source, STREAMS):
        reader.source.begin()
    else:
        reader.position = file.open_stream().tell()


def _leave(file: File, reader: Any) -> None:
    """Puts the stream where the reader stands."""
    if isinstance(reader.source, STREAMS):
        reader.source.leave()
    else:
        file.open_stream().seek(reader.position)


@_exported
def read_object(file: File, lua: Codec) -> Any:
    """The next value in a file."""
    stream = file.may("r")
    reader = _reader_of(file, lua)
    _enter(file, reader)
    start = reader.position
    try:
        value = reader.read()
        if isinstance(stream, StorageStream) and start == 0 and reader.position == reader.source.end:
            stream.is_one_value(reader.source.data)
        return value
    finally:
        _leave(file, reader)


@_exported
def again(file: File) -> int | None:
    """A number for the value in a file in memory that is about to be read, where it is the only one and was read before
    from the same bytes; None for every other file.
    """
    stream = file.stream
    if not isinstance(stream, StorageStream) or file.reader is not None or "r" not in file.mode:
        return None
    usual = file.binary and file.referenced and file.order == "<" and file.long_size == 0
    return stream.token() if usual and stream.tell() == 0 else None


@_exported
def skip(file: File) -> None:
    """Goes to the end, as reading the only value would."""
    file.open_stream().seek(0, io.SEEK_END)


@_exported
def twins() -> Callable[..., tuple[Any, ...]]:
    """What gives tensors and storages of their own with the elements of others; those that share go on sharing."""
    made: dict[int, tuple[Storage, Storage]] = {}

    def storage_of(old: Storage) -> Storage:
        if id(old) not in made:
            made[id(old)] = (old, old.twin())  # the old one too: its number must not become another's
        return made[id(old)][1]

    def twin(leaf: Any) -> Any:
        if isinstance(leaf, Storage):
            return storage_of(leaf)
        return Tensor._make(storage_of(leaf._storage), leaf._offset, leaf._shape, leaf._stride)

    return lambda *leaves: tuple([twin(leaf) for leaf in leaves])


@_exported
def load_object(file: File, lua: Codec) -> Any:
    """The first value in a file, which says itself whether it is binary or ASCII."""
    stream = file.may("r")
    builder, size = LuaBuilder(lua, file), file.long_size or None
    if isinstance(stream, io.BufferedReader):
        reader = open_reader(file.name, builder=builder, long_size=size)
    else:
        reader = bytes_reader(stream.read(), name=file.name, builder=builder, long_size=size)
    file.binary = reader.source.binary
    file.reader = reader
    return reader.read()


class LuaDescriber:
    """Says what Lua values are.

    Attributes:
        name: what errors call the value that is written.
        hook: Lua's function that gives what is written in the place of a value; None where each stands for itself.
    """

    def __init__(self, codec: Codec, file: File) -> None:
        self.lua: Any = codec
        self.file = _weak(file)
        self.name: str | None = None
        self.hook: Any = None
        self.shared: list[Any] | None = None
        self._cells: Any = None  # Lua's table of the variables that functions share, with their numbers

    def describe(self, value: Any) -> d.Description:
        """Numbers, strings, tensors and storages here; tables, objects and functions with Lua's help.

        Raises:
            UnwritableError: for a coroutine, C data and the like.
        """
        if self.hook is not None:
            value = self.hook(value)
        simple = _SIMPLE.get(type(value))
        if self.shared is not None and isinstance(value, (Tensor, Storage)):
            return self._beside(id(value), value)
        if simple is not None:
            return simple(value)
        if isinstance(value, Tensor):
            empty = 0 in value.shape
            shape, stride = ((), ()) if empty else (value.shape, value.stride())
            storage = None if empty and len(value.storage()) == 0 else value.storage()
            name = f"torch.{value.dtype.torch7}Tensor"
            return d.TensorOf(id(value), name, value.storage_offset(), shape, stride, storage)
        return self._of_lua(value)

    def place(self, steps: list[Any]) -> str:
        """The way to a value as Lua writes it: ``value.modules[3].fn``."""
        return (self.name or "value") + "".join(map(_step, steps))

    def _of_lua(self, value: Any) -> d.Description:
        kind, identity, *more = self.lua.inspect(value)
        if self.shared is not None and (
            kind in ("hash", "vec") or (kind == "coded" and more[0] == "tds.AtomicCounter")
        ):
            return self._beside(identity, self.lua.share_container(value))
        if kind == "table":
            return d.Table(identity, more[2:] if more[1] else lambda: self._items(value))
        if kind in ("hash", "vec"):
            return (d.Hash if kind == "hash" else d.Vec)(identity, lambda: self._items(value))
        if kind == "function":
            return self._function(identity, value)
        if kind == "object":
            return d.Object(identity, more[0], int(more[2]), more[1])
        if kind == "coded":
            return d.Object(identity, more[0], int(more[1]), None, lambda writer: self._write(value))
        raise d.UnwritableError(f"a {more[0]} cannot be written")

    def _beside(self, identity: Any, value: Any) -> d.Description:
        """The number of a value that goes beside the file."""
        assert self.shared is not None
        self.shared.append(value)
        return d.Opaque(identity, SHARED, 1, (len(self.shared) - 1).to_bytes(SHARED_SIZE, "little"))

    def _function(self, identity: str, function: Any) -> d.Description:
        if self._cells is None:
            self._cells = self.lua.new_table()
        found = self.lua.dump(function, self._cells)
        if not isinstance(found, tuple):
            raise d.UnwritableError("a function of C cannot be written")
        kind, code, upvalues = found
        return d.Function(identity, int(kind), _encoded(code), upvalues)

    def _items(self, table: Any) -> list[Any]:
        entries, count = self.lua.entries(table)
        items: list[Any] = []
        for start in range(1, count + 1, _CHUNK):
            found = self.lua.slice(entries, start, min(start + _CHUNK - 1, count))
            items += found if isinstance(found, tuple) else (found,)
        return items

    def _write(self, value: Any) -> None:
        self.lua.write(value, self.file())


def _step(step: Any) -> str:
    if isinstance(step, d.Upvalue):
        return f"(upvalue {step.name})"
    if isinstance(step, str):
        return f".{step}" if _IDENTIFIER.fullmatch(step) else f"[{d.quoted(step)}]"
    if isinstance(step, (bool, int, float)):
        return f"[{str(step).lower()}]"
    return "[...]"  # a table, an object or a function as a key


def _encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def _storage(value: Storage) -> d.Description:
    return d.StorageOf(id(value), f"torch.{value.dtype.torch7}Storage", value.buffer)


def _generator(value: Generator) -> d.Description:
    return d.Opaque(id(value), "torch.Generator", 1, value.get_state().tobytes())


_SIMPLE: dict[type, Callable[[Any], d.Description]] = {
    type(None): lambda value: d.Nil(),
    bool: lambda value: d.Boolean(value),
    int: lambda value: d.Number(float(value)),
    float: lambda value: d.Number(value),
    str: lambda value: d.String(_encoded(value)),
    bytes: lambda value: d.String(value),
    Storage: _storage,
    Generator: _generator,
}


def _writer_of(file: File, lua: Codec) -> Any:
    """The file's writer, in the encoding that the file is set to."""
    stream = file.open_stream()
    format_, size = "binary" if file.binary else "ascii", file.long_size or 8
    if file.writer is None:
        file.writer = t7.Writer(stream.write, describer=LuaDescriber(lua, file), name=file.name)
    encoding = stream, format_, size, file.order
    if file.encoding != encoding:
        file.writer.encode(stream.write, format=format_, long_size=size, order=file.order)
        file.encoding = encoding
    file.writer.referenced = file.referenced
    return file.writer


@_exported
def write_object(file: File, lua: Codec, value: Any, name: str | None = None, hook: Any = None) -> None:
    """Writes a value and all that it holds. ``name`` is what errors call it; ``hook`` as for `LuaDescriber`."""
    stream = file.may("w")
    file.pending = True
    writer = _writer_of(file, lua)
    describer = writer.describer
    before = describer.name, describer.hook
    describer.name, describer.hook, describer.shared = name, hook, file.shared
    try:
        writer.write(value)
        if not file.buffered:
            stream.flush()
    except OSError as error:
        if isinstance(error, FileError):
            raise
        file.fail("writeObject", f"write error: {error.strerror or error}")
    finally:
        describer.name, describer.hook = before


@_exported
def share(file: File, held: list[Any] | None = None) -> list[Any]:
    """Has tensors and storages that are written to the file, or read from it, share their memory.

    Args:
        file: one in memory.
        held: for a file to read from, the list that belongs to it.

    Returns:
        The list of them, to which writing adds.
    """
    file.shared = [] if held is None else held
    return file.shared


@_exported
def save(lua: Codec, path: str, value: Any, binary: bool, long_size: int, referenced: bool) -> None:
    """Writes a value to a file: beside it first, then renamed into place, so that a failure leaves what was there."""
    temporary = beside(path)
    try:
        file: Any = disk_file(temporary, "w", False)
    except FileError as error:
        raise FileError(str(error).replace(temporary, path)) from error.__cause__
    file.name = path
    file.binary, file.long_size, file.referenced = binary, long_size, referenced
    try:
        write_object(file, lua, value)
        close(file)
        put_in_place(temporary, path)
    except BaseException:
        if file.stream is not None:
            with contextlib.suppress(OSError):
                close(file)
        discard(temporary, path)
        raise
