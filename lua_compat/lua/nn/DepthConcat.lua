-- nn.DepthConcat: nn.Concat of outputs that differ in size, each in the middle of zeros.

local torch = require 'torch'
local nn = require 'nn'

local DepthConcat = torch.class('nn.DepthConcat', 'nn.Concat')

--- The part of `output`, along the dimension of concatenation from `offset`, where a module's output lies.
function DepthConcat:windowNarrow(output, currentOutput, offset)
   local window = output:narrow(self.dimension, offset, currentOutput:size(self.dimension))
   for d = 1, currentOutput:dim() do
      if d ~= self.dimension and self.outputSize[d] ~= currentOutput:size(d) then
         local start = math.floor((self.outputSize[d] - currentOutput:size(d)) / 2) + 1
         window = window:narrow(d, start, currentOutput:size(d))
      end
   end
   return window
end

function DepthConcat:updateOutput(input)
   local outputs, size = {}, nil
   for i, module in ipairs(self.modules) do
      local output = self:rethrowErrors(module, i, 'updateOutput', input)
      outputs[i] = output
      if size == nil then
         size = output:size():totable()
      else
         if output:dim() ~= #size then
            error(('%s: the output of module %d has %d dimensions, that of the first has %d'):format(torch.type(self), i,
               output:dim(), #size), 0)
         end
         for d = 1, #size do
            size[d] = d == self.dimension and size[d] + output:size(d) or math.max(size[d], output:size(d))
         end
      end
   end
   self.outputSize = torch.LongStorage(size)
   self.output:resize(self.outputSize):zero()
   local offset = 1
   for _, output in ipairs(outputs) do
      self:windowNarrow(self.output, output, offset):copy(output)
      offset = offset + output:size(self.dimension)
   end
   return self.output
end

-- Calls the method of each module with its part of gradOutput.
local function each_part(self, input, gradOutput, method, argument, collect)
   local offset = 1
   if collect then self.gradInput:resizeAs(input):zero() end
   for i, module in ipairs(self.modules) do
      local part = self:windowNarrow(gradOutput, module.output, offset):contiguous()
      local gradInput = self:rethrowErrors(module, i, method, input, part, argument)
      if collect then self.gradInput:add(gradInput) end
      offset = offset + module.output:size(self.dimension)
   end
   return self.gradInput
end

function DepthConcat:updateGradInput(input, gradOutput)
   return each_part(self, input, gradOutput, 'updateGradInput', nil, true)
end

-- Without the scale, which Torch7 leaves out here, and not in accGradParameters.
function DepthConcat:backward(input, gradOutput)
   return each_part(self, input, gradOutput, 'backward', 1, true)
end

function DepthConcat:accGradParameters(input, gradOutput, scale)
   each_part(self, input, gradOutput, 'accGradParameters', scale or 1)
end

function DepthConcat:accUpdateGradParameters(input, gradOutput, learningRate)
   each_part(self, input, gradOutput, 'accUpdateGradParameters', learningRate)
end
