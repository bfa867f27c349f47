"""LRScheduler: what every schedule shares."""

from __future__ import annotations

import copy
from typing import Any

from pytorch_from_lua.errors import OptimizerError
from pytorch_from_lua.optim.optimizer import Optimizer


def check_optimizer(optimizer: Any) -> Optimizer:
    """The optimizer; raises OptimizerError for anything else."""
    if not isinstance(optimizer, Optimizer):
        raise OptimizerError(f"optimizer: needs an Optimizer, got {type(optimizer).__name__}")
    return optimizer


class LRScheduler:
    """Sets the learning rates of an optimizer (PyTorch's ``lr_scheduler.LRScheduler``).

    A subclass writes `get_lr`, the rates of all groups for step ``last_epoch``. Where it computes them from the present
    rates, several schedulers work on one optimizer at once; where there is a formula without them, it is
    ``_closed_form`` and is used by ``step(epoch)``.

    Args:
        optimizer: whose groups are changed, at once and by every `step`.
        last_epoch: -1 for a new run; else the step after which an old one goes on, and the groups have "initial_lr".

    Attributes:
        last_epoch: the number of the present step.
        base_lrs: the rate of each group at the start.

    Raises:
        OptimizerError: for what is no optimizer, or groups without "initial_lr" where a run goes on.
    """

    #: What `state_dict` leaves out.
    _not_saved: tuple[str, ...] = ("optimizer",)

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = check_optimizer(optimizer)
        for k, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise OptimizerError(f"last_epoch: to go on after {last_epoch}, group {k} needs 'initial_lr'")
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._last_lr = [group["lr"] for group in optimizer.param_groups]
        self._fresh = True
        self.step()
        self._fresh = False

    def get_lr(self) -> list[float]:
        """The rates for step ``last_epoch``, one a group."""
        raise NotImplementedError

    def _closed_form(self) -> list[float]:
        return self.get_lr()

    def _rates(self) -> list[float]:
        """The present rates."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def _times(self, factor: float) -> list[float]:
        return [rate * factor for rate in self._rates()]

    def step(self, epoch: int | None = None) -> None:
        """Goes to the next step, or to the one numbered ``epoch``."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        self._apply(self.get_lr() if epoch is None else self._closed_form())

    def _apply(self, rates: list[float]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = self._rates()

    def get_last_lr(self) -> list[float]:
        """The rates that were set last."""
        return self._last_lr

    def state_dict(self) -> dict[str, Any]:
        """What `load_state_dict` needs to go on; the optimizer has a state of its own."""
        return {k: v for k, v in self.__dict__.items() if k not in self._not_saved}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes up a state of a scheduler of the same kind."""
        self.__dict__.update(copy.deepcopy(state_dict))
