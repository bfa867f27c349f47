"""Schedules made of others."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from pytorch_from_lua.errors import OptimizerError
from pytorch_from_lua.optim.lr_scheduler.base import LRScheduler, check_optimizer
from pytorch_from_lua.optim.lr_scheduler.plateau import ReduceLROnPlateau
from pytorch_from_lua.optim.optimizer import Optimizer


class _CombinedLR(LRScheduler):
    """Several schedulers of one optimizer. Its state is theirs."""

    _not_saved = ("optimizer", "_schedulers")
    _schedulers: list[Any]

    def _check(self, optimizer: Any, schedulers: Sequence[Any]) -> None:
        """Raises OptimizerError where the schedulers are none, or another's."""
        if len(schedulers) == 0:
            raise OptimizerError("schedulers: needs at least one, got none")
        for k, scheduler in enumerate(schedulers):
            if not isinstance(scheduler, LRScheduler):
                raise OptimizerError(f"schedulers: number {k} is no scheduler, it is {type(scheduler).__name__}")
            if scheduler.optimizer is not optimizer:
                raise OptimizerError(f"schedulers: number {k} is one of another optimizer")

    def state_dict(self) -> dict[str, Any]:
        """The states of all of them."""
        return {**super().state_dict(), "_schedulers": [s.state_dict() for s in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes up a state of a scheduler of the same making.

        Raises:
            OptimizerError: for a state of another number of schedulers.
        """
        states = state_dict["_schedulers"]
        if len(states) != len(self._schedulers):
            raise OptimizerError(f"state_dict: needs {len(self._schedulers)} schedulers, got {len(states)}")
        super().load_state_dict({k: v for k, v in state_dict.items() if k != "_schedulers"})
        for scheduler, state in zip(self._schedulers, states, strict=True):
            scheduler.load_state_dict(state)


class SequentialLR(_CombinedLR):
    """One scheduler after another: the next takes over at each milestone, from its own beginning.

    Args:
        optimizer: whose rates are set.
        schedulers: of this optimizer.
        milestones: the steps at which the next takes over, one fewer.
        last_epoch: the step to go on after, -1 for a new run.

    Raises:
        OptimizerError: for other numbers of milestones, schedulers of another optimizer, or `ReduceLROnPlateau`.
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[Any], milestones: Sequence[int], last_epoch: int = -1
    ) -> None:
        self.optimizer = check_optimizer(optimizer)
        self._check(optimizer, schedulers)
        if any(isinstance(s, ReduceLROnPlateau) for s in schedulers):
            raise OptimizerError("schedulers: ReduceLROnPlateau needs a measure at each step, which this has not")
        if len(milestones) != len(schedulers) - 1:
            raise OptimizerError(f"milestones: needs {len(schedulers) - 1}, got {len(milestones)}")
        self._schedulers = list(schedulers)
        self._milestones = list(milestones)
        self.last_epoch = last_epoch + 1
        # each of them has set its first rate when it was made: undone, and then done by the first alone
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        for scheduler in self._schedulers:
            scheduler.last_epoch -= 1
        first = self._schedulers[0]
        first._fresh = True
        first.step()
        first._fresh = False
        self._last_lr = first.get_last_lr()

    def step(self) -> None:  # type: ignore[override]
        """Goes to the next step."""
        self.last_epoch += 1
        k = bisect_right(self._milestones, self.last_epoch)
        if k > 0 and self._milestones[k - 1] == self.last_epoch:
            self._schedulers[k].step(0)
        else:
            self._schedulers[k].step()
        self._last_lr = self._schedulers[k].get_last_lr()


class ChainedScheduler(_CombinedLR):
    """Several schedulers at once, one after another at each step.

    Args:
        schedulers: of one optimizer.
        optimizer: theirs; need not be given.

    Raises:
        OptimizerError: for no schedulers, or such of several optimizers.
    """

    def __init__(self, schedulers: Sequence[Any], optimizer: Optimizer | None = None) -> None:
        if optimizer is None and len(schedulers) > 0:
            optimizer = getattr(schedulers[0], "optimizer", None)
        self._check(optimizer, schedulers)
        self.optimizer = check_optimizer(optimizer)
        self._schedulers = list(schedulers)
        self._last_lr = self._rates()

    def step(self) -> None:  # type: ignore[override]
        """Goes to the next step in all of them."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = self._rates()
