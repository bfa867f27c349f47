-- Errors between two languages: what Lua catches is a string, never a Python exception.
--
-- A Python exception travels through Lua as a userdata. Every place where Lua can catch something turns it into
-- 'file:line: message': pcall, xpcall (before the script's handler sees it), coroutine.resume and wrap. The line is that of
-- the script, not of a file of ours. Two exceptions are not the script's business and pass through every pcall: an interrupt
-- from the keyboard, and the end that os.exit asked for. Any other error value, a table say, stays what it is.
--
-- explain(exception, position, operation) is Python's: the message, or nil for the two that pass through; and false where
-- the userdata is no exception at all.

local bridge = require '_bridge'

local raw_xpcall, raw_error, getinfo = xpcall, error, debug.getinfo
local raw_resume, raw_create, running, status = coroutine.resume, coroutine.create, coroutine.running, coroutine.status
local type, find, select = type, string.find, select
local bundled_folder = '@' .. bridge.folder
local library_folder = bundled_folder .. '/torch/'
local own_source = getinfo(1, 'S').source

local errors = {}

local function position_of(info)
   if info.what == 'C' or info.currentline < 1 or find(info.source, bundled_folder, 1, true) == 1 then return nil end
   return ('%s:%d: '):format(info.short_src, info.currentline)
end

-- The function of torch that a frame belongs to: that of an operation, whose plan says its name (signatures.lua), or one that
-- the script called by a name. A tail call leaves only the frame of Python's function, under the name that was called.
local OPERATORS = {__add = 'add', __sub = 'sub', __mul = 'mul', __div = 'div', __mod = 'mod', __unm = 'neg', __len = 'size'}
local NAMED = {method = true, field = true, global = true}

-- Whether torch, or a tensor, has a function of that name: a script may call Python's functions of its own as well.
local function of_torch(name)
   local torch = package.loaded.torch
   return torch ~= nil and (torch[name] ~= nil or torch.Tensor ~= nil and torch.Tensor[name] ~= nil)
end

local function operation_of(info)
   if info.what ~= 'C' then
      if find(info.source, library_folder, 1, true) ~= 1 or info.source == own_source then return nil end
      local name = info.source:match('/plan%.lua:(.+)$')
      if name ~= nil then return name, true end
   end
   if NAMED[info.namewhat] then return of_torch(info.name) and info.name or nil end
   return OPERATORS[info.name]
end

--- errors.position([thread]): 'file:line: ' of the innermost line of the script, '' where there is none; and the name of the
--- function of torch that it called, nil where there is none.
function errors.position(thread)
   local level = thread and 0 or 2
   local operation, certain
   while true do
      local info
      if thread then info = getinfo(thread, level, 'Sln') else info = getinfo(level, 'Sln') end
      if info == nil then return '', certain and operation or nil end
      local position = position_of(info)
      if position ~= nil then return position, operation end
      if not certain then operation, certain = operation_of(info) end
      level = level + 1
   end
end

local position = errors.position

-- The error value that Lua code may see, and whether it may be caught at all.
local function translated(value, thread)
   if type(value) ~= 'userdata' then return value, true end
   local message = bridge.explain(value, position(thread))
   if message == nil then return value, false end
   return message or value, true
end

local function handler(value) return (translated(value)) end

local function passes_through(value) return type(value) == 'userdata' and bridge.explain(value, '', nil) == nil end

local function caught(ok, ...)
   if not ok and type((...)) == 'userdata' and passes_through((...)) then raw_error((...), 0) end
   return ok, ...
end

--- pcall, xpcall: as Lua's.
function errors.pcall(f, ...) return caught(raw_xpcall(f, handler, ...)) end

-- A handler that gets what Lua code may see; the same one each time for one handler of a script's.
local wrapped = setmetatable({}, {__mode = 'kv'})

local function wrap(own)
   local function handle(value)
      local seen, catchable = translated(value)
      if not catchable then return value end
      return own(seen)
   end
   wrapped[own] = handle
   return handle
end

function errors.xpcall(f, own, ...)
   if type(own) ~= 'function' then return caught(raw_xpcall(f, own, ...)) end
   return caught(raw_xpcall(f, wrapped[own] or wrap(own), ...))
end

local function resumed(thread, ok, ...)
   if ok or type((...)) ~= 'userdata' then return ok, ... end
   local seen, catchable = translated((...), thread)
   if not catchable then raw_error(seen, 0) end
   return false, seen
end

--- coroutine.resume, coroutine.wrap: as Lua's.
function errors.resume(thread, ...) return resumed(thread, raw_resume(thread, ...)) end

local function unwrapped(ok, ...)
   if not ok then raw_error((...), 0) end
   return ...
end

function errors.wrap(f)
   local thread = raw_create(f)
   return function(...) return unwrapped(errors.resume(thread, ...)) end
end

--- errors.raise(format, ...): an error at the script's line.
function errors.raise(format, ...)
   raw_error(position() .. (select('#', ...) > 0 and format:format(...) or format), 0)
end

--- errors.argument(n, name, format, ...): an error about the n-th argument of a function.
function errors.argument(n, name, format, ...)
   errors.raise("bad argument #%d to '%s' (%s)", n, name, select('#', ...) > 0 and format:format(...) or format)
end

--- errors.check(condition, format, ...): an error unless the condition holds.
function errors.check(condition, format, ...)
   if not condition then errors.raise(format, ...) end
   return condition
end

---------------------------------------------------------------------------------------- calls that Python makes

local failure = {}

local function at_the_end(value)
   local seen, catchable = translated(value)
   -- the last line would be our own xpcall
   local trace = debug.traceback('', 2):gsub('^\n', ''):gsub('\n[^\n]*%[builtin#%d+%]: at [^\n]*$', '')
   failure.value, failure.traceback, failure.catchable = seen, trace, catchable
   return seen
end

--- errors.protected(f, ...): true and the results, or false; errors.failure() then tells what happened.
function errors.protected(f, ...)
   failure.value, failure.traceback, failure.catchable = nil, '', true
   return raw_xpcall(f, at_the_end, ...)
end

function errors.failure()
   local value, traceback, catchable = failure.value, failure.traceback, failure.catchable
   failure.value = nil
   return value, traceback, catchable
end

--- errors.install(): puts these into the global environment.
function errors.install()
   pcall, xpcall = errors.pcall, errors.xpcall
   coroutine.resume, coroutine.wrap = errors.resume, errors.wrap
end

return errors
