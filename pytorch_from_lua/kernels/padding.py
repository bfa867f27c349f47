"""Borders along one dimension that repeat the image: what `resampling.resample` takes. Negative ones are cut off.

Torch7's ``nn.SpatialReflectionPadding``, ``nn.SpatialReplicationPadding`` and ``nn.VolumetricReplicationPadding``.
"""

from __future__ import annotations

import functools

import numpy as np

from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels.resampling import Taps


@functools.lru_cache(maxsize=256)
def border_taps(mode: str, size: int, before: int, after: int) -> Taps:
    """Return the map from ``size`` to ``before + size + after`` elements.

    Args:
        mode: ``"reflect"`` (mirrored at the last element), ``"replicate"`` (the last element again) or ``"circular"``
            (from the other end of what is not cut off).
        size: how many elements there are.
        before: how many are put before them.
        after: how many are put after them.

    Raises:
        RangeError: for another mode.
        ShapeError: nothing is left, or the border is longer than what it repeats.
    """
    start, kept = max(0, -before), size - max(0, -before) - max(0, -after)
    most = {"reflect": size - 1, "replicate": None, "circular": kept}
    if mode not in most:
        raise RangeError(f"mode: got {mode!r}; allowed are 'reflect', 'replicate', 'circular'")
    limit = most[mode]
    if before + size + after < 1 or kept < 1:
        raise ShapeError(f"pad: {before} before and {after} after {size} elements leave none")
    if limit is not None and max(before, after) > limit:
        raise ShapeError(f"pad: got {before} and {after}, {mode} of {size} elements has at most {limit}")
    places = np.arange(-before, size + after)
    if mode == "circular":
        places = (places - start) % kept + start
    elif mode == "reflect":
        places = np.abs(places)
        places = np.where(places >= size, 2 * (size - 1) - places, places)
    else:
        places = np.clip(places, 0, size - 1)
    return Taps(places[:, None], None, size)
