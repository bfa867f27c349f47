-- Calling forms that the functions of image share: a result first that may be left out, and arguments by name.

local torch = require 'torch'
local errors = require 'torch.errors'

local arguments = {}

local is_tensor = torch.isTensor

--- arguments.told(value): what an error says that a value is.
function arguments.told(value)
   if value == nil then return 'nil' end
   return type(value) == 'string' and ("'%s'"):format(value) or torch.typename(value) or type(value)
end

--- arguments.tensor(name, argument, value): a tensor is needed.
function arguments.tensor(name, argument, value)
   if not is_tensor(value) then
      errors.raise('image.%s: %s is %s, a tensor is needed', name, argument, arguments.told(value))
   end
   return value
end

--- arguments.number(name, argument, value, default): a number, or a string that is one.
function arguments.number(name, argument, value, default)
   if value == nil then value = default end
   local number = tonumber(value)
   if number == nil then
      errors.raise('image.%s: %s is %s, a number is needed', name, argument, arguments.told(value))
   end
   return number
end

--- arguments.with_result(name, f): a function of [dst,] src, ... out of one that takes dst, or nil, and src, ... and
--- gives what it made where dst is nil.
function arguments.with_result(name, f)
   return function(first, second, ...)
      arguments.tensor(name, 'the first argument', first)
      if is_tensor(second) then
         f(first, second, ...)
         return first
      end
      return (f(nil, first, second, ...))
   end
end

--- arguments.named(name, descriptions, ...): the values of arguments given in order or by name in one table, where the
--- descriptions are {name, default} or {name, default, name of another argument that gives the default}.
function arguments.named(name, descriptions, ...)
   local given, by_name = {...}, nil
   if select('#', ...) == 1 and type(given[1]) == 'table' and torch.typename(given[1]) == nil then by_name = given[1] end
   local values, known = {}, {}
   for i, row in ipairs(descriptions) do
      local value
      if by_name then value = by_name[row[1]] else value = given[i] end
      if value == nil then value = row[2] end
      if value == nil and row[3] ~= nil then value = known[row[3]] end
      values[i], known[row[1]] = value, value
   end
   return known, unpack(values, 1, #descriptions)
end

return arguments
