-- What several methods do with a gradient.

local shared = {}

local function refuse(name, argument, wanted, given)
   error(('optim.%s: %s: needs %s, got %s'):format(name, argument, wanted, torch.type(given)), 4)
end

--- Checks what a method is called with; returns the settings, and the table that carries values from call to call.
function shared.tables(name, opfunc, x, config, state)
   local kind = type(opfunc)
   if kind ~= 'function' and kind ~= 'table' and kind ~= 'userdata' or torch.isTensor(opfunc) then
      refuse(name, 'opfunc', 'a function of x', opfunc)
   end
   if not torch.isTensor(x) then refuse(name, 'x', 'a tensor', x) end
   if config ~= nil and type(config) ~= 'table' then refuse(name, 'config', 'a table', config) end
   if state ~= nil and type(state) ~= 'table' then refuse(name, 'state', 'a table', state) end
   config = config or {}
   return config, state or config
end

--- The value of opfunc and its gradient.
function shared.evaluate(name, opfunc, x)
   local loss, gradient = opfunc(x)
   if not torch.isTensor(gradient) then
      refuse(name, 'what opfunc returns after the loss', 'the gradient, a tensor', gradient)
   end
   return loss, gradient
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

--- Adds the gradient of weight decay: the same for all parameters, or, where there is none, one for each.
function shared.add_weight_decay(state, gradient, x, decay, decays)
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
