-- nn.Criterion: a loss of an input and a target.

local torch = require 'torch'
local nn = require 'nn'

local Criterion = torch.class('nn.Criterion')

function Criterion:__init()
   self.gradInput = torch.Tensor()
   self.output = 0
end

function Criterion:updateOutput() end

function Criterion:forward(input, target) return self:updateOutput(input, target) end

function Criterion:backward(input, target) return self:updateGradInput(input, target) end

function Criterion:updateGradInput() end

function Criterion:clone() return nn.Module.clone(self) end

function Criterion:type(type_name, done)
   if not type_name then return self._type or torch.typename(self.gradInput) end
   done = done or {}
   for key, value in pairs(self) do self[key] = nn.utils.recursiveType(value, type_name, done) end
   return self
end

for _, word in ipairs {'Float', 'Double', 'Cuda', 'CudaDouble', 'CudaHalf'} do
   Criterion[word:sub(1, 1):lower() .. word:sub(2)] = function(self, ...) return self:type('torch.' .. word .. 'Tensor', ...) end
end

function Criterion:__call__(input, target)
   self.output = self:forward(input, target)
   self.gradInput = self:backward(input, target)
   return self.output, self.gradInput
end

function Criterion:__tostring__() return torch.type(self) end
