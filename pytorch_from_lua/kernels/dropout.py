"""Dropout (Hinton et al., 2012): multiplication by noise that the caller draws (Torch7's ``nn.Dropout``)."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.errors import RangeError
from pytorch_from_lua.kernels.namespace import Array, namespace


def dropout_noise(mask: Array, p: float, dtype: Any) -> Array:
    """Return ``mask / (1 - p)``: what the elements that stay (mask 1) are multiplied with.

    Args:
        mask: 0 or 1 (or bool) for each element, or (N, C, 1, 1) to drop whole channels.
        p: the probability with which elements were dropped, in [0, 1]; at 1 all noise is 0.
        dtype: the element type of the noise.
    """
    if not 0 <= p <= 1:
        raise RangeError(f"p: needs to be in [0, 1], got {p}")
    noise = mask.astype(dtype)
    noise *= 0.0 if p == 1 else 1.0 / (1.0 - p)
    return noise


def dropout_forward(x: Array, noise: Array, out: Array | None = None) -> Array:
    """Return ``x * noise``; the noise is broadcast."""
    return namespace(x).multiply(x, noise, out=out)


def dropout_backward(grad: Array, noise: Array, out: Array | None = None) -> Array:
    """Return ``grad * noise``."""
    return namespace(grad).multiply(grad, noise, out=out)
