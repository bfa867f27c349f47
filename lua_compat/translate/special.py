"""Functions of libraries that take more than a rule: of tables and errors, constructors of tensors, optimizers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from lua_compat.translate import functions, strings
from lua_compat.translate import nodes as n
from lua_compat.translate.context import Context
from lua_compat.translate.kinds import (
    ANY,
    BOOL,
    INT,
    NIL,
    NOTHING,
    STR,
    T_ANY,
    T_BOOL,
    T_FLOAT,
    T_INT,
    T_NIL,
    T_STR,
    Fn,
    Mod,
    Obj,
    Parser,
    Tab,
    Tens,
    Thing,
    Type,
    join,
)
from lua_compat.translate.kinds import tensor as tensor_type
from lua_compat.translate.learned import optimizer_options
from lua_compat.translate.libraries import LIBRARIES, TRANSLATED
from lua_compat.translate.python import ATOM, Py, arguments, minus_one
from lua_compat.translate.templates import whole

FUNCTIONS: dict[str, Callable[[Context, n.Call], Py | None]] = {}


F = TypeVar("F", bound=Callable[..., Any])


def function(*names: str) -> Callable[[F], F]:
    """Registers what writes calls of functions of these names."""

    def registered(made: F) -> F:
        for name in names:
            FUNCTIONS[name] = made
        return made

    return registered


@function("assert")
def _assert(c: Context, node: n.Call) -> Py | None:
    """As an expression: the value, where it is there."""
    inner = node.args[0]
    if isinstance(inner, n.Call) and _is(inner, "io", "open"):
        return c.expr(inner)
    value = c.expr(inner)
    rest = [_message(c, a) for a in node.args[1:2]]
    code = f"{c.lua('check')}({', '.join([value.code, *rest])})"
    return Py(code, value.type.without_nil() if not value.type.is_only(BOOL) else value.type)


def _message(c: Context, node: Any) -> str:
    return c.expr(node).code


def _is(node: n.Call, lib: str, name: str) -> bool:
    f = node.function
    return (
        isinstance(f, n.Index)
        and isinstance(f.object, n.Name)
        and f.object.name == lib
        and getattr(f.key, "value", "") == name
    )


@function("print")
def _print(c: Context, node: n.Call) -> Py:
    args = c.many(node.args)
    if not args:
        return Py("print()", T_NIL)
    if len(args) == 1 and not args[0].star:
        kind = args[0].type
        if kind.is_only(STR, INT, Mod, Obj, Tens) and not kind.has(ANY, NIL):
            return Py(f"print({args[0].code})", T_NIL)
    return Py(f"{c.lua('print')}({arguments(args)})", T_NIL)


@function("select")
def _select(c: Context, node: n.Call) -> Py | None:
    which = node.args[0]
    made = c.many(node.args[1:])
    if isinstance(which, n.String) and which.value == "#":
        if len(made) == 1 and made[0].star:
            return Py(f"len({made[0].code})", T_INT)
        return Py(str(len(made)), T_INT)
    if isinstance(which, n.Number) and len(node.args) == 2:
        value = c.multi(node.args[1])
        place = int(which.value) - 1
        if value.parts is not None and place < len(value.parts):
            return value.parts[place]
        if value.star and value.values is None:
            return Py(f"{value.at(ATOM)}[{place}:]", value.type, star=True)
        if value.values is not None and place < len(value.values):
            return Py(f"{value.at(ATOM)}[{place}]", value.values[place])
    if isinstance(which, n.Number) and len(made) >= which.value and not any(m.star for m in made):
        rest = made[int(which.value) - 1 :]
        first = rest[0]
        return Py(first.code, first.type, first.level, tuple([m.type for m in rest]), tuple(rest))
    index = c.expr(which)
    if len(made) == 1 and made[0].star:
        return Py(f"{made[0].at(ATOM)}[{minus_one(whole(index)).code}:]", made[0].type, star=True)
    return None


@function("unpack", "table.unpack")
def _unpack(c: Context, node: n.Call) -> Py:
    from lua_compat.translate.elements import ends
    from lua_compat.translate.loops import elements

    over = c.expr(node.args[0])
    info = over.type.table
    if info is not None and not info.fields:
        c.mark(info, "list")
    kind = elements(over.type)
    code = over.code
    if len(node.args) > 1:
        begin = minus_one(whole(c.expr(node.args[1]))).code
        end = ""
        if len(node.args) > 2:
            last = node.args[2]
            if (
                isinstance(last, n.Binary)
                and last.op == "-"
                and isinstance(last.left, n.Unary)
                and last.left.op == "#"
                and ends(last.left.operand, node.args[0])
                and isinstance(last.right, n.Number)
            ):
                end = f"-{last.right.text}"
            else:
                end = whole(c.expr(last)).code
        code = f"{over.at(ATOM)}[{'' if begin == '0' else begin}:{end}]"
    elif (info is not None and not info.is_list) or (over.type.unknown and not over.type.empty):
        code = f"{c.lua('unpack')}({over.code})"
    count = _length(node.args[0])
    return Py(
        code, kind, ATOM if code != over.code else over.level, (kind,) * count if count else None, None, not count
    )


def _length(node: Any) -> int:
    return 0


@function("pcall", "xpcall")
def _pcall(c: Context, node: n.Call) -> Py:
    there = package_there(c, node)
    if there is not None:
        return there
    args = c.many(node.args)
    name = node.function.name if isinstance(node.function, n.Name) else "pcall"
    kinds: list[Type] = [T_BOOL]
    for fn in args[0].type.all(Fn):
        functions.bind(c, fn.info, args[1 if name == "pcall" else 2 :])
        kinds += [join(t, T_STR) for t in fn.info.returns[:1]]
    if len(kinds) == 1:
        kinds.append(T_ANY)
    return Py(f"{c.lua(name)}({arguments(args)})", T_BOOL, ATOM, tuple(kinds))


def package_there(c: Context, node: n.Call) -> Py | None:
    """``pcall(require, 'cutorch')``: whether a package is there."""
    if len(node.args) != 2:
        return None
    first, name = node.args
    if not (isinstance(first, n.Name) and first.name == "require" and first.symbol.function is None):
        return None
    if not isinstance(name, n.String) or name.value not in LIBRARIES:
        return None
    gpu = name.value in ("cutorch", "cunn", "cudnn")
    code = "torch.cuda.is_available()" if gpu else str(name.value in TRANSLATED)
    return Py(code, T_BOOL, ATOM, (T_BOOL, T_NIL), (Py(code, T_BOOL), Py("None", T_NIL)))


@function("loadstring", "load")
def _loadstring(c: Context, node: n.Call) -> Py:
    c.doubt("a text is run as Lua, without the variables of the script")
    return Py(f"{c.lua('loadstring')}({arguments(c.many(node.args[:1]))})", T_ANY)


@function("setmetatable")
def _setmetatable(c: Context, node: n.Call) -> Py:
    value, meta = c.expr(node.args[0]), c.expr(node.args[1])
    for side in (value, meta):
        if side.type.table is not None:
            c.mark(side.type.table, "metatable")
    c.doubt("a metatable")
    return Py(f"{c.lua('setmetatable')}({value.code}, {meta.code})", value.type)


@function("getmetatable")
def _getmetatable(c: Context, node: n.Call) -> Py:
    c.doubt("a metatable")
    return Py(f"{c.lua('getmetatable')}({c.expr(node.args[0]).code})", T_ANY)


@function("rawget")
def _rawget(c: Context, node: n.Call) -> Py:
    return c.expr(n.Index(node.line, node.end, node.args[0], node.args[1]))


# -- tables


@function("table.insert")
def _insert(c: Context, node: n.Call) -> Py:
    owner = c.expr(node.args[0])
    info = owner.type.table
    value = c.expr(node.args[-1])
    c.escape(value.type)
    if info is not None:
        c.learn_elem(info, value.type)
        info = info.find()
        if id(node) not in info.stores:
            info.stores.add(id(node))
        c.mark(info, "list") if not info.fields else None
        c.mark(info, "list_ops")
    is_list = info is None or info.find().is_list
    if not is_list:
        place = f", {c.expr(node.args[1]).code}" if len(node.args) == 3 else ""
        return Py(f"{c.lua('append')}({owner.code}, {value.code}{place})", T_NIL)
    if len(node.args) == 3:
        place = minus_one(whole(c.expr(node.args[1]))).code
        return Py(f"{owner.at(ATOM)}.insert({place}, {value.code})", T_NIL)
    return Py(f"{owner.at(ATOM)}.append({value.code})", T_NIL)


@function("table.remove")
def _remove(c: Context, node: n.Call) -> Py:
    owner = c.expr(node.args[0])
    info = owner.type.table
    kind = join(info.elem, T_NIL) if info is not None else T_ANY
    place = ""
    if len(node.args) == 2:
        place = minus_one(whole(c.expr(node.args[1]))).code
    if info is not None:
        c.mark(info, "list_ops")
        c.mark(info, "list") if not info.fields else None
    if info is not None and info.is_list and c.statement is not None and isinstance(c.statement, n.CallStatement):
        return Py(f"{owner.at(ATOM)}.pop({place})", kind)
    return Py(f"{c.lua('remove')}({owner.code}{', ' + place if place else ''})", kind)


@function("table.concat")
def _concat(c: Context, node: n.Call) -> Py:
    owner = c.expr(node.args[0])
    separator = c.expr(node.args[1]).code if len(node.args) > 1 else '""'
    info = owner.type.table
    if info is not None and not info.fields:
        c.mark(info, "list")
    if len(node.args) > 2 or (info is not None and not info.find().is_list):
        rest = "".join([", " + c.expr(a).code for a in node.args[2:]])
        return Py(f"{c.lua('concat')}({owner.code}, {separator}{rest})", T_STR)
    elem = info.elem if info is not None else T_ANY
    if (elem.string and not elem.has(ANY)) or elem.empty:
        items = owner.code
    elif elem.whole and not elem.has(ANY):
        items = f"map(str, {owner.code})"
    else:
        items = f"map({c.lua('tostring')}, {owner.code})"
    return Py(f"{separator}.join({items})", T_STR)


@function("table.sort")
def _sort(c: Context, node: n.Call) -> Py:
    owner = c.expr(node.args[0])
    info = owner.type.table
    if info is not None:
        c.mark(info, "list") if not info.fields else None
        c.mark(info, "list_ops")
    if len(node.args) == 1:
        return Py(f"{owner.at(ATOM)}.sort()", T_NIL)
    if isinstance(node.args[1], n.Function):
        functions.info_of(c, node.args[1], "before")
    order = c.expr(node.args[1])
    for fn in order.type.all(Fn):
        elem = info.elem if info is not None else T_ANY
        functions.bind(c, fn.info, [Py("a", elem), Py("b", elem)])
    return Py(f"{c.lua('sort')}({owner.code}, {order.code})", T_NIL)


@function("table.getn")
def _getn(c: Context, node: n.Call) -> Py:
    return c.expr(n.Unary(node.line, node.end, "#", node.args[0]))


@function("string.format")
def _format(c: Context, node: n.Call) -> Py:
    return strings.format_call(c, node.args[0], c.many(node.args[1:]))


def _string_function(name: str) -> None:
    def written(c: Context, node: n.Call) -> Py | None:
        owner = c.expr(node.args[0])
        return strings.method(c, owner, name, node.args[1:])

    FUNCTIONS[f"string.{name}"] = written


for _word in ("gmatch", "match", "find", "gsub", "sub", "byte", "rep", "lower", "upper", "len", "reverse"):
    _string_function(_word)


# -- files and the system


@function("io.open")
def _open(c: Context, node: n.Call) -> Py:
    args = c.many(node.args)
    mode = (
        args[1].code.replace("b", "")
        if len(args) > 1 and isinstance(node.args[1], n.String)
        else args[1].code
        if len(args) > 1
        else ""
    )
    given = args[0].code + (f", {mode}" if mode and mode not in ('"r"', '""') else "")
    parent = c.program.parents.get(id(node))
    tested = not (
        isinstance(parent, n.Call) and isinstance(parent.function, n.Name) and parent.function.name == "assert"
    )
    if tested:
        return Py(f"{c.lua('open')}({given})", join(Type(Thing("file")), T_NIL))
    return Py(f'open({given}, encoding="latin-1", newline="")', Type(Thing("file")))


# -- torch


_WORDS = {"Long": "int", "Int": "int", "Short": "int", "Byte": "int", "Char": "int"}


def tensor(c: Context, node: n.Call, word: str) -> Py:
    """``torch.Tensor(2, 3)``, ``torch.LongTensor{1, 2}``, ``torch.LongStorage{2, 3}``."""
    if word.endswith("Storage"):
        return _storage(c, node, word)
    name = word.replace("Cuda", "Float") if word.startswith("Cuda") and word != "CudaTensor" else word
    name = "FloatTensor" if word == "CudaTensor" else name
    kind = _WORDS.get(name.removesuffix("Tensor"), "float")
    args = c.many(node.args)
    if len(node.args) == 1 and isinstance(node.args[0], n.Table):
        return Py(f"torch.{name}({args[0].code})", tensor_type(_depth(node.args[0]), kind))
    if len(args) == 1 and args[0].type.table is not None:
        return Py(f"torch.{name}({args[0].code})", tensor_type(_depth_of(args[0].type), kind))
    if args and (args[0].type.one(Thing) is not None or args[0].type.tensor is not None):
        rank = args[0].type.tensor.rank if args[0].type.tensor is not None else None
        return Py(f"torch.{name}({arguments(args)})", tensor_type(rank, kind))
    sizes = [whole(a) for a in args]
    rank = None if any(a.star for a in args) or not args else len(args)
    if len(args) == 1 and args[0].type.unknown and not args[0].type.empty:
        rank = None if not args[0].type.has(INT) else 1
        rank = 1 if rank is None and _sized(node.args[0]) else rank
    return Py(f"torch.{name}({arguments(sizes)})", tensor_type(rank, kind))


def _sized(node: Any) -> bool:
    """Whether an argument reads as a number: an option, an expression of numbers."""
    return isinstance(node, (n.Binary, n.Index, n.Name))


def _depth(table: n.Table) -> int | None:
    if not table.fields:
        return None
    first = table.fields[0].value
    if isinstance(first, n.Table):
        inner = _depth(first)
        return None if inner is None else 1 + inner
    return 1


def _depth_of(kind: Type) -> int | None:
    info = kind.table
    if info is None:
        return None
    if info.elem.number or info.elem.has(BOOL):
        return 1
    inner = _depth_of(info.elem)
    return None if inner is None else 1 + inner


def _storage(c: Context, node: n.Call, word: str) -> Py:
    if len(node.args) == 1 and isinstance(node.args[0], n.Table):
        items = [whole(c.expr(f.value)).code for f in node.args[0].fields]
        return Py(f"({', '.join(items)}{',' if len(items) == 1 else ''})", Type(Thing("size")))
    if not node.args:
        return Py("()", Type(Thing("size")))
    c.doubt(f"torch.{word} of a length")
    return Py(f"[0] * {whole(c.expr(node.args[0])).at(9)}", Type(Thing("storage")))


@function("torch.add", "torch.mul", "torch.div", "torch.cmul", "torch.cdiv")
def _with_result(c: Context, node: n.Call) -> Py | None:
    """The forms with a result that is given first: it is what is filled and given back."""
    args = c.many(node.args)
    name = node.function.key.value  # type: ignore[attr-defined]
    scalar = name in ("add", "mul", "div")
    tensors = [a.type.tensor is not None for a in args]
    if scalar and len(args) == 3 and tensors[:2] == [True, True] and not tensors[2]:
        return Py(f"torch.{name}({args[1].code}, {args[2].code}, out={args[0].code})", args[1].type)
    if len(args) == 3 and all(tensors):
        python = {"cmul": "mul", "cdiv": "div"}.get(name, name)
        return Py(f"torch.{python}({args[1].code}, {args[2].code}, out={args[0].code})", args[1].type)
    return None


@function("torch.setdefaulttensortype")
def _default(c: Context, node: n.Call) -> Py | None:
    given = node.args[0]
    words = {"torch.FloatTensor": "torch.float32", "torch.DoubleTensor": "torch.float64"}
    if isinstance(given, n.String) and given.value in words:
        return Py(f"torch.set_default_dtype({words[given.value]})", T_NIL)
    return None


@function("torch.CmdLine")
def _command_line(c: Context, node: n.Call) -> Py:
    c.need("argparse")
    info = c.table_of(node)
    return Py("argparse.ArgumentParser()", Type(Parser(info)))


# -- optim


def optimizer(c: Context, node: n.Call, word: str) -> Py:
    """``optim.sgd(f, x, state)`` on the flat parameters, as Torch7 does it."""
    if word in ("ConfusionMatrix", "Logger"):
        args = c.many(node.args)
        thing = "confusion" if word == "ConfusionMatrix" else "logger"
        return Py(f"{c.lua(word)}({arguments(args)})", Type(Thing(thing)))
    args = c.many(node.args)
    flat = tensor_type(1, "float")
    if args:
        for fn in args[0].type.all(Fn):
            functions.bind(c, fn.info, [Py("x", flat)])
            if len(args) > 1 and fn.info.fewest is not None:
                fn.info.fewest = None
    for a in args[2:]:
        if a.type.table is not None:
            c.learn_field(a.type.table, "learningRate", NOTHING)
    from lua_compat.translate.runtime import optim

    if word not in optimizer_options() or not hasattr(optim, word):
        c.doubt(f"optim.{word} is not known")
    info = c.table_of(node)
    c.mark(info, "list")
    c.learn_elem(info, T_FLOAT)
    return Py(f"{c.lua('optim')}.{word}({arguments(args)})", flat, ATOM, (flat, Type(Tab(info))))


@function("threads.Threads", "threads")
def _threads(c: Context, node: n.Call) -> Py:
    return new_threads(c, node.args)


def new_threads(c: Context, nodes: list[Any]) -> Py:
    """``threads(n, init, ...)``."""
    args = c.many(nodes)
    for a in args[1:]:
        for fn in a.type.all(Fn):
            functions.bind(c, fn.info, [Py("thread", T_INT)] if fn.info.params else [])
    return Py(f"{c.lua('Threads')}({arguments(args)})", Type(Thing("threads")))
