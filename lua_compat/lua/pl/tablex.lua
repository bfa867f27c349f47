-- pl.tablex: tables: copies, comparisons, maps and filters, searches.

local utils = require 'pl.utils'

local tablex = {}

local function check(t, n)
   if type(t) ~= 'table' and type(t) ~= 'userdata' then error(('argument %d is not iterable'):format(n or 1), 3) end
   return t
end

-- What is made from a table keeps its class; a plain list becomes a List, a plain map a Map. These stand on this file, so
-- they are loaded when first needed.
local function as(result, class) return setmetatable(result, require('pl.' .. class)) end

local function like(source, result, class)
   local meta = getmetatable(source)
   if meta == nil and class ~= nil then return as(result, class) end
   return setmetatable(result, meta)
end

--------------------------------------------------------------------------------------------------- copies

--- tablex.copy(t): its entries in a new table; tablex.update(t, other): other's entries into t.
function tablex.copy(t)
   local copy = {}
   for key, value in pairs(check(t)) do copy[key] = value end
   return copy
end

function tablex.update(t, other)
   for key, value in pairs(check(other, 2)) do check(t)[key] = value end
   return t
end

--- tablex.deepcopy(t): tables inside are copied too, with their metatables; a table that occurs twice is copied once.
function tablex.deepcopy(t)
   local copies = {}
   local function copied(value)
      if type(value) ~= 'table' then return value end
      if copies[value] == nil then
         local copy = {}
         copies[value] = copy
         for key, inner in pairs(value) do copy[copied(key)] = copied(inner) end
         setmetatable(copy, getmetatable(value))
      end
      return copies[value]
   end
   return copied(t)
end

--- tablex.deepcompare(a, b [, ignore metatables, tolerance]): whether all entries are equal.
function tablex.deepcompare(a, b, ignore_mt, tolerance)
   if type(a) ~= type(b) then return false end
   if type(a) ~= 'table' then
      if type(a) == 'number' and tolerance ~= nil then return math.abs(a - b) < tolerance end
      return a == b
   end
   local mt = getmetatable(a)
   if not ignore_mt and type(mt) == 'table' and mt.__eq ~= nil then return a == b end
   for key in pairs(a) do
      if b[key] == nil then return false end
   end
   for key, value in pairs(b) do
      if a[key] == nil or not tablex.deepcompare(a[key], value, ignore_mt, tolerance) then return false end
   end
   return true
end

--- tablex.move(target, source [, to, from, n]): copies a stretch of a list; tablex.icopy clears what lies behind it.
function tablex.move(target, source, to, from, n)
   to, from = to or 1, from or 1
   for i = 0, (n or #source - from + 1) - 1 do target[to + i] = source[from + i] end
   return target
end

function tablex.icopy(target, source, to, from, n)
   to, from = to or 1, from or 1
   n = n or #source - from + 1
   tablex.move(target, source, to, from, n)
   tablex.clear(target, to + n)
   return target
end

function tablex.insertvalues(t, ...)
   local position, values
   if select('#', ...) == 1 then position, values = #t + 1, ... else position, values = ... end
   for i = 1, #values do table.insert(t, position + i - 1, values[i]) end
   return t
end

function tablex.removevalues(t, first, last)
   first, last = first or 1, last or #t
   for i = last, first, -1 do table.remove(t, i) end
   return t
end

--- tablex.sub(t, first, last): the stretch of a list; negative places count from the end.
function tablex.sub(t, first, last)
   first, last = first or 1, last or -1
   if first < 0 then first = #t + first + 1 end
   if last < 0 then last = #t + last + 1 end
   local part = {}
   for i = first, math.min(last, #t) do part[#part + 1] = t[i] end
   return like(t, part, 'List')
end

function tablex.set(t, value, first, last)
   for i = first or 1, last or #t do t[i] = value end
end

function tablex.new(n, value)
   local t = {}
   for i = 1, n do t[i] = value end
   return t
end

function tablex.clear(t, from)
   for i = #t, from or 1, -1 do t[i] = nil end
end

function tablex.range(first, last, step)
   local list = {}
   for i = first, last, step or 1 do list[#list + 1] = i end
   return as(list, 'List')
end

function tablex.rotate(t, n)
   local length, copy = #t, {}
   for i = 1, length do copy[(i - 1 + (n or 1)) % length + 1] = t[i] end
   return like(t, copy)
end

function tablex.readonly(t)
   return setmetatable({}, {__index = t, __newindex = function() error('Attempt to modify read-only table', 2) end})
end

------------------------------------------------------------------------------------------- keys and values

function tablex.keys(t)
   local list = {}
   for key in pairs(check(t)) do list[#list + 1] = key end
   return as(list, 'List')
end

function tablex.values(t)
   local list = {}
   for _, value in pairs(check(t)) do list[#list + 1] = value end
   return as(list, 'List')
end

function tablex.size(t)
   local n = 0
   for _ in pairs(check(t)) do n = n + 1 end
   return n
end

--- tablex.index_map(list): value -> place; tablex.makeset(list): value -> true.
function tablex.index_map(list)
   local map = {}
   for i = 1, #list do map[list[i]] = i end
   return as(map, 'Map')
end

function tablex.makeset(list)
   local set = {}
   for i = 1, #list do set[list[i]] = true end
   return as(set, 'Set')
end

--- tablex.merge(a, b [, all]): the entries that both have with a's values; all: that one has, with b's.
function tablex.merge(a, b, all)
   local merged = {}
   for key, value in pairs(a) do
      if all or b[key] ~= nil then merged[key] = value end
   end
   for key, value in pairs(all and b or {}) do merged[key] = value end
   return like(a, merged, 'Map')
end

tablex.union = function(a, b) return tablex.merge(a, b, true) end
tablex.intersection = function(a, b) return tablex.merge(a, b, false) end

--- tablex.difference(a, b [, symmetric]): the entries of a whose keys b has not.
function tablex.difference(a, b, symmetric)
   local left = {}
   for key, value in pairs(a) do
      if b[key] == nil then left[key] = value end
   end
   if symmetric then
      for key, value in pairs(b) do
         if a[key] == nil then left[key] = value end
      end
   end
   return like(a, left, 'Map')
end

-------------------------------------------------------------------------------------------- maps and filters

function tablex.map(f, t, ...)
   f = utils.function_arg(1, f)
   local result = {}
   for key, value in pairs(check(t, 2)) do result[key] = f(value, ...) end
   return like(t, result)
end

local function indexable(t)
   if type(t) ~= 'table' and type(t) ~= 'userdata' then error('argument 1 is not indexable', 3) end
   return t
end

function tablex.imap(f, t, ...)
   f = utils.function_arg(1, f)
   local result = {}
   for i = 1, #indexable(t) do
      local value = f(t[i], ...)
      if value == nil then value = false end
      result[i] = value
   end
   return like(t, result, 'List')
end

function tablex.map2(f, a, b, ...)
   f = utils.function_arg(1, f)
   local result = {}
   for key, value in pairs(a) do result[key] = f(value, b[key], ...) end
   return like(a, result, 'List')
end

function tablex.imap2(f, a, b, ...)
   f = utils.function_arg(1, f)
   local result = {}
   for i = 1, math.min(#a, #b) do result[i] = f(a[i], b[i], ...) end
   return result
end

--- tablex.mapn(f, list, list, ...): f over the first items, the second ones, ...
function tablex.mapn(f, ...)
   f = utils.function_arg(1, f)
   local lists, shortest, result = {...}, math.huge, {}
   for _, list in ipairs(lists) do shortest = math.min(shortest, #list) end
   for i = 1, shortest do
      local items = {}
      for k, list in ipairs(lists) do items[k] = list[i] end
      result[i] = f(unpack(items, 1, #lists))
   end
   return result
end

--- tablex.zip(list, list, ...): lists of the first items, of the second ones, ...
function tablex.zip(...) return tablex.mapn(function(...) return {...} end, ...) end

--- tablex.map_named_method(name, list, ...): what each item's method gives.
function tablex.map_named_method(name, t, ...)
   local result = {}
   for i = 1, #t do result[i] = t[i][name](t[i], ...) end
   return like(t, result, 'List')
end

--- tablex.index_by(t, keys): the values under these keys, a list.
function tablex.index_by(t, keys)
   local result = {}
   for i = 1, #keys do result[i] = t[keys[i]] end
   return like(t, result, 'List')
end

--- tablex.pairmap(f, t): f(key, value) -> value [, key].
function tablex.pairmap(f, t, ...)
   f = utils.function_arg(1, f)
   local result = {}
   for key, value in pairs(t) do
      local new_value, new_key = f(key, value, ...)
      if new_key ~= nil then result[new_key] = new_value else result[#result + 1] = new_value end
   end
   return result
end

function tablex.transform(f, t, ...)
   f = utils.function_arg(1, f)
   for key, value in pairs(t) do t[key] = f(value, ...) end
   return t
end

function tablex.filter(t, accepts, ...)
   accepts = utils.function_arg(2, accepts)
   local kept = {}
   for i = 1, #check(t) do
      if accepts(t[i], ...) then kept[#kept + 1] = t[i] end
   end
   return like(t, kept, 'List')
end

function tablex.reduce(f, t, start)
   f = utils.function_arg(1, f)
   local value, first = start, 1
   if value == nil then value, first = t[1], 2 end
   for i = first, #t do value = f(value, t[i]) end
   return value
end

function tablex.foreach(t, f, ...)
   f = utils.function_arg(2, f)
   for key, value in pairs(t) do f(value, key, ...) end
end

function tablex.foreachi(t, f, ...)
   f = utils.function_arg(2, f)
   for i = 1, #t do f(t[i], i, ...) end
end

function tablex.count_map(t)
   local counts = {}
   for i = 1, #t do counts[t[i]] = (counts[t[i]] or 0) + 1 end
   return as(counts, 'Map')
end

------------------------------------------------------------------------------------------------ searches

local function first_place(t, from)
   from = from or 1
   return from < 0 and #t + from + 1 or from
end

--- tablex.find(list, value [, from]): its place; rfind: the last one; find_if(list, f): of the first that f accepts.
function tablex.find(t, value, from)
   for i = first_place(check(t), from), #t do
      if t[i] == value then return i end
   end
   return nil
end

function tablex.rfind(t, value, from)
   for i = from and first_place(t, from) or #check(t), 1, -1 do
      if t[i] == value then return i end
   end
   return nil
end

function tablex.find_if(t, f, argument)
   f = utils.function_arg(2, f)
   for i = 1, #check(t) do
      local found = f(t[i], argument)
      if found then return i, found end
   end
   return nil
end

--- tablex.search(t, value [, exclude]): the dotted path of keys to a value inside tables.
function tablex.search(t, value, exclude)
   local seen = {[t] = true}
   for _, excluded in pairs(exclude or {}) do seen[excluded] = true end
   local function search(inner, prefix)
      for key, item in pairs(inner) do
         if item == value then return prefix .. tostring(key) end
      end
      for key, item in pairs(inner) do
         if type(item) == 'table' and not seen[item] then
            seen[item] = true
            local found = search(item, prefix .. tostring(key) .. '.')
            if found then return found end
         end
      end
      return nil
   end
   return search(t, '')
end

--- tablex.compare(a, b, f): whether f holds for all pairs of items; compare_no_order: the same items in any order.
function tablex.compare(a, b, f)
   if #a ~= #b then return false end
   f = utils.function_arg(3, f)
   for i = 1, #a do
      if not f(a[i], b[i]) then return false end
   end
   return true
end

function tablex.compare_no_order(a, b, f)
   if #a ~= #b then return false end
   f = f and utils.function_arg(3, f) or function(x, y) return x == y end
   local taken = {}
   for i = 1, #a do
      local found
      for k = 1, #b do
         if not taken[k] and f(a[i], b[k]) then found = k break end
      end
      if found == nil then return false end
      taken[found] = true
   end
   return true
end

--- tablex.sort(t [, before]), tablex.sortv(t [, before]): iterate by key, by value.
local function sorted(t, before, choose)
   local entries, i = {}, 0
   for key, value in pairs(t) do entries[#entries + 1] = {key, value} end
   before = before and utils.function_arg(2, before) or function(x, y) return x < y end
   table.sort(entries, function(a, b) return before(a[choose], b[choose]) end)
   return function()
      i = i + 1
      if entries[i] ~= nil then return entries[i][1], entries[i][2] end
   end
end

function tablex.sort(t, before) return sorted(t, before, 1) end

function tablex.sortv(t, before) return sorted(t, before, 2) end

return tablex
