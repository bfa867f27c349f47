"""Convolutions of all kinds, and what is one in disguise: layers over frames, sub-sampling, contrast."""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.export.onnx.padding import padded
from lua_compat.export.onnx.row import Emit, Table, rows
from lua_compat.export.onnx.trace import Call, Operand
from pytorch_from_lua import nn


def _begins_then_ends(sides: Any) -> list[int]:
    return [int(side[k]) for k in (0, 1) for side in sides]


def _plain(c: Call) -> str:
    m, ndim = c.module, c.module.dimensions + 2
    sides = m.sides()

    def make(x: Operand) -> str:
        around = sides
        if m.padding_mode != "zeros":
            x, around = padded(c, x, ndim, sides, m.padding_mode), [(0, 0)] * m.dimensions
        return c.op(
            "Conv",
            x,
            c.parameter("weight"),
            c.parameter("bias"),
            kernel_shape=m.kernel_size,
            strides=m.stride,
            dilations=m.dilation,
            pads=_begins_then_ends(around),
            group=m.groups,
        )

    return c.batched(ndim, make)


def _transposed(c: Call) -> str:
    """ONNX's own; an output longer by a stride or more, which ONNX Runtime refuses, is padded with zeros."""
    m, n = c.module, c.module.dimensions
    weight, bias = c.parameter("weight"), c.parameter("bias")
    how = {"kernel_shape": m.kernel_size, "strides": m.stride, "dilations": m.dilation, "group": m.groups}
    if all(extra < step for extra, step in zip(m.output_padding, m.stride, strict=True)):
        how |= {"pads": [*m.padding, *m.padding], "output_padding": m.output_padding}
        return c.batched(n + 2, lambda x: c.op("ConvTranspose", x, weight, bias, **how))
    gaps = [extra - cut for extra, cut in zip(m.output_padding, m.padding, strict=True)]
    how["pads"] = [*m.padding, *[max(0, -gap) for gap in gaps]]

    def make(x: Operand) -> str:
        longer = padded(c, c.op("ConvTranspose", x, weight, **how), n + 2, [(0, max(0, gap)) for gap in gaps])
        if bias is None:
            return longer
        return c.op("Add", longer, c.constant(m.bias.array.reshape(-1, *[1] * n), "bias"))

    return c.batched(n + 2, make)


def _by_table(op: str, *, full: bool) -> Emit:
    """A convolution between some planes: one between all, whose other kernels are 0."""

    def emit(c: Call) -> str:
        m = c.module
        first, second = (m.in_channels, m.out_channels) if full else (m.out_channels, m.in_channels)
        whole = c.constant(m._whole(first, second, turned=not full).array, "weight")
        return c.batched(4, lambda x: c.op(op, x, whole, c.parameter("bias"), strides=m.stride))

    return emit


def _depthwise(c: Call) -> str:
    made = c.module.conv2d()
    weight = c.constant(made.weight.array, "weight")
    bias = None if made.bias is None else c.constant(made.bias.array, "bias")
    pads = [*made.padding, *made.padding]
    return c.batched(4, lambda x: c.op("Conv", x, weight, bias, strides=made.stride, pads=pads, group=made.groups))


def _local(c: Call) -> str:
    """The elements that each place sees, gathered into a row, times the matrix of that place."""
    m = c.module
    (kh, kw), (sh, sw), (ph, pw) = m.kernel_size, m.stride, m.padding
    high, wide = m.input_size[0] + 2 * ph, m.input_size[1] + 2 * pw
    out_high, out_wide = m.output_size
    corners = np.arange(out_high)[:, None] * (sh * wide) + np.arange(out_wide) * sw
    within = np.arange(kh)[:, None] * wide + np.arange(kw)
    seen = np.arange(m.in_channels)[:, None] * (high * wide) + within.reshape(-1)
    places = corners.reshape(-1, 1) + seen.reshape(-1)
    count = places.shape[1]
    weight = m.weight.array.reshape(out_high * out_wide, m.out_channels, count).swapaxes(1, 2)

    def make(x: Operand) -> str:
        flat = c.op("Flatten", padded(c, x, 4, [(ph, ph), (pw, pw)]), axis=1)
        seen_by_each = c.op("Gather", flat, c.constant(places, "places"), axis=1)
        product = c.op("MatMul", c.transpose(seen_by_each, (1, 0, 2)), c.constant(weight, "weight"))
        image = c.op("Reshape", c.transpose(product, (1, 2, 0)), [-1, m.out_channels, out_high, out_wide])
        return c.op("Add", image, c.parameter("bias"))

    return c.batched(4, make)


def over_frames(c: Call, make: Any, features_first: bool = False) -> str:
    """``make`` of frames whose features come first, as ONNX has them, whatever the module's input has."""
    order = (0, 1, 2) if features_first else (0, 2, 1)
    return c.batched(3, lambda x: c.transpose(make(c.transpose(x, order)), order))


def _temporal(c: Call) -> str:
    m = c.module
    weight = m.weight.array.reshape(m.out_features, m.kernel_size, m.in_features).swapaxes(1, 2)
    held = c.constant(weight, "weight")
    return over_frames(c, lambda x: c.op("Conv", x, held, c.parameter("bias"), strides=[m.stride]))


def _temporal_rows(c: Call) -> str:
    m = c.module
    return over_frames(
        c,
        lambda x: c.op("Conv", x, c.parameter("weight"), c.parameter("bias"), strides=[m.stride], group=m.features),
        m.features_first,
    )


def _spread(module: Any, kernel: tuple[int, ...]) -> Any:
    """The one weight of each plane at every place of its kernel."""
    weight = module.weight.array
    return np.broadcast_to(weight.reshape(-1, 1, *[1] * len(kernel)), (weight.size, 1, *kernel))


def _temporal_subsampling(c: Call) -> str:
    m = c.module
    weight = c.constant(_spread(m, (m.kernel_size,)), "weight")
    return over_frames(c, lambda x: c.op("Conv", x, weight, c.parameter("bias"), strides=[m.stride], group=m.features))


def _subsampling(c: Call) -> str:
    m = c.module
    weight = c.constant(_spread(m, m.kernel_size), "weight")
    return c.batched(4, lambda x: c.op("Conv", x, weight, c.parameter("bias"), strides=m.stride, group=m.channels))


def _around(c: Call, planes: Operand) -> str:
    """The mean around each place, over all planes; what is beyond the border counts as 0."""
    kernel = c.module.whole_kernel().array
    every = np.broadcast_to(kernel, (1, c.module.n_input_plane, *kernel.shape))
    sides = [size // 2 for size in kernel.shape]
    return c.op("Conv", planes, c.constant(every, "kernel"), pads=sides * 2)


def _share(c: Call) -> str:
    """How much of the kernel lies within the planes, place by place."""
    run = c.x.runs[0]
    planes = c.module._planes(run)
    return c.constant(c.module._share(planes).array, f"share{tuple(planes.shape[2:])}")


def _centred(c: Call, planes: Operand) -> str:
    return c.op("Sub", planes, c.op("Div", _around(c, planes), _share(c)))


def _divided(c: Call, planes: Operand) -> str:
    root = c.op("Sqrt", _around(c, c.op("Mul", planes, planes)))
    deviation = c.op("Div", root, _share(c))
    wide = c.op("Greater", deviation, float(c.module.threshold))
    return c.op("Div", planes, c.op("Where", wide, deviation, float(c.module.thresval)))


ROWS: Table = rows(
    {
        **dict.fromkeys((nn.Conv1d, nn.Conv2d, nn.Conv3d), _plain),
        **dict.fromkeys((nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d), _transposed),
        nn.SpatialConvolutionLocal: _local,
        nn.SpatialConvolutionMap: _by_table("Conv", full=False),
        nn.SpatialFullConvolutionMap: _by_table("ConvTranspose", full=True),
        nn.SpatialDepthWiseConvolution: _depthwise,
        nn.SpatialSubSampling: _subsampling,
        nn.SpatialSubtractiveNormalization: lambda c: c.batched(4, lambda x: _centred(c, x)),
        nn.SpatialDivisiveNormalization: lambda c: c.batched(4, lambda x: _divided(c, x)),
        nn.SpatialContrastiveNormalization: lambda c: c.batched(4, lambda x: _divided(c, _centred(c, x))),
        nn.TemporalConvolution: _temporal,
        nn.TemporalRowConvolution: _temporal_rows,
        nn.TemporalSubSampling: _temporal_subsampling,
    }
)
