"""What the passes over a file share: the program, the file, the function they are in, and what they have written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lua_compat.translate import nodes as n
from lua_compat.translate.kinds import NIL, T_NIL, Fn, FuncInfo, TableInfo, Type, join, new_table
from lua_compat.translate.python import NONE, Py
from lua_compat.translate.scopes import Scope, Symbol

#: Filled by the files of a family of nodes each.
EXPRESSIONS: dict[type, Callable[[Context, Any], Py]] = {}
STATEMENTS: dict[type, Callable[[Context, Any], None]] = {}


F = TypeVar("F", bound=Callable[..., Any])


def expression(*kinds: type) -> Callable[[F], F]:
    """Registers the function that writes these nodes."""

    def registered(function: F) -> F:
        for kind in kinds:
            EXPRESSIONS[kind] = function
        return function

    return registered


def statement(*kinds: type) -> Callable[[F], F]:
    """Registers the function that writes these statements."""

    def registered(function: F) -> F:
        for kind in kinds:
            STATEMENTS[kind] = function
        return function

    return registered


@dataclass(eq=False)
class Unit:
    """A file of a script.

    Attributes:
        path: where it is; None for a text.
        name: how reports name it.
        module: the module that its translation is, such as ``datasets.shapes``.
        folder: the folder that has to be on ``sys.path`` for that; None where it is the script's own.
        exports: names in Python of the fields of the table that it returns.
        result: what `require` gives of it.
        returned: the name under which a returned value that is no table of functions can be imported.
    """

    path: Any
    name: str
    source: str
    block: n.Block
    module: str = ""
    folder: Any = None
    scopes: list[Scope] = field(default_factory=list)
    module_symbol: Symbol | None = None
    module_info: TableInfo | None = None
    exports: dict[str, str] = field(default_factory=dict)
    result: Type = T_NIL
    returned: str = ""
    requires: list[Unit] = field(default_factory=list)
    classes: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    is_main: bool = False


class Context:
    """One pass over one file.

    Args:
        program: all files, and what is known about them.
        unit: the file.
    """

    def __init__(self, program: Any, unit: Unit) -> None:
        self.program, self.unit = program, unit
        self.lines: list[str] = []
        self.indent = 0
        self.scope: Scope = unit.block.scope  # type: ignore[attr-defined]
        self.function: FuncInfo | None = None
        self.class_info: Any = None
        self.imports: set[str] = set()
        self.from_units: dict[str, set[str]] = {}
        self.before: list[str] = []
        self.marks: list[str] = []
        self.unsure: list[tuple[int, str]] = []
        self.line = 1
        self.statement: Any = None
        self.zero_based: set[Symbol] = set()
        self.counter = 0
        self.loops: list[Any] = []
        self.runs_in: Scope | None = None
        self.runs = False
        self.no_grad_until = (-1, 0)
        for scope in unit.scopes:
            scope.names = {s.python for s in scope.locals if s.python}

    # -- expressions

    def multi(self, node: Any) -> Py:
        """An expression that may give several values."""
        return EXPRESSIONS[type(node)](self, node)

    def expr(self, node: Any) -> Py:
        """An expression; of several values the first."""
        return first(self.multi(node))

    def many(self, nodes: list[Any]) -> list[Py]:
        """A list of expressions, the last with all of its values."""
        made = [self.expr(node) for node in nodes[:-1]]
        if nodes:
            last = self.multi(nodes[-1])
            if isinstance(nodes[-1], n.Paren):
                last = first(last)
            if last.parts is not None:
                made.extend(last.parts)
            elif last.values is not None:
                made.append(Py(last.code, last.type, last.level, last.values, None, True))
            else:
                made.append(last)
        return made

    # -- types

    def table_of(self, node: Any) -> TableInfo:
        """The table that a place in the text makes, the same in every pass."""
        found: TableInfo | None = self.program.tables.get(id(node))
        if found is None:
            found = self.program.tables[id(node)] = new_table()
        return found.find()

    def learn(self, symbol: Symbol, kind: Type) -> None:
        """Adds to what a variable may hold."""
        joined = join(symbol.type, kind)
        if joined != symbol.type:
            symbol.type = joined
            self.program.changed = True

    def learn_elem(self, info: TableInfo, kind: Type) -> None:
        info = info.find()
        joined = join(info.elem, kind)
        if joined != info.elem:
            info.find().elem = joined
            self.program.changed = True

    def learn_field(self, info: TableInfo, name: str, kind: Type) -> None:
        info = info.find()
        joined = join(info.fields.get(name, Type()), kind)
        if name not in info.find().fields or joined != info.find().fields[name]:
            info.find().fields[name] = joined
            self.program.changed = True

    def learn_value(self, info: TableInfo, key: Type, kind: Type) -> None:
        info = info.find()
        value, keys = join(info.value, kind), join(info.key, key)
        if value != info.value or keys != info.key:
            info.find().value, info.find().key = value, keys
            self.program.changed = True

    def mark(self, info: TableInfo, word: str) -> None:
        info = info.find()
        if word not in info.marks:
            info.marks.add(word)
            self.program.changed = True

    def escape(self, kind: Type) -> None:
        """A function goes where nothing is known about its calls."""
        for fn in kind.all(Fn):
            if not fn.info.escapes:
                fn.info.escapes = True
                self.program.changed = True

    # -- writing

    def need(self, module: str) -> None:
        self.imports.add(module)

    def lua(self, name: str) -> str:
        """A helper of the runtime."""
        self.imports.add("lua")
        return f"lua.{name}"

    def doubt(self, reason: str) -> None:
        """Marks the statement: the translation may not mean what the script does."""
        if reason not in self.marks:
            self.marks.append(reason)

    def fresh(self, word: str) -> str:
        """A name that nothing in the function has."""
        names = self.scope.names | {s.python for s in self.scope.free}
        made, count = word, 1
        while made in names:
            count += 1
            made = f"{word}_{count}"
        self.scope.names.add(made)
        return made


def first(made: Py) -> Py:
    """Of several values the first."""
    if made.parts is not None:
        return made.parts[0] if made.parts else NONE
    if made.values is not None or made.star:
        kind = made.values[0] if made.values else made.type
        return Py(f"{made.at(11)}[0]", kind)
    return made


def may_be_nil(kind: Type) -> bool:
    return kind.has(NIL) or kind.empty
