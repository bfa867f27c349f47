"""Elements of tables, tensors and outputs, and slices."""

from __future__ import annotations

from typing import Any

from lua_compat.translate import nodes as n
from lua_compat.translate.context import Context
from lua_compat.translate.kinds import (
    ANY,
    FLOAT,
    INT,
    NOTHING,
    OUT,
    STR,
    T_ANY,
    T_FLOAT,
    T_INT,
    T_NIL,
    Mod,
    TableInfo,
    Tens,
    Thing,
    Type,
    join,
    tensor,
)
from lua_compat.translate.python import ATOM, NONE, Py, minus_one
from lua_compat.translate.templates import whole


def element(c: Context, node: n.Index, owner: Py) -> Py:
    kind = owner.type
    info = kind.table
    if kind.one(Tens) is not None or isinstance(node.key, n.Table):
        return tensor_element(c, node, owner)
    if kind.has(Thing("size")):
        return Py(f"{owner.at(ATOM)}[{minus_one(whole(c.expr(node.key))).code}]", T_INT)
    if kind.has(OUT) and info is None:
        return _of_output(c, node, owner)
    if info is not None:
        return table_element(c, node, owner, info)
    if kind.is_only(Mod):
        return Py(f"{owner.at(ATOM)}[{c.expr(node.key).code}]", T_ANY)
    if kind.is_only(STR):
        c.doubt("an element of a string is nil in Lua")
        return NONE
    if isinstance(node.key, n.Unary) and node.key.op == "#" and ends(node.key.operand, node.object):
        return Py(f"{owner.at(ATOM)}[-1]", T_ANY)
    key = c.expr(node.key)
    if _as_tensor(c, node):
        return Py(f"{owner.at(ATOM)}[{minus_one(whole(key)).code}]", tensor())
    return Py(f"{c.lua('get')}({owner.code}, {key.code})", NOTHING if kind.empty else T_ANY)


def _as_tensor(c: Context, node: n.Index) -> bool:
    """Whether what is done with an element says that it is one of a tensor."""
    from lua_compat.translate import rules

    parent = c.program.parents.get(id(node))
    if not isinstance(parent, n.Method) or parent.object is not node or isinstance(node.key, n.String):
        return False
    return parent.name in rules.tensor_methods() and parent.name not in (
        "clone",
        "size",
        "type",
        "float",
        "double",
        "sub",
    )


def ends(a: Any, b: Any) -> bool:
    """Whether two expressions are the same variable or field."""
    if isinstance(a, n.Name) and isinstance(b, n.Name):
        return a.symbol is b.symbol
    if isinstance(a, n.Index) and isinstance(b, n.Index):
        same_key = isinstance(a.key, n.String) and isinstance(b.key, n.String) and a.key.value == b.key.value
        return same_key and ends(a.object, b.object)
    return False


def _of_output(c: Context, node: n.Index, owner: Py) -> Py:
    """An element of what a module gave: of a list, or a row of a tensor."""
    if isinstance(node.key, n.Unary) and node.key.op == "#" and ends(node.key.operand, node.object):
        return Py(f"{owner.at(ATOM)}[-1]", Type(OUT))
    place = minus_one(whole(c.expr(node.key))).code
    if id(node) not in c.program.receivers and _may_be_number(c, node):
        return Py(f"{c.lua('element')}({owner.code}, {place})", Type(OUT, ANY))
    return Py(f"{owner.at(ATOM)}[{place}]", Type(OUT))


def _may_be_number(c: Context, node: n.Index) -> bool:
    """Whether an element of what a module gave is used as a number may be."""
    if isinstance(node.object, n.Index) and not isinstance(node.object.key, n.String):
        return True
    parent = c.program.parents.get(id(node))
    return isinstance(parent, n.Binary) or (
        isinstance(parent, n.Call) and getattr(parent.function, "name", "") == "print"
    )


def table_element(c: Context, node: n.Index, owner: Py, info: TableInfo) -> Py:
    """An element of a table: 0-based of a list, by its key of others."""
    key = c.expr(node.key)
    if key.type.string:
        c.mark(info, "string") if not info.of_module else None
        c.learn_value(info, key.type, NOTHING)
        kind = join(info.value, *info.fields.values()) if info.fields else info.value
        return Py(f"{owner.at(ATOM)}[{key.code}]", join(kind, T_NIL))
    value = join(info.elem, info.value)
    if isinstance(node.key, n.Number) and node.key.value in info.slots and not info.stores and not info.value.atoms:
        value = info.slots[int(node.key.value)]
    if not info.is_list:
        return Py(f"{owner.at(ATOM)}[{key.code}]", join(value, T_NIL) if "sparse" in info.marks else value)
    if isinstance(node.key, n.Unary) and node.key.op == "#" and ends(node.key.operand, node.object):
        return Py(f"{owner.at(ATOM)}[-1]", value)
    place = minus_one(whole(key))
    if not key.type.number and not key.type.has(INT, FLOAT):
        return Py(f"{c.lua('get')}({owner.code}, {key.code})", value)
    if asks_for_nil(c, node) or not in_range(c, node.key):
        return Py(f"{c.lua('at')}({owner.code}, {place.code})", join(value, T_NIL))
    return Py(f"{owner.at(ATOM)}[{place.code}]", value)


def asks_for_nil(c: Context, node: Any) -> bool:
    """Whether the script looks if there is an element."""
    return id(node) in c.program.tested


def in_range(c: Context, key: Any) -> bool:
    """Whether an index cannot be below 1, so that Python does not count it from the end."""
    if isinstance(key, n.Number):
        return key.value >= 1
    if isinstance(key, n.Paren):
        return in_range(c, key.inner)
    if isinstance(key, n.Name):
        return key.symbol.loop_from_1 or key.symbol in c.zero_based or key.symbol.name in ("i", "index", "idx")
    if isinstance(key, n.Binary) and key.op == "+":
        sides = (key.left, key.right)
        if any(isinstance(x, n.Unary) and x.op == "#" for x in sides):
            return False  # beyond the end, where Lua has nil
        for a, b in (sides, sides[::-1]):
            if isinstance(b, n.Number) and b.value >= 1 and _not_negative(c, a):
                return True
        return in_range(c, key.left) and in_range(c, key.right)
    if isinstance(key, n.Unary) and key.op == "#":
        return True
    if isinstance(key, n.Binary) and key.op == "-":
        # One less than a loop variable that starts above: the first index is written in the script.
        return isinstance(key.left, n.Name) and getattr(key.left.symbol, "loop_start", 0) > getattr(
            key.right, "value", 99
        )
    # An element of a tensor or table that holds indices.
    return isinstance(key, n.Index)


def _not_negative(c: Context, node: Any) -> bool:
    if isinstance(node, n.Binary) and node.op == "%":
        return True
    if isinstance(node, n.Unary) and node.op == "#":
        return True
    return in_range(c, node) or (isinstance(node, n.Number) and node.value >= 0)


def tensor_element(c: Context, node: n.Index, owner: Py) -> Py:
    """``x[i]`` of a tensor: a number where it has one dimension; ``x[{{a, b}, i}]``."""
    known = owner.type.one(Tens)
    rank = known.rank if known is not None else None
    kind = known.kind if known is not None else None
    if isinstance(node.key, n.Table):
        places, left = slices(c, node.key)
        number = rank is not None and left is not None and rank - left == 0 and len(node.key.fields) == rank
        code = f"{owner.at(ATOM)}[{', '.join(places)}]"
        rest = None if rank is None or left is None else rank - left
        return Py(f"{code}.item()", _number_type(kind)) if number else Py(code, tensor(rest, kind))
    key = c.expr(node.key)
    if key.type.one(Tens) is not None:
        return Py(f"{owner.at(ATOM)}[{key.code}]", tensor(1, kind))
    code = f"{owner.code}[{minus_one(whole(key)).code}]"
    if (
        owner.code.endswith("]")
        and isinstance(node.object, n.Index)
        and not owner.code.endswith(":]")
        and owner.level == ATOM
    ):
        inner = owner.code[:-1]
        if inner.rfind("[") > 0 and ":" not in inner[inner.rfind("[") :]:
            code = f"{inner}, {minus_one(whole(key)).code}]"
    elif owner.level != ATOM:
        code = f"({owner.code})[{minus_one(whole(key)).code}]"
    if rank == 1:
        return Py(f"{code}.item()", _number_type(kind))
    if rank is None:
        if id(node) in c.program.receivers or owner.type.has(OUT):
            return Py(code, tensor(None, kind))
        return Py(f"{c.lua('element')}({owner.code}, {minus_one(whole(key)).code})", Type(Tens(None, kind), ANY))
    return Py(code, tensor(rank - 1, kind))


def _number_type(kind: str | None) -> Type:
    return T_INT if kind == "int" else T_FLOAT


def _stop(last: str) -> str:
    """The end of a slice, which is in it in Lua; from the end of the tensor, -1 is its last element."""
    if not (last.startswith("-") and last[1:].isdigit()):
        return last
    return "" if last == "-1" else str(int(last) + 1)


def part(first: Py, last: Py) -> str:
    """``1:3`` for the elements from the second to the third."""
    start = minus_one(whole(first)).code
    return f"{'' if start == '0' else start}:{_stop(whole(last).code)}"


def slices(c: Context, table: n.Table) -> tuple[list[str], int | None]:
    """The places of ``x[{ {a, b}, i, {} }]``, and how many dimensions go."""
    places, gone = [], 0
    for f in table.fields:
        v = f.value
        if isinstance(v, n.Table):
            ends_ = [c.expr(x.value) for x in v.fields]
            if not ends_:
                places.append(":")
            elif len(ends_) == 1:
                start = minus_one(whole(ends_[0]))
                places.append(f"{start.code}:{_stop(whole(ends_[0]).code)}")
            else:
                places.append(part(ends_[0], ends_[1]))
        else:
            places.append(minus_one(whole(c.expr(v))).code)
            gone += 1
    return places, gone
