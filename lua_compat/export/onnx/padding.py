"""Padding, and cropping, which is padding of a negative size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lua_compat.export.onnx.row import Emit, Row, Table
from lua_compat.export.onnx.trace import Call, Operand
from pytorch_from_lua import nn

#: What our modes are called in ONNX.
MODES = {"constant": "constant", "zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def padded(
    c: Call, x: Operand, ndim: int, sides: Sequence[tuple[int, int]], mode: str = "constant", value: float = 0.0
) -> str:
    """``x`` with so much (before, after) in each of its last dimensions; negative numbers cut."""
    first = ndim - len(sides)
    for i, (before, after) in enumerate(sides):
        if before < 0 or after < 0:
            x = c.slice(x, first + i, max(0, -before), after if after < 0 else None)
    begins, ends = [[0] * first + [max(0, side[k]) for side in sides] for k in (0, 1)]
    if not any(begins + ends):
        return c.name(x)
    return c.op("Pad", x, begins + ends, float(value) if mode == "constant" else None, mode=MODES[mode])


def _pad(mode: str) -> Emit:
    def emit(c: Call) -> str:
        p = c.module.padding  # the last dimension's first
        sides = [(p[i], p[i + 1]) for i in range(0, len(p), 2)][::-1]
        return padded(c, c.x, c.x.ndim, sides, mode, getattr(c.module, "value", 0.0))

    return emit


def _padding(c: Call) -> str:
    """Elements between what is ``index`` from a border and the rest."""
    m, ndim = c.module, c.x.ndim
    dim = m.dim
    if dim >= 0 and m.num_input_dims is not None and ndim != m.num_input_dims:
        dim += 1
    dim %= ndim
    behind = [(0, 0)] * (ndim - 1 - dim)
    length = abs(m.pad)

    def around(x: Any, before: int, after: int) -> str:
        return padded(c, x, ndim, [(before, after), *behind], value=m.value)

    if m.index == 0:
        return around(c.x, 0, length) if m.pad > 0 else around(c.x, length, 0)
    cut = -m.index if m.pad > 0 else m.index
    head, tail = c.slice(c.x, dim, 0, cut), c.slice(c.x, dim, cut, None)
    return c.op("Concat", around(head, 0, length), tail, axis=dim)


_OF_MODE = {
    "constant": "ConstantPad1d ConstantPad2d ConstantPad3d ZeroPad1d ZeroPad2d ZeroPad3d",
    "reflect": "ReflectionPad1d ReflectionPad2d ReflectionPad3d",
    "replicate": "ReplicationPad1d ReplicationPad2d ReplicationPad3d",
    "circular": "CircularPad1d CircularPad2d CircularPad3d",
}

ROWS: Table = {getattr(nn, name): Row(_pad(mode)) for mode, names in _OF_MODE.items() for name in names.split()}
ROWS[nn.Padding] = Row(_padding)
