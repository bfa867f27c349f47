-- Pictures made larger and smaller, cut, turned, moved and warped.

local torch = require 'torch'
local errors = require 'torch.errors'
local core = require '_image'
local arguments = require 'image.arguments'

local is_tensor, number, with_result = torch.isTensor, arguments.number, arguments.with_result
local floor, max, min = math.floor, math.max, math.min

local function last_sizes(x) return x:size(x:dim() - 1), x:size(x:dim()) end

---------------------------------------------------------------------------------------------------------- sizes

-- '256': the longer side; '^256': the shorter side; '320x200': width and height; '*2', '*1/2': both by a factor.
local function parsed_size(text, height, width)
   local w, h = text:match('^(%d+)x(%d+)$')
   if w ~= nil then return tonumber(h), tonumber(w) end
   local over, under = text:match('^%*([%d.]+)/?([%d.]*)$')
   if over ~= nil and tonumber(over) and (under == '' or tonumber(under)) then
      local factor = tonumber(over) / (under == '' and 1 or tonumber(under))
      return floor(height * factor), floor(width * factor)
   end
   local shorter, side = text:match('^(%^?)(%d+)$')
   if side == nil then
      errors.raise("image.scale: size is '%s', allowed are 'MAX', '^MIN', 'WIDTHxHEIGHT', '*FACTOR' and '*N/D'", text)
   end
   local factor = tonumber(side) / (shorter == '^' and min or max)(height, width)
   -- The side that was asked for is met, whatever the factor's last bit is.
   local function scaled(old) return max(floor(old * factor + 1e-9), 1) end
   return scaled(height), scaled(width)
end

--- image.scale([dst,] src, width, height [, mode]), image.scale([dst,] src, size [, mode]), image.scale(dst, src [, mode]).
local function scale(dst, src, a, b, c)
   local height, width, mode
   if type(a) == 'string' and tonumber(a) == nil and not a:find('[%d]') then a, c = nil, a end
   if a == nil then
      if dst == nil or dst:dim() < 2 then errors.raise('image.scale: needs width and height, a size, or a dst of a size') end
      height, width = last_sizes(dst)
      mode = c
   elseif tonumber(b) ~= nil then
      height, width, mode = number('scale', 'height', b), number('scale', 'width', a), c
   else
      if src:dim() < 2 then errors.raise('image.scale: src has %d dimensions, 2 or 3 are needed', src:dim()) end
      height, width = last_sizes(src)
      height, width = parsed_size(tostring(a), height, width)
      mode = b
   end
   return core.scale(dst, src, height, width, mode or 'bilinear')
end

--------------------------------------------------------------------------------------------------------- cutting

-- Where a part of w columns and h rows begins, of what is left over.
local PLACES = {
   c = function(w, h) return floor(w / 2), floor(h / 2) end,
   tl = function() return 0, 0 end,
   tr = function(w) return w, 0 end,
   bl = function(_, h) return 0, h end,
   br = function(w, h) return w, h end,
}

--- image.crop([dst,] src, x1, y1 [, x2, y2]): columns x1 (from 0) to before x2, rows likewise; without x2 and y2 to the size
--- of dst. image.crop([dst,] src, place, width, height): place is 'c', 'tl', 'tr', 'bl' or 'br'.
local function crop(dst, src, a, b, c, d)
   if type(a) == 'string' and tonumber(a) == nil then
      local place = PLACES[a]
      if place == nil then errors.raise("image.crop: format is '%s', allowed are c, tl, tr, bl, br", a) end
      local width, height = number('crop', 'width', b), number('crop', 'height', c)
      local rows, columns = last_sizes(src)
      local left, top = place(columns - width, rows - height)
      return core.crop(dst, src, left, top, left + width, top + height)
   end
   local left, top = number('crop', 'startx', a), number('crop', 'starty', b)
   if c == nil and d == nil then
      if dst == nil then errors.raise('image.crop: needs endx and endy, or a dst of a size') end
      local height, width = last_sizes(dst)
      c, d = left + width, top + height
   end
   return core.crop(dst, src, left, top, number('crop', 'endx', c), number('crop', 'endy', d))
end

--------------------------------------------------------------------------------------------------------- warping

-- image.warp([dst,] src, field [, mode, offset, clamp_mode, pad_value]); the field is (2, H, W), y before x.
local function warp(dst, src, field, mode, offset, clamp_mode, pad_value)
   arguments.tensor('warp', 'field', field)
   return core.warp(dst, src, field, mode or 'bilinear', offset ~= false, clamp_mode or 'clamp', pad_value or 0)
end

-- image.affinetransform([dst,] src, matrix [, mode, translation, clamp_mode, pad_value]).
local function affinetransform(dst, src, matrix, mode, translation, clamp_mode, pad_value)
   arguments.tensor('affinetransform', 'matrix', matrix)
   local down, right = 0, 0
   if translation ~= nil then down, right = translation[1], translation[2] end
   local height, width = last_sizes(src)
   local field = core.affine_field(matrix, down, right, height, width)
   return core.warp(dst, src, field, mode or 'bilinear', true, clamp_mode or 'clamp', pad_value or 0)
end

-- Where the tensors are [dst,] src, other: three of them, or two.
local function before_a_tensor(name, f)
   return function(first, second, third, ...)
      arguments.tensor(name, 'src', first)
      if is_tensor(third) then
         f(first, second, third, ...)
         return first
      end
      return (f(nil, first, second, third, ...))
   end
end

------------------------------------------------------------------------------------------------- turning, moving

local function flipped(name, from_the_end)
   return with_result(name, function(dst, src) return core.flip(dst, src, src:dim() - from_the_end) end)
end

local function unrolled(logarithmic)
   return function(dst, src, interpolation, mode)
      mode = mode or 'valid'
      if mode ~= 'valid' and mode ~= 'full' then
         errors.raise("image.%s: mode is '%s', allowed are valid, full", logarithmic and 'logpolar' or 'polar', mode)
      end
      return core.polar(dst, src, interpolation or 'simple', mode == 'full', logarithmic)
   end
end

return function(image)
   image.scale = with_result('scale', scale)
   image.crop = with_result('crop', crop)
   image.warp = before_a_tensor('warp', warp)
   image.affinetransform = before_a_tensor('affinetransform', affinetransform)
   image.hflip, image.vflip = flipped('hflip', 1), flipped('vflip', 2)

   --- image.flip([dst,] src, dimension).
   image.flip = with_result('flip', function(dst, src, dim)
      return core.flip(dst, src, number('flip', 'flip_dim', dim) - 1)
   end)

   --- image.translate([dst,] src, x, y): to the right and down.
   image.translate = with_result('translate', function(dst, src, x, y)
      return core.translate(dst, src, number('translate', 'x', x), number('translate', 'y', y))
   end)

   --- image.rotate([dst,] src, theta [, mode]): against the clock.
   image.rotate = with_result('rotate', function(dst, src, theta, mode)
      return core.rotate(dst, src, number('rotate', 'theta', theta), mode or 'simple')
   end)

   --- image.polar, image.logpolar([dst,] src [, interpolation, mode]).
   image.polar, image.logpolar = with_result('polar', unrolled(false)), with_result('logpolar', unrolled(true))
end
