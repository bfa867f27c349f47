"""Loops over the pixels of pictures; see ``loops.py``. Their numpy twins stand in ``image.py``."""

from __future__ import annotations

import numpy as np

from pytorch_from_lua.kernels.namespace import Array


def resize_axis(x: Array, first: Array, weights: Array, sums: Array, out: Array) -> None:
    """Fill ``out`` (A, M, B) with weighted means of neighbours in ``x`` (A, L, B).

    Element i of the middle dimension takes the K elements from ``first[i]`` on, those past the end being the last one,
    with ``weights`` (M, K), and is divided by ``sums[i]``.
    """
    outer, count, inner = out.shape
    last = x.shape[1] - 1
    for a in range(outer):
        for i in range(count):
            start, total = first[i], sums[i]
            if inner == 1:
                value = x[a, start, 0] * weights[i, 0]
                for k in range(1, weights.shape[1]):
                    value += x[a, min(start + k, last), 0] * weights[i, k]
                out[a, i, 0] = value / total
            else:
                row, source, weight = out[a, i], x[a, start], weights[i, 0]
                for b in range(inner):
                    row[b] = source[b] * weight
                for k in range(1, weights.shape[1]):
                    source, weight = x[a, min(start + k, last)], weights[i, k]
                    for b in range(inner):
                        row[b] += source[b] * weight
                for b in range(inner):
                    row[b] = row[b] / total


def sample_planes(x: Array, places: Array, weights: Array, out: Array) -> None:
    """Fill ``out`` (P, N) with weighted sums over K places of each plane of ``x`` (P, H W).

    ``places`` and ``weights`` have shape (N, K).
    """
    planes, points = out.shape
    for n in range(points):
        for p in range(planes):
            total = x[p, places[n, 0]] * weights[n, 0]
            for k in range(1, places.shape[1]):
                total += x[p, places[n, k]] * weights[n, k]
            out[p, n] = total


def sample_between(x: Array, y: Array, z: Array, out: Array) -> None:
    """Fill ``out`` (P, N) with mixtures of the four pixels of ``x`` (P, H, W) around rows ``y`` and columns ``z``."""
    bottom, right = x.shape[1] - 1, x.shape[2] - 1
    weights = np.empty(4, x.dtype)
    for n in range(y.size):
        row, col = int(np.floor(y[n])), int(np.floor(z[n]))
        down, across = y[n] - row, z[n] - col
        below, beside = min(row + 1, bottom), min(col + 1, right)
        weights[0], weights[1] = (1 - down) * (1 - across), (1 - down) * across
        weights[2], weights[3] = down * (1 - across), down * across
        for p in range(x.shape[0]):
            total = x[p, row, col] * weights[0]
            total += x[p, row, beside] * weights[1]
            total += x[p, below, col] * weights[2]
            total += x[p, below, beside] * weights[3]
            out[p, n] = total
