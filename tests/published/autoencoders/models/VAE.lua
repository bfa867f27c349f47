local nn = require 'nn'
require 'models/Sampler'

local Model = {zSize = 4}

function Model:createAutoencoder(X)
   local featureSize = X:size(2) * X:size(3)
   self.encoder = nn.Sequential()
   self.encoder:add(nn.View(-1, featureSize))
   self.encoder:add(nn.Linear(featureSize, 48))
   self.encoder:add(nn.BatchNormalization(48))
   self.encoder:add(nn.ReLU(true))
   local mean_logvar = nn.ConcatTable()
   mean_logvar:add(nn.Linear(48, self.zSize))
   mean_logvar:add(nn.Linear(48, self.zSize))
   self.encoder:add(mean_logvar)
   local noise = nn.Sequential()
   local noise_inner = nn.ConcatTable()
   noise_inner:add(nn.Sequential():add(nn.SelectTable(2)):add(nn.MulConstant(0.5)):add(nn.Exp()))
   noise_inner:add(nn.Sequential():add(nn.SelectTable(2)):add(nn.NormalSampler()))
   noise:add(noise_inner)
   noise:add(nn.CMulTable())
   local sampler = nn.Sequential()
   sampler:add(nn.ConcatTable():add(nn.SelectTable(1)):add(noise))
   sampler:add(nn.CAddTable())
   self.decoder = nn.Sequential()
   self.decoder:add(nn.Linear(self.zSize, 48))
   self.decoder:add(nn.BatchNormalization(48))
   self.decoder:add(nn.ReLU(true))
   self.decoder:add(nn.Linear(48, featureSize))
   self.decoder:add(nn.Sigmoid(true))
   self.decoder:add(nn.View(X:size(2), X:size(3)))
   self.autoencoder = nn.Sequential():add(self.encoder):add(sampler):add(self.decoder)
end

return Model
