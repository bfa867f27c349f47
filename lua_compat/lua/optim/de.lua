-- Differential evolution (R. Storn, K. Price, 1997): each point of a population is challenged by a mixture of itself
-- and a point displaced by the difference of two others. Needs no gradient: opfunc(x) may return the value alone.

local kernels = require '_kernels'
local shared = require 'optim.shared'

-- The lower or upper bounds, one for each element of x: x displaced, where none are given.
local function bound(given, x, offset)
   local bounds = torch.DoubleTensor(x:nElement())
   if given == nil then return bounds:copy(x):add(offset) end
   return type(given) == 'number' and bounds:fill(given) or bounds:copy(given)
end

--- optim.de(opfunc, x [, config [, state]]): settings, in config or in state: popsize (10 n, 4 at least), scaleFactor
--- (0.5), crossoverRate (0.9), maxEval or maxFEs (1000 n, evaluations), minRegion and maxRegion (where the population
--- starts: x - 1 and x + 1; numbers or tensors). Returns the best point, copied into x too, the best value after each
--- generation, and the number of evaluations.
local function de(opfunc, x, config, state)
   config, state = shared.tables('de', opfunc, x, config, state)
   local function setting(name)
      if config[name] ~= nil then return config[name] end
      return state[name]
   end
   local n = x:nElement()
   local size = math.max(4, setting 'popsize' or 10 * n)
   local factor, rate = setting 'scaleFactor' or 0.5, setting 'crossoverRate' or 0.9
   local most = tonumber(setting 'maxEval' or setting 'maxFEs') or 1000 * n
   local low, high = bound(setting 'minRegion', x, -1), bound(setting 'maxRegion', x, 1)
   local population = torch.DoubleTensor(size, n):uniform()
   population:cmul((high - low):view(1, n):expand(size, n)):add(low:view(1, n):expand(size, n))
   local values, children, best, trial = torch.DoubleTensor(size), torch.DoubleTensor(), 1, x:clone()
   for i = 1, size do
      values[i] = opfunc(trial:copy(population[i]))
      if values[i] < values[best] then best = i end
   end
   local losses, evaluations = {values[best]}, size
   while evaluations < most do
      kernels.de_children(children, population, torch.DoubleTensor(size, 4 + n):uniform(), factor, rate)
      for i = 1, size do
         local value = opfunc(trial:copy(children[i]))
         if value <= values[i] then
            population[i]:copy(children[i])
            values[i] = value
            if value < values[best] then best = i end
         end
      end
      evaluations = evaluations + size
      losses[#losses + 1] = values[best]
   end
   x:copy(population[best])
   return x, losses, evaluations
end

return de
