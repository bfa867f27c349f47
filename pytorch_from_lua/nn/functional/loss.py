"""Losses of values."""

from __future__ import annotations

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.tensor import Tensor


def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """``(x - y)^2``."""
    return apply("mse_loss", input, target, reduction=reduction)  # type: ignore[no-any-return]


def l1_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """``|x - y|``."""
    return apply("l1_loss", input, target, reduction=reduction)  # type: ignore[no-any-return]


def smooth_l1_loss(input: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """``d^2 / (2 beta)`` where ``d = |x - y|`` is below ``beta``, else ``d - beta / 2``."""
    if beta == 1:
        return apply("smooth_l1_loss", input, target, reduction=reduction)  # type: ignore[no-any-return]
    scaled = apply("smooth_l1_loss", input / beta, target / beta, reduction=reduction)
    return scaled * beta  # type: ignore[no-any-return]


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """``-weight * (y log x + (1 - y) log(1 - x))`` for probabilities ``x``."""
    return apply("binary_cross_entropy", input, target, weight, reduction=reduction)  # type: ignore[no-any-return]


def kl_div(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """``y (log y - x)`` for log-probabilities ``x``; ``"batchmean"`` divides the sum by the first dimension's size."""
    if reduction == "batchmean":
        return apply("kl_div", input, target, reduction="sum") / input.shape[0]  # type: ignore[no-any-return]
    return apply("kl_div", input, target, reduction=reduction)  # type: ignore[no-any-return]


def soft_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """``log(1 + exp(-y x))`` for ``y`` of 1 and -1."""
    return apply("soft_margin_loss", input, target, reduction=reduction)  # type: ignore[no-any-return]


def margin_loss(input: Tensor, target: Tensor, margin: float = 1.0, reduction: str = "mean") -> Tensor:
    """``max(0, margin - y x)`` for ``y`` of 1 and -1 (Torch7's ``nn.MarginCriterion``)."""
    return apply("margin_loss", input, target, margin=margin, reduction=reduction)  # type: ignore[no-any-return]


def hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, reduction: str = "mean") -> Tensor:
    """``x`` where ``y`` is 1, ``max(0, margin - x)`` where it is -1."""
    return apply(  # type: ignore[no-any-return]
        "hinge_embedding_loss", input, target, margin=margin, reduction=reduction
    )
