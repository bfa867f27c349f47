-- Pooling over volumes.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'
local checks = require 'nn.checks'
local numbers = require 'nn.numbers'

local Max, max_parent = torch.class('nn.VolumetricMaxPooling', 'nn.Module')
Max.__version = 2

function Max:__init(kT, kW, kH, dT, dW, dH, padT, padW, padH)
   max_parent.__init(self)
   dT, dW, dH = dT or kT, dW or kW, dH or kH
   padT, padW, padH = padT or 0, padW or 0, padH or 0
   numbers(torch.type(self), 'kT', kT, 1, 'kW', kW, 1, 'kH', kH, 1, 'dT', dT, 1, 'dW', dW, 1, 'dH', dH, 1,
      'padT', padT, 0, 'padW', padW, 0, 'padH', padH, 0)
   self.kT, self.kW, self.kH, self.dT, self.dW, self.dH = kT, kW, kH, dT, dW, dH
   self.padT, self.padW, self.padH = padT, padW, padH
   self.ceil_mode = false
   self.indices = torch.LongTensor()
end

function Max:ceil() self.ceil_mode = true; return self end
function Max:floor() self.ceil_mode = false; return self end

function Max:updateOutput(input)
   checks.places(self, input)
   kernels.volumetric_max_pooling_forward(self.output, self.indices, input, self.kT, self.kW, self.kH,
      self.dT, self.dW, self.dH, self.padT, self.padW, self.padH, self.ceil_mode,
      self.dilationT or 1, self.dilationW or 1, self.dilationH or 1)
   local d = input:dim()
   self.itime, self.iheight, self.iwidth = input:size(d - 2), input:size(d - 1), input:size(d)
   return self.output
end

function Max:updateGradInput(input, gradOutput)
   kernels.places_backward(self.gradInput, gradOutput, self.indices, input, torch.type(self), 3)
   return self.gradInput
end

function Max:empty() return self:clearState() end

function Max:clearState()
   if self.indices then self.indices:set() end
   return max_parent.clearState(self)
end

-- Early versions had no padding and no choice of what the last window is.
function Max:read(file)
   for key, value in pairs(file:readObject()) do self[key] = value end
   self.padT, self.padW, self.padH = self.padT or 0, self.padW or 0, self.padH or 0
   self.ceil_mode = self.ceil_mode or false
end

function Max:__tostring__()
   local text = ('%s(%dx%dx%d, %d,%d,%d'):format(torch.type(self), self.kT, self.kW, self.kH, self.dT, self.dW, self.dH)
   if self.padT ~= 0 or self.padW ~= 0 or self.padH ~= 0 then
      text = text .. (', %d,%d,%d'):format(self.padT, self.padW, self.padH)
   end
   if self.dilationT then text = text .. (', %d,%d,%d'):format(self.dilationT, self.dilationW, self.dilationH) end
   return text .. ')'
end

local Dilated, dilated_parent = torch.class('nn.VolumetricDilatedMaxPooling', 'nn.VolumetricMaxPooling')
Dilated.__version = 1

function Dilated:__init(kT, kW, kH, dT, dW, dH, padT, padW, padH, dilationT, dilationW, dilationH)
   dilated_parent.__init(self, kT, kW, kH, dT, dW, dH, padT, padW, padH)
   self.dilationT, self.dilationW, self.dilationH = dilationT or 1, dilationW or 1, dilationH or 1
   numbers(torch.type(self), 'dilationT', self.dilationT, 1, 'dilationW', self.dilationW, 1, 'dilationH',
      self.dilationH, 1)
end

local Average, average_parent = torch.class('nn.VolumetricAveragePooling', 'nn.Module')

function Average:__init(kT, kW, kH, dT, dW, dH)
   average_parent.__init(self)
   dT, dW, dH = dT or kT, dW or kW, dH or kH
   numbers(torch.type(self), 'kT', kT, 1, 'kW', kW, 1, 'kH', kH, 1, 'dT', dT, 1, 'dW', dW, 1, 'dH', dH, 1)
   self.kT, self.kW, self.kH, self.dT, self.dW, self.dH = kT, kW, kH, dT, dW, dH
end

function Average:updateOutput(input)
   kernels.volumetric_average_pooling_forward(self.output, input, self.kT, self.kW, self.kH, self.dT, self.dW, self.dH)
   return self.output
end

function Average:updateGradInput(input, gradOutput)
   kernels.volumetric_average_pooling_backward(self.gradInput, gradOutput, input, self.kT, self.kW, self.kH,
      self.dT, self.dW, self.dH)
   return self.gradInput
end

function Average:empty() return self:clearState() end

function Average:__tostring__()
   return ('%s(%dx%dx%d, %d,%d,%d)'):format(torch.type(self), self.kT, self.kW, self.kH, self.dT, self.dW, self.dH)
end
