"""What a reader makes of what it reads: the interface, and the builder that makes the plain object graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from lua_compat.t7.bulk import build_graph
from lua_compat.t7.elements import Element, StorageData
from lua_compat.t7.values import T7Function, T7Object, T7Opaque, T7Table, TdsHash, TdsVec
from pytorch_from_lua.tensor import Storage, Tensor

if TYPE_CHECKING:
    from lua_compat.t7.reader import Reader


class Builder(Protocol):
    """Makes values. Containers are begun before their contents are read, so that these can refer to them.

    ``*_begin`` returns the container and ``*_fill`` is called once, when all of its contents have been read; between
    the two, the container may already have been put into others. Numbers arrive as floats, ``nil`` and booleans as
    None, True and False; they need no method.
    """

    def string(self, raw: bytes) -> Any:
        """A string. Short ones are made once and used again."""

    def table_begin(self, count: int) -> Any:
        """A table that will get ``count`` entries."""

    def table_fill(self, table: Any, items: list[Any]) -> None:
        """Key, value, key, value, ... in the order of the file. The list is the builder's to keep."""

    def hash_begin(self, count: int) -> Any:
        """A ``tds.Hash``."""

    def hash_fill(self, table: Any, items: list[Any]) -> None:
        """Key, value, key, value, ..."""

    def vec_begin(self, count: int) -> Any:
        """A ``tds.Vec``."""

    def vec_fill(self, vec: Any, items: list[Any]) -> None:
        """Its elements."""

    def object_begin(self, class_name: str, version: int | None) -> Any:
        """An object of any class that is not built in. ``version`` is None in files older than versions."""

    def object_reader(self, obj: Any) -> Callable[[Reader], None] | None:
        """What reads the object's contents, for a class with a ``read`` method of its own; None for all others.

        It is called with the reader standing at the contents and leaves it after them, using `Reader.read` and
        ``reader.source``; then `object_fill` is not called.
        """

    def object_fill(self, obj: Any, contents: Any) -> None:
        """What an object without a ``read`` method holds: one value, nearly always a table of its fields."""

    def function_begin(self, kind: int, code: bytes) -> Any:
        """A function as it was dumped; ``kind`` is its type code, 6, 7 or 8."""

    def function_fill(self, function: Any, upvalues: Any) -> None:
        """The table of the values that it had captured."""

    def storage(self, data: StorageData) -> Any:
        """A storage."""

    def tensor(
        self,
        class_name: str,
        element: Element,
        storage: Any,
        offset: int,
        shape: tuple[int, ...],
        stride: tuple[int, ...],
    ) -> Any:
        """A tensor, known to lie within its storage.

        ``offset`` counts from 0. ``storage`` is None and ``shape`` is ``()`` for a tensor without elements, as in
        the file.
        """

    def opaque(self, class_name: str, version: int | None, payload: bytes) -> Any:
        """An object of a built-in class that writes raw bytes."""


_new_table = T7Table.__new__


def _begin_table(count: int) -> T7Table:
    table = _new_table(T7Table)  # T7Table() would take three times as long
    table._flat = []
    return table


class GraphBuilder:
    """The plain object graph: see `lua_compat.t7.values`; tensors and storages are those of `pytorch_from_lua`.

    Tensors of the Cuda* classes are made in main memory.
    """

    def string(self, raw: bytes) -> Any:
        """Text where the bytes are UTF-8, else the bytes."""
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw

    #: Makes many values at once, as the methods below would: ``bulk(scanner, scan, reader)``.
    bulk = staticmethod(build_graph)
    #: Whether the entries of a large table of numbers come best as one list, and not through ``bulk``.
    takes_lists = True

    #: ``table_begin(count)`` makes an empty table, ``table_fill(table, items)`` gives it its entries.
    table_begin = staticmethod(_begin_table)
    table_fill = staticmethod(T7Table.fill)

    def hash_begin(self, count: int) -> TdsHash:
        """An empty hash."""
        return TdsHash()

    hash_fill = staticmethod(T7Table.fill)

    def vec_begin(self, count: int) -> TdsVec:
        """An empty vector."""
        return TdsVec()

    def vec_fill(self, vec: TdsVec, items: list[Any]) -> None:
        """Its elements."""
        vec.items = items

    def object_begin(self, class_name: str, version: int | None) -> T7Object:
        """An object without contents yet."""
        return T7Object(class_name, version)

    def object_reader(self, obj: Any) -> Callable[[Reader], None] | None:
        """No class is known to have a ``read`` method of its own."""
        return None

    def object_fill(self, obj: T7Object, contents: Any) -> None:
        """What it holds."""
        obj.contents = contents

    def function_begin(self, kind: int, code: bytes) -> T7Function:
        """A function without its captured values yet."""
        return T7Function(code, None, kind)

    def function_fill(self, function: T7Function, upvalues: Any) -> None:
        """Its captured values."""
        function.upvalues = upvalues

    def storage(self, data: StorageData) -> Storage:
        """A storage over the mapped file where that can be, else over a copy, made on first use in a mapped file."""
        view = data.view()
        if view is not None:
            return Storage(view)
        if data.lazy:
            return Storage.lazy(data.count, data.element.dtype, data.load)
        return Storage(data.load())

    def tensor(
        self,
        class_name: str,
        element: Element,
        storage: Storage | None,
        offset: int,
        shape: tuple[int, ...],
        stride: tuple[int, ...],
    ) -> Tensor:
        """A tensor; one without dimensions has shape ``(0,)`` here."""
        if storage is None:
            storage = Storage(np.empty(0, element.dtype.numpy))
        if shape == ():
            return Tensor.from_storage(storage, min(offset, len(storage)), (0,), (1,))
        return Tensor.from_storage(storage, offset, shape, stride)

    def opaque(self, class_name: str, version: int | None, payload: bytes) -> T7Opaque:
        """The bytes as they are."""
        return T7Opaque(class_name, version, payload)
