-- Stochastic gradient descent: x <- x - rate * g, with g averaged over the steps by a momentum.

local kernels = require '_kernels'
local shared = require 'optim.shared'

local function check(config, momentum, dampening)
   if config.nesterov and not (momentum > 0 and dampening == 0) then
      error('optim.sgd: Nesterov momentum wants a momentum above 0 and dampening = 0', 3)
   end
end

-- With momentum, the average that takes the gradient's place (or, with Nesterov's, is added to it).
local function with_momentum(config, state, gradient, momentum, dampening)
   if momentum == 0 then return gradient end
   if state.dfdx == nil then
      state.dfdx = gradient.new():resizeAs(gradient):copy(gradient)
   else
      state.dfdx:mul(momentum):add(1 - dampening, gradient)
   end
   if config.nesterov then return gradient:add(momentum, state.dfdx) end
   return state.dfdx
end

--- config: learningRate (1e-3), learningRateDecay (0), weightDecay (0), momentum (0), dampening (momentum), nesterov
--- (false), learningRates and weightDecays (tensors, one value a parameter). state: evalCounter, dfdx.
local function sgd(opfunc, x, config, state)
   config, state = shared.tables('sgd', opfunc, x, config, state)
   local rate = config.learningRate or 1e-3
   local decay = config.learningRateDecay or 0
   local momentum = config.momentum or 0
   local dampening = config.dampening or momentum
   check(config, momentum, dampening)
   state.evalCounter = state.evalCounter or 0

   local loss, gradient = shared.evaluate('sgd', opfunc, x)
   shared.add_weight_decay(state, gradient, x, config.weightDecay or 0, config.weightDecays)
   local current = rate / (1 + state.evalCounter * decay)
   local usual = momentum ~= 0 and state.dfdx ~= nil and not config.nesterov and config.learningRates == nil
   if not (usual and kernels.momentum_step(x, gradient, state.dfdx, current, momentum, 1 - dampening)) then
      gradient = with_momentum(config, state, gradient, momentum, dampening)
      x:add(-current, shared.scaled(state, gradient, config.learningRates))
   end
   state.evalCounter = state.evalCounter + 1
   return x, {loss}
end

return sgd
