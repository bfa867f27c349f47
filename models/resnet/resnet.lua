-- Residual nets (He et al., 2016), in the two forms that fb.resnet.torch has:
--   th models/resnet/resnet.lua -depth 20
--   th models/resnet/resnet.lua -dataset imagenet -depth 50 -size 64 -batch 2
local torch = require 'torch'
local nn = require 'nn'
local paths = require 'paths'
local common = paths.dofile('../common.lua')

-- The form for ImageNet: blocks in each of the four stages, and their kind.
local STAGES = {
   [18] = {{2, 2, 2, 2}, 'basic'}, [34] = {{3, 4, 6, 3}, 'basic'}, [50] = {{3, 4, 6, 3}, 'bottleneck'},
}

local function convolution(from, to, size, stride)
   local pad = (size - 1) / 2
   return nn.SpatialConvolution(from, to, size, size, stride, stride, pad, pad):noBias()
end

-- Beside the convolutions of a block: the input, brought to the block's output size. Kind A pads with planes of zeros,
-- kind B convolves.
local function shortcut(from, to, stride, kind)
   if from == to and stride == 1 then return nn.Identity() end
   if kind == 'B' then
      return nn.Sequential():add(convolution(from, to, 1, stride)):add(nn.SpatialBatchNormalization(to))
   end
   local padded = nn.Concat(2):add(nn.Identity()):add(nn.MulConstant(0))
   return nn.Sequential():add(nn.SpatialAveragePooling(1, 1, stride, stride)):add(padded)
end

local function residual(branch, beside)
   return nn.Sequential()
      :add(nn.ConcatTable():add(branch):add(beside))
      :add(nn.CAddTable(true))
      :add(nn.ReLU(true))
end

local function basic(from, planes, stride, kind)
   local branch = nn.Sequential()
      :add(convolution(from, planes, 3, stride))
      :add(nn.SpatialBatchNormalization(planes))
      :add(nn.ReLU(true))
      :add(convolution(planes, planes, 3, 1))
      :add(nn.SpatialBatchNormalization(planes))
   return residual(branch, shortcut(from, planes, stride, kind)), planes
end

local function bottleneck(from, planes, stride, kind)
   local to = planes * 4
   local branch = nn.Sequential()
      :add(convolution(from, planes, 1, 1))
      :add(nn.SpatialBatchNormalization(planes))
      :add(nn.ReLU(true))
      :add(convolution(planes, planes, 3, stride))
      :add(nn.SpatialBatchNormalization(planes))
      :add(nn.ReLU(true))
      :add(convolution(planes, to, 1, 1))
      :add(nn.SpatialBatchNormalization(to))
   return residual(branch, shortcut(from, to, stride, kind)), to
end

local BLOCKS = {basic = basic, bottleneck = bottleneck}

-- Adds the stages to a model, each of twice the planes and, after the first, half the size.
local function add_stages(model, counts, block, planes, kind)
   local from = planes
   for stage, count in ipairs(counts) do
      local blocks = nn.Sequential()
      for i = 1, count do
         local made
         made, from = block(from, planes * 2 ^ (stage - 1), stage > 1 and i == 1 and 2 or 1, kind)
         blocks:add(made)
      end
      model:add(blocks)
   end
   return from
end

local function cifar(depth, classes)
   assert((depth - 2) % 6 == 0, 'depth: has to be 6 n + 2')
   local n = (depth - 2) / 6
   local model = nn.Sequential()
      :add(convolution(3, 16, 3, 1))
      :add(nn.SpatialBatchNormalization(16))
      :add(nn.ReLU(true))
   local planes = add_stages(model, {n, n, n}, basic, 16, 'A')
   model:add(nn.SpatialAveragePooling(8, 8, 1, 1)):add(nn.View(planes):setNumInputDims(3))
   model:add(nn.Linear(planes, classes))
   return model, nn.CrossEntropyCriterion()
end

local function imagenet(depth, width, classes, size)
   local form = assert(STAGES[depth], 'depth: there are 18, 34 and 50')
   local counts, block = form[1], BLOCKS[form[2]]
   local model = nn.Sequential()
      :add(convolution(3, width, 7, 2))
      :add(nn.SpatialBatchNormalization(width))
      :add(nn.ReLU(true))
      :add(nn.SpatialMaxPooling(3, 3, 2, 2, 1, 1))
   local planes = add_stages(model, counts, block, width, 'B')
   model:add(nn.SpatialAveragePooling(size / 32, size / 32, 1, 1)):add(nn.View(planes):setNumInputDims(3))
   model:add(nn.Linear(planes, classes))
   return model, nn.CrossEntropyCriterion()
end

local opt = common.options('Residual nets', {
   {'dataset', 'cifar', 'cifar | imagenet: the form of the net'},
   {'depth', 20, 'cifar: 6 n + 2; imagenet: 18 | 34 | 50'},
   {'width', 64, 'imagenet: planes of the first convolution'},
   {'classes', 10, 'number of classes'},
   {'size', 32, 'imagenet: width and height of the pictures, a multiple of 32'},
})
local model, criterion
if opt.dataset == 'imagenet' then
   model, criterion = imagenet(opt.depth, opt.width, opt.classes, opt.size)
else
   model, criterion = cifar(opt.depth, opt.classes)
end
common.initialize(model, opt.seed)
local size = opt.dataset == 'imagenet' and opt.size or 32
local input = torch.randn(opt.batch, 3, size, size)
common.run(model, criterion, input, common.labels(opt.batch, opt.classes), opt)
