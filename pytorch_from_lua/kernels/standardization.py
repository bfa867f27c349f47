"""Rows brought to mean 0 and variance 1: layer, group and instance normalisation, and by the mean square alone."""

from __future__ import annotations

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.namespace import Array, check_shape, namespace


def _dots(a: Array, b: Array) -> Array:
    """The products of the rows, shape (rows, 1)."""
    return namespace(a).einsum("ij,ij->i", a, b)[:, None]


def standardize_forward(x: Array, eps: float = 1e-5, out: Array | None = None) -> tuple[Array, Array, Array]:
    """Return ``z = (x - mean) * invstd`` with ``invstd = 1 / sqrt(var + eps)`` for each row.

    Args:
        x: shape (rows, count), with at least one column.
        eps: added to the (biased) variance.
        out: where to write ``z``.

    Returns:
        ``z``, and ``mean`` and ``invstd`` of shape (rows, 1).

    >>> import numpy as np
    >>> standardize_forward(np.array([[1.0, 3.0]]), 0.0)[0]
    array([[-1.,  1.]])
    """
    if x.ndim != 2 or x.shape[1] == 0:
        raise ShapeError(f"x: needs shape (rows, count) with a column or more, got {x.shape}")
    xp = namespace(x)
    mean = x.mean(axis=1, keepdims=True)
    z = xp.subtract(x, mean, out=out)
    invstd = 1 / xp.sqrt(_dots(z, z) / x.shape[1] + x.dtype.type(eps))
    z *= invstd
    return z, mean, invstd


def standardize_backward(grad: Array, z: Array, invstd: Array, out: Array | None = None) -> Array:
    """Return ``invstd * (g - mean(g) - z mean(g z))``, with the ``z`` and ``invstd`` of `standardize_forward`."""
    check_shape("grad", grad, z.shape)
    xp = namespace(grad)
    slope = _dots(grad, z) / grad.dtype.type(z.shape[1])
    mean = grad.mean(axis=1, keepdims=True)
    result = xp.multiply(z, -slope, out=out)
    result += grad
    result -= mean
    result *= invstd
    return result
