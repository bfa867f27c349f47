-- The constructors of tensors: torch.DoubleTensor(2, 3), (table), (tensor), (storage, offset, sizes, strides), (sizes).

local ops = require '_ops'
local types = require 'torch.types'
local errors = require 'torch.errors'
local element = require 'torch.element'

local is_tensor, is_storage, word_of = types.is_tensor, types.is_storage, types.word

------------------------------------------------------------------------------------------------- from nested tables

-- The sizes of a nested table, by its first entries.
local function sizes_of(t)
   local sizes = {}
   while type(t) == 'table' do
      sizes[#sizes + 1] = #t
      t = t[1]
   end
   return sizes
end

local function flatten(word, t, sizes, depth, target, at)
   local n = sizes[depth]
   if type(t) ~= 'table' or #t ~= n then
      errors.raise('%sTensor: inconsistent sizes: a table of %d entries expected at depth %d, got %s', word, n, depth,
         type(t) == 'table' and #t or type(t))
   end
   if depth == #sizes then
      for i = 1, n do
         local value = t[i]
         if type(value) ~= 'number' then
            errors.raise('%sTensor: a number expected in the table, got a %s', word, type(value))
         end
         target[at] = value
         at = at + 1
      end
      return at
   end
   for i = 1, n do at = flatten(word, t[i], sizes, depth + 1, target, at) end
   return at
end

local function from_table(word, t)
   local sizes = sizes_of(t)
   for _, n in ipairs(sizes) do
      if n == 0 then return ops.empty(types.dtype[word]) end
   end
   local made_of = types.base[word] == 'Half' and 'Float' or word -- Lua cannot hold half a float
   local made = ops.empty(types.dtype[made_of], unpack(sizes))
   flatten(word, t, sizes, 1, element.data(made), 0)
   return made_of == word and made or ops.convert(made, types.dtype[word])
end

------------------------------------------------------------------------------------------------------ constructors

local function check_type(word, value, n)
   if word_of(value) ~= word then
      errors.argument(n, word .. 'Tensor', '%sTensor or %sStorage expected, got %s', word, word, types.typename(value))
   end
end

local function constructor(word)
   local dtype = types.dtype[word]
   return function(first, ...)
      if first == nil then return ops.empty(dtype) end
      local kind = type(first)
      if kind == 'number' or kind == 'string' and tonumber(first) then return ops.empty(dtype, first, ...) end
      if kind == 'table' then return from_table(word, first) end
      if is_tensor(first) then
         check_type(word, first, 1)
         return ops.alias(first)
      end
      if is_storage(first) then
         if word_of(first) == word then
            local offset = ...
            if offset ~= nil and type(offset) ~= 'number' then
               errors.argument(2, word .. 'Tensor', 'number expected, got %s', types.typename(offset) or type(offset))
            end
            return ops.from_storage(first, (offset or 1) - 1, select(2, ...))
         end
         if types.base_word(first) == 'Long' then
            local strides = ...
            local made = ops.empty(dtype)
            if strides ~= nil then ops.resize_strided(made, first, strides) else ops.resize(made, first) end
            return made
         end
         check_type(word, first, 1)
      end
      errors.argument(1, word .. 'Tensor', 'a number, a table, a tensor or a storage expected, got %s', kind)
   end
end

for _, word in ipairs(types.words) do types.tensors[word].new = constructor(word) end

return {from_table = from_table}
