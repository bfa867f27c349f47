-- Storages: torch.LongStorage(3), {1, 2}, (path [, shared [, size [, in memory]]]), (storage [, offset [, size]]), and
-- (size, address) of memory that somebody else keeps, from torch.data(x, true) or C.

local ffi = require 'ffi'
local core = require '_core'
local ops = require '_ops'
local types = require 'torch.types'
local errors = require 'torch.errors'
local element = require 'torch.element'

local define, dtype, word_of = types.define_storage, types.dtype, types.word

local function from_table(word, t)
   local made_of = types.base[word] == 'Half' and 'Float' or word
   local made = ops.storage_empty(dtype[made_of], #t)
   local data = element.data(made)
   for i = 1, #t do
      if type(t[i]) ~= 'number' then
         errors.raise('%sStorage: a number expected at place %d of the table, got a %s', word, i, type(t[i]))
      end
      data[i - 1] = t[i]
   end
   return made_of == word and made or ops.storage_convert(made, dtype[word])
end

local function constructor(word)
   return function(first, second, third, fourth)
      local kind = type(first)
      if first == nil then return ops.storage_empty(dtype[word], 0) end
      if kind == 'number' then
         local address = tonumber(type(second) == 'cdata' and ffi.cast('intptr_t', ffi.cast('void*', second)) or second)
         if address ~= nil and address ~= 0 then return core.storage_at(dtype[word], first, address) end
         return ops.storage_empty(dtype[word], first)
      end
      if kind == 'table' then return from_table(word, first) end
      if kind == 'string' then
         if type(second) == 'number' then second, third = third or false, second end
         return ops.storage_from_file(dtype[word], first, second or false, third, fourth or false)
      end
      if types.is_storage(first) then
         if word_of(first) ~= word then errors.argument(1, 'new', '%sStorage expected, got %s', word, types.typename(first)) end
         local offset = (second or 1) - 1
         return ops.storage_slice(first, offset, third or #first - offset)
      end
      errors.argument(1, 'new', 'a size, a table, a file name or a storage expected, got a %s', kind)
   end
end

for _, word in ipairs(types.words) do types.storages[word].new = constructor(word) end

define('size', ops.storage_size)
define('elementSize', ops.element_size)
define('fill', function(s, value)
   ops.storage_fill(s, value)
   return s
end)
define('copy', function(s, other)
   ops.storage_copy(s, other)
   return s
end)
define('resize', function(s, n)
   ops.storage_resize(s, n)
   return s
end)
define('totable', function(s)
   local list = {}
   for i = 1, #s do list[i] = s[i] end
   return list
end)
define('type', function(s, name)
   if name == nil then return types.typename(s) end
   local word = type(name) == 'string' and name:match('^torch%.(%a+)Storage$')
   if not word or dtype[word] == nil then errors.argument(2, 'type', 'no storage type is called %s', tostring(name)) end
   return word == word_of(s) and s or ops.storage_convert(s, dtype[word])
end)
for _, word in ipairs(types.words) do
   define(types.method(word), function(s) return word == word_of(s) and s or ops.storage_convert(s, dtype[word]) end)
end

for _, word in ipairs(types.with_namesakes {'Byte', 'Char'}) do
   types.storages[word].string = function(s, text)
      if text == nil then return ops.storage_string(s) end
      ops.storage_set_string(s, text)
      return s
   end
end
