"""Windows of pooling in one and three dimensions, one dimension at a time, and random ones (fractional pooling).

What they give goes to `windows.window_max` (the largest) and `resampling.resample` (the mean). Two dimensions have
faster ways of their own in ``pooling.py``.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.pooling import output_size
from pytorch_from_lua.kernels.resampling import Taps
from pytorch_from_lua.kernels.windows import Windows


def _starts(size: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> np.ndarray:
    """The first element of each window; negative ones lie in the padding."""
    if min(kernel, stride, dilation) < 1 or padding < 0:
        raise ShapeError(
            f"kernel_size, stride, padding: need 1, 1 and 0 at least, got {kernel}, {stride}, {padding} "
            f"(dilation {dilation})"
        )
    if 2 * padding > kernel:
        raise ShapeError(f"padding: needs to be at most half of the kernel {kernel}, got {padding}")
    count = output_size((size,), (kernel,), (stride,), (padding,), (dilation,), ceil_mode)[0]
    if count < 1:
        raise ShapeError(f"x: {size} elements are too few for a window of {dilation * (kernel - 1) + 1}")
    return np.arange(count) * stride - padding


@functools.lru_cache(maxsize=256)
def max_pool_windows(
    size: int, kernel: int, stride: int, padding: int = 0, dilation: int = 1, ceil_mode: bool = False
) -> Windows:
    """Return the windows of max pooling along one dimension.

    Raises:
        ShapeError: the sizes do not fit together, or a window lies in the padding alone.
    """
    start = _starts(size, kernel, stride, padding, dilation, ceil_mode)
    first = start + np.maximum(0, -(start // dilation)) * dilation
    last = start + np.minimum(kernel - 1, (size - 1 - start) // dilation) * dilation
    if (first > last).any():
        raise ShapeError(f"padding: a window of {kernel} with dilation {dilation} lies in the padding alone")
    return Windows(first[None], last[None], dilation)


@functools.lru_cache(maxsize=256)
def avg_pool_taps(
    size: int,
    kernel: int,
    stride: int,
    padding: int = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divide: bool = True,
) -> Taps:
    """Return the means of windows along one dimension, or their sums where they are not to be divided.

    With ``count_include_pad`` the padding's zeros count as elements. What lies beyond the padding never does.
    """
    start = _starts(size, kernel, stride, padding, 1, ceil_mode)
    end = np.minimum(start + kernel, size + padding)
    inside = np.maximum(start, 0), np.minimum(end, size)
    counts = end - start if count_include_pad else inside[1] - inside[0]
    indices = start[:, None] + np.arange(kernel)
    weights = ((indices >= inside[0][:, None]) & (indices < inside[1][:, None])).astype(np.float64)
    if divide:
        weights /= counts[:, None]
    return Taps(np.clip(indices, 0, size - 1), weights, size)


def fractional_windows(samples: Any, size: int, new: int, kernel: int) -> Windows:
    """Return windows whose distances vary at random (Graham, "Fractional Max-Pooling", 2014).

    Window ``o`` of a plane starts at ``floor((o + u) a) - floor(u a)`` with ``a = (size - kernel) / (new - 1)``, the
    last one at ``size - kernel``.

    Args:
        samples: ``u`` of each plane, from 0 to 1; its element type is what the places are computed in.
        size: how many elements there are.
        new: how many windows there shall be.
        kernel: how many elements each has.

    Raises:
        ShapeError: the windows do not fit.
    """
    if new < 1 or kernel < 1 or new + kernel - 1 >= size:
        raise ShapeError(
            f"output_size: {new} windows of {kernel} need more than {new + kernel - 1} elements, got {size}"
        )
    u = np.asarray(samples)[:, None]
    first = np.full((len(u), new), size - kernel, np.int64)
    if new > 1:
        a = u.dtype.type(size - kernel) / u.dtype.type(new - 1)
        o = np.arange(new - 1, dtype=u.dtype)
        first[:, :-1] = ((o + u) * a).astype(np.int64) - (u * a).astype(np.int64)
    return Windows(first, first + kernel - 1, 1)
