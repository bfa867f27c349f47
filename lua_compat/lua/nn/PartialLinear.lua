-- nn.PartialLinear: a linear layer of which some outputs are worked out.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'

local Partial, parent = torch.class('nn.PartialLinear', 'nn.Module')

-- The weight lies where Torch7's files have it: in a lookup table, whose rows are multiplied with the input.
function Partial:__init(inputsize, outputsize, bias)
   parent.__init(self)
   local rows = nn.ParallelTable():add(nn.Identity()):add(nn.LookupTable(outputsize, inputsize))
   self.network = nn.Sequential():add(rows):add(nn.MM(false, true))
   if bias == nil or bias then
      self.bias, self.gradBias = torch.zeros(1, outputsize), torch.zeros(1, outputsize)
   end
   self.inputsize, self.outputsize = inputsize, outputsize
   self.allcolumns = torch.range(1, outputsize)
   self:resetPartition()
end

--- Only these outputs from now on.
function Partial:setPartition(indices) self.partition = indices:type(self.allcolumns:type()) end

--- All outputs again.
function Partial:resetPartition() self.partition = self.allcolumns end

local function lookup(self) return self.network.modules[1].modules[2] end

function Partial:parameters()
   local table_of_rows = lookup(self)
   return {table_of_rows.weight, self.bias}, {table_of_rows.gradWeight, self.gradBias}
end

function Partial:updateOutput(input)
   local chosen = self.partition:long()
   kernels.partial_linear_forward(self.output, input, lookup(self).weight, self.bias, chosen)
   return self.output
end

function Partial:updateGradInput(_, gradOutput)
   kernels.linear_backward_input(self.gradInput, gradOutput, lookup(self).weight:index(1, self.partition:long()))
   return self.gradInput
end

local function accumulate(gradWeight, gradBias, chosen, input, gradOutput, scale)
   local weight, bias = gradWeight.new(chosen:size(1), gradWeight:size(2)):zero(), gradWeight.new(chosen:size(1)):zero()
   kernels.linear_backward_parameters(weight, bias, gradOutput, input, scale)
   gradWeight:indexAdd(1, chosen, weight)
   if gradBias then gradBias:indexAdd(2, chosen, bias:view(1, -1)) end
end

function Partial:accGradParameters(input, gradOutput, scale)
   accumulate(lookup(self).gradWeight, self.gradBias, self.partition:long(), input, gradOutput, scale or 1)
end

function Partial:accUpdateGradParameters(input, gradOutput, learningRate)
   accumulate(lookup(self).weight, self.bias, self.partition:long(), input, gradOutput, -learningRate)
end
Partial.sharedAccUpdateGradParameters = Partial.accUpdateGradParameters

function Partial:zeroGradParameters() parent.zeroGradParameters(self) end

function Partial:updateParameters(learningRate) parent.updateParameters(self, learningRate) end

function Partial:clearState()
   self.network:clearState()
   nn.utils.clear(self, 'buffer', 'addBuffer')
   return parent.clearState(self)
end

function Partial:__tostring__()
   return torch.type(self) .. ('(%d -> %d)'):format(self.inputsize, self.outputsize)
      .. (self.bias == nil and ' without bias' or '')
end
