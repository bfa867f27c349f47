-- pl.config: files of settings: [sections], name = value, lists with commas, and plain rows of values.

local utils = require 'pl.utils'
local stringx = require 'pl.stringx'

local config = {}

-- What differs between kinds of files; read's second argument sets any of it.
local DEFAULTS = {
   variabilize = true, convert_numbers = tonumber, trim_space = true, trim_quotes = false, ignore_assign = false,
   keysep = '=', smart = false, list_delim = ',',
}

local function as_name(key)
   key = key:gsub('[^%w]', '_')
   return key:find('^%d') and '_' .. key or key
end

local function converted(text, options)
   if options.trim_space then text = stringx.strip(text) end
   if options.trim_quotes then text = text:match('^"(.*)"$') or text:match("^'(.*)'$") or text end
   local number = options.convert_numbers and options.convert_numbers(text) or nil
   return number == nil and text or number
end

local function value_of(text, options)
   if not text:find(options.list_delim, 1, true) then return converted(text, options) end
   local list = {}
   for i, item in ipairs(utils.split(text, options.list_delim, true)) do list[i] = converted(item, options) end
   return list
end

--- config.lines(file): iterates over lines; a backslash at the end of one continues it.
function config.lines(file)
   local own = type(file) == 'string'
   local source = own and io.lines(file) or file.lines ~= nil and file:lines() or file
   return function()
      local line = ''
      for piece in source do
         local continued = piece:match('^(.*)\\%s*$')
         if continued == nil then return line .. piece end
         line = line .. continued
      end
      return line ~= '' and line or nil
   end
end

--- config.read(file name or file [, options]): a table; nil and a message where it cannot be opened.
function config.read(file, options)
   options = setmetatable(options or {}, {__index = DEFAULTS})
   local opened = file
   if type(file) == 'string' then
      local problem
      opened, problem = io.open(file)
      if opened == nil then return nil, problem end
   end
   local top = {}
   local section = top
   local pattern = '^([^' .. utils.escape(options.keysep) .. ']+)' .. utils.escape(options.keysep) .. '(.*)$'
   for line in config.lines(opened) do
      local text = stringx.strip(line)
      local name = text:match('^%[(.+)%]$')
      if text == '' or text:find('^[#;]') then
         name = nil
      elseif name ~= nil then
         section = {}
         top[options.variabilize and as_name(name) or name] = section
      else
         local key, value = text:match(pattern)
         if key ~= nil and not options.ignore_assign then
            key = stringx.strip(key)
            section[options.variabilize and as_name(key) or key] = value_of(value, options)
         else
            section[#section + 1] = value_of(text, options)
         end
      end
   end
   if type(file) == 'string' then opened:close() end
   return top
end

return config
