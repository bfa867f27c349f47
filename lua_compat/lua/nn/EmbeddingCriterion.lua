-- Criteria of pairs of inputs, {x1, x2}: how near they are, or which of them is the larger.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'
local checks = require 'nn.checks'

-- A criterion of two inputs of the same sizes, a target and a margin, which is so much where none is given.
-- One that `averages` has sizeAverage too, for the kernel; `empty` makes the gradients that a new one has.
local function of_pairs(name, margin, averages, kernel, empty)
   local Criterion, parent = torch.class('nn.' .. name, 'nn.Criterion')
   local forward, backward = kernels[kernel], kernels[kernel .. '_backward']

   function Criterion:__init(given)
      parent.__init(self)
      if given == nil then given = margin end
      self.margin = given
      self.gradInput = {empty(), empty()}
      if averages then self.sizeAverage = true end
   end

   local function options(self)
      if averages then return self.margin, self.sizeAverage end
      return self.margin
   end

   function Criterion:updateOutput(input, target)
      local first, second = checks.alike(self, input)
      self.output = forward(first, second, target, options(self))
      return self.output
   end

   function Criterion:updateGradInput(input, target)
      local first, second = checks.alike(self, input)
      local gradients = self.gradInput
      backward(gradients[1], gradients[2], first, second, target, options(self))
      return gradients
   end

   return Criterion, parent
end

local function none() return torch.Tensor() end
local function one() return torch.Tensor(1) end

--- The loss |x1 - x2| in the 1-norm for a target of 1, max(0, margin - |x1 - x2|) for one of -1.
of_pairs('L1HingeEmbeddingCriterion', 1, false, 'l1_hinge_loss', none)

--- The loss 1 - cos(x1, x2) for a target of 1, max(0, cos(x1, x2) - margin) for one of -1; vectors or batches of them.
local CosineEmbedding, cosine_parent = of_pairs('CosineEmbeddingCriterion', 0, true, 'cosine_embedding_loss', none)

-- Files made elsewhere hold masks, which stay bytes.
function CosineEmbedding:type(type_name, done)
   if type_name then self._idx = nil end
   return cosine_parent.type(self, type_name, done)
end

--- The loss max(0, margin - y (x1 - x2)): x1 is to rank above x2 where y is 1, below where it is -1.
-- The target is a number for a pair of one element each, else a tensor of the inputs' size.
of_pairs('MarginRankingCriterion', 1, true, 'margin_ranking_loss', one)

--------------------------------------------------------------------------------------------- DistanceRatioCriterion

local DistanceRatio, ratio_parent = torch.class('nn.DistanceRatioCriterion', 'nn.Criterion')

--- The loss -log(exp(-s) / (exp(-s) + exp(-d))) of distances {s, d}: of what is alike and of what is not.
-- The loss is returned and kept in `loss`; `output` stays as it was.
function DistanceRatio:__init(sizeAverage)
   ratio_parent.__init(self)
   self.sizeAverage = sizeAverage == nil or sizeAverage
end

function DistanceRatio:updateOutput(input)
   checks.elements(self, input, 2)
   self.loss = kernels.distance_ratio_loss(input[1], input[2], self.sizeAverage)
   return self.loss
end

function DistanceRatio:updateGradInput(input)
   checks.elements(self, input, 2)
   if type(self.gradInput) ~= 'table' then self.gradInput = {input[1].new(), input[2].new()} end
   kernels.distance_ratio_loss_backward(self.gradInput[1], self.gradInput[2], input[1], input[2], self.sizeAverage)
   return self.gradInput
end

function DistanceRatio:type(type_name, done) return ratio_parent.type(self, type_name, done) end
