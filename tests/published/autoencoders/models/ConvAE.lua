local nn = require 'nn'

local Model = {}

function Model:createAutoencoder(X)
   self.encoder = nn.Sequential()
   self.encoder:add(nn.View(-1, 1, X:size(2), X:size(3)))
   self.encoder:add(nn.SpatialConvolution(1, 8, 3, 3, 1, 1, 1, 1))
   self.encoder:add(nn.ReLU(true))
   self.encoder:add(nn.SpatialMaxPooling(2, 2, 2, 2))
   self.encoder:add(nn.SpatialConvolution(8, 4, 3, 3, 1, 1, 1, 1))
   self.encoder:add(nn.ReLU(true))
   self.encoder:add(nn.SpatialMaxPooling(2, 2, 2, 2))
   self.decoder = nn.Sequential()
   self.decoder:add(nn.SpatialConvolution(4, 4, 3, 3, 1, 1, 1, 1))
   self.decoder:add(nn.ReLU(true))
   self.decoder:add(nn.SpatialUpSamplingNearest(2))
   self.decoder:add(nn.SpatialFullConvolution(4, 8, 4, 4, 2, 2, 1, 1))
   self.decoder:add(nn.ReLU(true))
   self.decoder:add(nn.SpatialConvolution(8, 1, 3, 3, 1, 1, 1, 1))
   self.decoder:add(nn.Sigmoid(true))
   self.decoder:add(nn.View(X:size(2), X:size(3)))
   self.autoencoder = nn.Sequential():add(self.encoder):add(self.decoder)
end

return Model
