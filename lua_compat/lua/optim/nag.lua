-- Nesterov's accelerated gradient: the gradient is taken where the momentum is about to lead.

local shared = require 'optim.shared'

--- config: learningRate (1e-3), learningRateDecay (0), weightDecay (0), momentum (0.9), learningRates and
--- weightDecays (tensors, one value a parameter). state: evalCounter, dfdx (the last step).
local function nag(opfunc, x, config, state)
   config, state = shared.tables('nag', opfunc, x, config, state)
   local momentum = config.momentum or 0.9
   if momentum <= 0 then error('optim.nag: the momentum must be above 0, got ' .. tostring(momentum), 2) end
   state.evalCounter = state.evalCounter or 0
   if state.dfdx ~= nil then x:add(momentum, state.dfdx) end

   local loss, gradient = shared.evaluate('nag', opfunc, x)
   shared.add_weight_decay(state, gradient, x, config.weightDecay or 0, config.weightDecays)
   local current = (config.learningRate or 1e-3) / (1 + state.evalCounter * (config.learningRateDecay or 0))
   local step = shared.zeros(state, 'dfdx', gradient):mul(momentum)
   gradient = shared.scaled(state, gradient, config.learningRates)
   x:add(-current, gradient)
   step:add(-current, gradient)
   state.evalCounter = state.evalCounter + 1
   return x, {loss}
end

return nag
