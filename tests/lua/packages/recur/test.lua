local recur = require 'recur'
assert(recur.version == 2 and _G.recur == recur and nn.Sequencer)

torch.manualSeed(2)
local made = recur.made
local both = nn.ParallelTable():add(nn.Linear(3, 4)):add(nn.Linear(4, 4))
local cell = nn.Sequential():add(both):add(nn.CAddTable()):add(nn.Tanh())
assert(recur.made == made + 6 and both.born == made + 1 and nn.ReLU().born == recur.made, 'the wrapped __init is what classes call')
assert(getmetatable(nn.Linear).__typename == 'nn.Linear' and torch.getmetatable('nn.Linear') == getmetatable(nn.Linear(1, 1)))
assert(getmetatable(getmetatable(nn.Sequencer)) == torch.getmetatable('nn.Decorator'))

local net = nn.Sequencer(nn.Recurrence(cell, 4))
local x = {}
for t = 1, 5 do x[t] = torch.randn(2, 3) end

local function loss()
   local sum = 0
   for t, y in ipairs(net:forward(x)) do sum = sum + y:sum() * t end
   return sum
end
loss()
local gradients = {}
for t = 1, 5 do gradients[t] = torch.Tensor(2, 4):fill(t) end
net:zeroGradParameters()
net:backward(x, gradients)
local weight, gradWeight = cell:get(1):get(2).weight, cell:get(1):get(2).gradWeight
local function slope(tensor, i)
   local flat, e = tensor:view(-1), 1e-5
   local kept = flat[i]
   flat[i] = kept + e
   local high = loss()
   flat[i] = kept - e
   local low = loss()
   flat[i] = kept
   return (high - low) / (2 * e)
end
for i = 1, 16, 5 do assert(math.abs(slope(weight, i) - gradWeight:view(-1)[i]) < 1e-5, 'through time') end
assert(math.abs(slope(x[2], 3) - net.gradInput[2]:view(-1)[3]) < 1e-5)

-- Clones of the steps are on the memory of the first.
local third = net.module:getStepModule(3)
assert(third ~= cell and third:get(1):get(2).weight:data() == weight:data())
assert(third:get(1):get(2).gradWeight:storage() ~= nil and third.output ~= cell.output)
weight:fill(0.5)
assert(third:get(1):get(2).weight:mean() == 0.5)

-- Parameters are those of one step, also when they are moved to one flat tensor.
local flat, flat_gradient = net:getParameters()
assert(flat:nElement() == 3 * 4 + 4 + 4 * 4 + 4 and flat_gradient:nElement() == flat:nElement())
net.module.sharedClones = {cell}
flat:fill(0.1)
assert(math.abs(net.module:getStepModule(2):get(1):get(1).weight:sum() - 1.2) < 1e-12)

-- Conversion: overridden in a class, wrapped in nn.Module, and what is shared stays shared.
local before = recur.conversions
net:float()
assert(recur.conversions > before and net:type() == 'torch.FloatTensor' and #net.module.sharedClones == 1)
assert(net.module == net.modules[1] and net.module.sharedClones[1] == net.module.recurrentModule)
local p = net:parameters()
assert(p[1]:type() == 'torch.FloatTensor' and p[1]:storage():data() == p[2]:storage():data(), 'one storage yet')
for t = 1, 5 do x[t] = x[t]:float() end
assert(net:forward(x)[5]:type() == 'torch.FloatTensor')

-- Evaluation gives the same and takes no clones.
local trained = {}
for t, y in ipairs(net:forward(x)) do trained[t] = y:clone() end
net:evaluate()
net.module.sharedClones = {}
for t, y in ipairs(net:forward(x)) do assert((y - trained[t]):abs():max() < 1e-6) end
assert(#net.module.sharedClones == 0)
net:training()

-- A file keeps it all, a deep copy too.
net:clearState()
local copy = torch.deserialize(torch.serialize(net))
assert(torch.type(copy.module) == 'nn.Recurrence' and copy.module == copy.modules[1])
assert((copy:forward(x)[5] - trained[5]):abs():max() < 1e-6)
net:backward(x, net:forward(x))
assert(net:gradParamClip(0.01) > 0.01 and math.abs(net:gradParamClip(1) - 0.01) < 1e-6)
net:maxParamNorm(0.3)
assert(p[1]:norm(2, 2):max() < 0.3 + 1e-6 and net:remember('both') == net)
assert(tostring(net.module):find('nn.Recurrence {nn.Sequential {', 1, true))

-- A method that is put into a class later is there in objects made before, and in those of classes below.
function nn.Decorator:added() return torch.type(self) end
function nn.Module.added2(self) return 'every' end
assert(net:added() == 'nn.Sequencer' and cell:added2() == 'every' and nn.Linear(1, 1):added2() == 'every')
assert(rawget(nn.Decorator, 'added') == nil and rawget(getmetatable(nn.Decorator), 'added'))
