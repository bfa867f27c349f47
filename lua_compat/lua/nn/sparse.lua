-- Linear maps of inputs of which only some elements are given: SparseLinear and IndexLinear.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'

-- What Torch7's files have as `sparseUpdate`; here every update is of the whole weight.
local NO_LAST_INPUT = 0

local Sparse, parent = torch.class('nn.SparseLinear', 'nn.Module')

function Sparse:__init(inputSize, outputSize, doGradInput)
   parent.__init(self)
   self.weightDecay = 0
   self.doGradInput = doGradInput or false
   self.weight, self.gradWeight = torch.Tensor(outputSize, inputSize), torch.Tensor(outputSize, inputSize):zero()
   self.bias, self.gradBias = torch.Tensor(outputSize), torch.Tensor(outputSize):zero()
   self.gradInput = {}
   self.sparseUpdate = NO_LAST_INPUT
   self:reset()
end

function Sparse:reset(stdv)
   stdv = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.weight:size(2))
   self.weight:uniform(-stdv, stdv)
   self.bias:uniform(-stdv, stdv):mul(0.000001)
end

-- Indices and values of one sample, as Python takes them.
local function paired(input)
   return type(input) == 'table' and torch.isTensor(input[1]) and input[1]:dim() == 1 and torch.isTensor(input[2])
      and input[2]:dim() == 1
end

--- The samples as a table: one tensor of (index, value) rows is one sample, three dimensions are a batch; a table of
-- two vectors has the indices and the values of one sample.
function Sparse:reshapeInput(input)
   if paired(input) then
      if input[1]:size(1) ~= input[2]:size(1) then
         error(('nn.SparseLinear: input has %d indices and %d values'):format(input[1]:size(1), input[2]:size(1)), 3)
      end
      local rows = self.weight.new(input[1]:size(1), 2)
      rows:select(2, 1):copy(input[1])
      rows:select(2, 2):copy(input[2])
      return {rows}
   end
   if type(input) == 'table' then return input end
   if torch.isTensor(input) and input:dim() == 2 then return {input} end
   if not torch.isTensor(input) or input:dim() ~= 3 then
      error('nn.SparseLinear: input is ' .. torch.type(input) .. ', tensors of (index, value) rows are needed', 3)
   end
   local samples = {}
   for i = 1, input:size(1) do samples[i] = input[i] end
   return samples
end

-- All rows one below the other, and how many each sample has.
local function gathered(self, input)
   local samples = self:reshapeInput(input)
   local counts, total = torch.LongTensor(#samples), 0
   for i, sample in ipairs(samples) do
      if not torch.isTensor(sample) or (sample:nElement() > 0 and (sample:dim() ~= 2 or sample:size(2) ~= 2)) then
         error(('nn.SparseLinear: sample %d is no tensor of (index, value) rows'):format(i), 3)
      end
      counts[i] = sample:nElement() / 2
      total = total + counts[i]
   end
   local rows, offset = self.weight.new(math.max(total, 1), 2), 1
   for i, sample in ipairs(samples) do
      if counts[i] > 0 then
         rows:narrow(1, offset, counts[i]):copy(sample)
         offset = offset + counts[i]
      end
   end
   if total == 0 then return rows.new(), rows.new(), counts, samples end
   return rows:select(2, 1), rows:select(2, 2), counts, samples
end

function Sparse:updateOutput(input)
   local keys, values, counts = gathered(self, input)
   kernels.sparse_forward('nn.SparseLinear', self.output, keys, values, counts, self.weight:t(), self.bias, -1)
   if paired(input) or torch.isTensor(input) and input:dim() == 2 then self.output:resize(self.output:size(2)) end
   return self.output
end

function Sparse:updateGradInput(input, gradOutput)
   if not self.doGradInput then return self.gradInput end
   local keys, values, counts, samples = gathered(self, input)
   local found, offset = values.new(), 1
   kernels.sparse_backward_values('nn.SparseLinear', found, gradOutput, keys, values, counts, self.weight:t(), -1)
   local gradients = {}
   for i, sample in ipairs(samples) do
      gradients[i] = sample:clone()
      if counts[i] > 0 then
         gradients[i]:select(2, 2):copy(found:narrow(1, offset, counts[i]))
         offset = offset + counts[i]
      end
   end
   if paired(input) then
      self.gradInput = {input[1], found}
   elseif torch.isTensor(input) then
      self.gradInput = input:clone()
      if input:dim() == 2 then
         self.gradInput:copy(gradients[1])
      else
         for i = 1, input:size(1) do self.gradInput[i]:copy(gradients[i]) end
      end
   else
      self.gradInput = gradients
   end
   return self.gradInput
end

function Sparse:accGradParameters(input, gradOutput, scale)
   scale = scale or 1
   local keys, values, counts = gathered(self, input)
   kernels.sparse_backward_parameters('nn.SparseLinear', self.gradWeight:t(), self.gradBias, gradOutput, keys, values,
      counts, -1, scale)
   if self.weightDecay ~= 0 then self.gradWeight:add(scale * self.weightDecay, self.weight) end
end

function Sparse:updateParameters(learningRate) parent.updateParameters(self, learningRate) end

function Sparse:zeroGradParameters() parent.zeroGradParameters(self) end

function Sparse:clearState()
   if torch.isTensor(self.gradInput) then self.gradInput:set() else self.gradInput = {} end
   nn.utils.clear(self, 'lastInput', '_gradOutput')
   self.output:set()
   return self
end

----------------------------------------------------------------------------------------------------- IndexLinear

local Index, index_parent = torch.class('nn.IndexLinear', 'nn.Module')

-- With `normalize`, four columns come before the weights of each input: the largest absolute value so far, one over
-- it, how fast the input learns, and what is added to its normalised values.
function Index:__init(inputSize, outputSize, doGradInput, keysOffset, weight, bias, normalize)
   index_parent.__init(self)
   self.normalize = normalize and 4 or 0
   self.weight = weight or torch.Tensor(inputSize, outputSize + self.normalize):zero()
   self.bias = bias or torch.Tensor(outputSize):zero()
   self.inputSize, self.outputSize = self.weight:size(1), self.weight:size(2) - self.normalize
   self.gradWeight = torch.Tensor() -- of the weight's size from the first gradient on: weights can be very large
   self.gradBias = torch.Tensor(self.outputSize):zero()
   for _, name in ipairs {'gradWeightBuffer', 'valuesBuffer', 'normalizedValues'} do self[name] = torch.Tensor() end
   self.running = {cumSumSizes = {}, keys = {}, gradWeight = {}, counter = 1}
   self.sizesCache, self.cumSumSizesCache = {}, {}
   self.weightDecay = 0
   self.doGradInput = doGradInput or false
   self.offset = keysOffset and keysOffset - 1 or -1
end

function Index:reset(stdv)
   stdv = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.weight:size(2))
   self.weight:uniform(-stdv, stdv)
   self.bias:uniform(-stdv, stdv):mul(0.000001)
   if self.normalize > 0 then self.weight:narrow(2, 1, self.normalize):zero() end
end

--- {keys, values} or {keys, values, sizes}: whether one sample was given alone, and the same as a batch.
function Index:reshapeInput(input)
   if type(input) ~= 'table' or input[1] == nil or input[2] == nil then
      error('nn.IndexLinear: input is ' .. torch.type(input) .. ', a table of keys and values is needed', 3)
   end
   if torch.isTensor(input[1]) and input[3] == nil then return {{input[1]}, {input[2]}}, true end
   return input, false
end

--- Keys, values and sizes of a batch, each as one tensor.
function Index:flattenInputs(input)
   if torch.isTensor(input[1]) then return input[1], input[2], input[3] end
   local counts, total = torch.LongTensor(#input[1]), 0
   for i, keys in ipairs(input[1]) do
      counts[i] = keys:nElement()
      total = total + counts[i]
   end
   local keys, values, offset = self:longTensor(math.max(total, 1)), self.weight.new(math.max(total, 1)), 1
   for i = 1, #input[1] do
      if counts[i] > 0 then
         if input[2][i] == nil or input[2][i]:nElement() ~= counts[i] then
            error(('nn.IndexLinear: sample %d has %d keys and %d values'):format(i, counts[i],
               input[2][i] and input[2][i]:nElement() or 0), 3)
         end
         keys:narrow(1, offset, counts[i]):copy(input[1][i])
         values:narrow(1, offset, counts[i]):copy(input[2][i])
         offset = offset + counts[i]
      end
   end
   if total == 0 then return keys.new(), values.new(), counts end
   return keys, values, counts
end

--- A tensor of whole numbers.
function Index:longTensor(...) return torch.LongTensor(...) end

-- The columns of a weight that are weights.
local function weights(self, tensor)
   return self.normalize > 0 and tensor:narrow(2, self.normalize + 1, self.outputSize) or tensor
end

-- Values between -1 and 1 by the largest of their input, moved by what each input adds.
local function normalized(self, keys, values)
   if self.normalize == 0 or keys:nElement() == 0 then return values end
   local result = self.normalizedValues:resizeAs(values)
   for i = 1, keys:nElement() do
      local row, value = self.weight[keys[i] + self.offset + 1], values[i]
      if self.train ~= false then
         if math.abs(value) > row[1] then row[1], row[2] = math.abs(value), 1 / math.abs(value) end
         row[3] = 1
      end
      local scaled = math.abs(value) > row[1] and (value > 0 and 1 or -1) or value * row[2]
      result[i] = scaled + row[4]
   end
   return result
end

function Index:updateOutput(input)
   local batch, alone = self:reshapeInput(input)
   local keys, values, counts = self:flattenInputs(batch)
   values = normalized(self, keys, values)
   kernels.sparse_forward('nn.IndexLinear', self.output, keys, values, counts, weights(self, self.weight), self.bias,
      self.offset)
   if alone then self.output:resize(self.outputSize) end
   return self.output
end

--- {keys, gradients of the values}, in the form of the input.
function Index:updateGradInput(input, gradOutput)
   self.gradInput = {}
   if not self.doGradInput then return self.gradInput end
   local batch, alone = self:reshapeInput(input)
   local keys, values, counts = self:flattenInputs(batch)
   local found = self.weight.new()
   kernels.sparse_backward_values('nn.IndexLinear', found, gradOutput, keys, values, counts, weights(self, self.weight),
      self.offset)
   if alone or torch.isTensor(input[1]) then
      self.gradInput = {input[1], found, input[3]}
      return self.gradInput
   end
   local gradients, offset = {}, 1
   for i = 1, #input[1] do
      gradients[i] = counts[i] > 0 and found:narrow(1, offset, counts[i]) or found.new()
      offset = offset + counts[i]
   end
   self.gradInput = {input[1], gradients}
   return self.gradInput
end

local function accumulate(self, gradWeight, gradBias, input, gradOutput, scale)
   local batch = self:reshapeInput(input)
   local keys, values, counts = self:flattenInputs(batch)
   local used = self.normalize > 0 and self.normalizedValues or values
   if self.normalize > 0 and keys:nElement() > 0 then
      local found = self.weight.new()
      kernels.sparse_backward_values('nn.IndexLinear', found, gradOutput, keys, values, counts,
         weights(self, self.weight), self.offset)
      for i = 1, keys:nElement() do
         local row = gradWeight[keys[i] + self.offset + 1]
         row[4] = row[4] + scale * found[i]
      end
   end
   kernels.sparse_backward_parameters('nn.IndexLinear', weights(self, gradWeight), gradBias, gradOutput, keys, used,
      counts, self.offset, scale)
end

-- The whole gradient, made when it is first needed.
local function gradient(self)
   if self.gradWeight:nElement() == 0 then self.gradWeight:resizeAs(self.weight):zero() end
   return self.gradWeight
end

function Index:accGradParameters(input, gradOutput, scale)
   accumulate(self, gradient(self), self.gradBias, input, gradOutput, scale or 1)
   if self.weightDecay ~= 0 then
      weights(self, self.gradWeight):add((scale or 1) * self.weightDecay, weights(self, self.weight))
   end
end

function Index:accUpdateGradParameters(input, gradOutput, learningRate)
   accumulate(self, self.weight, self.bias, input, gradOutput, -learningRate)
end

function Index:parameters() return {self.weight, self.bias}, {gradient(self), self.gradBias} end

function Index:updateParameters(learningRate)
   if self.gradWeight:nElement() > 0 then self.weight:add(-learningRate, self.gradWeight) end
   self.bias:add(-learningRate, self.gradBias)
end

function Index:zeroGradParameters()
   if self.gradWeight:nElement() > 0 then self.gradWeight:zero() end
   self.gradBias:zero()
end

function Index:clearState()
   self.running = {cumSumSizes = {}, keys = {}, gradWeight = {}, counter = 1}
   self.sizesCache, self.cumSumSizesCache = {}, {}
   self.gradInput = self.weight.new()
   nn.utils.clear(self, 'gradWeightBuffer', 'valuesBuffer', 'normalizedValues', 'keys', 'values', 'sizes', 'cumSumSizes')
   self.output:set()
   return self
end
