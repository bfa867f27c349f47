-- Pooling by powers, and over the frames of sequences.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'
local checks = require 'nn.checks'
local numbers = require 'nn.numbers'

-- A chain of other modules, which has nothing to learn.
local LP, lp_parent = torch.class('nn.SpatialLPPooling', 'nn.Sequential')

function LP:__init(nInputPlane, pnorm, kW, kH, dW, dH)
   lp_parent.__init(self)
   dW, dH = dW or kW, dH or kH
   numbers('nn.SpatialLPPooling', 'pnorm', pnorm, nil, 'kW', kW, 1, 'kH', kH, 1, 'dW', dW, 1, 'dH', dH, 1)
   self.kW, self.kH, self.dW, self.dH = kW, kH, dW, dH
   self:add(pnorm == 2 and nn.Square() or nn.Power(pnorm))
   self:add(nn.SpatialAveragePooling(kW, kH, dW, dH))
   self:add(nn.MulConstant(kW * kH))
   self:add(pnorm == 2 and nn.Sqrt() or nn.Power(1 / pnorm))
end

function LP:reset() end
function LP:accGradParameters() end
function LP:accUpdateGradParameters() end
function LP:zeroGradParameters() end
function LP:updateParameters() end

local Feature, feature_parent = torch.class('nn.FeatureLPPooling', 'nn.Module')

function Feature:__init(width, stride, power, batch_mode)
   feature_parent.__init(self)
   numbers('nn.FeatureLPPooling', 'width', width, 2, 'stride', stride, 1, 'power', power)
   if width > 16 or stride > 4 then
      error(('nn.FeatureLPPooling: width is %d, stride %d; 2 to 16 and 1 to 4 are allowed'):format(width, stride), 2)
   end
   self.width, self.stride, self.power = width, stride, power
   self.batch_mode = batch_mode or false
end

function Feature:updateOutput(input)
   kernels.feature_lp_pooling_forward(self.output, input, self.width, self.stride, self.power, self.batch_mode)
   return self.output
end

function Feature:updateGradInput(input, gradOutput)
   kernels.feature_lp_pooling_backward(self.gradInput, gradOutput, input, self.output, self.width, self.stride,
      self.power, self.batch_mode)
   return self.gradInput
end

function Feature:__tostring__()
   return ('%s(w=%d, s=%d, p=%f, batch=%s)'):format(torch.type(self), self.width, self.stride, self.power,
      tostring(self.batch_mode))
end

------------------------------------------------------------------------------------------------------- sequences

local Temporal, temporal_parent = torch.class('nn.TemporalMaxPooling', 'nn.Module')

function Temporal:__init(kW, dW)
   temporal_parent.__init(self)
   dW = dW or kW
   numbers('nn.TemporalMaxPooling', 'kW', kW, 1, 'dW', dW, 1)
   self.kW, self.dW = kW, dW
end

-- As in Torch7, a place counts from the start of its window, from 0.
function Temporal:updateOutput(input)
   checks.places(self, input)
   kernels.temporal_max_pooling_forward(self.output, self.indices, input, self.kW, self.dW)
   return self.output
end

function Temporal:updateGradInput(input, gradOutput)
   if not self.indices then return end
   kernels.temporal_max_pooling_backward(self.gradInput, gradOutput, self.indices, input, self.dW)
   return self.gradInput
end

function Temporal:empty() return self:clearState() end

function Temporal:clearState()
   if self.indices then self.indices:set() end
   return temporal_parent.clearState(self)
end

local Dynamic, dynamic_parent = torch.class('nn.TemporalDynamicKMaxPooling', 'nn.Module')

function Dynamic:__init(minK, factor)
   dynamic_parent.__init(self)
   factor = factor or 0
   numbers('nn.TemporalDynamicKMaxPooling', 'minK', minK, 1, 'factor', factor)
   self.minK, self.factor = minK, factor
end

--- The k largest frames of each feature, in their order in time: k is `minK`, or the factor's part of all frames.
function Dynamic:updateOutput(input)
   if input:dim() ~= 2 and input:dim() ~= 3 then
      error(('nn.TemporalDynamicKMaxPooling: input has %d dimensions, 2 or 3 are needed'):format(input:dim()), 2)
   end
   local time = input:dim() - 1
   local frames = input:size(time)
   local k = math.max(self.minK, math.ceil(self.factor * frames))
   if k > frames then
      error(('nn.TemporalDynamicKMaxPooling: input has %d frames, %d are needed'):format(frames, k), 2)
   end
   local _, places = input:topk(k, time, true)
   self.indices = (places:sort(time))
   local found = input:gather(time, self.indices)
   self.output:resizeAs(found):copy(found)
   return self.output
end

function Dynamic:updateGradInput(input, gradOutput)
   if not self.indices then return end
   if not gradOutput:isSameSizeAs(self.indices) then
      error('nn.TemporalDynamicKMaxPooling: gradOutput has other sizes than output', 2)
   end
   self.gradInput:resizeAs(input):zero():scatter(input:dim() - 1, self.indices, gradOutput)
   return self.gradInput
end

function Dynamic:clearState()
   if self.indices then self.indices:set() end
   return dynamic_parent.clearState(self)
end
