-- Modules that pick by indices: Index, MaskedSelect, OneHot.

local torch = require 'torch'
local nn = require 'nn'
local checks = require 'nn.checks'

local Index, index_parent = torch.class('nn.Index', 'nn.Module')

--- {tensor, indices} to the slices of dimension `dimension` that the indices name.
function Index:__init(dimension)
   index_parent.__init(self)
   self.dimension = dimension
   self.gradInput = {self.gradInput, self.gradInput.new()}
end

local function tensor_and_indices(self, input)
   local x, indices = checks.pair(self, input)
   checks.tensor(self, x, 'input[1]')
   checks.tensor(self, indices, 'input[2]')
   if x:dim() < self.dimension or indices:dim() ~= 1 then
      checks.fail(self, 'input has sizes %s and %s, a tensor with dimension %d and a vector of indices are needed',
         checks.sizes(x), checks.sizes(indices), self.dimension)
   end
   indices = indices:long()
   if indices:min() < 1 or indices:max() > x:size(self.dimension) then
      checks.fail(self, 'input[2] has indices from %d to %d, dimension %d of input[1] has 1 to %d', indices:min(), indices:max(),
         self.dimension, x:size(self.dimension))
   end
   return x, indices
end

function Index:updateOutput(input)
   local x, indices = tensor_and_indices(self, input)
   self.output:index(x, self.dimension, indices)
   return self.output
end

function Index:updateGradInput(input, gradOutput)
   local x, indices = tensor_and_indices(self, input)
   self.gradInput[1] = self.gradInput[1] or x.new()
   self.gradInput[2] = self.gradInput[2] or x.new()
   self.gradInput[2]:resize(indices:size()):zero() -- indices have no gradient
   self.gradInput[1]:resizeAs(x):zero():indexAdd(self.dimension, indices, gradOutput)
   return self.gradInput
end

function Index:clearState()
   self.gradInput[1]:set()
   self.gradInput[2]:set()
   self.output:set()
   return self
end

local Masked, masked_parent = torch.class('nn.MaskedSelect', 'nn.Module')

--- {tensor, mask} to the elements where the mask, a ByteTensor of the same sizes, is 1, in a vector.
function Masked:__init()
   masked_parent.__init(self)
   self._maskIndices, self._maskIndexBuffer = torch.LongTensor(), torch.LongTensor()
   self._maskIndexBufferCPU = torch.FloatTensor()
   self._gradBuffer = torch.Tensor()
   self._gradMask = torch.ByteTensor()
end

local function tensor_and_mask(self, input)
   local x, mask = checks.pair(self, input)
   checks.tensor(self, x, 'input[1]')
   if not checks.is_mask(checks.tensor(self, mask, 'input[2]')) or mask:nElement() ~= x:nElement() then
      checks.fail(self, 'input is of %s and %s and has sizes %s and %s, a mask of torch.ByteTensor in the sizes of the tensor is needed',
         torch.typename(x), torch.typename(mask), checks.sizes(x), checks.sizes(mask))
   end
   return x, mask
end

function Masked:updateOutput(input)
   local x, mask = tensor_and_mask(self, input)
   self.output:maskedSelect(x, mask)
   return self.output
end

function Masked:updateGradInput(input, gradOutput)
   local x, mask = tensor_and_mask(self, input)
   if checks.tensor(self, gradOutput, 'gradOutput'):nElement() ~= mask:sum() then
      checks.fail(self, 'gradOutput has %d elements, the mask picks %d', gradOutput:nElement(), mask:sum())
   end
   self._gradBuffer:resize(x:size()):zero()
   if mask:sum() > 0 then self._gradBuffer:maskedCopy(mask, gradOutput) end
   self._gradMask:resize(mask:size()):zero()
   self.gradInput = {self._gradBuffer, self._gradMask}
   return self.gradInput
end

-- The mask and the places keep the types that they have whatever the module's.
function Masked:type(type_name, done)
   if not type_name then return self._type end
   self._gradBuffer = self._gradBuffer:type(type_name)
   self.gradInput = self.gradInput and torch.isTensor(self.gradInput) and self.gradInput:type(type_name) or {}
   self.output = self.output:type(type_name)
   self._type = type_name
   return self
end

function Masked:clearState()
   return nn.utils.clear(self, 'output', 'gradInput', '_maskIndices', '_maskIndexBuffer', '_maskIndexBufferCPU', '_gradBuffer',
      '_gradMask')
end

local OneHot, hot_parent = torch.class('nn.OneHot', 'nn.Module')

--- Each index as a row of `outputSize` zeros with a 1 at its place.
function OneHot:__init(outputSize)
   hot_parent.__init(self)
   self.outputSize = outputSize
end

function OneHot:updateOutput(input)
   local indices = checks.tensor(self, input):long()
   if indices:nElement() == 0 or indices:min() < 1 or indices:max() > self.outputSize then
      local given = indices:nElement() == 0 and 'no elements'
         or ('indices from %d to %d'):format(indices:min(), indices:max())
      checks.fail(self, 'input has %s, 1 to %d are allowed', given, self.outputSize)
   end
   local size = input:size():totable()
   size[#size + 1] = self.outputSize
   self.output:resize(indices:nElement(), self.outputSize):zero()
   self.output:scatter(2, indices:contiguous():view(-1, 1), 1)
   self.output:resize(torch.LongStorage(size))
   return self.output
end

function OneHot:updateGradInput(input)
   self.gradInput:resize(input:size()):zero() -- indices have no gradient
   return self.gradInput
end

function OneHot:type(type_name, done)
   if type_name then self._long = nil end
   return hot_parent.type(self, type_name, done)
end

function OneHot:clearState()
   self._long = nil
   return hot_parent.clearState(self)
end
