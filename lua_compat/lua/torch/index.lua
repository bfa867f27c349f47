-- Brackets: x[{{1, 2}, 3}], x[mask], x[LongStorage], and assignments to them. Plain x[i] is element.lua's.

local ops = require '_ops'
local types = require 'torch.types'
local errors = require 'torch.errors'

local is_tensor, is_storage = types.is_tensor, types.is_storage

-- What bridge/ops/indexing.py takes for each dimension: a kind and two numbers.
local ALL, ONE, RANGE, ONE_KEPT = 0, 1, 2, 3

local function described(entry, spec, n)
   local kind, first, last
   if type(entry) == 'number' then
      kind, first = ONE, entry
   elseif type(entry) == 'table' then
      first, last = entry[1], entry[2]
      kind = first == nil and ALL or last == nil and ONE_KEPT or RANGE
   else
      errors.raise('bad index: a number or a table expected for each dimension, got a %s', types.typename(entry) or type(entry))
   end
   spec[n + 1], spec[n + 2], spec[n + 3] = kind, first or 0, last or 0
   return n + 3
end

-- A table may leave out the last dimensions; a LongStorage names one element.
local function specification(x, key)
   local spec, n = {}, 0
   if is_storage(key) and #key ~= ops.dim(x) then
      errors.raise('bad index: %d numbers in the LongStorage for a tensor of %d dimension(s)', #key, ops.dim(x))
   end
   for i = 1, #key do n = described(key[i], spec, n) end
   return unpack(spec, 1, n)
end

local function is_mask(key) return is_tensor(key) and types.base_word(key) == 'Byte' end

local function is_specification(key) return type(key) == 'table' or is_storage(key) and types.base_word(key) == 'Long' end

local function refuse(x, key)
   errors.raise('%s cannot be indexed by a %s', types.typename(x), types.typename(key) or type(key))
end

local function index(x, key)
   if not is_tensor(x) then refuse(x, key) end
   if is_specification(key) then return ops.bracket(x, specification(x, key)) end
   if is_mask(key) then return ops.masked_select(nil, x, key) end
   refuse(x, key)
end

local function newindex(x, key, value)
   if not is_tensor(x) then refuse(x, key) end
   if not is_tensor(value) then
      local number = tonumber(value)
      if number == nil then errors.raise('a number or a tensor expected, got a %s', types.typename(value) or type(value)) end
      value = number
   end
   if type(key) == 'number' then
      ops.bracket_set(x, value, ONE, key, 0)
   elseif is_specification(key) then
      ops.bracket_set(x, value, specification(x, key))
   elseif not is_mask(key) then
      refuse(x, key)
   elseif is_tensor(value) then
      ops.masked_copy(x, key, value)
   else
      ops.masked_fill(x, key, value)
   end
end

return {index = index, newindex = newindex}
