-- One input of the interactive loop: compiled, run, its values shown.

local printing = require 'torch.print'
local host = require '_host'

local COLUMNS = 79

local repl = {}
local terminal = false

--- repl.on_terminal(whether): colors, and how long each input took, are for those who look.
function repl.on_terminal(whether)
   terminal = whether
   printing.colors(whether)
end

-- $ls: a command of the system's.
local function shell(command)
   return function() os.execute(command) end
end

--- repl.compile(text): a function; or nil, and true where more lines may complete it, else the message.
function repl.compile(text)
   local command = text:match('^%s*%$(.-)%s*$')
   if command ~= nil then return shell(command) end
   local expression = text:match('^%s*=(.*)$') or text
   local chunk = loadstring('return ' .. expression, '=stdin')
   if chunk ~= nil then return chunk end
   local problem
   chunk, problem = loadstring(text, '=stdin')
   if chunk ~= nil then return chunk end
   if problem:find("'<eof>'", 1, true) then return nil, true end
   return nil, problem
end

local function show(begun, ...)
   local took = host.monotonic() - begun
   for i = 1, select('#', ...) do
      local value = select(i, ...)
      _G._LAST = value
      print(value)
   end
   if terminal then io.write(('%' .. COLUMNS .. 's\n'):format(('[%.4fs]'):format(took))) end
end

--- repl.run(chunk): runs it and prints what it returns, each value in a line; `_LAST` is the last of them.
function repl.run(chunk)
   show(host.monotonic(), chunk())
   io.stdout:flush()
end

return repl
