-- The two classes of a variational autoencoder (Kingma and Welling, 2014) that nn lacks.
require 'torch'
require 'nn'

--- Draws from normal distributions: takes {mean, log of the variance}, gives mean + deviation * noise.
local Sampler, parent = torch.class('nn.Sampler', 'nn.Module')

function Sampler:__init()
   parent.__init(self)
   self.gradInput = {torch.Tensor(), torch.Tensor()}
   self.noise = torch.Tensor()
end

function Sampler:updateOutput(input)
   local mean, log_variance = unpack(input)
   self.noise:resizeAs(mean):normal()
   self.output:resizeAs(mean):copy(log_variance):mul(0.5):exp():cmul(self.noise):add(mean)
   return self.output
end

function Sampler:updateGradInput(input, gradOutput)
   local mean, log_variance = unpack(input)
   self.gradInput[1]:resizeAs(mean):copy(gradOutput)
   self.gradInput[2]:resizeAs(mean):copy(log_variance):mul(0.5):exp():mul(0.5):cmul(self.noise):cmul(gradOutput)
   return self.gradInput
end

--- The divergence of normal distributions, {mean, log of the variance}, from the standard one, summed.
local KLDCriterion = torch.class('nn.KLDCriterion', 'nn.Criterion')

function KLDCriterion:updateOutput(input)
   local mean, log_variance = unpack(input)
   local terms = torch.exp(log_variance):add(torch.pow(mean, 2)):add(-1):add(-1, log_variance)
   self.output = 0.5 * terms:sum()
   return self.output
end

function KLDCriterion:updateGradInput(input)
   local mean, log_variance = unpack(input)
   self.gradInput = {mean:clone(), torch.exp(log_variance):add(-1):mul(0.5)}
   return self.gradInput
end
