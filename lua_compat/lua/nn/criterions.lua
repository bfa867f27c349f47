-- Criteria that differ only in their kernel, and those over labels: each a row or a few lines over one kernel.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'

-- A criterion of an input and a target of as many elements. Its first argument is a margin, where `margin` is the
-- default of it, or sizeAverage; with `fixed` it takes none, and sizeAverage can only be set afterwards.
local function elementwise(name, margin, fixed)
   local Criterion, parent = torch.class('nn.' .. name, 'nn.Criterion')

   function Criterion:__init(argument)
      parent.__init(self)
      self.sizeAverage = true
      if margin then
         self.margin = argument or margin
      elseif argument ~= nil and not fixed then
         self.sizeAverage = argument
      end
   end

   function Criterion:updateOutput(input, target)
      self.output = kernels.elementwise_loss(name, input, target, self.sizeAverage, self.margin)
      return self.output
   end

   function Criterion:updateGradInput(input, target)
      kernels.elementwise_loss_backward(self.gradInput, name, input, target, self.sizeAverage, self.margin)
      return self.gradInput
   end
end

for _, name in ipairs {'MSECriterion', 'AbsCriterion', 'SmoothL1Criterion'} do elementwise(name) end
for _, name in ipairs {'DistKLDivCriterion', 'SoftMarginCriterion'} do elementwise(name, nil, true) end
elementwise('MarginCriterion', 1)
elementwise('HingeEmbeddingCriterion', 1)

------------------------------------------------------------------------------------------------------ BCECriterion

local BCE, bce_parent = torch.class('nn.BCECriterion', 'nn.Criterion')

function BCE:__init(weights, sizeAverage)
   bce_parent.__init(self)
   self.sizeAverage = sizeAverage == nil or sizeAverage
   if weights ~= nil then
      assert(weights:dim() == 1, 'weights input should be 1-D Tensor')
      self.weights = weights
   end
end

function BCE:updateOutput(input, target)
   self.output = kernels.bce_loss(input, target, self.weights, self.sizeAverage)
   return self.output
end

function BCE:updateGradInput(input, target)
   kernels.bce_loss_backward(self.gradInput, input, target, self.weights, self.sizeAverage)
   return self.gradInput
end

------------------------------------------------------------------------------------------------ ClassNLLCriterion

local NLL, nll_parent = torch.class('nn.ClassNLLCriterion', 'nn.Criterion')

function NLL:__init(weights, sizeAverage, ignoreIndex)
   nll_parent.__init(self)
   self.sizeAverage = sizeAverage == nil or sizeAverage
   self.ignoreIndex = ignoreIndex or -100
   if weights then
      assert(weights:dim() == 1, 'weights input should be 1-D Tensor')
      self.weights = weights
   end
   self.output_tensor = torch.zeros(1)
   self.total_weight_tensor = torch.ones(1)
   self.target = torch.zeros(1):long()
end

function NLL:__len() return self.weights and #self.weights or 0 end

function NLL:updateOutput(input, target)
   local total
   self.output, total = kernels.nll_loss(input, target, self.weights, self.ignoreIndex, self.sizeAverage)
   self.output_tensor[1], self.total_weight_tensor[1] = self.output, total
   self.total_weight = total
   return self.output
end

function NLL:updateGradInput(input, target)
   kernels.nll_loss_backward(self.gradInput, input, target, self.weights, self.ignoreIndex, self.sizeAverage)
   return self.gradInput
end

local SpatialNLL, spatial_parent = torch.class('nn.SpatialClassNLLCriterion', 'nn.ClassNLLCriterion')

function SpatialNLL:__init(weights, sizeAverage)
   spatial_parent.__init(self, weights, sizeAverage)
   self.ignoreIndex = nil
end

-------------------------------------------------------------------------------------------- CrossEntropyCriterion

local CrossEntropy, entropy_parent = torch.class('nn.CrossEntropyCriterion', 'nn.Criterion')

function CrossEntropy:__init(weights, sizeAverage)
   entropy_parent.__init(self)
   self.lsm = nn.LogSoftMax()
   self.nll = nn.ClassNLLCriterion(weights, sizeAverage)
   self.sizeAverage = self.nll.sizeAverage
   self.oldSizeAverage = self.sizeAverage
end

-- sizeAverage may be set on the criterion after it was made.
local function follow(self)
   if self.sizeAverage ~= self.oldSizeAverage then
      self.nll.sizeAverage = self.sizeAverage
      self.oldSizeAverage = self.sizeAverage
   end
end

local function squeezed(target) return torch.isTensor(target) and target:squeeze() or target end

function CrossEntropy:updateOutput(input, target)
   follow(self)
   input = input:squeeze()
   self.lsm:updateOutput(input)
   self.output = self.nll:updateOutput(self.lsm.output, squeezed(target))
   return self.output
end

function CrossEntropy:updateGradInput(input, target)
   follow(self)
   local flat = input:squeeze()
   self.nll:updateGradInput(self.lsm.output, squeezed(target))
   self.lsm:updateGradInput(flat, self.nll.gradInput)
   self.gradInput:view(self.lsm.gradInput, input:size())
   return self.gradInput
end

---------------------------------------------------------------------------------------------- margins over classes

local MultiMargin, margin_parent = torch.class('nn.MultiMarginCriterion', 'nn.Criterion')

function MultiMargin:__init(p, weights, margin)
   assert(p == nil or p == 1 or p == 2, 'only p == 1 and p == 2 supported')
   self.p = p or 1
   self.margin = margin or 1
   margin_parent.__init(self)
   self.sizeAverage = true
   if weights then
      assert(weights:dim() == 1, 'weights input should be 1-D Tensor')
      self.weights = weights
   end
end

function MultiMargin:updateOutput(input, target)
   self.output = kernels.multi_margin_loss(input, target, self.p or 1, self.margin or 1, self.weights, self.sizeAverage)
   return self.output
end

function MultiMargin:updateGradInput(input, target)
   kernels.multi_margin_loss_backward(
      self.gradInput, input, target, self.p or 1, self.margin or 1, self.weights, self.sizeAverage)
   return self.gradInput
end

local MultiLabelMargin, multilabel_parent = torch.class('nn.MultiLabelMarginCriterion', 'nn.Criterion')

function MultiLabelMargin:__init()
   multilabel_parent.__init(self)
   self.sizeAverage = true
   self.isTarget = torch.Tensor()
end

function MultiLabelMargin:updateOutput(input, target)
   self.output = kernels.multilabel_margin_loss(input, target, self.sizeAverage)
   return self.output
end

function MultiLabelMargin:updateGradInput(input, target)
   kernels.multilabel_margin_loss_backward(self.gradInput, input, target, self.sizeAverage)
   return self.gradInput
end

----------------------------------------------------------------------------------------------------- combinations

local Multi, multi_parent = torch.class('nn.MultiCriterion', 'nn.Criterion')

function Multi:__init()
   multi_parent.__init(self)
   self.criterions = {}
   self.weights = torch.DoubleStorage()
end

function Multi:add(criterion, weight)
   table.insert(self.criterions, criterion)
   self.weights:resize(#self.criterions, true)
   self.weights[#self.criterions] = weight or 1
   return self
end

function Multi:updateOutput(input, target)
   self.output = 0
   for i, criterion in ipairs(self.criterions) do
      self.output = self.output + self.weights[i] * criterion:updateOutput(input, target)
   end
   return self.output
end

function Multi:updateGradInput(input, target)
   self.gradInput = nn.utils.recursiveResizeAs(self.gradInput, input)
   nn.utils.recursiveFill(self.gradInput, 0)
   for i, criterion in ipairs(self.criterions) do
      nn.utils.recursiveAdd(self.gradInput, self.weights[i], criterion:updateGradInput(input, target))
   end
   return self.gradInput
end

function Multi:type(type_name)
   for _, criterion in ipairs(self.criterions) do criterion:type(type_name) end
   return multi_parent.type(self, type_name)
end

local Parallel, parallel_parent = torch.class('nn.ParallelCriterion', 'nn.Criterion')

function Parallel:__init(repeatTarget)
   parallel_parent.__init(self)
   self.criterions = {}
   self.weights = {}
   self.gradInput = {}
   self.repeatTarget = repeatTarget
end

function Parallel:add(criterion, weight)
   assert(criterion, 'no criterion provided')
   table.insert(self.criterions, criterion)
   table.insert(self.weights, weight or 1)
   return self
end

function Parallel:updateOutput(input, target)
   self.output = 0
   for i, criterion in ipairs(self.criterions) do
      local own = self.repeatTarget and target or target[i]
      self.output = self.output + self.weights[i] * criterion:updateOutput(input[i], own)
   end
   return self.output
end

function Parallel:updateGradInput(input, target)
   self.gradInput = nn.utils.recursiveResizeAs(self.gradInput, input)
   nn.utils.recursiveFill(self.gradInput, 0)
   for i, criterion in ipairs(self.criterions) do
      local own = self.repeatTarget and target or target[i]
      nn.utils.recursiveAdd(self.gradInput[i], self.weights[i], criterion:updateGradInput(input[i], own))
   end
   return self.gradInput
end

function Parallel:type(type_name, done)
   self.gradInput = {}
   return parallel_parent.type(self, type_name, done)
end
