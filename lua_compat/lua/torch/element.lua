-- Elements of tensors and storages, read and written from Lua without a call of Python.
--
-- A weak table leads from a userdata to an entry, a C structure: the address of the first element, sizes and strides,
-- and the epoch at which they were true. Python gives the epoch another number whenever an existing tensor's geometry or
-- an existing storage's memory changes; an entry of another epoch is made anew. t[i] of two and more dimensions is a view,
-- made once and kept, weakly, as long as the epoch lasts, with an entry computed from that of its tensor.
--
-- Each element type has its own structure type, so that a compiled loop knows what it loads.
--
-- Python is told of a storage's first write after its version was last asked for, and no more: an entry has the stamp at
-- which its storage was told of, and Python gives the stamp another number when the next write is to be told again.
-- Epoch and stamp are read before Python is asked: what another thread changes meanwhile makes them old.

local ffi = require 'ffi'
local core = require '_core'
local types = require 'torch.types'
local class_machinery = require 'torch.class'
local errors = require 'torch.errors'

local type, tonumber, floor, setmetatable, rawget = type, tonumber, math.floor, setmetatable, rawget
local select = select
local class_of, find = types.class_of, class_machinery.find
local epoch = ffi.cast('int32_t*', core.epoch_address()) -- the lower half of a 64-bit number is enough
local stamp = ffi.cast('int32_t*', core.stamp_address())

local element = {epoch = epoch}

local ctypes = {
   Byte = 'uint8_t', Char = 'int8_t', Short = 'int16_t', Int = 'int32_t', Long = 'int64_t', Float = 'float', Double = 'double',
   Half = 'uint16_t',
}
for _, word in ipairs(types.words) do ctypes[word] = ctypes[types.base[word]] end
local pointers, structures = {}, {}
for word, ctype in pairs(ctypes) do
   pointers[word] = ffi.typeof(ctype .. '*')
   -- Size and stride of each dimension, one after another; the first also by name, as that is what is read all the time.
   structures[word] = ffi.typeof([[struct {
      $ p; double storage; int32_t stamp, type, epoch, ndim;
      union { struct { int32_t n, s; }; int32_t sizes[16]; };
   }]], pointers[word])
end
local type_numbers, widths = {}, {} -- word -> number, number -> bytes of an element
for number, word in ipairs(types.words) do type_numbers[word], widths[number] = number, ffi.sizeof(ctypes[word]) end

local weak_keys, weak_values = {__mode = 'k'}, {__mode = 'v'}
local entries = setmetatable({}, weak_keys) -- userdata -> entry; false where only Python may touch the memory
local rows = setmetatable({}, weak_keys)    -- userdata -> {[0] = epoch, [i] = view}

-- Where an array object of numpy's holds the address of its elements; nil where it was not found.
local address_at = (function()
   local object, first = core.array_probe()
   local words = ffi.cast('uint64_t*', object)
   for at = 1, 4 do
      if words[at] == first then return at end
   end
end)()

local function fill(ud, now, array, storage, offset, ...)
   if array == nil then return nil end
   local word = types.word(ud)
   local entry = structures[word]()
   entry.type = type_numbers[word]
   if address_at ~= nil then
      entry.p = ffi.cast(pointers[word], ffi.cast('uint64_t*', array)[address_at]) + offset
   else
      entry.p = ffi.cast(pointers[word], core.data_ptr(ud))
   end
   entry.epoch, entry.storage = now, storage
   entry.ndim = select('#', ...) / 2
   for k = 1, select('#', ...) do entry.sizes[k - 1] = (select(k, ...)) end
   entries[ud] = entry
   return entry
end

-- An entry that is true now; nil where there can be none.
local function fresh(ud)
   local entry = entries[ud]
   if entry ~= nil and entry.epoch == epoch[0] then return entry end
   return fill(ud, epoch[0], core.describe(ud))
end

-- Storages that Python was told of at a stamp, by address. Weak: a storage that Lua holds no more is told of again, and so
-- is another that got its address.
local told, told_at = nil, 0

local function touch(ud, entry)
   local now = stamp[0]
   if entry.stamp == now then return end
   if told_at ~= now then told, told_at = setmetatable({}, weak_values), now end
   if told[entry.storage] == nil then told[entry.storage] = core.touch(ud) end
   entry.stamp = now
end

---------------------------------------------------------------------------------------------------- the slow ways

local function out_of_range(ud, key, size)
   errors.raise("bad argument #2 to '?' (index %s is out of range: the %s of %s is %d)", tostring(key),
      types.is_storage(ud) and 'size' or 'first dimension', types.typename(ud), size)
end

-- A whole index from 1 within the bounds, from one that may be negative or have a fraction.
local function checked(ud, key, size)
   if size == 0 and types.is_tensor(ud) then
      errors.raise("bad argument #1 to '?' (an empty %s has no element %s)", types.typename(ud), tostring(key))
   end
   local i = key < 0 and -floor(-key) or floor(key)
   if i < 0 and types.is_tensor(ud) then i = size + i + 1 end
   if not (i >= 1 and i <= size) then out_of_range(ud, key, size) end
   return i
end

-- The view of an index of a tensor whose entry is true; its own entry needs no call of Python.
local function make_row(ud, entry, i, word)
   local row = core.row(ud, i - 1)
   local own = structures[word](entry.p + (i - 1) * entry.s, entry.storage, entry.stamp, entry.type, entry.epoch, entry.ndim - 1)
   ffi.copy(own.sizes, entry.sizes + 2, 14 * 4)
   entries[row] = own
   local list = rows[ud]
   if list == nil or list[0] ~= entry.epoch then
      list = setmetatable({[0] = entry.epoch}, weak_values)
      rows[ud] = list
   end
   list[i] = row
   return row
end

local function read_slowly(ud, key, word)
   local entry = fresh(ud)
   if entry == nil then
      local i = checked(ud, key, core.length(ud))
      if core.dimensions(ud) == 1 then return core.item(ud, i - 1) end
      return core.row(ud, i - 1)
   end
   local i = checked(ud, key, entry.ndim == 0 and 0 or entry.n)
   if entry.ndim == 1 then return tonumber(entry.p[(i - 1) * entry.s]) end
   local list = rows[ud]
   return list ~= nil and list[0] == entry.epoch and list[i] or make_row(ud, entry, i, word)
end

-- How many elements the dimensions from `from` (0 is the first) have where they lie one after another; nil elsewhere.
local function run_of(entry, from)
   local count = 1
   for d = 2 * entry.ndim - 2, 2 * from, -2 do
      local size = entry.sizes[d]
      if size ~= 1 and entry.sizes[d + 1] ~= count then return nil end
      count = count * size
   end
   return count
end

-- t[i] = x without a call of Python: a number, or a tensor of the same type, where the elements on both sides lie one
-- after another and do not overlap. Answers whether it was done.
local function assign_run(ud, entry, i, value)
   local count = run_of(entry, 1)
   if count == nil then return false end
   local first = entry.p + (i - 1) * entry.s
   if type(value) == 'number' then
      touch(ud, entry)
      for k = 0, count - 1 do first[k] = value end
      return true
   end
   if not types.is_tensor(value) then return false end
   local other = fresh(value)
   if other == nil or other.type ~= entry.type or run_of(other, 0) ~= count then return false end
   local distance = other.p - first
   if distance ~= 0 and distance < count and -distance < count then return false end
   touch(ud, entry)
   ffi.copy(first, other.p, count * widths[entry.type])
   return true
end

local function number_of(value)
   local number = tonumber(value)
   if type(value) == 'boolean' or number == nil then
      errors.raise("bad argument #3 to '?' (number expected, got %s)", types.typename(value) or type(value))
   end
   return number
end

local function write_slowly(ud, key, value)
   local entry = fresh(ud)
   local size, dimensions
   if entry ~= nil then
      size, dimensions = entry.n, entry.ndim
      if dimensions == 0 then size = 0 end
   else
      size, dimensions = core.length(ud), core.dimensions(ud)
   end
   local i = checked(ud, key, size)
   if dimensions ~= 1 or types.is_tensor(value) then
      if dimensions > 1 and entry ~= nil and assign_run(ud, entry, i, value) then return end
      return require('torch.index').newindex(ud, i, value)
   end
   local number = number_of(value)
   if entry == nil then
      core.set_item(ud, i - 1, number)
   else
      touch(ud, entry)
      entry.p[(i - 1) * entry.s] = number
   end
end

-- The place of x[{i, j, ...}] with as many numbers as dimensions, all in range; nil for any other key.
local function place_of(entry, key)
   local place, count = 0, entry.ndim
   for d = 1, count do
      local i = key[d]
      if type(i) ~= 'number' or not (i >= 1 and i <= entry.sizes[2 * d - 2]) then return nil end
      place = place + (floor(i) - 1) * entry.sizes[2 * d - 1]
   end
   return count > 0 and key[count + 1] == nil and place or nil
end

------------------------------------------------------------------------------------------------ the metamethods

local foreign_index, foreign_newindex = types.shared.__index, types.shared.__newindex
local foreign_tostring = types.shared.__tostring

local function index(ud, key)
   if type(key) == 'number' then
      local entry = entries[ud]
      if entry ~= nil and entry.epoch == epoch[0] then
         if entry.ndim == 1 then
            if key >= 1 and key <= entry.n then
               local step = entry.s
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
      local class, role = class_of(ud)
      if role == nil then return foreign_index(ud, key) end
      return read_slowly(ud, key, rawget(class, '__word'))
   end
   local class, role = class_of(ud)
   if class == nil then return foreign_index(ud, key) end
   if type(key) == 'string' then
      local value = rawget(class, key)
      if value ~= nil then return value end
      return find(class, key)
   end
   if role == nil then return nil end
   if role == 'tensor' and type(key) == 'table' then
      local entry = fresh(ud)
      local place = entry and place_of(entry, key)
      if place then return tonumber(entry.p[place]) end
   end
   return require('torch.index').index(ud, key)
end

local function newindex(ud, key, value)
   if type(key) == 'number' then
      local entry = entries[ud]
      if entry ~= nil and entry.epoch == epoch[0] and entry.stamp == stamp[0] and entry.ndim == 1
         and type(value) == 'number' and key >= 1 and key <= entry.n then
         local step = entry.s
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
   if role == 'tensor' and type(key) == 'table' and type(value) == 'number' then
      local entry = fresh(ud)
      local place = entry and place_of(entry, key)
      if place then
         touch(ud, entry)
         entry.p[place] = value
         return
      end
   end
   return require('torch.index').newindex(ud, key, value)
end

local function length(ud)
   local entry = entries[ud]
   local class, role = class_of(ud)
   if role == 'storage' then
      if entry ~= nil and entry.epoch == epoch[0] then return entry.n end
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

--- element.entry(t): its entry, true now: p, sizes, ndim; nil where Lua must not touch the memory itself.
--- element.touch(t, entry): says that elements are written.
element.entry, element.touch = fresh, touch

--- element.cast(t, address): the address as a pointer to elements like those of `t`.
function element.cast(ud, address) return ffi.cast(pointers[types.word(ud)], address) end

--- element.data(t): an FFI pointer to the first element, valid while `t` lives and keeps its geometry and memory.
function element.data(ud)
   return ffi.cast(pointers[types.word(ud)], core.data_ptr(ud))
end

--- element.index, newindex, length, as_text: what metamethods.lua installs.
element.index, element.newindex, element.length, element.as_text = index, newindex, length, as_text

return element
