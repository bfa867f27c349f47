-- The print that `th` put in place of Lua's: tables are opened, a line an entry, four deep.
--
--   {
--     1 : "text"
--     name :
--       {
--         weight : DoubleTensor - size: 3x4
--       }
--   }
--
-- A tensor or storage by itself is printed whole, inside a table by its type and size. An object with a __tostring
-- prints as that says.

local torch = require 'torch'

local DEPTH = 4

local write = io.write

-- 1, 2, ... first, then numbers, strings and the rest, each in order, so that one table always prints the same.
local function ordered_keys(t)
   local keys, n = {}, #t
   for key in pairs(t) do
      if not (type(key) == 'number' and key >= 1 and key <= n and key % 1 == 0) then keys[#keys + 1] = key end
   end
   table.sort(keys, function(a, b)
      local kind, other = type(a), type(b)
      if kind ~= other then return kind < other end
      if kind == 'number' or kind == 'string' then return a < b end
      return tostring(a) < tostring(b)
   end)
   for i = n, 1, -1 do
      if rawget(t, i) ~= nil then table.insert(keys, 1, i) end
   end
   return keys
end

local function described_size(object, name)
   local short = name:match('^torch%.(.+)$') or name
   if torch.isStorage(object) then return short .. ' - size: ' .. #object end
   if object:dim() == 0 then return short .. ' - empty' end
   local sizes = {}
   for d = 1, object:dim() do sizes[d] = object:size(d) end
   return short .. ' - size: ' .. table.concat(sizes, 'x')
end

local function inside(value)
   if type(value) == 'string' then return '"' .. value .. '"' end
   local kind = type(value)
   if kind == 'userdata' or kind == 'cdata' then
      local name = torch.typename(value)
      if name ~= nil and (torch.isTensor(value) or torch.isStorage(value)) then return described_size(value, name) end
   end
   return tostring(value)
end

local function open(t, depth)
   local indent = string.rep(' ', depth * 4)
   if next(t) == nil then return write(indent, '{}\n') end
   write(indent, '{\n')
   for _, key in ipairs(ordered_keys(t)) do
      local value = rawget(t, key)
      write(indent, '  ', tostring(key), ' : ')
      if type(value) == 'table' and depth < DEPTH - 1 and next(value) ~= nil then
         write('\n')
         open(value, depth + 1)
      else
         write(inside(value), '\n')
      end
   end
   write(indent, '}\n')
end

local function has_tostring(t)
   local mt = getmetatable(t)
   return type(mt) == 'table' and mt.__tostring ~= nil
end

local function th_print(...)
   write = io.write  -- a script may have put its own there
   local n, begun = select('#', ...), false
   for i = 1, n do
      local value = select(i, ...)
      local kind = type(value)
      if kind == 'table' and not has_tostring(value) then
         if begun then write('\t') end
         open(value, 0)
         begun = false
      elseif kind == 'table' or kind == 'userdata' or kind == 'cdata' then
         write(begun and '\t' or '', tostring(value), '\n')
         begun = false
      else
         write(begun and '\t' or '', tostring(value))
         begun = true
      end
   end
   if begun or n == 0 then write('\n') end
   io.flush()
end

_G.print = th_print

return th_print
