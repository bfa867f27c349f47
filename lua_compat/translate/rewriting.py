"""A file before its names are resolved for good: steps of training and optimizers as Python has them.

Each change is checked: every name has to mean the variable that it meant before. Where one does not, the file is read
anew and the change made in another way, or not at all.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from lua_compat.translate import nodes as n
from lua_compat.translate import optimizers, steps, updates
from lua_compat.translate.parser import parse
from lua_compat.translate.paths import fresh
from lua_compat.translate.scopes import Resolver

#: Methods after which modules share parameters: those of each are then not all that there are.
_SHARES = {"share", "sharedClone", "cloneManyTimes"}
#: A function that is longer stays one, where it does not stand beside its call.
_SHORT = 12


def rewritten(source: str, label: str, foreign: set[str], shared: bool) -> n.Block:
    """The tree of a file.

    Args:
        source: its text.
        label: how errors name it.
        foreign: names that other files of the script have.
        shared: whether modules of the script share parameters: then optimizers stay as they are.
    """
    ways: dict[tuple[int, str], int] = {}
    while True:
        made, failed = _attempt(parse(source, label), foreign, shared, ways)
        if failed is None:
            return made
        ways[failed] = ways.get(failed, 0) + 1


def shares(block: n.Block) -> bool:
    """Whether a file lets modules share parameters."""
    return any(isinstance(x, n.Method) and (x.name in _SHARES or (x.name == "clone" and x.args)) for x in n.walk(block))


#: Methods and fields of modules that speak of the last time that they ran.
_PROTOCOL = {"backward", "updateGradInput", "accGradParameters", "output", "gradInput"}


def uses_protocol(block: n.Block) -> bool:
    """Whether a file asks modules for what Torch7's protocol leaves in them, beside the steps that autograd does."""
    stack: list[Any] = [block]
    while stack:
        x = stack.pop()
        if isinstance(x, n.Backward):
            continue
        if isinstance(x, n.FunctionStatement):  # its name may be one of these
            stack.append(x.function)
            continue
        if isinstance(x, n.Method) and x.name in _PROTOCOL:
            return True
        own = isinstance(x, n.Index) and isinstance(x.object, n.Name) and x.object.name == "self"
        if isinstance(x, n.Index) and isinstance(x.key, n.String) and x.key.value in _PROTOCOL and not own:
            return True
        stack.extend(n.children(x))
    return False


def names(block: n.Block) -> set[str]:
    """All names of variables of a file."""
    return {x.name for x in n.walk(block) if isinstance(x, n.Name)}


def _attempt(
    block: n.Block, foreign: set[str], shared: bool, ways: dict[tuple[int, str], int]
) -> tuple[n.Block, tuple[int, str] | None]:
    _resolve(block)
    steps.rewrite(block)
    if not shared:
        _resolve(block)
        updates.rewrite(block)
    many = len(_calls(block, foreign, ways)) > 1
    while not shared:
        left = _calls(block, foreign, ways)
        if not left:
            break
        found = left[0]
        meant = {id(x): x.symbol.declared for x in n.walk(block) if isinstance(x, n.Name)}
        optimizers.rewrite(block, found, _modes(found)[ways.get(found.key, 0)], _names(block, found, many))
        _resolve(block)
        for x in n.walk(block):
            if not isinstance(x, n.Name) or x.name == "self":
                continue
            wanted = getattr(x, "means", meant.get(id(x), x.symbol.declared))
            if x.name == found.variable.name:
                wanted = found.variable
            if x.symbol.declared is not wanted:
                return block, found.key
    return block, None


def _resolve(block: n.Block) -> None:
    Resolver(SimpleNamespace(block=block), {})


def _calls(block: n.Block, foreign: set[str], ways: dict[tuple[int, str], int]) -> list[optimizers.Found]:
    _resolve(block)
    return [f for f in optimizers.Finder(block, foreign).calls() if ways.get(f.key, 0) < len(_modes(f))]


def _modes(found: optimizers.Found) -> list[str]:
    count = sum(1 for x in n.walk(found.function.body) if isinstance(x, n.Statement))
    if found.home is found.block or count <= _SHORT:
        return ["inline", "named", "function"] if found.defined is not None else ["inline", "named"]
    return ["function"]


def _names(block: n.Block, found: optimizers.Found, many: bool) -> dict[str, str]:
    model: Any = found.model
    word = model.name if isinstance(model, n.Name) else getattr(model.key, "value", "")
    tail = f"_{word}" if many and isinstance(word, str) else ""
    return {k: fresh(block, f"{k}{tail}") for k in ("optimizer", "scheduler")}
