"""The models of the corpus, which a real Torch7 saved with what they gave: running one in Lua, and comparing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lua_compat import t7
from pytorch_from_lua.nn.protocol import tree_leaves, tree_map
from pytorch_from_lua.tensor import Tensor

MODELS = Path(__file__).parent / "conformance" / "models"
TOLERANCE = {"float32": 1e-4, "float64": 1e-7, "int64": 0.0}
NOT_OF_ONE_MODULE = {"checkpoint"}
NAMES = [path.stem for path in sorted(MODELS.glob("*.t7")) if path.stem not in NOT_OF_ONE_MODULE]
#: Torch7 worked in place on what it then recorded as gradOutput: this takes it back.
GRADIENT_SCALE = {"MulConstant_in_place": 1.0 / 3.0}

#: Gives a table of ``{what: {ours, theirs}}``. What was recorded may lie on the module's own memory, so all of it is
#: copied before the module runs. The module is that of another file where one is given.
RUN = """
local path, scale, saved = ...
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
local function load()
   local record = torch.load(path)
   if saved then record.module = torch.load(saved) end
   return record
end
local record = load()
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
      local _, gradients = module:parameters()
      compared.gradParams = {copy(gradients) or {}, want.gradParams or {}}
   end
end
-- It was saved after one pass of training: what was evaluated is what is in the file.
record = load()
local want = copy(record.evaluate_output)
if record.random and torch.isTensor(record.input) then -- some draw in evaluation too: where the stream was then
   torch.manualSeed(42)
   torch.randn(record.input:size())
end
record.module:evaluate()
compared.evaluate_output = {copy(record.module:forward(copy(record.input))), want}
return compared
"""


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


def read(name: str) -> Any:
    """A record of its own: what a test does to the module, which shares its memory, stays in that test."""
    return t7.read_file(MODELS / f"{name}.t7")


def fresh(value: Any) -> Any:
    """A copy, so that a module that works in place cannot change what was recorded."""
    return tree_map(lambda t: Tensor.from_array(t.array.copy()), value)
