"""Losses of an input and a target of one shape.

All take ``reduction``: ``"mean"`` over the elements, ``"sum"``, or ``"none"`` for a loss of each, of the input's shape;
``size_average`` and ``reduce`` are PyTorch's older names for the same and come with a warning. All raise ``RangeError``
for another reduction and ``ShapeError`` for sizes that do not fit.
"""

from __future__ import annotations

import math
from typing import Any

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.nn.functional.reduction import broadcast, check_same, reduced, reduction_of
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.creation import full_like


def _distance(
    name: str, input: Tensor, target: Tensor, reduction: str, weight: Tensor | None, **options: float
) -> Tensor:
    """A loss of ``x - y``; its mean is weighted where there are weights."""
    input, target = broadcast(name, input, target)
    if weight is None:
        return apply(name, input, target, reduction=reduction, **options)  # type: ignore[no-any-return]
    check_same(name, input=input, weight=weight)
    losses = apply(name, input, target, reduction="none", **options) * weight
    return losses.sum() / weight.sum() if reduction == "mean" else reduced(losses, reduction)


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """``(x - y)^2`` (Torch7's ``nn.MSECriterion``).

    Args:
        input: of any shape.
        target: of the same shape.
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean", "sum" or "none".
        weight: a factor for each element; the mean is divided by their sum.

    >>> from pytorch_from_lua import tensor
    >>> mse_loss(tensor([1.0, 2.0]), tensor([1.0, 4.0]))
    tensor(2.)
    """
    return _distance("mse_loss", input, target, reduction_of(reduction, size_average, reduce), weight)


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """``|x - y|`` (Torch7's ``nn.AbsCriterion``); arguments as in `mse_loss`."""
    return _distance("l1_loss", input, target, reduction_of(reduction, size_average, reduce), weight)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """``d^2 / (2 beta)`` where ``d = |x - y|`` is below ``beta``, else ``d - beta / 2``
    (Girshick, 2015; Torch7's ``nn.SmoothL1Criterion``).

    Raises:
        RangeError: for a ``beta`` below 0.
    """
    if beta < 0:
        raise RangeError(f"smooth_l1_loss: beta needs to be 0 or more, got {beta}")
    how = reduction_of(reduction, size_average, reduce)
    return _distance("smooth_l1_loss", input, target, how, None, beta=beta)


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """``d^2 / 2`` where ``d = |x - y|`` is below ``delta``, else ``delta (d - delta / 2)`` (Huber, 1964).

    Raises:
        RangeError: for a ``delta`` that is not above 0.
    """
    if not delta > 0:
        raise RangeError(f"huber_loss: delta needs to be above 0, got {delta}")
    return _distance("huber_loss", input, target, reduction_of(reduction), weight, delta=delta)


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``-weight * (y log x + (1 - y) log(1 - x))`` for probabilities ``x`` (Torch7's ``nn.BCECriterion``).

    Args:
        input: of any shape, between 0 and 1; a logarithm counts as -100 where it is less.
        target: of the same shape.
        weight: broadcast to that shape.
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean", "sum" or "none".

    Raises:
        RangeError: for an input outside of 0 to 1.
    """
    how = reduction_of(reduction, size_average, reduce)
    check_same("binary_cross_entropy", input=input, target=target)
    _check_weight("binary_cross_entropy", "weight", input, weight)
    x = input.array
    if x.size and not (x.min() >= 0 and x.max() <= 1):
        raise RangeError(f"binary_cross_entropy: input needs to lie between 0 and 1, goes from {x.min()} to {x.max()}")
    return apply("binary_cross_entropy", input, target, weight, reduction=how)  # type: ignore[no-any-return]


def _check_weight(name: str, argument: str, input: Tensor, weight: Tensor | None) -> None:
    if weight is None:
        return
    pairs = zip(weight.shape[::-1], input.shape[::-1], strict=False)
    if weight.ndim > input.ndim or any(w not in (1, x) for w, x in pairs):
        raise ShapeError(f"{name}: {argument} needs to broadcast to {input.shape}, got {weight.shape}")


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """``-weight * (p y log s(x) + (1 - y) log(1 - s(x)))`` for the sigmoid ``s``; no number is too large for it.

    Args:
        input: logits, of any shape.
        target: of the same shape.
        weight: broadcast to that shape.
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean", "sum" or "none".
        pos_weight: ``p``, how much positive targets count, broadcast to that shape.
    """
    how = reduction_of(reduction, size_average, reduce)
    name = "binary_cross_entropy_with_logits"
    check_same(name, input=input, target=target)
    _check_weight(name, "weight", input, weight)
    _check_weight(name, "pos_weight", input, pos_weight)
    return apply(name, input, target, weight, pos_weight, reduction=how)  # type: ignore[no-any-return]


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """``y (log y - x)`` for log-probabilities ``x`` (Torch7's ``nn.DistKLDivCriterion``).

    Args:
        input: log-probabilities, of any shape.
        target: probabilities of the same shape; what is not above 0 counts for nothing.
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean", "sum", "none", or "batchmean", which divides the sum by the first dimension's size.
        log_target: whether the target is log-probabilities too.
    """
    how = reduction_of(reduction, size_average, reduce, more=("batchmean",))
    summed = "sum" if how == "batchmean" else how
    if log_target:
        loss = reduced(target.exp() * (target - input), summed)
    else:
        check_same("kl_div", input=input, target=target)
        loss = apply("kl_div", input, target, reduction=summed)
    return loss / input.shape[0] if how == "batchmean" and input.ndim > 0 else loss


def _of_signs(
    name: str,
    input: Tensor,
    target: Tensor,
    size_average: bool | None,
    reduce: bool | None,
    reduction: str,
    **options: float,
) -> Tensor:
    how = reduction_of(reduction, size_average, reduce)
    check_same(name, input=input, target=target)
    return apply(name, input, target, reduction=how, **options)  # type: ignore[no-any-return]


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``log(1 + exp(-y x))`` for ``y`` of 1 and -1 (Torch7's ``nn.SoftMarginCriterion``)."""
    return _of_signs("soft_margin_loss", input, target, size_average, reduce, reduction)


def margin_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``max(0, margin - y x)`` for ``y`` of 1 and -1 (Torch7's ``nn.MarginCriterion``)."""
    return _of_signs("margin_loss", input, target, size_average, reduce, reduction, margin=margin)


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``x`` where ``y`` is 1, ``max(0, margin - x)`` where it is -1 (Torch7's ``nn.HingeEmbeddingCriterion``)."""
    return _of_signs("hinge_embedding_loss", input, target, size_average, reduce, reduction, margin=margin)


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``exp(x) - y x`` for counts ``y`` of Poisson's distribution with mean ``exp(x)``.

    Args:
        input: of any shape, the mean's logarithm; the mean itself, for ``x - y log(x + eps)``, without ``log_input``.
        target: of the same shape.
        log_input: see ``input``.
        full: whether Stirling's ``y log y - y + log(2 pi y) / 2`` is added where ``y > 1``.
        size_average: see ``reduction``.
        eps: added before a logarithm is taken.
        reduce: see ``reduction``.
        reduction: "mean", "sum" or "none".
    """
    how = reduction_of(reduction, size_average, reduce)
    losses = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        counts = apply("where", target > 1, target, 2)
        stirling = counts * counts.log() - counts + (counts * (2 * math.pi)).log() * 0.5
        losses = losses + apply("where", target > 1, stirling, 0)
    return reduced(losses, how)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """``(log v + (x - y)^2 / v) / 2`` for targets of the normal distribution with mean ``x`` and variance ``v``.

    Args:
        input: of any shape.
        target: of the same shape, or one that broadcasts to it.
        var: the variance: of the same shape, with a last dimension of 1 or none where it is one for all of them, or a
            number; where it is below ``eps`` it counts as ``eps``, with the gradient that it has.
        full: whether ``log(2 pi) / 2`` is added.
        eps: the least variance.
        reduction: "mean", "sum" or "none".

    Raises:
        RangeError: for a variance below 0.
        ShapeError: for a variance of another shape.
    """
    how = reduction_of(reduction)
    variance = _variance(input, var)
    if variance.array.size and float(variance.array.min()) < 0:
        raise RangeError(f"gaussian_nll_loss: var needs to be 0 or more, got {variance.array.min()}")
    short = apply("clamp", eps - variance.detach(), min=0)
    variance = variance + short
    difference = input - target
    losses = (variance.log() + difference * difference / variance) * 0.5
    return reduced(losses + 0.5 * math.log(2 * math.pi) if full else losses, how)


def _variance(input: Tensor, var: Any) -> Tensor:
    if not isinstance(var, Tensor):
        return full_like(input.detach(), var)
    if var.shape == input.shape:
        return var
    if var.shape == input.shape[:-1]:
        return var.unsqueeze(-1)
    other = [v for v, x in zip(var.shape, input.shape, strict=False) if v != x]
    if var.ndim == input.ndim and other == [1]:
        return var
    raise ShapeError(
        f"gaussian_nll_loss: var needs the shape of input, {input.shape}, or one for a row, got {var.shape}"
    )
