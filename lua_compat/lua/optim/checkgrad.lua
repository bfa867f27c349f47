-- Compares a function's gradient with its central differences.

local shared = require 'optim.shared'

-- A loss may be a tensor of one element.
local function number(loss) return torch.isTensor(loss) and loss:sum() or loss end

--- optim.checkgrad(opfunc, x [, eps]): |g - e| / |g + e|, the gradient g, the estimate e. x is as before afterwards.
local function checkgrad(opfunc, x, eps)
   eps = eps or 1e-7
   shared.tables('checkgrad', opfunc, x)
   local _, gradient = shared.evaluate('checkgrad', opfunc, x)
   gradient = gradient:clone():resizeAs(x)
   local estimate = gradient.new():resizeAs(gradient)
   -- views of the same memory, so that x and the gradient may have any shape
   local flat, slopes = x:view(-1), estimate:view(-1)
   for i = 1, flat:size(1) do
      local value = flat[i]
      flat[i] = value + eps
      local above = number(opfunc(x))
      flat[i] = value - eps
      local below = number(opfunc(x))
      flat[i] = value
      slopes[i] = (above - below) / (2 * eps)
   end
   local difference = torch.norm(gradient - estimate) / torch.norm(gradient + estimate)
   return difference, gradient, estimate
end

return checkgrad
