-- Convolutions with other connections: by a table, plane by plane, with a weight for each place.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'
local convolution = require 'nn.convolution'

local parent = nn.Module

---------------------------------------------------------------------------------------------- tables of connections

-- Each has a row (plane of the input, plane of the output) for each kernel.
nn.tables = nn.tables or {}

--- Every plane with every plane.
function nn.tables.full(nin, nout)
   local rows = torch.Tensor(nin * nout, 2)
   rows:select(2, 1):copy(torch.range(1, nin):repeatTensor(nout))
   rows:select(2, 2):copy(torch.range(1, nout):view(nout, 1):expand(nout, nin))
   return rows
end

--- Each plane with the one of its number.
function nn.tables.oneToOne(nfeat)
   local rows = torch.Tensor(nfeat, 2)
   for column = 1, 2 do rows:select(2, column):copy(torch.range(1, nfeat)) end
   return rows
end

--- Each plane of the output with `nto` of the input: pieces of a permutation, and of another when it is used up.
function nn.tables.random(nin, nout, nto)
   local pieces = math.floor(nin / nto)
   if pieces < 1 then
      error(('nn.tables.random: %d of %d planes cannot be chosen for each'):format(nto, nin), 2)
   end
   local rows = torch.Tensor(nto * nout, 2)
   local order, piece = torch.randperm(nin), 1
   for out = 1, nout do
      local part = rows:narrow(1, (out - 1) * nto + 1, nto)
      part:select(2, 1):copy(order:narrow(1, (piece - 1) * nto + 1, nto))
      part:select(2, 2):fill(out)
      piece = piece + 1
      if piece > pieces then
         order, piece = torch.randperm(nin), 1 -- drawn after the last one too, as Torch7 does
      end
   end
   return rows
end

----------------------------------------------------------------------------------------------------------- by table

-- `full`: whether it is transposed.
local function by_table(name, full)
   local Class = torch.class('nn.' .. name, 'nn.Module')

   function Class:__init(conMatrix, kW, kH, dW, dH)
      parent.__init(self)
      self.kW, self.kH = kW, kH
      self.dW, self.dH = dW or 1, dH or 1
      self.connTable = conMatrix
      self.nInputPlane = conMatrix:select(2, 1):max()
      self.nOutputPlane = conMatrix:select(2, 2):max()
      self.weight, self.bias = torch.Tensor(conMatrix:size(1), kH, kW), torch.Tensor(self.nOutputPlane)
      self.gradWeight, self.gradBias = torch.Tensor(conMatrix:size(1), kH, kW), torch.Tensor(self.nOutputPlane)
      self:reset()
   end

   -- Without `stdv` each kernel is drawn between bounds that depend on how many lead to its plane.
   function Class:reset(stdv)
      if stdv then return convolution.draw(self, stdv) end
      local inputs = torch.Tensor(self.nOutputPlane):zero()
      for k = 1, self.connTable:size(1) do
         local to = self.connTable[k][2]
         inputs[to] = inputs[to] + 1
      end
      local function bound(plane) return 1 / math.sqrt(self.kW * self.kH * inputs[plane]) end
      for k = 1, self.connTable:size(1) do
         local most = bound(self.connTable[k][2])
         self.weight:select(1, k):uniform(-most, most)
      end
      for plane = 1, self.bias:size(1) do
         local most = bound(plane)
         self.bias[plane] = torch.uniform(-most, most)
      end
   end

   local function numbers(self)
      return full, torch.type(self), self.nInputPlane, self.nOutputPlane, self.dH, self.dW
   end

   function Class:updateOutput(input)
      kernels.map_convolution_forward(self.output, input, self.weight, self.bias, self.connTable, numbers(self))
      return self.output
   end

   function Class:updateGradInput(input, gradOutput)
      kernels.map_convolution_backward_input(self.gradInput, gradOutput, input, self.weight, self.connTable,
         numbers(self))
      return self.gradInput
   end

   function Class:accGradParameters(input, gradOutput, scale)
      kernels.map_convolution_backward_parameters(self.gradWeight, self.gradBias, gradOutput, input, self.connTable,
         scale or 1, numbers(self))
   end

   return Class
end

local Map = by_table('SpatialConvolutionMap', false)
by_table('SpatialFullConvolutionMap', true)

--- Takes that part of the parameters away.
function Map:decayParameters(decay)
   self.weight:add(-decay, self.weight)
   self.bias:add(-decay, self.bias)
end

----------------------------------------------------------------------------------------------------- plane by plane

-- Output i * nOutputPlane + o is plane i convolved by its kernel o.
local DepthWise = torch.class('nn.SpatialDepthWiseConvolution', 'nn.Module')
convolution.methods(DepthWise)

function DepthWise:__init(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH)
   parent.__init(self)
   self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
   self.kW, self.kH = kW, kH
   convolution.set(self, convolution.planes, 'd', 1, dW, dH)
   convolution.set(self, convolution.planes, 'pad', nil, padW, padH)
   local elements = nInputPlane * kH * kW
   self.weight, self.bias = torch.Tensor(nOutputPlane, elements), torch.Tensor(nOutputPlane, nInputPlane)
   self.gradWeight, self.gradBias = torch.Tensor(nOutputPlane, elements), torch.Tensor(nOutputPlane, nInputPlane)
   self:reset()
end

function DepthWise:reset(stdv)
   convolution.draw(self, stdv, self.kW * self.kH * self.nInputPlane)
end

-- The parameters are a matrix until the module runs, and from then on seen as kernels.
local function as_kernels(self)
   for _, name in ipairs {'weight', 'gradWeight'} do
      if self[name] and self[name]:dim() == 2 then
         self[name] = self[name]:view(self.nOutputPlane, self.nInputPlane, self.kH, self.kW)
      end
   end
end

local function depth_wise_numbers(self)
   return self.nInputPlane, torch.type(self), convolution.planes.window(self)
end

function DepthWise:updateOutput(input)
   kernels.depth_wise_forward(self.output, input, self.weight, self.bias, depth_wise_numbers(self))
   as_kernels(self)
   return self.output
end

function DepthWise:updateGradInput(input, gradOutput)
   kernels.depth_wise_backward_input(self.gradInput, gradOutput, input, self.weight, depth_wise_numbers(self))
   return self.gradInput
end

-- Torch7 keeps the gradients' memory in the order of planes after one pass, and takes it for the other order in the
-- next, which it then copies onto itself: what that gave is known for as many kernels as planes, and is given here.
-- Where the numbers differ the gradients are right, and in Python they always are.
local passes = setmetatable({}, {__mode = 'k'})

local function confuse(self)
   passes[self] = (passes[self] or 0) + 1
   local count = self.nInputPlane
   if count ~= self.nOutputPlane or passes[self] % 2 == 1 then return end
   for i = 1, count do
      for o = i + 1, count do self.gradWeight[i][o]:copy(self.gradWeight[o][i]) end
   end
   if self.gradBias then self.gradBias:copy(self.gradBias:t():clone()) end
end

function DepthWise:accGradParameters(input, gradOutput, scale)
   kernels.depth_wise_backward_parameters(self.gradWeight, self.gradBias, gradOutput, input, scale or 1,
      depth_wise_numbers(self))
   as_kernels(self)
   confuse(self)
end

function DepthWise:__tostring__() return convolution.describe(self, convolution.planes, false) end

---------------------------------------------------------------------------------------------- a weight for each place

local Local = torch.class('nn.SpatialConvolutionLocal', 'nn.Module')

function Local:__init(nInputPlane, nOutputPlane, iW, iH, kW, kH, dW, dH, padW, padH)
   parent.__init(self)
   self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
   self.kW, self.kH = kW, kH
   self.iW, self.iH = iW, iH
   convolution.set(self, convolution.planes, 'd', 1, dW, dH)
   convolution.set(self, convolution.planes, 'pad', nil, padW, padH)
   for _, axis in ipairs(convolution.planes.axes) do
      local room = self['i' .. axis] + 2 * self['pad' .. axis] - self['k' .. axis]
      if room < 0 then
         error(('nn.SpatialConvolutionLocal: an image of %dx%d is smaller than a kernel of %dx%d'):format(
            iW, iH, kW, kH), 2)
      end
      self['o' .. axis] = math.floor(room / self['d' .. axis]) + 1
   end
   local weight = {self.oH, self.oW, nOutputPlane, nInputPlane, kH, kW}
   local bias = {nOutputPlane, self.oH, self.oW}
   self.weight, self.bias = torch.Tensor(unpack(weight)), torch.Tensor(unpack(bias))
   self.gradWeight, self.gradBias = torch.Tensor(unpack(weight)), torch.Tensor(unpack(bias))
   self:reset()
end

function Local:reset(stdv)
   convolution.draw(self, stdv, self.kW * self.kH * self.nInputPlane)
end

local function local_numbers(self)
   return torch.type(self), self.iH, self.iW, self.kH, self.kW, self.dH, self.dW, self.padH, self.padW
end

function Local:updateOutput(input)
   kernels.local_convolution_forward(self.output, input, self.weight, self.bias, local_numbers(self))
   return self.output
end

function Local:updateGradInput(input, gradOutput)
   kernels.local_convolution_backward_input(self.gradInput, gradOutput, input, self.weight, local_numbers(self))
   return self.gradInput
end

function Local:accGradParameters(input, gradOutput, scale)
   kernels.local_convolution_backward_parameters(self.gradWeight, self.gradBias, gradOutput, input, scale or 1,
      local_numbers(self))
end

function Local:type(type_name, done)
   if type_name then nn.utils.clear(self, 'finput', 'fgradInput') end
   return parent.type(self, type_name, done)
end

function Local:clearState()
   nn.utils.clear(self, 'finput', 'fgradInput', '_input', '_gradOutput')
   return parent.clearState(self)
end

function Local:__tostring__()
   return convolution.describe(self, convolution.planes, false, ('%dx%d, '):format(self.iW, self.iH))
end
