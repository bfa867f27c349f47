"""What ``t7 inspect`` says beside the tables of the models: as text and as JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from lua_compat.inspection.checkpoint import Checkpoint, Log, OptimizerState, tensors_in
from lua_compat.inspection.places import Place, key_text, quoted, walk
from lua_compat.inspection.statistics import Statistics, count_of, kind_of, shape_of, statistics
from lua_compat.mapping.spec import TRANSIENT
from lua_compat.t7.raw import RawStorage, RawTensor
from lua_compat.t7.values import T7Function, T7Object, T7Opaque, T7Table, TdsHash, TdsVec

_LONGEST = 60
#: Fields beside `TRANSIENT` that modules and criterions fill anew in each call.
SCRATCH = TRANSIENT | {
    *("addBuffer", "buffer", "buffer2", "columns", "fgradInput", "finput", "indices", "noise", "ones"),
    *("output_tensor", "total_weight_tensor"),
}


class TensorRow(NamedTuple):
    """A tensor of a file.

    Attributes:
        place: where it is.
        tensor: the tensor, or a storage that stands alone.
        statistics: what its elements are, or None where there are too many of them.
        scratch: whether it is what a module keeps from one call to the next.
    """

    place: Place
    tensor: RawTensor | RawStorage
    statistics: Statistics | None
    scratch: bool


def tensor_rows(value: Any, wanted: Callable[[bool], bool] = lambda scratch: True) -> Iterator[TensorRow]:
    """The tensors in a value, each once, at its shortest place; with the statistics of those that are wanted."""
    owners: dict[int, Any] = {}
    for place, item in walk(value):
        owners[id(place)] = item
        if isinstance(item, (RawTensor, RawStorage)):
            scratch = _is_scratch(place, owners)
            yield TensorRow(place, item, statistics(item) if wanted(scratch) else None, scratch)


def _is_scratch(place: Place, owners: dict[int, Any]) -> bool:
    """Whether a module fills the field that leads to a place in each call, directly or with a table."""
    step: Place | None = place
    while step is not None and step.up is not None:
        owner = owners.get(id(step.up))
        if isinstance(owner, T7Object):
            return isinstance(step.key, str) and (step.key in SCRATCH or step.key.startswith("_"))
        step = step.up
    return False


def number_text(value: float | None) -> str:
    """A number with a few digits: ``0.0512``, ``1.2e-05``, ``12``."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return str(value) if isinstance(value, int) else f"{value:.4g}"


def size_text(shape: Sequence[int]) -> str:
    """Sizes as ``4x1x5x5``."""
    return "x".join(map(str, shape)) or "empty"


def columns(head: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> Iterator[str]:
    """Lines of a table; the first ``left`` columns stand to the left, and columns without anything are left out."""
    used = [i for i in range(len(head)) if i < left or any(row[i] for row in rows)]
    table = [[row[i] for i in used] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = [c.ljust(w) if i < left else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        yield "   ".join(cells).rstrip()


STATISTICS = ("Min", "Max", "Mean", "Std", "Zeros", "NaN", "Inf")


def statistics_cells(found: Statistics | None) -> list[str]:
    """The cells below `STATISTICS`; counts of nothing are empty."""
    if found is None:
        return ["not counted", "", "", "", "", "", ""]
    numbers = [number_text(n) for n in (found.minimum, found.maximum, found.mean, found.std)]
    return numbers + [f"{n:,}" if n else "" for n in (found.zeros, found.nans, found.infinities)]


def tensor_lines(value: Any, everything: bool) -> Iterator[str]:
    """The table of the tensors."""
    rows = list(tensor_rows(value, lambda scratch: everything or not scratch))
    shown = [row for row in rows if everything or not row.scratch]
    yield ""
    yield f"Tensors: {len(rows)}"
    cells = [
        [_short(str(r.place)), kind_of(r.tensor), size_text(shape_of(r.tensor)), *statistics_cells(r.statistics)]
        for r in shown
    ]
    if cells:
        yield from columns(["Place", "Type", "Size", *STATISTICS], cells, 3)
    if len(shown) < len(rows):
        yield f"{len(rows) - len(shown)} more are what modules keep between calls (--all shows them)"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST // 2 - 1] + "…" + text[-_LONGEST // 2 :]


def scalar_text(value: Any, longest: int = _LONGEST) -> str:
    """A number, string, boolean or nil as Lua writes it."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, bytes)):
        return quoted(value, longest)
    if not math.isfinite(value):
        return str(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.9g}"


_CONTAINERS = {T7Table: "table", TdsHash: "tds.Hash", TdsVec: "tds.Vec"}


def value_text(value: Any) -> str:
    """A value in a few words."""
    if isinstance(value, (RawTensor, RawStorage)):
        return f"{kind_of(value)} {size_text(shape_of(value))}"
    if value is None or isinstance(value, (bool, float, str, bytes)):
        return scalar_text(value)
    if isinstance(value, (T7Object, T7Opaque)):
        return value.class_name
    if isinstance(value, T7Function):
        return "function"
    return f"{_CONTAINERS.get(type(value), type(value).__name__)} of {len(value)}"


def checkpoint_lines(found: Checkpoint) -> Iterator[str]:
    """Values, options, optimizer states and logs."""
    if found.values:
        yield ""
        yield "Values"
        yield from _entries(found.values)
    for place, table in found.options:
        yield ""
        yield f"Options, {place}"
        yield from _entries(sorted(table.items(), key=lambda e: key_text(e[0])))
    for state in found.optimizers:
        yield ""
        yield from _state_lines(state)
    if found.logs:
        yield ""
        yield "Logs"
        yield from columns(
            ["Place", "Numbers", "First", "Last", "Smallest", "Largest"], [*map(_log_cells, found.logs)], 1
        )


def _entries(entries: Sequence[tuple[Any, Any]]) -> Iterator[str]:
    names = [quoted(k, _LONGEST)[1:-1] if isinstance(k, str) else key_text(k) for k, _ in entries]
    width = max(map(len, names), default=0)
    for name, (_, value) in zip(names, entries, strict=True):
        yield f"  {name.ljust(width)}   {value_text(value)}"


def title_of(state: OptimizerState) -> str:
    """What a state is, as far as that is known."""
    return f"optim.{state.method}" if state.method is not None else "of an optimizer"


def _state_lines(state: OptimizerState) -> Iterator[str]:
    yield f"Optimizer, {state.place}: {title_of(state)}"
    scalars = [(k, v) for k, v in state.table.items() if not isinstance(v, (RawTensor, RawStorage, T7Table))]
    yield from _entries(sorted(scalars, key=lambda e: key_text(e[0])))
    cells = [
        [_short(str(place)), kind_of(t), size_text(shape_of(t)), *statistics_cells(statistics(t))]
        for place, t in tensors_in(state.table)
    ]
    if cells:
        yield from (f"  {line}" for line in columns(["State", "Type", "Size", *STATISTICS], cells, 3))


def _log_cells(log: Log) -> list[str]:
    finite = [y for y in log.y if math.isfinite(y)]
    ends = [log.y[0], log.y[-1], min(finite, default=None), max(finite, default=None)]
    return [_short(str(log.place)), f"{len(log.y):,}", *map(number_text, ends)]


def checkpoint_dict(found: Checkpoint) -> dict[str, Any]:
    """The same as dicts, lists, numbers and strings."""
    return {
        "values": {_json_key(k): _json(v) for k, v in found.values},
        "options": [{"place": str(p), "values": _json_table(t)} for p, t in found.options],
        "optimizers": [
            {
                "place": str(s.place),
                "method": s.method,
                "values": _json_table(s.table),
                "tensors": [_tensor_dict(place, t, statistics(t)) for place, t in tensors_in(s.table)],
            }
            for s in found.optimizers
        ],
        "logs": [{"place": str(g.place), "x": [*map(_json, g.x)], "y": [*map(_json, g.y)]} for g in found.logs],
    }


def tensors_list(value: Any) -> list[dict[str, Any]]:
    """The tensors with their statistics as dicts."""
    return [{**_tensor_dict(r.place, r.tensor, r.statistics), "scratch": r.scratch} for r in tensor_rows(value)]


def _tensor_dict(place: Place, tensor: RawTensor | RawStorage, found: Statistics | None) -> dict[str, Any]:
    numbers = None if found is None else {k: _json(v) for k, v in found.to_dict().items() if k != "count"}
    return {
        "place": str(place),
        "class": tensor.data.class_name if isinstance(tensor, RawStorage) else tensor.class_name,
        "size": list(shape_of(tensor)),
        "count": count_of(tensor),
        "statistics": numbers,
    }


def _json_table(table: T7Table) -> dict[str, Any]:
    return {_json_key(k): _json(v) for k, v in table.items() if not isinstance(v, (RawTensor, RawStorage))}


def _json_key(key: Any) -> str:
    return key if isinstance(key, str) else key_text(key)


def _json(value: Any) -> Any:
    """A value that JSON has; numbers that it has not are their names, other things a few words."""
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value if value is None or isinstance(value, (bool, int, str)) else value_text(value)
