"""Losses: modules of (input, target) with PyTorch's names; labels count from 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.nn.protocol import tree_leaves, tree_map
from pytorch_from_lua.tensor import Tensor

REDUCTIONS = ("mean", "sum", "none")


class Loss(Module):
    """What every loss has: ``reduction``, and Torch7's protocol of criteria over (input, target).

    Args:
        reduction: ``"mean"`` over the elements (or over the batch, where the formula says so), ``"sum"``, or
            ``"none"`` for a loss of each.
    """

    _function: ClassVar[Callable[..., Tensor]]

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__()
        if reduction not in REDUCTIONS:
            raise ModuleError(f"reduction: got {reduction!r}; allowed are {', '.join(map(repr, REDUCTIONS))}")
        self.reduction = reduction

    def _options(self) -> dict[str, Any]:
        return {}

    def forward(self, input: Any, target: Any) -> Tensor:
        return type(self)._function(input, target, **self._options(), reduction=self.reduction)

    def updateOutput(self, input: Any, target: Any = None) -> Any:
        """The loss as a number, kept as ``self.output``.

        Raises:
            ModuleError: for a loss that gives one for each element.
        """
        from pytorch_from_lua.autograd import no_grad

        if self.reduction == "none":
            raise ModuleError("reduction: 'none' gives a loss of each, and Torch7's protocol needs one number")
        with no_grad():
            self.__dict__["output"] = self(input, target).item()
        return self.output

    def updateGradInput(self, input: Any, target: Any = None) -> Any:
        """The gradient of the loss with respect to ``input``, kept as ``self.gradInput``."""
        from pytorch_from_lua.autograd import enable_grad, grad

        def leaf(tensor: Tensor) -> Tensor:
            copy = tensor.detach()
            copy.requires_grad = True
            return copy

        leaves = tree_map(leaf, input)
        with enable_grad():
            loss = self(leaves, target)
        grads = iter(grad([loss], list(tree_leaves(leaves)), None))
        self.__dict__["gradInput"] = tree_map(lambda _: next(grads), leaves)
        return self.gradInput

    def backward(self, input: Any, target: Any = None, scale: float = 1.0) -> Any:
        """Torch7's name of `updateGradInput`: a criterion has no parameters of its own to accumulate."""
        return self.updateGradInput(input, target)

    def extra_repr(self) -> str:
        return "" if self.reduction == "mean" else f"reduction={self.reduction!r}"


class _Weighted(Loss):
    """A loss with a weight for each class (or element), kept as a buffer."""

    def __init__(self, weight: Tensor | None = None, *, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.register_buffer("weight", weight)

    def _options(self) -> dict[str, Any]:
        return {"weight": self.weight}


class MSELoss(Loss):
    """``(x - y)^2`` (Torch7's ``nn.MSECriterion``)."""

    _function = staticmethod(F.mse_loss)


class L1Loss(Loss):
    """``|x - y|`` (Torch7's ``nn.AbsCriterion``)."""

    _function = staticmethod(F.l1_loss)


class SmoothL1Loss(Loss):
    """``(x - y)^2 / 2`` where ``|x - y| < 1``, else ``|x - y| - 1/2`` (Torch7's ``nn.SmoothL1Criterion``)."""

    _function = staticmethod(F.smooth_l1_loss)


class NLLLoss(_Weighted):
    """``-weight[y] * x[y]`` for log-probabilities ``x`` (Torch7's ``nn.ClassNLLCriterion``).

    Shapes: input ``(N, C)`` or ``(C,)``, target ``(N,)`` or a number; also ``(N, C, H, W)`` with ``(N, H, W)``. The
    mean is weighted.

    Args:
        weight: a weight for each of the C classes.
        ignore_index: a label that counts for nothing.
    """

    _function = staticmethod(F.nll_loss)

    def __init__(self, weight: Tensor | None = None, *, ignore_index: int = -100, reduction: str = "mean") -> None:
        super().__init__(weight, reduction=reduction)
        self.ignore_index = ignore_index

    def _options(self) -> dict[str, Any]:
        return {"weight": self.weight, "ignore_index": self.ignore_index}


class CrossEntropyLoss(NLLLoss):
    """`NLLLoss` of the logarithm of the softmax of the logits (Torch7's ``nn.CrossEntropyCriterion``)."""

    _function = staticmethod(F.cross_entropy)


class BCELoss(_Weighted):
    """``-(y log x + (1 - y) log(1 - x))`` for probabilities ``x`` (Torch7's ``nn.BCECriterion``)."""

    _function = staticmethod(F.binary_cross_entropy)


class KLDivLoss(Loss):
    """``y (log y - x)`` for log-probabilities ``x`` (Torch7's ``nn.DistKLDivCriterion``)."""

    _function = staticmethod(F.kl_div)


class SoftMarginLoss(Loss):
    """``log(1 + exp(-y x))`` for ``y`` of 1 and -1 (Torch7's ``nn.SoftMarginCriterion``)."""

    _function = staticmethod(F.soft_margin_loss)


class _Margin(Loss):
    def __init__(self, margin: float = 1.0, *, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.margin = margin

    def _options(self) -> dict[str, Any]:
        return {"margin": self.margin}

    def extra_repr(self) -> str:
        return f"margin={self.margin}"


class MarginLoss(_Margin):
    """``max(0, margin - y x)`` for ``y`` of 1 and -1 (Torch7's ``nn.MarginCriterion``)."""

    _function = staticmethod(F.margin_loss)


class HingeEmbeddingLoss(_Margin):
    """``x`` where ``y`` is 1, ``max(0, margin - x)`` where it is -1 (Torch7's ``nn.HingeEmbeddingCriterion``)."""

    _function = staticmethod(F.hinge_embedding_loss)


class MultiMarginLoss(_Weighted):
    """``sum_i max(0, margin - x[y] + x[i])^p / C`` over the other classes (Torch7's ``nn.MultiMarginCriterion``)."""

    _function = staticmethod(F.multi_margin_loss)

    def __init__(
        self, p: int = 1, margin: float = 1.0, weight: Tensor | None = None, *, reduction: str = "mean"
    ) -> None:
        super().__init__(weight, reduction=reduction)
        self.p, self.margin = p, margin

    def _options(self) -> dict[str, Any]:
        return {"p": self.p, "margin": self.margin, "weight": self.weight}


class MultiLabelMarginLoss(Loss):
    """``sum max(0, 1 - (x[y_j] - x[i])) / C`` over labels j and the other classes i
    (Torch7's ``nn.MultiLabelMarginCriterion``).

    Shapes: input ``(N, C)`` or ``(C,)``; target the same, the labels of each sample first and then -1.
    """

    _function = staticmethod(F.multilabel_margin_loss)


class _Combined(Loss):
    """Losses added up, each with its weight."""

    def __init__(self, *losses: Loss, weights: Sequence[float] | None = None) -> None:
        super().__init__()
        if weights is not None and len(weights) != len(losses):
            raise ModuleError(f"weights: {len(losses)} losses got {len(weights)} weights")
        self.weights: list[float] = []
        for i, loss in enumerate(losses):
            self.add(loss, 1.0 if weights is None else weights[i])

    def add(self, loss: Loss, weight: float = 1.0) -> Any:
        """Adds a loss; returns self."""
        self._modules[str(len(self._modules))] = loss
        self.weights.append(weight)
        return self

    def _pairs(self, input: Any, target: Any) -> list[tuple[Any, Any]]:
        raise NotImplementedError

    def forward(self, input: Any, target: Any) -> Tensor:
        pairs = self._pairs(input, target)
        if not pairs or len(pairs) != len(self.weights):
            raise ModuleError(f"input: {type(self).__name__} of {len(self.weights)} losses got {len(pairs)} inputs")
        parts = [
            loss(x, y) * weight
            for (x, y), loss, weight in zip(pairs, self._modules.values(), self.weights, strict=True)
            if loss is not None
        ]
        total: Tensor = parts[0]
        for part in parts[1:]:
            total = total + part
        return total


class MultiLoss(_Combined):
    """The weighted sum of several losses of the same input and target (Torch7's ``nn.MultiCriterion``)."""

    def _pairs(self, input: Any, target: Any) -> list[tuple[Any, Any]]:
        return [(input, target)] * len(self.weights)


class ParallelLoss(_Combined):
    """The weighted sum of loss ``i`` of input ``i`` and target ``i`` (Torch7's ``nn.ParallelCriterion``).

    Args:
        repeat_target: whether every loss gets the whole target.
    """

    def __init__(self, *losses: Loss, weights: Sequence[float] | None = None, repeat_target: bool = False) -> None:
        super().__init__(*losses, weights=weights)
        self.repeat_target = repeat_target

    def _pairs(self, input: Any, target: Any) -> list[tuple[Any, Any]]:
        if len(input) != len(self.weights):
            raise ModuleError(f"input: ParallelLoss of {len(self.weights)} losses got {len(input)} inputs")
        return [(x, target if self.repeat_target else target[i]) for i, x in enumerate(input)]
