"""Optimizers: the formulas, PyTorch's numbers, groups, state and mistakes."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from pytorch_from_lua import nn, optim
from pytorch_from_lua.errors import OptimizerError
from pytorch_from_lua.tensor import Tensor

SGD_OPTIONS: list[dict[str, Any]] = [
    {"lr": 0.1},
    {"lr": 0.1, "momentum": 0.9},
    {"lr": 0.1, "momentum": 0.9, "dampening": 0.9},
    {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    {"lr": 0.1, "weight_decay": 0.01},
    {"lr": 0.1, "momentum": 0.5, "dampening": 0.2, "weight_decay": 0.3},
    {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.3, "nesterov": True},
]
ADAM_OPTIONS: list[dict[str, Any]] = [
    {},
    {"lr": 0.1},
    {"lr": 0.01, "betas": (0.5, 0.9)},
    {"lr": 0.01, "eps": 0.1},
    {"lr": 0.01, "weight_decay": 0.2},
    {"lr": 0.01, "betas": (0.0, 0.0)},
]
SHARED: list[dict[str, Any]] = [{}, {"lr": 0.05, "betas": (0.6, 0.9), "eps": 1e-3, "weight_decay": 0.1}]
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "SGD": [*SGD_OPTIONS, {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.1, "maximize": True}],
    "Adam": [*ADAM_OPTIONS, {"lr": 0.1, "amsgrad": True, "weight_decay": 0.1}, {"maximize": True}],
    "AdamW": [{}, {"lr": 0.1, "weight_decay": 0.3, "amsgrad": True}, {"lr": 0.1, "maximize": True}],
    "Adamax": [*SHARED, {"maximize": True}],
    "NAdam": [*SHARED, {"momentum_decay": 0.3}, {"weight_decay": 0.1, "decoupled_weight_decay": True}],
    "RAdam": [*SHARED, {"lr": 0.1, "betas": (0.5, 0.5)}, {"weight_decay": 0.1, "decoupled_weight_decay": True}],
    "Adadelta": [{}, {"lr": 0.5, "rho": 0.7, "eps": 1e-3, "weight_decay": 0.1, "maximize": True}],
    "Adagrad": [
        {},
        {"lr": 0.1, "lr_decay": 0.2, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3},
        {"maximize": True},
    ],
    "RMSprop": [
        {},
        {"lr": 0.1, "alpha": 0.7, "eps": 1e-3, "weight_decay": 0.1},
        {"lr": 0.1, "momentum": 0.9, "maximize": True},
        {"lr": 0.1, "momentum": 0.5, "centered": True},
    ],
    "Rprop": [{}, {"lr": 0.1, "etas": (0.4, 1.3), "step_sizes": (0.06, 0.12)}, {"maximize": True}],
    "ASGD": [{}, {"lr": 0.1, "lambd": 0.1, "alpha": 0.5, "t0": 2, "weight_decay": 0.1}, {"maximize": True}],
}
CONFIGURATIONS = [(name, options) for name, rows in OPTIONS.items() for options in rows]
IDS = [f"{name}-{k}" for name, rows in OPTIONS.items() for k in range(len(rows))]


def parameters(dtype: str = "float64") -> list[Any]:
    random = np.random.RandomState(1)
    return [nn.Parameter(Tensor.from_array(random.standard_normal(s).astype(dtype))) for s in [(3, 2), (2,)]]


def gradient(step: int, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    return np.random.RandomState(50 + step).standard_normal(shape)


def test_every_optimizer_of_single_parameters_has_its_rows() -> None:
    kinds = {name: getattr(optim, name) for name in optim.__all__ if name[0].isupper()}
    assert {name for name, kind in kinds.items() if hasattr(kind, "_kernel")} == set(OPTIONS)


def make(name: str, params: Any, options: dict[str, Any]) -> Any:
    return getattr(optim, name)(params, **options)


def set_gradients(params: list[Any], step: int) -> None:
    for p in params:
        p.grad = Tensor.from_array(gradient(step, p.shape).astype(p.dtype.numpy))


@pytest.mark.peer
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "options"), CONFIGURATIONS, ids=IDS)
def test_steps_are_the_peers(name: str, options: dict[str, Any], dtype: str) -> None:
    peer = pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")
    ours = parameters(dtype)
    theirs = [peer.nn.Parameter(peer.from_numpy(p.array.copy())) for p in ours]
    mine, other = make(name, ours, options), getattr(peer.optim, name)(theirs, **options)
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    if name in ("NAdam", "ASGD"):  # the peer keeps their factors in single precision
        tolerance = max(tolerance, 1e-7)
    for step in range(6):
        set_gradients(ours, step)
        for p in theirs:
            p.grad = peer.from_numpy(gradient(step, tuple(p.shape)).astype(dtype))
        if step == 3:  # a parameter without a gradient stays, and so does its state
            ours[1].grad = theirs[1].grad = None
        mine.step()
        other.step()
        for p, q in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(p.array, q.detach().numpy(), rtol=tolerance, atol=tolerance)
            assert p.dtype.name == dtype
    for group in other.param_groups:  # and so are the options that were not given
        ours_of = {k: mine.param_groups[0][k] for k in mine.defaults}
        assert {k: group[k] for k in ours_of} == ours_of


def test_the_formula_of_sgd() -> None:
    (p, _), rate = parameters(), 0.1
    want, velocity = p.array.copy(), np.zeros(p.shape)
    sgd = optim.SGD([p], lr=rate, momentum=0.5, dampening=0.25, weight_decay=0.125)
    for step in range(4):
        set_gradients([p], step)
        g = gradient(step, p.shape) + 0.125 * want
        velocity = g if step == 0 else 0.5 * velocity + 0.75 * g
        want = want - rate * velocity
        sgd.step()
        np.testing.assert_allclose(p.array, want, rtol=1e-13)


def test_the_formula_of_adam() -> None:
    p, _ = parameters()
    want, m, v = p.array.copy(), 0.0, 0.0
    adam = optim.Adam([p], lr=0.1, betas=(0.8, 0.9), eps=1e-3)
    for step in range(1, 5):
        set_gradients([p], step)
        g = gradient(step, p.shape)
        m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g * g
        want = want - 0.1 * (m / (1 - 0.8**step)) / (np.sqrt(v / (1 - 0.9**step)) + 1e-3)
        adam.step()
        np.testing.assert_allclose(p.array, want, rtol=1e-12)


@pytest.mark.parametrize(("name", "options"), CONFIGURATIONS, ids=IDS)
def test_a_state_goes_on_where_it_was(name: str, options: dict[str, Any]) -> None:
    params = parameters()
    first = make(name, params, options)
    for step in range(2):
        set_gradients(params, step)
        first.step()
    saved = copy.deepcopy(first.state_dict())
    others = copy.deepcopy(params)
    second = make(name, others, {"lr": 0.7})
    second.load_state_dict(saved)
    assert {k: second.param_groups[0][k] for k in options} == options
    for step in range(2, 5):
        set_gradients(params, step)
        set_gradients(others, step)
        first.step()
        second.step()
    for p, q in zip(params, others, strict=True):
        np.testing.assert_array_equal(p.array, q.array)


def test_a_loaded_state_is_a_copy() -> None:
    params = parameters()
    sgd = optim.SGD(params, lr=0.1, momentum=0.9)
    set_gradients(params, 0)
    sgd.step()
    state = sgd.state_dict()
    assert state["param_groups"][0]["params"] == [0, 1]
    kept = copy.deepcopy(state["state"])
    other = optim.SGD(parameters(), lr=0.1, momentum=0.9)
    other.load_state_dict(state)
    set_gradients(other.param_groups[0]["params"], 1)
    other.step()
    for number, held in state["state"].items():
        for key, value in held.items():
            np.testing.assert_array_equal(value, kept[number][key])


def test_an_optimizer_is_copied_and_pickled_with_its_parameters() -> None:
    params = parameters()
    sgd = optim.SGD(params, lr=0.1, momentum=0.9)
    set_gradients(params, 0)
    sgd.step()
    copies = [copy.deepcopy((params, sgd)), pickle.loads(pickle.dumps((params, sgd)))]
    set_gradients(params, 1)
    sgd.step()
    for others, again in copies:
        assert again.param_groups[0]["params"][0] is others[0]
        set_gradients(others, 1)
        again.step()
        np.testing.assert_array_equal(others[0].array, params[0].array)


def test_groups_have_options_of_their_own() -> None:
    a, b = parameters()
    (c,) = [nn.Parameter(torch.zeros(2, dtype="float64"))]
    sgd = optim.SGD([{"params": [a]}, {"params": b, "lr": 10.0}], lr=1.0)
    sgd.add_param_group({"params": [c], "lr": 100.0})
    before = [p.array.copy() for p in (a, b, c)]
    for p in (a, b, c):
        p.grad = torch.ones(*p.shape, dtype="float64")
    sgd.step()
    for p, old, rate in zip((a, b, c), before, (1.0, 10.0, 100.0), strict=True):
        np.testing.assert_allclose(p.array, old - rate)
    sgd.param_groups[0]["lr"] = 0.0
    sgd.step()
    np.testing.assert_allclose(a.array, before[0] - 1.0)


def test_gradients_are_forgotten_or_zeroed() -> None:
    params = parameters()
    sgd = optim.SGD(params, lr=0.1)
    set_gradients(params, 0)
    held = params[0].grad
    sgd.zero_grad(set_to_none=False)
    assert params[0].grad is held
    assert (held.array == 0).all()
    sgd.zero_grad()
    assert params[0].grad is None


def test_a_closure_is_called_first_and_its_loss_returned() -> None:
    net = nn.Linear(2, 1)
    sgd = optim.SGD(net.parameters(), lr=0.1)
    x = torch.ones(3, 2)

    def closure() -> Any:
        sgd.zero_grad()
        loss = (net(x) ** 2).mean()
        loss.backward()
        return loss

    with torch.no_grad():
        losses = [sgd.step(closure).item() for _ in range(20)]
    assert losses[-1] < 0.1 * losses[0] or losses[0] < 1e-6
    assert sgd.step() is None


def test_a_step_marks_the_memory_as_written() -> None:
    params = parameters()
    for name in OPTIONS:
        kind = getattr(optim, name)
        version = params[0].storage().version
        set_gradients(params, 0)
        kind(params, lr=0.1).step()
        assert params[0].storage().version > version


@pytest.mark.parametrize("name", OPTIONS)
def test_strided_parameters_and_gradients(name: str) -> None:
    kind = getattr(optim, name)
    for options in ({}, OPTIONS[name][1]):
        data, plain = np.ones((4, 3)), np.ones((3, 4))
        p = nn.Parameter(Tensor.from_array(data).t())
        q = nn.Parameter(Tensor.from_array(plain))
        g = gradient(0, (3, 4))
        p.grad, q.grad = Tensor.from_array(np.ascontiguousarray(g.T)).t(), Tensor.from_array(g)
        kind([p], **options).step()
        kind([q], **options).step()
        np.testing.assert_allclose(data.T, plain, rtol=1e-14)


@pytest.mark.parametrize(
    ("make_it", "message"),
    [
        (lambda p: optim.SGD([], lr=0.1), "params: needs at least one parameter"),
        (lambda p: optim.SGD([3], lr=0.1), "params: needs tensors, got int"),
        (lambda p: optim.SGD([p[0] * 2], lr=0.1), "params: needs leaf tensors"),
        (lambda p: optim.SGD([p[0], p[0]], lr=0.1), "a parameter is given twice"),
        (lambda p: optim.SGD([{"params": p}, {"params": p[0]}], lr=0.1), "a parameter is given twice"),
        (lambda p: optim.SGD([{"params": p, "rate": 1}], lr=0.1), r"options: \['rate'\] are not known; allowed are"),
        (lambda p: optim.SGD([{"lr": 1}], lr=0.1), "params: a group needs"),
        (lambda p: optim.SGD(p[0], lr=0.1), "params: needs a list"),
        (lambda p: optim.SGD(p, lr=-1), "lr: needs to be at least 0.0, got -1"),
        (lambda p: optim.SGD(p, lr=float("nan")), "lr: needs to be at least 0.0, got nan"),
        (lambda p: optim.SGD(p, lr=1, momentum=-1), "momentum: needs to be at least"),
        (lambda p: optim.SGD(p, lr=1, weight_decay=-1), "weight_decay: needs to be at least"),
        (lambda p: optim.SGD(p, lr=1, nesterov=True), "nesterov: needs a momentum"),
        (lambda p: optim.SGD(p, lr=1, momentum=0.9, dampening=0.1, nesterov=True), "nesterov: needs a momentum"),
        (lambda p: optim.Adam(p, betas=(1.0, 0.9)), r"betas\[0\]: needs to be at least 0.0 and under 1.0, got 1.0"),
        (lambda p: optim.Adam(p, betas=(0.9, -0.1)), r"betas\[1\]"),
        (lambda p: optim.Adam(p, eps=-1), "eps: needs"),
        (lambda p: optim.AdamW(p, weight_decay=-1), "weight_decay: needs"),
        (lambda p: optim.Adamax(p, lr=-1), "lr: needs"),
        (lambda p: optim.NAdam(p, momentum_decay=-1), "momentum_decay: needs"),
        (lambda p: optim.RAdam(p, betas=(0.9, 1.0)), r"betas\[1\]: needs"),
        (lambda p: optim.Adadelta(p, rho=1.5), "rho: needs to be at least 0.0 and under 1.0, got 1.5"),
        (lambda p: optim.Adagrad(p, lr_decay=-1), "lr_decay: needs"),
        (lambda p: optim.RMSprop(p, alpha=-0.1), "alpha: needs"),
        (lambda p: optim.Rprop(p, etas=(1.2, 0.5)), "etas: needs one between 0 and 1 and one above 1, got"),
        (lambda p: optim.ASGD(p, weight_decay=-1), "weight_decay: needs"),
        (lambda p: optim.SGD(p, lr=1).load_state_dict(optim.SGD(p[:1], lr=1).state_dict()), r"groups of \[2\]"),
    ],
)
def test_mistakes_are_told(make_it: Any, message: str) -> None:
    with pytest.raises(OptimizerError, match=message):
        make_it(parameters())
