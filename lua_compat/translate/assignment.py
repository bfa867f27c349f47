"""Assignments: to variables, fields, elements of tables and of tensors."""

from __future__ import annotations

from typing import Any

from lua_compat.translate import closures
from lua_compat.translate import nodes as n
from lua_compat.translate.context import Context, statement
from lua_compat.translate.elements import ends
from lua_compat.translate.expressions import field_code
from lua_compat.translate.functions import define, info_of
from lua_compat.translate.kinds import (
    NOTHING,
    OUT,
    T_ANY,
    T_NIL,
    Cls,
    Fn,
    Lib,
    Mod,
    Obj,
    Tens,
    Thing,
    Type,
    join,
)
from lua_compat.translate.layout import comment_lines
from lua_compat.translate.python import ATOM, NONE, Py, minus_one
from lua_compat.translate.statements import put
from lua_compat.translate.templates import whole


@statement(n.Local)
def _local(c: Context, s: n.Local) -> None:
    from lua_compat.translate import classes, files

    if files.local_require(c, s) or classes.write(c, s):
        return
    if getattr(s, "module_table", False):
        _module_fields(c, s)
        return
    if not s.values:
        names = [name.symbol.python for name in s.names]
        for name in s.names:
            c.learn(name.symbol, T_NIL)
        if _needs_declaration(s):
            put(c, " = ".join(names) + " = None")
        elif s.comments or s.trailing:
            c.lines += comment_lines(s.trailing, c.indent) if s.trailing else []
        return
    if len(s.names) == 1 and isinstance(s.values[0], n.Function):
        c.learn(s.names[0].symbol, Type(Fn(info_of(c, s.values[0], s.names[0].symbol.python))))
        c.lines += define(
            c, s.values[0], s.names[0].symbol.python, bound=closures.kept(c, s.values[0], s.names[0].symbol)
        )
        return
    _assign(c, s.names, s.values, [name.symbol for name in s.names])


def _module_fields(c: Context, s: n.Local) -> None:
    """The table that a file returns: its fields are names of the module."""
    table = s.values[0]
    assert isinstance(table, n.Table)
    info = c.unit.module_info
    assert info is not None
    for k, f in enumerate(table.fields):
        name = f.key.value  # type: ignore[union-attr]
        value = c.expr(f.value)
        c.learn_field(info, name, value.type)
        put(c, f"{c.unit.exports[name]} = {value.code}", last=k == len(table.fields) - 1)


def _needs_declaration(s: n.Local) -> bool:
    return True


@statement(n.Assign)
def _assignment(c: Context, s: n.Assign) -> None:
    from lua_compat.translate import classes

    if classes.static(c, s):
        return
    if len(s.targets) == 1 and _is_path(s.targets[0]):
        _keep(c, s)  # where modules are is settled by the imports
        return
    if len(s.targets) == 1 and isinstance(s.targets[0], n.Name) and isinstance(s.values[0], n.Function):
        symbol = s.targets[0].symbol
        c.learn(symbol, Type(Fn(info_of(c, s.values[0], symbol.python or symbol.name))))
        c.lines += define(c, s.values[0], symbol.python or symbol.name)
        return
    _assign(c, s.targets, s.values, None)


def _is_path(target: Any) -> bool:
    """``package.path``."""
    named = isinstance(target, n.Index) and isinstance(target.object, n.Name) and target.object.name == "package"
    return named and target.object.symbol.function is None


def _keep(c: Context, s: Any) -> None:
    if s.trailing:
        c.lines += comment_lines(s.trailing, c.indent)


def _assign(c: Context, targets: list[Any], nodes: list[Any], fresh: Any) -> None:
    """Gives values to variables, fields and elements."""
    made = c.many(nodes)
    if len(targets) > 1 and len(made) < len(targets) and made and _several(made[-1]):
        _unpack(c, targets, made)
        return
    values = [made[i] if i < len(made) else NONE for i in range(len(targets))]
    if made and made[-1].star and len(made) >= len(targets):
        from lua_compat.translate.context import first

        values = [first(v) if v.star else v for v in values]
    extra = made[len(targets) :]
    pairs = [
        (t, v) for t, v in zip(targets, values, strict=True) if not _ignored(t) or not (_pure(v) or _said(v, values))
    ]
    if not pairs:
        pairs = list(zip(targets, values, strict=True))[-1:]
    shared = _shared_base(targets, values)
    if shared is not None:
        _two_parts(c, targets, shared)
        return
    if len(pairs) > 1 and not _independent(targets, nodes):
        _together(c, [t for t, _ in pairs], [v for _, v in pairs])
        return
    plain = all(isinstance(t, n.Name) and not _counts(t, v) for t, v in pairs)
    if len(pairs) > 1 and plain and _short(pairs):
        _together(c, [t for t, _ in pairs], [v for _, v in pairs])
        return
    for k, (target, value) in enumerate(pairs):
        store(c, target, value, last=k == len(pairs) - 1)
    _ = extra


def _said(value: Py, values: list[Py]) -> bool:
    """Whether another of the values is a part of the same call."""
    return value.code.endswith("[0]") and any(v.code.startswith(f"{value.code[:-3]}[1]") for v in values)


def _counts(target: n.Name, value: Py) -> bool:
    return value.type.number and _augmented(target.symbol.python, value.code) is not None


def _short(pairs: list[Any]) -> bool:
    return sum(len(v.code) for _, v in pairs) < 90 and not any("\x00" in v.code or "\x01" in v.code for _, v in pairs)


def _pure(value: Py) -> bool:
    return value.simple or value.note == "part" or (value.parts is None and value.code in ("None",))


def _ignored(target: Any) -> bool:
    return isinstance(target, n.Name) and target.name == "_"


def _several(value: Py) -> bool:
    return True if value.star else value.code.endswith(")")


def _independent(targets: list[Any], nodes: list[Any]) -> bool:
    """Whether the assignments may be done one after the other: none changes what a later one reads."""
    inside = [{x.symbol for x in n.walk(node) if isinstance(x, n.Name)} for node in nodes]
    for k, target in enumerate(targets):
        later = inside[k + 1 :] + [
            {x.symbol for x in n.walk(t) if isinstance(x, n.Name)} for t in targets[k + 1 :] if isinstance(t, n.Index)
        ]
        root = {x.symbol for x in n.walk(getattr(target, "object", target)) if isinstance(x, n.Name)}
        if any(root & names for names in later):
            return False
    return True


def _unpack(c: Context, targets: list[Any], made: list[Py]) -> None:
    """A call whose values go to several places."""
    last = made[-1]
    count = len(targets) - len(made) + 1
    kinds = list(last.values or [])
    if last.values is None and not last.star:
        if (last.type.unknown and not last.type.empty) or last.type.empty:
            value = Py(f"{c.lua('values')}({last.code}, {count})", T_ANY)
            kinds = [T_ANY if not last.type.empty else NOTHING] * count
        else:
            values = [*made, *[NONE] * (count - 1)]
            for k, (t, v) in enumerate(zip(targets, values, strict=True)):
                store(c, t, v, last=k == len(targets) - 1)
            return
    elif last.star and last.values is None:
        value, kinds = Py(f"{c.lua('values')}({last.code}, {count})", last.type), [last.type] * count
    else:
        value = last
    have = len(last.values) if last.values is not None else count
    if have < count:
        value = Py(f"{c.lua('values')}({last.code}, {count})", last.type)
    elif have > count and last.values is not None:
        value = Py(f"{last.at(ATOM)}[:{count}]", last.type)
    kinds += [T_NIL] * (count - len(kinds))
    wanted = [t for t in targets[len(made) - 1 :] if not _ignored(t)]
    if len(made) == 1 and len(wanted) == 1 and last.values is not None:
        place = targets.index(wanted[0])
        store(c, wanted[0], Py(f"{last.at(ATOM)}[{place}]", kinds[place]))
        return
    names, stores = [], []
    types = [m.type for m in made[:-1]] + kinds[:count]
    for target, kind in zip(targets, types, strict=True):
        code = _target_code(c, target, kind)
        if code is None:
            name = c.fresh("value")
            names.append(name)
            stores.append((target, Py(name, kind)))
        else:
            names.append(code)
    left = ", ".join(names)
    right = ", ".join([*[m.code for m in made[:-1]], value.code if len(made) == 1 else f"*{value.at(ATOM)}"])
    put(c, f"{left} = {right}", last=not stores)
    for k, (target, value) in enumerate(stores):
        store(c, target, value, last=k == len(stores) - 1)


def _target_code(c: Context, target: Any, kind: Type) -> str | None:
    """A place to which Python assigns as such, or None where it takes a call."""
    if isinstance(target, n.Name):
        c.learn(target.symbol, kind)
        return _variable(c, target)
    if isinstance(target, n.Index) and isinstance(target.key, n.String):
        code = _field_target(c, target, kind)
        if code is not None:
            return code
    return None


def _variable(c: Context, name: n.Name) -> str:
    symbol = name.symbol
    if symbol.function is None and symbol.unit is not None and symbol.unit is not c.unit:
        c.doubt(f"the global {name.name} is of another file")
    return str(symbol.python or symbol.name)


def _together(c: Context, targets: list[Any], values: list[Py]) -> None:
    """Several assignments at once."""
    codes = [_target_code(c, t, v.type) for t, v in zip(targets, values, strict=True)]
    if any(code is None for code in codes):
        names = []
        for t, v, code in zip(targets, values, codes, strict=True):
            names.append(code if code is not None else _simple_store(c, t, v))
        if all(name is not None for name in names):
            put(c, f"{', '.join(map(str, names))} = {', '.join([v.code for v in values])}")
            return
        fresh = [c.fresh("value") for _ in values]
        put(c, f"{', '.join(fresh)} = {', '.join([v.code for v in values])}", last=False)
        for k, (t, v) in enumerate(zip(targets, values, strict=True)):
            store(c, t, Py(fresh[k], v.type), last=k == len(targets) - 1)
        return
    put(c, f"{', '.join(map(str, codes))} = {', '.join([v.code for v in values])}")


def _simple_store(c: Context, target: Any, value: Py) -> str | None:
    """``t[i]`` as a target, where that is how it is assigned."""
    if not isinstance(target, n.Index):
        return None
    owner = c.expr(target.object)
    if owner.type.one(Tens) is not None and owner.type.tensor is not None:
        return f"{owner.at(ATOM)}[{minus_one(whole(c.expr(target.key))).code}]"
    return None


def _shared_base(targets: list[Any], values: list[Py]) -> tuple[str, list[Py]] | None:
    """The call that gives both of two values, as ``x.sort()`` does."""
    if len(targets) != 2 or not all(isinstance(t, n.Name) for t in targets) or any(_ignored(t) for t in targets):
        return None
    a, b = values
    if a.code.endswith("[0]") and b.code.endswith("[1] + 1") and a.code[:-3] == b.code[:-7]:
        return a.code[:-3], values
    return None


def _two_parts(c: Context, targets: list[Any], shared: tuple[str, list[Py]]) -> None:
    base, values = shared
    names = [_target_code(c, t, v.type) for t, v in zip(targets, values, strict=True)]
    put(c, f"{names[0]}, {names[1]} = {base}", last=False)
    put(c, f"{names[1]} = {names[1]} + 1")


def store(c: Context, target: Any, value: Py, last: bool = True) -> None:
    """Writes one assignment."""
    if isinstance(target, n.Name):
        from lua_compat.translate import training

        training.keep(c, target.symbol, value)
        value = training.bare(c, target.symbol, value)
        c.learn(target.symbol, value.type)
        name = _variable(c, target)
        if value.code == name:
            return
        augmented = _augmented(name, value.code) if value.type.number else None
        put(c, augmented or f"{name} = {value.code}", last=last)
        return
    if isinstance(target, n.LearningRate):
        rate = c.expr(target).code
        put(c, _augmented(rate, value.code) or f"{rate} = {value.code}", last=last)
        return
    if isinstance(target.key, n.String):
        code = _field_target(c, target, value.type)
        if code is not None:
            augmented = _augmented(code, value.code) if value.type.number else None
            put(c, augmented or f"{code} = {value.code}", last=last)
        return
    _store_element(c, target, value, last)


def _augmented(name: str, code: str) -> str | None:
    """``x += y`` for ``x = x + y`` of numbers."""
    for sign in ("+", "-", "*", "/"):
        head = f"{name} {sign} "
        if code.startswith(head):
            rest = code[len(head) :]
            if sign in "+-" and not any(f" {s} " in operators_outside(rest) for s in "+-") and " if " not in rest:
                return f"{name} {sign}= {rest}"
            if sign in "*/" and rest.replace(".", "").replace("_", "").isalnum():
                return f"{name} {sign}= {rest}"
    return None


def operators_outside(code: str) -> str:
    from lua_compat.translate.python import _outer

    return _outer(code)


def _field_target(c: Context, target: n.Index, kind: Type) -> str | None:
    """The place of a field, for an assignment; None where it was written some other way."""
    name = target.key.value  # type: ignore[attr-defined]
    if isinstance(target.object, n.Name) and target.object.name == "_G" and target.object.symbol.function is None:
        return f"{c.lua('G')}.{name}"
    if isinstance(target.object, n.Name) and target.object.name == "package":
        return f"{c.lua('package')}.{name}"
    owner = c.expr(target.object)
    info = owner.type.table
    c.escape(kind)
    if info is not None and info.of_module is not None:
        c.learn_field(info, name, kind)
        unit = info.of_module
        python = unit.exports.get(name, name)
        return python if unit is c.unit else f"{owner.code}.{python}"
    obj = owner.type.one(Obj) or owner.type.one(Cls)
    if obj is not None:
        kinds = obj.info.fields if isinstance(obj, Obj) else obj.info.statics
        joined = join(kinds.get(name, NOTHING), kind)
        if joined != kinds.get(name):
            kinds[name] = joined
            c.program.changed = True
        if name in ("gradWeight", "gradBias"):
            return f"{owner.at(ATOM)}.{name[4:].lower()}.grad"
        return f"{owner.at(ATOM)}.{name if name != 'train' else 'training'}"
    if owner.type.one(Mod) is not None and name in ("gradWeight", "gradBias"):
        return f"{owner.at(ATOM)}.{name[4:].lower()}.grad"
    if owner.type.one(Mod) is not None:
        c.doubt(f"the field {name} of a module is set") if name not in ("output", "gradInput", "name") else None
        return f"{owner.at(ATOM)}.{name}"
    if info is not None:
        c.learn_field(info, name, kind)
    elif owner.type.is_only(Lib):
        c.doubt(f"the field {name} of a library is set")
    return field_code(owner, name)


def _store_element(c: Context, target: n.Index, value: Py, last: bool) -> None:
    owner = c.expr(target.object)
    kind = owner.type
    info = kind.table
    if isinstance(target.key, n.Table):
        from lua_compat.translate.elements import slices

        places, _ = slices(c, target.key)
        put(c, f"{owner.at(ATOM)}[{', '.join(places)}] = {value.code}", last=last)
        return
    key = c.expr(target.key)
    if kind.one(Tens) is not None or kind.has(OUT):
        place = key.code if key.type.one(Tens) is not None else minus_one(whole(key)).code
        put(c, f"{owner.at(ATOM)}[{place}] = {value.code}", last=last)
        return
    if info is None:
        if kind.has(Thing("namespace")):
            put(c, f"setattr({owner.code}, {key.code}, {value.code})", last=last)
            return
        put(c, f"{c.lua('set_')}({owner.code}, {key.code}, {value.code})", last=last)
        return
    c.escape(value.type)
    if key.type.string:
        c.mark(info, "string")
        c.learn_value(info, key.type, value.type)
        put(c, f"{owner.at(ATOM)}[{key.code}] = {value.code}", last=last)
        return
    _store_number(c, target, owner, info.find(), key, value, last)


def _store_number(c: Context, target: n.Index, owner: Py, info: Any, key: Py, value: Py, last: bool) -> None:
    """``t[i] = v``."""
    c.learn_elem(info, value.type.without_nil() if value.code == "None" else value.type)
    info = info.find()
    node = target.key
    append = (
        isinstance(node, n.Binary)
        and node.op == "+"
        and isinstance(node.left, n.Unary)
        and node.left.op == "#"
        and isinstance(node.right, n.Number)
        and node.right.value == 1
        and ends(node.left.operand, target.object)
    )
    if value.code == "None" or not (append or grows(c, node)):
        c.mark(info, "sparse")
        c.learn_value(info, key.type, value.type)
    else:
        c.mark(info, "list") if not info.fields else None
    info = info.find()
    if id(target) not in info.stores:
        info.stores.add(id(target))
    if not info.is_list:
        if append:
            put(c, f"{c.lua('append')}({owner.code}, {value.code})", last=last)
        else:
            put(c, f"{owner.at(ATOM)}[{key.code}] = {value.code}", last=last)
        return
    if append or _appends(c, target, info):
        put(c, f"{owner.at(ATOM)}.append({value.code})", last=last)
        return
    place = minus_one(whole(key)).code
    if _inside(c, node, target):
        put(c, f"{owner.at(ATOM)}[{place}] = {value.code}", last=last)
    else:
        put(c, f"{c.lua('put')}({owner.code}, {place}, {value.code})", last=last)


def grows(c: Context, node: Any) -> bool:
    """Whether a table whose elements are set under such an index grows one by one: it is a list."""
    if isinstance(node, n.Name):
        return bool(getattr(node.symbol, "is_loop", False))
    if isinstance(node, n.Binary) and node.op in "+-":
        return (
            isinstance(node.left, n.Name)
            and getattr(node.left.symbol, "is_loop", False)
            and isinstance(node.right, n.Number)
        )
    if isinstance(node, n.Paren):
        return grows(c, node.inner)
    return isinstance(node, n.Number) and node.value >= 1


def _inside(c: Context, node: Any, target: n.Index) -> bool:
    """Whether the element is there: the index is one of a loop over this list."""
    if isinstance(node, n.Name):
        over = getattr(node.symbol, "loops_over", None)
        return over is not None and ends(over, target.object)
    return False


def _appends(c: Context, target: n.Index, info: Any) -> bool:
    """Whether ``t[i] = v`` in a loop from 1 over i is the only thing that fills a list made empty before the loop."""
    node = target.key
    if not isinstance(node, n.Name) or len(info.stores) != 1 or "list_ops" in info.marks:
        return False
    symbol = node.symbol
    loop = getattr(symbol, "loop_node", None)
    if (
        loop is None
        or not symbol.loop_from_1
        or (not isinstance(loop, n.NumericFor) and not getattr(symbol, "ipairs_index", False))
    ):
        return False
    if c.statement not in loop.body.statements or _may_skip(loop.body.statements, c.statement):
        return False
    if info.made != info.made_empty or not isinstance(target.object, n.Name):
        return False
    variable = target.object.symbol
    declared = variable.declared
    if variable.assigned or declared is None or variable.block is not loop.block:
        return False
    return bool(info.made == 1)


def _may_skip(statements: list[Any], until: Any) -> bool:
    for s in statements:
        if s is until:
            return False
        if any(isinstance(x, (n.Break, n.Goto)) for x in n.walk(s)):
            return True
    return False
