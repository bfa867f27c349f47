-- trepl.colorize: functions that put a text into a color: colorize.red 'text', Red (bold), _red (behind the text).

local colors = require 'trepl.colors'

local colorize = {}
for name in pairs(colors) do
   colorize[name] = function(text) return colors[name] .. tostring(text) .. colors.none end
end

return colorize
