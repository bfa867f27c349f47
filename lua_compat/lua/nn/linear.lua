-- Linear, Add, Mul, CMul, CAdd and LookupTable.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'
local checks = require 'nn.checks'

---------------------------------------------------------------------------------------------------------- Linear

local Linear, linear_parent = torch.class('nn.Linear', 'nn.Module')

function Linear:__init(inputSize, outputSize, bias)
   linear_parent.__init(self)
   if type(inputSize) ~= 'number' or type(outputSize) ~= 'number' then
      checks.fail(self, 'inputSize is %s and outputSize %s, two numbers are needed', checks.told(inputSize),
         checks.told(outputSize))
   end
   self.weight = torch.Tensor(outputSize, inputSize)
   self.gradWeight = torch.Tensor(outputSize, inputSize)
   if bias == nil or bias then
      self.bias = torch.Tensor(outputSize)
      self.gradBias = torch.Tensor(outputSize)
   end
   self:reset()
end

function Linear:noBias()
   self.bias, self.gradBias = nil, nil
   return self
end

function Linear:reset(stdv)
   stdv = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.weight:size(2))
   self.weight:uniform(-stdv, stdv)
   if self.bias then self.bias:uniform(-stdv, stdv) end
   return self
end

--- The work space that Torch7 adds the bias with: one for each sample of a batch.
function Linear:updateAddBuffer(input)
   local count = input:size(1)
   self.addBuffer = self.addBuffer or input.new()
   if self.addBuffer:nElement() ~= count then self.addBuffer:resize(count):fill(1) end
end

function Linear:updateOutput(input)
   kernels.linear_forward(self.output, input, self.weight, self.bias)
   return self.output
end

function Linear:updateGradInput(_, gradOutput)
   kernels.linear_backward_input(self.gradInput, gradOutput, self.weight)
   return self.gradInput
end

function Linear:accGradParameters(input, gradOutput, scale)
   kernels.linear_backward_parameters(self.gradWeight, self.gradBias, gradOutput, input, scale or 1)
end

Linear.sharedAccUpdateGradParameters = Linear.defaultAccUpdateGradParameters

function Linear:clearState()
   nn.utils.clear(self, 'addBuffer')
   return linear_parent.clearState(self)
end

function Linear:__tostring__()
   return torch.type(self) .. ('(%d -> %d)'):format(self.weight:size(2), self.weight:size(1))
      .. (self.bias == nil and ' without bias' or '')
end

------------------------------------------------------------------------------------------------- Add, CAdd, CMul

-- A tensor of the module's own, broadcast over the batch.
local function broadcast(name, field, gradient, operation)
   local Class, parent = torch.class(name, 'nn.Module')
   local times = operation == 'mul'

   function Class:__init(...)
      parent.__init(self)
      local first = ...
      self.size = torch.isStorage(first) and torch.LongStorage(first:size()):copy(first) or torch.LongStorage {...}
      self[field] = torch.Tensor(self.size)
      self[gradient] = torch.Tensor(self.size)
      self.output:resize(self.size)
      self:reset()
   end

   function Class:reset(stdv)
      stdv = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self[field]:nElement())
      self[field]:uniform(-stdv, stdv)
   end

   function Class:updateOutput(input)
      kernels.broadcast_forward(self.output, name, operation, input, self[field])
      return self.output
   end

   function Class:updateGradInput(_, gradOutput)
      if times then
         kernels.broadcast_forward(self.gradInput, name, operation, gradOutput, self[field])
      else
         self.gradInput:resizeAs(gradOutput):copy(gradOutput)
      end
      return self.gradInput
   end

   function Class:accGradParameters(input, gradOutput, scale)
      kernels.broadcast_backward(self[gradient], name, gradOutput, input, scale or 1, times)
   end
   return Class, parent
end

broadcast('nn.CMul', 'weight', 'gradWeight', 'mul')
broadcast('nn.CAdd', 'bias', 'gradBias', 'add')
local Add, add_parent = broadcast('nn.Add', 'bias', 'gradBias', 'add')

function Add:__init(inputSize, scalar)
   add_parent.__init(self)
   if scalar then
      self.scalar = scalar
      inputSize = 1
   end
   self.bias = torch.Tensor(inputSize)
   self.gradBias = torch.Tensor(inputSize)
   self._ones = torch.Tensor {1}
   self:reset()
end

------------------------------------------------------------------------------------------------------------- Mul

local Mul, mul_parent = torch.class('nn.Mul', 'nn.Module')

function Mul:__init()
   mul_parent.__init(self)
   self.weight = torch.Tensor(1)
   self.gradWeight = torch.Tensor(1)
   self:reset()
end

function Mul:reset(stdv)
   stdv = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.weight:size(1))
   self.weight:uniform(-stdv, stdv)
end

function Mul:updateOutput(input)
   self.output:resizeAs(input):copy(input):mul(self.weight[1])
   return self.output
end

function Mul:updateGradInput(_, gradOutput)
   self.gradInput:resizeAs(gradOutput):copy(gradOutput):mul(self.weight[1])
   return self.gradInput
end

function Mul:accGradParameters(input, gradOutput, scale)
   self.gradWeight[1] = self.gradWeight[1] + (scale or 1) * input:dot(gradOutput)
end

----------------------------------------------------------------------------------------------------- LookupTable

local Lookup, lookup_parent = torch.class('nn.LookupTable', 'nn.Module')
Lookup.__version = 4 -- as Torch7's files have it

function Lookup:__init(nIndex, nOutput, paddingValue, maxNorm, normType)
   lookup_parent.__init(self)
   self.weight = torch.Tensor(nIndex, nOutput)
   self.gradWeight = torch.Tensor(nIndex, nOutput):zero()
   self.paddingValue = paddingValue or 0
   self.maxNorm = maxNorm or nil
   self.normType = normType or nil
   self:reset()
end

--- Fields that older files lack.
function Lookup:backCompatibility()
   self._count = self._count or torch.IntTensor()
   self._input = self._input or torch.LongTensor()
   if not self.shouldScaleGradByFreq then self.shouldScaleGradByFreq = false end
   self.paddingValue = self.paddingValue or 0
end

--- Only accUpdateGradParameters from now on: there is no gradient of the weight.
function Lookup:accUpdateOnly()
   self.gradWeight = nil
   return self
end

--- The input, or a contiguous copy of it in `_input`.
function Lookup:makeInputContiguous(input)
   self.copiedInput = not input:isContiguous()
   if not self.copiedInput then return input end
   self._input = (self._input or input.new()):type(torch.typename(input)):resizeAs(input):copy(input)
   return self._input
end

--- Scales the rows that the input names down to `maxNorm`, where one is set.
function Lookup:renorm(input)
   if self.maxNorm then kernels.lookup_renorm(self.weight, input, self.maxNorm, self.normType) end
end

function Lookup:setPadding(value) self.paddingValue = value; return self end
function Lookup:setMaxNorm(value) self.maxNorm = value; return self end
function Lookup:setNormType(value) self.normType = value; return self end
function Lookup:scaleGradByFreq() self.shouldScaleGradByFreq = true; return self end
function Lookup:reset(stdv) self.weight:normal(0, stdv or 1) end

function Lookup:updateOutput(input)
   kernels.lookup_forward(self.output, input, self.weight, self.maxNorm, self.normType)
   return self.output
end

function Lookup:updateGradInput(input)
   if torch.type(self.gradInput) ~= torch.type(input) then self.gradInput = input.new() end
   if not self.gradInput:isSameSizeAs(input) then self.gradInput:resizeAs(input):zero() end
   return self.gradInput
end

Lookup.sharedAccUpdateGradParameters = Lookup.accUpdateGradParameters

function Lookup:clearState()
   nn.utils.clear(self, '_count', '_input', '_sorted', '_indices', '_gradOutput')
   return lookup_parent.clearState(self)
end

-- Indices stay whole numbers whatever the module's type.
function Lookup:type(type_name, done)
   local count, input = self._count, self._input
   self._count, self._input = nil, nil
   local result = lookup_parent.type(self, type_name, done)
   self._count, self._input = count, input
   return result
end

function Lookup:accGradParameters(input, gradOutput, scale)
   if self.gradWeight == nil then error('nn.LookupTable: accUpdateOnly was called, there is no gradWeight', 2) end
   kernels.lookup_backward(self.gradWeight, gradOutput, input, scale or 1, self.paddingValue or 0,
      self.shouldScaleGradByFreq or false)
end
