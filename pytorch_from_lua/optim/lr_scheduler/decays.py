"""Schedules in one direction, most of them down."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable

from pytorch_from_lua.errors import OptimizerError
from pytorch_from_lua.optim.lr_scheduler.base import LRScheduler
from pytorch_from_lua.optim.optimizer import Optimizer


class _ScaledLR(LRScheduler):
    """``lr0`` times a factor that step t alone decides; each step multiplies by how it changes."""

    def _factor(self, t: int) -> float:
        raise NotImplementedError

    def _change(self, t: int) -> float:
        """The factor of step t over that of the step before."""
        raise NotImplementedError

    def get_lr(self) -> list[float]:
        """The rates for step ``last_epoch``."""
        return self._times(self._factor(0) if self.last_epoch == 0 else self._change(self.last_epoch))

    def _closed_form(self) -> list[float]:
        factor = self._factor(self.last_epoch)
        return [base * factor for base in self.base_lrs]


class StepLR(_ScaledLR):
    """``lr0 * gamma^floor(t / step_size)``.

    Args:
        optimizer: whose rates are set.
        step_size: after how many steps the rate changes.
        gamma: by what.
        last_epoch: the step to go on after, -1 for a new run.
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self, t: int) -> float:
        return float(self.gamma ** (t // self.step_size))

    def _change(self, t: int) -> float:
        return self.gamma if t % self.step_size == 0 else 1.0


class MultiStepLR(_ScaledLR):
    """``lr0 * gamma^k``, k the number of milestones that are not above t.

    Args:
        optimizer: whose rates are set.
        milestones: the steps at which the rate changes; one may be there twice.
        gamma: by what.
        last_epoch: the step to go on after, -1 for a new run.
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self, t: int) -> float:
        return float(self.gamma ** bisect_right(sorted(self.milestones.elements()), t))

    def _change(self, t: int) -> float:
        return float(self.gamma ** self.milestones[t])

    def get_lr(self) -> list[float]:
        """The rates for step ``last_epoch``."""
        return self._times(self._change(self.last_epoch))


class ConstantLR(_ScaledLR):
    """``lr0 * factor``, and ``lr0`` from step ``total_iters`` on.

    Args:
        optimizer: whose rates are set.
        factor: from 0 to 1.
        total_iters: for how many steps.
        last_epoch: the step to go on after, -1 for a new run.

    Raises:
        OptimizerError: for a factor out of range.
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        if not 0 <= factor <= 1:
            raise OptimizerError(f"factor: needs to be from 0 to 1, got {factor}")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _factor(self, t: int) -> float:
        return 1.0 if t >= self.total_iters else self.factor

    def _change(self, t: int) -> float:
        return 1.0 / self.factor if t == self.total_iters else 1.0

    def get_lr(self) -> list[float]:
        """The rates for step ``last_epoch``."""
        return self._times(self.factor if self.last_epoch == 0 else self._change(self.last_epoch))


class LinearLR(_ScaledLR):
    """``lr0`` times a factor that goes in a straight line from ``start_factor`` to ``end_factor``.

    Args:
        optimizer: whose rates are set.
        start_factor: above 0, up to 1.
        end_factor: from 0 to 1.
        total_iters: in how many steps.
        last_epoch: the step to go on after, -1 for a new run.

    Raises:
        OptimizerError: for a factor out of range.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1:
            raise OptimizerError(f"start_factor: needs to be above 0 and at most 1, got {start_factor}")
        if not 0 <= end_factor <= 1:
            raise OptimizerError(f"end_factor: needs to be from 0 to 1, got {end_factor}")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _factor(self, t: int) -> float:
        return self.start_factor + (self.end_factor - self.start_factor) * min(self.total_iters, t) / self.total_iters

    def _change(self, t: int) -> float:
        rise = self.end_factor - self.start_factor
        return 1.0 if t > self.total_iters else 1 + rise / (self.total_iters * self.start_factor + (t - 1) * rise)


class ExponentialLR(_ScaledLR):
    """``lr0 * gamma^t``.

    Args:
        optimizer: whose rates are set.
        gamma: by what the rate changes at each step.
        last_epoch: the step to go on after, -1 for a new run.
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self, t: int) -> float:
        return float(self.gamma**t)

    def _change(self, t: int) -> float:
        return self.gamma


class PolynomialLR(_ScaledLR):
    """``lr0 * (1 - t / total_iters)^power``, and 0 from step ``total_iters`` on.

    Args:
        optimizer: whose rates are set.
        total_iters: in how many steps the rate falls to 0.
        power: of the curve, 1 for a straight line.
        last_epoch: the step to go on after, -1 for a new run.
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def _factor(self, t: int) -> float:
        return float((1 - min(t, self.total_iters) / self.total_iters) ** self.power)

    def _change(self, t: int) -> float:
        if t > self.total_iters:
            return 1.0
        return float(((1 - t / self.total_iters) / (1 - (t - 1) / self.total_iters)) ** self.power)


class LearningRateDecay(_ScaledLR):
    """``lr0 / (1 + t * decay)``: Torch7's ``learningRateDecay``, which counts every call of ``optim.sgd`` as a step.

    Args:
        optimizer: whose rates are set.
        decay: how fast the rate falls.
        last_epoch: the step to go on after, -1 for a new run.

    Raises:
        OptimizerError: for a negative decay.
    """

    def __init__(self, optimizer: Optimizer, decay: float, last_epoch: int = -1) -> None:
        if not decay >= 0:
            raise OptimizerError(f"decay: needs to be at least 0, got {decay}")
        self.decay = decay
        super().__init__(optimizer, last_epoch)

    def _factor(self, t: int) -> float:
        return 1 / (1 + t * self.decay)

    def _change(self, t: int) -> float:
        return (1 + (t - 1) * self.decay) / (1 + t * self.decay)


class CosineAnnealingLR(LRScheduler):
    """``eta_min + (lr0 - eta_min) (1 + cos(pi t / T_max)) / 2`` (Loshchilov and Hutter, 2017).

    Args:
        optimizer: whose rates are set.
        T_max: in how many steps the rate falls to ``eta_min``; then it rises again.
        eta_min: the lowest rate.
        last_epoch: the step to go on after, -1 for a new run.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def _height(self, t: int) -> float:
        return 1 + math.cos(math.pi * t / self.T_max)

    def get_lr(self) -> list[float]:
        """The rates for step ``last_epoch``."""
        t = self.last_epoch
        if t == 0:
            return self._rates()
        if self._fresh:
            return self._closed_form()
        if (t - 1 - self.T_max) % (2 * self.T_max) == 0:  # from the lowest rate no factor leads up
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            return [
                rate + (base - self.eta_min) * rise for rate, base in zip(self._rates(), self.base_lrs, strict=True)
            ]
        factor = self._height(t) / self._height(t - 1)
        return [self.eta_min + (rate - self.eta_min) * factor for rate in self._rates()]

    def _closed_form(self) -> list[float]:
        height = self._height(self.last_epoch) / 2
        return [self.eta_min + (base - self.eta_min) * height for base in self.base_lrs]
