-- pl.OrderedMap: a map that keeps the order in which keys were set.

local class = require 'pl.class'
local List = require 'pl.List'
local Map = require 'pl.Map'

local OrderedMap = class(Map)
OrderedMap._name = 'OrderedMap'

local order = setmetatable({}, {__mode = 'k'})  -- map -> its keys in order

--- OrderedMap([map or list of {key = value}]).
function OrderedMap:_init(items)
   order[self] = {}
   if items ~= nil then self:update(items) end
end

-- map.key = value, where there was no such key.
function OrderedMap:__newindex(key, value) self:set(key, value) end

-- Keys that were set behind the map's back, with rawset, come last.
local function ordered(self)
   local keys, known = {}, {}
   for _, key in ipairs(order[self] or {}) do
      if rawget(self, key) ~= nil and not known[key] then
         keys[#keys + 1] = key
         known[key] = true
      end
   end
   for key in pairs(self) do
      if not known[key] then keys[#keys + 1] = key end
   end
   order[self] = keys
   return keys
end

function OrderedMap:set(key, value)
   if value == nil then
      for i, other in ipairs(order[self]) do
         if other == key then table.remove(order[self], i) break end
      end
   elseif rawget(self, key) == nil then
      table.insert(order[self], key)
   end
   rawset(self, key, value)
   return self
end

--- map:insert([position,] key, value).
function OrderedMap:insert(position, key, value)
   if value == nil then position, key, value = nil, position, key end
   self:set(key, nil)
   table.insert(order[self], position or #order[self] + 1, key)
   rawset(self, key, value)
   return self
end

function OrderedMap:update(items)
   if getmetatable(items) == OrderedMap then
      for _, key in ipairs(ordered(items)) do self:set(key, items[key]) end
   elseif items[1] ~= nil and type(items[1]) == 'table' then
      for _, entry in ipairs(items) do
         local key, value = next(entry)
         self:set(key, value)
      end
   else
      for key, value in pairs(items) do self:set(key, value) end
   end
   return self
end

function OrderedMap:keys() return List(ordered(self)) end

function OrderedMap:values()
   local values = {}
   for i, key in ipairs(ordered(self)) do values[i] = rawget(self, key) end
   return List(values)
end

function OrderedMap:sort(before)
   local keys = ordered(self)
   table.sort(keys, before)
   order[self] = keys
   return self
end

function OrderedMap:iter()
   local keys, i = ordered(self), 0
   return function()
      i = i + 1
      if keys[i] ~= nil then return keys[i], rawget(self, keys[i]) end
   end
end

OrderedMap.__pairs = OrderedMap.iter

function OrderedMap:items()
   local list = {}
   for key, value in self:iter() do list[#list + 1] = List{key, value} end
   return List(list)
end

function OrderedMap:__tostring()
   local parts = {}
   for key, value in self:iter() do
      parts[#parts + 1] = tostring(key) .. '=' .. (type(value) == 'string' and ('%q'):format(value) or tostring(value))
   end
   return '{' .. table.concat(parts, ',') .. '}'
end

return OrderedMap
