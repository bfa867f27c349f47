-- pl.dir: folders and what is in them.

local host = require '_host'
local utils = require 'pl.utils'
local path = require 'pl.path'
local List = require 'pl.List'

local dir = {}

-- A file name pattern of the shell (*, ?, [a-z]) as one of Lua's.
local function shell_pattern(mask)
   local pattern = mask:gsub('[%-%.%+%(%)%$%^%%]', '%%%0'):gsub('%[!', '[^'):gsub('%*', '.*'):gsub('%?', '.')
   return '^' .. pattern .. '$'
end

--- dir.fnmatch(name, mask): whether '*.lua' and the like fit; dir.filter(names, mask): those that do.
function dir.fnmatch(name, mask)
   return utils.assert_string(1, name):find(shell_pattern(utils.assert_string(2, mask))) ~= nil
end

function dir.filter(names, mask)
   local kept, pattern = {}, shell_pattern(utils.assert_string(2, mask))
   for _, name in ipairs(names) do
      if name:find(pattern) then kept[#kept + 1] = name end
   end
   return List(kept)
end

local function check_folder(name)
   return utils.assert_arg(1, name, 'string', path.isdir, 'not a directory', 4)
end

local function entries(folder)
   local names, message = host.listdir(folder)
   if names == nil then error(message, 3) end
   local list = {}
   for name in names:gmatch('[^%z]+') do list[#list + 1] = name end
   return list
end

local function of_kind(folder, kind, mask)
   folder = check_folder(folder or '.')
   local pattern = mask and shell_pattern(mask)
   local list = {}
   for _, name in ipairs(entries(folder)) do
      local full = path.join(folder, name)
      if host.kind(full) == kind and (pattern == nil or name:find(pattern)) then list[#list + 1] = full end
   end
   return List(list)
end

--- dir.getfiles([folder, mask]), dir.getdirectories([folder]): the full names.
function dir.getfiles(folder, mask) return of_kind(folder, 'file', mask) end

function dir.getdirectories(folder) return of_kind(folder, 'directory') end

local function collect(folder, mask, into)
   for _, name in ipairs(dir.getfiles(folder, mask)) do into[#into + 1] = name end
   for _, inner in ipairs(dir.getdirectories(folder)) do collect(inner, mask, into) end
   return into
end

--- dir.getallfiles([folder, mask]): the files below as well.
function dir.getallfiles(folder, mask) return List(collect(folder or '.', mask, {})) end

--- dir.walk(root [, bottom up]): iterates over root, folders in it, files in it, for root and each folder below.
function dir.walk(root, bottom_up)
   check_folder(root)
   local function visit(folder)
      local folders, files = {}, {}
      for _, name in ipairs(entries(folder)) do
         local kind = host.kind(path.join(folder, name))
         if kind == 'directory' then folders[#folders + 1] = name
         elseif kind ~= nil then files[#files + 1] = name end
      end
      if not bottom_up then coroutine.yield(folder, folders, files) end
      for _, name in ipairs(folders) do
         local inner = path.join(folder, name)
         if not path.islink(inner) then visit(inner) end
      end
      if bottom_up then coroutine.yield(folder, folders, files) end
   end
   return coroutine.wrap(function() visit(root) end)
end

--- dir.dirtree(root): iterates over all names below, with whether each is a folder.
function dir.dirtree(root)
   check_folder(root)
   local function visit(folder)
      for _, name in ipairs(entries(folder)) do
         local full = path.join(folder, name)
         local is_folder = path.isdir(full)
         coroutine.yield(full, is_folder)
         if is_folder then visit(full) end
      end
   end
   return coroutine.wrap(function() visit((root:gsub('(.)/+$', '%1'))) end)
end

--- dir.makepath(name): the folder and all above it; true, nil and a message.
function dir.makepath(name) return host.makedirs(utils.assert_string(1, name)) end

--- dir.rmtree(name): removes a folder and all in it; true, nil and a message.
function dir.rmtree(name)
   check_folder(name)
   if path.islink(name) then return nil, name .. ' is a link' end
   return host.rmtree(name)
end

--- dir.copyfile(source, target), dir.movefile(source, target).
function dir.copyfile(source, target) return host.copyfile(source, target) end

function dir.movefile(source, target) return host.movefile(source, target) end

--- dir.clonetree(from, to [, copy]): the folders of `from` below `to`; copy(source, target) is called for each file.
function dir.clonetree(from, to, copy)
   local made, failed = {}, {}
   for folder, _, files in dir.walk(from) do
      local target = path.normpath(path.join(to, path.relpath(path.abspath(folder), path.abspath(from))))
      host.makedirs(target)
      made[#made + 1] = target
      if copy ~= nil then
         for _, name in ipairs(files) do
            local source = path.join(folder, name)
            if not copy(source, path.join(target, name)) then failed[#failed + 1] = source end
         end
      end
   end
   return true, made, failed
end

return dir
