-- Conjugate gradients (Polak-Ribiere) with a line search by cubic and quadratic interpolation that ends at a point
-- satisfying the Wolfe-Powell conditions: C. E. Rasmussen's "minimize".

local shared = require 'optim.shared'

local abs, sqrt, min, max, huge = math.abs, math.sqrt, math.min, math.max, math.huge

local function bad(z) return z ~= z or z == huge or z == -huge end

-- One line search from x along s. `p` carries: f1, d1 (value and slope at its start), z1 (first step), df2 (buffer for
-- the gradient), evaluate(x, df) -> value, bound() -> how many evaluations are left for the search. Leaves x, f2, d2,
-- z1 at the last point; true where the conditions hold.
local function search(p, config, x, s)
   local rho, sig = config.rho or 0.01, config.sig or 0.5
   local int, ext = config.int or 0.1, config.ext or 3
   local f3, d3, z3 = p.f1, p.d1, -p.z1
   local limit, evaluations, z2 = -1, 0, nil
   local function step()
      x:add(z2, s)
      p.f2 = p.evaluate(x, p.df2)
      p.d2 = p.df2:dot(s)
      evaluations = evaluations - 1
   end
   local function too_far() return p.f2 > p.f1 + p.z1 * rho * p.d1 or p.d2 > -sig * p.d1 end
   z2 = p.z1
   step()
   evaluations = p.bound()
   while true do
      while too_far() and evaluations > 0 do
         limit = p.z1
         if p.f2 > p.f1 then
            z2 = z3 - 0.5 * d3 * z3 * z3 / (d3 * z3 + p.f2 - f3)
         else
            local a = 6 * (p.f2 - f3) / z3 + 3 * (p.d2 + d3)
            local b = 3 * (f3 - p.f2) - z3 * (d3 + 2 * p.d2)
            z2 = (sqrt(b * b - a * p.d2 * z3 * z3) - b) / a
         end
         if bad(z2) then z2 = z3 / 2 end
         z2 = max(min(z2, int * z3), (1 - int) * z3)
         p.z1 = p.z1 + z2
         step()
         z3 = z3 - z2
      end
      if too_far() then return false end
      if p.d2 > sig * p.d1 then return true end
      if evaluations == 0 or bad(p.f2) then return false end  -- a count that is no whole number never is 0
      local a = 6 * (p.f2 - f3) / z3 + 3 * (p.d2 + d3)
      local b = 3 * (f3 - p.f2) - z3 * (d3 + 2 * p.d2)
      z2 = -p.d2 * z3 * z3 / (b + sqrt(b * b - a * p.d2 * z3 * z3))
      local bounded = limit > -0.5
      if bad(z2) or z2 < 0 then
         z2 = bounded and (limit - p.z1) / 2 or p.z1 * (ext - 1)
      elseif bounded and z2 + p.z1 > limit then
         z2 = (limit - p.z1) / 2
      elseif not bounded and z2 + p.z1 > p.z1 * ext then
         z2 = p.z1 * (ext - 1)
      elseif z2 < -z3 * int then
         z2 = -z3 * int
      elseif bounded and z2 < (limit - p.z1) * (1 - int) then
         z2 = (limit - p.z1) * (1 - int)
      end
      f3, d3, z3 = p.f2, p.d2, -z2
      p.z1 = p.z1 + z2
      step()
   end
end

--- config: maxIter (20, evaluations a line search), maxEval (1.25 maxIter, all evaluations), rho (0.01), sig (0.5), int
--- (0.1), ext (3), ratio (100, the largest growth of a step). state: df0, df1, df2, x0, s, buffers whose content is
--- not needed by the next call. Returns x, the losses and the number of evaluations.
local function cg(opfunc, x, config, state)
   config, state = shared.tables('cg', opfunc, x, config, state)
   local searched, ratio = config.maxIter or 20, config.ratio or 100
   local most = config.maxEval or searched * 1.25
   local df1, s = shared.buffer(state, 'df1', x), shared.buffer(state, 's', x)
   local x0, df0 = shared.buffer(state, 'x0', x), shared.buffer(state, 'df0', x)
   local evaluated = 0
   local p = {df2 = shared.buffer(state, 'df2', x)}
   function p.evaluate(at, into)
      local value, gradient = shared.evaluate('cg', opfunc, at)
      into:copy(gradient)
      evaluated = evaluated + 1
      return value
   end
   function p.bound() return min(searched, most - evaluated) end

   p.f1 = p.evaluate(x, df1)
   local losses = {p.f1}
   s:copy(df1):mul(-1)
   p.d1 = -s:dot(s)
   p.z1 = 1 / (1 - p.d1)
   while evaluated < abs(most) do
      x0:copy(x)
      df0:copy(df1)
      local f0 = p.f1
      if not search(p, config, x, s) then
         x:copy(x0)
         p.f1 = f0
         df1:copy(df0)
         break
      end
      p.f1 = p.f2
      losses[#losses + 1] = p.f1
      local df2 = p.df2
      s:mul((df2:dot(df2) - df2:dot(df1)) / df1:dot(df1)):add(-1, df2)
      local last = df1:clone()
      df1:copy(df2)
      df2:copy(last)
      p.d2 = df1:dot(s)
      if p.d2 > 0 then
         s:copy(df1):mul(-1)
         p.d2 = -s:dot(s)
      end
      p.z1 = p.z1 * min(ratio, p.d1 / (p.d2 - 1e-320))
      p.d1 = p.d2
   end
   return x, losses, evaluated
end

return cg
