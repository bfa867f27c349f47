"""Losses of classes."""

from __future__ import annotations

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.tensor import Tensor


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """``-weight[y] * x[y]`` for log-probabilities ``(N, C)``, ``(C,)`` or ``(N, C, ...)``; the mean is weighted."""
    return apply(  # type: ignore[no-any-return]
        "nll_loss", input, target, weight, ignore_index=ignore_index, reduction=reduction
    )


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """`nll_loss` of `log_softmax`."""
    return apply(  # type: ignore[no-any-return]
        "cross_entropy", input, target, weight, ignore_index=ignore_index, reduction=reduction
    )


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``sum_i max(0, margin - x[y] + x[i])^p / C`` over the classes other than ``y``."""
    return apply(  # type: ignore[no-any-return]
        "multi_margin_loss", input, target, weight, p=p, margin=margin, reduction=reduction
    )


def multilabel_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """``sum max(0, 1 - (x[y_j] - x[i])) / C`` over labels j and other classes i; labels first, then -1."""
    return apply("multilabel_margin_loss", input, target, reduction=reduction)  # type: ignore[no-any-return]
