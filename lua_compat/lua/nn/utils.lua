-- What modules share: recursion over tables of tensors, and conversion that keeps shared storages shared.

local torch = require 'torch'

local utils = {}

--- utils.recursiveType(value, type[, done]): the value with every tensor, module and criterion in it converted.
-- Tensors on one storage are on one storage afterwards: `done` maps what was converted to what it became.
function utils.recursiveType(value, type_name, done)
   done = done or {}
   if torch.isTensor(value) then
      return utils.convert(value, type_name, done)
   elseif type(value) == 'table' and torch.typename(value) and value.type then
      value:type(type_name, done)
   elseif type(value) == 'table' then
      for k, v in pairs(value) do value[k] = utils.recursiveType(v, type_name, done) end
   end
   return value
end

--- utils.convert(tensor, type, done): the tensor in that type, on the converted storage of its own.
function utils.convert(tensor, type_name, done)
   if torch.typename(tensor) == type_name then return tensor end
   local key = torch.pointer(tensor)
   if done[key] then return done[key] end
   local result = torch.getconstructortable(type_name)()
   local storage = tensor:storage()
   if storage then
      local storage_key = torch.pointer(storage)
      if not done[storage_key] then
         local storage_type = type_name:gsub('Tensor$', 'Storage')
         done[storage_key] = torch.getconstructortable(storage_type)(storage:size()):copy(storage)
         done[storage] = true -- holds it: its address must not become another's meanwhile
      end
      if tensor:dim() > 0 then
         result:set(done[storage_key], tensor:storageOffset(), tensor:size(), tensor:stride())
      end
   end
   done[key] = result
   return result
end

--- utils.recursiveResizeAs(target, source): target with the nesting and sizes of source; returns both.
function utils.recursiveResizeAs(target, source)
   if torch.isTensor(source) then
      target = torch.isTensor(target) and target or source.new()
      target:resize(source:size())
   else
      target = type(target) == 'table' and target or {target}
      for k in pairs(source) do target[k] = utils.recursiveResizeAs(target[k], source[k]) end
      for k in pairs(target) do
         if source[k] == nil then target[k] = nil end
      end
   end
   return target, source
end

--- utils.recursiveFill(value, number): every tensor filled.
function utils.recursiveFill(value, number)
   if torch.isTensor(value) then
      value:fill(number)
   else
      for _, v in pairs(value) do utils.recursiveFill(v, number) end
   end
end

--- utils.recursiveAdd(target[, factor], source): target plus factor times source, tensor by tensor; returns both.
function utils.recursiveAdd(target, factor, source)
   if source == nil then factor, source = 1, factor end
   if torch.isTensor(target) then
      target:add(factor, source)
   else
      for k in pairs(target) do utils.recursiveAdd(target[k], factor, source[k]) end
   end
   return target, source
end

--- utils.recursiveCopy(target, source): source's values in tensors of target's own; returns both.
function utils.recursiveCopy(target, source)
   if torch.isTensor(source) then
      target = torch.isTensor(target) and target or source.new()
      target:resize(source:size()):copy(source)
   else
      target = type(target) == 'table' and target or {target}
      for k in pairs(source) do target[k] = utils.recursiveCopy(target[k], source[k]) end
   end
   return target, source
end

--- utils.addSingletonDimension([result,] tensor, dimension): a view with one more dimension, of size 1.
function utils.addSingletonDimension(...)
   local result, tensor, dimension
   if select('#', ...) < 3 then
      tensor, dimension = ...
   else
      result, tensor, dimension = ...
   end
   dimension = dimension or 1
   result = result or tensor.new()
   local size = torch.LongStorage(tensor:dim() + 1)
   local stride = torch.LongStorage(tensor:dim() + 1)
   for d = 1, tensor:dim() + 1 do
      local from = d < dimension and d or d - 1
      if d == dimension then
         size[d] = 1
         stride[d] = d <= tensor:dim() and tensor:size(d) * tensor:stride(d) or 1
      else
         size[d], stride[d] = tensor:size(from), tensor:stride(from)
      end
   end
   return result:set(tensor:storage(), tensor:storageOffset(), size, stride)
end

--- utils.contiguousView(result, tensor, ...): a view of the tensor, or of a contiguous copy of it.
function utils.contiguousView(result, tensor, ...)
   result = result or tensor.new()
   if tensor:isContiguous() then
      result:view(tensor, ...)
   else
      result:resize(tensor:size()):copy(tensor)
      result:view(result, ...)
   end
   return result
end

--- utils.clear(object, ...): empties the named fields: tensors and tables lose what they hold, others go away.
function utils.clear(object, ...)
   local function empty(name)
      local value = object[name]
      if value == nil then return end
      if torch.isTensor(value) then
         value:set()
      elseif type(value) == 'table' then
         object[name] = {}
      else
         object[name] = nil
      end
   end
   for _, name in ipairs {...} do
      if type(name) == 'table' then
         for _, n in ipairs(name) do empty(n) end
      else
         empty(name)
      end
   end
   return object
end

return utils
