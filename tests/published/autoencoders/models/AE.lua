local nn = require 'nn'

local Model = {
   hidden = 32,
}

function Model:createAutoencoder(X)
   local featureSize = X:size(2) * X:size(3)
   self.encoder = nn.Sequential()
   self.encoder:add(nn.View(-1, 1, X:size(2), X:size(3)))
   self.encoder:add(nn.View(-1, featureSize))
   self.encoder:add(nn.Linear(featureSize, self.hidden))
   self.encoder:add(nn.ReLU(true))
   self.decoder = nn.Sequential()
   self.decoder:add(nn.Linear(self.hidden, featureSize))
   self.decoder:add(nn.Sigmoid(true))
   self.decoder:add(nn.View(X:size(2), X:size(3)))
   self.autoencoder = nn.Sequential():add(self.encoder):add(self.decoder)
end

return Model
