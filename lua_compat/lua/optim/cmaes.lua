-- CMA-ES: evolution with an adapted covariance matrix (N. Hansen, "The CMA evolution strategy: a tutorial"). Needs no
-- gradient: opfunc(x) may return the value alone.

local abs, sqrt, exp, log, min, max, floor = math.abs, math.sqrt, math.exp, math.log, math.min, math.max, math.floor

local function zeros(rows, columns)
   local t = {}
   for i = 1, rows do
      if columns == nil then t[i] = 0 else t[i] = zeros(columns) end
   end
   return t
end

local function identity(n)
   local t = zeros(n, n)
   for i = 1, n do t[i][i] = 1 end
   return t
end

-- Eigenvalues and vectors (columns) of a symmetric matrix, by Jacobi's rotations.
local function eigen(matrix)
   local n = #matrix
   local a, v = {}, identity(n)
   for i = 1, n do a[i] = {unpack(matrix[i])} end
   local function rotate(p, q)
      if abs(a[p][q]) < 1e-300 then return end
      local theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
      local t = (theta >= 0 and 1 or -1) / (abs(theta) + sqrt(theta * theta + 1))
      local c = 1 / sqrt(t * t + 1)
      local s = t * c
      for k = 1, n do a[k][p], a[k][q] = c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q] end
      for k = 1, n do a[p][k], a[q][k] = c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k] end
      for k = 1, n do v[k][p], v[k][q] = c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q] end
   end
   for _ = 1, 60 do
      local off, diagonal = 0, 0
      for p = 1, n do
         diagonal = diagonal + a[p][p] ^ 2
         for q = p + 1, n do off = off + a[p][q] ^ 2 end
      end
      if off <= 1e-30 * diagonal then break end
      for p = 1, n - 1 do
         for q = p + 1, n do rotate(p, q) end
      end
   end
   local values = {}
   for i = 1, n do values[i] = a[i][i] end
   return values, v
end

-- The tutorial's default constants for n dimensions.
local function constants(n, population)
   local k = {n = n, lambda = population or 4 + floor(3 * log(n))}
   k.mu = floor(k.lambda / 2)
   k.weights = {}
   local sum, squares = 0, 0
   for i = 1, k.mu do
      k.weights[i] = log((k.lambda + 1) / 2) - log(i)
      sum, squares = sum + k.weights[i], squares + k.weights[i] ^ 2
   end
   for i = 1, k.mu do k.weights[i] = k.weights[i] / sum end
   k.mueff = sum * sum / squares
   k.cc = (4 + k.mueff / n) / (n + 4 + 2 * k.mueff / n)
   k.cs = (k.mueff + 2) / (n + k.mueff + 5)
   k.c1 = 2 / ((n + 1.3) ^ 2 + k.mueff)
   k.cmu = min(1 - k.c1, 2 * (k.mueff - 2 + 1 / k.mueff) / ((n + 2) ^ 2 + k.mueff))
   k.damps = 1 + 2 * max(0, sqrt((k.mueff - 1) / (n + 1)) - 1) + k.cs
   k.chi = sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n))
   return k
end

-- A point: mean + sigma * B D z with z normal; `step` is B D z.
local function sample(k, s)
   local z, step = {}, zeros(k.n)
   for j = 1, k.n do z[j] = s.D[j] * torch.normal(0, 1) end
   for i = 1, k.n do
      for j = 1, k.n do step[i] = step[i] + s.B[i][j] * z[j] end
   end
   return {step = step}
end

-- Moves the mean to that of the best points, and adapts the paths, the covariance and the size of steps.
local function update(k, s, points)
   local n, shift, whitened = k.n, zeros(k.n), zeros(k.n)
   for i = 1, k.mu do
      for j = 1, n do shift[j] = shift[j] + k.weights[i] * points[i].step[j] end
   end
   for j = 1, n do
      s.mean[j] = s.mean[j] + s.sigma * shift[j]
      local along = 0
      for i = 1, n do along = along + s.B[i][j] * shift[i] end
      for i = 1, n do whitened[i] = whitened[i] + s.B[i][j] * along / s.D[j] end
   end
   local length = 0
   for j = 1, n do
      s.ps[j] = (1 - k.cs) * s.ps[j] + sqrt(k.cs * (2 - k.cs) * k.mueff) * whitened[j]
      length = length + s.ps[j] ^ 2
   end
   s.generation = s.generation + 1
   local moving = length / n / (1 - (1 - k.cs) ^ (2 * s.generation)) < 2 + 4 / (n + 1) and 1 or 0
   for j = 1, n do
      s.pc[j] = (1 - k.cc) * s.pc[j] + moving * sqrt(k.cc * (2 - k.cc) * k.mueff) * shift[j]
   end
   local kept = 1 - k.c1 - k.cmu + (1 - moving) * k.c1 * k.cc * (2 - k.cc)
   for a = 1, n do
      for b = 1, a do
         local rank_mu = 0
         for i = 1, k.mu do rank_mu = rank_mu + k.weights[i] * points[i].step[a] * points[i].step[b] end
         s.C[a][b] = kept * s.C[a][b] + k.c1 * s.pc[a] * s.pc[b] + k.cmu * rank_mu
         s.C[b][a] = s.C[a][b]
      end
   end
   s.sigma = s.sigma * exp(min(1, k.cs / k.damps * (sqrt(length) / k.chi - 1)))
   local values
   values, s.B = eigen(s.C)
   for j = 1, n do s.D[j] = sqrt(max(values[j], 1e-300)) end
end

local function done(config, k, s, best)
   if config.ftarget ~= nil and best <= config.ftarget then return true end
   local widest, narrowest = max(unpack(s.D)), min(unpack(s.D))
   return s.sigma * widest < 1e-11 or widest > 1e7 * narrowest
end

--- optim.cmaes(opfunc, x [, config]): config: sigma (0.5, the first size of steps), maxEval (1000 n^2), popsize (4 + 3
--- ln n), ftarget (none). Returns the best point, copied into x too, the best value of each generation, and the number
--- of evaluations.
local function cmaes(opfunc, x, config)
   config = config or {}
   local n = x:nElement()
   local k, flat = constants(n, config.popsize), x:contiguous():view(-1)
   local s = {mean = {}, sigma = config.sigma or 0.5, generation = 0, pc = zeros(n), ps = zeros(n), B = identity(n),
              C = identity(n), D = {}}
   for j = 1, n do s.mean[j], s.D[j] = flat[j], 1 end
   local best, best_value, losses, evaluations = x:clone(), math.huge, {}, 0
   local trial = x:clone()
   local trial_flat = trial:view(-1)
   while evaluations < (config.maxEval or 1000 * n * n) do
      local points = {}
      for i = 1, k.lambda do
         points[i] = sample(k, s)
         for j = 1, n do trial_flat[j] = s.mean[j] + s.sigma * points[i].step[j] end
         points[i].value = opfunc(trial)
         evaluations = evaluations + 1
         if points[i].value < best_value then
            best_value = points[i].value
            best:copy(trial)
         end
      end
      table.sort(points, function(a, b) return a.value < b.value end)
      losses[#losses + 1] = best_value
      update(k, s, points)
      if done(config, k, s, best_value) then break end
   end
   x:copy(best)
   return best, losses, evaluations
end

return cmaes
