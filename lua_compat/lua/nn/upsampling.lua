-- Up-sampling of planes and volumes, and channels turned into pixels.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'
local numbers = require 'nn.numbers'

local function remember(self, input, new)
   local d, inner = input:dim(), #new
   for i = d + 1, self.inputSize:size() do self.inputSize[i], self.outputSize[i] = 0, 0 end
   for i = 1, d do
      self.inputSize[i] = input:size(i)
      self.outputSize[i] = i > d - inner and new[i - d + inner] or input:size(i)
   end
end

-- The last sizes of the output: those asked for, or the input's times the factor.
local function target(self, input, asked)
   local new, d = {}, input:dim()
   for i, field in ipairs(asked) do
      new[i] = self.scale_factor and input:size(d - #asked + i) * self.scale_factor or self[field]
   end
   return new
end

local function planes(self, input)
   if input:dim() ~= 3 and input:dim() ~= 4 then
      error(('%s: input has %d dimensions, 3 or 4 are needed'):format(torch.type(self), input:dim()), 3)
   end
end

-- `mode(self)` is the kernel's, `setSize(input)` gives the last sizes of the output.
local function upsampling(name, mode, dimensions)
   local Class, parent = torch.class(name, 'nn.Module')

   function Class:updateOutput(input)
      kernels.upsampling_forward(self.output, input, mode(self), unpack(self:setSize(input)))
      return self.output
   end

   function Class:updateGradInput(input, gradOutput)
      kernels.upsampling_backward(self.gradInput, gradOutput, input, torch.type(self), mode(self),
         unpack(self:setSize(input)))
      return self.gradInput
   end

   local function start(self)
      parent.__init(self)
      self.inputSize = torch.LongStorage(dimensions):fill(0)
      self.outputSize = torch.LongStorage(dimensions):fill(0)
   end
   return Class, start
end

local rows, boxes = {'oheight', 'owidth'}, {'odepth', 'oheight', 'owidth'}

local Nearest, nearest_start = upsampling('nn.SpatialUpSamplingNearest', function() return 'nearest' end, 4)

function Nearest:__init(scale)
   nearest_start(self)
   numbers(torch.type(self), 'scale', scale, 1)
   self.scale_factor = scale
end

function Nearest:setSize(input)
   planes(self, input)
   local new = target(self, input, rows)
   remember(self, input, new)
   return new
end

-- A factor, or the sizes asked for in a table.
local function asked(self, given)
   if type(given) == 'table' then
      numbers(torch.type(self), 'oheight', given.oheight, 1, 'owidth', given.owidth, 1)
      if given.odepth ~= nil then numbers(torch.type(self), 'odepth', given.odepth, 1) end
      self.odepth, self.oheight, self.owidth = given.odepth, given.oheight, given.owidth
   else
      numbers(torch.type(self), 'scale', given, 1)
      self.scale_factor = given
   end
end

local Bilinear, bilinear_start = upsampling('nn.SpatialUpSamplingBilinear', function() return 'linear' end, 4)

function Bilinear:__init(given)
   bilinear_start(self)
   asked(self, given)
   self.odepth = nil
end

Bilinear.setSize = Nearest.setSize

function Bilinear:__tostring__()
   if self.scale_factor then return ('%s(%d)'):format(torch.type(self), self.scale_factor) end
   return ('%s(%d, %d)'):format(torch.type(self), self.oheight, self.owidth)
end

local UpSampling, upsampling_start = upsampling('nn.UpSampling', function(self) return self.mode end, 5)

function UpSampling:__init(given, mode)
   upsampling_start(self)
   if mode ~= 'nearest' and mode ~= 'linear' then
      error(('nn.UpSampling: mode is %s, "nearest" or "linear" is needed'):format(tostring(mode)), 2)
   end
   asked(self, given)
   if mode == 'nearest' and not self.scale_factor then
      error('nn.UpSampling: mode "nearest" needs a factor, sizes go with "linear" only', 2)
   end
   self.mode = mode
end

function UpSampling:setSize(input)
   if input:dim() ~= 4 and input:dim() ~= 5 then
      error(('nn.UpSampling: input has %d dimensions, a batch of 4 or 5 is needed'):format(input:dim()), 2)
   end
   if input:dim() == 5 and not self.scale_factor and not self.odepth then
      error('nn.UpSampling: the input is a volume, but no odepth was given', 2)
   end
   local new = target(self, input, input:dim() == 5 and boxes or rows)
   remember(self, input, new)
   return new
end

function UpSampling:__tostring__()
   if self.scale_factor then return ('%s(%dx, %s)'):format(torch.type(self), self.scale_factor, self.mode) end
   local depth = self.odepth and ('%d, '):format(self.odepth) or ''
   return ('%s(%s%d, %d, %s)'):format(torch.type(self), depth, self.oheight, self.owidth, self.mode)
end

---------------------------------------------------------------------------------------------------- PixelShuffle

local PixelShuffle, shuffle_parent = torch.class('nn.PixelShuffle', 'nn.Module')

function PixelShuffle:__init(upscaleFactor)
   shuffle_parent.__init(self)
   numbers('nn.PixelShuffle', 'upscaleFactor', upscaleFactor, 1)
   self.upscaleFactor = upscaleFactor
   self.upscaleFactorSquared = upscaleFactor * upscaleFactor
end

-- Samples, channels of the output, rows and columns of the input.
local function parts(self, input)
   local d, squared = input:dim(), self.upscaleFactorSquared
   if (d ~= 3 and d ~= 4) or input:size(d - 2) % squared ~= 0 then
      error(('nn.PixelShuffle: input has sizes %s; 3 or 4 dimensions and a multiple of %d channels are needed'):format(
         table.concat(input:size():totable(), 'x'), squared), 3)
   end
   return d == 4 and input:size(1) or 1, input:size(d - 2) / squared, input:size(d - 1), input:size(d)
end

function PixelShuffle:updateOutput(input)
   local n, channels, high, wide = parts(self, input)
   local r = self.upscaleFactor
   self._shuffleIn = self._shuffleIn or input.new()
   self._shuffleOut = self._shuffleOut or input.new()
   self._shuffleIn:set(input:contiguous():view(n, channels, r, r, high, wide))
   local turned = self._shuffleIn:permute(1, 2, 5, 3, 6, 4)
   self._shuffleOut:resize(turned:size()):copy(turned)
   if input:dim() == 3 then
      self.output = self._shuffleOut:view(channels, high * r, wide * r)
   else
      self.output = self._shuffleOut:view(n, channels, high * r, wide * r)
   end
   return self.output
end

function PixelShuffle:updateGradInput(input, gradOutput)
   local n, channels, high, wide = parts(self, input)
   local r = self.upscaleFactor
   if gradOutput:nElement() ~= input:nElement() then
      error(('nn.PixelShuffle: gradOutput has %d elements, input has %d'):format(
         gradOutput:nElement(), input:nElement()), 2)
   end
   local turned = gradOutput:contiguous():view(n, channels, high, r, wide, r):permute(1, 2, 4, 6, 3, 5)
   self.gradInput:resize(turned:size()):copy(turned)
   self.gradInput = self.gradInput:view(input:size())
   return self.gradInput
end

function PixelShuffle:clearState()
   nn.utils.clear(self, '_shuffleIn', '_shuffleOut')
   return shuffle_parent.clearState(self)
end
