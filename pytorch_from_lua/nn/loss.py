"""Losses of an input and a target of one shape, and what every loss has; PyTorch's names and arguments.

A file a family: these, ``class_loss.py``, ``pair_loss.py`` and ``composed_loss.py``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.functional.reduction import REDUCTIONS, reduction_of
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.nn.protocol import tree_leaves, tree_map
from pytorch_from_lua.tensor import Tensor


class Loss(Module):
    """What every loss has: ``reduction``, and Torch7's protocol of criteria over (input, target).

    Args:
        size_average: PyTorch's older name for ``reduction="mean"`` (True) or ``"sum"`` (False); comes with a warning.
        reduce: PyTorch's older name for ``reduction="none"`` (False).
        reduction: ``"mean"`` over the elements (or over the batch, where the formula says so), ``"sum"``, or
            ``"none"`` for a loss of each.

    Raises:
        ModuleError: for another ``reduction``.
    """

    _function: ClassVar[Callable[..., Tensor]]
    #: The attributes that the function takes too.
    _arguments: ClassVar[tuple[str, ...]] = ()
    #: What ``reduction`` may be.
    _reductions: ClassVar[tuple[str, ...]] = REDUCTIONS

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__()
        if reduction not in self._reductions:
            raise ModuleError(f"reduction: got {reduction!r}; allowed are {', '.join(map(repr, self._reductions))}")
        self.reduction = reduction_of(reduction, size_average, reduce, self._reductions)

    def _options(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._arguments}

    def forward(self, input: Any, target: Any) -> Tensor:
        """The loss: a number without dimensions, or one for each with ``reduction="none"``."""
        return type(self)._function(input, target, **self._options(), reduction=self.reduction)

    def _of(self, input: Any, target: Any) -> Any:
        """The loss of what Torch7 calls the input, which may be a table, and the target."""
        return self(input, target)

    def updateOutput(self, input: Any, target: Any = None) -> Any:
        """The loss as a number, kept as ``self.output``.

        Raises:
            ModuleError: for a loss that gives one for each element.
        """
        from pytorch_from_lua.autograd import no_grad

        if self.reduction == "none":
            raise ModuleError("reduction: 'none' gives a loss of each, and Torch7's protocol needs one number")
        with no_grad():
            self.__dict__["output"] = self._of(input, target).item()
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
            loss = self._of(leaves, target)
        grads = iter(grad([loss], list(tree_leaves(leaves)), None))
        self.__dict__["gradInput"] = tree_map(lambda _: next(grads), leaves)
        return self.gradInput

    def backward(self, input: Any, target: Any = None, scale: float = 1.0) -> Any:
        """Torch7's name of `updateGradInput`: a criterion has no parameters of its own to accumulate."""
        return self.updateGradInput(input, target)

    def extra_repr(self) -> str:
        usual = inspect.signature(type(self).__init__).parameters
        said = [name for name in (*self._arguments, "reduction") if name not in self._buffers]
        given = [(name, getattr(self, name)) for name in said]
        return ", ".join([f"{n}={v!r}" for n, v in given if n not in usual or usual[n].default != v])


class _Weighted(Loss):
    """A loss with a weight for each class (or element), kept as a buffer."""

    _arguments: ClassVar[tuple[str, ...]] = ("weight",)

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


class MSELoss(Loss):
    """``(x - y)^2`` (Torch7's ``nn.MSECriterion``).

    Shapes: input and target of one shape; see `functional.mse_loss`.
    """

    _function = staticmethod(F.mse_loss)


class L1Loss(Loss):
    """``|x - y|`` (Torch7's ``nn.AbsCriterion``).

    Shapes: input and target of one shape.
    """

    _function = staticmethod(F.l1_loss)


class SmoothL1Loss(Loss):
    """``d^2 / (2 beta)`` where ``d = |x - y| < beta``, else ``d - beta / 2`` (Torch7's ``nn.SmoothL1Criterion``).

    Shapes: input and target of one shape.

    Args:
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean", "sum" or "none".
        beta: where the square becomes a line; 0 makes it `L1Loss`.
    """

    _function = staticmethod(F.smooth_l1_loss)
    _arguments: ClassVar[tuple[str, ...]] = ("beta",)

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        beta: float = 1.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        if beta < 0:
            raise ModuleError(f"beta: needs to be 0 or more, got {beta}")
        self.beta = beta


class HuberLoss(Loss):
    """``d^2 / 2`` where ``d = |x - y| < delta``, else ``delta (d - delta / 2)`` (Huber, 1964).

    Shapes: input and target of one shape.

    Args:
        reduction: "mean", "sum" or "none".
        delta: where the square becomes a line, above 0.
    """

    _function = staticmethod(F.huber_loss)
    _arguments: ClassVar[tuple[str, ...]] = ("delta",)

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        if not delta > 0:
            raise ModuleError(f"delta: needs to be above 0, got {delta}")
        self.delta = delta


class BCELoss(_Weighted):
    """``-(y log x + (1 - y) log(1 - x))`` for probabilities ``x`` (Torch7's ``nn.BCECriterion``).

    Shapes: input and target of one shape; weight broadcast to it.
    """

    _function = staticmethod(F.binary_cross_entropy)


class BCEWithLogitsLoss(_Weighted):
    """`BCELoss` of the sigmoid of the input, in one formula that no number is too large for.

    Shapes: input and target of one shape; weight and pos_weight broadcast to it.

    Args:
        weight: a factor for each loss.
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean", "sum" or "none".
        pos_weight: how much positive targets count.
    """

    _function = staticmethod(F.binary_cross_entropy_with_logits)
    _arguments: ClassVar[tuple[str, ...]] = ("weight", "pos_weight")

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)


class KLDivLoss(Loss):
    """``y (log y - x)`` for log-probabilities ``x`` (Torch7's ``nn.DistKLDivCriterion``).

    Shapes: input and target of one shape.

    Args:
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean", "sum", "none" or "batchmean", which divides the sum by the first dimension's size.
        log_target: whether the target is log-probabilities too.
    """

    _function = staticmethod(F.kl_div)
    _arguments: ClassVar[tuple[str, ...]] = ("log_target",)
    _reductions: ClassVar[tuple[str, ...]] = (*REDUCTIONS, "batchmean")

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target


class SoftMarginLoss(Loss):
    """``log(1 + exp(-y x))`` for ``y`` of 1 and -1 (Torch7's ``nn.SoftMarginCriterion``).

    Shapes: input and target of one shape.
    """

    _function = staticmethod(F.soft_margin_loss)


class _Margin(Loss):
    _arguments: ClassVar[tuple[str, ...]] = ("margin",)

    def __init__(
        self,
        margin: float = 1.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin


class MarginLoss(_Margin):
    """``max(0, margin - y x)`` for ``y`` of 1 and -1 (Torch7's ``nn.MarginCriterion``).

    Shapes: input and target of one shape.
    """

    _function = staticmethod(F.margin_loss)


class HingeEmbeddingLoss(_Margin):
    """``x`` where ``y`` is 1, ``max(0, margin - x)`` where it is -1 (Torch7's ``nn.HingeEmbeddingCriterion``).

    Shapes: input and target of one shape.
    """

    _function = staticmethod(F.hinge_embedding_loss)


class PoissonNLLLoss(Loss):
    """``exp(x) - y x`` for counts ``y`` of Poisson's distribution; see `functional.poisson_nll_loss`.

    Args:
        log_input: whether the input is the mean's logarithm.
        full: whether Stirling's term is added.
        size_average: see ``reduction``.
        eps: added before a logarithm is taken.
        reduce: see ``reduction``.
        reduction: "mean", "sum" or "none".
    """

    _function = staticmethod(F.poisson_nll_loss)
    _arguments: ClassVar[tuple[str, ...]] = ("log_input", "full", "eps")

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input, self.full, self.eps = log_input, full, eps


class GaussianNLLLoss(Loss):
    """``(log v + (x - y)^2 / v) / 2`` of an input, a target and a variance; see `functional.gaussian_nll_loss`.

    Args:
        full: whether ``log(2 pi) / 2`` is added.
        eps: the least variance.
        reduction: "mean", "sum" or "none".
    """

    _function = staticmethod(F.gaussian_nll_loss)
    _arguments: ClassVar[tuple[str, ...]] = ("full", "eps")

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full, self.eps = full, eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:  # type: ignore[override]
        """The loss of means, targets and variances."""
        return F.gaussian_nll_loss(input, target, var, **self._options(), reduction=self.reduction)

    def _of(self, input: Any, target: Any) -> Any:
        return self(*input) if target is None else self(input[0], target, input[1])


class L1Cost(Loss):
    """The sum of the input's magnitudes, without a target (Torch7's ``nn.L1Cost``)."""

    def forward(self, input: Tensor, target: Any = None) -> Tensor:
        """The loss; a target counts for nothing."""
        return input.abs().sum()


class WeightedMSELoss(Loss):
    """``(x - w y)^2`` (Torch7's ``nn.WeightedMSECriterion``).

    Shapes: input and target of one shape; weight of that shape, or of one sample.

    Args:
        weight: what each element of the target is multiplied by.
        size_average: see ``reduction``.
        reduce: see ``reduction``.
        reduction: "mean", "sum" or "none".
    """

    def __init__(
        self,
        weight: Tensor,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss.

        Raises:
            ModuleError: for a weight of another shape than the input or one sample of it.
        """
        if self.weight.shape not in (input.shape, input.shape[1:]):
            raise ModuleError(
                f"WeightedMSELoss: input needs shape {self.weight.shape}, or that in a batch, got {input.shape}"
            )
        return F.mse_loss(input, target * self.weight, reduction=self.reduction)


class SpatialAutoCropMSELoss(Loss):
    """`MSELoss` of planes and of the middle of target planes that may be larger
    (Torch7's ``nn.SpatialAutoCropMSECriterion``).

    Shapes: input ``(C, H, W)`` or ``(N, C, H, W)``; target the same, its last two sizes at least as large.
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss.

        Raises:
            ModuleError: for other shapes.
        """
        shape, given = input.shape, target.shape
        fits = len(shape) in (3, 4) and len(given) == len(shape) and given[:-2] == shape[:-2]
        if not fits or given[-2] < shape[-2] or given[-1] < shape[-1]:
            raise ModuleError(
                "SpatialAutoCropMSELoss: needs an input (C, H, W) or (N, C, H, W) and a target whose planes are at "
                f"least as large, got {shape} and {given}"
            )
        for dim in (-2, -1):
            target = target.narrow(dim, (given[dim] - shape[dim]) // 2, shape[dim])
        return F.mse_loss(input, target, reduction=self.reduction)
