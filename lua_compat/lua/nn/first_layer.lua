-- Scripts save the time for a first layer's gradInput with `layer.gradInput = nil`: its updateGradInput then does
-- nothing and gives nothing. So in every layer that has parameters and is no container.

local torch = require 'torch'
local nn = require 'nn'

-- Those that make their gradInput anew where there is none, or that ask a field of their own.
local MAKES_ITS_OWN = {LookupTable = true, SparseLinear = true, IndexLinear = true}

local function where_wanted(update)
   return function(self, ...)
      if self.gradInput == nil then return end
      return update(self, ...)
   end
end

local names = {}
for name in pairs(nn) do
   local class = torch.getmetatable('nn.' .. name)
   if class ~= nil and torch.isTypeOf(class, 'nn.Module') then table.insert(names, name) end
end
local changed = {} -- found before any is written, so that children do not see their parents' new ones
for _, name in ipairs(names) do
   local class = torch.getmetatable('nn.' .. name)
   local update, accumulates = rawget(class, 'updateGradInput'), class.accGradParameters ~= nn.Module.accGradParameters
   if update ~= nil and accumulates and not MAKES_ITS_OWN[name] and not torch.isTypeOf(class, 'nn.Container') then
      changed[class] = where_wanted(update)
   end
end
for class, update in pairs(changed) do class.updateGradInput = update end
