"""The models in a ``.t7`` file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from lua_compat.errors import MappingError
from lua_compat.mapping.files import load
from lua_compat.mapping.objects import TorchObject
from pytorch_from_lua import nn
from pytorch_from_lua.errors import TensorError
from pytorch_from_lua.nn import Loss, Module


class Found(NamedTuple):
    """A module in a file: where it is, as Python would write it, and the module."""

    place: str
    module: Module


#: Classes of the package `graph`, and of `nngraph` over it: they hold modules and are none.
GRAPHS = frozenset({"graph.Graph", "graph.Node", "graph.Edge", "nngraph.Node"})
#: Fields that an object has which is run: one without them (a confusion matrix, say) is no part of a model.
_OF_MODULES = {"modules", "weight", "output", "gradInput"}


def modules_in(value: Any, place: str = "") -> Iterator[Found]:
    """The outermost modules of a value, each once: a file's own, or those in the tables of a checkpoint.

    An object of an unknown class that holds modules is looked into, unless it is in a module.
    """
    seen: set[int] = set()
    waiting: list[tuple[str, Any]] = [(place, value)]
    while waiting:
        where, item = waiting.pop()
        if id(item) in seen or not isinstance(item, (list, dict, Module)):
            continue
        seen.add(id(item))
        if isinstance(item, TorchObject) and item.class_name in GRAPHS:
            waiting += reversed(list(_of_graph(where, item)))
        elif isinstance(item, TorchObject):
            inside = [f for f in modules_in(item.fields, where) if id(f.module) not in seen]
            waiting += reversed(inside)
            if not inside and _OF_MODULES & {k for k in item.fields if isinstance(k, str)}:
                yield Found(where, item)
        elif isinstance(item, Module):
            seen |= {id(below) for below in item.modules()}
            yield Found(where, item)
        else:
            entries = item.items() if isinstance(item, dict) else enumerate(item)
            waiting += [(_step(where, k), v) for k, v in reversed(list(entries))]


def _of_graph(where: str, item: TorchObject) -> Iterator[tuple[str, Any]]:
    """What the nodes of a graph hold, in their order; of a node what it holds, and then the nodes below it."""
    if item.class_name == "graph.Edge":
        yield from ((_step(where, end), item.fields.get(end)) for end in ("from", "to"))
        return
    name = "nodes" if item.class_name == "graph.Graph" else "children"
    below = [(_step(_step(where, name), i), node) for i, node in _numbered(item.fields.get(name))]
    for place, node in below if item.class_name == "graph.Graph" else [(where, item)]:
        if isinstance(node, TorchObject):
            yield from _held(_step(place, "data"), node.fields.get("data"))
    yield from below


def _held(place: str, data: Any) -> Iterator[tuple[str, Any]]:
    """What a node holds, without the nodes that those of `nngraph` know by it."""
    if isinstance(data, dict):
        yield from ((_step(place, k), v) for k, v in data.items() if k != "mapindex")
    else:
        yield place, data


def _numbered(value: Any) -> list[tuple[Any, Any]]:
    """The elements of a table by their numbers, whatever other keys it has."""
    if isinstance(value, list):
        return list(enumerate(value))
    return [(k, v) for k, v in value.items() if isinstance(k, int)] if isinstance(value, dict) else []


def _step(place: str, key: Any) -> str:
    named = isinstance(key, str) and key.isidentifier()
    return f"{place}{'.' if place else ''}{key}" if named else f"{place}[{key!r}]"


def unknown_in(module: Module) -> list[str]:
    """The classes in a module that have no counterpart, each with its place."""
    named = module.named_modules()
    unknown = [(path, m) for path, m in named if isinstance(m, TorchObject) and m.class_name not in GRAPHS]
    return [f"{below.class_name} at {path or 'the top'}" for path, below in unknown]


def chosen(path: str, place: str | None) -> list[Found]:
    """The outermost modules of a file, or the one at a place.

    Raises:
        MappingError: where there is none at the place, and whatever `load` says of the file.
    """
    found = list(modules_in(load(path)))
    if place is None:
        return found
    wanted = [f for f in found if f.place == place]
    if not wanted:
        has = ", ".join(f.place for f in found) if found else "none"
        raise MappingError(f"{path}: has no module {place}; it has {has}")
    return wanted


class Described(NamedTuple):
    """A module as a table.

    Attributes:
        place: where it is in its file.
        name: its class.
        summary: the table.
        unknown: the classes in it that have no counterpart, each with its place.
        error: why the input was not run, or None.
    """

    place: str
    name: str
    summary: nn.Summary
    unknown: list[str]
    error: str | None

    def to_dict(self) -> dict[str, Any]:
        """The same as dicts, lists, numbers and strings."""
        return {"place": self.place, **self.summary.to_dict(), "unknown": self.unknown, "error": self.error}


def described(found: Found, input: Any = None, training: bool = False) -> Described:
    """The table of a module; without shapes where the input does not fit it. A criterion is not given the input."""
    place, module = found
    trouble = None
    try:
        made = nn.summary(module, None if isinstance(module, Loss) else input, training=training)
    except (TensorError, MappingError, ArithmeticError) as error:
        trouble = f"the input was not run: {error}"
        made = nn.summary(module)
    return Described(place, type(module).__name__, made, unknown_in(module), trouble)
