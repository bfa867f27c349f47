"""Values between Python and Lua: leaves as they are, everything else through the registry's plain graph.

What `lua_compat.load` makes of a file's tables and objects, `to_python` makes of a running script's; and what
`lua_compat.save` writes of a Python value, `to_lua` builds in Lua. In both directions one object stays one object,
cycles included, and tensors, parameters and gradients share their memory.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lua_compat.bridge import cuda, text
from pytorch_from_lua.tensor import Storage, Tensor

if TYPE_CHECKING:
    from lua_compat.bridge.runtime import Runtime

_LEAVES = (bool, int, float, str, bytes, Tensor, Storage)


def to_python(runtime: Runtime, value: Any) -> Any:
    """The Python value for a Lua value; a function becomes a callable, what has no counterpart stays as it is."""
    if runtime.lua_type(value) != "table":
        return _leaf(runtime, value)
    from lua_compat import mapping

    return mapping.to_python(_Graph(runtime).of_table(value), gradients=True)


def to_lua(runtime: Runtime, value: Any) -> Any:
    """The Lua value for a Python value.

    Raises:
        MappingError: where there is something in it that Lua has nothing like.
    """
    if value is None or isinstance(value, _LEAVES) or runtime.lua_type(value) is not None:
        return value
    if isinstance(value, np.ndarray):
        return Tensor.from_array(value)
    if isinstance(value, np.generic):
        return value.item()
    if inspect.isroutine(value):
        return getattr(value, "lua_function", None) or runtime.function(value)
    from lua_compat import mapping

    return _Builder(runtime).value(mapping.to_torch7(value, gradients=True))


def _leaf(runtime: Runtime, value: Any) -> Any:
    if isinstance(value, str):
        return text.to_value(value)
    if isinstance(value, (Tensor, Storage)):
        return cuda.plain(value)
    return _callable(runtime, value) if runtime.lua_type(value) == "function" else value


def _callable(runtime: Runtime, function: Any) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        results = runtime.call(function, *[to_lua(runtime, a) for a in args])
        if isinstance(results, tuple):
            return tuple(to_python(runtime, r) for r in results)
        return to_python(runtime, results)

    call.lua_function = function  # type: ignore[attr-defined]
    return call


class _Graph:
    """Lua tables as the plain graph that a ``.t7`` file with them would give."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._made: dict[str, Any] = {}
        self._pending: list[tuple[Any, Any]] = []

    def of_table(self, table: Any) -> Any:
        root = self._value(table)
        while self._pending:
            source, target = self._pending.pop()
            entries = [entry for entry in source.items() if self._runtime.lua_type(entry[1]) != "userdata"]
            target.fill([self._value(x) for entry in entries for x in entry])
        return root

    def _value(self, value: Any) -> Any:
        from lua_compat.t7 import T7Object, T7Table

        runtime = self._runtime
        if runtime.lua_type(value) != "table":
            return _leaf(runtime, value)
        address = runtime.address(value)
        if address not in self._made:
            fields = T7Table()
            self._pending.append((value, fields))
            name = runtime.typename(value)
            self._made[address] = fields if name is None else T7Object(name, 1, fields)
        return self._made[address]


class _Builder:
    """Lua values from a plain graph."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._made: dict[int, Any] = {}
        self._pending: list[tuple[Any, Any]] = []

    def value(self, graph: Any) -> Any:
        root = self._value(graph)
        rawset = self._runtime.globals.rawset
        while self._pending:
            source, target = self._pending.pop()
            for key, item in source.items():
                rawset(target, self._value(key), self._value(item))
        self._runtime.recount(list(self._made.values()))
        return root

    def _value(self, value: Any) -> Any:
        from lua_compat.t7 import T7Object, T7Table

        if not isinstance(value, (T7Table, T7Object)):
            return to_lua(self._runtime, value)
        if id(value) not in self._made:
            if isinstance(value, T7Table):
                made, fields = self._runtime.table(), value
            else:
                made, fields = self._runtime.instance(value.class_name), value.contents
            self._made[id(value)] = made
            self._pending.append((fields, made))
        return self._made[id(value)]
