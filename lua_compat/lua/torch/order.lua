-- Sort, topk, kthvalue, median and mode. Which of equal elements comes first, and so which index a script gets, is decided by
-- the way Torch7 sorts: quicksort with a median of three, small parts left to an insertion sort at the end; and selection by
-- the same partition. Where no two elements are equal there is one answer, and numpy finds it faster.

local ffi = require 'ffi'
local ops = require '_ops'
local core = require '_core'
local types = require 'torch.types'
local element = require 'torch.element'

------------------------------------------------------------------------------------------------------- on pointers

-- Puts the median of a[l], a[l + 1] and a[r] at l, the smaller one at l + 1, the larger one at r, and parts the rest by it.
-- Returns the last place of the left part and the first of the right one; the median lies between them.
local PARTITION = [[
local function partition(a, at, l, r)
   local p = math.floor((l + r) / 2)
   a[p], a[l + 1], at[p], at[l + 1] = a[l + 1], a[p], at[l + 1], at[p]
   if a[l + 1] ~BEHIND~ a[r] then a[l + 1], a[r], at[l + 1], at[r] = a[r], a[l + 1], at[r], at[l + 1] end
   if a[l] ~BEHIND~ a[r] then a[l], a[r], at[l], at[r] = a[r], a[l], at[r], at[l] end
   if a[l + 1] ~BEHIND~ a[l] then a[l + 1], a[l], at[l + 1], at[l] = a[l], a[l + 1], at[l], at[l + 1] end
   local i, j, pivot = l + 1, r, a[l]
   while true do
      i = i + 1
      while a[i] ~BEFORE~ pivot do i = i + 1 end
      j = j - 1
      while a[j] ~BEHIND~ pivot do j = j - 1 end
      if j < i then break end
      a[i], a[j], at[i], at[j] = a[j], a[i], at[j], at[i]
   end
   a[l], a[j], at[l], at[j] = a[j], a[l], at[j], at[l]
   return j - 1, i
end
]]

-- The larger part waits on a stack. Parts of up to 10 are sorted when all is done.
local SORT = PARTITION .. [[
local SMALL = 10
return function(a, at, n)
   local stack, waiting = {}, 0
   local l, r = 0, n - 1
   local done = r <= SMALL
   while not done do
      local left, right = partition(a, at, l, r)
      local size_left, size_right = left + 1 - l, r - right + 1
      if size_left <= SMALL and size_right <= SMALL then
         if waiting == 0 then
            done = true
         else
            l, r = stack[waiting - 1], stack[waiting]
            waiting = waiting - 2
         end
      elseif size_left <= SMALL or size_right <= SMALL then
         if size_left > size_right then r = left else l = right end
      elseif size_left > size_right then
         stack[waiting + 1], stack[waiting + 2] = l, left
         waiting, l = waiting + 2, right
      else
         stack[waiting + 1], stack[waiting + 2] = right, r
         waiting, r = waiting + 2, left
      end
   end
   for i = n - 2, 0, -1 do
      if a[i] ~BEHIND~ a[i + 1] then
         local value, place, j = a[i], at[i], i + 1
         repeat
            a[j - 1], at[j - 1] = a[j], at[j]
            j = j + 1
         until not (j < n and a[j] ~BEFORE~ value)
         a[j - 1], at[j - 1] = value, place
      end
   end
end
]]

-- Moves what belongs to place k there, the smaller before it and the larger behind it.
local SELECT = PARTITION .. [[
return function(a, at, n, k)
   local l, r = 0, n - 1
   while r > l do
      if r == l + 1 then
         if a[l] ~BEHIND~ a[r] then a[l], a[r], at[l], at[r] = a[r], a[l], at[r], at[l] end
         return
      end
      local left, right = partition(a, at, l, r)
      if left < k then l = right end
      if left >= k - 1 then r = left end
   end
end
]]

-- A function of its own for each element type, so that a compiled loop knows what it loads.
local made = {}
local function specialised(source, word, descending)
   local key = source .. word .. tostring(descending)
   if made[key] == nil then
      local text = source:gsub('~BEHIND~', descending and '<' or '>'):gsub('~BEFORE~', descending and '>' or '<')
      made[key] = assert(loadstring(text, '=order of ' .. word))()
   end
   return made[key]
end

-------------------------------------------------------------------------------------------------------- on tensors

-- Calls visit(elements, places, n) for each row along a dimension, of a copy; places are 0, 1, ... at first. Then keeps
-- `count` of the places from `from` on. Returns them in a LongTensor whose last dimension is that one; nil where the elements
-- are not for Lua to order: there is a nan among them.
local function ordered(x, d, from, count, visit)
   local work = ops.rows(x, d)
   if ops.has_nan(work) or core.describe(work) == nil then return nil end
   local n = ops.size(work, ops.dim(work) - 1)
   local rows = ops.numel(work) / n
   local kept = ops.rows_of_places(work, count)
   local elements, target, places = element.data(work), element.data(kept), ffi.new('int32_t[?]', n)
   for row = 0, rows - 1 do
      for i = 0, n - 1 do places[i] = i end
      visit(elements + row * n, places, n)
      for i = 0, count - 1 do target[row * count + i] = places[from + i] end
   end
   return kept
end

local order = {}

-- Each takes what the Python function of its name takes, and answers as it does: see bridge/ops/ordering.py.

function order.sort(values, indices, x, d, descending)
   local first, second = ops.sort_untied(values, indices, x, d, descending)
   if first ~= false then return first, second end
   d = ops.last_dimension(x, d)
   local places = ordered(x, d, 0, ops.size(x, d), specialised(SORT, types.word(x), descending))
   if places == nil then return ops.sort(values, indices, x, d, descending) end
   return ops.arranged(values, indices, x, d, places)
end

function order.topk(values, indices, x, k, d, largest, in_order)
   d = ops.last_dimension(x, d)
   ops.check_count('topk', x, k, d)
   local word = types.word(x)
   local select, sort = specialised(SELECT, word, false), specialised(SORT, word, largest)
   local first = largest and ops.size(x, d) - k or 0
   local places = ordered(x, d, first, k, function(elements, at, n)
      if not largest then select(elements, at, n, k - 1) elseif first > 0 then select(elements, at, n, first - 1) end
      if in_order then sort(elements + first, at + first, k) end
   end)
   if places == nil then return ops.topk(values, indices, x, k, d, largest, in_order) end
   return ops.arranged(values, indices, x, d, places)
end

function order.kthvalue(values, indices, x, k, d)
   d = ops.last_dimension(x, d)
   ops.check_count('kthvalue', x, k, d)
   local select = specialised(SELECT, types.word(x), false)
   local places = ordered(x, d, k - 1, 1, function(elements, at, n) select(elements, at, n, k - 1) end)
   if places == nil then return ops.kthvalue(values, indices, x, k, d) end
   return ops.arranged(values, indices, x, d, places)
end

function order.median(values, indices, x, d)
   d = ops.last_dimension(x, d)
   return order.kthvalue(values, indices, x, math.floor((ops.size(x, d) - 1) / 2) + 1, d)
end

function order.mode(values, indices, x, d)
   d = ops.last_dimension(x, d)
   local places = ordered(x, d, 0, ops.size(x, d), specialised(SORT, types.word(x), false))
   return ops.mode(values, indices, x, d, places)
end

return order
