-- Elements of tensors and storages, read and written from Lua without a call of Python.
--
-- A weak table leads from a userdata to an entry, a C structure: the address of the first element, sizes and strides,
-- and the epoch at which they were true. Python counts the epoch up whenever an existing tensor's geometry or an
-- existing storage's memory changes; an entry of an older epoch is made anew. t[i] of two and more dimensions is a view,
-- made once and kept, weakly, as long as the epoch lasts, with an entry computed from that of its tensor.
--
-- Each element type has its own structure type, so that a compiled loop knows what it loads.

local ffi = require 'ffi'
local core = require '_core'
local types = require 'torch.types'
local class_machinery = require 'torch.class'
local errors = require 'torch.errors'

local type, tonumber, floor, setmetatable, rawget = type, tonumber, math.floor, setmetatable, rawget
local select = select
local class_of, find = types.class_of, class_machinery.find
local epoch = ffi.cast('int32_t*', core.epoch_address()) -- the lower half of a 64-bit number is enough

local element = {}

local ctypes = {
   Byte = 'uint8_t', Char = 'int8_t', Short = 'int16_t', Int = 'int32_t', Long = 'int64_t', Float = 'float', Double = 'double',
   Half = 'uint16_t',
}
local pointers, structures = {}, {}
for word, ctype in pairs(ctypes) do
   pointers[word] = ffi.typeof(ctype .. '*')
   structures[word] = ffi.typeof('struct { $ p; int32_t epoch, ndim; int32_t n[8], s[8]; }', pointers[word])
end

local weak_keys, weak_values = {__mode = 'k'}, {__mode = 'v'}
local entries = setmetatable({}, weak_keys) -- userdata -> entry; false where only Python may touch the memory
local rows = setmetatable({}, weak_keys)    -- userdata -> {[0] = epoch, [i] = view}

local function fill(ud, address, ...)
   if address == nil then return nil end
   local word = types.word(ud)
   local entry = structures[word]()
   entry.p = ffi.cast(pointers[word], address)
   entry.epoch = epoch[0]
   entry.ndim = select('#', ...) / 2
   for d = 0, entry.ndim - 1 do
      entry.n[d], entry.s[d] = select(2 * d + 1, ...)
   end
   entries[ud] = entry
   return entry
end

-- An entry that is true now; nil where there can be none.
local function fresh(ud)
   local entry = entries[ud]
   if entry ~= nil and entry.epoch == epoch[0] then return entry end
   return fill(ud, core.describe(ud))
end

---------------------------------------------------------------------------------------------------- the slow ways

local function out_of_range(ud, key, size)
   errors.raise("bad argument #2 to '?' (index %s is out of range: the %s of %s is %d)", tostring(key),
      types.is_storage(ud) and 'size' or 'first dimension', types.typename(ud), size)
end

-- A whole index from 1 within the bounds, from one that may be negative or have a fraction.
local function checked(ud, key)
   local size = core.length(ud)
   if size == 0 and types.is_tensor(ud) then
      errors.raise("bad argument #1 to '?' (an empty %s has no element %s)", types.typename(ud), tostring(key))
   end
   local i = key < 0 and -floor(-key) or floor(key)
   if i < 0 and types.is_tensor(ud) then i = size + i + 1 end
   if not (i >= 1 and i <= size) then out_of_range(ud, key, size) end
   return i
end

local function make_row(ud, entry, i)
   local row = core.row(ud, i - 1)
   if entry ~= nil then
      local own = structures[types.word(ud)]()
      own.p = entry.p + (i - 1) * entry.s[0]
      own.epoch = entry.epoch
      own.ndim = entry.ndim - 1
      for d = 0, own.ndim - 1 do own.n[d], own.s[d] = entry.n[d + 1], entry.s[d + 1] end
      entries[row] = own
      local list = rows[ud]
      if list == nil or list[0] ~= epoch[0] then
         list = setmetatable({[0] = epoch[0]}, weak_values)
         rows[ud] = list
      end
      list[i] = row
   end
   return row
end

local function read_slowly(ud, key)
   local i = checked(ud, key)
   local entry = fresh(ud)
   if entry == nil then
      if core.dimensions(ud) == 1 then return tonumber(core.item(ud, i - 1)) end
      return make_row(ud, nil, i)
   end
   if entry.ndim == 1 then return tonumber(entry.p[(i - 1) * entry.s[0]]) end
   local list = rows[ud]
   return list ~= nil and list[0] == epoch[0] and list[i] or make_row(ud, entry, i)
end

local function number_of(value)
   local number = tonumber(value)
   if type(value) == 'boolean' or number == nil then
      errors.raise("bad argument #3 to '?' (number expected, got %s)", types.typename(value) or type(value))
   end
   return number
end

local function write_slowly(ud, key, value)
   if core.dimensions(ud) ~= 1 or types.is_tensor(value) then
      return require('torch.index').newindex(ud, checked(ud, key), value)
   end
   local i, number = checked(ud, key), number_of(value)
   local entry = fresh(ud)
   if entry == nil then
      core.set_item(ud, i - 1, number)
   else
      entry.p[(i - 1) * entry.s[0]] = number
   end
end

------------------------------------------------------------------------------------------------ the metamethods

local shared = types.shared
local foreign_index, foreign_newindex, foreign_tostring = shared.__index, shared.__newindex, shared.__tostring

local function index(ud, key)
   if type(key) == 'number' then
      local entry = entries[ud]
      if entry ~= nil and entry.epoch == epoch[0] then
         if entry.ndim == 1 then
            if key >= 1 and key <= entry.n[0] then
               local step = entry.s[0]
               if step == 1 then return tonumber(entry.p[key - 1]) end
               return tonumber(entry.p[(floor(key) - 1) * step])
            end
         else
            local list = rows[ud]
            if list ~= nil and list[0] == epoch[0] then
               local row = list[key]
               if row ~= nil then return row end
            end
         end
      end
      local _, role = class_of(ud)
      if role == nil then return foreign_index(ud, key) end
      return read_slowly(ud, key)
   end
   local class, role = class_of(ud)
   if class == nil then return foreign_index(ud, key) end
   if type(key) == 'string' then
      local value = rawget(class, key)
      if value ~= nil then return value end
      return find(class, key)
   end
   if role == nil then return nil end
   return require('torch.index').index(ud, key)
end

local function newindex(ud, key, value)
   if type(key) == 'number' then
      local entry = entries[ud]
      if entry ~= nil and entry.epoch == epoch[0] and entry.ndim == 1 and type(value) == 'number' and key >= 1
         and key <= entry.n[0] then
         local step = entry.s[0]
         if step == 1 then
            entry.p[key - 1] = value
         else
            entry.p[(floor(key) - 1) * step] = value
         end
         return
      end
      local _, role = class_of(ud)
      if role ~= nil then return write_slowly(ud, key, value) end
   end
   local class, role = class_of(ud)
   if class == nil then return foreign_newindex(ud, key, value) end
   if role == nil or type(key) == 'string' then
      errors.raise('%s: a field %s cannot be set; the methods of the class are set in torch.getmetatable',
         rawget(class, '__typename'), tostring(key))
   end
   return require('torch.index').newindex(ud, key, value)
end

local function length(ud)
   local entry = entries[ud]
   local class, role = class_of(ud)
   if role == 'storage' then
      if entry ~= nil and entry.epoch == epoch[0] then return entry.n[0] end
      return core.length(ud)
   end
   local method = class and find(class, '__len__')
   if method == nil then errors.raise('attempt to get length of a userdata value') end
   return method(ud)
end

local function as_text(ud)
   local class = class_of(ud)
   if class == nil then return foreign_tostring(ud) end
   local method = find(class, '__tostring__')
   if method == nil then return rawget(class, '__typename') end
   return method(ud)
end

--- element.data(t): an FFI pointer to the first element, valid while `t` lives and keeps its geometry and memory.
function element.data(ud)
   return ffi.cast(pointers[types.word(ud)], core.data_ptr(ud))
end

--- element.install(): gives the metatable of all Python objects these metamethods; foreign objects keep lupa's.
function element.install()
   for event, method in pairs(class_machinery.metamethods) do
      if shared[event] == nil and event ~= '__eq' and event ~= '__call' then shared[event] = method end
   end
   shared.__index, shared.__newindex, shared.__len, shared.__tostring = index, newindex, length, as_text
   types.define('data', function(t) return element.data(t) end)
   types.define_storage('data', function(t) return element.data(t) end)
end

return element
