-- Lua values in files: File:writeObject, File:readObject, torch.save, torch.load, torch.serialize, torch.deserialize.
--
-- The format is read and written in Python (lua_compat/t7); here is what makes Lua values of it and looks into them. An
-- object of a class with read(file, version) or write(file) reads or writes itself.

local torch = require 'torch'
local types = require 'torch.types'
local errors = require 'torch.errors'
local file_tools = require 'torch.file'

local File = torch.getmetatable('torch.File')
local type, pairs, select = type, pairs, select

------------------------------------------------------------------------------------------------------------ reading

local function new_table() return {} end

local function fill(t, ...)
   for i = 1, select('#', ...), 2 do
      local key, value = select(i, ...)
      t[key] = value
   end
end

local function new_object(class_name)
   local factory = torch.factory(class_name)
   if factory == nil and class_name:find('^tds%.') then -- a container brings its package along
      require 'tds'
      factory = torch.factory(class_name)
   end
   if factory == nil then errors.raise('unknown Torch class <%s>', class_name) end
   return factory()
end

local function has_read(object) return object.read ~= nil end
local function read(object, file, version) object:read(file, version) end

local function fill_object(object, contents)
   for key, value in pairs(contents) do object[key] = value end
end

local function new_function(code)
   local made, problem = loadstring(code, '=(loaded)')
   if made == nil then errors.raise('a function in the file cannot be loaded: %s', problem) end
   return made
end

-- Upvalues are a list of {name =, value =}; the oldest files have the values alone.
local function fill_function(f, upvalues)
   for i, upvalue in pairs(upvalues) do
      if type(upvalue) == 'table' and upvalue.name ~= nil then
         if upvalue.name == '_ENV' then debug.setupvalue(f, i, _G) else debug.setupvalue(f, i, upvalue.value) end
      else
         debug.setupvalue(f, i, upvalue)
      end
   end
end

local function generator() return torch.Generator() end

------------------------------------------------------------------------------------------------------------ writing

local function identity(value) return ('%p'):format(value) end

local function upvalues_of(f)
   local list = {}
   for i = 1, math.huge do
      local name, value = debug.getupvalue(f, i)
      if name == nil then return list end
      if name == '_ENV' then value = nil end
      list[i] = {name = name, value = value}
   end
end

local CONTAINERS = {['tds.Hash'] = 'hash', ['tds.Vec'] = 'vec'}

local function writable(value)
   local kind = type(value)
   if kind == 'cdata' and CONTAINERS[torch.typename(value)] then return true end
   if kind == 'thread' or kind == 'cdata' then return torch.typename(value) ~= nil and value.write ~= nil end
   if kind == 'userdata' then return torch.typename(value) ~= nil end
   if kind == 'function' then return debug.getinfo(value, 'S').what ~= 'C' end
   return true
end

local function fields_of(object, name)
   local fields = {}
   for key, value in pairs(object) do
      if writable(value) then
         fields[key] = value
      else
         io.stderr:write(('$ Warning: cannot write object field <%s> of <%s>\n'):format(tostring(key), name))
      end
   end
   return fields
end

local function entries(t)
   local list, n = {}, 0
   if torch.typename(t) == 'tds.Vec' then
      for i = 1, #t do list[i] = t[i] end
      return list, #t
   end
   -- the class's own iterator: this file has Lua's pairs
   if type(t) == 'cdata' then
      for key, value in torch.getmetatable('tds.Hash').__pairs(t) do
         list[n + 1], list[n + 2] = key, value
         n = n + 2
      end
      return list, n
   end
   for key, value in pairs(t) do
      list[n + 1], list[n + 2] = key, value
      n = n + 2
   end
   return list, n
end

local FEW = 100 -- keys and values that cross together with what the table is

-- What a value is: a kind, its identity, and for an object its class and its fields, for a function its code and upvalues;
-- for a table whether its entries follow, and they.
local function inspect(value)
   local kind, name = type(value), torch.typename(value)
   if kind == 'function' then
      local dumped, code = pcall(string.dump, value)
      if not dumped then return 'unwritable', '', 'function of C', false end
      return 'function', identity(value), code, upvalues_of(value)
   end
   if CONTAINERS[name] then return CONTAINERS[name], identity(value), name, false end
   if name ~= nil and value.write ~= nil then
      return 'coded', identity(value), name, torch.getmetatable(name).__version or 1
   end
   if kind ~= 'table' then return 'unwritable', '', name or kind, false end
   if name ~= nil then return 'object', identity(value), name, fields_of(value, name) end
   local list, n = entries(value)
   if n <= FEW then return 'table', identity(value), '', true, unpack(list, 1, n) end
   return 'table', identity(value), '', false
end

local function slice(list, from, to) return unpack(list, from, to) end
local function write(object, file) object:write(file) end

local loaded_objects, codec

-- Made when first needed: reading and writing objects takes modules that a plain start does without.
local function objects()
   if loaded_objects == nil then
      loaded_objects = require '_ops_objects'
      codec = loaded_objects.codec(new_table, fill, new_object, has_read, read, fill_object, new_function, fill_function,
         generator, inspect, entries, slice, write)
   end
   return loaded_objects, codec
end

function File.writeObject(file, value)
   local functions, own = objects()
   functions.write_object(file, own, value)
end

function File.readObject(file)
   local functions, own = objects()
   return functions.read_object(file, own)
end

function File.isWritableObject(_, value) return writable(value) end

---------------------------------------------------------------------------------------------------- whole files

local BINARY = {binary = 8, b32 = 4, b64 = 8}

local function set_mode(file, mode)
   mode = mode or 'binary'
   if mode == 'ascii' then return file:ascii() end
   if BINARY[mode] == nil then errors.raise("the format is 'binary', 'ascii', 'b32' or 'b64', got '%s'", tostring(mode)) end
   file:binary()
   if mode ~= 'binary' then file:longSize(BINARY[mode]) end
   return file
end

local function set_referenced(file, referenced)
   if referenced == false then file:referenced(false) end
   return file
end

--- torch.save(path, value [, format] [, referenced]): written beside, then renamed into place.
function torch.save(path, value, mode, referenced)
   local temporary = file_tools.beside(path)
   local file = set_referenced(set_mode(torch.DiskFile(temporary, 'w'), mode), referenced)
   local ok, problem = pcall(file.writeObject, file, value)
   file:close()
   if not ok then
      file_tools.discard(temporary, path)
      error(problem, 0)
   end
   file_tools.put_in_place(temporary, path)
end

--- torch.load(path [, format] [, referenced]): the first value. The file itself tells binary from ASCII.
function torch.load(path, mode, referenced)
   local file = set_referenced(set_mode(torch.DiskFile(path, 'r'), mode), referenced)
   local functions, own = objects()
   local ok, value = pcall(functions.load_object, file, own)
   file:close()
   if not ok then error(value, 0) end
   return value
end
torch.saveobj, torch.loadobj = torch.save, torch.load

--- torch.serialize(value [, format]): a string. torch.deserialize(string [, format]): the value.
function torch.serialize(value, mode)
   local file = set_mode(torch.MemoryFile('rw'), mode)
   file:writeObject(value)
   local text = file_tools.string_of(file)
   file:close()
   return text
end
function torch.deserialize(text, mode)
   if type(text) ~= 'string' then errors.argument(1, 'deserialize', 'string expected, got %s', torch.type(text)) end
   local file = set_mode(file_tools.string_file(text, 'r'), mode)
   local value = file:readObject()
   file:close()
   return value
end

--- torch.serializeToStorage(value), torch.deserializeFromStorage(storage): the same in a CharStorage.
function torch.serializeToStorage(value)
   return torch.CharStorage():string(torch.serialize(value))
end
function torch.deserializeFromStorage(storage) return torch.deserialize(storage:string()) end
