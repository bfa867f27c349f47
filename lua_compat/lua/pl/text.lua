-- pl.text: indentation, wrapping, templates, and % for strings.

local utils = require 'pl.utils'
local List = require 'pl.List'
local stringx = require 'pl.stringx'

local text = {}

--- text.indent(s, n [, character]): each line n characters further in; text.dedent(s): without the first line's
--- indentation.
function text.indent(s, n, character)
   local prefix = (character or ' '):rep(n)
   local lines = stringx.splitlines(s):map(function(line) return prefix .. line end)
   return lines:join('\n') .. '\n'
end

function text.dedent(s)
   local lines = stringx.splitlines(s)
   local indent = lines[1] and lines[1]:match('^%s*') or ''
   local function without(line) return line:sub(1, #indent) == indent and line:sub(#indent + 1) or line end
   return lines:map(without):join('\n') .. '\n'
end

--- text.wrap(s [, width]): lines of at most so many characters, a List; text.fill: as one text.
function text.wrap(s, width)
   width = width or 70
   local lines, line = {}, nil
   for word in s:gmatch('%S+') do
      if line == nil then line = word
      elseif #line + 1 + #word <= width then line = line .. ' ' .. word
      else
         lines[#lines + 1] = line
         line = word
      end
   end
   lines[#lines + 1] = line
   return List(lines)
end

function text.fill(s, width) return text.wrap(s, width):join('\n') .. '\n' end

--- text.Template('$name and ${other}'): an object; :substitute(table) fails for a name that is not there,
--- :safe_substitute leaves it as it is, :indent_substitute puts several lines at the indentation of the name.
local Template = {}
Template.__index = Template

local function filled(template, values, missing)
   return (template:gsub('%$(%$?)({?)([%w_]*)(}?)', function(dollar, opening, name, closing)
      if dollar == '$' then return '$$' .. opening .. name .. closing end
      local value
      if type(values) == 'function' then value = values(name) else value = values[name] end
      if value == nil then return missing(name, '$' .. opening .. name .. closing) end
      return tostring(value) .. (opening == '' and closing or '')
   end))
end

function Template:substitute(values)
   return filled(self.template, values, function(name) error('not present in table ' .. name, 5) end)
end

function Template:safe_substitute(values)
   return filled(self.template, values, function(_, original) return original end)
end

function Template:indent_substitute(values)
   local lines = {}
   for line in (self.template .. '\n'):gmatch('(.-)\n') do
      local indent = line:match('^(%s+)%$[%w_{}]+%s*$')
      local new = filled(line, values, function(name) error('not present in table ' .. name, 5) end)
      if indent ~= nil then new = new:gsub('\n', '\n' .. indent) end
      lines[#lines + 1] = new
   end
   return table.concat(lines, '\n')
end

text.Template = setmetatable({}, {__call = function(_, template)
   return setmetatable({template = utils.assert_string(1, template)}, Template)
end})

--- text.format_operator(): from then on 'format' % value, 'format' % {values} and '$name' % {name = value} work.
function text.format_operator()
   local mt = getmetatable('')
   function mt.__mod(format, values)
      if type(values) ~= 'table' then return format:format(values) end
      if format:find('%$[%w_{]') and #values == 0 then return text.Template(format):substitute(values) end
      return format:format(unpack(values))
   end
end

-- The functions of stringx are here as well.
for name, fn in pairs(stringx) do
   if text[name] == nil then text[name] = fn end
end

return text
