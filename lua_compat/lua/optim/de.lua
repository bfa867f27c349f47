-- Differential evolution (R. Storn, K. Price, 1997): each point of a population is challenged by a mixture of itself
-- and a point displaced by the difference of two others. Needs no gradient: opfunc(x) may return the value alone.

-- Three different members, none of them the i-th.
local function three_others(n, i)
   local chosen = {}
   while #chosen < 3 do
      local k = torch.random(1, n)
      local free = k ~= i
      for _, other in ipairs(chosen) do free = free and other ~= k end
      if free then chosen[#chosen + 1] = k end
   end
   return unpack(chosen)
end

--- optim.de(opfunc, x [, config]): config: popsize (10 n, 4 at least), scaleFactor (0.5), crossoverRate (0.9), maxFEs
--- (1000 n, evaluations), minRegion and maxRegion (where the population starts: x - 1 and x + 1; numbers or tensors).
--- Returns the best point, copied into x too, the best value after each generation, and the number of evaluations.
local function de(opfunc, x, config)
   config = config or {}
   local n = x:nElement()
   local size = math.max(4, config.popsize or 10 * n)
   local factor, rate = config.scaleFactor or 0.5, config.crossoverRate or 0.9
   local function bound(given, offset)
      if given == nil then return x:clone():add(offset) end
      return type(given) == 'number' and x:clone():fill(given) or x:clone():copy(given)
   end
   local low, high = bound(config.minRegion, -1), bound(config.maxRegion, 1)
   local population, values, best = {}, {}, 1
   for i = 1, size do
      population[i] = torch.rand(n):typeAs(x):viewAs(x):cmul(high - low):add(low)
      values[i] = opfunc(population[i])
      if values[i] < values[best] then best = i end
   end
   local losses, evaluations, trial = {values[best]}, size, x:clone()
   local trial_flat = trial:view(-1)
   while evaluations < (config.maxFEs or 1000 * n) do
      for i = 1, size do
         local a, b, c = three_others(size, i)
         local fa, fb, fc = population[a]:view(-1), population[b]:view(-1), population[c]:view(-1)
         local own, always = population[i]:view(-1), torch.random(1, n)
         for j = 1, n do
            local crossed = j == always or torch.uniform() < rate
            trial_flat[j] = crossed and fa[j] + factor * (fb[j] - fc[j]) or own[j]
         end
         local value = opfunc(trial)
         evaluations = evaluations + 1
         if value <= values[i] then
            population[i]:copy(trial)
            values[i] = value
            if value < values[best] then best = i end
         end
      end
      losses[#losses + 1] = values[best]
   end
   x:copy(population[best])
   return x, losses, evaluations
end

return de
