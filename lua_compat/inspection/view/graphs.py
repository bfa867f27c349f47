"""Models, and graphs of the package `graph`, as drawings in SVG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from lua_compat.inspection.report import scalar_text
from lua_compat.inspection.view.layered import laid_out, layers_of, passed_layers
from lua_compat.inspection.view.markup import Markup, element
from lua_compat.t7.values import T7Object, T7Table
from pytorch_from_lua.nn import Module
from pytorch_from_lua.nn.drawing import COLORS, follow
from pytorch_from_lua.nn.summary import shape_text

#: Boxes and bends of edges that are drawn; more of them are nothing to look at.
_MOST, _MOST_BENDS = 400, 10_000
_LINE, _PADDING, _BETWEEN = 15.0, 7.0, 30.0
_LETTER = 6.7  # the width of one
_MARGIN = 8.0
_LONGEST = 34


class Box(NamedTuple):
    """A box of a drawing.

    Attributes:
        lines: what stands in it.
        color: of its ground, a light one; None for the page's own.
        node: the number of what it stands for in the tree of the file, or None.
    """

    lines: list[str]
    color: str | None = None
    node: int | None = None


class Drawing(NamedTuple):
    """Boxes and the edges between them, as pairs of their numbers."""

    boxes: list[Box]
    edges: list[tuple[int, int]]

    def branches(self) -> bool:
        """Whether it is more than one box after the other."""
        ends = {a for a, _ in self.edges}, {b for _, b in self.edges}
        return len(self.edges) > min(map(len, ends), default=0)


def drawing_of(module: Module, numbers: Mapping[int, int], input: Any = None) -> Drawing:
    """How data flows through a model.

    Args:
        module: the model.
        numbers: for the modules in it, by their ``id``, the numbers of their nodes in the tree of the file.
        input: a tensor, a shape or a list of them, as `pytorch_from_lua.nn.summary` takes it; boxes have the shapes of
            their outputs then.
    """
    flow = follow(module, input)
    given = {value.node: shape_text(value.shape) for value, _ in flow.edges if value.shape is not None}
    places = dict(module.named_modules(remove_duplicate=False))
    boxes = []
    for node in flow.nodes():
        lines = [_cut(line) for line in node.label.split("\n") if line]
        shape = [f"→ {_cut(given[node.number])}"] if node.number in given else []
        number = numbers.get(id(places.get(node.place))) if node.place else None
        boxes.append(Box([*lines, *shape], node.color if node.color in COLORS.values() else None, number))
    return Drawing(boxes, list(dict.fromkeys((value.node, target) for value, target in flow.edges)))


def drawing_of_graph(graph: T7Object, numbers: Mapping[int, int]) -> Drawing:
    """The nodes and edges of a ``graph.Graph``, as its file has them; ``numbers`` as for `drawing_of`."""
    fields = graph.contents
    nodes, edges = (_listed(fields.get(name)) for name in ("nodes", "edges"))
    order = {id(node): i for i, node in enumerate(nodes)}
    boxes = [Box(_node_lines(node), None, numbers.get(id(node))) for node in nodes]
    found = []
    for edge in edges:
        ends = edge.contents if isinstance(edge, T7Object) else None
        if isinstance(ends, T7Table):
            a, b = (order.get(id(ends.get(end))) for end in ("from", "to"))
            if a is not None and b is not None:
                found.append((a, b))
    return Drawing(boxes, list(dict.fromkeys(found)))


def is_graph(value: Any) -> bool:
    """Whether a value is a ``graph.Graph`` with its fields."""
    return isinstance(value, T7Object) and value.class_name == "graph.Graph" and isinstance(value.contents, T7Table)


def _listed(value: Any) -> list[Any]:
    return value.to_list() if isinstance(value, T7Table) else []


def _node_lines(node: Any) -> list[str]:
    """What a node holds: the class of its module and its name, or the value itself."""
    fields = node.contents if isinstance(node, T7Object) and isinstance(node.contents, T7Table) else T7Table()
    data = fields.get("data")
    lines = []
    if isinstance(data, T7Table):
        module, notes = data.get("module"), data.get("annotations")
        if isinstance(module, T7Object):
            lines.append(module.class_name)
        name = notes.get("name") if isinstance(notes, T7Table) else None
        if isinstance(name, str):
            lines.append(_cut(name))
        if not lines:
            lines += [_cut(f"{k} = {scalar_text(v)}") for k, v in data.items() if isinstance(k, str) and _plain(v)][:3]
    elif _plain(data) and data is not None:
        lines.append(_cut(data if isinstance(data, str) else scalar_text(data)))
    return lines or ["node"]


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, float, str, bytes))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def svg(drawing: Drawing, title: str) -> Markup | None:
    """The drawing, or None where it is too large."""
    boxes = drawing.boxes
    if not 0 < len(boxes) <= _MOST:
        return None
    if passed_layers(layers_of(len(boxes), drawing.edges), drawing.edges) > _MOST_BENDS:
        return None
    widths = [max(map(len, box.lines), default=1) * _LETTER + 2 * _PADDING for box in boxes]
    heights = [len(box.lines) * _LINE + 2 * _PADDING for box in boxes]
    layout = laid_out(widths, drawing.edges)
    rows = [0.0] * (max(layout.layer) + 1)
    for box, depth in enumerate(layout.layer):
        rows[depth] = max(rows[depth], heights[box])
    middles, y = [], _MARGIN
    for row in rows:
        middles.append(y + row / 2)
        y += row + _BETWEEN
    height, width = y - _BETWEEN + _MARGIN, layout.width + 2 * _MARGIN
    paths = [
        _way(way, layout.layer[a], layout.layer[b], heights[a], heights[b], middles, rows)
        for (a, b), way in zip(drawing.edges, layout.ways, strict=True)
    ]
    edges = [element("path", class_="edge", d=path, marker_end="url(#arrow)") for path in paths]
    shapes = [
        _box(box, layout.x[i] + _MARGIN, middles[layout.layer[i]], widths[i], heights[i]) for i, box in enumerate(boxes)
    ]
    return element(
        "svg", element("title", title), edges, shapes, class_="graph", role="img",
        viewBox=f"0 0 {width:.0f} {height:.0f}", width=f"{width:.0f}", height=f"{height:.0f}",
    )  # fmt: skip


def _box(box: Box, x: float, y: float, width: float, height: float) -> Markup:
    first = y - height / 2 + _PADDING + _LINE * 0.75
    lines = [
        element("text", line, x=f"{x:.1f}", y=f"{first + i * _LINE:.1f}", class_="name" if i == 0 else None)
        for i, line in enumerate(box.lines)
    ]
    ground = element(
        "rect", x=f"{x - width / 2:.1f}", y=f"{y - height / 2:.1f}", width=f"{width:.1f}", height=f"{height:.1f}", rx=6,
        fill=box.color,
    )  # fmt: skip
    class_ = "box" if box.color is None else "box tinted"
    if box.node is None:
        return element("g", ground, lines, class_=class_)
    return element("a", ground, lines, class_=class_, href=f"#n{box.node}")


def _way(
    way: list[float], begin: int, end: int, height_a: float, height_b: float, middles: list[float], rows: list[float]
) -> str:
    """A curve through the bends of an edge, upright where it passes a layer."""
    step = 1 if end >= begin else -1
    down = step * 0.5
    layers = list(range(begin, end + step, step))
    x, y = way[0] + _MARGIN, middles[begin] + down * height_a
    path = [f"M{x:.1f} {y:.1f}"]
    for at, layer in zip(way[1:], layers[1:], strict=True):
        half = height_b if layer == end else rows[layer]
        to_x, to_y = at + _MARGIN, middles[layer] - down * half
        bend = (to_y - y) / 2
        path.append(f"C{x:.1f} {y + bend:.1f} {to_x:.1f} {to_y - bend:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
        if layer != end:
            y = middles[layer] + down * half
            path.append(f"V{y:.1f}")
    return "".join(path)
