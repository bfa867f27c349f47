"""What is known about a Torch7 class: one frozen `ClassSpec` each, in one registry.

A specification says how serialized fields become a Python module and the way back; it names the fields once, and both
directions, the documents and the tests are driven by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lua_compat.errors import MappingError
from lua_compat.t7 import T7Object, T7Table
from pytorch_from_lua.nn import Module
from pytorch_from_lua.tensor import Storage, Tensor
from pytorch_from_lua.tensor.dtype import DType, float64


@dataclass(frozen=True)
class Elsewhere:
    """What a field holds that speaks of a module which has its place elsewhere in the tree."""

    module: Module


@dataclass(frozen=True)
class Kind:
    """How one sort of value is said on either side."""

    to_python: Callable[[Any], Any]
    to_torch7: Callable[[Any], Any]


def _from_1(value: Any) -> Any:
    """Dimensions and indices count from 1 in Torch7; negative ones count from the end on both sides."""
    return int(value) - 1 if value > 0 else int(value)


def _to_1(value: Any) -> Any:
    return float(value + 1) if value >= 0 else float(value)


def optional(kind: Kind) -> Kind:
    """The same kind, where the value may be missing."""
    return Kind(
        lambda v: None if v is None else kind.to_python(v),
        lambda v: None if v is None else kind.to_torch7(v),
    )


FLOAT = Kind(float, float)
INT = Kind(int, float)
FLAG = Kind(bool, bool)
DIM = Kind(_from_1, _to_1)
OPTIONAL_INT = optional(INT)
OPTIONAL_DIM = optional(DIM)
#: A ``torch.LongStorage`` of sizes, or a table of them, and a tuple.
SIZES = Kind(
    lambda v: tuple([int(s) for s in (v.to_list() if isinstance(v, T7Table) else v)]),
    lambda v: _long_storage(v),
)
ANY = Kind(lambda v: v, lambda v: v)


def _long_storage(sizes: Iterable[int]) -> Storage:
    return Storage(np.array(list(sizes), np.int64))


def no_elements(dtype: DType = float64) -> Tensor:
    """An empty tensor: work space that Torch7's methods expect to be there."""
    return Tensor.from_array(np.empty(0, dtype.numpy))


def like_output(fields: dict[str, Any]) -> Tensor:
    """An empty tensor of the module's type."""
    return no_elements(fields["output"].dtype)


@dataclass(frozen=True)
class Attr:
    """A field that is an argument of the Python class, under a name of its own.

    Attributes:
        field: the name in Torch7.
        name: the name of the argument and attribute in Python; the same where None.
        kind: how the value is converted.
        default: what a file without the field means.
    """

    field: str
    name: str | None = None
    kind: Kind = ANY
    default: Any = None

    @property
    def python(self) -> str:
        """The name in Python."""
        return self.field if self.name is None else self.name


@dataclass(frozen=True)
class Param:
    """A tensor field that is a parameter, or a buffer, of the Python class.

    Attributes:
        field: the name in Torch7; a parameter's gradient is ``gradField`` there.
        name: the name in Python; the same where None.
        buffer: whether it is part of the state without being trained.
    """

    field: str
    name: str | None = None
    buffer: bool = False

    @property
    def python(self) -> str:
        """The name in Python."""
        return self.field if self.name is None else self.name

    @property
    def gradient(self) -> str:
        """The name of the gradient's field in Torch7."""
        return "grad" + self.field[0].upper() + self.field[1:]


WEIGHT_AND_BIAS = (Param("weight"), Param("bias"))


@dataclass(frozen=True)
class Example:
    """The same module in both languages, and what to feed it.

    Attributes:
        lua: a Lua expression.
        python: a Python expression over ``nn``.
        inputs: the shapes of the tensors it takes; more than one make a table.
        values: how they are drawn: "normal"; "positive" (0.1 to 1.1); "labels:N" (whole numbers, 1 to N in Lua and
            0 to N - 1 in Python); "signs" (1 or -1); "mask" (booleans, bytes in Lua). One for each tensor, with ";"
            between, where they differ.
        target: for criteria, the same for their second argument: (shape, values), or "none" for one without.
        nesting: how several tensors are nested, by their numbers: ``(0, (1, 2))``; one flat table where None.
    """

    lua: str
    python: str
    inputs: tuple[tuple[int, ...], ...] = ((4, 5),)
    values: str = "normal"
    target: tuple[tuple[int, ...], str] | None = None
    nesting: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class ClassSpec:
    """What is known about one Torch7 class.

    Attributes:
        torch7: its name, such as ``"nn.Linear"``.
        python: the Python class.
        examples: the same module in both languages; the first is the one that documents show.
        attrs: fields that are constructor arguments.
        params: fields that are tensors of the state.
        children: whether ``modules`` holds modules.
        make: builds the module from its `Fields`, where attributes alone do not say how.
        fill: adds fields on the way back: ``fill(module, fields)``; modules, lists of them and `Elsewhere` are
            converted then.
        repair: brings the fields of files by older versions of the class up to date.
        accepts: whether a module of the Python class can be said by this Torch7 class.
        also: other Python classes whose modules can be said by it, where ``accepts`` finds so.
        buffers: fields that only hold what a pass left behind.
        note: what differs, for the documents.
        version: the version that its objects have in files.
    """

    torch7: str
    python: type[Module]
    examples: tuple[Example, ...]
    attrs: tuple[Attr, ...] = ()
    params: tuple[Param, ...] = ()
    children: bool = False
    make: Callable[[Fields], Module] | None = None
    fill: Callable[[Any, dict[str, Any]], None] | None = None
    repair: Callable[[dict[str, Any]], None] | None = None
    accepts: Callable[[Any], bool] = field(default=lambda module: True)
    also: tuple[type[Module], ...] = ()
    buffers: tuple[str, ...] = ()
    note: str = ""
    version: int = 1

    def says(self, module: Module) -> bool:
        """Whether it says this module in Torch7."""
        return type(module) in (self.python, *self.also) and self.accepts(module)

    def known_fields(self) -> set[str]:
        """The fields that the specification speaks of."""
        names = {a.field for a in self.attrs} | {p.field for p in self.params}
        names |= {p.gradient for p in self.params if not p.buffer} | set(self.buffers)
        return names | ({"modules"} if self.children else set())


#: Fields that every module may have and that say nothing about it: results of the last pass, and work space.
TRANSIENT = frozenset({"output", "gradInput", "_type", "train", "_input", "_gradOutput", "_output", "_gradInput"})

REGISTRY: dict[str, ClassSpec] = {}
#: The title of each family, and the names of its classes.
FAMILIES: dict[str, list[str]] = {}


def register(title: str, *specs: ClassSpec) -> None:
    """Adds a family of specifications to the registry; one name may stand there once."""
    for spec in specs:
        if spec.torch7 in REGISTRY:
            raise MappingError(f"{spec.torch7}: is in the registry already")
        REGISTRY[spec.torch7] = spec
        FAMILIES.setdefault(title, []).append(spec.torch7)


def for_module(module: Module) -> ClassSpec | None:
    """The specification that says this module in Torch7, the one that it was loaded by if that still fits."""
    came_from = module.__dict__.get("torch7_class")
    spec = REGISTRY.get(came_from) if came_from is not None else None
    if spec is not None and spec.says(module):
        return spec
    for spec in REGISTRY.values():
        if spec.says(module):
            return spec
    return None


class Fields:
    """The serialized fields of one object, read by name.

    Args:
        obj: the object.
        values: its fields by name.
        place: where in the tree it is, for errors.
        loader: converts what the fields hold.
    """

    def __init__(self, obj: T7Object, values: dict[str, Any], place: str, loader: Any) -> None:
        self.obj, self.values, self.place, self.loader = obj, values, place, loader

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def get(self, name: str, default: Any = None) -> Any:
        """The field as it stands in the file."""
        value = self.values.get(name)
        return default if value is None else value

    def read(self, attr: Attr) -> Any:
        """The field as the Python class wants it."""
        value = self.values.get(attr.field)
        if value is None:
            return attr.default
        try:
            return attr.kind.to_python(value)
        except (TypeError, ValueError, AttributeError) as error:
            raise MappingError(f"{self.place}: {self.obj.class_name}.{attr.field} cannot be {value!r}") from error

    def int(self, name: str, default: int | None = None) -> int:
        """A whole number.

        Raises:
            MappingError: where the field is missing and there is no default.
        """
        value = self.values.get(name, default)
        if value is None or isinstance(value, bool) or not isinstance(value, (int, float)):
            raise MappingError(f"{self.place}: {self.obj.class_name}.{name} needs to be a number, is {value!r}")
        return int(value)

    def tensor(self, name: str) -> Tensor | None:
        """A tensor, or None where the field is missing."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, Tensor):
            raise MappingError(f"{self.place}: {self.obj.class_name}.{name} needs to be a tensor, is {value!r}")
        return value

    def needed(self, name: str) -> Tensor:
        """A tensor that must be there."""
        value = self.tensor(name)
        if value is None:
            raise MappingError(f"{self.place}: {self.obj.class_name} has no field {name!r}")
        return value

    def modules(self, name: str = "modules") -> list[Module]:
        """The modules of a list, converted."""
        table = self.values.get(name)
        if table is not None and not isinstance(table, T7Table):
            raise MappingError(f"{self.place}: {self.obj.class_name}.{name} needs to be a table, is {table!r}")
        items = [] if table is None else table.to_list()
        return [self.loader.module(item, f"{self.place}.{name}[{i}]") for i, item in enumerate(items, 1)]
