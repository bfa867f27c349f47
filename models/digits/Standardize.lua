-- A layer of our own: subtracts the mean of the training set and divides by its standard deviation.
require 'nn'

local Standardize, parent = torch.class('nn.Standardize', 'nn.Module')

function Standardize:__init(mean, std)
   parent.__init(self)
   self.mean = mean
   self.std = std
end

function Standardize:updateOutput(input)
   self.output:resizeAs(input):copy(input):add(-self.mean):div(self.std)
   return self.output
end

function Standardize:updateGradInput(input, gradOutput)
   self.gradInput:resizeAs(gradOutput):copy(gradOutput):div(self.std)
   return self.gradInput
end

function Standardize:__tostring__()
   return string.format('%s(%.3f, %.3f)', torch.type(self), self.mean, self.std)
end
