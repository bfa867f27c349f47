"""Values between Python and Lua: leaves as they are, tables and containers copied, objects through the registry.

Tensors and storages cross as themselves, on the same memory. A table with keys 1..n only becomes a list, any other a
dict; a list or tuple becomes a table from 1, a dict a table. One table that appears twice is one object on the other
side, and cycles are kept. For objects of Torch7 classes, and Python modules, the registry gives the converters.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lua_compat.bridge import text
from pytorch_from_lua.tensor import Storage, Tensor

if TYPE_CHECKING:
    from lua_compat.bridge.runtime import Runtime

ToPython = Callable[["Runtime", Any, str], Any]
ToLua = Callable[["Runtime", Any], Any]

#: ``(runtime, table, typename) -> value`` for instances of Torch7 classes, ``(runtime, object) -> Lua value`` for
#: Python objects that are no leaf and no container. Set by `register`.
_converters: dict[str, Any] = {}


def register(to_python: ToPython, to_lua: ToLua) -> None:
    """Says how objects of Torch7 classes become Python objects, and the way back.

    ``to_lua`` answers `NotImplemented` for an object that it does not know.
    """
    _converters.update(to_python=to_python, to_lua=to_lua)


def to_python(runtime: Runtime, value: Any, memo: dict[str, Any] | None = None) -> Any:
    """The Python value for a Lua value; functions become callables, everything else that has no counterpart stays."""
    if isinstance(value, str):
        return text.to_value(value)
    kind = runtime.lua_type(value)
    if kind == "function":
        return _callable(runtime, value)
    if kind != "table":
        return value
    typename = runtime.typename(value)
    memo = {} if memo is None else memo
    identity = runtime.address(value)
    if identity in memo:
        return memo[identity]
    if typename is not None:
        memo[identity] = _converter("to_python")(runtime, value, typename)
        return memo[identity]
    size = len(value)
    keys = list(value.keys())
    if size and len(keys) == size:
        items: list[Any] = []
        memo[identity] = items
        items += [to_python(runtime, value[i], memo) for i in range(1, size + 1)]
        return items
    table: dict[Any, Any] = {}
    memo[identity] = table
    for key in keys:
        table[to_python(runtime, key, memo)] = to_python(runtime, value[key], memo)
    return table


def to_lua(runtime: Runtime, value: Any, memo: dict[int, Any] | None = None) -> Any:
    """The Lua value for a Python value.

    Raises:
        TypeError: where Lua has nothing like it.
    """
    if value is None or isinstance(value, (bool, int, float, str, bytes, Tensor, Storage)):
        return value
    if runtime.lua_type(value) is not None:
        return value
    if isinstance(value, np.ndarray):
        return Tensor.from_array(value)
    if isinstance(value, np.generic):
        return value.item()
    memo = {} if memo is None else memo
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, (list, tuple, Mapping)):
        table = memo[id(value)] = runtime.table()
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value, 1)
        for key, item in pairs:
            table[to_lua(runtime, key, memo)] = to_lua(runtime, item, memo)
        return table
    if inspect.isroutine(value):
        return getattr(value, "lua_function", None) or runtime.function(value)
    made = _converter("to_lua")(runtime, value)
    if made is not NotImplemented:
        return made
    raise TypeError(f"value: Lua has no counterpart of a {type(value).__name__}")


def _converter(way: str) -> Callable[..., Any]:
    if not _converters:
        importlib.import_module("lua_compat.mapping")  # it registers its own
    return _converters.get(way, _unknown)


def _unknown(runtime: Runtime, value: Any, typename: str | None = None) -> Any:
    if typename is None:
        return NotImplemented
    raise TypeError(f"value: Python has no counterpart of a {typename}")


def _callable(runtime: Runtime, function: Any) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        results = runtime.call(function, *[to_lua(runtime, a) for a in args])
        return (
            tuple(to_python(runtime, r) for r in results) if isinstance(results, tuple) else to_python(runtime, results)
        )

    call.lua_function = function  # type: ignore[attr-defined]
    return call
