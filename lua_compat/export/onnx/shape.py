"""Modules that rearrange, pick or reduce dimensions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lua_compat.export.onnx.graph import element_type
from lua_compat.export.onnx.row import Emit, Row, Table, rows
from lua_compat.export.onnx.trace import Call
from pytorch_from_lua import nn
from pytorch_from_lua.nn.shape import sample_dim


def _reshaped(c: Call) -> str:
    """What only gives its input another shape: the one that was seen."""
    return c.reshape(c.x, c.y.shape)


def sample_axis(c: Call) -> int:
    """The dimension of the input that the module's own is."""
    dim = sample_dim(c.module.dim, c.module.num_input_dims, c.x.ndim)
    return dim % c.x.ndim


def _transpose(c: Call) -> str:
    m = c.module
    extra = 0 if m.num_input_dims is None else c.x.ndim - m.num_input_dims
    order = list(range(c.x.ndim))
    for pair in m.pairs:
        a, b = [dim + extra if dim >= 0 else dim for dim in pair]
        order[a], order[b] = order[b], order[a]
    return c.transpose(c.x, order)


def _select(c: Call) -> str:
    return c.select(c.x, c.module.dim, c.module.index)


def _narrow(c: Call) -> str:
    """A negative start, and a negative length, count from the end, which may lie at the end of a batch of any size."""
    m = c.module
    if m.length < 0:
        end = None if m.length == -1 else m.length + 1
    else:
        end = m.start + m.length
        end = None if m.start < 0 and end >= 0 else end
    return c.slice(c.x, m.dim, m.start, end)


def _replicate(c: Call) -> str:
    m = c.module
    batch = m.num_input_dims is not None and c.x.ndim > m.num_input_dims
    dim = (m.dim + 1 if batch else m.dim) % (c.x.ndim + 1)
    shape = [m.count if i == dim else 1 for i in range(c.x.ndim + 1)]
    return c.op("Expand", c.unsqueeze(c.x, dim), shape)


def _reduction(op: str) -> Emit:
    def emit(c: Call) -> str:
        m = c.module
        chosen = "Mean" if getattr(m, "size_average", False) else op
        keep = not getattr(m, "squeeze", True) or c.x.ndim == 1
        return c.reduce(chosen, c.x, sample_axis(c), keep=keep)

    return emit


def _copy(c: Call) -> Any:
    """A change between floating-point types is none here: all are float32."""
    wanted = element_type(c.y)
    return c.x if wanted == element_type(c.x) else cast(c, c.x, wanted)


def cast(c: Call, x: Any, dtype: Any) -> str:
    """``x`` in another element type."""
    return c.op("CastLike", x, np.zeros(1, dtype))


def _convert(c: Call) -> Any:
    m = c.module
    given, wanted = m.input_shape, m.output_shape
    if given == wanted == "b*":
        return c.x
    alone = c.x.ndim == len(given) - 1
    x = c.unsqueeze(c.x, given.index("b")) if alone else c.name(c.x)
    if sorted(given) == sorted(wanted):
        x = c.transpose(x, [given.index(axis) for axis in wanted])
    else:
        b = given.index("b")
        x = c.transpose(x, [b, *[i for i in range(len(given)) if i != b]])
        x = c.select(x, 1, 0) if wanted == "b" else c.op("Flatten", x, axis=1)
        x = c.transpose(x, (1, 0)) if wanted in ("fb", "tb") else x
    return c.squeeze(x, wanted.index("b")) if alone else x


def _constant(c: Call) -> str:
    value = c.parameter("value")
    if c.y.ndim == c.module.value.ndim:
        return c.op("Identity", value)
    return c.op("Expand", value, c.sizes(c.x, c.y.shape))


def _pixel_shuffle(c: Call) -> str:
    r = c.module.upscale_factor
    if c.x.ndim == 4:
        return c.op("DepthToSpace", c.x, blocksize=r, mode="CRD")
    lead, k = c.x.shape[:-3], c.x.ndim - 3
    channels, high, wide = c.ints(c.x.shape[-3:])
    parts = c.reshape(c.x, (*lead, channels // (r * r), r, r, high, wide))
    return c.reshape(c.transpose(parts, [*range(k), k, k + 3, k + 1, k + 4, k + 2]), c.y.shape)


def _pixel_unshuffle(c: Call) -> str:
    r = c.module.downscale_factor
    lead, k = c.x.shape[:-3], c.x.ndim - 3
    channels, high, wide = c.ints(c.x.shape[-3:])
    parts = c.reshape(c.x, (*lead, channels, high // r, r, wide // r, r))
    return c.reshape(c.transpose(parts, [*range(k), k, k + 2, k + 4, k + 1, k + 3]), c.y.shape)


def _channel_shuffle(c: Call) -> str:
    groups, (first, channels, *rest) = c.module.groups, c.x.shape
    parts = c.reshape(c.x, (first, groups, c.number(channels) // groups, *rest))
    turned = c.transpose(parts, [0, 2, 1, *range(3, c.x.ndim + 1)])
    return c.reshape(turned, c.y.shape)


def _index(c: Call) -> str:
    return c.op("Gather", c.x[0], c.indices(c.x[1]), axis=c.module.dim)


def _masked_select(c: Call) -> str:
    x, mask = [c.op("Reshape", each, [-1]) for each in c.x]
    return c.op("Compress", x, cast(c, mask, bool))


def _one_hot(c: Call) -> str:
    values = np.array([0, 1], element_type(c.y))
    return c.op("OneHot", c.indices(c.x), np.array(c.module.output_size, np.int64), values, axis=-1)


def _bound_of_index(module: Any, x: Any) -> int:
    sizes = x[0].runs[0].shape
    return int(sizes[module.dim])


def _unfold_sizes(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


def _unfold(c: Call) -> str:
    """A convolution of each channel with kernels that have a single 1."""
    m = c.module
    kernel, stride, dilation, padding = map(_unfold_sizes, (m.kernel_size, m.stride, m.dilation, m.padding))
    channels, count = c.number(c.x.shape[-3]), math.prod(kernel)
    ones = np.tile(np.eye(count).reshape(count, 1, *kernel), (channels, 1, 1, 1))
    weight = c.constant(ones, f"ones{channels}")

    def make(x: Any) -> str:
        found = c.op("Conv", x, weight, strides=stride, dilations=dilation, pads=[*padding, *padding], group=channels)
        return c.op("Reshape", found, [0, channels * count, -1])

    return c.batched(4, make)


def _fold(c: Call) -> str:
    """A transposed convolution with such kernels."""
    m = c.module
    size, kernel, stride, dilation, padding = map(
        _unfold_sizes, (m.output_size, m.kernel_size, m.stride, m.dilation, m.padding)
    )
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    counts = [(n + 2 * p - e) // s + 1 for n, p, e, s in zip(size, padding, spans, stride, strict=True)]
    made = [(o - 1) * s - 2 * p + e for o, s, p, e in zip(counts, stride, padding, spans, strict=True)]
    rows_in, count = c.number(c.x.shape[-2]), math.prod(kernel)
    ones = np.tile(np.eye(count).reshape(count, 1, *kernel), (rows_in // count, 1, 1, 1))

    def make(x: Any) -> str:
        return c.op(
            "ConvTranspose",
            c.op("Reshape", x, [0, rows_in, *counts]),
            c.constant(ones, f"ones{rows_in}"),
            strides=stride,
            dilations=dilation,
            pads=[*padding, *padding],
            output_padding=[n - o for n, o in zip(size, made, strict=True)],
            group=rows_in // count,
        )

    return c.batched(3, make)


ROWS: Table = {
    **rows(
        {
            **dict.fromkeys(
                (nn.Collapse, nn.Flatten, nn.Reshape, nn.Squeeze, nn.Unflatten, nn.Unsqueeze, nn.View), _reshaped
            ),
            nn.ChannelShuffle: _channel_shuffle,
            nn.Constant: _constant,
            nn.Contiguous: lambda c: c.x,
            nn.Convert: _convert,
            nn.Copy: _copy,
            nn.Fold: _fold,
            nn.Max: _reduction("Max"),
            nn.Mean: _reduction("Mean"),
            nn.Min: _reduction("Min"),
            nn.Narrow: _narrow,
            nn.PixelShuffle: _pixel_shuffle,
            nn.PixelUnshuffle: _pixel_unshuffle,
            nn.Replicate: _replicate,
            nn.Select: _select,
            nn.Sum: _reduction("Sum"),
            nn.Transpose: _transpose,
            nn.Unfold: _unfold,
        }
    ),
    nn.Index: Row(_index, indices=lambda module, x: [(x[1], _bound_of_index(module, x))]),
    nn.MaskedSelect: Row(_masked_select, free="selected"),
    nn.OneHot: Row(_one_hot, indices=lambda module, x: [(x, module.output_size)]),
}
