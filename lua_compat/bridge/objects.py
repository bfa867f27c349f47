"""Objects of Torch7 classes between Python and a running Lua: through the plain graph, as ``.t7`` files go.

Tensors cross as themselves, so that a module on one side and its counterpart on the other lie on the same memory:
parameters, gradients and running statistics. Fields that are no tensors are copied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lua_compat.bridge import text, values
from lua_compat.errors import MappingError
from lua_compat.mapping.load import Loader
from lua_compat.mapping.save import Saver
from lua_compat.t7 import T7Object, T7Table
from pytorch_from_lua.nn import Module

if TYPE_CHECKING:
    from lua_compat.bridge.runtime import Runtime


def to_python(runtime: Runtime, table: Any, typename: str) -> Any:
    """The Python module (or other object) for an instance of a Torch7 class."""
    return Loader(gradients=True).value(graph(runtime, table), typename)


def to_lua(runtime: Runtime, value: Any) -> Any:
    """The instance of a Torch7 class for a Python module; parameters get gradients on which both sides work."""
    if not isinstance(value, Module):
        return NotImplemented
    runtime.require("nn")
    return rebuilt(runtime, Saver(gradients=True).graph(value, type(value).__name__))


def graph(runtime: Runtime, value: Any) -> Any:
    """The plain graph of a Lua value: `T7Table` and `T7Object` for tables, all else as it crosses."""
    made: dict[str, Any] = {}
    waiting: list[tuple[Any, Any]] = []

    def begun(item: Any) -> Any:
        if isinstance(item, bool) or item is None:
            return item
        if isinstance(item, (int, float)):
            return float(item)
        if isinstance(item, str):
            return text.to_value(item)
        if runtime.lua_type(item) != "table":
            return item
        identity = runtime.address(item)
        if identity not in made:
            name = runtime.typename(item)
            contents = T7Table()
            made[identity] = contents if name is None else T7Object(name, 1, contents)
            waiting.append((item, contents))
        return made[identity]

    root = begun(value)
    while waiting:
        item, contents = waiting.pop()
        for key, held in item.items():
            contents[begun(key)] = begun(held)
    return root


def rebuilt(runtime: Runtime, value: Any) -> Any:
    """The Lua value of a plain graph.

    Raises:
        MappingError: for an object of a class that Lua does not have.
    """
    factory = runtime.globals.torch.factory
    made: dict[int, Any] = {}
    waiting: list[tuple[T7Table, Any]] = []

    def begun(item: Any) -> Any:
        if not isinstance(item, (T7Table, T7Object)):
            return item
        if id(item) not in made:
            if isinstance(item, T7Object):
                make = factory(item.class_name)
                if make is None:
                    raise MappingError(f"value: Lua has no class {item.class_name}")
                made[id(item)] = make()
                contents = item.contents
            else:
                made[id(item)] = runtime.table()
                contents = item
            if isinstance(contents, T7Table):
                waiting.append((contents, made[id(item)]))
        return made[id(item)]

    root = begun(value)
    while waiting:
        contents, table = waiting.pop()
        for key, held in contents.items():
            table[begun(key)] = begun(held)
    return root


values.register(to_python, to_lua)
