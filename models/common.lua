-- What the programs of this folder share: options, the listing of a net, some steps of training. common.py is its twin.

local torch = require 'torch'
local nn = require 'nn'
local optim = require 'optim'
local paths = require 'paths'

local common = {}

-- What every program takes. A program may have another default.
local SHARED = {
   {'seed', 1, 'random seed'},
   {'type', 'double', 'double | float'},
   {'batch', 8, 'samples in one step'},
   {'steps', 5, 'steps of training, all on the same made-up data'},
   {'rate', 0.02, 'learning rate'},
   {'save', '', 'where the net goes, with its losses and an output; nowhere if empty'},
}

--- A program's own options, as rows of {name, default, help}, and the shared ones. Seeds the random stream.
function common.options(title, own)
   local cmd = torch.CmdLine()
   cmd:text()
   cmd:text(title)
   cmd:text()
   local taken = {}
   for _, rows in ipairs {own, SHARED} do
      for _, row in ipairs(rows) do
         if not taken[row[1]] then cmd:option('-' .. row[1], row[2], row[3]) end
         taken[row[1]] = true
      end
   end
   local opt = cmd:parse(arg)
   torch.setdefaulttensortype(opt.type == 'float' and 'torch.FloatTensor' or 'torch.DoubleTensor')
   torch.manualSeed(opt.seed)
   return opt
end

--- `count` classes from 1 to `classes`.
function common.labels(count, classes)
   return torch.LongTensor(count):random(classes):type(torch.getdefaulttensortype())
end

--- Starts a net with batch normalisation (He et al., 2015): what fb.resnet.torch does.
-- A new SpatialBatchNormalization draws its weight in Torch7 and does not in Python. The stream is seeded once more, so
-- that both draw the same from here on.
function common.initialize(model, seed)
   torch.manualSeed(seed)
   for _, conv in ipairs(model:findModules('nn.SpatialConvolution')) do
      local n = conv.kW * conv.kH * conv.nOutputPlane
      conv.weight:normal(0, math.sqrt(2 / n))
      if conv.bias then conv.bias:zero() end
   end
   for _, name in ipairs {'nn.SpatialBatchNormalization', 'nn.BatchNormalization'} do
      for _, norm in ipairs(model:findModules(name)) do
         norm.weight:fill(1)
         norm.bias:zero()
      end
   end
   for _, linear in ipairs(model:findModules('nn.Linear')) do
      linear:reset()
      linear.bias:zero()
   end
end

local function size_of(value)
   if torch.isTensor(value) then return table.concat(value:size():totable(), 'x') end
   local sizes = {}
   for i, item in ipairs(value) do sizes[i] = size_of(item) end
   return '{' .. table.concat(sizes, ', ') .. '}'
end

local function count(tensors)
   local total = 0
   for _, tensor in ipairs(tensors or {}) do total = total + tensor:nElement() end
   return total
end

local function list(module, place, level)
   local name = ('  '):rep(level) .. place .. torch.type(module):gsub('^nn%.', '')
   print(string.format('%-46s %-26s %9d', name, size_of(module.output), count(module:parameters())))
   for i, child in ipairs(module.modules or {}) do list(child, '(' .. i .. ') ', level + 1) end
end

--- Prints the tree of a net: the class, the size of the output and the number of parameters of each module.
function common.describe(model, input)
   model:evaluate()
   model:forward(input)
   model:training()
   print(string.format('%-46s %-26s %9s', 'module', 'output', 'parameters'))
   list(model, '', 0)
end

local function copy(value)
   if torch.isTensor(value) then return value:clone() end
   local copies = {}
   for i, item in ipairs(value) do copies[i] = copy(item) end
   return copies
end

--- Saves the net, where -save says so, with what it gives for the input and with whatever else is to be kept.
function common.keep(opt, model, input, kept)
   if opt.save == '' then return end
   model:evaluate()
   kept.model, kept.input, kept.output = model, input, copy(model:forward(input))
   model:clearState()
   paths.mkdir(paths.dirname(opt.save))
   torch.save(opt.save, kept)
end

--- Lists the net, trains it for some steps and saves it.
function common.run(model, criterion, input, target, opt)
   common.describe(model, input)
   local parameters, gradients = model:getParameters()
   local initial = parameters:clone()
   print(string.format('%d parameters', parameters:nElement()))

   local state = {learningRate = opt.rate, momentum = 0.9, dampening = 0}
   local function feval()
      gradients:zero()
      local output = model:forward(input)
      local loss = criterion:forward(output, target)
      model:backward(input, criterion:backward(output, target))
      return loss, gradients
   end
   local losses = {}
   for step = 1, opt.steps do
      local _, values = optim.sgd(feval, parameters, state)
      losses[step] = values[1]
      print(string.format('step %d: loss %.6f', step, values[1]))
   end

   common.keep(opt, model, input, {initial = initial, trained = parameters, losses = losses})
end

return common
