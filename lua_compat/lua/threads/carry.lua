-- How values go from one thread's Lua to another's: as a string, and beside it a list of what is shared.

local torch = require 'torch'
local serialize = require 'torch.serialize'

local carry = {}

--- carry.write(value, sharing): the string and, where tensors are shared, the list of them.
function carry.write(value, sharing)
   if sharing then return serialize.serialize_shared(value) end
   return torch.serialize(value), nil
end

--- carry.read(text, held): the value.
function carry.read(text, held)
   if held ~= nil then return serialize.deserialize_shared(text, held) end
   return torch.deserialize(text)
end

return carry
