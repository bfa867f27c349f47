"""Loops over elements in the part of Python that numba compiles. Each has a twin in numpy where it is used.

Arrays are dense. A loop visits the elements in the order in which its numpy twin adds them up, so that both give the
same bits.
"""

from __future__ import annotations

from pytorch_from_lua.kernels.namespace import Array


def columns_of(x: Array, columns: Array, sh: int, sw: int, ph: int, pw: int, dh: int, dw: int) -> None:
    """Fill ``columns`` (C, kH, kW, n, H', W') with the patches of ``x`` (n, C, H, W)."""
    channels, kh, kw, n, oh, ow = columns.shape
    height, width = x.shape[2], x.shape[3]
    for c in range(channels):
        for u in range(kh):
            for v in range(kw):
                low = max(0, -((v * dw - pw) // sw))
                high = min(ow, max(low, (width - 1 - v * dw + pw) // sw + 1))
                for b in range(n):
                    for i in range(oh):
                        row = i * sh - ph + u * dh
                        if row < 0 or row >= height:
                            for j in range(ow):
                                columns[c, u, v, b, i, j] = 0
                            continue
                        for j in range(low):
                            columns[c, u, v, b, i, j] = 0
                        for j in range(low, high):
                            columns[c, u, v, b, i, j] = x[b, c, row, j * sw - pw + v * dw]
                        for j in range(high, ow):
                            columns[c, u, v, b, i, j] = 0


def image_of(columns: Array, image: Array, sh: int, sw: int, ph: int, pw: int, dh: int, dw: int) -> None:
    """Add ``columns`` (C, kH, kW, n, H', W') up in ``image`` (n, C, H, W), which is 0 at first."""
    channels, kh, kw, n, oh, ow = columns.shape
    height, width = image.shape[2], image.shape[3]
    for c in range(channels):
        for u in range(kh):
            for v in range(kw):
                low = max(0, -((v * dw - pw) // sw))
                high = min(ow, max(low, (width - 1 - v * dw + pw) // sw + 1))
                for b in range(n):
                    for i in range(oh):
                        row = i * sh - ph + u * dh
                        if row < 0 or row >= height:
                            continue
                        for j in range(low, high):
                            image[b, c, row, j * sw - pw + v * dw] += columns[c, u, v, b, i, j]


def max_pool(
    x: Array, y: Array, indices: Array, kh: int, kw: int, sh: int, sw: int, ph: int, pw: int, dh: int, dw: int
) -> None:
    """Fill ``y`` and ``indices`` (P, H', W') with the largest element of each window of ``x`` (P, H, W)."""
    planes, oh, ow = y.shape
    height, width = x.shape[1], x.shape[2]
    for p in range(planes):
        for i in range(oh):
            top = i * sh - ph
            for j in range(ow):
                left = j * sw - pw
                place = -1
                best = x[p, 0, 0]
                for u in range(kh):
                    row = top + u * dh
                    if row < 0 or row >= height:
                        continue
                    for v in range(kw):
                        col = left + v * dw
                        if col < 0 or col >= width:
                            continue
                        value = x[p, row, col]
                        if place < 0 or value > best or (value != value and best == best):
                            best = value
                            place = row * width + col
                y[p, i, j] = best
                indices[p, i, j] = place


def scatter_add(grad: Array, indices: Array, out: Array) -> None:
    """Add each element of ``grad`` (P, L) to the element of its plane in ``out`` (P, S) that ``indices`` names."""
    for p in range(grad.shape[0]):
        for i in range(grad.shape[1]):
            out[p, indices[p, i]] += grad[p, i]


def relu_backward(grad: Array, x: Array, out: Array) -> None:
    """Fill ``out`` with ``grad`` where ``x > 0``, else 0. All are flat."""
    for i in range(x.size):
        out[i] = grad[i] if x[i] > 0 else 0
