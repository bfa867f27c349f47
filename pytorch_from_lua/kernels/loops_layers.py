"""Loops of layers that only read and write, in vectors of eight elements. Compiled at first use, and kept on disk.

All arrays are dense, of float32, and flat, but for the numbers of channels, which are float64. What is written may be
what is read. Sums are made of float32 over one plane at most, and of planes in double precision.
"""

from __future__ import annotations

import numba
import numpy as np

from pytorch_from_lua.kernels.namespace import Array
from pytorch_from_lua.kernels.vectors import load, spread, store, total, where_positive

_loop = numba.njit(cache=True, nogil=True, error_model="numpy", boundscheck=False)
_BLOCK = 1024  # so many elements are added up in float32


@_loop
def leaky(grad: Array, x: Array, slope: float, out: Array) -> None:
    """Fill ``out`` with ``grad`` where ``x > 0``, else ``slope * grad``; just 0 where the slope is 0."""
    factor, n = spread(slope), x.size
    i = 0
    if slope == 0:
        zero = spread(0.0)
        while i + 8 <= n:
            store(out, i, where_positive(load(x, i), load(grad, i), zero))
            i += 8
    else:
        while i + 8 <= n:
            g = load(grad, i)
            store(out, i, where_positive(load(x, i), g, g * factor))
            i += 8
    rest = np.float32(slope)
    while i < n:
        out[i] = grad[i] if x[i] > 0 else np.float32(0) if rest == 0 else grad[i] * rest
        i += 1


@_loop
def channel_sums(grad: Array, sums: Array, first: int, last: int, samples: int, channels: int, area: int) -> None:
    """Fill ``sums`` with the sums of channels ``first`` to ``last`` of ``grad``, (samples, channels, area)."""
    for c in range(first, last):
        whole = 0.0
        for n in range(samples):
            start = (n * channels + c) * area
            for block in range(start, start + area, _BLOCK):
                a, b = spread(0.0), spread(0.0)
                i, end = block, min(block + _BLOCK, start + area)
                while i + 16 <= end:
                    a, b = a + load(grad, i), b + load(grad, i + 8)
                    i += 16
                part = np.float64(total(a + b))
                while i < end:
                    part += grad[i]
                    i += 1
                whole += part
        sums[c] = whole


@_loop
def channel_moments(
    grad: Array, x: Array, means: Array, sums: Array, first: int, last: int, samples: int, channels: int, area: int
) -> None:
    """Fill ``sums`` with those of ``grad * (x - mean)`` for channels ``first`` to ``last``."""
    for c in range(first, last):
        whole = 0.0
        mean = np.float32(means[c])
        center = spread(mean)
        for n in range(samples):
            start = (n * channels + c) * area
            for block in range(start, start + area, _BLOCK):
                a, b = spread(0.0), spread(0.0)
                i, end = block, min(block + _BLOCK, start + area)
                while i + 16 <= end:
                    a = a + load(grad, i) * (load(x, i) - center)
                    b = b + load(grad, i + 8) * (load(x, i + 8) - center)
                    i += 16
                part = np.float64(total(a + b))
                while i < end:
                    part += grad[i] * (x[i] - mean)
                    i += 1
                whole += part
        sums[c] = whole


@_loop
def channel_variances(
    x: Array, means: Array, sums: Array, first: int, last: int, samples: int, channels: int, area: int
) -> None:
    """Fill ``sums`` with those of ``(x - mean)^2`` for channels ``first`` to ``last``."""
    for c in range(first, last):
        whole = 0.0
        mean = np.float32(means[c])
        center = spread(mean)
        for n in range(samples):
            start = (n * channels + c) * area
            for block in range(start, start + area, _BLOCK):
                a, b = spread(0.0), spread(0.0)
                i, end = block, min(block + _BLOCK, start + area)
                while i + 16 <= end:
                    p, q = load(x, i) - center, load(x, i + 8) - center
                    a, b = a + p * p, b + q * q
                    i += 16
                part = np.float64(total(a + b))
                while i < end:
                    part += (x[i] - mean) * (x[i] - mean)
                    i += 1
                whole += part
        sums[c] = whole


@_loop
def channel_affine(
    x: Array, means: Array, factors: Array, added: Array, y: Array, first: int, last: int, samples: int, channels: int,
    area: int,
) -> None:  # fmt: skip
    """Fill ``y`` with ``(x - mean) * factor + added`` for channels ``first`` to ``last``."""
    for c in range(first, last):
        mean, factor, shift = np.float32(means[c]), np.float32(factors[c]), np.float32(added[c])
        m, f, s = spread(mean), spread(factor), spread(shift)
        for n in range(samples):
            i = (n * channels + c) * area
            end = i + area
            while i + 8 <= end:
                store(y, i, (load(x, i) - m) * f + s)
                i += 8
            while i < end:
                y[i] = (x[i] - mean) * factor + shift
                i += 1


@_loop
def channel_back(
    grad: Array, x: Array, means: Array, slopes: Array, shifts: Array, factors: Array, out: Array, first: int,
    last: int, samples: int, channels: int, area: int,
) -> None:  # fmt: skip
    """Fill ``out`` with ``(grad - (x - mean) * slope - shift) * factor`` for channels ``first`` to ``last``."""
    for c in range(first, last):
        mean, slope = np.float32(means[c]), np.float32(slopes[c])
        shift, factor = np.float32(shifts[c]), np.float32(factors[c])
        m, k, s, f = spread(mean), spread(slope), spread(shift), spread(factor)
        for n in range(samples):
            i = (n * channels + c) * area
            end = i + area
            while i + 8 <= end:
                store(out, i, (load(grad, i) - (load(x, i) - m) * k - s) * f)
                i += 8
            while i < end:
                out[i] = (grad[i] - (x[i] - mean) * slope - shift) * factor
                i += 1
