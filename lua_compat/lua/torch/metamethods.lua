-- The metatable of all Python objects, and what scripts put in the place of a class's metamethods.
--
-- In Torch7 the metatable of a tensor is its class, and scripts change it: mt.__add = ..., mt.__index__ = ... for getmetatable(x)
-- or torch.getmetatable(name). Here all tensors share one metatable; its metamethods look for the class's own. Only x[i] of a
-- number is never theirs: a loop over elements would pay for it.

local core = require '_core'
local types = require 'torch.types'
local element = require 'torch.element'
local class_machinery = require 'torch.class'

local class_of, shared, find, general = types.class_of, types.shared, class_machinery.find, class_machinery.metamethods
local index, newindex = element.index, element.newindex
local foreign_index, foreign_newindex, foreign_call = shared.__index, shared.__newindex, shared.__call
local rawget, rawset, select, type = rawget, rawset, select, type
local ours = types.ours

------------------------------------------------------------------------------------------------------- operators

-- As Lua does, the first operand that has a class decides.
local function of_two(event)
   local usual = general[event]
   return function(a, b)
      local class = ours(a) and class_of(a) or ours(b) and class_of(b)
      local own = class and find(class, event)
      if own ~= nil and own ~= false and own ~= usual then return own(a, b) end
      return usual(a, b)
   end
end

local function of_one(event, usual)
   return function(a, ...)
      local class = class_of(a)
      local own = class ~= nil and rawget(class, event)
      if own and own ~= usual and own ~= general[event] then return own(a, ...) end
      return usual(a, ...)
   end
end

for event in pairs(general) do
   if shared[event] == nil then shared[event] = of_two(event) end
end
shared.__unm = of_one('__unm', general.__unm)
shared.__len, shared.__tostring = of_one('__len', element.length), of_one('__tostring', element.as_text)

-- Python's functions are called through __call too, all the time: it stays theirs until a class has __call__. No class has
-- the name before, so that setting it is noticed.
local function call(ud, ...)
   if class_of(ud) == nil then return foreign_call(ud, ...) end
   return general.__call(ud, ...)
end

local noticing = {
   __metatable = false,
   __newindex = function(class, key, value)
      rawset(class, key, value)
      if key == '__call__' then
         class_of(core.identify) -- known from here on: finding out about a type calls a function of Python's
         shared.__call = call
      end
   end,
}

--------------------------------------------------------------------------------------------------------- brackets

-- A class's __index__(x, key) and __newindex__(x, key, value) as Torch7 has them: elements, and true where they are meant.
local function index_hook(ud, key)
   if type(key) == 'string' then return false end
   return index(ud, key), true
end

local function newindex_hook(ud, key, value)
   if type(key) == 'string' then return false end
   newindex(ud, key, value)
   return true
end

local function answer(ud, key, class, ...)
   local n = select('#', ...)
   if n > 0 and select(n, ...) then return (...) end
   local value = rawget(class, key)
   if value ~= nil then return value end
   return find(class, key)
end

function shared.__index(ud, key)
   if type(key) == 'number' then return index(ud, key) end
   local class = class_of(ud)
   if class == nil then return foreign_index(ud, key) end
   local own, hook = rawget(class, '__index'), rawget(class, '__index__')
   if own ~= index and own ~= general.__index then
      if type(own) == 'function' then return own(ud, key) end
      return own and own[key]
   end
   if hook ~= nil and hook ~= index_hook then return answer(ud, key, class, hook(ud, key)) end
   return index(ud, key)
end

function shared.__newindex(ud, key, value)
   if type(key) == 'number' then return newindex(ud, key, value) end
   local class = class_of(ud)
   if class == nil then return foreign_newindex(ud, key, value) end
   local own, hook = rawget(class, '__newindex'), rawget(class, '__newindex__')
   if type(own) == 'function' and own ~= newindex and own ~= general.__newindex then return own(ud, key, value) end
   if type(hook) == 'function' and hook ~= newindex_hook and hook(ud, key, value) then return end
   return newindex(ud, key, value)
end

for _, classes in ipairs {types.tensors, types.storages} do
   for _, class in pairs(classes) do
      class.__index, class.__newindex, class.__len, class.__tostring = index, newindex, element.length, element.as_text
      class.__index__, class.__newindex__ = index_hook, newindex_hook
      setmetatable(class, noticing)
   end
end

------------------------------------------------------------------------------------------------------- metatables

local function asker(usual)
   return function(value)
      return ours(value) and class_of(value) or usual(value)
   end
end

--- getmetatable(x), debug.getmetatable(x): the class of a tensor, as in Torch7.
_G.getmetatable, debug.getmetatable = asker(getmetatable), asker(debug.getmetatable)
