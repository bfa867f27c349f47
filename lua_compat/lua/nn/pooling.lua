-- Pooling over planes.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'
local checks = require 'nn.checks'

local function fields(file, self)
   for key, value in pairs(file:readObject()) do self[key] = value end
end

local function window(self, kW, kH, dW, dH, padW, padH)
   self.kW, self.kH, self.dW, self.dH = kW, kH, dW, dH
   self.padW, self.padH = padW or 0, padH or 0
   self.ceil_mode = false
end

local function modes(Class)
   function Class:ceil() self.ceil_mode = true; return self end
   function Class:floor() self.ceil_mode = false; return self end

   function Class:__tostring__()
      local text = ('%s(%dx%d, %d,%d'):format(torch.type(self), self.kW, self.kH, self.dW, self.dH)
      if self.padW ~= 0 or self.padH ~= 0 then text = text .. (', %d,%d'):format(self.padW, self.padH) end
      if self.dilationW then text = text .. (', %d,%d'):format(self.dilationW, self.dilationH) end
      return text .. ')'
   end

   -- Early versions had no padding and no choice of what the last window is.
   function Class:read(file)
      fields(file, self)
      self.padW, self.padH = self.padW or 0, self.padH or 0
      self.ceil_mode = self.ceil_mode or false
      if self.count_include_pad == nil and Class == nn.SpatialAveragePooling then self.count_include_pad = true end
      if self.divide == nil and Class == nn.SpatialAveragePooling then self.divide = true end
   end
end

local MaxPooling, max_parent = torch.class('nn.SpatialMaxPooling', 'nn.Module')
modes(MaxPooling)

function MaxPooling:__init(kW, kH, dW, dH, padW, padH)
   max_parent.__init(self)
   window(self, kW, kH, dW or kW, dH or kH, padW, padH)
   self.indices = torch.LongTensor()
end

function MaxPooling:updateOutput(input)
   checks.places(self, input)
   kernels.max_pooling_forward(self.output, self.indices, input, self.kW, self.kH, self.dW, self.dH,
      self.padW, self.padH, self.ceil_mode, self.dilationW or 1, self.dilationH or 1)
   self.iwidth, self.iheight = input:size(input:dim()), input:size(input:dim() - 1) -- for nn.SpatialMaxUnpooling
   return self.output
end

function MaxPooling:updateGradInput(input, gradOutput)
   kernels.max_pooling_backward(self.gradInput, gradOutput, self.indices, input)
   return self.gradInput
end

function MaxPooling:empty() return self:clearState() end

function MaxPooling:clearState()
   if self.indices then self.indices:set() end
   return max_parent.clearState(self)
end

local DilatedPooling, dilated_pooling_parent = torch.class('nn.SpatialDilatedMaxPooling', 'nn.SpatialMaxPooling')

function DilatedPooling:__init(kW, kH, dW, dH, padW, padH, dilationW, dilationH)
   dilated_pooling_parent.__init(self, kW, kH, dW, dH, padW, padH)
   self.dilationW = dilationW or 1
   self.dilationH = dilationH or 1
end

local Average, average_parent = torch.class('nn.SpatialAveragePooling', 'nn.Module')
modes(Average)

function Average:__init(kW, kH, dW, dH, padW, padH)
   average_parent.__init(self)
   window(self, kW, kH, dW or 1, dH or 1, padW, padH)
   self.count_include_pad = true
   self.divide = true
end

function Average:setCountIncludePad() self.count_include_pad = true; return self end
function Average:setCountExcludePad() self.count_include_pad = false; return self end

function Average:updateOutput(input)
   kernels.average_pooling_forward(self.output, input, self.kW, self.kH, self.dW, self.dH, self.padW, self.padH,
      self.ceil_mode, self.count_include_pad, self.divide)
   return self.output
end

function Average:updateGradInput(input, gradOutput)
   kernels.average_pooling_backward(self.gradInput, gradOutput, input, self.kW, self.kH, self.dW, self.dH,
      self.padW, self.padH, self.ceil_mode, self.count_include_pad, self.divide)
   return self.gradInput
end
