-- cjson: JSON in and out, as lua-cjson 2.1 does it. `require 'cjson'` gives the package; `cjson.safe` answers nil and a message
-- instead of raising errors.

local encode, decode = require 'cjson.encode', require 'cjson.decode'

local python = package.loaded.python or _G.python

-- What stands for JSON's null: the null pointer, as in lua-cjson.
local null = python.none

-- Raised by what the script called, or by what that called with level 4: the error names the script's line.
local function argument_error(name, n, text, level)
   error(("bad argument #%d to '%s' (%s)"):format(n, name, text), level or 3)
end

local function check_count(name, given, most)
   if given > most then argument_error(name, most + 1, 'found too many arguments', 4) end
end

local function whole(name, n, value, least, most)
   if type(value) ~= 'number' or value < least or value > most or value % 1 ~= 0 then
      argument_error(name, n, ('expected integer between %d and %d'):format(least, most), 4)
   end
   return value
end

local function choice(name, n, value, options)
   if type(value) == 'boolean' then return value end
   if value == 'on' or value == 'off' then return value == 'on' end
   if options[value] then return value end
   local told = type(value) == 'string' and ("invalid option '%s'"):format(value)
      or ('string expected, got %s'):format(type(value))
   argument_error(name, n, told, 4)
end

local LARGEST = 2147483647
local integers = {encode_max_depth = {1, LARGEST}, decode_max_depth = {1, LARGEST}, encode_number_precision = {1, 14}}
local choices = {encode_invalid_numbers = {null = true}, decode_invalid_numbers = {}, encode_keep_buffer = {}}

local build

-- The package with settings of its own.
function build(safe)
   local config = {
      encode_max_depth = 1000, decode_max_depth = 1000, encode_number_precision = 14, encode_invalid_numbers = false,
      decode_invalid_numbers = true, encode_keep_buffer = true,
      encode_sparse_convert = false, encode_sparse_ratio = 2, encode_sparse_safe = 10,
   }
   local cjson = {null = null, _NAME = 'cjson', _VERSION = '2.1devel'}

   --- cjson.encode_max_depth([n]), ...: sets it where given, and returns what it is.
   for name, range in pairs(integers) do
      cjson[name] = function(...)
         check_count(name, select('#', ...), 1)
         local value = ...
         if value ~= nil then config[name] = whole(name, 1, value, range[1], range[2]) end
         return config[name]
      end
   end
   for name, options in pairs(choices) do
      cjson[name] = function(...)
         check_count(name, select('#', ...), 1)
         local value = ...
         if value ~= nil then config[name] = choice(name, 1, value, options) end
         return config[name]
      end
   end

   --- cjson.encode_sparse_array([convert [, ratio [, safe]]]): what happens to lists with many holes.
   function cjson.encode_sparse_array(...)
      local name = 'encode_sparse_array'
      check_count(name, select('#', ...), 3)
      local convert, ratio, safe_length = ...
      if convert ~= nil then convert = choice(name, 1, convert, {}) end
      if ratio ~= nil then config.encode_sparse_ratio = whole(name, 2, ratio, 0, LARGEST) end
      if safe_length ~= nil then config.encode_sparse_safe = whole(name, 3, safe_length, 0, LARGEST) end
      if convert ~= nil then config.encode_sparse_convert = convert end
      return config.encode_sparse_convert, config.encode_sparse_ratio, config.encode_sparse_safe
   end

   -- The result, or the error at the caller's line, or with `safe` nil and the message.
   local function answer(ok, ...)
      if ok then return ... end
      if safe then return nil, (...) end
      error((...), 2) -- encode and decode end in a call of this, so that the second level is their caller
   end

   --- cjson.encode(value): its JSON text.
   function cjson.encode(...)
      if select('#', ...) ~= 1 then argument_error('encode', 1, 'expected 1 argument') end
      local ok, result = pcall(encode, (...), config, null)
      return answer(ok, result)
   end

   --- cjson.decode(text): its value; objects and arrays are tables, null is cjson.null.
   function cjson.decode(...)
      if select('#', ...) ~= 1 then argument_error('decode', 1, 'expected 1 argument') end
      local text = ...
      if type(text) == 'number' then text = tostring(text) end
      if type(text) ~= 'string' then
         local told = ('string expected, got %s'):format(type(text))
         if safe then return nil, ("bad argument #1 to 'decode' (%s)"):format(told) end
         argument_error('decode', 1, told)
      end
      local ok, result = pcall(decode, text, config, null)
      return answer(ok, result)
   end

   --- cjson.new(): such a package with settings of its own.
   function cjson.new() return build(safe) end

   return cjson
end

-- cjson.safe is built here too: it has to be told apart.
package.loaded['cjson.safe'] = build(true)

return build(false)
