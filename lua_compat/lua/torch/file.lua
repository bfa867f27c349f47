-- torch.File and its kinds: torch.MemoryFile([storage,] [mode]), torch.DiskFile(path [, mode] [, quiet]) and
-- torch.PipeFile(command [, mode]). What is in them: numbers, strings and, by serialize.lua, any Lua value.

local files = require '_ops_files'
local torch = require 'torch'
local types = require 'torch.types'
local errors = require 'torch.errors'

local File = torch.newmetatable('torch.File')

local function refused()
   errors.raise('torch.File has no constructor; make a torch.DiskFile, torch.MemoryFile or torch.PipeFile')
end
File.new = refused

local function described(file) return types.typename(file) .. files.describe(file) end

local function memory(first, second)
   if types.is_storage(first) then
      if types.word(first) ~= 'Char' then errors.argument(1, 'MemoryFile', 'CharStorage expected, got %s', types.typename(first)) end
      return files.memory_file(first, second or 'rw')
   end
   if first ~= nil and type(first) ~= 'string' then
      errors.argument(1, 'MemoryFile', 'CharStorage or mode expected, got %s', torch.type(first))
   end
   return files.memory_file(nil, first or 'rw')
end
local function disk(path, mode, quiet)
   if type(path) ~= 'string' then errors.argument(1, 'DiskFile', 'string expected, got %s', torch.type(path)) end
   return files.disk_file(path, mode or 'r', quiet or false)
end
local function pipe(command, mode, quiet)
   if type(command) ~= 'string' then errors.argument(1, 'PipeFile', 'string expected, got %s', torch.type(command)) end
   return files.pipe_file(command, mode or 'r', quiet or false)
end

local memory_specimen, disk_specimen, pipe_specimen = files.specimens()
local MemoryFile = torch.newmetatable('torch.MemoryFile', 'torch.File', memory)
local DiskFile = torch.newmetatable('torch.DiskFile', 'torch.File', disk)
local PipeFile = torch.newmetatable('torch.PipeFile', 'torch.DiskFile', pipe)
types.register(memory_specimen, MemoryFile)
types.register(disk_specimen, DiskFile)
types.register(pipe_specimen, PipeFile)
for _, class in ipairs {MemoryFile, DiskFile, PipeFile} do class.__tostring__ = described end

---------------------------------------------------------------------------------------------------- numbers, text

for _, word in ipairs {'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double'} do
   local read, write = 'read' .. word, 'write' .. word
   local function is_own(value) return types.is_storage(value) and types.word(value) == word end
   File[read] = function(file, n)
      if n == nil then return files.read_number(file, word) end
      if is_own(n) then return files.read_into(file, n) end
      if type(n) ~= 'number' then
         errors.argument(2, read, 'a number of elements or a %sStorage expected, got %s', word, torch.type(n))
      end
      return files.read_storage(file, word, n)
   end
   File[write] = function(file, value)
      if is_own(value) then return files.write_storage(file, value) end
      local number = type(value) ~= 'userdata' and tonumber(value) -- a number in a string is one, as in Lua's own functions
      if not number then errors.argument(2, write, 'a number or a %sStorage expected, got %s', word, torch.type(value)) end
      return files.write_number(file, word, number)
   end
end

-- A boolean is an int in the file.
function File.readBool(file, n)
   if n == nil then return files.read_number(file, 'Int') == 1 end
   return File.readInt(file, n)
end
function File.writeBool(file, value) return files.write_number(file, 'Int', value and 1 or 0) end

function File.readString(file, what)
   if type(what) ~= 'string' then errors.argument(2, 'readString', "'*a' or '*l' expected, got %s", torch.type(what)) end
   return files.read_string(file, what)
end
function File.writeString(file, text)
   if type(text) == 'number' then text = tostring(text) end
   if type(text) ~= 'string' then errors.argument(2, 'writeString', 'string expected, got %s', torch.type(text)) end
   return files.write_string(file, text)
end

--------------------------------------------------------------------------------------------------------- settings

-- name, flag, value
for _, row in ipairs {
   {'binary', 'binary', true}, {'ascii', 'binary', false}, {'autoSpacing', 'spacing', true}, {'noAutoSpacing', 'spacing', false},
   {'quiet', 'quiet', true}, {'pedantic', 'quiet', false}, {'clearError', 'error', false},
} do
   local name, flag, value = unpack(row)
   File[name] = function(file)
      files.set_flag(file, flag, value)
      return file
   end
end
for name, flag in pairs {
   isBinary = 'binary', isAutoSpacing = 'spacing', isQuiet = 'quiet', hasError = 'error', isReferenced = 'referenced',
   isReadable = 'r', isWritable = 'w',
} do
   File[name] = function(file) return files.get_flag(file, flag) end
end
function File.referenced(file, whether)
   if type(whether) ~= 'boolean' then errors.argument(2, 'referenced', 'boolean expected, got %s', torch.type(whether)) end
   files.set_flag(file, 'referenced', whether)
   return file
end
for name, order in pairs {bigEndianEncoding = 'big', littleEndianEncoding = 'little', nativeEndianEncoding = 'native'} do
   DiskFile[name] = function(file)
      files.set_order(file, order)
      return file
   end
end
function DiskFile.isLittleEndianCPU() return files.little_endian() end
function DiskFile.isBigEndianCPU() return not files.little_endian() end
function DiskFile.noBuffer(file)
   files.set_flag(file, 'buffered', false)
   return file
end
function File.longSize(file, size)
   if type(size) ~= 'number' then errors.argument(2, 'longSize', '0, 4 or 8 expected, got %s', torch.type(size)) end
   files.set_long_size(file, size)
   return file
end

-------------------------------------------------------------------------------------------------------- positions

function File.position(file) return files.tell(file) + 1 end
function File.seek(file, position)
   if type(position) ~= 'number' then errors.argument(2, 'seek', 'number expected, got %s', torch.type(position)) end
   if position < 1 then errors.argument(2, 'seek', 'position has to be greater than 0, got %s', tostring(position)) end
   files.seek(file, position - 1)
   return file
end
function File.seekEnd(file)
   files.seek(file, nil)
   return file
end
function File.synchronize(file)
   files.synchronize(file)
   return file
end
function File.close(file)
   -- Copies of what a file in memory holds (copies.lua) are made until the file is closed that wrote it.
   local copies = package.loaded['torch.copies']
   if copies ~= nil and files.get_flag(file, 'w') then copies.forget() end
   files.close(file)
   return file
end
MemoryFile.storage = types.as_function(files.memory_storage)

return {string_file = files.string_file, string_of = files.memory_string}
