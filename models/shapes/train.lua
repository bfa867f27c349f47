-- Steps of training, and tests.
require 'torch'
local optim = require 'optim'

local M = {}
local Trainer = torch.class('resnet.Trainer', M)

function Trainer:__init(model, criterion, opt, optimState)
   self.model, self.criterion, self.opt = model, criterion, opt
   self.optimState = optimState or {
      learningRate = opt.LR, momentum = opt.momentum, nesterov = true, dampening = 0, weightDecay = opt.weightDecay,
   }
   self.params, self.gradParams = model:getParameters()
end

function Trainer:train(epoch, dataloader)
   self.optimState.learningRate = self:learningRate(epoch)
   local function feval() return self.criterion.output, self.gradParams end
   local sum, right, count = 0, 0, 0
   self.model:training()
   for n, sample in dataloader:run(epoch) do
      local output = self.model:forward(sample.input)
      local loss = self.criterion:forward(output, sample.target)
      self.model:zeroGradParameters()
      self.model:backward(sample.input, self.criterion:backward(output, sample.target))
      optim.sgd(feval, self.params, self.optimState)

      local batch = sample.target:size(1)
      sum, right, count = sum + loss * batch, right + self:right(output, sample.target), count + batch
      print((' | Epoch: [%d][%d/%d]  Err %.4f'):format(epoch, n, dataloader:size(), loss))
   end
   return 100 * right / count, sum / count
end

function Trainer:test(epoch, dataloader)
   local right, count = 0, 0
   self.model:evaluate()
   for _, sample in dataloader:run(epoch) do
      right = right + self:right(self.model:forward(sample.input), sample.target)
      count = count + sample.target:size(1)
   end
   self.model:training()
   return 100 * right / count
end

function Trainer:right(output, target)
   local _, best = output:max(2)
   return best:long():view(-1):eq(target):sum()
end

function Trainer:learningRate(epoch)
   return self.opt.LR * 0.1 ^ math.floor((epoch - 1) / math.ceil(self.opt.nEpochs * 2 / 3))
end

return M.Trainer
