-- pl.Map: a table by key with methods.

local class = require 'pl.class'
local tablex = require 'pl.tablex'
local List = require 'pl.List'

local Map = class(nil, nil, require('pl.utils').stdmt.Map)

--- Map([table]): a copy.
function Map:_init(items)
   for key, value in pairs(items or {}) do self[key] = value end
end

local function own_keys(self)
   local keys = {}
   for key in pairs(self) do keys[#keys + 1] = key end
   return List(keys)
end

function Map:keys() return own_keys(self) end

function Map:values()
   local values = {}
   for _, value in pairs(self) do values[#values + 1] = value end
   return List(values)
end

function Map:iter() return pairs(self) end

function Map:items()
   local list = {}
   for key, value in pairs(self) do list[#list + 1] = List{key, value} end
   table.sort(list, function(a, b) return tostring(a[1]) < tostring(b[1]) end)
   return List(list)
end

function Map:get(key) return rawget(self, key) end

function Map:set(key, value) self[key] = value end

--- map:setdefault(key, value): the value there, which is set first where there is none.
function Map:setdefault(key, value)
   if rawget(self, key) == nil then rawset(self, key, value) end
   return rawget(self, key)
end

function Map:getvalues(keys)
   local values = {}
   for i, key in ipairs(keys) do values[i] = rawget(self, key) end
   return List(values)
end

function Map:update(other)
   for key, value in pairs(other) do self[key] = value end
   return self
end

function Map:len()
   local n = 0
   for _ in pairs(self) do n = n + 1 end
   return n
end

Map.__len = Map.len

function Map.__eq(a, b) return tablex.deepcompare(a, b, true) end

function Map:__tostring()
   return require('pl.pretty').write(self, '')
end

return Map
