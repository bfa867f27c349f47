-- Criteria that are the squared error of something made of the target, and those of an input alone.

local torch = require 'torch'
local nn = require 'nn'

local Weighted, MSE = torch.class('nn.WeightedMSECriterion', 'nn.MSECriterion')

--- The squared error of the input and of the target times a weight for each element of it, or of one sample of it.
function Weighted:__init(weight)
   MSE.__init(self)
   self.weight = weight:clone()
end

local function weighted(self, input, target)
   self.buffer = self.buffer or input.new()
   self.buffer:resizeAs(input):copy(target)
   local weight = self.weight
   if input:dim() - 1 == weight:dim() then weight = nn.utils.addSingletonDimension(weight):expandAs(input) end
   return self.buffer:cmul(weight)
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

-- The corners of labels; what has two dimensions is corners already.
local function embedded(self, target)
   if not torch.isTensor(target) then
      self._target:resize(self.nClasses):copy(self.simplex[target])
   elseif target:dim() == 1 then
      self._target:index(self.simplex, 1, target:long())
   else
      self._target:resizeAs(target):copy(target)
   end
   return self._target
end

function Simplex:updateOutput(input, target) return MSE.updateOutput(self, input, embedded(self, target)) end

function Simplex:updateGradInput(input, target) return MSE.updateGradInput(self, input, embedded(self, target)) end

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

local function cropped(input, target)
   local dim = input:dim()
   assert(dim == target:dim(), 'input and target need the same number of dimensions')
   assert(dim == 3 or dim == 4, 'input and target need 3 or 4 dimensions')
   for d = 1, dim - 2 do
      assert(input:size(d) == target:size(d), 'input and target differ in the size of dimension ' .. d)
   end
   for d = dim - 1, dim do
      local rest = target:size(d) - input:size(d)
      assert(rest >= 0, 'the target is smaller than the input in dimension ' .. d)
      target = target:narrow(d, math.floor(rest / 2) + 1, input:size(d))
   end
   return target
end

function AutoCrop:updateOutput(input, target) return MSE.updateOutput(self, input, cropped(input, target)) end

function AutoCrop:updateGradInput(input, target) return MSE.updateGradInput(self, input, cropped(input, target)) end

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

-- Each element times its class's weight, over the number of elements where the loss is a mean.
local function scaled(self, values)
   if self.weights then
      local weights = self.weights
      if values:dim() ~= 1 then weights = weights:view(1, values:size(2)):expandAs(values) end
      values:cmul(weights)
   end
   if self.sizeAverage then values:div(values:nElement()) end
   return values
end

local function check_targets(input, target)
   assert(input:nElement() == target:nElement(), 'input and target size mismatch')
end

function SoftMargin:updateOutput(input, target)
   check_targets(input, target)
   self.sigmoid:updateOutput(input)
   -- -y log s(x) - (1 - y) log(1 - s(x)) = max(x, 0) - x y + log(1 + exp(-|x|))
   local losses = torch.cmax(input, 0):addcmul(-1, input, target):add(torch.abs(input):mul(-1):exp():log1p())
   self.output = scaled(self, losses):sum()
   return self.output
end

function SoftMargin:updateGradInput(input, target)
   check_targets(input, target)
   self.gradInput:resizeAs(input):copy(input):sigmoid():add(-1, target)
   scaled(self, self.gradInput)
   return self.gradInput
end

------------------------------------------------------------------------------------------------------------- L1Cost

local L1Cost, l1_parent = torch.class('nn.L1Cost', 'nn.Criterion')

--- The sum of the input's magnitudes; there is no target.
function L1Cost:__init() l1_parent.__init(self) end

function L1Cost:updateOutput(input)
   self.output = input:norm(1)
   return self.output
end

function L1Cost:updateGradInput(input)
   self.gradInput:resizeAs(input):copy(input):sign()
   return self.gradInput
end

function L1Cost:clearState()
   if self.output_tensor then self.output_tensor:set() end -- in files made elsewhere
   return self
end
