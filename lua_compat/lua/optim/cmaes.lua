-- CMA-ES: evolution with an adapted covariance matrix (N. Hansen, "The CMA evolution strategy: a tutorial"). Needs no
-- gradient: opfunc(x) may return the value alone.

local kernels = require '_kernels'
local shared = require 'optim.shared'

local function start(x, sigma)
   local n = x:nElement()
   return {
      mean = torch.DoubleTensor(n):copy(x), sigma = sigma, C = torch.eye(n):double(), B = torch.eye(n):double(),
      D = torch.DoubleTensor(n):fill(1), pc = torch.DoubleTensor(n):zero(), ps = torch.DoubleTensor(n):zero(),
      points = torch.DoubleTensor(),
   }
end

-- The values of a generation, in the order of its points; the best point goes to `best`.
local function evaluated(opfunc, points, trial, best)
   local values = torch.DoubleTensor(points:size(1))
   for i = 1, values:size(1) do
      local value = opfunc(trial:copy(points[i]))
      values[i] = value
      if value < best.value then
         best.value = value
         best.x:copy(trial)
      end
   end
   return values
end

--- optim.cmaes(opfunc, x [, config [, state]]): settings, in config or in state: sigma (0.5, the first size of steps),
--- maxEval (1000 n^2), popsize (4 + 3 ln n), ftarget (none: stop at this value), verb_disp (0: print every so many
--- generations). Returns the best point, copied into x too, the best value after each generation, and the number of
--- evaluations.
local function cmaes(opfunc, x, config, state)
   config, state = shared.tables('cmaes', opfunc, x, config, state)
   local function setting(name)
      if config[name] ~= nil then return tonumber(config[name]) end
      return tonumber(state[name])
   end
   local n = x:nElement()
   local most, target, shown = setting 'maxEval' or 1000 * n * n, setting 'ftarget', setting 'verb_disp' or 0
   local size = kernels.cma_popsize(n, setting 'popsize')
   local s = start(x, setting 'sigma' or 0.5)
   local best, losses, evaluations, generation = {x = x:clone(), value = math.huge}, {}, 0, 0
   local trial, stop = x:clone(), false
   while evaluations < most and not stop do
      generation = generation + 1
      kernels.cma_sample(s.points, s.mean, s.sigma, s.B, s.D, torch.DoubleTensor(size, n):normal())
      local values = evaluated(opfunc, s.points, trial, best)
      evaluations = evaluations + size
      losses[generation] = best.value
      s.sigma, stop = kernels.cma_update(s.mean, s.C, s.B, s.D, s.pc, s.ps, s.points, values, s.sigma, generation)
      stop = stop or target ~= nil and best.value <= target
      if shown > 0 and (generation == 1 or generation % shown == 0) then
         local text = '<optim.cmaes> %d evaluations: best %.15g, ratio of axes %.1e, sigma %.2e'
         print(text:format(evaluations, best.value, s.D:max() / s.D:min(), s.sigma))
      end
   end
   x:copy(best.x)
   return best.x, losses, evaluations
end

return cmaes
