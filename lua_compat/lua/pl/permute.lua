-- pl.permute: the orders in which a list can stand.

local permute = {}

-- Calls visit with each order of the first n items, the last item moving first.
local function visit_all(list, n, visit)
   if n <= 1 then return visit(list) end
   for i = 1, n do
      list[n], list[i] = list[i], list[n]
      visit_all(list, n - 1, visit)
      list[n], list[i] = list[i], list[n]
   end
end

local function copied(list)
   local copy = {}
   for i = 1, #list do copy[i] = list[i] end
   return copy
end

--- permute.order_iter(list): iterates over its orders, each a new list. permute.order_table(list): all of them.
function permute.order_iter(list)
   local work = copied(list)
   return coroutine.wrap(function()
      visit_all(work, #work, function(order) coroutine.yield(copied(order)) end)
   end)
end

function permute.order_table(list)
   local all = {}
   for order in permute.order_iter(list) do all[#all + 1] = order end
   return all
end

permute.iter, permute.table = permute.order_iter, permute.order_table

--- permute.list_iter(list, list, ...): iterates over the ways to take one item of each: their number, and the items.
function permute.list_iter(...)
   local lists = {...}
   local places, n = {}, #lists
   for i = 1, n do
      if #lists[i] == 0 then return function() end end
      places[i] = 1
   end
   local count, done = 0, n == 0
   return function()
      if done then return nil end
      local items = {}
      for i = 1, n do items[i] = lists[i][places[i]] end
      count = count + 1
      local i = 1
      while i <= n do
         places[i] = places[i] + 1
         if places[i] <= #lists[i] then break end
         places[i] = 1
         i = i + 1
      end
      done = i > n
      return count, unpack(items, 1, n)
   end
end

--- permute.list_table(list, ...): all of these, lists.
function permute.list_table(...)
   local all = {}
   local next_one = permute.list_iter(...)
   while true do
      local found = {next_one()}
      if found[1] == nil then return all end
      all[#all + 1] = {unpack(found, 2)}
   end
end

return permute
