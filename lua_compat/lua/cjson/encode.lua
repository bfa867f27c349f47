-- Lua to JSON, with the answers and the errors of lua-cjson.

local type, next, rawget, error, find, gsub, format = type, next, rawget, error, string.find, string.gsub, string.format
local floor, huge, concat = math.floor, math.huge, table.concat

local escapes = {['"'] = '\\"', ['\\'] = '\\\\', ['/'] = '\\/', ['\b'] = '\\b', ['\f'] = '\\f', ['\n'] = '\\n',
   ['\r'] = '\\r', ['\t'] = '\\t', ['\127'] = '\\u007f'}
for i = 0, 31 do
   local letter = string.char(i)
   escapes[letter] = escapes[letter] or ('\\u%04x'):format(i)
end

-- The state of one call. encode is not entered twice: nothing that it calls is the script's.
local pieces, count, config, null, number_format

local function put(piece)
   count = count + 1
   pieces[count] = piece
end

local function refuse(value, reason) error(('Cannot serialise %s: %s'):format(type(value), reason), 0) end

local function quoted(text)
   if find(text, '[%c"/\\\127]') then text = gsub(text, '[%c"/\\\127]', escapes) end
   return '"' .. text .. '"'
end

local function number_text(number)
   if number ~= number or number == huge or number == -huge then
      local allowed = config.encode_invalid_numbers
      if allowed == 'null' then return 'null' end
      if not allowed then refuse(number, 'must not be NaN or Inf') end
      return number ~= number and 'nan' or number > 0 and 'inf' or '-inf'
   end
   return format(number_format, number)
end

-- The length of the list that a table is; 0 for an empty table, nil for one that is an object.
local function list_length(t)
   local last, entries = 0, 0
   for key in next, t do
      if type(key) ~= 'number' or key < 1 or floor(key) ~= key then return nil end
      if key > last then last = key end
      entries = entries + 1
   end
   local ratio = config.encode_sparse_ratio
   if ratio > 0 and last > entries * ratio and last > config.encode_sparse_safe then
      if not config.encode_sparse_convert then refuse(t, 'excessively sparse array') end
      return nil
   end
   return last
end

local append

local function append_list(t, n, depth)
   put '['
   for i = 1, n do
      if i > 1 then put ',' end
      append(rawget(t, i), depth)
   end
   put ']'
end

local function append_object(t, depth)
   put '{'
   local further = false
   for key, value in next, t do
      if further then put ',' end
      further = true
      local kind = type(key)
      if kind == 'string' then
         put(quoted(key))
      elseif kind == 'number' then
         put '"'
         put(number_text(key))
         put '"'
      else
         refuse(t, 'table key must be a number or string')
      end
      put ':'
      append(value, depth)
   end
   put '}'
end

function append(value, depth)
   local kind = type(value)
   if kind == 'string' then
      put(quoted(value))
   elseif kind == 'number' then
      put(number_text(value))
   elseif kind == 'table' then
      depth = depth + 1
      if depth > config.encode_max_depth then error(('Cannot serialise, excessive depth (%d)'):format(depth), 0) end
      local n = list_length(value)
      if n ~= nil and n > 0 then append_list(value, n, depth) else append_object(value, depth) end
   elseif kind == 'boolean' then
      put(value and 'true' or 'false')
   elseif kind == 'nil' or rawequal(value, null) then
      put 'null'
   else
      refuse(value, 'type not supported')
   end
end

--- encode(value, config, null): the JSON text; errors have no position.
return function(value, settings, nothing)
   pieces, count, config, null = {}, 0, settings, nothing
   number_format = '%.' .. settings.encode_number_precision .. 'g'
   append(value, 0)
   local text = concat(pieces)
   pieces = nil
   return text
end
