-- One input of the interactive loop: compiled, run, its values shown.

local printing = require 'torch.print'
local host = require '_host'
local help = require 'th.help'
local loops = require 'th.loops'

local COLUMNS = 79

local repl = {}
local terminal = false

_G._RESULTS = {}

-- import 'nn': the names of a package as globals.
local function import(name)
   local found = type(name) == 'table' and name or require(name)
   if type(found) ~= 'table' then error(('import: %s is no table of names'):format(tostring(name)), 2) end
   for key, value in pairs(found) do
      if rawget(_G, key) == nil then rawset(_G, key, value) end
   end
end

local function who() xlua.who() end

-- What only somebody who types needs; a script's own globals of these names stay.
local function set_helpers()
   for name, value in pairs {import = import, who = who, help = help.about} do
      if rawget(_G, name) == nil then rawset(_G, name, value) end
   end
end

--- repl.start(whether on a terminal): colors, and how long each input took, are for those who look.
function repl.start(on_terminal)
   terminal = on_terminal
   printing.colors(on_terminal)
   set_helpers()
   loops.watch()
end

--- repl.stop(): prints as a script does.
function repl.stop()
   printing.colors(false)
   debug.sethook()
end

-- $ls: a command of the system's. ?nn.Linear: what is known of a name.
local function command_of(text)
   local command = text:match('^%s*%$(.-)%s*$')
   if command ~= nil then return function() os.execute(command) end end
   local asked = text:match('^%s*%?+(.-)%s*$')
   if asked ~= nil then return function() help.show(asked) end end
   return nil
end

local function unfinished(problem) return problem:find("near '<eof>'", 1, true) ~= nil end

--- repl.is_require(text): whether it is require 'name' and no more: nobody wants to see the whole of nn.
function repl.is_require(text) return text:find('^%s*require%s*%(?%s*["\'][^"\']*["\']%s*%)?[%s;]*$') ~= nil end

--- repl.compile(text [, name]): a function; or nil, and true where more lines may complete it, else the message. The values
--  of an expression are what it returns, unless a semicolon ends it. Errors call the text by its name.
function repl.compile(text, name)
   name = name or '=stdin'
   local command = command_of(text)
   if command == nil and repl.is_require(text) then return loadstring(text, name) end
   if command ~= nil then return command end
   local expression = text:match('^%s*=(.*)$') or text
   local chunk = expression:find('%S') and loops.expression(expression, name) or nil
   if chunk ~= nil then
      if not expression:find(';%s*$') then return chunk end
      return function() chunk() end
   end
   local problem
   chunk, problem = loops.load(text, name)
   if chunk ~= nil then return chunk end
   return nil, unfinished(problem) or unfinished(select(2, loadstring('return ' .. expression))) or problem
end

local function show(begun, ...)
   local took = host.monotonic() - begun
   for i = 1, select('#', ...) do
      local value = select(i, ...)
      _G._LAST = value
      if value ~= nil then table.insert(_G._RESULTS, value) end
      print(value)
   end
   if terminal then io.write(('%' .. COLUMNS .. 's\n'):format(('[%.4fs]'):format(took))) end
end

--- repl.run(input): runs it and prints what it returns, each value in a line. `_LAST` is the last of them, `_RESULTS`
--  all that there were.
function repl.run(input)
   show(host.monotonic(), input())
   io.stdout:flush()
end

return repl
