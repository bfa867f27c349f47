-- cunn, and what Facebook's packages added to nn: modules over several devices, which here are one, and other names.

local torch = require 'torch'
local nn = require 'nn'

require('spellings').define('nn')

for _, name in ipairs {'nn.DataParallelTable', 'nn.DataParallel'} do
   local Class, parent = torch.class(name, 'nn.Decorator')

   function Class:__init(dimension)
      parent.__init(self)
      self.dimension = dimension or 1
      self.gpuAssignments = {}
   end

   --- The first module that is added is the one that runs; the others are copies of it, for other devices.
   function Class:add(module, devices)
      if not self.modules[1] then self.modules[1] = module end
      self.gpuAssignments = type(devices) == 'table' and devices or {devices or 1}
      return self
   end

   --- What each device would do first; here there is one, and it is ready.
   function Class:threads() return self end
   function Class:syncParameters() end
end

return nn
