"""What a writer needs to know of a value: the interface, and the describer of the plain object graph.

A describer turns a value into one of the descriptions below. Where a description has an ``identity``, a value with the
same one is written once and referred to after that.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from lua_compat.t7.values import T7Function, T7Object, T7Opaque, T7Table, TdsHash, TdsVec
from pytorch_from_lua.tensor import Storage, Tensor, backend, dtype

if TYPE_CHECKING:
    from lua_compat.t7.writer import Writer

#: A container's contents, or what makes them; it is called once, when the container is first met.
Items = list[Any] | Callable[[], list[Any]]


class UnwritableError(Exception):
    """A value that a ``.t7`` file cannot hold. The writer adds where it is and raises a `T7Error`."""


class Nil(NamedTuple):
    """Lua's nil."""


class Number(NamedTuple):
    """A number."""

    value: float


class Boolean(NamedTuple):
    """True or false."""

    value: bool


class String(NamedTuple):
    """A string's bytes."""

    raw: bytes


class Table(NamedTuple):
    """A table; ``items`` is key, value, key, value, ..."""

    identity: Hashable
    items: Items


class Hash(NamedTuple):
    """A ``tds.Hash``; ``items`` as for a table."""

    identity: Hashable
    items: Items


class Vec(NamedTuple):
    """A ``tds.Vec``."""

    identity: Hashable
    items: Items


class Object(NamedTuple):
    """An object: what it holds is the value ``contents``, or whatever ``write(writer)`` writes where that is given."""

    identity: Hashable
    class_name: str
    version: int | None
    contents: Any
    write: Callable[[Writer], None] | None = None


class Function(NamedTuple):
    """A dumped function. ``kind`` is its type code, 6, 7 or 8."""

    identity: Hashable
    kind: int
    code: bytes
    upvalues: Any


class TensorOf(NamedTuple):
    """A tensor. ``offset`` counts from 0; ``shape`` is ``()`` and ``storage`` may be None where it has no elements."""

    identity: Hashable
    class_name: str
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    storage: Any


class StorageOf(NamedTuple):
    """A storage and the array of its elements."""

    identity: Hashable
    class_name: str
    array: np.ndarray[Any, Any]


class Opaque(NamedTuple):
    """An object of a built-in class that writes raw bytes."""

    identity: Hashable
    class_name: str
    version: int | None
    payload: bytes


Description = (
    Nil | Number | Boolean | String | Table | Hash | Vec | Object | Function | TensorOf | StorageOf | Opaque
)  # fmt: skip


class Upvalue(NamedTuple):
    """A step on the way to a value: a variable that a function has captured."""

    name: str


class Describer(Protocol):
    """Says what values are, and how the way to one is written."""

    def place(self, steps: list[Any]) -> str:
        """The way from the first value through the given keys, each a key or an `Upvalue`, for an error."""

    def describe(self, value: Any) -> Description:
        """The description of a value.

        Raises:
            UnwritableError: where it has none.
        """


_NIL, _TRUE, _FALSE = Nil(), Boolean(True), Boolean(False)


def _boolean(value: Any) -> Boolean:
    return _TRUE if value else _FALSE


def _int(value: int) -> Number:
    try:
        number = float(value)
    except OverflowError:
        number = 0.0
    if number != value:
        raise UnwritableError(f"the integer {value} is no number in Lua, whose numbers are doubles")
    return Number(number)


def _str(value: str) -> String:
    try:
        return String(value.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise UnwritableError(f"a string has no UTF-8 form: {error}") from None


def _mapping(value: Mapping[Any, Any]) -> Table:
    return Table(id(value), lambda: [x for entry in value.items() for x in entry])


def _sequence(value: Any) -> Table:
    return Table(id(value), lambda: [x for i, v in enumerate(value, 1) for x in (float(i), v)])


def _class_of(element: dtype.DType, device: str, suffix: str) -> str:
    if device == "cpu":
        return f"torch.{element.torch7}{suffix}"
    return f"torch.Cuda{'' if element is dtype.float32 else element.torch7}{suffix}"


def _storage(value: Storage) -> StorageOf:
    array = backend.move(value.buffer, "cpu")
    if array.dtype == np.bool_:
        array = array.view(np.uint8)
    return StorageOf(id(value), _class_of(value.dtype, value.device, "Storage"), array)


def _tensor(value: Tensor) -> TensorOf:
    storage = value.storage()
    class_name = _class_of(value.dtype, storage.device, "Tensor")
    if 0 in value.shape:  # Torch7 knows only one tensor without elements: one without dimensions
        return TensorOf(id(value), class_name, value.storage_offset(), (), (), storage if len(storage) else None)
    shape, stride = (value.shape, tuple(value.stride())) if value.shape else ((1,), (1,))
    return TensorOf(id(value), class_name, value.storage_offset(), shape, stride, storage)


_RULES: dict[type, Callable[[Any], Description]] = {
    type(None): lambda value: _NIL,
    float: Number,
    bool: _boolean,
    int: _int,
    str: _str,
    bytes: String,
    bytearray: lambda value: String(bytes(value)),
    TdsHash: lambda value: Hash(id(value), value.flat()),
    TdsVec: lambda value: Vec(id(value), value.items),
    T7Table: lambda value: Table(id(value), value.flat()),
    T7Object: lambda value: Object(id(value), value.class_name, value.version, value.contents),
    T7Function: lambda value: Function(id(value), value.kind, value.code, value.upvalues),
    T7Opaque: lambda value: Opaque(id(value), value.class_name, value.version, value.payload),
    Tensor: _tensor,
    Storage: _storage,
    dict: _mapping,
    list: _sequence,
    tuple: _sequence,
    np.bool_: _boolean,
    np.integer: lambda value: _int(int(value)),
    np.floating: lambda value: Number(float(value)),
}


def quoted(text: str | bytes) -> str:
    """A string for an error, whatever its bytes."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    return '"' + raw.decode("utf-8", "backslashreplace").replace('"', '\\"').replace("\n", "\\n") + '"'


def _step(step: Any) -> str:
    if isinstance(step, Upvalue):
        return f"(upvalue {step.name})"
    return f"[{step!r}]" if isinstance(step, (str, bytes, int, float)) else f"[{type(step).__name__}]"


class GraphDescriber:
    """Describes the plain object graph, and besides it Python's and numpy's numbers, dicts, lists and tuples."""

    def place(self, steps: list[Any]) -> str:
        """The way to a value as Python writes it: ``value['modules'][3]``."""
        return "value" + "".join(map(_step, steps))

    def describe(self, value: Any) -> Description:
        """The description of a value, by its type or the nearest class that it derives from."""
        rule = _RULES.get(type(value))
        if rule is None:
            rule = next((_RULES[c] for c in type(value).__mro__ if c in _RULES), None)
            if rule is None:
                raise UnwritableError(f"a .t7 file cannot hold a {type(value).__module__}.{type(value).__qualname__}")
        return rule(value)
