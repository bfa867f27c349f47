-- What modules of tables check before they write anything: how many tensors they got, and which sizes.

local torch = require 'torch'
local errors = require 'torch.errors'

local checks = {}

--- checks.told(value): what an error says that a value is.
function checks.told(value)
   if torch.isTensor(value) then return 'a tensor of sizes ' .. checks.sizes(value) end
   if value == nil then return 'nil' end
   return torch.type(value) == 'table' and 'a table of ' .. #value or 'a ' .. torch.type(value)
end

--- checks.sizes(value): the sizes of a tensor, '2x3'; of anything else what it is.
function checks.sizes(value)
   if not torch.isTensor(value) then return checks.told(value) end
   if value:dim() == 0 then return 'no elements' end
   return table.concat(value:size():totable(), 'x')
end

--- checks.fail(module, ...): the error of a module, `nn.Name: ` and a format with its values.
function checks.fail(module, ...)
   errors.raise('%s: %s', torch.type(module), string.format(...))
end

--- checks.tensor(module, value, name): a tensor is needed.
function checks.tensor(module, value, name)
   if not torch.isTensor(value) then
      checks.fail(module, '%s is %s, a tensor is needed', name or 'input', checks.told(value))
   end
   return value
end

--- checks.is_mask(value): whether it is a ByteTensor, of the CPU's or of a GPU's.
function checks.is_mask(value)
   local name = torch.typename(value)
   return name == 'torch.ByteTensor' or name == 'torch.CudaByteTensor'
end

--- checks.places(module, input [, field]): makes `module.indices`, or another field, what holds places, whatever type the module was converted to: a
--- LongTensor, for Cuda tensors a CudaLongTensor.
function checks.places(module, input, field)
   field = field or 'indices'
   local name = torch.isTensor(input) and torch.typename(input):find('Cuda', 1, true) and 'torch.CudaLongTensor'
      or 'torch.LongTensor'
   if torch.typename(module[field]) ~= name then module[field] = torch.getmetatable(name).new() end
end

--- checks.pair(module, input): the two values of a table of two.
function checks.pair(module, input)
   if type(input) ~= 'table' or torch.isTensor(input) or #input ~= 2 then
      checks.fail(module, 'input is %s, a table of two is needed', checks.told(input))
   end
   return input[1], input[2]
end

-- Raises where the second tensor isn't of the first one's type.
local function one_type(module, a, b, name)
   if torch.typename(a) ~= torch.typename(b) then
      checks.fail(module, '%s is a %s, the first tensor is a %s', name, torch.typename(b), torch.typename(a))
   end
end

--- checks.two_tensors(module, input): the two tensors, of one type, of a table of two.
function checks.two_tensors(module, input)
   local a, b = checks.pair(module, input)
   checks.tensor(module, a, 'input[1]')
   one_type(module, a, checks.tensor(module, b, 'input[2]'), 'input[2]')
   return a, b
end

--- checks.tensors(module, input, count): a table of tensors of one type, as many as `count` where that is given; else
--- at least one. Returns how many.
function checks.tensors(module, input, count)
   local n = type(input) == 'table' and not torch.isTensor(input) and #input or nil
   if n == nil or n == 0 or (count and n ~= count) then
      checks.fail(module, 'input is %s, a table of %s tensors is needed', checks.told(input), count or 'one or more')
   end
   for i = 1, n do
      local name = ('input[%d]'):format(i)
      one_type(module, input[1], checks.tensor(module, input[i], name), name)
   end
   return n
end

--- checks.elements(module, input, count): the same, all of as many elements.
function checks.elements(module, input, count)
   local n = checks.tensors(module, input, count)
   for i = 2, n do
      if input[i]:nElement() ~= input[1]:nElement() then
         checks.fail(module, 'input[%d] has sizes %s, input[1] has %s', i, checks.sizes(input[i]),
            checks.sizes(input[1]))
      end
   end
   return n
end

--- checks.joinable(module, tensors, d, what): tensors that differ in dimension `d` alone; `what` is what one is called.
function checks.joinable(module, tensors, d, what)
   local first = tensors[1]
   if first:dim() < d then
      checks.fail(module, '%s 1 has sizes %s, dimension %d is joined', what, checks.sizes(first), d)
   end
   for i = 2, #tensors do
      local other = tensors[i]
      local fits = other:dim() == first:dim()
      for k = 1, fits and first:dim() or 0 do fits = fits and (k == d or other:size(k) == first:size(k)) end
      if not fits then
         checks.fail(module, '%s %d has sizes %s, %s 1 has %s: they may differ in dimension %d alone', what, i,
            checks.sizes(other), what, checks.sizes(first), d)
      end
   end
end

--- checks.alike(module, input): two tensors of the same sizes, of at most `most` dimensions.
function checks.alike(module, input, most)
   local a, b = checks.two_tensors(module, input)
   if not a:isSameSizeAs(b) or a:dim() == 0 or (most and a:dim() > most) then
      checks.fail(module, 'input has sizes %s and %s, two tensors of the same sizes%s are needed', checks.sizes(a),
         checks.sizes(b), most and (' in at most %d dimensions'):format(most) or '')
   end
   return a, b
end

return checks
