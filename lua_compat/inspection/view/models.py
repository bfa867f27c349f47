"""What a page says of the models in a file: the tree of modules, a drawing, the filters of the first layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lua_compat.errors import MappingError
from lua_compat.inspection.models import Described, Found, described, modules_in
from lua_compat.inspection.report import size_text
from lua_compat.inspection.view.filters import first_filters
from lua_compat.inspection.view.graphs import Drawing, drawing_of, svg
from lua_compat.inspection.view.markup import Markup, element, joined
from lua_compat.inspection.view.tree import Tree
from lua_compat.mapping.load import Loader
from lua_compat.mapping.objects import TorchObject
from lua_compat.t7.values import T7Function, T7Object, T7Table, TdsVec
from pytorch_from_lua.errors import TensorError
from pytorch_from_lua.nn import Graph, Loss, Module
from pytorch_from_lua.nn.summary import Row, shape_text

#: Rows of the table of one model, and how many are too many to show them unfolded.
_ROWS, _UNFOLDED = 3000, 150
_LONGEST = 200
_CONTAINERS = (T7Object, T7Table, TdsVec, T7Function)


@dataclass(frozen=True)
class Models:
    """The models of a file.

    Attributes:
        found: the outermost modules.
        numbers: for each module, by its ``id``, the number of its node in the tree of the file.
        weights: the same for its tensors, by its ``id`` and their names.
        trouble: why there are none, in words, or None.
    """

    found: list[Found]
    numbers: dict[int, int] = field(default_factory=dict)
    weights: dict[tuple[int, str], int] = field(default_factory=dict)
    trouble: str | None = None


def models_of(raw: Any, graph: Any, tree: Tree) -> Models:
    """The models of a file, and where they are in it.

    Args:
        raw: the file's value as `RawBuilder` built it.
        graph: the same value with tensors instead.
        tree: the tree of ``raw``.
    """
    loader = Loader()
    try:
        found = list(modules_in(loader.value(graph)))
        models = Models(found)
        for mine, other in _side_by_side(raw, graph):
            module, number = loader.made_of(other), tree.numbers.get(id(mine))
            if isinstance(module, Module) and number is not None:
                models.numbers.setdefault(id(module), number)
                for name in (*module._parameters, *module._buffers):
                    tensor = mine.contents.get(name) if isinstance(mine.contents, T7Table) else None
                    if id(tensor) in tree.numbers:
                        models.weights.setdefault((id(module), name), tree.numbers[id(tensor)])
    except (MappingError, RecursionError) as error:
        if isinstance(error, RecursionError) or isinstance(error.__cause__, RecursionError):
            return Models([], trouble="The modules are nested too deeply to be loaded; the tree below has them all.")
        return Models([], trouble=f"The models cannot be loaded: {error}")
    return models


def _side_by_side(raw: Any, graph: Any) -> Iterator[tuple[Any, Any]]:
    """The objects of two graphs of one file in pairs."""
    seen: set[int] = set()
    waiting = [(raw, graph)]
    while waiting:
        a, b = waiting.pop()
        if not isinstance(a, _CONTAINERS) or id(a) in seen:
            continue
        seen.add(id(a))
        yield a, b
        waiting += zip(_held(a), _held(b), strict=True)


def _held(value: Any) -> list[Any]:
    """All that a value holds, keys included, in the order of the file."""
    if isinstance(value, T7Table):
        return value.flat()
    if isinstance(value, TdsVec):
        return value.items
    return [value.contents if isinstance(value, T7Object) else value.upvalues]


def model_section(found: Found, models: Models, number: int, input: Any, training: bool) -> Markup:
    """All about one model."""
    try:
        told = described(found, input, training)
    except RecursionError:
        return joined(element("p", "Its modules are nested too deeply for a table; the tree below has them all.",
                              class_="note"))  # fmt: skip
    trouble = None if told.error is None else element("p", told.error[0].upper() + told.error[1:], class_="note bad")
    unknown = None
    if told.unknown:
        unknown = element("p", f"Unknown: {', '.join(told.unknown)}; what they hold is not counted.", class_="note")
    given = input if told.error is None and not isinstance(found.module, Loss) else None
    return joined(
        [
            trouble,
            unknown,
            _facts(told),
            _table(told, models, found),
            _graph(found, models, given),
            _filters(found, number),
        ]
    )


def _facts(told: Described) -> Markup:
    lines = str(told.summary).splitlines()
    facts = [line.split("  ", 1) for line in lines[lines.index("") + 1 :]]
    return element("dl", [[element("dt", f[0]), element("dd", f[-1].strip())] for f in facts], class_="facts")


def _table(told: Described, models: Models, found: Found) -> Markup:
    rows, with_input = told.summary.rows, told.summary.input is not None
    modules = dict(found.module.named_modules(remove_duplicate=False))
    head = ["Module", "Torch7 class", "Weights", *(["Output"] if with_input else []), "Parameters"]
    head += ["Multiply-adds"] if with_input else []
    levels = [row.place.count(".") + 1 if row.place else 0 for row in rows]
    deepest = 1 if len(rows) > _UNFOLDED else max(levels)  # that is unfolded
    body = []
    for i, row in enumerate(rows[:_ROWS]):
        module = modules[row.place]
        folds = i + 1 < len(rows) and levels[i + 1] > levels[i]
        cells = [
            element(
                "td", _name(row, module, models.numbers.get(id(module)), folds, levels[i] < deepest), class_="module"
            ),
            element("td", getattr(module, "torch7_class", None) or getattr(module, "class_name", None), data_h=head[1]),
            element("td", _weights(module, models), class_="sizes", data_h=head[2]),
        ]
        if with_input:
            cells.append(element("td", shape_text(row.output), class_="sizes", data_h="Output"))
        cells.append(_share(row.parameters, told.summary.parameters, "Parameters"))
        if with_input:
            cells.append(_share(row.multiply_adds or 0, told.summary.multiply_adds or 0, "Multiply-adds"))
        body.append(
            element("tr", cells, data_level=levels[i], style=f"--level:{levels[i]}", hidden=levels[i] > deepest)
        )
    more = None
    if len(rows) > _ROWS:
        more = element("p", f"{len(rows) - _ROWS:,} more modules are not shown.", class_="note")
    numbers = ("Parameters", "Multiply-adds")
    heads = [element("th", h, scope="col", class_="number" if h in numbers else None) for h in head]
    return joined([
        element("div", element("table", element("thead", element("tr", heads)), element("tbody", body),
                               class_="modules cards"), class_="wide"),
        more,
    ])  # fmt: skip


def _name(row: Row, module: Module, number: int | None, folds: bool, unfolded: bool) -> Markup:
    text = module.class_name if isinstance(module, TorchObject) else row.module
    shown = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    place = row.place.rsplit(".", 1)[-1] if row.place else ""
    button = element(
        "button",
        type="button",
        class_="fold",
        aria_expanded="true" if unfolded else "false",
        aria_label=f"fold {row.place or 'all'}",
    )
    name: Any = shown if number is None else element("a", shown, href=f"#n{number}")
    return element(
        "span",
        button if folds else element("span", class_="nofold"),
        element("span", place, class_="key", title=row.place) if place else None,
        name,
        element("span", f" as {row.shared}", class_="dim") if row.shared is not None else None,
        class_="indent",
    )


def _weights(module: Module, models: Models) -> list[Any]:
    held = [(k, t) for k, t in [*module._parameters.items(), *module._buffers.items()] if t is not None and t.ndim > 0]
    made = []
    for name, tensor in held:
        number = models.weights.get((id(module), name))
        link = name if number is None else element("a", name, href=f"#t{number}")
        made.append(element("span", link, f" {size_text(tensor.shape)}"))
    return made


def _share(count: int, of: int, head: str) -> Markup:
    """A number with a bar that says how much of all it is."""
    if not count:
        return element("td", class_="number", data_h=head)
    return element("td", f"{count:,}", class_="number share", style=f"--share-of:{count / of:.4f}", data_h=head)


def _graph(found: Found, models: Models, input: Any) -> Markup | None:
    try:
        drawing = drawing_of(found.module, models.numbers, input)
    except (TensorError, MappingError, ArithmeticError, LookupError, TypeError, RecursionError):
        return None  # the table says all but the way between the modules
    if not (drawing.branches() or isinstance(found.module, Graph)):
        return None
    return drawn(drawing, "How data flows through it")


def drawn(drawing: Drawing, title: str) -> Markup:
    """A drawing that can be folded away, or a line that says that it is too large."""
    made = svg(drawing, title)
    if made is None:
        told = f"A drawing would have {len(drawing.boxes):,} boxes and {len(drawing.edges):,} edges, which is too much."
        return element("p", told, class_="note")
    opened = len(drawing.boxes) <= 60
    return element("details", element("summary", title), element("div", made, class_="wide picture"), open=opened)


def _filters(found: Found, number: int) -> Markup | None:
    made = first_filters(found.module)
    if made is None:
        return None
    layer = made.place or "the model itself"
    picture = element(
        "img", src=made.uri(), width=made.width * made.zoom, height=made.height * made.zoom, class_="filters",
        alt=f"First layer, {layer}: {made.told}", id=f"filters{number}",
    )  # fmt: skip
    caption = element(
        "figcaption", f"First layer, {layer}: {made.told}. Each goes from its smallest value to its largest."
    )
    return element("figure", element("div", picture, class_="wide"), caption)
