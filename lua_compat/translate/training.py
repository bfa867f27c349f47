"""Steps of training as Python has them: losses that go backward, and optimizers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lua_compat.mapping.registry import REGISTRY
from lua_compat.translate import nodes as n
from lua_compat.translate.constructors import LOSSES, New, render
from lua_compat.translate.context import Context, expression, statement
from lua_compat.translate.kinds import T_FLOAT, T_INT, T_OUT, Mod, Obj, Thing, Type, tensor
from lua_compat.translate.learned import optimizer_options
from lua_compat.translate.modules import takes_indices
from lua_compat.translate.python import ADD, ATOM, Py, arguments
from lua_compat.translate.statements import put

LOSS = Type(Thing("loss"))


def _own_classes(c: Context, step: Any) -> bool:
    """Whether the model or the criterion is of a class that is no module."""
    for node in (step.model, step.criterion):
        for obj in c.expr(node).type.all(Obj):
            base = obj.info.base()
            if base is None or not base.startswith("nn."):
                return True
    return False


@expression(n.Attached)
def _attached(c: Context, node: n.Attached) -> Py:
    if _own_classes(c, node.step):
        return c.expr(node.call)
    owner = c.expr(node.call.object)
    return Py(f"{owner.at(ATOM)}({arguments(c.many(node.call.args))})", T_OUT, note="attached")


def keep(c: Context, symbol: Any, value: Py) -> None:
    """Remembers that a variable holds an output that autograd goes back from."""
    if value.note == "attached" and not getattr(symbol, "attached", False):
        symbol.attached = True
        c.program.changed = True


def name(c: Context, node: n.Name) -> Py | None:
    """A variable where its number, or its tensor without a way back, is asked for."""
    symbol = node.symbol
    if symbol.type.is_only(Thing) and symbol.type.has(Thing("loss")):
        return Py(f"{symbol.python}.item()", T_FLOAT)
    if getattr(symbol, "attached", False):
        parent = c.program.parents.get(id(node))
        if isinstance(parent, n.Method) and not isinstance(parent.object, n.Index):
            return Py(f"{symbol.python}.detach()", symbol.type)
        return Py(f"{c.lua('detached')}({symbol.python})", symbol.type)
    return None


def bare(c: Context, symbol: Any, value: Py) -> Py:
    """A new criterion of which nothing but losses for autograd is asked: Python's loss as it is."""
    new = value.note
    if not isinstance(new, New) or not new.name.endswith("Criterion"):
        return value
    steps = _losses(c, symbol)
    symbol.bare_loss = bool(steps) and new.name not in LOSSES and all(_as_it_is(c, new.name, x) for x in steps)
    return render(c, replace(new, bare=True)) if symbol.bare_loss else value


def _losses(c: Context, symbol: Any) -> list[n.Loss]:
    """The losses for which a variable is used; none where it is used for something else too."""
    once = symbol.assigned == (1 if symbol.function is None else 0)
    found = []
    for use in symbol.uses:
        call = c.program.parents.get(id(use))
        loss = c.program.parents.get(id(call))
        if _of_step(c, use) or getattr(loss, "folded", False):
            continue
        if not isinstance(loss, n.Loss) or loss.call.object is not use or symbol.unit is not c.unit:
            return []
        found.append(loss)
    return found if once else []


def _of_step(c: Context, node: Any) -> bool:
    """Whether a node is a part of the calls for which ``loss.backward()`` is written."""
    while node is not None and not isinstance(node, n.Statement):
        node = c.program.parents.get(id(node))
        if isinstance(node, n.CallStatement):
            node = c.program.parents.get(id(node))
    return isinstance(node, n.Backward)


def _as_it_is(c: Context, name: str, loss: n.Loss) -> bool:
    """Whether a loss takes what the script gives to the criterion."""
    from lua_compat.translate.runtime.modules import takes_list

    if _own_classes(c, loss.step) or takes_list(REGISTRY[name].python):
        return False
    kind = c.expr(loss.call.args[1]).type
    return not takes_indices(name) or kind.tensor is not None


def _targets(c: Context, node: n.Loss) -> Py:
    """The targets, which count from 0 in Python."""
    owner: Any = node.call.object
    given = _given(c, node.call.args[1])
    mod = owner.symbol.type.one(Mod)
    if mod is None or not takes_indices(mod.name):
        return given
    tail = "" if given.code.endswith(".long()") else ".long()"
    return Py(f"{given.at(ATOM)}{tail} - 1", given.type, ADD)


def _given(c: Context, node: Any) -> Py:
    if isinstance(node, n.Name) and getattr(node.symbol, "attached", False):
        return Py(node.symbol.python, T_OUT)
    return c.expr(node)


@expression(n.Loss)
def _loss(c: Context, node: n.Loss) -> Py:
    if _own_classes(c, node.step):
        return c.expr(node.call)
    owner = c.expr(node.call.object)
    args = [_given(c, a) for a in node.call.args]
    if isinstance(node.call.object, n.Name) and getattr(node.call.object.symbol, "bare_loss", False):
        args[1] = _targets(c, node)
    return Py(f"{owner.at(ATOM)}({arguments(args)})", LOSS)


@statement(n.Backward)
def _backward(c: Context, s: n.Backward) -> None:
    if _own_classes(c, s.step):
        put(c, c.multi(s.original.call).code)
        return
    assert isinstance(s.loss, n.Name)
    put(c, f"{s.loss.symbol.python}.backward()")


@expression(n.NewOptimizer)
def _new(c: Context, node: n.NewOptimizer) -> Py:
    python = optimizer_options()[node.word][0]
    library = c.lua("Adam") if node.word == "adam" else f"optim.{python}"
    given = [f"{c.expr(node.model).at(ATOM)}.parameters()"]
    for word, nodes in node.options:
        codes = [c.expr(x).code for x in nodes]
        given.append(f"{word}={codes[0]}" if len(codes) == 1 else f"{word}=({', '.join(codes)})")
    return Py(f"{library}({', '.join(given)})", Type(Thing("optimizer")))


@expression(n.NewScheduler)
def _scheduler(c: Context, node: n.NewScheduler) -> Py:
    decay = c.expr(node.decay)
    code = f"lambda step: 1 / (1 + step * {decay.at(ATOM)})"
    return Py(f"optim.lr_scheduler.LambdaLR({c.expr(node.optimizer).code}, {code})", Type(Thing("scheduler")))


@expression(n.LearningRate)
def _rate(c: Context, node: n.LearningRate) -> Py:
    return Py(f'{c.expr(node.optimizer).code}.param_groups[0]["lr"]', T_FLOAT)


@expression(n.ParameterCount)
def _count(c: Context, node: n.ParameterCount) -> Py:
    return Py(f"sum(p.numel() for p in {c.expr(node.model).at(ATOM)}.parameters())", T_INT)


@statement(n.EachGradient)
def _each(c: Context, s: n.EachGradient) -> None:
    from lua_compat.translate.methods import tensor_method

    model, args = c.expr(s.model).at(ATOM), s.call.args
    if s.call.name == "clamp" and len(args) == 2:
        low, high = c.expr(args[0]), c.expr(args[1])
        if low.code == f"-{high.at(ATOM)}":
            put(c, f"nn.utils.clip_grad_value_({model}.parameters(), {high.code})")
            return
    made = tensor_method(c, n.Method(s.line, s.end, s.call.object, s.call.name, args), Py("p.grad", tensor()))
    put(c, f"for p in {model}.parameters():")
    c.lines.append(f"{' ' * (c.indent + 4)}{made.code}")
