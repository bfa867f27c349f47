-- require 'pl.import_into'(): a table (or the given one) in which each module of penlight is found on first use.

return function(into)
   local modules = into or {}
   return setmetatable(modules, {__index = function(t, name)
      if type(name) ~= 'string' or package.searchpath('pl.' .. name, package.path) == nil then return nil end
      local module = require('pl.' .. name)
      rawset(t, name, module)
      return module
   end})
end
