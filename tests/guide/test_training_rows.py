"""The rows of `MIGRATION.md` about training: some steps in both languages, which end at the same parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from lua_compat import Runtime
from lua_compat.guide.optimizers import OPTIMIZERS, OptimizerRow
from lua_compat.guide.settings import SETTINGS, python_default
from pytorch_from_lua import nn, optim
from pytorch_from_lua.tensor import Tensor
from tests.mapping.lua_side import runtime
from tests.module_cases import doubles

START = """
require 'nn'
require 'optim'
local x, t = ...
torch.manualSeed(5)
local m = nn.Sequential():add(nn.Linear(4, 6)):add(nn.Tanh()):add(nn.Linear(6, 3)):add(nn.LogSoftMax())
local c = nn.ClassNLLCriterion()
local p, gradient = m:getParameters()
local losses = {}
local function f(at)
   if at ~= nil and at ~= p then p:copy(at) end  -- a method that has a point of its own
   m:zeroGradParameters()
   local y = m:forward(x)
   losses[#losses + 1] = c:forward(y, t)
   m:backward(x, c:backward(y, t))
   return losses[#losses], gradient
end
local function g(at) return 0.01 * torch.abs(at):sum() end
local function prox(at, L) at:copy(torch.sign(at):cmul(torch.abs(at):add(-0.01 / L):cmax(0))) end
torch.manualSeed(6)
"""


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return runtime()


def data() -> tuple[Any, Any]:
    random = np.random.RandomState(3)
    return random.standard_normal((8, 4)), random.randint(0, 3, 8)


def model() -> Any:
    torch.manual_seed(5)
    with doubles():
        return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3), nn.LogSoftmax(-1))


def shrink(p: Any, curvature: float) -> None:
    p.array[...] = np.sign(p.array) * np.maximum(np.abs(p.array) - 0.01 / curvature, 0)


@pytest.mark.parametrize("row", OPTIMIZERS, ids=[row.lua for row in OPTIMIZERS])
def test_the_same_steps(row: OptimizerRow, lua: Runtime) -> None:
    x, labels = data()
    head, _, settings = row.lua.rpartition("{")
    code = f"""{START}
        local settings = {{{settings.removesuffix(")")}
        for _ = 1, {row.calls[0]} do {head}settings) end
        local walked = torch.Tensor(losses)
        return p, walked, (f())
    """
    theirs, walked, their_loss = lua.execute(code, Tensor.from_array(x.copy()), Tensor.from_array(labels + 1.0))
    m, loss, losses = model(), nn.NLLLoss(), []
    given, target = Tensor.from_array(x), Tensor.from_array(labels)
    start = loss(m(given), target).item()

    def g() -> float:
        return sum(0.01 * p.abs().sum().item() for p in m.parameters())

    if "FISTA" in row.python:
        for p in m.parameters():
            p.data.zero_()
    optimizer = eval(row.python, {"m": m, "optim": optim, "prox": shrink, "g": g})

    def closure() -> Any:
        optimizer.zero_grad()
        value = loss(m(given), target)
        value.backward()
        losses.append(value.item())
        return value

    torch.manual_seed(6)
    for _ in range(row.calls[1]):
        optimizer.step(closure)
    if row.same_place:
        flat, _ = m.getParameters()
        np.testing.assert_allclose(flat.array, theirs.array, rtol=row.tolerance, atol=row.tolerance)
        assert their_loss == pytest.approx(loss(m(given), target).item(), rel=row.tolerance)
    if "FISTA" not in row.python:  # which needs the gradient only at the first point of a line
        np.testing.assert_allclose(losses, walked.array, rtol=10 * row.tolerance)
    assert their_loss < start


@pytest.mark.peer
@pytest.mark.parametrize("row", [row for row in OPTIMIZERS if row.in_pytorch is not None], ids=lambda row: row.lua)
def test_the_same_steps_in_pytorch(row: OptimizerRow, lua: Runtime) -> None:
    peer = pytest.importorskip("torch", reason="PyTorch, the implementation to compare with, is not installed")
    assert row.in_pytorch is not None
    x, labels = data()
    ours = model()
    linear = [peer.nn.Linear(4, 6), peer.nn.Linear(6, 3)]
    theirs = peer.nn.Sequential(linear[0], peer.nn.Tanh(), linear[1], peer.nn.LogSoftmax(-1)).double()
    for p, w in zip(theirs.parameters(), ours.parameters(), strict=True):
        p.data.copy_(peer.from_numpy(w.array))

    def walked(kit: Any, m: Any, text: str, given: Any, target: Any) -> list[float]:
        optimizer, loss, losses = eval(text, {"m": m, "optim": kit.optim}), kit.nn.NLLLoss(), []

        def closure() -> Any:
            optimizer.zero_grad()
            value = loss(m(given), target)
            value.backward()
            losses.append(value.item())
            return value

        for _ in range(row.calls[1]):
            optimizer.step(closure)
        return losses

    mine = walked(torch, ours, row.python, Tensor.from_array(x), Tensor.from_array(labels))
    peers = walked(peer, theirs, row.in_pytorch, peer.from_numpy(x), peer.from_numpy(labels))
    np.testing.assert_allclose(peers, mine, rtol=1e-7)
    for p, w in zip(theirs.parameters(), ours.parameters(), strict=True):
        np.testing.assert_allclose(p.detach().numpy(), w.array, rtol=1e-6, atol=1e-9)


def test_settings_are_the_names_that_the_methods_read(lua: Runtime) -> None:
    """Each method is given a table that notes what is asked of it."""
    assert set(SETTINGS) == {row.name for row in OPTIMIZERS}
    x, labels = data()
    for row in OPTIMIZERS:
        head, _, settings = row.lua.rpartition("{")
        code = f"""{START}
            local asked, given = {{}}, {{{settings.removesuffix(")")}
            local noting = setmetatable({{}}, {{__index = function(_, key)
               asked[#asked + 1] = key
               return given[key]
            end}})
            {head}noting)
            return table.concat(asked, ' ')
        """
        asked = set(lua.execute(code, Tensor.from_array(x.copy()), Tensor.from_array(labels + 1.0)).split())
        optimizer, known = SETTINGS[row.name]
        assert {setting.lua for setting in known} <= asked, row.lua
        for setting in known:
            if setting.python:
                assert python_default(optimizer, setting.python)


def test_gradient_descent_of_the_module(lua: Runtime) -> None:
    x, labels = data()
    code = f"{START} for _ = 1, 6 do f() m:updateParameters(0.1) end return p"
    theirs = lua.execute(code, Tensor.from_array(x.copy()), Tensor.from_array(labels + 1.0))
    m = model()
    sgd = optim.SGD(m.parameters(), lr=0.1)
    for _ in range(6):
        sgd.zero_grad()
        nn.NLLLoss()(m(Tensor.from_array(x)), Tensor.from_array(labels)).backward()
        sgd.step()
    flat, _ = m.getParameters()
    np.testing.assert_allclose(flat.array, theirs.array, rtol=1e-11)


def test_torch7s_decay_of_the_rate(lua: Runtime) -> None:
    x, labels = data()
    code = f"""{START} local s = {{learningRate = 0.5, learningRateDecay = 0.1}}
        for _ = 1, 6 do optim.sgd(f, p, s) end return p"""
    theirs = lua.execute(code, Tensor.from_array(x.copy()), Tensor.from_array(labels + 1.0))
    m = model()
    sgd = optim.SGD(m.parameters(), lr=0.5)
    scheduler = optim.lr_scheduler.LearningRateDecay(sgd, 0.1)
    for _ in range(6):
        sgd.zero_grad()
        nn.NLLLoss()(m(Tensor.from_array(x)), Tensor.from_array(labels)).backward()
        sgd.step()
        scheduler.step()
    flat, _ = m.getParameters()
    np.testing.assert_allclose(flat.array, theirs.array, rtol=1e-11)


def test_every_method_of_torch7_has_a_row() -> None:
    names = (Path(__file__).parents[1] / "conformance" / "api" / "optim.txt").read_text().split()
    helpers = {"optim.ConfusionMatrix", "optim.Logger", "optim.checkgrad", "optim.lswolfe", "optim.polyinterp"}
    assert {row.lua.partition("(")[0] for row in OPTIMIZERS} == {n for n in names if ":" not in n} - helpers
