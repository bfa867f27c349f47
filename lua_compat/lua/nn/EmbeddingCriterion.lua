-- Criteria of pairs of inputs, {x1, x2}: how near they are, or which of them is the larger.

local torch = require 'torch'
local nn = require 'nn'

-- Raises, under the criterion's name, where the input is anything but two tensors of one size.
local function check_pair(self, input)
   local pair = type(input) == 'table' and torch.isTensor(input[1]) and torch.isTensor(input[2])
   if not pair then error(torch.type(self) .. ': input needs to be a table of two tensors', 3) end
   if not input[1]:isSameSizeAs(input[2]) then
      local one, other = input[1]:size():totable(), input[2]:size():totable()
      error(('%s: both inputs need the same sizes, have %s and %s'):format(
         torch.type(self), table.concat(one, 'x'), table.concat(other, 'x')), 3)
   end
end

local L1Hinge, l1_hinge_parent = torch.class('nn.L1HingeEmbeddingCriterion', 'nn.Criterion')

--- The loss |x1 - x2| in the 1-norm for a target of 1, max(0, margin - |x1 - x2|) for one of -1.
function L1Hinge:__init(margin)
   l1_hinge_parent.__init(self)
   self.margin = margin or 1
   self.gradInput = {torch.Tensor(), torch.Tensor()}
end

local function single(target) return torch.isTensor(target) and target[1] or target end

function L1Hinge:updateOutput(input, target)
   check_pair(self, input)
   self.output = input[1]:dist(input[2], 1)
   if single(target) == -1 then self.output = math.max(0, self.margin - self.output) end
   return self.output
end

-- Where the two are equal either slope is as good: one is drawn.
local function drawn_sign(difference)
   if difference > 0 then return 1 end
   if difference < 0 then return -1 end
   return 2 * torch.random(2) - 3
end

function L1Hinge:updateGradInput(input, target)
   check_pair(self, input)
   local first, second = self.gradInput[1], self.gradInput[2]
   first:resizeAs(input[1]):copy(input[1]):add(-1, input[2])
   local distance = first:norm(1)
   first:apply(drawn_sign)
   if single(target) == -1 then first:mul(distance > self.margin and 0 or -1) end
   second:resizeAs(input[2]):zero():add(-1, first)
   return self.gradInput
end

------------------------------------------------------------------------------------------ CosineEmbeddingCriterion

local CosineEmbedding, cosine_parent = torch.class('nn.CosineEmbeddingCriterion', 'nn.Criterion')

local COSINE_EPS = 1e-12 -- added to the squared lengths

--- The loss 1 - cos(x1, x2) for a target of 1, max(0, cos(x1, x2) - margin) for one of -1; vectors or batches of them.
function CosineEmbedding:__init(margin)
   cosine_parent.__init(self)
   self.margin = margin or 0
   self.gradInput = {torch.Tensor(), torch.Tensor()}
   self.sizeAverage = true
end

-- Both inputs as batches, and the targets as a tensor of their type.
local function batches(input, target)
   local x1, x2 = input[1], input[2]
   if x1:dim() == 1 then x1, x2 = x1:view(1, -1), x2:view(1, -1) end
   if not torch.isTensor(target) then target = x1.new{target} end
   if target:nElement() ~= x1:size(1) then
      error(('nn.CosineEmbeddingCriterion: target has %d elements, the inputs %d rows'):format(
         target:nElement(), x1:size(1)), 3)
   end
   return x1, x2, target
end

-- x1.x2, 1 / |x1|^2, 1 / |x2|^2 and 1 / (|x1| |x2|), each a column.
local function products(x1, x2)
   local function dots(a, b) return torch.cmul(a, b):sum(2) end
   local inverse1 = dots(x1, x1):add(COSINE_EPS):pow(-1)
   local inverse2 = dots(x2, x2):add(COSINE_EPS):pow(-1)
   return dots(x1, x2), inverse1, inverse2, torch.cmul(inverse1, inverse2):sqrt()
end

-- The loss of each sample.
local function cosine_losses(self, dot, scale, target)
   local losses = torch.cmul(dot, scale):select(2, 1)
   local apart, alike = target:eq(-1), target:eq(1)
   if apart:sum() > 0 then losses[apart] = torch.cmax(losses[apart]:add(-self.margin), 0) end
   if alike:sum() > 0 then losses[alike] = losses[alike]:mul(-1):add(1) end
   return losses
end

function CosineEmbedding:updateOutput(input, target)
   check_pair(self, input)
   local x1, x2, targets = batches(input, target)
   local dot, _, _, scale = products(x1, x2)
   self.output = cosine_losses(self, dot, scale, targets):sum()
   if self.sizeAverage then self.output = self.output / targets:size(1) end
   return self.output
end

-- d cos / dx = (other / (|x| |other|)) - cos x / |x|^2, times a factor for each sample, into `gradient`.
local function cosine_slope(gradient, x, other, dot, scale, inverse, factor)
   local along = torch.cmul(dot, scale):cmul(inverse)
   gradient:resizeAs(x):copy(other):cmul(scale:expandAs(x)):addcmul(-1, along:expandAs(x), x)
   return gradient:cmul(factor:expandAs(x))
end

function CosineEmbedding:updateGradInput(input, target)
   check_pair(self, input)
   local x1, x2, targets = batches(input, target)
   local dot, inverse1, inverse2, scale = products(x1, x2)
   local factor = x1.new(targets:size(1)):fill(1)
   factor[cosine_losses(self, dot, scale, targets):le(0)] = 0
   factor:cmul(targets:eq(1):typeAs(factor):mul(-2):add(1))
   if self.sizeAverage then factor:div(targets:size(1)) end
   factor = factor:view(-1, 1)
   cosine_slope(self.gradInput[1], x1, x2, dot, scale, inverse1, factor)
   cosine_slope(self.gradInput[2], x2, x1, dot, scale, inverse2, factor)
   for i = 1, 2 do self.gradInput[i]:resizeAs(input[i]) end
   return self.gradInput
end

-- Files made elsewhere hold masks, which stay bytes.
function CosineEmbedding:type(type_name, done)
   if type_name then self._idx = nil end
   return cosine_parent.type(self, type_name, done)
end

--------------------------------------------------------------------------------------------- MarginRankingCriterion

local MarginRanking, ranking_parent = torch.class('nn.MarginRankingCriterion', 'nn.Criterion')

--- The loss max(0, margin - y (x1 - x2)): x1 is to rank above x2 where y is 1, below where it is -1.
-- The target is a number for a pair of one element each, else a tensor of the inputs' size.
function MarginRanking:__init(margin)
   ranking_parent.__init(self)
   self.margin = margin or 1
   self.gradInput = {torch.Tensor(1), torch.Tensor(1)}
   self.sizeAverage = true
end

local function shortfalls(self, input, target)
   return torch.add(input[1], -1, input[2]):cmul(target):mul(-1):add(self.margin)
end

function MarginRanking:updateOutput(input, target)
   check_pair(self, input)
   if not torch.isTensor(target) then
      self.output = math.max(0, self.margin - target * (input[1][1] - input[2][1]))
      return self.output
   end
   self.output = torch.cmax(shortfalls(self, input, target), 0):sum()
   if self.sizeAverage then self.output = self.output / target:size(1) end
   return self.output
end

function MarginRanking:updateGradInput(input, target)
   check_pair(self, input)
   local first, second = self.gradInput[1], self.gradInput[2]
   if not torch.isTensor(target) then
      local short = self.margin - target * (input[1][1] - input[2][1]) >= 0
      first:resize(1):fill(short and -target or 0)
      second:resize(1):fill(short and target or 0)
      return self.gradInput
   end
   local slope = shortfalls(self, input, target):ge(0):typeAs(input[1]):cmul(target)
   if self.sizeAverage then slope:div(target:size(1)) end
   first:resizeAs(input[1]):copy(slope):mul(-1)
   second:resizeAs(input[2]):copy(slope)
   return self.gradInput
end

--------------------------------------------------------------------------------------------- DistanceRatioCriterion

local DistanceRatio, ratio_parent = torch.class('nn.DistanceRatioCriterion', 'nn.Criterion')

--- The loss -log(exp(-s) / (exp(-s) + exp(-d))) of distances {s, d}: of what is alike and of what is not.
-- The loss is returned and kept in `loss`; `output` stays as it was.
function DistanceRatio:__init(sizeAverage)
   ratio_parent.__init(self)
   self.sizeAverage = sizeAverage == nil or sizeAverage
end

local function distances(input)
   assert(#input == 2, 'the input has to be a table of two tensors of distances')
   assert(input[1]:nElement() == input[2]:nElement(), 'both tensors of distances have to be of one size')
   return input[1], input[2]
end

function DistanceRatio:updateOutput(input)
   local alike, apart = distances(input)
   -- log(1 + exp(z)) = max(z, 0) + log(1 + exp(-|z|))
   local gap = torch.add(alike, -1, apart)
   self.loss = torch.cmax(gap, 0):sum() + gap:abs():mul(-1):exp():log1p():sum()
   if self.sizeAverage then self.loss = self.loss / alike:size(1) end
   return self.loss
end

function DistanceRatio:updateGradInput(input)
   local alike, apart = distances(input)
   if type(self.gradInput) ~= 'table' then self.gradInput = {alike.new(), apart.new()} end
   local first, second = self.gradInput[1], self.gradInput[2]
   first:resizeAs(alike):copy(alike):add(-1, apart):sigmoid()
   if self.sizeAverage then first:div(alike:size(1)) end
   second:resizeAs(apart):copy(first):mul(-1)
   return self.gradInput
end

function DistanceRatio:type(type_name, done) return ratio_parent.type(self, type_name, done) end
