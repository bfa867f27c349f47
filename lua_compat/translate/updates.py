"""Training by hand: ``zeroGradParameters`` and ``updateParameters(rate)`` become an optimizer that has no state."""

from __future__ import annotations

from typing import Any

from lua_compat.translate import nodes as n
from lua_compat.translate.paths import assigned_to, copied, fresh, is_path, is_pure, named, overlap, paths_in, same

_LOOPS = (n.While, n.Repeat, n.NumericFor, n.GenericFor)


def rewrite(file: n.Block) -> None:
    """Puts optimizers before the loops of a file, whose names have their symbols, and their steps into them."""
    if _asks_for_gradients(file):
        return
    parents = {id(child): node for node in n.walk(file) for child in n.children(node)}
    for block in [x for x in n.walk(file) if isinstance(x, n.Block)]:
        for k, s in enumerate(block.statements):
            if isinstance(s, n.Backward):
                _one(file, block, k, parents)


def _asks_for_gradients(file: n.Block) -> bool:
    """Whether the file takes hold of gradients: those of an optimizer are not kept from step to step."""
    for x in n.walk(file):
        if isinstance(x, n.Method) and x.name in ("getParameters", "parameters"):
            return True
        if isinstance(x, n.Index) and isinstance(x.key, n.String) and x.key.value in ("gradWeight", "gradBias"):
            return True
    return False


def _one(file: n.Block, block: n.Block, k: int, parents: dict[int, Any]) -> None:
    statements: list[Any] = block.statements
    model = statements[k].step.model
    clear = next((s for s in statements[:k] if _calls(s, "zeroGradParameters", model, 0)), None)
    update = next((s for s in statements[k:] if _calls(s, "updateParameters", model, 1)), None)
    if clear is None or update is None or not is_path(model) or not is_pure(update.call.args[0]):
        return
    rate = update.call.args[0]
    place = _place(block, [*paths_in(rate), model], parents)
    if place is None:
        return
    home, loop = place
    word = fresh(file, "optimizer")
    value = n.NewOptimizer(loop.line, loop.line, "sgd", copied(model), [("lr", [copied(rate)])])
    made = n.Local(loop.line, loop.line, [named(word, loop)], [value])
    made.comments, made.blank_before, loop.comments, loop.blank_before = loop.comments, loop.blank_before, [], False
    home.statements.insert(home.statements.index(loop), made)
    for s, name in ((clear, "zero_grad"), (update, "step")):
        s.call = n.Method(s.line, s.end, named(word, s), name, [])


def _calls(s: Any, name: str, model: Any, count: int) -> bool:
    call = s.call if isinstance(s, n.CallStatement) else None
    return isinstance(call, n.Method) and call.name == name and same(call.object, model) and len(call.args) == count


def _place(block: n.Block, paths: list[Any], parents: dict[int, Any]) -> tuple[n.Block, Any] | None:
    """The outermost loop around a block, in its function, in which all of the paths stay as they are."""
    found, node = None, parents.get(id(block))
    while node is not None and not isinstance(node, n.Function):
        home = parents.get(id(node))
        if isinstance(node, _LOOPS) and isinstance(home, n.Block):
            if _changes(node, paths):
                break
            found = home, node
        node = home
    return found


def _changes(loop: Any, paths: list[Any]) -> bool:
    declared = {id(x) for x in n.walk(loop) if isinstance(x, n.Name)}
    symbols = [x.symbol for path in paths for x in n.walk(path) if isinstance(x, n.Name)]
    if any(symbol.declared is not None and id(symbol.declared) in declared for symbol in symbols):
        return True
    return any(is_path(t) and overlap(t, path) for t in assigned_to(loop) for path in paths)
