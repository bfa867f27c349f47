"""Normalisation over the batch, over planes, rows and neighbours; dropout and noise, which evaluation has none of."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lua_compat.export.onnx.row import Emit, Table, rows
from lua_compat.export.onnx.trace import Call, Operand
from pytorch_from_lua import nn


def _scale_and_bias(c: Call, count: int) -> list[str]:
    """The parameters of a layer that may be without them: 1 and 0."""
    given = [c.parameter("weight"), c.parameter("bias")]
    usual = [np.ones(count, np.float32), np.zeros(count, np.float32)]
    return [c.name(one if name is None else name) for name, one in zip(given, usual, strict=True)]


def _affine(c: Call, x: Operand, ndim: int) -> str:
    """``x`` (N, C, ...) times the weight plus the bias of each channel, where there are some."""
    for op, name in (("Mul", "weight"), ("Add", "bias")):
        values = getattr(c.module, name)
        if values is not None:
            x = c.op(op, x, c.constant(values.array.reshape(-1, *[1] * (ndim - 2)), f"{name}{ndim}"))
    return c.name(x)


def _batch_norm(c: Call) -> str:
    m = c.module
    if m.running_mean is None:
        axes = [i for i in range(c.x.ndim) if i != 1]
        return _affine(c, _standardized(c, c.x, axes, m.eps), c.x.ndim)
    running = c.parameter("running_mean"), c.parameter("running_var")
    return c.op("BatchNormalization", c.x, *_scale_and_bias(c, m.num_features), *running, epsilon=m.eps)


def _standardized(c: Call, x: Operand, axes: list[int], eps: float) -> str:
    centred = c.op("Sub", x, c.reduce("Mean", x, *axes))
    variance = c.reduce("Mean", c.op("Mul", centred, centred), *axes)
    return c.op("Div", centred, c.op("Sqrt", c.op("Add", variance, float(eps))))


def _instance_norm(c: Call) -> str:
    m = c.module
    ndim = max(map(len, m._shapes))
    given = _scale_and_bias(c, m.num_features)
    if m.running_mean is None:
        return c.batched(ndim, lambda x: c.op("InstanceNormalization", x, *given, epsilon=m.eps))
    running = c.parameter("running_mean"), c.parameter("running_var")
    return c.batched(ndim, lambda x: c.op("BatchNormalization", x, *given, *running, epsilon=m.eps))


def _layer_norm(c: Call) -> str:
    m = c.module
    weight = c.parameter("weight") or c.name(np.ones(m.normalized_shape, np.float32))
    axis = -len(m.normalized_shape)
    return c.op("LayerNormalization", c.x, weight, c.parameter("bias"), axis=axis, epsilon=m.eps)


def _rms_norm(c: Call) -> str:
    m = c.module
    axes = range(-len(m.normalized_shape), 0)
    eps = float(np.finfo(c.x.dtype.numpy).eps) if m.eps is None else m.eps
    squares = c.reduce("Mean", c.op("Mul", c.x, c.x), *axes)
    found = c.op("Div", c.x, c.op("Sqrt", c.op("Add", squares, float(eps))))
    weight = c.parameter("weight")
    return found if weight is None else c.op("Mul", found, weight)


def _group_norm(c: Call) -> str:
    m = c.module
    grouped = c.op("Reshape", c.x, [0, m.num_groups, -1])
    ones, zeros = np.ones(m.num_groups, np.float32), np.zeros(m.num_groups, np.float32)
    unit = c.op("InstanceNormalization", grouped, ones, zeros, epsilon=m.eps)
    return _affine(c, c.reshape(unit, c.x.shape), c.x.ndim)


def _layer_normalization(c: Call) -> str:
    """Torch7's, which in a batch takes the means from other rows than those that they are the means of."""
    m = c.module
    mean = c.reduce("Mean", c.x, -1)
    if c.x.ndim == 2:
        rows_in = c.number(c.x.shape[0], "the means that it takes away")
        wide = c.op("Expand", c.op("Reshape", mean, [1, -1]), [m.size, rows_in])
        mean = c.op("Reshape", wide, [rows_in, m.size])
    unit = c.op("Mul", _row_normed(c, c.op("Sub", c.x, mean), 2.0, m.eps), math.sqrt(m.size))
    if m.weight is None:
        return unit
    return c.op("Add", c.op("Mul", unit, c.parameter("weight")), c.parameter("bias"))


def _row_normed(c: Call, x: Operand, p: float, eps: float) -> str:
    """Rows divided by their length, to which ``eps`` is added as Torch7 does: before the root."""
    if p == math.inf:
        length = c.op("Add", c.reduce("Max", c.op("Abs", x), -1), float(eps))
    elif p == 2.0:
        length = c.op("Sqrt", c.op("Add", c.reduce("Sum", c.op("Mul", x, x), -1), float(eps)))
    else:
        powers = c.op("Pow", c.op("Abs", x), p)
        length = c.op("Pow", c.op("Add", c.reduce("Sum", powers, -1), float(eps)), 1.0 / p)
    return c.op("Div", x, length)


def _response_norm(c: Call) -> str:
    m = c.module
    symmetric = m.size % 2 == 1
    # Torch7's class takes as many neighbours on either side; the other one more before than after.
    before = (m.size - 1) // 2 if isinstance(m, nn.CrossMapLRN2d) else m.size // 2
    after = (m.size - 1) // 2
    batchless = isinstance(m, nn.CrossMapLRN2d) and c.x.ndim == 3

    def make(x: Operand) -> str:
        if symmetric:
            return c.op("LRN", x, alpha=float(m.alpha), beta=float(m.beta), bias=float(m.k), size=m.size)
        count = c.number(c.x.shape[-3 if isinstance(m, nn.CrossMapLRN2d) else 1])
        distance = np.arange(count) - np.arange(count)[:, None]
        near = ((distance >= -before) & (distance <= after)) * (m.alpha / m.size)
        kernel = near.reshape(count, count, *[1] * (c.x.ndim + batchless - 2))
        sums = c.op("Conv", c.op("Mul", x, x), c.constant(kernel, "neighbours"))
        return c.op("Div", x, c.op("Pow", c.op("Add", sums, float(m.k)), float(m.beta)))

    return c.squeeze(make(c.unsqueeze(c.x, 0)), 0) if batchless else make(c.x)


def _same(c: Call) -> Any:
    return c.x


def _dropout(c: Call) -> Any:
    """In evaluation it does nothing; the first version of Torch7's class scales then, not in training."""
    return c.x if c.module.scale_in_training else c.op("Mul", c.x, 1.0 - c.module.p)


def _of_dimensions(stem: str, emit: Emit) -> dict[Any, Emit]:
    return {getattr(nn, f"{stem}{n}d"): emit for n in (1, 2, 3)}


ROWS: Table = rows(
    {
        **_of_dimensions("BatchNorm", _batch_norm),
        **_of_dimensions("Dropout", _dropout),
        **_of_dimensions("InstanceNorm", _instance_norm),
        **dict.fromkeys((nn.AlphaDropout, nn.FeatureAlphaDropout, nn.WhiteNoise), _same),
        **dict.fromkeys((nn.CrossMapLRN2d, nn.LocalResponseNorm), _response_norm),
        nn.Dropout: _dropout,
        nn.GroupNorm: _group_norm,
        nn.LayerNorm: _layer_norm,
        nn.LayerNormalization: _layer_normalization,
        nn.Normalize: lambda c: _row_normed(c, c.x, c.module.p, c.module.eps),
        nn.RMSNorm: _rms_norm,
    }
)
