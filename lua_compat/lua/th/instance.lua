-- An object of a class by the class's name, as it is before its __init runs.

local errors = require 'torch.errors'
local brings = require 'torch.brings'

return function(name)
   if torch.getmetatable(name) == nil and name:find('.', 1, true) then
      brings(name)
      if torch.getmetatable(name) == nil then pcall(require, (name:match('^[^.]+'))) end
   end
   local make = torch.factory(name)
   errors.check(make, 'no class is called %s', name)
   return make()
end
