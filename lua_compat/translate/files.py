"""Other files: `require` and `dofile` become imports, and what a file returns becomes a module or a name in it."""

from __future__ import annotations

from typing import Any

from lua_compat.translate import nodes as n
from lua_compat.translate.context import Context, Unit
from lua_compat.translate.kinds import NOTHING, T_ANY, T_NIL, Cls, Lib, Tab, Type
from lua_compat.translate.libraries import LIBRARIES, TRANSLATED
from lua_compat.translate.python import Py
from lua_compat.translate.statements import put


def asked_for(node: Any) -> tuple[str, str] | None:
    """("require" or "dofile", name) of a call that brings another file, else None."""
    if not isinstance(node, n.Call) or len(node.args) != 1:
        return None
    function = node.function
    word = function.name if isinstance(function, n.Name) else ""
    if isinstance(function, n.Index) and isinstance(function.object, n.Name) and isinstance(function.key, n.String):
        word = f"{function.object.name}.{function.key.value}"
    if word not in ("require", "dofile", "paths.dofile"):
        return None
    if not isinstance(node.args[0], n.String):
        return None
    return ("require" if word == "require" else word), node.args[0].value


def unit_of(c: Context, node: Any) -> Unit | None:
    """The file that a call brings, where it is one of the script's."""
    found: Unit | None = c.program.brought.get(id(node))
    return found


def library(node: Any) -> str | None:
    """The library that a call brings."""
    asked = asked_for(node)
    if asked is None or asked[0] != "require":
        return None
    return asked[1] if asked[1] in LIBRARIES else None


def value(c: Context, node: Any) -> Py:
    """A `require` as an expression."""
    name = library(node)
    unit = unit_of(c, node)
    if unit is not None:
        code = import_code(c, unit)
        c.program.links.add((c.unit, unit))
        return Py(code, unit.result)
    if name is not None:
        if name not in TRANSLATED:
            c.doubt(f"the package {name} has no counterpart")
        return Py("optim" if name == "optim" else name, Type(Lib(name)))
    asked = asked_for(node)
    c.doubt(f"the file {asked[1] if asked else '?'} was not found")
    return Py("None", T_ANY)


def import_code(c: Context, unit: Unit) -> str:
    """What other files write for the value of a file; it is imported at the top."""
    info = unit.result.table
    if info is not None and info.of_module is unit:
        c.from_units.setdefault(unit.module, set())
        return unit.module
    if unit.result.one(Cls) is not None:
        from lua_compat.translate.expressions import class_code

        return class_code(c, unit.result.one(Cls).info)
    c.from_units.setdefault(unit.module, set()).add(unit.returned or "returned")
    return unit.returned or "returned"


def local_require(c: Context, s: n.Local) -> bool:
    """``local x = require 'x'``; whether the statement was one."""
    if len(s.names) != 1 or len(s.values) != 1 or asked_for(s.values[0]) is None:
        return False
    symbol = s.names[0].symbol
    node = s.values[0]
    name = library(node)
    if name is not None and unit_of(c, node) is None:
        if name not in TRANSLATED:
            c.doubt(f"the package {name} has no counterpart")
            put(c, f"{symbol.python} = None")
        c.learn(symbol, Type(Lib(name)))
        _keep_comments(c, s)
        return True
    unit = unit_of(c, node)
    if unit is None:
        made = value(c, node)
        c.learn(symbol, made.type)
        put(c, f"{symbol.python} = {made.code}")
        return True
    c.learn(symbol, unit.result)
    c.program.links.add((c.unit, unit))
    put(c, import_line(c, unit, symbol.python))
    return True


def import_line(c: Context, unit: Unit, alias: str) -> str:
    """The statement that imports a file's value under a name."""
    c.program.links.add((c.unit, unit))
    info = unit.result.table
    if info is not None and info.of_module is unit:
        package, dot, last = unit.module.rpartition(".")
        if dot:
            return f"from {package} import {last}" + (f" as {alias}" if alias != last else "")
        return f"import {unit.module}" + (f" as {alias}" if alias != unit.module else "")
    name = unit.returned or "returned"
    if unit.result.one(Cls) is not None:
        name = unit.result.one(Cls).info.python
    return f"from {unit.module} import {name}" + (f" as {alias}" if alias != name else "")


def statement_require(c: Context, s: n.CallStatement) -> bool:
    """``require 'x'`` for its effect; whether the statement was one."""
    if asked_for(s.call) is None:
        return False
    name = library(s.call)
    unit = unit_of(c, s.call)
    if unit is not None:
        c.program.links.add((c.unit, unit))
        if not unit.defines_only:  # type: ignore[attr-defined]
            put(c, f"import {unit.module}  # for what it does" if not s.trailing else f"import {unit.module}")
        else:
            if unit.classes:  # files may hold objects of them
                c.from_units.setdefault(unit.module, set())
            _keep_comments(c, s)
        return True
    if name is not None:
        if name not in TRANSLATED:
            c.doubt(f"the package {name} has no counterpart")
            put(c, "pass")
        _keep_comments(c, s)
        return True
    value(c, s.call)
    put(c, "pass")
    return True


def _keep_comments(c: Context, s: Any) -> None:
    if s.trailing and not getattr(s, "trailing_written", False):
        c.lines.append(f"{' ' * c.indent}# {s.trailing.strip()}")


def returned(c: Context, s: n.Return) -> None:
    """What a file returns."""
    unit = c.unit
    if not s.values:
        return
    node = s.values[0]
    if isinstance(node, n.Name) and node.symbol is unit.module_symbol and unit.module_symbol is not None:
        unit.result = Type(Tab(unit.module_info)) if unit.module_info is not None else NOTHING
        return
    made = c.expr(node)
    before = unit.result
    unit.result = made.type if not made.type.empty else T_NIL
    if made.type.one(Cls) is not None:
        return
    unit.returned = made.code if made.code.isidentifier() else "returned"
    if unit.returned != made.code:
        put(c, f"returned = {made.code}")
    if before != unit.result:
        c.program.changed = True
