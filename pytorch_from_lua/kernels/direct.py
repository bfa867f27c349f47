"""Convolutions of float32 with few channels on one side, without patches: each weight times a shifted image.

The first layers of nets have one or three channels, those of LeNet six. Patches of so few channels take longer to be
copied than to be multiplied: at 6 channels and windows of 5 x 5 in all nine tenths of the time. Measured for LeNet's
layers, the loops here take a fifth of what products with patches do.

In the weight's gradient, zeros stand in the lines of the gradient between its rows: an infinity or a NaN in the image
makes NaN of them. Where the result has one, all is done again with patches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pytorch_from_lua.kernels import compiled, parallel
from pytorch_from_lua.kernels.namespace import Array
from pytorch_from_lua.kernels.scratch import scratch

_LOOPS = ("direct_forward", "direct_weight")


def ready(x: Array) -> bool:
    """Whether the loops are compiled, or worth to be compiled now."""
    return all(compiled.loop(name, x) is not None for name in _LOOPS)


def _loop(name: str, x: Array) -> Callable[..., Any]:
    found = compiled.loop(name, x)
    assert found is not None
    return found


def _zeros(name: str, size: int) -> Array:
    array = scratch(name, size)
    array.fill(0)
    return array


def convolve(x: Array, weight: Array, bias: Array | None, padding: tuple[int, int], out: Array) -> None:
    """Fill ``out`` with the convolution of ``x``, by steps of one.

    Args:
        x: shape (N, C, H, W), dense.
        weight: shape (O, C, kH, kW).
        bias: shape (O,), or None.
        padding: (rows, columns) of zeros on each side.
        out: shape (N, O, H', W'), dense.
    """
    planes, channels, kh, kw = weight.shape
    samples, _, height, width = x.shape
    oh, ow = out.shape[2:]
    fours = -(-planes // 4)
    weights = np.zeros((fours * 4, channels, kh, kw), x.dtype)
    weights[:planes] = weight
    weights = weights.reshape(fours, 4, -1).swapaxes(1, 2).reshape(-1)
    added = np.zeros(planes, x.dtype) if bias is None else np.ascontiguousarray(bias)
    row = width + 2 * padding[1]
    room = channels * (height + 2 * padding[0]) * row + kh * row + 32
    loop = _loop("direct_forward", x)

    def part(start: int, stop: int) -> None:
        image, lines = _zeros("image", room), scratch("lines", 4 * ((oh - 1) * row + ow + 32))
        sizes = (stop - start, channels, planes, height, width, kh, kw, *padding, oh, ow)
        loop(x[start:stop].reshape(-1), weights, added, out[start:stop].reshape(-1), image, lines, *sizes)

    parallel.spread(part, samples, oh * ow * weight.size // 16)


def weight_gradient(grad: Array, x: Array, shape: tuple[int, ...], padding: tuple[int, int]) -> Array | None:
    """Return the gradient of the weight, of that shape; None where a value is no finite number.

    Args:
        grad: shape (N, O, H', W'), dense.
        x: shape (N, C, H, W), dense.
        shape: (O, C, kH, kW).
        padding: (rows, columns) of zeros on each side.
    """
    planes, channels, kh, kw = shape
    samples, _, height, width = x.shape
    oh, ow = grad.shape[2:]
    row = width + 2 * padding[1]
    room = channels * (height + 2 * padding[0]) * row + kh * row + 32
    fours = -(-planes // 4) * 4
    loop = _loop("direct_weight", x)
    totals = []

    def part(start: int, stop: int) -> None:
        total = np.empty(shape, x.dtype)
        image, lines = _zeros("image", room), _zeros("lines", fours * ((oh - 1) * row + ow + 8) + 16)
        sums = _zeros("sums", fours * channels * kh * kw * 8)
        sizes = (stop - start, channels, planes, height, width, kh, kw, *padding, oh, ow)
        flat = grad[start:stop].reshape(-1), x[start:stop].reshape(-1), total.reshape(-1)
        loop(*flat, image, lines, sums, *sizes)
        totals.append(total)

    parallel.spread(part, samples, oh * ow * planes * channels * kh * kw // 16)
    total = totals[0]
    for other in totals[1:]:
        total += other
    return total if np.isfinite(total.sum()) else None
