-- Pooling to a given size: over windows that share out the plane, and over random ones.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'
local checks = require 'nn.checks'
local numbers = require 'nn.numbers'

local function adaptive(name)
   local Class, parent = torch.class(name, 'nn.Module')

   function Class:__init(W, H)
      parent.__init(self)
      numbers(name, 'W', W, 1, 'H', H, 1)
      self.W, self.H = W, H
   end

   function Class:empty() return self:clearState() end
   return Class, parent
end

local Average = adaptive('nn.SpatialAdaptiveAveragePooling')

function Average:updateOutput(input)
   kernels.adaptive_average_pooling_forward(self.output, input, torch.type(self), self.W, self.H)
   return self.output
end

function Average:updateGradInput(input, gradOutput)
   kernels.adaptive_average_pooling_backward(self.gradInput, gradOutput, input, torch.type(self), self.W, self.H)
   return self.gradInput
end

function Average:clearState() return nn.Module.clearState(self) end

-- The places are of one type whatever the module's.
local function places(self, input)
   checks.places(self, input)
   return self.indices
end

local Max, max_parent = adaptive('nn.SpatialAdaptiveMaxPooling')

function Max:updateOutput(input)
   kernels.adaptive_max_pooling_forward(self.output, places(self, input), input, torch.type(self), self.W, self.H)
   return self.output
end

function Max:updateGradInput(input, gradOutput)
   kernels.places_backward(self.gradInput, gradOutput, self.indices, input, torch.type(self), 2)
   return self.gradInput
end

function Max:clearState()
   if self.indices then self.indices:set() end
   return max_parent.clearState(self)
end

------------------------------------------------------------------------------------------------ fractional pooling

-- `sides` are the last letters of the fields, in the order of the constructor's arguments; `buffer_sides` is how many
-- random numbers a plane takes.
local function fractional(name, sides)
   local Class, parent = torch.class(name, 'nn.Module')
   local dims = #sides

   function Class:__init(...)
      parent.__init(self)
      local sizes, wanted = {...}, {select(dims + 1, ...)}
      local by_ratio = true
      for i, side in ipairs(sides) do
         numbers(name, 'poolSize' .. side, sizes[i], 1)
         if type(wanted[i]) ~= 'number' or wanted[i] <= 0 then
            error(('%s: the output for %s is %s, a size or a ratio between 0 and 1 is needed'):format(
               name, side, tostring(wanted[i])), 2)
         end
         by_ratio = by_ratio and wanted[i] < 1
      end
      for i, side in ipairs(sides) do
         if not by_ratio then numbers(name, 'out' .. side, wanted[i], 1) end
         self['poolSize' .. side] = sizes[i]
         self[(by_ratio and 'ratio' or 'out') .. side] = wanted[i]
      end
      self.newRandomPool = false
   end

   --- How many random numbers there are to be: for each plane of each sample, one for each side.
   function Class:getBufferSize_(input)
      if input:dim() == dims + 2 then return torch.LongStorage {input:size(1), input:size(2), dims} end
      return torch.LongStorage {1, input:size(1), dims}
   end

   --- Draws them anew, unless the regions are fixed and fit.
   function Class:initSampleBuffer_(input)
      local size = self:getBufferSize_(input)
      local samples = self.randomSamples
      if samples == nil then
         self.randomSamples = input.new():resize(size):uniform()
      elseif samples:dim() ~= 3 or samples:size(1) ~= size[1] or samples:size(2) ~= size[2] then
         samples:resize(size):uniform()
      elseif not self.newRandomPool then
         samples:uniform()
      end
   end

   --- The sizes of the output, in the order of the constructor's arguments.
   function Class:getOutputSizes_(input)
      local found = {}
      for i, side in ipairs(sides) do
         -- (width, height), or (depth, width, height): in the input the height stands before the width
         local d = input:dim() - (side == 'W' and 0 or side == 'H' and 1 or 2)
         found[i] = self['out' .. side] or math.floor(input:size(d) * self['ratio' .. side])
      end
      return unpack(found)
   end

   --- From now on the same regions are used again and again; with `false`, new ones each time.
   function Class:fixPoolingRegions(fixed)
      self.newRandomPool = fixed == nil or fixed
      return self
   end

   local function windows(self)
      local found = {}
      for i, side in ipairs(sides) do found[i] = self['poolSize' .. side] end
      return found
   end

   function Class:updateOutput(input)
      if input:dim() ~= dims + 1 and input:dim() ~= dims + 2 then
         error(('%s: input has %d dimensions, %d or %d are needed'):format(name, input:dim(), dims + 1, dims + 2))
      end
      local given = windows(self)
      for _, size in ipairs {self:getOutputSizes_(input)} do given[#given + 1] = size end
      for i, side in ipairs(sides) do -- before anything is drawn
         local size = input:size(input:dim() - (side == 'W' and 0 or side == 'H' and 1 or 2))
         local window, count = given[i], given[i + dims]
         if count < 1 or count + window - 1 >= size then
            local function inner(first) -- in the order of the tensor's dimensions
               local depth = dims == 3 and given[first] .. 'x' or ''
               return depth .. given[first + dims - 1] .. 'x' .. given[first + dims - 2]
            end
            error(('%s: input has sizes %s, too small for %s windows of %s'):format(torch.type(self),
               table.concat(input:size():totable(), 'x'), inner(dims + 1), inner(1)), 0)
         end
      end
      self:initSampleBuffer_(input)
      kernels.fractional_max_pooling_forward(self.output, places(self, input), input, self.randomSamples, torch.type(self),
         unpack(given))
      return self.output
   end

   function Class:updateGradInput(input, gradOutput)
      assert(self.randomSamples, 'must call updateOutput/forward first')
      kernels.places_backward(self.gradInput, gradOutput, self.indices, input, torch.type(self), dims)
      return self.gradInput
   end

   function Class:empty() return self:clearState() end

   function Class:clearState()
      self.indices, self.randomSamples = nil, nil
      return parent.clearState(self)
   end

   function Class:__tostring__()
      local out = {}
      for i, side in ipairs(sides) do out[i] = ('%d'):format(self['out' .. side] or 0) end
      return ('%s(%s, %s)'):format(torch.type(self), table.concat(out, 'x'), table.concat(windows(self), ','))
   end
end

fractional('nn.SpatialFractionalMaxPooling', {'W', 'H'})
fractional('nn.VolumetricFractionalMaxPooling', {'T', 'W', 'H'})
