-- Resilient propagation: each parameter has a step of its own, which grows while its gradient keeps its sign and
-- shrinks when it turns; only the signs of gradients matter.

local shared = require 'optim.shared'

local function fill_where(tensor, value, state, key, compare, than)
   state[key] = tensor[compare](tensor, than)
   tensor:maskedFill(state[key], value)
end

-- What the signs were stays in the state, as the original has it.
local function update(config, state, x, gradient)
   local steps, turn = state.stepsize, state.sign
   torch.sign(turn, torch.cmul(turn, gradient, state.delta))
   state.psign, state.nsign, state.zsign = turn:gt(0), turn:lt(0), turn:eq(0)
   turn:maskedFill(state.psign, config.etaplus or 1.2)
   turn:maskedFill(state.nsign, config.etaminus or 0.5)
   turn:maskedFill(state.zsign, 1)
   steps:cmul(turn)
   fill_where(steps, config.stepsizemax or 50, state, 'dminmax', 'gt', config.stepsizemax or 50)
   fill_where(steps, config.stepsizemin or 1e-6, state, 'dminmax', 'lt', config.stepsizemin or 1e-6)
   gradient:maskedFill(state.nsign, 0)
   x:addcmul(-1, torch.sign(turn, gradient), steps)
   state.delta:copy(gradient)
end

--- config: stepsize (0.1, the first step), etaplus (1.2), etaminus (0.5), stepsizemin (1e-6), stepsizemax (50), niter
--- (1, steps a call). state: delta (the last gradient), stepsize, sign and the masks psign, nsign, zsign, dminmax.
local function rprop(opfunc, x, config, state)
   config, state = shared.tables('rprop', opfunc, x, config, state)
   local first = config.stepsize or 0.1
   local losses = {}
   for i = 1, config.niter or 1 do
      local loss, gradient = shared.evaluate('rprop', opfunc, x)
      losses[i] = loss
      if state.delta == nil then
         shared.zeros(state, 'delta', gradient)
         state.stepsize = gradient.new():resizeAs(gradient):fill(first)
         shared.buffer(state, 'sign', gradient)
      end
      update(config, state, x, gradient)
   end
   return x, losses
end

return rprop
