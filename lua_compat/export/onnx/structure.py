"""Containers, decorators, and modules that pick tables apart: they hand tensors on and compute little themselves."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from lua_compat.export.onnx.padding import padded
from lua_compat.export.onnx.row import Row, Table
from lua_compat.export.onnx.trace import Call, Trace
from lua_compat.export.onnx.values import leaves
from pytorch_from_lua import nn
from pytorch_from_lua.tensor import Tensor

Passes = Callable[[Trace, Any, str, Any], Any]


def below(place: str, name: str) -> str:
    """The place of a module in another."""
    return f"{place}.{name}" if place else name


def _children(module: Any, place: str) -> list[tuple[Any, str]]:
    return [(child, below(place, name)) for name, child in module._modules.items()]


def _sequential(t: Trace, m: Any, place: str, x: Any) -> Any:
    for child, where in _children(m, place):
        x = t.call(child, where, x)
    return x


def _concat_table(t: Trace, m: Any, place: str, x: Any) -> Any:
    return [t.call(child, where, x) for child, where in _children(m, place)]


def _parallel_table(t: Trace, m: Any, place: str, x: Any) -> Any:
    return [t.call(child, where, item) for (child, where), item in zip(_children(m, place), x, strict=False)]


def _map_table(t: Trace, m: Any, place: str, x: Any) -> Any:
    child, where = _children(m, place)[0]
    return [t.call(child, where, item) for item in x]


def _concat(t: Trace, m: Any, place: str, x: Any) -> Any:
    return t.call(nn.JoinTable(m.dim), place, _concat_table(t, m, place, x))


def _parallel(t: Trace, m: Any, place: str, x: Any) -> Any:
    parts = [
        t.call(child, where, t.call(nn.Select(m.input_dim, i), place, x))
        for i, (child, where) in enumerate(_children(m, place))
    ]
    return t.call(nn.JoinTable(m.output_dim), place, parts)


def _depth_concat(t: Trace, m: Any, place: str, x: Any) -> Any:
    """Smaller outputs are put into the middle of zeros; where that cannot be even, the end has one more."""
    outputs = _concat_table(t, m, place, x)
    runs = [output.runs[0].shape for output in outputs]
    dim = m.dim % len(runs[0])
    largest = [max(sizes) for sizes in zip(*runs, strict=True)]
    for i, shape in enumerate(runs):
        missing = [0 if d == dim else big - own for d, (big, own) in enumerate(zip(largest, shape, strict=True))]
        sides = [(gap // 2, gap - gap // 2) for gap in missing]
        if any(missing):
            outputs[i] = _padded(t, m, place, outputs[i], sides)
    return t.call(nn.JoinTable(dim), place, outputs)


def _padded(t: Trace, m: Any, place: str, x: Any, sides: list[tuple[int, int]]) -> Any:
    around = [n for side in reversed(sides) for n in side]
    emit = Row(
        lambda c: padded(c, c.x, c.x.ndim, sides), run=lambda trace, module, run, i: nn.functional.pad(run, around)
    )
    return t.record(m, place, x, emit)


def _bottle(t: Trace, m: Any, place: str, x: Any) -> Any:
    """The first dimensions as one, the module, and the dimensions apart again."""
    child, where = _children(m, place)[0]
    count = x.ndim - m.num_input_dims + 1
    if count <= 1:
        return t.call(child, where, x)
    leads = [run.shape[: count - 1] for run in x.runs]

    def merged(trace: Trace, module: Any, run: Tensor, probe: int) -> Tensor:
        return run.reshape((math.prod(run.shape[:count]), *run.shape[count:]))

    def apart(trace: Trace, module: Any, run: Tensor, probe: int) -> Tensor:
        lead = leads[probe]
        return run.reshape((*lead, run.shape[0] // math.prod(lead), *run.shape[1:]))

    def reshaped(c: Call) -> str:
        return c.reshape(c.x, c.y.shape)

    given = t.call(child, where, t.record(m, place, x, Row(reshaped, run=merged)))
    return t.record(m, place, given, Row(reshaped, run=apart))


def _weight_norm(t: Trace, m: Any, place: str, x: Any) -> Any:
    """The weight is worked out once: it does not change any more."""
    held: Any = m.module._parameters
    held["weight"] = m.weight
    try:
        return t.call(m.module, below(place, "module"), x)
    finally:
        held["weight"] = None


def _graph(t: Trace, m: Any, place: str, x: Any) -> Any:
    values = list(x) if m.num_inputs > 1 else [x]
    for step in m.steps[m.num_inputs :]:
        taken = [values[i] for i in step.sources]
        value = taken[0] if len(taken) == 1 else taken
        if step.part is not None:
            value = value[step.part[0]]
        if step.module is not None:
            value = t.call(m._modules[step.module], below(place, step.module), value)
        values.append(value)
    found = [values[i] for i in m.outputs]
    return found[0] if len(found) == 1 else found


def _same(t: Trace, m: Any, place: str, x: Any) -> Any:
    return x


def _select_table(t: Trace, m: Any, place: str, x: Any) -> Any:
    return x[m.index]


def _narrow_table(t: Trace, m: Any, place: str, x: Any) -> Any:
    return list(x[m.start : m.start + m.length])


def _flatten_table(t: Trace, m: Any, place: str, x: Any) -> Any:
    return leaves(x)


def _zip_table(t: Trace, m: Any, place: str, x: Any) -> Any:
    return [list(column) for column in zip(*x, strict=True)]


def _zip_one_to_many(t: Trace, m: Any, place: str, x: Any) -> Any:
    return [[x[0], item] for item in x[1]]


_PASSES: dict[Any, Passes] = {
    **dict.fromkeys((nn.Sequential, nn.Maxout, nn.Decorator, nn.DontCast, nn.GPU, nn.NaN, nn.Profile), _sequential),
    **dict.fromkeys((nn.GradientReversal, nn.Identity, nn.L1Penalty, nn.PrintSize, nn.ZeroGrad), _same),
    nn.Bottle: _bottle,
    nn.Concat: _concat,
    nn.ConcatTable: _concat_table,
    nn.DepthConcat: _depth_concat,
    nn.FlattenTable: _flatten_table,
    nn.Graph: _graph,
    nn.MapTable: _map_table,
    nn.NarrowTable: _narrow_table,
    nn.Parallel: _parallel,
    nn.ParallelTable: _parallel_table,
    nn.SelectTable: _select_table,
    nn.WeightNorm: _weight_norm,
    nn.ZipTable: _zip_table,
    nn.ZipTableOneToMany: _zip_one_to_many,
}

ROWS: Table = {kind: Row(passes=passes) for kind, passes in _PASSES.items()}
