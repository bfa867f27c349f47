-- The payload of tensors, storages and generators in a torch.File: what stands after the class in a .t7 file.
--
--   tensor      an int, the number of dimensions; sizes and strides, a long each; the offset, from 1; the storage, an object
--   storage     a long, the number of elements; the elements
--   generator   the bytes of its state
--
-- A class that holds a tensor may write it alone: function C:write(file) self.weight:write(file) end.

local files = require '_ops_files'
local ops = require '_ops'
local torch = require 'torch'
local types = require 'torch.types'
local errors = require 'torch.errors'

local dtype, word_of = types.dtype, types.word

local function check_file(file, name)
   if not torch.isTypeOf(file, 'torch.File') then
      errors.argument(1, name, 'torch.File expected, got %s', torch.type(file))
   end
end

local function write_longs(file, storage)
   if #storage > 0 then file:writeLong(storage) end
end

types.define('write', function(x, file)
   check_file(file, 'write')
   local sizes = ops.all_sizes(x)
   file:writeInt(#sizes)
   write_longs(file, sizes)
   write_longs(file, ops.all_strides(x))
   file:writeLong(ops.offset(x))
   local storage = ops.storage(x)
   if #sizes == 0 and #storage == 0 then storage = nil end
   file:writeObject(storage)
end)

types.define('read', function(x, file)
   check_file(file, 'read')
   local dimensions = file:readInt()
   if dimensions < 0 or dimensions > 255 then errors.raise('read: no tensor has %d dimensions', dimensions) end
   local sizes, strides = file:readLong(dimensions), file:readLong(dimensions)
   local offset, storage = file:readLong(), file:readObject()
   if storage == nil then
      ops.set_none(x)
      return
   end
   if word_of(storage) ~= word_of(x) or not types.is_storage(storage) then
      errors.raise('read: a %sStorage expected in the file, got %s', word_of(x), torch.type(storage))
   end
   if dimensions == 0 then sizes, strides = torch.LongStorage{0}, torch.LongStorage{1} end
   -- Set grows a storage that is too small; one from a file must hold what the file says.
   local last = offset - 1
   for d = 1, dimensions do last = last + (sizes[d] - 1) * strides[d] end
   if offset < 1 or (dimensions > 0 and last >= #storage) then
      errors.raise('read: the sizes in the file reach beyond its storage of %d elements', #storage)
   end
   ops.set_storage(x, storage, offset - 1, sizes, strides)
end)

-- Halves lie in an ASCII file as the numbers that they are.
local function as_float(word, file) return types.base[word] == 'Half' and not file:isBinary() end

types.define_storage('write', function(s, file)
   check_file(file, 'write')
   file:writeLong(#s)
   if #s > 0 then files.write_storage(file, as_float(word_of(s), file) and ops.storage_convert(s, dtype.Float) or s) end
end)

types.define_storage('read', function(s, file)
   check_file(file, 'read')
   local n, word = file:readLong(), word_of(s)
   if n < 0 then errors.raise('read: no storage has %d elements', n) end
   local found = n > 0 and files.read_storage(file, as_float(word, file) and 'Float' or types.base[word], n) or nil
   ops.storage_resize(s, n)
   if found ~= nil then ops.storage_copy(s, found) end
end)

local Generator = torch.getmetatable('torch.Generator')

function Generator.write(g, file)
   check_file(file, 'write')
   files.write_storage(file, ops.storage(ops.get_state(g)))
end

function Generator.read(g, file)
   check_file(file, 'read')
   local state = files.read_storage(file, 'Byte', ops.numel(ops.get_state(g)))
   ops.set_state(g, ops.from_storage(state, 0))
end
