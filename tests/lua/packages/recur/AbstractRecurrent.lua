local AbstractRecurrent, parent = torch.class('nn.AbstractRecurrent', 'nn.Container')

function AbstractRecurrent:__init(rho)
   parent.__init(self)
   self.rho = rho or 99999
   self.outputs, self.gradInputs, self._gradOutputs = {}, {}, {}
   self.step = 1
   self.sharedClones = {}
end

function AbstractRecurrent:getStepModule(step)
   local recurrent = self.sharedClones[step]
   if not recurrent then
      recurrent = self.recurrentModule:stepClone()
      self.sharedClones[step] = recurrent
   end
   return recurrent
end

function AbstractRecurrent:forget()
   parent.forget(self)
   self.outputs, self.gradInputs, self._gradOutputs = {}, {}, {}
   self.step = 1
   return self
end

function AbstractRecurrent:training()
   if self.train == false then self:forget() end
   parent.training(self)
end

function AbstractRecurrent:evaluate()
   if self.train ~= false then self:forget() end
   parent.evaluate(self)
   assert(self.train == false)
end

-- Clones go away before the module is converted or saved, and come back when they are needed.
function AbstractRecurrent:type(type_name, cache)
   if type_name then
      self.sharedClones = {self.recurrentModule}
      self.outputs, self.gradInputs, self._gradOutputs = {}, {}, {}
   end
   return parent.type(self, type_name, cache)
end

function AbstractRecurrent:clearState()
   self:forget()
   self.sharedClones = {self.recurrentModule}
   return parent.clearState(self)
end

AbstractRecurrent.recursiveCopy = nn.utils.recursiveCopy
