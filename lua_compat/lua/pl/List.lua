-- pl.List: lists with Python's methods; indices start at 1, negative ones count from the end.

local utils = require 'pl.utils'
local class = require 'pl.class'

local List = class(nil, nil, utils.stdmt.List)

-- What is made from a list is of its class.
local function made(items, like) return setmetatable(items, like and getmetatable(like) or List) end

local function position(list, i)
   if i ~= nil and i < 0 then return #list + i + 1 end
   return i
end

--- List([items]): a new list of a table's items, a text's characters, or an iterator's values.
function List:_init(items)
   if type(items) == 'string' then items = items:gmatch('.') end
   if type(items) == 'function' then
      for item in items do self[#self + 1] = item end
   elseif items ~= nil then
      for i = 1, #items do self[i] = items[i] end
   end
end

List.new = function(items) return List(items) end

function List:clone() return made({}, self):extend(self) end

function List:append(item)
   self[#self + 1] = item
   return self
end

List.push = List.append

function List:extend(other)
   for i = 1, #other do self[#self + 1] = other[i] end
   return self
end

function List:insert(i, item)
   table.insert(self, position(self, i), item)
   return self
end

function List:put(item) return self:insert(1, item) end

--- list:remove(i): the item at a place is taken out; list:remove_value(item): the first equal one.
function List:remove(i)
   table.remove(self, position(self, i))
   return self
end

function List:remove_value(item)
   local i = self:index(item)
   if i ~= nil then table.remove(self, i) end
   return self
end

function List:pop(i) return table.remove(self, position(self, i) or #self) end

List.get = List.pop

function List:index(item, from)
   for i = position(self, from) or 1, #self do
      if self[i] == item then return i end
   end
   return nil
end

function List:contains(item) return self:index(item) ~= nil end

function List:count(item)
   local n = 0
   for i = 1, #self do
      if self[i] == item then n = n + 1 end
   end
   return n
end

function List:len() return #self end

function List:sort(before)
   if before ~= nil then before = utils.function_arg(1, before) end
   table.sort(self, before)
   return self
end

function List:sorted(before) return self:clone():sort(before) end

function List:reverse()
   local n = #self
   for i = 1, math.floor(n / 2) do self[i], self[n - i + 1] = self[n - i + 1], self[i] end
   return self
end

function List:minmax()
   local low, high = self[1], self[1]
   for i = 2, #self do
      if self[i] < low then low = self[i] end
      if self[i] > high then high = self[i] end
   end
   return low, high
end

function List:slice(first, last)
   local list = {}
   for i = position(self, first) or 1, position(self, last) or #self do list[#list + 1] = self[i] end
   return made(list, self)
end

function List:clear()
   for i = #self, 1, -1 do self[i] = nil end
   return self
end

--- List.range(n), List.range(first, last [, step]).
function List.range(first, last, step)
   if last == nil then first, last = 1, first end
   local list = {}
   for i = first, last, step or 1 do list[#list + 1] = i end
   return made(list)
end

--- List.split(text [, pattern]): of blanks.
function List.split(text, pattern) return made(utils.split(text, pattern or '%s+')) end

--- list:chop(i, j): takes items out; list:splice(i, other): puts another list's in.
function List:chop(first, last)
   first, last = position(self, first), position(self, last) or #self
   for i = last, first, -1 do table.remove(self, i) end
   return self
end

function List:splice(i, other)
   i = position(self, i)
   for k = 1, #other do table.insert(self, i + k - 1, other[k]) end
   return self
end

function List:slice_assign(first, last, other)
   first, last = position(self, first) or 1, position(self, last) or #self
   if last >= first then self:chop(first, last) end
   return self:splice(first, other)
end

function List:join(separator)
   return table.concat(utils.array_tostring(self), separator or '')
end

List.concat = function(self, separator, i, j) return table.concat(utils.array_tostring(self), separator, i, j) end

function List:foreach(f, ...)
   f = utils.function_arg(1, f)
   for i = 1, #self do f(self[i], ...) end
   return self
end

function List:map(f, ...)
   f = utils.function_arg(1, f)
   local list = {}
   for i = 1, #self do
      local value = f(self[i], ...)
      -- a place is kept where f gives nothing
      if value == nil then value = false end
      list[i] = value
   end
   return made(list, self)
end

function List:map2(f, other, ...)
   f = utils.function_arg(1, f)
   local list = {}
   for i = 1, math.min(#self, #other) do list[i] = f(self[i], other[i], ...) end
   return made(list, self)
end

function List:transform(f, ...)
   f = utils.function_arg(1, f)
   for i = 1, #self do self[i] = f(self[i], ...) end
   return self
end

function List:filter(accepts, ...)
   accepts = utils.function_arg(1, accepts)
   local list = {}
   for i = 1, #self do
      if accepts(self[i], ...) then list[#list + 1] = self[i] end
   end
   return made(list, self)
end

function List:reduce(f, start)
   f = utils.function_arg(1, f)
   local value, first = start, 1
   if value == nil then value, first = self[1], 2 end
   for i = first, #self do value = f(value, self[i]) end
   return value
end

function List:mapm(method, ...)
   local list = {}
   for i = 1, #self do list[i] = self[i][method](self[i], ...) end
   return made(list, self)
end

--- list:foreachm(method, ...): calls a method of each item.
function List:foreachm(method, ...)
   for i = 1, #self do self[i][method](self[i], ...) end
end

--- list:partition(f): the items by what f gives for them, a MultiMap.
function List:partition(f, ...)
   f = utils.function_arg(1, f)
   local parts = require('pl.MultiMap')()
   for i = 1, #self do
      local key = f(self[i], ...)
      if key == nil then key = '<nil>' end
      parts:set(key, self[i])
   end
   return parts
end

function List:iter()
   local i = 0
   return function()
      i = i + 1
      return self[i]
   end
end

--- List.iterate(x): over a list, a text's characters, or a file's lines.
function List.iterate(items)
   if type(items) == 'string' then return items:gmatch('.') end
   if io.type(items) == 'file' then return items:lines() end
   return List.iter(items)
end

function List.__concat(a, b) return made({}, a):extend(a):extend(b) end

function List.__eq(a, b)
   if #a ~= #b then return false end
   for i = 1, #a do
      if a[i] ~= b[i] then return false end
   end
   return true
end

function List:__tostring() return '{' .. self:join(',') .. '}' end

return List
