"""Expressions that are variables or fields of them, compared; and what a statement may change of them."""

from __future__ import annotations

from typing import Any

from lua_compat.translate import nodes as n

#: Methods that leave what they are called on as it is.
_READING = {
    *("size", "dim", "nDimension", "nElement", "type", "max", "min", "eq", "sum", "mean", "clone", "norm", "float"),
    *("double", "long", "totable", "select", "narrow", "index", "topk", "sort", "stride", "isContiguous", "view"),
}
#: Functions of Lua that change no variable of the script.
_HARMLESS = {"print", "ipairs", "pairs", "tostring", "tonumber", "type", "assert", "unpack", "select", "next"}


def is_path(node: Any) -> bool:
    """Whether an expression is a variable, or a field or element of one."""
    if isinstance(node, n.Name):
        return True
    return (
        isinstance(node, n.Index)
        and is_path(node.object)
        and (isinstance(node.key, (n.String, n.Number)) or is_path(node.key))
    )


def is_pure(node: Any) -> bool:
    """Whether an expression only reads variables and counts with them."""
    if isinstance(node, (n.Number, n.String, n.Bool, n.Nil)) or is_path(node):
        return True
    if isinstance(node, n.Binary):
        return is_pure(node.left) and is_pure(node.right)
    if isinstance(node, n.Table):
        return all((f.key is None or is_pure(f.key)) and is_pure(f.value) for f in node.fields)
    return isinstance(node, (n.Unary, n.Paren)) and is_pure(node.operand if isinstance(node, n.Unary) else node.inner)


def same(a: Any, b: Any) -> bool:
    """Whether two expressions say the same of the same variables."""
    if isinstance(a, n.Name) and isinstance(b, n.Name):
        return a.symbol is b.symbol
    if type(a) is not type(b):
        return False
    if isinstance(a, (n.String, n.Number, n.Bool)):
        return bool(a.value == b.value)
    if getattr(a, "op", None) != getattr(b, "op", None) or getattr(a, "name", None) != getattr(b, "name", None):
        return False
    x, y = n.children(a), n.children(b)
    return len(x) == len(y) and all(same(p, q) for p, q in zip(x, y, strict=True))


def overlap(a: Any, b: Any) -> bool:
    """Whether one of two paths is the other, or a part of it."""
    return _within(a, b) or _within(b, a)


def _within(inner: Any, outer: Any) -> bool:
    while True:
        if same(inner, outer):
            return True
        if not isinstance(inner, n.Index):
            return False
        inner = inner.object


def paths_in(node: Any) -> list[Any]:
    """The longest paths of an expression."""
    if is_path(node):
        return [node]
    return [p for child in n.children(node) for p in paths_in(child)]


def assigned_to(statement: Any) -> list[Any]:
    """The places to which a statement, or one within it, assigns."""
    return [t for x in n.walk(statement) if isinstance(x, n.Assign) for t in x.targets]


def disturbs(statement: Any, values: list[Any], runs: list[Any]) -> bool:
    """Whether a statement may change what is under one of the paths.

    Args:
        statement: the statement.
        values: paths of tensors and tables.
        runs: paths of modules, which running again changes.
    """
    if any(overlap(t, p) for t in assigned_to(statement) for p in [*values, *runs] if is_path(t)):
        return True
    for x in n.walk(statement):
        if isinstance(x, n.Method):
            if x.name == "zeroGradParameters":
                continue
            if x.name not in _READING and any(is_path(x.object) and overlap(x.object, p) for p in values):
                return True
            if any(is_path(x.object) and overlap(x.object, p) for p in runs):
                return True
        elif isinstance(x, n.Call) and not _of_a_library(x.function):
            return True
    return False


def _of_a_library(function: Any) -> bool:
    if isinstance(function, n.Name):
        return function.symbol.function is None and function.name in _HARMLESS
    if isinstance(function, n.Index) and isinstance(function.object, n.Name):
        from lua_compat.translate.libraries import LIBRARIES

        return function.object.name in LIBRARIES
    return False


def named(word: str, at: Any) -> n.Name:
    """A new name, in the place of another node."""
    return n.Name(at.line, at.end, word)


def copied(node: Any) -> Any:
    """The expression once more, as nodes of its own."""
    from dataclasses import fields

    def again(value: Any) -> Any:
        if isinstance(value, n.Node):
            return copied(value)
        if isinstance(value, (list, tuple)):
            return type(value)(again(v) for v in value)
        return value

    made = object.__new__(type(node))
    for f in fields(node):
        setattr(made, f.name, again(getattr(node, f.name)))
    return made


def replaced(root: Any, old: Any, new: Any) -> None:
    """Puts a node in the place of another one, below ``root``."""
    from dataclasses import fields

    def within(value: Any) -> Any:
        if value is old:
            return new
        if isinstance(value, list):
            value[:] = [within(v) for v in value]
        elif isinstance(value, tuple):
            return tuple(within(v) for v in value)
        elif isinstance(value, n.Node):
            replaced(value, old, new)
        return value

    for f in fields(root):
        value = getattr(root, f.name)
        if f.name not in ("symbol", "info", "step", "comments"):
            made = within(value)
            if made is not value:
                setattr(root, f.name, made)


def fresh(root: Any, *words: str) -> str:
    """The first of the words that no variable of a file has, or the last with a number behind it."""
    taken = {x.name for x in n.walk(root) if isinstance(x, n.Name)}
    for word in words:
        if word not in taken:
            return word
    count = 2
    while f"{words[-1]}_{count}" in taken:
        count += 1
    return f"{words[-1]}_{count}"
