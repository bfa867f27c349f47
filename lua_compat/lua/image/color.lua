-- Colour spaces and colour maps.

local torch = require 'torch'
local errors = require 'torch.errors'
local core = require '_image'
local arguments = require 'image.arguments'

local CONVERSIONS = {
   'rgb2y', 'rgb2yuv', 'yuv2rgb', 'rgb2hsl', 'hsl2rgb', 'rgb2hsv', 'hsv2rgb', 'rgb2nrgb', 'rgb2lab', 'lab2rgb',
}

return function(image)
   for _, name in ipairs(CONVERSIONS) do
      image[name] = arguments.with_result(name, function(dst, src) return core.convert(dst, src, name) end)
   end

   --- image.jetColormap(n): an n x 3 map from blue over green and yellow to red.
   function image.jetColormap(n) return core.jet_colors(arguments.number('jetColormap', 'nbColour', n)) end

   --- image.colormap(n): an n x 3 map of colours that are easy to tell apart.
   function image.colormap(n) return core.wheel_colors(arguments.number('colormap', 'nbColor', n)) end

   --- image.y2jet([dst,] src): a picture of the numbers from 1 to its largest in the colours of jetColormap.
   image.y2jet = arguments.with_result('y2jet', function(dst, src)
      local largest = src:max()
      if largest < 1 then errors.raise('image.y2jet: the largest value is %g, needed are values from 1', largest) end
      local found = core.colored(src, core.jet_colors(math.floor(largest + 0.5)))
      return dst == nil and found or dst:resize(found:size()):copy(found)
   end)

   local MINMAX = {{'tensor'}, {'min'}, {'max'}, {'symm', false}, {'inplace', false}, {'saturate', false}, {'tensorOut'}}

   --- image.minmax{tensor=, min=, max=, symm=, inplace=, saturate=, tensorOut=}: shifted and scaled so that min, which is the
   --- smallest value if it isn't given, becomes 0, and max 1. symm: from -m to m. saturate: limited to 0 and 1.
   function image.minmax(...)
      local args = arguments.named('minmax', MINMAX, ...)
      local x = arguments.tensor('minmax', 'tensor', args.tensor)
      local out = x
      if not args.inplace then
         out = args.tensorOut == nil and x.new() or args.tensorOut
         out:resize(x:size()):copy(x)
      end
      local low, high = args.min, args.max
      if low == nil then
         low = x:min()
         if args.symm then low = -math.max(math.abs(low), math.abs(x:max())) end
      end
      if high == nil then
         high = x:max()
         if args.symm then high = math.max(math.abs(high), math.abs(low)) end
      end
      if low ~= 0 then out:add(-low) end
      if high - low ~= 0 then out:div(high - low) end
      if args.saturate and (args.min ~= nil or args.max ~= nil) then out:clamp(0, 1) end
      return out
   end
end
