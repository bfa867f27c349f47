-- trepl.colors: the terminal's colors under sys.COLORS' names; nothing where the output is no terminal.

local on_terminal = require('_host').isatty('stdout')

local colors = {}
for name, code in pairs(require 'sys.colors') do colors[name] = on_terminal and code or '' end

return colors
