"""Losses made of losses and modules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn.loss import Loss
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor


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
            loss._of(x, y) * weight
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


class ModuleLoss(Loss):
    """A loss of what modules make of the input and of the target (Torch7's ``nn.ModuleCriterion``).

    Args:
        criterion: the loss.
        input_module: what the input goes through; nothing where None.
        target_module: what the target goes through; nothing where None.
        cast_target: Torch7's ``castTarget``, kept for files; it changes nothing.
    """

    def __init__(
        self,
        criterion: Loss,
        input_module: Module | None = None,
        target_module: Module | None = None,
        cast_target: bool = True,
    ) -> None:
        super().__init__()
        self.criterion = criterion
        self.register_module("input_module", input_module)
        self.register_module("target_module", target_module)
        self.cast_target = cast_target

    def forward(self, input: Any, target: Any) -> Tensor:
        """The loss."""
        made = input if self.input_module is None else self.input_module(input)
        wanted = target if self.target_module is None else self.target_module(target)
        loss: Tensor = self.criterion._of(made, wanted)
        return loss


class LossTable(Module):
    """A loss as a module of ``[input, target]``, which gives a number without dimensions
    (Torch7's ``nn.CriterionTable``).

    Args:
        criterion: the loss.
    """

    def __init__(self, criterion: Loss) -> None:
        super().__init__()
        self.criterion = criterion

    def forward(self, input: Any) -> Tensor:
        """The loss of ``[input, target]``.

        Raises:
            ModuleError: for anything but two.
        """
        if len(input) != 2:
            raise ModuleError(f"{type(self).__name__}: needs [input, target], got {len(input)} inputs")
        loss: Tensor = self.criterion._of(input[0], input[1])
        return loss


class ModuleFromLoss(LossTable):
    """A loss as a module of ``[input, target]``, which gives a tensor of one element
    (Torch7's ``nn.ModuleFromCriterion``).

    Args:
        criterion: the loss.
    """

    def forward(self, input: Any) -> Tensor:
        """The loss of ``[input, target]``, of shape ``(1,)``."""
        return super().forward(input).reshape(1)
