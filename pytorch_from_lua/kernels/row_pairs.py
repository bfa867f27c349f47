"""One number for each pair of rows: products, cosines, distances (Torch7's ``nn.DotProduct`` and its like); mixtures.

Rows are ``(n, d)``, results ``(n,)``.
"""

from __future__ import annotations

from collections.abc import Sequence

from pytorch_from_lua.kernels.namespace import Array, namespace

#: Added to a squared length that is divided by.
LENGTH_TINY = 1e-12
#: Added to a distance that is divided by, so that equal rows have a gradient.
DISTANCE_TINY = 1e-6


def _dot(x: Array, y: Array) -> Array:
    return namespace(x).einsum("nd,nd->n", x, y)


def dot_forward(x: Array, y: Array) -> Array:
    """Return ``sum_d x_d y_d`` of each pair."""
    return _dot(x, y)


def dot_backward(grad: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """Return the gradients of ``x`` and ``y``."""
    return grad[:, None] * y, grad[:, None] * x


def _cosine(x: Array, y: Array) -> tuple[Array, Array, Array, Array]:
    """The cosines, one over the product of the lengths, and one over each squared length."""
    first, second = 1 / (_dot(x, x) + x.dtype.type(LENGTH_TINY)), 1 / (_dot(y, y) + y.dtype.type(LENGTH_TINY))
    scale = namespace(x).sqrt(first * second)
    return _dot(x, y) * scale, scale, first, second


def cosine_forward(x: Array, y: Array) -> Array:
    """Return ``x . y / sqrt((x . x + 1e-12) (y . y + 1e-12))`` of each pair."""
    return _cosine(x, y)[0]


def cosine_backward(grad: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """Return the gradients of ``x`` and ``y``."""
    cosine, scale, first, second = _cosine(x, y)
    across, along = (grad * scale)[:, None], grad * cosine
    return across * y - (along * first)[:, None] * x, across * x - (along * second)[:, None] * y


def distance_forward(x: Array, y: Array, p: float) -> Array:
    """Return ``(sum_d |x_d - y_d|^p)^(1/p)`` of each pair."""
    xp, difference = namespace(x), x - y
    if p == 2:
        return xp.sqrt(_dot(difference, difference))
    sizes = xp.abs(difference)
    return sizes.sum(1) if p == 1 else (sizes**p).sum(1) ** (1 / p)


def distance_backward(grad: Array, x: Array, y: Array, p: float) -> Array:
    """Return the gradient of ``x``; that of ``y`` is the same with the other sign."""
    xp, difference = namespace(x), x - y
    if p == 1:
        return grad[:, None] * xp.sign(difference)
    scale = grad * (distance_forward(x, y, p) + x.dtype.type(DISTANCE_TINY)) ** (1 - p)
    if p != 2:
        difference = xp.abs(difference) ** (p - 1) * xp.sign(difference)
    return scale[:, None] * difference


def _wide(weights: Array, expert: Array, i: int) -> Array:
    """The weight of expert ``i``: one number, or one for each sample, so that it broadcasts."""
    return weights[i] if weights.ndim == 1 else weights[:, i].reshape(-1, *(1,) * (expert.ndim - 1))


def mixture_forward(weights: Array, experts: Sequence[Array], out: Array) -> Array:
    """Return ``sum_i weights_i experts_i``.

    Args:
        weights: (experts,), or (batch, experts) where the experts' first dimension is the batch.
        experts: arrays of one shape.
        out: where to write, of that shape.
    """
    xp = namespace(weights)
    xp.multiply(_wide(weights, experts[0], 0), experts[0], out=out)
    for i, expert in enumerate(experts[1:], 1):
        out += _wide(weights, expert, i) * expert
    return out


def mixture_backward_weights(grad: Array, weights: Array, experts: Sequence[Array]) -> Array:
    """Return the gradient of the weights."""
    xp = namespace(weights)
    result = xp.empty_like(weights)
    for i, expert in enumerate(experts):
        if weights.ndim == 1:
            result[i] = xp.vdot(grad, expert)
        else:
            result[:, i] = _dot(grad.reshape(len(weights), -1), expert.reshape(len(weights), -1))
    return result


def mixture_backward_expert(grad: Array, weights: Array, i: int) -> Array:
    """Return the gradient of expert ``i``."""
    return _wide(weights, grad, i) * grad
