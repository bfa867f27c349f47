-- Rectangles and text drawn on pictures; places count from 1, colours from 0 to 255.

local errors = require 'torch.errors'
local core = require '_image'
local arguments = require 'image.arguments'

local number = arguments.number

local function color(name, option, value, default)
   if value == nil then value = default end
   if type(value) ~= 'table' or #value ~= 3 then
      errors.raise('image.%s: %s is %s, a table {red, green, blue} of 0 to 255 is needed', name, option,
         arguments.told(value))
   end
   return value[1], value[2], value[3]
end

local function canvas(name, src, options)
   arguments.tensor(name, 'src', src)
   return options.inplace and src or src:clone()
end

return function(image)
   --- image.drawRect(src, x1, y1, x2, y2 [, {lineWidth=, color=, inplace=}]).
   function image.drawRect(src, x1, y1, x2, y2, options)
      options = options or {}
      local dst = canvas('drawRect', src, options)
      core.draw_rect(dst, number('drawRect', 'x1', x1) - 1, number('drawRect', 'y1', y1) - 1,
         number('drawRect', 'x2', x2) - 1, number('drawRect', 'y2', y2) - 1, options.lineWidth or 1,
         color('drawRect', 'color', options.color, {255, 0, 0}))
      return dst
   end

   --- image.drawText(src, text, x, y [, {color=, bg=, size=, wrap=, inplace=}]).
   function image.drawText(src, text, x, y, options)
      options = options or {}
      local dst = canvas('drawText', src, options)
      local r, g, b = color('drawText', 'color', options.color, {255, 0, 0})
      local back_r, back_g, back_b
      if options.bg ~= nil then back_r, back_g, back_b = color('drawText', 'bg', options.bg) end
      -- Torch7 counts these places from 0, unlike those of drawRect.
      core.draw_text(dst, tostring(text), number('drawText', 'x', x), number('drawText', 'y', y), options.size or 1,
         options.wrap ~= false, r, g, b, back_r, back_g, back_b)
      return dst
   end
end
