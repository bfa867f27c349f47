"""Every module and criterion of Lua's `nn` by itself: gradients by differences, files, one sample and a batch."""

from __future__ import annotations

from typing import Any

import pytest

from lua_compat import Runtime
from pytorch_from_lua.nn.protocol import tree_leaves
from tests.mapping.lua_side import HELPERS, of_lua
from tests.module_cases import FROM_REGISTRY, NO_SINGLE, Case

CHECKS = """
local C = {}
local STEP = 1e-6

local function each(value, f, into)
   if torch.isTensor(value) then f(value, into) return end
   for i, item in ipairs(value) do each(item, f, into and into[i]) end
end

local function weighted(output, weights)
   local total = 0
   each(output, function(y, w) total = total + torch.cmul(y, w):sum() end, weights)
   return total
end

local function map(value, f)
   if torch.isTensor(value) then return f(value) end
   local made = {}
   for i, item in ipairs(value) do made[i] = map(item, f) end
   return made
end

-- The largest difference between the gradient of tensors and what central differences of `value()` give.
local function worst(value, tensors, gradients)
   local found = 0
   each(tensors, function(x, g)
      assert(g:nElement() == x:nElement(), 'a gradient has another size than what it is of')
      local flat, slopes = x:view(-1), g:contiguous():view(-1)
      for i = 1, flat:size(1) do
         local before = flat[i]
         flat[i] = before + STEP
         local above = value()
         flat[i] = before - STEP
         local below = value()
         flat[i] = before
         local slope = (above - below) / (2 * STEP)
         found = math.max(found, math.abs(slope - slopes[i]) / math.max(1, math.abs(slope)))
      end
   end, gradients)
   return found
end

-- How far the gradients of the input and of the parameters are from those by differences.
-- `counted` tells which tensors of the input have a gradient, in order.
function C.module_gradients(m, input, counted)
   local function forward()
      torch.manualSeed(11)
      return m:forward(map(input, function(x) return x:clone() end))
   end
   local output = forward()
   local random = map(output, function(y) return torch.randn(y:size()) end)
   local function value() return weighted(forward(), random) end
   m:zeroGradParameters()
   local grads = map(random, function(w) return w:clone() end)
   local given = map(input, function(x) return x:clone() end)
   torch.manualSeed(11)
   m:forward(given)
   local gradInput = m:backward(given, grads)
   local sources, slopes, place = {}, {}, 0
   each(input, function(x, g)
      place = place + 1
      if counted:sub(place, place) == '1' then
         sources[#sources + 1], slopes[#slopes + 1] = x, g:clone()
      end
   end, counted:find('1') and gradInput)
   local parameters, gradients = m:parameters()
   gradients = gradients and map(gradients, function(g) return g:clone() end)
   local of_parameters = parameters and worst(value, parameters, gradients) or 0
   return worst(value, sources, slopes), of_parameters
end

function C.criterion_gradient(c, input, target)
   local gradient = map(c:updateGradInput(input, target, c:forward(input, target)), function(g) return g:clone() end)
   return worst(function() return c:forward(input, target) end, input, gradient)
end

local function same(a, b)
   local found = 0
   each(a, function(x, y)
      assert(x:isSameSizeAs(y), 'other sizes')
      if x:nElement() > 0 then found = math.max(found, (x - y):abs():max()) end
   end, b)
   return found
end

local function copied(value) return map(value, function(x) return x:clone() end) end

local function output(m, input)
   torch.manualSeed(11)
   return copied(m:forward(copied(input)))
end

-- The largest difference that a way through a file, and through clone, makes; and that the type comes back.
function C.file(m, input)
   local wanted = output(m, input)
   local read, cloned = torch.deserialize(torch.serialize(m)), m:clone()
   assert(torch.type(read) == torch.type(m) and tostring(read) == tostring(m))
   local other = output(read, input)
   local found = math.max(same(wanted, other), same(wanted, output(cloned, input)))
   m:clearState()
   return math.max(found, same(wanted, output(m, input)))
end

-- Whether each sample by itself gives its row of what the batch gives.
function C.single(m, input)
   m:evaluate()
   local whole = output(m, input)
   local count
   each(input, function(x) count = count or x:size(1); assert(count == x:size(1)) end)
   for i = 1, count do
      local one = output(m, map(input, function(x) return x[i] end))
      local row = map(whole, function(y)
         assert(y:size(1) == count)
         return type(y[i]) == 'number' and y.new{y[i]} or y[i]
      end)
      if same(row, one) > 1e-10 then return false end
   end
   return true
end

return C
"""

#: As `NO_SINGLE`, in Lua alone.
NO_SINGLE_IN_LUA = {
    **dict.fromkeys(("nn.Bilinear", "nn.InstanceNormalization"), "takes batches only"),
    "nn.CAddTensorTable": "adds a tensor to each of a table",
    **dict.fromkeys(("nn.IndexLinear", "nn.SparseLinear"), "takes indices and values, and no tensor of samples"),
    "nn.Kmeans": "takes batches only: one vector has the form of a centre",
    "nn.OneHot": "takes a tensor of labels, of which one would be a number",
    "nn.PartialLinear": "takes batches only",
}
#: Gives a number, not a tensor, and is a criterion's own gradient backwards.
NOT_OF_TENSORS = {"nn.CriterionTable"}
#: What these accumulate is a step of theirs, not a derivative.
STEPS = {"nn.Kmeans"}
MODULES = [c for c in FROM_REGISTRY if not c.is_loss and c.torch7 not in NOT_OF_TENSORS]
LOSSES = [c for c in FROM_REGISTRY if c.is_loss]


@pytest.fixture(scope="module")
def lua() -> Runtime:
    runtime = Runtime(cuda="cpu")
    runtime.execute(f"require 'nn' H = (function() {HELPERS} end)() C = (function() {CHECKS} end)()")
    return runtime


def build(case: Case, lua: Runtime) -> list[Any]:
    """Makes `M` in Lua; returns its input."""
    lua.execute(f"{case.nesting_in_lua} torch.manualSeed(5) M = {case.example.lua}")
    return [of_lua(t) for t in tree_leaves(case.input())]


def counted(case: Case) -> str:
    """A 1 for each tensor of the input that has a gradient in Lua, a 0 for the others."""
    tensors = list(tree_leaves(case.input()))
    floating = [not case.looks_up and t.dtype.is_floating_point for t in tensors]
    if case.has_gradient_of_target:
        floating[1:] = [False] * (len(floating) - 1)
    return "".join(str(int(f)) for f in floating)


@pytest.mark.parametrize("case", [c for c in MODULES if not c.has_own_gradient and c.torch7 not in STEPS], ids=str)
def test_gradients_are_the_differences(case: Case, lua: Runtime) -> None:
    inputs = build(case, lua)
    of_input, of_parameters = lua.execute(
        "local which = ... return C.module_gradients(M, H.given(select(2, ...)), which)", counted(case), *inputs
    )
    assert of_input < 1e-6
    assert of_parameters < 1e-6


@pytest.mark.parametrize("case", MODULES, ids=str)
def test_a_file_and_a_clone_give_the_same(case: Case, lua: Runtime) -> None:
    inputs = build(case, lua)
    assert lua.execute("return C.file(M, H.given(...))", *inputs) < 1e-12


@pytest.mark.parametrize("case", LOSSES, ids=str)
def test_criterions_gradients_are_the_differences(case: Case, lua: Runtime) -> None:
    inputs = build(case, lua)
    found = lua.execute(
        "local t = ... return C.criterion_gradient(M, H.given(select(2, ...)), t)", of_lua(case.target()), *inputs
    )
    assert found < 1e-6


@pytest.mark.parametrize("name", sorted({c.torch7 for c in MODULES if c.torch7 is not None}))
def test_one_sample_gives_its_row_of_the_batch(name: str, lua: Runtime) -> None:
    forms = []
    for case in [c for c in MODULES if c.torch7 == name]:
        inputs = build(case, lua)
        forms.append(lua.execute("local ok, same = pcall(C.single, M, H.given(...)) return ok and same", *inputs))
    why = {**NO_SINGLE, **NO_SINGLE_IN_LUA}.get(name)
    assert any(forms) == (why is None), why or "no example has a form without the batch"
