"""Loops over the channels of a batch, (N, C, ...), which normalisations and biases need."""

from __future__ import annotations

from typing import Any

import numpy as np

from pytorch_from_lua.kernels import compiled, parallel
from pytorch_from_lua.kernels.namespace import Array, namespace

SHORT_SUM = 256


def channel_loop(name: str, *arrays: Array) -> Any:
    """Return what runs a loop of ``loops_layers.py`` over the channels of arrays (N, C, ...), or None.

    It takes what the loop takes before the channels; an array of this shape is given flat. Channels are divided
    between threads.
    """
    x = arrays[0]
    if x.size < _LEAST or any(type(a) is not np.ndarray or a.dtype != np.float32 for a in arrays):
        return None
    if any(a.shape != x.shape or not a.flags.c_contiguous for a in arrays):
        return None
    loop = compiled.loop(name, x)
    if loop is None:
        return None
    samples, channels = x.shape[:2]
    area = x.size // max(1, samples * channels)

    def run(*given: Array) -> None:
        flat = [a.reshape(-1) for a in given]
        parallel.spread(lambda a, b: loop(*flat, a, b, samples, channels, area), channels, x.size // channels)

    return run


_LEAST = 2048  # fewer elements are sooner done than a loop is called


def channel_sums(grad: Array) -> Array:
    """Return the sums over all but the second dimension, shape (C,)."""
    loop = channel_loop("channel_sums", grad)
    if loop is None:
        return _plain_sums(grad)
    sums = np.empty(grad.shape[1])
    loop(grad, sums)
    return sums.astype(grad.dtype)


def _plain_sums(grad: Array) -> Array:
    if grad.ndim < 3:
        return grad.sum(axis=0)
    flat = grad.reshape(*grad.shape[:2], -1)
    if flat.shape[2] <= SHORT_SUM:  # numpy sums short rows slowly; a product with ones does not
        return namespace(grad).matmul(flat, namespace(grad).ones(flat.shape[2], grad.dtype)).sum(axis=0)
    return flat.sum(axis=2).sum(axis=0)
