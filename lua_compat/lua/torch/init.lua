-- torch: the class system, tensors and storages, and what goes with them.

local torch = {}
_G.torch = torch
package.loaded.torch = torch -- the files below ask for it while it grows

local types = require 'torch.types'
require('torch.class').install(torch, types.typename)
types.install(torch)
require 'torch.metamethods'

-- torch.class's own forms match the class name, which a compiled loop cannot; this is what modules ask all the time.
local is_tensor_class, is_storage_class = torch.isTensor, torch.isStorage

function torch.isTensor(value)
   if type(value) == 'table' then return is_tensor_class(value) end
   return types.is_tensor(value)
end

function torch.isStorage(value)
   if type(value) == 'table' then return is_storage_class(value) end
   return types.is_storage(value)
end

---------------------------------------------------------------------------------------------- the default type

local default

--- torch.setdefaulttensortype(name): the class that torch.Tensor stands for, and its storage torch.Storage.
function torch.setdefaulttensortype(name)
   local word = type(name) == 'string' and name:match('^torch%.(%a+)Tensor$')
   if not word or types.tensors[word] == nil then
      require('torch.errors').raise('torch.setdefaulttensortype: no tensor type is called %s', tostring(name))
   end
   default = name
   torch.Tensor = torch.getconstructortable(name)
   torch.Storage = torch.getconstructortable('torch.' .. word .. 'Storage')
end

--- torch.getdefaulttensortype(): the name of that class.
function torch.getdefaulttensortype() return default end

torch.setdefaulttensortype('torch.DoubleTensor')
torch.Tensor.isTensor = torch.isTensor

------------------------------------------------------------------------------------------------------- the rest

for _, name in ipairs {
   'tensor', 'apply', 'index', 'storage', 'random', 'display', 'file', 'serialize', 'payload', 'pointers', 'timer', 'cmdline',
   'tester', 'tools', 'print',
} do
   require('torch.' .. name)
end

return torch
