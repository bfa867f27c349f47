"""Every row of `MIGRATION.md` about a module or a loss in both languages: the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

import pytorch_from_lua as torch
from lua_compat import Runtime
from pytorch_from_lua.nn.protocol import tree_leaves, tree_map
from pytorch_from_lua.tensor import Tensor
from tests.mapping.lua_side import close, copied, flat, of_lua, runtime
from tests.module_cases import FROM_REGISTRY, NO_MODULES, WITHOUT_TORCH7, Case


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return runtime()


#: Modules whose parameters start elsewhere by design: Python's normalisation from 1 where Torch7's draws, and Python's
#: row for padding from 0; the planes of all groups count in cuDNN's bound, in PyTorch's those of one.
OTHER_START = {
    *("nn.BatchNormalization", "nn.SpatialBatchNormalization", "nn.VolumetricBatchNormalization"),
    *("cudnn.SpatialConvolution", "cudnn.VolumetricConvolution", "nn.InstanceNormalization"),
}
OTHER_START_FORMS = {"nn.LookupTable(10, 4, 1)"}


def build_in_lua(lua: Runtime, case: Case) -> list[Tensor]:
    """Builds `M` in Lua from the same random stream; returns its parameters."""
    lua.execute(f"require 'nn' {case.nesting_in_lua} torch.manualSeed(5) M = {case.example.lua}")
    if case.is_loss:
        return []
    return flat(lua.execute("M:training() local w = M:parameters() return H.flat(w or {})"))


MODULES = [c for c in FROM_REGISTRY if not c.is_loss]
LOSSES = [c for c in FROM_REGISTRY if c.is_loss]


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("case", MODULES, ids=str)
def test_a_module_gives_the_same_in_both_languages(case: Case, training: bool, lua: Runtime) -> None:
    lua_parameters = build_in_lua(lua, case)
    module = case.build().train(training)
    parameters = list(module.parameters())
    lua_parameters = lua_parameters[: len(parameters)]  # a MapTable's copies share theirs
    assert len(parameters) == len(lua_parameters)
    fixed = case.torch7 in OTHER_START or case.example.lua in OTHER_START_FORMS
    for p, w in zip(parameters, lua_parameters, strict=True):
        if not fixed:
            np.testing.assert_allclose(p.array.reshape(w.shape), w.array, rtol=1e-12, err_msg="where it starts")
        p.array[...] = w.array.reshape(p.shape)
    given = case.input()
    lua_inputs = [of_lua(t) for t in tree_leaves(given)]
    if not training:
        lua.execute("M:evaluate()")
    torch.manual_seed(11)
    output = module.updateOutput(given)
    outputs = list(tree_leaves(output))
    found = flat(lua.execute("torch.manualSeed(11) I = H.given(...) return H.flat(M:forward(I))", *copied(lua_inputs)))
    assert len(found) == len(outputs)
    for o, w in zip(outputs, found, strict=True):
        close(case.in_lua(o), w, "output")
    draws = case.modes == (True, False) and "BatchNorm" not in case.class_name
    if not training and draws:
        return  # Torch7 has no gradient in evaluation for those that draw
    random = np.random.RandomState(13)
    gradients = [Tensor.from_array(random.standard_normal(o.shape)) for o in outputs]
    remaining = iter(gradients)
    grad_input = module.backward(given, tree_map(lambda _: next(remaining), output))
    lua_grad_input = flat(
        lua.execute("M:zeroGradParameters() return H.flat(M:backward(I, H.like(M.output, {...})))", *copied(gradients))
    )
    mine = list(tree_leaves(grad_input))
    if case.class_name == "LossTable":
        return  # Torch7's takes no gradOutput
    if case.has_gradient_of_target:
        mine, lua_grad_input = mine[:1], lua_grad_input[:1]
    if not case.looks_up:
        assert len(mine) == len(lua_grad_input)
        for g, w in zip(mine, lua_grad_input, strict=True):
            close(g, w, "gradInput")
    lua_gradients = flat(lua.execute("local _, g = M:parameters() return H.flat(g or {})"))[: len(parameters)]
    for p, w in zip(parameters, lua_gradients, strict=True):
        close(p.grad.array.reshape(w.shape), w, "gradient of a parameter")


@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_a_loss_gives_the_same_in_both_languages(case: Case, lua: Runtime) -> None:
    build_in_lua(lua, case)
    loss, given, target = case.build(), case.input(), case.target()
    mine = loss._of(given, target).item()
    inputs = [of_lua(t) for t in tree_leaves(given)]
    theirs = lua.execute("T = ... I = H.given(select(2, ...)) return M:forward(I, T)", of_lua(target), *inputs)
    assert theirs == pytest.approx(mine, rel=1e-9, abs=1e-12)
    gradients = flat(lua.execute("return H.flat(M:backward(I, T))"))
    ours = list(tree_leaves(loss.updateGradInput(given, target)))
    assert len(ours) == len(gradients)
    for g, w in zip(ours, gradients, strict=True):
        close(g, w, "gradInput")


def test_every_class_of_the_registry_has_an_example() -> None:
    from lua_compat.mapping.registry import REGISTRY
    from pytorch_from_lua import nn

    assert {c.torch7 for c in FROM_REGISTRY} == set(REGISTRY)
    mapped = {spec.python.__name__ for spec in REGISTRY.values()}
    assert mapped | {c.class_name for c in WITHOUT_TORCH7} == set(nn.__all__) - NO_MODULES
