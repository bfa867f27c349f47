-- Layers that compare their input with learned templates: Cosine, Euclidean, WeightedEuclidean.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'

local Cosine, cosine_parent = torch.class('nn.Cosine', 'nn.Module')

function Cosine:__init(inputSize, outputSize)
   cosine_parent.__init(self)
   self.weight = torch.Tensor(outputSize, inputSize)
   self.gradWeight = torch.Tensor(outputSize, inputSize)
   self:reset()
end

function Cosine:reset(stdv)
   stdv = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.weight:size(1))
   self.weight:uniform(-stdv, stdv)
end

function Cosine:updateOutput(input)
   kernels.cosine_forward(self.output, input, self.weight)
   return self.output
end

function Cosine:updateGradInput(input, gradOutput)
   kernels.cosine_backward_input(self.gradInput, gradOutput, input, self.weight, self.output)
   return self.gradInput
end

-- As in Torch7, the gradient is added as it is, whatever `scale` says.
function Cosine:accGradParameters(input, gradOutput)
   kernels.cosine_backward_weight(self.gradWeight, gradOutput, input, self.weight, self.output, 1)
end

function Cosine:accUpdateGradParameters(input, gradOutput, learningRate)
   kernels.cosine_backward_weight(self.weight, gradOutput, input, self.weight, self.output, -learningRate)
end

function Cosine:clearState()
   nn.utils.clear(self, '_input', '_weight', '_gradOutput', '_sum', '_inputNorm', '_weightNorm')
   return cosine_parent.clearState(self)
end

------------------------------------------------------------------------------------ Euclidean, WeightedEuclidean

-- Templates are the columns of the weight; the weighted form has a factor for each of their elements.
local function distance(name, weighted)
   local Class, parent = torch.class(name, 'nn.Module')

   function Class:__init(inputSize, outputSize)
      parent.__init(self)
      self.weight = torch.Tensor(inputSize, outputSize)
      self.gradWeight = torch.Tensor(inputSize, outputSize)
      if weighted then
         self.diagCov = torch.Tensor(inputSize, outputSize)
         self.gradDiagCov = torch.Tensor(inputSize, outputSize)
      else
         self.fastBackward = true -- as Torch7's files have it; here there is one way only
      end
      self:reset()
   end

   function Class:reset(stdv)
      stdv = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.weight:size(1))
      self.weight:uniform(-stdv, stdv)
      if weighted then self.diagCov:fill(1) end
   end

   function Class:updateOutput(input)
      kernels.euclidean_forward(name, self.output, input, self.weight, self.diagCov)
      return self.output
   end

   function Class:updateGradInput(input, gradOutput)
      kernels.euclidean_backward_input(name, self.gradInput, gradOutput, input, self.weight, self.output, self.diagCov)
      return self.gradInput
   end

   function Class:accGradParameters(input, gradOutput, scale)
      kernels.euclidean_backward_parameters(name, self.gradWeight, self.gradDiagCov, gradOutput, input, self.weight,
         self.output, self.diagCov, scale or 1)
   end

   -- Work space of files that Torch7 wrote.
   function Class:clearState()
      nn.utils.clear(self, '_input', '_output', '_gradOutput', '_weight', '_diagCov', '_expand', '_expand2',
         '_expand3', '_expand4', '_repeat', '_repeat2', '_repeat3', '_sum', '_div')
      return parent.clearState(self)
   end
   return Class
end

distance('nn.Euclidean', false)
local Weighted = distance('nn.WeightedEuclidean', true)

function Weighted:parameters()
   return {self.weight, self.diagCov}, {self.gradWeight, self.gradDiagCov}
end

-- The parameters stand in for their gradients; both are found before either is written.
function Weighted:accUpdateGradParameters(input, gradOutput, learningRate)
   local gradWeight, gradDiagCov = self.gradWeight, self.gradDiagCov
   self.gradWeight, self.gradDiagCov = self.weight, self.diagCov
   self:accGradParameters(input, gradOutput, -learningRate)
   self.gradWeight, self.gradDiagCov = gradWeight, gradDiagCov
end
