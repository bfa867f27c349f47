"""Losses of scores of classes; labels count from 0."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.loss import Loss, _Weighted
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.dtype import get_default_dtype


class NLLLoss(_Weighted):
    """``-weight[y] * x[y]`` for log-probabilities ``x`` (Torch7's ``nn.ClassNLLCriterion``, and
    ``nn.SpatialClassNLLCriterion`` for images).

    Shapes: input ``(N, C)`` or ``(C,)``, target ``(N,)`` or ``()``; also ``(N, C, H, W)`` with ``(N, H, W)``. The
    mean is weighted.

    Args:
        weight: a weight for each of the C classes.
        size_average: see ``reduction``.
        ignore_index: a label that counts for nothing.
        reduce: see ``reduction``.
        reduction: "mean", "sum" or "none".
    """

    _function = staticmethod(F.nll_loss)
    _arguments: ClassVar[tuple[str, ...]] = ("weight", "ignore_index")

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index


class CrossEntropyLoss(NLLLoss):
    """`NLLLoss` of the logarithm of the softmax of the logits (Torch7's ``nn.CrossEntropyCriterion``).

    Shapes: as in `NLLLoss`; the target may also be probabilities of the classes, of the input's shape.

    Args:
        weight: a weight for each class.
        size_average: see ``reduction``.
        ignore_index: a label that counts for nothing.
        reduce: see ``reduction``.
        reduction: "mean", "sum" or "none".
        label_smoothing: which part of the target is spread evenly over the classes.
    """

    _function = staticmethod(F.cross_entropy)
    _arguments: ClassVar[tuple[str, ...]] = ("weight", "ignore_index", "label_smoothing")

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, ignore_index, reduce, reduction)
        if not 0.0 <= label_smoothing <= 1.0:
            raise ModuleError(f"label_smoothing: lies between 0 and 1, got {label_smoothing}")
        self.label_smoothing = label_smoothing


class MultiMarginLoss(_Weighted):
    """``sum_i weight[y] max(0, margin - x[y] + x[i])^p / C`` over the other classes
    (Torch7's ``nn.MultiMarginCriterion``).

    Shapes: input ``(N, C)`` or ``(C,)``, target ``(N,)`` or ``()``.

    Args:
        p: 1 or 2.
        margin: how much larger the label's score should be.
        weight: a weight for each class.
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean", "sum" or "none".
    """

    _function = staticmethod(F.multi_margin_loss)
    _arguments: ClassVar[tuple[str, ...]] = ("p", "margin", "weight")

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ModuleError(f"p: needs to be 1 or 2, got {p}")
        self.p, self.margin = p, margin


class MultiLabelMarginLoss(Loss):
    """``sum max(0, 1 - (x[y_j] - x[i])) / C`` over labels j and the other classes i
    (Torch7's ``nn.MultiLabelMarginCriterion``).

    Shapes: input ``(N, C)`` or ``(C,)``; target the same, the labels of each sample first and then -1.
    """

    _function = staticmethod(F.multilabel_margin_loss)


class MultiLabelSoftMarginLoss(_Weighted):
    """The cross entropy of targets of 0 and 1 and of the scores' sigmoids, a mean over the classes
    (Torch7's ``nn.MultiLabelSoftMarginCriterion``).

    Shapes: input ``(N, C)`` or ``(C,)``; target the same.

    Args:
        weight: a weight for each class.
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean" over the samples, "sum" or "none".
        sum_classes: whether "sum" is over the classes too, as in Torch7.
    """

    _function = staticmethod(F.multilabel_soft_margin_loss)

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        *,
        sum_classes: bool = False,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.sum_classes = sum_classes

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss."""
        loss = super().forward(input, target)
        return loss * input.shape[-1] if self.sum_classes and self.reduction == "sum" else loss


def simplex(corners: int) -> np.ndarray[Any, Any]:
    """The corners of a regular simplex around 0, each of length 1, a row each: ``(corners, corners - 1)``.

    Any two have the product ``-1 / (corners - 1)``.
    """
    n = corners - 1
    rows = np.zeros((corners, n))
    for k in range(n):
        rows[k, k] = height = math.sqrt(1.0 - float((rows[k, :k] ** 2).sum()))
        rows[k + 1 :, k] = (height**2 - 1.0 - 1.0 / n) / height
    return rows


class ClassSimplexLoss(Loss):
    """`MSELoss` of the input and of the corner of a regular simplex that stands for the label
    (Torch7's ``nn.ClassSimplexCriterion``; Mroueh et al., 2012).

    Shapes: input ``(N, C)`` or ``(C,)``, target ``(N,)`` or ``()``; or corners themselves, of the input's shape.

    Args:
        num_classes: C, 2 or more.
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean", "sum" or "none".

    Attributes:
        simplex: the corners, ``(C, C)``; the last column is 0.
    """

    def __init__(
        self,
        num_classes: int,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        if num_classes < 2:
            raise ModuleError(f"num_classes: needs to be 2 or more, got {num_classes}")
        self.num_classes = num_classes
        corners = np.zeros((num_classes, num_classes))
        corners[:, :-1] = simplex(num_classes)
        self.register_buffer("simplex", Tensor.from_array(corners.astype(get_default_dtype().numpy)))

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss.

        Raises:
            ModuleError: for sizes or labels that do not fit.
        """
        count = self.num_classes
        if input.ndim not in (1, 2) or input.shape[-1] != count:
            raise ModuleError(f"ClassSimplexLoss: input needs shape (N, {count}) or ({count},), got {input.shape}")
        if not target.dtype.is_floating_point:
            if target.shape != input.shape[:-1]:
                raise ModuleError(f"ClassSimplexLoss: target needs shape {input.shape[:-1]}, got {target.shape}")
            labels = target.array
            if labels.size and not (labels.min() >= 0 and labels.max() < count):
                raise ModuleError(
                    f"ClassSimplexLoss: labels go from 0 to {count - 1}, target has {labels.min()} to {labels.max()}"
                )
            target = self.simplex[target]
        return F.mse_loss(input, target.to(input.dtype), reduction=self.reduction)

    def getPredictions(self, input: Tensor) -> Tensor:
        """The product of each row of the input with each class's corner (Torch7's name): ``(N, C)``."""
        rows = input if input.ndim == 2 else input.unsqueeze(0)
        products: Tensor = rows @ self.simplex.t().to(input.dtype)
        return products

    def getTopPrediction(self, input: Tensor) -> Tensor:
        """The label whose corner is nearest to each row of the input (Torch7's name): ``(N,)``."""
        labels: Tensor = self.getPredictions(input).argmax(1)
        return labels

    def extra_repr(self) -> str:
        return ", ".join([str(self.num_classes), *super().extra_repr().split(", ")]).removesuffix(", ")


class CTCLoss(Loss):
    """Minus the logarithm of the probability that the outputs, without repetitions and blanks, are the target
    (Graves et al., 2006).

    Shapes: see `functional.ctc_loss`. Torch7's methods take the last three as one list, the target.

    Args:
        blank: the class that stands for no label.
        reduction: "mean" (each loss divided by its target's length), "sum" or "none".
        zero_infinity: whether a target that is too long for its input counts as 0.
    """

    _arguments: ClassVar[tuple[str, ...]] = ("blank", "zero_infinity")

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.blank, self.zero_infinity = blank, zero_infinity

    def forward(  # type: ignore[override]
        self, log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any
    ) -> Tensor:
        """The loss."""
        options = self._options()
        return F.ctc_loss(log_probs, targets, input_lengths, target_lengths, **options, reduction=self.reduction)

    def _of(self, input: Any, target: Any) -> Any:
        return self(input, *target)
