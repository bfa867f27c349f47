"""What scripts for Torch7 do with modules: classes over classes, methods and fields changed, trees edited, sharing."""

from __future__ import annotations

from pathlib import Path

import pytest

from lua_compat import Runtime

#: Each is Lua that fails by itself; `net()` is a small net, `x` an input for it, `near(a, b)` compares tensors.
START = """
require 'nn'
torch.manualSeed(1)
local file = ...
local function net() return nn.Sequential():add(nn.Linear(3, 4)):add(nn.Tanh()):add(nn.Linear(4, 2)) end
local x, g = torch.randn(5, 3), torch.randn(5, 2)
local function near(a, b, what)
   if not (a:isSameSizeAs(b) and (a - b):abs():max() < 1e-12) then error(what or 'differ', 2) end
end
"""

HABITS: dict[str, str] = {
    # -- classes over classes
    "a class over nn.Module, of no package": """
        local Scale, parent = torch.class('HabitScale', 'nn.Module')
        function Scale:__init(k) parent.__init(self) self.k = k end
        function Scale:updateOutput(input) self.output:resizeAs(input):copy(input):mul(self.k) return self.output end
        function Scale:updateGradInput(_, gradOutput)
           self.gradInput:resizeAs(gradOutput):copy(gradOutput):mul(self.k)
           return self.gradInput
        end
        local m = nn.Sequential():add(HabitScale(3)):add(nn.Identity())
        near(m:forward(x), x * 3)
        near(m:backward(x, x), x * 3)
        assert(torch.isTypeOf(m:get(1), 'nn.Module') and tostring(m:get(1)) == 'HabitScale')
        assert(m:get(1):parameters() == nil and m:clone():get(1).k == 3)
    """,
    "a class over nn.Sequential that adds in its constructor": """
        local Block, parent = torch.class('nn.HabitBlock', 'nn.Sequential')
        function Block:__init(n) parent.__init(self) self:add(nn.Linear(n, n)):add(nn.ReLU()) self.n = n end
        function Block:add(module) self.added = (self.added or 0) + 1 return parent.add(self, module) end
        local m = nn.HabitBlock(3):add(nn.Linear(3, 2))
        assert(m.added == 3 and m:size() == 3 and m:forward(x):size(2) == 2 and m:backward(x, g):isSameSizeAs(x))
        torch.save(file, m)
        local again = torch.load(file)
        assert(torch.type(again) == 'nn.HabitBlock' and again.n == 3)
        near(again:forward(x), m:forward(x))
        assert(#m:findModules('nn.Linear') == 2 and #m:findModules('nn.HabitBlock') == 1)
    """,
    "a class over nn.Linear that calls its parent, twice removed": """
        local A, a_parent = torch.class('nn.HabitA', 'nn.Linear')
        function A:__init(...) a_parent.__init(self, ...) self.calls = 0 end
        function A:updateOutput(input) self.calls = self.calls + 1 return a_parent.updateOutput(self, input) end
        local B, b_parent = torch.class('nn.HabitB', 'nn.HabitA')
        function B:updateOutput(input) return b_parent.updateOutput(self, input):mul(2) end
        function B:reset(stdv) b_parent.reset(self, stdv) self.weight:fill(1) return self end
        local m = nn.HabitB(3, 2)
        m.bias:zero()
        near(m:forward(x), torch.expand(x:sum(2) * 2, 5, 2):clone())
        assert(m.calls == 1 and torch.isTypeOf(m, 'nn.Linear') and torch.isTypeOf(m, nn.HabitA))
    """,
    "a class with its own accGradParameters and parameters of other names": """
        local Gain, parent = torch.class('nn.HabitGain', 'nn.Module')
        function Gain:__init() parent.__init(self) self.gain, self.gradGain = torch.ones(1), torch.zeros(1) end
        function Gain:parameters() return {self.gain}, {self.gradGain} end
        function Gain:updateOutput(i) self.output:resizeAs(i):copy(i):mul(self.gain[1]) return self.output end
        function Gain:updateGradInput(_, o)
           self.gradInput:resizeAs(o):copy(o):mul(self.gain[1])
           return self.gradInput
        end
        function Gain:accGradParameters(i, o, scale) self.gradGain:add((scale or 1) * torch.cmul(i, o):sum()) end
        local m = nn.Sequential():add(nn.Linear(3, 2)):add(nn.HabitGain())
        local p, gp = m:getParameters()
        assert(p:nElement() == 9)
        m:zeroGradParameters()
        m:forward(x)
        m:backward(x, g)
        assert(math.abs(gp[9] - torch.cmul(m:get(1).output, g):sum()) < 1e-12)
        p:fill(2)
        assert(m:get(2).gain[1] == 2)
        assert(nn.Jacobian.testJacobianParameters(m, x, p, gp) < 1e-5)
    """,
    "read and write of a class's own": """
        local Small, parent = torch.class('nn.HabitSmall', 'nn.Linear')
        function Small:write(f)
           local output = self.output
           self.output = output.new()
           parent.write(self, f)
           self.output = output
        end
        function Small:read(f) parent.read(self, f) self.was_read = true end
        local m = nn.HabitSmall(3, 2)
        m:forward(x)
        torch.save(file, m)
        local again = torch.load(file)
        assert(again.was_read and again.output:nElement() == 0 and m.output:nElement() == 10)
        near(again:forward(x), m.output)
        near(m:clone().weight, m.weight)
    """,
    "__tostring__ and __call__ of a class's own": """
        local Named, parent = torch.class('nn.HabitNamed', 'nn.Identity')
        function Named:__tostring__() return parent.__tostring__(self) .. '!' end
        function Named:__call__(input) return self:forward(input) * 2 end
        local m = nn.HabitNamed()
        near(m(x), x * 2)
        assert(tostring(nn.Sequential():add(m)):find('nn.HabitNamed!', 1, true))
    """,
    # -- methods and fields changed
    "a net is called": """
        local m = net()
        near(m(x), m:forward(x))
        local output, gradInput = m(x, g)
        assert(output == m.output and gradInput == m.gradInput)
    """,
    "a method replaced on a class, for objects that are there already": """
        local m, old, calls = net(), nn.Linear.updateOutput, 0
        nn.Linear.updateOutput = function(self, input) calls = calls + 1 return old(self, input) end
        m:forward(x)
        nn.Linear.updateOutput = old
        m:forward(x)
        assert(calls == 2)
    """,
    "a method replaced on one object": """
        local m = net()
        local first = m:get(1)
        local class_method = first.updateOutput
        first.updateOutput = function(self, input) self.seen = input:size(1) return class_method(self, input) end
        m:forward(x)
        assert(first.seen == 5 and m:get(3).seen == nil and rawget(first, 'updateOutput'))
        first.updateOutput = nil
        first.seen = nil
        m:forward(x)
        assert(first.seen == nil)
    """,
    "a method added to every module": """
        function nn.Module:habitCount()
           local n = 0
           self:apply(function() n = n + 1 end)
           return n
        end
        assert(net():habitCount() == 4 and nn.ReLU():habitCount() == 1)
        nn.Module.habitCount = nil
        assert(net().habitCount == nil)
    """,
    "fields added at will go through clone, files and conversion": """
        local m = net()
        m.epoch, m.stats, m:get(1).mean = 3, {best = torch.ones(2), name = 'a'}, torch.Tensor{1, 2}
        m.callback = function(v) return v + m.epoch end
        torch.save(file, m)
        for _, again in ipairs{m:clone(), torch.load(file)} do
           assert(again.epoch == 3 and again.stats.name == 'a' and again:get(1).mean[2] == 2 and again.callback(1) == 4)
           again.stats.best:zero()
        end
        assert(m.stats.best:sum() == 2)
        m:float()
        assert(m.stats.best:type() == 'torch.FloatTensor' and m:get(1).mean:type() == 'torch.FloatTensor')
        local names = {}
        for name in pairs(m) do names[name] = true end
        assert(names.modules and names.output and names.epoch and names._type)
    """,
    "the first module's gradInput is not wanted": """
        for _, make in ipairs{
           function() return nn.Linear(3, 2), torch.randn(5, 3) end,
           function() return nn.SpatialConvolution(2, 3, 3, 3), torch.randn(2, 5, 5) end,
           function() return nn.SpatialConvolutionMM(2, 3, 3, 3), torch.randn(2, 5, 5) end,
           function() return nn.SpatialFullConvolution(2, 3, 3, 3), torch.randn(2, 5, 5) end,
           function() return nn.CMul(3), torch.randn(5, 3) end,
           function() return nn.Euclidean(3, 2), torch.randn(5, 3) end,
           function() return nn.Cosine(3, 2), torch.randn(5, 3) end,
           function() return nn.Mul(), torch.randn(5, 3) end,
           function() return nn.Bilinear(3, 2, 4), {torch.randn(5, 3), torch.randn(5, 2)} end,
           function() return nn.PReLU(), torch.randn(5, 3) - 1 end,
           function() return nn.TemporalConvolution(3, 2, 2), torch.randn(5, 3) end,
           function() return nn.VolumetricConvolution(1, 2, 2, 2, 2), torch.randn(1, 3, 3, 3) end,
        } do
           local m, input = make()
           m.gradInput = nil
           local out = nn.Sequential():add(m):add(nn.Tanh())
           out:zeroGradParameters()
           out:forward(input)
           out:backward(input, torch.ones(out.output:size()))
           assert(m.gradWeight:abs():sum() > 0 and m.gradInput == nil)
        end
    """,
    # -- trees edited
    "modules put in and taken out by hand": """
        local m = net()
        table.insert(m.modules, nn.Sigmoid())
        table.insert(m.modules, 1, nn.Identity())
        m.modules[3] = nn.ReLU()
        near(m:forward(x), torch.sigmoid(m:get(4):forward(torch.cmax(m:get(2):forward(x), 0))))
        assert(m:backward(x, g):isSameSizeAs(x) and m:size() == 5)
        m.modules[#m.modules] = nil
        assert(m:forward(x) == m:get(4).output)
        table.remove(m.modules, 1)
        assert(m:size() == 3 and torch.type(m:get(2)) == 'nn.ReLU' and m:get(9) == nil)
    """,
    "insert and remove keep output and gradInput": """
        local m = net()
        m:insert(nn.Identity(), 1)
        m:insert(nn.Sigmoid())
        assert(m:size() == 5 and torch.type(m:get(5)) == 'nn.Sigmoid' and m.output == m:get(5).output)
        m:remove(1)
        m:remove()
        assert(m:size() == 3 and m.gradInput == m:get(1).gradInput and m.output == m:get(3).output)
        for _, wrong in ipairs{0, 5, -1} do
           local ok, message = pcall(m.insert, m, nn.Identity(), wrong)
           assert(not ok and message:find('index should be between 1 and 4'))
        end
        assert(not pcall(m.remove, m, 4) and m:size() == 3)
    """,
    "replace works from the inside out and at the top": """
        local m = nn.Sequential():add(net()):add(nn.Dropout())
        m:replace(function(module)
           if torch.type(module) == 'nn.Dropout' then return nn.Identity() end
           if torch.type(module) == 'nn.Tanh' then return nn.Sequential():add(nn.ReLU()):add(nn.Tanh()) end
           return module
        end)
        assert(torch.type(m:get(2)) == 'nn.Identity' and m:get(1):get(2):size() == 2)
        local wrapped = nn.Linear(2, 2):replace(function(module) return nn.Sequential():add(module) end)
        assert(torch.type(wrapped) == 'nn.Sequential' and wrapped:size() == 1)
        assert(m:forward(x):size(2) == 2)
    """,
    "apply, listModules and findModules agree on the order": """
        local m = nn.Sequential():add(net()):add(nn.ConcatTable():add(nn.Linear(2, 1)):add(nn.Identity()))
        local seen = {}
        m:apply(function(module) seen[#seen + 1] = module end)
        local listed = m:listModules()
        assert(#seen == 8 and #listed == 8 and seen[1] == m)
        for i, module in ipairs(listed) do assert(module == seen[i]) end
        local found, containers = m:findModules('nn.Linear')
        assert(#found == 3 and containers[1] == m:get(1) and containers[3] == m:get(2))
        for i = 1, #found do
           for j = 1, #containers[i].modules do
              if containers[i].modules[j] == found[i] then containers[i].modules[j] = nn.Identity() end
           end
        end
        assert(#m:findModules('nn.Linear') == 0)
        local alone, holder = nn.Tanh():findModules('nn.Tanh')
        assert(#alone == 1 and holder[1] == alone[1])
    """,
    "every container holds and runs edited lists": """
        local c = nn.Concat(2):add(nn.Linear(3, 2))
        c.modules[2] = nn.Linear(3, 4)
        assert(c:forward(x):size(2) == 6)
        local t = nn.ConcatTable()
        table.insert(t.modules, nn.Identity())
        table.insert(t.modules, nn.Tanh())
        assert(#t:forward(x) == 2 and t:backward(x, {x, x}):isSameSizeAs(x))
        local p = nn.ParallelTable():add(nn.Identity()):add(nn.Tanh())
        p.modules[1] = nn.Sigmoid()
        near(p:forward{x, x}[1], torch.sigmoid(x))
    """,
    "trees print as Torch7 printed them": """
        local m = nn.Sequential():add(nn.ConcatTable():add(nn.Linear(3, 2)):add(nn.Sequential():add(nn.Tanh())))
        m:add(nn.ParallelTable():add(nn.Identity()):add(nn.Bottle(nn.Linear(3, 2))))
        assert(tostring(m) == [[
nn.Sequential {
  [input -> (1) -> (2) -> output]
  (1): nn.ConcatTable {
    input
      |`-> (1): nn.Linear(3 -> 2)
       `-> (2): nn.Sequential {
             [input -> (1) -> output]
             (1): nn.Tanh
           }
       ... -> output
  }
  (2): nn.ParallelTable {
    input
      |`-> (1): nn.Identity
       `-> (2): nn.Bottle @ nn.Linear(3 -> 2)
       ... -> output
  }
}]], tostring(m))
        assert(tostring(nn.Sequential()):find('nn.Sequential {', 1, true) == 1)
    """,
    # -- parameters and their memory
    "nets without parameters": """
        local p, gp = nn.Tanh():parameters()
        assert(p == nil and gp == nil)
        p, gp = nn.Sequential():add(nn.Tanh()):parameters()
        assert(#p == 0 and #gp == 0)
        local m = nn.Sequential():add(nn.Tanh())
        local flat, gradients = m:getParameters()
        assert(flat:dim() == 0 and gradients:dim() == 0)
        m:zeroGradParameters()
        m:forward(x)
        m:backward(x, x)
        m:updateParameters(1)
        m:accUpdateGradParameters(x, x, 1)
        nn.Tanh():zeroGradParameters()
        nn.Tanh():updateParameters(1)
    """,
    "getParameters: what lies where": """
        local m = net()
        local p, gp = m:getParameters()
        assert(p:nElement() == 26 and p:isContiguous() and p:storage():size() == 26)
        assert(m:get(1).weight:storageOffset() == 1 and m:get(1).bias:storageOffset() == 13)
        p:copy(torch.range(1, 26))
        assert(m:get(3).bias[2] == 26 and m:get(1).weight[1][2] == 2)
        m:zeroGradParameters()
        m:forward(x)
        m:backward(x, g)
        assert(gp:abs():sum() > 0 and gp[26] == m:get(3).gradBias[2])
        m:updateParameters(0.5)
        near(p, torch.range(1, 26) - gp * 0.5)
    """,
    "getParameters of what is flat already": """
        local m = net()
        local before = m:forward(x):clone()
        local p = m:getParameters()
        local q, gq = m:getParameters()
        near(p, q)
        near(m:forward(x), before)
        q:zero()
        assert(m:get(1).weight:sum() == 0 and gq:nElement() == 26)
        near(nn.Module.flatten(m:parameters()), q)
    """,
    "a module at two places": """
        local l = nn.Linear(3, 3)
        local m = nn.Sequential():add(l):add(nn.Tanh()):add(l)
        assert(#m:parameters() == 4 and m:getParameters():nElement() == 12)
        torch.save(file, m)
        for _, again in ipairs{m:clone(), torch.load(file)} do assert(again:get(1) == again:get(3)) end
        m:float()
        assert(m:get(1) == m:get(3) and m:get(1).weight:type() == 'torch.FloatTensor')
    """,
    "clones that share": """
        local a = nn.Linear(3, 3)
        local b = a:clone('weight', 'bias', 'gradWeight', 'gradBias')
        local m = nn.Sequential():add(a):add(nn.Tanh()):add(b)
        local p, gp = m:getParameters()
        assert(p:nElement() == 12 and gp:nElement() == 12)
        m:zeroGradParameters()
        m:forward(x)
        m:backward(x, x)
        near(a.gradWeight, b.gradWeight)
        p:fill(3)
        assert(a.weight:sum() == 27 and b.bias:sum() == 9)
        local c = m:clone()
        c:get(1).weight:fill(5)
        assert(c:get(3).weight:sum() == 45 and a.weight:sum() == 27)
        torch.save(file, m)
        local d = torch.load(file)
        d:get(3).weight:fill(6)
        assert(d:get(1).weight:sum() == 54)
    """,
    "share through a tree": """
        local a, b = nn.Sequential():add(net()), nn.Sequential():add(net())
        assert(b:share(a, 'weight', 'bias') == b)
        near(a:forward(x), b:forward(x))
        a:get(1):get(3).bias:fill(7)
        assert(b:get(1):get(3).bias:sum() == 14)
        assert(a:get(1):get(1).gradWeight:storage() ~= b:get(1):get(1).gradWeight:storage())
        b:float():double()
        a:get(1):get(3).bias:fill(8)
        assert(b:get(1):get(3).bias:sum() == 14)
    """,
    "conversion keeps what is shared": """
        local a = nn.Linear(3, 3)
        local m = nn.Sequential():add(a):add(a:clone('weight', 'bias')):float()
        m:get(1).weight:fill(2)
        assert(m:get(2).weight:sum() == 18)
        assert(m:type() == 'torch.FloatTensor' and m:get(2):type() == 'torch.FloatTensor')
        local p = m:getParameters()
        assert(p:type() == 'torch.FloatTensor' and p:nElement() == 12)
        assert(m:double() == m and m:get(1).gradBias:type() == 'torch.DoubleTensor')
        assert(m:type('torch.FloatTensor') == m and m:forward(x:float()):type() == 'torch.FloatTensor')
        local cache = {}
        local one, two = nn.Linear(2, 2), nn.Linear(2, 2)
        two:share(one, 'weight')
        one:type('torch.FloatTensor', cache)
        two:type('torch.FloatTensor', cache)
        one.weight:fill(4)
        assert(two.weight:sum() == 16)
    """,
    "an optimizer's flat tensor and a file": """
        local m = net()
        local p = m:getParameters()
        torch.save(file, {model = m, epoch = 2, flat = p})
        local c = torch.load(file)
        c.flat:fill(1)
        assert(c.model:get(1).weight:sum() == 12 and c.epoch == 2)
    """,
    # -- passes
    "all ways to a step end at the same weights": """
        local m, rate = net(), 0.1
        local a, b, c, d = m:clone(), m:clone(), m:clone(), m:clone()
        a:zeroGradParameters()
        a:forward(x)
        a:backward(x, g)
        a:updateParameters(rate)
        b:forward(x)
        b:backwardUpdate(x, g, rate)
        c:forward(x)
        c:updateGradInput(x, g)
        c:accUpdateGradParameters(x, g, rate)
        d:zeroGradParameters()
        d:forward(x)
        d:updateGradInput(x, g)
        d:accGradParameters(x, g, 0.5)
        d:accGradParameters(x, g, 0.5)
        d:updateParameters(rate)
        for i, other in ipairs{b, c, d} do
           for k, w in ipairs(other:parameters()) do
              near(w, a:parameters()[k], i .. ' ' .. k)
           end
        end
    """,
    "a shared layer updates at once and once": """
        local l = nn.Linear(3, 2)
        local other = l:clone('weight', 'bias')
        local wanted = l:clone()
        wanted:forward(x)
        wanted:zeroGradParameters()
        wanted:backward(x, g)
        wanted:updateParameters(0.1)
        l:forward(x)
        l:updateGradInput(x, g)
        l:accUpdateGradParameters(x, g, 0.1)
        near(l.weight, wanted.weight)
        near(other.weight, wanted.weight)
        l:sharedAccUpdateGradParameters(x, g, 0.1)
        local p = nn.PReLU()
        p.shared = true
        p:forward(x)
        p:updateGradInput(x, x)
        p:accUpdateGradParameters(x, x, 0.1)
        assert(p.weight[1] ~= 0.25)
    """,
    "a class of before `shared`": """
        local Old = torch.class('nn.HabitOld', 'nn.Linear')
        Old.sharedAccUpdateGradParameters = Old.accUpdateGradParameters
        local m = nn.HabitOld(3, 2)
        m:clone('weight')
        m.shared = true
        m:forward(x)
        m:accUpdateGradParameters(x, g, 0.1)
    """,
    "training and evaluate, on containers and alone": """
        local m = nn.Sequential():add(nn.Dropout(0.5)):add(nn.ConcatTable():add(nn.Dropout(0.3)):add(nn.Identity()))
        assert(m.train == nil and select('#', m:evaluate()) == 0)
        m:apply(function(module) assert(module.train == false) end)
        near(m:forward(x)[2], x)
        m:training()
        m:apply(function(module) assert(module.train == true) end)
        assert((m:forward(x)[2] - x):abs():max() > 0)
    """,
    "clearState and on": """
        local m = nn.Sequential():add(nn.SpatialConvolution(1, 2, 3, 3)):add(nn.ReLU(true)):add(nn.View(-1))
        m:add(nn.Linear(18, 2)):add(nn.LogSoftMax())
        local input, target = torch.randn(4, 1, 5, 5), torch.Tensor{1, 2, 1, 2}
        m.modules[3] = nn.View(18)
        local criterion = nn.ClassNLLCriterion()
        local function step()
           m:zeroGradParameters()
           local loss = criterion:forward(m:forward(input), target)
           m:backward(input, criterion:backward(m.output, target))
           return loss, m:get(1).gradWeight:clone()
        end
        local loss, gradient = step()
        local size = #torch.serialize(m)
        assert(m:clearState() == m)
        for _, module in ipairs(m:listModules()) do
           assert(module.output:nElement() == 0 and module.gradInput:nElement() == 0)
        end
        assert(#torch.serialize(m) < size)
        local again, same = step()
        assert(loss == again)
        near(gradient, same)
        torch.save(file, m:clearState())
        near(torch.load(file):forward(input), m:forward(input))
    """,
    "the criterion's habits": """
        local c = nn.MultiCriterion():add(nn.MSECriterion(), 0.5):add(nn.AbsCriterion())
        local y, t = torch.randn(3), torch.randn(3)
        local loss = c:forward(y, t)
        assert(math.abs(loss - 0.5 * (y - t):pow(2):mean() - (y - t):abs():mean()) < 1e-12)
        assert(c:clone():forward(y, t) == loss and c(y, t) == loss)
        local f = c:float()
        assert(f:forward(y:float(), t:float()) and f.gradInput:type() == 'torch.FloatTensor')
        local Own, parent = torch.class('nn.HabitCriterion', 'nn.MSECriterion')
        function Own:updateOutput(input, target) return parent.updateOutput(self, input, target) + 1 end
        assert(nn.HabitCriterion():forward(y, y) == 1)
    """,
    "utils of nn": """
        local t = {torch.ones(2), {torch.ones(3), x = torch.ones(1)}}
        local copy, source = nn.utils.recursiveCopy(nil, t)
        assert(source == t and copy[2].x[1] == 1 and copy[1] ~= t[1])
        local sum = nn.utils.recursiveAdd(copy, t)
        assert(sum == copy and copy[2][1][3] == 2)
        nn.utils.recursiveAdd(copy, -2, t)
        assert(copy[1]:sum() == 0)
        local resized = nn.utils.recursiveResizeAs({torch.Tensor(), torch.Tensor(), torch.Tensor()}, t)
        assert(#resized == 2 and resized[2].x:size(1) == 1)
        nn.utils.recursiveFill(resized, 4)
        assert(resized[2][1]:sum() == 12)
        assert(nn.utils.recursiveType(t, 'torch.FloatTensor')[2].x:type() == 'torch.FloatTensor')
        local object = {a = torch.ones(2), b = {1}, c = 5, d = 6}
        assert(nn.utils.clear(object, 'a', {'b', 'c'}) == object)
        assert(object.a:nElement() == 0 and next(object.b) == nil and object.c == nil and object.d == 6)
        assert(nn.utils.addSingletonDimension(torch.ones(2, 3), 2):size(2) == 1)
        assert(nn.utils.contiguousView(nil, torch.ones(2, 3):t(), 6):size(1) == 6)
    """,
    "outputs are the module's own memory, inputs stay": """
        local m, kept = net(), x:clone()
        local first = m:forward(x)
        local second = m:forward(torch.randn(5, 3))
        assert(first == second and torch.pointer(first:storage()) == torch.pointer(second:storage()))
        near(x, kept)
        local held = m:forward(x):clone()
        m:forward(x * 2)
        near(m:forward(x), held)
    """,
    "an error in a net says where": """
        local m = nn.Sequential():add(nn.Identity()):add(nn.Sequential():add(nn.Linear(4, 2)))
        local ok, message = pcall(m.forward, m, x)
        local place = 'In 2 module of nn.Sequential:\\nIn 1 module of nn.Sequential:\\n'
        assert(not ok and message:find(place, 1, true), message)
    """,
}


@pytest.fixture(scope="module")
def lua() -> Runtime:
    return Runtime()


@pytest.mark.parametrize("habit", HABITS)
def test_a_habit_works(lua: Runtime, habit: str, tmp_path: Path) -> None:
    lua.execute(f"{START}\n{HABITS[habit]}", str(tmp_path / "file.t7"))
