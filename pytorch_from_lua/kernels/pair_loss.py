"""Losses of pairs of inputs: how near the two are to each other, or which of them is the larger.

Forward gives the loss of each pair, unreduced. Backward takes the gradient of that (a number or an array of its shape)
and gives the one with respect to the first input, or to both where they differ by more than the sign.
"""

from __future__ import annotations

from pytorch_from_lua.kernels.loss_common import check_same
from pytorch_from_lua.kernels.namespace import Array, namespace

COSINE_EPS = 1e-12
"""What is added to a squared length, so that a row of zeros has a cosine."""


def margin_ranking_forward(x: Array, y: Array, target: Array, margin: float = 0.0) -> Array:
    """Return ``max(0, margin - t (x - y))`` for ``t`` of 1 and -1 (Torch7's ``nn.MarginRankingCriterion``)."""
    return namespace(x).maximum(margin - target * (x - y), 0)


def margin_ranking_backward(
    grad: Array | float, x: Array, y: Array, target: Array, margin: float = 0.0
) -> tuple[Array, Array]:
    """Return ``-t grad`` and ``-(x - y) grad`` where ``t (x - y) <= margin``, else 0: of ``x`` and of the target.

    The gradient of ``y`` is the first one's negative.
    """
    xp, zero = namespace(x), x.dtype.type(0)
    distance = x - y
    short = margin - target * distance >= 0
    return xp.where(short, -target, zero) * grad, xp.where(short, -distance, zero) * grad


def _cosine(x: Array, y: Array) -> tuple[Array, Array, Array, Array]:
    """Return the cosine of each pair of rows, 1 / (|x| |y|), 1 / |x|^2 and 1 / |y|^2."""
    one, other = (1 / ((v * v).sum(-1) + COSINE_EPS) for v in (x, y))
    scale = namespace(x).sqrt(one * other)
    return (x * y).sum(-1) * scale, scale, one, other


def cosine_embedding_forward(x: Array, y: Array, target: Array, margin: float = 0.0, torch7: bool = False) -> Array:
    """Return ``1 - cos(x, y)`` where ``t`` is 1, ``max(0, cos(x, y) - margin)`` where it is -1.

    Args:
        x: rows, ``(..., D)``.
        y: of the same shape.
        target: ``(...)``, 1 and -1; for any other the loss is 0, and the cosine for Torch7.
        margin: the cosine from which on unlike rows cost something.
        torch7: whether it is as ``nn.CosineEmbeddingCriterion`` has it.
    """
    check_same(x, y)
    xp = namespace(x)
    cosine = _cosine(x, y)[0]
    other = cosine if torch7 else x.dtype.type(0)
    return xp.where(target == 1, 1 - cosine, xp.where(target == -1, xp.maximum(cosine - margin, 0), other))


def cosine_embedding_factor(cosine: Array, target: Array, margin: float = 0.0, torch7: bool = False) -> Array:
    """Return the loss's derivative with respect to the cosine: -1, 0 or 1; Torch7's is 0 where the loss is 0."""
    xp = namespace(cosine)
    one, zero = cosine.dtype.type(1), cosine.dtype.type(0)
    if not torch7:
        return xp.where(target == 1, -one, xp.where((target == -1) & (cosine >= margin), one, zero))
    losses = xp.where(target == 1, 1 - cosine, xp.where(target == -1, cosine - margin, cosine))
    return xp.where(losses > 0, xp.where(target == 1, -one, one), zero)


def cosine_embedding_backward(
    grad: Array | float, x: Array, y: Array, target: Array, margin: float = 0.0, torch7: bool = False
) -> tuple[Array, Array]:
    """Return ``f grad (y / (|x| |y|) - cos x / |x|^2)``, and the same with ``x`` and ``y`` exchanged."""
    check_same(x, y)
    cosine, scale, one, other = _cosine(x, y)
    factor = cosine_embedding_factor(cosine, target, margin, torch7) * grad
    across = (factor * scale)[..., None]
    along = factor * cosine
    return across * y - (along * one)[..., None] * x, across * x - (along * other)[..., None] * y


def l1_hinge_forward(x: Array, y: Array, alike: bool, margin: float = 1.0) -> Array:
    """Return ``d = |x - y|`` in the 1-norm, or ``max(0, margin - d)`` where the two are not to be alike: one number.

    That is Torch7's ``nn.L1HingeEmbeddingCriterion``.
    """
    check_same(x, y)
    xp = namespace(x)
    distance = xp.abs(x - y).sum()
    return xp.asarray(distance if alike else xp.maximum(margin - distance, 0), dtype=x.dtype)


def l1_hinge_backward(
    grad: Array | float, x: Array, y: Array, alike: bool, margin: float = 1.0, ties: Array | None = None
) -> Array:
    """Return ``sign(x - y) grad``, negative where the two are not to be alike, and 0 where they are far enough apart.

    Args:
        grad: the loss's gradient.
        x: of any shape.
        y: of the same shape.
        alike: whether they are to be alike.
        margin: how far apart is far enough.
        ties: slopes for the elements where both are equal, in their order; 0 where None.
    """
    check_same(x, y)
    difference = x - y
    slope = namespace(x).sign(difference)
    if ties is not None:
        slope[difference == 0] = ties
    if not alike:
        slope *= 0 if abs(difference).sum() > margin else -1
    return slope * grad


def distance_ratio_forward(x: Array, y: Array) -> Array:
    """Return ``-log(exp(-x) / (exp(-x) + exp(-y)))`` of distances of what is alike and of what is not.

    That is Torch7's ``nn.DistanceRatioCriterion``.
    """
    check_same(x, y)
    xp = namespace(x)
    gap = x - y
    return xp.maximum(gap, 0) + xp.log1p(xp.exp(-xp.abs(gap)))


def distance_ratio_backward(grad: Array | float, x: Array, y: Array) -> Array:
    """Return ``grad / (1 + exp(y - x))``, the gradient of ``x``; that of ``y`` is its negative."""
    check_same(x, y)
    xp = namespace(x)
    gap = x - y
    small = xp.exp(-xp.abs(gap))
    return xp.where(gap >= 0, x.dtype.type(1), small) / (1 + small) * grad
