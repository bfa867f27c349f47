-- Halves and signs of the input: GatedLinearUnit, CReLU, Maxout.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'

local Gated, parent = torch.class('nn.GatedLinearUnit', 'nn.Module')

function Gated:__init(dim)
   parent.__init(self)
   self.dim = dim
end

function Gated:updateOutput(input)
   kernels.glu_forward(self.output, input, self.dim)
   return self.output
end

function Gated:updateGradInput(input, gradOutput)
   kernels.glu_backward(self.gradInput, gradOutput, input, self.dim)
   return self.gradInput
end

----------------------------------------------------------------------------------------------------------- CReLU

local CReLU, crelu_parent = torch.class('nn.CReLU', 'nn.Sequential')

function CReLU:__init(nInputDims, inplace)
   crelu_parent.__init(self)
   self.nInputDims = nInputDims
   self.inplace = inplace or false
   self:add(nn.ConcatTable():add(nn.Identity()):add(nn.MulConstant(-1)))
   self:add(nn.JoinTable(2))
   self:add(nn.ReLU(self.inplace))
end

-- Samples as rows, whatever they are, so that the two signs of a sample stand one after the other.
local function flat(self, tensor)
   local batch = tensor:dim() == self.nInputDims + 1 and tensor:size(1) or 1
   return tensor:contiguous():view(batch, -1)
end

function CReLU:updateOutput(input)
   if input:dim() ~= self.nInputDims and input:dim() ~= self.nInputDims + 1 then
      error(('nn.CReLU(%d): input has %d dimensions, %d or %d are needed'):format(
         self.nInputDims, input:dim(), self.nInputDims, self.nInputDims + 1), 2)
   end
   local size = input:size()
   local d = input:dim() == self.nInputDims and 1 or 2
   size[d] = size[d] * 2
   self.output = crelu_parent.updateOutput(self, flat(self, input)):view(size)
   return self.output
end

local function backward(method)
   return function(self, input, gradOutput, scale)
      local given, gradient = flat(self, input), gradOutput:contiguous():view(self.modules[3].output:size())
      self.gradInput = crelu_parent[method](self, given, gradient, scale):view(input:size())
      return self.gradInput
   end
end
CReLU.updateGradInput, CReLU.backward = backward('updateGradInput'), backward('backward')

function CReLU:__tostring__() return 'CReLU()' end

---------------------------------------------------------------------------------------------------------- Maxout

local Maxout, maxout_parent = torch.class('nn.Maxout', 'nn.Sequential')

function Maxout:__init(inputSize, outputSize, maxoutNumber, preprocess)
   maxout_parent.__init(self)
   self:add(nn.Linear(inputSize, outputSize * maxoutNumber))
   self:add(nn.View(maxoutNumber, outputSize):setNumInputDims(1))
   if preprocess then self:add(preprocess) end
   self:add(nn.Max(1, 2))
end
