-- nn.Kmeans: the nearest of k centres, which move to the means of what is near them.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'

local Kmeans, parent = torch.class('nn.Kmeans', 'nn.Module')

function Kmeans:__init(k, dim, scale)
   parent.__init(self)
   if type(k) ~= 'number' or k < 1 or type(dim) ~= 'number' or dim < 1 then
      error(('nn.Kmeans: k is %s and dim is %s, numbers from 1 are needed'):format(tostring(k), tostring(dim)), 3)
   end
   self.k, self.dim, self.scale = k, dim, scale
   self.weight, self.gradWeight = torch.Tensor(k, dim), torch.Tensor(k, dim):zero()
   self.loss = 0
   self.clusterSampleCount = torch.Tensor(k):zero()
   self:reset()
end

function Kmeans:reset(stdv)
   stdv = stdv or 1
   self.weight:uniform(-stdv, stdv)
end

local function samples(self, input, least)
   if input:dim() ~= 2 or input:size(2) ~= self.dim or input:size(1) < least then
      error(('nn.Kmeans(%d, %d): input has sizes %s, %d or more vectors of %d are needed'):format(self.k, self.dim,
         table.concat(input:size():totable(), 'x'), least, self.dim), 3)
   end
   return input:size(1)
end

--- Centres from samples drawn at random.
function Kmeans:initRandom(input)
   local count = samples(self, input, self.k)
   local drawn = torch.zeros(self.k):random(1, count)
   for i = 1, self.k do self.weight[i]:copy(input[drawn[i]]) end
end

--- Centres far from each other: each next one is drawn from the share `1 - p` of the samples that lie farthest away.
function Kmeans:initKmeansPlus(input, p)
   self.p = p or self.p or 0.95
   if self.p < 0 or self.p > 1 then error('nn.Kmeans: p is ' .. self.p .. ', a number from 0 to 1 is needed', 2) end
   local count = samples(self, input, self.k)
   local far = math.max(1, math.ceil((1 - self.p) * count))
   self.weight[1]:copy(input[torch.random(count)])
   local distances = input.new(count):fill(math.huge)
   for k = 2, self.k do
      local to_last = (input - self.weight:narrow(1, k - 1, 1):expandAs(input)):pow(2):sum(2):view(-1)
      distances:cmin(to_last)
      local _, order = distances:sort(true)
      self.weight[k]:copy(input[order[torch.random(far)]])
   end
end

function Kmeans:updateOutput(input)
   samples(self, input, 1)
   self.loss = kernels.nearest_forward(self.output, input, self.weight)
   return self.output
end

function Kmeans:updateGradInput(input)
   self.gradInput:resizeAs(input):zero()
   return self.gradInput
end

-- With a learning rate of 1, each centre moves to the mean of the samples nearest to it.
function Kmeans:accGradParameters(input, _, scale)
   samples(self, input, 1)
   kernels.nearest_backward(self.gradWeight, self.clusterSampleCount, input, self.weight, self.output,
      self.scale or scale or 1)
end

function Kmeans:clearState() return parent.clearState(self) end
