-- cunn, and what Facebook's packages added to nn: modules over several devices, which here are one, and other names.

local torch = require 'torch'
local nn = require 'nn'

require('spellings').define('nn')

-------------------------------------------------------------------------------------------------- conversions

for _, Class in ipairs {nn.Module, nn.Criterion} do
   for _, word in ipairs {'CudaDouble', 'CudaHalf'} do
      Class[word:sub(1, 1):lower() .. word:sub(2)] = function(self, ...) return self:type(('torch.%sTensor'):format(word), ...) end
   end
end

------------------------------------------------------------------------------------------------ several devices

for _, name in ipairs {'nn.DataParallelTable', 'nn.DataParallel'} do
   local Class, parent = torch.class(name, 'nn.Decorator')

   function Class:__init(dimension, flattenParams, usenccl)
      parent.__init(self)
      self.dimension = dimension or 1
      self.flattenParams, self.usenccl = flattenParams or false, usenccl or false
      self.gpuAssignments = {}
   end

   --- add(module, device), or with a table of devices. The first module that is added is the one that runs; the others are
   --- copies of it, for other devices.
   function Class:add(module, devices)
      if not torch.isTypeOf(module, 'nn.Module') then
         error(('%s: add needs a module, got %s'):format(name, torch.type(module)), 2)
      end
      if not self.modules[1] then self.modules[1] = module end
      for _, device in ipairs(type(devices) == 'table' and devices or {devices or 1}) do
         self.gpuAssignments[#self.gpuAssignments + 1] = device
      end
      return self
   end

   --- Any of the copies: they are one.
   function Class:get() return self.modules[1] end

   --- threads([init]): each device's thread would run `init` first; here this one does.
   function Class:threads(init)
      if init ~= nil then init() end
      return self
   end

   function Class:syncParameters() return self end
   function Class:flattenParameters() return self.modules[1]:getParameters() end
   function Class:name() return torch.type(self) end

   function Class:__tostring__()
      return ('%s: %d x %s'):format(torch.type(self):match('[^.]+$'), #self.gpuAssignments, tostring(self.modules[1]))
   end
end

return nn
