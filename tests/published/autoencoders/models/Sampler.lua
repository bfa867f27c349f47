local nn = require 'nn'

-- Draws from a normal distribution, as many as its input has elements.
local Sampler, parent = torch.class('nn.NormalSampler', 'nn.Module')

function Sampler:__init()
   parent.__init(self)
   self.gradInput = nil
end

function Sampler:updateOutput(input)
   self.output:resizeAs(input):normal(0, 1)
   return self.output
end

function Sampler:updateGradInput(input, gradOutput)
   self.gradInput = self.gradInput or input.new()
   return self.gradInput:resizeAs(input):zero()
end
