-- Pictures in files and in memory.

local torch = require 'torch'
local types = require 'torch.types'
local errors = require 'torch.errors'
local core = require '_image'
local arguments = require 'image.arguments'

local WORDS = {}
for _, word in ipairs(types.words) do WORDS[word:lower()] = word end

-- The element type for 'byte', 'float', ... or 'torch.FloatTensor'; the default one for nil.
local function element_type(name, word)
   if word == nil then word = torch.getdefaulttensortype() end
   local found = WORDS[(tostring(word):lower():gsub('^torch%.', ''):gsub('tensor$', ''))]
   if found == nil then errors.raise("image.%s: tensortype is '%s', allowed are byte, float, double, ...", name, word) end
   return types.of(found)
end

local function path_of(name, path)
   if type(path) ~= 'string' then
      errors.raise('image.%s: filename is %s, a string is needed', name, arguments.told(path))
   end
   return path
end

-- A picture of as many planes as were asked for. One plane of a coloured one has two dimensions, as in Torch7.
local function in_depth(image, name, x, depth)
   local planes = x:size(1)
   if depth == nil or depth == planes then return x end
   if depth ~= 1 and depth ~= 3 then errors.raise('image.%s: depth is %s, allowed are 1 and 3', name, tostring(depth)) end
   if depth == 1 then
      if planes == 2 then return x:narrow(1, 1, 1) end
      return image.rgb2y(x:narrow(1, 1, 3):contiguous())[1]
   end
   if planes == 4 then return x:narrow(1, 1, 3) end
   return x:narrow(1, 1, 1):expand(3, x:size(2), x:size(3)):clone()
end

local KINDS = {JPG = 'JPEG', PNG = 'PNG', PPM = 'PPM', PGM = 'PGM'}

return function(image)
   local function loader(name, kind)
      return function(path, depth, tensortype)
         return in_depth(image, name, core.load(path_of(name, path), kind, element_type(name, tensortype)), depth)
      end
   end

   local function saver(name, kind)
      return function(path, tensor, quality)
         -- Scripts give the two in either order.
         if torch.isTensor(path) and type(tensor) == 'string' then path, tensor = tensor, path end
         core.save(path_of(name, path), arguments.tensor(name, 'tensor', tensor), kind, quality or 75)
      end
   end

   local function decompressor(name, kind)
      return function(data, depth, tensortype)
         arguments.tensor(name, 'tensor', data)
         return in_depth(image, name, core.decompress(data, kind, element_type(name, tensortype)), depth)
      end
   end

   local function sizer(name, kind)
      return function(path) return core.size(path_of(name, path), kind) end
   end

   --- image.load(filename [, depth, tensortype]), image.save(filename, tensor), image.getSize(filename): by the name's ending;
   --- image.load and getSize look at the bytes where the ending says nothing.
   image.load, image.save, image.getSize = loader('load'), saver('save'), sizer('getSize')
   for short, kind in pairs(KINDS) do
      if short ~= 'PGM' then
         image['load' .. short] = loader('load' .. short, kind)
         image['get' .. short .. 'size'] = sizer('get' .. short .. 'size', kind)
      end
      image['save' .. short] = saver('save' .. short, kind)
   end

   --- image.decompressJPG, decompressPNG, decompress(bytes [, depth, tensortype]): a picture in a ByteTensor.
   image.decompressJPG, image.decompressPNG = decompressor('decompressJPG', 'JPEG'), decompressor('decompressPNG', 'PNG')
   image.decompress = decompressor('decompress')

   --- image.compressJPG(tensor [, quality]), image.compressPNG(tensor): the bytes of a picture in a ByteTensor.
   function image.compressJPG(tensor, quality)
      return core.compress(arguments.tensor('compressJPG', 'tensor', tensor), 'JPEG', quality or 75)
   end

   function image.compressPNG(tensor)
      return core.compress(arguments.tensor('compressPNG', 'tensor', tensor), 'PNG', 75)
   end

   --- image.is_supported(suffix): whether files of that ending, or the file of that name, can be loaded.
   function image.is_supported(suffix) return core.is_supported(tostring(suffix)) end

   --- image.lena(), image.fabio(): test pictures of 3 x 512 x 512 and 256 x 256 values from 0 to 1. Torch7's were
   --- photographs of people; these are drawn by a formula.
   function image.lena() return core.sample_picture(512, 3):type(torch.getdefaulttensortype()) end

   function image.fabio() return core.sample_picture(256, 1)[1]:type(torch.getdefaulttensortype()) end
end
