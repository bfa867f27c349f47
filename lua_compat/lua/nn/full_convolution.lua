-- Transposed convolution over planes and volumes. The result of a strided convolution does not say how large its
-- input was: `adj` makes the output that much larger, or a second input has the size that is wanted.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'
local convolution = require 'nn.convolution'

local parent = nn.Module

-- The tensor to work on, and the one whose size is wanted, if there is one.
local function parts(input)
   if torch.type(input) == 'table' then return input[1], input[2] end
   return input
end

-- How much longer the output is along one axis, the last but `from_end`.
local function adjustment(self, axis, target, from_end)
   if not target then return self['adj' .. axis] end
   local wanted, step = target:size(target:dim() - from_end), self['d' .. axis]
   return (wanted + 2 * self['pad' .. axis] - self['k' .. axis]) % step
end

-- The numbers for the kernels.
local windows = {
   [convolution.planes] = function(self, target)
      return self.kH, self.kW, self.dH, self.dW, self.padH, self.padW, 1, 1,
         adjustment(self, 'H', target, 1), adjustment(self, 'W', target, 0)
   end,
   [convolution.volumes] = function(self, target)
      return self.kT, self.kH, self.kW, self.dT, self.dH, self.dW, self.padT, self.padH, self.padW, 1, 1, 1,
         adjustment(self, 'T', target, 2), adjustment(self, 'H', target, 1), adjustment(self, 'W', target, 0)
   end,
}

local function full(name, family)
   local Class = torch.class('nn.' .. name, 'nn.Module')
   local window = windows[family]
   convolution.methods(Class)

   --- Sets step, padding and adjustment, allocates the parameters and draws them.
   local function init(self, kernel, step, pad, adj)
      convolution.set(self, family, 'k', nil, unpack(kernel))
      convolution.set(self, family, 'd', 1, step[1], step[2], step[3])
      convolution.set(self, family, 'pad', 0, pad[1], pad[2], pad[3])
      convolution.set(self, family, 'adj', 0, adj[1], adj[2], adj[3])
      for _, axis in ipairs(family.axes) do
         if self['adj' .. axis] > self['d' .. axis] - 1 then
            error(('nn.%s: adj%s is %d, it needs to be smaller than the step d%s of %d'):format(
               name, axis, self['adj' .. axis], axis, self['d' .. axis]), 3)
         end
      end
      local sizes = {self.nInputPlane, self.nOutputPlane}
      if family == convolution.volumes then sizes[3] = self.kT end
      sizes[#sizes + 1] = self.kH
      sizes[#sizes + 1] = self.kW
      self.weight, self.gradWeight = torch.Tensor(unpack(sizes)), torch.Tensor(unpack(sizes))
      self.bias, self.gradBias = torch.Tensor(self.nOutputPlane), torch.Tensor(self.nOutputPlane)
      self.ones = torch.Tensor()
      self:reset()
   end

   --- Files from before there was an adjustment have none.
   function Class:backCompatibility()
      for _, axis in ipairs(family.axes) do self['adj' .. axis] = self['adj' .. axis] or 0 end
   end

   function Class:read(file)
      convolution.read(self, file, Class.backCompatibility)
   end

   function Class:reset(stdv)
      convolution.draw(self, stdv, convolution.kernel_size(self, family) * self.nInputPlane)
   end

   function Class:updateOutput(input)
      self:backCompatibility()
      local tensor, target = parts(input)
      kernels.full_convolution_forward(self.output, tensor, self.weight, self.bias, torch.type(self),
         window(self, target))
      return self.output
   end

   --- The size of a second input has no gradient: zeros stand for it.
   function Class:updateGradInput(input, gradOutput)
      self:backCompatibility()
      local tensor, target = parts(input)
      local gradient = self.gradInput
      if torch.type(gradient) == 'table' then gradient = gradient[1] end
      gradient = gradient or tensor.new()
      kernels.full_convolution_backward_input(gradient, gradOutput, tensor, self.weight, torch.type(self),
         window(self, target))
      if target then
         local zeros = torch.type(self.gradInput) == 'table' and self.gradInput[2] or target.new()
         self.gradInput = {gradient, zeros:resize(target:size()):zero()}
      else
         self.gradInput = gradient
      end
      return self.gradInput
   end

   function Class:accGradParameters(input, gradOutput, scale)
      self:backCompatibility()
      local tensor, target = parts(input)
      kernels.full_convolution_backward_parameters(self.gradWeight, self.gradBias, gradOutput, tensor, scale or 1,
         torch.type(self), window(self, target))
   end

   function Class:__tostring__() return convolution.describe(self, family, false) end
   return Class, init
end

local Spatial, init_spatial = full('SpatialFullConvolution', convolution.planes)

function Spatial:__init(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH, adjW, adjH)
   parent.__init(self)
   self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
   init_spatial(self, {kW, kH}, {dW, dH}, {padW, padH}, {adjW, adjH})
end

local Volumetric, init_volumetric = full('VolumetricFullConvolution', convolution.volumes)

function Volumetric:__init(nInputPlane, nOutputPlane, kT, kW, kH, dT, dW, dH, padT, padW, padH, adjT, adjW, adjH)
   parent.__init(self)
   self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
   self.finput, self.fgradInput = torch.Tensor(), torch.Tensor()
   init_volumetric(self, {kT, kW, kH}, {dT, dW, dH}, {padT, padW, padH}, {adjT, adjW, adjH})
end
