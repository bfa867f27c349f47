"""In Lua too, a module that cannot take its input names itself, and is afterwards what it was before."""

from __future__ import annotations

from typing import Any

import pytest

from lua_compat.bridge.runtime import Runtime
from tests.module_cases import FROM_REGISTRY, Case

#: Every tensor of the module but its results, flat, in the order of the names; then what `call` said.
RUN = """
local expression, sizes, labels = ...
local function spoilt(tensor, how)
   local size = tensor:size():totable()
   if how == 'one dimension more' then table.insert(size, 1, 2)
   elseif how == 'two dimensions more' then table.insert(size, 1, 1); table.insert(size, 1, 2)
   elseif how == 'one dimension less' then table.remove(size, 1)
   elseif how == 'first size' then size[1] = size[1] + 1
   elseif how == 'second size' and size[2] then size[2] = size[2] + 1
   elseif how == 'last size' then size[#size] = size[#size] + 1
   elseif how == 'tiny' then for i = 1, #size do size[i] = 1 end
   elseif how == 'empty' then return tensor.new()
   elseif how == 'another type' then return tensor:float()
   elseif how == 'whole numbers' then return tensor:long()
   end
   if #size == 0 then return tensor.new() end
   return torch.Tensor(torch.LongStorage(size)):fill(1)
end
local function given(how)
   local made = {}
   for i, size in ipairs(sizes) do
      made[i] = spoilt(torch.Tensor(torch.LongStorage(size)):fill(1), how)
   end
   if #sizes == 1 then return made[1] end
   return made
end
local RESULTS = {output = true, gradInput = true}
local function remembered(module)
   local found = {}
   for number, below in ipairs(module:listModules()) do
      for _, name in ipairs {'weight', 'bias', 'gradWeight', 'gradBias', 'running_mean', 'running_var', 'train'} do
         local value = below[name]
         if torch.isTensor(value) then value = value:clone() end
         found[number .. '.' .. name] = value
      end
   end
   found.random = torch.getRNGState()
   return found
end
local function differences(a, b)
   local found = {}
   for name, value in pairs(a) do
      -- what weight normalisation makes anew out of direction and length at each call is no state
      if expression:find('^nn.WeightNorm') and name:find('%.weight$') then value = b[name] end
      local same = value == b[name]
      if torch.isTensor(value) then same = value:equal(b[name]) end
      if not same then found[#found + 1] = name end
   end
   return found
end
local problems = {}
for _, how in ipairs {'one dimension more', 'two dimensions more', 'one dimension less', 'first size', 'second size',
   'last size', 'tiny', 'empty', 'another type', 'whole numbers'} do
   torch.manualSeed(1)
   local below = assert(loadstring('return ' .. expression))()
   local module = nn.Sequential():add(below)
   local _, gradients = module:parameters()
   for _, gradient in ipairs(gradients or {}) do gradient:fill(1) end
   for _, call in ipairs {'forward', 'backward'} do
      local before, ok, message = remembered(module)
      if call == 'backward' and below.modules then
         break -- the modules before the one that fails have accumulated
      elseif call == 'forward' then
         ok, message = pcall(function() module:forward(given(how)) end)
      else
         local good = given('well')
         if not pcall(function() module:forward(good) end) then break end
         local function wrong(value)
            if torch.isTensor(value) then return spoilt(value, how) end
            local made = {}
            for i, v in ipairs(value) do made[i] = wrong(v) end
            return made
         end
         if not torch.isTensor(module.output) and type(module.output) ~= 'table' then break end
         local gradient = wrong(module.output)
         before = remembered(module)
         ok, message = pcall(function() module:backward(good, gradient) end)
      end
      if not ok then
         local changed = differences(before, remembered(module))
         if #changed > 0 then
            problems[#problems + 1] = call .. ', ' .. how .. ': changed ' .. table.concat(changed, ', ') .. ': '
               .. tostring(message)
         end
         -- a module that is made of others has its place told as a container's, and the one in it that failed
         local inside = tostring(message):find('^In %d+ module of [%w.]+:\\nIn %d+ module of [%w.]+:\\nnn%.')
         if call == 'forward' and not inside and not tostring(message):find(torch.type(below), 1, true) then
            problems[#problems + 1] = call .. ', ' .. how .. ': not named: ' .. tostring(message)
         end
      end
   end
end
return table.concat(problems, '\\n')
"""
CASES = [case for case in FROM_REGISTRY if not case.is_loss]


@pytest.fixture(scope="module")
def lua() -> Runtime:
    made = Runtime(cuda="cpu")
    made.execute("require 'nn'")
    return made


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_failing_call_changes_nothing_and_names_the_class(lua: Runtime, case: Case) -> None:
    sizes: Any = [list(shape) for shape in case.example.inputs]
    assert lua.execute(RUN, case.example.lua, lua.to_lua(sizes), case.example.values) == ""
