"""Functions made in loops: in Lua each turn has variables of its own, which a function that outlives it keeps."""

from __future__ import annotations

from typing import Any

from lua_compat.translate import nodes as n
from lua_compat.translate.context import Context

#: Functions that call what they are given at once, and do not keep it.
_AT_ONCE = {"pcall", "xpcall", "table.sort", "string.gsub", "apply", "map", "gsub", "sort"}


def kept(c: Context, node: n.Function, symbol: Any) -> tuple[str, ...]:
    """The variables of a loop around a function whose values of its turn it has to keep."""
    scope = node.scope  # type: ignore[attr-defined]
    loops = _loops_around(c, node)
    if not loops or _only_called(c, node, symbol):
        return ()
    found = []
    for free in sorted(scope.free, key=lambda s: s.python):
        if free.function is not scope.parent or free.loop is None or free.loop not in loops or not free.python:
            continue
        if free.assigned:
            c.doubt(f"in Lua the function keeps a variable {free.name} of its own from each turn of the loop")
            continue
        found.append(free.python)
    return tuple(found)


def _loops_around(c: Context, node: Any) -> list[Any]:
    """The loops around a function, within the function that makes it."""
    found = []
    parent = c.program.parents.get(id(node))
    while parent is not None and not isinstance(parent, n.Function):
        if isinstance(parent, (n.While, n.Repeat, n.NumericFor, n.GenericFor)):
            found.append(parent)
        parent = c.program.parents.get(id(parent))
    return found


def _only_called(c: Context, node: n.Function, symbol: Any) -> bool:
    """Whether the function is called in its turn of the loop and kept nowhere."""
    if symbol is None:
        return _at_once(c, node)
    if symbol.function is None:
        return False
    for use in symbol.uses:
        parent = c.program.parents.get(id(use))
        if isinstance(parent, n.Call) and parent.function is use:
            continue
        if not _at_once(c, use):
            return False
    return True


def _at_once(c: Context, node: Any) -> bool:
    parent = c.program.parents.get(id(node))
    if isinstance(parent, n.Method):
        return parent.name in _AT_ONCE
    if not isinstance(parent, n.Call):
        return False
    f = parent.function
    if isinstance(f, n.Name):
        return f.name in _AT_ONCE
    if isinstance(f, n.Index) and isinstance(f.object, n.Name) and isinstance(f.key, n.String):
        return f.object.name == "optim" or f"{f.object.name}.{f.key.value}" in _AT_ONCE
    return False
