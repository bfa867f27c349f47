-- Criteria that differ only in their kernel, and those over labels: each a row or a few lines over one kernel.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'
local checks = require 'nn.checks'

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

-- What errors call it: a class made of one of these two says that one's name.
local function told(self)
   return torch.isTypeOf(self, 'nn.SpatialClassNLLCriterion') and 'SpatialClassNLLCriterion' or 'ClassNLLCriterion'
end

function NLL:updateOutput(input, target)
   local loss, total =
      kernels.nll_loss(input, target, self.weights, self.ignoreIndex, self.sizeAverage, told(self))
   self.output = loss
   -- Old files have neither tensor.
   self.output_tensor = self.output_tensor or torch.zeros(1)
   self.total_weight_tensor = self.total_weight_tensor or torch.ones(1)
   self.output_tensor[1], self.total_weight_tensor[1] = loss, total
   self.total_weight = total
   return self.output
end

function NLL:updateGradInput(input, target)
   kernels.nll_loss_backward(
      self.gradInput, input, target, self.weights, self.ignoreIndex, self.sizeAverage, told(self))
   return self.gradInput
end

local SpatialNLL, spatial_parent = torch.class('nn.SpatialClassNLLCriterion', 'nn.ClassNLLCriterion')

function SpatialNLL:__init(weights, sizeAverage)
   spatial_parent.__init(self, weights, sizeAverage)
   self.ignoreIndex = nil
end

-- Raises where the input is not a batch of planes of scores, or the target not a batch of planes of labels.
local function check_planes(self, input, target)
   checks.tensor(self, input, 'input')
   checks.tensor(self, target, 'target')
   local n, d = input:dim(), target:dim()
   local fits = n == 4 and d == 3
   for i = 1, fits and 3 or 0 do fits = fits and target:size(i) == input:size(i == 1 and 1 or i + 1) end
   if not fits then
      checks.fail(self, 'input has sizes %s, target %s: scores of 4 dimensions are needed, and labels of 3',
         checks.sizes(input), checks.sizes(target))
   end
end

function SpatialNLL:updateOutput(input, target)
   check_planes(self, input, target)
   return NLL.updateOutput(self, input, target)
end

function SpatialNLL:updateGradInput(input, target)
   check_planes(self, input, target)
   return NLL.updateGradInput(self, input, target)
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

-- Raises where the input is not scores of one sample or of a batch, or the target not a label for each.
local function check_scores(self, input, target)
   checks.tensor(self, input, 'input')
   local flat = input:squeeze()
   if flat:dim() ~= 1 and flat:dim() ~= 2 then
      checks.fail(self, 'input has sizes %s, 1 or 2 dimensions are needed', checks.sizes(input))
   end
   if type(target) ~= 'number' then checks.tensor(self, target, 'target') end
   local rows, classes = flat:dim() == 2 and flat:size(1) or 1, flat:size(flat:dim())
   local count = torch.isTensor(target) and target:nElement() or 1
   if count ~= rows then
      checks.fail(self, 'target has %d elements, input has sizes %s: a label for each row is needed', count,
         checks.sizes(input))
   end
   local least = torch.isTensor(target) and target:min() or target
   local most = torch.isTensor(target) and target:max() or target
   if most > classes or (least < 1 and least ~= self.nll.ignoreIndex) then
      checks.fail(self, 'target has label %g, labels go from 1 to %d', most > classes and most or least, classes)
   end
   return flat
end

function CrossEntropy:updateOutput(input, target)
   input = check_scores(self, input, target)
   follow(self)
   self.lsm:updateOutput(input)
   self.output = self.nll:updateOutput(self.lsm.output, squeezed(target))
   return self.output
end

function CrossEntropy:updateGradInput(input, target)
   local flat = check_scores(self, input, target)
   follow(self)
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

-- A weighted sum of gradients, made beside gradInput: where one of them fails, that stays as it was.
local function keep(self, gradients)
   local kept = nn.utils.recursiveResizeAs(self.gradInput, gradients)
   self.gradInput = nn.utils.recursiveCopy(kept, gradients)
end

-- Tensors of the input's sizes, of zeros.
local function zeros(input)
   local made = nn.utils.recursiveResizeAs(nil, input)
   nn.utils.recursiveFill(made, 0)
   return made
end

function Multi:updateOutput(input, target)
   local sum = 0
   for i, criterion in ipairs(self.criterions) do
      sum = sum + self.weights[i] * criterion:updateOutput(input, target)
   end
   self.output = sum
   return self.output
end

function Multi:updateGradInput(input, target)
   if not torch.isTensor(input) and type(input) ~= 'table' then checks.tensor(self, input, 'input') end
   local gradients = zeros(input)
   for i, criterion in ipairs(self.criterions) do
      nn.utils.recursiveAdd(gradients, self.weights[i], criterion:updateGradInput(input, target))
   end
   keep(self, gradients)
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

-- Raises where there are fewer inputs than criteria, or fewer targets: a criterion of an input alone needs none.
local function check_parts(self, input, target)
   local n = #self.criterions
   local function parts(value, name)
      local tensor = torch.isTensor(value)
      local count = tensor and value:dim() > 0 and value:size(1) or not tensor and type(value) == 'table' and #value
      if not count then checks.fail(self, '%s is %s, a table of %d is needed', name, checks.told(value), n) end
      if (tensor or name == 'input') and count < n then
         checks.fail(self, '%s is %s, one for each of the %d criterions is needed', name, checks.told(value), n)
      end
   end
   parts(input, 'input')
   if not self.repeatTarget then parts(target, 'target') end
end

function Parallel:updateOutput(input, target)
   check_parts(self, input, target)
   local sum = 0
   for i, criterion in ipairs(self.criterions) do
      local own = target
      if not self.repeatTarget then own = target[i] end
      sum = sum + self.weights[i] * criterion:updateOutput(input[i], own)
   end
   self.output = sum
   return self.output
end

function Parallel:updateGradInput(input, target)
   check_parts(self, input, target)
   local gradients = zeros(input)
   for i, criterion in ipairs(self.criterions) do
      local own = target
      if not self.repeatTarget then own = target[i] end
      nn.utils.recursiveAdd(gradients[i], self.weights[i], criterion:updateGradInput(input[i], own))
   end
   keep(self, gradients)
   return self.gradInput
end

function Parallel:type(type_name, done)
   self.gradInput = {}
   return parallel_parent.type(self, type_name, done)
end
