-- DCGAN (Radford et al., 2016): a generator of pictures of 64 x 64, and a discriminator that tells them from real ones:
--   th models/dcgan/dcgan.lua -width 16
local torch = require 'torch'
local nn = require 'nn'
local optim = require 'optim'
local paths = require 'paths'
local common = paths.dofile('../common.lua')

-- From noise of nz x 1 x 1 to a picture.
local function generator(nz, width)
   local model = nn.Sequential()
   local planes = 8 * width
   model:add(nn.SpatialFullConvolution(nz, planes, 4, 4):noBias())
   model:add(nn.SpatialBatchNormalization(planes)):add(nn.ReLU(true))
   for _ = 1, 3 do -- 4 x 4, 8 x 8, 16 x 16, 32 x 32
      model:add(nn.SpatialFullConvolution(planes, planes / 2, 4, 4, 2, 2, 1, 1):noBias())
      planes = planes / 2
      model:add(nn.SpatialBatchNormalization(planes)):add(nn.ReLU(true))
   end
   model:add(nn.SpatialFullConvolution(planes, 3, 4, 4, 2, 2, 1, 1):noBias())
   model:add(nn.Tanh())
   return model
end

-- From a picture to the probability that it is a real one.
local function discriminator(width)
   local model = nn.Sequential()
   local planes = width
   model:add(nn.SpatialConvolution(3, planes, 4, 4, 2, 2, 1, 1):noBias())
   model:add(nn.LeakyReLU(0.2, true))
   for _ = 1, 3 do -- 32 x 32, 16 x 16, 8 x 8, 4 x 4
      model:add(nn.SpatialConvolution(planes, planes * 2, 4, 4, 2, 2, 1, 1):noBias())
      planes = planes * 2
      model:add(nn.SpatialBatchNormalization(planes)):add(nn.LeakyReLU(0.2, true))
   end
   model:add(nn.SpatialConvolution(planes, 1, 4, 4):noBias())
   model:add(nn.Sigmoid())
   model:add(nn.View(1):setNumInputDims(3))
   return model
end

local function initialize(module)
   local name = torch.type(module)
   if name:find('Convolution') then
      module.weight:normal(0, 0.02)
   elseif name:find('BatchNormalization') then
      module.weight:normal(1, 0.02)
      module.bias:zero()
   end
end

local opt = common.options('DCGAN', {
   {'noise', 100, 'size of the noise'},
   {'width', 64, 'planes next to the picture, in both nets'},
   {'rate', 0.0002, 'learning rate'},
   {'steps', 3, 'steps of training'},
})
local G, D = generator(opt.noise, opt.width), discriminator(opt.width)
torch.manualSeed(opt.seed) -- new batch normalisations draw their weights in Torch7, and not in Python
G:apply(initialize)
D:apply(initialize)
local criterion = nn.BCECriterion()

local noise = torch.Tensor(opt.batch, opt.noise, 1, 1):normal(0, 1)
local real = torch.Tensor(opt.batch, 3, 64, 64):uniform(-1, 1)
print('generator')
common.describe(G, noise)
print('discriminator')
common.describe(D, real)

local g_parameters, g_gradients = G:getParameters()
local d_parameters, d_gradients = D:getParameters()
local initial = g_parameters:clone()
local g_state, d_state = {learningRate = opt.rate, beta1 = 0.5}, {learningRate = opt.rate, beta1 = 0.5}
local ones, zeros = torch.ones(opt.batch, 1), torch.zeros(opt.batch, 1)

-- The discriminator learns that real pictures are real and made ones are not.
local fake
local function d_eval()
   d_gradients:zero()
   local loss = 0
   for _, pair in ipairs {{real, ones}, {fake, zeros}} do
      local said = D:forward(pair[1])
      loss = loss + criterion:forward(said, pair[2])
      D:backward(pair[1], criterion:backward(said, pair[2]))
   end
   return loss, d_gradients
end

-- The generator learns to make pictures that are taken for real.
local function g_eval()
   g_gradients:zero()
   local said = D:forward(fake)
   local loss = criterion:forward(said, ones)
   G:backward(noise, D:updateGradInput(fake, criterion:backward(said, ones)))
   return loss, g_gradients
end

local losses = {}
for step = 1, opt.steps do
   noise:normal(0, 1)
   fake = G:forward(noise)
   local _, d_loss = optim.adam(d_eval, d_parameters, d_state)
   local _, g_loss = optim.adam(g_eval, g_parameters, g_state)
   losses[#losses + 1] = d_loss[1]
   losses[#losses + 1] = g_loss[1]
   print(string.format('step %d: loss of the discriminator %.6f, of the generator %.6f', step, d_loss[1], g_loss[1]))
end
common.keep(opt, G, noise, {initial = initial, trained = g_parameters, losses = losses, discriminator = D})
