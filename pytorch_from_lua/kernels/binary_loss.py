"""The cross entropy of two classes, of probabilities and of logits; see ``loss.py`` for what all losses share."""

from __future__ import annotations

from pytorch_from_lua.kernels.loss_common import check_same, reduced, spread, weighted_
from pytorch_from_lua.kernels.namespace import Array, namespace

BCE_EPS = 1e-12
"""What Torch7 adds to a probability before its logarithm, and the least ``x (1 - x)`` that a slope is divided by."""
LEAST_LOG = -100.0
"""What stands for the logarithm of 0, as in PyTorch."""
BELOW = 3.6e-44
"""A number whose logarithm is a little less than that, and which single precision has too."""


def bce_forward(
    x: Array, target: Array, weight: Array | None = None, reduction: str = "mean", torch7: bool = False
) -> Array:
    """Return ``-(y log x + (1 - y) log(1 - x))``, each logarithm at least -100.

    Args:
        x: probabilities, in [0, 1].
        target: of the same shape.
        weight: a factor for each loss, broadcast (one for each column, say), or None.
        reduction: "mean", "sum" or "none".
        torch7: whether 1e-12 is added before a logarithm is taken, as ``nn.BCECriterion`` does, and nothing cut off.
    """
    check_same(x, target)
    xp = namespace(x)
    if torch7:
        losses, others = xp.log(x + BCE_EPS), xp.log(1 - x + BCE_EPS)
    else:
        least = x.dtype.type(LEAST_LOG)
        losses = xp.maximum(xp.log(xp.maximum(x, x.dtype.type(BELOW))), least)
        others = xp.where(x < 1, xp.log1p(-xp.minimum(x, 1 - xp.finfo(x.dtype).epsneg)), least)
    losses *= target
    losses += others * (1 - target)
    return reduced(weighted_(xp.negative(losses, out=losses), weight), reduction)


def bce_backward(
    grad: Array | float,
    x: Array,
    target: Array,
    weight: Array | None = None,
    reduction: str = "mean",
    out: Array | None = None,
    torch7: bool = False,
) -> Array:
    """Return ``(x - y) grad / (x (1 - x))``, with a divisor of at least 1e-12."""
    check_same(x, target)
    slope = x - target
    if torch7:
        slope /= (1 - x + BCE_EPS) * (x + BCE_EPS)
    else:
        slope /= namespace(x).maximum((1 - x) * x, x.dtype.type(BCE_EPS))
    return spread(weighted_(slope, weight), grad, reduction, out)


def bce_with_logits_forward(
    x: Array,
    target: Array,
    weight: Array | None = None,
    pos_weight: Array | None = None,
    reduction: str = "mean",
) -> Array:
    """Return ``-(p y log s(x) + (1 - y) log(1 - s(x)))`` for the sigmoid ``s``, finite for every ``x``.

    Args:
        x: logits.
        target: of the same shape.
        weight: a factor for each loss, broadcast, or None.
        pos_weight: ``p``, broadcast; 1 where None.
        reduction: "mean", "sum" or "none".
    """
    check_same(x, target)
    xp = namespace(x)
    # -log s(x) = log(1 + exp(-x)), and -log(1 - s(x)) is x more.
    losses = xp.log1p(xp.exp(-xp.abs(x)))
    losses += xp.maximum(-x, 0)
    if pos_weight is not None:
        losses *= (pos_weight - 1) * target + 1
    losses += (1 - target) * x
    return reduced(weighted_(losses, weight), reduction)


def bce_with_logits_backward(
    grad: Array | float,
    x: Array,
    target: Array,
    weight: Array | None = None,
    pos_weight: Array | None = None,
    reduction: str = "mean",
    out: Array | None = None,
) -> Array:
    """Return ``((p y + 1 - y) s(x) - p y) grad``."""
    check_same(x, target)
    xp = namespace(x)
    small = xp.exp(-xp.abs(x))
    slope = xp.where(x >= 0, x.dtype.type(1), small)
    slope /= 1 + small
    if pos_weight is None:
        slope -= target
    else:
        positive = pos_weight * target
        slope *= positive + (1 - target)
        slope -= positive
    return spread(weighted_(slope, weight), grad, reduction, out)
