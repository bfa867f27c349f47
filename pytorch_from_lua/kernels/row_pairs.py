"""One number for each pair of rows: products, cosines, distances (Torch7's ``nn.DotProduct`` and its like); mixtures.

Rows are ``(..., d)``, of one shape; results ``(...)``.
"""

from __future__ import annotations

from collections.abc import Sequence

from pytorch_from_lua.kernels.namespace import Array, namespace

#: Added to a squared length that is divided by.
LENGTH_TINY = 1e-12
#: Added to a distance that is divided by, so that equal rows have a gradient.
DISTANCE_TINY = 1e-6


def _dot(x: Array, y: Array) -> Array:
    return namespace(x).einsum("...d,...d->...", x, y)


def dot_forward(x: Array, y: Array) -> Array:
    """Return ``sum_d x_d y_d`` of each pair."""
    return _dot(x, y)


def dot_backward(grad: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """Return the gradients of ``x`` and ``y``."""
    return grad[..., None] * y, grad[..., None] * x


def _cosine(x: Array, y: Array, eps: float | None) -> tuple[Array, Array, Array, Array]:
    """The cosines, one over the product of the lengths, and what each gradient along its own row is divided by.

    Torch7 adds to the squared lengths and PyTorch bounds the lengths, without a slope of its own for the bound: the
    values differ in the twelfth digit, for rows near 0 in the first, and people have nets trained with either.
    """
    xp = namespace(x)
    if eps is None:
        first, second = 1 / (_dot(x, x) + x.dtype.type(LENGTH_TINY)), 1 / (_dot(y, y) + y.dtype.type(LENGTH_TINY))
        scale = xp.sqrt(first * second)
    else:
        one, two = xp.sqrt(_dot(x, x)), xp.sqrt(_dot(y, y))
        least = x.dtype.type(eps)
        far, wide = xp.maximum(one, least), xp.maximum(two, least)
        scale = 1 / (far * wide)
        first, second = 1 / (far * xp.where(one == 0, far, one)), 1 / (wide * xp.where(two == 0, wide, two))
    return _dot(x, y) * scale, scale, first, second


def cosine_forward(x: Array, y: Array, eps: float | None = None) -> Array:
    """Return ``x . y`` of each pair over the product of the lengths.

    Args:
        x: the first rows.
        y: the second rows.
        eps: what shorter rows count as having for their length, as in PyTorch; None for Torch7's way, where the
            product of the lengths is ``sqrt((x . x + 1e-12) (y . y + 1e-12))``.
    """
    return _cosine(x, y, eps)[0]


def cosine_backward(grad: Array, x: Array, y: Array, eps: float | None = None) -> tuple[Array, Array]:
    """Return the gradients of ``x`` and ``y``."""
    cosine, scale, first, second = _cosine(x, y, eps)
    across, along = (grad * scale)[..., None], grad * cosine
    return across * y - (along * first)[..., None] * x, across * x - (along * second)[..., None] * y


def _difference(x: Array, y: Array, eps: float) -> Array:
    return x - y + x.dtype.type(eps) if eps else x - y


def distance_forward(x: Array, y: Array, p: float, eps: float = 0.0) -> Array:
    """Return ``(sum_d |x_d - y_d + eps|^p)^(1/p)`` of each pair, for a ``p`` over 0."""
    xp, difference = namespace(x), _difference(x, y, eps)
    if p == 2:
        return xp.sqrt(_dot(difference, difference))
    sizes = xp.abs(difference)
    return sizes.sum(-1) if p == 1 else (sizes**p).sum(-1) ** (1 / p)


def distance_backward(
    grad: Array, x: Array, y: Array, p: float, eps: float = 0.0, tiny: float = DISTANCE_TINY
) -> Array:
    """Return the gradient of ``x``; that of ``y`` is the same with the other sign.

    Args:
        grad: of the distances.
        x: the first rows.
        y: the second rows.
        p: which norm.
        eps: what was added to each difference: PyTorch's way of keeping away from a distance of 0.
        tiny: what is added to the distance where it is divided by: Torch7's way. With neither it is 0 there.
    """
    xp, difference = namespace(x), _difference(x, y, eps)
    if p == 1:
        return grad[..., None] * xp.sign(difference)
    distance = distance_forward(x, y, p, eps)
    base = distance + x.dtype.type(tiny) if tiny else xp.where(distance == 0, x.dtype.type(1), distance)
    scale = grad * base ** (1 - p)
    if p != 2:
        sizes = xp.abs(difference)
        if p < 1:
            sizes = xp.where(sizes == 0, x.dtype.type(1), sizes)
        difference = sizes ** (p - 1) * xp.sign(difference)
    return scale[..., None] * difference


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
