-- Criteria that are the squared error of something made of the target, and those of an input alone.

local torch = require 'torch'
local nn = require 'nn'
local checks = require 'nn.checks'
local kernels = require '_kernels'

local Weighted, MSE = torch.class('nn.WeightedMSECriterion', 'nn.MSECriterion')

--- The squared error of the input and of the target times a weight for each element of it, or of one sample of it.
function Weighted:__init(weight)
   MSE.__init(self)
   checks.tensor(self, weight, 'weight')
   self.weight = weight:clone()
end

local function weighted(self, input, target)
   checks.tensor(self, input, 'input')
   checks.tensor(self, target, 'target')
   if target:nElement() ~= input:nElement() then
      checks.fail(self, 'target has sizes %s, input has %s', checks.sizes(target), checks.sizes(input))
   end
   local weight = self.weight
   if input:dim() - 1 == weight:dim() and input:nElement() == input:size(1) * weight:nElement() then
      weight = nn.utils.addSingletonDimension(weight):expandAs(input)
   elseif weight:nElement() ~= input:nElement() then
      checks.fail(self, 'weight has sizes %s, input has %s: a weight for each element of it, or of one sample, is needed',
         checks.sizes(weight), checks.sizes(input))
   end
   self.buffer = self.buffer or input.new()
   return self.buffer:resizeAs(input):copy(target):cmul(weight)
end

function Weighted:updateOutput(input, target) return MSE.updateOutput(self, input, weighted(self, input, target)) end

function Weighted:updateGradInput(input, target)
   return MSE.updateGradInput(self, input, weighted(self, input, target))
end

---------------------------------------------------------------------------------------------- ClassSimplexCriterion

local Simplex = torch.class('nn.ClassSimplexCriterion', 'nn.MSECriterion')

-- The n + 1 corners of a regular simplex around 0 in n dimensions, each of length 1: any two have the product -1 / n.
local function corners(n)
   local simplex = torch.zeros(n + 1, n)
   for k = 1, n do
      local before = 0
      for i = 1, k - 1 do before = before + simplex[k][i] ^ 2 end
      local height = math.sqrt(1 - before)
      simplex[k][k] = height
      for row = k + 1, n + 1 do simplex[row][k] = (height ^ 2 - 1 - 1 / n) / height end
   end
   return simplex
end

--- The squared error of the input, of nClasses columns, and of the corner of a simplex that stands for the label.
function Simplex:__init(nClasses)
   MSE.__init(self)
   assert(nClasses and nClasses > 1 and nClasses % 1 == 0, 'nClasses has to be a whole number above 1')
   self.nClasses = nClasses
   self.simplex = torch.cat(corners(nClasses - 1), torch.zeros(nClasses, 1), 2)
   self._target = torch.Tensor(nClasses)
end

-- Raises where the input isn't scores of nClasses columns, or the target not a label, or a corner, for each row.
local function check_simplex(self, input, target)
   local n = self.nClasses
   checks.tensor(self, input, 'input')
   if input:dim() < 1 or input:dim() > 2 or input:size(input:dim()) ~= n then
      checks.fail(self, 'input has sizes %s, %d columns in 1 or 2 dimensions are needed', checks.sizes(input), n)
   end
   local labels = target
   if torch.isTensor(target) then
      local count = target:dim() == 1 and n * target:nElement() or target:nElement()
      if target:dim() < 1 or target:dim() > 2 or count ~= input:nElement() then
         checks.fail(self, 'target has sizes %s, input has %s: a label for each row is needed', checks.sizes(target),
            checks.sizes(input))
      end
      if target:dim() == 2 then return end
   elseif type(target) ~= 'number' then
      checks.fail(self, 'target is %s, a label or a tensor of labels is needed', checks.told(target))
   elseif input:nElement() ~= n then
      checks.fail(self, 'target is one label, input has sizes %s', checks.sizes(input))
   else
      labels = torch.Tensor{target}
   end
   local least, most = labels:min(), labels:max()
   if least < 1 or most > n then
      checks.fail(self, 'target has label %g, labels go from 1 to %d', least < 1 and least or most, n)
   end
end

-- The corners of labels; what has two dimensions is corners already.
local function embedded(self, input, target)
   check_simplex(self, input, target)
   self._target = self._target or input.new() -- old files have none
   if not torch.isTensor(target) then
      self._target:resize(self.nClasses):copy(self.simplex[target])
   elseif target:dim() == 1 then
      self._target:index(self.simplex, 1, target:long())
   else
      self._target:resizeAs(target):copy(target)
   end
   return self._target
end

function Simplex:updateOutput(input, target) return MSE.updateOutput(self, input, embedded(self, input, target)) end

function Simplex:updateGradInput(input, target) return MSE.updateGradInput(self, input, embedded(self, input, target)) end

--- The product of each row of the input with each class's corner.
function Simplex:getPredictions(input)
   if input:dim() == 1 then input = input:view(1, -1) end
   return torch.mm(input, self.simplex:t())
end

--- The label whose corner is nearest to each row of the input.
function Simplex:getTopPrediction(input)
   local _, label = self:getPredictions(input):max(2)
   return label:view(-1)
end

---------------------------------------------------------------------------------------- SpatialAutoCropMSECriterion

local AutoCrop = torch.class('nn.SpatialAutoCropMSECriterion', 'nn.MSECriterion')

--- The squared error of planes and of the middle of larger target planes.
function AutoCrop:__init(sizeAverage) MSE.__init(self, sizeAverage) end

local function cropped(self, input, target)
   checks.tensor(self, input, 'input')
   checks.tensor(self, target, 'target')
   local dim = input:dim()
   local fits = (dim == 3 or dim == 4) and target:dim() == dim
   for d = 1, fits and dim or 0 do
      local rest = target:size(d) - input:size(d)
      fits = fits and (rest == 0 or (rest > 0 and d > dim - 2))
   end
   if not fits then
      checks.fail(self, 'input has sizes %s, target %s: 3 or 4 dimensions are needed, that differ in the last two alone, '
         .. 'where the target may be the larger', checks.sizes(input), checks.sizes(target))
   end
   for d = dim - 1, dim do
      local rest = target:size(d) - input:size(d)
      target = target:narrow(d, math.floor(rest / 2) + 1, input:size(d))
   end
   return target
end

function AutoCrop:updateOutput(input, target) return MSE.updateOutput(self, input, cropped(self, input, target)) end

function AutoCrop:updateGradInput(input, target) return MSE.updateGradInput(self, input, cropped(self, input, target)) end

------------------------------------------------------------------------------------- MultiLabelSoftMarginCriterion

local SoftMargin, soft_margin_parent = torch.class('nn.MultiLabelSoftMarginCriterion', 'nn.Criterion')

--- The cross entropy of targets of 0 and 1 and of the input's sigmoids, with a weight for each class.
function SoftMargin:__init(weights, sizeAverage)
   soft_margin_parent.__init(self)
   self.sizeAverage = sizeAverage == nil or sizeAverage
   if weights ~= nil then
      assert(weights:dim() == 1, 'weights input should be 1-D Tensor')
      self.weights = weights
   end
   self.sigmoid = nn.Sigmoid()
end

function SoftMargin:updateOutput(input, target)
   local loss = kernels.multilabel_soft_margin_loss(input, target, self.weights, self.sizeAverage)
   if self.sigmoid then self.sigmoid:updateOutput(input) end
   self.output = loss
   return self.output
end

function SoftMargin:updateGradInput(input, target)
   kernels.multilabel_soft_margin_loss_backward(self.gradInput, input, target, self.weights, self.sizeAverage)
   return self.gradInput
end

------------------------------------------------------------------------------------------------------------- L1Cost

local L1Cost, l1_parent = torch.class('nn.L1Cost', 'nn.Criterion')

--- The sum of the input's magnitudes; there is no target.
function L1Cost:__init() l1_parent.__init(self) end

function L1Cost:updateOutput(input)
   checks.tensor(self, input, 'input')
   self.output = input:norm(1)
   return self.output
end

function L1Cost:updateGradInput(input)
   checks.tensor(self, input, 'input')
   self.gradInput:resizeAs(input):copy(input):sign()
   return self.gradInput
end

function L1Cost:clearState()
   if self.output_tensor then self.output_tensor:set() end -- in files made elsewhere
   return self
end
