-- tds: hashes, vectors and counters of their own types. `require 'tds'` gives the package.
--
-- As in Torch7 they are C data: # and pairs then are theirs, which a plain table could not have in this Lua. The
-- elements are found through a number that the C data holds (threads/containers.lua).

local torch = require 'torch'
local ffi = require 'ffi'
local errors = require 'torch.errors'
local containers = require 'threads.containers'

local tds = {}

local type, next, select, tostring, floor = type, next, select, tostring, math.floor
local plain_pairs, plain_ipairs = pairs, ipairs

---------------------------------------------------------------------------------------------------- what all share

-- Here pairs and ipairs do not look for __pairs and __ipairs; for the containers they have to.
local iterators = {} -- class name -> function
function _G.pairs(object)
   if type(object) == 'cdata' then
      local iterator = iterators[torch.typename(object)]
      if iterator then return iterator(object) end
   end
   return plain_pairs(object)
end
function _G.ipairs(object)
   if type(object) == 'cdata' and torch.typename(object) == 'tds.Vec' then return iterators['tds.Vec'](object) end
   return plain_ipairs(object)
end

local elements, counts = containers.elements, containers.counts

-- A class whose instances are of the C type: `new(...)` makes one, `empty()` one for a file to fill.
local function define(name, ctype, methods, new, empty)
   local mt = torch.newmetatable('tds.' .. name, nil, new, nil, empty, tds)
   for key, method in plain_pairs(methods) do mt[key] = method end
   mt.__new = new
   return torch.metatype('tds.' .. name, ctype)
end

local function maker(class)
   return function()
      return class()(containers.new())
   end
end

local function release(self) containers.release(self.id) end

-- What an element is kept as: a plain table becomes a tds.Vec where it is a list, else a tds.Hash.
local function converted(value)
   local kind = type(value)
   if kind == 'thread' then errors.raise('tds: a coroutine cannot be an element') end
   if kind ~= 'table' or torch.typename(value) then return value end
   local n = 0
   for _ in next, value do n = n + 1 end
   if n > 0 and n == #value then return tds.Vec(value) end
   return tds.Hash(value)
end

-- `key : value`, the further lines of the value under the first.
local function described(key, value)
   local head = tostring(key) .. ' : '
   return head .. tostring(value):gsub('\n([^\n])', '\n' .. (' '):rep(#head) .. '%1')
end

-------------------------------------------------------------------------------------------------------------- Hash

ffi.cdef 'typedef struct { double id; } tds_lua_hash; typedef struct { double id; } tds_lua_vec;'
ffi.cdef 'typedef struct { double value; double id; } tds_lua_counter;'

local hash_type
local Hash = {__gc = release}
local new_hash = maker(function() return hash_type end)

function Hash:__index(key)
   if key == nil then return nil end
   return elements[self.id][key]
end

function Hash:__newindex(key, value)
   if key == nil then errors.raise('tds.Hash: a key cannot be nil') end
   local id = self.id
   local held = elements[id]
   value = converted(value)
   if held[key] == nil then
      if value ~= nil then counts[id] = counts[id] + 1 end
   elseif value == nil then
      counts[id] = counts[id] - 1
   end
   held[key] = value
end

function Hash:__len() return counts[self.id] end

function Hash:__pairs() return containers.pairs(self.id) end

function Hash:__tostring()
   local lines = {('tds.Hash[%d]{'):format(#self)}
   for key, value in containers.pairs(self.id) do lines[#lines + 1] = described(key, value) end
   lines[#lines + 1] = '}'
   return table.concat(lines, '\n')
end

function Hash:__write(file)
   file:writeLong(#self)
   for key, value in containers.pairs(self.id) do
      file:writeObject(key)
      file:writeObject(value)
   end
end

function Hash:__read(file)
   for _ = 1, file:readLong() do
      local key = file:readObject()
      self[key] = file:readObject()
   end
end

--- tds.Hash([table]): a table of keys and values; # counts them all.
local function build_hash(...)
   local hash, contents = new_hash(), ...
   if contents == nil then return hash end
   if select('#', ...) > 1 or (type(contents) ~= 'table' and torch.type(contents) ~= 'tds.Hash') then
      errors.raise('tds.Hash: a table or nothing expected, got %s', torch.type(contents))
   end
   for key, value in pairs(contents) do hash[key] = value end
   return hash
end
iterators['tds.Hash'] = Hash.__pairs
hash_type = define('Hash', 'tds_lua_hash', Hash, build_hash, new_hash)

--------------------------------------------------------------------------------------------------------------- Vec

local vec_type
local Vec, methods = {__gc = release}, {}
local new_vec = maker(function() return vec_type end)

function Vec:__index(key)
   if type(key) == 'number' then return elements[self.id][key] end
   return methods[key]
end

local function check_position(name, position, last)
   if type(position) ~= 'number' or position < 1 or position > last or position ~= floor(position) then
      errors.raise('%s: a whole number from 1%s expected, got %s', name,
         last < math.huge and ' to ' .. last or '', tostring(position))
   end
end

--- vec[i] = value: beyond the end the vector grows.
function Vec:__newindex(key, value)
   check_position('tds.Vec', key, math.huge)
   local id = self.id
   elements[id][key] = converted(value)
   if key > counts[id] then counts[id] = key end
end

function Vec:__len() return counts[self.id] end

local function following(self, i)
   i = i + 1
   if i <= counts[self.id] then return i, elements[self.id][i] end
end

function Vec:__pairs() return following, self, 0 end
Vec.__ipairs = Vec.__pairs

function Vec:__tostring()
   local lines = {('tds.Vec[%d]{'):format(#self)}
   for i, value in following, self, 0 do lines[#lines + 1] = described(i, value) end
   lines[#lines + 1] = '}'
   return table.concat(lines, '\n')
end

function Vec:__write(file)
   file:writeLong(#self)
   for _, value in following, self, 0 do file:writeObject(value) end
end

function Vec:__read(file)
   for i = 1, file:readLong() do self[i] = file:readObject() end
end

--- vec:insert([position,] value): what lies from there on moves up by one.
function methods:insert(...)
   local id = self.id
   local held, n = elements[id], counts[id] + 1
   local position, value = n, ...
   if select('#', ...) > 1 then
      position, value = ...
      check_position('tds.Vec.insert: position', position, n)
   end
   value = converted(value)
   for i = n, position + 1, -1 do held[i] = held[i - 1] end
   held[position], counts[id] = value, n
end

--- vec:remove([position]): takes out the last element or the one there, and returns it.
function methods:remove(position)
   local id = self.id
   local held, n = elements[id], counts[id]
   if n == 0 and position == nil then return nil end
   position = position or n
   check_position('tds.Vec.remove: position', position, n)
   local value = held[position]
   for i = position, n do held[i] = held[i + 1] end
   counts[id] = n - 1
   return value
end

--- vec:resize(n): elements beyond n go away, new ones are nil.
function methods:resize(n)
   if type(n) ~= 'number' or n < 0 or n ~= floor(n) then
      errors.raise('tds.Vec.resize: a whole number from 0 expected, got %s', tostring(n))
   end
   local id = self.id
   for i = n + 1, counts[id] do elements[id][i] = nil end
   counts[id] = n
end

--- vec:sort([less]): in place; `less(a, b)` says whether a comes before b.
function methods:sort(less)
   local held = elements[self.id]
   for i = 1, counts[self.id] do
      if held[i] == nil then errors.raise('tds.Vec.sort: element %d is nil', i) end
   end
   containers.whole(self.id, function(plain) table.sort(plain, less) end)
end

--- vec:concat([separator [, first [, last]]]): its strings and numbers as one string.
function methods:concat(separator, first, last)
   return containers.whole(self.id, function(plain, n) return table.concat(plain, separator, first or 1, last or n) end)
end

--- tds.Vec(...), tds.Vec(list): the values in a row.
local function build_vec(...)
   local vec, n, first = new_vec(), select('#', ...), ...
   if n == 1 and (torch.type(first) == 'table' or torch.type(first) == 'tds.Vec') then
      for i = 1, #first do vec[i] = first[i] end
   else
      for i = 1, n do vec[i] = (select(i, ...)) end
   end
   return vec
end
iterators['tds.Vec'] = Vec.__pairs
for _, name in plain_ipairs {'insert', 'remove', 'resize', 'sort'} do methods[name] = containers.locked(methods[name]) end
vec_type = define('Vec', 'tds_lua_vec', Vec, build_vec, new_vec)

----------------------------------------------------------------------------------------------------- AtomicCounter

local counter_type
local Counter, counter_methods = {__gc = function(self) if self.id ~= 0 then containers.release(self.id) end end}, {}
local functions -- of counters that several threads have

local function holder(self)
   if self.id == 0 then return nil end
   functions = functions or require '_containers'
   return containers.counter(self.id)
end

function counter_methods:set(value)
   local of_all = holder(self)
   if of_all ~= nil then functions.counter_set(of_all, value) else self.value = value end
end

function counter_methods:get()
   local of_all = holder(self)
   if of_all ~= nil then return functions.counter_get(of_all) end
   return self.value
end

--- counter:inc([step]): adds 1 or the step; returns what it was before.
function counter_methods:inc(step)
   local of_all = holder(self)
   if of_all ~= nil then return functions.counter_inc(of_all, step or 1) end
   local before = self.value
   self.value = before + (step or 1)
   return before
end

function Counter:__write(file) file:writeLong(self:get()) end
function Counter:__read(file) self.value = file:readLong() end
counter_methods.write, counter_methods.read = Counter.__write, Counter.__read

function Counter:__index(key) return counter_methods[key] end

function Counter:__tostring() return ('tds.AtomicCounter[%d]'):format(self:get()) end

--- tds.AtomicCounter([value]).
local function build_counter(value) return counter_type(value or 0, 0) end
counter_type = define('AtomicCounter', 'tds_lua_counter', Counter, build_counter, function() return build_counter() end)

containers.makers.hash, containers.makers.vec = hash_type, vec_type
containers.makers.counter = function(id) return counter_type(0, id) end
for _, name in plain_ipairs {'Hash', 'Vec', 'AtomicCounter'} do containers.makers['tds.' .. name] = true end

return tds
