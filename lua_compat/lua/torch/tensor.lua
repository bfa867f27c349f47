-- The methods of tensors that take any number of arguments, or that need none of signatures.lua's care.

local ops = require '_ops'
local torch = require 'torch'
local types = require 'torch.types'
local errors = require 'torch.errors'
local element = require 'torch.element'

require 'torch.construct'
require 'torch.operations'
require 'torch.settings'

local is_tensor, is_storage, word_of = types.is_tensor, types.is_storage, types.word
local define, dtype = types.define, types.dtype

-- A method, and a function of torch of the same name.
local function both(name, fn)
   fn = types.as_function(fn)
   define(name, fn)
   torch[name] = fn
end

-- Half tensors only hold, convert and show values: these they do not have.
local function take_from_half(...)
   for i = 1, select('#', ...) do types.tensors.Half[(select(i, ...))] = nil end
end

------------------------------------------------------------------------------------------------ sizes and storages

define('dim', ops.dim)
define('nDimension', ops.dim)
define('nElement', ops.numel)
define('t', function(x) return ops.t(x) end)
define('clone', ops.clone)
define('isContiguous', ops.is_contiguous)
define('storage', ops.storage)
define('storageOffset', ops.offset)
define('elementSize', ops.element_size)
define('__len__', ops.all_sizes)

-- All of them in a LongStorage, or that of one dimension.
local function per_dimension(name, all, one)
   define(name, function(x, d)
      if d == nil then return all(x) end
      if type(d) ~= 'number' then errors.argument(1, name, 'number expected, got %s', torch.type(d)) end
      return one(x, d - 1)
   end)
end
per_dimension('size', ops.all_sizes, ops.size)
per_dimension('stride', ops.all_strides, ops.stride)

define('contiguous', function(x)
   if ops.is_contiguous(x) then return x end
   return ops.clone(x)
end)

define('resize', function(x, sizes, strides, ...)
   if is_storage(sizes) and is_storage(strides) then
      ops.resize_strided(x, sizes, strides)
   elseif sizes ~= nil then
      ops.resize(x, sizes, strides, ...)
   end
   return x
end)

define('set', function(x, source, offset, ...)
   if source == nil then
      ops.set_none(x)
   elseif word_of(source) ~= word_of(x) then
      errors.argument(1, 'set', '%s or its storage expected, got %s', types.typename(x), types.typename(source) or type(source))
   elseif is_tensor(source) then
      ops.set(x, source)
   else
      if offset ~= nil and type(offset) ~= 'number' then
         errors.argument(2, 'set', 'number expected, got %s', torch.type(offset))
      end
      ops.set_storage(x, source, (offset or 1) - 1, ...)
   end
   return x
end)

----------------------------------------------------------------------------------------------------------- views

-- A form [result,] tensor, rest...: where the first two arguments are tensors of one type, the first is the result.
local function with_result(name, call)
   return function(a, b, ...)
      if not is_tensor(a) then errors.argument(1, name, 'tensor expected, got %s', torch.type(a)) end
      if is_tensor(b) then
         call(a, b, ...)
         return a
      end
      if b == nil then return call(nil, a) end
      return call(nil, a, b, ...)
   end
end

define('sub', ops.sub)
both('permute', ops.permute)
both('view', with_result('view', ops.view))
both('reshape', with_result('reshape', ops.reshape))
both('expand', with_result('expand', ops.expand))
both('repeatTensor', with_result('repeatTensor', ops.repeat_tensor))

-- [result,] tensor, template
local function like(name, call)
   return function(a, b, c)
      for i, x in ipairs {a, b, c or a} do
         if not is_tensor(x) then errors.argument(i, name, 'tensor expected, got %s', torch.type(x)) end
      end
      if b == nil then errors.argument(2, name, 'tensor expected, got nil') end
      if c ~= nil then
         call(a, b, c)
         return a
      end
      return call(nil, a, b)
   end
end
both('viewAs', like('viewAs', ops.view_as))
both('expandAs', like('expandAs', function(result, x, template) return ops.expand(result, x, ops.all_sizes(template)) end))

both('squeeze', function(a, b, c)
   local result, x, d
   if is_tensor(b) then result, x, d = a, b, c else x, d = a, b end
   if not is_tensor(x) then errors.argument(1, 'squeeze', 'tensor expected, got %s', torch.type(x)) end
   if d ~= nil and type(d) ~= 'number' then errors.argument(2, 'squeeze', 'number expected, got %s', torch.type(d)) end
   local made = ops.squeeze(result, x, d and d - 1)
   if result ~= nil then made = result end
   -- One element alone is a number.
   if ops.numel(made) == 1 and (d == nil or ops.dim(x) == 1) then return ops.item(made) end
   return made
end)

--------------------------------------------------------------------------------------------------- cutting, joining

local function cut(list, x, step, d)
   local total, n = ops.size(x, d - 1), 0
   for start = 0, total - 1, step do
      n = n + 1
      list[n] = ops.narrow(x, d - 1, start, math.min(step, total - start))
   end
   for i = n + 1, #list do list[i] = nil end
   return list
end

local function cutter(name, step_of)
   return function(a, b, c, d)
      local list, x, n, along = {}, a, b, c
      if type(a) == 'table' then list, x, n, along = a, b, c, d end
      if not is_tensor(x) or type(n) ~= 'number' or n < 1 then
         errors.raise('invalid arguments of %s: %s %s\nexpected: [table] Tensor number above 0 [index]', name, torch.type(x),
            type(n) == 'number' and tostring(n) or torch.type(n))
      end
      along = along or 1
      return cut(list, x, step_of(n, x, along), along)
   end
end

both('split', cutter('split', function(n) return n end))
both('chunk', cutter('chunk', function(n, x, d) return math.ceil(ops.size(x, d - 1) / n) end))

-- [result,] first, second [, dimension] or [result,] {tensors} [, dimension]
both('cat', function(a, b, c, d)
   local function joined(result, dimension, ...)
      local word = word_of(result or (...))
      for i = 1, select('#', ...) do
         if not is_tensor((select(i, ...))) or word_of((select(i, ...))) ~= word then
            errors.argument(i, 'cat', '%s expected, got %s', word and word .. 'Tensor' or 'tensor', torch.type((select(i, ...))))
         end
      end
      local made = ops.cat(result, dimension and dimension - 1, ...)
      if result ~= nil then return result end
      return made
   end
   if type(a) == 'table' then return joined(nil, b, unpack(a)) end
   if type(b) == 'table' then return joined(a, c, unpack(b)) end
   if is_tensor(c) then return joined(a, d, b, c) end
   if not is_tensor(a) or not is_tensor(b) then
      errors.raise('invalid arguments of cat: %s %s\nexpected: [Tensor] Tensor Tensor [index] | [Tensor] table [index]',
         torch.type(a), torch.type(b))
   end
   return joined(nil, c, a, b)
end)

------------------------------------------------------------------------------------------------------- conversions

local function converted(x, word)
   if word_of(x) == word then return x end
   return ops.convert(x, dtype[word])
end

for _, word in ipairs(types.words) do
   define(types.method(word), function(x) return converted(x, word) end)
end
define('real', function(x) return x:type(torch.getdefaulttensortype()) end)

define('type', function(x, name)
   if name == nil then return types.typename(x) end
   local word = type(name) == 'string' and name:match('^torch%.(%a+)Tensor$')
   if not word or types.tensors[word] == nil then errors.argument(2, 'type', 'no tensor type is called %s', tostring(name)) end
   return converted(x, word)
end)
define('typeAs', function(x, y)
   if not is_tensor(y) then errors.argument(2, 'typeAs', 'tensor expected, got %s', torch.type(y)) end
   return converted(x, word_of(y))
end)
define('totable', function(x)
   local flat = x:contiguous()
   if types.base_word(flat) == 'Half' then flat = ops.convert(flat, dtype.Float) end
   local data, n, at = element.data(flat), ops.dim(flat), 0
   local function build(d)
      local list = {}
      for i = 1, ops.size(flat, d) do
         if d == n - 1 then
            list[i] = tonumber(data[at])
            at = at + 1
         else
            list[i] = build(d + 1)
         end
      end
      return list
   end
   return n == 0 and {} or build(0)
end)
-- Memory is counted by Lua and Python themselves.
define('retain', function() end)
define('free', function() end)
types.define_storage('retain', function() end)
types.define_storage('free', function() end)
function torch.totable(x) return x:totable() end

--------------------------------------------------------------------------------------------------------- creation

local function constant(value)
   return function(first, ...)
      local word
      if is_tensor(first) then
         ops.fill_shape(first, nil, value, ...)
         return first
      end
      word = torch.getdefaulttensortype():match('^torch%.(%a+)Tensor$')
      return ops.fill_shape(nil, dtype[word], value, first, ...)
   end
end
both('zeros', constant(0))
both('ones', constant(1))

take_from_half('zeros', 'ones', 'squeeze', 'cat')

-------------------------------------------------------------------------------------------------------- operators

local function same_type(a, b)
   if not is_tensor(b) or word_of(a) ~= word_of(b) then
      errors.raise('invalid arguments of an operator: %s and %s; two tensors of one type, or a tensor and a number expected',
         types.typename(a) or type(a), types.typename(b) or type(b))
   end
end

define('__add__', function(a, b)
   if type(a) == 'number' then return ops.add_number(nil, b, a) end
   if type(b) == 'number' then return ops.add_number(nil, a, b) end
   same_type(a, b)
   return ops.add(nil, a, 1, b)
end)
define('__sub__', function(a, b)
   if type(b) == 'number' then return ops.csub_number(nil, a, b) end
   if type(a) == 'number' then return ops.subtract_from(a, b) end
   same_type(a, b)
   return ops.csub(nil, a, 1, b)
end)
define('__mul__', function(a, b)
   if type(a) == 'number' then return ops.mul(nil, b, a) end
   if type(b) == 'number' then return ops.mul(nil, a, b) end
   same_type(a, b)
   return ops.times(a, b)
end)
define('__div__', function(a, b)
   if type(b) ~= 'number' then errors.argument(2, 'div', 'number expected, got %s', types.typename(b) or type(b)) end
   return ops.div(nil, a, b)
end)
define('__mod__', function(a, b)
   if type(b) ~= 'number' then errors.argument(2, 'mod', 'number expected, got %s', types.typename(b) or type(b)) end
   return ops.remainder(nil, a, b)
end)
define('__unm__', function(a) return ops.mul(nil, a, -1) end)
