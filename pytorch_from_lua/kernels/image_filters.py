"""Filters for pictures: bells, convolutions of planes, contrast normalization, erosion and dilation."""

from __future__ import annotations

import numpy as np

from pytorch_from_lua.kernels.namespace import Array


def _squares(size: int, sigma: float, mean: float) -> Array:
    """Half the squared distance of each place from the mean, in units of ``sigma``; both are parts of the size."""
    half: Array = ((np.arange(1, size + 1) - (mean * size + 0.5)) / (sigma * size)) ** 2 / 2
    return half


def gaussian_1d(size: int, sigma: float, mean: float) -> Array:
    """Return (size,): ``exp(-((i - m) / s)^2 / 2)``, i from 1; s is ``sigma * size`` and m ``mean * size + 1/2``."""
    return np.exp(-_squares(size, sigma, mean))


def gaussian(size: tuple[int, int], sigma: tuple[float, float], mean: tuple[float, float]) -> Array:
    """Return (height, width): the product of two `gaussian_1d`, all arguments being (down, right)."""
    down, right = (_squares(*three) for three in zip(size, sigma, mean, strict=True))
    return np.exp(-(down[:, None] + right))


def laplacian(size: tuple[int, int], sigma: tuple[float, float], mean: tuple[float, float]) -> Array:
    """Return (height, width): ``(1 - r) exp(-r)`` where `gaussian` has ``exp(-r)``."""
    down, right = (_squares(*three) for three in zip(size, sigma, mean, strict=True))
    r = down[:, None] + right
    return (1 - r) * np.exp(-r)


def correlate(x: Array, kernel: Array) -> Array:
    """Return (..., H - kH + 1, W - kW + 1): sums of products of ``x`` (..., H, W) with ``kernel`` (..., kH, kW)."""
    height, width = (a - b + 1 for a, b in zip(x.shape[-2:], kernel.shape[-2:], strict=True))
    total: Array = np.zeros((*x.shape[:-2], height, width), np.result_type(x, kernel))
    for i, j in np.ndindex(kernel.shape[-2:]):
        total += x[..., i : i + height, j : j + width] * kernel[..., i, j, None, None]
    return total


def convolve(x: Array, kernel: Array, mode: str) -> Array:
    """Return each plane of ``x`` (..., H, W) convolved with ``kernel`` (kH, kW), or one for each plane.

    ``valid`` keeps the places where the kernel lies inside, ``full`` those where it touches, over zeros; ``same`` cuts
    the picture's own size out of that.
    """
    kh, kw = kernel.shape[-2:]
    if mode != "valid":
        x = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(kh - 1, kh - 1), (kw - 1, kw - 1)])
    found = correlate(x, kernel[..., ::-1, ::-1])
    if mode == "same":
        height, width = x.shape[-2] - 2 * (kh - 1), x.shape[-1] - 2 * (kw - 1)
        top, left = (kh + 1) // 2 - 1, (kw + 1) // 2 - 1
        found = found[..., top : top + height, left : left + width]
    return found


def local_contrast(x: Array, kernel: Array) -> Array:
    """Return ``x`` (H, W), standardized, less its local mean and divided by its local deviation where that is above 1.

    The mean and the deviation are weighted by the kernel, whose size less one is lost at the borders.
    """
    deviation = x.std(ddof=1)
    x = (x - x.mean()) / deviation
    mean = convolve(x, kernel, "valid")
    spread = np.sqrt(np.maximum(convolve(x * x, kernel, "valid") - mean * mean, 0))
    kh, kw = kernel.shape
    top, left = (kh - 1) // 2, (kw - 1) // 2
    inner = x[top : top + mean.shape[0], left : left + mean.shape[1]]
    return (inner - mean) / np.maximum(spread, 1)


def _hits(x: Array, kernel: Array, border: float) -> Array:
    kh, kw = kernel.shape
    wide = np.pad(x, [(kh // 2, kh // 2), (kw // 2, kw // 2)], constant_values=border)
    return correlate(wide, kernel)


def erode(x: Array, kernel: Array, border: float = 1) -> Array:
    """Return 1 where the kernel (odd sizes, 0 and 1) laid on the pixel of ``x`` (H, W; 0 and 1) covers only ones."""
    return (_hits(x, kernel, border) >= kernel.sum()).astype(x.dtype)


def dilate(x: Array, kernel: Array, border: float = 0) -> Array:
    """Return 1 where the kernel laid on the pixel covers a one; ``border`` is what lies around the picture."""
    return (_hits(x, kernel, border) > 0).astype(x.dtype)
