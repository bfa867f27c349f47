"""Which variable a name means, who assigns to it, and what it is called in Python."""

from __future__ import annotations

import builtins
import keyword
from dataclasses import dataclass, field
from typing import Any

from lua_compat.translate import nodes as n
from lua_compat.translate.kinds import NOTHING, Type

#: Names that generated code uses itself.
TAKEN = {
    *("torch", "nn", "optim", "lua", "math", "os", "sys", "re", "argparse", "time", "self"),
    *("len", "range", "list", "enumerate", "max", "min", "abs", "int", "float", "str", "print", "open", "isinstance"),
    *("type", "zip", "sorted", "tuple", "dict", "any", "all", "sum", "bool", "super", "reversed", "setattr", "getattr"),
    *("map", "format", "ord", "chr", "round", "bytes"),
}


@dataclass(eq=False)
class Symbol:
    """A variable of the script.

    Attributes:
        name: as the script has it.
        function: the function whose local it is; None for a global.
        assigned: how often it is assigned to beside its declaration.
        assigned_in: the functions that assign to it.
        used_in: the functions that read it.
        loop: the innermost loop around its declaration within its function.
        python: its name in Python.
        type: what it may hold.
        base: 1 where it counts as in Lua; 0 for a loop variable that counts from 0 in Python.
    """

    name: str
    function: Any
    block: Any = None
    loop: Any = None
    is_param: bool = False
    assigned: int = 0
    assigned_in: set[Any] = field(default_factory=set)
    used_in: set[Any] = field(default_factory=set)
    uses: list[Any] = field(default_factory=list)
    python: str = ""
    type: Type = NOTHING
    base: int = 1
    loop_from_1: bool = False
    unit: Any = None
    declared: Any = None


@dataclass(eq=False)
class Scope:
    """A function (or the whole file): its variables and those of others that it uses."""

    node: Any
    parent: Scope | None
    locals: list[Symbol] = field(default_factory=list)
    free: set[Symbol] = field(default_factory=set)
    is_file: bool = False
    names: set[str] = field(default_factory=set)

    def chain(self) -> list[Scope]:
        found = [self]
        while found[-1].parent is not None:
            found.append(found[-1].parent)
        return found


class Resolver:
    """Sets the symbol of every `Name` of a file.

    Args:
        unit: the file.
        globals: the symbols of global variables, shared by the files of a program.
    """

    def __init__(self, unit: Any, globals: dict[str, Symbol]) -> None:
        self.unit, self.globals = unit, globals
        self.scope = Scope(unit.block, None, is_file=True)
        self.loops: list[Any] = []
        self.scopes = [self.scope]
        unit.block.scope = self.scope
        self._block(unit.block, [{}])

    # -- the walk

    def _declare(self, name: n.Name, env: list[dict[str, Symbol]], block: Any, param: bool = False) -> Symbol:
        loop = self.loops[-1] if self.loops else None
        symbol = Symbol(name.name, self.scope, block, loop, param, unit=self.unit, declared=name)
        self.scope.locals.append(symbol)
        env[-1][name.name] = symbol
        name.symbol = symbol
        return symbol

    def _lookup(self, name: str, env: list[dict[str, Symbol]]) -> Symbol:
        for level in reversed(env):
            if name in level:
                return level[name]
        if name not in self.globals:
            self.globals[name] = Symbol(name, None, unit=None)
        return self.globals[name]

    def _use(self, node: n.Name, env: list[dict[str, Symbol]], store: bool = False) -> None:
        symbol = node.symbol = self._lookup(node.name, env)
        if store:
            symbol.assigned += 1
            symbol.assigned_in.add(self.scope)
            if symbol.function is None and symbol.unit is None:
                symbol.unit = self.unit
        else:
            symbol.used_in.add(self.scope)
            symbol.uses.append(node)
        for scope in self.scope.chain():
            if scope is symbol.function:
                break
            scope.free.add(symbol)

    def _block(self, block: n.Block, env: list[dict[str, Symbol]]) -> None:
        env = [*env, {}]
        block.parent_loop = self.loops[-1] if self.loops else None  # type: ignore[attr-defined]
        for statement in block.statements:
            statement.block = block  # type: ignore[attr-defined]
            self._statement(statement, env, block)

    def _statement(self, s: Any, env: list[dict[str, Symbol]], block: n.Block) -> None:
        if isinstance(s, n.Local):
            for value in s.values:
                self._expr(value, env)
            for name in s.names:
                self._declare(name, env, block)
        elif isinstance(s, n.Assign):
            for value in s.values:
                self._expr(value, env)
            for target in s.targets:
                self._target(target, env)
        elif isinstance(s, n.FunctionStatement):
            if s.local:
                self._declare(s.target, env, block)  # type: ignore[arg-type]
            else:
                self._target(s.target, env)
            self._function(s.function, env)
        elif isinstance(s, n.If):
            for condition, body in s.branches:
                if condition is not None:
                    self._expr(condition, env)
                self._block(body, env)
        elif isinstance(s, n.Repeat):
            self.loops.append(s)
            inner = [*env, {}]
            s.body.parent_loop = s  # type: ignore[attr-defined]
            for statement in s.body.statements:
                statement.block = s.body  # type: ignore[attr-defined]
                self._statement(statement, inner, s.body)
            self._expr(s.condition, inner)
            self.loops.pop()
        elif isinstance(s, (n.While, n.NumericFor, n.GenericFor)):
            self._loop(s, env)
        elif isinstance(s, n.Do):
            self._block(s.body, env)
        else:
            for child in n.children(s):
                self._expr(child, env)

    def _loop(self, s: Any, env: list[dict[str, Symbol]]) -> None:
        inner = [*env, {}]
        if isinstance(s, n.While):
            self._expr(s.condition, env)
            self.loops.append(s)
        else:
            heads = s.values if isinstance(s, n.GenericFor) else [x for x in (s.start, s.stop, s.step) if x is not None]
            for value in heads:
                self._expr(value, env)
            self.loops.append(s)
            for name in s.names if isinstance(s, n.GenericFor) else [s.name]:
                self._declare(name, inner, s.body)
        self._block(s.body, inner)
        self.loops.pop()

    def _target(self, target: Any, env: list[dict[str, Symbol]]) -> None:
        if isinstance(target, n.Name):
            self._use(target, env, store=True)
        else:
            self._expr(target, env)

    def _expr(self, node: Any, env: list[dict[str, Symbol]]) -> None:
        if isinstance(node, n.Name):
            self._use(node, env)
        elif isinstance(node, n.Function):
            self._function(node, env)
        else:
            for child in n.children(node):
                self._expr(child, env)

    def _function(self, node: n.Function, env: list[dict[str, Symbol]]) -> None:
        outer, loops = self.scope, self.loops
        self.scope, self.loops = Scope(node, outer), []
        self.scopes.append(self.scope)
        node.scope = self.scope  # type: ignore[attr-defined]
        node.outer_loop = loops[-1] if loops else None  # type: ignore[attr-defined]
        inner: list[dict[str, Symbol]] = [*env, {}]
        if node.is_method:
            node.self_symbol = self._declare(n.Name(node.line, node.line, "self"), inner, node.body, True)  # type: ignore[attr-defined]
        for param in node.params:
            self._declare(param, inner, node.body, True)
        self._block(node.body, inner)
        self.scope, self.loops = outer, loops


def python_name(name: str, taken: set[str]) -> str:
    """A name that Python allows and that nobody has."""
    made = name if name not in TAKEN or name == "self" else name + "_"
    if keyword.iskeyword(made):
        made += "_"
    if made in ("_", ""):
        return made
    base, count = made, 1
    while made in taken:
        count += 1
        made = f"{base}_{count}"
    return made


def assign_names(scopes: list[Scope], reserved: set[str]) -> None:
    """Gives every local variable its name in Python, from the outer functions to the inner ones.

    Variables of one name share it where one follows the other; a variable that hides another, which is used again
    later or by a function, has a number behind its name.
    """
    for scope in scopes:
        forbidden = {s.python for s in scope.free if s.python}
        if scope.is_file:
            forbidden |= reserved
        given: dict[str, list[Symbol]] = {}
        for symbol in scope.locals:
            if symbol.python:
                continue
            others = given.setdefault(symbol.name, [])
            taken = {o.python for o in others if _clash(o, symbol)} | forbidden
            symbol.python = python_name(symbol.name, taken)
            others.append(symbol)
            scope.names.add(symbol.python)


def _clash(old: Symbol, new: Symbol) -> bool:
    """Whether two variables of a function must not share a name."""
    if old.used_in - {old.function} or old.assigned_in - {old.function} or new.used_in - {new.function}:
        return True
    if old.block is new.block:
        return False  # the old one cannot be reached any more
    last = max([u.line for u in old.uses], default=0)
    return not (last < new.declared.line)


BUILTINS = set(dir(builtins))
