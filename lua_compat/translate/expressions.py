"""Names, constants, fields and elements, tables and functions as values."""

from __future__ import annotations

from typing import Any

from lua_compat.mapping.registry import REGISTRY
from lua_compat.translate import nodes as n
from lua_compat.translate.context import Context, Unit, expression, first
from lua_compat.translate.kinds import (
    ANY,
    NOTHING,
    OUT,
    STR,
    T_ANY,
    T_BOOL,
    T_FLOAT,
    T_INT,
    T_NIL,
    T_STR,
    Cls,
    Fn,
    Lib,
    Mod,
    Obj,
    Tab,
    TableInfo,
    Tens,
    Thing,
    Type,
    join,
    tensor,
)
from lua_compat.translate.layout import BEFORE, BEHIND, STOP
from lua_compat.translate.learned import optimizer_options
from lua_compat.translate.libraries import CONSTANTS, LIBRARIES
from lua_compat.translate.python import ATOM, NONE, Py, string


@expression(n.Nil)
def _nil(c: Context, node: n.Nil) -> Py:
    return NONE


@expression(n.Bool)
def _bool(c: Context, node: n.Bool) -> Py:
    return Py(str(node.value), T_BOOL)


@expression(n.Number)
def _number(c: Context, node: n.Number) -> Py:
    text = node.text.lower()
    if isinstance(node.value, int):
        return Py(text if not text.startswith("0") or text == "0" or text.startswith("0x") else str(node.value), T_INT)
    if text.startswith(("0x", ".")) or text.endswith("."):
        text = repr(node.value)
    return Py(text, T_FLOAT)


@expression(n.String)
def _string(c: Context, node: n.String) -> Py:
    return Py(string(node.value), T_STR)


@expression(n.Paren)
def _paren(c: Context, node: n.Paren) -> Py:
    return first(c.multi(node.inner))


@expression(n.Vararg)
def _vararg(c: Context, node: n.Vararg) -> Py:
    if c.scope.is_file:
        c.need("sys")
        return Py("sys.argv[1:]", T_STR, star=True)
    return Py("args", T_ANY, star=True)


@expression(n.Name)
def _name(c: Context, node: n.Name) -> Py:
    symbol: Any = node.symbol
    if symbol.function is None:
        return _global(c, node)
    lib = symbol.type.one(Lib)
    if lib is not None and symbol.type.is_only(Lib):
        return Py(lib.name, symbol.type)
    if symbol.type.table is not None and symbol.type.table.of_module is c.unit:
        return Py(c.unit.module, symbol.type)
    if symbol in c.zero_based:
        return Py(f"{symbol.python} + 1", T_INT, 7)
    from lua_compat.translate import training

    made = training.name(c, node)
    if made is not None:
        return made
    return Py(symbol.python, symbol.type)


def _global(c: Context, node: n.Name) -> Py:
    symbol, name = node.symbol, node.name
    if name in LIBRARIES and not symbol.assigned:
        return Py(name, Type(Lib(name)))
    if name == "arg" and not symbol.assigned:
        c.need("sys")
        info = c.table_of(symbol)
        c.mark(info, "list")
        c.learn_elem(info, join(T_STR, T_NIL))
        return Py("sys.argv[1:]", Type(Tab(info)), note="sure")
    if name == "_G":
        return Py(c.lua("G"), Type(Lib("_G")))
    if symbol.assigned:
        if symbol.unit is not None and symbol.unit is not c.unit:
            return Py(imported(c, symbol.unit, symbol.python or name), symbol.type)
        return Py(symbol.python or name, symbol.type)
    if name in CONSTANTS:
        return Py(c.lua(CONSTANTS[name]), T_ANY)
    c.doubt(f"the global {name} is set nowhere in the script")
    return Py(name, T_ANY)


def imported(c: Context, unit: Unit, name: str) -> str:
    """A name of another file's translation, imported at the top."""
    c.from_units.setdefault(unit.module, set()).add(name)
    c.program.links.add((c.unit, unit))
    return name


# -- fields and elements


@expression(n.Index)
def _index(c: Context, node: n.Index) -> Py:
    return read(c, node)


def read(c: Context, node: n.Index) -> Py:
    """The value under a key."""
    owner = c.expr(node.object)
    kind = owner.type
    key = node.key
    constant = key.value if isinstance(key, n.String) else None
    if kind.is_only(Lib):
        return _of_library(c, kind.one(Lib).name, constant, key)
    if kind.one(Cls) is not None and kind.is_only(Cls) and constant is not None:
        info = kind.one(Cls).info
        method = info.lookup(constant)
        known = info.statics.get(constant) or (NOTHING if method is None else Type(Fn(method)))
        return Py(f"{owner.code}.{constant}", known)
    if constant is not None:
        return _field(c, node, owner, constant)
    from lua_compat.translate.elements import element

    return element(c, node, owner)


def _of_library(c: Context, lib: str, name: str | None, key: Any) -> Py:
    if name is None:
        c.doubt(f"a name of {lib} that is computed")
        inner = c.lua("optim") if lib == "optim" else lib
        return Py(f"getattr({inner}, {c.expr(key).code})", T_ANY)
    full = f"{lib}.{name}"
    if full in c.program.classes:
        info = c.program.classes[full]
        return Py(class_code(c, info), Type(Cls(info)))
    if full in CONSTANTS:
        text = CONSTANTS[full]
        if text.startswith("math"):
            c.need("math")
            return Py(text, T_FLOAT)
        return Py(c.lua(text), T_STR if lib == "package" else T_ANY)
    if lib == "_G":
        return Py(f"{c.lua('G')}.{name}", T_ANY)
    if lib == "nn" and full in REGISTRY:
        return Py(f"nn.{REGISTRY[full].python.__name__}", Type(Cls(c.program.builtin_class(full))))
    from lua_compat.translate import rules
    from lua_compat.translate.runtime import optim

    if lib == "optim" and hasattr(optim, name) and name in optimizer_options():
        return Py(f"{c.lua('optim')}.{name}", T_ANY)
    if full in rules.table():
        return Py(_function_value(c, full), T_ANY)
    c.doubt(f"{full} is not known")
    return Py(full, T_ANY)


def _function_value(c: Context, full: str) -> str:
    """A function of a library as a value."""
    from lua_compat.translate import rules

    rule = rules.table()[full][0]
    count = len(rule.params)
    names = ["x", "y", "z", "u", "v", "w"][:count]
    made = rule.fill([Py(name) for name in names])
    c.imports |= modules_in(made.code)
    return f"lambda {', '.join(names)}: {made.code}"


def modules_in(code: str) -> set[str]:
    """The modules of Python that an expression speaks of."""
    return {m for m in ("math", "os", "sys", "time", "lua", "re") if f"{m}." in code}


def class_code(c: Context, info: Any) -> str:
    """The name of a class, imported where it is of another file."""
    if info.unit is not None and info.unit is not c.unit:
        return imported(c, info.unit, info.python)
    return str(info.python)


#: Fields of every module and criterion, with what Python has there.
_MODULE_FIELDS = {
    "output": ("output", Type(OUT)),
    "gradInput": ("gradInput", Type(OUT)),
    "modules": ("list({}.children())", None),
    "train": ("training", T_BOOL),
}


def _module_field(c: Context, owner: Py, name: str, spec_name: str | None) -> Py | None:
    """A field of a module, under its name in Python."""
    if name == "modules":
        info = c.table_of(("modules", c.unit))
        c.mark(info, "list")
        c.learn_elem(info, Type(Mod()))
        return Py(f"list({owner.code}.children())", Type(Tab(info)), note="sure")
    if name == "output" and _inner(owner):
        inner_output(c)
    if name in _MODULE_FIELDS:
        return Py(f"{owner.at(ATOM)}.{_MODULE_FIELDS[name][0]}", _MODULE_FIELDS[name][1] or T_ANY)
    if name in ("gradWeight", "gradBias"):
        return Py(f"{owner.at(ATOM)}.{name[4:].lower()}.grad", tensor())
    if name in ("weight", "bias"):
        maybe = None if spec_name else "maybe"
        return Py(f"{owner.at(ATOM)}.{name}.data", join(tensor(), T_NIL), note=maybe)
    spec = REGISTRY.get(spec_name or "")
    if spec is not None:
        from lua_compat.translate import fields

        found = fields.attribute(spec_name or "", name)
        if found is not None:
            return Py(found[0].format(owner.at(ATOM)), T_INT if found[1] else T_ANY)
        c.doubt(f"the field {name} of {spec_name}")
        return Py(f"{owner.at(ATOM)}.{name}", T_ANY)
    return None


def _inner(owner: Py) -> bool:
    """Whether it may be a module inside of the one that was run: of those, Python keeps no output by itself."""
    known = owner.type.one(Mod)
    return known is None or known.name is None


def inner_output(c: Context) -> None:
    """Lets the nets of this file keep the outputs of all their modules."""
    if c.unit not in c.program.inner_outputs:
        c.program.inner_outputs.add(c.unit)
        c.program.changed = True


def _field(c: Context, node: n.Index, owner: Py, name: str) -> Py:
    kind = owner.type
    info = kind.table
    if info is not None and info.of_module is not None:
        unit = info.of_module
        known = info.fields.get(name, T_ANY)
        if known.one(Cls) is not None and known.is_only(Cls):
            return Py(class_code(c, known.one(Cls).info), known)
        python = unit.exports.get(name, name)
        return Py(python if unit is c.unit else f"{owner.code}.{python}", known)
    obj = kind.one(Obj)
    if obj is not None:
        return _of_object(c, owner, obj.info, name)
    if name == "new" and (kind.one(Tens) is not None or kind.has(OUT)):
        return Py(f"{owner.at(ATOM)}.new", T_ANY)
    if kind.one(Mod) is not None:
        found = _module_field(c, owner, name, kind.one(Mod).name)
        if found is not None:
            return found
        return Py(f"{c.lua('field')}({owner.code}, {string(name)})", T_ANY)
    if kind.has(Thing("size")):
        return Py(f"{owner.code}.{name}", T_ANY)
    if info is not None and kind.is_only(Tab):
        if name not in info.fields:
            c.learn_field(info, name, NOTHING)
        known = info.find().fields[name]
        if info.value.atoms and info.key.has(STR):
            known = join(known, info.value)
        return Py(field_code(owner, name), join(known, T_NIL) if known.has(ANY) else known)
    if name in ("weight", "bias") and kind.unknown:
        return Py(f"{owner.at(ATOM)}.{name}.data", join(tensor(), T_NIL), note="maybe")
    if name in ("gradWeight", "gradBias") and kind.unknown:
        return Py(f"{owner.at(ATOM)}.{name[4:].lower()}.grad", join(tensor(), T_NIL))
    if name == "modules" and kind.unknown:
        return _module_field(c, owner, name, None) or NONE
    if name == "output" and kind.unknown and not kind.empty:
        inner_output(c)
    if name == "output" and kind.unknown:
        return Py(field_code(owner, name), Type(OUT, ANY))
    return Py(field_code(owner, name), NOTHING if kind.empty else T_ANY)


def attribute_name(name: str) -> str:
    """A name after a dot."""
    import keyword

    return f"{name}_" if keyword.iskeyword(name) else name


def field_code(owner: Py, name: str) -> str:
    """``t.name``, or ``t["name"]`` where that is no name in Python."""
    import keyword

    if name.isidentifier() and not keyword.iskeyword(name) and name not in _DICT_METHODS:
        return f"{owner.at(ATOM)}.{name}"
    return f"{owner.at(ATOM)}[{string(name)}]"


_DICT_METHODS = set(dir(dict)) - {"__doc__"}


def _of_object(c: Context, owner: Py, info: Any, name: str) -> Py:
    known = info.field_type(name)
    base = info.base()
    if base is not None and base.startswith("nn.") and name in ("weight", "bias"):
        return Py(f"{owner.at(ATOM)}.{name}.data", tensor())
    if base is not None and base.startswith("nn.") and name in ("gradWeight", "gradBias"):
        return Py(f"{owner.at(ATOM)}.{name[4:].lower()}.grad", tensor())
    if known is None or known.empty:
        if base is not None and name in ("output", "gradInput"):
            return Py(f"{owner.at(ATOM)}.{name}", Type(OUT))
        static = info.statics.get(name)
        if static is not None:
            return Py(f"{owner.at(ATOM)}.{name}", static)
        if base is not None and name == "modules":
            return _module_field(c, owner, name, None) or NONE
        if base is not None and name == "train":
            return Py(f"{owner.at(ATOM)}.training", T_BOOL)
        if base is None and known is None and info.lookup(name) is None:
            return Py(f"getattr({owner.code}, {string(name)}, None)", NOTHING)
        return Py(f"{owner.at(ATOM)}.{attribute_name(name)}", NOTHING)
    return Py(f"{owner.at(ATOM)}.{attribute_name(name)}", known)


# -- tables


@expression(n.Table)
def _table(c: Context, node: n.Table) -> Py:
    info = c.table_of(node)
    if not getattr(node, "counted", False):
        node.counted = True  # type: ignore[attr-defined]
        info.made += 1
        info.made_empty += not node.fields
    plain: list[str] = []
    named: list[tuple[str, str]] = []
    star = False
    position = 1
    for i, f in enumerate(node.fields):
        last = i == len(node.fields) - 1
        if f.key is None:
            values = c.many([f.value]) if last else [c.expr(f.value)]
            for value in values:
                star = star or value.star
                c.learn_elem(info, value.type if not value.star or value.values is None else join(*value.values))
                info = info.find()
                info.slots[position] = join(info.slots.get(position, NOTHING), value.type)
                if value.star:
                    info.stores.add(id(node))
                plain.append(_commented(f"*{value.at(ATOM)}" if value.star else value.code, f))
                position += 1
        elif isinstance(f.key, n.String):
            value = c.expr(f.value)
            c.learn_field(info, f.key.value, value.type)
            named.append((f.key.value, _commented(value.code, f)))
        else:
            key, value = c.expr(f.key), c.expr(f.value)
            if key.type.string:
                c.mark(info, "string")
            else:
                c.mark(info, "sparse")
            c.learn_value(info, key.type, value.type)
            named.append((f"\x05{key.code}", _commented(value.code, f)))
    kind = Type(Tab(info.find()))
    return Py(table_code(c, info.find(), plain, named), kind)


def _commented(code: str, f: n.Field) -> str:
    lead = "".join([f"{BEFORE}{text}{STOP}" for text in f.comments])
    return lead + code + (f"{BEHIND}{f.trailing}{STOP}" if f.trailing else "")


def table_code(c: Context, info: TableInfo, plain: list[str], named: list[tuple[str, str]]) -> str:
    """The text of a new table."""
    if info.is_list and not named:
        return "[" + ", ".join(_comma_behind(plain)) + "]"
    made = c.lua("Table")
    import keyword

    simple = all(k.isidentifier() and not keyword.iskeyword(k) for k, _ in named)
    if simple and not any("\x05" in k for k, _ in named):
        fields = [_with_key(f"{k}=", v) for k, v in named]
        first_ = [f"[{', '.join(plain)}]"] if plain else []
        return f"{made}({', '.join(_comma_behind([*first_, *fields]))})"
    pairs = [_with_key(f"{k[1:] if k.startswith(chr(5)) else string(k)}: ", v) for k, v in named]
    listed = [f"{i}: {v}" for i, v in enumerate(plain, 1)]
    if any(v.startswith("*") for v in plain):
        return f"{made}([{', '.join(plain)}], **{{{', '.join(pairs)}}})"
    return f"{made}({{{', '.join(_comma_behind([*listed, *pairs]))}}})"


def _with_key(key: str, value: str) -> str:
    lead = ""
    while value.startswith(BEFORE):
        text, _, value = value.partition(STOP)
        lead += text + STOP
    return lead + key + value


def _comma_behind(items: list[str]) -> list[str]:
    return items


# -- functions


@expression(n.Function)
def _function(c: Context, node: n.Function) -> Py:
    from lua_compat.translate import functions

    return functions.as_value(c, node)
