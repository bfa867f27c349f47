-- require 'pl': each module of penlight becomes a global when a script first reads it.

local modules = {}
for name in ([[app class comprehension compat config data dir file func input lapp List Map MultiMap OrderedMap operator
   path permute pretty seq Set stringio stringx strict tablex template test text types url utils]]):gmatch('%S+') do modules[name] = true end

local function available(name)
   name = 'pl.' .. name
   return package.loaded[name] ~= nil or package.preload[name] ~= nil or package.searchpath(name, package.path) ~= nil
end

local global = getmetatable(_G) or {}
local before = global.__index
function global.__index(t, name)
   if modules[name] and available(name) then
      local value = require('pl.' .. name)
      rawset(t, name, value)
      return value
   end
   if type(before) == 'function' then return before(t, name) end
   return before and before[name]
end
setmetatable(_G, global)

return {utils = require 'pl.utils'}
