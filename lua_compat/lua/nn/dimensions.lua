-- Modules that rearrange, pick or reduce dimensions.

local torch = require 'torch'
local nn = require 'nn'
local checks = require 'nn.checks'

-- A class with the named fields, set in order from the constructor's arguments.
local function with_fields(name, ...)
   local Class, parent = torch.class('nn.' .. name, 'nn.Module')
   local names = {...}
   function Class:__init(...)
      parent.__init(self)
      for i, field in ipairs(names) do self[field] = (select(i, ...)) end
   end
   function Class:setNumInputDims(count)
      self.numInputDims = count
      return self
   end
   return Class, parent
end

-- One dimension more than a sample has: the first is the batch.
local function batched(count, input) return count and input:dim() == count + 1 end

local Squeeze = with_fields('Squeeze', 'dim', 'numInputDims')

function Squeeze:updateOutput(input)
   local d = self.dim
   if d and batched(self.numInputDims, input) then d = d + 1 end
   self.output:set(d and input:squeeze(d) or input:squeeze())
   return self.output
end

function Squeeze:updateGradInput(input, gradOutput)
   self.gradInput:set(gradOutput:contiguous():view(input:size()))
   return self.gradInput
end

local Unsqueeze = with_fields('Unsqueeze', 'pos', 'numInputDims')

local function position(self, input)
   return self.pos + input:dim() - (self.numInputDims or input:dim())
end

function Unsqueeze:updateOutput(input)
   nn.utils.addSingletonDimension(self.output, input, position(self, input))
   return self.output
end

function Unsqueeze:updateGradInput(input, gradOutput)
   self.gradInput:set(gradOutput:select(position(self, input), 1))
   return self.gradInput
end

function Unsqueeze:__tostring__() return ('%s(dim %d)'):format(torch.type(self), self.pos) end

local Transpose, transpose_parent = with_fields('Transpose')

function Transpose:__init(...)
   transpose_parent.__init(self)
   self.permutations = {...}
end

function Transpose:updateOutput(input)
   local offset = batched(self.numInputDims, input) and 1 or 0
   for _, pair in ipairs(self.permutations) do input = input:transpose(pair[1] + offset, pair[2] + offset) end
   self.output:resizeAs(input):copy(input)
   return self.output
end

function Transpose:updateGradInput(input, gradOutput)
   local offset = batched(self.numInputDims, input) and 1 or 0
   for i = #self.permutations, 1, -1 do
      local pair = self.permutations[i]
      gradOutput = gradOutput:transpose(pair[1] + offset, pair[2] + offset)
   end
   self.gradInput:resizeAs(gradOutput):copy(gradOutput)
   return self.gradInput
end

local Select = with_fields('Select', 'dimension', 'index')

local function picked(self, tensor)
   local d = self.dimension < 0 and tensor:dim() + self.dimension + 1 or self.dimension
   return d, self.index < 0 and tensor:size(d) + self.index + 1 or self.index
end

function Select:updateOutput(input)
   local view = input:select(picked(self, input))
   self.output:resizeAs(view):copy(view)
   return self.output
end

function Select:updateGradInput(input, gradOutput)
   self.gradInput:resizeAs(input):zero():select(picked(self, input)):copy(gradOutput)
   return self.gradInput
end

local Narrow, narrow_parent = with_fields('Narrow')

function Narrow:__init(dimension, offset, length)
   narrow_parent.__init(self)
   self.dimension, self.index, self.length = dimension, offset, length or 1
end

-- A negative length counts from the end; a negative index leaves out the last `length`.
local function range(self, tensor)
   local d = self.dimension < 0 and tensor:dim() + self.dimension + 1 or self.dimension
   local index, length = self.index, self.length
   if length < 0 then length = tensor:size(d) - index + length + 2 end
   if index < 0 then
      index = 1
      length = tensor:size(d) - length
   end
   return d, index, length
end

function Narrow:updateOutput(input)
   local view = input:narrow(range(self, input))
   self.output:resizeAs(view):copy(view)
   return self.output
end

function Narrow:updateGradInput(input, gradOutput)
   self.gradInput:resizeAs(input):zero():narrow(range(self, input)):copy(gradOutput)
   return self.gradInput
end

local Replicate, replicate_parent = with_fields('Replicate')

function Replicate:__init(nfeatures, dim, ndim)
   replicate_parent.__init(self)
   self.nfeatures, self.dim, self.ndim = nfeatures, dim or 1, ndim
   assert(self.dim > 0, 'Can only replicate across positive integer dimensions.')
end

local function replicated(self, input)
   return self.dim + (self.ndim and input:dim() ~= self.ndim and 1 or 0)
end

function Replicate:updateOutput(input)
   local d = replicated(self, input)
   local view = nn.utils.addSingletonDimension(input, d)
   local size = view:size()
   size[d] = self.nfeatures
   self.output:set(view:expand(size))
   return self.output
end

function Replicate:updateGradInput(input, gradOutput)
   self.gradInput:resizeAs(input):copy(gradOutput:sum(replicated(self, input)):viewAs(input))
   return self.gradInput
end

local Contiguous = with_fields('Contiguous')

local function dense(kept, tensor)
   if tensor:isContiguous() then return kept:set(tensor) end
   return kept:resizeAs(tensor):copy(tensor)
end

function Contiguous:updateOutput(input)
   self.output = dense(self.output.new(), input)
   return self.output
end

function Contiguous:updateGradInput(_, gradOutput)
   self.gradInput = dense(self.gradInput.new(), gradOutput)
   return self.gradInput
end

local Copy, copy_parent = with_fields('Copy')

function Copy:__init(intype, outtype, forceCopy, dontCast)
   intype = intype or torch.Tensor():type()
   outtype = outtype or torch.Tensor():type()
   copy_parent.__init(self)
   self.gradInput = torch.getmetatable(intype).new()
   self.output = torch.getmetatable(outtype).new()
   self.dontCast = dontCast
   self.forceCopy = forceCopy or nil
end

local function converted(self, kept, tensor)
   if not self.forceCopy and torch.typename(kept) == torch.typename(tensor) then return kept:set(tensor) end
   return kept:resize(tensor:size()):copy(tensor)
end

function Copy:updateOutput(input) return converted(self, self.output, input) end
function Copy:updateGradInput(_, gradOutput) return converted(self, self.gradInput, gradOutput) end

function Copy:type(type_name, done)
   if type_name and self.dontCast then return self end
   return copy_parent.type(self, type_name, done)
end

------------------------------------------------------------------------------------------------------ reductions

local function reduced(self, input)
   local d = self.dimension
   if d < 0 then return input:dim() + d + 1 end
   if batched(self.nInputDims, input) then return d + 1 end
   if input:dim() < d then
      error(('%s: input has %d dimensions, dimension %d was asked for'):format(torch.type(self), input:dim(), d), 3)
   end
   return d
end

local Sum, sum_parent = with_fields('Sum')

function Sum:__init(dimension, nInputDims, sizeAverage, squeeze)
   sum_parent.__init(self)
   self.dimension, self.nInputDims = dimension or 1, nInputDims
   self.sizeAverage = sizeAverage or false
   self.squeeze = squeeze == nil or squeeze
end

function Sum:updateOutput(input)
   local d = reduced(self, input)
   torch.sum(self.output, input, d)
   if self.sizeAverage then self.output:div(input:size(d)) end
   if (self.squeeze == nil or self.squeeze) and self.output:dim() > 1 then
      self.output = self.output:select(d, 1)
   end
   return self.output
end

function Sum:updateGradInput(input, gradOutput)
   local d = reduced(self, input)
   local size = input:size()
   size[d] = 1
   self.gradInput:resizeAs(input):copy(gradOutput:contiguous():view(size):expandAs(input))
   if self.sizeAverage then self.gradInput:div(input:size(d)) end
   return self.gradInput
end

local Mean, mean_parent = torch.class('nn.Mean', 'nn.Sum')

function Mean:__init(dimension, nInputDims, squeeze) mean_parent.__init(self, dimension, nInputDims, true, squeeze) end

local function extreme(name)
   local Class, parent = with_fields(name)
   local reduce = torch[name:lower()]

   function Class:__init(dimension, nInputDims)
      parent.__init(self)
      self.dimension, self.nInputDims = dimension or 1, nInputDims
   end

   function Class:updateOutput(input)
      local d = reduced(self, input)
      self._output = self._output or input.new()
      checks.places(self, input, '_indices')
      reduce(self._output, self._indices, input, d)
      self.output:set(input:dim() > 1 and self._output:select(d, 1) or self._output)
      return self.output
   end

   function Class:updateGradInput(input, gradOutput)
      local d = reduced(self, input)
      self.gradInput:resizeAs(input):zero()
      self.gradInput:scatter(d, self._indices, gradOutput:contiguous():view(self._indices:size()))
      return self.gradInput
   end

   -- The places are of one type whatever the module's: they are made anew.
   function Class:type(type_name, done)
      if type_name then self._output, self._indices = nil, nil end
      return parent.type(self, type_name, done)
   end

   function Class:clearState()
      self._output, self._indices = nil, nil
      return parent.clearState(self)
   end
end
extreme('Max')
extreme('Min')
