-- Criteria and modules in each other's place.

local torch = require 'torch'

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
   if self.inputModule then self.input = self.inputModule:forward(input) end
   if self.targetModule then self.target = self.targetModule:forward(target) end
   self.output = self.criterion:forward(self.input or input, self.target or target)
   return self.output
end

function ModuleCriterion:updateGradInput(input, target)
   self.gradInput = self.criterion:backward(self.input or input, self.target or target)
   if self.inputModule then self.gradInput = self.inputModule:backward(input, self.gradInput) end
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
   self.output = self.criterion:updateOutput(unpack(input))
   return self.output
end

function CriterionTable:updateGradInput(input)
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
   self.output:resize(1)[1] = self.criterion:updateOutput(input[1], input[2])
   return self.output
end

function ModuleFromCriterion:updateGradInput(input, gradOutput)
   local gradient = self.criterion:updateGradInput(input[1], input[2])
   self.gradInput[1]:resizeAs(gradient):copy(gradient):mul(gradOutput[1])
   self.gradInput[2]:resizeAs(input[2]):zero()
   return self.gradInput
end
