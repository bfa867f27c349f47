-- An autoencoder (Hinton and Salakhutdinov, 2006) for pictures of 28 x 28:  th models/autoencoder/autoencoder.lua
local torch = require 'torch'
local nn = require 'nn'
local paths = require 'paths'
local common = paths.dofile('../common.lua')

local function autoencoder(sizes)
   local encoder, decoder = nn.Sequential(), nn.Sequential()
   for i = 1, #sizes - 1 do
      encoder:add(nn.Linear(sizes[i], sizes[i + 1]))
      if i < #sizes - 1 then encoder:add(nn.ReLU(true)) end
   end
   for i = #sizes, 2, -1 do
      decoder:add(nn.Linear(sizes[i], sizes[i - 1]))
      decoder:add(i > 2 and nn.ReLU(true) or nn.Sigmoid())
   end
   return nn.Sequential():add(encoder):add(decoder), nn.MSECriterion()
end

local opt = common.options('Autoencoder', {{'code', 32, 'size of the code'}, {'rate', 10, 'learning rate'}})
local model, criterion = autoencoder {28 * 28, 256, 64, opt.code}
local input = torch.rand(opt.batch, 28 * 28)
common.run(model, criterion, input, input, opt)
