"""Pooling: the largest and the mean of windows, of fixed and of shared-out ones, and what undoes it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lua_compat.export.onnx.convolution import over_frames
from lua_compat.export.onnx.padding import padded
from lua_compat.export.onnx.row import Emit, Row, Table, rows
from lua_compat.export.onnx.trace import Call, Operand, Trace
from lua_compat.export.onnx.values import UnsupportedError
from pytorch_from_lua import nn
from pytorch_from_lua.kernels.adaptive import average_taps, max_windows
from pytorch_from_lua.kernels.pooling import output_size
from pytorch_from_lua.kernels.pooling_nd import avg_pool_taps
from pytorch_from_lua.kernels.resampling import Taps
from pytorch_from_lua.nn import functional as F

Sizes = Sequence[int]


def matrix_of(taps: Taps) -> Any:
    """The matrix (outputs, inputs) that sums of weighted inputs are."""
    whole = np.zeros((taps.outputs, taps.inputs))
    np.add.at(whole, (np.arange(taps.outputs)[:, None], taps.indices), taps.weights)
    return whole


def along(c: Call, x: Operand, ndim: int, axis: int, matrix: Any, label: str) -> str:
    """A matrix times each vector along a dimension."""
    axis %= ndim
    held = c.constant(matrix if axis == ndim - 2 else matrix.T, label)
    if axis >= ndim - 2:
        return c.op("MatMul", x, held) if axis == ndim - 1 else c.op("MatMul", held, x)
    order = list(range(ndim))
    order[axis], order[-1] = order[-1], order[axis]
    return c.transpose(c.op("MatMul", c.transpose(x, order), held), order)


def over_taps(c: Call, x: Operand, ndim: int, taps: Sequence[Taps], label: str) -> str:
    """Weighted sums along the last dimensions, one after the other."""
    for i, each in enumerate(taps):
        x = along(c, x, ndim, ndim - len(taps) + i, matrix_of(each), f"{label}{i}_{each.inputs}")
    return c.name(x)


def average(c: Call, x: Operand, sizes: Sizes, how: dict[str, Any], divide: bool = True) -> str:
    """The means of windows of ``x`` (N, C, *sizes)."""
    kernel, stride, padding = how["kernel"], how["stride"], how["padding"]
    ceil, whole = how["ceil"], how["count_include_pad"]
    outs = output_size(tuple(sizes), kernel, stride, padding, None, ceil)
    windows = zip(sizes, outs, kernel, stride, padding, strict=True)
    ends = [max(0, (o - 1) * s + k - p - n) for n, o, k, s, p in windows]
    # Where a window reaches beyond the padding, ours counts less than all of it, and ONNX Runtime all or nothing. Where
    # padding does not count, what a sum was divided by differs from place to place.
    beyond = any(end > p for end, p in zip(ends, padding, strict=True))
    short = any(end >= k for end, k in zip(ends, kernel, strict=True))
    if not short and (not beyond if whole else divide):
        pads = [*padding, *ends]
        found = c.op("AveragePool", x, kernel_shape=kernel, strides=stride, pads=pads, count_include_pad=int(whole))
        return found if divide else c.op("Mul", found, float(math.prod(kernel)))
    each = zip(sizes, kernel, stride, padding, strict=True)
    return over_taps(c, x, len(sizes) + 2, [avg_pool_taps(*row, ceil, whole, divide) for row in each], "means")


def _windows_of(module: Any) -> dict[str, Any]:
    return {
        "kernel": module.kernel_size,
        "stride": module.stride,
        "padding": module.padding,
        "ceil": module.ceil_mode,
        "count_include_pad": getattr(module, "count_include_pad", True),
    }


def _avg(c: Call) -> str:
    m, divisor = c.module, getattr(c.module, "divisor_override", None)
    sizes = c.ints(c.x.shape[-m.dimensions :])

    def make(x: Operand) -> str:
        found = average(c, x, sizes, _windows_of(m), divisor is None)
        return found if divisor in (None, 1) else c.op("Div", found, float(divisor))

    return c.batched(m.dimensions + 2, make)


def _lp(c: Call) -> str:
    m = c.module
    sizes = c.ints(c.x.shape[-m.dimensions :])

    def make(x: Operand) -> str:
        means = average(c, c.op("Pow", x, float(m.norm_type)), sizes, _windows_of(m))
        return c.op("Pow", c.op("Mul", means, float(math.prod(m.kernel_size))), 1.0 / m.norm_type)

    return c.batched(m.dimensions + 2, make)


def _feature_lp(c: Call) -> str:
    m, axis = c.module, 1 if c.module.batch_mode else 0
    taps = avg_pool_taps(c.number(c.x.shape[axis]), m.width, m.stride, divide=False)
    sums = along(c, c.op("Pow", c.x, float(m.power)), c.x.ndim, axis, matrix_of(taps), "sums")
    return c.op("Pow", sums, 1.0 / m.power)


def largest(c: Call, x: Operand, sizes: Sizes, how: Any, outputs: int = 1) -> list[str]:
    """The largest elements of windows of ``x`` (N, C, *sizes), and where asked for, their places."""
    kernel, stride, padding, dilation, ceil = how
    outs = output_size(tuple(sizes), kernel, stride, padding, dilation, ceil)
    ends = [
        max(0, (o - 1) * s + d * (k - 1) + 1 - p - n)
        for n, o, k, s, p, d in zip(sizes, outs, kernel, stride, padding, dilation, strict=True)
    ]
    begins = list(padding)
    if any(p >= k for p, k in zip(begins + ends, [*kernel, *kernel], strict=True)):
        if outputs > 1:
            raise UnsupportedError("keeps the places of windows that reach over the edge by a whole window")
        x = padded(c, x, len(sizes) + 2, list(zip(begins, ends, strict=True)), value=-math.inf)
        begins, ends = [0] * len(sizes), [0] * len(sizes)
    return c.ops(
        "MaxPool",
        outputs,
        x,
        kernel_shape=kernel,
        strides=stride,
        dilations=dilation,
        pads=[*begins, *ends],
    )


def _max(c: Call) -> Any:
    m = c.module
    sizes = c.ints(c.x.shape[-m.dimensions :])
    how = m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode
    alone = c.x.ndim == m.dimensions + 1
    x = c.unsqueeze(c.x, 0) if alone else c.x
    values, *places = largest(c, x, sizes, how, 1 + (m.keeps_places or m.return_indices))
    if places:
        c.trace.places_of[id(m)] = (places[0], c.x)
    values = c.squeeze(values, 0) if alone else values
    if not m.return_indices:
        return values
    # ONNX counts places through the whole tensor, we through a plane.
    within = c.op("Mod", places[0], math.prod(sizes))
    return [values, c.squeeze(within, 0) if alone else within]


def _run_max(trace: Trace, module: Any, x: Any, probe: int) -> Any:
    """The module, whose places are kept for the one that undoes it."""
    found = module(x)
    if module.keeps_places:
        trace.kept[id(module), probe] = (module.indices, module.input_size)
    return found


def _run_unpool(trace: Trace, module: Any, x: Any, probe: int) -> Any:
    held = trace.kept.get((id(module.pooling), probe))
    return module(x) if held is None else F.place_elements(x, *held)


def _unpool(c: Call) -> str:
    m = c.module
    held = c.trace.places_of.get(id(m.pooling))
    if held is None:
        raise UnsupportedError("its pooling module stands nowhere before it in the model")
    places, pooled = held
    alone = c.x.ndim == m.dimensions + 1
    shape = c.op("Shape", c.unsqueeze(pooled, 0) if alone else pooled)
    kernel = m.pooling.kernel_size
    return c.batched(
        m.dimensions + 2,
        lambda x: c.op("MaxUnpool", x, places, shape, kernel_shape=kernel, strides=m.pooling.stride),
    )


def _even(size: int, new: int) -> bool:
    return size % new == 0


def _adaptive(c: Call) -> Any:
    """Windows of one size where they fit, else sums along each dimension, or the largest of what is gathered there."""
    m, mean = c.module, type(c.module).__name__.startswith("AdaptiveAvg")
    if getattr(m, "return_indices", False):
        raise UnsupportedError("gives the places of its elements")
    sizes = c.ints(c.x.shape[-m.dimensions :])
    news = [size if new is None else new for size, new in zip(sizes, m.output_size, strict=True)]
    kernel = tuple([size // new for size, new in zip(sizes, news, strict=True)])
    ndim = m.dimensions + 2

    def make(x: Operand) -> str:
        if all(_even(size, new) for size, new in zip(sizes, news, strict=True)):
            return c.op("AveragePool" if mean else "MaxPool", x, kernel_shape=kernel, strides=kernel)
        if mean:
            return over_taps(c, x, ndim, [average_taps(s, n) for s, n in zip(sizes, news, strict=True)], "means")
        for i, (size, new) in enumerate(zip(sizes, news, strict=True)):
            x = _gathered_max(c, x, i + 2, size, new)
        return c.name(x)

    return c.batched(ndim, make)


def _gathered_max(c: Call, x: Operand, axis: int, size: int, new: int) -> str:
    windows = max_windows(size, new)
    first, last = windows.first[0], windows.last[0]
    indices = np.minimum(first[:, None] + np.arange((last - first).max() + 1), last[:, None])
    return c.reduce("Max", c.op("Gather", x, indices, axis=axis), axis + 1, keep=False)


def _temporal_max(c: Call) -> str:
    m, frames = c.module, c.number(c.x.shape[-2])
    how = (m.kernel_size,), (m.stride,), (0,), (1,), False
    return over_frames(c, lambda x: largest(c, x, [frames], how)[0])


def _temporal_k_max(c: Call) -> str:
    m, frames = c.module, c.number(c.x.shape[-2])
    k = [max(m.min_k, math.ceil(m.factor * frames))]
    axis = c.x.ndim - 2
    places = c.ops("TopK", 2, c.x, k, axis=axis)[1]
    ordered = c.ops("TopK", 2, places, k, axis=axis, largest=0)[0]
    return c.op("GatherElements", c.x, ordered, axis=axis)


def _of_dimensions(stem: str, emit: Emit) -> dict[Any, Emit]:
    return {getattr(nn, f"{stem}{n}d"): emit for n in (1, 2, 3)}


ROWS: Table = {
    **rows(
        {
            **_of_dimensions("AdaptiveAvgPool", _adaptive),
            **_of_dimensions("AdaptiveMaxPool", _adaptive),
            **_of_dimensions("AvgPool", _avg),
            **_of_dimensions("LPPool", _lp),
            nn.FeatureLPPooling: _feature_lp,
            nn.TemporalDynamicKMaxPooling: _temporal_k_max,
            nn.TemporalMaxPooling: _temporal_max,
        }
    ),
    **dict.fromkeys((nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d), Row(_max, run=_run_max)),
    **dict.fromkeys((nn.SpatialMaxUnpooling, nn.VolumetricMaxUnpooling), Row(_unpool, run=_run_unpool)),
}
