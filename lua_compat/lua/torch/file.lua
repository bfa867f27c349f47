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
   if types.is_storage(first) then return files.memory_file(first, second or 'rw', false) end
   return files.memory_file(nil, first or 'rw', false)
end
local function disk(path, mode, quiet)
   if type(path) ~= 'string' then errors.argument(1, 'DiskFile', 'string expected, got %s', type(path)) end
   return files.disk_file(path, mode or 'r', quiet or false)
end
local function pipe(command, mode, quiet)
   if type(command) ~= 'string' then errors.argument(1, 'PipeFile', 'string expected, got %s', type(command)) end
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
   File['read' .. word] = function(file, n)
      if n == nil then return files.read_number(file, word) end
      if types.is_storage(n) then
         local found = files.read_storage(file, word, #n)
         n:copy(found)
         return #found
      end
      return files.read_storage(file, word, n)
   end
   File['write' .. word] = function(file, value)
      if type(value) == 'number' then return files.write_number(file, word, value) end
      if not types.is_storage(value) or types.word(value) ~= word then
         errors.argument(2, 'write' .. word, 'a number or a %sStorage expected, got %s', word, types.typename(value) or type(value))
      end
      return files.write_storage(file, value)
   end
end

function File.readBool(file, n)
   if n == nil then return files.read_number(file, 'Int') ~= 0 end
   return files.read_storage(file, 'Int', n)
end
function File.writeBool(file, value) return files.write_number(file, 'Int', value and 1 or 0) end

function File.readString(file, what)
   if type(what) ~= 'string' then errors.argument(2, 'readString', "'*a' or '*l' expected") end
   return files.read_string(file, what)
end
File.writeString = types.as_function(files.write_string)

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
function DiskFile.noBuffer(file) return file end
function File.longSize(file, size)
   files.set_long_size(file, size)
   return file
end

-------------------------------------------------------------------------------------------------------- positions

function File.position(file) return files.tell(file) + 1 end
function File.seek(file, position)
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
File.close = types.as_function(files.close)
MemoryFile.storage = types.as_function(files.memory_storage)

return {
   string_file = files.string_file, string_of = files.memory_string, beside = files.beside, put_in_place = files.put_in_place,
   discard = files.discard,
}
