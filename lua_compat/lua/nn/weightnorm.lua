-- Weights as a length and a direction for each output: WeightNorm around any module with a weight, LinearWeightNorm.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'

local WeightNorm, parent = torch.class('nn.WeightNorm', 'nn.Decorator')

-- What Torch7 adds to the square of a length before its root.
local ADDED = 1e-4

function WeightNorm:__init(module, outputDim)
   parent.__init(self, module)
   if not torch.isTensor(module.weight) then
      error('nn.WeightNorm: ' .. torch.type(module) .. ' has no weight', 3)
   end
   self.bias, self.gradBias = module.bias, module.gradBias
   self.weight, self.gradWeight = module.weight, module.gradWeight
   self.outputDim = outputDim or 1
   self.otherDims = 1
   for i = 1, self.weight:dim() do
      if i ~= self.outputDim then self.otherDims = self.otherDims * self.weight:size(i) end
   end
   self.weightSize = self.weight:size()
   self.viewIn = torch.LongStorage {self.weight:size(self.outputDim), self.otherDims}
   self.viewOut = self:permuteIn(self.weight):size()
   self.v, self.gradV = torch.Tensor(self.viewIn), torch.Tensor(self.viewIn):zero()
   self.g, self.gradG = torch.Tensor(self.viewIn[1], 1), torch.Tensor(self.viewIn[1], 1):zero()
   self._norm, self._scale = torch.Tensor(self.viewIn[1], 1), torch.Tensor(self.viewIn[1])
   self:resetInit()
end

--- The weight with the dimension of the outputs first.
function WeightNorm:permuteIn(tensor)
   for i = self.outputDim - 1, 1, -1 do tensor = tensor:transpose(i, i + 1) end
   return tensor
end

--- What `permuteIn` gave, back in the weight's order.
function WeightNorm:permuteOut(tensor)
   for i = 1, self.outputDim - 1 do tensor = tensor:transpose(i, i + 1) end
   return tensor
end

--- Draws the directions; the weight is then what was drawn, and the bias 0.
function WeightNorm:resetInit()
   self.v:normal(0, math.sqrt(2 / self.viewIn[2]))
   self.g:norm(self.v, 2, 2)
   if self.bias then self.bias:zero() end
end

-- A tensor of the weight's sizes as rows of outputs.
local function rows(self, tensor) return self:permuteIn(tensor):contiguous():view(self.viewIn) end

function WeightNorm:updateWeight()
   local made = self.v.new()
   kernels.weight_norm_forward(made, self._norm, self.v, self.g, 0, ADDED)
   self.weight:copy(self:permuteOut(made:view(self.viewOut)))
end

function WeightNorm:evaluate()
   if self.train ~= false then self:updateWeight() end
   parent.evaluate(self)
end

function WeightNorm:updateOutput(input)
   if self.train ~= false then self:updateWeight() end
   self.output = self.modules[1]:updateOutput(input)
   return self.output
end

-- As in Torch7, what gradV has already goes through the change of variables once more, and gradG is of this call alone.
function WeightNorm:accGradParameters(input, gradOutput, scale)
   self.gradWeight:zero()
   self.modules[1]:accGradParameters(input, gradOutput, scale)
   local gradient = rows(self, self.gradWeight)
   kernels.weight_norm_backward(self.gradV, self.gradG, gradient, self.v, self.g, self._norm)
end

function WeightNorm:updateGradInput(input, gradOutput)
   self.gradInput = self.modules[1]:updateGradInput(input, gradOutput)
   return self.gradInput
end

function WeightNorm:parameters()
   return {self.v, self.g, self.bias}, {self.gradV, self.gradG, self.gradBias}
end

function WeightNorm:zeroGradParameters()
   self.modules[1]:zeroGradParameters()
   self.gradV:zero()
   self.gradG:zero()
end

function WeightNorm:updateParameters(learningRate)
   local parameters, gradients = self:parameters()
   for i, parameter in ipairs(parameters) do parameter:add(-learningRate, gradients[i]) end
end

local function descend(self, input, gradOutput, learningRate)
   self:zeroGradParameters()
   self:accGradParameters(input, gradOutput, 1)
   self:updateParameters(learningRate)
end
WeightNorm.accUpdateGradParameters, WeightNorm.sharedAccUpdateGradParameters = descend, descend

-- The weight follows from v and g: neither it nor its gradient is in the file.
function WeightNorm:write(file)
   local module = self.modules[1]
   local weight, gradWeight = module.weight, module.gradWeight
   local fields = {}
   for key, value in pairs(self) do fields[key] = value end
   fields.weight, fields.gradWeight = nil, nil
   module.weight, module.gradWeight = nil, nil
   local ok, err = pcall(file.writeObject, file, fields)
   module.weight, module.gradWeight = weight, gradWeight
   if not ok then error(err, 0) end
end

function WeightNorm:read(file)
   for key, value in pairs(file:readObject()) do self[key] = value end
   local module = self.modules[1]
   self.weight, self.gradWeight = self.v.new(self.weightSize), self.v.new(self.weightSize):zero()
   module.weight, module.gradWeight = self.weight, self.gradWeight
   if self.bias then module.bias, module.gradBias = self.bias, self.gradBias end
   self:updateWeight()
end

------------------------------------------------------------------------------------------------ LinearWeightNorm

local Linear, linear_parent = torch.class('nn.LinearWeightNorm', 'nn.Linear')

function Linear:__init(inputSize, outputSize, bias, eps)
   nn.Module.__init(self)
   self.eps = eps or 1e-16
   self.inputSize, self.outputSize = inputSize, outputSize
   for _, name in ipairs {'v', 'gradV', 'weight'} do self[name] = torch.Tensor(outputSize, inputSize) end
   for _, name in ipairs {'g', 'gradG', 'norm', 'scale'} do self[name] = torch.Tensor(outputSize, 1) end
   if bias == nil or bias then
      self.bias, self.gradBias = torch.Tensor(outputSize), torch.Tensor(outputSize)
   end
   self:reset()
end

function Linear:evaluate()
   if self.train ~= false then self:updateWeightMatrix() end
   linear_parent.evaluate(self)
end

--- Direction and length of a weight, of the module's own where none is given.
function Linear:initFromWeight(weight)
   weight = weight or self.weight
   self.g:norm(weight, 2, 2):clamp(self.eps, math.huge)
   self.v:copy(weight)
   return self
end

function Linear.fromLinear(linear)
   local made = nn.LinearWeightNorm(linear.weight:size(2), linear.weight:size(1), torch.isTensor(linear.bias))
   made.weight:copy(linear.weight)
   made:initFromWeight()
   if linear.bias then made.bias:copy(linear.bias) end
   return made
end

function Linear:toLinear()
   self:updateWeightMatrix()
   local made = nn.Linear(self.inputSize, self.outputSize, torch.isTensor(self.bias))
   made.weight:copy(self.weight)
   if self.bias then made.bias:copy(self.bias) end
   return made
end

function Linear:parameters()
   return {self.v, self.g, self.bias}, {self.gradV, self.gradG, self.gradBias}
end

function Linear:reset(stdv)
   stdv = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.inputSize)
   self.weight:resizeAs(self.v):uniform(-stdv, stdv)
   self:initFromWeight()
   if self.bias then self.bias:uniform(-stdv, stdv) end
end

function Linear:updateWeightMatrix()
   kernels.weight_norm_forward(self.weight, self.norm, self.v, self.g, self.eps, 0)
   self.scale:resizeAs(self.g):copy(self.g):cdiv(self.norm)
end

function Linear:updateOutput(input)
   if self.train ~= false or self.weight:dim() == 0 then self:updateWeightMatrix() end
   return linear_parent.updateOutput(self, input)
end

-- As in Torch7, what gradV has already goes through the change of variables once more, and gradG is of this call alone.
function Linear:accGradParameters(input, gradOutput, scale)
   local gradient = self.v.new(self.v:size()):zero()
   kernels.linear_backward_parameters(gradient, self.gradBias, gradOutput, input, scale or 1)
   kernels.weight_norm_backward(self.gradV, self.gradG, gradient, self.v, self.g, self.norm)
end

function Linear:defaultAccUpdateGradParameters(input, gradOutput, learningRate)
   descend(self, input, gradOutput, learningRate)
end

function Linear:clearState()
   nn.utils.clear(self, 'weight', 'norm', 'scale')
   return linear_parent.clearState(self)
end

function Linear:__tostring__()
   return torch.type(self) .. ('(%d -> %d)'):format(self.inputSize, self.outputSize)
      .. (self.bias == nil and ' without bias' or '')
end
