-- cudnn's losses and softmax over every place of planes and volumes.

local torch = require 'torch'
local nn = require 'nn'
local cudnn = _G.cudnn

------------------------------------------------------------------------------------------------ softmax of volumes

-- Scores of (N x) C x T x H x W as planes: the softmax is over C alone.
local function as_planes(x)
   local d = x:dim()
   if d < 4 then return x end
   local sizes = x:size()
   if d == 4 then return x:contiguous():view(sizes[1], sizes[2] * sizes[3], sizes[4]) end
   return x:contiguous():view(sizes[1], sizes[2], sizes[3] * sizes[4], sizes[5])
end

for _, name in ipairs {'SoftMax', 'LogSoftMax'} do
   local Class, parent = torch.class('cudnn.Volumetric' .. name, 'nn.Spatial' .. name)

   function Class:updateOutput(input)
      parent.updateOutput(self, as_planes(input))
      self.output = self.output:viewAs(input)
      return self.output
   end

   function Class:updateGradInput(input, gradOutput)
      local output = self.output
      self.output = as_planes(output)
      parent.updateGradInput(self, as_planes(input), as_planes(gradOutput))
      self.output, self.gradInput = output, self.gradInput:viewAs(input)
      return self.gradInput
   end
end

-------------------------------------------------------------------------------------------- losses of every place

-- `planes` is the number of dimensions of scores without a batch, its first one that of the classes.
local function loss(name, planes, softmax)
   local Class = cudnn[name]

   function Class:__init(weights)
      nn.Criterion.__init(self)
      self.slsm = softmax()
      self.nll = nn.ClassNLLCriterion(weights)
   end

   local function batch(x) return x:dim() == planes and x:view(1, unpack(x:size():totable())) or x end

   -- A row of scores for each place, and back.
   local function rows(x)
      local d = x:dim()
      local order = {1}
      for i = 3, d do order[#order + 1] = i end
      order[#order + 1] = 2
      return x:permute(unpack(order)):contiguous():view(-1, x:size(2))
   end
   local function back(x, like)
      local sizes, d = like:size():totable(), like:dim()
      local moved = {sizes[1], unpack(sizes, 3)}
      moved[#moved + 1] = sizes[2]
      local order = {1, d}
      for i = 2, d - 1 do order[#order + 1] = i end
      return x:view(unpack(moved)):permute(unpack(order)):contiguous()
   end

   -- Scores without planes are those of nn's criterion.
   local function check(self, input, target)
      if not torch.isTensor(input) or not torch.isTensor(target) then
         error(('%s: input is a %s and target a %s, tensors are needed'):format(name, torch.type(input), torch.type(target)), 0)
      end
      input = batch(input)
      if input:dim() ~= planes + 1 or target:nElement() * input:size(2) ~= input:nElement() then
         error(('cudnn.%s: input has sizes %s and target %s: a label for each place of %d or %d dimensions is needed'):format(name,
            table.concat(input:size():totable(), 'x'), table.concat(target:size():totable(), 'x'), planes, planes + 1), 0)
      end
      return input, target:contiguous():view(-1)
   end

   function Class:updateOutput(input, target)
      input, target = check(self, input, target)
      self.slsm:updateOutput(input)
      self.output = self.nll:updateOutput(rows(self.slsm.output), target)
      return self.output
   end

   function Class:updateGradInput(input, target)
      local given, labels = check(self, input, target)
      local gradient = self.nll:updateGradInput(rows(self.slsm.output), labels)
      self.gradInput = self.slsm:updateGradInput(given, back(gradient, given)):viewAs(input)
      return self.gradInput
   end
end

loss('SpatialCrossEntropyCriterion', 3, function() return cudnn.SpatialLogSoftMax() end)
loss('VolumetricCrossEntropyCriterion', 4, function() return cudnn.VolumetricLogSoftMax() end)
