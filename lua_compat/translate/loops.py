"""Loops: numeric ones, which count from 0 where only elements are taken with the variable, and those over iterators."""

from __future__ import annotations

import re
from typing import Any

from lua_compat.translate import nodes as n
from lua_compat.translate.context import Context, statement
from lua_compat.translate.elements import ends
from lua_compat.translate.kinds import (
    ANY,
    FLOAT,
    NOTHING,
    OUT,
    T_ANY,
    T_INT,
    T_STR,
    Fn,
    Tab,
    Tens,
    Thing,
    Type,
    join,
)
from lua_compat.translate.operators import counted
from lua_compat.translate.python import ATOM, Py, shifted
from lua_compat.translate.statements import body, put
from lua_compat.translate.templates import whole


@statement(n.NumericFor)
def _numeric(c: Context, s: n.NumericFor) -> None:
    symbol = s.name.symbol
    symbol.is_loop = True
    start, stop = counted(c, c.expr(s.start)), counted(c, c.expr(s.stop))
    step = None if s.step is None else counted(c, c.expr(s.step))
    down = step is not None and step.code.startswith("-")
    bottom = s.stop if down else s.start
    symbol.loop_from_1 = (isinstance(bottom, n.Number) and bottom.value >= 1) or _at_least_1(bottom)
    symbol.loop_start = bottom.value if isinstance(bottom, n.Number) else 0
    symbol.loop_node = s
    kinds = join(start.type, step.type if step is not None else NOTHING)
    c.learn(symbol, T_INT if not kinds.has(FLOAT) else kinds)
    zero = step is None and symbol.loop_from_1 and not kinds.has(FLOAT) and only_index(c, symbol, s)
    head = _range(c, start, stop, step, zero, down)
    if zero:
        c.zero_based.add(symbol)
    put(c, f"for {symbol.python} in {head}:")
    _body(c, s)
    c.zero_based.discard(symbol)


def _at_least_1(node: Any) -> bool:
    """``math.max(1, ...)``, or a sum that has a 1 in it."""
    if isinstance(node, n.Call) and isinstance(node.function, n.Index) and isinstance(node.function.key, n.String):
        return node.function.key.value == "max" and any(isinstance(a, n.Number) and a.value >= 1 for a in node.args)
    if isinstance(node, n.Binary) and node.op == "+":
        return any(isinstance(x, n.Number) and x.value >= 1 for x in (node.left, node.right))
    return False


def _body(c: Context, s: Any) -> None:
    c.loops.append(s)
    body(c, s.body)
    c.loops.pop()


def _range(c: Context, start: Py, stop: Py, step: Py | None, zero: bool, down: bool) -> str:
    kinds = join(start.type, step.type if step is not None else NOTHING)
    if kinds.has(FLOAT) or (step is not None and not _signed(step)):
        rest = f", {step.code}" if step is not None else ""
        return f"{c.lua('steps')}({start.code}, {stop.code}{rest})"
    begin = shifted(start, -1) if zero else start
    end = whole(stop) if zero else _beyond(whole(stop), -1 if down else 1)
    if step is not None:
        return f"range({begin.code}, {end.code}, {step.code})"
    return f"range({end.code})" if begin.code == "0" else f"range({begin.code}, {end.code})"


def _beyond(stop: Py, by: int) -> Py:
    if stop.code.startswith("-") and stop.code[1:].isdigit():
        return Py(str(int(stop.code) + by), T_INT)
    return shifted(stop, by)


def _signed(step: Py) -> bool:
    """Whether a step's sign is plain to see; a variable is taken to go up."""
    return step.type.whole and not (step.code.startswith("-") and not step.code[1:].isdigit())


def only_index(c: Context, symbol: Any, loop: Any) -> bool:
    """Whether a loop's variable does nothing but count elements of lists and tensors."""
    if not symbol.uses or symbol.assigned:
        return False
    for use in symbol.uses:
        parent = c.program.parents.get(id(use))
        node: Any = use
        if (
            isinstance(parent, n.Binary)
            and parent.op in "+-"
            and isinstance(parent.right, n.Number)
            and parent.left is use
        ):
            node, parent = parent, c.program.parents.get(id(parent))
        if not isinstance(parent, n.Index) or parent.key is not node or not _counts_from_0(c, parent):
            return False
    return True


def _counts_from_0(c: Context, index: n.Index) -> bool:
    marks, before, unsure = list(c.marks), list(c.before), list(c.unsure)
    kind = c.expr(index.object).type
    c.marks, c.before, c.unsure = marks, before, unsure
    if (kind.one(Tens) is not None and kind.is_only(Tens)) or kind.has(Thing("size")) or kind.is_only(OUT):
        return True
    return kind.list


# -- iterators


@statement(n.GenericFor)
def _generic(c: Context, s: n.GenericFor) -> None:
    names = [name.symbol for name in s.names]
    call: Any = s.values[0]
    word = call.function.name if isinstance(call, n.Call) and isinstance(call.function, n.Name) else ""
    if word == "ipairs" and len(s.values) == 1:
        _ipairs(c, s, names, call.args[0])
    elif word == "pairs" and len(s.values) == 1:
        _pairs(c, s, names, call.args[0])
    else:
        _iterator(c, s, names)
    head = len(c.lines) - 1
    _body(c, s)
    _drop_index(c, names, head)
    for symbol in names:
        c.zero_based.discard(symbol)


def _drop_index(c: Context, names: list[Any], head: int) -> None:
    """Where the index of `enumerate` is not used any more, the loop goes without it."""
    line = c.lines[head]
    found = re.match(r"( *)for (\w+), (\w+) in enumerate\((.*?)(, 1)?\):$", line)
    if found is None or found[2] != names[0].python or found[4].count("(") != found[4].count(")"):
        return
    if not any(re.search(rf"\b{found[2]}\b", text) for text in c.lines[head + 1 :]):
        c.lines[head] = f"{found[1]}for {found[3]} in {found[4]}:"


def _ipairs(c: Context, s: n.GenericFor, names: list[Any], node: Any) -> None:
    over = c.expr(node)
    index = names[0]
    value = names[1] if len(names) > 1 else None
    index.is_loop, index.loop_from_1, index.loop_start = True, True, 1
    index.loops_over, index.loop_node, index.ipairs_index = node, s, True
    info = over.type.table
    if info is not None:
        c.mark(info, "list") if not info.fields else None
    c.learn(index, T_INT)
    if value is not None:
        c.learn(value, elements(over.type))
    if not _is_sequence(over.type):
        put(c, f"for {_names(index, value)} in {c.lua('ipairs')}({over.code}):")
        return
    used = bool(index.uses)
    if not used:
        put(c, f"for {_loop_name(value)} in {_sequence(over)}:")
        return
    zero = only_index(c, index, s)
    if zero:
        c.zero_based.add(index)
    if value is None or (not value.uses and value.name == "_"):
        put(c, f"for {index.python} in range({'' if zero else '1, '}len({over.code}){'' if zero else ' + 1'}):")
        return
    put(c, f"for {_names(index, value)} in enumerate({over.code}{'' if zero else ', 1'}):")


def _sequence(over: Py) -> str:
    """A list as it is gone through: a tuple in the place of a list that is made for the loop."""
    return over.code if over.level > 1 else f"({over.code})"


def _loop_name(symbol: Any) -> str:
    return "_" if symbol is None else str(symbol.python)


def _names(first: Any, second: Any) -> str:
    a = "_" if not first.uses and first.name == "_" else first.python
    return f"{a}, {_loop_name(second)}"


def _is_sequence(kind: Type) -> bool:
    if kind.is_only(OUT) or kind.has(Thing("size")):
        return True
    info = kind.table
    if info is None:
        return False
    return info.is_list and all(isinstance(a, (Tab, Tens)) or a in (OUT, "nil", ANY) for a in kind.atoms)


def elements(kind: Type) -> Type:
    """The type of the elements of a list, or of what a module gave."""
    info = kind.table
    if info is not None:
        extra = [Type(OUT)] if kind.has(OUT) else []
        return join(info.elem, *([info.value] if not info.is_list else []), *extra)
    if kind.has(OUT):
        return Type(OUT)
    return NOTHING if kind.empty else T_ANY


def _pairs(c: Context, s: n.GenericFor, names: list[Any], node: Any) -> None:
    over = c.expr(node)
    key = names[0]
    value = names[1] if len(names) > 1 else None
    info = over.type.table
    if info is None or info.of_module is not None:
        c.learn(key, T_ANY if not over.type.empty else NOTHING)
        if value is not None:
            c.learn(value, T_ANY if not over.type.empty else NOTHING)
        put(c, f"for {_names(key, value)} in {c.lua('pairs')}({over.code}):")
        return
    c.mark(info, "pairs")
    info = info.find()
    _order(c, s, info)
    if info.is_list:
        c.learn(key, T_INT)
        if value is not None:
            c.learn(value, info.elem)
        if not key.uses:
            put(c, f"for {_loop_name(value)} in {over.code}:")
        else:
            put(c, f"for {_names(key, value)} in enumerate({over.code}, 1):")
        return
    keys = join(info.key, T_STR if info.fields else NOTHING, T_INT if info.elem.atoms else NOTHING)
    c.learn(key, keys)
    if value is not None:
        c.learn(value, join(info.value, info.elem, *info.fields.values()).without_nil())
    changed = any(
        isinstance(x, n.Assign) and any(isinstance(t, n.Index) and ends(t.object, node) for t in x.targets)
        for x in n.walk(s.body)
    )
    every = (
        "items"
        if value is not None and value.uses and key.uses
        else "values"
        if value is not None and value.uses
        else "keys"
    )
    code = f"{over.at(ATOM)}.{every}()"
    if every == "keys":
        code = over.at(ATOM)
    if changed:
        code = f"list({code})"
    left = {"items": _names(key, value), "values": _loop_name(value), "keys": key.python}[every]
    put(c, f"for {left} in {code}:")


def _order(c: Context, s: n.GenericFor, info: Any) -> None:
    """Whether the order in which pairs comes shows: Lua's is that of its hashes, Python's that of insertion."""
    if info.is_list:
        return
    shows = False
    for x in n.walk(s.body):
        if isinstance(x, n.Call) and isinstance(x.function, n.Name) and x.function.name == "print":
            shows = True
        if isinstance(x, n.Call) and isinstance(x.function, n.Index) and isinstance(x.function.key, n.String):
            shows = shows or x.function.key.value in ("write", "insert")
        if isinstance(x, n.Unary) and x.op == "#":
            shows = True
    if not shows:
        return
    rest = s.block.statements[s.block.statements.index(s) + 1 :][:2]  # type: ignore[attr-defined]
    for follow in rest:
        for x in n.walk(follow):
            if (
                isinstance(x, n.Call)
                and isinstance(x.function, n.Index)
                and getattr(x.function.key, "value", "") == "sort"
            ):
                return
    c.doubt("pairs goes in another order in Lua")


def _iterator(c: Context, s: n.GenericFor, names: list[Any]) -> None:
    made = c.many(s.values)
    first = made[0]
    code = ", ".join([m.code for m in made])
    left = ", ".join([x.python for x in names])
    if first.note == "iterable":
        for k, symbol in enumerate(names):
            c.learn(symbol, first.type if k == 0 else T_STR)
        put(c, f"for {left} in {first.code}:")
        return
    functions = first.type.all(Fn)
    for k, symbol in enumerate(names):
        kinds = [f.info.returns[k] for f in functions if k < len(f.info.returns)]
        c.learn(symbol, join(*kinds).without_nil() if kinds else NOTHING if first.type.empty else T_ANY)
    count = f", {len(names)}" if len(names) > 1 or len(made) > 1 else ""
    rest = "" if len(made) == 1 else f", {code.partition(', ')[2]}"
    put(c, f"for {left} in {c.lua('iterate')}({first.code}{count}{rest}):")
