-- What modules of tables check before they write anything: how many tensors they got, and which sizes.

local torch = require 'torch'

local checks = {}

--- checks.sizes(value): what an error says of a value: '2x3' of a tensor, its type of anything else.
function checks.sizes(value)
   if not torch.isTensor(value) then return type(value) == 'table' and 'a table' or torch.type(value) end
   if value:dim() == 0 then return 'no elements' end
   return table.concat(value:size():totable(), 'x')
end

--- checks.fail(module, ...): the error of a module, `nn.Name: ` and a format with its values.
function checks.fail(module, ...)
   error(('%s: %s'):format(torch.type(module), string.format(...)), 0)
end

--- checks.tensor(module, value, name): a tensor is needed.
function checks.tensor(module, value, name)
   if not torch.isTensor(value) then
      checks.fail(module, '%s is %s, a tensor is needed', name or 'input', checks.sizes(value))
   end
   return value
end

--- checks.pair(module, input): the two values of a table of two.
function checks.pair(module, input)
   if type(input) ~= 'table' or torch.isTensor(input) or #input ~= 2 then
      local given = type(input) == 'table' and 'a table of ' .. #input or checks.sizes(input)
      checks.fail(module, 'input is %s, a table of two is needed', given)
   end
   return input[1], input[2]
end

--- checks.alike(module, input): two tensors of the same sizes, of at most `most` dimensions.
function checks.alike(module, input, most)
   local a, b = checks.pair(module, input)
   checks.tensor(module, a, 'input[1]')
   checks.tensor(module, b, 'input[2]')
   if not a:isSameSizeAs(b) or a:dim() == 0 or (most and a:dim() > most) then
      checks.fail(module, 'input has sizes %s and %s, two tensors of the same sizes%s are needed', checks.sizes(a),
         checks.sizes(b), most and (' in at most %d dimensions'):format(most) or '')
   end
   return a, b
end

return checks
