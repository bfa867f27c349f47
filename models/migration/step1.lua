-- Step 1: a trainer as one wrote it for Torch7, which `th` runs unchanged.
require 'nn'
require 'optim'
require 'paths'

local cmd = torch.CmdLine()
cmd:option('-epochs', 3, 'passes over the training set')
cmd:option('-seed', 1, 'random seed')
local opt = cmd:parse(arg)
torch.manualSeed(opt.seed)

-- data: 1500 digits of 8 x 8 to train on, the rest held out; labels from 1
local here = paths.dirname(paths.thisfile())
local data = torch.load(paths.concat(here, '..', 'digits', 'digits.t7'))
local images = data.images:double():view(-1, 64):div(16)
local labels = data.labels:double()
local count, batch = 1500, 50

-- net
local net = nn.Sequential()
net:add(nn.Linear(64, 32)):add(nn.Tanh()):add(nn.Linear(32, 10)):add(nn.LogSoftMax())
local criterion = nn.ClassNLLCriterion()
local parameters, gradients = net:getParameters()
local state = {learningRate = 0.5, momentum = 0.9}

-- training
for epoch = 1, opt.epochs do
   local order = torch.randperm(count):long()
   local total = 0
   for start = 1, count, batch do
      local pick = order:narrow(1, start, batch)
      local x, t = images:index(1, pick), labels:index(1, pick)
      local function feval()
         gradients:zero()
         local y = net:forward(x)
         local loss = criterion:forward(y, t)
         net:backward(x, criterion:backward(y, t))
         return loss, gradients
      end
      local _, losses = optim.sgd(feval, parameters, state)
      total = total + losses[1]
   end
   local held = images:size(1) - count
   local y = net:forward(images:narrow(1, count + 1, held))
   local _, answers = y:max(2)
   local right = answers:double():view(-1):eq(labels:narrow(1, count + 1, held)):sum()
   print(string.format('epoch %d: loss %.6f, %d of %d right', epoch, total / (count / batch), right, held))
end
