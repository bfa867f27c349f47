"""Modules between Python and a running Lua: one memory, two faces."""

from __future__ import annotations

import numpy as np
import pytest

import pytorch_from_lua as torch
from lua_compat import Runtime
from lua_compat.mapping import TorchObject
from pytorch_from_lua import nn


@pytest.fixture
def lua() -> Runtime:
    runtime = Runtime()
    runtime.execute("require 'nn'; torch.manualSeed(3)")
    return runtime


def test_a_lua_module_is_a_python_module_on_the_same_memory(lua: Runtime) -> None:
    lua.execute("model = nn.Sequential():add(nn.Linear(4, 3)):add(nn.Tanh()); x = torch.randn(2, 4)")
    model, x = lua.to_python(lua.globals.model), lua.globals.x
    assert repr(model).startswith("Sequential(\n  (0): Linear(in_features=4")
    expected = lua.execute("return model:forward(x)")
    np.testing.assert_array_equal(model(x).detach().numpy(), expected.numpy())
    with torch.no_grad():
        model[0].weight.fill_(2)
    assert lua.eval("model:get(1).weight[2][3]") == 2
    lua.execute("model:get(1).bias:fill(7)")
    assert model[0].bias.tolist() == [7, 7, 7]


def test_gradients_are_shared(lua: Runtime) -> None:
    lua.execute("model = nn.Linear(4, 3); parameters, gradients = model:getParameters(); gradients:zero()")
    model = lua.to_python(lua.globals.model)
    model(torch.ones(2, 4, dtype="float64")).sum().backward()
    assert lua.eval("gradients:sum()") == 2 * 4 * 3 + 2 * 3
    lua.execute("gradients:fill(5)")
    assert model.bias.grad.tolist() == [5, 5, 5]


def test_a_python_module_is_a_lua_module_on_the_same_memory(lua: Runtime) -> None:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    lua.set_global("model", lua.to_lua(model))
    x = torch.randn(5, 4)
    lua.set_global("x", x)
    lua.execute("y = model:forward(x); model:zeroGradParameters(); model:backward(x, y:clone():fill(1))")
    np.testing.assert_allclose(lua.globals.y.numpy(), model(x).detach().numpy(), rtol=1e-6)
    shared = [p.grad.clone() for p in model.parameters()]
    model.zero_grad(set_to_none=False)
    model(x).sum().backward()
    for mine, before in zip(model.parameters(), shared, strict=True):
        np.testing.assert_allclose(mine.grad.numpy(), before.numpy(), rtol=1e-5, atol=1e-6)
    lua.execute("model:get(1).weight:zero()")
    assert model[0].weight.abs().sum().item() == 0


def test_there_and_back_is_one_memory(lua: Runtime) -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.Dropout(0.3), nn.View(8))
    again = lua.to_python(lua.to_lua(model))
    assert repr(again) == repr(model)
    again[0].weight.detach().fill_(1.5)
    assert model[0].weight.detach().numpy().mean() == 1.5


def test_a_class_that_only_lua_has_shows_its_fields(lua: Runtime) -> None:
    lua.execute(
        """
        local Mine, parent = torch.class('nn.Mine', 'nn.Module')
        function Mine:__init(k) parent.__init(self); self.k = k end
        model = nn.Sequential():add(nn.Mine(4))
        """
    )
    found = lua.to_python(lua.globals.model)[0]
    assert isinstance(found, TorchObject)
    assert found.class_name == "nn.Mine"
    assert found.k == 4
    with pytest.raises(ValueError, match=r"nn\.Mine has no Python counterpart"):
        found(torch.ones(2))
