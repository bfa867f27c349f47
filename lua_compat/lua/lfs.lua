-- lfs: files and folders under the names of LuaFileSystem, which scripts and penlight require.

local ffi = require 'ffi'
local host = require '_host'

local lfs = {_VERSION = 'LuaFileSystem 1.8.0 (its calls, over Python)'}

local FIELDS = {
   'mode', 'dev', 'ino', 'nlink', 'uid', 'gid', 'rdev', 'access', 'modification', 'change', 'size', 'permissions',
   'blocks', 'blksize',
}

local function check(name, n, path)
   if type(path) ~= 'string' then
      local kind = path == nil and 'no value' or type(path)
      error(("bad argument #%d to '%s' (string expected, got %s)"):format(n, name, kind), 3)
   end
end

-- One number alone, or all in a table, the given one where there is one.
local function attributes(path, wanted, follow, name)
   check(name, 1, path)
   local values = {host.attributes(path, follow)}
   if values[1] == nil then
      return nil, ("cannot obtain information from file '%s': %s"):format(path, values[2]), values[3]
   end
   local found = type(wanted) == 'table' and wanted or {}
   for i, field in ipairs(FIELDS) do found[field] = values[i] end
   if type(wanted) ~= 'string' then return found end
   if wanted == 'target' and not follow then return host.link_target(path) end
   if found[wanted] == nil then error(("invalid attribute name '%s'"):format(wanted), 3) end
   return found[wanted]
end

--- lfs.attributes(path [, field or table]): a table of mode ('file', 'directory', ...), size, modification, ... or one of
--  them; nil, a message and a number where nothing is. lfs.symlinkattributes: those of a link itself.
function lfs.attributes(path, wanted) return attributes(path, wanted, true, 'attributes') end

function lfs.symlinkattributes(path, wanted)
   local found, message, code = attributes(path, wanted, false, 'symlinkattributes')
   if type(found) == 'table' and found.mode == 'link' then found.target = host.link_target(path) end
   return found, message, code
end

local function closed() error('closed directory', 3) end

--- lfs.dir(path): iterates over the names in a folder, '.' and '..' too; also an object with next and close.
function lfs.dir(path)
   check('dir', 1, path)
   local names, message = host.listdir(path)
   if names == nil then error(('cannot open %s: %s'):format(path, (message:gsub('^.*: ', ''))), 2) end
   local next_name = ('.\0..' .. (names == '' and '' or '\0' .. names)):gmatch('[^%z]+')
   local object = {}
   function object.next()
      if next_name == nil then closed() end
      local name = next_name()
      if name == nil then next_name = nil end
      return name
   end
   function object.close() next_name = nil end
   return object.next, object
end

--- lfs.currentdir(), lfs.chdir(path).
function lfs.currentdir() return host.cwd() end

function lfs.chdir(path)
   check('chdir', 1, path)
   local ok, message = host.chdir(path)
   if ok then return true end
   return nil, ("Unable to change working directory to '%s'\n%s\n"):format(path, (message:gsub('^.*: ', '')))
end

--- lfs.mkdir(path), lfs.rmdir(path), lfs.link(old, new [, symbolic]), lfs.touch(path [, accessed [, modified]]): true, or
--  nil, a message and a number.
for name, paths in pairs {mkdir = 1, rmdir = 1, link = 2, touch = 1} do
   local call = host[name == 'mkdir' and 'make_folder' or name == 'rmdir' and 'remove_folder' or name]
   lfs[name] = function(...)
      for i = 1, paths do check(name, i, (select(i, ...))) end
      return call(...)
   end
end

ffi.cdef 'int fileno(void *stream);'

local function descriptor(name, file)
   if io.type(file) ~= 'file' then
      local kind = io.type(file) or (file == nil and 'no value' or type(file))
      error(("bad argument #1 to '%s' (file expected, got %s)"):format(name, kind), 3)
   end
   file:flush()
   return ffi.C.fileno(file)
end

--- lfs.lock(file, 'r' or 'w' [, start [, length]]), lfs.unlock(file [, start [, length]]): bytes of an open file, all of
--  them where nothing is said, which other processes then cannot lock for writing, or ('w') at all. True, or nil, a message
--  and a number where another holds them.
function lfs.lock(file, mode, start, length)
   local number = descriptor('lock', file)
   if mode ~= 'r' and mode ~= 'w' then error(("lock: invalid mode '%s'"):format(tostring(mode)), 2) end
   return host.lock(number, mode, start or 0, length or 0)
end

function lfs.unlock(file, start, length) return host.lock(descriptor('unlock', file), 'u', start or 0, length or 0) end

--- lfs.setmode(file, mode): what it was before; here there is one mode for all files.
function lfs.setmode(file, mode)
   descriptor('setmode', file)
   if mode ~= 'binary' and mode ~= 'text' then error(("invalid mode '%s'"):format(tostring(mode)), 2) end
   return true, 'binary'
end

--- lfs.lock_dir(path [, seconds]): an object with free, while which nobody else gets one; nil and a message.
function lfs.lock_dir(path, stale)
   local name = path .. '/lockfile.lfs'
   local ok, message = host.link(tostring(host.getpid()), name, true)
   if not ok and stale ~= nil then
      local age = os.time() - (lfs.symlinkattributes(name, 'modification') or 0)
      if age > stale then
         os.remove(name)
         ok, message = host.link(tostring(host.getpid()), name, true)
      end
   end
   if not ok then return nil, message end
   return {free = function() return os.remove(name) end}
end

rawset(_G, 'lfs', lfs) -- scripts name it without keeping what require gives

return lfs
