-- nn.Jacobian and nn.SparseJacobian: a module's derivatives by backward passes against differences of forward passes.

local torch = require 'torch'
local nn = require 'nn'

local EPSILON = 1e-6

-- A vector on the memory of a contiguous tensor: what is written into it is written into the tensor.
local function flat(tensor) return tensor.new(tensor:storage(), tensor:storageOffset(), tensor:nElement(), 1) end

-- Numbers drawn evenly from minval to maxval.
local function draw(tensor, minval, maxval)
   return tensor:copy(torch.rand(tensor:nElement()):mul((maxval or 2) - (minval or -2)):add(minval or -2))
end

-- How inputs are drawn and which of their numbers are varied: all of a tensor.
local dense = {
   varied = function(input) return {flat(input)} end,
   gradient = function(module) return {flat(module.gradInput:contiguous())} end,
   draw = function(input, minval, maxval) draw(input, minval, maxval) end,
}

-- The values of a sparse input, rows of (index, value), or a table of such.
local function value_columns(input)
   if not torch.isTensor(input) then
      local columns = {}
      for i, rows in ipairs(input) do columns[i] = rows:select(2, 2) end
      return columns
   end
   return {input:select(2, 2)}
end

local sparse = {
   varied = value_columns,
   gradient = function(module) return value_columns(module.gradInput) end,
   draw = function(input, minval, maxval)
      for _, column in ipairs(value_columns(input)) do draw(column, minval, maxval) end
   end,
}

local function total(vectors)
   local count = 0
   for _, vector in ipairs(vectors) do count = count + vector:nElement() end
   return count
end

local function joined(vectors, into)
   local offset = 1
   for _, vector in ipairs(vectors) do
      into:narrow(1, offset, vector:nElement()):copy(vector)
      offset = offset + vector:nElement()
   end
   return into
end

-- Calls visit(column number, the vector, the place in it) for every number that is varied.
local function each_number(vectors, visit)
   local column = 0
   for _, vector in ipairs(vectors) do
      for i = 1, vector:nElement() do
         column = column + 1
         visit(column, vector, i)
      end
   end
end

-- (number, output): the difference of the outputs where each number is a little larger and a little smaller.
local function differences(module, input, vectors, perturbation)
   local jacobian
   each_number(vectors, function(k, vector, i)
      local before = vector[i]
      vector[i] = before - perturbation
      local low = module:forward(input):clone()
      vector[i] = before + perturbation
      local high = module:forward(input):clone() -- which may lie on the input's memory
      vector[i] = before
      jacobian = jacobian or torch.Tensor(total(vectors), high:nElement())
      jacobian:select(1, k):copy(torch.add(high, -1, low):div(2 * perturbation))
   end)
   return jacobian
end

-- Calls visit(i, gradOutput) with a 1 at each place of the output in turn.
local function each_output(module, visit)
   local gradOutput = module.output.new():resizeAs(module.output)
   local places = flat(gradOutput)
   for i = 1, places:nElement() do
      gradOutput:zero()
      places[i] = 1
      visit(i, gradOutput)
   end
end

local function checked(kind)
   local J = {}

   --- (number, output): the Jacobian by backward passes, of the input, or of `param` whose gradient is `dparam`.
   function J.backward(module, input, param, dparam)
      module:forward(input)
      local count = param and param:nElement() or total(kind.varied(input))
      local jacobian = torch.Tensor(count, module.output:nElement()):zero()
      each_output(module, function(i, gradOutput)
         module:zeroGradParameters()
         module:updateGradInput(input, gradOutput)
         module:accGradParameters(input, gradOutput)
         jacobian:select(2, i):copy(param and flat(dparam) or joined(kind.gradient(module), torch.Tensor(count)))
      end)
      return jacobian
   end

   --- The same of `param` by what accUpdateGradParameters changes.
   function J.backwardUpdate(module, input, param)
      module:forward(input)
      local jacobian = torch.Tensor(param:nElement(), module.output:nElement()):zero()
      local before, kept = param:clone(), {}
      local parameters = module:parameters()
      for k, parameter in ipairs(parameters) do kept[k] = parameter:clone() end
      each_output(module, function(i, gradOutput)
         module:updateGradInput(input, gradOutput)
         module:accUpdateGradParameters(input, gradOutput, 1)
         jacobian:select(2, i):copy(flat(torch.add(before, -1, param)))
         for k, parameter in ipairs(parameters) do parameter:copy(kept[k]) end
      end)
      return jacobian
   end

   --- (number, output): the Jacobian by differences of forward passes, of the input or of `param`.
   function J.forward(module, input, param, perturbation)
      return differences(module, input, param and {flat(param)} or kind.varied(input), perturbation or EPSILON)
   end

   function J.forwardUpdate(module, input, param, perturbation)
      return differences(module, input, {flat(param)}, perturbation or EPSILON)
   end

   local function error_of(a, b) return torch.add(a, -1, b):abs():max() end

   --- The largest error of the gradient of the input, which is drawn anew from minval to maxval (-2 to 2).
   function J.testJacobian(module, input, minval, maxval, perturbation)
      kind.draw(input, minval, maxval)
      return error_of(J.forward(module, input, nil, perturbation), J.backward(module, input))
   end

   --- The same of a parameter, which is drawn anew too.
   function J.testJacobianParameters(module, input, param, dparam, minval, maxval, perturbation)
      kind.draw(input, minval, maxval)
      draw(param, minval, maxval)
      local by_backward = J.backward(module, input, param, dparam)
      return error_of(J.forward(module, input, param, perturbation), by_backward)
   end

   function J.testJacobianUpdateParameters(module, input, param, minval, maxval, perturbation)
      kind.draw(input, minval, maxval)
      draw(param, minval, maxval)
      local by_update = J.backwardUpdate(module, input, param)
      return error_of(J.forwardUpdate(module, input, param, perturbation), by_update)
   end

   --- The largest change of the output and of gradInput when the module goes through a file.
   function J.testIO(module, input, minval, maxval)
      kind.draw(input, minval, maxval)
      local gradOutput = module:forward(input).new():resizeAs(module.output)
      draw(gradOutput, 0, 1)
      module:zeroGradParameters()
      module:backward(input, gradOutput)
      local again = torch.deserialize(torch.serialize(module))
      local output, gradInput = module.output:clone(), joined(kind.gradient(module), torch.Tensor(total(kind.gradient(module))))
      again:forward(input)
      again:zeroGradParameters()
      again:backward(input, gradOutput)
      local theirs = joined(kind.gradient(again), torch.Tensor(total(kind.gradient(again))))
      return error_of(output, again.output), error_of(gradInput, theirs)
   end

   --- The errors of what changes a parameter at once, against zeroGradParameters, accGradParameters and updateParameters:
   --- alone, shared with a clone that is not used, and shared with one that is.
   function J.testAllUpdate(module, input, weight, gradWeight)
      local rate = 0.1
      local gradOutput, errors = nil, {}
      local function step(m)
         m:forward(input)
         m:updateGradInput(input, gradOutput)
      end
      local function difference(m, reference) return error_of(m[weight], reference) end

      gradOutput = draw(module:forward(input):clone(), 0, 1)
      local reference = module:clone()
      step(reference)
      reference:zeroGradParameters()
      reference:accGradParameters(input, gradOutput)
      reference:updateParameters(rate)

      local direct = module:clone()
      step(direct)
      direct:accUpdateGradParameters(input, gradOutput, rate)
      errors['accUpdateGradParameters'] = difference(direct, reference[weight])

      local first = module:clone()
      local second = first:clone()
      second:share(first, weight)
      step(first)
      first:accUpdateGradParameters(input, gradOutput, rate)
      errors['accUpdateGradParameters [shared]'] = difference(second, reference[weight])

      local summed = module:clone()
      step(summed)
      summed:zeroGradParameters()
      summed:accGradParameters(input, gradOutput)
      summed:accGradParameters(input, gradOutput)
      local twice = torch.add(module[weight], -rate, summed[gradWeight])
      local third = module:clone()
      local fourth = third:clone()
      fourth:share(third, weight)
      step(third)
      step(fourth)
      third:accUpdateGradParameters(input, gradOutput, rate)
      fourth:accUpdateGradParameters(input, gradOutput, rate)
      errors['accUpdateGradParameters [shared, both used]'] = module[weight]:dim() > 0 and difference(third, twice) or 0
      return errors
   end

   return J
end

nn.Jacobian = checked(dense)
nn.SparseJacobian = checked(sparse)

------------------------------------------------------------------------------------- the diagonal of the Hessian

local Jacobian = nn.Jacobian

--- What a module's own backward pass of second derivatives gives: the field of that name, after a 1 at every output.
function Jacobian.backwardDiagHessian(module, input, diagHessianParamName)
   module:forward(input)
   local ones = module.output.new():resizeAs(module.output):fill(1)
   module:updateGradInput(input, ones)
   module:initDiagHessianParameters()
   module:backwardDiagHessian(input, ones)
   return module[diagHessianParamName]
end

--- The same from first derivatives: the sum of their squares over the outputs, exact where the module is linear.
function Jacobian.linearModuleDiagHessian(module, input, gradParamName)
   module:forward(input)
   local sum
   each_output(module, function(_, gradOutput)
      module:zeroGradParameters()
      module:updateGradInput(input, gradOutput)
      module:accGradParameters(input, gradOutput)
      local gradient = module[gradParamName]
      sum = sum or gradient.new():resizeAs(gradient):zero()
      sum:add(torch.cmul(gradient, gradient))
   end)
   return sum
end

--- The largest difference of the two; the input is drawn anew.
function Jacobian.testDiagHessian(module, input, gradParamName, diagHessianParamName, minval, maxval)
   draw(input, minval, maxval)
   module:initDiagHessianParameters()
   local by_squares = Jacobian.linearModuleDiagHessian(module, input, gradParamName)
   return torch.add(by_squares, -1, Jacobian.backwardDiagHessian(module, input, diagHessianParamName)):abs():max()
end

for name, fields in pairs {
   Input = {'gradInput', 'diagHessianInput'}, Weight = {'gradWeight', 'diagHessianWeight'}, Bias = {'gradBias', 'diagHessianBias'},
} do
   Jacobian['testDiagHessian' .. name] = function(module, input, minval, maxval)
      return Jacobian.testDiagHessian(module, input, fields[1], fields[2], minval, maxval)
   end
end

return nn.Jacobian
