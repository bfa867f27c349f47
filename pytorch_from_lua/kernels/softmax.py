"""Softmax and its logarithm over one axis (Torch7's ``nn.SoftMax``, ``nn.LogSoftMax`` and their spatial forms)."""

from __future__ import annotations

from pytorch_from_lua.kernels import elementary, sums
from pytorch_from_lua.kernels.namespace import Array, namespace


def softmax_forward(x: Array, axis: int = -1, out: Array | None = None) -> Array:
    """Return ``exp(x_i) / sum_j exp(x_j)`` over ``axis``. The largest element is taken off first: nothing overflows.

    >>> import numpy as np
    >>> softmax_forward(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    done = elementary.softmax(x, axis, out) if x.size >= elementary.WORTH_IT else None
    if done is not None:
        return done
    xp = namespace(x)
    y = _less_largest(x, axis, out)
    xp.exp(y, out=y)
    y /= xp.add.reduce(y, _over(x, axis), None, None, True)
    return y


def _over(x: Array, axis: int) -> int | None:
    """The axis; an array of no dimensions has none, which numpy lets pass and cupy does not."""
    return axis if x.ndim else None


def _less_largest(x: Array, axis: int, out: Array | None) -> Array:
    xp = namespace(x)
    if x.size == 0:
        return xp.empty_like(x) if out is None else out
    return xp.asarray(
        xp.subtract(x, sums.extreme("maximum", x, _over(x, axis), True), out=out)
    )  # numpy gives scalars for 0 dimensions


def softmax_backward(grad: Array, y: Array, axis: int = -1, out: Array | None = None) -> Array:
    """Return ``y_i (g_i - sum_j g_j y_j)`` for the output ``y`` of `softmax_forward`."""
    xp = namespace(grad)
    total = (grad * y).sum(axis=axis, keepdims=True)
    result = xp.subtract(grad, total, out=out)
    result *= y
    return result


def log_softmax_forward(x: Array, axis: int = -1, out: Array | None = None) -> Array:
    """Return ``x_i - log sum_j exp(x_j)`` over ``axis``, without overflow."""
    done = elementary.log_softmax(x, axis, out) if x.size >= elementary.WORTH_IT else None
    if done is not None:
        return done
    xp = namespace(x)
    y = _less_largest(x, axis, out)
    y -= xp.log(xp.exp(y).sum(axis=_over(x, axis), keepdims=True))
    return y


def log_softmax_backward(grad: Array, y: Array, axis: int = -1, out: Array | None = None) -> Array:
    """Return ``g_i - exp(y_i) sum_j g_j`` for the output ``y`` of `log_softmax_forward`."""
    xp = namespace(grad)
    part = xp.exp(y)
    part *= grad.sum(axis=axis, keepdims=True)
    return xp.subtract(grad, part, out=part if out is None else out)
