-- pl.path: file names, and questions about files.

local host = require '_host'
local lfs = require 'lfs'

local path = {sep = '/', dirsep = ':', is_windows = false}

local function check(name, n)
   if type(name) ~= 'string' then
      error(("argument %d expected a 'string', got a '%s'"):format(n or 1, type(name)), 3)
   end
   return name
end

---------------------------------------------------------------------------------------------------- on disk

--- path.isdir(name), isfile, islink.
function path.isdir(name) return host.kind(check(name)) == 'directory' end

function path.isfile(name) return host.kind(check(name)) == 'file' end

function path.islink(name) return host.is_link(check(name)) end

--- path.exists(name): the name itself where there is something, else false.
function path.exists(name) return host.kind(check(name)) ~= nil and name end

--- path.getsize(name), and the times of last access and changes in seconds since 1970; nil and a message.
function path.getsize(name) return lfs.attributes(check(name), 'size') end

function path.getatime(name) return lfs.attributes(check(name), 'access') end

function path.getmtime(name) return lfs.attributes(check(name), 'modification') end

function path.getctime(name) return lfs.attributes(check(name), 'change') end

--- path.attrib(name [, field]): a table of mode, size, modification, ..., or one of them; path.link_attrib: of a link.
function path.attrib(name, field) return lfs.attributes(check(name), field) end

function path.link_attrib(name, field) return lfs.symlinkattributes(check(name), field) end

--- path.currentdir(), path.chdir(name), path.mkdir(name), path.rmdir(name), path.dir(name) (an iterator).
function path.currentdir() return host.cwd() end

function path.chdir(name) return host.chdir(check(name)) end

local function told(verb, name, ok, message, code)
   if ok then return true end
   return nil, ("%s failed for '%s': %s (code %d)"):format(verb, name, message, code), code
end

function path.mkdir(name) return told('mkdir', check(name), lfs.mkdir(name)) end

function path.rmdir(name) return told('rmdir', check(name), lfs.rmdir(name)) end

function path.dir(name)
   local names, message = host.listdir(check(name))
   if names == nil then error(message, 2) end
   return ('.\0..\0' .. names):gmatch('[^%z]+')
end

------------------------------------------------------------------------------------------------------ names

--- path.splitpath(name): the folder, without its last slash, and the last part.
function path.splitpath(name)
   local folder, base = check(name):match('^(.*)/([^/]*)$')
   if folder == nil then return '', name end
   return folder, base
end

--- path.splitext(name): all before the last part's extension, and the extension with its dot ('' without one).
function path.splitext(name)
   local root, extension = check(name):match('^(.*)(%.[^./]*)$')
   if root == nil then return name, '' end
   return root, extension
end

function path.dirname(name) return (path.splitpath(check(name))) end

function path.basename(name) return (select(2, path.splitpath(check(name)))) end

function path.extension(name) return (select(2, path.splitext(check(name)))) end

--- path.isabs(name).
function path.isabs(name) return check(name):sub(1, 1) == '/' end

--- path.join(a, b, ...): with a slash between where there is none; an absolute name forgets what is before it.
function path.join(first, ...)
   local joined = check(first)
   for i = 1, select('#', ...) do
      local name = check((select(i, ...)), i + 1)
      if path.isabs(name) or joined == '' then
         joined = name
      else
         joined = joined .. (joined:sub(-1) == '/' and '' or '/') .. name
      end
   end
   return joined
end

--- path.normpath(name): without '.', '..' and double slashes.
function path.normpath(name)
   local absolute, parts = path.isabs(check(name)), {}
   for part in name:gmatch('[^/]+') do
      if part == '..' and #parts > 0 and parts[#parts] ~= '..' then
         parts[#parts] = nil
      elseif part ~= '.' then
         parts[#parts + 1] = part
      end
   end
   local joined = (absolute and '/' or '') .. table.concat(parts, '/')
   return joined == '' and '.' or joined
end

function path.normcase(name) return check(name) end

--- path.abspath(name [, from]).
function path.abspath(name, from)
   if not path.isabs(check(name)) then name = path.join(from or host.cwd(), name) end
   return path.normpath((name:gsub('(.)/+$', '%1')))
end

--- path.relpath(name [, from]): the name seen from a folder.
function path.relpath(name, from)
   local to, start = {}, {}
   for part in path.abspath(name, from):gmatch('[^/]+') do to[#to + 1] = part end
   for part in path.abspath(from or host.cwd()):gmatch('[^/]+') do start[#start + 1] = part end
   local same = 0
   while same < #to and same < #start and to[same + 1] == start[same + 1] do same = same + 1 end
   local parts = {}
   for _ = same + 1, #start do parts[#parts + 1] = '..' end
   for i = same + 1, #to do parts[#parts + 1] = to[i] end
   return table.concat(parts, '/')
end

--- path.common_prefix(a, b): the longest folder that both lie in.
function path.common_prefix(a, b)
   local same = 0
   for i = 1, math.min(#a, #b) + 1 do
      local at_a, at_b = a:sub(i, i), b:sub(i, i)
      if (at_a == '/' or at_a == '') and (at_b == '/' or at_b == '') then same = i - 1 end
      if at_a ~= at_b or at_a == '' then break end
   end
   return a:sub(1, same)
end

--- path.expanduser(name): with the user's folder for '~'.
function path.expanduser(name)
   if check(name):match('^~$') or name:match('^~/') then return host.home() .. name:sub(2) end
   return name
end

--- path.tmpname(): the name of a new file.
function path.tmpname() return host.tmpname() end

--- path.package_path(module): the file that require would load, and nil and a message without one.
function path.package_path(module)
   local found, tried = package.searchpath(module, package.path)
   if found == nil then return nil, 'cannot find module on path\n' .. tried end
   return path.abspath(found), true
end

return path
