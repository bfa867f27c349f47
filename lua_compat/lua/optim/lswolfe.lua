-- A line search for a point that satisfies the strong Wolfe conditions: a bracket is found first, then narrowed
-- (Nocedal and Wright, algorithms 3.5 and 3.6). No function of C is held as a
-- local: a state that names the search as its lineSearch can be saved.

local polyinterp = require 'optim.polyinterp'

-- A trial too close to an end of the bracket is moved a tenth inside, the second time running or where it lies outside.
local function kept_inside(t, low, high, search)
   local width = high - low
   if math.min(high - t, t - low) / width >= 0.1 then
      search.stuck = false
      return t
   end
   if search.stuck or t >= high or t <= low then
      search.stuck = false
      return math.abs(t - high) < math.abs(t - low) and high - 0.1 * width or low + 0.1 * width
   end
   search.stuck = true
   return t
end

local function find_bracket(search, first)
   local last, point = search.start, search.evaluate(first)
   while search.turns < search.most do
      if point.f > search.line(point.t) or (search.turns > 1 and point.f >= last.f) then return {last, point} end
      if search.flat(point) then return {point} end
      if point.slope >= 0 then return {last, point} end
      local from, to = point.t + 0.01 * (point.t - last.t), point.t * 10
      local t = polyinterp({{last.t, last.f, last.slope}, {point.t, point.f, point.slope}}, from, to)
      last, point = point, search.evaluate(t)
      search.turns = search.turns + 1
   end
   return {search.start, point}
end

local function narrow(search, bracket)
   while search.turns < search.most do
      local low = bracket[1].f <= bracket[2].f and 1 or 2
      local high = 3 - low
      local a, b = bracket[1], bracket[2]
      local t = polyinterp{{a.t, a.f, a.slope}, {b.t, b.f, b.slope}}
      local point = search.evaluate(kept_inside(t, math.min(a.t, b.t), math.max(a.t, b.t), search))
      search.turns = search.turns + 1
      local done = false
      if point.f > search.line(point.t) or point.f >= bracket[low].f then
         bracket[high] = point
      else
         if search.flat(point) then
            done = true
         elseif point.slope * (bracket[high].t - bracket[low].t) >= 0 then
            bracket[high] = bracket[low]
         end
         bracket[low] = point
      end
      if done or math.abs((bracket[1].t - bracket[2].t) * point.slope) < search.tolerance then return end
   end
end

--- optim.lswolfe(opfunc, x, t, d, f, g, gtd [, options]): from x along d, first by t; f, g and gtd are the value, the
--- gradient and the slope at x. options: c1 (1e-4), c2 (0.9), tolX (1e-9), maxIter (20), verbose (false). Returns f,
--- g, x (moved), t and the number of evaluations.
local function lswolfe(opfunc, x, t, d, f, g, gtd, options)
   options = options or {}
   local c1, c2 = options.c1 or 1e-4, options.c2 or 0.9
   local origin, evaluations = x:clone(), 0
   local search = {most = options.maxIter or 20, tolerance = options.tolX or 1e-9, turns = 0}
   search.start = {t = 0, f = f, g = g:clone(), slope = gtd}
   function search.line(at) return f + c1 * at * gtd end
   function search.flat(point) return math.abs(point.slope) <= -c2 * gtd end
   function search.evaluate(at)
      local value, gradient = opfunc(x:copy(origin):add(at, d))
      evaluations = evaluations + 1
      if options.verbose then print(('<optim.lswolfe> step %g: %g'):format(at, value)) end
      return {t = at, f = value, g = gradient:clone(), slope = gradient:dot(d)}
   end

   local bracket = find_bracket(search, t)
   if bracket[2] ~= nil then narrow(search, bracket) end
   local best = bracket[1]
   if bracket[2] ~= nil and bracket[2].f < best.f then best = bracket[2] end
   x:copy(origin):add(best.t, d)
   return best.f, best.g, x, best.t, evaluations
end

return lswolfe
