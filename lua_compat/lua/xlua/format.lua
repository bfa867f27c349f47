-- How xlua writes tables and durations.

local format = {}

local units = {{86400, 'D'}, {3600, 'h'}, {60, 'm'}, {1, 's'}, {0.001, 'ms'}}

--- xlua.formatTime(seconds): the two largest units that are not zero: '1h1m', '500ms'.
function format.formatTime(seconds)
   local text, used = '', 0
   for _, unit in ipairs(units) do
      local count = math.floor(seconds / unit[1] + 1e-6)  -- 0.029 s are 29 ms, not 28
      seconds = math.max(0, seconds - count * unit[1])
      if count > 0 and used < 2 then
         text = text .. count .. unit[2]
         used = used + 1
      end
   end
   return used == 0 and '0ms' or text
end

local function sorted_keys(t)
   local keys = {}
   for key in pairs(t) do
      if not (type(key) == 'number' and key >= 1 and key <= #t and key % 1 == 0) then keys[#keys + 1] = key end
   end
   table.sort(keys, function(a, b)
      if type(a) == type(b) and (type(a) == 'number' or type(a) == 'string') then return a < b end
      return tostring(a) < tostring(b)
   end)
   return keys
end

--- format.keys(table): its keys, places first, each kind in order.
function format.keys(t)
   local keys = {}
   for i = 1, #t do keys[i] = i end
   for _, key in ipairs(sorted_keys(t)) do keys[#keys + 1] = key end
   return keys
end

local function key_text(key)
   if type(key) == 'string' and key:match('^[%a_][%w_]*$') then return key end
   return '[' .. (type(key) == 'string' and ('%q'):format(key) or tostring(key)) .. ']'
end

--- xlua.table2string(table [, newline]): the table as Lua text; with newline, an entry a line.
function format.table2string(value, newline)
   local open = {}
   local function text_of(item, indent)
      if type(item) == 'string' then return ('%q'):format(item) end
      if type(item) ~= 'table' then return tostring(item) end
      local mt = getmetatable(item)
      if type(mt) == 'table' and mt.__tostring ~= nil then return tostring(item) end
      if open[item] then return '...' end
      open[item] = true
      local inner = indent .. '   '
      local parts = {}
      for i = 1, #item do parts[i] = text_of(item[i], inner) end
      for _, key in ipairs(sorted_keys(item)) do
         parts[#parts + 1] = key_text(key) .. ' = ' .. text_of(item[key], inner)
      end
      open[item] = nil
      if newline and #parts > 0 then
         return '{\n' .. inner .. table.concat(parts, ',\n' .. inner) .. '\n' .. indent .. '}'
      end
      return '{' .. table.concat(parts, ', ') .. '}'
   end
   return text_of(value, '')
end

return format
