-- Modules over tables of tensors.

local torch = require 'torch'
local nn = require 'nn'
local checks = require 'nn.checks'
local kernels = require '_kernels'

-- A module whose gradInput is a table.
local function table_class(name)
   local Class, parent = torch.class('nn.' .. name, 'nn.Module')
   function Class:__init()
      parent.__init(self)
      self.gradInput = {}
   end
   return Class, parent
end

-- gradInput[i], as a tensor of the type of input[i].
local function own(self, input, i)
   local kept = self.gradInput[i]
   if kept == nil or torch.typename(kept) ~= torch.typename(input[i]) then
      kept = input[i].new()
      self.gradInput[i] = kept
   end
   return kept
end

-- The same, and of its size; those of inputs that are gone go too.
local function slot(self, input, i) return own(self, input, i):resizeAs(input[i]) end

local function trim(self, count)
   for i = #self.gradInput, count + 1, -1 do self.gradInput[i] = nil end
   return self.gradInput
end

-- A kernel of a whole table writes nothing where it cannot, and what is wrong is told here. Without a complaint, the
-- inputs are of another type than the module.
local function folded(self, kernel, input)
   if type(input) ~= 'table' or input[1] == nil or not kernel(self.output, unpack(input)) then
      checks.elements(self, input)
      checks.fail(self, 'input[1] is a %s, the module is of %s', torch.typename(input[1]), torch.typename(self.output))
   end
   return self.output
end

-- Writes gradInput by a kernel that takes gradOutput, the tensors to write to and the inputs.
local function unfolded(self, kernel, input, gradOutput)
   local grads, count = self.gradInput, #input
   local done
   if count == 2 and grads[1] and grads[2] then
      done = kernel(gradOutput, grads[1], grads[2], input[1], input[2])
   end
   if not done then
      local tensors = {}
      for i = 1, count do
         tensors[i] = own(self, input, i)
         tensors[count + i] = input[i]
      end
      done = kernel(gradOutput, unpack(tensors))
   end
   if not done then
      checks.elements(self, input)
      checks.fail(self, 'gradOutput is %s, input[1] %s', checks.told(gradOutput), checks.told(input[1]))
   end
   return trim(self, count)
end

local Add, add_parent = table_class('CAddTable')

function Add:__init(inplace)
   add_parent.__init(self)
   self.inplace = inplace
   self.gradInput = {}
end

function Add:updateOutput(input)
   if not self.inplace then return folded(self, kernels.table_sum, input) end
   checks.elements(self, input)
   self.output:set(input[1])
   for i = 2, #input do self.output:add(input[i]) end
   return self.output
end

function Add:updateGradInput(input, gradOutput)
   if not self.inplace then return unfolded(self, kernels.table_spread, input, gradOutput) end
   for i = 1, #input do self.gradInput[i] = (self.gradInput[i] or input[i].new()):set(gradOutput) end
   return trim(self, #input)
end

local Sub = table_class('CSubTable')

function Sub:updateOutput(input)
   checks.elements(self, input, 2)
   self.output:resizeAs(input[1]):copy(input[1]):add(-1, input[2])
   return self.output
end

function Sub:updateGradInput(input, gradOutput)
   slot(self, input, 1):copy(gradOutput)
   slot(self, input, 2):copy(gradOutput):mul(-1)
   return trim(self, 2)
end

local Mul = table_class('CMulTable')

function Mul:updateOutput(input) return folded(self, kernels.table_product, input) end

function Mul:updateGradInput(input, gradOutput)
   return unfolded(self, kernels.table_product_backward, input, gradOutput)
end

--- The same from the output, with one division for each input: for many inputs without zeros.
function Mul:updateGradInput_efficient(input, gradOutput)
   self.tout = (self.tout or input[1].new()):resizeAs(self.output)
   for i = 1, #input do
      self.tout:copy(self.output):cdiv(input[i])
      slot(self, input, i):copy(gradOutput):cmul(self.tout)
   end
   return trim(self, #input)
end

function Mul:clearState()
   if self.tout then self.tout:set() end
   return nn.Module.clearState(self)
end

local Div = table_class('CDivTable')

function Div:updateOutput(input)
   checks.elements(self, input, 2)
   self.output:resizeAs(input[1]):copy(input[1]):cdiv(input[2])
   return self.output
end

function Div:updateGradInput(input, gradOutput)
   slot(self, input, 1):copy(gradOutput):cdiv(input[2])
   slot(self, input, 2):copy(self.gradInput[1]):cdiv(input[2]):cmul(input[1]):mul(-1)
   return trim(self, 2)
end

-- The largest or smallest of each place; of equal ones the first.
local function extreme(name, index, values, beats, pick)
   local Class, parent = table_class(name)
   function Class:__init()
      parent.__init(self)
      self.gradInput = {}
      self[index], self[values] = torch.Tensor(), torch.Tensor()
      self.mask, self.gradMaxVals = torch.Tensor(), torch.Tensor()
   end
   function Class:updateOutput(input)
      checks.elements(self, input)
      self.output:resizeAs(input[1]):copy(input[1])
      self[index]:resizeAs(input[1]):fill(1)
      for i = 2, #input do
         self[index]:maskedFill(torch[beats](input[i], self.output), i)
         self.output[pick](self.output, input[i])
      end
      return self.output
   end
   function Class:updateGradInput(input, gradOutput)
      for i = 1, #input do
         slot(self, input, i):copy(torch.eq(self[index], i)):cmul(gradOutput)
      end
      return trim(self, #input)
   end
end
extreme('CMaxTable', 'maxIdx', 'maxVals', 'gt', 'cmax')
extreme('CMinTable', 'minIdx', 'minVals', 'lt', 'cmin')

---------------------------------------------------------------------------------------- joining, splitting, picking

local function dimension_of(self, tensor)
   local d = self.dimension
   if d < 0 then return tensor:dim() + d + 1 end
   if self.nInputDims and tensor:dim() == self.nInputDims + 1 then return d + 1 end
   return d
end

local Join, join_parent = table_class('JoinTable')

function Join:__init(dimension, nInputDims)
   join_parent.__init(self)
   self.size = torch.LongStorage()
   self.dimension, self.nInputDims = dimension, nInputDims
   self.gradInput = {}
end

function Join:updateOutput(input)
   checks.tensors(self, input)
   local d, total, offset = dimension_of(self, input[1]), 0, 1
   checks.joinable(self, input, d, 'tensor')
   for i = 1, #input do total = total + input[i]:size(d) end
   self.size = input[1]:size()
   self.size[d] = total
   self.output:resize(self.size)
   for i = 1, #input do
      self.output:narrow(d, offset, input[i]:size(d)):copy(input[i])
      offset = offset + input[i]:size(d)
   end
   return self.output
end

function Join:updateGradInput(input, gradOutput)
   local d, offset = dimension_of(self, input[1]), 1
   for i = 1, #input do
      slot(self, input, i):copy(gradOutput:narrow(d, offset, input[i]:size(d)))
      offset = offset + input[i]:size(d)
   end
   return trim(self, #input)
end

local Split, split_parent = torch.class('nn.SplitTable', 'nn.Module')

local AT_ONCE = 100 -- slices that cross in one call; Lua's stack bounds it

function Split:__init(dimension, nInputDims)
   split_parent.__init(self)
   self.dimension, self.nInputDims = dimension, nInputDims
end

function Split:updateOutput(input)
   local d, slices = dimension_of(self, checks.tensor(self, input)), {}
   if d < 1 or d > input:dim() then
      checks.fail(self, 'input has sizes %s, dimension %d is split', checks.sizes(input), d)
   end
   local count = input:size(d)
   if count <= AT_ONCE and input:dim() > 1 then
      slices = {kernels.slices(input, d - 1)}
   else
      for i = 1, count do slices[i] = input:select(d, i) end
   end
   self.output = slices
   return slices
end

function Split:updateGradInput(input, gradOutput)
   local d = dimension_of(self, input)
   if not torch.isTensor(self.gradInput) then self.gradInput = input.new() end
   local count = input:size(d)
   if count <= AT_ONCE and input:dim() > 1 then
      kernels.join_slices(self.gradInput, input, d - 1, unpack(gradOutput, 1, count))
   else
      self.gradInput:resizeAs(input)
      for i = 1, count do self.gradInput:select(d, i):copy(gradOutput[i]) end
   end
   return self.gradInput
end

-- Tables or tensors of zeros like the input.
local function zeros_like(kept, input)
   kept = nn.utils.recursiveResizeAs(kept, input)
   nn.utils.recursiveFill(kept, 0)
   return kept
end

local Select, select_parent = table_class('SelectTable')

function Select:__init(index)
   select_parent.__init(self)
   self.index = index
   self.gradInput = {}
end

local function place(self, input)
   if type(self.index) == 'number' and self.index < 0 then return #input + self.index + 1 end
   return self.index
end

function Select:updateOutput(input)
   if type(input) ~= 'table' then checks.fail(self, 'input is %s, a table is needed', checks.told(input)) end
   local index = place(self, input)
   if input[index] == nil then
      checks.fail(self, 'index does not exist in the input table: %s, it is %s', tostring(self.index), checks.told(input))
   end
   self.output = input[index]
   return self.output
end

function Select:updateGradInput(input, gradOutput)
   local index = place(self, input)
   self.gradInput[index] = nil -- the last one's gradOutput, which isn't ours to fill
   self.gradInput = zeros_like(self.gradInput, input)
   self.gradInput[index] = gradOutput
   return self.gradInput
end

-- The output is one of the inputs: it is let go of, not emptied.
function Select:clearState()
   self.output = torch.isTensor(self.output) and self.output.new() or {}
   self.gradInput = {}
   return self
end

function Select:__tostring__() return torch.type(self) .. '(' .. tostring(self.index) .. ')' end

local Narrow, narrow_parent = table_class('NarrowTable')

function Narrow:__init(offset, length)
   narrow_parent.__init(self)
   self.offset, self.length = offset, length or 1
   self.output, self.gradInput = {}, {}
end

function Narrow:updateOutput(input)
   local last = self.offset + self.length - 1
   if type(input) ~= 'table' or input[last] == nil then
      checks.fail(self, 'input is %s, elements %d to %d are taken', checks.told(input), self.offset, last)
   end
   self.output = {}
   for i = 1, self.length do self.output[i] = input[self.offset + i - 1] end
   return self.output
end

function Narrow:updateGradInput(input, gradOutput)
   for i = 1, self.length do self.gradInput[self.offset + i - 1] = nil end
   self.gradInput = zeros_like(self.gradInput, input)
   for i = 1, self.length do self.gradInput[self.offset + i - 1] = gradOutput[i] end
   return self.gradInput
end

local Flatten, flatten_parent = table_class('FlattenTable')

function Flatten:__init()
   flatten_parent.__init(self)
   self.output, self.input_map, self.gradInput = {}, {}, {}
end

-- Leaves go to `output`; what is returned names the place of each, in the input's nesting.
local function gather(input, output)
   if torch.isTensor(input) then
      output[#output + 1] = input
      return #output
   end
   local map = {}
   for i, value in ipairs(input) do map[i] = gather(value, output) end
   return map
end

local function scatter(map, values)
   if type(map) == 'number' then return values[map] end
   local nested = {}
   for i, place_of in ipairs(map) do nested[i] = scatter(place_of, values) end
   return nested
end

function Flatten:updateOutput(input)
   if type(input) ~= 'table' then checks.fail(self, 'input is %s, a table is needed', checks.told(input)) end
   self.output = {}
   self.input_map = gather(input, self.output)
   return self.output
end

function Flatten:updateGradInput(_, gradOutput)
   self.gradInput = scatter(self.input_map, gradOutput)
   return self.gradInput
end
