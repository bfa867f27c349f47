-- Modules that hand their input on and do something on the way or on the way back; Constant and Collapse.

local torch = require 'torch'
local nn = require 'nn'
local checks = require 'nn.checks'

local Reversal, reversal_parent = torch.class('nn.GradientReversal', 'nn.Module')
Reversal.__version = 2

--- The identity whose gradient is turned round: -lambda times gradOutput (Ganin and Lempitsky, 2015).
function Reversal:__init(lambda)
   reversal_parent.__init(self)
   self.lambda = lambda or 1
end

function Reversal:setLambda(lambda) self.lambda = lambda end

function Reversal:updateOutput(input)
   self.output:set(checks.tensor(self, input))
   return self.output
end

function Reversal:updateGradInput(_, gradOutput)
   self.gradInput:resizeAs(gradOutput):copy(gradOutput):mul(-self.lambda)
   return self.gradInput
end

--- Objects of the first version have no lambda.
function Reversal:read(file, version)
   reversal_parent.read(self, file)
   if version < 2 then self.lambda = 1 end
end

local ZeroGrad = torch.class('nn.ZeroGrad', 'nn.Module')

--- The identity whose gradient is 0.
function ZeroGrad:updateOutput(input)
   self.output:set(checks.tensor(self, input))
   return self.output
end

function ZeroGrad:updateGradInput(input)
   self.gradInput:resizeAs(input):zero()
   return self.gradInput
end

local Penalty, penalty_parent = torch.class('nn.L1Penalty', 'nn.Module')

--- The identity that adds to the loss, kept as `loss`, l1weight times the absolute values of the input.
function Penalty:__init(l1weight, sizeAverage, provideOutput)
   penalty_parent.__init(self)
   self.l1weight = l1weight
   self.sizeAverage = sizeAverage or false
   self.provideOutput = provideOutput == nil or provideOutput
end

local function weight_for(self, input) return self.sizeAverage and self.l1weight / input:nElement() or self.l1weight end

function Penalty:updateOutput(input)
   local weight = weight_for(self, checks.tensor(self, input))
   self.loss = input:nElement() > 0 and weight * input:norm(1) or 0
   self.output = input
   return self.output
end

function Penalty:updateGradInput(input, gradOutput)
   if self.provideOutput and not checks.tensor(self, gradOutput, 'gradOutput'):isSameSizeAs(input) then
      checks.fail(self, 'gradOutput has sizes %s, those of the input, %s, are needed', checks.sizes(gradOutput), checks.sizes(input))
   end
   self.gradInput:resizeAs(input):copy(input):sign():mul(weight_for(self, input))
   if self.provideOutput then self.gradInput:add(gradOutput) end
   return self.gradInput
end

local PrintSize, print_parent = torch.class('nn.PrintSize', 'nn.Module')

--- The identity that prints the sizes of what passes.
function PrintSize:__init(prefix)
   print_parent.__init(self)
   self.prefix = prefix or 'PrintSize'
end

local function print_size(self, name, value)
   print(self.prefix .. ':' .. name .. '\n', torch.isTensor(value) and value:size() or value)
   return value
end

function PrintSize:updateOutput(input)
   self.output = print_size(self, 'input', input)
   return self.output
end

function PrintSize:updateGradInput(_, gradOutput)
   self.gradInput = print_size(self, 'gradOutput', gradOutput)
   return self.gradInput
end

local Constant, constant_parent = torch.class('nn.Constant', 'nn.Module')

--- Always `value`; once for each sample of a batch, which an input of more than `nInputDim` dimensions is.
function Constant:__init(value, nInputDim)
   constant_parent.__init(self)
   self.value = type(value) == 'number' and torch.Tensor {value} or value
   self.nInputDim = nInputDim
   assert(torch.isTensor(self.value), 'nn.Constant: value needs to be a number or a tensor')
end

function Constant:updateOutput(input)
   if self.nInputDim and input:dim() > self.nInputDim then
      local size = self.value:size():totable()
      table.insert(size, 1, input:size(1))
      self.output:resize(torch.LongStorage(size))
      self.output:copy(self.value:view(1, unpack(self.value:size():totable())):expand(unpack(size)))
   else
      self.output:resize(self.value:size()):copy(self.value)
   end
   return self.output
end

function Constant:updateGradInput(input)
   self.gradInput:resizeAs(input):zero()
   return self.gradInput
end

local Collapse, collapse_parent = torch.class('nn.Collapse', 'nn.Module')

--- All dimensions of a sample, which has at most `nInputDim`, as one.
function Collapse:__init(nInputDim)
   collapse_parent.__init(self)
   self.nInputDim = nInputDim
end

function Collapse:updateOutput(input)
   local x = checks.tensor(self, input):contiguous()
   if input:dim() > self.nInputDim then
      self.output:view(x, input:size(1), -1)
   else
      self.output:view(x, -1)
   end
   return self.output
end

function Collapse:updateGradInput(input, gradOutput)
   self.gradInput:view(gradOutput:contiguous(), input:size())
   return self.gradInput
end

-- Both are views of what others hold: they are let go of, not emptied.
function Collapse:clearState()
   self.output, self.gradInput = self.output.new(), self.gradInput.new()
   return self
end
