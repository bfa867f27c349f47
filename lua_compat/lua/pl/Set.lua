-- pl.Set: sets; + is the union, * the intersection, - the difference, ^ the symmetric difference, < the proper subset.

local class = require 'pl.class'
local List = require 'pl.List'

local Set = class(nil, nil, require('pl.utils').stdmt.Set)

--- Set(items): of a list, or of another set.
function Set:_init(items)
   if items == nil then return end
   if getmetatable(items) == Set then
      for item in pairs(items) do self[item] = true end
   else
      for _, item in ipairs(items) do self[item] = true end
   end
end

local function values(set)
   local list = {}
   for item in pairs(set) do list[#list + 1] = item end
   return List(list)
end

Set.values = values

function Set.len(set)
   local n = 0
   for _ in pairs(set) do n = n + 1 end
   return n
end

Set.__len = Set.len

function Set.map(set, f, ...)
   f = require('pl.utils').function_arg(1, f)
   local list = {}
   for item in pairs(set) do list[#list + 1] = f(item, ...) end
   return Set(list)
end

local function combined(a, b, keep)
   local result = Set()
   for item in pairs(a) do
      if keep(true, b[item] == true) then result[item] = true end
   end
   for item in pairs(b) do
      if a[item] ~= true and keep(false, true) then result[item] = true end
   end
   return result
end

local function as_set(x) return getmetatable(x) == Set and x or Set{x} end

function Set.union(a, b) return combined(as_set(a), as_set(b), function() return true end) end

function Set.intersection(a, b) return combined(as_set(a), as_set(b), function(x, y) return x and y end) end

function Set.difference(a, b) return combined(as_set(a), as_set(b), function(x, y) return x and not y end) end

function Set.symmetric_difference(a, b) return combined(as_set(a), as_set(b), function(x, y) return x ~= y end) end

function Set.issubset(a, b)
   for item in pairs(a) do
      if rawget(b, item) == nil then return false end
   end
   return true
end

function Set.isempty(set) return next(set) == nil end

function Set.isdisjoint(a, b) return Set.isempty(Set.intersection(a, b)) end

Set.__add, Set.__mul, Set.__sub, Set.__pow = Set.union, Set.intersection, Set.difference, Set.symmetric_difference

function Set.__eq(a, b) return Set.issubset(a, b) and Set.issubset(b, a) end

function Set.__lt(a, b) return Set.issubset(a, b) and not Set.issubset(b, a) end

Set.__le = Set.issubset

function Set.__tostring(set)
   local parts = {}
   for item in pairs(set) do parts[#parts + 1] = tostring(item) end
   table.sort(parts)
   return '[' .. table.concat(parts, ',') .. ']'
end

return Set
