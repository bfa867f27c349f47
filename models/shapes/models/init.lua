-- The net, new or from a checkpoint.
require 'nn'

local M = {}

local function residual(planes)
   local branch = nn.Sequential()
   branch:add(nn.SpatialConvolution(planes, planes, 3, 3, 1, 1, 1, 1)):add(nn.SpatialBatchNormalization(planes))
   branch:add(nn.ReLU(true))
   branch:add(nn.SpatialConvolution(planes, planes, 3, 3, 1, 1, 1, 1)):add(nn.SpatialBatchNormalization(planes))
   local block = nn.Sequential()
   block:add(nn.ConcatTable():add(branch):add(nn.Identity()))
   return block:add(nn.CAddTable(true)):add(nn.ReLU(true))
end

local function initialize(model, seed)
   torch.manualSeed(seed) -- new batch normalisations draw their weights here and not in Python
   for _, conv in ipairs(model:findModules('nn.SpatialConvolution')) do
      conv.weight:normal(0, math.sqrt(2 / (conv.kW * conv.kH * conv.nOutputPlane)))
      conv.bias:zero()
   end
   for _, norm in ipairs(model:findModules('nn.SpatialBatchNormalization')) do
      norm.weight:fill(1)
      norm.bias:zero()
   end
   for _, linear in ipairs(model:findModules('nn.Linear')) do
      linear:reset()
      linear.bias:zero()
   end
end

function M.setup(opt, checkpoint, classes)
   if checkpoint ~= nil then return torch.load(checkpoint.modelFile), nn.CrossEntropyCriterion() end
   local planes = opt.planes
   local model = nn.Sequential()
   model:add(nn.SpatialConvolution(3, planes, 3, 3, 1, 1, 1, 1))
   model:add(nn.SpatialBatchNormalization(planes)):add(nn.ReLU(true))
   model:add(nn.SpatialMaxPooling(2, 2, 2, 2))
   model:add(residual(planes))
   model:add(nn.SpatialConvolution(planes, 2 * planes, 3, 3, 2, 2, 1, 1))
   model:add(nn.SpatialBatchNormalization(2 * planes)):add(nn.ReLU(true))
   model:add(residual(2 * planes))
   model:add(nn.Mean(4)):add(nn.Mean(3))
   model:add(nn.Linear(2 * planes, classes))
   initialize(model, opt.manualSeed)
   return model, nn.CrossEntropyCriterion()
end

return M
