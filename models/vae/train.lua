-- A variational autoencoder on pictures of handwritten digits (Kingma and Welling, 2014).
--   th train.lua -epochs 40
require 'torch'
require 'nn'
require 'nngraph'
require 'optim'
require 'image'
require 'paths'

local here = paths.dirname(paths.thisfile())
paths.dofile('layers.lua')

local cmd = torch.CmdLine()
cmd:text()
cmd:text('A variational autoencoder on handwritten digits')
cmd:text()
cmd:option('-data', paths.concat(here, '../digits/digits.t7'), 'the data set')
cmd:option('-hidden', 128, 'units of the hidden layers')
cmd:option('-batchSize', 50, 'pictures in one step')
cmd:option('-epochs', 40, 'passes over the pictures')
cmd:option('-images', 1750, 'pictures to train on, from the first')
cmd:option('-learningRate', 0.002, 'learning rate')
cmd:option('-seed', 1, 'random seed')
cmd:option('-type', 'double', 'double | float')
cmd:option('-save', 'out', 'folder for the net and the pictures')
cmd:text()
local opt = cmd:parse(arg)
local LATENT = 2 -- a plane, so that it can be shown

torch.setdefaulttensortype(opt.type == 'float' and 'torch.FloatTensor' or 'torch.DoubleTensor')
torch.manualSeed(opt.seed)

local images = torch.load(opt.data).images:type(torch.getdefaulttensortype()):div(16)
local count = opt.images - opt.images % opt.batchSize
images = images:view(-1, 64):narrow(1, 1, count)

-- net
local input = nn.Identity()()
local hidden = nn.ReLU(true)(nn.Linear(64, opt.hidden)(input))
local mean, log_variance = nn.Linear(opt.hidden, LATENT)(hidden), nn.Linear(opt.hidden, LATENT)(hidden)
local encoder = nn.gModule({input}, {mean, log_variance})

local decoder = nn.Sequential()
decoder:add(nn.Linear(LATENT, opt.hidden)):add(nn.ReLU(true))
decoder:add(nn.Linear(opt.hidden, opt.hidden)):add(nn.ReLU(true))
decoder:add(nn.Linear(opt.hidden, 64)):add(nn.Sigmoid())

local picture = nn.Identity()()
local code_mean, code_log_variance = encoder(picture):split(2)
local made = decoder(nn.Sampler()({code_mean, code_log_variance}))
local model = nn.gModule({picture}, {made, code_mean, code_log_variance})

local reconstruction = nn.BCECriterion()
reconstruction.sizeAverage = false
local divergence = nn.KLDCriterion()

local parameters, gradients = model:getParameters()
print(parameters:nElement() .. ' parameters')

-- training
local state = {learningRate = opt.learningRate}
local losses = {}
for epoch = 1, opt.epochs do
   local order = torch.randperm(count):long():split(opt.batchSize)
   local totals = {0, 0}
   for _, pick in ipairs(order) do
      local batch = images:index(1, pick)
      local function feval()
         gradients:zero()
         local out, m, v = unpack(model:forward(batch))
         local error_of_pictures = reconstruction:forward(out, batch)
         local error_of_codes = divergence:forward({m, v})
         local d_m, d_v = unpack(divergence:backward({m, v}))
         model:backward(batch, {reconstruction:backward(out, batch), d_m, d_v})
         gradients:div(opt.batchSize)
         totals = {totals[1] + error_of_pictures, totals[2] + error_of_codes}
         return (error_of_pictures + error_of_codes) / opt.batchSize, gradients
      end
      optim.adam(feval, parameters, state)
   end
   losses[epoch] = (totals[1] + totals[2]) / count
   print(string.format('epoch %d: loss %.5f = %.5f of the pictures + %.5f of the codes', epoch, losses[epoch],
                       totals[1] / count, totals[2] / count))
end

-- pictures
local function grid(pictures, columns)
   return image.toDisplayTensor {input = pictures:view(-1, 1, 8, 8), padding = 1, nrow = columns, min = 0, max = 1}
end
local function save(name, picture_grid)
   local path = paths.concat(opt.save, name)
   image.save(path, image.scale(picture_grid, picture_grid:size(2) * 4, picture_grid:size(1) * 4, 'simple'))
   print('saved ' .. name)
end
paths.mkdir(opt.save)
model:evaluate()

-- Rows of digits, each above what the net makes of it.
local shown = images:narrow(1, 1, 40)
local rows = torch.cat(shown:view(4, 10, 64), model:forward(shown)[1]:view(4, 10, 64), 2)
save('reconstructions.png', grid(rows:view(-1, 64), 10))

-- What is made of codes drawn from the standard normal distribution.
save('samples.png', grid(decoder:forward(torch.randn(100, LATENT)), 10))

-- What is made of codes on a square of the plane.
local side, codes = 15, {}
for i = 1, side do
   for j = 1, side do codes[#codes + 1] = {-2.1 + 0.3 * (i - 1), -2.1 + 0.3 * (j - 1)} end
end
save('manifold.png', grid(decoder:forward(torch.Tensor(codes)), side))

model:clearState()
torch.save(paths.concat(opt.save, 'decoder.t7'), {decoder = decoder, losses = losses})
