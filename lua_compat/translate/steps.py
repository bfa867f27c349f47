"""Steps of training for autograd: ``forward``, the criterion's, and both ``backward`` become a loss that goes back.

Where ``model:backward(x, criterion:backward(y, t))`` follows ``y = model:forward(x)`` and ``criterion:forward(y, t)``,
and nothing between changes what they speak of, the gradients are those of ``criterion(model(x), t).backward()``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lua_compat.translate import nodes as n
from lua_compat.translate.paths import copied, disturbs, fresh, is_path, is_pure, named, paths_in, replaced, same


@dataclass(eq=False)
class Step:
    """One step: the nodes of its model and its criterion, of which the types say whether it can be written so."""

    model: Any
    criterion: Any


def rewrite(block: n.Block) -> None:
    """Finds the steps of a file, whose names have their symbols, and puts nodes for them in their place."""
    if _own_protocol(block):
        return
    for inner in [x for x in n.walk(block) if isinstance(x, n.Block)]:
        done = True
        while done:
            done = any(_one(block, inner, k) for k in range(len(inner.statements)))


def _own_protocol(block: n.Block) -> bool:
    """Whether the file asks modules for what only Torch7's protocol leaves in them."""
    return any(
        isinstance(x, n.Index)
        and isinstance(x.key, n.String)
        and x.key.value == "gradInput"
        and not (isinstance(x.object, n.Name) and x.object.name == "self")
        for x in n.walk(block)
    )


def _one(file: n.Block, block: n.Block, k: int) -> bool:
    """Rewrites the step that ends in the statement of this number, if one does."""
    statements = block.statements
    found: Any = _backward(statements, k)
    if found is None:
        return False
    back, of_criterion, extra = found
    model, x, criterion = back.object, back.args[0], of_criterion.object
    y, t = of_criterion.args
    if not all(is_path(p) for p in (model, criterion)) or not (is_pure(x) and is_pure(t)):
        return False
    j, call = _criterion_forward(statements, k, criterion, y, t, model, x)
    if call is None:
        return False
    given = call.args[0]
    inputs, targets = paths_in(x), paths_in(t)
    nested = isinstance(given, n.Method)  # criterion:forward(model:forward(x), t)
    i, run = (j, given) if nested else _forward(statements, j, model, x, given)
    if run is None:
        return False
    between = [s for s in statements[i + 1 : k] if s is not statements[j] and s is not extra]
    outputs = [given] if is_path(given) else []
    if any(disturbs(s, [*inputs, *outputs, *targets], [model]) for s in between):
        return False
    if any(disturbs(s, [], [criterion]) for s in statements[j + 1 : k] if s is not extra):
        return False
    if _asks_for_output(block, model, [y, given]):
        return False
    step = Step(run.object, call.object)
    _write(file, block, (i, j, k), run, call, back, of_criterion, step)
    if extra is not None:
        block.statements.remove(extra)
    return True


def _backward(statements: list[Any], k: int) -> tuple[Any, Any, Any] | None:
    """``model:backward(x, criterion:backward(y, t))``, also over a variable that holds the inner gradient."""
    s = statements[k]
    if not isinstance(s, n.CallStatement) or not _is(s.call, "backward", 2):
        return None
    back: Any = s.call
    inner, extra = back.args[1], None
    if isinstance(inner, n.Name) and len(inner.symbol.uses) == 1 and not inner.symbol.assigned:
        extra = next((d for d in statements[:k] if isinstance(d, n.Local) and _declares(d, inner.symbol)), None)
        if extra is None or extra.comments or extra.trailing:
            return None
        inner = extra.values[0]
    if not _is(inner, "backward", 2) and not _is(inner, "updateGradInput", 2):
        return None
    return back, inner, extra


def _declares(s: n.Local, symbol: Any) -> bool:
    return len(s.names) == 1 and len(s.values) == 1 and s.names[0].symbol is symbol


def _is(node: Any, name: str, count: int) -> bool:
    return isinstance(node, n.Method) and node.name == name and len(node.args) == count


def _criterion_forward(
    statements: list[Any], k: int, criterion: Any, y: Any, t: Any, model: Any, x: Any
) -> tuple[int, Any]:
    """The statement in which the loss is computed, and the call."""
    for j in range(k - 1, -1, -1):
        s = statements[j]
        if not isinstance(s, (n.Local, n.Assign, n.CallStatement)):
            continue
        for call in n.walk_here(s):
            if not (_is(call, "forward", 2) and same(call.object, criterion) and same(call.args[1], t)):
                continue
            given = call.args[0]
            nested = _is(given, "forward", 1) and same(given.object, model) and same(given.args[0], x)
            if (is_path(y) and same(given, y)) or (nested and _is_output(y, model)):
                return j, call
    return 0, None


def _is_output(y: Any, model: Any) -> bool:
    """``model.output``."""
    return isinstance(y, n.Index) and isinstance(y.key, n.String) and y.key.value == "output" and same(y.object, model)


def _forward(statements: list[Any], j: int, model: Any, x: Any, y: Any) -> tuple[int, Any]:
    """The statement before that gives ``y``, and its call; of ``model.output`` the one that runs the model."""
    for i in range(j - 1, -1, -1):
        s = statements[i]
        if isinstance(s, n.CallStatement) and _is(s.call, "forward", 1) and _is_output(y, model):
            call: Any = s.call
            return (i, call) if same(call.object, model) and same(call.args[0], x) else (0, None)
        if isinstance(s, (n.Local, n.Assign)):
            targets = s.names if isinstance(s, n.Local) else s.targets
            if not any(same(target, y) for target in targets):
                continue
            value: Any = s.values[0] if len(s.values) == 1 and len(targets) == 1 else None
            good = _is(value, "forward", 1) and same(value.object, model) and same(value.args[0], x)
            return (i, value) if good and isinstance(y, n.Name) else (0, None)
    return 0, None


def _asks_for_output(block: n.Block, model: Any, known: list[Any]) -> bool:
    """Whether the block asks for ``model.output`` beside the step."""
    return any(_is_output(x, model) and not any(x is k for k in known) for x in n.walk(block))


def _write(
    file: n.Block, block: n.Block, places: tuple[int, int, int], run: Any, call: Any, back: Any, inner: Any, step: Step
) -> None:
    i, j, k = places
    statements: list[Any] = block.statements
    first, middle, last = statements[i], statements[j], statements[k]
    original = n.CallStatement(last.line, last.end, n.Method(back.line, back.end, back.object, "backward", []))
    original.call.args = [copied(back.args[0]), copied(inner)]  # type: ignore[attr-defined]
    alone = first.call is run if isinstance(first, n.CallStatement) else False
    if alone:
        word = fresh(file, "output", "out")
        made: Any = n.Local(first.line, first.end, [named(word, first)], [n.Attached(run.line, run.end, run, step)])
        made.comments, made.trailing, made.blank_before = first.comments, first.trailing, first.blank_before
        statements[i] = made
        call.args[0] = named(word, call)
    else:
        replaced(first, run, n.Attached(run.line, run.end, run, step))
    loss = n.Loss(call.line, call.end, call, step)
    name: Any = middle.names[0] if isinstance(middle, n.Local) else None
    if name is not None and middle.values[0] is call and _declares(middle, name.symbol) and not name.symbol.assigned:
        middle.values[0] = loss
        word = name.name
    else:
        word = fresh(file, "loss", "error", "loss")
        before = n.Local(middle.line, middle.end, [named(word, middle)], [loss])
        before.comments, before.blank_before = middle.comments, middle.blank_before
        middle.comments, middle.blank_before = [], False
        if isinstance(middle, n.CallStatement) and middle.call is call:
            statements[j] = before
            before.trailing = middle.trailing
        else:
            replaced(middle, call, named(word, middle))
            statements.insert(j, before)
    made = n.Backward(last.line, last.end, named(word, last), original, step)
    made.comments, made.trailing, made.blank_before = last.comments, last.trailing, last.blank_before
    statements[statements.index(last)] = made
