"""``torch.class``: classes with their methods."""

from __future__ import annotations

from typing import Any

from lua_compat.translate import nodes as n
from lua_compat.translate.context import Context, Unit
from lua_compat.translate.functions import define, info_of
from lua_compat.translate.kinds import ClassInfo, Cls, FuncInfo, Obj, Thing, Type
from lua_compat.translate.layout import WIDTH, comment_lines

#: Methods with a meaning of their own, and their names in Python.
METHODS = {
    "__init": "__init__",
    "__tostring__": "__repr__",
    "__tostring": "__repr__",
    "__len__": "__len__",
    "__len": "__len__",
    "__call__": "__call__",
    "__call": "__call__",
    "__add__": "__add__",
    "__sub__": "__sub__",
    "__mul__": "__mul__",
    "__eq__": "__eq__",
}
#: What a class of the script has under it in Python, by the class of nn that it is made from.
BASES = {"nn.Module": "Module", "nn.Criterion": "CustomCriterion", "nn.Container": "Container"}


def declaration(node: Any) -> tuple[str, list[Any]] | None:
    """The name and the other arguments of ``torch.class(name, ...)``."""
    if not isinstance(node, n.Call) or not node.args or not isinstance(node.args[0], n.String):
        return None
    f = node.function
    named = isinstance(f, n.Index) and isinstance(f.object, n.Name) and f.object.name == "torch"
    if named and isinstance(f.key, n.String) and f.key.value == "class":  # type: ignore[attr-defined]
        return node.args[0].value, node.args[1:]
    return None


def collect(program: Any, unit: Unit) -> None:
    """Finds the classes of a file and their methods."""
    for s in unit.block.statements:
        value = s.values[0] if isinstance(s, (n.Local, n.Assign)) and len(s.values) == 1 else None
        call = s.call if isinstance(s, n.CallStatement) else value
        found = declaration(call)
        if found is None:
            continue
        name, rest = found
        parent: Any = next((a.value for a in rest if isinstance(a, n.String)), None)
        parent = program.classes.get(parent, parent)
        info = ClassInfo(name, name.rpartition(".")[2], parent, unit, s)
        program.classes[name] = unit.classes[name] = info
        s.declares = info  # type: ignore[attr-defined]
        _name_it(program, unit, s, info, rest)
    _methods(unit)


def _name_it(program: Any, unit: Unit, s: Any, info: ClassInfo, rest: list[Any]) -> None:
    names = s.names if isinstance(s, n.Local) else s.targets if isinstance(s, n.Assign) else []
    if names and isinstance(names[0], n.Name):
        names[0].symbol.type = Type(Cls(info))
        names[0].symbol.python = info.python
        names[0].symbol.unit = unit
    if len(names) > 1 and isinstance(names[1], n.Name):
        names[1].symbol.type = Type(Thing("parent"))
        names[1].symbol.parent_of = info
    if "." not in info.name and info.name in program.globals:
        symbol = program.globals[info.name]
        symbol.type, symbol.python, symbol.unit = Type(Cls(info)), info.python, unit
        symbol.assigned = max(symbol.assigned, 1)
    for a in rest:
        if isinstance(a, n.Name) and a.symbol is unit.module_symbol and unit.module_info is not None:
            unit.module_info.fields[info.python] = Type(Cls(info))


def _methods(unit: Unit) -> None:
    for s in unit.block.statements:
        if not isinstance(s, n.FunctionStatement) or not isinstance(s.target, n.Index):
            continue
        owner, key = s.target.object, s.target.key
        if not isinstance(owner, n.Name) or not isinstance(key, n.String):
            continue
        cls = owner.symbol.type.one(Cls)
        if cls is None or cls.info.unit is not unit:
            continue
        s.method_of = cls.info  # type: ignore[attr-defined]
        if s.function.info is None:
            s.function.info = FuncInfo(s.function, unit, key.value, [p.symbol for p in s.function.params], arity=-1)
            s.function.info.method_of = cls.info
        cls.info.methods[key.value] = s.function.info
        if s.function.is_method:
            s.function.self_symbol.type = Type(Obj(cls.info))  # type: ignore[attr-defined]
        elif s.function.params and s.function.params[0].name == "self":
            s.function.params[0].symbol.type = Type(Obj(cls.info))


def write(c: Context, s: Any) -> bool:
    """Writes a class at its declaration; whether the statement is one."""
    info: Any = getattr(s, "declares", None)
    if info is None:
        return False
    base = _base(c, info)
    registered = f'torch7="{info.name}"' if info.base() is not None else ""
    inside = ", ".join([x for x in (base, registered) if x])
    head = f"class {info.python}({inside}):" if inside else f"class {info.python}:"
    if c.lines and c.lines[-1] != "" and not c.lines[-1].startswith("#"):
        c.lines.append("")
    for reason in c.marks:
        c.unsure.append((s.line, reason))
    tail = "".join([f"  # unsure: {m}" for m in c.marks]) or _gradient(info)
    c.marks = []
    line = " " * c.indent + head
    c.lines.append(line + tail if "unsure" in tail or len(line + tail) <= WIDTH else line)
    c.indent += 4
    empty = True
    for name in _late_fields(info):
        c.lines.append(f"{' ' * c.indent}{name} = None")
        empty = False
    outer = c.class_info
    c.class_info = info
    for m in c.unit.block.statements:
        if getattr(m, "method_of", None) is not info:
            continue
        if not empty:
            c.lines.append("")
        for text in m.comments:
            c.lines += comment_lines(text, c.indent)
        statement, c.statement = c.statement, m
        c.lines += _method(c, m)
        c.statement = statement
        empty = False
    c.class_info = outer
    if empty:
        c.lines.append(" " * c.indent + "pass")
    c.indent -= 4
    return True


def _gradient(info: ClassInfo) -> str:
    """Where the gradients of a class of the script come from."""
    given = [name for name in ("updateGradInput", "accGradParameters") if info.lookup(name) is not None]
    base = info.base()
    if not given or base is None or not base.startswith("nn."):
        return ""
    return f"  # its gradients are what {' and '.join(given)} say{'s' if len(given) == 1 else ''}"


def _late_fields(info: ClassInfo) -> list[str]:
    """Fields that an object may lack after it was made, and which are nil then."""
    set_first: set[str] = set()
    init = info.methods.get("__init")
    if init is not None:
        for s in init.node.body.statements:
            if isinstance(s, n.Assign):
                for t in s.targets:
                    if isinstance(t, n.Index) and isinstance(t.object, n.Name) and isinstance(t.key, n.String):
                        set_first.add(t.key.value)
    inherited = {"output", "gradInput", "weight", "bias", "gradWeight", "gradBias", "train", "modules"}
    known = [k for k, v in info.fields.items() if not v.empty]
    return [k for k in known if k not in set_first | inherited and k not in info.methods and k not in info.statics]


def _method(c: Context, m: Any) -> list[str]:
    info = m.method_of
    key = m.target.key.value
    name = METHODS.get(key, key)
    info_of(c, m.function)
    first: tuple[str, ...] = ()
    if key == "__init" and info.base() is not None and not _calls_parent(m.function):
        first = ("super().__init__()",)
    has_self = m.function.is_method or (bool(m.function.params) and m.function.params[0].name == "self")
    return define(c, m.function, name, () if has_self else ("@staticmethod",), first)


def _calls_parent(function: n.Function) -> bool:
    for x in n.walk(function.body):
        if isinstance(x, n.Index) and isinstance(x.key, n.String) and x.key.value == "__init":
            return True
    return False


def _base(c: Context, info: ClassInfo) -> str:
    parent = info.parent
    if parent is None:
        return ""
    if isinstance(parent, ClassInfo):
        from lua_compat.translate.expressions import class_code

        return class_code(c, parent)
    if parent in BASES:
        return c.lua(BASES[parent])
    from lua_compat.mapping.registry import REGISTRY

    c.doubt(f"a class made from {parent}")
    if parent in REGISTRY:
        return f"nn.{REGISTRY[parent].python.__name__}"
    return c.lua("CustomCriterion" if parent.endswith("Criterion") else "Module")


def method(c: Context, s: n.FunctionStatement) -> bool:
    """Whether a function statement is a method, which its class has written."""
    return getattr(s, "method_of", None) is not None and c.function is None


def static(c: Context, s: n.Assign) -> bool:
    """Whether an assignment declares a class, which is written then."""
    return write(c, s)


def parent_call(c: Context, node: n.Call) -> str | None:
    """``parent.f(self, ...)``: the function as Python has it, ``super().f``."""
    f = node.function
    if not isinstance(f, n.Index) or not isinstance(f.object, n.Name) or not isinstance(f.key, n.String):
        return None
    symbol = f.object.symbol
    if getattr(symbol, "parent_of", None) is None:
        return None
    if not node.args or not isinstance(node.args[0], n.Name) or node.args[0].name != "self":
        return None
    name = f.key.value
    return f"super().{METHODS.get(name, name)}"
