"""Optimizers that call for the loss several times a step: LBFGS, CG, FISTA, CMAES and DE."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn, optim
from pytorch_from_lua.errors import OptimizerError
from pytorch_from_lua.tensor import Tensor

SHRINK = 0.3


def shrink(p: Any, curvature: float) -> None:
    """The proximal step of SHRINK |p|_1."""
    p.array[...] = np.sign(p.array) * np.maximum(np.abs(p.array) - SHRINK / curvature, 0)
    p.bump()


MAKERS: dict[str, Callable[[Any], Any]] = {
    "LBFGS": lambda p: optim.LBFGS(p, lr=0.1, max_iter=4, history_size=3),
    "LBFGS-wolfe": lambda p: optim.LBFGS(p, max_iter=4, history_size=3, line_search_fn="strong_wolfe"),
    "CG": lambda p: optim.CG(p, max_iter=5),
    "FISTA": lambda p: optim.FISTA(p, shrink, max_iter=3),
    "CMAES": lambda p: optim.CMAES(p, popsize=6),
    "DE": lambda p: optim.DE(p, popsize=8),
}


def valley(a: Any, b: Any) -> Any:
    """Rosenbrock's function of (a, b): 0 at (1, 1), in a bent valley."""
    return (100 * (b - a**2) ** 2 + (1 - a) ** 2).sum()


def start(dtype: str = "float64") -> list[Any]:
    return [nn.Parameter(Tensor.from_array(np.array([v], dtype=dtype))) for v in (-1.2, 1.0)]


def closure_of(optimizer: Any, params: list[Any], function: Any = valley) -> Callable[[], Any]:
    def closure() -> Any:
        optimizer.zero_grad()
        loss = function(*params)
        loss.backward()
        return loss

    return closure


def last_of(returned: Any) -> float:
    """The loss that a step returned, or the last of several."""
    if isinstance(returned, list):
        return returned[-1]
    return returned.item() if isinstance(returned, Tensor) else returned


LBFGS_OPTIONS: list[dict[str, Any]] = [
    {"lr": 0.01},
    {"lr": 0.1, "max_iter": 5, "history_size": 2},
    {"max_iter": 4, "max_eval": 3, "lr": 0.05},
    {"line_search_fn": "strong_wolfe"},
    {"line_search_fn": "strong_wolfe", "max_iter": 3, "history_size": 2},
    {"line_search_fn": "strong_wolfe", "lr": 0.023, "max_iter": 6},
    {"line_search_fn": "strong_wolfe", "lr": 17.0, "max_iter": 6},
    {"line_search_fn": "strong_wolfe", "tolerance_change": 1e-2},
    {"line_search_fn": "strong_wolfe", "tolerance_grad": 1.0},
]


@pytest.mark.peer
@pytest.mark.parametrize("options", LBFGS_OPTIONS, ids=[f"options-{k}" for k in range(len(LBFGS_OPTIONS))])
def test_lbfgs_is_the_peers(options: dict[str, Any]) -> None:
    peer = pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")
    ours = start()
    theirs = [peer.nn.Parameter(peer.from_numpy(p.array.copy())) for p in ours]
    mine, other = optim.LBFGS(ours, **options), peer.optim.LBFGS(theirs, **options)
    for _ in range(5):
        found, wanted = mine.step(closure_of(mine, ours)), other.step(closure_of(other, theirs))
        assert found.item() == pytest.approx(wanted.item(), rel=1e-7, abs=1e-20)
        state = other.state[theirs[0]]
        assert (mine._memory["n_iter"], mine._memory["func_evals"]) == (state.get("n_iter", 0), state["func_evals"])
        for p, q in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(p.array, q.detach().numpy(), rtol=1e-7)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "make",
    [
        lambda p: optim.LBFGS(p, max_iter=100, line_search_fn="strong_wolfe"),
        lambda p: optim.CG(p, max_eval=150),
        lambda p: optim.CMAES(p, sigma=0.5, popsize=10),
        lambda p: optim.DE(p, popsize=40, min_region=-2.0, max_region=2.0),
    ],
    ids=["LBFGS", "CG", "CMAES", "DE"],
)
def test_the_minimum_in_the_valley_is_found(make: Callable[[Any], Any], dtype: str) -> None:
    torch.manual_seed(3)
    params = start(dtype)
    optimizer = make(params)
    if isinstance(optimizer, (optim.CMAES, optim.DE)):
        with torch.no_grad():
            for _ in range(50 if isinstance(optimizer, optim.DE) else 100):
                optimizer.step(lambda: valley(*params).item())
    else:
        optimizer.step(closure_of(optimizer, params))
    assert [p.dtype.name for p in params] == [dtype] * 2
    np.testing.assert_allclose(np.concatenate([p.array for p in params]), 1, atol=1e-3)


@pytest.mark.parametrize("name", MAKERS)
def test_a_state_goes_on_where_it_was(name: str) -> None:
    torch.manual_seed(4)
    params = start()
    first = MAKERS[name](params)
    for _ in range(2):
        first.step(closure_of(first, params))
    file = io.BytesIO()
    torch.save({"state": first.state_dict(), "params": [p.detach() for p in params]}, file)
    random = torch.get_rng_state()
    losses = [first.step(closure_of(first, params)) for _ in range(3)]
    saved = torch.load(io.BytesIO(file.getvalue()))
    torch.set_rng_state(random)
    others = [nn.Parameter(p) for p in saved["params"]]
    second = MAKERS[name](others)
    second.load_state_dict(saved["state"])
    again = [second.step(closure_of(second, others)) for _ in range(3)]
    assert [last_of(x) for x in losses] == [last_of(x) for x in again]
    for p, q in zip(params, others, strict=True):
        np.testing.assert_array_equal(p.array, q.array)


@pytest.mark.parametrize("name", MAKERS)
def test_a_loaded_state_is_a_copy(name: str) -> None:
    params = start()
    first = MAKERS[name](params)
    for _ in range(2):
        first.step(closure_of(first, params))
    state = first.state_dict()
    kept = copy.deepcopy(state["state"][0])
    others = copy.deepcopy(params)
    second = MAKERS[name](others)
    second.load_state_dict(state)
    for _ in range(2):
        second.step(closure_of(second, others))
    assert list(kept) == list(first._memory)
    for key, value in kept.items():
        np.testing.assert_array_equal(np.asarray(value), np.asarray(first._memory[key]))


@pytest.mark.parametrize("accelerate", [True, False])
def test_fista_finds_the_soft_threshold(accelerate: bool) -> None:
    # 1/2 |p - b|^2 + 0.3 |p|_1 is least at b shrunk by 0.3
    b = np.array([3.0, -2.0, 0.2])
    (p,) = [nn.Parameter(torch.zeros(3, dtype="float64"))]
    fista = optim.FISTA(
        [p], shrink, lambda: SHRINK * p.abs().sum(), max_iter=200, tolerance_change=1e-12, accelerate=accelerate
    )
    values = fista.step(closure_of(fista, [p], lambda p: 0.5 * ((p - Tensor.from_array(b)) ** 2).sum()))
    np.testing.assert_allclose(p.array, [2.7, -1.7, 0], atol=1e-5)
    assert values[-1] == pytest.approx(0.5 * (0.09 + 0.09 + 0.04) + 0.3 * 4.4, abs=1e-6)
    assert len(values) < 200


def test_fista_stays_where_no_step_is_short_enough() -> None:
    (p,) = [nn.Parameter(torch.ones(2, dtype="float64"))]
    fista = optim.FISTA([p], shrink, L=1e-3, max_line=2, max_iter=1)
    fista.step(closure_of(fista, [p], lambda p: (p**4).sum()))
    np.testing.assert_array_equal(p.array, 1)
    assert fista._memory["L"] == pytest.approx(1e-3 * 1.5**2)


def test_cg_of_a_quadratic_takes_as_many_lines_as_dimensions() -> None:
    scales = Tensor.from_array(np.array([1.0, 3.0, 9.0]))
    (p,) = [nn.Parameter(torch.ones(3, dtype="float64"))]
    cg = optim.CG([p], max_eval=40, sig=0.01)
    losses = cg.step(closure_of(cg, [p], lambda p: (scales * p * p).sum()))
    assert losses[0] == 13
    assert losses == sorted(losses, reverse=True)
    assert losses[3] < 1e-4
    assert optim.CG([p]).step(closure_of(cg, [p], lambda p: (p * 0).sum())) == [0.0]


def test_evolution_stops_and_keeps_the_best() -> None:
    torch.manual_seed(2)
    params = start()
    cmaes = optim.CMAES(params)
    best = []
    while not cmaes.converged:
        best.append(cmaes.step(lambda: valley(*params)))
    assert best == sorted(best, reverse=True)
    assert best[-1] < 1e-12
    assert valley(*params).item() == best[-1]
    assert len(best) < 300


def test_de_starts_within_its_region() -> None:
    params, seen = start(), []
    de = optim.DE(params, popsize=50, min_region=2.0, max_region=4.0)

    def closure() -> Any:
        seen.append([p.item() for p in params])
        return valley(*params)

    best = de.step(closure)
    points = np.array(seen)
    assert points.shape == (50, 2)
    assert (points >= 2).all()
    assert (points < 4).all()
    assert best == valley(*params).item() == min(valley(*map(Tensor.from_array, p[:, None])).item() for p in points)


def test_parameters_without_a_gradient_stay() -> None:
    a, b = start()
    optimizer = optim.LBFGS([a, b], lr=0.1)
    optimizer.step(closure_of(optimizer, [a], lambda a: (a**2).sum()))
    assert b.item() == 1.0
    assert abs(a.item()) < 0.2


@pytest.mark.parametrize(
    ("make_it", "message"),
    [
        (lambda p: optim.LBFGS(p, line_search_fn="wolfe"), "line_search_fn: needs to be None or 'strong_wolfe'"),
        (lambda p: optim.LBFGS(p, lr=-1), "lr: needs to be at least 0.0"),
        (lambda p: optim.LBFGS(p).step(), r"closure: LBFGS.step needs a function that gives the loss, got None"),
        (lambda p: optim.CG(p).step(), "closure: CG.step needs"),
        (lambda p: optim.CG(p, rho=-1), "rho: needs"),
        (lambda p: optim.LBFGS([{"params": p[:1]}, {"params": p[1:]}]), "params: LBFGS has one group for all"),
        (lambda p: optim.FISTA(p, shrink, L=-1), "L: needs"),
        (lambda p: optim.CMAES(p, popsize=3), "popsize: needs to be at least 4, got 3"),
        (lambda p: optim.CMAES(p, sigma=0), "sigma: needs to be above 0, got 0"),
        (lambda p: optim.DE(p, popsize=3), "popsize: needs to be at least 4, got 3"),
        (lambda p: optim.DE(p, crossover_rate=1.5), "crossover_rate: needs to be from 0 to 1, got 1.5"),
    ],
)  # fmt: skip
def test_mistakes_are_told(make_it: Any, message: str) -> None:
    with pytest.raises(OptimizerError, match=message):
        make_it(start())
