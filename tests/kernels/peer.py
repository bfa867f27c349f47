"""Numeric gradients, shared by the tests of the kernels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def numeric_gradient(
    function: Callable[[np.ndarray], np.ndarray], x: np.ndarray, grad: np.ndarray | float
) -> np.ndarray:
    """Return the gradient of ``sum(grad * function(x))`` by central differences; x is float64."""
    result = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        ends = []
        for step in (1e-6, -1e-6):
            moved = x.copy()
            moved[i] += step
            ends.append(function(moved))
        result[i] = ((ends[0] - ends[1]) * grad).sum() / 2e-6
    return result


def strided(x: np.ndarray) -> np.ndarray:
    """Return a copy of ``x`` whose memory is not dense."""
    holder = np.full((*x.shape[:-1], x.shape[-1] * 2), 7, x.dtype) if x.ndim > 0 else np.zeros((2,), x.dtype)
    if x.ndim == 0:
        return x.copy()
    view = holder[..., ::2]
    view[...] = x
    return view
