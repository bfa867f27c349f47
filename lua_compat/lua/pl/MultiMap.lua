-- pl.MultiMap: a map from each key to the list of all values that were set for it.

local class = require 'pl.class'
local Map = require 'pl.Map'
local List = require 'pl.List'
local utils = require 'pl.utils'

local MultiMap = class(Map, nil, utils.stdmt.MultiMap)
MultiMap._name = 'MultiMap'

--- MultiMap([table]).
function MultiMap:_init(items)
   if items ~= nil then self:update(items) end
end

--- map:set(key, value): one more value.
function MultiMap:set(key, value)
   local values = rawget(self, key)
   if values == nil then
      rawset(self, key, List{value})
   else
      values:append(value)
   end
end

--- map:update(table): adds each value; of another MultiMap all of them.
function MultiMap:update(items)
   local several = MultiMap:class_of(items)
   for key, value in pairs(items) do
      if several then
         for _, one in ipairs(value) do self:set(key, one) end
      else
         self:set(key, value)
      end
   end
   return self
end

return MultiMap
