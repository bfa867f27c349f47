-- ?name in the interactive loop, and help(value): what a name is, what the comment above its definition says, how
-- torch's operations are called, and what stands for it in Python.

local torch = require 'torch'
local lookup = require 'th.lookup'
local registry = require '_help'
local signatures = require 'torch.signatures'

local help = {}

local INTRODUCTION = [[
1 + 1            an expression's values are printed; a semicolon at the end keeps them quiet
_LAST, _RESULTS  the last value, and all of them
?nn.Linear       help for a name; ?Lin lists the names that have that in them
$ ls             a command of the system
who()            your variables
import 'nn'      the names of a package as globals
Tab              completes names, fields, methods and, between quotes, files
Ctrl-R           looks for a line of before
Ctrl-C           stops what runs; Ctrl-D or os.exit() leaves]]

-- The comment just above a line of a file, without its dashes.
local function comment_above(file, line)
   local opened = io.open(file)
   if opened == nil then return nil end
   local found, n = {}, 0
   for text in opened:lines() do
      n = n + 1
      if n >= line then break end
      local words = text:match('^%s*%-%-+%s?(.*)$')
      if words == nil then
         -- functions that are documented together stand below one comment
         if text:find('%S') and not text:find('^%s*function .* end$') then found = {} end
      elseif text:find('%-%-%-%-%-%-') then
         found = {}
      else
         found[#found + 1] = words
      end
   end
   opened:close()
   if #found == 0 then return nil end
   return table.concat(found, '\n')
end

local function definition(value)
   local info = debug.getinfo(value, 'S')
   local file = info.source:match('^@(.*)$')
   if file == nil then return nil end
   return file, info.linedefined
end

local function kind_of(value)
   local class = torch.typename(value)
   local kind = class ~= nil and class or type(value)
   if lookup.is_class(value) then return 'a class' end
   return (kind:find('^[aeiou]') and 'an ' or 'a ') .. kind
end

-- What a function is called with, as its definition names the arguments.
local function arguments_of(f)
   local util = require 'jit.util'
   local names = {}
   local info = util.funcinfo(f)
   for i = 1, info.params or 0 do names[i] = debug.getlocal(f, i) end
   if info.isvararg then names[#names + 1] = '...' end
   return table.concat(names, ', ')
end

local function about(value)
   local class = lookup.is_class(value)
   local f = value
   if class then f = rawget(getmetatable(value), '__init') or value.__init or value.new end
   if type(f) ~= 'function' then return {} end
   local lines = {}
   local file, line = definition(f)
   if file == nil then return lines end
   local comment = comment_above(file, line)
   if not class and comment ~= nil then lines[#lines + 1] = comment end
   if class then lines[#lines + 1] = 'made with (' .. arguments_of(f):gsub('^self,? ?', '') .. ')' end
   lines[#lines + 1] = ('defined in %s, line %d'):format(file, line)
   return lines
end

local function indented(text) return '  ' .. text:gsub('\n', '\n  ') end

-- How an operation of torch is called; nothing for any other value.
local function forms_of(name, value)
   local last = name:match('[%w_]+$')
   if last == nil or type(value) ~= 'function' then return {} end
   if value == rawget(torch, last) then return signatures.forms(last, false) end
   local methods = torch.getmetatable(torch.getdefaulttensortype())
   return value == methods[last] and signatures.forms(last, true) or {}
end

-- Everything known of a name, nil where nothing is.
local function text_of(name)
   local value = lookup.value_of(name)
   local lines = {}
   if value ~= nil then
      lines[1] = name .. ': ' .. kind_of(value)
      local forms = forms_of(name, value)
      for _, form in ipairs(forms) do lines[#lines + 1] = indented(form) end
      if #forms == 0 then
         for _, line in ipairs(about(value)) do lines[#lines + 1] = indented(line) end
      end
   end
   local python = registry.explain(value ~= nil and torch.typename(value) or name)
   if python ~= nil then lines[#lines + 1] = python end
   if #lines == 0 then return nil end
   return table.concat(lines, '\n')
end

--- help.of(name): a text, whether the name is known or not.
function help.of(name)
   if name == '' then return INTRODUCTION end
   name = name:gsub('[%s()]+$', '')
   local package_name = name:match('^([%a_]%w*)[.:]')
   if package_name ~= nil and rawget(_G, package_name) == nil then pcall(require, package_name) end
   local text = text_of(name)
   if text ~= nil then return text end
   local near = registry.near(name, table.concat(lookup.names(), '\n'))
   if near == '' then return ("nothing is called '%s'"):format(name) end
   return ("nothing is called '%s'; like it are\n"):format(name) .. indented(near)
end

--- help.about(value or name): prints what its definition says, or what ?name prints.
function help.about(value)
   if type(value) == 'string' or value == nil then return print(help.of(value or '')) end
   print(kind_of(value))
   for _, line in ipairs(about(value)) do print(indented(line)) end
end

--- help.show(name): prints it.
function help.show(name) print(help.of(name)) end

return help
