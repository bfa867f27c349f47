-- Tells drawn shapes with a residual net, in the manner of fb.resnet.torch.
--   th main.lua -nEpochs 6
--   th main.lua -resume checkpoints      goes on as if it had not stopped
require 'torch'
require 'paths'
require 'optim'
require 'nn'

package.path = paths.concat(paths.dirname(paths.thisfile()), '?.lua') .. ';' .. package.path
local opts = require 'opts'
local DataLoader = require 'dataloader'
local models = require 'models/init'
local Trainer = require 'train'
local checkpoints = require 'checkpoints'
local shapes = require 'datasets/shapes'

local opt = opts.parse(arg)
torch.setdefaulttensortype('torch.DoubleTensor')
torch.setnumthreads(1)
torch.manualSeed(opt.manualSeed)

local checkpoint = checkpoints.latest(opt)
local model, criterion = models.setup(opt, checkpoint, #shapes.classes)
local trainLoader, valLoader = DataLoader.create(opt)
local trainer = Trainer(model, criterion, opt, checkpoint and checkpoint.optimState)

local best = checkpoint and checkpoint.best or 0
if checkpoint ~= nil then torch.setRNGState(checkpoint.rng) end
for epoch = checkpoint and checkpoint.epoch + 1 or 1, opt.nEpochs do
   local trainTop1, trainLoss = trainer:train(epoch, trainLoader)
   local top1 = trainer:test(epoch, valLoader)
   print((' * Finished epoch %d: loss %.6f, top1 in training %.3f, in validation %.3f'):format(
      epoch, trainLoss, trainTop1, top1))
   best = math.max(best, top1)
   checkpoints.save(epoch, model, trainer.optimState, best, opt)
end
print((' * Best top1: %.3f'):format(best))
trainLoader:close()
valLoader:close()
