"""Responses divided by those of the neighbouring channels (Krizhevsky et al., 2012; ``nn.SpatialCrossMapLRN``)."""

from __future__ import annotations

from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels.namespace import Array, check_shape, namespace


def channel_sums(x: Array, before: int, after: int) -> Array:
    """Return for each channel the sum over itself, ``before`` channels before it and ``after`` after it.

    Args:
        x: shape (N, C, ...).
        before: how many channels before.
        after: how many after. The transpose of this map is the one with the two exchanged.

    >>> import numpy as np
    >>> channel_sums(np.array([[1, 2, 4, 8]]), 1, 0)
    array([[ 1,  3,  6, 12]])
    """
    total, count = x.copy(), x.shape[1]
    for step in range(1, min(before, count - 1) + 1):
        total[:, step:] += x[:, :-step]
    for step in range(1, min(after, count - 1) + 1):
        total[:, :-step] += x[:, step:]
    return total


def _power(scale: Array, beta: float) -> Array:
    """``scale ** -beta``; the usual three quarters by roots, which are much faster than powers."""
    xp = namespace(scale)
    if beta == 0.75:
        root = xp.sqrt(scale)
        root *= xp.sqrt(root)
        return xp.reciprocal(root, out=root)
    return xp.power(scale, -beta)


def response_norm_forward(
    x: Array,
    size: int,
    alpha: float = 1e-4,
    beta: float = 0.75,
    k: float = 1.0,
    ends: tuple[int, int] | None = None,
    out: Array | None = None,
) -> tuple[Array, Array]:
    """Return ``y = x / scale ** beta`` with ``scale = k + alpha / size * (sum of x^2 over the channels around)``.

    Args:
        x: shape (N, C, ...).
        size: how many channels are summed.
        alpha: the weight of their squares.
        beta: the exponent.
        k: what is added.
        ends: how many of them lie before and after; half each where None, and the odd one before.
        out: where to write ``y``.

    Returns:
        ``y``, and ``scale``, which the gradient needs.
    """
    if x.ndim < 2:
        raise ShapeError(f"x: needs shape (batch, channels, ...), got {x.shape}")
    if size < 1:
        raise RangeError(f"size: needs to be 1 or more, got {size}")
    before, after = neighbours(size) if ends is None else ends
    scale = channel_sums(x * x, before, after)
    scale *= scale.dtype.type(alpha / size)
    scale += scale.dtype.type(k)
    return namespace(x).multiply(x, _power(scale, beta), out=out), scale


def neighbours(size: int) -> tuple[int, int]:
    """How many of ``size`` channels lie before and after the one in the middle."""
    return size // 2, (size - 1) // 2


def response_norm_backward(
    grad: Array,
    x: Array,
    scale: Array,
    size: int,
    alpha: float = 1e-4,
    beta: float = 0.75,
    ends: tuple[int, int] | None = None,
    out: Array | None = None,
) -> Array:
    """Return ``g / scale^beta - 2 alpha beta / size * x * (sum around of g x / scale^(beta + 1))``."""
    check_shape("grad", grad, x.shape)
    before, after = neighbours(size) if ends is None else ends
    direct = grad * _power(scale, beta)
    through = channel_sums(direct * x / scale, after, before)
    through *= x
    through *= through.dtype.type(2 * alpha * beta / size)
    return namespace(grad).subtract(direct, through, out=out)
