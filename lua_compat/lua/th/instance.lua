-- An object of a class by the class's name, as it is before its __init runs.

local errors = require 'torch.errors'

return function(name)
   if torch.getmetatable(name) == nil and name:find('.', 1, true) then pcall(require, (name:match('^[^.]+'))) end
   local make = torch.factory(name)
   errors.check(make, 'no class is called %s', name)
   return make()
end
