-- sys: the clock, shell commands, string helpers and terminal colours.

local host = require '_host'
local paths = require 'paths'

local sys = {COLORS = require 'sys.colors'}
sys.colors = sys.COLORS

---------------------------------------------------------------------------------------------------- time

--- sys.clock(): seconds since 1970.
function sys.clock() return host.wall() end

local started

--- sys.tic(), sys.toc([verbose]): the seconds between the two; printed too when verbose.
function sys.tic() started = host.monotonic() end

function sys.toc(verbose)
   if started == nil then error('sys.toc: call sys.tic first', 2) end
   local elapsed = host.monotonic() - started
   if verbose then print(elapsed) end
   return elapsed
end

--- sys.sleep(seconds), sys.usleep(microseconds).
function sys.sleep(seconds) host.sleep(seconds) end

function sys.usleep(microseconds) host.sleep(microseconds / 1e6) end

-------------------------------------------------------------------------------------------------- the shell

local function trimmed(text) return (text:gsub('^%s+', ''):gsub('%s+$', '')) end

--- sys.execute(command): what a shell command writes to its output and error output, without blanks around it.
function sys.execute(command)
   local pipe, message = io.popen('{ ' .. command .. '\n} 2>&1')
   if pipe == nil then error(message, 2) end
   local text = pipe:read('*a')
   pipe:close()
   return trimmed(text)
end

--- sys.fexecute(command [, what]): the same through a file; `what` is io.read's format.
function sys.fexecute(command, what)
   local name = os.tmpname()
   os.execute('{ ' .. command .. '\n} >' .. name .. ' 2>&1')
   local file = assert(io.open(name))
   local text = file:read(what or '*a')
   file:close()
   os.remove(name)
   return type(text) == 'string' and trimmed(text) or text
end

--- sys.ls, ll, la, lla([pattern]): what `ls` prints, with -l, -a, -la.
local function lister(options)
   return function(pattern) return sys.execute('ls ' .. options .. ' ' .. (pattern or '')) end
end

sys.ls, sys.ll, sys.la, sys.lla = lister(''), lister('-l'), lister('-a'), lister('-la')

local systems = {Linux = 'linux', Darwin = 'macos', Windows = 'windows'}

--- sys.uname(): 'linux', 'macos' or 'windows'; what the system calls itself where it is none of these.
function sys.uname()
   local name = host.uname()
   return systems[name] or name
end

--- sys.OS: the same, as a value.
sys.OS = sys.uname()

--- sys.pause([message]): waits for the return key.
function sys.pause(message)
   io.write(message or 'press return to continue ')
   io.flush()
   return io.read()
end

------------------------------------------------------------------------------------------- names and strings

sys.dirname, sys.concat = paths.dirname, paths.concat

--- sys.fpath(): the folder and the name of the file that calls it.
function sys.fpath()
   local info = debug.getinfo(2, 'S')
   local name = info.source:match('^@(.*)$')
   if name == nil then return paths.cwd(), info.short_src end
   name = paths.concat(name)
   return paths.dirname(name), paths.basename(name)
end

--- sys.split(text, pattern): the pieces between the matches; an empty piece at either end is left out.
function sys.split(text, pattern)
   local pieces, from = {}, 1
   while true do
      local first, last = text:find(pattern, from)
      if first == nil or last < first then break end
      if first > 1 then pieces[#pieces + 1] = text:sub(from, first - 1) end
      from = last + 1
   end
   if from <= #text then pieces[#pieces + 1] = text:sub(from) end
   return pieces
end

--- sys.prefix, sys.getfilename(path): where things are installed; the last part of a name.
sys.prefix, sys.getfilename = paths.install_prefix, paths.basename

--- sys.isNaN(number).
function sys.isNaN(number) return number ~= number end

return sys
