-- Containers whose modules stand side by side, and Identity.

local torch = require 'torch'
local nn = require 'nn'
local checks = require 'nn.checks'

-- The modules side by side, as a tree.
local function drawn(self)
   local lines = {torch.type(self) .. ' {', '  input'}
   local count = #self.modules
   for i, module in ipairs(self.modules) do
      local last = i == count
      local below = '\n' .. (last and '         ' or '    |    ')
      lines[#lines + 1] = (last and '     `-> (' or '    |`-> (') .. i .. '): ' .. tostring(module):gsub('\n', below)
   end
   lines[#lines + 1] = '     ... -> output'
   return table.concat(lines, '\n') .. '\n}'
end

torch.class('nn.Identity', 'nn.Module')

function nn.Identity:updateOutput(input) self.output = input; return input end
function nn.Identity:updateGradInput(_, gradOutput) self.gradInput = gradOutput; return gradOutput end
function nn.Identity:clearState()
   local function empty(value) return torch.isTensor(value) and value.new() or type(value) == 'table' and {} or value end
   self.output, self.gradInput = empty(self.output), empty(self.gradInput)
   return self
end

---------------------------------------------------------------------------------------------------------- Concat

local Concat, concat_parent = torch.class('nn.Concat', 'nn.Container')

function Concat:__init(dimension)
   concat_parent.__init(self)
   self.outputSize = torch.LongStorage()
   self.dimension = dimension
end

function Concat:updateOutput(input)
   local outputs, total, d = {}, 0, self.dimension
   if #self.modules == 0 then checks.fail(self, 'it holds no modules') end
   for i, module in ipairs(self.modules) do outputs[i] = self:rethrowErrors(module, i, 'updateOutput', input) end
   checks.joinable(self, outputs, d, 'the output of module')
   for _, output in ipairs(outputs) do total = total + output:size(d) end
   local size = outputs[1]:size()
   size[d] = total
   self.outputSize = size
   self.output:resize(size)
   local offset = 1
   for _, output in ipairs(outputs) do
      self.output:narrow(d, offset, output:size(d)):copy(output)
      offset = offset + output:size(d)
   end
   return self.output
end

-- Calls the method of each module with its part of gradOutput; gradInputs are added where they are wanted.
local function each_part(self, input, gradOutput, method, argument, collect)
   local offset, d = 1, self.dimension
   for i, module in ipairs(self.modules) do
      local length = module.output:size(d)
      local part = gradOutput:narrow(d, offset, length):contiguous()
      local gradInput = self:rethrowErrors(module, i, method, input, part, argument)
      if collect then
         if i == 1 then nn.utils.recursiveCopy(self.gradInput, gradInput)
         else nn.utils.recursiveAdd(self.gradInput, gradInput) end
      end
      offset = offset + length
   end
   return self.gradInput
end

local function start(self, input)
   if torch.isTypeOf(self, 'nn.ParallelTable') or torch.isTypeOf(self, 'nn.MapTable') then return end
   if torch.isTensor(input) ~= torch.isTensor(self.gradInput) then
      self.gradInput = torch.isTensor(input) and input.new() or {}
   end
end

local function branching(Class, visit)
   function Class:updateGradInput(input, gradOutput)
      start(self, input)
      return visit(self, input, gradOutput, 'updateGradInput', nil, true)
   end
   function Class:backward(input, gradOutput, scale)
      start(self, input)
      return visit(self, input, gradOutput, 'backward', scale or 1, true)
   end
   function Class:accGradParameters(input, gradOutput, scale)
      visit(self, input, gradOutput, 'accGradParameters', scale or 1)
   end
   function Class:accUpdateGradParameters(input, gradOutput, rate)
      visit(self, input, gradOutput, 'accUpdateGradParameters', rate)
   end
   Class.__tostring__ = drawn
end
branching(Concat, each_part)

----------------------------------------------------------------------------------------------------- ConcatTable

local ConcatTable, table_parent = torch.class('nn.ConcatTable', 'nn.Container')

function ConcatTable:__init()
   table_parent.__init(self)
   self.output = {}
end

function ConcatTable:updateOutput(input)
   for i, module in ipairs(self.modules) do
      self.output[i] = self:rethrowErrors(module, i, 'updateOutput', input)
   end
   return self.output
end

branching(ConcatTable, function(self, input, gradOutput, method, argument, collect)
   for i, module in ipairs(self.modules) do
      local gradInput = self:rethrowErrors(module, i, method, input, gradOutput[i], argument)
      if collect then
         if i == 1 then self.gradInput = nn.utils.recursiveCopy(self.gradInput, gradInput)
         else nn.utils.recursiveAdd(self.gradInput, gradInput) end
      end
   end
   return self.gradInput
end)

---------------------------------------------------------------------------------------- ParallelTable and MapTable

local ParallelTable, parallel_parent = torch.class('nn.ParallelTable', 'nn.Container')

function ParallelTable:__init()
   parallel_parent.__init(self)
   self.output, self.gradInput = {}, {}
end

ParallelTable.updateOutput = function(self, input)
   if type(input) ~= 'table' or (#self.modules > 0 and input[#self.modules] == nil) then
      checks.fail(self, 'input is %s, %d modules need one each', checks.told(input), #self.modules)
   end
   for i, module in ipairs(self.modules) do
      self.output[i] = self:rethrowErrors(module, i, 'updateOutput', input[i])
   end
   return self.output
end

local function pairwise(self, input, gradOutput, method, argument, collect)
   for i, module in ipairs(self.modules) do
      local gradInput = self:rethrowErrors(module, i, method, input[i], gradOutput[i], argument)
      if collect then self.gradInput[i] = gradInput end
   end
   return self.gradInput
end

branching(ParallelTable, pairwise)

local MapTable, map_parent = torch.class('nn.MapTable', 'nn.Container')

function MapTable:__init(module, shared)
   map_parent.__init(self)
   self.shared = (shared == nil) or shared
   self.sharedparams = {'weight', 'bias', 'gradWeight', 'gradBias'}
   self.output, self.gradInput = {}, {}
   self:add(module)
end

function MapTable:add(module)
   assert(module == nil or not self.module, 'nn.MapTable holds one module')
   self.module = module
   self.modules[1] = module
   return self
end

-- As many copies of the module as there are inputs.
function MapTable:resize(count)
   for i = #self.modules + 1, count do
      self.modules[i] = self.shared and self.module:clone(unpack(self.sharedparams)) or self.module:clone()
   end
   for i = #self.modules, count + 1, -1 do self.modules[i] = nil end
   for i = #self.output, count + 1, -1 do self.output[i] = nil end
   for i = #self.gradInput, count + 1, -1 do self.gradInput[i] = nil end
end

function MapTable:updateOutput(input)
   if not self.module then checks.fail(self, 'it holds no module') end
   if type(input) ~= 'table' then checks.fail(self, 'input is %s, a table is needed', checks.told(input)) end
   self:resize(#input)
   return ParallelTable.updateOutput(self, input)
end
branching(MapTable, pairwise)

-- Shared copies have the parameters of the first module.
for _, method in ipairs {'zeroGradParameters', 'updateParameters'} do
   MapTable[method] = function(self, ...)
      if self.shared then
         if self.module then return self.module[method](self.module, ...) end
         return
      end
      return map_parent[method](self, ...)
   end
end

function MapTable:clearState()
   for i = #self.modules, 2, -1 do self.modules[i] = nil end
   return map_parent.clearState(self)
end

function MapTable:__tostring__()
   return torch.type(self) .. ' {\n  ' .. tostring(self.module):gsub('\n', '\n  ') .. '\n}'
end

-------------------------------------------------------------------------------------------------------- Parallel

local Parallel, split_parent = torch.class('nn.Parallel', 'nn.Container')

function Parallel:__init(inputDimension, outputDimension)
   split_parent.__init(self)
   self.inputDimension, self.outputDimension = inputDimension, outputDimension
end

function Parallel:updateOutput(input)
   local outputs, total, d = {}, 0, self.outputDimension
   if checks.tensor(self, input):dim() < self.inputDimension or input:size(self.inputDimension) > #self.modules then
      checks.fail(self, 'input has sizes %s, there are %d modules for the slices of dimension %d', checks.sizes(input),
         #self.modules, self.inputDimension)
   end
   for i = 1, input:size(self.inputDimension) do
      outputs[i] = self:rethrowErrors(self.modules[i], i, 'updateOutput', input:select(self.inputDimension, i))
   end
   checks.joinable(self, outputs, d, 'the output of module')
   for _, output in ipairs(outputs) do total = total + output:size(d) end
   local size = outputs[1]:size()
   size[d] = total
   self.output:resize(size)
   local offset = 1
   for _, output in ipairs(outputs) do
      self.output:narrow(d, offset, output:size(d)):copy(output)
      offset = offset + output:size(d)
   end
   return self.output
end

branching(Parallel, function(self, input, gradOutput, method, argument, collect)
   local offset, d = 1, self.outputDimension
   if collect then self.gradInput:resizeAs(input) end
   for i = 1, input:size(self.inputDimension) do
      local module = self.modules[i]
      local length = module.output:size(d)
      local given = input:select(self.inputDimension, i)
      local part = gradOutput:narrow(d, offset, length):contiguous()
      local gradInput = self:rethrowErrors(module, i, method, given, part, argument)
      if collect then self.gradInput:select(self.inputDimension, i):copy(gradInput) end
      offset = offset + length
   end
   return self.gradInput
end)
