-- nn.InstanceNormalization: each plane of each sample normalised by itself, scaled and shifted by plane (Ulyanov et al.,
-- 2016). It was no part of nn: nets for styles of pictures brought it along, and their files name it.

local torch = require 'torch'
local nn = require 'nn'

local Instance, parent = torch.class('nn.InstanceNormalization', 'nn.Module')

function Instance:__init(nOutput, eps)
   parent.__init(self)
   self.nOutput, self.eps = nOutput, eps or 1e-5
   self.weight, self.bias = torch.Tensor(nOutput), torch.Tensor(nOutput)
   self.gradWeight, self.gradBias = torch.Tensor(nOutput), torch.Tensor(nOutput)
   self:reset()
end

function Instance:reset()
   self.weight:uniform()
   self.bias:zero()
end

-- The planes of all samples as those of one, and what normalises them.
local function together(self, input)
   if input:dim() ~= 4 or input:size(2) ~= self.nOutput then
      error(('%s(%d): input has sizes %s, %d planes in 4 dimensions are needed'):format(torch.type(self), self.nOutput,
         table.concat(input:size():totable(), 'x'), self.nOutput), 0)
   end
   local planes = input:size(1) * self.nOutput
   if not self.bn or self.bn.running_mean:nElement() ~= planes then
      self.bn = nn.SpatialBatchNormalization(planes, self.eps, 0.1, false):type(self.weight:type())
   end
   return input:contiguous():view(1, planes, input:size(3), input:size(4))
end

local function spread(values, input) return values:view(1, values:nElement(), 1, 1):expandAs(input) end

function Instance:updateOutput(input)
   local planes = together(self, input)
   self.bn:training()
   local normal = self.bn:updateOutput(planes):viewAs(input)
   self.output:resizeAs(input):cmul(normal, spread(self.weight, input)):add(spread(self.bias, input))
   return self.output
end

function Instance:updateGradInput(input, gradOutput)
   local planes = together(self, input)
   local grad = torch.cmul(gradOutput, spread(self.weight, input)):viewAs(planes)
   self.gradInput:resizeAs(input):copy(self.bn:updateGradInput(planes, grad))
   return self.gradInput
end

function Instance:accGradParameters(input, gradOutput, scale)
   scale = scale or 1
   local function by_plane(values) return values:sum(4):sum(3):sum(1):view(self.nOutput) end
   self.gradBias:add(scale, by_plane(gradOutput))
   self.gradWeight:add(scale, by_plane(torch.cmul(gradOutput, self.bn.output:viewAs(gradOutput))))
end

function Instance:clearState()
   self.bn = nil
   return parent.clearState(self)
end

function Instance:__tostring__() return ('%s(%d)'):format(torch.type(self), self.nOutput) end

return nn.InstanceNormalization
