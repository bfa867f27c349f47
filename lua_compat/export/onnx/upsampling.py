"""Images in other sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lua_compat.export.onnx.pooling import over_taps
from lua_compat.export.onnx.row import Table, rows
from lua_compat.export.onnx.trace import Call
from pytorch_from_lua import nn
from pytorch_from_lua.kernels.upsampling import upsampling_taps
from pytorch_from_lua.nn.functional.upsampling import MODES


def _numbers(value: Any, dimensions: int) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, Sequence) else (value,) * dimensions


def _upsample(c: Call) -> str:
    """ONNX's ``Resize`` where it takes the same places, else the sums of elements that ours are."""
    m, dimensions = c.module, c.x.ndim - 2
    kernel = MODES[m.mode][0]
    olds, news = c.ints(c.x.shape[2:]), c.ints(c.y.shape[2:])
    given = m.size is None and not m.recompute_scale_factor
    factors = _numbers(m.scale_factor, dimensions) if given else (None,) * dimensions
    exact = all(f is None or math.isclose(f * old, new) for f, old, new in zip(factors, olds, news, strict=True))
    aligned = bool(m.align_corners)
    if exact and kernel == "nearest" and all(new % old == 0 for old, new in zip(olds, news, strict=True)):
        return _resized(c, news, mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric")
    if exact and dimensions == 2 and kernel in ("linear", "cubic"):
        places = "align_corners" if aligned else "half_pixel"
        return _resized(c, news, mode=kernel, cubic_coeff_a=-0.75, coordinate_transformation_mode=places)
    each = zip(olds, news, factors, strict=True)
    taps = [upsampling_taps(kernel, *row, aligned, False, m.single_places) for row in each]
    return over_taps(c, c.x, c.x.ndim, taps, "shares")


def _resized(c: Call, sizes: list[int], **how: Any) -> str:
    axes = list(range(2, c.x.ndim))
    return c.op("Resize", c.x, None, None, sizes, axes=axes, **how)


ROWS: Table = rows(dict.fromkeys((nn.Upsample, nn.UpsamplingBilinear2d, nn.UpsamplingNearest2d), _upsample))
