-- A siamese net (Bromley et al., 1994): twins with the same parameters, trained to give like pairs like codes:
--   th models/siamese/siamese.lua
local torch = require 'torch'
local nn = require 'nn'
local paths = require 'paths'
local common = paths.dofile('../common.lua')

local function siamese(code, margin)
   local twin = nn.Sequential()
   twin:add(nn.SpatialConvolution(1, 8, 5, 5))
   twin:add(nn.ReLU(true))
   twin:add(nn.SpatialMaxPooling(2, 2, 2, 2))
   twin:add(nn.SpatialConvolution(8, 16, 5, 5))
   twin:add(nn.ReLU(true))
   twin:add(nn.SpatialMaxPooling(2, 2, 2, 2))
   twin:add(nn.View(16 * 4 * 4))
   twin:add(nn.Linear(16 * 4 * 4, code))
   -- A module keeps the output of its last input, so each side is a module; they share what is trained.
   local model = nn.ParallelTable()
   model:add(twin)
   model:add(twin:clone('weight', 'bias', 'gradWeight', 'gradBias'))
   return model, nn.CosineEmbeddingCriterion(margin)
end

local opt = common.options('Siamese net', {
   {'code', 16, 'size of the codes'},
   {'margin', 0.2, 'unlike pairs cost nothing below this cosine'},
})
local model, criterion = siamese(opt.code, opt.margin)
local input = {torch.randn(opt.batch, 1, 28, 28), torch.randn(opt.batch, 1, 28, 28)}
local target = common.labels(opt.batch, 2):mul(2):add(-3) -- 1 for a like pair, -1 for an unlike one
common.run(model, criterion, input, target, opt)
