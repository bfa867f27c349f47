"""New modules, with the methods called on them at once and what is added to them, and nodes of graphs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from lua_compat.mapping.registry import REGISTRY
from lua_compat.translate import modules
from lua_compat.translate import nodes as n
from lua_compat.translate.context import Context
from lua_compat.translate.kinds import (
    BOOL,
    STR,
    Mod,
    Obj,
    Tab,
    Tens,
    Thing,
    Type,
)
from lua_compat.translate.modules import Arg, CannotTellError
from lua_compat.translate.python import ATOM, BITS, Py, arguments

NODE = Type(Thing("node"))


@dataclass(frozen=True)
class New:
    """A module that is being made: its class, its arguments, and what is done to it before anything else.

    Attributes:
        name: the class in the registry.
        args: the arguments.
        modifiers: methods such as ``noBias``, with their arguments.
        fields: fields that are set.
        children: modules that are added.
        weights: what the losses that are added count.
        from_1: of each of them, whether its targets count from 1.
        plain: what stands for the call where its arguments cannot be followed.
    """

    name: str
    args: tuple[Arg, ...]
    modifiers: tuple[tuple[str, tuple[Arg, ...]], ...] = ()
    fields: tuple[tuple[str, Arg], ...] = ()
    children: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    from_1: tuple[bool, ...] = ()
    bare: bool = False


def argument(c: Context, node: Any) -> Arg:
    """An argument of a constructor."""
    inner = node.inner if isinstance(node, n.Paren) else node
    if isinstance(inner, n.Number):
        return Arg(inner.text, None)
    if isinstance(inner, n.Bool):
        return Arg(str(inner.value).lower(), None)
    if isinstance(inner, n.Nil):
        return Arg("nil", None)
    if isinstance(inner, n.String):
        text = inner.value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
        return Arg(f"'{text}'", None)
    if isinstance(inner, n.Unary) and inner.op == "-" and isinstance(inner.operand, n.Number):
        return Arg(f"-{inner.operand.text}", None)
    value = c.expr(node)
    kind = value.type
    if kind.one(Mod) is not None or kind.one(Obj) is not None:
        return Arg(None, value, "module")
    if kind.one(Tens) is not None:
        return Arg(None, value, "tensor")
    if kind.is_only(BOOL):
        return Arg(None, value, "bool")
    if kind.is_only(STR) or kind.one(Tab) is not None or kind.has(Thing("size")):
        return Arg(None, value, "other")
    return Arg(None, value, "number")


def call(c: Context, node: n.Call, name: str) -> Py:
    """``nn.X(...)``."""
    if name == "nn.gModule":
        return _graph(c, node)
    if name == "nn.Module":
        return Py(f"{c.lua('Module')}()", Type(Mod()))
    if name == "nn.StochasticGradient":
        return Py(f"{c.lua('StochasticGradient')}({arguments(c.many(node.args))})", Type(Thing("trainer")))
    known = modules.class_name(name)
    if known is None:
        c.doubt(f"{name} is not known")
        return Py(f"{name}({arguments(c.many(node.args))})", Type(Mod(None, name.endswith("Criterion"))))
    return render(c, New(known, tuple([argument(c, a) for a in node.args])))


def render(c: Context, new: New) -> Py:
    """The text of a new module."""
    kind = Type(Mod(new.name, new.name.endswith("Criterion")))
    try:
        base = modules.construct(
            new.name, list(new.args), [(m, list(a)) for m, a in new.modifiers], dict(new.fields)
        ).code
    except CannotTellError as error:
        c.doubt(str(error))
        base = f"nn.{REGISTRY[new.name].python.__name__}({', '.join([_plain(a) for a in new.args])})"
    if new.weights:
        return _combined(c, new, base, kind)
    if new.children:
        separator = "" if base.endswith("()") else ", "
        base = base[:-1] + separator + _listed(list(new.children)) + ")"
    c.need("math") if "math." in base else None
    code = base if new.bare else wrapped(c, new.name, base)
    return Py(code, kind, ATOM, note=new)


def _combined(c: Context, new: New, base: str, kind: Type) -> Py:
    """A loss of losses, which take their targets as they are; so those are told for all of them how to count."""
    head, _, rest = base.partition("(")
    given = [*new.children]
    if any(w != "1" for w in new.weights):
        given.append(f"weights=[{', '.join(new.weights)}]")
    given += [rest[:-1]] if rest != ")" else []
    if len(set(new.from_1)) > 1:
        c.doubt("the targets of some of these criterions count from 1")
    code = f"{head}({', '.join(given)})"
    if not new.bare:
        code = f"{c.lua('Criterion')}({code}{', from_1=True' if any(new.from_1) else ''})"
    return Py(code, kind, ATOM, note=new)


def wrapped(c: Context, name: str, base: str) -> str:
    """A module with what Python's does otherwise: counting from 1, numbers that Torch7 draws."""
    if name.endswith("Criterion"):
        return f"{c.lua('Criterion')}({base}{', from_1=True' if modules.takes_indices(name) else ''})"
    if name in modules.DRAWN:
        return f"{c.lua('drawn')}({base})"
    if modules.takes_indices(name):
        return f"{c.lua('from_1')}({base})"
    return base


def _listed(children: list[str]) -> str:
    return ", ".join(children)


def _plain(arg: Arg) -> str:
    if arg.py is not None:
        return arg.py.code
    return {"true": "True", "false": "False", "nil": "None"}.get(str(arg.lua), str(arg.lua))


#: Methods that are no part of making a module.
_LATER = {
    *("forward", "backward", "updateOutput", "updateGradInput", "accGradParameters", "clone", "parameters", "apply"),
    *("getParameters", "training", "evaluate", "zeroGradParameters", "updateParameters", "findModules", "listModules"),
    *("share", "clearState", "get", "size", "cuda", "float", "double", "type", "annotate", "split", "reset", "insert"),
}


def modified(c: Context, owner: Py, name: str, nodes: list[Any]) -> Py | None:
    """A method called on a module that was just made: a part of its making, or None where it is not."""
    new = owner.note
    if not isinstance(new, New):
        return None
    if name == "add":
        return _added(c, new, nodes)
    if name in _LATER or new.children:
        return None
    made = replace(new, modifiers=(*new.modifiers, (name, tuple([argument(c, a) for a in nodes]))))
    try:
        modules.construct(made.name, list(made.args), [(m, list(a)) for m, a in made.modifiers], dict(made.fields))
    except CannotTellError as error:
        c.doubt(f"{name}: {error}")
        return owner
    return render(c, made)


def _added(c: Context, new: New, nodes: list[Any]) -> Py | None:
    if new.name in LOSSES and len(nodes) in (1, 2):
        return render(c, with_loss(c, new, nodes))
    if not REGISTRY[new.name].children or len(nodes) != 1:
        return None
    child = c.expr(nodes[0])
    return render(c, replace(new, children=(*new.children, child.code)))


#: Criterions to which others are added.
LOSSES = {"nn.MultiCriterion", "nn.ParallelCriterion"}


def with_loss(c: Context, new: New, nodes: list[Any]) -> New:
    """The criterion with another one in it, which counts as much as the second node says."""
    child = c.expr(nodes[0])
    inner, mod = child.note, child.type.one(Mod)
    code = render(c, replace(inner, bare=True)).code if isinstance(inner, New) else f"{child.at(ATOM)}.module"
    weight = c.expr(nodes[1]).code if len(nodes) > 1 else "1"
    name = mod.name if mod is not None and mod.name else ""
    counts = any(inner.from_1) if isinstance(inner, New) and inner.weights else modules.takes_indices(name)
    return replace(
        new,
        children=(*new.children, code),
        weights=(*new.weights, weight),
        from_1=(*new.from_1, counts),
    )


def with_child(c: Context, new: New, child: str) -> New:
    return replace(new, children=(*new.children, child))


def with_field(c: Context, new: New, name: str, node: Any) -> New | None:
    """The module with a field set, or None where Python's shows nothing of it."""
    made = replace(new, fields=(*new.fields, (name, argument(c, node))))
    try:
        modules.construct(made.name, list(made.args), [(m, list(a)) for m, a in made.modifiers], dict(made.fields))
    except CannotTellError:
        return None
    return made


# -- graphs


def node(c: Context, call_node: n.Call) -> Py | None:
    """``nn.Linear(4, 3)(x)``: a place in a graph; None where the call is none."""
    function = call_node.function
    inner: Any = function
    while isinstance(inner, (n.Method, n.Paren)):
        inner = inner.object if isinstance(inner, n.Method) else inner.inner
    if not isinstance(inner, n.Call) and not isinstance(function, n.Call):
        return None
    callee = c.expr(function)
    if callee.type.one(Mod) is None and not (
        callee.type.one(Obj) is not None and (callee.type.one(Obj).info.base() or "").startswith("nn.")
    ):
        return None
    return graph_node(c, callee, call_node.args)


def graph_node(c: Context, callee: Py, nodes: list[Any]) -> Py:
    """A module called with nodes."""
    if not nodes:
        return Py(f"nn.Node({callee.code})", NODE)
    inputs, plain = _inputs(c, nodes[0])
    if len(inputs) == 1 and not inputs[0].startswith("*") and _draws_nothing(callee, plain):
        return Py(f"{inputs[0] if plain else '(' + inputs[0] + ')'} >> {callee.at(ATOM)}", NODE, BITS)
    return Py(f"nn.Node({', '.join([callee.code, *inputs])})", NODE)


def _draws_nothing(callee: Py, plain: bool) -> bool:
    """Whether `x >> module` makes things in the order of the script: the module draws nothing, or x is made already."""
    new = callee.note
    return (plain and (callee.simple or isinstance(new, New))) or (
        isinstance(new, New) and not modules.has_parameters(new.name)
    )


def _inputs(c: Context, given: Any) -> tuple[list[str], bool]:
    """The inputs of a node as arguments, and whether it is one plain name (or a chain that stands so)."""
    if isinstance(given, n.Table):
        return [c.expr(f.value).code for f in given.fields], False
    value = c.expr(given)
    if value.type.one(Tab) is not None:
        return [f"*{value.at(ATOM)}"], False
    return [value.code], value.level >= BITS


def _graph(c: Context, node_: n.Call) -> Py:
    """``nn.gModule(inputs, outputs)``."""
    sides = []
    for given in node_.args[:2]:
        if isinstance(given, n.Table) and len(given.fields) == 1 and not given.fields[0].comments:
            sides.append(c.expr(given.fields[0].value).code)
        else:
            sides.append(c.expr(given).code)
    return Py(f"nn.Graph({', '.join(sides)})", Type(Mod("nn.gModule")))


def annotated(owner: Py, fields: list[tuple[str, str]]) -> Py | None:
    """``node:annotate{name = ...}``."""
    code = owner.code
    if not code.startswith("nn.Node(") or [k for k, _ in fields] != ["name"]:
        return None
    return Py(f"{code[:-1]}, name={fields[0][1]})", NODE)
