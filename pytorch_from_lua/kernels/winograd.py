"""3 x 3 convolutions of float32 in a quarter of the multiplications (Winograd, 1980; Lavin and Gray, 2016).

Tiles of 4 x 4 outputs, which see 6 x 6 inputs, are turned into the values of polynomials at 36 places, F(4 x 4, 3 x 3):
there a convolution is a product for each place, so 36 matrix products over channels do what 144 did. The places are
0, 3/4, -3/4, 3/2, -3/2 and infinity in each direction. They are exact in binary, and lose less than the usual 0, 1, -1,
2, -2: the error measured is some 2e-6 of the largest output with 512 channels, where a direct sum has 4e-7 and the
usual points 1e-5. Doubles are convolved directly.

An infinity or a NaN would spread over its tile. The transforms tell whether there is one, and then all is done again
directly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pytorch_from_lua.kernels import compiled, parallel
from pytorch_from_lua.kernels.namespace import Array
from pytorch_from_lua.kernels.scratch import scratch

PLACES = 36
_TILES = 128  # so many tiles of a thread at a time, whose values stay in the cache
_FEW_TILES = 192  # fewer are too few to split: the channels of the result are split between threads
_BLOCK = 64  # channels of the result at a time, then
_APART = 16  # elements between the places, so that they do not meet in the cache


class _Tiles:
    """How an image falls into tiles of 4 x 4 outputs."""

    def __init__(self, samples: int, size: tuple[int, int]) -> None:
        self.samples = samples
        self.down, self.across = -(-size[0] // 4), -(-size[1] // 4)
        self.each = self.down * self.across


def _room(name: str, tiles: int, channels: int) -> tuple[Array, int, Array]:
    """Return memory for the values of tiles, the distance of the places in it, and it as (36, tiles, channels)."""
    step = tiles * channels + _APART
    flat = scratch(name, PLACES * step)
    return flat, step, flat.reshape(PLACES, step)[:, : tiles * channels].reshape(PLACES, tiles, channels)


def ready(x: Array) -> bool:
    """Whether the transforms are compiled, or worth to be compiled now."""
    return all(compiled.loop(name, x) is not None for name in _LOOPS)


_LOOPS = ("winograd_input", "winograd_gradient", "winograd_output", "winograd_weight", "winograd_weight_gradient")


def _loop(name: str, x: Array) -> Callable[..., Any]:
    found = compiled.loop(name, x)
    assert found is not None
    return found


def _values(x: Array, tiles: _Tiles, v: Array, step: int, padding: tuple[int, int] | None) -> None:
    """Fill ``v`` with the values of the tiles of ``x``: of an input with a padding, or of a gradient (None)."""
    _, channels, height, width = x.shape
    rows, columns = tiles.down * 4, tiles.across * 4
    if padding is not None:
        rows, columns = rows + 2, columns + 2
    image = scratch("image", rows * columns * channels)
    image.fill(0)
    own = (x.reshape(-1), image, scratch("work", PLACES * 8), v, step, len(x), 0, channels, channels, height, width)
    if padding is None:
        _loop("winograd_gradient", x)(*own, tiles.down, tiles.across)
    else:
        _loop("winograd_input", x)(*own, *padding, tiles.down, tiles.across)


def _all_values(name: str, x: Array, tiles: _Tiles, padding: tuple[int, int] | None) -> Array:
    """Return the values of all tiles, (36, tiles, channels), samples divided between threads."""
    channels = x.shape[1]
    flat, step, values = _room(name, tiles.samples * tiles.each, channels)

    def part(start: int, stop: int) -> None:
        _values(x[start:stop], tiles, flat[start * tiles.each * channels :], step, padding)

    parallel.spread(part, len(x), x.size // max(1, len(x)) * 8)
    return values


def convolve(x: Array, weight: Array, bias: Array | None, padding: tuple[int, int], out: Array, turned: bool) -> bool:
    """Fill ``out`` with the convolution of ``x`` by a weight of 3 x 3; false where a value is no finite number.

    Args:
        x: shape (N, C, H, W), dense.
        weight: shape (O, C, 3, 3), dense; with ``turned`` (C, O, 3, 3), each turned around: what takes a gradient back.
        bias: shape (O,), or None.
        padding: (rows, columns) of zeros on each side.
        out: shape (N, O, H', W'), dense.
        turned: which of both the weight is.
    """
    samples, channels = x.shape[:2]
    planes, height, width = out.shape[1:]
    tiles = _Tiles(samples, (height, width))
    w = weight.reshape(-1)
    row_step, column_step = (planes * 9, 9) if turned else (9, channels * 9)
    added = np.zeros(planes, x.dtype) if bias is None else np.ascontiguousarray(bias)
    transform, finish = _loop("winograd_weight", x), _loop("winograd_output", x)
    odd: list[float] = []

    def finished(m: Array, step: int, first: int, last: int, start: int, stop: int) -> None:
        image = scratch("image", tiles.each * 16 * (last - first))
        y = out[start:stop].reshape(-1)[first * height * width :]
        sizes = (stop - start, last - first, height, width, tiles.down, tiles.across)
        work = scratch("work", PLACES * 8)
        odd.append(finish(m, step, work, image, added[first:last], y, planes * height * width, *sizes))

    if samples * tiles.each < _FEW_TILES:
        values = _all_values("values", x, tiles, padding)

        def block(start: int, stop: int) -> None:
            for first in range(start * 16, stop * 16, _BLOCK):
                last = min(first + _BLOCK, stop * 16, planes)
                u, step, matrices = _room("weights", channels, last - first)
                own = w[first * column_step :]
                work = scratch("work", PLACES * 8)
                transform(own, u, work, step, channels, last - first, row_step, column_step, 0, last - first, turned)
                m, step, products = _room("products", samples * tiles.each, last - first)
                np.matmul(values, matrices, out=products)
                finished(m, step, first, last, 0, samples)

        with parallel.one_blas_thread():
            parallel.spread(block, -(-planes // 16), channels * 16 * 64)
    else:
        u, u_step, matrices = _room("weights", channels, planes)

        def weights(start: int, stop: int) -> None:
            own = scratch("work", PLACES * 8)
            ends = start * 16, min(stop * 16, planes)
            transform(w, u, own, u_step, channels, planes, row_step, column_step, *ends, turned)

        def images(start: int, stop: int) -> None:
            some = max(1, _TILES // tiles.each)
            for n in range(start, stop, some):
                end = min(n + some, stop)
                v, step, values = _room("values", (end - n) * tiles.each, channels)
                _values(x[n:end], tiles, v, step, padding)
                m, step, products = _room("products", (end - n) * tiles.each, planes)
                np.matmul(values, matrices, out=products)
                finished(m, step, 0, planes, n, end)

        with parallel.one_blas_thread():
            parallel.spread(weights, -(-planes // 16), channels * 16 * 16)
            parallel.spread(images, samples, tiles.each * 16 * channels * 8)
    return not any(o != 0 for o in odd)


def weight_gradient(grad: Array, x: Array, padding: tuple[int, int]) -> Array | None:
    """Return the gradient of the weight, shape (O, C, 3, 3); None where a value is no finite number.

    Args:
        grad: shape (N, O, H', W'), dense.
        x: shape (N, C, H, W), dense.
        padding: (rows, columns) of zeros on each side.
    """
    samples, channels = x.shape[:2]
    planes, height, width = grad.shape[1:]
    tiles = _Tiles(samples, (height, width))
    most = max(1, _MOST_VALUES // (tiles.each * (channels + planes)))
    finish = _loop("winograd_weight_gradient", x)
    total: Array = None
    for n in range(0, samples, most):
        some, given = x[n : n + most], grad[n : n + most]
        here = _Tiles(len(some), (height, width))
        values, gradients = _all_values("values", some, here, padding), _all_values("products", given, here, None)
        result = np.empty((planes, channels, 3, 3), x.dtype)
        flat = result.reshape(-1)

        def block(
            start: int, stop: int, values: Array = values, gradients: Array = gradients, flat: Array = flat
        ) -> None:
            for first in range(start * 16, stop * 16, _BLOCK):
                last = min(first + _BLOCK, stop * 16, planes)
                u, step, matrices = _room("weights", channels, last - first)
                np.matmul(values.swapaxes(1, 2), gradients[:, :, first:last], out=matrices)
                work, own = scratch("work", PLACES * 8), flat[first * channels * 9 :]
                finish(u, work, own, step, channels, last - first, 9, channels * 9)

        with parallel.one_blas_thread():
            parallel.spread(block, -(-planes // 16), channels * 16 * 64)
        total = result if total is None else np.add(total, result, out=total)
    return total if np.isfinite(total.sum()) else None


_MOST_VALUES = 160 << 10
