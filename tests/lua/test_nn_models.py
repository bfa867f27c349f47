"""Modules that a real Torch7 saved give in Lua what they gave there; errors name module and sizes."""

from __future__ import annotations

from pathlib import Path

import pytest

from lua_compat.bridge.runtime import Runtime

MODELS = Path(__file__).parents[1] / "conformance" / "models"

#: Loads a record; gives "no class" where the module is of one that there is not, else how far it is off.
CHECK = """
require 'nn'
local path = model_path
local function distance(a, b)
   if torch.isTensor(a) then
      if a:type() ~= b:type() or a:dim() ~= b:dim() or a:nElement() ~= b:nElement() then return math.huge end
      if a:nElement() == 0 then return 0 end
      return torch.abs(a - b):max()
   end
   local worst = 0
   for k, v in pairs(b) do worst = math.max(worst, a[k] == nil and math.huge or distance(a[k], v)) end
   return worst
end
local ok, record = pcall(torch.load, path)
if not ok then return 'no class', record end
local module = record.module
if type(module) ~= 'table' or not module.evaluate then return 'no class', '' end
module:evaluate()
if record.evaluate_output == nil then return 'no class', 'nothing recorded' end
return 'loaded', distance(module:forward(record.input), record.evaluate_output)
"""


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


@pytest.mark.parametrize("name", ["Linear", "ReLU", "CAddTable", "LookupTable", "Sum", "Concat", "Dropout_version_1"])
def test_a_saved_module_gives_its_recorded_output(lua: Runtime, name: str) -> None:
    lua.globals.model_path = str(MODELS / f"{name}.t7")
    state, distance = lua.execute(CHECK.replace("local path = model_path", "local path = model_path"))
    assert state == "loaded", distance
    assert distance < 1e-7


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
