-- Normalize, LayerNormalization and SpatialCrossMapLRN.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'

local Normalize, parent = torch.class('nn.Normalize', 'nn.Module')

function Normalize:__init(p, eps)
   parent.__init(self)
   assert(p, 'nn.Normalize: p is missing, the exponent of the norm')
   if type(p) ~= 'number' or p <= 0 then
      error('nn.Normalize: p is ' .. tostring(p) .. ', a number over 0 is needed', 3)
   end
   self.p = p
   self.eps = eps or 1e-10
end

function Normalize:updateOutput(input)
   self.norm = self.norm or input.new()
   kernels.normalize_forward(self.output, self.norm, input, self.p, self.eps)
   return self.output
end

function Normalize:updateGradInput(input, gradOutput)
   kernels.normalize_backward(self.gradInput, gradOutput, input, self.norm, self.p)
   return self.gradInput
end

function Normalize:__tostring__()
   local p = self.p == math.huge and 'inf' or ('%d'):format(self.p)
   return ('%s(%s)'):format(torch.type(self), self.p % 1 ~= 0 and self.p ~= math.huge and ('%f'):format(self.p) or p)
end

function Normalize:clearState()
   nn.utils.clear(self, 'norm', 'normp', '_output', '_gradInput', '_indices', 'buffer', 'buffer2', 'cross')
   return parent.clearState(self)
end

---------------------------------------------------------------------------------------------- LayerNormalization

local LayerNormalization, sequential = torch.class('nn.LayerNormalization', 'nn.Sequential')

function LayerNormalization:__init(nOutput, bias, eps, affine)
   sequential.__init(self)
   local mean = nn.Sequential():add(nn.Mean(1, 1)):add(nn.Replicate(nOutput, 1, 1))
   self:add(nn.ConcatTable():add(nn.Identity()):add(mean))
   self:add(nn.CSubTable())
   self:add(nn.Normalize(2, eps or 1e-10))
   self:add(nn.MulConstant(math.sqrt(nOutput)))
   if affine == nil or affine then
      local gain, shift = nn.CMul(nOutput), nn.Add(nOutput)
      gain.weight:fill(1)
      shift.bias:fill(bias or 0)
      self:add(gain):add(shift)
   end
end

---------------------------------------------------------------------------------------------- SpatialCrossMapLRN

local LRN, lrn_parent = torch.class('nn.SpatialCrossMapLRN', 'nn.Module')

function LRN:__init(size, alpha, beta, k)
   lrn_parent.__init(self)
   if type(size) ~= 'number' or size < 1 then
      error('nn.SpatialCrossMapLRN: size is ' .. tostring(size) .. ', a number of planes from 1 is needed', 3)
   end
   self.size = size
   self.alpha = alpha or 0.0001
   self.beta = beta or 0.75
   self.k = k or 1
end

function LRN:updateOutput(input)
   self.scale = self.scale or input.new()
   kernels.response_norm_forward(self.output, self.scale, input, self.size, self.alpha, self.beta, self.k)
   return self.output
end

function LRN:updateGradInput(input, gradOutput)
   kernels.response_norm_backward(self.gradInput, gradOutput, input, self.scale, self.size, self.alpha, self.beta)
   return self.gradInput
end

function LRN:clearState()
   nn.utils.clear(self, 'scale', 'paddedRatio', 'accumRatio')
   return lrn_parent.clearState(self)
end
