"""``torch.load`` and ``torch.save``: ``.t7`` files as translated scripts have their values."""

from __future__ import annotations

from typing import Any

import lua_compat.mapping as mapping
from lua_compat.mapping.objects import Table as _Loaded
from lua_compat.mapping.spec import for_module
from lua_compat.translate.runtime.modules import Criterion, from_1
from lua_compat.translate.runtime.tables import Table
from pytorch_from_lua import nn


def load(path: str, *_: Any) -> Any:
    """The value of a ``.t7`` file; its modules take indices that count from 1, its criterions have `forward`."""
    return _taken(mapping.load(path), {})


def _taken(value: Any, done: dict[int, Any]) -> Any:
    if id(value) in done:
        return done[id(value)]
    if isinstance(value, nn.Module):
        return _module(value, done)
    if isinstance(value, _Loaded):
        table = done[id(value)] = Table()
        for key, item in value.items():
            table[key] = _taken(item, done)
        return table
    if isinstance(value, list):
        items = done[id(value)] = value
        items[:] = [_taken(item, done) for item in value]
        return items
    return value


def loadstring(text: str) -> Any:
    """A function that runs a text in a Lua of its own, and gives its values as translated scripts have them."""
    from lua_compat import Runtime

    def run(*_: Any) -> Any:
        lua = Runtime()
        value = _taken(lua.to_python(lua.execute(text)), {})
        return Table() if value == [] else value

    return run


def _module(module: Any, done: dict[int, Any]) -> Any:
    done[id(module)] = module
    spec = for_module(module)
    if spec is not None and spec.torch7.endswith("Criterion"):
        from lua_compat.translate.modules import takes_indices

        made = done[id(module)] = Criterion(module, takes_indices(spec.torch7))
        return made
    for inner in module.modules():
        if type(inner) is nn.Embedding:
            from_1(inner)
    return module


def save(path: str, value: Any, *_: Any, format: str = "binary") -> None:
    """Writes a ``.t7`` file."""
    mapping.save(path, _given(value), format=format)


def _given(value: Any) -> Any:
    if isinstance(value, Criterion):
        return value.module
    if isinstance(value, dict):
        return {k: _given(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_given(v) for v in value]
    return value
