"""Calls that are statements of their own in Python: assertions, errors, loops over modules."""

from __future__ import annotations

from typing import Any

from lua_compat.translate import nodes as n
from lua_compat.translate.context import Context
from lua_compat.translate.functions import bind
from lua_compat.translate.kinds import Fn, Mod, Parser, Type
from lua_compat.translate.python import ATOM, Py
from lua_compat.translate.special import package_there
from lua_compat.translate.statements import put
from lua_compat.translate.truth import condition


def write(c: Context, s: n.CallStatement) -> bool:
    """Writes the statement where it is one of these."""
    call: Any = s.call
    if isinstance(call, n.Call) and isinstance(call.function, n.Name) and call.function.symbol.function is None:
        name = call.function.name
        if name == "assert":
            return _assert(c, call)
        if name == "error":
            return _error(c, call)
        if name == "pcall" and package_there(c, call) is not None:
            return True
    if isinstance(call, n.Method) and call.args:
        if call.name == "apply" and len(call.args) == 1:
            return _apply(c, call)
        return _option(c, call)
    return False


def _assert(c: Context, call: n.Call) -> bool:
    if not call.args or (isinstance(call.args[0], n.Call) and len(call.args) == 1):
        return False
    test = condition(c, call.args[0])
    rest = f", {c.expr(call.args[1]).code}" if len(call.args) > 1 else ""
    put(c, f"assert {test.code}{rest}")
    return True


def _error(c: Context, call: n.Call) -> bool:
    value = c.expr(call.args[0]) if call.args else Py('"nil"')
    if not value.type.string:
        return False
    put(c, f"raise RuntimeError({value.code})")
    return True


def _apply(c: Context, call: n.Method) -> bool:
    """``model:apply(f)``: from the top down, as Torch7 does it."""
    owner = c.expr(call.object)
    if owner.type.one(Mod) is None:
        return False
    function = c.expr(call.args[0])
    for fn in function.type.all(Fn):
        bind(c, fn.info, [Py("module", Type(Mod()))])
    name = c.fresh("module")
    put(c, f"for {name} in {owner.at(ATOM)}.modules():")
    c.lines.append(f"{' ' * (c.indent + 4)}{function.at(ATOM)}({name})")
    return True


def _option(c: Context, call: n.Method) -> bool:
    owner = call.object
    if not isinstance(owner, n.Name) or owner.symbol.type.one(Parser) is None:
        return False
    from lua_compat.translate import commandline

    return commandline.statement(c, call, c.expr(owner), owner.symbol.type.one(Parser).info.find())
