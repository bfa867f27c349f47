"""Losses of two or three inputs: how near they are to each other, and which is the larger."""

from __future__ import annotations

from collections.abc import Callable

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.nn.functional.reduction import check_same, over_rows, reduced, reduction_of
from pytorch_from_lua.tensor import Tensor


def _positive_part(x: Tensor) -> Tensor:
    return apply("clamp", x, min=0)  # type: ignore[no-any-return]


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``max(0, margin - y (x1 - x2))``: x1 is to be the larger where y is 1, the smaller where it is -1.

    Args:
        input1: of any shape.
        input2: of the same shape.
        target: of the same shape, 1 and -1.
        margin: by how much.
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean", "sum", "none", or "batchmean", which divides the sum by the first dimension's size as
            Torch7's ``nn.MarginRankingCriterion`` does.

    Raises:
        ShapeError: where the three differ in the number of dimensions or do not broadcast.
    """
    how = reduction_of(reduction, size_average, reduce, more=("batchmean",))
    if not input1.ndim == input2.ndim == target.ndim:
        told = f"{input1.shape}, {input2.shape} and {target.shape}"
        raise ShapeError(f"margin_ranking_loss: input1, input2 and target need as many dimensions, got {told}")
    losses = apply("margin_ranking_loss", input1, input2, target, margin=margin)
    return over_rows(losses, how)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``1 - cos(x1, x2)`` where y is 1, ``max(0, cos(x1, x2) - margin)`` where it is -1.

    Args:
        input1: ``(N, D)`` or ``(D,)``.
        input2: of the same shape.
        target: ``(N,)`` or ``()``.
        margin: between -1 and 1.
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean", "sum" or "none".

    Raises:
        ShapeError: for other shapes.
    """
    how = reduction_of(reduction, size_average, reduce)
    check_same("cosine_embedding_loss", input1=input1, input2=input2)
    if input1.ndim not in (1, 2) or target.shape != input1.shape[:-1]:
        raise ShapeError(
            f"cosine_embedding_loss: needs inputs (N, D) or (D,) and a target (N,) or (), got {input1.shape} and "
            f"{target.shape}"
        )
    return reduced(apply("cosine_embedding_loss", input1, input2, target, margin=margin), how)


Distance = Callable[[Tensor, Tensor], Tensor]


def _triplet(
    anchor: Tensor, positive: Tensor, negative: Tensor, distance: Distance, margin: float, swap: bool, reduction: str
) -> Tensor:
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = apply("minimum", far, distance(positive, negative))
    return reduced(_positive_part(near - far + margin), reduction)


def _check_triplet(name: str, anchor: Tensor, positive: Tensor, negative: Tensor, margin: float) -> None:
    if not margin > 0:
        raise RangeError(f"{name}: margin needs to be above 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        told = f"{anchor.shape}, {positive.shape} and {negative.shape}"
        raise ShapeError(f"{name}: anchor, positive and negative need as many dimensions, got {told}")


def _distance(p: float, eps: float) -> Distance:
    """The p-norm of ``a - b + eps`` along the last dimension."""
    return lambda a, b: apply("norm", a - b + eps, p=p, dim=-1)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``max(0, d(a, p) - d(a, n) + margin)`` for the distance ``d`` of the p-norm (Balntas et al., 2016).

    Args:
        anchor: ``(..., D)``.
        positive: ``(..., D)``, to be near the anchor.
        negative: ``(..., D)``, to be far from it.
        margin: by how much, above 0.
        p: the norm's degree.
        eps: added to each difference, so that the norm has a gradient.
        swap: whether the negative's distance is the smaller of those to the anchor and to the positive.
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean", "sum" or "none".

    Raises:
        RangeError: for a margin that is not above 0.
        ShapeError: where the three do not fit together.
    """
    how = reduction_of(reduction, size_average, reduce)
    _check_triplet("triplet_margin_loss", anchor, positive, negative, margin)
    return _triplet(anchor, positive, negative, _distance(p, eps), margin, swap, how)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Distance | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with any distance, a function of two tensors; Euclidean where None.

    ``max(0, margin + d(anchor, positive) - d(anchor, negative))``. Shapes: three tensors that the distance takes.
    """
    how = reduction_of(reduction)
    _check_triplet("triplet_margin_with_distance_loss", anchor, positive, negative, margin)
    distance = _distance(2.0, 1e-6) if distance_function is None else distance_function
    return _triplet(anchor, positive, negative, distance, margin, swap, how)


def l1_hinge_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor | float, margin: float = 1.0) -> Tensor:
    """``d = |x1 - x2|`` in the 1-norm where y is 1, ``max(0, margin - d)`` where it is -1
    (Torch7's ``nn.L1HingeEmbeddingCriterion``): one number for one pair.

    Args:
        input1: of any shape.
        input2: of the same shape.
        target: 1 or -1, as a number or a tensor of one element.
        margin: how far apart is far enough.

    Raises:
        ShapeError: where the inputs differ in shape, or there is more than one target.
    """
    check_same("l1_hinge_embedding_loss", input1=input1, input2=input2)
    if isinstance(target, Tensor) and target.numel() != 1:
        raise ShapeError(f"l1_hinge_embedding_loss: target needs one element, got {target.shape}")
    sign = target.item() if isinstance(target, Tensor) else target
    return apply(  # type: ignore[no-any-return]
        "l1_hinge_embedding_loss", input1, input2, alike=sign != -1, margin=margin
    )


def distance_ratio_loss(input1: Tensor, input2: Tensor, reduction: str = "mean") -> Tensor:
    """``-log(exp(-s) / (exp(-s) + exp(-d)))`` of distances ``s`` of what is alike and ``d`` of what is not
    (Torch7's ``nn.DistanceRatioCriterion``).

    Args:
        input1: ``s``, of any shape.
        input2: ``d``, of the same shape.
        reduction: "mean", "sum", "none", or "batchmean", which divides the sum by the first dimension's size as
            Torch7 does.
    """
    how = reduction_of(reduction, more=("batchmean",))
    check_same("distance_ratio_loss", input1=input1, input2=input2)
    return over_rows(apply("distance_ratio_loss", input1, input2), how)
