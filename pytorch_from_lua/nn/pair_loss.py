"""Losses of two or three inputs. PyTorch's are called with each by itself; Torch7's methods take a list of them."""

from __future__ import annotations

from typing import Any, ClassVar

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.functional.pair_loss import Distance
from pytorch_from_lua.nn.functional.reduction import REDUCTIONS
from pytorch_from_lua.nn.loss import Loss
from pytorch_from_lua.tensor import Tensor


class _Pair(Loss):
    """A loss of two inputs and a target."""

    _arguments: ClassVar[tuple[str, ...]] = ("margin",)

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:  # type: ignore[override]
        """The loss of two inputs and a target."""
        return type(self)._function(input1, input2, target, **self._options(), reduction=self.reduction)

    def _of(self, input: Any, target: Any) -> Any:
        return self(*input, target)


class MarginRankingLoss(_Pair):
    """``max(0, margin - y (x1 - x2))`` for ``y`` of 1 and -1 (Torch7's ``nn.MarginRankingCriterion``, whose margin is
    1 where none is given).

    Shapes: both inputs and the target of one shape. With ``reduction="batchmean"`` the sum is divided by the first
    dimension's size, as in Torch7.
    """

    _reductions: ClassVar[tuple[str, ...]] = (*REDUCTIONS, "batchmean")
    _function = staticmethod(F.margin_ranking_loss)


class CosineEmbeddingLoss(_Pair):
    """``1 - cos(x1, x2)`` where ``y`` is 1, ``max(0, cos(x1, x2) - margin)`` where it is -1
    (Torch7's ``nn.CosineEmbeddingCriterion``).

    Shapes: inputs ``(N, D)`` or ``(D,)``, target ``(N,)`` or ``()``.
    """

    _function = staticmethod(F.cosine_embedding_loss)


class L1HingeEmbeddingLoss(Loss):
    """``d = |x1 - x2|`` in the 1-norm where ``y`` is 1, ``max(0, margin - d)`` where it is -1
    (Torch7's ``nn.L1HingeEmbeddingCriterion``): one number for one pair.

    Shapes: both inputs of one shape; one target.

    Args:
        margin: how far apart is far enough.
    """

    _arguments: ClassVar[tuple[str, ...]] = ("margin",)

    def __init__(self, margin: float = 1.0) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor | float) -> Tensor:  # type: ignore[override]
        """The loss of a pair."""
        return F.l1_hinge_embedding_loss(input1, input2, target, self.margin)

    def _of(self, input: Any, target: Any) -> Any:
        return self(*input, target)


class DistanceRatioLoss(Loss):
    """``-log(exp(-s) / (exp(-s) + exp(-d)))`` of distances of what is alike and of what is not, without a target
    (Torch7's ``nn.DistanceRatioCriterion``; Hoffer and Ailon, 2015).

    Shapes: both of one shape. With ``reduction="batchmean"`` the sum is divided by the first dimension's size, as in
    Torch7.
    """

    _reductions: ClassVar[tuple[str, ...]] = (*REDUCTIONS, "batchmean")

    def forward(self, input1: Tensor, input2: Tensor, target: Any = None) -> Tensor:  # type: ignore[override]
        """The loss of two distances; a target counts for nothing."""
        return F.distance_ratio_loss(input1, input2, self.reduction)

    def _of(self, input: Any, target: Any) -> Any:
        return self(*input)


class _Triplet(Loss):
    """A loss of an anchor, what is to be near it and what is to be far from it."""

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:  # type: ignore[override]
        """The loss of three inputs, each ``(N, D)``."""
        return type(self)._function(anchor, positive, negative, **self._options(), reduction=self.reduction)

    def _of(self, input: Any, target: Any) -> Any:
        return self(*input)

    @staticmethod
    def _checked(margin: float) -> float:
        if not margin > 0:
            raise ModuleError(f"margin: needs to be above 0, got {margin}")
        return margin


class TripletMarginLoss(_Triplet):
    """``max(0, d(a, p) - d(a, n) + margin)`` for the distance of the p-norm (Balntas et al., 2016).

    Shapes: anchor, positive and negative ``(N, D)`` or ``(D,)``.

    Args:
        margin: by how much, above 0.
        p: the norm's degree.
        eps: added to each difference.
        swap: whether the negative's distance is the smaller of those to the anchor and to the positive.
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean", "sum" or "none".
    """

    _function = staticmethod(F.triplet_margin_loss)
    _arguments: ClassVar[tuple[str, ...]] = ("margin", "p", "eps", "swap")

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin, self.p, self.eps, self.swap = self._checked(margin), p, eps, swap


class TripletMarginWithDistanceLoss(_Triplet):
    """`TripletMarginLoss` with any distance: ``max(0, margin + d(anchor, positive) - d(anchor, negative))``.

    Args:
        distance_function: a function of two tensors; Euclidean where None.
        margin: by how much, above 0.
        swap: whether the negative's distance is the smaller of those to the anchor and to the positive.
        reduction: "mean", "sum" or "none".
    """

    _function = staticmethod(F.triplet_margin_with_distance_loss)
    _arguments: ClassVar[tuple[str, ...]] = ("distance_function", "margin", "swap")

    def __init__(
        self,
        *,
        distance_function: Distance | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        self.distance_function, self.margin, self.swap = distance_function, self._checked(margin), swap
