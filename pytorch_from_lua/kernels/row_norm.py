"""Rows divided by their length (Torch7's ``nn.Normalize``)."""

from __future__ import annotations

import math

from pytorch_from_lua.errors import RangeError
from pytorch_from_lua.kernels.namespace import Array, check_shape, namespace


def row_norm_forward(x: Array, p: float = 2.0, eps: float = 1e-10, out: Array | None = None) -> tuple[Array, Array]:
    """Return ``y = x / n`` along the last dimension, with ``n = (sum |x|^p + eps)^(1/p)``, or ``max |x| + eps``.

    Args:
        x: shape (..., count).
        p: over 0; infinity for the largest.
        eps: added under the root.
        out: where to write ``y``.

    Returns:
        ``y``, and ``n`` of shape (..., 1).
    """
    if not p > 0:
        raise RangeError(f"p: needs to be over 0, got {p}")
    xp = namespace(x)
    if p == math.inf:
        length = xp.abs(x).max(axis=-1, keepdims=True) + x.dtype.type(eps)
    elif p == 2:
        length = xp.sqrt((x * x).sum(axis=-1, keepdims=True) + x.dtype.type(eps))
    else:
        length = ((xp.abs(x) ** p).sum(axis=-1, keepdims=True) + x.dtype.type(eps)) ** (1 / p)
    return xp.divide(x, length, out=out), length


def row_norm_backward(grad: Array, x: Array, length: Array, p: float = 2.0, out: Array | None = None) -> Array:
    """Return ``g / n - (sum of g x) / n^2 * dn/dx``, with the ``n`` of `row_norm_forward`."""
    check_shape("grad", grad, x.shape)
    xp = namespace(grad)
    along = (grad * x).sum(axis=-1, keepdims=True) / (length * length)
    result = xp.divide(grad, length, out=out)
    if p == math.inf:
        largest = xp.abs(x).argmax(axis=-1)[..., None]
        slope = xp.zeros_like(x)
        xp.put_along_axis(slope, largest, xp.sign(xp.take_along_axis(x, largest, axis=-1)), axis=-1)
    elif p == 2:
        slope = x / length
    else:
        slope = xp.sign(x) * (xp.abs(x) / length) ** (p - 1)
    result -= along * slope
    return result
