"""Weights as a direction and a length for each output (Salimans and Kingma, 2016; Torch7's ``nn.WeightNorm``)."""

from __future__ import annotations

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.namespace import Array, check_shape, namespace


def weight_norm_forward(
    v: Array, g: Array, eps: float = 0.0, added: float = 0.0, out: Array | None = None
) -> tuple[Array, Array]:
    """Return ``w = g v / |v|`` for each row.

    Args:
        v: the directions, shape (rows, count).
        g: the lengths, shape (rows, 1).
        eps: the least that ``|v|`` counts as.
        added: what is added to the square of ``|v|`` before its root.
        out: where to write ``w``.

    Returns:
        ``w``, and ``|v|`` of shape (rows, 1).

    >>> import numpy as np
    >>> weight_norm_forward(np.array([[3.0, 4.0]]), np.array([[10.0]]))[0]
    array([[6., 8.]])
    """
    if v.ndim != 2:
        raise ShapeError(f"v: needs shape (rows, count), got {v.shape}")
    check_shape("g", g, (v.shape[0], 1))
    xp = namespace(v)
    length = xp.sqrt((v * v).sum(axis=1, keepdims=True) + v.dtype.type(added))
    if eps > 0:
        length = xp.maximum(length, v.dtype.type(eps))
    return xp.multiply(v, g / length, out=out), length


def weight_norm_backward(grad: Array, v: Array, g: Array, length: Array) -> tuple[Array, Array]:
    """Return the gradients for ``v`` and ``g``: ``g/|v| (G - u (sum of G u))`` and ``sum of G u``, ``u = v/|v|``."""
    check_shape("grad", grad, v.shape)
    unit = v / length
    along = (grad * unit).sum(axis=1, keepdims=True)
    unit *= -along
    unit += grad
    unit *= g / length
    return unit, along
