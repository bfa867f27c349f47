"""Fractional max pooling whose windows were fixed: those of each plane of a batch of one size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lua_compat.export.onnx.row import Row, Table
from lua_compat.export.onnx.trace import Call, Trace
from lua_compat.export.onnx.values import FixedBatchError, UnsupportedError
from pytorch_from_lua import nn
from pytorch_from_lua.kernels.pooling_nd import fractional_windows


def _drawn(module: Any) -> str | None:
    if module.fixed_regions and module._random_samples is not None:
        return None
    return "draws its windows anew each time that it is run, and ONNX draws otherwise"


def _run(trace: Trace, module: Any, x: Any, probe: int) -> Any:
    """The module, which would draw other windows for a batch of another size."""
    count = x.shape[0] if x.ndim == module.dimensions + 2 else 1
    fixed = module._random_samples.shape[0]
    if count != fixed:
        raise FixedBatchError(f"the windows of {type(module).__name__} were drawn for batches of {fixed}")
    return module(x)


def _emit(c: Call) -> str:
    """The elements that each window sees, gathered; then the largest of each."""
    m, dimensions = c.module, c.module.dimensions
    if m.return_indices:
        raise UnsupportedError("gives the places of its elements")
    sizes, news = c.ints(c.x.shape[-dimensions:]), c.ints(c.y.shape[-dimensions:])
    samples = m._random_samples.array.reshape(-1, dimensions).astype(c.x.dtype.numpy)
    columns = [samples[:, d] for d in range(dimensions)]
    if dimensions == 2:
        columns.reverse()  # the width's comes first there
    places: Any = np.zeros((len(samples), *[1] * (2 * dimensions)), np.int64)
    for i, (column, size, new, kernel) in enumerate(zip(columns, sizes, news, m.kernel_size, strict=True)):
        seen = fractional_windows(column, size, new, kernel).first[:, :, None] + np.arange(kernel)
        shape = [len(samples), *[1] * (2 * dimensions)]
        shape[1 + i], shape[1 + dimensions + i] = new, kernel
        places = places * size + seen.reshape(shape)
    planes = m._random_samples.shape[:2]
    flat = c.op("Reshape", c.x, [*planes, math.prod(sizes)])
    gathered = c.op("GatherElements", flat, c.constant(places.reshape(*planes, -1), "places"), axis=2)
    apart = c.op("Reshape", gathered, [*planes, *news, math.prod(m.kernel_size)])
    return c.reshape(c.reduce("Max", apart, -1, keep=False), c.y.shape)


ROWS: Table = dict.fromkeys((nn.FractionalMaxPool2d, nn.FractionalMaxPool3d), Row(_emit, refuse=_drawn, run=_run))
