-- nn.hessian.enable(): backward passes of the diagonal of the Hessian, in Gauss and Newton's approximation: what comes back
-- is multiplied by the squares of the derivatives (LeCun, "Efficient BackProp", 1998).

local torch = require 'torch'
local nn = require 'nn'

nn.hessian = {}

-- Calls f with the fields of the module replaced by others, and puts them back, whatever happens.
local function with(module, replaced, f)
   local before = {}
   for name, value in pairs(replaced) do before[name], module[name] = module[name], value end
   local ok, result = pcall(f)
   for name in pairs(replaced) do module[name] = before[name] end
   if not ok then error(result, 0) end
   return result
end

local function square(tensor) return torch.cmul(tensor, tensor) end

-- Modules that are linear in their parameters and their input: their own passes, with squares in the place of both.
local function linear(class)
   function class:updateDiagHessianInput(input, diagHessianOutput)
      self.diagHessianInput = self.diagHessianInput or self.output.new()
      with(self, {weight = square(self.weight), gradInput = self.diagHessianInput}, function()
         self:updateGradInput(input, diagHessianOutput)
      end)
      return self.diagHessianInput
   end

   function class:accDiagHessianParameters(input, diagHessianOutput, scale)
      self:initDiagHessianParameters(true)
      with(self, {gradWeight = self.diagHessianWeight, gradBias = self.diagHessianBias}, function()
         self:accGradParameters(square(input), diagHessianOutput, scale or 1)
      end)
   end

   --- Makes the fields, and sets them to 0 unless they are only needed.
   function class:initDiagHessianParameters(keep)
      for parameter, name in pairs {gradWeight = 'diagHessianWeight', gradBias = 'diagHessianBias'} do
         local gradient = self[parameter]
         if gradient then
            local made = self[name] == nil
            self[name] = self[name] or gradient.new():resizeAs(gradient)
            if made or not keep then self[name]:zero() end
         end
      end
   end
end

-- Modules of one number at a time: the square of the derivative, which a backward pass of ones gives.
local function pointwise(class)
   function class:updateDiagHessianInput(input, diagHessianOutput)
      self.diagHessianInput = self.diagHessianInput or self.output.new()
      local ones = diagHessianOutput.new():resizeAs(diagHessianOutput):fill(1)
      with(self, {gradInput = self.diagHessianInput}, function() self:updateGradInput(input, ones) end)
      self.diagHessianInput:pow(2):cmul(diagHessianOutput)
      return self.diagHessianInput
   end
end

-- Criteria: the second derivative with respect to the input.
local SECOND = {
   MSECriterion = function(self, input) return self.sizeAverage and 2 / input:nElement() or 2 end,
   WeightedMSECriterion = function(self, input) return self.sizeAverage and 2 / input:nElement() or 2 end,
   L1Cost = function() return 0 end,
}

local enabled = false

--- Gives the modules updateDiagHessianInput, accDiagHessianParameters, backwardDiagHessian and
--- initDiagHessianParameters; getParameters then gives a third tensor, on which the diagHessian fields lie.
function nn.hessian.enable()
   if enabled then return end
   enabled = true
   local Module = nn.Module

   function Module.updateDiagHessianInput(self)
      error(torch.type(self) .. ' has no updateDiagHessianInput', 2)
   end
   function Module.accDiagHessianParameters() end
   function Module.initDiagHessianParameters() end

   function Module.backwardDiagHessian(self, input, diagHessianOutput)
      self:updateDiagHessianInput(input, diagHessianOutput)
      self:accDiagHessianParameters(input, diagHessianOutput)
      return self.diagHessianInput
   end

   -- Modules without parameters that hand the values on in another shape do the same with second derivatives.
   for _, name in ipairs {'Identity', 'Reshape', 'View', 'Copy'} do
      nn[name].updateDiagHessianInput = function(self, input, diagHessianOutput)
         self.diagHessianInput = diagHessianOutput.new()
         return with(self, {gradInput = self.diagHessianInput}, function()
            self.diagHessianInput = self:updateGradInput(input, diagHessianOutput)
            return self.diagHessianInput
         end)
      end
   end

   for _, name in ipairs {'Linear', 'SpatialConvolution', 'SpatialConvolutionMM', 'SpatialFullConvolution', 'SpatialConvolutionMap',
      'SpatialFullConvolutionMap'} do
      if nn[name] then linear(nn[name]) end
   end
   for _, name in ipairs {'Tanh', 'TanhShrink', 'Square', 'Sqrt', 'Sigmoid', 'Abs', 'ReLU', 'Threshold', 'HardTanh'} do
      pointwise(nn[name])
   end

   local Sequential = nn.Sequential
   -- Each module gets what the one after it gave.
   local function walk(self, input, diagHessianOutput, method)
      for i = #self.modules, 1, -1 do
         local module = self.modules[i]
         local given = i > 1 and self.modules[i - 1].output or input
         self:rethrowErrors(module, i, method, given, diagHessianOutput)
         diagHessianOutput = module.diagHessianInput
      end
      self.diagHessianInput = diagHessianOutput
      return diagHessianOutput
   end
   function Sequential:updateDiagHessianInput(input, diagHessianOutput)
      return walk(self, input, diagHessianOutput, 'updateDiagHessianInput')
   end
   function Sequential:accDiagHessianParameters(input, diagHessianOutput)
      walk(self, input, diagHessianOutput, 'accDiagHessianParameters')
   end
   function Sequential:initDiagHessianParameters()
      for _, module in ipairs(self.modules) do module:initDiagHessianParameters() end
   end

   for name, second in pairs(SECOND) do
      if nn[name] then
         nn[name].updateDiagHessianInput = function(self, input)
            self.diagHessianInput = (self.diagHessianInput or input.new()):resizeAs(input):fill(second(self, input))
            if self.weight then
               local weight = self.weight:isSameSizeAs(input) and self.weight or self.weight:view(1, -1):expandAs(input:view(-1, self.weight:nElement()))
               self.diagHessianInput:cmul(square(weight):viewAs(input))
            end
            return self.diagHessianInput
         end
      end
   end

   -- The second derivatives of a tree in the order of its parameters.
   local function second_derivatives(module)
      if module.modules then
         local found = {}
         for _, below in ipairs(module.modules) do
            for _, tensor in ipairs(second_derivatives(below)) do found[#found + 1] = tensor end
         end
         return found
      end
      local found = {}
      if module.weight then found[#found + 1] = module.diagHessianWeight end
      if module.bias then found[#found + 1] = module.diagHessianBias end
      return found
   end

   local flat_of = Module.getParameters
   function Module:getParameters()
      local parameters, gradients = flat_of(self)
      local seconds = second_derivatives(self)
      if #seconds == 0 then return parameters, gradients end
      return parameters, gradients, Module.flatten(seconds)
   end
end

return nn.hessian
