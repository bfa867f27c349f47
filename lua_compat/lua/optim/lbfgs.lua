-- Limited-memory BFGS: the inverse Hessian is applied from the last steps and changes of the gradient (two-loop
-- recursion; Nocedal and Wright, algorithm 7.4).

local shared = require 'optim.shared'

-- Steps (old_dirs) and changes of the gradient (old_stps), oldest first, in buffers that are used again.
local function remember(state, gradient, most)
   local change, step
   if #state.old_dirs >= most then
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

local function set_direction(state, gradient, most)
   local steps, changes = state.old_dirs, state.old_stps
   -- one number a step: tensors of the default type, as the original keeps them
   if state.ro == nil or state.ro:size(1) < #steps then state.ro, state.al = torch.zeros(most), torch.zeros(most) end
   local scale, share = state.ro, state.al
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
      set_direction(state, gradient, most)
      state.g_old:copy(gradient)
   end
end

local function teller(verbose)
   if not verbose then return function() end end
   return function(text) print('<optim.lbfgs> ' .. text) end
end

local function size(tensor, buffer) return buffer:copy(tensor):abs():sum() end

--- config: maxIter (20), maxEval (1.25 maxIter), tolFun (1e-5, on the sum of |g|), tolX (1e-9, on the step and the
--- loss), nCorrection (100, steps remembered), learningRate (1), lineSearch (none; optim.lswolfe, say),
--- lineSearchOptions, verbose (false: true says why it stops). state: funcEval, nIter, d, t, g_old, f_old, Hdiag,
--- old_dirs and old_stps (lists of tensors), ro, al. Returns x, the losses and the number of evaluations.
local function lbfgs(opfunc, x, config, state)
   config, state = shared.tables('lbfgs', opfunc, x, config, state)
   local told = teller(config.verbose)
   local iterations = tonumber(config.maxIter) or 20
   local evaluations = tonumber(config.maxEval) or iterations * 1.25
   local flat, still = tonumber(config.tolFun) or 1e-5, tonumber(config.tolX) or 1e-9
   local rate = config.learningRate or 1
   state.funcEval, state.nIter = state.funcEval or 0, state.nIter or 0

   local loss, gradient = shared.evaluate('lbfgs', opfunc, x)
   local losses, evaluated = {loss}, 1
   state.funcEval = state.funcEval + 1
   local buffer = shared.buffer(state, 'tmp1', gradient)
   if size(gradient, buffer) <= flat then
      told('the gradient is below tolFun at the start')
      return x, losses, evaluated
   end

   for iteration = 1, iterations do
      state.nIter = state.nIter + 1
      direction(state, gradient, tonumber(config.nCorrection) or 100)
      state.f_old = loss
      local slope = gradient:dot(state.d)
      if slope > -still then
         told('no way down along this direction')
         break
      end
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

      local reason
      if iteration == iterations then
         reason = 'maxIter iterations done'
      elseif evaluated >= evaluations then
         reason = 'maxEval evaluations done'
      elseif size(gradient, buffer) <= flat then
         reason = 'the gradient is below tolFun'
      elseif buffer:copy(state.d):mul(state.t):abs():sum() <= still then
         reason = 'the step is below tolX'
      elseif math.abs(loss - state.f_old) < still then
         reason = 'the loss changes by less than tolX'
      end
      if reason ~= nil then
         told(reason)
         break
      end
   end
   return x, losses, evaluated
end

return lbfgs
