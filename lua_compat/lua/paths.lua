-- paths: file names, folders and files.

local host = require '_host'

local paths = {}

local function check_string(value, position, name)
   local kind = type(value)
   if kind == 'number' then return tostring(value) end
   if kind ~= 'string' then
      if kind == 'nil' then kind = 'no value' end
      error(("bad argument #%d to '%s' (string expected, got %s)"):format(position, name, kind), 3)
   end
   return value
end

---------------------------------------------------------------------------------------------------- names

local function without_last_slashes(path)
   return path:match('^(/+)$') and '/' or (path:gsub('/+$', ''))
end

--- paths.dirname(path): the folder part; '.' where there is none.
function paths.dirname(path)
   path = without_last_slashes(check_string(path, 1, 'dirname'))
   if path == '/' then return '/' end
   local folder = path:match('^(.*)/[^/]*$')
   if folder == nil then return '.' end
   folder = folder:gsub('/+$', '')
   return folder == '' and '/' or folder
end

--- paths.basename(path [, suffix]): the last part, without the suffix ('lua' or '.lua') where it has that one.
function paths.basename(path, suffix)
   path = without_last_slashes(check_string(path, 1, 'basename'))
   if path == '/' then return '/' end
   local base = path:match('[^/]*$')
   if suffix ~= nil and suffix ~= '' then
      suffix = suffix:sub(1, 1) == '.' and suffix or '.' .. suffix
      if #base > #suffix and base:sub(-#suffix) == suffix then base = base:sub(1, -#suffix - 1) end
   end
   return base
end

--- paths.extname(path): what follows the last dot of the last part, nil without one.
function paths.extname(path)
   return (check_string(path, 1, 'extname'):match('[^/]*$'):match('%.([^.]+)$'))
end

-- One more name, seen from the folder `from`, which is absolute.
local function joined(from, name)
   if name:sub(1, 1) == '/' then from = '/' end
   for part in name:gmatch('[^/]+') do
      if part == '..' then
         from = paths.dirname(from)
      elseif part ~= '.' then
         from = (from == '/' and '' or from) .. '/' .. part
      end
   end
   return from
end

--- paths.concat(a, b, ...): the absolute name of `...` seen from b, seen from a, seen from the working folder.
function paths.concat(...)
   local from = host.cwd()
   for i = 1, select('#', ...) do
      from = joined(from, check_string(select(i, ...), i, 'concat'))
   end
   return from
end

--- paths.cwd(): the working folder.
function paths.cwd() return host.cwd() end

--- paths.home: the user's folder.
paths.home = host.home()

-- Where things of Torch7's lay: here the folders of the Python that runs this, and that of our Lua files.
paths.install_prefix = host.prefix()
for name, folder in pairs {bin = 'bin', lib = 'lib', share = 'share', include = 'include', man = 'share/man'} do
   paths['install_' .. name] = paths.install_prefix .. '/' .. folder
end
paths.install_lua_path = paths.dirname(paths.concat((debug.getinfo(1, 'S').source:gsub('^@', ''))))

--------------------------------------------------------------------------------------------------- on disk

--- paths.filep(path), paths.dirp(path): whether there is a file, a folder of that name.
function paths.filep(path)
   local kind = host.kind(check_string(path, 1, 'filep'))
   return kind == 'file' or kind == 'other'
end

function paths.dirp(path) return host.kind(check_string(path, 1, 'dirp')) == 'directory' end

--- paths.dir(path): a table of the names in a folder, '.' and '..' too; nil and a message where it cannot be read.
function paths.dir(path)
   local names, message = host.listdir(check_string(path, 1, 'dir'))
   if names == nil then return nil, message end
   local list = {'.', '..'}
   for name in names:gmatch('[^%z]+') do list[#list + 1] = name end
   return list
end

--- paths.files(path [, wanted]): iterates over the names in a folder that `wanted`, a pattern or a function, accepts.
function paths.files(path, wanted)
   local accepts = wanted
   if type(wanted) == 'string' then accepts = function(name) return name:find(wanted) end end
   local list, i = paths.dir(check_string(path, 1, 'files')) or {}, 0
   return function()
      while i < #list do
         i = i + 1
         if accepts == nil or accepts(list[i]) then return list[i] end
      end
      return nil
   end
end

--- paths.iterfiles(path), paths.iterdirs(path): iterate over the files, over the folders in a folder.
function paths.iterfiles(path)
   return paths.files(path, function(name) return paths.filep(path .. '/' .. name) end)
end

function paths.iterdirs(path)
   return paths.files(path, function(name)
      return name ~= '.' and name ~= '..' and paths.dirp(path .. '/' .. name)
   end)
end

--- paths.mkdir(path): makes a folder and the ones above it; true, or nil and a message.
function paths.mkdir(path)
   if host.kind(check_string(path, 1, 'mkdir')) ~= nil then return nil, path .. ': File exists' end
   return host.makedirs(path)
end

--- paths.rmdir(path): removes an empty folder; true, or nil and a message.
function paths.rmdir(path) return host.rmdir(check_string(path, 1, 'rmdir')) end

--- paths.rmall(path, 'yes'): removes a file, or a folder with all in it; true, or nil and a message.
function paths.rmall(path, sure)
   check_string(path, 1, 'rmall')
   if sure ~= 'yes' then return nil, "missing second argument ('yes')" end
   return host.rmtree(path)
end

--- paths.tmpname(): the name of a new, empty file.
function paths.tmpname() return host.tmpname() end

------------------------------------------------------------------------------------------ machine, programs

--- paths.uname(): the system's name, the machine's and the processor's.
function paths.uname() return host.uname() end

function paths.is_win() return host.uname() == 'Windows' end

function paths.is_mac() return host.uname() == 'Darwin' end

--- paths.getregistryvalue(...): Windows' registry; nil anywhere else.
function paths.getregistryvalue() return nil end

--- paths.execdir(): the folder of the program that runs the script.
function paths.execdir() return paths.dirname(host.executable()) end

--- paths.findprogram(name, ...): where the first of these programs that there is lies; nil without any.
function paths.findprogram(...)
   for i = 1, select('#', ...) do
      local found = host.which(check_string(select(i, ...), i, 'findprogram'))
      if found ~= nil then return found end
   end
   return nil
end

--------------------------------------------------------------------------------------------- Lua's own files

-- The file whose code runs at a level of the caller's; nil for code that came from no file.
local function file_at(level)
   local info = debug.getinfo(level + 1, 'S')
   local name = info and info.source:match('^@(.*)$')
   return name and paths.concat(name)
end

--- paths.thisfile([name]): the calling file; with a name, that name seen from the calling file's folder.
function paths.thisfile(name)
   local file = file_at(2)
   if name == nil then return file end
   if file == nil then return paths.concat(name) end
   return paths.concat(paths.dirname(file), name)
end

--- paths.dofile(name, ...): runs a file, its name seen from the calling file's folder.
function paths.dofile(name, ...)
   check_string(name, 1, 'dofile')
   local file = file_at(2)
   local chunk, message = loadfile(file and paths.concat(paths.dirname(file), name) or paths.concat(name))
   if chunk == nil then error(message, 2) end
   return chunk(...)
end

--- paths.require(name): the Lua file of that path (with or without '.lua'), run once; else what require finds.
function paths.require(name)
   check_string(name, 1, 'require')
   for _, file in ipairs{paths.concat(name), paths.concat(name .. '.lua'), paths.concat(name, 'init.lua')} do
      if paths.filep(file) then
         local loaded = package.loaded[file]
         if loaded == nil then
            local chunk, message = loadfile(file)
            if chunk == nil then error(message, 2) end
            loaded = chunk(name)
            if loaded == nil then loaded = true end
            package.loaded[file] = loaded
         end
         return loaded
      end
   end
   return require(paths.basename(name))
end

return paths
