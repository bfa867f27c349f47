-- Decorators that watch a module: NaN, Profile. GPU, which puts a module on a device.

local torch = require 'torch'
local nn = require 'nn'

local NaN, nan_parent = torch.class('nn.NaN', 'nn.Decorator')

local last_id = 0

--- Stops with an error where the module makes a NaN; the error tells whether it came in, and `id`.
function NaN:__init(module, id)
   nan_parent.__init(self, module)
   self.id = id or NaN.newId()
end

function NaN.newId()
   last_id = last_id + 1
   return last_id
end

--- Whether there is a NaN in a tensor, or in any of a table.
function NaN:recursiveIsNaN(value)
   if torch.isTensor(value) then return value:nElement() > 0 and value:ne(value):any() end
   if type(value) == 'table' then
      for _, item in pairs(value) do
         if self:recursiveIsNaN(item) then return true end
      end
   end
   return false
end

local function found(self, where)
   error(('NaN found in %s of module (id=%s):\n%s'):format(where, tostring(self.id), tostring(self)), 0)
end

function NaN:updateOutput(input)
   self.output = self.modules[1]:updateOutput(input)
   if self:recursiveIsNaN(self.output) then
      if self:recursiveIsNaN(input) then found(self, 'input') end
      if self:recursiveIsNaN((self:parameters())) then found(self, 'parameters') end
      found(self, 'output')
   end
   return self.output
end

function NaN:updateGradInput(input, gradOutput)
   self.gradInput = self.modules[1]:updateGradInput(input, gradOutput)
   if self:recursiveIsNaN(self.gradInput) then
      found(self, self:recursiveIsNaN(gradOutput) and 'gradOutput' or 'gradInput')
   end
   return self.gradInput
end

function NaN:accGradParameters(input, gradOutput, scale)
   self.modules[1]:accGradParameters(input, gradOutput, scale)
   local _, gradients = self:parameters()
   if self:recursiveIsNaN(gradients) then found(self, 'gradParameters') end
end

function NaN:__tostring__() return nan_parent.__tostring__(self) .. ' (id=' .. tostring(self.id) .. ')' end

--------------------------------------------------------------------------------------------------------- Profile

local Profile, profile_parent = torch.class('nn.Profile', 'nn.Decorator')

--- Prints, every `print_interval` calls, how long the module's forward and backward calls took in all.
function Profile:__init(module, print_interval, name)
   profile_parent.__init(self, module)
   self.print_interval = print_interval or 100
   self.name = name or torch.type(module)
   self.module = module
   self.numFwds, self.numBwds = 0, 0
   self.summedFwdTime, self.summedBwdTime = 0, 0
end

local function timed(self, total, count, words, method, ...)
   local timer = torch.Timer() -- not a field: files cannot hold one
   local result = profile_parent[method](self, ...)
   self[total] = self[total] + timer:time().real
   self[count] = self[count] + 1
   if self[count] % self.print_interval == 0 then
      print(('%s took %.3f seconds for %d %s passes'):format(self.name, self[total], self[count], words))
   end
   return result
end

function Profile:updateOutput(input)
   return timed(self, 'summedFwdTime', 'numFwds', 'forward', 'updateOutput', input)
end

function Profile:updateGradInput(input, gradOutput)
   return timed(self, 'summedBwdTime', 'numBwds', 'backward', 'updateGradInput', input, gradOutput)
end

------------------------------------------------------------------------------------------------------------- GPU

local GPU, gpu_parent = torch.class('nn.GPU', 'nn.Container')

--- Puts a module on a device of its own. There is one device here: what is asked is kept, and calls are handed on.
function GPU:__init(module, device, outdevice)
   gpu_parent.__init(self)
   if type(device) ~= 'number' then error('nn.GPU: device needs to be a number, got ' .. torch.type(device), 2) end
   self.device = device
   self.outdevice = outdevice or device
   self.modules[1] = module
end

nn.Decorator.decorate(GPU)

function GPU:setDevice(device)
   self.device = device or self.device
   return self
end

--- Sets the device of every nn.GPU in a value; what it holds stays where it is.
function GPU.recursiveModuleDevice(value, device)
   if type(value) ~= 'table' then return value end
   if torch.isTypeOf(value, 'nn.GPU') then value.device = device end
   for _, module in ipairs(value.modules or {}) do GPU.recursiveModuleDevice(module, device) end
   return value
end

function GPU:recursiveSetDevice(value) return value end

local function handed_on(name)
   GPU[name] = function(self, ...) return gpu_parent[name](self, ...) end
end
for _, name in ipairs {'apply', 'clearState', 'clone', 'evaluate', 'read', 'reset', 'share', 'training', 'type', 'updateParameters',
   'write', 'zeroGradParameters'} do
   handed_on(name)
end

function GPU:__tostring__()
   return ('%s(%s) @ %s'):format(torch.type(self), tostring(self.device), tostring(self.modules[1]))
end
