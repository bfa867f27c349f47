-- Convolution over planes.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'

local function fields(file, self)
   for key, value in pairs(file:readObject()) do self[key] = value end
end

local function convolution(name, flat, parent_name)
   local Class, parent = torch.class('nn.' .. name, parent_name or 'nn.Module')

   function Class:__init(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH)
      nn.Module.__init(self)
      self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
      self.kW, self.kH = kW, kH
      self.dW, self.dH = dW or 1, dH or 1
      self.padW = padW or 0
      self.padH = padH or self.padW
      local function weight()
         if flat then return torch.Tensor(nOutputPlane, nInputPlane * kH * kW) end
         return torch.Tensor(nOutputPlane, nInputPlane, kH, kW)
      end
      self.weight, self.bias = weight(), torch.Tensor(nOutputPlane)
      self.gradWeight, self.gradBias = weight(), torch.Tensor(nOutputPlane)
      self:reset()
   end

   function Class:noBias()
      self.bias, self.gradBias = nil, nil
      return self
   end

   function Class:reset(stdv)
      stdv = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.kW * self.kH * self.nInputPlane)
      self.weight:uniform(-stdv, stdv)
      if self.bias then self.bias:uniform(-stdv, stdv) end
   end

   function Class:updateOutput(input)
      kernels.convolution_forward(self.output, input, self.weight, self.bias, self.kW, self.kH, self.dW, self.dH,
         self.padW, self.padH, self.dilationW or 1, self.dilationH or 1)
      return self.output
   end

   function Class:updateGradInput(input, gradOutput)
      kernels.convolution_backward_input(self.gradInput, gradOutput, input, self.weight, self.kW, self.kH,
         self.dW, self.dH, self.padW, self.padH, self.dilationW or 1, self.dilationH or 1)
      return self.gradInput
   end

   function Class:accGradParameters(input, gradOutput, scale)
      kernels.convolution_backward_parameters(self.gradWeight, self.gradBias, gradOutput, input, self.kW, self.kH,
         self.dW, self.dH, self.padW, self.padH, self.dilationW or 1, self.dilationH or 1, scale or 1)
   end

   -- Padding was one number before it had a width and a height.
   function Class:read(file)
      fields(file, self)
      self.padW = self.padW or self.padding or 0
      self.padH = self.padH or self.padding or 0
      self.padding = nil
   end

   function Class:__tostring__()
      local text = ('%s(%d -> %d, %dx%d'):format(torch.type(self), self.nInputPlane, self.nOutputPlane, self.kW, self.kH)
      if self.dilationW or self.dW ~= 1 or self.dH ~= 1 or self.padW ~= 0 or self.padH ~= 0 then
         text = text .. (', %d,%d'):format(self.dW, self.dH)
      end
      if self.padW ~= 0 or self.padH ~= 0 then text = text .. (', %d,%d'):format(self.padW, self.padH) end
      if self.dilationW then text = text .. (', %d,%d'):format(self.dilationW, self.dilationH) end
      return text .. (self.bias and ')' or ') without bias')
   end
   return Class, parent
end

convolution('SpatialConvolution', false)
convolution('SpatialConvolutionMM', true)
local Dilated, dilated_parent = convolution('SpatialDilatedConvolution', false, 'nn.SpatialConvolution')

function Dilated:__init(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH, dilationW, dilationH)
   dilated_parent.__init(self, nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH)
   self.dilationW = dilationW or 1
   self.dilationH = dilationH or self.dilationW
end
