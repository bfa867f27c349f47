local nn = require 'nn'

local Model = setmetatable({hidden = 48}, {__index = require 'models/AE'})

function Model:createAutoencoder(X)
   getmetatable(self).__index.createAutoencoder(self, X)
   self.encoder:remove()
   self.encoder:add(nn.Sigmoid(true))
   self.encoder:add(nn.L1Penalty(1e-5))
end

return Model
