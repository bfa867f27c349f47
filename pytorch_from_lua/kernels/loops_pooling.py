"""Loops of pooling in more than two dimensions, and over windows that differ; see ``loops.py``."""

from __future__ import annotations

from pytorch_from_lua.kernels.namespace import Array


def max_windows(
    x: Array, y: Array, indices: Array,
    t_first: Array, t_last: Array, t_step: int,
    r_first: Array, r_last: Array, r_step: int,
    c_first: Array, c_last: Array, c_step: int,
) -> None:  # fmt: skip
    """Fill ``y`` and ``indices`` (P, T', H', W') with the largest element of each window of ``x`` (P, T, H, W).

    The limits have shape (1, outputs) or (P, outputs).
    """
    planes, ot, oh, ow = y.shape
    height, width = x.shape[2], x.shape[3]
    for p in range(planes):
        tp, rp, cp = p % t_first.shape[0], p % r_first.shape[0], p % c_first.shape[0]
        for k in range(ot):
            for i in range(oh):
                for j in range(ow):
                    t = t_first[tp, k]
                    place = (t * height + r_first[rp, i]) * width + c_first[cp, j]
                    best = x[p, t, r_first[rp, i], c_first[cp, j]]
                    while t <= t_last[tp, k]:
                        row = r_first[rp, i]
                        while row <= r_last[rp, i]:
                            col = c_first[cp, j]
                            end = c_last[cp, j]
                            while col <= end:
                                value = x[p, t, row, col]
                                larger = value > best or value != value
                                best = value if larger else best
                                place = (t * height + row) * width + col if larger else place
                                col += c_step
                            row += r_step
                        t += t_step
                    y[p, k, i, j] = best
                    indices[p, k, i, j] = place
