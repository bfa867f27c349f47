-- nn.Bilinear: a product of two inputs for each output.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'

local Bilinear, parent = torch.class('nn.Bilinear', 'nn.Module')

local function whole(value, name)
   if type(value) ~= 'number' or value < 1 or value ~= math.floor(value) then
      error(('nn.Bilinear: %s is %s, a whole number from 1 is needed'):format(name, tostring(value)), 3)
   end
end

function Bilinear:__init(inputSize1, inputSize2, outputSize, bias)
   whole(inputSize1, 'inputSize1')
   whole(inputSize2, 'inputSize2')
   whole(outputSize, 'outputSize')
   parent.__init(self)
   self.weight = torch.Tensor(outputSize, inputSize1, inputSize2)
   self.gradWeight = torch.Tensor(outputSize, inputSize1, inputSize2)
   if bias == nil or bias then
      self.bias = torch.Tensor(outputSize)
      self.gradBias = torch.Tensor(outputSize)
   end
   self.gradInput = {torch.Tensor(), torch.Tensor()}
   self:reset()
end

function Bilinear:reset(stdv)
   stdv = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.weight:size(2))
   self.weight:uniform(-stdv, stdv)
   if self.bias then self.bias:uniform(-stdv, stdv) end
   return self
end

local function pair(input)
   if type(input) ~= 'table' or not (torch.isTensor(input[1]) and torch.isTensor(input[2])) then
      error('nn.Bilinear: input is ' .. torch.type(input) .. ', a table of two tensors is needed', 3)
   end
   return input[1], input[2]
end

function Bilinear:updateOutput(input)
   local first, second = pair(input)
   kernels.bilinear_forward(self.output, first, second, self.weight, self.bias)
   return self.output
end

function Bilinear:updateGradInput(input, gradOutput)
   local first, second = pair(input)
   for i = 1, 2 do self.gradInput[i] = self.gradInput[i] or self.output.new() end
   kernels.bilinear_backward_input(self.gradInput[1], self.gradInput[2], gradOutput, first, second, self.weight)
   return self.gradInput
end

-- As in Torch7, `scale` is for the bias alone.
function Bilinear:accGradParameters(input, gradOutput, scale)
   local first, second = pair(input)
   kernels.bilinear_backward_parameters(self.gradWeight, self.gradBias, gradOutput, first, second, 1, scale or 1)
end

function Bilinear:accUpdateGradParameters(input, gradOutput, learningRate)
   local first, second = pair(input)
   kernels.bilinear_backward_parameters(self.weight, self.bias, gradOutput, first, second, -learningRate, -learningRate)
end

Bilinear.sharedAccUpdateGradParameters = Bilinear.defaultAccUpdateGradParameters

function Bilinear:clearState()
   nn.utils.clear(self, 'buff1', 'buff2')
   return parent.clearState(self)
end

function Bilinear:__tostring__()
   return torch.type(self)
      .. ('(%dx%d -> %d) '):format(self.weight:size(2), self.weight:size(3), self.weight:size(1))
      .. (self.bias == nil and ' without bias' or '')
end
