-- Borders around planes.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'
local numbers = require 'nn.numbers'

local Zero, zero_parent = torch.class('nn.SpatialZeroPadding', 'nn.Module')

function Zero:__init(pad_l, pad_r, pad_t, pad_b)
   zero_parent.__init(self)
   self.pad_l = pad_l
   self.pad_r, self.pad_t, self.pad_b = pad_r or pad_l, pad_t or pad_l, pad_b or pad_l
end

function Zero:updateOutput(input)
   kernels.zero_padding_forward(self.output, input, self.pad_l, self.pad_r, self.pad_t, self.pad_b)
   return self.output
end

function Zero:updateGradInput(input, gradOutput)
   kernels.zero_padding_backward(self.gradInput, gradOutput, input, self.pad_l, self.pad_r, self.pad_t, self.pad_b)
   return self.gradInput
end

function Zero:__tostring__()
   return ('%s(l=%d, r=%d, t=%d, b=%d)'):format(torch.type(self), self.pad_l, self.pad_r, self.pad_t, self.pad_b)
end

-------------------------------------------------------------------------------- borders that repeat the image

-- A class is its kernel's mode, its fields in the constructor's order, what they are called in its text, and whether
-- the first stands in for those that are not given.
local function border(name, mode, fields, words)
   local Class, parent = torch.class(name, 'nn.Module')

   function Class:__init(...)
      parent.__init(self)
      local first = ...
      for i, field in ipairs(fields) do
         local given = select(i, ...)
         if given == nil then given = first end
         numbers(name, field, given)
         self[field] = given
      end
   end

   local function values(self)
      local found = {}
      for i, field in ipairs(fields) do found[i] = self[field] end
      return unpack(found)
   end

   function Class:updateOutput(input)
      kernels.border_forward(self.output, input, name, mode, values(self))
      return self.output
   end

   function Class:updateGradInput(input, gradOutput)
      kernels.border_backward(self.gradInput, gradOutput, input, name, mode, values(self))
      return self.gradInput
   end

   function Class:__tostring__()
      local parts = {}
      for i, word in ipairs(words) do parts[i] = ('%s=%d'):format(word, self[fields[i]]) end
      return ('%s(%s)'):format(torch.type(self), table.concat(parts, ', '))
   end
end

local sides = {'pad_l', 'pad_r', 'pad_t', 'pad_b'}
border('nn.SpatialReflectionPadding', 'reflect', sides, {'l', 'r', 't', 'b'})
border('nn.SpatialReplicationPadding', 'replicate', sides, {'l', 'r', 't', 'b'})
border('nn.VolumetricReplicationPadding', 'replicate', {'pleft', 'pright', 'ptop', 'pbottom', 'pfront', 'pback'},
   {'left', 'right', 'top', 'bottom', 'front', 'back'})

---------------------------------------------------------------------------------------------------------- Padding

local Padding, padding_parent = torch.class('nn.Padding', 'nn.Module')

function Padding:__init(dim, pad, nInputDim, value, index)
   padding_parent.__init(self)
   numbers('nn.Padding', 'dim', dim, 1, 'pad', pad)
   self.value = value or 0
   self.index = index or 1
   self.dim, self.pad, self.nInputDim = dim, pad, nInputDim
   self.outputSize = torch.LongStorage()
end

-- The dimension, how much is put in, and before which element: a positive pad counts the places from the end.
local function placed(self, input)
   local d = self.dim + ((self.nInputDim and input:dim() ~= self.nInputDim) and 1 or 0)
   if input:dim() < d then
      error(('nn.Padding: input has %d dimensions, dimension %d was asked for'):format(input:dim(), d), 3)
   end
   local before = self.pad > 0 and input:size(d) - self.index + 2 or self.index
   if before < 1 or before > input:size(d) + 1 then
      error(('nn.Padding: index is %d, dimension %d of the input has %d elements'):format(
         self.index, d, input:size(d)), 3)
   end
   return d, math.abs(self.pad), before
end

-- What stands before the border and what after it, in both tensors.
local function both(input, padded, d, length, before, visit)
   local rest = input:size(d) - before + 1
   if before > 1 then visit(input:narrow(d, 1, before - 1), padded:narrow(d, 1, before - 1)) end
   if rest > 0 then visit(input:narrow(d, before, rest), padded:narrow(d, before + length, rest)) end
end

function Padding:updateOutput(input)
   local d, length, before = placed(self, input)
   self.outputSize:resize(input:dim()):copy(input:size())
   self.outputSize[d] = self.outputSize[d] + length
   self.output:resize(self.outputSize):fill(self.value)
   both(input, self.output, d, length, before, function(from, to) to:copy(from) end)
   return self.output
end

function Padding:updateGradInput(input, gradOutput)
   local d, length, before = placed(self, input)
   if gradOutput:dim() ~= input:dim() or gradOutput:size(d) ~= input:size(d) + length then
      error('nn.Padding: gradOutput has other sizes than output', 2)
   end
   self.gradInput:resizeAs(input)
   both(self.gradInput, gradOutput, d, length, before, function(to, from) to:copy(from) end)
   return self.gradInput
end
