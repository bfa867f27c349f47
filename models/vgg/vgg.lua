-- VGG (Simonyan and Zisserman, 2015) with batch normalisation and dropout, for pictures of 32 x 32:
--   th models/vgg/vgg.lua -depth 16
local torch = require 'torch'
local nn = require 'nn'
local paths = require 'paths'
local common = paths.dofile('../common.lua')

-- How many convolutions there are before each of the five poolings.
local STAGES = {[11] = {1, 1, 2, 2, 2}, [13] = {2, 2, 2, 2, 2}, [16] = {2, 2, 3, 3, 3}, [19] = {2, 2, 4, 4, 4}}

local function vgg(depth, width, classes)
   local stages = assert(STAGES[depth], 'depth: there are 11, 13, 16 and 19')
   local model = nn.Sequential()
   local planes = 3
   for stage, convolutions in ipairs(stages) do
      local wider = width * math.min(2 ^ (stage - 1), 8)
      for i = 1, convolutions do
         model:add(nn.SpatialConvolution(planes, wider, 3, 3, 1, 1, 1, 1))
         model:add(nn.SpatialBatchNormalization(wider, 1e-3))
         model:add(nn.ReLU(true))
         if i < convolutions then model:add(nn.Dropout(stage == 1 and 0.3 or 0.4)) end
         planes = wider
      end
      model:add(nn.SpatialMaxPooling(2, 2, 2, 2):ceil())
   end
   model:add(nn.View(planes))
   model:add(nn.Dropout(0.5))
   model:add(nn.Linear(planes, planes))
   model:add(nn.BatchNormalization(planes))
   model:add(nn.ReLU(true))
   model:add(nn.Dropout(0.5))
   model:add(nn.Linear(planes, classes))
   return model, nn.CrossEntropyCriterion()
end

local opt = common.options('VGG with batch normalisation', {
   {'depth', 16, '11 | 13 | 16 | 19'},
   {'width', 64, 'planes of the first convolution'},
   {'classes', 10, 'number of classes'},
})
local model, criterion = vgg(opt.depth, opt.width, opt.classes)
common.initialize(model, opt.seed)
local input = torch.randn(opt.batch, 3, 32, 32)
common.run(model, criterion, input, common.labels(opt.batch, opt.classes), opt)
