-- Dropout and batch normalisation.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'

local Dropout, parent = torch.class('nn.Dropout', 'nn.Module')

-- A saved module without `v2` is of the first version, which scaled in evaluation and not in training.
function Dropout:__init(p, v1, inplace, stochasticInference)
   parent.__init(self)
   self.p = p or 0.5
   self.train = true
   self.inplace = inplace
   self.stochastic_inference = stochasticInference or false
   self.v2 = not v1
   if self.p >= 1 or self.p < 0 then error('<Dropout> illegal percentage, must be 0 <= p < 1', 2) end
   self.noise = torch.Tensor()
end

local function passed(self, result, given)
   if self.inplace then result:set(given) else result:resizeAs(given):copy(given) end
   return result
end

function Dropout:updateOutput(input)
   if self.p > 0 and (self.train or self.stochastic_inference) then
      local noise = self.noise:resizeAs(input):bernoulli(1 - self.p)
      if self.v2 then noise:div(1 - self.p) end
      kernels.dropped(self.output, input, noise, self.inplace)
      return self.output
   end
   passed(self, self.output, input)
   if self.p > 0 and not self.v2 then self.output:mul(1 - self.p) end
   return self.output
end

function Dropout:updateGradInput(_, gradOutput)
   if self.p > 0 and self.train then
      kernels.dropped(self.gradInput, gradOutput, self.noise, self.inplace)
      return self.gradInput
   end
   passed(self, self.gradInput, gradOutput)
   if self.p > 0 and not self.v2 then self.gradInput:mul(1 - self.p) end
   return self.gradInput
end

function Dropout:setp(p) self.p = p end
function Dropout:__tostring__() return ('%s(%f)'):format(torch.type(self), self.p) end

function Dropout:clearState()
   if self.noise then self.noise:set() end
   return nn.Module.clearState(self)
end

-- Whole planes are dropped; what stays is scaled in evaluation.
local function planes(name, dimensions)
   local Class = torch.class('nn.' .. name, 'nn.Module')

   function Class:__init(p, stochasticInference)
      nn.Module.__init(self)
      self.p = p or 0.5
      self.train = true
      self.stochastic_inference = stochasticInference or false
      self.noise = torch.Tensor()
   end

   function Class:updateOutput(input)
      if self.train or self.stochastic_inference then
         if input:dim() == dimensions + 2 then
            self.noise:resize(input:size(1), input:size(2), 1, 1, dimensions == 3 and 1 or nil)
         elseif input:dim() == dimensions + 1 then
            self.noise:resize(input:size(1), 1, 1, dimensions == 3 and 1 or nil)
         else
            error(('%s: input has %d dimensions, %d or %d are needed'):format(
               torch.type(self), input:dim(), dimensions + 1, dimensions + 2), 2)
         end
         kernels.dropped(self.output, input, self.noise:bernoulli(1 - self.p), false)
      else
         self.output:resizeAs(input):copy(input):mul(1 - self.p)
      end
      return self.output
   end

   function Class:updateGradInput(_, gradOutput)
      if not self.train then error('backprop only defined while training', 2) end
      kernels.dropped(self.gradInput, gradOutput, self.noise, false)
      return self.gradInput
   end

   Class.setp, Class.__tostring__, Class.clearState = Dropout.setp, Dropout.__tostring__, Dropout.clearState
end

planes('SpatialDropout', 2)
planes('VolumetricDropout', 3)

------------------------------------------------------------------------------------------------------ WhiteNoise

local Noise, noise_parent = torch.class('nn.WhiteNoise', 'nn.Module')

function Noise:__init(mean, std)
   noise_parent.__init(self)
   self.mean = mean or 0
   self.std = std or 0.1
   self.noise = torch.Tensor()
end

function Noise:updateOutput(input)
   self.output:resizeAs(input):copy(input)
   if self.train == false then return self.output end
   self.output:add(self.noise:resizeAs(input):normal(self.mean, self.std))
   return self.output
end

function Noise:updateGradInput(_, gradOutput)
   if self.train == false then error('backprop only defined while training', 2) end
   self.gradInput:resizeAs(gradOutput):copy(gradOutput)
   return self.gradInput
end

function Noise:clearState()
   self.noise:set()
   return noise_parent.clearState(self)
end

function Noise:__tostring__()
   return ('%s mean: %f, std: %f'):format(torch.type(self), self.mean, self.std)
end

---------------------------------------------------------------------------------------------- batch normalisation

local BN, bn_parent = torch.class('nn.BatchNormalization', 'nn.Module')
BN.__version = 2 -- before it, files had the inverse of the deviation in the place of the variance
BN.nDim = 2

function BN:__init(nOutput, eps, momentum, affine)
   bn_parent.__init(self)
   assert(type(nOutput) == 'number', 'Missing argument #1: Number of feature planes.')
   assert(nOutput ~= 0, 'To set affine=false call BatchNormalization(nFeature, eps, momentum, false)')
   self.affine = affine == nil or affine
   self.eps = eps or 1e-5
   self.train = true
   self.momentum = momentum or 0.1
   self.running_mean = torch.zeros(nOutput)
   self.running_var = torch.ones(nOutput)
   if self.affine then
      self.weight, self.bias = torch.Tensor(nOutput), torch.Tensor(nOutput)
      self.gradWeight, self.gradBias = torch.Tensor(nOutput), torch.Tensor(nOutput)
      self:reset()
   end
end

function BN:reset()
   if self.weight then self.weight:uniform() end
   if self.bias then self.bias:zero() end
   self.running_mean:zero()
   self.running_var:fill(1)
end

--- Raises where the input has other dimensions or channels than the module takes.
function BN:checkInputDim(input)
   local channels = self.running_mean:nElement()
   if input:dim() ~= self.nDim or input:size(2) ~= channels then
      error(('%s(%d): input has sizes %s, a batch of %d dimensions with %d channels is needed'):format(torch.type(self),
         channels, table.concat(input:size():totable(), 'x'), self.nDim, channels), 2)
   end
end

function BN:updateOutput(input)
   self.save_mean = self.save_mean or input.new()
   self.save_std = self.save_std or input.new()
   kernels.batch_norm_forward(self.output, input, self.weight, self.bias, self.running_mean, self.running_var,
      self.save_mean, self.save_std, self.train, self.momentum, self.eps, torch.type(self), self.nDim)
   return self.output
end

function BN:updateGradInput(input, gradOutput)
   kernels.batch_norm_backward_input(self.gradInput, gradOutput, input, self.weight, self.save_mean, self.save_std,
      self.train)
   return self.gradInput
end

function BN:accGradParameters(input, gradOutput, scale)
   if self.gradWeight then
      kernels.batch_norm_backward_parameters(self.gradWeight, self.gradBias, gradOutput, input, self.save_mean,
         self.save_std, scale or 1)
   end
end

-- Early versions kept running_std, the reciprocal of the standard deviation.
function BN:read(file)
   for key, value in pairs(file:readObject()) do self[key] = value end
   if self.running_std and not self.running_var then
      self.running_var = self.running_std:clone():pow(-2):add(-(self.eps or 1e-5))
      self.running_std = nil
   end
end

function BN:clearState()
   nn.utils.clear(self, 'save_mean', 'save_std')
   return bn_parent.clearState(self)
end

function BN:__tostring__()
   return ('%s (%dD) (%d)'):format(torch.type(self), self.nDim, self.running_mean:nElement())
end

local SpatialBN = torch.class('nn.SpatialBatchNormalization', 'nn.BatchNormalization')
SpatialBN.__version, SpatialBN.nDim = 2, 4
local VolumetricBN = torch.class('nn.VolumetricBatchNormalization', 'nn.BatchNormalization')
VolumetricBN.nDim = 5
