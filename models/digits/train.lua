-- Trains a small convolutional net on 8 x 8 images of handwritten digits.
--   th train.lua -epochs 20 -save out/model.t7
require 'torch'
require 'nn'
require 'optim'
require 'xlua'
require 'paths'
require 'Standardize'

local cmd = torch.CmdLine()
cmd:text()
cmd:text('Handwritten digits with a convolutional net')
cmd:text()
cmd:option('-data', '', 'the data set; digits.t7 beside this script if empty')
cmd:option('-seed', 1, 'random seed')
cmd:option('-epochs', 20, 'passes over the training set')
cmd:option('-batchSize', 32, 'images in one step')
cmd:option('-learningRate', 0.1, 'learning rate')
cmd:option('-momentum', 0.9, 'momentum')
cmd:option('-dropout', 0.2, 'probability of dropout')
cmd:option('-train', 1500, 'images to train on; the rest are held out')
cmd:option('-save', 'out/lua_model.t7', 'where the trained net goes; its losses go beside it')
cmd:option('-noBar', false, 'no progress bar')
local opt = cmd:parse(arg)

torch.setdefaulttensortype('torch.FloatTensor')
torch.manualSeed(opt.seed)

-- data
local here = paths.dirname(paths.thisfile())
local data = torch.load(opt.data ~= '' and opt.data or paths.concat(here, 'digits.t7'))
local order = torch.randperm(data.images:size(1)):long()
local images = data.images:index(1, order):float():view(-1, 1, 8, 8)
local labels = data.labels:index(1, order):float()
local trainset = {x = images:narrow(1, 1, opt.train), y = labels:narrow(1, 1, opt.train)}
local held = images:size(1) - opt.train
local testset = {x = images:narrow(1, opt.train + 1, held), y = labels:narrow(1, opt.train + 1, held)}

-- net
local net = nn.Sequential()
net:add(nn.Standardize(trainset.x:mean(), trainset.x:std()))
net:add(nn.SpatialConvolution(1, 16, 3, 3, 1, 1, 1, 1))
net:add(nn.ReLU(true))
net:add(nn.SpatialMaxPooling(2, 2, 2, 2))
net:add(nn.SpatialConvolution(16, 32, 3, 3, 1, 1, 1, 1))
net:add(nn.ReLU(true))
net:add(nn.SpatialMaxPooling(2, 2, 2, 2))
net:add(nn.View(128))
net:add(nn.Linear(128, 64))
net:add(nn.ReLU(true))
net:add(nn.Dropout(opt.dropout))
net:add(nn.Linear(64, 10))
net:add(nn.LogSoftMax())
local criterion = nn.ClassNLLCriterion()
print(net)

local parameters, gradients = net:getParameters()
print(parameters:nElement() .. ' parameters')
local state = {learningRate = opt.learningRate, momentum = opt.momentum}
local classes = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9'}

local function evaluate(set)
   local confusion = optim.ConfusionMatrix(classes)
   net:evaluate()
   confusion:batchAdd(net:forward(set.x), set.y)
   net:training()
   confusion:updateValids()
   return confusion
end

-- training
local losses = {}
local batch = torch.Tensor(opt.batchSize, 1, 8, 8)
local targets = torch.Tensor(opt.batchSize)
local timer = torch.Timer()
for epoch = 1, opt.epochs do
   local shuffle = torch.randperm(opt.train)
   local total, steps = 0, 0
   for start = 1, opt.train - opt.batchSize + 1, opt.batchSize do
      for i = 1, opt.batchSize do
         local pick = shuffle[start + i - 1]
         batch[i]:copy(trainset.x[pick])
         targets[i] = trainset.y[pick]
      end
      local function feval(x)
         if x ~= parameters then parameters:copy(x) end
         gradients:zero()
         local output = net:forward(batch)
         local loss = criterion:forward(output, targets)
         net:backward(batch, criterion:backward(output, targets))
         return loss, gradients
      end
      local _, fs = optim.sgd(feval, parameters, state)
      total, steps = total + fs[1], steps + 1
      losses[#losses + 1] = fs[1]
      if not opt.noBar then xlua.progress(start + opt.batchSize - 1, opt.train - opt.train % opt.batchSize) end
   end
   local confusion = evaluate(testset)
   print(string.format('epoch %d: loss %.6f, %.2f %% of the held-out digits', epoch, total / steps,
                       confusion.totalValid * 100))
end
print(string.format('%.1f s of training', timer:time().real))

local confusion = evaluate(testset)
print(confusion)
print(string.format('held out: %.2f %%', confusion.totalValid * 100))

paths.mkdir(paths.dirname(opt.save))
net:clearState()
torch.save(opt.save, {net = net, options = opt, losses = losses, accuracy = confusion.totalValid})
print('saved ' .. opt.save)
