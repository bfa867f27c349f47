"""Images made larger or smaller, and channels turned into pixels and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels.upsampling import upsampling_taps
from pytorch_from_lua.nn.functional.shapes import image_size, real
from pytorch_from_lua.tensor import Tensor

#: Each mode with the kernel's name of it, and the number of dimensions that it is for (None for any).
MODES: dict[str, tuple[str, int | None]] = {
    "nearest": ("nearest", None),
    "nearest-exact": ("nearest-exact", None),
    "area": ("area", None),
    "linear": ("linear", 1),
    "bilinear": ("linear", 2),
    "trilinear": ("linear", 3),
    "bicubic": ("cubic", 2),
}


def _numbers(name: str, value: Any, dimensions: int) -> tuple[Any, ...]:
    found = tuple(value) if isinstance(value, Sequence) else (value,) * dimensions
    if len(found) != dimensions:
        raise ShapeError(f"{name}: needs a number or {dimensions}, got {value}")
    if not all(isinstance(v, (int, float)) and v > 0 for v in found):
        raise RangeError(f"{name}: needs numbers over 0, got {value}")
    return found


def interpolate(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
    *,
    single_places: bool = False,
) -> Tensor:
    """The input with its images in another size.

    Args:
        input: ``(N, C, L)``, ``(N, C, H, W)`` or ``(N, C, D, H, W)``.
        size: the new sizes, one number or one for each dimension.
        scale_factor: the new sizes as factors; one of the two is given.
        mode: ``"nearest"``, ``"nearest-exact"``, ``"area"``; ``"linear"``, ``"bilinear"``, ``"trilinear"`` or
            ``"bicubic"`` for the number of dimensions that the word says.
        align_corners: for the linear modes and ``"bicubic"``, whether the elements in the corners keep their places.
        recompute_scale_factor: whether places are computed from the new size in whole elements, and not from the
            factor given.
        antialias: whether ``"bilinear"`` and ``"bicubic"`` smooth what they make smaller.
        single_places: whether places between aligned corners are computed in single precision, as Torch7 does it.

    Raises:
        ShapeError: the input has not the dimensions that the mode is for, or sizes do not fit them.
        RangeError: an option is none of those allowed, or goes with none of the others.

    >>> import pytorch_from_lua as torch
    >>> interpolate(torch.tensor([[[1.0, 2.0]]]), scale_factor=2, mode="linear", align_corners=False).tolist()
    [[[1.0, 1.25, 1.75, 2.0]]]
    """
    if mode not in MODES:
        raise RangeError(f"mode: got {mode!r}; allowed are {', '.join(map(repr, MODES))}")
    kernel, needed = MODES[mode]
    dimensions = input.ndim - 2
    if not 1 <= dimensions <= 3 or needed not in (None, dimensions):
        wanted = "3 to 5" if needed is None else needed + 2
        raise ShapeError(f"input: mode {mode!r} needs {wanted} dimensions, got shape {input.shape}")
    if align_corners is not None and kernel not in ("linear", "cubic"):
        raise RangeError(f"align_corners: goes with the linear modes and 'bicubic' only, not with {mode!r}")
    if antialias and mode not in ("bilinear", "bicubic"):
        raise RangeError(f"antialias: goes with 'bilinear' and 'bicubic' only, not with {mode!r}")
    if (size is None) == (scale_factor is None):
        raise RangeError(f"size, scale_factor: one of them is needed, got {size} and {scale_factor}")
    old = image_size("interpolate", input, dimensions)
    if size is not None:
        if recompute_scale_factor:
            raise RangeError("recompute_scale_factor: goes with scale_factor only")
        new = tuple([int(n) for n in _numbers("size", size, dimensions)])
        scales: tuple[float | None, ...] = (None,) * dimensions
    else:
        factors = _numbers("scale_factor", scale_factor, dimensions)
        new = tuple([math.floor(n * f) for n, f in zip(old, factors, strict=True)])
        scales = (None,) * dimensions if recompute_scale_factor else tuple([float(f) for f in factors])
    if kernel not in ("nearest", "nearest-exact"):
        real("interpolate", input)
    rows = zip(old, new, scales, strict=True)
    taps = [upsampling_taps(kernel, *row, bool(align_corners), bool(antialias), single_places) for row in rows]
    return apply("resample", input, axes=tuple([(d - dimensions, t) for d, t in enumerate(taps)]))  # type: ignore[no-any-return]


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Channels turned into pixels: ``(..., C r^2, H, W)`` becomes ``(..., C, H r, W r)`` (Shi et al., 2016).

    >>> import pytorch_from_lua as torch
    >>> pixel_shuffle(torch.arange(4.0).reshape(4, 1, 1), 2).tolist()
    [[[0.0, 1.0], [2.0, 3.0]]]
    """
    r = _factor("upscale_factor", upscale_factor)
    if input.ndim < 3 or input.shape[-3] % (r * r):
        raise ShapeError(f"input: needs shape (..., {r * r} C, H, W), got {input.shape}")
    *lead, channels, high, wide = input.shape
    k = len(lead)
    parts = input.reshape(*lead, channels // (r * r), r, r, high, wide)
    turned = parts.permute(*range(k), k, k + 3, k + 1, k + 4, k + 2)
    return turned.reshape(*lead, channels // (r * r), high * r, wide * r)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Pixels turned into channels, what undoes `pixel_shuffle`: ``(..., C, H r, W r)`` to ``(..., C r^2, H, W)``."""
    r = _factor("downscale_factor", downscale_factor)
    if input.ndim < 3 or input.shape[-1] % r or input.shape[-2] % r:
        raise ShapeError(f"input: needs shape (..., C, {r} H, {r} W), got {input.shape}")
    *lead, channels, high, wide = input.shape
    k = len(lead)
    parts = input.reshape(*lead, channels, high // r, r, wide // r, r)
    turned = parts.permute(*range(k), k, k + 2, k + 4, k + 1, k + 3)
    return turned.reshape(*lead, channels * r * r, high // r, wide // r)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels of ``(N, C, ...)`` dealt out: the first of each group, then the second of each, ..."""
    groups = _factor("groups", groups)
    if input.ndim < 3 or input.shape[1] % groups:
        raise ShapeError(f"input: needs shape (N, {groups} C, ...) and 3 dimensions at least, got {input.shape}")
    n, channels, *rest = input.shape
    return input.reshape(n, groups, channels // groups, *rest).transpose(1, 2).reshape(n, channels, *rest)


def _factor(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise RangeError(f"{name}: needs a whole number of at least 1, got {value!r}")
    return value


def upsample(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """The older name of `interpolate`, of ``(N, C, L)`` to ``(N, C, D, H, W)``."""
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(
    input: Tensor, size: int | Sequence[int] | None = None, scale_factor: float | Sequence[float] | None = None
) -> Tensor:
    """`interpolate` with the nearest element, of ``(N, C, L)`` to ``(N, C, D, H, W)``."""
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(
    input: Tensor, size: int | Sequence[int] | None = None, scale_factor: float | Sequence[float] | None = None
) -> Tensor:
    """`interpolate` of ``(N, C, H, W)`` with lines between the elements; those in the corners keep their places."""
    return interpolate(input, size, scale_factor, "bilinear", True)
