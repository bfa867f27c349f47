"""Schedules that a caller's functions give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pytorch_from_lua.errors import OptimizerError
from pytorch_from_lua.optim.lr_scheduler.base import LRScheduler
from pytorch_from_lua.optim.optimizer import Optimizer

Factor = Callable[[int], float]


class _FunctionLR(LRScheduler):
    """A factor from a function, one for all groups or one for each.

    A state keeps the fields of functions that are objects, and not the functions.
    """

    _not_saved = ("optimizer", "lr_lambdas")

    def __init__(self, optimizer: Optimizer, lr_lambda: Factor | Sequence[Factor], last_epoch: int = -1) -> None:
        count = len(optimizer.param_groups)
        self.lr_lambdas = [lr_lambda] * count if callable(lr_lambda) else list(lr_lambda)
        if len(self.lr_lambdas) != count:
            raise OptimizerError(f"lr_lambda: needs one function or {count}, got {len(self.lr_lambdas)}")
        super().__init__(optimizer, last_epoch)

    def _factors(self) -> list[float]:
        return [function(self.last_epoch) for function in self.lr_lambdas]

    def state_dict(self) -> dict[str, Any]:
        fields = [dict(getattr(f, "__dict__", {})) or None for f in self.lr_lambdas]
        return {**super().state_dict(), "lr_lambdas": fields}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict({k: v for k, v in state_dict.items() if k != "lr_lambdas"})
        for function, fields in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if fields is not None:
                function.__dict__.update(fields)


class LambdaLR(_FunctionLR):
    """``lr0 * f(t)``.

    Args:
        optimizer: whose rates are set.
        lr_lambda: f, one for all groups or a list with one for each.
        last_epoch: the step to go on after, -1 for a new run.

    Raises:
        OptimizerError: for another number of functions than of groups.
    """

    def get_lr(self) -> list[float]:
        """The rates for step ``last_epoch``."""
        return [base * factor for base, factor in zip(self.base_lrs, self._factors(), strict=True)]


class MultiplicativeLR(_FunctionLR):
    """The rate before, times ``f(t)``.

    Args:
        optimizer: whose rates are set.
        lr_lambda: f, one for all groups or a list with one for each.
        last_epoch: the step to go on after, -1 for a new run.

    Raises:
        OptimizerError: for another number of functions than of groups.
    """

    def get_lr(self) -> list[float]:
        """The rates for step ``last_epoch``."""
        if self._fresh or self.last_epoch == 0:
            return self._rates()
        return [rate * factor for rate, factor in zip(self._rates(), self._factors(), strict=True)]
