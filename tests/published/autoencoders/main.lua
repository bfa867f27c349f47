-- A collection of autoencoders, one file each in models/, trained on handwritten digits.
local optim = require 'optim'
local nn = require 'nn'
local image = require 'image'
pcall(require, 'cudnn')
local cuda = pcall(require, 'cutorch')
require 'dpnn_like'

local cmd = torch.CmdLine()
cmd:option('-data', '../../../models/digits/digits.t7', 'Digits, a table of images (n x 8 x 8) and labels')
cmd:option('-model', 'AE', 'Model: AE|SparseAE|DenoisingAE|ConvAE|VAE|AAE')
cmd:option('-learningRate', 0.01, 'Learning rate')
cmd:option('-optimiser', 'adam', 'Optimiser')
cmd:option('-epochs', 5, 'Training epochs')
cmd:option('-batchSize', 50, 'Batch size')
cmd:option('-samples', 500, 'Training samples')
cmd:option('-denoise', 'false', 'Train on noisy input: false|true')
cmd:option('-picture', '', 'Where to save reconstructions')
local opt = cmd:parse(arg)
opt.denoise = opt.denoise == 'true'

torch.setdefaulttensortype('torch.FloatTensor')
torch.manualSeed(1)
if cuda then
   cutorch.manualSeed(1)
end

local digits = torch.load(opt.data)
local XTrain = digits.images:narrow(1, 1, opt.samples):float():div(digits.images:max())
local XTest = digits.images:narrow(1, opt.samples + 1, 100):float():div(digits.images:max())

local Model = require('models/' .. opt.model)
Model:createAutoencoder(XTrain)
local autoencoder = Model.autoencoder
if cuda then
   XTrain, XTest = XTrain:cuda(), XTest:cuda()
   autoencoder:cuda()
end

local adversary, advCriterion
if opt.model == 'AAE' then
   Model:createAdversary()
   adversary, advCriterion = Model.adversary, nn.BCECriterion()
end

if cuda and adversary then
   adversary:cuda()
   advCriterion:cuda()
end

local theta, gradTheta = autoencoder:getParameters()
local thetaAdv, gradThetaAdv
if adversary then thetaAdv, gradThetaAdv = adversary:getParameters() end

local criterion = nn.BCECriterion()
if cuda then criterion:cuda() end
local x, xHat

local function feval(params)
   if theta ~= params then theta:copy(params) end
   gradTheta:zero()
   if gradThetaAdv then gradThetaAdv:zero() end
   local input = x
   if opt.denoise then
      input = Model.noiser and Model.noiser:forward(x) or x + torch.rand(x:size()):csub(0.5):mul(0.4)
   end
   xHat = autoencoder:forward(input)
   local loss = criterion:forward(xHat, x)
   local gradLoss = criterion:backward(xHat, x)
   autoencoder:backward(input, gradLoss)

   if opt.model == 'VAE' then
      -- The divergence from the prior, and its gradient.
      local mean, logVar = table.unpack(Model.encoder.output)
      local var = torch.exp(logVar)
      local KLLoss = 0.5 * torch.sum(torch.pow(mean, 2) + var - logVar - 1)
      KLLoss = KLLoss / mean:nElement()
      loss = loss + KLLoss
      local gradKLLoss = {mean / mean:nElement(), 0.5 * (var - 1) / mean:nElement()}
      Model.encoder:backward(input, gradKLLoss)
   end

   if adversary then
      local real = torch.Tensor(opt.batchSize, Model.zSize):normal(0, 1):typeAs(XTrain)
      local YReal, YFake = torch.ones(opt.batchSize):typeAs(XTrain), torch.zeros(opt.batchSize):typeAs(XTrain)
      local pred = adversary:forward(real)
      local realLoss = advCriterion:forward(pred, YReal)
      adversary:backward(real, advCriterion:backward(pred, YReal))
      pred = adversary:forward(Model.encoder.output)
      local fakeLoss = advCriterion:forward(pred, YFake)
      adversary:backward(Model.encoder.output, advCriterion:backward(pred, YFake))
      local _, advLoss = optim.adam(function() return realLoss + fakeLoss, gradThetaAdv end, thetaAdv, {learningRate = 1e-3})
      -- The encoder is to fool the adversary.
      pred = adversary:forward(Model.encoder.output)
      local gradMinimax = adversary:updateGradInput(Model.encoder.output, advCriterion:backward(pred, YReal))
      Model.encoder:backward(input, gradMinimax)
      assert(advLoss[1] > 0)
   end
   return loss, gradTheta
end

local optimParams = {learningRate = opt.learningRate}
local losses = {}
for epoch = 1, opt.epochs do
   local sum, count = 0, 0
   for n = 1, opt.samples, opt.batchSize do
      x = XTrain:narrow(1, n, math.min(opt.batchSize, opt.samples - n + 1))
      local _, loss = optim[opt.optimiser](feval, theta, optimParams)
      sum, count = sum + loss[1], count + 1
      losses[#losses + 1] = loss[1]
   end
   print(('Epoch %d/%d: loss %.4f'):format(epoch, opt.epochs, sum / count))
end

autoencoder:evaluate()
x = XTest:narrow(1, 1, 10)
xHat = autoencoder:forward(x)
print(('Test: %.4f'):format(criterion:forward(xHat, x)))
xHat = xHat:view(10, 8, 8)
if opt.picture ~= '' then
   local both = torch.cat(image.toDisplayTensor(x:float(), 1, 10), image.toDisplayTensor(xHat:float(), 1, 10), 1)
   image.save(opt.picture, image.scale(both, both:size(2) * 4, both:size(1) * 4, 'simple'))
end
