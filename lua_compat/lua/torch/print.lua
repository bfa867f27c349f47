-- The print that `th` put in place of Lua's: tables are opened, a line an entry, five deep.
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
-- prints as that says; inside a table its fields are shown as those of any table. Values have their colors where
-- somebody looks: in the interactive loop, on a terminal.

local torch = require 'torch'

local lua_print = print
local write = io.write
local depth_limit = 5

---------------------------------------------------------------------------------------------------------- colors

local COLORS = {
   ['nil'] = '\27[1;30m', number = '\27[0;36m', boolean = '\27[0;34m', string = '\27[0;32m', ['function'] = '\27[0;35m',
   userdata = '\27[0;31m', cdata = '\27[0;31m', thread = '\27[0;33m', table = '\27[0;32m', quote = '\27[1;30m',
}
local NONE = '\27[0m'
local colored = false

local function painted(text, kind)
   if not colored then return text end
   return (COLORS[kind] or '') .. text .. NONE
end

---------------------------------------------------------------------------------------------------------- values

-- 1, 2, ... first, then numbers, strings and the rest, each in order, so that one table always prints the same.
local function ordered_keys(t)
   local keys, n = {}, 0
   while rawget(t, n + 1) ~= nil do n = n + 1 end
   for key in next, t do
      if not (type(key) == 'number' and key >= 1 and key <= n and key % 1 == 0) then keys[#keys + 1] = key end
   end
   local texts = {}
   for _, key in ipairs(keys) do texts[key] = tostring(key) end
   table.sort(keys, function(a, b)
      local kind, other = type(a), type(b)
      if kind ~= other then return kind < other end
      if kind == 'number' or kind == 'string' then return a < b end
      return texts[a] < texts[b]
   end)
   local all = {}
   for i = 1, n do all[i] = i end
   for i, key in ipairs(keys) do all[n + i] = key end
   return all
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
   local kind = type(value)
   if kind == 'string' then
      local quote = painted('"', 'quote')
      return quote .. painted(value, 'string') .. quote
   end
   local text
   if kind == 'userdata' or kind == 'cdata' then
      local name = torch.typename(value)
      if name ~= nil and (torch.isTensor(value) or torch.isStorage(value)) then text = described_size(value, name) end
   end
   return painted(text or tostring(value), kind)
end

local function open(t, depth)
   local indent = (' '):rep(depth * 4)
   if next(t) == nil then return write(indent, '{}\n') end
   write(indent, '{\n')
   for _, key in ipairs(ordered_keys(t)) do
      local value = rawget(t, key)
      write(indent, '  ', tostring(key), ' : ')
      if type(value) == 'table' and depth < depth_limit - 1 and next(value) ~= nil then
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

---------------------------------------------------------------------------------------------------------- print

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
         local text = tostring(value)
         write(begun and '\t' or '', kind == 'string' and text or painted(text, kind))
         begun = true
      end
   end
   if begun or n == 0 then write('\n') end
   io.flush()
end

_G.print, _G.print_new, _G.print_old = th_print, th_print, lua_print

--- setprintlevel(n): tables are opened n deep; with 0, print is Lua's own again.
function _G.setprintlevel(n)
   if type(n) ~= 'number' or n < 0 then error('expected number [0,+)', 2) end
   depth_limit = math.floor(n)
   _G.print = depth_limit == 0 and _G.print_old or th_print
end

-- The interactive loop says whether there is somebody to see colors.
return {print = th_print, colors = function(on) colored = on end}
