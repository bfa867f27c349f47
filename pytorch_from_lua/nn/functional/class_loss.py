"""Losses of scores of classes and labels, which count from 0.

Shapes: scores ``(C,)``, ``(N, C)`` or ``(N, C, d1, ...)``, a label for each of ``()``, ``(N,)`` or ``(N, d1, ...)``.
``reduction`` as in the other losses; its older names ``size_average`` and ``reduce`` come with a warning.
"""

from __future__ import annotations

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import DTypeError, RangeError, ShapeError
from pytorch_from_lua.nn.functional.loss import binary_cross_entropy_with_logits
from pytorch_from_lua.nn.functional.reduction import check_same, reduced, reduction_of
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.creation import full_like


def _check(name: str, input: Tensor, target: Tensor, weight: Tensor | None, dims: int | None = None) -> None:
    """Raises where the labels, or the weights of classes, do not fit the scores."""
    if target.dtype.is_floating_point:
        raise DTypeError(f"{name}: target needs whole numbers, the labels, got {target.dtype.name}")
    shape = input.shape
    if not shape or (dims is not None and len(shape) > dims):
        raise ShapeError(f"{name}: input needs shape (C,) or (N, C), got {shape}")
    wanted = (shape[0], *shape[2:]) if len(shape) > 1 else ()
    if target.shape != wanted and not (len(shape) == 1 and target.shape == (1,)):
        raise ShapeError(f"{name}: an input of {shape} needs a target of {wanted}, got {target.shape}")
    classes = shape[1] if len(shape) > 1 else shape[0]
    if weight is not None and weight.shape != (classes,):
        raise ShapeError(f"{name}: weight needs one for each class, ({classes},), got {weight.shape}")


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``-weight[y] * x[y]`` for log-probabilities ``x`` (Torch7's ``nn.ClassNLLCriterion``).

    Args:
        input: ``(C,)``, ``(N, C)`` or ``(N, C, d1, ...)``.
        target: labels, ``()``, ``(N,)`` or ``(N, d1, ...)``.
        weight: one for each class; the mean is divided by those of the labels.
        size_average: see ``reduction``.
        ignore_index: a label that counts for nothing.
        reduce: see ``reduction``.
        reduction: "mean", "sum" or "none".

    Raises:
        DTypeError: for labels that are not whole numbers.
        RangeError: for a label outside of 0 to C - 1.
        ShapeError: for sizes that do not fit.
    """
    how = reduction_of(reduction, size_average, reduce)
    _check("nll_loss", input, target, weight)
    return apply(  # type: ignore[no-any-return]
        "nll_loss", input, target, weight, ignore_index=ignore_index, reduction=how
    )


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """`nll_loss` of the logarithm of the softmax of logits (Torch7's ``nn.CrossEntropyCriterion``).

    Args:
        input: logits, ``(C,)``, ``(N, C)`` or ``(N, C, d1, ...)``.
        target: labels, ``()``, ``(N,)`` or ``(N, d1, ...)``; or probabilities of the classes, of the input's shape.
        weight: one for each class.
        size_average: see ``reduction``.
        ignore_index: a label that counts for nothing.
        reduce: see ``reduction``.
        reduction: "mean" (over the labels' weights; over the samples for probabilities), "sum" or "none".
        label_smoothing: which part of the target is spread evenly over the classes (Szegedy et al., 2016).

    Raises:
        RangeError: for a label outside of 0 to C - 1, a smoothing outside of 0 to 1, or a label to ignore where
            there are none.
        ShapeError: for sizes that do not fit.

    >>> from pytorch_from_lua import tensor
    >>> cross_entropy(tensor([[0.0, 0.0]]), tensor([1]))
    tensor(0.6931)
    """
    how = reduction_of(reduction, size_average, reduce)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RangeError(f"cross_entropy: label_smoothing lies between 0 and 1, got {label_smoothing}")
    if target.dtype.is_floating_point:
        if ignore_index >= 0:
            raise RangeError(f"cross_entropy: ignore_index is for labels, and target holds {target.dtype.name}")
        return _of_probabilities(input, target, weight, how, label_smoothing)
    _check("cross_entropy", input, target, weight)
    if label_smoothing > 0:
        return _smoothed(input, target, weight, ignore_index, how, label_smoothing)
    return apply(  # type: ignore[no-any-return]
        "cross_entropy", input, target, weight, ignore_index=ignore_index, reduction=how
    )


def _along_classes(weight: Tensor, input: Tensor) -> Tensor:
    return weight.view(*[-1 if i == (1 if input.ndim > 1 else 0) else 1 for i in range(input.ndim)])


def _of_probabilities(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, label_smoothing: float
) -> Tensor:
    if input.ndim == 0:
        raise ShapeError("cross_entropy: input needs shape (C,) or (N, C, ...), got ()")
    check_same("cross_entropy", input=input, target=target)
    dim = 1 if input.ndim > 1 else 0
    if label_smoothing > 0:
        target = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
    log_probs = apply("log_softmax", input, dim=dim)
    if weight is not None:
        if weight.shape != (input.shape[dim],):
            raise ShapeError(
                f"cross_entropy: weight needs one for each class, ({input.shape[dim]},), got {weight.shape}"
            )
        log_probs = log_probs * _along_classes(weight, input)
    losses: Tensor = -(log_probs * target).sum(dim)
    return reduced(losses, reduction)


def _smoothed(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str, label_smoothing: float
) -> Tensor:
    """The loss of the labels and that of all classes alike; the mean of both is over the labels' weights."""
    dim = 1 if input.ndim > 1 else 0
    log_probs = apply("log_softmax", input, dim=dim)
    own = apply("nll_loss", log_probs, target, weight, ignore_index=ignore_index, reduction=reduction)
    weighted = log_probs if weight is None else log_probs * _along_classes(weight, input)
    counts = (target != ignore_index).reshape(*input.shape[:dim], *input.shape[dim + 1 :])
    losses = apply("where", counts, -weighted.sum(dim), 0)
    if reduction == "none":
        even = losses.reshape(*target.shape)
    elif reduction == "sum":
        even = losses.sum()
    elif weight is None:
        even = losses.sum() / max(int(counts.sum().item()), 1)
    else:
        minus_ones = full_like(log_probs.detach(), -1)
        total = apply("nll_loss", minus_ones, target, weight, ignore_index=ignore_index, reduction="sum")
        even = losses.sum() / total
    return own * (1 - label_smoothing) + even * (label_smoothing / input.shape[dim])  # type: ignore[no-any-return]


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``sum_i weight[y] max(0, margin - x[y] + x[i])^p / C`` over the classes other than ``y``
    (Torch7's ``nn.MultiMarginCriterion``).

    Args:
        input: ``(C,)`` or ``(N, C)``.
        target: labels, ``()`` or ``(N,)``.
        p: 1 or 2.
        margin: how much larger the label's score should be.
        weight: one for each class.
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean" over the samples, "sum" or "none".

    Raises:
        RangeError: for another ``p``, or a label outside of 0 to C - 1.
        ShapeError: for sizes that do not fit.
    """
    how = reduction_of(reduction, size_average, reduce)
    if p not in (1, 2):
        raise RangeError(f"multi_margin_loss: p needs to be 1 or 2, got {p}")
    _check("multi_margin_loss", input, target, weight, dims=2)
    return apply(  # type: ignore[no-any-return]
        "multi_margin_loss", input, target, weight, p=p, margin=margin, reduction=how
    )


def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``sum max(0, 1 - (x[y_j] - x[i])) / C`` over labels j and other classes i
    (Torch7's ``nn.MultiLabelMarginCriterion``).

    Args:
        input: ``(C,)`` or ``(N, C)``.
        target: whole numbers of the same shape: the labels of each sample first, then -1.
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean" over the samples, "sum" or "none".
    """
    how = reduction_of(reduction, size_average, reduce)
    if input.ndim not in (1, 2):
        raise ShapeError(f"multilabel_margin_loss: input needs shape (C,) or (N, C), got {input.shape}")
    if target.dtype.is_floating_point:
        raise DTypeError(f"multilabel_margin_loss: target needs whole numbers, the labels, got {target.dtype.name}")
    check_same("multilabel_margin_loss", input=input, target=target)
    return apply("multilabel_margin_loss", input, target, reduction=how)  # type: ignore[no-any-return]


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean over the classes of the cross entropy of targets of 0 and 1 and of the sigmoids of the scores
    (Torch7's ``nn.MultiLabelSoftMarginCriterion``).

    Args:
        input: ``(C,)`` or ``(N, C)``; the classes are the last dimension.
        target: of the same shape.
        weight: one for each class.
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean" over the samples, "sum" or "none".
    """
    how = reduction_of(reduction, size_average, reduce)
    check_same("multilabel_soft_margin_loss", input=input, target=target)
    return reduced(binary_cross_entropy_with_logits(input, target, weight, reduction="none").mean(-1), how)
