"""The rows of `MIGRATION.md` about training: some steps in both languages, which end at the same parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pytorch_from_lua as torch
from lua_compat import Runtime
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
local p, g = m:getParameters()
local function f()
   m:zeroGradParameters()
   local y = m:forward(x)
   local loss = c:forward(y, t)
   m:backward(x, c:backward(y, t))
   return loss, g
end
"""
STEPS = 6

#: What changes the parameters in Lua, the optimizer in Python, and how closely they agree: Torch7's Adam adds its
#: epsilon of 1e-8 at another place.
ROWS: list[tuple[str, Callable[[Any], Any], float]] = [
    ("optim.sgd(f, p, s)|{learningRate = 0.1}", lambda p: optim.SGD(p, lr=0.1), 1e-11),
    (
        "optim.sgd(f, p, s)|{learningRate = 0.1, momentum = 0.9}",
        lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.9),
        1e-11,
    ),
    (
        "optim.sgd(f, p, s)|{learningRate = 0.1, momentum = 0.9, dampening = 0, nesterov = true, weightDecay = 0.01}",
        lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
        1e-11,
    ),
    ("optim.adam(f, p, s)|{learningRate = 0.01}", lambda p: optim.Adam(p, lr=0.01), 1e-5),
    ("f() m:updateParameters(0.1)|{}", lambda p: optim.SGD(p, lr=0.1), 1e-11),
]


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return runtime()


def data() -> tuple[Any, Any]:
    random = np.random.RandomState(3)
    return random.standard_normal((8, 4)), random.randint(0, 3, 8)


@pytest.mark.parametrize(("row", "make", "tolerance"), ROWS, ids=[row for row, _, _ in ROWS])
def test_the_same_steps(row: str, make: Callable[[Any], Any], tolerance: float, lua: Runtime) -> None:
    step, state = row.split("|")
    x, labels = data()
    code = f"{START} local s = {state} for _ = 1, {STEPS} do {step} end return p, (f())"
    theirs, their_loss = lua.execute(code, Tensor.from_array(x.copy()), Tensor.from_array(labels + 1.0))
    torch.manual_seed(5)
    with doubles():
        model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3), nn.LogSoftmax())
    loss, optimizer = nn.NLLLoss(), make(model.parameters())
    given, target = Tensor.from_array(x), Tensor.from_array(labels)
    start = loss(model(given), target).item()
    for _ in range(STEPS):
        optimizer.zero_grad()
        value = loss(model(given), target)
        value.backward()
        optimizer.step()
    flat, _ = model.getParameters()
    np.testing.assert_allclose(flat.array, theirs.array, rtol=tolerance, atol=tolerance)
    end = loss(model(given), target).item()
    assert their_loss == pytest.approx(end, rel=tolerance)
    assert end < start
