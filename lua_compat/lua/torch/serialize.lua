-- Lua values in files: File:writeObject, File:readObject, torch.save, torch.load, torch.serialize, torch.deserialize.
--
-- The format is read and written in Python (lua_compat/t7); here is what makes Lua values of it and looks into them. An
-- object of a class with read(file, version) or write(file) reads or writes itself.

local torch = require 'torch'
local types = require 'torch.types'
local errors = require 'torch.errors'
local file_tools = require 'torch.file'
local brings = require 'torch.brings'
local bridge = require '_bridge'

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

local function new_object(class_name, file)
   local factory = torch.factory(class_name)
   if factory == nil then
      brings(class_name)
      factory = torch.factory(class_name)
   end
   if factory == nil then errors.raise('unknown Torch class <%s>', class_name) end
   return factory(file)
end

-- Methods read and write that do what is done here without them, and faster.
local plain = {}

-- What a class has to read or write its objects with: __read or read, __write or write. An object's own fields of these
-- names are data.
local function method_of(object, name)
   local mt = torch.getmetatable(torch.typename(object))
   local method = mt['__' .. name]
   if type(method) ~= 'function' then method = mt[name] end
   return type(method) == 'function' and not plain[method] and method or nil
end

-- An error of a class's own read or write passes through Python on its way to the script, which would make a text of it;
-- its value waits here.
local thrown

local function watched(ok, problem)
   if ok then return end
   thrown = {value = problem}
   error(problem, 0)
end

local function handed_on(ok, ...)
   if ok then return ... end
   local kept = thrown
   thrown = nil
   if kept ~= nil then error(kept.value, 0) end
   error((...), 0)
end

-- f(...), a function of Python's that may call such methods.
local function through_python(f, ...)
   thrown = nil
   return handed_on(pcall(f, ...))
end

local function has_read(object) return method_of(object, 'read') ~= nil end
local function read(object, file, version) watched(pcall(method_of(object, 'read'), object, file, version)) end

local function fill_object(object, contents)
   if type(object) ~= 'table' or type(contents) ~= 'table' then
      errors.raise('cannot load an object of class <%s> from a %s', torch.typename(object), type(contents))
   end
   for key, value in pairs(contents) do object[key] = value end
   local recount = method_of(object, 'recount')
   if recount ~= nil then recount(object) end
end

---------------------------------------------------------------------------------------------------------- functions

local of_values = setmetatable({}, {__mode = 'k'}) -- functions whose upvalues the file has as values, without names
local foreign = setmetatable({}, {__mode = 'k'})   -- functions that stand for one that cannot run here

local function new_function(code, named)
   local made, problem = loadstring(code, '=(loaded)')
   if made == nil then return nil, problem end
   if not named then of_values[made] = true end
   return made
end

-- A function in place of one that cannot run: calling it says why. Saved again, it is the one that it stands for.
local function foreign_function(kind, code, reason)
   local record = {kind = kind, code = code}
   local function stand_in()
      local told = record -- the first upvalue: `dump` looks for it there
      errors.raise('%s', told and reason)
   end
   foreign[stand_in] = true
   return stand_in
end

local function record_of(stand_in)
   local _, record = debug.getupvalue(stand_in, 1)
   return record
end

-- Upvalues are a list of {name =, id =, value =}; the oldest files have the values alone. Functions whose upvalues have one
-- id share a variable: `cells` has, for each id, the first function with it.
local function fill_function(f, upvalues, cells)
   if foreign[f] then
      record_of(f).upvalues = upvalues
      return
   end
   if type(upvalues) ~= 'table' then return end
   for i, upvalue in pairs(upvalues) do
      if of_values[f] then
         debug.setupvalue(f, i, upvalue)
      elseif upvalue.name == '_ENV' then
         debug.setupvalue(f, i, _G)
      else
         debug.setupvalue(f, i, upvalue.value)
         local cell = upvalue.id and cells[upvalue.id]
         if cell then
            debug.upvaluejoin(f, i, cell.f, cell.i)
         elseif upvalue.id then
            cells[upvalue.id] = {f = f, i = i}
         end
      end
   end
end

local function upvalues_of(f, cells)
   local list = {}
   for i = 1, math.huge do
      local name, value = debug.getupvalue(f, i)
      if name == nil then return list end
      if name == '_ENV' then value = nil end
      local place = debug.upvalueid(f, i)
      local cell = cells[place]
      if cell == nil then
         cells.count = (cells.count or 0) + 1
         cell = {id = cells.count, f = f} -- holds the function: its variable's place must not become another's
         cells[place] = cell
      end
      list[i] = {name = name, id = cell.id, value = value}
   end
end

-- The kind, the code and the upvalues of a function; false for one that has no bytecode.
local function dump(f, cells)
   if foreign[f] then
      local record = record_of(f)
      return record.kind, record.code, record.upvalues
   end
   local dumped, code = pcall(string.dump, f)
   if not dumped then return false end
   return 8, code, upvalues_of(f, cells)
end

local function generator() return torch.Generator() end

local function bulk(arrays, codes) return require 'torch.bulk'(arrays, codes, new_object) end

------------------------------------------------------------------------------------------------------------ writing

local function identity(value) return ('%p'):format(value) end

local CONTAINERS = {['tds.Hash'] = 'hash', ['tds.Vec'] = 'vec'}

local function writable(value)
   local kind = type(value)
   if kind == 'cdata' and CONTAINERS[torch.typename(value)] then return true end
   if kind == 'thread' or kind == 'cdata' then return torch.typename(value) ~= nil and method_of(value, 'write') ~= nil end
   if kind == 'userdata' then return torch.typename(value) ~= nil end
   if kind == 'function' then return debug.getinfo(value, 'S').what ~= 'C' end
   return true
end

local function fields_of(object, name)
   local fields = {}
   for key, value in pairs(object) do
      if writable(value) then
         fields[key] = value
      elseif value ~= types.place then
         io.stderr:write(('$ Warning: cannot write object field <%s> of <%s>\n'):format(tostring(key), name))
      end
   end
   return fields
end

-- A coroutine that has not begun would cross to Python as its function.
local a_coroutine = newproxy()
local function crossing(value) return type(value) == 'thread' and a_coroutine or value end

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
      list[n + 1], list[n + 2] = crossing(key), crossing(value)
      n = n + 2
   end
   return list, n
end

local FEW = 100 -- keys and values that cross together with what the table is

-- What a value is: a kind, its identity, and for an object its class, its fields and the class's version; for a table
-- whether its entries follow, and they.
local function inspect(value)
   local kind, name = type(value), torch.typename(value)
   if kind == 'function' then return 'function', identity(value) end
   if CONTAINERS[name] then return CONTAINERS[name], identity(value), name, false end
   local version = name ~= nil and torch.getmetatable(name).__version or 1
   if name ~= nil and method_of(value, 'write') ~= nil then return 'coded', identity(value), name, version end
   if value == a_coroutine then return 'unwritable', '', 'coroutine' end
   if kind ~= 'table' then return 'unwritable', '', name or kind end
   if name ~= nil then return 'object', identity(value), name, fields_of(value, name), version end
   local list, n = entries(value)
   if n <= FEW then return 'table', identity(value), '', true, unpack(list, 1, n) end
   return 'table', identity(value), '', false
end

local function share_container(value) return require('threads.containers').share(value) end
local function container_of(holder) return require('threads.containers').of(holder) end

local function slice(list, from, to) return unpack(list, from, to) end
local function write(object, file) watched(pcall(method_of(object, 'write'), object, file)) end

local loaded_objects, codec

-- Made when first needed: reading and writing objects takes modules that a plain start does without.
local function objects()
   if loaded_objects == nil then
      loaded_objects = require '_ops_objects'
      codec = loaded_objects.codec(new_table, fill, new_object, has_read, read, fill_object, new_function, foreign_function,
         fill_function, generator, bulk, inspect, dump, entries, slice, write, string.dump(function() end):sub(1, 5), bridge.bytecode,
         bridge.cuda ~= nil, share_container, container_of)
   end
   return loaded_objects, codec
end

--- file:writeObject(value [, name] [, hook]): `name` is what errors call the value; `hook(v)` gives what is written in the
--- place of v, for the value and all that it holds.
function File.writeObject(file, value, name, hook)
   local functions, own = objects()
   through_python(functions.write_object, file, own, crossing(value), name, hook)
end

-- Methods read that give an object its fields and do nothing else: a copy with the same fields is what they would read.
local of_fields = {}

local function is_plain(value)
   if torch.typename(value) == nil then return true end
   local method = method_of(value, 'read')
   return method == nil or of_fields[method] == true
end

function File.readObject(file)
   local functions, own = objects()
   local token = functions.again(file)
   if token ~= nil then
      local copies = require 'torch.copies'
      local session = functions.twins()
      local function object(class_name) return new_object(class_name, file) end
      if copies.has(token) then
         functions.skip(file)
         return copies.another(session, object)
      end
      local value = through_python(functions.read_object, file, own)
      if not copies.knows(token) then copies.keep(token, value, is_plain, session, object) end
      return value
   end
   return through_python(functions.read_object, file, own)
end

function File.isWritableObject(_, value) return writable(value) end

---------------------------------------------------------------------------------------------------- whole files

local LONG_SIZES = {binary = 0, ascii = 0, b32 = 4, b64 = 8}

local function long_size(mode, name, position)
   local size = LONG_SIZES[mode]
   if size == nil then errors.argument(position, name, "'binary', 'ascii', 'b32' or 'b64' expected, got %s", tostring(mode)) end
   return size
end

local function check_referenced(referenced, name)
   if referenced ~= nil and type(referenced) ~= 'boolean' then
      errors.argument(4, name, 'boolean expected, got %s', torch.type(referenced))
   end
   return referenced ~= false
end

local function set(file, mode, size, referenced)
   if mode ~= 'ascii' then file:binary() end
   return file:longSize(size):referenced(referenced)
end

--- torch.save(path, value [, format] [, referenced]): written beside, then renamed into place.
function torch.save(path, value, mode, referenced)
   mode = mode or 'binary'
   if type(path) ~= 'string' then errors.argument(1, 'save', 'a file name expected, got %s', torch.type(path)) end
   local size = long_size(mode, 'save', 3)
   local functions, own = objects()
   through_python(functions.save, own, path, crossing(value), mode ~= 'ascii', size, check_referenced(referenced, 'save'))
end

--- torch.load(path [, format] [, referenced]): the first value. The file itself tells binary from ASCII.
function torch.load(path, mode, referenced)
   mode = mode or 'binary'
   if type(path) ~= 'string' then errors.argument(1, 'load', 'a file name expected, got %s', torch.type(path)) end
   local size = long_size(mode, 'load', 2)
   local file = set(torch.DiskFile(path, 'r'), mode, size, check_referenced(referenced, 'load'))
   local functions, own = objects()
   local ok, value = pcall(through_python, functions.load_object, file, own)
   file:close()
   if not ok then error(value, 0) end
   return value
end
torch.saveobj, torch.loadobj = torch.save, torch.load

--- torch.serialize(value [, format]): a string. torch.deserialize(string [, format]): the value.
function torch.serialize(value, mode)
   mode = mode or 'binary'
   local file = set(torch.MemoryFile('rw'), mode, long_size(mode, 'serialize', 2), true)
   file:writeObject(value)
   local text = file_tools.string_of(file)
   file:close()
   return text
end
function torch.deserialize(text, mode)
   mode = mode or 'binary'
   if type(text) ~= 'string' then errors.argument(1, 'deserialize', 'string expected, got %s', torch.type(text)) end
   local file = set(file_tools.string_file(text, 'r'), mode, long_size(mode, 'deserialize', 2), true)
   local value = file:readObject()
   file:close()
   return value
end

-- What goes to another thread without being copied: as torch.serialize, but the tensors and storages are in a list beside
-- the string, and what is read shares their memory.
local function serialize_shared(value)
   local file = set(torch.MemoryFile('rw'), 'binary', 8, true)
   local functions = objects()
   local held = functions.share(file)
   file:writeObject(value)
   local text = file_tools.string_of(file)
   file:close()
   return text, held
end

local function deserialize_shared(text, held)
   local file = set(file_tools.string_file(text, 'r'), 'binary', 8, true)
   local functions = objects()
   functions.share(file, held)
   local value = file:readObject()
   file:close()
   return value
end

--- torch.serializeToStorage(value [, format]), torch.deserializeFromStorage(storage [, format]): the same in a CharStorage.
function torch.serializeToStorage(value, mode) return torch.CharStorage():string(torch.serialize(value, mode)) end
function torch.deserializeFromStorage(storage, mode)
   if torch.typename(storage) ~= 'torch.CharStorage' then
      errors.argument(1, 'deserializeFromStorage', 'torch.CharStorage expected, got %s', torch.type(storage))
   end
   return torch.deserialize(storage:string(), mode)
end

return {
   plain = plain, of_fields = of_fields, serialize_shared = serialize_shared, deserialize_shared = deserialize_shared,
}
