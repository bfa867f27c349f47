-- Small things of torch: where packages lie, environment variables, addresses, the version.

local torch = require 'torch'
local host = require '_host'
local core = require '_core'
local types = require 'torch.types'
local errors = require 'torch.errors'

--- torch.packageLuaPath([name]): the folder with a package's Lua files; without a name, the folder of the packages.
function torch.packageLuaPath(name)
   if name == nil then return (torch.packageLuaPath('torch'):match('^(.*)/')) end
   local file = package.searchpath(name, package.path)
   return file and file:match('^(.*)/')
end

local function run(file)
   local chunk, problem = loadfile(file)
   if chunk == nil then errors.raise('%s', problem) end
   return chunk()
end

--- torch.include(package, file): runs a file of a package.
function torch.include(name, file)
   local folder = torch.packageLuaPath(name)
   errors.check(folder, "torch.include: no package '%s' on package.path", tostring(name))
   return run(folder .. '/' .. file)
end

--- include(file): runs a file whose name is seen from the file that calls. A global, as packages use it.
function _G.include(file)
   local caller = debug.getinfo(2, 'S').source
   local folder = caller:match('^@(.*)/') or '.'
   return run(file:sub(1, 1) == '/' and file or folder .. '/' .. file)
end

--- torch.getenv(name), torch.setenv(name, value): environment variables.
function torch.getenv(name) return host.getenv(name) end

function torch.setenv(name, value) return host.setenv(name, value) end

local streams = {[io.stdin] = 'stdin', [io.stdout] = 'stdout', [io.stderr] = 'stderr'}

--- torch.isatty(file): whether one of the standard streams is a terminal.
function torch.isatty(file)
   local name = streams[file]
   return name ~= nil and host.isatty(name)
end

--- torch.pointer(object): a number that is the object's own while it lives.
function torch.pointer(object)
   local kind = type(object)
   if kind == 'userdata' and types.typename(object) ~= nil then return core.address(object) end
   if kind == 'string' then return tonumber(require('ffi').cast('intptr_t', require('ffi').cast('const char*', object))) end
   if kind ~= 'table' and kind ~= 'function' and kind ~= 'thread' and kind ~= 'userdata' and kind ~= 'cdata' then
      errors.argument(1, 'pointer', 'an object expected, got a %s', kind)
   end
   return tonumber((('%p'):format(object):gsub('^0x', '')), 16)
end

--- torch.version(): what this is.
function torch.version() return core.version() end

-- An error goes to the Lua that made the call, whichever thread that is in: nothing of it lies in a thread that could be out
-- of date. Bindings of C libraries call these when they start a thread.
function torch.updateerrorhandlers() end
function torch.updatethreadlocals() end

--- torch.test([names]): runs a test of the tensor functions with torch.Tester; an error at the end where anything failed.
function torch.test(names)
   local tester, selftest = torch.Tester(), require 'torch.selftest'
   selftest.with(tester)
   tester:add(selftest.tests)
   tester:run(names)
end
