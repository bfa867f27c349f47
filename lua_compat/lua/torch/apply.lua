-- apply, map and map2: a Lua function for each element.
--
-- LuaJIT compiles a loop for the function that it first sees in it. Were one loop used for all functions, those met
-- later would hang on its trace as branches, and after some dozens the loop would never be compiled again: from one
-- nanosecond an element to a thousand. So each function's code gets loops of its own, written for the element type and
-- for the number of strides, and compiled when they are first needed.
--
-- The elements are visited where they lie, in the tensor's order, and a result is written before the next is read, as
-- Torch7 did: an expanded tensor's element is changed once for each of its places, and after an error in the function
-- what was done stays done.

local ffi = require 'ffi'
local core = require '_core'
local ops = require '_ops'
local bridge = require '_bridge'
local types = require 'torch.types'
local errors = require 'torch.errors'
local element = require 'torch.element'

local NAMES = {'x', 'y', 'z'}
local MOST_CODES = 1000 -- so many functions' loops are kept
local CHUNK_NAME = '@' .. bridge.folder .. '/torch/apply.lua'

local words = ffi.typeof 'uint64_t*'

---------------------------------------------------------------------------------------------------- the loops

-- Goes on by one place in dimension d (1 is the last) of a tensor, and in the next where that one is through.
local function step(lines, name, d, dimensions, indent)
   local add = function(text) lines[#lines + 1] = indent .. (text:gsub('%$', name):gsub('#', d)) end
   add '$at = $at + $s#'
   if d == dimensions then return end
   add '$i# = $i# + 1'
   add 'if $i# == $n# then'
   add '   $i#, $at = 0, $at - $n# * $s#'
   step(lines, name, d + 1, dimensions, indent .. '   ')
   add 'end'
end

-- The text of a loop over tensors with so many strided dimensions each (0: one run of elements).
--
-- The epoch says whether any tensor's memory or geometry changed: the function may have done so to one of these.
local function written(dimensions, boolean)
   local lines = {}
   local function add(text) lines[#lines + 1] = text end
   local pointers, places, values = {}, {}, {}
   for t, count in ipairs(dimensions) do
      local name = NAMES[t]
      pointers[t] = name
      places[t] = ('%s[%s]'):format(name, count == 0 and 'k' or name .. 'at')
      values[t] = ('tonumber(%s)'):format(places[t])
   end
   local all = table.concat(pointers, ', ')
   add('local tonumber, type = tonumber, type')
   add(('return function(f, count, epoch, moved, converted, %s, layout)'):format(all))
   add('   local stamp = epoch[0]')
   for t, count in ipairs(dimensions) do
      local name = NAMES[t]
      if count > 0 then add(('   local %sat = 0'):format(name)) end
      for d = 1, count do
         add((('   local $n#, $s#, $i# = layout[%d][%d], layout[%d][%d], 0'):format(t, 2 * d - 1, t, 2 * d)
            :gsub('%$', name):gsub('#', d)))
      end
   end
   add('   for k = 0, count - 1 do')
   add(('      local value = f(%s)'):format(table.concat(values, ', ')))
   add(('      if epoch[0] ~= stamp then stamp, %s = moved() end'):format(all))
   add('      if value ~= nil then')
   add("         if type(value) ~= 'number' then value = converted(value) end")
   add(('         %s = %s'):format(places[1], boolean and 'value ~= 0 and 1 or 0' or 'value'))
   add('      end')
   for t, count in ipairs(dimensions) do
      if count > 0 then step(lines, NAMES[t], 1, count, '      ') end
   end
   add('   end')
   add('end')
   return table.concat(lines, '\n')
end

----------------------------------------------------------------------------------------- what belongs to a function

local function words_of(f) return ffi.cast(words, tonumber(('%p'):format(f))) end

-- Where a Lua function holds the address of its code: the word that two closures of one function share with each
-- other and not with another function. nil where there is none.
local code_at = (function()
   local function made(n) return function() return n end end
   local function other() end
   local first, second, third = words_of(made(1)), words_of(made(2)), words_of(other)
   for at = 1, 4 do
      if first[at] == second[at] and first[at] ~= third[at] and first[at] > 4096 then return at end
   end
end)()

local by_code, codes = {}, 0
local recent, recent_loops = setmetatable({}, {__mode = 'v'}), nil
local foreign = {} -- what is called through Lua's API is not compiled into a loop, so one loop does for all

-- The loops of a function, shared by all closures of one code. An address may come to belong to other code later on;
-- the worst of that is a loop that is compiled for two.
local function loops_of(f)
   if type(f) ~= 'function' then return foreign end
   if recent.f == f then return recent_loops end
   local key
   if code_at ~= nil then
      key = tonumber(words_of(f)[code_at])
   else
      local info = debug.getinfo(f, 'S')
      key = info.source .. info.linedefined
   end
   local loops = by_code[key]
   if loops == nil then
      if codes >= MOST_CODES then by_code, codes = {}, 0 end
      loops, codes = {}, codes + 1
      by_code[key] = loops
   end
   recent.f, recent_loops = f, loops
   return loops
end

local texts = {} -- dimensions and whether the elements are booleans -> text

local function loop_for(f, word, boolean, dimensions)
   local layout = table.concat(dimensions, ',') .. (boolean and 'b' or '')
   local loops, key = loops_of(f), word .. layout
   local loop = loops[key]
   if loop == nil then
      texts[layout] = texts[layout] or written(dimensions, boolean)
      loop = assert(loadstring(texts[layout], CHUNK_NAME))()
      loops[key] = loop
   end
   return loop
end

---------------------------------------------------------------------------------------------------- the functions

local function converted(value)
   local number = type(value) == 'string' and tonumber(value)
   if not number then errors.raise('given function should return a number or nil, not a %s', torch.type(value)) end
   return number
end

-- A callable of Python's does as well as a function.
local function is_python(f) return types.ours(f) and types.typename(f) == nil end

-- The number of elements, the pointer to the first, and {size, stride} of each dimension from the last, those that follow
-- one another in memory taken together: {} where the elements lie one after another. Then whether they are booleans.
local function walk(x, changes)
   local entry = element.entry(x)
   if entry == nil then -- of another kind than an entry can hold
      local own = {core.walk(x, changes)}
      return own[2], element.cast(x, own[3]), {select(4, unpack(own))}, own[1] == 'bool'
   end
   if changes then element.touch(x, entry) end
   local layout, count, k, sizes = {}, 1, 0, entry.sizes
   for d = 2 * entry.ndim - 2, 0, -2 do
      local size, stride = sizes[d], sizes[d + 1]
      count = count * size
      if size ~= 1 then
         if k > 0 and stride == layout[k - 1] * layout[k] then
            layout[k - 1] = layout[k - 1] * size
         else
            layout[k + 1], layout[k + 2] = size, stride
            k = k + 2
         end
      end
   end
   if k == 2 and layout[2] == 1 then layout = {} end
   return count, entry.p, layout, false
end

local function same(a, b)
   if #a ~= #b then return false end
   for k = 1, #a do
      if a[k] ~= b[k] then return false end
   end
   return true
end

local function apply(name, f, ...)
   local x, tensors = (...), {...}
   local word = types.word(x)
   for t = 2, #tensors do
      if not types.is_tensor(tensors[t]) or types.word(tensors[t]) ~= word then
         errors.argument(t, name, 'torch.%sTensor expected, got %s', word, torch.type(tensors[t]))
      end
   end
   if type(f) ~= 'function' and not is_python(f) then
      errors.argument(#tensors + 1, name, 'function expected, got %s', torch.type(f))
   end
   local layout, dimensions, pointers, count, boolean = {}, {}, {}, nil, nil
   for t = #tensors, 1, -1 do
      local own
      own, pointers[t], layout[t], boolean = walk(tensors[t], t == 1)
      dimensions[t] = #layout[t] / 2
      if count ~= nil and own ~= count then errors.raise('inconsistent tensor size: %d and %d elements', own, count) end
      count = own
   end
   local function moved()
      for t, tensor in ipairs(tensors) do
         local now, pointer, its = walk(tensor, t == 1)
         if now ~= count or not same(layout[t], its) then errors.raise('%s: the function changed the size of a tensor', name) end
         pointers[t] = pointer
      end
      return element.epoch[0], unpack(pointers, 1, #tensors)
   end
   pointers[#tensors + 1] = layout
   loop_for(f, word, boolean, dimensions)(f, count, element.epoch, moved, converted, unpack(pointers))
   -- the function may have had the version asked for
   local entry = element.entry(x)
   if entry ~= nil then element.touch(x, entry) else ops.bump(x) end
   return x
end

for _, word in ipairs(types.words) do
   if types.base[word] ~= 'Half' then -- Half tensors only hold, convert and show values
      types.define(word, 'apply', function(x, f) return apply('apply', f, x) end)
      types.define(word, 'map', function(x, y, f) return apply('map', f, x, y) end)
      types.define(word, 'map2', function(x, y, z, f) return apply('map2', f, x, y, z) end)
   end
end
