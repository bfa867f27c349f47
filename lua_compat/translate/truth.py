"""What is true: in Lua all but nil and false, so that 0 and the empty string are, and an empty table is."""

from __future__ import annotations

from typing import Any

from lua_compat.translate import nodes as n
from lua_compat.translate.context import Context, expression
from lua_compat.translate.kinds import ANY, BOOL, FLOAT, INT, NIL, STR, T_BOOL, T_NIL, Mod, Tab, Tens, Thing, Type, join
from lua_compat.translate.python import AND, COMPARE, IFELSE, NOT, OR, Py

_FLIPPED = {"is None": "is not None", "is not None": "is None"}
_COMPARISONS = {"==", "~=", "<", ">", "<=", ">="}


def condition(c: Context, node: Any) -> Py:
    """An expression that is true in Python where the script's is true in Lua."""
    if isinstance(node, n.Paren):
        return condition(c, node.inner)
    if isinstance(node, n.Unary) and node.op == "not":
        return negated(condition(c, node.operand))
    if isinstance(node, n.Binary) and node.op in ("and", "or"):
        left, right = condition(c, node.left), condition(c, node.right)
        level = AND if node.op == "and" else OR
        return Py(f"{left.at(level)} {node.op} {right.at(level)}", T_BOOL, level)
    if isinstance(node, n.Binary) and node.op in _COMPARISONS:
        return c.expr(node)
    from lua_compat.translate import strings

    inside = strings.contains(c, node)
    if inside is not None:
        return inside
    return as_condition(c, c.expr(node))


def as_condition(c: Context, value: Py) -> Py:
    """A value where only its truth counts."""
    kind = value.type
    if value.code.endswith((".weight.data", ".bias.data")):
        owner, _, name = value.code[:-5].rpartition(".")
        value = Py(f'getattr({owner}, "{name}", None)' if value.note == "maybe" else f"{owner}.{name}", kind)
    if kind.is_only(BOOL) and not kind.has(ANY):
        return value
    if value.code in ("True", "False"):
        return value
    if value.code[:1].isdigit() or value.code[:1] in "\"'[":
        return Py("True", T_BOOL)
    if kind.unknown or kind.has(BOOL):
        if kind == T_NIL:
            return Py(f"{value.at(COMPARE + 1)} is not None", T_BOOL, COMPARE)
        return Py(f"{c.lua('truthy')}({value.code})", T_BOOL)
    return Py(f"{value.at(COMPARE + 1)} is not None", T_BOOL, COMPARE)


def negated(value: Py) -> Py:
    """Python's `not`, said the short way."""
    for ending, other in _FLIPPED.items():
        if value.level == COMPARE and value.code.endswith(ending) and " and " not in value.code:
            return Py(value.code[: -len(ending)] + other, T_BOOL, COMPARE)
    if value.level == NOT and value.code.startswith("not "):
        return Py(value.code[4:], T_BOOL, COMPARE)
    return Py(f"not {value.at(NOT)}", T_BOOL, NOT)


def always_true(kind: Type) -> bool:
    """Whether no value of the type is nil or false."""
    return not kind.empty and not kind.has(NIL, BOOL, ANY)


def is_pure(node: Any) -> bool:
    """Whether an expression can be said twice, or not at all: names, constants and fields of them."""
    if isinstance(node, (n.Name, n.Number, n.String, n.Bool, n.Nil)):
        return True
    if isinstance(node, n.Index):
        return is_pure(node.object) and is_pure(node.key)
    if isinstance(node, n.Binary):
        return node.op not in ("and", "or") and is_pure(node.left) and is_pure(node.right)
    if isinstance(node, n.Table):
        return not node.fields
    return isinstance(node, (n.Unary, n.Paren)) and is_pure(node.operand if isinstance(node, n.Unary) else node.inner)


def write_and(c: Context, node: n.Binary) -> Py:
    """``a and b`` as a value."""
    left = c.expr(node.left)
    right = c.expr(node.right)
    if left.type.is_only(BOOL) and not left.type.has(ANY):
        return Py(f"{left.at(AND)} and {right.at(AND)}", join(T_BOOL, right.type), AND)
    test = condition(c, node.left)
    other = "None"
    kind = join(right.type, T_NIL)
    if left.type.has(BOOL):
        other, kind = "False", join(right.type, T_BOOL)
    return Py(f"{right.at(OR)} if {test.at(OR)} else {other}", kind, IFELSE)


def write_or(c: Context, node: n.Binary) -> Py:
    """``a or b`` as a value, and the idiom ``a and b or c``."""
    left = node.left.inner if isinstance(node.left, n.Paren) else node.left
    if isinstance(left, n.Binary) and left.op == "and":
        return _choice(c, left, node.right)
    default = _got(c, node)
    if default is not None:
        return default
    value, other = c.expr(node.left), c.expr(node.right)
    if value.note == "sure":
        return value
    kind = join(Type(*[a for a in value.type.atoms if a != NIL]), other.type)
    if value.type.is_only(BOOL) and not value.type.has(ANY):
        return Py(f"{value.at(OR)} or {other.at(OR)}", kind, OR)
    if value.simple or is_pure(node.left):
        return Py(f"{value.at(OR)} if {as_condition(c, value).at(OR)} else {other.at(IFELSE)}", kind, IFELSE)
    given = other.code if is_pure(node.right) else f"lambda: {other.code}"
    return Py(f"{c.lua('default')}({value.code}, {given})", kind)


def _choice(c: Context, test: n.Binary, other_node: Any) -> Py:
    """``a and b or c``: b where a is true, given that b is never nil or false."""
    asked = condition(c, test.left)
    chosen, other = c.expr(test.right), c.expr(other_node)
    kind = join(chosen.type.without_nil(), other.type)
    if not always_true(chosen.type) and not _constant_true(test.right):
        if chosen.type.is_only(BOOL):
            code = f"{asked.at(AND)} and {chosen.at(AND)} or {other.at(OR)}"
            return Py(code, kind, OR)
        if is_pure(test.right):
            both = as_condition(c, chosen)
            return Py(f"{chosen.at(OR)} if {asked.at(AND)} and {both.at(AND)} else {other.at(IFELSE)}", kind, IFELSE)
        if not _surely_something(chosen):
            code = f"{c.lua('default')}({chosen.at(OR)} if {asked.at(OR)} else None, lambda: {other.code})"
            return Py(code, kind)
    return Py(f"{chosen.at(OR)} if {asked.at(OR)} else {other.at(IFELSE)}", kind, IFELSE)


def _constant_true(node: Any) -> bool:
    return isinstance(node, (n.Number, n.String, n.Table, n.Function)) or (isinstance(node, n.Bool) and node.value)


def _surely_something(value: Py) -> bool:
    sorts = (Tens, Mod, Tab, Thing)
    return value.type.is_only(INT, FLOAT, STR, *sorts) and not value.type.has(NIL)


def _got(c: Context, node: n.Binary) -> Py | None:
    """``t[k] or d`` of a table with computed keys: ``t.get(k, d)``."""
    left = node.left.inner if isinstance(node.left, n.Paren) else node.left
    if not isinstance(left, n.Index) or not is_pure(node.right):
        return None
    table = c.expr(left.object)
    info = table.type.table
    if info is None or info.is_list or info.of_module is not None or not table.type.is_only(Tab):
        return None
    if isinstance(left.key, n.String):
        return None
    if info.value.has(BOOL, NIL, ANY) or info.value.empty:
        return None
    other = c.expr(node.right)
    return Py(f"{table.at(11)}.get({c.expr(left.key).code}, {other.code})", join(info.value, other.type))


@expression(n.Binary)
def _binary(c: Context, node: n.Binary) -> Py:
    from lua_compat.translate import operators

    if node.op == "and":
        return write_and(c, node)
    if node.op == "or":
        return write_or(c, node)
    return operators.binary(c, node)


@expression(n.Unary)
def _unary(c: Context, node: n.Unary) -> Py:
    from lua_compat.translate import operators

    if node.op == "not":
        return negated(condition(c, node.operand))
    return operators.unary(c, node)
