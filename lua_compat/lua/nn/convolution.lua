-- Convolution over planes and volumes.
--
-- A family is the classes of as many dimensions: which numbers a constructor takes, in its order, and how they go to
-- the kernels, which take them in the order of the tensor's dimensions.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'
local checks = require 'nn.checks'

local parent = nn.Module

local convolution = {}

--- The names of a family's axes in the order of constructors, and the numbers of a module for the kernels.
convolution.planes = {
   axes = {'W', 'H'},
   window = function(self)
      return self.kH, self.kW, self.dH, self.dW, self.padH, self.padW, self.dilationH or 1, self.dilationW or 1
   end,
}
convolution.volumes = {
   axes = {'T', 'W', 'H'},
   window = function(self)
      return self.kT, self.kH, self.kW, self.dT, self.dH, self.dW, self.padT, self.padH, self.padW,
         self.dilationT or 1, self.dilationH or 1, self.dilationW or 1
   end,
}

--- Sets the fields `prefix .. axis` to the given numbers; what is not given is `default`, or where that is nil the
-- number of the axis before.
function convolution.set(self, family, prefix, default, ...)
   local before = 0
   for i, axis in ipairs(family.axes) do
      local given = select(i, ...)
      if given == nil then given = default == nil and before or default end
      self[prefix .. axis] = given
      before = given
   end
end

local function numbers(self, family, prefix)
   local values = {}
   for i, axis in ipairs(family.axes) do values[i] = self[prefix .. axis] end
   return values
end

local function all(values, number)
   for _, value in ipairs(values) do
      if value ~= number then return false end
   end
   return true
end

--- nn.X(3 -> 4, 3x3, 1,1, 1,1): the steps are said where anything beside the kernel is. `before` stands before it.
function convolution.describe(self, family, always, before)
   local kernel, step, pad = numbers(self, family, 'k'), numbers(self, family, 'd'), numbers(self, family, 'pad')
   local adjustment, dilation = numbers(self, family, 'adj'), numbers(self, family, 'dilation')
   local text = ('%s(%d -> %d, %s%s'):format(torch.type(self), self.nInputPlane, self.nOutputPlane, before or '',
      table.concat(kernel, 'x'))
   local function add(values) text = text .. ', ' .. table.concat(values, ',') end
   if always or not all(step, 1) or not all(pad, 0) then add(step) end
   if not all(pad, 0) then add(pad) end
   if #adjustment > 0 and not all(adjustment, 0) then add(adjustment) end
   if #dilation > 0 then add(dilation) end
   return text .. (self.bias and ')' or ') without bias')
end

--- What modules with a weight, and a bias that they can do without, have in common.
function convolution.methods(Class)
   function Class:noBias()
      self.bias, self.gradBias = nil, nil
      return self
   end

   function Class:type(type_name, done)
      if type_name then nn.utils.clear(self, 'finput', 'fgradInput') end
      return parent.type(self, type_name, done)
   end

   function Class:clearState()
      nn.utils.clear(self, 'finput', 'fgradInput', '_input', '_gradOutput')
      return parent.clearState(self)
   end
end

--- Draws weight, then bias, from U(-bound, bound), where the bound is sqrt(3) times `stdv`, or one over the root of
-- the number of elements that go into one of the output.
function convolution.draw(self, stdv, elements)
   local bound = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(elements)
   self.weight:uniform(-bound, bound)
   if self.bias then self.bias:uniform(-bound, bound) end
end

--- The number of elements of a module's kernel.
function convolution.kernel_size(self, family)
   local count = 1
   for _, size in ipairs(numbers(self, family, 'k')) do count = count * size end
   return count
end

--- Fields of files from before a class had them.
function convolution.read(self, file, repair)
   for key, value in pairs(file:readObject()) do self[key] = value end
   repair(self)
end

------------------------------------------------------------------------------------------------------------- plain

--- Raises where the constructor was not given the planes and a kernel.
function convolution.needs(self, family)
   local names = {'nInputPlane', 'nOutputPlane'}
   for _, axis in ipairs(family.axes) do names[#names + 1] = 'k' .. axis end
   for _, name in ipairs(names) do
      if type(self[name]) ~= 'number' then
         checks.fail(self, '%s is %s, a number is needed', name, checks.told(self[name]))
      end
   end
end

-- `flat`: whether the weight is a matrix.
local function allocate(self, family, flat)
   convolution.needs(self, family)
   local sizes = {self.nOutputPlane, self.nInputPlane}
   if flat then
      sizes[2] = self.nInputPlane * convolution.kernel_size(self, family)
   else
      if family == convolution.volumes then sizes[3] = self.kT end
      sizes[#sizes + 1] = self.kH
      sizes[#sizes + 1] = self.kW
   end
   self.weight, self.bias = torch.Tensor(unpack(sizes)), torch.Tensor(self.nOutputPlane)
   self.gradWeight, self.gradBias = torch.Tensor(unpack(sizes)), torch.Tensor(self.nOutputPlane)
   self:reset()
end

local function plain(name, family, parent_name)
   local Class = torch.class('nn.' .. name, parent_name or 'nn.Module')
   local window = family.window
   if not parent_name then convolution.methods(Class) end

   function Class:reset(stdv)
      convolution.draw(self, stdv, convolution.kernel_size(self, family) * self.nInputPlane)
   end

   function Class:updateOutput(input)
      kernels.convolution_forward(self.output, input, self.weight, self.bias, torch.type(self), window(self))
      return self.output
   end

   function Class:updateGradInput(input, gradOutput)
      kernels.convolution_backward_input(self.gradInput, gradOutput, input, self.weight, torch.type(self), window(self))
      return self.gradInput
   end

   function Class:accGradParameters(input, gradOutput, scale)
      kernels.convolution_backward_parameters(self.gradWeight, self.gradBias, gradOutput, input, scale or 1,
         torch.type(self), window(self))
   end

   -- Padding was one number before each direction had its own.
   function Class:read(file)
      convolution.read(self, file, function()
         for _, axis in ipairs(family.axes) do
            self['pad' .. axis] = self['pad' .. axis] or self.padding or 0
         end
         self.padding = nil
      end)
   end

   function Class:__tostring__()
      return convolution.describe(self, family, family == convolution.planes and self.dilationW ~= nil)
   end
   return Class
end

for _, name in ipairs {'SpatialConvolution', 'SpatialConvolutionMM'} do
   local Class = plain(name, convolution.planes)

   function Class:__init(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH)
      parent.__init(self)
      self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
      self.kW, self.kH = kW, kH
      convolution.set(self, convolution.planes, 'd', 1, dW, dH)
      convolution.set(self, convolution.planes, 'pad', nil, padW, padH)
      allocate(self, convolution.planes, name == 'SpatialConvolutionMM')
   end
end

local Dilated = plain('SpatialDilatedConvolution', convolution.planes, 'nn.SpatialConvolution')

function Dilated:__init(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH, dilationW, dilationH)
   nn.SpatialConvolution.__init(self, nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH)
   self.dilationW = dilationW or 1
   self.dilationH = dilationH or self.dilationW
end

local Volumetric = plain('VolumetricConvolution', convolution.volumes)

function Volumetric:__init(nInputPlane, nOutputPlane, kT, kW, kH, dT, dW, dH, padT, padW, padH)
   parent.__init(self)
   self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
   self.kT, self.kW, self.kH = kT, kW, kH
   convolution.set(self, convolution.volumes, 'd', 1, dT, dW, dH)
   convolution.set(self, convolution.volumes, 'pad', nil, padT, padW, padH)
   allocate(self, convolution.volumes, false)
end

local VolumetricDilated = plain('VolumetricDilatedConvolution', convolution.volumes, 'nn.VolumetricConvolution')

function VolumetricDilated:__init(nInputPlane, nOutputPlane, kT, kW, kH, dT, dW, dH, padT, padW, padH,
      dilationT, dilationW, dilationH)
   nn.VolumetricConvolution.__init(self, nInputPlane, nOutputPlane, kT, kW, kH, dT, dW, dH, padT, padW, padH)
   convolution.set(self, convolution.volumes, 'dilation', nil, dilationT or 1, dilationW, dilationH)
end

return convolution
