"""Losses of an input and a target of the same shape, and what all losses share (see ``class_loss.py`` for labels).

Forward gives a 0-dimensional array, or one loss for each element with ``reduction="none"``; "mean" is over all
elements. Backward takes the gradient of that result (a number, an array of no dimensions, or one of the shape of the
losses) and gives the one with respect to the input. The formulas and what happens where two pieces of one meet are
Torch7's (THNN).
"""

from __future__ import annotations

from collections.abc import Callable

from pytorch_from_lua.errors import ShapeError
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
from pytorch_from_lua.kernels.namespace import Array, check_option, namespace
from pytorch_from_lua.kernels.reduction import reduce_mean, reduce_sum

__all__ = [
    "bce_backward",
    "bce_forward",
    "cross_entropy_backward",
    "cross_entropy_forward",
    "hinge_embedding_backward",
    "hinge_embedding_forward",
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

BCE_EPS = 1e-12  # Torch7's guard against the logarithm of 0
REDUCTIONS = ("mean", "sum", "none")


def _reduce(losses: Array, reduction: str) -> Array:
    check_option("reduction", reduction, REDUCTIONS)
    if reduction == "none":
        return losses
    return reduce_mean(losses) if reduction == "mean" else reduce_sum(losses)


def _spread(slope: Array, grad: Array | float, reduction: str, out: Array | None) -> Array:
    """Return ``slope * grad``, divided by the number of elements for a mean."""
    check_option("reduction", reduction, REDUCTIONS)
    factor = grad / slope.size if reduction == "mean" else grad
    return namespace(slope).multiply(slope, factor, out=slope if out is None else out, casting="same_kind")


def _check_same(x: Array, target: Array) -> None:
    if x.shape != target.shape:
        raise ShapeError(f"target: needs the shape of x, {x.shape}, got {target.shape}")


def mse_forward(x: Array, target: Array, reduction: str = "mean") -> Array:
    """Return ``(x - y)^2`` (Torch7's ``nn.MSECriterion``)."""
    _check_same(x, target)
    losses = x - target
    losses *= losses
    return _reduce(losses, reduction)


def mse_backward(
    grad: Array | float, x: Array, target: Array, reduction: str = "mean", out: Array | None = None
) -> Array:
    """Return ``2 (x - y) grad``."""
    _check_same(x, target)
    slope = x - target
    slope *= 2
    return _spread(slope, grad, reduction, out)


def l1_forward(x: Array, target: Array, reduction: str = "mean") -> Array:
    """Return ``|x - y|`` (Torch7's ``nn.AbsCriterion``)."""
    _check_same(x, target)
    losses = x - target
    return _reduce(namespace(x).abs(losses, out=losses), reduction)


def l1_backward(
    grad: Array | float, x: Array, target: Array, reduction: str = "mean", out: Array | None = None
) -> Array:
    """Return ``grad`` where ``x >= y``, else ``-grad``."""
    _check_same(x, target)
    one = x.dtype.type(1)
    return _spread(namespace(x).where(x >= target, one, -one), grad, reduction, out)


def smooth_l1_forward(x: Array, target: Array, reduction: str = "mean") -> Array:
    """Return ``d^2 / 2`` where ``d = |x - y| < 1``, else ``d - 1/2`` (Torch7's ``nn.SmoothL1Criterion``)."""
    _check_same(x, target)
    xp = namespace(x)
    distance = xp.abs(x - target)
    return _reduce(xp.where(distance < 1, 0.5 * distance * distance, distance - 0.5), reduction)


def smooth_l1_backward(
    grad: Array | float, x: Array, target: Array, reduction: str = "mean", out: Array | None = None
) -> Array:
    """Return ``(x - y) grad``, with ``x - y`` cut off at 1 and -1."""
    _check_same(x, target)
    return _spread(namespace(x).clip(x - target, -1, 1), grad, reduction, out)


def kl_div_forward(x: Array, target: Array, reduction: str = "mean") -> Array:
    """Return ``y (log y - x)`` where ``y > 0``, else 0, for log-probabilities ``x`` (``nn.DistKLDivCriterion``)."""
    _check_same(x, target)
    xp = namespace(x)
    positive = target > 0
    logs = xp.log(xp.where(positive, target, target.dtype.type(1)))
    return _reduce(xp.where(positive, target * (logs - x), x.dtype.type(0)), reduction)


def kl_div_backward(
    grad: Array | float, x: Array, target: Array, reduction: str = "mean", out: Array | None = None
) -> Array:
    """Return ``-y grad`` where ``y > 0``, else 0."""
    _check_same(x, target)
    return _spread(namespace(x).where(target > 0, -target, x.dtype.type(0)), grad, reduction, out)


def soft_margin_forward(x: Array, target: Array, reduction: str = "mean") -> Array:
    """Return ``log(1 + exp(-y x))`` for ``y`` of 1 and -1 (Torch7's ``nn.SoftMarginCriterion``)."""
    _check_same(x, target)
    return _reduce(namespace(x).logaddexp(x.dtype.type(0), -x * target), reduction)


def soft_margin_backward(
    grad: Array | float, x: Array, target: Array, reduction: str = "mean", out: Array | None = None
) -> Array:
    """Return ``-y grad / (1 + exp(y x))``."""
    _check_same(x, target)
    xp = namespace(x)
    slope = xp.exp(-xp.logaddexp(x.dtype.type(0), x * target))
    slope *= -target
    return _spread(slope, grad, reduction, out)


def margin_forward(x: Array, target: Array, margin: float = 1.0, reduction: str = "mean") -> Array:
    """Return ``max(0, margin - y x)`` for ``y`` of 1 and -1 (Torch7's ``nn.MarginCriterion``)."""
    _check_same(x, target)
    return _reduce(namespace(x).maximum(margin - x * target, 0), reduction)


def margin_backward(
    grad: Array | float,
    x: Array,
    target: Array,
    margin: float = 1.0,
    reduction: str = "mean",
    out: Array | None = None,
) -> Array:
    """Return ``-y grad`` where ``y x < margin``, else 0."""
    _check_same(x, target)
    return _spread(namespace(x).where(x * target < margin, -target, x.dtype.type(0)), grad, reduction, out)


def hinge_embedding_forward(x: Array, target: Array, margin: float = 1.0, reduction: str = "mean") -> Array:
    """Return ``x`` where ``y`` is 1, ``max(0, margin - x)`` where it is -1 (``nn.HingeEmbeddingCriterion``)."""
    _check_same(x, target)
    xp = namespace(x)
    return _reduce(xp.where(target == -1, xp.maximum(margin - x, 0), x), reduction)


def hinge_embedding_backward(
    grad: Array | float,
    x: Array,
    target: Array,
    margin: float = 1.0,
    reduction: str = "mean",
    out: Array | None = None,
) -> Array:
    """Return ``y grad``, but 0 where ``y`` is -1 and ``x > margin``."""
    _check_same(x, target)
    beyond = (target == -1) & (x > margin)
    return _spread(namespace(x).where(beyond, x.dtype.type(0), target.astype(x.dtype)), grad, reduction, out)


def _weighted(values: Array, weight: Array | None) -> Array:
    if weight is not None:
        try:
            values *= weight
        except ValueError:
            raise ShapeError(f"weight: needs to broadcast to {values.shape}, got {weight.shape}") from None
    return values


def bce_forward(x: Array, target: Array, weight: Array | None = None, reduction: str = "mean") -> Array:
    """Return ``-(y log(x + e) + (1 - y) log(1 - x + e))``, ``e = 1e-12`` (Torch7's ``nn.BCECriterion``).

    Args:
        x: probabilities, in [0, 1].
        target: of the same shape.
        weight: a factor for each loss, broadcast (one for each column, say), or None.
        reduction: "mean", "sum" or "none".
    """
    _check_same(x, target)
    xp = namespace(x)
    losses = xp.log(x + BCE_EPS) * target
    losses += xp.log(1 - x + BCE_EPS) * (1 - target)
    return _reduce(_weighted(xp.negative(losses, out=losses), weight), reduction)


def bce_backward(
    grad: Array | float,
    x: Array,
    target: Array,
    weight: Array | None = None,
    reduction: str = "mean",
    out: Array | None = None,
) -> Array:
    """Return ``(x - y) grad / ((1 - x + e) (x + e))``."""
    _check_same(x, target)
    slope = x - target
    slope /= (1 - x + BCE_EPS) * (x + BCE_EPS)
    return _spread(_weighted(slope, weight), grad, reduction, out)


Forward = Callable[..., Array]
PLAIN: dict[str, tuple[Forward, Forward]] = {
    "mse": (mse_forward, mse_backward),
    "l1": (l1_forward, l1_backward),
    "smooth_l1": (smooth_l1_forward, smooth_l1_backward),
    "kl_div": (kl_div_forward, kl_div_backward),
    "soft_margin": (soft_margin_forward, soft_margin_backward),
    "margin": (margin_forward, margin_backward),
    "hinge_embedding": (hinge_embedding_forward, hinge_embedding_backward),
    "bce": (bce_forward, bce_backward),
}
"""The losses of this file: name -> (forward, backward)."""
