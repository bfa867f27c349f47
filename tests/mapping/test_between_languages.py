"""Files that one language writes and the other reads: the same module, which goes on working."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lua_compat
import pytorch_from_lua as torch
from lua_compat import Runtime
from lua_compat.mapping.registry import REGISTRY
from pytorch_from_lua.nn.protocol import tree_leaves, tree_map
from pytorch_from_lua.tensor import Tensor
from tests.mapping.lua_side import close, copied, flat, of_lua, runtime
from tests.module_cases import FROM_REGISTRY, Case

#: Over dimension 0, whatever the input: Torch7 has that for inputs of one dimension only.
NOT_SAVED = {"nn.Softmax(0)", "nn.LogSoftmax(0)", "nn.Softmin(0)"}
MODULES = [c for c in FROM_REGISTRY if not c.is_loss and c.python not in NOT_SAVED]
LOSSES = [c for c in FROM_REGISTRY if c.is_loss]


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return runtime()


def gradients_like(output: Any) -> Any:
    random = np.random.RandomState(13)
    return tree_map(lambda t: Tensor.from_array(random.standard_normal(t.shape)), output)


def compare_passes(case: Case, module: Any, lua: Runtime) -> None:
    """Forward and backward of the Python module and of Lua's `M`, from the same random numbers."""
    given = case.input()
    torch.manual_seed(11)
    output = module.updateOutput(given)
    theirs = flat(
        lua.execute(
            "torch.manualSeed(11) I = H.given(...) return H.flat(M:forward(I))",
            *[copied(of_lua(t)) for t in tree_leaves(given)],
        )
    )
    ours = list(tree_leaves(output))
    assert len(ours) == len(theirs)
    for o, w in zip(ours, theirs, strict=True):
        close(case.in_lua(o), w, "output")
    gradients = gradients_like(output)
    grad_input = module.backward(given, gradients)
    found = flat(
        lua.execute(
            "M:zeroGradParameters() return H.flat(M:backward(I, H.like(M.output, {...})))",
            *copied(list(tree_leaves(gradients))),
        )
    )
    if case.class_name == "LossTable":
        return  # Torch7's takes no gradOutput
    if not case.looks_up:
        mine = list(tree_leaves(grad_input))
        if case.has_gradient_of_target:
            mine, found = mine[:1], found[:1]
        for g, w in zip(mine, found, strict=True):
            close(g, w, "gradInput")
    lua_gradients = flat(lua.execute("local _, g = M:parameters() return H.flat(g or {})"))
    for p, w in zip(module.parameters(), lua_gradients, strict=False):
        close(p.grad.array.reshape(w.shape), w, "gradient of a parameter")


@pytest.mark.parametrize("case", MODULES, ids=str)
def test_what_python_saves_works_in_lua(case: Case, lua: Runtime, tmp_path: Path) -> None:
    module = case.build()
    lua_compat.save(tmp_path / "m.t7", module)
    lua.execute(f"require 'nn' {case.nesting_in_lua} M = torch.load(...)", str(tmp_path / "m.t7"))
    compare_passes(case, module, lua)


@pytest.mark.parametrize("used", [False, True], ids=["new", "used"])
@pytest.mark.parametrize("case", MODULES, ids=str)
def test_what_lua_saves_works_in_python(case: Case, used: bool, lua: Runtime, tmp_path: Path) -> None:
    lua.execute(f"require 'nn' {case.nesting_in_lua} torch.manualSeed(5) M = {case.example.lua}")
    if used:
        inputs = [of_lua(t) for t in tree_leaves(case.input(seed=21))]
        lua.execute("M:forward(H.given(...))", *inputs)
    lua.execute("torch.save(..., M)", str(tmp_path / "m.t7"))
    module = lua_compat.load(tmp_path / "m.t7")
    python = REGISTRY[case.torch7].python  # type: ignore[index]
    assert any(type(m) is python for m in module.modules())
    compare_passes(case, module, lua)
    module.eval()
    lua.execute("M:evaluate()")
    given = case.input(seed=22)
    inputs = [of_lua(t) for t in tree_leaves(given)]
    theirs = flat(lua.execute("torch.manualSeed(12) return H.flat(M:forward(H.given(...)))", *inputs))
    torch.manual_seed(12)  # some draw in evaluation too
    for o, w in zip(tree_leaves(module(given)), theirs, strict=True):
        close(case.in_lua(o), w, "output in evaluation")


@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_losses_go_both_ways(case: Case, lua: Runtime, tmp_path: Path) -> None:
    loss, given, target = case.build(), case.input(), case.target()
    value = loss.updateOutput(given, target)
    gradients = list(tree_leaves(loss.updateGradInput(given, target)))
    lua_compat.save(tmp_path / "from_python.t7", loss)
    lua.execute(f"require 'nn' {case.nesting_in_lua} M = torch.load(...)", str(tmp_path / "from_python.t7"))
    arguments = [of_lua(target), *[of_lua(t) for t in tree_leaves(given)]]
    theirs = lua.execute("T = ... I = H.given(select(2, ...)) return M:forward(I, T)", *arguments)
    assert theirs == pytest.approx(value, rel=1e-9)
    for g, w in zip(gradients, flat(lua.execute("return H.flat(M:backward(I, T))")), strict=True):
        close(g, w, "gradInput")
    lua.execute("torch.save(..., M)", str(tmp_path / "from_lua.t7"))
    again = lua_compat.load(tmp_path / "from_lua.t7")
    assert type(again) is type(loss)
    assert again.updateOutput(given, target) == pytest.approx(value, rel=1e-9)
