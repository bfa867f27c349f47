-- FISTA: minimises f + g, f smooth and g with a cheap proximal step, by accelerated proximal gradients with
-- backtracking (Beck and Teboulle, "A fast iterative shrinkage-thresholding algorithm", 2009).

local shared = require 'optim.shared'

-- A step from y that f allows: after it F(p) <= f(y) + <p - y, grad f(y)> + L/2 |p - y|^2. Leaves the point in xk.
local function backtrack(f, pl, s)
   local fy, gradient = f(s.y, 'dx')
   local lines = 0
   while true do
      s.ply:copy(s.y):add(-1 / s.L, gradient)
      -- the proximal step works in place; one that gives a new tensor is taken too
      local shrunk = pl(s.ply, s.L)
      if shrunk ~= nil and torch.isTensor(shrunk) then s.ply:copy(shrunk) end
      s.xk:copy(s.ply)
      local value = f(s.ply)
      s.ply:add(-1, s.y)
      local bound = fy + gradient:dot(s.ply) + s.L / 2 * s.ply:dot(s.ply)
      lines = lines + 1
      if s.verbose then print(('<optim.FistaLS> line %d: L = %g, F = %g, Q = %g'):format(lines, s.L, value, bound)) end
      if value <= bound then return value, bound, lines, true end
      if lines > s.maxline then
         s.xk:copy(s.xkm)
         return value, bound, lines, false
      end
      s.L = s.L * s.Lstep
   end
end

--- optim.FistaLS(f, g, pl, x [, params]): f(x) -> value, gradient; g(x) -> value; pl(x, L): the proximal step, in
--- place. Starts from zero. params: L (0.1), Lstep (1.5), maxiter (50), maxline (20), errthres (1e-4), doFistaUpdate
--- (false: ISTA), verbose (false: true prints each step, and the list has the points xk and y too). What is computed
--- in, xkm, y and ply, is kept in params, and so is L, with which the next call goes on. Returns the point, copied into
--- x as well, and a list of what each iteration gave: {F, Fply, Gply, Q, L, nline}.
local function fista(f, g, pl, xinit, params)
   shared.tables('FistaLS', f, xinit, params)
   params = params or {}
   local s = {
      L = params.L or 0.1, Lstep = params.Lstep or 1.5, maxline = params.maxline or 20, xk = xinit,
      verbose = params.verbose,
   }
   for _, name in ipairs{'xkm', 'y', 'ply'} do s[name] = shared.buffer(params, name, xinit):resizeAs(xinit):zero() end
   local history, t = {}, 1
   for iteration = 1, params.maxiter or 50 do
      local value, bound, lines, fits = backtrack(f, pl, s)
      local rest = fits and g(s.xk) or 0
      if params.doFistaUpdate then
         local next_t = (1 + math.sqrt(1 + 4 * t * t)) / 2
         s.y:copy(s.xk):add(-1, s.xkm):mul((t - 1) / next_t):add(s.xk)
         s.xkm:copy(s.xk)
         t = next_t
      else
         s.y:copy(s.xk)
      end
      history[iteration] = {F = value + rest, Fply = value, Gply = rest, Q = bound, L = s.L, nline = lines}
      params.L = s.L
      if s.verbose then history[iteration].xk, history[iteration].y = s.xk:clone(), s.y:clone() end
      local last = history[iteration - 1]
      if last ~= nil and math.abs(history[iteration].F - last.F) <= (params.errthres or 1e-4) then break end
   end
   xinit:copy(s.y)
   return s.y, history
end

return fista
