-- nn.Convert: from one order of dimensions, written as letters, to another.

local torch = require 'torch'
local nn = require 'nn'

local Convert, parent = torch.class('nn.Convert', 'nn.Container')

--- Convert('bchw', 'bf'): b is the batch, f features, t time, c channels, h and w height and width. Without shapes it
--- converts the element type alone. The batch may be missing in the input.
function Convert:__init(inputShape, outputShape)
   if outputShape and not inputShape then error('nn.Convert: outputShape needs an inputShape', 2) end
   inputShape = inputShape or 'b*'
   outputShape = outputShape or inputShape
   self.inputShape = inputShape:find('b') and inputShape or 'b' .. inputShape
   self.outputShape = outputShape:find('b') and outputShape or 'b' .. outputShape
   self.inputBatchDim = self.inputShape:find('b')
   self.outputBatchDim = self.outputShape:find('b')
   if self.inputShape == 'b*' or self.outputShape == 'b*' then
      if self.inputShape ~= self.outputShape then error('nn.Convert: both shapes or none may be b*', 2) end
      self.transposition = true
   else
      self.nInputDim, self.nOutputDim = #self.inputShape, #self.outputShape
      if self.nInputDim == self.nOutputDim then
         self.transposition = true
         for axis in self.inputShape:gmatch('.') do
            if not self.outputShape:find(axis, 1, true) then self.transposition = false end
         end
      end
   end
   parent.__init(self)
end

--- Where an axis is in a shape (that of the input where none is given), and the shape.
function Convert:findAxis(axis_char, shape, silent)
   shape = shape or self.inputShape
   local place = shape:find(axis_char, 1, true)
   if not place and not silent then
      error(('%s: the shape %s has no axis %s'):format(torch.type(self), shape, axis_char), 0)
   end
   return place, shape
end

--- The module that brings the axes into a new order.
function Convert:transpose(newShape)
   if newShape == self.inputShape then return nn.Identity() end
   local current, swaps = {}, {}
   for axis in self.inputShape:gmatch('.') do current[#current + 1] = axis end
   for i = 1, #newShape do
      for j = i, #current do
         if current[j] == newShape:sub(i, i) then
            if i ~= j then
               swaps[#swaps + 1] = {i, j}
               current[i], current[j] = current[j], current[i]
            end
            break
         end
      end
   end
   return nn.Transpose(unpack(swaps))
end

-- Batch first, and all the rest as one dimension.
local function flat(self, input)
   local b = self:findAxis('b')
   local rest = 1
   for d = 1, input:dim() do
      if d ~= b then rest = rest * input:size(d) end
   end
   local steps = nn.Sequential()
   if b ~= 1 then steps:add(nn.Transpose({1, b})) end
   if not (#self.inputShape == 2 and b == 1) then steps:add(nn.Reshape(rest, true)) end
   return #steps.modules == 0 and nn.Identity() or steps
end

--- One number a sample, the first of its features.
function Convert:b()
   local b = self:findAxis('b')
   if #self.inputShape == 1 then return nn.Identity() end
   if #self.inputShape ~= 2 then
      error(('%s: cannot convert shape %s to b'):format(torch.type(self), self.inputShape), 0)
   end
   return nn.Select(b == 1 and 2 or 1, 1)
end

function Convert:bf(input) return flat(self, input) end

function Convert:bt(input) return flat(self, input) end

function Convert:default(input) return flat(self, input) end

function Convert:buildConverter(input)
   if self.inputShape == 'b*' then
      self.converter = nn.Identity()
   elseif self.transposition then
      self.converter = self:transpose(self.outputShape)
   else
      local known = {b = true, bf = true, bt = true, fb = true, tb = true}
      if not known[self.outputShape] then
         error(('%s: cannot convert shape %s to %s'):format(torch.type(self), self.inputShape, self.outputShape), 0)
      end
      if self.outputBatchDim == 2 then
         self.converter = nn.Sequential():add(flat(self, input)):add(nn.Transpose({1, 2}))
      else
         self.converter = self[self.outputShape](self, input)
      end
   end
   self.converter:type(self._type)
   self.modules[1] = self.converter
end

-- A tensor in the module's own type, kept in the field.
local function own_type(self, field, tensor)
   if torch.typename(tensor) == self._type then return tensor end
   self[field] = self[field] or torch.getmetatable(self._type).new()
   return self[field]:resize(tensor:size()):copy(tensor)
end

-- The input as a batch, in the module's type.
local function batch(self, input)
   input = own_type(self, '_input', input)
   if self.nInputDim and input:dim() == self.nInputDim - 1 then
      return nn.utils.addSingletonDimension(input, self.inputBatchDim)
   end
   return input
end

function Convert:updateOutput(input)
   if not torch.isTensor(input) then error(torch.type(self) .. ': input needs to be a tensor, is a ' .. torch.type(input), 0) end
   local d = input:dim()
   if self.nInputDim and d ~= self.nInputDim and d ~= self.nInputDim - 1 then
      error(('%s: input has %d dimensions, those of %s are needed'):format(torch.type(self), d, self.inputShape), 0)
   end
   self.batchMode = not self.nInputDim or d == self.nInputDim
   local given = batch(self, input)
   if not (self.converter and self.transposition) then self:buildConverter(given) end
   self.output = self.converter:updateOutput(given)
   if not self.batchMode then self.output = self.output:select(self.outputBatchDim, 1) end
   return self.output
end

local function gradient(self, gradOutput)
   gradOutput = own_type(self, '_gradOutput', gradOutput)
   return self.batchMode and gradOutput or nn.utils.addSingletonDimension(gradOutput, self.outputBatchDim)
end

function Convert:updateGradInput(input, gradOutput)
   local found = self.converter:updateGradInput(batch(self, input), gradient(self, gradOutput))
   if not self.batchMode then found = found:select(self.inputBatchDim, 1) end
   self.gradInput = torch.typename(input) == self._type and found or input.new():resize(input:size()):copy(found)
   return self.gradInput
end

function Convert:accGradParameters(input, gradOutput, scale)
   self.converter:accGradParameters(batch(self, input), gradient(self, gradOutput), scale)
end

function Convert:accUpdateGradParameters(input, gradOutput, learningRate)
   self.converter:accUpdateGradParameters(batch(self, input), gradient(self, gradOutput), learningRate)
end

--- Inputs of other types are converted to this one.
function Convert:type(type_name, done)
   if type_name then self._input, self._gradOutput = nil, nil end
   return parent.type(self, type_name, done)
end

function Convert:clearState()
   self._input, self._gradOutput = nil, nil
   if torch.isTensor(self.gradInput) then self.gradInput = self.gradInput.new() end
   return parent.clearState(self)
end
