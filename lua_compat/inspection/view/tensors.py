"""The tensors of a file, and what stands in a checkpoint beside its models, as tables of a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lua_compat.inspection.checkpoint import Checkpoint, OptimizerState, tensors_in
from lua_compat.inspection.places import Place, key_text
from lua_compat.inspection.report import (
    STATISTICS,
    scalar_text,
    size_text,
    statistics_cells,
    tensor_rows,
    title_of,
    value_text,
)
from lua_compat.inspection.statistics import histogram, kind_of, shape_of, statistics
from lua_compat.inspection.view.charts import histogram_chart, log_chart
from lua_compat.inspection.view.markup import Content, Markup, element, joined
from lua_compat.inspection.view.tree import Tree
from lua_compat.t7.raw import RawStorage, RawTensor
from lua_compat.t7.values import T7Table

#: Rows of a table of tensors, unless all are asked for.
ROWS = 3000
_ENTRIES = 500
_CHARTS = 100
_LONGEST = 400


def tensor_section(value: Any, tree: Tree, everything: bool) -> Markup:
    """Every tensor once: first those that are kept; folded away, gradients and what modules fill anew in each call."""
    rows = list(tensor_rows(value, lambda scratch: False))
    gradients = [r for r in rows if not r.scratch and _is_gradient(r.place)]
    kept = [r for r in rows if not r.scratch and not _is_gradient(r.place)]
    scratch = [r for r in rows if r.scratch]
    shown = kept if everything else kept[:ROWS]
    made = [_row(tree, r.tensor, str(r.place), counted=True, first=True) for r in shown]
    parts: list[Any] = [_table(made, "Place")] if made else [element("p", "There are none.", class_="note")]
    if len(shown) < len(kept):
        parts.append(element("p", f"{len(kept) - len(shown):,} more are not shown; --all shows them.", class_="note"))
    for some, words, counted in (
        (gradients, "more are gradients", True),
        (scratch, "more are what modules keep between calls", everything),
    ):
        if some:
            folded = some if everything else some[:ROWS]
            cells = [_row(tree, r.tensor, str(r.place), counted=counted, first=True) for r in folded]
            parts.append(element("details", element("summary", f"{len(some):,} {words}"), _table(cells, "Place")))
    return joined(parts)


def _is_gradient(place: Place) -> bool:
    return isinstance(place.key, str) and place.key.startswith("grad")


def _row(tree: Tree, tensor: RawTensor | RawStorage, place: str, *, counted: bool, first: bool = False) -> Markup:
    """A row of a tensor; the links to it lead to the one where it stands first."""
    found = statistics(tensor) if counted else None
    bars = None if found is None else histogram(tensor, found)
    numbers = statistics_cells(found) if counted else [""] * len(STATISTICS)
    number = tree.numbers.get(id(tensor))
    cells = [
        element(
            "th", place if number is None else element("a", place, href=f"#n{number}"), scope="row", class_="place"
        ),
        element("td", kind_of(tensor), data_h="Type"),
        element("td", size_text(shape_of(tensor)), class_="sizes", data_h="Size"),
        element("td", None if bars is None else histogram_chart(bars), class_="chart", data_h="Histogram"),
    ]
    for name, text in zip(STATISTICS, numbers, strict=True):
        bad = name in ("NaN", "Inf") and text
        cells.append(element("td", text, class_="number bad" if bad else "number", data_h=name))
    return element("tr", cells, id=f"t{number}" if first and number is not None else None)


def _table(rows: Sequence[Markup], head: str) -> Markup:
    names = [head, "Type", "Size", "Histogram", *STATISTICS]
    heads = [element("th", name, scope="col", class_="number" if i > 3 else None) for i, name in enumerate(names)]
    table = element("table", element("thead", element("tr", heads)), element("tbody", rows), class_="tensors cards")
    return element("div", table, class_="wide")


def checkpoint_section(found: Checkpoint, tree: Tree) -> Markup:
    """Values, options, the states of optimizers, and logs as curves."""
    parts: list[Any] = []
    if found.values:
        parts += [element("h3", "Values"), _entries(found.values)]
    for place, table in found.options:
        entries = sorted(table.items(), key=lambda e: key_text(e[0]))
        parts += [element("h3", "Options: ", _link(tree, place, table)), _entries(entries)]
    for state in found.optimizers:
        parts.append(_state(state, tree))
    for log in found.logs[:_CHARTS]:
        chart = log_chart(log)
        parts.append(element("h3", f"Log: {log.place}"))
        parts.append(element("p", f"{len(log.y):,} numbers", class_="note") if chart is None else chart)
    if len(found.logs) > _CHARTS:
        parts.append(element("p", f"{len(found.logs) - _CHARTS:,} more logs are not drawn.", class_="note"))
    return joined(parts)


def _state(state: OptimizerState, tree: Tree) -> Markup:
    entries = [(k, v) for k, v in state.table.items() if not isinstance(v, (RawTensor, RawStorage, T7Table))]
    tensors = [_row(tree, t, str(place), counted=True) for place, t in tensors_in(state.table)[:ROWS]]
    return joined([
        element("h3", "Optimizer: ", _link(tree, state.place, state.table), f", {title_of(state)}"),
        _entries(sorted(entries, key=lambda e: key_text(e[0]))),
        _table(tensors, "State") if tensors else None,
    ])  # fmt: skip


def _entry(value: Any) -> str:
    return scalar_text(value, _LONGEST) if isinstance(value, (str, bytes)) else value_text(value)


def _link(tree: Tree, place: Place, item: Any) -> Content:
    number = tree.numbers.get(id(item))
    return str(place) if number is None else element("a", str(place), href=f"#n{number}")


def _entries(entries: Iterable[tuple[Any, Any]]) -> Markup:
    rows = list(entries)
    made = [
        [element("dt", k if isinstance(k, str) else key_text(k)), element("dd", _entry(v))] for k, v in rows[:_ENTRIES]
    ]
    more = element("p", f"{len(rows) - _ENTRIES:,} more", class_="note") if len(rows) > _ENTRIES else None
    return joined([element("dl", made, class_="entries"), more])
