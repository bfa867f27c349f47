-- What undoes max pooling: each element goes back to where the pooling module found it, all else is 0.

local torch = require 'torch'
local nn = require 'nn'
local kernels = require '_kernels'

-- `sizes` are the fields of the pooling module's input and what they are called here; `copied` are fields taken over.
local function unpooling(name, pooling_name, sizes, copied)
   local Class, parent = torch.class(name, 'nn.Module')

   function Class:__init(pooling)
      parent.__init(self)
      if not torch.isTypeOf(pooling, pooling_name) then
         error(('%s: the argument is a %s, a %s is needed'):format(name, torch.type(pooling), pooling_name), 2)
      end
      for _, side in ipairs {'T', 'W', 'H'} do
         if pooling['k' .. side] ~= pooling['d' .. side] then
            error(('%s: %s has windows of %d and steps of %d, which must be the same'):format(
               name, tostring(pooling), pooling['k' .. side], pooling['d' .. side]), 2)
         end
      end
      self.pooling = pooling
   end

   --- Takes over where the pooling module found its elements.
   function Class:setParams()
      local pooling = self.pooling
      self.indices = pooling.indices
      for from, to in pairs(sizes) do self[to] = pooling[from] end
      for _, field in ipairs(copied) do self[field] = pooling[field] end
   end

   local function size(self)
      if self.owidth == nil then error(name .. ': the pooling module has seen no input yet', 3) end
      if self.otime then return self.otime, self.oheight, self.owidth end
      return self.oheight, self.owidth
   end

   function Class:updateOutput(input)
      self:setParams()
      kernels.unpooling_forward(self.output, input, self.indices, name, size(self))
      return self.output
   end

   function Class:updateGradInput(input, gradOutput)
      self:setParams()
      kernels.unpooling_backward(self.gradInput, gradOutput, input, self.indices, name, size(self))
      return self.gradInput
   end

   function Class:empty() return self:clearState() end

   function Class:__tostring__() return name .. ' associated to ' .. tostring(self.pooling) end
end

unpooling('nn.SpatialMaxUnpooling', 'nn.SpatialMaxPooling', {iheight = 'oheight', iwidth = 'owidth'}, {})
unpooling('nn.VolumetricMaxUnpooling', 'nn.VolumetricMaxPooling',
   {itime = 'otime', iheight = 'oheight', iwidth = 'owidth'}, {'dT', 'dW', 'dH', 'padT', 'padW', 'padH'})
