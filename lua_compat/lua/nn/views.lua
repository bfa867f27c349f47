-- View and Reshape.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'

local function sizes_of(...)
   local first = ...
   if torch.isStorage(first) then return torch.LongStorage(first:size()):copy(first) end
   if type(first) == 'table' then return torch.LongStorage(first) end
   return torch.LongStorage {...}
end

local View, parent = torch.class('nn.View', 'nn.Module')

function View:resetSize(...)
   self.size = sizes_of(...)
   self.numElements = 1
   local free = false
   for i = 1, #self.size do
      local n = self.size[i]
      if n == -1 then
         assert(not free, 'only one dimension can be -1')
         free = true
      else
         self.numElements = self.numElements * n
      end
   end
   return self
end

function View:__init(...)
   parent.__init(self)
   self:resetSize(...)
end

function View:setNumInputDims(count)
   self.numInputDims = count
   return self
end

function View:updateOutput(input)
   kernels.view_batch(self.output, input, self.size, self.numElements, self.numInputDims)
   return self.output
end

function View:updateGradInput(input, gradOutput)
   kernels.view_like(self.gradInput, gradOutput, input)
   return self.gradInput
end

local function joined(storage, separator)
   local words = {}
   for i = 1, #storage do words[i] = tostring(storage[i]) end
   return table.concat(words, separator)
end

function View:__tostring__() return torch.type(self) .. '(' .. joined(self.size, ', ') .. ')' end

local Reshape, reshape_parent = torch.class('nn.Reshape', 'nn.Module')

function Reshape:__init(...)
   reshape_parent.__init(self)
   local arguments = {...}
   if type(arguments[#arguments]) == 'boolean' then self.batchMode = table.remove(arguments) end
   self.size = sizes_of(unpack(arguments))
   self.batchsize = torch.LongStorage(#self.size + 1):fill(1)
   self.nelement = 1
   for i = 1, #self.size do
      self.nelement = self.nelement * self.size[i]
      self.batchsize[i + 1] = self.size[i]
   end
end

-- The tensor, or where it isn't contiguous a copy kept in the field.
local function dense(self, field, tensor)
   if tensor:isContiguous() then return tensor end
   self[field] = self[field] or tensor.new()
   return self[field]:resizeAs(tensor):copy(tensor)
end

function Reshape:updateOutput(input)
   input = dense(self, '_input', input)
   local one = self.batchMode == false
      or (self.batchMode == nil and input:nElement() == self.nelement and input:size(1) ~= 1)
   if one then
      self.output:view(input, self.size)
   else
      self.batchsize[1] = input:size(1)
      self.output:view(input, self.batchsize)
   end
   return self.output
end

function Reshape:updateGradInput(input, gradOutput)
   self.gradInput:viewAs(dense(self, '_gradOutput', gradOutput), input)
   return self.gradInput
end

function Reshape:clearState()
   nn.utils.clear(self, '_input', '_gradOutput')
   return reshape_parent.clearState(self)
end

function Reshape:__tostring__() return torch.type(self) .. '(' .. joined(self.size, 'x') .. ')' end
