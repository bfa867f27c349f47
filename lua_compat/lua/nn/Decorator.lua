-- nn.Decorator: a container of one module that behaves as it does; and what is made of it.

local torch = require 'torch'
local nn = require 'nn'

local Decorator, parent = torch.class('nn.Decorator', 'nn.Container')

function Decorator:__init(module)
   parent.__init(self)
   self.modules = {module}
end

function Decorator:updateOutput(input)
   self.output = self.modules[1]:updateOutput(input)
   return self.output
end

function Decorator:updateGradInput(input, gradOutput)
   self.gradInput = self.modules[1]:updateGradInput(input, gradOutput)
   return self.gradInput
end

function Decorator:accGradParameters(input, gradOutput, scale)
   self.modules[1]:accGradParameters(input, gradOutput, scale)
end

function Decorator:accUpdateGradParameters(input, gradOutput, learningRate)
   self.modules[1]:accUpdateGradParameters(input, gradOutput, learningRate)
end

function Decorator:sharedAccUpdateGradParameters(input, gradOutput, learningRate)
   self.modules[1]:sharedAccUpdateGradParameters(input, gradOutput, learningRate)
end

function Decorator:__tostring__() return torch.type(self) .. ' @ ' .. tostring(self.modules[1]) end

--- Gives a class that has another parent the methods of a decorator.
function Decorator.decorate(class)
   for _, name in ipairs {'updateOutput', 'updateGradInput', 'accGradParameters', 'accUpdateGradParameters',
      'sharedAccUpdateGradParameters', '__tostring__'} do
      class[name] = Decorator[name]
   end
end

---------------------------------------------------------------------------------------------------------- Bottle

local Bottle, bottle_parent = torch.class('nn.Bottle', 'nn.Decorator')

--- Gives a module that takes `nInputDim` dimensions inputs of more: the first ones are seen as one.
function Bottle:__init(module, nInputDim, nOutputDim)
   bottle_parent.__init(self, module)
   self.nInputDim = nInputDim or 2
   self.nOutputDim = nOutputDim or self.nInputDim
   self.dimDelta = self.nInputDim - self.nOutputDim
   self.inShape = torch.Tensor(self.nInputDim)
   self.outShape = torch.Tensor(self.nOutputDim)
end

-- How many dimensions are seen as one; the module's input then has the sizes in inShape.
local function bottled(self, input)
   local count = input:dim() - self.nInputDim + 1
   return count > 1 and count
end

local function sizes(tensor) return torch.LongStorage(tensor:totable()) end

function Bottle:updateOutput(input)
   local module, count = self.modules[1], bottled(self, input)
   if not count then
      self.output:set(module:updateOutput(input))
      return self.output
   end
   local outer = input:size():totable()
   local several = 1
   for d = 1, count - 1 do several = several * outer[d] end
   for d = count, #outer do self.inShape[d - count + 1] = outer[d] end
   self.inShape[1] = self.inShape[1] * several
   local output = module:updateOutput(input:contiguous():view(sizes(self.inShape)))
   if output:dim() ~= self.nOutputDim then
      error(('%s: the output of %s has %d dimensions, nOutputDim is %d'):format(torch.type(self), torch.type(module), output:dim(),
         self.nOutputDim), 0)
   end
   local size = {}
   for d = 1, count - 1 do size[d] = outer[d] end
   for d = 1, output:dim() do
      self.outShape[d] = output:size(d)
      size[count + d - 1] = d == 1 and output:size(1) / several or output:size(d)
   end
   self.output:set(output:contiguous():view(torch.LongStorage(size)))
   return self.output
end

function Bottle:updateGradInput(input, gradOutput)
   local module = self.modules[1]
   if bottled(self, input) then
      local inner = input:contiguous():view(sizes(self.inShape))
      self.gradInput:set(module:updateGradInput(inner, gradOutput:contiguous():view(sizes(self.outShape))):viewAs(input))
   else
      self.gradInput:set(module:updateGradInput(input, gradOutput))
   end
   return self.gradInput
end

function Bottle:accGradParameters(input, gradOutput, scale)
   if bottled(self, input) then
      input = input:contiguous():view(sizes(self.inShape))
      gradOutput = gradOutput:contiguous():view(sizes(self.outShape))
   end
   self.modules[1]:accGradParameters(input, gradOutput, scale)
end

function Bottle:accUpdateGradParameters(input, gradOutput, learningRate)
   if bottled(self, input) then
      input = input:contiguous():view(sizes(self.inShape))
      gradOutput = gradOutput:contiguous():view(sizes(self.outShape))
   end
   self.modules[1]:accUpdateGradParameters(input, gradOutput, learningRate)
end
