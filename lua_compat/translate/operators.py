"""Arithmetic, comparison, concatenation and length."""

from __future__ import annotations

from typing import Any

from lua_compat.translate import nodes as n
from lua_compat.translate.context import Context
from lua_compat.translate.kinds import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    NIL,
    NOTHING,
    OUT,
    STR,
    T_BOOL,
    T_FLOAT,
    T_INT,
    T_STR,
    Mod,
    Obj,
    Tab,
    Tens,
    Thing,
    Type,
    join,
    tensor,
)
from lua_compat.translate.python import ADD, COMPARE, MUL, POWER, UNARY, Py, string

_LEVELS = {"+": ADD, "-": ADD, "*": MUL, "/": MUL, "%": MUL, "^": POWER}
_COMPARE = {"==": "==", "~=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}


def binary(c: Context, node: n.Binary) -> Py:
    """An operator with two sides."""
    if node.op == "..":
        return concatenation(c, node)
    if node.op in _COMPARE:
        return _comparison(c, node)
    infinite = _by_zero(c, node)
    if infinite is not None:
        return infinite
    left, right = counted(c, c.expr(node.left)), counted(c, c.expr(node.right))
    if node.op == "-" and (_graph(left) or _graph(right)):
        return _joined_nodes(c, left, right)
    op = node.op
    kind = _arithmetic(op, left, right, node)
    if op == "*" and _matrix(left) and _matrix(right):
        op = "@"
    elif op == "*" and left.type.unknown and right.type.unknown:
        c.doubt("`*` of two tensors is the matrix product in Lua")
    level = _LEVELS[node.op]
    if node.op == "^":
        return Py(f"{left.at(POWER + 1)} ** {right.at(UNARY)}", kind, POWER)
    note = "int/int" if op == "/" and left.type.whole and right.type.whole else None
    return Py(f"{left.at(level)} {op} {right.at(level + 1)}", kind, level, note=note)


def counted(c: Context, value: Py) -> Py:
    """A side of an operation: Lua makes numbers of strings that read as such."""
    if not value.type.has(STR):
        return value
    return Py(f"{c.lua('tonumber')}({value.code})", join(T_INT, T_FLOAT))


def _by_zero(c: Context, node: n.Binary) -> Py | None:
    """``1 / 0`` and ``0 / 0``, as scripts write infinity and what is no number."""
    left, right = node.left, node.right
    negative = isinstance(left, n.Unary) and left.op == "-"
    number = left.operand if isinstance(left, n.Unary) else left
    if node.op != "/" or not isinstance(number, n.Number) or not isinstance(right, n.Number) or right.value != 0:
        return None
    c.need("math")
    if number.value == 0:
        return Py("math.nan", T_FLOAT)
    return Py("-math.inf", T_FLOAT, UNARY) if negative else Py("math.inf", T_FLOAT)


def _matrix(value: Py) -> bool:
    return value.type.one(Tens) is not None or value.type.has(OUT)


def _graph(value: Py) -> bool:
    return value.type.has(Thing("node")) or value.type.one(Mod) is not None


def _joined_nodes(c: Context, left: Py, right: Py) -> Py:
    """nngraph's ``x - nn.Linear(4, 3)``."""
    start = left.at(ADD) if left.type.has(Thing("node")) else f"nn.Node({left.code})"
    return Py(f"{start} >> {right.at(ADD)}", Type(Thing("node")), ADD - 1)


def _arithmetic(op: str, left: Py, right: Py, node: n.Binary) -> Type:
    a, b = left.type, right.type
    tensors = [t for t in (a.one(Tens), b.one(Tens)) if t is not None]
    if tensors:
        ranks = {t.rank for t in tensors}
        if op == "*" and len(tensors) == 2:
            inner = tensors[1].rank
            return tensor(inner if inner in (1, 2) else None)
        return tensor(ranks.pop() if len(ranks) == 1 else None, tensors[0].kind)
    if a.has(OUT) or b.has(OUT):
        return tensor()
    if op == "/":
        return T_FLOAT
    if a.whole and b.whole:
        if op == "^" and isinstance(node.right, n.Unary):
            return T_FLOAT
        return T_INT
    if a.number and b.number:
        return T_FLOAT if op == "^" or a.is_only(FLOAT) or b.is_only(FLOAT) else join(T_INT, T_FLOAT)
    if a.is_only(FLOAT) or b.is_only(FLOAT):
        return T_FLOAT
    if a.empty or b.empty:
        return NOTHING
    if (a.unknown and b.has(INT, FLOAT)) or (b.unknown and a.has(INT, FLOAT)):
        return Type(INT, FLOAT, ANY)
    return Type(ANY)


def _identity(kind: Type) -> bool:
    """Whether values of the type are the same only where they are one object."""
    return kind.is_only(Tens, Tab, Mod, Obj, Thing) and not kind.has(Thing("size"))


def _comparison(c: Context, node: n.Binary) -> Py:
    sign = _COMPARE[node.op]
    if sign in ("==", "!="):
        word = "is" if sign == "==" else "is not"
        if isinstance(node.right, n.Nil) or isinstance(node.left, n.Nil):
            other = c.expr(node.left if isinstance(node.right, n.Nil) else node.right)
            code = other.at(COMPARE + 1)
            code = code[:-5] if code.endswith((".weight.data", ".bias.data")) else code
            return Py(f"{code} {word} None", T_BOOL, COMPARE)
        left, right = c.expr(node.left), c.expr(node.right)
        values = _plain(left) or _plain(right)
        if not values and (_identity(left.type) or _identity(right.type)):
            return Py(f"{left.at(COMPARE + 1)} {word} {right.at(COMPARE + 1)}", T_BOOL, COMPARE)
        if isinstance(node.right, n.Bool):
            return Py(f"{left.at(COMPARE + 1)} {word} {right.code}", T_BOOL, COMPARE)
        if _plain(left) or _plain(right) or left.type.is_only(BOOL):
            return Py(f"{left.at(COMPARE + 1)} {sign} {right.at(COMPARE + 1)}", T_BOOL, COMPARE)
        code = f"{c.lua('same')}({left.code}, {right.code})"
        return Py(code, T_BOOL) if sign == "==" else Py(f"not {code}", T_BOOL, 4)
    left, right = c.expr(node.left), c.expr(node.right)
    return Py(f"{left.at(COMPARE + 1)} {sign} {right.at(COMPARE + 1)}", T_BOOL, COMPARE)


def _plain(value: Py) -> bool:
    return value.type.is_only(INT, FLOAT, STR)


def unary(c: Context, node: n.Unary) -> Py:
    """Minus, and the length."""
    if node.op == "-":
        if isinstance(node.operand, (n.Method, n.Call)) and _graph(c.expr(node.operand)):
            return Py(f"nn.Node({c.expr(node.operand).code})", Type(Thing("node")))
        value = counted(c, c.expr(node.operand))
        return Py(f"-{value.at(UNARY)}", value.type, UNARY)
    return length(c, node.operand, node)


def _as_size(c: Context, node: Any) -> bool:
    """Whether the length of something goes where sizes go: it is a tensor's then."""
    parent = c.program.parents.get(id(node))
    if isinstance(parent, n.Method):
        return parent.name in ("resize", "view", "reshape", "expand")
    f = parent.function if isinstance(parent, n.Call) else None
    if not isinstance(f, n.Index) or not isinstance(f.key, n.String):
        return False
    return f.key.value == "new" or (isinstance(f.object, n.Name) and f.object.name == "torch")


def length(c: Context, node: Any, whole: Any = None) -> Py:
    """``#x``."""
    value = c.expr(node)
    kind = value.type
    if kind.has(OUT) and kind.table is None and whole is not None and _as_size(c, whole):
        parent = c.program.parents.get(id(whole))
        called: Any = parent.function if isinstance(parent, n.Call) else None
        new = isinstance(called, n.Index) and getattr(called.key, "value", "") == "new"
        return Py(f"{value.at(11)}.shape", Type(Thing("size")), star=new)
    info = kind.table
    if info is not None:
        c.mark(info, "list") if not info.fields else None
    if kind.string or (kind.list and kind.is_only(Tab)) or (kind.has(OUT) and not kind.one(Tens)):
        return Py(f"len({value.code})", T_INT)
    if kind.tensor is not None:
        return Py(f"{value.at(11)}.shape", Type(Thing("size")))
    if kind.is_only(Mod) or kind.is_only(Thing):
        return Py(f"len({value.code})", T_INT)
    return Py(f"{c.lua('length')}({value.code})", T_INT)


def concatenation(c: Context, node: n.Binary) -> Py:
    """``a .. b``: an f-string where that reads well."""
    parts: list[Any] = []
    stack: list[Any] = [node]
    while stack:
        item = stack.pop(0)
        if isinstance(item, n.Binary) and item.op == "..":
            stack[:0] = [item.left, item.right]
        elif isinstance(item, n.Paren) and isinstance(item.inner, n.Binary) and item.inner.op == "..":
            stack[:0] = [item.inner]
        else:
            parts.append(item)
    made = [p.value if isinstance(p, n.String) else c.expr(p) for p in parts]
    return interpolated(c, [m if isinstance(m, str) else (m, "") for m in made])


def interpolated(c: Context, parts: list[Any]) -> Py:
    """A string out of texts and of (expression, format) pairs."""
    parts = [(_as_text(c, p[0]), p[1]) if isinstance(p, tuple) and not p[1] else p for p in parts]
    codes = [p[0].code for p in parts if isinstance(p, tuple)]
    if not codes:
        return Py(string("".join(parts)), T_STR)
    if any(q in code for code in codes for q in "\"\\{}'!\x00\x01"):
        return _added(parts)
    out = []
    for p in parts:
        if isinstance(p, str):
            out.append(_in_quotes(p))
        else:
            out.append(f"{{{_inside(p[0])}{':' + p[1] if p[1] else ''}}}")
    return Py('f"' + "".join(out) + '"', T_STR)


def _in_quotes(text: str) -> str:
    """A text as it stands in an f-string with double quotes."""
    special = {'"': '\\"', "'": "'", "{": "{{", "}": "}}"}
    return "".join([special.get(ch) or repr(ch)[1:-1] for ch in text])


def _inside(value: Py) -> str:
    code = value.code
    if code.startswith("str(") and code.endswith(")") and _closes(code):
        code = code[4:-1]
    return f"({code})" if value.level < 2 or code.startswith("{") else code


def _closes(code: str) -> bool:
    depth = 0
    for i, ch in enumerate(code):
        depth += (ch == "(") - (ch == ")")
        if depth == 0 and ch == ")":
            return i == len(code) - 1
    return False


def _as_text(c: Context, value: Py) -> Py:
    """A value as what `..` makes of it."""
    if value.type.string and not value.type.has(NIL, ANY):
        return value
    if value.type.whole and not value.type.has(ANY):
        return Py(f"str({value.code})", T_STR)
    if value.code.startswith((c.lua("tostring"), "str(")):
        return value
    return Py(f"{c.lua('tostring')}({value.code})", T_STR)


def _added(parts: list[Any]) -> Py:
    out = []
    for p in parts:
        if isinstance(p, str):
            out.append(string(p))
        else:
            value, form = p
            out.append(f"format({value.code}, {string(form)})" if form else value.at(ADD))
    return Py(" + ".join(out), T_STR, ADD if len(out) > 1 else 11)
