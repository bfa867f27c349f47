"""Loops over elements in the part of Python that numba compiles. Each has a twin in numpy where it is used.

Arrays are dense. A loop visits the elements in the order in which its numpy twin adds them up, so that both give the
same bits.
"""

from __future__ import annotations

import numpy as np

from pytorch_from_lua.kernels.namespace import Array


def max_pool(
    x: Array, y: Array, indices: Array, kh: int, kw: int, sh: int, sw: int, ph: int, pw: int, dh: int, dw: int
) -> None:
    """Fill ``y`` and ``indices`` (P, H', W') with the largest element of each window of ``x`` (P, H, W)."""
    planes, oh, ow = y.shape
    height, width = x.shape[1], x.shape[2]
    for p in range(planes):
        for i in range(oh):
            top = i * sh - ph
            bottom = min(top + (kh - 1) * dh + 1, height)
            while top < 0:
                top += dh
            for j in range(ow):
                left = j * sw - pw
                right = min(left + (kw - 1) * dw + 1, width)
                while left < 0:
                    left += dw
                place = top * width + left
                best = x[p, top, left]
                row = top
                while row < bottom:  # not range(top, bottom, dh): its length takes a division
                    col = left
                    while col < right:
                        value = x[p, row, col]
                        # No branch: which element is the largest cannot be foreseen.
                        larger = value > best or value != value
                        best = value if larger else best
                        place = row * width + col if larger else place
                        col += dw
                    row += dh
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


def max_pool_2x2(x: Array, y: Array, indices: Array) -> None:
    """`max_pool` for windows of 2 x 2 side by side."""
    planes, oh, ow = y.shape
    width = x.shape[2]
    for p in range(planes):
        for i in range(oh):
            top, bottom = x[p, 2 * i], x[p, 2 * i + 1]
            for j in range(ow):
                place = 2 * i * width + 2 * j
                best = top[2 * j]
                at = place
                value = top[2 * j + 1]
                larger = value > best or value != value
                best = value if larger else best
                at = place + 1 if larger else at
                value = bottom[2 * j]
                larger = value > best or value != value
                best = value if larger else best
                at = place + width if larger else at
                value = bottom[2 * j + 1]
                larger = value > best or value != value
                y[p, i, j] = value if larger else best
                indices[p, i, j] = place + width + 1 if larger else at


def sgd_momentum(param: Array, grad: Array, velocity: Array, lr: float, momentum: float, fresh: float) -> None:
    """``velocity = momentum * velocity + fresh * grad``, then ``param -= lr * velocity``. All are flat."""
    for i in range(param.size):
        v = velocity[i] * momentum + grad[i] * fresh
        velocity[i] = v
        param[i] -= lr * v


def adam(
    param: Array,
    grad: Array,
    mean: Array,
    square: Array,
    beta1: float,
    fresh1: float,
    beta2: float,
    fresh2: float,
    correction: float,
    eps: float,
    step: float,
) -> None:
    """A step of Adam: ``param -= step * mean / (sqrt(square) / correction + eps)`` by the new moments. All are flat."""
    for i in range(param.size):
        g = grad[i]
        m = mean[i] * beta1 + g * fresh1
        s = square[i] * beta2 + (g * g) * fresh2
        mean[i] = m
        square[i] = s
        param[i] -= m / (np.sqrt(s) / correction + eps) * step


def adam_torch7(
    param: Array,
    grad: Array,
    mean: Array,
    square: Array,
    root: Array,
    beta1: float,
    fresh1: float,
    beta2: float,
    fresh2: float,
    eps: float,
    step: float,
) -> None:
    """A step of Torch7's Adam: ``param -= step * mean / root`` with ``root = sqrt(square) + eps``, which is kept.

    In the order in which Torch7's ``addcmul`` and ``addcdiv`` compute.
    """
    for i in range(param.size):
        g = grad[i]
        m = mean[i] * beta1 + g * fresh1
        s = square[i] * beta2 + g * fresh2 * g
        r = np.sqrt(s) + eps
        mean[i] = m
        square[i] = s
        root[i] = r
        param[i] -= m * step / r
