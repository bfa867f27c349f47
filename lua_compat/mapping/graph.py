"""nn.gModule, which in files is two graphs of nodes, one of them turned round."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lua_compat.errors import MappingError
from lua_compat.mapping.spec import ClassSpec, Example, Fields, register
from lua_compat.t7 import T7Object, T7Table
from pytorch_from_lua import nn

# -- from Torch7 ------------------------------------------------------------------------------------------------------


def _data(node: Any, place: str) -> T7Table:
    data = node.contents.get("data") if isinstance(node, T7Object) and isinstance(node.contents, T7Table) else None
    if not isinstance(data, T7Table):
        raise MappingError(f"{place} needs to be a node with data, is {node!r}")
    return data


def _sources(data: T7Table) -> list[T7Table]:
    held = data.get("mapindex")
    found = [] if not isinstance(held, T7Table) else held.to_list()
    if not all(isinstance(source, T7Table) for source in found):
        raise MappingError("nn.gModule: a node's mapindex needs to hold the data of nodes")
    return found


def _each_after_its_sources(last: T7Table) -> Iterator[T7Table]:
    """The data that ``last`` needs, without recursion, which deep nets would exhaust."""
    seen, path = {id(last)}, [(last, iter(_sources(last)))]
    while path:
        data, remaining = path[-1]
        for source in remaining:
            if id(source) not in seen:
                seen.add(id(source))
                path.append((source, iter(_sources(source))))
                break
        else:
            path.pop()
            yield data


def _through(data: T7Table) -> T7Table:
    """The data whose value this one has: nodes without a module pass on what their only input gives."""
    while data.get("module") is None and data.get("selectindex") is None and len(_sources(data)) == 1:
        data = _sources(data)[0]
    return data


def _make(fields: Fields) -> nn.Graph:
    start = _data(fields.get("innode"), f"{fields.place}.innode")
    finish = _data(fields.get("outnode"), f"{fields.place}.outnode")
    ordered = list(_each_after_its_sources(finish))
    inputs = [nn.Node() for _ in range(_count_inputs(fields, start, ordered))]
    made: dict[int, nn.Node] = {id(start): inputs[0] if len(inputs) == 1 else nn.Node(None, *inputs)}
    for data in ordered:
        whole = _through(data)
        if data is start or data is finish:
            continue
        if whole is not data:
            made[id(data)] = made[id(whole)]
        elif data.get("selectindex") is not None:
            made[id(data)] = _part(fields, data, start, made, inputs)
        else:
            module = data.get("module")
            converted = None if module is None else fields.loader.module(module, f"{fields.place}.modules")
            node = made[id(data)] = nn.Node(converted, *[made[id(source)] for source in _sources(data)])
            _take_notes(fields, node, data)
    graph = nn.Graph(inputs, [made[id(source)] for source in _sources(finish)])
    fields.values.pop("modules", None)  # they are in the graph
    return graph


def _count_inputs(fields: Fields, start: T7Table, ordered: list[T7Table]) -> int:
    """Files of older versions do not say it: as many as are told apart."""
    if "nInputs" in fields:
        return max(1, fields.int("nInputs"))
    parts = [d for d in ordered if d.get("selectindex") is not None and _through(_sources(d)[0]) is start]
    return int(max([d["selectindex"] for d in parts], default=1))


def _part(fields: Fields, data: T7Table, start: T7Table, made: dict[int, nn.Node], inputs: list[nn.Node]) -> nn.Node:
    index, source = int(data["selectindex"]) - 1, _sources(data)[0]
    whole, count = _through(source), source.get("nSplitOutputs")
    if whole is start and len(inputs) > 1:
        count = len(inputs)
    if index < 0 or (count is not None and index >= count):
        raise MappingError(f"{fields.place}: a node takes element {index + 1} of {count or 'a table'}")
    if whole is start and len(inputs) > 1:
        return inputs[index]
    node = nn.Node(None, made[id(whole)])
    node.part = (index, None if count is None else int(count))
    _take_notes(fields, node, data)
    return node


def _take_notes(fields: Fields, node: nn.Node, data: T7Table) -> None:
    notes = data.get("annotations")
    if isinstance(notes, T7Table):
        node.notes = {str(k): fields.loader.value(v, f"annotations.{k}") for k, v in notes.items()}
        name = node.notes.get("name")
        if isinstance(name, str):
            node.name = name
            del node.notes["name"]


# -- to Torch7 --------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class _Place:
    """What stands for one node of nngraph: its data, and the node of either graph."""

    data: dict[str, Any]
    sources: list[_Place] = field(default_factory=list)
    targets: list[_Place] = field(default_factory=list)
    backward_id: int = 0
    forward_id: int = 0

    def __post_init__(self) -> None:
        self.table = T7Table()
        self.backward, self.forward = T7Object("nngraph.Node"), T7Object("nngraph.Node")


def _fill(module: nn.Graph, fields: dict[str, Any]) -> None:
    modules = dict(zip(module._modules, fields["modules"].to_list(), strict=True))
    start, finish = _places(module, modules)
    backward = _edges(finish, lambda place: place.sources)
    for source, target in backward:  # as they are added, so are the children of the graph turned round
        target.targets.append(source)
    for edges, attribute in [(backward, "backward_id"), ([(b, a) for a, b in backward], "forward_id")]:
        numbered: dict[_Place, int] = {}
        for edge in edges:
            for place in edge:
                numbered.setdefault(place, len(numbered) + 1)
        for place, number in numbered.items():
            setattr(place, attribute, number)
    forward_order = _after(finish, lambda place: place.sources)
    backward_order = _after(start, lambda place: place.targets)
    for place in forward_order:
        _write(place)
    fields.update(
        innode=start.forward,
        outnode=finish.backward,
        fg=_graph([(b.forward, a.forward) for a, b in backward]),
        bg=_graph([(a.backward, b.backward) for a, b in backward]),
        forwardnodes=T7Table.of([place.forward for place in forward_order]),
        backwardnodes=T7Table.of([place.backward for place in backward_order]),
        nInputs=float(module.num_inputs),
        verbose=False,
    )
    if len(module.outputs) > 1:
        fields["output"] = T7Table()
    if module.num_inputs > 1:
        fields["gradInput"] = T7Table()


def _places(module: nn.Graph, modules: dict[str, Any]) -> tuple[_Place, _Place]:
    """The first and the last place, and between them one for each step and for each node that is split."""
    start = _Place({})
    split: dict[tuple[_Place, int | None], _Place] = {}

    def part(whole: _Place, index: int, count: int | None) -> _Place:
        if (whole, count) not in split:
            split[whole, count] = _Place({} if count is None else {"nSplitOutputs": float(count)}, [whole])
        return _Place({"selectindex": float(index + 1)}, [split[whole, count]])

    n = module.num_inputs
    places = [start] if n == 1 else [part(start, i, n) for i in range(n)]
    for step in module.steps[n:]:
        sources = [places[i] for i in step.sources]
        if step.part is not None:
            place = part(sources[0], *step.part)
        else:
            place = _Place({} if step.module is None else {"module": modules[step.module]}, sources)
        place.data["annotations"] = {**step.notes, **({} if step.name is None else {"name": step.name})}
        places.append(place)
    return start, _Place({}, [places[i] for i in module.outputs])


def _edges(first: _Place, following: Callable[[_Place], list[_Place]]) -> list[tuple[_Place, _Place]]:
    """The edges of the graph that is reached from ``first``, breadth first."""
    edges, seen, queue = [], {first}, [first]
    for place in queue:
        for other in following(place):
            edges.append((place, other))
            if other not in seen:
                seen.add(other)
                queue.append(other)
    return edges


def _after(last: _Place, following: Callable[[_Place], list[_Place]]) -> list[_Place]:
    """The places that are reached from ``last``, each after all that it leads to."""
    ordered, seen, path = [], {last}, [(last, iter(following(last)))]
    while path:
        place, remaining = path[-1]
        for other in remaining:
            if other not in seen:
                seen.add(other)
                path.append((other, iter(following(other))))
                break
        else:
            path.pop()
            ordered.append(place)
    return ordered


def _keyed(items: list[Any]) -> T7Table:
    """A list that also tells the place of each element."""
    table = T7Table.of(items)
    for i, item in enumerate(items, 1):
        table[item] = float(i)
    return table


def _plain(value: Any) -> Any:
    """A note as a file holds it."""
    if isinstance(value, dict):
        return T7Table.of({_plain(k): _plain(v) for k, v in value.items()})
    if isinstance(value, (list, tuple)):
        return T7Table.of([_plain(v) for v in value])
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _write(place: _Place) -> None:
    notes = {"_debugLabel": "[python]_", **place.data.pop("annotations", {})}
    fields = {
        **place.data,
        "annotations": _plain(notes),
        "mapindex": _keyed([source.table for source in place.sources]),
        "reverseMap": T7Table.of({target.backward: True for target in place.targets}),
        "forwardNodeId": float(place.forward_id),
    }
    for name, value in fields.items():
        place.table[name] = value
    for node, number, children in [
        (place.backward, place.backward_id, [source.backward for source in place.sources]),
        (place.forward, place.forward_id, [target.forward for target in place.targets]),
    ]:
        told = {"data": place.table, "children": _keyed(children), "id": float(number)}
        node.contents = T7Table.of({**told, "visited": False, "marked": False})


def _graph(edges: list[tuple[T7Object, T7Object]]) -> T7Object:
    nodes: dict[T7Object, None] = {}
    for edge in edges:
        nodes.update(dict.fromkeys(edge))
    made = [T7Object("graph.Edge", 1, T7Table.of({"from": a, "to": b})) for a, b in edges]
    return T7Object("graph.Graph", 1, T7Table.of({"nodes": _keyed(list(nodes)), "edges": _keyed(made)}))


register(
    "Graphs",
    ClassSpec(
        "nn.gModule",
        nn.Graph,
        (
            Example(
                "(function() require 'nngraph'; local x = nn.Identity()(); local h = nn.Linear(4, 3)(x); "
                "return nn.gModule({x}, {nn.CMulTable()({h, nn.Tanh()(h)})}) end)()",
                "nn.Graph(x := nn.Node(), nn.Node(nn.CMulTable(), h := x >> nn.Linear(4, 3), h >> nn.Tanh()))",
                ((2, 4),),
            ),
            Example(
                "(function() require 'nngraph'; local x, y = nn.Identity()(), nn.Identity()(); "
                "local a, b = nn.SplitTable(2)(nn.CAddTable()({x, nn.Linear(2, 2)(y)})):split(2); "
                "return nn.gModule({x, y}, {a - nn.Tanh(), b}) end)()",
                "nn.Graph([x := nn.Node(), y := nn.Node()], [(parts := nn.Node(nn.SplitTable(1), "
                "nn.Node(nn.CAddTable(), x, y >> nn.Linear(2, 2))).split(2))[0] >> nn.Tanh(), parts[1]])",
                ((3, 2), (3, 2)),
            ),
        ),
        children=True,
        make=_make,
        fill=_fill,
        buffers=("innode", "outnode", "fg", "bg", "forwardnodes", "backwardnodes", "nInputs", "verbose"),
    ),
)
