local nn = require 'nn'

local Model = setmetatable({}, {__index = require 'models/AE'})

function Model:createAutoencoder(X)
   getmetatable(self).__index.createAutoencoder(self, X)
   self.noiser = nn.WhiteNoise(0, 0.2)
   self.autoencoder:insert(nn.Dropout(0.1), 1)
   if self.noiser ~= nil then
      local clamp = nn.Clamp(0, 1)
      self.noiser = nn.Sequential():add(self.noiser):add(clamp)
   end
end

return Model
