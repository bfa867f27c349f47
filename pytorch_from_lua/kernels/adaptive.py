"""Pooling to a given size (Torch7's ``nn.SpatialAdaptiveAveragePooling``, ``nn.SpatialAdaptiveMaxPooling``).

Output ``o`` of ``new`` is made from elements ``floor(o size / new)`` to ``ceil((o + 1) size / new) - 1``.
"""

from __future__ import annotations

import functools

import numpy as np

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.resampling import Taps
from pytorch_from_lua.kernels.windows import Windows


def _limits(size: int, new: int) -> tuple[np.ndarray, np.ndarray]:
    if size < 1 or new < 1:
        raise ShapeError(f"size: {size} elements cannot be pooled to {new}")
    o = np.arange(new)
    return o * size // new, -(-(o + 1) * size // new)


@functools.lru_cache(maxsize=256)
def average_taps(size: int, new: int) -> Taps:
    """Return the means of windows, for `resampling.resample`."""
    start, end = _limits(size, new)
    indices = start[:, None] + np.arange((end - start).max())
    weights = (indices < end[:, None]) / (end - start)[:, None]
    return Taps(np.minimum(indices, size - 1), weights, size)


@functools.lru_cache(maxsize=256)
def max_windows(size: int, new: int) -> Windows:
    """Return the windows, for `windows.window_max`."""
    start, end = _limits(size, new)
    return Windows(start[None], end[None] - 1, 1)
