"""Methods: of tensors, of modules and criterions, of objects of the script, of strings and files."""

from __future__ import annotations

import re
from typing import Any

from lua_compat.mapping.registry import REGISTRY
from lua_compat.translate import constructors, functions, rules, runtime, strings
from lua_compat.translate import nodes as n
from lua_compat.translate.context import Context
from lua_compat.translate.expressions import modules_in
from lua_compat.translate.kinds import (
    ANY,
    NOTHING,
    OUT,
    T_ANY,
    T_BOOL,
    T_FLOAT,
    T_INT,
    T_NIL,
    T_OUT,
    T_STR,
    Cls,
    Fn,
    Mod,
    Obj,
    Parser,
    Tab,
    Tens,
    Thing,
    Type,
    join,
    tensor,
)
from lua_compat.translate.python import ATOM, Py, arguments, minus_one, string
from lua_compat.translate.templates import whole

#: Methods of modules: the expression, and the type.
MODULE: dict[str, tuple[str, Any]] = {
    "forward": ("{0}.updateOutput({*})", T_OUT),
    "updateOutput": ("{0}.updateOutput({*})", T_OUT),
    "backward": ("{0}.backward({*})", T_OUT),
    "updateGradInput": ("{0}.updateGradInput({*})", T_OUT),
    "accGradParameters": ("{0}.accGradParameters({*})", T_NIL),
    "zeroGradParameters": ("{0}.zeroGradParameters()", T_NIL),
    "updateParameters": ("{0}.updateParameters({*})", T_NIL),
    "training": ("{0}.train()", None),
    "evaluate": ("{0}.eval()", None),
    "clearState": ("{0}.clearState()", None),
    "reset": ("{0}.reset_parameters({*})", None),
    "float": ("{0}.float()", None),
    "double": ("{0}.double()", None),
    "cuda": ("{0}.cuda()", None),
    "size": ("len({0})", T_INT),
    "listModules": ("{0}.listModules()", "modules"),
    "add": ("{0}.append({*})", None),
    "remove": ("{0}.pop({*})", Type(Mod())),
}
#: Names that only modules have.
_MODULES_ONLY = {
    *("forward", "updateOutput", "backward", "updateGradInput", "accGradParameters", "zeroGradParameters"),
    *("updateParameters", "training", "evaluate", "clearState", "getParameters", "parameters", "findModules"),
    *("listModules", "add", "get", "remove", "insert", "reset", "noBias", "replace"),
}
#: Methods that mean the same of modules and of tensors, or only something of modules.
_OF_BOTH = _MODULES_ONLY | {"float", "double", "cuda", "type", "clone"}
_STRINGS_ONLY = {"gsub", "match", "gmatch", "find", "lower", "upper", "rep", "len", "format", "reverse", "sub"}
#: Methods in place that go element by element, whatever the shapes.
_ELEMENT_BY_ELEMENT = {"add", "csub", "cmul", "cdiv"}
#: Methods of other things: by the word of the thing.
THINGS: dict[str, dict[str, tuple[str, Any]]] = {
    "file": {
        "read": ("lua.read_from({0}, {*})", join(T_STR, T_NIL)),
        "close": ("{0}.close()", T_NIL),
        "write": ("lua.write_to({0}, {*})", Type(Thing("file"))),
        "lines": ("lua.lines({0})", T_STR),
        "seek": ("lua.seek({0}, {*})", T_INT),
        "flush": ("{0}.flush()", T_NIL),
    },
    "size": {"totable": ("list({0})", None), "size": ("len({0})", T_INT), "tolist": ("list({0})", None)},
    "storage": {"size": ("len({0})", T_INT), "fill": ("{0}.fill_({*})", T_NIL), "totable": ("{0}.tolist()", None)},
    "timer": {
        "time": ("{0}.time()", "time"),
        "reset": ("{0}.reset()", T_NIL),
        "stop": ("{0}.stop()", T_NIL),
        "resume": ("{0}.resume()", T_NIL),
    },
    "optimizer": {"zero_grad": ("{0}.zero_grad()", T_NIL), "step": ("{0}.step()", T_NIL)},
    "trainer": {"train": ("{0}.train({*})", T_NIL)},
    "scheduler": {"step": ("{0}.step()", T_NIL)},
    "node": {},
    "generator": {},
}
#: Objects of the runtime that have Torch7's methods under Torch7's names.
_AS_IN_LUA = {"confusion": "ConfusionMatrix", "logger": "Logger", "threads": "Threads", "memory": "MemoryFile"}


def write(c: Context, node: n.Method) -> Py:
    """A call of a method."""
    parent = _parent_call(c, node)
    if parent is not None:
        return parent
    owner_node = node.object.inner if isinstance(node.object, n.Paren) else node.object
    if isinstance(owner_node, n.String) and node.name == "format":
        return strings.format_call(c, owner_node, c.many(node.args))
    owner = c.expr(node.object)
    made = constructors.modified(c, owner, node.name, node.args)
    if made is not None:
        return made
    return _by_type(c, node, owner)


def _by_type(c: Context, node: n.Method, owner: Py) -> Py:
    kind, name = owner.type, node.name
    if kind.string:
        made = (
            strings.format_call(c, node.object, c.many(node.args))
            if name == "format"
            else strings.method(c, owner, name, node.args)
        )
        if made is not None:
            return made
    if kind.one(Parser) is not None:
        from lua_compat.translate import commandline

        return commandline.method(c, node, owner, kind.one(Parser).info)
    obj = kind.one(Obj) or kind.one(Cls)
    if obj is not None and isinstance(obj, (Obj, Cls)):
        return _of_object(c, node, owner, obj.info)
    for thing in kind.all(Thing):
        if thing.word in THINGS or thing.word in _AS_IN_LUA:
            found = _of_thing(c, node, owner, thing.word)
            if found is not None:
                return found
    tensor_too = kind.one(Tens) is not None or kind.has(OUT)
    if kind.one(Mod) is not None and not (tensor_too and name in rules.tensor_methods() - _OF_BOTH):
        return module_method(c, node, owner, kind.one(Mod))
    if kind.one(Tens) is not None or kind.has(OUT):
        return tensor_method(c, node, owner)
    if kind.one(Tab) is not None:
        return _of_table(c, node, owner)
    return _by_name(c, node, owner)


def _by_name(c: Context, node: n.Method, owner: Py) -> Py:
    """A method of something of which nothing else is known: its name says what it is."""
    name = node.name
    if name in _MODULES_ONLY:
        return module_method(c, node, owner, Mod())
    if name in _STRINGS_ONLY:
        made = (
            strings.format_call(c, node.object, c.many(node.args))
            if name == "format"
            else strings.method(c, owner, name, node.args)
        )
        if made is not None:
            return made
    if name in ("read", "write", "lines", "close") and owner.type.unknown:
        found = _of_thing(c, node, owner, "file")
        if found is not None and name != "close":
            return found
    if name in rules.tensor_methods():
        return tensor_method(c, node, owner.typed(T_ANY) if owner.type.number else owner)
    args = c.many(node.args)
    for a in args:
        c.escape(a.type)
    if not owner.type.empty:
        c.doubt(f"what has the method {name} is not known")
    return Py(f"{owner.at(ATOM)}.{name}({arguments(args)})", NOTHING if owner.type.empty else T_ANY)


# -- tensors


def tensor_method(c: Context, node: n.Method, owner: Py) -> Py:
    """A method of a tensor, by the rules."""
    name = node.name
    args = [owner, *c.many(node.args)]
    if name in ("type", "typeAs") and len(args) == 2 and name == "type":
        return Py(f"{owner.at(ATOM)}.type({args[1].code})", _same_rank(owner))
    if name == "copy" and len(args) == 2:
        return _copy(c, node, args)
    if name == "sub" and len(args) in (3, 5, 7, 9) and not any(a.star for a in args):
        from lua_compat.translate.elements import part

        places = [part(a, b) for a, b in zip(args[1::2], args[2::2], strict=True)]
        return Py(f"{owner.at(ATOM)}[{', '.join(places)}]", _same_rank(owner))
    if name in _ELEMENT_BY_ELEMENT and (len(args) == 2 or (len(args) == 3 and args[1].type.number)):
        args[-1] = _as_long(owner, args[-1])
    for rule in rules.table().get(f":{name}", ()):
        if rule.takes(args):
            made = rule.fill(args)
            if any(isinstance(a, Fn) for x in args for a in x.type.atoms):
                _callbacks(c, name, args)
            c.imports |= modules_in(made.code)
            if name == "split" or name == "chunk":
                info = c.table_of(node)
                c.mark(info, "list")
                c.learn_elem(info, _same_rank(owner))
                return made.typed(Type(Tab(info)))
            if name == "totable":
                info = c.table_of(node)
                c.mark(info, "list")
                one = owner.type.tensor
                if one is not None and one.rank == 1:
                    c.learn_elem(info, T_INT if one.kind == "int" else T_FLOAT)
                return made.typed(Type(Tab(info)))
            return made
    c.doubt(f"the method {name} of a tensor")
    return Py(f"{owner.at(ATOM)}.{name}({arguments(args[1:])})", tensor())


def _as_long(owner: Py, other: Py) -> Py:
    """A tensor of another number of dimensions, which Torch7 takes where it has as many elements."""
    ranks = [None if one.type.tensor is None else one.type.tensor.rank for one in (owner, other)]
    unlike = ranks[0] != ranks[1] if ranks[0] is not None else (ranks[1] or 0) > 1
    if ranks[1] is None or not unlike or not re.fullmatch(r"[\w.]+", owner.code):
        return other
    return Py(f"{other.at(ATOM)}.reshape_as({owner.code})", owner.type)


def _copy(c: Context, node: n.Method, args: list[Py]) -> Py:
    """``x:copy(y)``: in Torch7 only the numbers of elements have to agree."""
    from lua_compat.translate.elements import ends

    owner, given = args
    inner = node.object
    sized = isinstance(inner, n.Method) and inner.name == "resizeAs" and ends(inner.args[0], node.args[0])
    a, b = owner.type.tensor, given.type.tensor
    code = owner.at(ATOM)
    kind = owner.type if a is not None else tensor()
    if sized or (a is not None and b is not None and a.rank is not None and a.rank == b.rank):
        return Py(f"{code}.copy_({given.code})", kind)
    if owner.simple and a is not None and b is not None and None not in (a.rank, b.rank):
        return Py(f"{code}.copy_({given.at(ATOM)}.view_as({owner.code}))", kind)
    return Py(f"{c.lua('copy_')}({owner.code}, {given.code})", kind)


def _callbacks(c: Context, name: str, args: list[Py]) -> None:
    """Functions that are called with elements."""
    kind = args[0].type.tensor
    element = T_INT if kind is not None and kind.kind == "int" else T_FLOAT
    for a in args:
        for fn in a.type.all(Fn):
            functions.bind(c, fn.info, [Py("x", element)] * (2 if name == "map" else 1))


def _same_rank(owner: Py) -> Type:
    known = owner.type.tensor
    return tensor(None if known is None else known.rank, None if known is None else known.kind)


# -- modules


def module_method(c: Context, node: n.Method, owner: Py, mod: Mod) -> Py:
    """A method of a module or criterion."""
    name = node.name
    args = c.many(node.args)
    code = owner.at(ATOM)
    if mod.criterion or (
        name in ("forward", "backward") and len(args) >= 2 and mod.name is None and _target_like(name, args)
    ):
        made = _criterion(c, node, owner, args)
        if made is not None:
            return made
    if name == "getParameters":
        return Py(f"{code}.getParameters()", tensor(1, "float"), ATOM, (tensor(1, "float"), tensor(1, "float")))
    if name == "parameters":
        info = c.table_of(node)
        c.mark(info, "list")
        c.learn_elem(info, tensor())
        kind = Type(Tab(info))
        grads = f"{c.lua('gradients')}({owner.code})"
        return Py(code, kind, ATOM, (kind, kind), (Py(f"list({code}.parameters())", kind), Py(grads, kind)))
    if name in ("findModules", "listModules"):
        return _found(c, node, owner, args)
    if name == "clone":
        kind = owner.type if owner.type.one(Mod) else Type(Mod(mod.name))
        if args:
            return Py(f"{code}.clone().share({arguments([owner, *args])})", kind)
        return Py(f"{code}.clone()", kind)
    if name == "get":
        return Py(f"{code}[{minus_one(whole(args[0])).code}]", Type(Mod()))
    if name == "insert" and len(args) == 2:
        return Py(f"{code}.insert({minus_one(whole(args[1])).code}, {args[0].code})", owner.type)
    if name == "remove":
        place = minus_one(whole(args[0])).code if args else ""
        return Py(f"{code}.pop({place})", Type(Mod()))
    if name == "type" and args:
        return Py(f"{code}.type({args[0].code})", owner.type)
    if name == "apply":
        for fn in [f for a in args for f in a.type.all(Fn)]:
            functions.bind(c, fn.info, [Py("module", Type(Mod()))])
        return Py(f"{c.lua('apply_modules')}({owner.code}, {args[0].code})", owner.type)
    if name == "resetSize" and mod.name in ("nn.View", None):
        return Py(f"{c.lua('reset_size')}({arguments([owner, *args])})", owner.type)
    if name == "add" and len(args) == 1 and args[0].type.one(Tens) is not None and mod.name is None:
        return tensor_method(c, node, owner)
    if name == "forward" and c.runs_in is c.scope and len(args) == 1 and not c.program.inner_outputs:
        c.runs = True
        return Py(f"{code}({arguments(args)})", T_OUT)
    if name == "forward" and c.unit in c.program.inner_outputs:
        return Py(f"{c.lua('forward')}({arguments([owner, *args])})", T_OUT)
    if name in ("backward", "updateGradInput", "accGradParameters") and args and _made_anew(node.args[0]):
        args[0] = Py(f"{c.lua('traced')}({owner.code}, {args[0].code})", args[0].type)
    if name == "reset" and mod.name in REGISTRY and not hasattr(REGISTRY[mod.name].python, "reset_parameters"):
        c.doubt(f"reset of {mod.name}")
    if name in MODULE:
        form, kind = MODULE[name]
        text = form.replace("{0}", owner.code if "({0}" in form else code).replace("{*}", arguments(args))
        if kind == "modules":
            info = c.table_of(("modules", c.unit))
            c.learn_elem(info, Type(Mod()))
            return Py(text, Type(Tab(info)))
        return Py(text, kind if kind is not None else owner.type if owner.type.one(Mod) else Type(Mod(mod.name)))
    c.doubt(f"the method {name} of a module")
    return Py(f"{code}.{name}({arguments(args)})", T_ANY)


def _made_anew(node: Any) -> bool:
    """Whether an argument is another object at each time that it is written, though it means the same input."""
    if isinstance(node, n.Paren):
        return _made_anew(node.inner)
    return isinstance(node, (n.Table, n.Call, n.Method, n.Binary))


def _target_like(name: str, args: list[Py]) -> bool:
    """Whether the arguments are those of a criterion: forward with a target."""
    return name == "forward"


def _criterion(c: Context, node: n.Method, owner: Py, args: list[Py]) -> Py | None:
    name, code = node.name, owner.at(ATOM)
    given = arguments(args)
    if name in ("forward", "updateOutput"):
        return Py(f"{code}.forward({given})", T_FLOAT)
    if name in ("backward", "updateGradInput"):
        return Py(f"{code}.backward({given})", T_OUT)
    if name in ("float", "double", "cuda", "clone", "type"):
        return Py(f"{code}.{name}({given})", owner.type)
    if name == "add":
        c.doubt("a criterion is added to one that was made before")
    return None


def _found(c: Context, node: n.Method, owner: Py, args: list[Py]) -> Py:
    """``model:findModules('nn.Linear')``."""
    info = c.table_of(node)
    c.mark(info, "list")
    given = node.args[0] if node.args else None
    if node.name == "listModules":
        c.learn_elem(info, Type(Mod()))
        return Py(f"list({owner.at(ATOM)}.modules())", Type(Tab(info)))
    if isinstance(given, n.String):
        spec = REGISTRY.get(given.value)
        c.learn_elem(info, Type(Mod(given.value if spec is not None else None)))
        if spec is not None:
            return Py(f"{owner.at(ATOM)}.findModules(nn.{spec.python.__name__})", Type(Tab(info)))
        if given.value in c.program.classes:
            from lua_compat.translate.expressions import class_code

            return Py(f"{owner.at(ATOM)}.findModules({class_code(c, c.program.classes[given.value])})", Type(Tab(info)))
    else:
        c.learn_elem(info, Type(Mod()))
    # Which class is decided when the script runs.
    names = _constant_names(c, given)
    if names is not None:
        info.elem = Type(Mod(names[0] if len(set(names)) == 1 else None))
    return Py(f"{c.lua('find_modules')}({owner.code}, {args[0].code})", Type(Tab(info)))


def _constant_names(c: Context, node: Any) -> list[str] | None:
    return None


# -- objects of the script


def _parent_call(c: Context, node: n.Method) -> Py | None:
    return None


def _of_object(c: Context, node: n.Method, owner: Py, info: Any) -> Py:
    name = node.name
    method = info.lookup(name)
    python = _method_name(name)
    if method is not None:
        return functions.call(c, [method], f"{owner.at(ATOM)}.{python}", node.args)
    base = info.base()
    if base is not None and base.startswith("nn."):
        mod = Mod(None, base.endswith("Criterion"))
        if name in ("forward", "updateOutput"):
            inner = info.lookup("updateOutput")
            args = c.many(node.args)
            if inner is not None:
                functions.bind(c, inner, args)
                given = functions.result(
                    [inner],
                    f"{owner.at(ATOM)}.forward({arguments(args)})"
                    if mod.criterion
                    else f"{owner.at(ATOM)}.updateOutput({arguments(args)})",
                )
                return given if not given.type.empty else given.typed(T_FLOAT if mod.criterion else T_OUT)
        if name == "backward" and info.lookup("updateGradInput") is not None:
            args = c.many(node.args)
            functions.bind(c, info.lookup("updateGradInput"), args)
            made = module_method(c, node, owner, mod)
            given = functions.result([info.lookup("updateGradInput")], made.code)
            return made if given.type.empty or not mod.criterion else given
        return module_method(c, node, owner, mod)
    known = info.field_type(name)
    if known is not None and known.one(Fn) is not None:
        infos = [f.info for f in known.all(Fn)]
        return functions.call(c, infos, f"{owner.at(ATOM)}.{name}", node.args, (owner,))
    args = c.many(node.args)
    for a in args:
        c.escape(a.type)
    if known is None:
        c.doubt(f"the method {name} of {info.name} is not defined in the script")
    return Py(f"{owner.at(ATOM)}.{python}({arguments(args)})", NOTHING)


def _method_name(name: str) -> str:
    from lua_compat.translate.classes import METHODS

    return METHODS.get(name, name)


def _of_table(c: Context, node: n.Method, owner: Py) -> Py:
    """``t:f(x)`` of a table with a function in it: ``t.f(t, x)``."""
    info = owner.type.table
    assert info is not None
    known = info.fields.get(node.name, NOTHING)
    infos = [f.info for f in known.all(Fn)]
    if info.of_module is not None:
        python = info.of_module.exports.get(node.name, node.name)
        code = python if info.of_module is c.unit else f"{owner.code}.{python}"
    else:
        code = f"{owner.at(ATOM)}.{node.name}"
    if infos and not owner.simple:
        args = c.many(node.args)
        for i in infos:
            if i.node.is_method:
                c.learn(i.node.self_symbol, owner.type)
            functions.bind(c, i, args if i.node.is_method else [owner, *args])
        given = [Py(string(node.name)), *args]
        return functions.result(infos, f"{c.lua('method')}({arguments([owner, *given])})")
    if infos:
        extra = () if all(i.node.is_method for i in infos) else (owner,)
        if not extra:
            for i in infos:
                c.learn(i.node.self_symbol, owner.type)
            args = c.many(node.args)
            for i in infos:
                functions.bind(c, i, args)
            return functions.result(infos, f"{code}({arguments([owner, *args])})")
        return functions.call(c, infos, code, node.args, extra)
    if node.name in rules.tensor_methods() and not info.fields:
        return tensor_method(c, node, owner)
    args = c.many(node.args)
    for a in args:
        c.escape(a.type)
    if owner.type.has(ANY) or not info.fields:
        return (
            _by_name(c, node, owner.typed(T_ANY))
            if not known.atoms and owner.type.has(ANY)
            else Py(f"{code}({arguments([owner, *args])})", NOTHING)
        )
    return Py(f"{code}({arguments([owner, *args])})", T_ANY if known.atoms else NOTHING)


def _of_thing(c: Context, node: n.Method, owner: Py, word: str) -> Py | None:
    name = node.name
    if word == "node":
        return _of_node(c, node, owner)
    args = c.many(node.args)
    if word in _AS_IN_LUA:
        if not hasattr(getattr(runtime, _AS_IN_LUA[word]), name):
            c.doubt(f"the method {name} of {_AS_IN_LUA[word]}")
        for a in args:
            c.escape(a.type)
        if word == "threads" and name in ("addjob", "addasync"):
            _job(c, args)
        if name in ("binary", "ascii", "storage") and word == "memory":
            return Py(f"{owner.at(ATOM)}.{name}()", Type(Thing("memory")))
        kinds = {"acceptsjob": T_BOOL, "haserror": T_BOOL, "hasjob": T_BOOL}
        return Py(f"{owner.at(ATOM)}.{name}({arguments(args)})", kinds.get(name, T_ANY))
    found = THINGS[word].get(name)
    if found is None:
        return None
    form, kind = found
    text = (
        form.replace("{0}", owner.code if "({0}" in form else owner.at(ATOM))
        .replace("{*}", arguments(args))
        .replace(", )", ")")
    )
    c.imports |= modules_in(text)
    if kind == "time":
        info = c.table_of(("time", c.unit))
        for part in ("real", "user", "sys"):
            c.learn_field(info, part, T_FLOAT)
        kind = Type(Tab(info))
    if kind is None:
        info = c.table_of(node)
        c.mark(info, "list")
        c.learn_elem(info, T_INT)
        kind = Type(Tab(info))
    made = Py(text, kind)
    return Py(text, kind, note="iterable") if name == "lines" else made


def _job(c: Context, args: list[Py]) -> None:
    """What a job gives goes to the function behind it."""
    if not args:
        return
    for fn in args[0].type.all(Fn):
        functions.bind(c, fn.info, args[2:])
        for back in args[1].type.all(Fn) if len(args) > 1 else []:
            functions.bind(c, back.info, [Py("x", t) for t in fn.info.returns])


def _of_node(c: Context, node: n.Method, owner: Py) -> Py | None:
    if node.name == "split" and node.args:
        args = c.many(node.args)
        count = node.args[0].value if isinstance(node.args[0], n.Number) else 2
        return Py(f"{owner.at(ATOM)}.split({args[0].code})", constructors.NODE, ATOM, (constructors.NODE,) * int(count))
    if node.name == "annotate" and node.args and isinstance(node.args[0], n.Table):
        fields = [(f.key.value, c.expr(f.value).code) for f in node.args[0].fields if isinstance(f.key, n.String)]
        return constructors.annotated(owner, fields)
    return None
