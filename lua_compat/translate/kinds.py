"""What is known about the values of a variable or an expression: a small lattice.

A `Type` is a set of atoms, one for each sort of value that may be there. Tables, functions and classes are followed by
where they are made; tables that meet in one variable become one, since they need one representation in Python.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

NIL, BOOL, INT, FLOAT, STR, ANY, OUT = "nil", "bool", "int", "float", "str", "any", "out"


@dataclass(frozen=True)
class Tens:
    """A tensor: its number of dimensions and its sort of elements ("float", "int", "bool") where they are known."""

    rank: int | None = None
    kind: str | None = None


@dataclass(frozen=True)
class Mod:
    """A module (or criterion) of ``nn``: the Torch7 class where it is known."""

    name: str | None = None
    criterion: bool = False


@dataclass(frozen=True)
class Thing:
    """Any other sort of object, by a word: "node", "file", "generator", "timer", "size", "namespace"."""

    word: str


@dataclass(frozen=True)
class Lib:
    """A library: "torch", "nn", "math", "string", ..."""

    name: str


@dataclass(eq=False)
class TableInfo:
    """Tables made at one place, and what the script does with them.

    Attributes:
        elem: the type of the values under whole numbers.
        fields: types by constant key.
        value: the type of the values under other computed keys.
        key: the type of computed keys.
        marks: uses: "list" (only a list is used so), "sparse" (only a table of keys bears it), "string" (computed
            string keys), "metatable", "pairs".
        slots: types by place, of what constructors say.
        stores: places in the text that assign under a number.
        of_module: the file whose module it is.
    """

    elem: Type
    fields: dict[str, Type]
    value: Type
    key: Type
    marks: set[str] = field(default_factory=set)
    stores: set[int] = field(default_factory=set)
    of_module: Any = None
    slots: dict[int, Type] = field(default_factory=dict)
    made: int = 0
    made_empty: int = 0
    link: TableInfo | None = None

    def find(self) -> TableInfo:
        """The table that it has become one with."""
        info = self
        while info.link is not None:
            info = info.link
        return info

    @property
    def is_list(self) -> bool:
        """Whether it is a Python list: else it is a `runtime.Table`."""
        i = self.find()
        if i.fields or i.marks & {"sparse", "string", "metatable"} or i.of_module is not None:
            return False
        return not (i.marks & {"pairs"} and not i.marks & {"list"} and i.elem.empty)


@dataclass(eq=False)
class FuncInfo:
    """A function of the script."""

    node: Any
    unit: Any
    name: str = ""
    params: list[Any] = field(default_factory=list)
    returns: list[Type] = field(default_factory=list)
    arity: int = 0
    open_ended: bool = False
    fewest: int | None = None
    more: bool = False
    method_of: Any = None
    called: bool = False
    escapes: bool = False
    is_class: bool = False


@dataclass(eq=False)
class ClassInfo:
    """A class made by torch.class."""

    name: str
    python: str
    parent: Any
    unit: Any
    node: Any = None
    fields: dict[str, Type] = field(default_factory=dict)
    methods: dict[str, FuncInfo] = field(default_factory=dict)
    statics: dict[str, Type] = field(default_factory=dict)

    def lookup(self, name: str) -> Any:
        """The method, here or in a parent of the script's own."""
        found = self.methods.get(name)
        if found is None and isinstance(self.parent, ClassInfo):
            return self.parent.lookup(name)
        return found

    def base(self) -> str | None:
        """The class of a package that it descends from."""
        return self.parent.base() if isinstance(self.parent, ClassInfo) else self.parent

    def field_type(self, name: str) -> Type | None:
        found = self.fields.get(name)
        if found is None and isinstance(self.parent, ClassInfo):
            return self.parent.field_type(name)
        return found


@dataclass(frozen=True)
class Tab:
    info: TableInfo


@dataclass(frozen=True)
class Parser:
    """A command line: the table that its `parse` gives."""

    info: TableInfo


@dataclass(frozen=True)
class Fn:
    info: FuncInfo


@dataclass(frozen=True)
class Cls:
    info: ClassInfo


@dataclass(frozen=True)
class Obj:
    info: ClassInfo


@dataclass(frozen=True)
class UnitRef:
    """What `require` gives of another file of the script."""

    unit: Any


class Type:
    """A set of atoms."""

    __slots__ = ("atoms",)

    def __init__(self, *atoms: Any) -> None:
        self.atoms = frozenset(atoms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Type) and self.key() == other.key()

    def __hash__(self) -> int:
        return hash(self.key())

    def __repr__(self) -> str:
        return f"Type({', '.join(map(str, self.atoms))})"

    def key(self) -> Any:
        """What tells it from others: tables that have become one count as one."""
        return frozenset(Tab(a.info.find()) if isinstance(a, Tab) else a for a in self.atoms)

    @property
    def empty(self) -> bool:
        return not self.atoms

    def has(self, *atoms: Any) -> bool:
        return any(a in self.atoms for a in atoms)

    def one(self, kind: type) -> Any:
        """The atom of a sort, or None."""
        for a in self.atoms:
            if isinstance(a, kind):
                return Tab(a.info.find()) if isinstance(a, Tab) else a
        return None

    def all(self, kind: type) -> list[Any]:
        return [a for a in self.atoms if isinstance(a, kind)]

    def is_only(self, *kinds: Any) -> bool:
        """Whether every atom (but nil and any) is one of these, or of these sorts, and there is one."""
        rest = [a for a in self.atoms if a not in (NIL, ANY)]
        sorts = tuple(k for k in kinds if isinstance(k, type))
        return bool(rest) and all(a in kinds or isinstance(a, sorts) for a in rest)

    @property
    def number(self) -> bool:
        return self.is_only(INT, FLOAT)

    @property
    def whole(self) -> bool:
        return self.is_only(INT)

    @property
    def string(self) -> bool:
        return self.is_only(STR)

    @property
    def boolean(self) -> bool:
        return self.is_only(BOOL) and ANY not in self.atoms

    @property
    def tensor(self) -> Tens | None:
        found = self.one(Tens)
        return found if found is not None and self.is_only(Tens) else None

    @property
    def table(self) -> TableInfo | None:
        found = self.one(Tab)
        return None if found is None else found.info.find()

    @property
    def list(self) -> bool:
        """Whether it is a Python list for sure."""
        found = self.table
        return found is not None and self.is_only(Tab) and found.is_list

    @property
    def unknown(self) -> bool:
        return not [a for a in self.atoms if a not in (NIL, ANY)]

    def without_nil(self) -> Type:
        return Type(*[a for a in self.atoms if a != NIL])


NOTHING = Type()
T_NIL, T_BOOL, T_INT, T_FLOAT, T_STR, T_ANY, T_OUT = (Type(a) for a in (NIL, BOOL, INT, FLOAT, STR, ANY, OUT))


def tensor(rank: int | None = None, kind: str | None = None) -> Type:
    """The type of a tensor."""
    return Type(Tens(rank, kind))


def new_table() -> TableInfo:
    """A table of which nothing is known."""
    return TableInfo(NOTHING, {}, NOTHING, NOTHING)


def join(*types: Type) -> Type:
    """What a variable may hold that is given values of each of these types."""
    atoms: set[Any] = set()
    for t in types:
        atoms |= t.atoms
    tensors = [a for a in atoms if isinstance(a, Tens)]
    if len(tensors) > 1:
        ranks, kinds = {a.rank for a in tensors}, {a.kind for a in tensors}
        atoms -= set(tensors)
        atoms.add(Tens(ranks.pop() if len(ranks) == 1 else None, kinds.pop() if len(kinds) == 1 else None))
    modules = [a for a in atoms if isinstance(a, Mod)]
    if len(modules) > 1:
        atoms -= set(modules)
        names = {a.name for a in modules}
        atoms.add(Mod(names.pop() if len(names) == 1 else None, all(a.criterion for a in modules)))
    tables = [a for a in atoms if isinstance(a, Tab)]
    if len(tables) > 1:
        atoms -= set(tables)
        first = tables[0].info.find()
        for other in tables[1:]:
            first = merge(first, other.info.find())
        atoms.add(Tab(first))
    return Type(*atoms)


def merge(a: TableInfo, b: TableInfo) -> TableInfo:
    """Makes two tables one."""
    if a is b:
        return a
    b.link = a
    a.marks |= b.marks
    a.stores |= b.stores
    a.made += b.made
    a.made_empty += b.made_empty
    a.of_module = a.of_module or b.of_module
    for place, kind in b.slots.items():
        a.slots[place] = join(a.slots.get(place, NOTHING), kind)
    for name, kind in b.fields.items():
        a.fields[name] = join(a.fields.get(name, NOTHING), kind)
    a.elem, a.value, a.key = join(a.elem, b.elem), join(a.value, b.value), join(a.key, b.key)
    return a.find()
