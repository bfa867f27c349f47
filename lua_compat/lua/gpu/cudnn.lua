-- cudnn: the names of its modules, over the same kernels as nn's; convolutions in groups; conversion to nn and back.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'
local spellings = require 'spellings'

-- The flags choose among algorithms of a GPU; here there is one.
local cudnn = {benchmark = false, fastest = false, verbose = false, useFindEx = false, version = 5110}
_G.cudnn = cudnn
spellings.define('cudnn')
require 'gpu.cudnn_dense'
require 'gpu.cudnn_rnn'

function cudnn.getHandle() return nil end

----------------------------------------------------------------------------------------------- groups of planes

local function grouped(Class, parent, planes)
   function Class:__init(...)
      local numbers, groups = {...}, 1
      local last = planes == 3 and 9 or 12
      groups = numbers[last] or 1
      numbers[last] = nil
      self.reset = function() end -- the weight is drawn once it has its size
      parent.__init(self, unpack(numbers, 1, last - 1))
      self.reset = nil
      self.groups = groups
      if groups > 1 then
         if self.nInputPlane % groups ~= 0 or self.nOutputPlane % groups ~= 0 then
            error(('%s: %d groups do not divide %d and %d planes'):format(torch.type(self), groups, self.nInputPlane,
               self.nOutputPlane), 0)
         end
         self.weight = self.weight:narrow(2, 1, self.nInputPlane / groups):clone()
         self.gradWeight = self.weight:clone()
      end
      self:reset()
   end

   local function window(self)
      if planes == 3 then return self.kH, self.kW, self.dH, self.dW, self.padH, self.padW, 1, 1 end
      return self.kT, self.kH, self.kW, self.dT, self.dH, self.dW, self.padT, self.padH, self.padW, 1, 1, 1
   end

   -- Calls f(narrowed, group) for each group; narrowed(tensor, dimension) is the group's part of a tensor.
   local function each(self, f)
      for g = 1, self.groups do
         f(function(tensor, dimension)
            if not tensor then return nil end
            local size = tensor:size(dimension) / self.groups
            return tensor:narrow(dimension, (g - 1) * size + 1, size)
         end)
      end
   end

   -- The dimension of the planes, and an error where the input has others.
   local function dimension_of(self, input)
      local dimension = input:dim() == planes + 1 and 2 or 1
      if input:dim() < planes or input:dim() > planes + 1 or input:size(dimension) ~= self.nInputPlane then
         error(('%s: input has sizes %s, %d planes, in %d or %d dimensions are needed'):format(tostring(self),
            table.concat(input:size():totable(), 'x'), self.nInputPlane, planes, planes + 1), 0)
      end
      return dimension
   end

   function Class:updateOutput(input)
      if (self.groups or 1) == 1 then return parent.updateOutput(self, input) end
      local dimension, parts = dimension_of(self, input), {}
      each(self, function(part)
         local output = self.weight.new()
         kernels.convolution_forward(output, part(input, dimension):contiguous(), part(self.weight, 1),
            part(self.bias, 1), torch.type(self), window(self))
         parts[#parts + 1] = output
      end)
      self.output:cat(parts, dimension)
      return self.output
   end

   function Class:updateGradInput(input, gradOutput)
      if (self.groups or 1) == 1 then return parent.updateGradInput(self, input, gradOutput) end
      local dimension, parts = dimension_of(self, input), {}
      each(self, function(part)
         local gradient = self.weight.new()
         kernels.convolution_backward_input(gradient, part(gradOutput, dimension):contiguous(),
            part(input, dimension):contiguous(), part(self.weight, 1), torch.type(self), window(self))
         parts[#parts + 1] = gradient
      end)
      self.gradInput:cat(parts, dimension)
      return self.gradInput
   end

   function Class:accGradParameters(input, gradOutput, scale)
      if (self.groups or 1) == 1 then return parent.accGradParameters(self, input, gradOutput, scale) end
      local dimension = dimension_of(self, input)
      each(self, function(part)
         kernels.convolution_backward_parameters(part(self.gradWeight, 1), part(self.gradBias, 1),
            part(gradOutput, dimension):contiguous(), part(input, dimension):contiguous(), scale or 1,
            torch.type(self), window(self))
      end)
   end
end

grouped(cudnn.SpatialConvolution, nn.SpatialConvolution, 3)
grouped(cudnn.VolumetricConvolution, nn.VolumetricConvolution, 4)

------------------------------------------------------------------------------------------ what algorithm computes

for _, name in ipairs {
   'SpatialConvolution', 'SpatialFullConvolution', 'VolumetricConvolution', 'VolumetricFullConvolution', 'TemporalConvolution',
} do
   local Class = cudnn[name]

   --- The fastest algorithms, or those of the given numbers: for forward, for the gradient of the input and of the weight.
   function Class:fastest(mode)
      self.fastest_mode = mode == nil or mode
      return self
   end

   function Class:setMode(fmode, bdmode, bwmode)
      self.fmode, self.bdmode, self.bwmode = fmode or self.fmode, bdmode or self.bdmode, bwmode or self.bwmode
      return self
   end

   function Class:resetMode()
      self.fmode, self.bdmode, self.bwmode = nil, nil, nil
      return self
   end
end

------------------------------------------------------------------------------------------------------ conversion

local function package_of(name) return (name or ''):match('^(%a+)%.(.+)$') end

--- The net with every module that both packages have as that of the package `dst` (cudnn or nn), in its place.
-- exclude(module): whether a module stays as it is.
function cudnn.convert(net, dst, exclude)
   local target = dst == nn and 'nn' or 'cudnn'
   return net:replace(function(module)
      local package, name = package_of(torch.typename(module))
      local from = target == 'nn' and 'cudnn' or 'nn'
      if package ~= from or (exclude and exclude(module)) then return module end
      local known = false
      for _, row in ipairs(spellings.rows.cudnn) do known = known or (row[1] == name and row[2] == nil) end
      local factory = known and torch.factory(target .. '.' .. name)
      if not factory or (target == 'nn' and (module.groups or 1) > 1) then return module end
      local made = factory()
      for key, value in pairs(module) do made[key] = value end
      return made
   end)
end

return cudnn
