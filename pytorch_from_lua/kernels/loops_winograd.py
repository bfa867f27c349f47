"""The transforms of `winograd.py`, in vectors of eight channels. Compiled at first use, and kept on disk.

All arrays are dense, of float32, and flat. An image is first laid out with its channels last (so that a vector is
eight channels of one pixel) and with a border of zeros; V and M are ``(36, tiles, channels)``, ``ks`` elements from one
of the 36 to the next.
"""

from __future__ import annotations

import numba
import numpy as np

from pytorch_from_lua.kernels.namespace import Array
from pytorch_from_lua.kernels.vectors import gather, load, scatter, spread, store, transpose

# The points at which the polynomials are evaluated: 0, A, -A, B, -B and infinity.
A, B = 0.75, 1.5
AA, BB = A * A, B * B
_inline = numba.njit(inline="never", nogil=True, error_model="numpy", boundscheck=False)
_loop = numba.njit(cache=True, nogil=True, error_model="numpy", boundscheck=False)


@_inline
def _channels_last(
    x: Array, start: int, c0: int, c1: int, height: int, width: int, to: Array, row: int, top: int, left: int, deep: int
) -> None:
    """Lay channels c0 to c1 of the image at ``start`` out in ``to``, rows of ``row`` pixels of ``deep`` channels."""
    area = height * width
    for c in range(c0, c1, 8):
        base = start + c * area
        if width % 8 == 0:
            for h in range(height):
                there = ((h + top) * row + left) * deep + c
                for w in range(0, width, 8):
                    transpose(x, base + h * width + w, area, to, there + w * deep, deep)
        else:
            for p in range(area):
                there = ((p // width + top) * row + left + p % width) * deep + c
                store(to, there, gather(x, base + p, area))


@_inline
def _channels_first(
    source: Array, row: int, deep: int, y: Array, start: int, c0: int, c1: int, height: int, width: int
) -> float:
    """`_channels_last` undone; returns 0, or NaN where there was one or an infinity."""
    area = height * width
    zero = spread(0.0)
    odd = spread(0.0)
    for c in range(c0, c1, 8):
        base = start + c * area
        if width % 8 == 0:
            for h in range(height):
                there = h * row * deep + c
                for w in range(0, width, 8):
                    transpose(source, there + w * deep, deep, y, base + h * width + w, area)
                    for i in range(8):
                        odd = odd + load(source, there + (w + i) * deep) * zero
        else:
            for h in range(height):
                for w in range(width):
                    value = load(source, (h * row + w) * deep + c)
                    scatter(y, base + h * width + w, area, value)
                    odd = odd + value * zero
    found = np.zeros(8, np.float32)
    store(found, 0, odd)
    return found.sum()


@_loop
def winograd_input(
    x: Array, image: Array, work: Array, v: Array, ks: int, samples: int, c0: int, c1: int, deep: int,
    height: int, width: int, top: int, left: int, down: int, across: int,
) -> None:  # fmt: skip
    """Fill V with the tiles of ``x``, (samples, deep, height, width): 6 x 6 pixels every 4, ``down * across`` a sample.

    ``image`` is zeros, of (4 down + 2) (4 across + 2) deep; ``work`` has room for 36 vectors.
    """
    row = 4 * across + 2
    pitch = row * deep
    aabb, both = spread(AA * BB), spread(AA + BB)
    aa, bb, aab, abb, a, b = spread(AA), spread(BB), spread(AA * B), spread(A * BB), spread(A), spread(B)
    for n in range(samples):
        _channels_last(x, n * deep * height * width, c0, c1, height, width, image, row, top, left, deep)
        for t in range(down * across):
            corner = (t // across * 4 * row + t % across * 4) * deep
            to = (n * down * across + t) * deep
            for c in range(c0, c1, 8):
                for way in range(2):
                    for j in range(6):
                        if way == 0:
                            at = corner + j * deep + c
                            d0, d1, d2 = load(image, at), load(image, at + pitch), load(image, at + 2 * pitch)
                            at += 3 * pitch
                            d3, d4, d5 = load(image, at), load(image, at + pitch), load(image, at + 2 * pitch)
                        else:
                            at = j * 48
                            d0, d1, d2 = load(work, at), load(work, at + 8), load(work, at + 16)
                            d3, d4, d5 = load(work, at + 24), load(work, at + 32), load(work, at + 40)
                        even_a, odd_a = d4 - d2 * bb, d3 * a - d1 * abb
                        even_b, odd_b = d4 - d2 * aa, d3 * b - d1 * aab
                        e0 = d0 * aabb - d2 * both + d4
                        e5 = d1 * aabb - d3 * both + d5
                        e1, e2, e3, e4 = even_a + odd_a, even_a - odd_a, even_b + odd_b, even_b - odd_b
                        if way == 0:
                            at = j * 8
                            store(work, at, e0)
                            store(work, at + 48, e1)
                            store(work, at + 96, e2)
                            store(work, at + 144, e3)
                            store(work, at + 192, e4)
                            store(work, at + 240, e5)
                        else:
                            at = j * 6 * ks + to + c
                            store(v, at, e0)
                            store(v, at + ks, e1)
                            store(v, at + 2 * ks, e2)
                            store(v, at + 3 * ks, e3)
                            store(v, at + 4 * ks, e4)
                            store(v, at + 5 * ks, e5)


@_loop
def winograd_gradient(
    x: Array, image: Array, work: Array, v: Array, ks: int, samples: int, c0: int, c1: int, deep: int,
    height: int, width: int, down: int, across: int,
) -> None:  # fmt: skip
    """Fill M with the tiles of a gradient, 4 x 4 pixels every 4: `winograd_output` transposed."""
    row = 4 * across
    pitch = row * deep
    a, b, aa, bb, aaa, bbb = spread(A), spread(B), spread(AA), spread(BB), spread(A * AA), spread(B * BB)
    for n in range(samples):
        _channels_last(x, n * deep * height * width, c0, c1, height, width, image, row, 0, 0, deep)
        for t in range(down * across):
            corner = (t // across * 4 * row + t % across * 4) * deep
            to = (n * down * across + t) * deep
            for c in range(c0, c1, 8):
                for way in range(2):
                    for j in range(4 if way == 0 else 6):
                        if way == 0:
                            at = corner + j * deep + c
                            d0, d1 = load(image, at), load(image, at + pitch)
                            d2, d3 = load(image, at + 2 * pitch), load(image, at + 3 * pitch)
                        else:
                            at = j * 32
                            d0, d1 = load(work, at), load(work, at + 8)
                            d2, d3 = load(work, at + 16), load(work, at + 24)
                        even_a, odd_a = d0 + d2 * aa, d1 * a + d3 * aaa
                        even_b, odd_b = d0 + d2 * bb, d1 * b + d3 * bbb
                        e1, e2, e3, e4 = even_a + odd_a, even_a - odd_a, even_b + odd_b, even_b - odd_b
                        if way == 0:
                            at = j * 8
                            store(work, at, d0)
                            store(work, at + 32, e1)
                            store(work, at + 64, e2)
                            store(work, at + 96, e3)
                            store(work, at + 128, e4)
                            store(work, at + 160, d3)
                        else:
                            at = j * 6 * ks + to + c
                            store(v, at, d0)
                            store(v, at + ks, e1)
                            store(v, at + 2 * ks, e2)
                            store(v, at + 3 * ks, e3)
                            store(v, at + 4 * ks, e4)
                            store(v, at + 5 * ks, d3)


@_loop
def winograd_output(
    m: Array, ks: int, work: Array, image: Array, bias: Array, y: Array, step: int, samples: int, deep: int,
    height: int, width: int, down: int, across: int,
) -> float:  # fmt: skip
    """Fill ``y``, (samples, deep, height, width), with what the products M say; NaN where there is one or an infinity.

    ``step`` is the distance of samples; ``image`` has room for (4 down) (4 across) deep.
    """
    row = 4 * across
    a, b, aa, bb, aaa, bbb = spread(A), spread(B), spread(AA), spread(BB), spread(A * AA), spread(B * BB)
    odd = np.float32(0)
    for n in range(samples):
        for t in range(down * across):
            corner = (t // across * 4 * row + t % across * 4) * deep
            of = (n * down * across + t) * deep
            for c in range(0, deep, 8):
                added = load(bias, c)
                for way in range(2):
                    for j in range(6 if way == 0 else 4):
                        if way == 0:
                            at = j * ks + of + c
                            m0, m1, m2 = load(m, at), load(m, at + 6 * ks), load(m, at + 12 * ks)
                            m3, m4, m5 = load(m, at + 18 * ks), load(m, at + 24 * ks), load(m, at + 30 * ks)
                        else:
                            at = j * 48
                            m0, m1, m2 = load(work, at) + added, load(work, at + 8), load(work, at + 16)
                            m3, m4, m5 = load(work, at + 24), load(work, at + 32), load(work, at + 40)
                        sum_a, sum_b, difference_a, difference_b = m1 + m2, m3 + m4, m1 - m2, m3 - m4
                        y0 = m0 + sum_a + sum_b
                        y1 = difference_a * a + difference_b * b
                        y2 = sum_a * aa + sum_b * bb
                        y3 = difference_a * aaa + difference_b * bbb + m5
                        if way == 0:
                            at = j * 8
                            store(work, at, y0)
                            store(work, at + 48, y1)
                            store(work, at + 96, y2)
                            store(work, at + 144, y3)
                        else:
                            at = corner + j * row * deep + c
                            store(image, at, y0)
                            store(image, at + deep, y1 + added)
                            store(image, at + 2 * deep, y2 + added)
                            store(image, at + 3 * deep, y3 + added)
        odd += _channels_first(image, row, deep, y, n * step, 0, deep, height, width)
    return odd


@_loop
def winograd_weight(
    w: Array, u: Array, work: Array, ks: int, rows: int, columns: int, row_step: int, column_step: int,
    first: int, last: int, turned: bool,
) -> None:  # fmt: skip
    """Fill columns ``first`` to ``last`` of U, (36, rows, columns), from the weights.

    Their 3 x 3 lie at ``row * row_step + column * column_step``; ``turned`` around where the gradient goes back.
    """
    f0, fa, fb = 1 / (AA * BB), 1 / (2 * AA * (AA - BB)), 1 / (2 * BB * (BB - AA))
    g0, ga, gb, gaa, gbb = spread(f0), spread(fa), spread(fb), spread(fa * AA), spread(fb * BB)
    ga1, gb1 = spread(fa * A), spread(fb * B)
    for left in range(first, last, 16):
        for r in range(rows):
            for a in range(left, min(left + 16, last), 8):
                base = r * row_step + a * column_step
                to = r * columns + a
                for way in range(2):
                    for j in range(3 if way == 0 else 6):
                        if way == 0:
                            if turned:
                                w0 = gather(w, base + 8 - j, column_step)
                                w1 = gather(w, base + 5 - j, column_step)
                                w2 = gather(w, base + 2 - j, column_step)
                            else:
                                w0 = gather(w, base + j, column_step)
                                w1 = gather(w, base + 3 + j, column_step)
                                w2 = gather(w, base + 6 + j, column_step)
                        else:
                            w0, w1, w2 = load(work, j * 24), load(work, j * 24 + 8), load(work, j * 24 + 16)
                        even_a, odd_a = w0 * ga + w2 * gaa, w1 * ga1
                        even_b, odd_b = w0 * gb + w2 * gbb, w1 * gb1
                        e0 = w0 * g0
                        e1, e2, e3, e4 = even_a + odd_a, even_a - odd_a, even_b + odd_b, even_b - odd_b
                        if way == 0:
                            at = j * 8
                            store(work, at, e0)
                            store(work, at + 24, e1)
                            store(work, at + 48, e2)
                            store(work, at + 72, e3)
                            store(work, at + 96, e4)
                            store(work, at + 120, w2)
                        else:
                            at = j * 6 * ks + to
                            store(u, at, e0)
                            store(u, at + ks, e1)
                            store(u, at + 2 * ks, e2)
                            store(u, at + 3 * ks, e3)
                            store(u, at + 4 * ks, e4)
                            store(u, at + 5 * ks, w2)


@_loop
def winograd_weight_gradient(
    u: Array, work: Array, w: Array, ks: int, rows: int, columns: int, row_step: int, column_step: int,
) -> None:  # fmt: skip
    """Fill the weights' gradient from that of U: `winograd_weight` transposed."""
    f0, fa, fb = 1 / (AA * BB), 1 / (2 * AA * (AA - BB)), 1 / (2 * BB * (BB - AA))
    g0, ga, gb, gaa, gbb = spread(f0), spread(fa), spread(fb), spread(fa * AA), spread(fb * BB)
    ga1, gb1 = spread(fa * A), spread(fb * B)
    for left in range(0, columns, 16):
        for r in range(rows):
            for a in range(left, min(left + 16, columns), 8):
                base = r * row_step + a * column_step
                for way in range(2):
                    for j in range(6 if way == 0 else 3):
                        if way == 0:
                            at = j * ks + r * columns + a
                            e0, e1, e2 = load(u, at), load(u, at + 6 * ks), load(u, at + 12 * ks)
                            e3, e4, e5 = load(u, at + 18 * ks), load(u, at + 24 * ks), load(u, at + 30 * ks)
                        else:
                            at = j * 48
                            e0, e1, e2 = load(work, at), load(work, at + 8), load(work, at + 16)
                            e3, e4, e5 = load(work, at + 24), load(work, at + 32), load(work, at + 40)
                        sum_a, sum_b = e1 + e2, e3 + e4
                        w0 = e0 * g0 + sum_a * ga + sum_b * gb
                        w1 = (e1 - e2) * ga1 + (e3 - e4) * gb1
                        w2 = sum_a * gaa + sum_b * gbb + e5
                        if way == 0:
                            at = j * 8
                            store(work, at, w0)
                            store(work, at + 48, w1)
                            store(work, at + 96, w2)
                        else:
                            scatter(w, base + 3 * j, column_step, w0)
                            scatter(w, base + 3 * j + 1, column_step, w1)
                            scatter(w, base + 3 * j + 2, column_step, w2)
