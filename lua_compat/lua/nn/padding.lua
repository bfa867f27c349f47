-- Borders around planes.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'

local Zero, zero_parent = torch.class('nn.SpatialZeroPadding', 'nn.Module')

function Zero:__init(pad_l, pad_r, pad_t, pad_b)
   zero_parent.__init(self)
   self.pad_l = pad_l
   self.pad_r, self.pad_t, self.pad_b = pad_r or pad_l, pad_t or pad_l, pad_b or pad_l
end

function Zero:updateOutput(input)
   kernels.zero_padding_forward(self.output, input, self.pad_l, self.pad_r, self.pad_t, self.pad_b)
   return self.output
end

function Zero:updateGradInput(input, gradOutput)
   kernels.zero_padding_backward(self.gradInput, gradOutput, input, self.pad_l, self.pad_r, self.pad_t, self.pad_b)
   return self.gradInput
end

function Zero:__tostring__()
   return ('%s(l=%d, r=%d, t=%d, b=%d)'):format(torch.type(self), self.pad_l, self.pad_r, self.pad_t, self.pad_b)
end
