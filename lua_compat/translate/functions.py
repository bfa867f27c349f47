"""Functions: definitions, lambdas, parameters and results, and calls of functions of the script."""

from __future__ import annotations

from typing import Any

from lua_compat.translate import closures
from lua_compat.translate import nodes as n
from lua_compat.translate.context import Context
from lua_compat.translate.kinds import NIL, NOTHING, T_ANY, T_NIL, Fn, FuncInfo, Type, join
from lua_compat.translate.layout import comment_lines, lay_out
from lua_compat.translate.python import ATOM, LAMBDA, Py, arguments


def info_of(c: Context, node: n.Function, name: str = "") -> FuncInfo:
    """What is known about a function of the script."""
    if node.info is None:
        node.info = FuncInfo(node, c.unit, name)
        symbols = [p.symbol for p in node.params]
        node.info.params = symbols
        node.info.arity = -1
    if name and not node.info.name:
        node.info.name = name
    info: FuncInfo = node.info
    return info


def as_value(c: Context, node: n.Function) -> Py:
    """A function as an expression: a lambda, or the name of a definition that is written before the statement."""
    info = info_of(c, node)
    kind = Type(Fn(info))
    body = node.body.statements
    if len(body) == 1 and isinstance(body[0], n.Return) and not body[0].comments and not body[0].trailing:
        made = _lambda(c, node, info, body[0])
        if made is not None:
            return made.typed(kind)
    name = c.fresh(info.name or _word(c))
    lines = define(c, node, name, bound=closures.kept(c, node, None))
    c.before += lines
    return Py(name, kind)


def _word(c: Context) -> str:
    return "function"


def _lambda(c: Context, node: n.Function, info: FuncInfo, body: n.Return) -> Py | None:
    outer, before, function = c.scope, c.before, c.function
    c.scope, c.before, c.function = node.scope, [], info  # type: ignore[attr-defined]
    try:
        value = return_value(c, body.values)
        if c.before:
            return None
    finally:
        c.scope, c.before, c.function = outer, before, function
    params = parameters(c, node, info, closures.kept(c, node, None))
    if len(body.values) > 1 and info.arity > 1 and ", " in value:
        value = f"({value})"
    head = f"lambda {params}:" if params else "lambda:"
    return Py(f"{head} {value}", T_ANY, LAMBDA)


def parameters(c: Context, node: n.Function, info: FuncInfo, bound: tuple[str, ...] = ()) -> str:
    """The list of parameters; of variables of a loop, the closure keeps those of its turn."""
    names = ["self"] if node.is_method else []
    optional = info.fewest is not None and info.fewest < len(node.params)
    for i, p in enumerate(node.params):
        name = p.symbol.python
        if name == "_":
            name = "_" if names.count("_") == 0 else f"_{i}"
        names.append(name + ("=None" if optional and i >= (info.fewest or 0) else ""))
    if node.vararg:
        names.append("*args")
    elif info.more:
        names.append("*_")
    elif bound:
        names.append("*")
    names += [f"{name}={name}" for name in bound]
    return ", ".join(names)


def define(
    c: Context,
    node: n.Function,
    name: str,
    decorators: tuple[str, ...] = (),
    first: tuple[str, ...] = (),
    bound: tuple[str, ...] = (),
) -> list[str]:
    """The lines of a definition, indented as the statement is.

    Args:
        c: the pass.
        node: the function.
        name: its name.
        decorators: lines before it.
        first: lines that begin its body.
        bound: variables of a loop of which it keeps the values of its turn.
    """
    info = info_of(c, node, name)
    saved = (c.lines, c.scope, c.before, c.function, c.marks, c.loops, c.statement)
    c.lines, c.scope, c.before, c.function, c.marks, c.loops = [], node.scope, [], info, [], []  # type: ignore[attr-defined]
    space = " " * c.indent
    head = [space + d for d in decorators]
    head += lay_out(f"def {name}({parameters(c, node, info, bound)}):", c.indent)
    c.indent += 4
    for line in first:
        c.lines.append(" " * c.indent + line)
    for word, names in declared(c, node).items():
        if names:
            c.lines.append(f"{' ' * c.indent}{word} {', '.join(sorted(names))}")
    from lua_compat.translate.statements import block

    returns = block(c, node.body)
    _end(c, info, returns)
    if not any(line.strip() and not line.strip().startswith("#") for line in c.lines):
        c.lines.append(" " * c.indent + "pass")
    c.indent -= 4
    made = head + c.lines
    c.lines, c.scope, c.before, c.function, c.marks, c.loops, c.statement = saved
    return made


def _end(c: Context, info: FuncInfo, returns: bool) -> None:
    """The end of a function without a return: it gives nothing, as many times as it gives something elsewhere."""
    if returns:
        return
    if info.arity > 1 and not info.open_ended:
        c.lines.append(f"{' ' * c.indent}return {', '.join(['None'] * info.arity)}")
    if info.returns and not info.returns[0].has(NIL):
        info.returns[0] = join(info.returns[0], T_NIL)
        c.program.changed = True


def declared(c: Context, node: n.Function) -> dict[str, set[str]]:
    """The names that a function assigns to outside of itself: ``global`` and ``nonlocal``."""
    found: dict[str, set[str]] = {"global": set(), "nonlocal": set()}
    scope = node.scope  # type: ignore[attr-defined]
    for symbol in scope.free:
        if scope not in symbol.assigned_in:
            continue
        owner = symbol.function
        word = "global" if owner is None or owner.is_file else "nonlocal"
        found[word].add(symbol.python or symbol.name)
    found["global"] |= getattr(node, "sets_exports", set())
    return found


# -- results


def return_value(c: Context, nodes: list[Any]) -> str:
    """What stands behind `return`, and what the function is known to give."""
    info = c.function
    assert info is not None
    made = c.many(nodes)
    kinds: list[Type] = []
    ended = False
    for m in made:
        if m.star and m.values is None:
            ended = True
            kinds.append(m.type)
        elif m.star and m.values is not None:
            kinds += list(m.values)
        else:
            kinds.append(m.type)
    _learn_results(c, info, kinds, ended)
    if info.open_ended:
        return f"({arguments(made)},)" if made else "()"
    count = max(info.arity, 1)
    if len(made) == 1 and made[0].star and made[0].values is not None and len(made[0].values) == count:
        return made[0].code
    if count == 1:
        return made[0].code if made and not made[0].star else f"{made[0].at(ATOM)}[0]" if made else "None"
    codes = [f"*{m.at(ATOM)}" if m.star else m.code for m in made]
    codes += ["None"] * (count - len(kinds))
    return ", ".join(codes[:count] if not any(m.star for m in made) else codes)


def _learn_results(c: Context, info: FuncInfo, kinds: list[Type], ended: bool) -> None:
    before = (info.arity, list(info.returns), info.open_ended)
    info.arity = max(info.arity, len(kinds))
    info.open_ended = info.open_ended or ended
    for i in range(info.arity):
        given = kinds[i] if i < len(kinds) else T_NIL
        if i >= len(info.returns):
            info.returns.append(given)
        else:
            info.returns[i] = join(info.returns[i], given)
    if before != (info.arity, info.returns, info.open_ended):
        c.program.changed = True


# -- calls


def bind(c: Context, info: FuncInfo, args: list[Py], skip_self: bool = False) -> None:
    """What a call tells about the parameters of a function."""
    info.called = True
    symbols = info.params
    count = len(args)
    if any(a.star for a in args):
        known = next((a.values for a in args if a.star and a.values), None)
        count = len(args) - 1 + len(known) if known else len(symbols)
    flat: list[Type] = []
    for a in args:
        flat += list(a.values) if a.star and a.values else [a.type]
    if count < len(symbols):
        fewest = count if info.fewest is None else min(info.fewest, count)
        if fewest != info.fewest:
            info.fewest = fewest
            c.program.changed = True
    for i, symbol in enumerate(symbols):
        c.learn(symbol, flat[i] if i < len(flat) else T_NIL)
    for a in args:
        c.escape(a.type) if not symbols and not info.node.vararg else None


def call(c: Context, infos: list[FuncInfo], code: str, nodes: list[Any], extra: tuple[Py, ...] = ()) -> Py:
    """A call of functions of the script."""
    args = [*extra, *c.many(nodes)]
    for info in infos:
        bind(c, info, args)
    info = infos[0]
    if not info.node.vararg:
        most = max([len(i.params) for i in infos])
        if not any(a.star for a in args):
            args = args[:most]
        elif args[-1].star and args[-1].values is not None and len(args) - 1 + len(args[-1].values) > most:
            args = _cut(args, most)
    take_more(c, infos, len(args))
    return result(infos, f"{code}({arguments(args)})")


def take_more(c: Context, infos: list[FuncInfo], count: int) -> None:
    """Functions that are called with more arguments than they have parameters take them and leave them."""
    for info in infos:
        if count > len(info.params) and not info.node.vararg and not info.more:
            info.more = c.program.changed = True


def _cut(args: list[Py], most: int) -> list[Py]:
    """The arguments, of the last call's values only as many as are taken."""
    wanted = most - (len(args) - 1)
    last = args[-1]
    if wanted <= 0:
        return args[:most]
    kinds = last.values or ()
    if wanted == 1:
        return [*args[:-1], Py(f"{last.at(ATOM)}[0]", kinds[0] if kinds else NOTHING)]
    return [*args[:-1], Py(f"{last.at(ATOM)}[:{wanted}]", last.type, ATOM, kinds[:wanted], None, True)]


def result(infos: list[FuncInfo], code: str) -> Py:
    """What a call gives."""
    arity = max(i.arity for i in infos)
    kinds = [join(*[i.returns[k] for i in infos if k < len(i.returns)]) for k in range(max(arity, 0))]
    if any(i.open_ended for i in infos):
        return Py(code, join(*kinds) if kinds else NOTHING, ATOM, None, None, True)
    if arity > 1:
        return Py(code, kinds[0], ATOM, tuple(kinds))
    if kinds:
        return Py(code, kinds[0])
    return Py(code, NOTHING if not any(i.called for i in infos) else T_NIL if arity == -1 else NOTHING)


def docstring(comments: list[str]) -> list[str]:
    """Comments as they stand before a definition."""
    return [line for text in comments for line in comment_lines(text, 0)]
