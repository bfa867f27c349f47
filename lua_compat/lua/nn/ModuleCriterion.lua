-- Criteria and modules in each other's place.

local torch = require 'torch'
local checks = require 'nn.checks'

local ModuleCriterion, parent = torch.class('nn.ModuleCriterion', 'nn.Criterion')

--- A criterion of what two modules, each may be nil, make of the input and of the target.
function ModuleCriterion:__init(criterion, inputModule, targetModule, castTarget)
   self.inputModule = inputModule
   self.targetModule = targetModule
   self.castTarget = castTarget == nil or castTarget
   local parameters = inputModule and inputModule:parameters()
   if parameters and #parameters > 0 then
      print("Warning: nn.ModuleCriterion doesn't support parameter updates")
   end
   self.criterion = criterion
end

function ModuleCriterion:updateOutput(input, target)
   if input == nil then checks.fail(self, 'input is nil, what inputModule or the criterion takes is needed') end
   if self.inputModule then self.input = self.inputModule:forward(input) end
   if self.targetModule then self.target = self.targetModule:forward(target) end
   self.output = self.criterion:forward(self.input or input, self.target or target)
   return self.output
end

function ModuleCriterion:updateGradInput(input, target)
   if input == nil then checks.fail(self, 'input is nil, what inputModule or the criterion takes is needed') end
   local gradient = self.criterion:backward(self.input or input, self.target or target)
   if self.inputModule then gradient = self.inputModule:backward(input, gradient) end
   self.gradInput = gradient
   return self.gradInput
end

-- Torch7 converts the target's module in any case: castTarget is kept, and changes nothing.
function ModuleCriterion:type(type_name, done) return parent.type(self, type_name, done) end

----------------------------------------------------------------------------------------------------- CriterionTable

local CriterionTable, table_parent = torch.class('nn.CriterionTable', 'nn.Module')

--- A criterion as a module of {input, target}; its output is the loss, a number.
function CriterionTable:__init(criterion)
   table_parent.__init(self)
   self.criterion = criterion
   self.gradInput = {criterion.gradInput}
end

function CriterionTable:updateOutput(input)
   checks.pair(self, input)
   self.output = self.criterion:updateOutput(unpack(input))
   return self.output
end

function CriterionTable:updateGradInput(input)
   checks.pair(self, input)
   self.gradInput[1] = self.criterion:updateGradInput(unpack(input))
   return self.gradInput
end

------------------------------------------------------------------------------------------------ ModuleFromCriterion

local ModuleFromCriterion, module_parent = torch.class('nn.ModuleFromCriterion', 'nn.Module')

--- A criterion as a module of {prediction, target}; its output is a tensor of one element, and it takes a gradOutput.
function ModuleFromCriterion:__init(criterion)
   module_parent.__init(self)
   self.criterion = criterion
   self.gradInput = {torch.Tensor(), torch.Tensor()}
end

function ModuleFromCriterion:updateOutput(input)
   checks.pair(self, input)
   local loss = self.criterion:updateOutput(input[1], input[2])
   self.output:resize(1):fill(loss)
   return self.output
end

function ModuleFromCriterion:updateGradInput(input, gradOutput)
   checks.pair(self, input)
   checks.tensor(self, gradOutput, 'gradOutput')
   if gradOutput:nElement() < 1 then checks.fail(self, 'gradOutput has no elements, one is needed') end
   local gradient = self.criterion:updateGradInput(input[1], input[2])
   self.gradInput[1]:resizeAs(gradient):copy(gradient):mul(gradOutput[1])
   self.gradInput[2]:resizeAs(input[2]):zero()
   return self.gradInput
end
