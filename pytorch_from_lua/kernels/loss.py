"""Losses of an input and a target of the same shape, and what all losses share (see ``class_loss.py`` for labels).

Forward gives a 0-dimensional array, or one loss for each element with ``reduction="none"``; "mean" is over all
elements. Backward takes the gradient of that result (a number, an array of no dimensions, or one of the shape of the
losses) and gives the one with respect to the input. The formulas and what happens where two pieces of one meet are
Torch7's (THNN).
"""

from __future__ import annotations

from collections.abc import Callable

from pytorch_from_lua.kernels.binary_loss import (
    bce_backward,
    bce_forward,
    bce_with_logits_backward,
    bce_with_logits_forward,
)
from pytorch_from_lua.kernels.class_loss import (
    cross_entropy_backward,
    cross_entropy_forward,
    multi_margin_backward,
    multi_margin_forward,
    multilabel_margin_backward,
    multilabel_margin_forward,
    nll_backward,
    nll_forward,
)
from pytorch_from_lua.kernels.loss_common import check_same, reduced, spread
from pytorch_from_lua.kernels.namespace import Array, namespace

__all__ = [
    "bce_backward",
    "bce_forward",
    "bce_with_logits_backward",
    "bce_with_logits_forward",
    "cross_entropy_backward",
    "cross_entropy_forward",
    "hinge_embedding_backward",
    "hinge_embedding_forward",
    "huber_backward",
    "huber_forward",
    "kl_div_backward",
    "kl_div_forward",
    "l1_backward",
    "l1_forward",
    "margin_backward",
    "margin_forward",
    "mse_backward",
    "mse_forward",
    "multi_margin_backward",
    "multi_margin_forward",
    "multilabel_margin_backward",
    "multilabel_margin_forward",
    "nll_backward",
    "nll_forward",
    "smooth_l1_backward",
    "smooth_l1_forward",
    "soft_margin_backward",
    "soft_margin_forward",
]


def mse_forward(x: Array, target: Array, reduction: str = "mean") -> Array:
    """Return ``(x - y)^2`` (Torch7's ``nn.MSECriterion``)."""
    check_same(x, target)
    losses = x - target
    losses *= losses
    return reduced(losses, reduction)


def mse_backward(
    grad: Array | float, x: Array, target: Array, reduction: str = "mean", out: Array | None = None
) -> Array:
    """Return ``2 (x - y) grad``."""
    check_same(x, target)
    slope = x - target
    slope *= 2
    return spread(slope, grad, reduction, out)


def l1_forward(x: Array, target: Array, reduction: str = "mean") -> Array:
    """Return ``|x - y|`` (Torch7's ``nn.AbsCriterion``)."""
    check_same(x, target)
    losses = x - target
    return reduced(namespace(x).abs(losses, out=losses), reduction)


def l1_backward(
    grad: Array | float,
    x: Array,
    target: Array,
    reduction: str = "mean",
    out: Array | None = None,
    torch7: bool = False,
) -> Array:
    """Return ``grad`` where ``x > y``, ``-grad`` where ``x < y``, and 0 where they are equal; ``grad`` for Torch7."""
    check_same(x, target)
    xp, one = namespace(x), x.dtype.type(1)
    return spread(xp.where(x >= target, one, -one) if torch7 else xp.sign(x - target), grad, reduction, out)


def smooth_l1_forward(x: Array, target: Array, reduction: str = "mean", beta: float = 1.0) -> Array:
    """Return ``d^2 / (2 beta)`` where ``d = |x - y| < beta``, else ``d - beta / 2`` (``nn.SmoothL1Criterion``)."""
    check_same(x, target)
    xp = namespace(x)
    distance = xp.abs(x - target)
    if beta == 0:
        return reduced(distance, reduction)
    return reduced(xp.where(distance < beta, (0.5 / beta) * distance * distance, distance - 0.5 * beta), reduction)


def smooth_l1_backward(
    grad: Array | float,
    x: Array,
    target: Array,
    reduction: str = "mean",
    out: Array | None = None,
    beta: float = 1.0,
) -> Array:
    """Return ``(x - y) / beta * grad``, with ``(x - y) / beta`` cut off at 1 and -1."""
    check_same(x, target)
    xp, slope = namespace(x), x - target
    if beta == 0:
        return spread(xp.sign(slope), grad, reduction, out)
    if beta != 1:
        slope /= beta
    return spread(xp.clip(slope, -1, 1), grad, reduction, out)


def huber_forward(x: Array, target: Array, reduction: str = "mean", delta: float = 1.0) -> Array:
    """Return ``d^2 / 2`` where ``d = |x - y| < delta``, else ``delta (d - delta / 2)`` (Huber, 1964)."""
    check_same(x, target)
    xp = namespace(x)
    distance = xp.abs(x - target)
    losses = xp.where(distance < delta, 0.5 * distance * distance, delta * (distance - 0.5 * delta))
    return reduced(losses, reduction)


def huber_backward(
    grad: Array | float,
    x: Array,
    target: Array,
    reduction: str = "mean",
    out: Array | None = None,
    delta: float = 1.0,
) -> Array:
    """Return ``(x - y) grad``, with ``x - y`` cut off at ``delta`` and ``-delta``."""
    check_same(x, target)
    return spread(namespace(x).clip(x - target, -delta, delta), grad, reduction, out)


def kl_div_forward(x: Array, target: Array, reduction: str = "mean") -> Array:
    """Return ``y (log y - x)`` where ``y > 0``, else 0, for log-probabilities ``x`` (``nn.DistKLDivCriterion``)."""
    check_same(x, target)
    xp = namespace(x)
    positive = target > 0
    logs = xp.log(xp.where(positive, target, target.dtype.type(1)))
    return reduced(xp.where(positive, target * (logs - x), x.dtype.type(0)), reduction)


def kl_div_backward(
    grad: Array | float, x: Array, target: Array, reduction: str = "mean", out: Array | None = None
) -> Array:
    """Return ``-y grad`` where ``y > 0``, else 0."""
    check_same(x, target)
    return spread(namespace(x).where(target > 0, -target, x.dtype.type(0)), grad, reduction, out)


def soft_margin_forward(x: Array, target: Array, reduction: str = "mean") -> Array:
    """Return ``log(1 + exp(-y x))`` for ``y`` of 1 and -1 (Torch7's ``nn.SoftMarginCriterion``)."""
    check_same(x, target)
    return reduced(namespace(x).logaddexp(x.dtype.type(0), -x * target), reduction)


def soft_margin_backward(
    grad: Array | float, x: Array, target: Array, reduction: str = "mean", out: Array | None = None
) -> Array:
    """Return ``-y grad / (1 + exp(y x))``."""
    check_same(x, target)
    xp = namespace(x)
    slope = xp.exp(-xp.logaddexp(x.dtype.type(0), x * target))
    slope *= -target
    return spread(slope, grad, reduction, out)


def margin_forward(x: Array, target: Array, margin: float = 1.0, reduction: str = "mean") -> Array:
    """Return ``max(0, margin - y x)`` for ``y`` of 1 and -1 (Torch7's ``nn.MarginCriterion``)."""
    check_same(x, target)
    return reduced(namespace(x).maximum(margin - x * target, 0), reduction)


def margin_backward(
    grad: Array | float,
    x: Array,
    target: Array,
    margin: float = 1.0,
    reduction: str = "mean",
    out: Array | None = None,
) -> Array:
    """Return ``-y grad`` where ``y x < margin``, else 0."""
    check_same(x, target)
    return spread(namespace(x).where(x * target < margin, -target, x.dtype.type(0)), grad, reduction, out)


def hinge_embedding_forward(x: Array, target: Array, margin: float = 1.0, reduction: str = "mean") -> Array:
    """Return ``x`` where ``y`` is 1, ``max(0, margin - x)`` where it is -1 (``nn.HingeEmbeddingCriterion``).

    A target that is neither counts as both.
    """
    check_same(x, target)
    xp, zero = namespace(x), x.dtype.type(0)
    losses = xp.where(target == 1, zero, xp.maximum(margin - x, 0))
    losses += xp.where(target == -1, zero, x)
    return reduced(losses, reduction)


def hinge_embedding_backward(
    grad: Array | float,
    x: Array,
    target: Array,
    margin: float = 1.0,
    reduction: str = "mean",
    out: Array | None = None,
) -> Array:
    """Return ``y grad``, but 0 where ``y`` is -1 and ``x > margin``."""
    check_same(x, target)
    beyond = (target == -1) & (x > margin)
    return spread(namespace(x).where(beyond, x.dtype.type(0), target.astype(x.dtype)), grad, reduction, out)


Forward = Callable[..., Array]
PLAIN: dict[str, tuple[Forward, Forward]] = {
    "mse": (mse_forward, mse_backward),
    "l1": (l1_forward, l1_backward),
    "smooth_l1": (smooth_l1_forward, smooth_l1_backward),
    "huber": (huber_forward, huber_backward),
    "kl_div": (kl_div_forward, kl_div_backward),
    "soft_margin": (soft_margin_forward, soft_margin_backward),
    "margin": (margin_forward, margin_backward),
    "hinge_embedding": (hinge_embedding_forward, hinge_embedding_backward),
    "bce": (bce_forward, bce_backward),
    "bce_with_logits": (bce_with_logits_forward, bce_with_logits_backward),
}
"""Losses of an input and a target of one shape: name -> (forward, backward)."""
