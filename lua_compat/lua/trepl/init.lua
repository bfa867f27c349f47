-- require 'trepl': called, it is the interactive loop; and what a script finds when it has asked for it.

local colors = require 'trepl.colors'

local trepl = {colors = colors, colorize = require 'trepl.colorize'}

--- noColors(): from here on trepl.colors and what trepl.colorize gives are plain text.
function _G.noColors()
   for name in pairs(colors) do colors[name] = '' end
end

-- trepl(): reads and runs what is typed, until Ctrl-D.
return setmetatable(trepl, {__call = function() require('_bridge').interact() end})
