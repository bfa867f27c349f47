-- LeNet-5 (LeCun et al., 1998) for pictures of 32 x 32, with max pooling:  th models/lenet/lenet.lua
local torch = require 'torch'
local nn = require 'nn'
local paths = require 'paths'
local common = paths.dofile('../common.lua')

local function lenet(classes)
   local model = nn.Sequential()
   model:add(nn.SpatialConvolution(1, 6, 5, 5))
   model:add(nn.Tanh())
   model:add(nn.SpatialMaxPooling(2, 2, 2, 2))
   model:add(nn.SpatialConvolution(6, 16, 5, 5))
   model:add(nn.Tanh())
   model:add(nn.SpatialMaxPooling(2, 2, 2, 2))
   model:add(nn.View(16 * 5 * 5))
   model:add(nn.Linear(16 * 5 * 5, 120))
   model:add(nn.Tanh())
   model:add(nn.Linear(120, 84))
   model:add(nn.Tanh())
   model:add(nn.Linear(84, classes))
   model:add(nn.LogSoftMax())
   return model, nn.ClassNLLCriterion()
end

local opt = common.options('LeNet-5', {{'classes', 10, 'number of classes'}})
local model, criterion = lenet(opt.classes)
local input = torch.randn(opt.batch, 1, 32, 32)
common.run(model, criterion, input, common.labels(opt.batch, opt.classes), opt)
