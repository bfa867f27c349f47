-- The activations: a class is a row of its kernel, its parameters in the order of its arguments, and its text.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'

local forward, backward = kernels.activation_forward, kernels.activation_backward

-- `parameters` are {field, default}; the first two, `inplace` apart, go to the kernel. `needs` are numbers it must get.
local function activation(name, kernel, parameters, text, parent_name)
   local Class, parent = torch.class('nn.' .. name, parent_name or 'nn.Module')
   local names = {}
   for _, parameter in ipairs(parameters or {}) do
      if parameter[1] ~= 'inplace' then names[#names + 1] = parameter[1] end
   end
   local a, b = names[1], names[2]

   function Class:__init(...)
      nn.Module.__init(self)
      for i, parameter in ipairs(parameters or {}) do
         local given = select(i, ...)
         if given == nil then given = parameter[2] end
         self[parameter[1]] = given
      end
   end

   if parameters then
      function Class:updateOutput(input)
         forward(self.output, kernel, input, self.inplace, a and self[a], b and self[b])
         return self.output
      end

      function Class:updateGradInput(input, gradOutput)
         backward(self.gradInput, kernel, gradOutput, input, self.output, self.inplace, a and self[a], b and self[b])
         return self.gradInput
      end
   else
      function Class:updateOutput(input)
         forward(self.output, kernel, input)
         return self.output
      end

      function Class:updateGradInput(input, gradOutput)
         backward(self.gradInput, kernel, gradOutput, input, self.output)
         return self.gradInput
      end
   end

   if text then
      function Class:__tostring__() return torch.type(self) .. text:format(self[a], b and self[b]) end
   end
   return Class, parent
end

local in_place = {'inplace', false}

activation('Abs', 'abs')
activation('ELU', 'elu', {{'alpha', 1}, in_place}, ' (alpha:%f)')
activation('Exp', 'exp')
activation('HardShrink', 'hardshrink', {{'lambda', 0.5}})
activation('HardTanh', 'hardtanh', {{'min_val', -1}, {'max_val', 1}, in_place})
activation('Clamp', 'hardtanh', {{'min_val'}, {'max_val'}, in_place}, nil, 'nn.HardTanh')
activation('LeakyReLU', 'leaky_relu', {{'negval', 0.01}, in_place}, '(%g)')
activation('Log', 'log')
activation('LogSigmoid', 'log_sigmoid')
activation('Power', 'power', {{'pow'}})
activation('ReLU6', 'relu6', {in_place})
activation('Sigmoid', 'sigmoid')
activation('SoftShrink', 'softshrink', {{'lambda', 0.5}})
activation('SoftSign', 'softsign')
activation('Square', 'square')
activation('Tanh', 'tanh')
activation('SoftPlus', 'softplus', {{'beta', 1}})
activation('Sqrt', 'sqrt')
activation('TanhShrink', 'tanhshrink')
local Threshold = activation('Threshold', 'threshold', {{'threshold', 1e-6}, {'val', 0}, in_place})

function nn.SoftPlus:__init(beta)
   nn.Module.__init(self)
   self.beta = beta or 1
   self.threshold = 20
end

function nn.Sqrt:__init(eps)
   nn.Module.__init(self)
   self.eps = eps or 0
end

function nn.TanhShrink:__init()
   nn.Module.__init(self)
   self.tanh = nn.Tanh()
end

function Threshold:validateParameters()
   if self.inplace and self.val > self.threshold then
      error('in-place processing requires value not exceeding threshold', 3)
   end
end

local init = Threshold.__init
function Threshold:__init(...)
   init(self, ...)
   self:validateParameters()
end

local ReLU, relu_parent = torch.class('nn.ReLU', 'nn.Threshold')
function ReLU:__init(inplace) relu_parent.__init(self, 0, 0, inplace or false) end

----------------------------------------------------------------------------------------------------------- PReLU

local PReLU, prelu_parent = torch.class('nn.PReLU', 'nn.Module')

function PReLU:__init(nOutputPlane)
   prelu_parent.__init(self)
   self.nOutputPlane = nOutputPlane or 0
   self.weight = torch.Tensor(nOutputPlane or 1):fill(0.25)
   self.gradWeight = torch.Tensor(nOutputPlane or 1)
end

function PReLU:updateOutput(input)
   kernels.prelu_forward(self.output, input, self.weight)
   return self.output
end

function PReLU:updateGradInput(input, gradOutput)
   kernels.prelu_backward_input(self.gradInput, gradOutput, input, self.weight)
   return self.gradInput
end

function PReLU:accGradParameters(input, gradOutput, scale)
   kernels.prelu_backward_weight(self.gradWeight, gradOutput, input, self.weight, scale or 1)
end

----------------------------------------------------------------------------------------------------------- RReLU

local RReLU, rrelu_parent = torch.class('nn.RReLU', 'nn.Module')

function RReLU:__init(lower, upper, inplace)
   rrelu_parent.__init(self)
   self.lower = lower or 1 / 8
   self.upper = upper or 1 / 3
   assert(self.lower <= self.upper and self.lower >= 0 and self.upper >= 0)
   self.noise = torch.Tensor()
   self.train = true
   self.inplace = inplace or false
end

local function mean_slope(self) return (self.lower + self.upper) / 2 end

function RReLU:updateOutput(input)
   if self.train then
      local count = kernels.rrelu_noise(self.noise, input)
      if count > 0 then
         kernels.rrelu_fill(self.noise, input, self.noise.new(count):uniform(self.lower, self.upper))
      end
      kernels.rrelu_forward(self.output, input, self.noise, self.inplace)
   else
      kernels.rrelu_forward(self.output, input, mean_slope(self), self.inplace)
   end
   return self.output
end

function RReLU:updateGradInput(input, gradOutput)
   local drawn = self.train and self.upper - self.lower > 1e-6
   kernels.rrelu_backward(self.gradInput, gradOutput, input, drawn and self.noise or mean_slope(self), self.inplace)
   return self.gradInput
end

function RReLU:__tostring__()
   return ('%s (l:%f, u:%f)'):format(torch.type(self), self.lower, self.upper)
end

------------------------------------------------------------------------------------------- SoftMax and its relatives

local function softmax(name, logarithm)
   local Class = torch.class('nn.' .. name, 'nn.Module')

   function Class:updateOutput(input)
      kernels.softmax_forward(self.output, input, logarithm)
      return self.output
   end

   function Class:updateGradInput(_, gradOutput)
      kernels.softmax_backward(self.gradInput, gradOutput, self.output, logarithm)
      return self.gradInput
   end
end

softmax('SoftMax', false)
softmax('SpatialSoftMax', false)
softmax('LogSoftMax', true)
softmax('SpatialLogSoftMax', true)

local SoftMin = torch.class('nn.SoftMin', 'nn.Module')

function SoftMin:updateOutput(input)
   self.mininput = self.mininput or input.new()
   self.mininput:resizeAs(input):copy(input):mul(-1)
   kernels.softmax_forward(self.output, self.mininput, false)
   return self.output
end

function SoftMin:updateGradInput(_, gradOutput)
   kernels.softmax_backward(self.gradInput, gradOutput, self.output, false)
   self.gradInput:mul(-1)
   return self.gradInput
end

function SoftMin:clearState()
   if self.mininput then self.mininput:set() end
   return nn.Module.clearState(self)
end

----------------------------------------------------------------------------------------- AddConstant, MulConstant

local function constant(name, change, undo, through)
   local Class, parent = torch.class('nn.' .. name, 'nn.Module')

   function Class:__init(value, inplace)
      parent.__init(self)
      assert(type(value) == 'number', 'input is not scalar!')
      self.constant_scalar = value
      self.inplace = inplace or false
   end

   function Class:updateOutput(input)
      if self.inplace then
         change(input, self.constant_scalar)
         self.output:set(input)
      else
         change(self.output:resizeAs(input):copy(input), self.constant_scalar)
      end
      return self.output
   end

   function Class:updateGradInput(input, gradOutput)
      if self.inplace then
         through(gradOutput, self.constant_scalar)
         self.gradInput:set(gradOutput)
         undo(input, self.constant_scalar)
      else
         through(self.gradInput:resizeAs(gradOutput):copy(gradOutput), self.constant_scalar)
      end
      return self.gradInput
   end
end

local function add(x, c) return x:add(c) end
local function mul(x, c) return x:mul(c) end
constant('AddConstant', add, function(x, c) return x:add(-c) end, function(x) return x end)
constant('MulConstant', mul, function(x, c) return x:div(c) end, mul)
