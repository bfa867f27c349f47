"""Schedules that go up and down."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from pytorch_from_lua.errors import OptimizerError
from pytorch_from_lua.optim.lr_scheduler.base import LRScheduler, check_optimizer
from pytorch_from_lua.optim.optimizer import Optimizer


class CosineAnnealingWarmRestarts(LRScheduler):
    """``eta_min + (lr0 - eta_min) (1 + cos(pi T_cur / T_i)) / 2``, from the start again and again (SGDR, 2017).

    Args:
        optimizer: whose rates are set.
        T_0: the length of the first fall, in steps.
        T_mult: how many times as long each further one is.
        eta_min: the lowest rate.
        last_epoch: the step to go on after, -1 for a new run.

    Raises:
        OptimizerError: for a length or factor that is no whole number from 1.
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        for name, value in (("T_0", T_0), ("T_mult", T_mult)):
            if not isinstance(value, int) or value < 1:
                raise OptimizerError(f"{name}: needs a whole number from 1, got {value}")
        self.T_0 = self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The rates for the present place in the fall."""
        height = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * height for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Goes to the next step, or to ``epoch``, which may lie between two (``epoch + batch / batches``).

        Raises:
            OptimizerError: for a negative epoch.
        """
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
        else:
            if not epoch >= 0:
                raise OptimizerError(f"epoch: needs to be at least 0, got {epoch}")
            self.T_i, self.T_cur = self.T_0, epoch
            if self.T_mult == 1:
                self.T_cur = epoch % self.T_0
            while self.T_mult > 1 and self.T_cur >= self.T_i:
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
        self.last_epoch = math.floor(epoch)
        self._apply(self.get_lr())


class _MomentumLR(LRScheduler):
    """A schedule of the momentum too: that of the group, or the first of its betas."""

    cycle_momentum: bool

    def _with_momentum(self, asked: bool) -> None:
        self.cycle_momentum = asked
        if asked and not ({"momentum", "betas"} & set(self.optimizer.defaults)):
            raise OptimizerError("cycle_momentum: needs an optimizer with momentum or betas")

    def _set_momentum(self, group: dict[str, Any], value: float) -> None:
        if "betas" in self.optimizer.defaults:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value

    def _for_groups(self, name: str, value: float | Sequence[float]) -> list[float]:
        """One value for each group."""
        count = len(self.optimizer.param_groups)
        values = list(value) if isinstance(value, Sequence) else [value] * count
        if len(values) != count:
            raise OptimizerError(f"{name}: needs one value or {count}, got {len(values)}")
        return values


class CyclicLR(_MomentumLR):
    """From ``base_lr`` up to ``max_lr`` and back, in straight lines (L. N. Smith, 2017).

    Args:
        optimizer: whose rates are set; ``step()`` is called after every batch.
        base_lr: the lowest rate, one for all groups or a list.
        max_lr: the highest.
        step_size_up: the steps of a rise.
        step_size_down: the steps of a fall, as many unless given.
        mode: "triangular", "triangular2" (each cycle half as high) or "exp_range" (``gamma^t`` as high).
        gamma: for "exp_range".
        scale_fn: a function for the height instead, of the number of the cycle or of the step.
        scale_mode: what ``scale_fn`` is given, "cycle" or "iterations".
        cycle_momentum: whether the momentum goes the other way.
        base_momentum: its lowest value.
        max_momentum: its highest.
        last_epoch: the step to go on after, -1 for a new run.

    Raises:
        OptimizerError: for an unknown mode, another number of values than of groups, or an optimizer without momentum.
    """

    _not_saved = ("optimizer", "scale_fn")

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | Sequence[float],
        max_lr: float | Sequence[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[int], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.8,
        max_momentum: float | Sequence[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        if scale_fn is None and mode not in ("triangular", "triangular2", "exp_range"):
            raise OptimizerError(f"mode: needs to be 'triangular', 'triangular2' or 'exp_range', got {mode!r}")
        self.optimizer = check_optimizer(optimizer)
        lowest = self._for_groups("base_lr", base_lr)
        if last_epoch == -1:
            for group, rate in zip(optimizer.param_groups, lowest, strict=True):
                group["lr"] = group["initial_lr"] = rate
        self.max_lrs = self._for_groups("max_lr", max_lr)
        self.step_size_up = step_size_up
        self.step_size_down = step_size_up if step_size_down is None else step_size_down
        self.mode = mode
        self.gamma = gamma
        self.scale_fn = scale_fn
        self.scale_mode = scale_mode if scale_fn is not None else "iterations" if mode == "exp_range" else "cycle"
        self._with_momentum(cycle_momentum)
        if cycle_momentum:
            self.base_momentums = self._for_groups("base_momentum", base_momentum)
            self.max_momentums = self._for_groups("max_momentum", max_momentum)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = lowest

    def _scale(self, cycle: int) -> float:
        if self.scale_fn is not None:
            return self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.mode == "exp_range":
            return float(self.gamma**self.last_epoch)
        return 1 / 2.0 ** (cycle - 1) if self.mode == "triangular2" else 1.0

    def get_lr(self) -> list[float]:
        """The rates for step ``last_epoch``; sets the momentum too."""
        total = self.step_size_up + self.step_size_down
        cycle = 1 + self.last_epoch // total
        part, up = self.last_epoch / total + 1 - cycle, self.step_size_up / total
        height = (part / up if part <= up else (part - 1) / (up - 1)) * self._scale(cycle)
        if self.cycle_momentum:
            for group, low, high in zip(
                self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True
            ):
                self._set_momentum(group, high - (high - low) * height)
        return [low + (high - low) * height for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]


class OneCycleLR(_MomentumLR):
    """One rise to ``max_lr`` and one fall far below where it began (Smith and Topin, 2019).

    Args:
        optimizer: whose rates are set; ``step()`` is called after every batch.
        max_lr: the highest rate, one for all groups or a list.
        total_steps: the length of the cycle; or
        epochs: with ``steps_per_epoch``, its length.
        steps_per_epoch: the batches of an epoch.
        pct_start: the share of the rise.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: whether the momentum goes the other way.
        base_momentum: its lowest value.
        max_momentum: its highest.
        div_factor: how many times as high ``max_lr`` is as the first rate.
        final_div_factor: how many times as high the first rate is as the last.
        three_phase: whether to fall to the first rate as fast as it rose, and only then to the last.
        last_epoch: the step to go on after, -1 for a new run.

    Raises:
        OptimizerError: for a cycle without length, an option out of range, an optimizer without momentum, or more
            steps than the cycle has.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise OptimizerError("total_steps: needs to be given, or epochs and steps_per_epoch")
            total_steps = epochs * steps_per_epoch
        if total_steps < 1:
            raise OptimizerError(f"total_steps: needs to be at least 1, got {total_steps}")
        if not 0 <= pct_start <= 1:
            raise OptimizerError(f"pct_start: needs to be from 0 to 1, got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise OptimizerError(f"anneal_strategy: needs to be 'cos' or 'linear', got {anneal_strategy!r}")
        self.optimizer = check_optimizer(optimizer)
        self.total_steps = total_steps
        self.anneal_strategy = anneal_strategy
        rise = pct_start * total_steps - 1
        # where each phase ends, and between which two values of a group it leads
        self._phases: list[tuple[float, str, str, str, str]] = [
            (rise, "initial_lr", "max_lr", "max_momentum", "base_momentum")
        ]
        if three_phase:
            self._phases.append((2 * rise, "max_lr", "initial_lr", "base_momentum", "max_momentum"))
            self._phases.append((total_steps - 1, "initial_lr", "min_lr", "max_momentum", "max_momentum"))
        else:
            self._phases.append((total_steps - 1, "max_lr", "min_lr", "base_momentum", "max_momentum"))
        highest = self._for_groups("max_lr", max_lr)
        self._with_momentum(cycle_momentum)
        low_momentum = self._for_groups("base_momentum", base_momentum)
        high_momentum = self._for_groups("max_momentum", max_momentum)
        if last_epoch == -1:
            for k, group in enumerate(optimizer.param_groups):
                first = highest[k] / div_factor
                group.update(lr=first, initial_lr=first, max_lr=highest[k], min_lr=first / final_div_factor)
                if cycle_momentum:
                    group.update(max_momentum=high_momentum[k], base_momentum=low_momentum[k])
        super().__init__(optimizer, last_epoch)

    def _between(self, start: float, end: float, share: float) -> float:
        if self.anneal_strategy == "linear":
            return start + (end - start) * share
        return end + (start - end) / 2 * (1 + math.cos(math.pi * share))

    def get_lr(self) -> list[float]:
        """The rates for step ``last_epoch``; sets the momentum too."""
        t, start = self.last_epoch, 0.0
        if t > self.total_steps:
            raise OptimizerError(f"step: the cycle has {self.total_steps} steps, and this is number {t}")
        for phase in self._phases:
            if t <= phase[0]:
                break
            start = phase[0]
        else:
            phase, start = self._phases[-1], self._phases[-2][0]
        end, first, last, first_momentum, last_momentum = phase
        share = (t - start) / (end - start)
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(self._between(group[first], group[last], share))
            if self.cycle_momentum:
                self._set_momentum(group, self._between(group[first_momentum], group[last_momentum], share))
        return rates
