-- nn.Container: modules under `modules`; what is asked of the container is asked of each of them.

local torch = require 'torch'
local nn = require 'nn'
local traces = require 'nn.traces'

local Container, parent = torch.class('nn.Container', 'nn.Module')

function Container:__init()
   parent.__init(self)
   self.modules = {}
end

function Container:add(module)
   if type(module) ~= 'table' then
      error(('%s: add needs a module, got %s'):format(torch.type(self), torch.type(module)), 2)
   end
   table.insert(self.modules, module)
   return self
end

function Container:get(index) return self.modules[index] end

function Container:size() return #self.modules end

--- Calls the named method of a module of this container; an error says at which place in the tree it happened.
function Container:rethrowErrors(module, index, method, ...)
   local ok, first, second = xpcall(module[method], traces.traced, module, ...)
   if ok then return first, second end
   error(traces.located(first, self, module, index), 0)
end

function Container:applyToModules(callback)
   for _, module in ipairs(self.modules) do callback(module) end
end

function Container:zeroGradParameters()
   self:applyToModules(function(module) module:zeroGradParameters() end)
end

function Container:updateParameters(learningRate)
   self:applyToModules(function(module) module:updateParameters(learningRate) end)
end

function Container:training()
   self:applyToModules(function(module) module:training() end)
   parent.training(self)
end

function Container:evaluate()
   self:applyToModules(function(module) module:evaluate() end)
   parent.evaluate(self)
end

function Container:share(other, ...)
   for i, module in ipairs(self.modules) do module:share(other.modules[i], ...) end
   return self
end

function Container:reset(stdv)
   self:applyToModules(function(module) module:reset(stdv) end)
end

--- The parameters and gradients of all modules, in order.
function Container:parameters()
   local parameters, gradients = {}, {}
   for _, module in ipairs(self.modules) do
      local p, g = module:parameters()
      for i, tensor in ipairs(p or {}) do
         parameters[#parameters + 1], gradients[#gradients + 1] = tensor, g[i]
      end
   end
   return parameters, gradients
end

function Container:clearState()
   -- The results of a container are those of its modules: emptying them would empty those.
   local function forget(name)
      if torch.isTensor(self[name]) then
         self[name] = self[name].new()
      elseif type(self[name]) == 'table' then
         self[name] = {}
      end
   end
   forget('output')
   forget('gradInput')
   for _, module in pairs(self.modules or {}) do module:clearState() end
   return self
end
