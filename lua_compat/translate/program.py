"""All files of a script: found, read, gone over until nothing more is learnt, and written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lua_compat.errors import TranslateError
from lua_compat.translate import assignment as assignment  # these register what writes their nodes
from lua_compat.translate import calls as calls
from lua_compat.translate import classes, files, rewriting, statements
from lua_compat.translate import expressions as expressions
from lua_compat.translate import loops as loops
from lua_compat.translate import nodes as n
from lua_compat.translate import training as training
from lua_compat.translate import truth as truth
from lua_compat.translate.context import Context, Unit
from lua_compat.translate.kinds import Cls, Tab, TableInfo, Type, new_table
from lua_compat.translate.libraries import LIBRARIES
from lua_compat.translate.parser import parse
from lua_compat.translate.scopes import Resolver, Symbol, assign_names, python_name

_ROUNDS = 12


class Program:
    """A script and the files that it brings.

    Args:
        path: the script; None for a text.
        source: the text, where there is no file.
        name: how reports name a text.

    Attributes:
        units: the files, those that others bring first.
    """

    def __init__(self, path: Path | None, source: str | None = None, name: str = "script.lua") -> None:
        self.units: list[Unit] = []
        self.by_path: dict[Path, Unit] = {}
        self.globals: dict[str, Symbol] = {}
        self.tables: dict[Any, TableInfo] = {}
        self.classes: dict[str, Any] = {}
        self.brought: dict[int, Unit] = {}
        self.parents: dict[int, Any] = {}
        self.tested: set[int] = set()
        self.receivers: set[int] = set()
        self.links: set[tuple[Unit, Unit]] = set()
        self.parsed: set[int] = set()
        self.inner_outputs: set[Unit] = set()
        self.changed = False
        self.only_autograd = False
        self._builtin: dict[str, Any] = {}
        self.root = path.resolve().parent if path is not None else None
        self.main = self._read(path, source, name)
        self.main.is_main = True
        self._resolve()

    # -- reading

    def _read(self, path: Path | None, source: str | None, name: str) -> Unit:
        if path is not None and source is None:
            try:
                source = path.read_text(encoding="utf-8", errors="surrogateescape")
            except OSError as error:
                raise TranslateError(f"{path}: cannot be read: {error.strerror}") from error
        assert source is not None
        label = str(path) if path is not None else name
        unit = Unit(path, label, source, parse(source, label))
        if path is not None:
            self.by_path[path.resolve()] = unit
        self._place(unit)
        self._find_files(unit)
        self.units.append(unit)
        return unit

    def _resolve(self) -> None:
        """Rewrites what the trees of the files can say more plainly, and finds out what their names mean."""
        shared = any(rewriting.shares(unit.block) for unit in self.units)
        names = {unit: rewriting.names(unit.block) for unit in self.units}
        for unit in self.units:
            foreign = {name for other, theirs in names.items() if other is not unit for name in theirs}
            unit.block = rewriting.rewritten(unit.source, unit.name, foreign, shared)
            self._find_files(unit)
            unit.scopes = Resolver(unit, self.globals).scopes
            self._relate(unit)
            self._module_table(unit)
        self.only_autograd = not any(rewriting.uses_protocol(unit.block) for unit in self.units)

    def _place(self, unit: Unit) -> None:
        """Which module of Python a file becomes, from the folder of the script."""
        if unit.path is None or self.root is None:
            unit.module = "script"
            return
        path = unit.path.resolve()
        try:
            parts = list(path.relative_to(self.root).with_suffix("").parts)
            unit.folder = None
        except ValueError:
            parts, unit.folder = [path.stem], path.parent
        if parts[-1] == "init" and len(parts) > 1:
            parts.pop()
        unit.module = ".".join([python_name(p.replace("-", "_"), set()) if not p.isidentifier() else p for p in parts])

    def _find_files(self, unit: Unit) -> None:
        for node in n.walk(unit.block):
            asked = files.asked_for(node)
            if asked is None:
                continue
            how, name = asked
            path = self._path_of(unit, how, name)
            if path is None:
                continue
            if path not in self.by_path:
                self._read(path, None, name)
            self.brought[id(node)] = self.by_path[path]
            if self.by_path[path] not in unit.requires:
                unit.requires.append(self.by_path[path])

    def _path_of(self, unit: Unit, how: str, name: str) -> Path | None:
        if self.root is None or unit.path is None:
            return None
        here = unit.path.resolve().parent
        if how == "paths.dofile":
            tries = [here / name]
        elif how == "dofile":
            tries = [Path(os.getcwd()) / name, self.root / name, here / name]
        else:
            if name in LIBRARIES:
                return None
            inner = name.replace(".", "/") if "/" not in name else name
            tries = [f / p for f in (self.root, here) for p in (f"{inner}.lua", f"{inner}/init.lua")]
        for candidate in tries:
            if candidate.is_file():
                return candidate.resolve()
        return None

    # -- what stands where

    def _relate(self, unit: Unit) -> None:
        for node in n.walk(unit.block):
            for child in n.children(node):
                self.parents[id(child)] = node
        for node in n.walk(unit.block):
            if isinstance(node, n.Index):
                parent = self.parents.get(id(node))
                if isinstance(parent, (n.Index, n.Method)) and parent.object is node:
                    self.receivers.add(id(node))
                if not isinstance(node.key, n.String) and self._is_tested(node):
                    self.tested.add(id(node))
            if isinstance(node, n.Local) and len(node.names) == len(node.values):
                for name, value in zip(node.names, node.values, strict=True):
                    if isinstance(value, n.Index) and any(self._is_tested(use) for use in name.symbol.uses):
                        self.tested.add(id(value))

    def _is_tested(self, node: Any) -> bool:
        """Whether the script asks if a value is nil or false."""
        parent = self.parents.get(id(node))
        while isinstance(parent, n.Paren):
            node, parent = parent, self.parents.get(id(parent))
        if isinstance(parent, n.Binary):
            if parent.op in ("and", "or"):
                return parent.left is node or self._is_tested(parent)
            if parent.op in ("==", "~="):
                return isinstance(parent.right, n.Nil) or isinstance(parent.left, n.Nil)
            return False
        if isinstance(parent, n.Unary):
            return parent.op == "not"
        if isinstance(parent, n.If):
            return any(test is node for test, _ in parent.branches)
        if isinstance(parent, n.Call) and isinstance(parent.function, n.Name) and parent.function.name == "assert":
            return parent.args[0] is node
        return isinstance(parent, (n.While, n.Repeat)) and parent.condition is node

    def _module_table(self, unit: Unit) -> None:
        """The table that a file returns, where it holds nothing but named functions and values: a module in Python."""
        last = unit.block.statements[-1] if unit.block.statements else None
        symbol = None
        if isinstance(last, n.Return) and len(last.values) == 1:
            value = last.values[0]
            if isinstance(value, n.Index) and isinstance(value.object, n.Name):
                value = value.object
            if isinstance(value, n.Name) and value.symbol.function is not None and value.symbol.function.is_file:
                symbol = value.symbol
        unit.defines_only = all(_defines(s) for s in unit.block.statements)  # type: ignore[attr-defined]
        if symbol is None or symbol.assigned or not _starts_as_table(unit, symbol):
            return
        fields: list[str] = []
        for use in symbol.uses:
            parent = self.parents.get(id(use))
            if isinstance(parent, n.Index) and parent.object is use and isinstance(parent.key, n.String):
                fields.append(parent.key.value)
            elif not isinstance(parent, n.Return) and classes.declaration(parent) is None:
                return
        declared = next(s for s in unit.block.statements if isinstance(s, n.Local) and s.names[0].symbol is symbol)
        declared.module_table = True  # type: ignore[attr-defined]
        made = declared.values[0]
        assert isinstance(made, n.Table)
        fields = [f.key.value for f in made.fields if isinstance(f.key, n.String)] + fields
        info = new_table()
        info.of_module = unit
        unit.module_symbol, unit.module_info = symbol, info
        symbol.type = Type(Tab(info))
        taken: set[str] = set()
        for name in fields:
            if name not in unit.exports:
                unit.exports[name] = python_name(name, taken)
                taken.add(unit.exports[name])

    # -- passes

    def run(self) -> list[Context]:
        """Goes over all files until the types stay, and once more; the last passes."""
        for unit in self.units:
            classes.collect(self, unit)
        for unit in self.units:
            assign_names(unit.scopes, set(unit.exports.values()))
        for name, symbol in self.globals.items():
            if symbol.assigned and not symbol.python:
                symbol.python = python_name(name, set())
        _mark_exports(self)
        for _ in range(_ROUNDS):
            self.changed = False
            for unit in self.units:
                self._pass(unit)
            if not self.changed:
                break
        return [self._pass(unit) for unit in self.units]

    def _pass(self, unit: Unit) -> Context:
        c = Context(self, unit)
        for symbol in self.globals.values():
            if symbol.unit is unit and symbol.assigned and symbol.python and unit.scopes[0] not in symbol.assigned_in:
                c.lines += [] if symbol.type.one(Cls) else [f"{symbol.python} = None"]
        statements.block(c, unit.block)
        return c

    def builtin_class(self, name: str) -> Any:
        """A class of nn as a value."""
        from lua_compat.translate.kinds import ClassInfo

        if name not in self._builtin:
            self._builtin[name] = ClassInfo(name, name.rpartition(".")[2], name, None)
        return self._builtin[name]


def _starts_as_table(unit: Unit, symbol: Symbol) -> bool:
    for s in unit.block.statements:
        if isinstance(s, n.Local) and len(s.names) == 1 and s.names[0].symbol is symbol:
            return (
                len(s.values) == 1
                and isinstance(s.values[0], n.Table)
                and all(isinstance(f.key, n.String) for f in s.values[0].fields)
            )
    return False


def _defines(s: Any) -> bool:
    """Whether a statement of a file only defines something."""
    if isinstance(s, (n.FunctionStatement, n.Return)):
        return True
    if isinstance(s, n.CallStatement):
        return files.asked_for(s.call) is not None or classes.declaration(s.call) is not None
    if isinstance(s, (n.Local, n.Assign)):
        for v in s.values:
            if files.asked_for(v) is not None or classes.declaration(v) is not None:
                continue
            if any(isinstance(x, (n.Call, n.Method)) for x in _outside_functions(v)):
                return False
        return True
    return False


def _outside_functions(node: Any) -> list[Any]:
    found, stack = [], [node]
    while stack:
        item = stack.pop()
        found.append(item)
        if not isinstance(item, n.Function):
            stack.extend(n.children(item))
    return found


def _mark_exports(program: Program) -> None:
    """Which functions assign to fields of their file's table: those are globals of the module."""
    for unit in program.units:
        if unit.module_symbol is None:
            continue
        for scope in unit.scopes:
            if not isinstance(scope.node, n.Function):
                continue
            for x in n.walk(scope.node.body):
                if isinstance(x, n.Assign):
                    for t in x.targets:
                        if (
                            isinstance(t, n.Index)
                            and isinstance(t.object, n.Name)
                            and t.object.symbol is unit.module_symbol
                        ):
                            names: set[str] = getattr(scope.node, "sets_exports", set())
                            names.add(unit.exports[t.key.value])  # type: ignore[attr-defined]
                            scope.node.sets_exports = names  # type: ignore[attr-defined]
