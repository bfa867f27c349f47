-- pl.seq: iterators: made, mapped, filtered, reduced. seq(x) gives an object with these as methods.

local utils = require 'pl.utils'
local List = require 'pl.List'

local seq = {}

--- seq.list(t): an iterator over a list's items; seq.iter(x): over a list, a table by key, or an iterator itself.
function seq.list(t)
   local i = 0
   return function()
      i = i + 1
      return t[i]
   end
end

function seq.iter(items)
   if type(items) == 'table' and getmetatable(items) == seq._wrapper then return items.iterator end
   if type(items) == 'table' and not utils.is_callable(items) then return seq.list(items) end
   return items
end

function seq.keys(t)
   local key
   return function()
      key = next(t, key)
      return key
   end
end

--- seq.range(first, last), seq.random(n [, low, high]).
function seq.range(first, last)
   local i = first - 1
   return function()
      if i < last then
         i = i + 1
         return i
      end
   end
end

function seq.random(n, low, high)
   local i = 0
   return function()
      if i < n then
         i = i + 1
         if low == nil then return math.random() end
         if high == nil then return math.random(low) end
         return math.random(low, high)
      end
   end
end

--- seq.copy(x): a List of the values; seq.copy2: of pairs; seq.sort(x [, before]): sorted, an iterator.
function seq.copy(items)
   local list = {}
   for item in seq.iter(items) do list[#list + 1] = item end
   return List(list)
end

function seq.copy2(items, i, j)
   local list = {}
   for a, b in seq.iter(items), i, j do list[#list + 1] = {a, b} end
   return List(list)
end

function seq.sort(items, before)
   local list = seq.copy(items)
   table.sort(list, before and utils.function_arg(2, before))
   return seq.list(list)
end

--- seq.minmax, sum (and the count), count (of those that a function accepts), reduce, printall.
function seq.minmax(items)
   local low, high
   for item in seq.iter(items) do
      if low == nil or item < low then low = item end
      if high == nil or item > high then high = item end
   end
   return low, high
end

function seq.sum(items, f)
   local sum, n = 0, 0
   f = f and utils.function_arg(2, f)
   for item in seq.iter(items) do
      sum, n = sum + (f and f(item) or item), n + 1
   end
   return sum, n
end

function seq.count(items, accepts, argument)
   local n = 0
   accepts = utils.function_arg(2, accepts)
   for item in seq.iter(items) do
      if accepts(item, argument) then n = n + 1 end
   end
   return n
end

function seq.reduce(f, items, start)
   f = utils.function_arg(1, f)
   local iterator = seq.iter(items)
   local value = start
   if value == nil then value = iterator() end
   for item in iterator do value = f(value, item) end
   return value
end

function seq.count_map(items)
   local counts = {}
   for item in seq.iter(items) do counts[item] = (counts[item] or 0) + 1 end
   return setmetatable(counts, require 'pl.Map')
end

function seq.printall(items, separator, width, format)
   separator, width = separator or ' ', width or 7
   local n, pieces = 0, {}
   for item in seq.iter(items) do
      if type(item) == 'number' and format == nil then item = ('%.4g'):format(item)
      else item = format and format:format(item) or tostring(item) end
      n = n + 1
      pieces[n] = item .. (n % width == 0 and '\n' or separator)
   end
   io.write(table.concat(pieces), '\n')
end

------------------------------------------------------------------------------------------ iterators from iterators

function seq.map(f, items, argument)
   f = utils.function_arg(1, f)
   local iterator = seq.iter(items)
   return function()
      local item = iterator()
      if item ~= nil then return f(item, argument) end
   end
end

function seq.filter(items, accepts, argument)
   accepts = utils.function_arg(2, accepts)
   local iterator = seq.iter(items)
   return function()
      while true do
         local item = iterator()
         if item == nil then return nil end
         if accepts(item, argument) then return item end
      end
   end
end

function seq.mapmethod(items, name, a, b)
   return seq.map(function(item) return item[name](item, a, b) end, items)
end

function seq.take(items, n)
   local iterator, i = seq.iter(items), 0
   return function()
      i = i + 1
      if i <= n then return iterator() end
   end
end

function seq.skip(items, n)
   local iterator = seq.iter(items)
   for _ = 1, n do
      if iterator() == nil then return function() end end
   end
   return iterator
end

--- seq.enum(x): place, item; seq.zip(a, b): pairs; seq.last(x): item, the one before; seq.unique(x): each value once.
function seq.enum(items)
   local iterator, i = seq.iter(items), 0
   return function()
      local item = iterator()
      if item ~= nil then
         i = i + 1
         return i, item
      end
   end
end

function seq.zip(a, b)
   local first, second = seq.iter(a), seq.iter(b)
   return function()
      local x, y = first(), second()
      if x ~= nil and y ~= nil then return x, y end
   end
end

function seq.last(items)
   local iterator = seq.iter(items)
   local before = iterator()
   return function()
      local item = iterator()
      if item == nil then return nil end
      local last = before
      before = item
      return item, last
   end
end

function seq.unique(items)
   local seen = {}
   return seq.filter(items, function(item)
      if seen[item] then return false end
      seen[item] = true
      return true
   end)
end

--- seq.splice(a, b, ...): one after the other.
function seq.splice(...)
   local sources, i = {...}, 1
   local iterator = sources[1] and seq.iter(sources[1])
   return function()
      while iterator ~= nil do
         local item = iterator()
         if item ~= nil then return item end
         i = i + 1
         iterator = sources[i] and seq.iter(sources[i])
      end
   end
end

seq.copy_tuples = seq.copy2

--- seq.less_than(x), greater_than(x), equal_to(x), matching(pattern): functions of one argument, for filters.
function seq.less_than(x) return function(y) return y < x end end

function seq.greater_than(x) return function(y) return y > x end end

function seq.equal_to(x) return function(y) return y == x end end

function seq.matching(pattern) return function(text) return text:find(pattern) ~= nil end end

function seq.foreach(items, f)
   f = utils.function_arg(2, f)
   for item in seq.iter(items) do f(item) end
end

--- seq.lines(file name or file [, format]).
function seq.lines(source)
   if type(source) == 'string' then return io.lines(source) end
   return source:lines()
end

-- seq(x): methods take the sequence first; those of the functions f come first in a call are turned round.
local function_first = {map = true, reduce = true}
seq._wrapper = {}
seq._wrapper.__call = function(self) return self.iterator() end
seq._wrapper.__index = function(self, name)
   local fn = seq[name]
   if fn == nil then
      return function(_, ...) return seq(seq.mapmethod(self.iterator, name, ...)) end
   end
   return function(_, first, ...)
      local results
      if function_first[name] then results = utils.pack(fn(first, self.iterator, ...))
      else results = utils.pack(fn(self.iterator, first, ...)) end
      if type(results[1]) == 'function' then return seq(results[1]) end
      return unpack(results, 1, results.n)
   end
end

return setmetatable(seq, {__call = function(_, items)
   return setmetatable({iterator = seq.iter(items)}, seq._wrapper)
end})
