-- One input of the interactive loop: compiled, run, its values shown.

local repl = {}

--- repl.compile(text): a function; or nil, and true where more lines may complete it, else the message.
function repl.compile(text)
   local expression = text:match('^%s*=(.*)$') or text
   local chunk = loadstring('return ' .. expression, '=stdin')
   if chunk ~= nil then return chunk end
   local problem
   chunk, problem = loadstring(text, '=stdin')
   if chunk ~= nil then return chunk end
   if problem:find("'<eof>'", 1, true) then return nil, true end
   return nil, problem
end

--- repl.run(chunk): runs it and prints what it returns.
function repl.run(chunk)
   local function show(...)
      for i = 1, select('#', ...) do print((select(i, ...))) end
   end
   show(chunk())
   io.stdout:flush()
end

return repl
