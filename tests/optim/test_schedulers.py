"""Schedules of learning rates: PyTorch's numbers, their formulas, and states that go on."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn, optim
from pytorch_from_lua.errors import OptimizerError
from pytorch_from_lua.optim import lr_scheduler

STEPS = 14


class Halves:
    """A function with a field, which a scheduler's state keeps."""

    def __init__(self) -> None:
        self.by = 0.5

    def __call__(self, t: int) -> float:
        return self.by**t


#: ``S`` is the module of schedulers, ``o`` an optimizer of two groups with rates of 0.5 and 0.2.
CASES: dict[str, Callable[[Any, Any], Any]] = {
    "LambdaLR": lambda S, o: S.LambdaLR(o, lambda t: 0.9**t),
    "LambdaLR of each": lambda S, o: S.LambdaLR(o, [lambda t: 1 / (1 + t), Halves()]),
    "MultiplicativeLR": lambda S, o: S.MultiplicativeLR(o, lambda t: 1 / t),
    "StepLR": lambda S, o: S.StepLR(o, 3, gamma=0.5),
    "MultiStepLR": lambda S, o: S.MultiStepLR(o, [2, 5, 5, 9], gamma=0.5),
    "ConstantLR": lambda S, o: S.ConstantLR(o, factor=0.25, total_iters=4),
    "LinearLR": lambda S, o: S.LinearLR(o, start_factor=0.25, end_factor=0.75, total_iters=6),
    "LinearLR by default": lambda S, o: S.LinearLR(o),
    "ExponentialLR": lambda S, o: S.ExponentialLR(o, 0.8),
    "PolynomialLR": lambda S, o: S.PolynomialLR(o, total_iters=6, power=2.0),
    "CosineAnnealingLR": lambda S, o: S.CosineAnnealingLR(o, T_max=5, eta_min=0.01),
    "CosineAnnealingWarmRestarts": lambda S, o: S.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=2, eta_min=0.01),
    "CosineAnnealingWarmRestarts evenly": lambda S, o: S.CosineAnnealingWarmRestarts(o, T_0=4),
    "CyclicLR": lambda S, o: S.CyclicLR(o, 0.1, 0.5, step_size_up=3, step_size_down=2),
    "CyclicLR triangular2": lambda S, o: S.CyclicLR(o, [0.1, 0.2], [0.5, 0.6], step_size_up=2, mode="triangular2"),
    "CyclicLR exp_range": lambda S, o: S.CyclicLR(o, 0.1, 0.5, step_size_up=3, mode="exp_range", gamma=0.9),
    "CyclicLR by a function": lambda S, o: S.CyclicLR(
        o, 0.1, 0.5, step_size_up=3, scale_fn=lambda t: 1 / t, cycle_momentum=False
    ),
    "OneCycleLR": lambda S, o: S.OneCycleLR(o, 1.0, total_steps=STEPS + 1),
    "OneCycleLR in three phases": lambda S, o: S.OneCycleLR(
        o, [1.0, 0.5], epochs=5, steps_per_epoch=3, three_phase=True, anneal_strategy="linear"
    ),
    "OneCycleLR plain": lambda S, o: S.OneCycleLR(o, 1.0, total_steps=20, pct_start=0.4, cycle_momentum=False),
    "SequentialLR": lambda S, o: S.SequentialLR(
        o, [S.LinearLR(o, 0.1, total_iters=3), S.ExponentialLR(o, 0.9), S.StepLR(o, 2, 0.5)], milestones=[4, 9]
    ),
    "SequentialLR with a cosine": lambda S, o: S.SequentialLR(
        o, [S.ConstantLR(o, 0.1, total_iters=3), S.CosineAnnealingLR(o, 10)], milestones=[3]
    ),
    "ChainedScheduler": lambda S, o: S.ChainedScheduler(
        [S.ConstantLR(o, factor=0.1, total_iters=3), S.ExponentialLR(o, 0.9), S.MultiStepLR(o, [5])]
    ),
}
MEASURES = [1.0, 0.9, 0.9, 0.95, 0.9, 0.899, 0.5, 0.6, 0.7, 0.8, 0.45, 0.46, 0.47, 0.48]
PLATEAUS: dict[str, dict[str, Any]] = {
    "by default": {"patience": 1},
    "without patience": {"patience": 0, "factor": 0.5, "cooldown": 2},
    "of largest": {"mode": "max", "patience": 1, "threshold": 0.1},
    "absolute": {"patience": 1, "threshold": 0.05, "threshold_mode": "abs", "min_lr": [0.1, 0.05]},
    "absolute of largest": {"mode": "max", "patience": 2, "threshold": 0.05, "threshold_mode": "abs", "eps": 0.03},
}


def make(module: Any, kind: str = "SGD") -> Any:
    params = [module.nn.Parameter(module.zeros(2)) for _ in range(2)]
    groups = [{"params": params[:1]}, {"params": params[1:], "lr": 0.2}]
    if kind == "Adam":
        return module.optim.Adam(groups, lr=0.5)
    return module.optim.SGD(groups, lr=0.5, momentum=0.9)


def seen(optimizer: Any) -> list[float]:
    return [v for g in optimizer.param_groups for v in (g["lr"], g.get("momentum", 0), *g.get("betas", ()))]


@pytest.fixture(scope="module")
def peer() -> Any:
    return pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")


@pytest.mark.peer
@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@pytest.mark.parametrize("name", CASES)
def test_rates_are_the_peers(name: str, kind: str, peer: Any) -> None:
    mine, other = make(torch, kind), make(peer, kind)
    ours, theirs = CASES[name](lr_scheduler, mine), CASES[name](peer.optim.lr_scheduler, other)
    for step in range(STEPS):
        assert seen(mine) == pytest.approx(seen(other), rel=1e-12, abs=1e-15), step
        assert ours.get_last_lr() == pytest.approx(theirs.get_last_lr(), rel=1e-12, abs=1e-15)
        assert ours.last_epoch == theirs.last_epoch if hasattr(theirs, "last_epoch") else step >= 0
        mine.step()
        other.step()
        ours.step()
        theirs.step()
    assert seen(mine) == pytest.approx(seen(other), rel=1e-12, abs=1e-15)


@pytest.mark.peer
@pytest.mark.parametrize("options", PLATEAUS.values(), ids=PLATEAUS)
def test_plateaus_are_the_peers(options: dict[str, Any], peer: Any) -> None:
    mine, other = make(torch), make(peer)
    ours = lr_scheduler.ReduceLROnPlateau(mine, **options)
    theirs = peer.optim.lr_scheduler.ReduceLROnPlateau(other, **options)
    for measure in MEASURES:
        ours.step(torch.tensor(measure, dtype="float64"))
        theirs.step(measure)
        assert seen(mine) == pytest.approx(seen(other), rel=1e-12)
        assert (ours.num_bad_epochs, ours.cooldown_counter) == (theirs.num_bad_epochs, theirs.cooldown_counter)
    assert mine.param_groups[0]["lr"] < 0.5


@pytest.mark.peer
@pytest.mark.parametrize("t_mult", [1, 2])
def test_warm_restarts_at_a_place_between_steps(t_mult: int, peer: Any) -> None:
    mine, other = make(torch), make(peer)
    ours = lr_scheduler.CosineAnnealingWarmRestarts(mine, T_0=4, T_mult=t_mult)
    theirs = peer.optim.lr_scheduler.CosineAnnealingWarmRestarts(other, T_0=4, T_mult=t_mult)
    for epoch in (0.25, 3.5, 4.0, 6.75, 13.5, 30.0):
        ours.step(epoch)
        theirs.step(epoch)
        assert seen(mine) == pytest.approx(seen(other), rel=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_a_state_goes_on_where_it_was(name: str) -> None:
    optimizer = make(torch)
    scheduler = CASES[name](lr_scheduler, optimizer)
    for _ in range(5):
        scheduler.step()
    saved = copy.deepcopy((optimizer.state_dict(), scheduler.state_dict()))
    other = make(torch)
    again = CASES[name](lr_scheduler, other)
    other.load_state_dict(saved[0])
    again.load_state_dict(saved[1])
    for _ in range(STEPS - 5):
        scheduler.step()
        again.step()
        assert seen(other) == seen(optimizer)
    assert again.get_last_lr() == scheduler.get_last_lr()


def test_a_plateaus_state_goes_on_where_it_was() -> None:
    optimizer, other = make(torch), make(torch)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, patience=2)
    again = lr_scheduler.ReduceLROnPlateau(other)
    for measure in (1.0, 2.0, 2.0):
        scheduler.step(measure)
    again.load_state_dict(scheduler.state_dict())
    again.step(2.0)
    assert (again.num_bad_epochs, again.best, other.param_groups[0]["lr"]) == (0, 1.0, 0.05)


def test_a_state_keeps_the_fields_of_functions() -> None:
    first, second = Halves(), Halves()
    first.by = 0.1
    scheduler = lr_scheduler.LambdaLR(make(torch), [first, lambda t: 1.0])
    again = lr_scheduler.LambdaLR(make(torch), [second, lambda t: 1.0])
    again.load_state_dict(scheduler.state_dict())
    assert scheduler.state_dict()["lr_lambdas"] == [{"by": 0.1}, None]
    assert second.by == 0.1


@pytest.mark.parametrize("name", ["StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR", "PolynomialLR"])
def test_a_step_to_an_epoch_is_that_many_steps(name: str) -> None:
    one, other = make(torch), make(torch)
    there, walked = CASES[name](lr_scheduler, one), CASES[name](lr_scheduler, other)
    for epoch in range(1, STEPS):
        walked.step()
        there.step(epoch)
        assert seen(one) == pytest.approx(seen(other), rel=1e-12)
    there.step(0)
    assert one.param_groups[0]["lr"] == CASES[name](lr_scheduler, make(torch)).get_last_lr()[0]


def test_torch7s_decay() -> None:
    optimizer = make(torch)
    scheduler = lr_scheduler.LearningRateDecay(optimizer, 0.25)
    for t in range(1, 9):
        scheduler.step()
        assert seen(optimizer)[::2] == pytest.approx([0.5 / (1 + t * 0.25), 0.2 / (1 + t * 0.25)])
    scheduler.step(4)
    assert scheduler.get_last_lr() == [0.25, 0.1]


def test_a_run_goes_on_after_an_epoch() -> None:
    optimizer = optim.SGD([{"params": [nn.Parameter(torch.zeros(1))], "initial_lr": 0.8}], lr=0.1)
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer, 10, last_epoch=3)
    assert scheduler.last_epoch == 4
    assert scheduler.get_last_lr() == pytest.approx([0.4 * (1 + math.cos(math.pi * 0.4))])


def test_every_scheduler_has_a_case() -> None:
    named = {name.split()[0] for name in CASES} | {"LRScheduler", "LearningRateDecay", "ReduceLROnPlateau"}
    assert named == set(lr_scheduler.__all__)


S = lr_scheduler
REFUSED: list[tuple[Callable[[Any], Any], str]] = [
    (lambda o: S.StepLR(3, 2), "optimizer: needs an Optimizer, got int"),
    (lambda o: S.StepLR(o, 2, last_epoch=4), "last_epoch: to go on after 4, group 0 needs 'initial_lr'"),
    (lambda o: S.LambdaLR(o, [abs]), "lr_lambda: needs one function or 2, got 1"),
    (lambda o: S.ConstantLR(o, factor=2), "factor: needs to be from 0 to 1, got 2"),
    (lambda o: S.LinearLR(o, start_factor=0), "start_factor: needs to be above 0"),
    (lambda o: S.LinearLR(o, end_factor=2), "end_factor: needs to be from 0"),
    (lambda o: S.LearningRateDecay(o, -1), "decay: needs to be at least 0, got -1"),
    (lambda o: S.CosineAnnealingWarmRestarts(o, 0), "T_0: needs a whole number from 1, got 0"),
    (lambda o: S.CosineAnnealingWarmRestarts(o, 2).step(-1), "epoch: needs to be at least 0, got -1"),
    (lambda o: S.CyclicLR(o, 0.1, 1, mode="square"), "mode: needs to be 'triangular'"),
    (lambda o: S.CyclicLR(o, 0.1, [1]), "max_lr: needs one value or 2, got 1"),
    (lambda o: S.CyclicLR(optim.Rprop([nn.Parameter(torch.zeros(1))]), 0.1, 1), "cycle_momentum: needs an optimizer"),
    (lambda o: S.OneCycleLR(o, 1), "total_steps: needs to be given, or epochs and steps_per_epoch"),
    (lambda o: S.OneCycleLR(o, 1, total_steps=0), "total_steps: needs to be at least 1, got 0"),
    (lambda o: S.OneCycleLR(o, 1, 9, pct_start=2), "pct_start: needs to be from 0 to 1, got 2"),
    (lambda o: S.OneCycleLR(o, 1, 9, anneal_strategy="log"), "anneal_strategy: needs to be 'cos' or 'linear'"),
    (lambda o: [s.step() for s in [S.OneCycleLR(o, 1, 2)] * 4], "step: the cycle has 2 steps, and this is number 3"),
    (lambda o: S.ReduceLROnPlateau(o, factor=1.0), "factor: needs to be under 1, got 1.0"),
    (lambda o: S.ReduceLROnPlateau(o, mode="low"), "mode: needs to be 'min' or 'max', got 'low'"),
    (lambda o: S.ReduceLROnPlateau(o, threshold_mode="r"), "threshold_mode: needs to be 'rel' or 'abs', got 'r'"),
    (lambda o: S.ReduceLROnPlateau(o, min_lr=[0.1]), "min_lr: needs one value or 2, got 1"),
    (lambda o: S.SequentialLR(o, [], []), "schedulers: needs at least one, got none"),
    (lambda o: S.SequentialLR(o, [S.LinearLR(o)], [1]), "milestones: needs 0, got 1"),
    (lambda o: S.SequentialLR(o, [S.LinearLR(make(torch))], []), "schedulers: number 0 is one of another optimizer"),
    (lambda o: S.SequentialLR(o, [S.ReduceLROnPlateau(o)], []), "schedulers: ReduceLROnPlateau needs a measure"),
    (lambda o: S.ChainedScheduler([]), "schedulers: needs at least one, got none"),
    (lambda o: S.ChainedScheduler([3]), "schedulers: number 0 is no scheduler, it is int"),
    (
        lambda o: S.ChainedScheduler([S.LinearLR(o)]).load_state_dict({"_schedulers": []}),
        "state_dict: needs 1 schedulers, got 0",
    ),
]


@pytest.mark.parametrize(("make_it", "message"), REFUSED, ids=[f"mistake-{k}" for k in range(len(REFUSED))])
def test_mistakes_are_told(make_it: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(OptimizerError, match=message):
        make_it(make(torch))
