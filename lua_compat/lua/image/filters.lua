-- Bells, convolutions, contrast normalization, erosion and dilation.

local torch = require 'torch'
local errors = require 'torch.errors'
local core = require '_image'
local arguments = require 'image.arguments'

-- The arguments of bells, in order, and their defaults.
local function bell_arguments(sigma)
   return {
      {'size', 3}, {'sigma', sigma}, {'amplitude', 1}, {'normalize', false}, {'width', nil, 'size'}, {'height', nil, 'size'},
      {'sigma_horz', nil, 'sigma'}, {'sigma_vert', nil, 'sigma'}, {'mean_horz', 0.5}, {'mean_vert', 0.5}, {'tensor'},
   }
end

local LINE = {{'size', 3}, {'sigma', 0.25}, {'amplitude', 1}, {'normalize', false}, {'mean', 0.5}, {'tensor'}}

local function made(tensor, found)
   if tensor ~= nil then return tensor:resize(found:size()):copy(found) end
   local kind = torch.getdefaulttensortype()
   return kind == 'torch.DoubleTensor' and found or found:type(kind)
end

local function bell(name, sigma)
   local descriptions = bell_arguments(sigma)
   return function(...)
      local a = arguments.named(name, descriptions, ...)
      local width, height, vertical = a.width, a.height, a.sigma_vert
      if a.tensor ~= nil and a.tensor:dim() == 2 then height, width = a.tensor:size(1), a.tensor:size(2) end
      return made(a.tensor, core.bell(nil, name, a.amplitude, a.normalize, height, width, vertical, a.sigma_horz,
         a.mean_vert, a.mean_horz))
   end
end

local PYRAMID = {size = 3, normalize = true}

return function(image)
   --- image.gaussian, image.laplacian{size=, sigma=, amplitude=, normalize=, width=, height=, sigma_horz=, sigma_vert=,
   --- mean_horz=, mean_vert=, tensor=}, or these in order. Sigmas and means are parts of the size.
   image.gaussian, image.laplacian = bell('gaussian', 0.25), bell('laplacian', 0.1)

   --- image.gaussian1D{size=, sigma=, amplitude=, normalize=, mean=, tensor=}, or these in order.
   function image.gaussian1D(...)
      local a = arguments.named('gaussian1D', LINE, ...)
      local size = a.tensor ~= nil and a.tensor:dim() == 1 and a.tensor:size(1) or a.size
      return made(a.tensor, core.bell(nil, 'gaussian1D', a.amplitude, a.normalize, 1, size, a.sigma, a.sigma, 0.5, a.mean))
   end

   --- image.convolve([dst,] src, kernel [, mode]): 'valid', 'full' or 'same'.
   function image.convolve(first, second, third, fourth)
      arguments.tensor('convolve', 'src', first)
      arguments.tensor('convolve', 'kernel', second)
      if torch.isTensor(third) then
         core.convolve(first, second, third, fourth or 'valid')
         return first
      end
      return core.convolve(nil, first, second, third or 'valid')
   end

   --- image.lcn(im [, kernel]): a grey picture less its local mean, over its local deviation.
   function image.lcn(im, kernel)
      arguments.tensor('lcn', 'im', im)
      return core.local_contrast(im, kernel == nil and image.gaussian(9) or kernel)
   end

   --- image.erode, image.dilate([dst,] src [, kernel, pad]): of pictures of 0 and 1.
   for name, border in pairs {erode = 1, dilate = 0} do
      image[name] = function(first, second, third, fourth)
         arguments.tensor(name, 'im', first)
         local dst, src, kernel, pad = nil, first, second, third
         if torch.isTensor(third) then dst, src, kernel, pad = first, second, third, fourth end
         if kernel == nil then kernel = src.new(3, 3):fill(1) end
         arguments.tensor(name, 'kern', kernel)
         return core.morphed(dst, src, kernel, name, pad == nil and border or pad) or dst
      end
   end

   --- image.gaussianpyramid([dst,] src, scales): a table of pictures; each is the one before, smoothed unless it is the
   --- first, at that part of the size of src.
   function image.gaussianpyramid(...)
      local dst, src, scales = ...
      if select('#', ...) == 2 then dst, src, scales = {}, dst, src end
      arguments.tensor('gaussianpyramid', 'src', src)
      if type(scales) ~= 'table' and not torch.isTensor(scales) then
         errors.raise('image.gaussianpyramid: scales is %s, a table is needed', arguments.told(scales))
      end
      local height, width = src:size(src:dim() - 1), src:size(src:dim())
      local kernel, last = image.gaussian(PYRAMID):typeAs(src), nil
      for i = 1, torch.isTensor(scales) and scales:size(1) or #scales do
         local w, h = math.floor(width * scales[i]), math.floor(height * scales[i])
         local from = last == nil and src or image.convolve(last, kernel, 'same')
         last = image.scale(from, w, h, 'simple')
         if torch.isTensor(dst[i]) then dst[i]:resize(last:size()):copy(last) else dst[i] = last end
      end
      return dst
   end
end
