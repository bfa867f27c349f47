-- h[t] = module{x[t], h[t - 1]}, with h[0] = 0.

local Recurrence, parent = torch.class('nn.Recurrence', 'nn.AbstractRecurrent')

function Recurrence:__init(module, outputSize, rho)
   parent.__init(self, rho)
   self.recurrentModule = module
   self.outputSize = outputSize
   self.modules[1] = module
   self.sharedClones[1] = module
   self.zero = torch.Tensor()
end

local function before(self, input)
   if self.step > 1 then return self.outputs[self.step - 1] end
   self.zero:resize(input:size(1), self.outputSize):zero()
   return self.zero
end

function Recurrence:updateOutput(input)
   local recurrent = self.train == false and self.recurrentModule or self:getStepModule(self.step)
   self.output = recurrent:updateOutput{input, before(self, input)}
   if self.train == false then self.output = self.output:clone() end
   self.outputs[self.step] = self.output
   self.step = self.step + 1
   return self.output
end

-- Backward through time: called for the last step first.
function Recurrence:backwardStep(step, input, gradOutput)
   local gradient = gradOutput:clone()
   if self._gradHidden then gradient:add(self._gradHidden) end
   local hidden = step > 1 and self.outputs[step - 1] or self.zero
   local pair = self:getStepModule(step):backward({input, hidden}, gradient)
   self._gradHidden = step > 1 and pair[2] or nil
   self.gradInputs[step] = pair[1]
   return pair[1]
end

Recurrence.__tostring__ = function(self)
   return torch.type(self) .. ' {' .. tostring(self.recurrentModule):gsub('\n', '\n  ') .. '}'
end
