"""The loops of `direct.py`, in vectors of eight pixels. Compiled at first use, and kept on disk.

All arrays are dense, of float32, and flat. Each plane of an image is laid out with its border of zeros and seen as one
long row of ``row`` pixels a line: then what a weight multiplies is the same row, shifted. The few results that come
out at the ends of lines, of windows that go over to the next line, are left out.
"""

from __future__ import annotations

import numba
import numpy as np

from pytorch_from_lua.kernels.namespace import Array
from pytorch_from_lua.kernels.vectors import load, spread, store

_inline = numba.njit(nogil=True, error_model="numpy", boundscheck=False)
_loop = numba.njit(cache=True, nogil=True, error_model="numpy", boundscheck=False)


@_inline
def _bordered(
    x: Array, start: int, planes: int, height: int, width: int, to: Array, room: int, row: int, top: int, left: int
) -> None:
    """Lay the planes of one image out in ``to``, ``room`` elements each."""
    for c in range(planes):
        for h in range(height):
            at, there = start + (c * height + h) * width, c * room + (h + top) * row + left
            w = 0
            while w + 8 <= width:
                store(to, there + w, load(x, at + w))
                w += 8
            while w < width:
                to[there + w] = x[at + w]
                w += 1


@_loop
def direct_forward(
    x: Array, weights: Array, bias: Array, y: Array, image: Array, lines: Array, samples: int, channels: int,
    planes: int, height: int, width: int, kh: int, kw: int, top: int, left: int, oh: int, ow: int,
) -> None:  # fmt: skip
    """Fill ``y``, (samples, planes, oh, ow).

    ``weights`` is (planes / 4, channels, kh, kw, 4), with zeros where there is no plane. ``image`` is zeros, with room
    for the padded planes and a block more; ``lines`` has room for four planes of results and a block more.
    """
    row = width + 2 * left
    room = (height + 2 * top) * row
    count = (oh - 1) * row + ow
    long = count + 16
    for n in range(samples):
        _bordered(x, n * channels * height * width, channels, height, width, image, room, row, top, left)
        for o in range(0, planes, 4):
            first = o * channels * kh * kw
            for q in range(0, count, 16):
                a0, a1, b0, b1 = spread(0.0), spread(0.0), spread(0.0), spread(0.0)
                c0, c1, d0, d1 = spread(0.0), spread(0.0), spread(0.0), spread(0.0)
                k = first
                for c in range(channels):
                    for u in range(kh):
                        at = c * room + u * row + q
                        for v in range(kw):
                            p0, p1 = load(image, at + v), load(image, at + v + 8)
                            w = spread(weights[k])
                            a0, a1 = a0 + p0 * w, a1 + p1 * w
                            w = spread(weights[k + 1])
                            b0, b1 = b0 + p0 * w, b1 + p1 * w
                            w = spread(weights[k + 2])
                            c0, c1 = c0 + p0 * w, c1 + p1 * w
                            w = spread(weights[k + 3])
                            d0, d1 = d0 + p0 * w, d1 + p1 * w
                            k += 4
                store(lines, q, a0)
                store(lines, q + 8, a1)
                store(lines, long + q, b0)
                store(lines, long + q + 8, b1)
                store(lines, 2 * long + q, c0)
                store(lines, 2 * long + q + 8, c1)
                store(lines, 3 * long + q, d0)
                store(lines, 3 * long + q + 8, d1)
            for i in range(min(4, planes - o)):
                added = bias[o + i]
                to = (n * planes + o + i) * oh * ow
                for h in range(oh):
                    at, there = i * long + h * row, to + h * ow
                    for w in range(ow):
                        y[there + w] = lines[at + w] + added


@_loop
def direct_weight(
    grad: Array, x: Array, total: Array, image: Array, lines: Array, sums: Array, samples: int, channels: int,
    planes: int, height: int, width: int, kh: int, kw: int, top: int, left: int, oh: int, ow: int,
) -> None:  # fmt: skip
    """Fill ``total``, (planes, channels, kh, kw), with the gradient of the weight.

    ``image`` and ``lines`` are zeros, with room for the padded planes of x and of the gradient and a block more each,
    the gradient's for a multiple of four planes; ``sums`` are zeros, eight for each element of ``total`` and three
    planes more.
    """
    row = width + 2 * left
    room = (height + 2 * top) * row
    count = (oh - 1) * row + ow
    long = (count + 7) // 8 * 8
    area = kh * kw
    each = channels * area * 8
    for n in range(samples):
        _bordered(x, n * channels * height * width, channels, height, width, image, room, row, top, left)
        _bordered(grad, n * planes * oh * ow, planes, oh, ow, lines, long, row, 0, 0)
        for o in range(0, planes, 4):
            for c in range(channels):
                for k in range(0, area, 2):
                    other = min(k + 1, area - 1)
                    at0 = c * room + k // kw * row + k % kw
                    at1 = c * room + other // kw * row + other % kw
                    to0 = o * each + (c * area + k) * 8
                    to1 = o * each + (c * area + other) * 8
                    a0, b0 = load(sums, to0), load(sums, to0 + each)
                    c0, d0 = load(sums, to0 + 2 * each), load(sums, to0 + 3 * each)
                    a1, b1 = load(sums, to1), load(sums, to1 + each)
                    c1, d1 = load(sums, to1 + 2 * each), load(sums, to1 + 3 * each)
                    base = o * long
                    for q in range(0, count, 8):
                        p0, p1 = load(image, at0 + q), load(image, at1 + q)
                        g = load(lines, base + q)
                        a0, a1 = a0 + p0 * g, a1 + p1 * g
                        g = load(lines, base + long + q)
                        b0, b1 = b0 + p0 * g, b1 + p1 * g
                        g = load(lines, base + 2 * long + q)
                        c0, c1 = c0 + p0 * g, c1 + p1 * g
                        g = load(lines, base + 3 * long + q)
                        d0, d1 = d0 + p0 * g, d1 + p1 * g
                    store(sums, to1, a1)
                    store(sums, to1 + each, b1)
                    store(sums, to1 + 2 * each, c1)
                    store(sums, to1 + 3 * each, d1)
                    store(sums, to0, a0)  # last: where there is no other, both went to one place
                    store(sums, to0 + each, b0)
                    store(sums, to0 + 2 * each, c0)
                    store(sums, to0 + 3 * each, d0)
    for i in range(planes * channels * area):
        value = np.float32(0)
        for j in range(8):
            value += sums[i * 8 + j]
        total[i] = value
