"""Modules that a real Torch7 saved give in Lua what they gave there; errors name module and sizes."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lua_compat.bridge.runtime import Runtime
from pytorch_from_lua.nn.protocol import tree_leaves

MODELS = Path(__file__).parents[1] / "conformance" / "models"
TOLERANCE = {"float32": 1e-4, "float64": 1e-7, "int64": 0.0}
NOT_OF_ONE_MODULE = {"checkpoint"}
#: Torch7 worked in place on what it then recorded as gradOutput: this takes it back.
GRADIENT_SCALE = {"MulConstant_in_place": 1.0 / 3.0}

#: Gives a table of ``{what: {ours, theirs}}``. What was recorded may lie on the module's own memory, so all of it is
#: copied before the module runs.
RUN = """
local path, scale = ...
local function copy(value)
   if torch.isTensor(value) then return value:clone() end
   if type(value) ~= 'table' then return value end
   local result = {}
   for k, v in pairs(value) do result[k] = copy(v) end
   return result
end
local function times(value, factor)
   if torch.isTensor(value) then return value:mul(factor) end
   for _, v in pairs(value) do times(v, factor) end
   return value
end
local compared = {}
local record = torch.load(path)
if not record.random then
   local module, want = record.module, {}
   for _, name in ipairs {'input', 'output', 'gradOutput', 'gradInput', 'gradParams'} do
      want[name] = copy(record[name])
   end
   module:training()
   module:zeroGradParameters()
   local input = copy(want.input)
   compared.output = {copy(module:forward(input)), want.output}
   if want.gradOutput ~= nil then -- else the record is of a forward pass alone
      compared.gradInput = {copy(module:backward(input, times(copy(want.gradOutput), scale))), want.gradInput}
   end
   local _, gradients = module:parameters()
   compared.gradParams = {copy(gradients) or {}, want.gradParams or {}}
end
-- It was saved after one pass of training: what was evaluated is what is in the file.
record = torch.load(path)
local want = copy(record.evaluate_output)
if record.random and torch.isTensor(record.input) then -- some draw in evaluation too: where the stream was then
   torch.manualSeed(42)
   torch.randn(record.input:size())
end
record.module:evaluate()
compared.evaluate_output = {copy(record.module:forward(copy(record.input))), want}
return compared
"""


@cache
def runtime() -> Runtime:
    """One Lua for all of this file: which models there are to run depends on the classes that it has."""
    lua = Runtime()
    lua.execute("require 'nngraph'")
    return lua


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return runtime()


def can_be_loaded(name: str) -> bool:
    """Whether Lua has every class that the file speaks of."""
    classes = set(re.findall(rb"nn\.\w+", (MODELS / f"{name}.t7").read_bytes()))
    return all(runtime().eval(f"{word.decode()} ~= nil") for word in classes)


NAMES = [path.stem for path in sorted(MODELS.glob("*.t7")) if path.stem not in NOT_OF_ONE_MODULE]
KNOWN = [name for name in NAMES if can_be_loaded(name)]


def agree(got: Any, want: Any, what: str) -> None:
    """Fails where any tensor differs."""
    ours, theirs = list(tree_leaves(got)), list(tree_leaves(want))
    assert len(ours) == len(theirs), what
    for g, w in zip(ours, theirs, strict=True):
        assert g.shape == w.shape, what
        assert g.dtype is w.dtype, what
        mine, recorded = g.array, w.array
        distance = np.abs(mine - recorded) / np.maximum(1.0, np.maximum(np.abs(mine), np.abs(recorded)))
        assert distance.max(initial=0.0) <= TOLERANCE[w.dtype.name], what


def test_most_of_the_corpus_is_run() -> None:
    assert len(KNOWN) > 80


@pytest.mark.parametrize("name", KNOWN)
def test_a_saved_module_gives_what_torch7_gave(lua: Runtime, name: str) -> None:
    compared = lua.to_python(lua.execute(RUN, str(MODELS / f"{name}.t7"), GRADIENT_SCALE.get(name, 1.0)))
    assert list(tree_leaves(compared["evaluate_output"][1])), "nothing was recorded"
    for what, (ours, theirs) in compared.items():
        agree(ours, theirs, what)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("nn.Linear(5, 3):forward(torch.ones(4, 6))", ["nn.Linear", "4x6", "5"]),
        ("nn.SpatialConvolution(2, 3, 3, 3):forward(torch.ones(3, 5, 5))", ["nn.SpatialConvolution", "3x5x5", "2"]),
        ("nn.BatchNormalization(4):forward(torch.ones(6, 5))", ["nn.BatchNormalization", "6x5", "4"]),
        ("nn.View(7):forward(torch.ones(2, 3))", ["nn.View", "2x3", "7"]),
    ],
)
def test_an_error_names_the_module_and_the_sizes(lua: Runtime, code: str, words: list[str]) -> None:
    ok, message = lua.execute(f"require 'nn'; return pcall(function() return {code} end)")
    assert not ok
    for word in words:
        assert word in message
