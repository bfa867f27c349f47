-- The tensor and storage classes, and how a userdata tells which one it is of.
--
-- Every Python object is a userdata with one and the same metatable. A userdata holds a pointer to its object, an
-- object a pointer to its type, and tensors and storages have a slot with their element type. Three loads give the
-- class, at about a nanosecond where the caller is compiled; no call of Python is needed after the first object of a
-- type was seen. Where the words lie is found by looking at objects whose addresses Python told; where they cannot be
-- found, Python is asked each time.

local ffi = require 'ffi'
local core = require '_core'

local cast, words = ffi.cast, ffi.typeof('int32_t**')
local getmetatable, rawget, type, tonumber = getmetatable, rawget, type, tonumber
local floor = math.floor

local types = {
   --- What stands at 1, 2, ... in an object whose class has __len: LuaJIT counts these where its build for Torch7 asked __len.
   --- No file has it.
   place = newproxy(),
   words = {'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double', 'Half'},
   base = {},      -- word -> the word of the plain type with such elements: CudaLong -> Long, Long -> Long
   cuda = {},      -- word -> that of its Cuda namesake: Long -> CudaLong, CudaLong -> CudaLong; empty without Cuda types
   tensors = {},   -- word -> metatable
   storages = {},
   dtype = {},     -- word -> Python's element type
}

local with_cuda = require('_bridge').cuda ~= nil
for _, word in ipairs {unpack(types.words)} do
   types.base[word] = word
   if with_cuda then
      local namesake = word == 'Float' and 'Cuda' or 'Cuda' .. word
      types.words[#types.words + 1] = namesake
      types.base[namesake], types.cuda[word], types.cuda[namesake] = word, namesake, namesake
   end
end

--- types.with_namesakes(words): the words, and those of their Cuda namesakes. What has Float has CudaHalf too: half numbers
--- are for storing alone on a CPU, and for everything on a GPU.
function types.with_namesakes(words)
   local all, has = {}, {}
   local function add(word)
      if word ~= nil and not has[word] then all[#all + 1], has[word] = word, true end
   end
   for _, word in ipairs(words) do add(word) end
   for _, word in ipairs(words) do add(types.cuda[word]) end
   if has.Float then add(types.cuda.Half) end
   return all
end

local shared = debug.getmetatable(core.dtype_of('Double')) -- the metatable of all Python objects

-- Addresses are compared in halves, as plain Lua numbers: 64-bit values would be boxed where code is not compiled.
local function halves(address)
   local low = address % 2^32
   return low >= 2^31 and low - 2^32 or low, floor(address / 2^32)
end

local function find_word(pointer, address, from, to)
   local low, high = halves(address)
   for at = from, to, 2 do
      if pointer[at] == low and pointer[at + 1] == high then return at end
   end
   return nil
end

local dtype_words = {} -- low half of the address -> word
for _, dtype in ipairs {core.dtypes(with_cuda)} do
   local address, word = core.dtype_address(dtype)
   local low = halves(address)
   assert(dtype_words[low] == nil)
   dtype_words[low] = word
   if types.dtype[word] == nil then types.dtype[word] = core.dtype_of(word) end
end

local type_at            -- where an object's type pointer lies; nil where it was not found
local kinds = {}         -- low half of a type's address -> what is known of it
local registered = {}    -- address of a type -> metatable
local roles = {tensor = types.tensors, storage = types.storages}

-- Finds out about an object of a type not met before. Returns its metatable, nil where it is none of ours.
local function learn(ud)
   local address, size, role, dtype = core.identify(ud)
   local low, high = halves(address)
   local pointer = cast(words, ud)[0]
   if type_at == nil then type_at = find_word(pointer, address, 0, 6) or false end
   local kind = {high = high, class = registered[address]}
   local class = kind.class
   if role ~= nil then
      class = roles[role][core.word(ud)]
      kind.role = role
      kind.at = type_at and find_word(pointer, dtype, type_at + 2, size / 4 - 2) or nil
      for dtype_low, word in pairs(dtype_words) do kind[dtype_low] = roles[role][word] end
      if kind.at == nil then return class, role end
   end
   if type_at and kinds[low] == nil then kinds[low] = kind end
   return class, role
end

-- The metatable of a userdata of Python's, nil where its class is none of ours; and 'tensor' or 'storage'.
local function class_of(ud)
   if type_at then
      local pointer = cast(words, ud)[0]
      local kind = kinds[pointer[type_at]]
      if kind ~= nil and kind.high == pointer[type_at + 1] then
         local at = kind.at
         if at ~= nil then return kind[pointer[at]], kind.role end
         return kind.class, nil
      end
   end
   return learn(ud)
end
types.class_of = class_of

local function ours(value) return type(value) == 'userdata' and getmetatable(value) == shared end

--- types.ours(value): whether it is an object of Python's.
types.ours = ours

--- types.typename(userdata): 'torch.DoubleTensor'; nil for what is not ours.
function types.typename(value)
   if not ours(value) then return nil end
   local class = class_of(value)
   return class and rawget(class, '__typename')
end

--- types.word(value): 'Double' for a DoubleTensor or DoubleStorage; nil for anything else.
function types.word(value)
   if not ours(value) then return nil end
   local class = class_of(value)
   return class and rawget(class, '__word')
end

--- types.is_tensor(value), types.is_storage(value): for any Lua value.
function types.is_tensor(value)
   if not ours(value) then return false end
   local _, role = class_of(value)
   return role == 'tensor'
end

function types.is_storage(value)
   if not ours(value) then return false end
   local _, role = class_of(value)
   return role == 'storage'
end

--- types.of(name): the element type for a word ('Float') or for Python's name ('float32').
function types.of(name) return types.dtype[name] or core.dtype_of(name) end

--- types.base_word(value): as types.word, of the plain type with such elements: 'Long' for a CudaLongTensor.
function types.base_word(value) return types.base[types.word(value)] end

--- types.method(word): the name of the conversion to a type: 'cudaLong' for CudaLong.
function types.method(word) return word:sub(1, 1):lower() .. word:sub(2) end

--- types.as_function(f): a function of Lua's for a function of Python's, which is a userdata; scripts ask for the type.
function types.as_function(f)
   if type(f) ~= 'userdata' then return f end
   return function(...) return f(...) end
end

local function definer(classes)
   return function(word, name, method)
      if method == nil then
         local shared_method = types.as_function(name)
         for _, class in pairs(classes) do class[word] = shared_method end
      else
         classes[word][name] = types.as_function(method)
      end
   end
end

--- types.define([word,] name, method): a method of all tensor types, or of one.
--- types.define_storage([word,] name, method): the same for storages.
types.define, types.define_storage = definer(types.tensors), definer(types.storages)

--- types.register(object, class): objects of that object's Python type are instances of the class from now on.
function types.register(object, class)
   local address = core.identify(object)
   registered[address] = class
   kinds[halves(address)] = nil
   learn(object)
end

--- types.install(torch): makes the classes. Called once.
function types.install(torch)
   for _, word in ipairs(types.words) do
      for role, classes in pairs {Tensor = types.tensors, Storage = types.storages} do
         local class = torch.newmetatable('torch.' .. word .. role)
         class.__word = word
         class.__factory = function() return class.new() end
         classes[word] = class
         if types.base[word] ~= word then torch[word .. role] = nil end -- cutorch brings it
      end
   end
end

types.shared = shared
return types
