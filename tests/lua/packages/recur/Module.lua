-- Additions to nn.Module and nn.Container.

local Module = nn.Module

-- Every module counts how many were made: __init is wrapped, and with it that of each class that calls it.
local made_before = Module.__init
recur.made = 0
function Module:__init(...)
   recur.made = recur.made + 1
   made_before(self, ...)
   self.born = recur.made
end

--- A clone that shares parameters, and gradients with `grads`; fields that are equal stay equal.
function Module:sharedClone(params, grads, stepclone)
   params, grads = params == nil or params, grads == nil or grads
   if stepclone and self.dpnn_stepclone then return self end
   local shared = {}
   local function collect(module)
      for name, wanted in pairs {weight = params, bias = params, gradWeight = grads, gradBias = grads} do
         if wanted and module[name] then shared[#shared + 1] = {module, name} end
      end
   end
   self:apply(collect)
   local kept = {}
   for i, place in ipairs(shared) do
      kept[i] = place[1][place[2]]
      place[1][place[2]] = i -- a number in the place of the tensor: it is not copied
   end
   local clone = self:clone()
   for i, place in ipairs(shared) do place[1][place[2]] = kept[i] end
   clone:apply(function(module)
      for _, name in ipairs {'weight', 'bias', 'gradWeight', 'gradBias'} do
         if type(module[name]) == 'number' then
            local tensor = kept[module[name]]
            module[name] = tensor.new():set(tensor)
         end
      end
   end)
   return clone
end

function Module:stepClone(params, grads) return self:sharedClone(params, grads, true) end

--- Conversion in one go: `cache` is torch's, so that what is shared stays shared.
local type_before = Module.type
recur.conversions = 0
function Module:type(type_name, cache)
   if type_name then recur.conversions = recur.conversions + 1 end
   return type_before(self, type_name, cache)
end

function Module:maxParamNorm(limit)
   for _, tensor in ipairs((self:parameters())) do
      if tensor:dim() > 1 then tensor:renorm(2, 1, limit) end
   end
   return self
end

function Module:gradParamClip(limit)
   local norm = 0
   local _, gradients = self:parameters()
   for _, gradient in ipairs(gradients) do norm = norm + math.pow(gradient:norm(), 2) end
   norm = math.sqrt(norm)
   if norm > limit then
      for _, gradient in ipairs(gradients) do gradient:mul(limit / norm) end
   end
   return norm
end

-- A method that every module has, and containers hand on.
function Module:forget()
   for _, module in ipairs(self.modules or {}) do module:forget() end
   return self
end

function nn.Container:remember(how)
   for _, module in ipairs(self.modules) do
      if module.remember then module:remember(how) end
   end
   return self
end
