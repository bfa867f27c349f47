-- Convolution and sub-sampling over frames, whose features come last, and sub-sampling over planes.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'
local convolution = require 'nn.convolution'

local parent = nn.Module

-- Weight and bias, and their gradients, of these sizes.
local function allocate(self, weight, bias)
   self.weight, self.bias = torch.Tensor(unpack(weight)), torch.Tensor(bias)
   self.gradWeight, self.gradBias = torch.Tensor(unpack(weight)), torch.Tensor(bias)
   self:reset()
end

-------------------------------------------------------------------------------------------- all features together

local Temporal = torch.class('nn.TemporalConvolution', 'nn.Module')

function Temporal:__init(inputFrameSize, outputFrameSize, kW, dW)
   parent.__init(self)
   self.inputFrameSize, self.outputFrameSize = inputFrameSize, outputFrameSize
   self.kW, self.dW = kW, dW or 1
   allocate(self, {outputFrameSize, inputFrameSize * kW}, outputFrameSize)
end

function Temporal:reset(stdv)
   convolution.draw(self, stdv, self.kW * self.inputFrameSize)
end

function Temporal:updateOutput(input)
   kernels.temporal_convolution_forward(self.output, input, self.weight, self.bias, torch.type(self), self.kW, self.dW)
   return self.output
end

function Temporal:updateGradInput(input, gradOutput)
   kernels.temporal_convolution_backward_input(self.gradInput, gradOutput, input, self.weight, torch.type(self),
      self.kW, self.dW)
   return self.gradInput
end

function Temporal:accGradParameters(input, gradOutput, scale)
   kernels.temporal_convolution_backward_parameters(self.gradWeight, self.gradBias, gradOutput, input, scale or 1,
      torch.type(self), self.kW, self.dW)
end

Temporal.sharedAccUpdateGradParameters = Temporal.defaultAccUpdateGradParameters

-------------------------------------------------------------------------------------------- each feature by itself

-- With `featFirst` features come before frames.
local Row = torch.class('nn.TemporalRowConvolution', 'nn.Module')
convolution.methods(Row)

function Row:__init(inputFrameSize, kW, dW, featFirst)
   parent.__init(self)
   self.inputFrameSize = inputFrameSize
   self.kW, self.dW = kW, dW or 1
   self.featFirst = featFirst or false
   allocate(self, {inputFrameSize, 1, kW}, inputFrameSize)
end

function Row:reset(stdv)
   convolution.draw(self, stdv, self.kW * self.inputFrameSize)
end

local function row_numbers(self)
   return torch.type(self), self.kW, self.dW, self.featFirst or false
end

function Row:updateOutput(input)
   kernels.row_convolution_forward(self.output, input, self.weight, self.bias, row_numbers(self))
   return self.output
end

function Row:updateGradInput(input, gradOutput)
   kernels.row_convolution_backward_input(self.gradInput, gradOutput, input, self.weight, row_numbers(self))
   return self.gradInput
end

function Row:accGradParameters(input, gradOutput, scale)
   kernels.row_convolution_backward_parameters(self.gradWeight, self.gradBias, gradOutput, input, scale or 1,
      row_numbers(self))
end

function Row:__tostring__()
   local text = ('%s(%d, %d'):format(torch.type(self), self.inputFrameSize, self.kW)
   if self.dW ~= 1 then text = text .. (', %d'):format(self.dW) end
   return text .. (self.bias and ')' or ') without bias')
end

------------------------------------------------------------------------------------------------------ sub-sampling

-- `numbers` gives what the kernels take after the class's name: whether over frames, window and steps.
local function sub_sampling(name, numbers, elements)
   local Class = torch.class('nn.' .. name, 'nn.Module')

   function Class:reset(stdv) convolution.draw(self, stdv, elements(self)) end

   function Class:updateOutput(input)
      kernels.sub_sampling_forward(self.output, input, self.weight, self.bias, torch.type(self), numbers(self))
      return self.output
   end

   function Class:updateGradInput(input, gradOutput)
      kernels.sub_sampling_backward_input(self.gradInput, gradOutput, input, self.weight, torch.type(self),
         numbers(self))
      return self.gradInput
   end

   function Class:accGradParameters(input, gradOutput, scale)
      kernels.sub_sampling_backward_parameters(self.gradWeight, self.gradBias, gradOutput, input, scale or 1,
         torch.type(self), numbers(self))
   end
   return Class
end

local Spatial = sub_sampling('SpatialSubSampling',
   function(self) return false, self.kH, self.kW, self.dH, self.dW end,
   function(self) return self.kW * self.kH end)

function Spatial:__init(nInputPlane, kW, kH, dW, dH)
   parent.__init(self)
   self.nInputPlane = nInputPlane
   self.kW, self.kH = kW, kH
   self.dW, self.dH = dW or 1, dH or 1
   allocate(self, {nInputPlane}, nInputPlane)
end

local Frames = sub_sampling('TemporalSubSampling',
   function(self) return true, self.kW, 1, self.dW, 1 end,
   function(self) return self.kW end)

function Frames:__init(inputFrameSize, kW, dW)
   parent.__init(self)
   self.inputFrameSize = inputFrameSize
   self.kW, self.dW = kW, dW or 1
   allocate(self, {inputFrameSize}, inputFrameSize)
end
