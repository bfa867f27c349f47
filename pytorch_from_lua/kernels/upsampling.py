"""How images are enlarged (or made smaller) along one dimension: what `resampling.resample` takes.

Sizes and scales mean what they mean to PyTorch's ``interpolate``; Torch7's ``nn.SpatialUpSamplingNearest`` is
``nearest`` and its ``nn.SpatialUpSamplingBilinear`` is ``linear`` with aligned corners.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels.adaptive import average_taps
from pytorch_from_lua.kernels.resampling import Taps

#: What a cubic overshoots by: PyTorch's choices without and with smoothing.
_CUBIC, _SMOOTH_CUBIC = -0.75, -0.5


@functools.lru_cache(maxsize=256)
def upsampling_taps(
    mode: str,
    size: int,
    new: int,
    scale: float | None = None,
    align_corners: bool = False,
    antialias: bool = False,
    single: bool = False,
) -> Taps:
    """Return the map from ``size`` to ``new`` elements.

    Args:
        mode: ``"nearest"``, ``"nearest-exact"``, ``"linear"``, ``"cubic"`` or ``"area"``.
        size: how many elements there are.
        new: how many there shall be.
        scale: the factor that the places are computed with; None is ``new / size``.
        align_corners: whether the first and last elements keep their places (``"linear"`` and ``"cubic"``).
        antialias: whether what becomes smaller is smoothed first (``"linear"`` and ``"cubic"``).
        single: whether aligned places are computed in single precision, as Torch7 does for every type.

    Raises:
        RangeError: for another mode.
        ShapeError: a size under 1.
    """
    if size < 1 or new < 1:
        raise ShapeError(f"size: an image cannot go from {size} to {new} elements")
    if mode in ("nearest", "nearest-exact"):
        return Taps(_nearest(size, new, scale, 0.5 if mode == "nearest-exact" else 0.0)[:, None], None, size)
    if mode == "area":
        return average_taps(size, new)
    if mode not in ("linear", "cubic"):
        raise RangeError(f"mode: got {mode!r}; allowed are 'nearest', 'nearest-exact', 'linear', 'cubic', 'area'")
    if align_corners:
        step = (size - 1) / (new - 1) if new > 1 else 0.0
    else:
        step = size / new if scale is None else 1.0 / scale
    if antialias:
        return _smooth(mode, size, new, step)
    places = np.arange(new)
    if align_corners:
        source = places.astype(np.float32) * np.float32(step) if single else places * step
    else:
        source = (places + 0.5) * step - 0.5
    if mode == "linear":
        source = np.maximum(source, 0.0)
        first = np.minimum(source.astype(np.int64), size - 1)
        part = np.clip(source - first.astype(source.dtype), 0.0, 1.0).astype(np.float64)
        return Taps(np.stack([first, np.minimum(first + 1, size - 1)], 1), np.stack([1 - part, part], 1), size)
    first = np.floor(source).astype(np.int64)
    distance = (source - first)[:, None] - np.array([-1.0, 0.0, 1.0, 2.0])
    return Taps(np.clip(first[:, None] + np.arange(-1, 3), 0, size - 1), _cubic(distance, _CUBIC), size)


def _nearest(size: int, new: int, scale: float | None, shift: float) -> Any:
    """The places as PyTorch finds them, in single precision, which decides where they lie on the edge."""
    places = np.arange(new, dtype=np.int64)
    if new % size == 0 and (scale is None or scale == new / size):
        return places // (new // size)
    step = np.float32(size / new if scale is None else 1.0 / scale)
    source = np.floor((places.astype(np.float32) + np.float32(shift)) * step)
    return np.minimum(source.astype(np.int64), size - 1)


def _cubic(distance: Any, a: float) -> Any:
    x = np.abs(distance)
    inner = ((a + 2) * x - (a + 3)) * x * x + 1
    outer = ((x - 5) * x + 8) * x * a - 4 * a
    return np.where(x <= 1, inner, np.where(x < 2, outer, 0.0))


def _smooth(mode: str, size: int, new: int, step: float) -> Taps:
    """Every output as the mean under a triangle, or a cubic, as wide as what becomes one element."""
    stretch = max(1.0, step)
    reach = (1.0 if mode == "linear" else 2.0) * stretch
    centre = (np.arange(new) + 0.5) * step
    first = np.maximum((centre - reach + 0.5).astype(np.int64), 0)
    last = np.minimum((centre + reach + 0.5).astype(np.int64), size)
    indices = first[:, None] + np.arange(math.ceil(reach) * 2 + 2)
    distance = (indices - centre[:, None] + 0.5) / stretch
    weights = np.maximum(0.0, 1 - np.abs(distance)) if mode == "linear" else _cubic(distance, _SMOOTH_CUBIC)
    weights = np.where(indices < last[:, None], weights, 0.0)
    return Taps(np.minimum(indices, size - 1), weights / weights.sum(1, keepdims=True), size)
