local nn = require 'nn'

local Model = {zSize = 4}

function Model:createAutoencoder(X)
   local featureSize = X:size(2) * X:size(3)
   self.encoder = nn.Sequential():add(nn.View(-1, featureSize)):add(nn.Linear(featureSize, 48)):add(nn.LeakyReLU(0.1))
      :add(nn.Linear(48, self.zSize))
   self.decoder = nn.Sequential():add(nn.Linear(self.zSize, 48)):add(nn.LeakyReLU(0.1)):add(nn.Linear(48, featureSize))
      :add(nn.Sigmoid(true)):add(nn.View(X:size(2), X:size(3)))
   self.autoencoder = nn.Sequential():add(self.encoder):add(self.decoder)
end

function Model:createAdversary()
   self.adversary = nn.Sequential()
   self.adversary:add(nn.Linear(self.zSize, 16))
   self.adversary:add(nn.BatchNormalization(16))
   self.adversary:add(nn.ReLU(true))
   self.adversary:add(nn.Linear(16, 1))
   self.adversary:add(nn.Sigmoid(true))
end

return Model
