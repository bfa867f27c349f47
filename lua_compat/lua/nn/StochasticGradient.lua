-- nn.StochasticGradient: training one example at a time.

local torch = require 'torch'

local StochasticGradient = torch.class('nn.StochasticGradient')

--- Scripts change the fields: learningRate, learningRateDecay, maxIteration (0 or less: without end), shuffleIndices,
--- verbose, hookExample(self, example), hookIteration(self, iteration, error).
function StochasticGradient:__init(module, criterion)
   self.learningRate = 0.01
   self.learningRateDecay = 0
   self.maxIteration = 25
   self.shuffleIndices = true
   self.module = module
   self.criterion = criterion
   self.verbose = true
end

-- The order of the examples, the same in every iteration.
local function order(self, count)
   if self.shuffleIndices then return torch.randperm(count) end
   return torch.range(1, count)
end

--- dataset[i] is {input, target}, dataset:size() how many there are.
function StochasticGradient:train(dataset)
   local module, criterion, count = self.module, self.criterion, dataset:size()
   local rate, iteration = self.learningRate, 1
   local indices = order(self, count)
   print('# StochasticGradient: training')
   while true do
      local total = 0
      for t = 1, count do
         local example = dataset[indices[t]]
         local input, target = example[1], example[2]
         total = total + criterion:forward(module:forward(input), target)
         module:updateGradInput(input, criterion:updateGradInput(module.output, target))
         module:accUpdateGradParameters(input, criterion.gradInput, rate)
         if self.hookExample then self.hookExample(self, example) end
      end
      total = total / count
      if self.hookIteration then self.hookIteration(self, iteration, total) end
      if self.verbose then print('# current error = ' .. total) end
      iteration = iteration + 1
      rate = self.learningRate / (1 + iteration * self.learningRateDecay)
      if self.maxIteration > 0 and iteration > self.maxIteration then
         print('# StochasticGradient: you have reached the maximum number of iterations')
         print('# training error = ' .. total)
         return
      end
   end
end
