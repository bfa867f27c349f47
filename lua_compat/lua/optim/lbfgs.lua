-- Limited-memory BFGS: the inverse Hessian is applied from the last steps and changes of the gradient (two-loop
-- recursion; Nocedal and Wright, algorithm 7.4).

local shared = require 'optim.shared'

-- Steps (old_dirs) and changes of the gradient (old_stps), oldest first, in buffers that are used again.
local function remember(state, gradient, most)
   local change, step
   if #state.old_dirs == most then
      step, change = table.remove(state.old_dirs, 1), table.remove(state.old_stps, 1)
   end
   change = (change or gradient.new():resizeAs(gradient)):copy(gradient):add(-1, state.g_old)
   step = (step or gradient.new():resizeAs(gradient)):copy(state.d):mul(state.t)
   local curvature = change:dot(step)
   if curvature > 1e-10 then
      table.insert(state.old_dirs, step)
      table.insert(state.old_stps, change)
      state.Hdiag = curvature / change:dot(change)
   end
end

local function set_direction(state, gradient)
   local steps, changes, scale, share = state.old_dirs, state.old_stps, {}, {}
   local d = state.d:copy(gradient):mul(-1)
   for i = #steps, 1, -1 do
      scale[i] = 1 / changes[i]:dot(steps[i])
      share[i] = steps[i]:dot(d) * scale[i]
      d:add(-share[i], changes[i])
   end
   d:mul(state.Hdiag)
   for i = 1, #steps do
      d:add(share[i] - changes[i]:dot(d) * scale[i], steps[i])
   end
end

local function direction(state, gradient, most)
   if state.nIter == 1 then
      state.d = gradient:clone():mul(-1)
      state.old_dirs, state.old_stps, state.Hdiag = {}, {}, 1
      state.g_old = gradient:clone()
   else
      remember(state, gradient, most)
      set_direction(state, gradient)
      state.g_old:copy(gradient)
   end
end

local function size(tensor, buffer) return buffer:copy(tensor):abs():sum() end

--- config: maxIter (20), maxEval (1.25 maxIter), tolFun (1e-5, on the sum of |g|), tolX (1e-9, on the step and the
--- loss), nCorrection (100, steps remembered), learningRate (1), lineSearch (none; optim.lswolfe, say),
--- lineSearchOptions. Returns x, the losses and the number of evaluations.
local function lbfgs(opfunc, x, config, state)
   config, state = shared.tables(config, state)
   local iterations = tonumber(config.maxIter) or 20
   local evaluations = tonumber(config.maxEval) or iterations * 1.25
   local flat, still = tonumber(config.tolFun) or 1e-5, tonumber(config.tolX) or 1e-9
   local rate = config.learningRate or 1
   state.funcEval, state.nIter = state.funcEval or 0, state.nIter or 0

   local loss, gradient = opfunc(x)
   local losses, evaluated = {loss}, 1
   state.funcEval = state.funcEval + 1
   local buffer = shared.buffer(state, 'tmp1', gradient)
   if size(gradient, buffer) <= flat then return x, losses, evaluated end

   for iteration = 1, iterations do
      state.nIter = state.nIter + 1
      direction(state, gradient, tonumber(config.nCorrection) or 100)
      local before, slope = loss, gradient:dot(state.d)
      if slope > -still then break end
      state.t = rate
      if state.nIter == 1 then state.t = math.min(1, 1 / size(gradient, buffer)) * rate end

      local used = 0
      if type(config.lineSearch) == 'function' then
         loss, gradient, x, state.t, used =
            config.lineSearch(opfunc, x, state.t, state.d, loss, gradient, slope, config.lineSearchOptions)
         table.insert(losses, loss)
      else
         x:add(state.t, state.d)
         if iteration < iterations then
            loss, gradient = opfunc(x)
            used = 1
            table.insert(losses, loss)
         end
      end
      evaluated, state.funcEval = evaluated + used, state.funcEval + used

      if iteration == iterations or evaluated >= evaluations or size(gradient, buffer) <= flat then break end
      if buffer:copy(state.d):mul(state.t):abs():sum() <= still or math.abs(loss - before) < still then break end
   end
   return x, losses, evaluated
end

return lbfgs
