-- What several methods do with a gradient.

local shared = {}

--- The settings, and the table that carries values from call to call.
function shared.tables(config, state)
   config = config or {}
   return config, state or config
end

--- A tensor under `key` of the state, of the type and size of `like` and full of zeros when it is made.
function shared.zeros(state, key, like)
   if state[key] == nil then state[key] = like.new():resizeAs(like):zero() end
   return state[key]
end

--- A tensor under `key` of the state whose content is overwritten anyway.
function shared.buffer(state, key, like)
   if state[key] == nil then state[key] = like.new():resizeAs(like) end
   return state[key]
end

--- Adds the gradient of weight decay: the same for all parameters, or one for each.
function shared.add_weight_decay(state, gradient, x, decay, decays)
   if decay ~= 0 and decays ~= nil then
      error('weightDecay and weightDecays cannot both be given', 3)
   end
   if decay ~= 0 then
      gradient:add(decay, x)
   elseif decays ~= nil then
      gradient:add(shared.buffer(state, 'decayParameters', gradient):copy(decays):cmul(x))
   end
end

--- The gradient times a learning rate for each parameter, where there are any.
function shared.scaled(state, gradient, rates)
   if rates == nil then return gradient end
   return shared.buffer(state, 'deltaParameters', gradient):copy(rates):cmul(gradient)
end

return shared
