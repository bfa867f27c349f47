"""Calls: of libraries, of constructors, of functions and classes of the script, and of what is not known."""

from __future__ import annotations

from typing import Any

from lua_compat.translate import classes, constructors, files, functions, methods, special
from lua_compat.translate import nodes as n
from lua_compat.translate.context import Context, expression
from lua_compat.translate.expressions import modules_in
from lua_compat.translate.kinds import NOTHING, T_ANY, Cls, Fn, Lib, Mod, Obj, Type
from lua_compat.translate.python import ATOM, Py, arguments
from lua_compat.translate.rules import IMAGE, table
from lua_compat.translate.templates import result_type


@expression(n.Call)
def _call(c: Context, node: n.Call) -> Py:
    if files.asked_for(node) is not None:
        return files.value(c, node)
    above = classes.parent_call(c, node)
    if above is not None:
        return Py(f"{above}({arguments(c.many(node.args[1:]))})", T_ANY)
    name = full_name(c, node.function)
    if name is not None:
        try:
            made = library_call(c, node, name)
        except IndexError:  # what is written looked for an argument
            c.doubt(f"{name} with these arguments")
            return Py(f"{name}({arguments(c.many(node.args))})", T_ANY)
        if made is not None:
            return made
    return _call_value(c, node)


def full_name(c: Context, function: Any) -> str | None:
    """``torch.cat`` of a function of a library, ``print`` of a global one."""
    if isinstance(function, n.Name) and function.symbol.function is None and not function.symbol.assigned:
        return function.name
    if isinstance(function, n.Index) and isinstance(function.key, n.String) and isinstance(function.object, n.Name):
        symbol = function.object.symbol
        if symbol.function is None and not symbol.assigned:
            from lua_compat.translate.libraries import LIBRARIES

            return f"{function.object.name}.{function.key.value}" if function.object.name in LIBRARIES else None
        lib = symbol.type.one(Lib)
        if lib is not None and symbol.type.is_only(Lib):
            return f"{lib.name}.{function.key.value}"
    return None


def library_call(c: Context, node: n.Call, name: str) -> Py | None:
    """A call of a function of a library, or None where it is one of the script's."""
    if name in c.program.classes:
        info = c.program.classes[name]
        from lua_compat.translate.expressions import class_code

        return _instance(c, info, class_code(c, info), node.args)
    if name in special.FUNCTIONS:
        made: Py | None = special.FUNCTIONS[name](c, node)
        if made is not None:
            return made
    lib, _, word = name.partition(".")
    if lib == "nn" and word:
        return constructors.call(c, node, name)
    if lib == "torch" and word.endswith(("Tensor", "Storage")) and word[0].isupper():
        return special.tensor(c, node, word)
    if lib == "optim" and word:
        return special.optimizer(c, node, word)
    if lib == "image" and word in IMAGE:
        args = c.many(node.args)
        return Py(f"{c.lua('image')}.{word}({arguments(args)})", result_type(IMAGE[word], args))
    return by_rule(c, name, c.many(node.args), node)


def by_rule(c: Context, name: str, args: list[Py], node: Any) -> Py | None:
    """A call by the first rule that fits."""
    found = table().get(name)
    if found is None:
        if "." in name:
            c.doubt(f"{name} is not known")
            return Py(f"{name}({arguments(args)})", T_ANY)
        return None
    for rule in found:
        if rule.takes(args):
            made = rule.fill(args)
            c.imports |= modules_in(made.code)
            return made
    c.doubt(f"{name} with these arguments")
    return Py(f"{name}({arguments(args)})", T_ANY)


def _call_value(c: Context, node: n.Call) -> Py:
    """A call of a value: a function of the script, a class, a module in a graph, or who knows."""
    built = constructors.node(c, node)
    if built is not None:
        return built
    callee = c.expr(node.function)
    kind = callee.type
    if kind.is_only(Lib) and kind.one(Lib).name == "threads":
        return special.new_threads(c, node.args)
    known = [fn.info for fn in kind.all(Fn)]
    if known and kind.is_only(Fn):
        return functions.call(c, known, callee.at(ATOM), node.args)
    cls = kind.one(Cls)
    if cls is not None and kind.is_only(Cls):
        return _instance(c, cls.info, callee.code, node.args)
    if kind.one(Mod) is not None or (kind.one(Obj) is not None and (kind.one(Obj).info.base() or "").startswith("nn.")):
        return constructors.graph_node(c, callee, node.args)
    args = c.many(node.args)
    for a in args:
        c.escape(a.type)
    if known:
        for info in known:
            functions.bind(c, info, args)
        functions.take_more(c, known, len(args))
        return functions.result(known, f"{callee.at(ATOM)}({arguments(args)})")
    return Py(f"{callee.at(ATOM)}({arguments(args)})", NOTHING if kind.empty else T_ANY)


def _instance(c: Context, info: Any, code: str, nodes: list[Any]) -> Py:
    """A new object of a class of the script."""
    init = info.lookup("__init")
    if init is None:
        args = c.many(nodes)
        return Py(f"{code}({arguments(args)})", Type(Obj(info)))
    made = functions.call(c, [init], code, nodes)
    return Py(made.code, Type(Obj(info)))


@expression(n.Method)
def _method(c: Context, node: n.Method) -> Py:
    try:
        return methods.write(c, node)
    except IndexError:  # what is written looked for an argument
        c.doubt(f"the method {node.name} with these arguments")
        return Py(f"{c.expr(node.object).at(ATOM)}.{node.name}({arguments(c.many(node.args))})", T_ANY)
