-- Tensors and storages as C sees them: x:cdata(), torch.cdata(x), torch.data(x), torch.pushudata(pointer, class).
--
-- cdata gives a pointer to a structure with the fields of TH's own, for C libraries that take a THDoubleTensor*. The
-- structure is made at the first call and filled anew at each; it says what was true then, and to write into it changes no
-- tensor. A pointer to a structure keeps its tensor; one to the elements is good while the tensor lives and keeps its memory.

local ffi = require 'ffi'
local torch = require 'torch'
local core = require '_core'
local ops = require '_ops'
local types = require 'torch.types'
local errors = require 'torch.errors'
local element = require 'torch.element'

ffi.cdef [[
typedef struct THAllocator {
   void* (*malloc)(void*, ptrdiff_t);
   void* (*realloc)(void*, void*, ptrdiff_t);
   void (*free)(void*, void*);
} THAllocator;
typedef struct { unsigned short x; } __THHalf;
typedef __THHalf THHalf;
]]

local C_TYPES = {
   Byte = 'unsigned char', Char = 'char', Short = 'short', Int = 'int', Long = 'long', Float = 'float', Double = 'double',
   Half = 'THHalf',
}
for _, word in ipairs(types.words) do C_TYPES[word] = C_TYPES[types.base[word]] end
local tensor_types, storage_types, data_types = {}, {}, {}
local STRUCTURES = [[
typedef struct THRealStorage {
   real *data;
   ptrdiff_t size;
   int refcount;
   char flag;
   THAllocator *allocator;
   void *allocatorContext;
} THRealStorage;
typedef struct THRealTensor {
   long *size;
   long *stride;
   int nDimension;
   THRealStorage *storage;
   ptrdiff_t storageOffset;
   int refcount;
   char flag;
} THRealTensor;
]]
for word, ctype in pairs(C_TYPES) do
   local definition = STRUCTURES:gsub('Real', word):gsub('real', ctype)
   ffi.cdef(definition)
   data_types[word] = ffi.typeof(ctype .. '*')
   storage_types[word], tensor_types[word] = ffi.typeof(('TH%sStorage'):format(word)), ffi.typeof(('TH%sTensor'):format(word))
end

local RESIZABLE, REFCOUNTED = 2, 1 -- bits of `flag`

local structures = setmetatable({}, {__mode = 'k'}) -- object -> its structure, and the arrays that it points to
local owners = setmetatable({}, {__mode = 'k'})     -- pointer given out -> its object
local objects = setmetatable({}, {__mode = 'v'})    -- address of a structure -> its object

local function address_of(pointer) return ffi.cast('intptr_t', ffi.cast('void*', pointer)) end

local function structure_of(object, made)
   local kept = structures[object]
   if kept == nil then
      kept = {made()}
      structures[object] = kept
      objects[tonumber(address_of(kept[1]))] = object
      kept[1].refcount = 1
   end
   return kept[1], kept
end

local function storage_structure(s)
   local word = types.word(s)
   local c = structure_of(s, storage_types[word])
   c.data = #s > 0 and ffi.cast(data_types[word], core.pointer(s)) or nil
   c.size, c.flag = #s, RESIZABLE + REFCOUNTED
   return c
end

local function tensor_structure(x)
   local c, kept = structure_of(x, tensor_types[types.word(x)])
   local n = ops.dim(x)
   kept.size, kept.stride = ffi.new('long[?]', n), ffi.new('long[?]', n)
   for d = 0, n - 1 do kept.size[d], kept.stride[d] = ops.size(x, d), ops.stride(x, d) end
   c.size, c.stride, c.nDimension = kept.size, kept.stride, n
   kept.storage = ops.storage(x)
   c.storage, c.storageOffset, c.flag = storage_structure(kept.storage), ops.offset(x) - 1, REFCOUNTED
   return c
end

local function pointer_to(object, structure, pointer_type, as_number)
   if as_number then return address_of(structure) end
   local pointer = ffi.cast(pointer_type, structure)
   owners[pointer] = object
   return pointer
end

local pointer_types = {tensors = {}, storages = {}}
for word in pairs(C_TYPES) do
   pointer_types.tensors[word] = ffi.typeof('$ *', tensor_types[word])
   pointer_types.storages[word] = ffi.typeof('$ *', storage_types[word])
end

types.define('cdata', function(x, as_number)
   return pointer_to(x, tensor_structure(x), pointer_types.tensors[types.word(x)], as_number)
end)
types.define_storage('cdata', function(s, as_number)
   return pointer_to(s, storage_structure(s), pointer_types.storages[types.word(s)], as_number)
end)

--- torch.cdata(object [, as_number]): the pointer, or its address as an intptr_t.
function torch.cdata(object, as_number)
   if object == nil then return nil end
   if not (types.is_tensor(object) or types.is_storage(object)) then
      errors.argument(1, 'cdata', 'a tensor or a storage expected, got %s', torch.type(object))
   end
   return object:cdata(as_number)
end

-- A pointer to the first element, or its address; nil where there is no element.
local function data(object, as_number)
   if (types.is_tensor(object) and ops.numel(object) or #object) == 0 then return nil end
   local entry = element.entry(object)
   local pointer = ffi.cast(data_types[types.word(object)], entry ~= nil and entry.p or core.pointer(object))
   if as_number then return address_of(pointer) end
   return pointer
end
types.define('data', data)
types.define_storage('data', data)

--- torch.data(object [, as_number]): the same as a function.
function torch.data(object, as_number)
   if object == nil then return nil end
   if not (types.is_tensor(object) or types.is_storage(object)) then
      errors.argument(1, 'data', 'a tensor or a storage expected, got %s', torch.type(object))
   end
   return data(object, as_number)
end

--- torch.pushudata(pointer, class): the tensor or storage that a pointer from cdata, or its address, stands for; also the
--- address that torch.pointer told.
function torch.pushudata(pointer, class)
   if type(pointer) ~= 'cdata' and type(pointer) ~= 'number' then
      errors.argument(1, 'pushudata', 'a pointer or an address expected, got %s', type(pointer))
   end
   if type(class) ~= 'string' then errors.argument(2, 'pushudata', 'the name of a class expected, got %s', type(class)) end
   local address = tonumber(type(pointer) == 'number' and pointer or address_of(pointer))
   local object = objects[address] or core.remembered(address)
   if object == nil then errors.argument(1, 'pushudata', 'no pointer that cdata has given to a living object') end
   if types.typename(object) ~= class then
      errors.argument(2, 'pushudata', 'the pointer is that of a %s, not of a %s', types.typename(object), class)
   end
   return object
end

--- torch.isequal(a, b): whether both are one and the same object.
function torch.isequal(a, b)
   if type(a) == 'cdata' and type(b) == 'cdata' then return a == b end
   return (type(a) == 'userdata' or type(a) == 'table') and rawequal(a, b)
end
