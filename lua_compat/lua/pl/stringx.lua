-- pl.stringx: Python's string methods. stringx.import() makes them methods of all strings.

local utils = require 'pl.utils'
local List = require 'pl.List'

local stringx = {}

local function check(text, n)
   if type(text) ~= 'string' then
      error(("argument %d expected a 'string', got a '%s'"):format(n or 1, type(text)), 3)
   end
   return text
end

---------------------------------------------------------------------------------------------- what it is

function stringx.isalpha(text) return check(text):find('^%a+$') == 1 end

function stringx.isdigit(text) return check(text):find('^%d+$') == 1 end

function stringx.isalnum(text) return check(text):find('^%w+$') == 1 end

function stringx.isspace(text) return check(text):find('^%s+$') == 1 end

function stringx.islower(text) return check(text):find('^[%l%s]+$') == 1 end

function stringx.isupper(text) return check(text):find('^[%u%s]+$') == 1 end

--- stringx.startswith(text, start), endswith(text, ending): one string or a list of them.
local function any(choices, test)
   if type(choices) == 'string' then return test(choices) end
   for _, choice in ipairs(choices) do
      if test(choice) then return true end
   end
   return false
end

function stringx.startswith(text, start)
   check(text)
   return any(start, function(s) return text:sub(1, #s) == s end)
end

function stringx.endswith(text, ending)
   check(text)
   return any(ending, function(s) return s == '' or text:sub(-#s) == s end)
end

------------------------------------------------------------------------------------- pieces and searches

--- stringx.split(text [, separator, n]): at a plain separator, or at blanks; at most n pieces. splitv: as results.
function stringx.split(text, separator, n)
   check(text)
   if separator == nil then
      return List(utils.split(stringx.strip(text), '%s+', false, n))
   end
   if text == '' then return List() end
   local pieces = utils.split(text, separator, true, n)
   local ends = separator ~= '' and text:sub(-#separator) == separator
   if ends and (n == nil or #pieces < n) then pieces[#pieces + 1] = '' end
   return List(pieces)
end

function stringx.splitv(...) return unpack(stringx.split(...)) end

--- stringx.splitlines(text [, keep ends]).
function stringx.splitlines(text, keep)
   local lines = {}
   for line, ending in (check(text)):gmatch('([^\r\n]*)(\r?\n?)') do
      if line == '' and ending == '' then break end
      lines[#lines + 1] = keep and line .. ending or line
   end
   return List(lines)
end

function stringx.lines(text)
   local lines, i = stringx.splitlines(text), 0
   return function()
      i = i + 1
      return lines[i]
   end
end

--- stringx.lfind(text, part [, first, last]), rfind: the place of the first, the last occurrence; nil without one.
function stringx.lfind(text, part, first, last)
   local i, j = check(text):find(check(part, 2), first, true)
   if i == nil or (last ~= nil and j > last) then return nil end
   return i
end

function stringx.rfind(text, part, first, last)
   local found, from = nil, first or 1
   while true do
      local i, j = check(text):find(check(part, 2), from, true)
      if i == nil or (last ~= nil and j > last) then return found end
      found, from = i, i + 1
   end
end

function stringx.count(text, part)
   local n, from = 0, 1
   if check(part, 2) == '' then return #check(text) + 1 end
   while true do
      local i, j = check(text):find(part, from, true)
      if i == nil then return n end
      n, from = n + 1, j + 1
   end
end

--- stringx.partition(text, separator), rpartition: what is before, the separator, what is behind.
local function separating(separator)
   if check(separator, 2) == '' then error("argument 2: '' must be a non-empty string", 3) end
   return separator
end

function stringx.partition(text, separator)
   local i, j = check(text):find(separating(separator), 1, true)
   if i == nil then return text, '', '' end
   return text:sub(1, i - 1), separator, text:sub(j + 1)
end

function stringx.rpartition(text, separator)
   local i = stringx.rfind(text, separating(separator))
   if i == nil then return '', '', text end
   return text:sub(1, i - 1), separator, text:sub(i + #separator)
end

function stringx.at(text, i) return check(text):sub(i, i) end

--- stringx.replace(text, old, new [, n]): plain texts; the first n.
function stringx.replace(text, old, new, n)
   return (check(text):gsub(utils.escape(check(old, 2)), (check(new, 3):gsub('%%', '%%%%')), n))
end

--- stringx.expandtabs(text [, width]).
function stringx.expandtabs(text, width)
   width = width or 8
   local column, pieces = 0, {}
   for character in check(text):gmatch('.') do
      if character == '\t' then
         local blanks = width > 0 and width - column % width or 0
         pieces[#pieces + 1] = (' '):rep(blanks)
         column = column + blanks
      else
         pieces[#pieces + 1] = character
         column = character == '\n' and 0 or column + 1
      end
   end
   return table.concat(pieces)
end

-------------------------------------------------------------------------------------- stripped and padded

local function set_pattern(characters)
   if characters == nil then return '%s' end
   return '[' .. characters:gsub('[%]%^%-%%]', '%%%0') .. ']'
end

function stringx.lstrip(text, characters) return (check(text):gsub('^' .. set_pattern(characters) .. '+', '')) end

function stringx.rstrip(text, characters)
   -- from the end: a pattern that starts anywhere would take quadratic time on long runs of blanks
   local set, last = '^' .. set_pattern(characters) .. '$', #check(text)
   while last > 0 and text:sub(last, last):find(set) do last = last - 1 end
   return text:sub(1, last)
end

function stringx.strip(text, characters) return stringx.rstrip(stringx.lstrip(check(text), characters), characters) end

function stringx.ljust(text, width, filler) return check(text) .. (filler or ' '):rep(width - #text) end

function stringx.rjust(text, width, filler) return (filler or ' '):rep(width - #check(text)) .. text end

function stringx.center(text, width, filler)
   local left = math.max(0, math.floor((width - #check(text)) / 2))
   local right = math.max(0, width - #text - left)
   return (filler or ' '):rep(left) .. text .. (filler or ' '):rep(right)
end

--- stringx.join(separator, list).
function stringx.join(separator, list) return table.concat(utils.array_tostring(list), check(separator)) end

--- stringx.shorten(text, width [, keep the end]): with '...' for what is cut off.
function stringx.shorten(text, width, tail)
   if #check(text) <= width then return text end
   if width < 3 then return ('...'):sub(1, width) end
   if tail then return '...' .. text:sub(#text - width + 4) end
   return text:sub(1, width - 3) .. '...'
end

function stringx.title(text)
   return (check(text):gsub("(%a)([%w_']*)", function(first, rest) return first:upper() .. rest:lower() end))
end

stringx.capitalize = function(text) return check(text):sub(1, 1):upper() .. text:sub(2):lower() end

--- stringx.quote_string(text): as Lua would read it; several lines, or quotes and backslashes, between long brackets.
function stringx.quote_string(text)
   local lines = check(text):find('\n', 1, true)
   if not lines and not (text:find('"', 1, true) and text:find("'", 1, true)) then
      return (('%q'):format(text):gsub('\r', '\\r'))
   end
   local level = ''
   while text:find(']' .. level .. ']', 1, true) or text:sub(-#level - 1) == ']' .. level do level = level .. '=' end
   if text:sub(1, 1) == '\n' then text = '\n' .. text end  -- the first one is not part of the text
   return '[' .. level .. '[' .. text .. ']' .. level .. ']'
end

--- stringx.import(): each function becomes a method of strings, but for those that Lua has under that name.
function stringx.import()
   for name, fn in pairs(stringx) do
      if string[name] == nil then string[name] = fn end
   end
end

-- Those of text, which stands on this file, are here as well.
local OF_TEXT = {indent = true, dedent = true, wrap = true, fill = true, Template = true, format_operator = true}

return setmetatable(stringx, {__index = function(_, name) return OF_TEXT[name] and require('pl.text')[name] or nil end})
