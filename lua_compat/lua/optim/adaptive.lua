-- The methods that divide each parameter's step by a measure of its past gradients.

local kernels = require '_kernels'
local shared = require 'optim.shared'

local adaptive = {}

local function evaluate(name, opfunc, x, config, state)
   local loss, gradient = shared.evaluate(name, opfunc, x)
   shared.add_weight_decay(state, gradient, x, config.weightDecay or 0)
   return loss, gradient
end

--- adam. config: learningRate (1e-3), learningRateDecay (0), beta1 (0.9), beta2 (0.999), epsilon (1e-8), weightDecay
--- (0). state: t, m, v, denom. Step: rate * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + epsilon).
function adaptive.adam(opfunc, x, config, state)
   config, state = shared.tables('adam', opfunc, x, config, state)
   local beta1, beta2 = config.beta1 or 0.9, config.beta2 or 0.999
   local loss, gradient = evaluate('adam', opfunc, x, config, state)
   state.t = state.t or 0
   local m, v = shared.zeros(state, 'm', gradient), shared.zeros(state, 'v', gradient)
   local denominator = shared.zeros(state, 'denom', gradient)
   local rate = (config.learningRate or 0.001) / (1 + state.t * (config.learningRateDecay or 0))
   state.t = state.t + 1
   local epsilon, step = config.epsilon or 1e-8, rate * math.sqrt(1 - beta2 ^ state.t) / (1 - beta1 ^ state.t)
   if not kernels.adam_step(x, gradient, m, v, denominator, beta1, beta2, epsilon, step) then
      m:mul(beta1):add(1 - beta1, gradient)
      v:mul(beta2):addcmul(1 - beta2, gradient, gradient)
      denominator:copy(v):sqrt():add(epsilon)
      x:addcdiv(-step, m, denominator)
   end
   return x, {loss}
end

--- adamax. config: learningRate (2e-3), beta1 (0.9), beta2 (0.999), epsilon (1e-38), weightDecay (0). state: t, m, u,
--- max. Step: rate / (1 - beta1^t) * m / u, u the decaying maximum of |gradient|.
function adaptive.adamax(opfunc, x, config, state)
   config, state = shared.tables('adamax', opfunc, x, config, state)
   local beta1, beta2 = config.beta1 or 0.9, config.beta2 or 0.999
   local loss, gradient = evaluate('adamax', opfunc, x, config, state)
   state.t = (state.t or 0) + 1
   local m, u = shared.zeros(state, 'm', gradient), shared.zeros(state, 'u', gradient)
   if state.max == nil then state.max = gradient.new(2, unpack(gradient:size():totable())):zero() end
   m:mul(beta1):add(1 - beta1, gradient)
   state.max[1]:copy(u:viewAs(gradient)):mul(beta2)
   state.max[2]:copy(gradient):abs():add(config.epsilon or 1e-38)
   u:max(state.max, 1)  -- (1, n): the dimension that was reduced stays
   x:addcdiv(-(config.learningRate or 0.002) / (1 - beta1 ^ state.t), m, u)
   return x, {loss}
end

--- adagrad. config: learningRate (1e-3), learningRateDecay (0), weightDecay (0). state: evalCounter, paramVariance,
--- paramStd. Step: rate * g / (sqrt(sum of g^2) + 1e-10).
function adaptive.adagrad(opfunc, x, config, state)
   config, state = shared.tables('adagrad', opfunc, x, config, state)
   state.evalCounter = state.evalCounter or 0
   local loss, gradient = evaluate('adagrad', opfunc, x, config, state)
   local rate = (config.learningRate or 1e-3) / (1 + state.evalCounter * (config.learningRateDecay or 0))
   local squares = shared.zeros(state, 'paramVariance', gradient)
   squares:addcmul(1, gradient, gradient)
   local root = shared.buffer(state, 'paramStd', gradient):copy(squares):sqrt()
   x:addcdiv(-rate, gradient, root:add(1e-10))
   state.evalCounter = state.evalCounter + 1
   return x, {loss}
end

--- adadelta. config: rho (0.9), eps (1e-6), weightDecay (0). state: evalCounter, paramVariance, paramStd, delta,
--- accDelta. Step: sqrt(mean of steps^2 + eps) / sqrt(mean of g^2 + eps) * g.
function adaptive.adadelta(opfunc, x, config, state)
   config, state = shared.tables('adadelta', opfunc, x, config, state)
   local rho, epsilon = config.rho or 0.9, config.eps or 1e-6
   state.evalCounter = state.evalCounter or 0
   local loss, gradient = evaluate('adadelta', opfunc, x, config, state)
   local squares, steps = shared.zeros(state, 'paramVariance', gradient), shared.zeros(state, 'accDelta', gradient)
   local root, step = shared.zeros(state, 'paramStd', gradient), shared.zeros(state, 'delta', gradient)
   squares:mul(rho):addcmul(1 - rho, gradient, gradient)
   root:copy(squares):add(epsilon):sqrt()
   step:copy(steps):add(epsilon):sqrt():cdiv(root):cmul(gradient)
   x:add(-1, step)
   steps:mul(rho):addcmul(1 - rho, step, step)
   state.evalCounter = state.evalCounter + 1
   return x, {loss}
end

--- rmsprop. config: learningRate (1e-2), alpha (0.99), epsilon (1e-8), weightDecay (0), initialMean (0). state: m, tmp.
--- Step: rate * g / (sqrt(mean of g^2) + epsilon).
function adaptive.rmsprop(opfunc, x, config, state)
   config, state = shared.tables('rmsprop', opfunc, x, config, state)
   local alpha = config.alpha or 0.99
   local loss, gradient = evaluate('rmsprop', opfunc, x, config, state)
   if state.m == nil then
      state.m = gradient.new():resizeAs(gradient):fill(config.initialMean or 0)
      shared.buffer(state, 'tmp', gradient)
   end
   state.m:mul(alpha):addcmul(1 - alpha, gradient, gradient)
   state.tmp:copy(state.m):sqrt():add(config.epsilon or 1e-8)
   x:addcdiv(-(config.learningRate or 1e-2), gradient, state.tmp)
   return x, {loss}
end

return adaptive
