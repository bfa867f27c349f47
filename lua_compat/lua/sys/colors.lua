-- sys.COLORS: the terminal's colours. 'red' is plain, 'Red' bold, '_red' the background; 'none' ends all of them.

local names = {[0] = 'black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'}

local colors = {none = '\27[0m'}
for code = 0, 7 do
   local name = names[code]
   colors[name] = '\27[0;3' .. code .. 'm'
   colors[name:sub(1, 1):upper() .. name:sub(2)] = '\27[1;3' .. code .. 'm'
   colors['_' .. name] = '\27[4' .. code .. 'm'
end

return colors
