-- xlua.unpack: named or positional arguments, their types and defaults, from a list of descriptions
-- {arg = name, type = 'number | nil', help = text, default = value, defaulta = other argument, req = boolean}.

local colors = require 'sys.colors'

local arguments = {}

local function torch_type(value)
   local torch = rawget(_G, 'torch')
   return torch and torch.typename and torch.typename(value) or type(value)
end

local function row(argument)
   local words = {'   ', argument.arg or '?'}
   if argument.type ~= nil then words[#words + 1] = ' (' .. argument.type .. ')' end
   if argument.help ~= nil then words[#words + 1] = '  ' .. argument.help end
   if argument.req then words[#words + 1] = '  [required]' end
   if argument.default ~= nil then words[#words + 1] = '  [default = ' .. tostring(argument.default) .. ']' end
   if argument.defaulta ~= nil then words[#words + 1] = '  [default: the same as ' .. argument.defaulta .. ']' end
   return table.concat(words)
end

--- xlua.usage(name, description, example, {arg=...}, ...): the help text of a function.
function arguments.usage(name, description, example, ...)
   local lines = {colors.magenta .. tostring(name) .. colors.none}
   if description ~= nil then lines[#lines + 1] = tostring(description) end
   local described = {...}
   if #described > 0 then lines[#lines + 1] = 'arguments:' end
   for _, argument in ipairs(described) do lines[#lines + 1] = row(argument) end
   if example ~= nil then lines[#lines + 1] = 'example:\n' .. tostring(example) end
   return table.concat(lines, '\n')
end

local function is_plain(value)
   return type(value) == 'table' and torch_type(value) == 'table'
end

-- One table without items stands for all arguments, by their names.
local function by_name(given)
   local n = given.n or select('#', unpack(given))
   if n == 1 and is_plain(given[1]) and #given[1] == 0 then return given[1] end
   return nil
end

--- xlua.unpack(args, name, description, {arg=...}, ...): a table of the values by name, then the values in order. The
--- types are for those who read the help: Torch7 never compared them.
function arguments.unpack(given, name, description, ...)
   local described = {...}
   local named = by_name(given)
   local values, options = {}, {}
   for i, argument in ipairs(described) do
      local value
      if named ~= nil then value = named[argument.arg] else value = given[i] end
      if value == nil and argument.req then
         error(("%s: missing argument '%s'\n%s"):format(tostring(name), argument.arg,
            arguments.usage(name, description, nil, unpack(described))), 3)
      end
      if value == nil then value = argument.default end
      if value == nil and argument.defaulta ~= nil then value = options[argument.defaulta] end
      values[i] = value
      options[argument.arg], options[i] = value, value
   end
   return options, unpack(values, 1, #described)
end

--- xlua.unpack_class(object, args, name, description, {arg=...}, ...): sets the values as the object's fields.
function arguments.unpack_class(object, given, name, description, ...)
   local options = arguments.unpack(given, name, description, ...)
   for key, value in pairs(options) do
      if type(key) == 'string' then object[key] = value end
   end
end

--- xlua.usage_module(name, description, {name = ..., help = ...} or functions ...): the help text of a package.
function arguments.usage_module(name, description, ...)
   local lines = {colors.magenta .. tostring(name) .. colors.none, tostring(description or '')}
   for _, entry in ipairs{...} do
      local line = tostring(entry)
      if type(entry) == 'table' then
         line = tostring(entry.name) .. '  ' .. tostring(entry.help or entry.description or '')
      end
      lines[#lines + 1] = '   ' .. line
   end
   return table.concat(lines, '\n')
end

return arguments
