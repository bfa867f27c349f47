-- What other packages added to nn, where this collection needs it.
local nn = require 'nn'

if table.unpack == nil then table.unpack = unpack end

function nn.Module:sparsity()
   local zeros, all = 0, 0
   for _, p in ipairs((self:parameters())) do
      zeros, all = zeros + p:eq(0):sum(), all + p:nElement()
   end
   return zeros / all
end
