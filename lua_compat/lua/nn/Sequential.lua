-- nn.Sequential: each module's output is the next one's input.

local torch = require 'torch'
local nn = require 'nn'
local types = require 'torch.types'

local Sequential = torch.class('nn.Sequential', 'nn.Container')

function Sequential:__len() return #self.modules end

--- #self is how many modules there are: Torch7's LuaJIT asked __len of tables, the one here counts places.
function Sequential:recount()
   local n = #self.modules
   for i = #self + 1, n do self[i] = types.place end
   for i = #self, n + 1, -1 do self[i] = nil end
end

-- Fields only: places are there for # alone.
local function next_field(self, key)
   local value
   repeat key, value = next(self, key) until value ~= types.place
   return key, value
end

function Sequential:__pairs() return next_field, self, nil end

function Sequential:add(module)
   if type(module) ~= 'table' then
      error(('%s: add needs a module, got %s'):format(torch.type(self), torch.type(module)), 2)
   end
   if #self.modules == 0 then self.gradInput = module.gradInput end
   table.insert(self.modules, module)
   self.output = module.output
   self:recount()
   return self
end

-- Output and gradInput are those of the last and the first module.
local function adopt(self)
   local modules = self.modules
   self:recount()
   if #modules > 0 then
      self.output, self.gradInput = modules[#modules].output, modules[1].gradInput
   else
      self.output, self.gradInput = torch.Tensor(), torch.Tensor()
   end
end

--- Puts a module before the one at `index`; at the end where none is given.
function Sequential:insert(module, index)
   index = index or #self.modules + 1
   if index > #self.modules + 1 or index < 1 then
      error('index should be between 1 and ' .. #self.modules + 1 .. ', got ' .. tostring(index), 2)
   end
   table.insert(self.modules, index, module)
   adopt(self)
end

--- Takes the module at `index` out; the last one where none is given.
function Sequential:remove(index)
   index = index or #self.modules
   if index > #self.modules or index < 1 then
      error('index should be between 1 and ' .. #self.modules .. ', got ' .. tostring(index), 2)
   end
   table.remove(self.modules, index)
   adopt(self)
end

function Sequential:updateOutput(input)
   local current = input
   if #self ~= #self.modules then self:recount() end -- they were changed by hand
   for i = 1, #self.modules do
      current = self:rethrowErrors(self.modules[i], i, 'updateOutput', current)
   end
   self.output = current
   return current
end

-- Walks from the last module to the first: each gets the output of the one before it as its input.
local function back(self, input, gradOutput, method, argument)
   local modules = self.modules
   for i = #modules, 2, -1 do
      gradOutput = self:rethrowErrors(modules[i], i, method, modules[i - 1].output, gradOutput, argument)
   end
   if modules[1] then gradOutput = self:rethrowErrors(modules[1], 1, method, input, gradOutput, argument) end
   return gradOutput
end

function Sequential:updateGradInput(input, gradOutput)
   self.gradInput = back(self, input, gradOutput, 'updateGradInput')
   return self.gradInput
end

function Sequential:backward(input, gradOutput, scale)
   self.gradInput = back(self, input, gradOutput, 'backward', scale or 1)
   return self.gradInput
end

function Sequential:backwardUpdate(input, gradOutput, learningRate)
   self.gradInput = back(self, input, gradOutput, 'backwardUpdate', learningRate)
   return self.gradInput
end

-- What a module was given as gradOutput is the gradInput of the one after it, which updateGradInput left there.
local function accumulate(self, input, gradOutput, method, argument)
   local modules = self.modules
   for i = #modules, 1, -1 do
      local given = i > 1 and modules[i - 1].output or input
      self:rethrowErrors(modules[i], i, method, given, gradOutput, argument)
      gradOutput = modules[i].gradInput
   end
end

function Sequential:accGradParameters(input, gradOutput, scale)
   accumulate(self, input, gradOutput, 'accGradParameters', scale or 1)
end

function Sequential:accUpdateGradParameters(input, gradOutput, learningRate)
   accumulate(self, input, gradOutput, 'accUpdateGradParameters', learningRate)
end

function Sequential:__tostring__()
   local names = {}
   for i = 1, #self.modules do names[i] = '(' .. i .. ')' end
   local lines = {'[input -> ' .. table.concat(names, ' -> ') .. ' -> output]'}
   if #names == 0 then lines = {'[input -> output]'} end
   for i, module in ipairs(self.modules) do
      lines[#lines + 1] = '(' .. i .. '): ' .. tostring(module):gsub('\n', '\n  ')
   end
   return 'nn.Sequential {\n  ' .. table.concat(lines, '\n  ') .. '\n}'
end

return nn.Sequential
