-- JSON to Lua, with the answers and the errors of lua-cjson. It walks over the string's bytes, after which LuaJIT has put a 0.

local ffi = require 'ffi'
local bit = require 'bit'

local cast, byte_pointer, copy = ffi.cast, ffi.typeof 'const uint8_t *', ffi.string
local char, tonumber, rawset, band, concat = string.char, tonumber, rawset, bit.band, table.concat
local lower, error = string.lower, error

-- What a byte begins: a token of its own, blanks, or something to look at more closely.
local kinds = {}
for i = 0, 255 do kinds[i] = 'T_ERROR' end
for letter, kind in pairs {['{'] = 'T_OBJ_BEGIN', ['}'] = 'T_OBJ_END', ['['] = 'T_ARR_BEGIN', [']'] = 'T_ARR_END',
   [':'] = 'T_COLON', [','] = 'T_COMMA', ['\0'] = 'T_END', [' '] = 'T_WHITESPACE', ['\t'] = 'T_WHITESPACE',
   ['\n'] = 'T_WHITESPACE', ['\r'] = 'T_WHITESPACE', ['"'] = 'T_STRING'} do
   kinds[letter:byte()] = kind
end
for letter in ('fiIntN+-0123456789'):gmatch('.') do kinds[letter:byte()] = 'T_UNKNOWN' end

local escapes = {}
for letter, meaning in pairs {['"'] = '"', ['\\'] = '\\', ['/'] = '/', b = '\b', f = '\f', n = '\n', r = '\r', t = '\t'} do
   escapes[letter:byte()] = meaning
end

local QUOTE, BACKSLASH, SMALL_U, MINUS, PLUS, ZERO, NINE, POINT = 34, 92, 117, 45, 43, 48, 57, 46

-- The state of one call. decode is not entered twice: nothing that it calls is the script's.
local text, bytes, at, config, depth, null

-- The token that `next_token` found: its place from 0, its value, or what is wrong with it.
local place, value, wrong

local function failed(reason)
   place, wrong = at, reason
   return 'T_ERROR'
end

local function refuse(expected, kind)
   error(('Expected %s but found %s at character %d'):format(expected, kind == 'T_ERROR' and wrong or kind, place + 1), 0)
end

---------------------------------------------------------------------------------------------------------- strings

local function hex4(from)
   local code = 0
   for i = from, from + 3 do
      local b = bytes[i]
      local digit
      if b >= ZERO and b <= NINE then digit = b - ZERO
      elseif b >= 97 and b <= 102 then digit = b - 87
      elseif b >= 65 and b <= 70 then digit = b - 55
      else return nil end
      code = code * 16 + digit
   end
   return code
end

local function utf8(code)
   if code < 0x80 then return char(code) end
   local last = 0x80 + code % 64
   code = (code - code % 64) / 64
   if code < 32 then return char(0xC0 + code, last) end
   local third = 0x80 + code % 64
   code = (code - code % 64) / 64
   if code < 16 then return char(0xE0 + code, third, last) end
   local second = 0x80 + code % 64
   return char(0xF0 + (code - code % 64) / 64, second, third, last)
end

-- The character of the \u at `at`, and the length of that; nil where it is none.
local function unicode()
   local code = hex4(at + 2)
   if code == nil then return nil end
   if band(code, 0xF800) ~= 0xD800 then return utf8(code), 6 end
   if band(code, 0x400) ~= 0 or bytes[at + 6] ~= BACKSLASH or bytes[at + 7] ~= SMALL_U then return nil end
   local low = hex4(at + 8)
   if low == nil or band(low, 0xFC00) ~= 0xDC00 then return nil end
   return utf8(0x10000 + band(code, 0x3FF) * 1024 + band(low, 0x3FF)), 12
end

local function string_token()
   at = at + 1
   local from, pieces, n = at, nil, 0
   while true do
      local b = bytes[at]
      while b ~= QUOTE and b ~= BACKSLASH and b ~= 0 do
         at = at + 1
         b = bytes[at]
      end
      if b == QUOTE then
         local piece = copy(bytes + from, at - from)
         at = at + 1
         if pieces ~= nil then
            pieces[n + 1] = piece
            piece = concat(pieces)
         end
         value = piece
         return 'T_STRING'
      elseif b == 0 then
         return failed 'unexpected end of string'
      end
      pieces = pieces or {}
      pieces[n + 1] = copy(bytes + from, at - from)
      local meaning, length = escapes[bytes[at + 1]], 2
      if meaning == nil then
         if bytes[at + 1] ~= SMALL_U then return failed 'invalid escape code' end
         meaning, length = unicode()
         if meaning == nil then return failed 'invalid unicode escape code' end
      end
      pieces[n + 2] = meaning
      n = n + 2
      at = at + length
      from = at
   end
end

---------------------------------------------------------------------------------------------------------- numbers

-- Whether what begins here is a number for C but not for JSON: a plus, hexadecimal, zeros in front, inf, nan.
local function is_invalid_number()
   local p = at
   if bytes[p] == PLUS then return true end
   if bytes[p] == MINUS then p = p + 1 end
   local b, after = bytes[p], bytes[p + 1]
   if b == ZERO then return after == 120 or after == 88 or (after >= ZERO and after <= NINE) end
   if b <= NINE then return false end
   local word = lower(copy(bytes + p, 3))
   return word == 'inf' or word == 'nan'
end

-- The longest number that C's strtod would read: nil without any.
local function long_number()
   local sign, body = text:match('^([+-]?)(.*)$', at + 1)
   local word = lower(body:sub(1, 8))
   local length, number
   if word == 'infinity' or word:sub(1, 3) == 'inf' then
      length, number = word == 'infinity' and 8 or 3, math.huge
   elseif word:sub(1, 3) == 'nan' then
      length, number = 3, 0 / 0
   else
      local digits = body:match('^0[xX]%x+%.?%x*') or body:match('^0[xX]%.%x+')
      if digits ~= nil then
         digits = digits .. (body:match('^[pP][+-]?%d+', #digits + 1) or '')
      else
         digits = body:match('^%d+%.?%d*') or body:match('^%.%d+')
         if digits == nil then return nil end
         digits = digits .. (body:match('^[eE][+-]?%d+', #digits + 1) or '')
      end
      length, number = #digits, tonumber(digits)
   end
   at = at + #sign + length
   return sign == '-' and -number or number
end

local function number_token()
   local p, negative, number = at, bytes[at] == MINUS, 0
   if negative then p = p + 1 end
   local first = p
   local b = bytes[p]
   while b >= ZERO and b <= NINE do
      number = number * 10 + (b - ZERO)
      p = p + 1
      b = bytes[p]
   end
   -- Up to 15 digits the sum is exact; a letter or a point means that there is more to it.
   if p > first and p - first <= 15 and b ~= POINT and b < 65 then
      at = p
      value = negative and -number or number
      return 'T_NUMBER'
   end
   while (b >= ZERO and b <= NINE) or b == POINT or b == 101 or b == 69 or b == MINUS or b == PLUS do
      p = p + 1
      b = bytes[p]
   end
   number = p > first and tonumber(copy(bytes + at, p - at)) or nil
   if number ~= nil and b < 65 then
      at = p
   else
      number = long_number()
      if number == nil then return failed 'invalid number' end
   end
   value = number
   return 'T_NUMBER'
end

----------------------------------------------------------------------------------------------------------- tokens

local function next_token()
   local b = bytes[at]
   local kind = kinds[b]
   while kind == 'T_WHITESPACE' do
      at = at + 1
      b = bytes[at]
      kind = kinds[b]
   end
   place = at
   if kind == 'T_STRING' then return string_token() end
   if kind == 'T_ERROR' then return failed 'invalid token' end
   if kind == 'T_END' then return kind end
   if kind ~= 'T_UNKNOWN' then
      at = at + 1
      return kind
   end
   if b == MINUS or (b >= ZERO and b <= NINE) then
      if not config.decode_invalid_numbers and is_invalid_number() then return failed 'invalid number' end
      return number_token()
   end
   local word = copy(bytes + at, math.min(5, #text - at))
   if word:sub(1, 4) == 'true' then
      at, value = at + 4, true
      return 'T_BOOLEAN'
   elseif word == 'false' then
      at, value = at + 5, false
      return 'T_BOOLEAN'
   elseif word:sub(1, 4) == 'null' then
      at, value = at + 4, null
      return 'T_NULL'
   elseif config.decode_invalid_numbers and is_invalid_number() then
      return number_token()
   end
   return failed 'invalid token'
end

local read_value

local function descend()
   depth = depth + 1
   if depth > config.decode_max_depth then error(('Found too many nested data structures (%d)'):format(depth), 0) end
end

local function read_object()
   descend()
   local object = {}
   local kind = next_token()
   while kind ~= 'T_OBJ_END' do
      if kind ~= 'T_STRING' then refuse('object key string', kind) end
      local key = value
      kind = next_token()
      if kind ~= 'T_COLON' then refuse('colon', kind) end
      object[key] = read_value(next_token())
      kind = next_token()
      if kind == 'T_OBJ_END' then break end
      if kind ~= 'T_COMMA' then refuse('comma or object end', kind) end
      kind = next_token()
      if kind == 'T_OBJ_END' then refuse('object key string', kind) end
   end
   depth = depth - 1
   return object
end

local function read_array()
   descend()
   local array, n = {}, 0
   local kind = next_token()
   if kind ~= 'T_ARR_END' then
      while true do
         n = n + 1
         array[n] = read_value(kind)
         kind = next_token()
         if kind == 'T_ARR_END' then break end
         if kind ~= 'T_COMMA' then refuse('comma or array end', kind) end
         kind = next_token()
      end
   end
   depth = depth - 1
   return array
end

function read_value(kind)
   if kind == 'T_STRING' or kind == 'T_NUMBER' or kind == 'T_BOOLEAN' or kind == 'T_NULL' then return value end
   if kind == 'T_OBJ_BEGIN' then return read_object() end
   if kind == 'T_ARR_BEGIN' then return read_array() end
   return refuse('value', kind)
end

--- decode(text, config, null): the value; errors have no position.
return function(json, settings, nothing)
   text, bytes, at, config, depth, null = json, cast(byte_pointer, json), 0, settings, 0, nothing
   if #json >= 2 and (bytes[0] == 0 or bytes[1] == 0) then error('JSON parser does not support UTF-16 or UTF-32', 0) end
   local result = read_value(next_token())
   local kind = next_token()
   if kind ~= 'T_END' then refuse('the end', kind) end
   text, value = nil, nil -- so that they can be collected
   return result
end
