"""A model as a drawing: how data flows through its modules, as a graph for graphviz."""

from __future__ import annotations

import os
import shutil
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.nn.summary import Call, _tensors, record, shape_text, shapes

#: Endings of files, and the format that graphviz calls each.
FORMATS = {".svg": "svg", ".png": "png", ".pdf": "pdf"}

#: The colour of a node by the beginning of its class's name; the first that fits.
COLORS = {
    "Conv": "#cfe2f3",
    "Linear": "#d9ead3",
    "Bilinear": "#d9ead3",
    "Embedding": "#d9ead3",
    "MaxPool": "#fce5cd",
    "AvgPool": "#fce5cd",
    "Adaptive": "#fce5cd",
    "BatchNorm": "#eadcf4",
    "TorchObject": "#f4cccc",
}
_OTHER, _INPUT = "#f3f3f3", "#ffffff"


class Node(NamedTuple):
    """A box of the drawing."""

    number: int
    label: str
    color: str
    place: str = ""  # of the module in the model


@dataclass
class Group:
    """A box around nodes: one container."""

    label: str
    nodes: list[Node] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)

    def count(self) -> int:
        """How many nodes there are in it."""
        return len(self.nodes) + sum(group.count() for group in self.groups)


class Value(NamedTuple):
    """What flows along an edge: the node that it comes from, and its shape."""

    node: int
    shape: Any


class Drawing:
    """Follows a value through the containers and keeps the nodes, groups and edges on its way."""

    def __init__(self, calls: dict[int, list[Call]], collapse: bool) -> None:
        self._calls, self._collapse = {key: list(made) for key, made in calls.items()}, collapse
        self.top = Group("")
        self._group = self.top
        self.edges: list[tuple[Value, int]] = []
        self._count = 0

    def nodes(self) -> list[Node]:
        """The nodes of all groups in the order of their numbers."""
        found, waiting = [], [self.top]
        while waiting:
            group = waiting.pop()
            found += group.nodes
            waiting += group.groups
        return sorted(found)

    def node(self, label: str, color: str, inputs: Any, shape: Any = None, place: str = "") -> Value:
        """A node with an edge from every value in ``inputs``."""
        made = Node(self._count, label, color, place)
        self._count += 1
        self._group.nodes.append(made)
        self.edges += [(value, made.number) for value in _flat(inputs)]
        return Value(made.number, shape)

    def run(self, module: Any, path: str, value: Any) -> Any:
        """What the module makes of the value."""
        shape = self._next_shape(module)
        for base in type(module).__mro__:
            flow = _FLOWS.get(base.__name__)
            if flow is not None:
                return flow(self, module, path, value, shape)
        return self.leaf(module, path, value, shape)

    def leaf(self, module: Any, path: str, value: Any, shape: Any) -> Any:
        """One node for the module and all that is in it."""
        name = getattr(module, "class_name", type(module).__name__)
        color = next((c for start, c in COLORS.items() if type(module).__name__.startswith(start)), _OTHER)
        numbers = "" if hasattr(module, "class_name") else module.extra_repr()
        below = sum(1 for _ in module.modules()) - 1
        lines = [name, *textwrap.wrap(numbers, 34, max_lines=4), *([f"{below} modules inside"] if below else [])]
        return self.node("\n".join([*lines, path]), color, value, shape, path)

    def inside(self, label: str, draw: Callable[[], Any]) -> Any:
        """What ``draw`` gives, with its nodes in a box."""
        around, self._group = self._group, Group(label)
        try:
            result = draw()
        finally:
            made, self._group = self._group, around
        if made.count() > 1:
            around.groups.append(made)
        else:  # a box around one node says nothing
            around.nodes += made.nodes
            around.groups += made.groups
        return result

    def sequence(self, modules: list[tuple[str, Any]], path: str, value: Any) -> Any:
        """One after another; the same block several times in a row is drawn once."""
        i = 0
        while i < len(modules):
            name, module = modules[i]
            place, again = _join(path, name), 1
            while self._collapse and module._modules and i + again < len(modules) and not isinstance(value, list):
                if repr(modules[i + again][1]) != repr(module):
                    break
                again += 1
            if again == 1:
                value = self.child(module, place, value)
            else:
                label = f"{type(module).__name__}, {again} times: {place} to {_join(path, modules[i + again - 1][0])}"
                value = self.inside(label, partial(self.run, module, place, value))
                for _, skipped in modules[i + 1 : i + again]:
                    self._skip(skipped)
            i += again
        return value

    def child(self, module: Any, path: str, value: Any) -> Any:
        """A module of a container: what is a container itself gets a box."""
        if not module._modules:
            return self.run(module, path, value)
        return self.inside(f"{path}: {type(module).__name__}", lambda: self.run(module, path, value))

    def _next_shape(self, module: Any) -> Any:
        made = self._calls.get(id(module))
        return made.pop(0).output if made else None

    def _skip(self, module: Any) -> None:
        for below in module.modules():
            self._next_shape(below)


def _flat(value: Any) -> Iterator[Value]:
    if isinstance(value, Value):
        yield value
    elif isinstance(value, dict):
        for v in value.values():
            yield from _flat(v)
    else:
        for v in value:
            yield from _flat(v)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _sequential(d: Drawing, module: Any, path: str, value: Any, shape: Any) -> Any:
    return d.sequence([(n, m) for n, m in module._modules.items() if m is not None], path, value)


def _concat_table(d: Drawing, module: Any, path: str, value: Any, shape: Any) -> Any:
    return [d.child(m, _join(path, name), value) for name, m in module._modules.items()]


def _elements(value: Any, count: int) -> list[Any]:
    """What each of ``count`` modules takes of a value."""
    if isinstance(value, list):
        return value[:count]
    shapes_of = value.shape if isinstance(value.shape, list) and len(value.shape) == count else [None] * count
    return [Value(value.node, s if isinstance(s, list) else None) for s in shapes_of]


def _parallel_table(d: Drawing, module: Any, path: str, value: Any, shape: Any) -> Any:
    parts = _elements(value, len(module._modules))
    return [
        d.child(m, _join(path, name), v) for (name, m), v in zip(module._modules.items(), parts, strict=len(parts) > 0)
    ]


def _map_table(d: Drawing, module: Any, path: str, value: Any, shape: Any) -> Any:
    parts = value if isinstance(value, list) else [value]
    return [d.child(module._modules["0"], _join(path, "0"), v) for v in parts]


def _joined(d: Drawing, module: Any, path: str, value: Any, shape: Any) -> Any:
    """Branches on the same input, or on parts of it, whose results are joined."""
    made = _concat_table(d, module, path, value, shape)
    return d.node(f"{type(module).__name__}\n{module.extra_repr()}\n{path}", _OTHER, made, shape, path)


def _decorated(d: Drawing, module: Any, path: str, value: Any, shape: Any) -> Any:
    """A container of one module that lets it do the work."""
    if len(module._modules) != 1:
        return d.leaf(module, path, value, shape)
    return _sequential(d, module, path, value, shape)


def _select(d: Drawing, module: Any, path: str, value: Any, shape: Any) -> Any:
    if isinstance(value, list) and isinstance(module.index, int) and -len(value) <= module.index < len(value):
        return value[module.index]
    return d.leaf(module, path, value, shape)


def _narrow(d: Drawing, module: Any, path: str, value: Any, shape: Any) -> Any:
    if isinstance(value, list) and module.start >= 0 and module.length > 0:
        return value[module.start : module.start + module.length]
    return d.leaf(module, path, value, shape)


def _flatten(d: Drawing, module: Any, path: str, value: Any, shape: Any) -> Any:
    return list(_flat(value)) if isinstance(value, list) else d.leaf(module, path, value, shape)


def _identity(d: Drawing, module: Any, path: str, value: Any, shape: Any) -> Any:
    return value


def _graph(d: Drawing, module: Any, path: str, value: Any, shape: Any) -> Any:
    """Node by node, as `pytorch_from_lua.nn.Graph` runs them."""
    values = _elements(value, module.num_inputs) if module.num_inputs > 1 else [value]
    for step in module.steps[module.num_inputs :]:
        taken = [values[i] for i in step.sources]
        flowing = taken[0] if len(taken) == 1 else taken
        if step.part is not None:
            index, count = step.part
            flowing = _elements(flowing, index + 1 if count is None else count)[index]
        if step.module is not None:
            flowing = d.child(module._modules[step.module], _join(path, step.module), flowing)
        values.append(flowing)
    found = [values[i] for i in module.outputs]
    return found[0] if len(found) == 1 else found


Flow = Callable[[Drawing, Any, str, Any, Any], Any]

#: Class name to how values go through a module; a class that is not here is one node.
_FLOWS: dict[str, Flow] = {
    "Sequential": _sequential,
    "Graph": _graph,
    "ConcatTable": _concat_table,
    "ParallelTable": _parallel_table,
    "MapTable": _map_table,
    "Concat": _joined,
    "DepthConcat": _joined,
    "Parallel": _joined,
    "SelectTable": _select,
    "NarrowTable": _narrow,
    "FlattenTable": _flatten,
    "Identity": _identity,
    "Decorator": _decorated,
}


def follow(module: Module, input: Any = None, *, collapse: bool = True) -> Drawing:
    """Follows data through a model, from a node for the input to one for the output; arguments as for `to_dot`."""
    given = None if input is None else _tensors(module, input)
    drawing = Drawing({} if given is None else record(module, given), collapse)
    start: Any
    if isinstance(given, list):
        start = [drawing.node(f"input {i}", _INPUT, (), shapes(t)) for i, t in enumerate(given)]
    else:
        start = drawing.node("input", _INPUT, (), None if given is None else shapes(given))
    end = drawing.run(module, "", start)
    drawing.node("output", _INPUT, end)
    return drawing


def to_dot(module: Module, input: Any = None, *, collapse: bool = True, name: str = "net") -> str:
    """The flow of data through a model, in graphviz's language.

    Containers are boxes, branches are drawn as branches, and with an input the edges bear shapes. What a class of one's
    own does in its ``forward`` cannot be seen: it is one node.

    Args:
        module: the model.
        input: a tensor, a shape or a list of them, as `pytorch_from_lua.nn.summary` takes it.
        collapse: whether the same block several times in a row is drawn once.
        name: the name of the graph.

    Raises:
        ModuleError: where the input does not fit the model.

    >>> from pytorch_from_lua import nn
    >>> print(nn.to_dot(nn.Sequential(nn.Linear(4, 3), nn.Tanh()), (2, 4)).splitlines()[-3])
      n1 -> n2 [label="2x3"];
    """
    drawing = follow(module, input, collapse=collapse)
    lines = [
        f"digraph {_quoted(name)} {{",
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, margin="0.12,0.06"];',
        '  edge [fontname="Helvetica", fontsize=9, color="#666666"];',
        '  graph [fontname="Helvetica", fontsize=11];',
        *_group_lines(drawing.top, "  ", iter(range(10**9))),
    ]
    for value, target in drawing.edges:
        text = shape_text(value.shape)
        lines.append(f"  n{value.node} -> n{target}" + (f" [label={_quoted(text)}];" if text else ";"))
    return "\n".join([*lines, "}"]) + "\n"


def _group_lines(group: Group, indent: str, numbers: Iterator[int]) -> Iterator[str]:
    for node in group.nodes:
        yield f'{indent}n{node.number} [label={_quoted(node.label)}, fillcolor="{node.color}"];'
    for below in group.groups:
        yield f"{indent}subgraph cluster_{next(numbers)} {{"
        yield f'{indent}  label={_quoted(below.label)}; color="#999999"; style=rounded;'
        yield from _group_lines(below, indent + "  ", numbers)
        yield f"{indent}}}"


def _quoted(text: str) -> str:
    """A string of the language; a line break stays one, an empty line at the end goes."""
    plain = text.rstrip("\n").replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{plain}"'


def draw(module: Module, path: str | os.PathLike[str], input: Any = None, *, collapse: bool = True) -> None:
    """Writes a drawing of a model: ``.dot`` always, ``.svg``, ``.png`` and ``.pdf`` where graphviz is installed.

    Args:
        module: the model.
        path: the file; its ending says what is written.
        input: a tensor, a shape or a list of them; the edges bear shapes then.
        collapse: whether the same block several times in a row is drawn once.

    Raises:
        ModuleError: for another ending, where graphviz is not installed, and where the input does not fit the model.
    """
    ending = Path(path).suffix.lower()
    if ending not in (".dot", ".gv", *FORMATS):
        raise ModuleError(f"path: a drawing ends in .dot, {', '.join(FORMATS)}, got {os.fspath(path)!r}")
    program = shutil.which("dot")
    if ending in FORMATS and program is None:
        raise ModuleError(
            f"path: {ending} needs graphviz's program dot, which is not installed (apt install graphviz, "
            "brew install graphviz); a file that ends in .dot is written without it"
        )
    text = to_dot(module, input, collapse=collapse, name=Path(path).stem)
    if program is None or ending not in FORMATS:
        Path(path).write_text(text, encoding="utf-8")
        return
    made = subprocess.run([program, f"-T{FORMATS[ending]}"], input=text.encode(), capture_output=True, check=False)
    if made.returncode != 0:
        raise ModuleError(f"path: dot failed: {made.stderr.decode(errors='replace').strip()}")
    Path(path).write_bytes(made.stdout)
