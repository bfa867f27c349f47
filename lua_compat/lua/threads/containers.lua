-- Where the elements of tds containers are: in tables of this Lua, or, once several threads have a container, in memory
-- of Python's behind a lock, with a table in their place that gets and sets them there.

local torch = require 'torch'
local types = require 'torch.types'

local type, next = type, next

local containers = {
   elements = {}, -- number of a container -> its elements
   makers = {},   -- kind -> a function that makes an object of a number
}
local elements = containers.elements
local shared = {} -- number of a container -> what holds its elements for all threads

local python
local function functions()
   python = python or require '_containers'
   return python
end

--- containers.counts: number of a container -> how many elements there are.
local counts = setmetatable({}, {
   __index = function(_, id) return shared[id] ~= nil and python.size(shared[id]) or nil end,
   __newindex = function(t, id, n)
      if shared[id] ~= nil then
         python.resize(shared[id], n)
      else
         rawset(t, id, n)
      end
   end,
})
containers.counts = counts

local made = 0

--- containers.new(): the number of a new container, which is empty.
function containers.new()
   made = made + 1
   elements[made], counts[made] = {}, 0
   return made
end

--- containers.release(id): its elements are not needed here any more.
function containers.release(id)
   shared[id], elements[id] = nil, nil
   counts[id] = nil
end

------------------------------------------------------------------------------------------------- values for all

-- A value as all threads can have it: plain ones and tensors as they are, containers shared, the rest to be copied.
local function encoded(value)
   local kind = type(value)
   if kind == 'nil' or kind == 'number' or kind == 'string' or kind == 'boolean' then return value end
   if kind == 'userdata' and (types.is_tensor(value) or types.is_storage(value)) then return value end
   if kind == 'cdata' and containers.makers[torch.typename(value)] then return containers.share(value) end
   return functions().boxed(require('threads.carry').write(value, true))
end

local function decoded(value)
   if type(value) ~= 'userdata' or types.is_tensor(value) or types.is_storage(value) then return value end
   local kind = python.kind(value)
   if kind == 'boxed' then return require('threads.carry').read(python.unboxed(value)) end
   return containers.of(value)
end

-- What stands in the place of the table of elements.
local function proxy(holder)
   return setmetatable({}, {
      __index = function(_, key) return decoded(python.get(holder, encoded(key))) end,
      __newindex = function(_, key, value) python.set(holder, encoded(key), encoded(value)) end,
   })
end

local function use(id, holder)
   shared[id], elements[id] = holder, proxy(holder)
   rawset(counts, id, nil)
end

local NAMES = {['tds.Hash'] = 'hash', ['tds.Vec'] = 'vec'}

--- containers.share(object): what holds the elements of a container, or a counter's value, for all threads.
function containers.share(object)
   local name = torch.typename(object)
   if name == 'tds.AtomicCounter' then
      if object.id == 0 then
         object.id = containers.new()
         shared[object.id] = functions().counter(object.value)
      end
      return shared[object.id]
   end
   local id = object.id
   if shared[id] ~= nil then return shared[id] end
   local holder, held, n = functions().container(NAMES[name]), elements[id], counts[id]
   use(id, holder) -- first, for it may hold itself
   for key, value in next, held do elements[id][key] = value end
   if name == 'tds.Vec' then python.resize(holder, n) end
   return holder
end

--- containers.of(holder): an object of this Lua for what share gave.
function containers.of(holder)
   local kind, id = functions().kind(holder), containers.new()
   if kind == 'counter' then
      shared[id] = holder
   else
      use(id, holder)
   end
   if containers.makers[kind] == nil then require 'tds' end
   return containers.makers[kind](id)
end

--- containers.counter(id): what holds the value of a counter that is shared.
function containers.counter(id) return shared[id] end

---------------------------------------------------------------------------------------------------- all at once

local function entry(state)
   local key, value = python.entry(state.items, state.at)
   state.at = state.at + 1
   if key ~= nil then return decoded(key), decoded(value) end
end

--- containers.pairs(id): an iterator of keys and elements, of a shared one as they are now.
function containers.pairs(id)
   if shared[id] == nil then return next, elements[id], nil end
   return entry, {items = python.items(shared[id]), at = 0}, nil
end

--- containers.whole(id, f): f(elements, n) on a plain table of a vector's elements; what f leaves there is kept.
function containers.whole(id, f)
   if shared[id] == nil then return f(elements[id], counts[id]) end
   local plain, n = {}, counts[id]
   for i = 1, n do plain[i] = elements[id][i] end
   local found = f(plain, n)
   for i = 1, n do elements[id][i] = plain[i] end
   return found
end

local function finish(holder, ended, ...)
   python.unlock(holder)
   if not ended then error((...), 0) end
   return ...
end

--- containers.locked(method): the method of a container, which no other thread comes between.
function containers.locked(method)
   return function(self, ...)
      local holder = shared[self.id]
      if holder == nil then return method(self, ...) end
      python.lock(holder)
      return finish(holder, pcall(method, self, ...))
   end
end

return containers
