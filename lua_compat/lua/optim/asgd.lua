-- Averaged stochastic gradient descent: the steps' rate decays as (1 + lambda eta0 t)^-alpha, and from step t0 on the
-- parameters are averaged. Returns the average as a third value.

local shared = require 'optim.shared'

--- config: eta0 (1e-4), lambda (1e-4), alpha (0.75), t0 (1e6). state: eta_t, mu_t, t, ax (the average).
local function asgd(opfunc, x, config, state)
   config, state = shared.tables('asgd', opfunc, x, config, state)
   config.eta0 = config.eta0 or 1e-4
   config.lambda = config.lambda or 1e-4
   config.alpha = config.alpha or 0.75
   config.t0 = config.t0 or 1e6
   state.eta_t = state.eta_t or config.eta0
   state.mu_t = state.mu_t or 1
   state.t = state.t or 0

   local loss, gradient = shared.evaluate('asgd', opfunc, x)
   x:mul(1 - config.lambda * state.eta_t)
   x:add(-state.eta_t, gradient)
   local average = shared.zeros(state, 'ax', x)
   if state.mu_t ~= 1 then
      average:add(shared.buffer(state, 'tmp', x):copy(x):add(-1, average):mul(state.mu_t))
   else
      average:copy(x)
   end
   state.t = state.t + 1
   state.eta_t = config.eta0 / (1 + config.lambda * config.eta0 * state.t) ^ config.alpha
   state.mu_t = 1 / math.max(1, state.t - config.t0)
   return x, {loss}, average
end

return asgd
