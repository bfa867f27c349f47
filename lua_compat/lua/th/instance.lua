-- Objects made from outside: by the class's name, as they are before their __init runs, and when their fields are set.

local torch = require 'torch'
local errors = require 'torch.errors'
local brings = require 'torch.brings'

local instance = {}

function instance.make(name)
   if torch.getmetatable(name) == nil and name:find('.', 1, true) then
      brings(name)
      if torch.getmetatable(name) == nil then pcall(require, (name:match('^[^.]+'))) end
   end
   local make = torch.factory(name)
   errors.check(make, 'no class is called %s', name)
   return make()
end

function instance.recount(object)
   if torch.typename(object) ~= nil and object.recount ~= nil then object:recount() end
end

return instance
