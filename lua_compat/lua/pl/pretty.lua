-- pl.pretty: tables as Lua text, and back.

local utils = require 'pl.utils'
local stringx = require 'pl.stringx'

local pretty = {}

local keywords = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return then true until
   while]]):gmatch('%a+') do keywords[word] = true end

local function is_name(key) return type(key) == 'string' and key:find('^[%a_][%w_]*$') ~= nil and not keywords[key] end

local function scalar(value)
   local kind = type(value)
   if kind == 'string' then return stringx.quote_string(value) end
   if kind == 'number' then
      if value ~= value then return 'NaN' end
      if value == math.huge then return 'Inf' end
      return value == -math.huge and '-Inf' or tostring(value)
   end
   return kind == 'boolean' and tostring(value) or ('%q'):format(tostring(value))
end

local function sorted_keys(t)
   local keys, n = {}, 0
   while t[n + 1] ~= nil do n = n + 1 end
   for key in pairs(t) do
      if not (type(key) == 'number' and key % 1 == 0 and key >= 1 and key <= n) then keys[#keys + 1] = key end
   end
   table.sort(keys, function(a, b)
      local number = type(a) == 'number'
      if number ~= (type(b) == 'number') then return not number end
      if number then return a < b end
      return tostring(a) < tostring(b)
   end)
   return keys, n
end

--- pretty.write(t [, blanks [, not_clever]]): Lua text, an entry a line, indented by `blanks` (two); with '' on one
--- line.
function pretty.write(t, blanks, not_clever)
   if type(t) ~= 'table' then return scalar(t), 'not a table' end
   blanks = blanks or '  '
   local pieces, open = {}, {}
   local newline = blanks == '' and '' or '\n'
   local function put(piece) pieces[#pieces + 1] = piece end
   local function write(value, indent)
      if type(value) ~= 'table' then return put(scalar(value)) end
      if open[value] then return put('<cycle>') end
      open[value] = true
      local inner, first = indent .. blanks, true
      local function entry(key_text, item)
         put((first and '' or ',') .. newline .. inner)
         first = false
         if key_text ~= nil then put(key_text .. (blanks == '' and '=' or ' = ')) end
         write(item, inner)
      end
      put('{')
      local keys, n = sorted_keys(value)
      for i = 1, n do entry(not_clever and '[' .. i .. ']' or nil, value[i]) end
      for _, key in ipairs(keys) do
         entry(is_name(key) and key or '[' .. scalar(key) .. ']', value[key])
      end
      put(newline .. indent .. '}')
      open[value] = nil
   end
   write(t, '')
   return table.concat(pieces)
end

--- pretty.dump(t [, file name]): to standard output or a file.
function pretty.dump(t, name)
   if name == nil then
      print(pretty.write(t))
      return true
   end
   return utils.writefile(name, pretty.write(t))
end

-- Text that is a table constructor and nothing that runs: no calls, no loops.
local function harmless(text)
   local bare = text:gsub('%-%-[^\n]*', ''):gsub('%b""', '""'):gsub("%b''", "''")
   for word in bare:gmatch('[%a_][%w_]*') do
      if keywords[word] and word ~= 'true' and word ~= 'false' and word ~= 'nil' then
         return false, "cannot have '" .. word .. "' in a table"
      end
   end
   if bare:find('[%w_%]%)"\']%s*%(') then return false, 'cannot have calls in a table' end
   return true
end

--- pretty.read(text): the table that the text writes; nil and a message.
function pretty.read(text)
   text = utils.assert_string(1, text):gsub('^%s*%-%-[^\n]*\n', '')
   if not text:find('^%s*{') then return nil, 'not a Lua table' end
   local ok, message = harmless(text)
   if not ok then return nil, message end
   local chunk, problem = utils.load('return ' .. text, 'tbl', 't', {})
   if chunk == nil then return nil, problem end
   local done, value = pcall(chunk)
   if not done then return nil, value end
   return value
end

--- pretty.load(text [, environment]): the variables that simple Lua code sets, a table; nil and a message.
function pretty.load(text, environment)
   environment = environment or {}
   local chunk, problem = utils.load(text, 'tbl', 't', environment)
   if chunk == nil then return nil, problem end
   local ok, message = pcall(chunk)
   if not ok then return nil, message end
   return environment
end

local suffixes = {M = {'B', 'KiB', 'MiB', 'GiB', 'TiB'}, N = {'', 'K', 'M', 'B', 'T'}}

--- pretty.number(n [, kind [, digits]]): 'M' for memory (2.0KiB), 'N' for large numbers (1.2M), 'T' with commas
--- (1,200,000).
function pretty.number(n, kind, digits)
   digits = digits or 1
   if kind == 'T' then
      local text = ('%d'):format(n)
      local sign, body = text:match('^(-?)(%d+)$')
      return sign .. body:reverse():gsub('(%d%d%d)', '%1,'):gsub(',$', ''):reverse()
   end
   local step, names = kind == 'M' and 1024 or 1000, suffixes[kind or 'N']
   if names == nil then error("pretty.number: 'M', 'N' or 'T' expected", 2) end
   local i = 1
   while math.abs(n) >= step and i < #names do n, i = n / step, i + 1 end
   if i == 1 then return tostring(n) .. names[1] end
   return ('%.' .. digits .. 'f'):format(n) .. names[i]
end

--- pretty.debug(value, ...), pretty(value, ...): prints the arguments, a table of them.
function pretty.debug(...)
   local named = {}
   for i = 1, select('#', ...) do named['arg ' .. i] = (select(i, ...)) end
   return pretty.dump(named)
end

return setmetatable(pretty, {__call = function(_, ...) return pretty.debug(...) end})
