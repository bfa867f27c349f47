-- nn.Module: what every module has: the protocol, parameters, conversion, sharing, copies, the walk through the tree.

local torch = require 'torch'
local errors = require 'torch.errors'
local nn = require 'nn'
local serialize = require 'torch.serialize'

local Module = torch.class('nn.Module')

function Module:__init()
   self.gradInput = torch.Tensor()
   self.output = torch.Tensor()
   self._type = self.output:type()
end

---------------------------------------------------------------------------------------------------- the protocol

--- The tensors of the module's own parameters and of their gradients, in the same order; nothing where it has none.
function Module:parameters()
   if self.weight and self.bias then
      return {self.weight, self.bias}, {self.gradWeight, self.gradBias}
   elseif self.weight then
      return {self.weight}, {self.gradWeight}
   elseif self.bias then
      return {self.bias}, {self.gradBias}
   end
end

function Module:updateOutput() return self.output end

function Module:forward(input) return self:updateOutput(input) end

function Module:backward(input, gradOutput, scale)
   scale = scale or 1
   self:updateGradInput(input, gradOutput)
   self:accGradParameters(input, gradOutput, scale)
   return self.gradInput
end

function Module:backwardUpdate(input, gradOutput, learningRate)
   self:updateGradInput(input, gradOutput)
   self:accUpdateGradParameters(input, gradOutput, learningRate)
   return self.gradInput
end

function Module:updateGradInput() return self.gradInput end

function Module:accGradParameters() end

--- Parameters changed at once: the gradient is accumulated, with the learning rate's minus, into the parameters.
function Module:accUpdateGradParameters(input, gradOutput, learningRate)
   -- Classes of before `shared` say that sharing makes no difference to them by making the two methods one.
   if self.shared and self.sharedAccUpdateGradParameters ~= self.accUpdateGradParameters then
      self:sharedAccUpdateGradParameters(input, gradOutput, learningRate)
   else
      self:defaultAccUpdateGradParameters(input, gradOutput, learningRate)
   end
end

function Module:defaultAccUpdateGradParameters(input, gradOutput, learningRate)
   local gradWeight, gradBias = self.gradWeight, self.gradBias
   self.gradWeight, self.gradBias = self.weight, self.bias
   self:accGradParameters(input, gradOutput, -learningRate)
   self.gradWeight, self.gradBias = gradWeight, gradBias
end

function Module:sharedAccUpdateGradParameters(input, gradOutput, learningRate)
   if self:parameters() then
      self:zeroGradParameters()
      self:accGradParameters(input, gradOutput, 1)
      self:updateParameters(learningRate)
   end
end

function Module:zeroGradParameters()
   local _, gradients = self:parameters()
   for _, gradient in ipairs(gradients or {}) do gradient:zero() end
end

function Module:updateParameters(learningRate)
   if learningRate == nil then errors.raise('%s: updateParameters needs a learning rate', torch.type(self)) end
   local parameters, gradients = self:parameters()
   for i, parameter in ipairs(parameters or {}) do parameter:add(-learningRate, gradients[i]) end
end

function Module:training() self.train = true end

function Module:evaluate() self.train = false end

function Module:reset() end

function Module:clearState() return nn.utils.clear(self, 'output', 'gradInput') end

------------------------------------------------------------------------------------------------------ conversion

--- The type of the module's tensors, or, given one, the module converted to it. Tensors that share go on sharing.
function Module:type(type_name, done)
   if not type_name then return self._type end
   done = done or {}
   if done[self] then return self end
   done[self] = self
   for key, value in pairs(self) do self[key] = nn.utils.recursiveType(value, type_name, done) end
   self._type = type_name
   return self
end

for _, word in ipairs {'Float', 'Double', 'Cuda'} do
   Module[word:lower()] = function(self, ...) return self:type('torch.' .. word .. 'Tensor', ...) end
end

--------------------------------------------------------------------------------------------- copies and sharing

--- The named parameters on the memory of those of another module of the same kind.
function Module:share(other, ...)
   for _, name in ipairs {...} do
      if self[name] ~= nil then
         self[name]:set(other[name])
         self.shared = true
         other.shared = true
      end
   end
   return self
end

--- The fields, as one table, to a file and from it: what files hold of an object whose class says nothing else.
function Module:write(file)
   local fields = {}
   for key, value in pairs(self) do
      if file:isWritableObject(value) then fields[key] = value end
   end
   file:writeObject(fields)
end

function Module:read(file)
   for key, value in pairs(file:readObject()) do self[key] = value end
end
serialize.plain[Module.write], serialize.plain[Module.read] = true, true

--- A deep copy; the named parameters are shared with it.
function Module:clone(...)
   local file = torch.MemoryFile('rw'):binary()
   file:writeObject(self)
   file:seek(1)
   local copy = file:readObject()
   file:close()
   if select('#', ...) > 0 then copy:share(self, ...) end
   return copy
end

-- Tensors of one storage are moved onto one flat storage together: those that overlap stay overlapping.
local function flatten(tensors)
   if #tensors == 0 then return torch.Tensor() end
   local function reach(tensor)
      local last = tensor:storageOffset()
      for d = 1, tensor:dim() do last = last + (tensor:size(d) - 1) * tensor:stride(d) end
      return tensor:storageOffset(), last
   end
   local storages, order = {}, {}
   for _, tensor in ipairs(tensors) do
      if tensor:nElement() > 0 then
         local key = torch.pointer(tensor:storage())
         if not storages[key] then
            storages[key] = {storage = tensor:storage(), pieces = {}}
            order[#order + 1] = storages[key]
         end
         local first, last = reach(tensor)
         table.insert(storages[key].pieces, {first = first, last = last})
      end
   end
   local total = 0
   for _, held in ipairs(order) do
      table.sort(held.pieces, function(a, b) return a.first < b.first end)
      local joined = {}
      for _, piece in ipairs(held.pieces) do
         local before = joined[#joined]
         if before and piece.first <= before.last then
            before.last = math.max(before.last, piece.last)
         else
            joined[#joined + 1] = piece
         end
      end
      for _, piece in ipairs(joined) do
         piece.start = total + 1
         total = total + piece.last - piece.first + 1
      end
      held.pieces = joined
   end
   local flat = tensors[1].new(total)
   for _, held in ipairs(order) do
      local whole = tensors[1].new(held.storage, 1, held.storage:size(), 1)
      for _, piece in ipairs(held.pieces) do
         local length = piece.last - piece.first + 1
         flat:narrow(1, piece.start, length):copy(whole:narrow(1, piece.first, length))
      end
   end
   for _, tensor in ipairs(tensors) do
      -- A tensor of a module that stands at two places lies on `flat` already the second time.
      local held = tensor:nElement() > 0 and storages[torch.pointer(tensor:storage())]
      if held then
         local offset = tensor:storageOffset()
         for _, piece in ipairs(held.pieces) do
            if offset >= piece.first and offset <= piece.last then
               tensor:set(flat:storage(), piece.start + offset - piece.first, tensor:size(), tensor:stride())
               break
            end
         end
      end
   end
   return flat
end

Module.flatten = flatten

--- All parameters, and all their gradients, each as one flat tensor on whose memory they lie from now on.
-- Shared parameters are in it once. Call it once, before training.
function Module:getParameters()
   local parameters, gradients = self:parameters()
   return flatten(parameters or {}), flatten(gradients or {})
end

-------------------------------------------------------------------------------------------------------- the tree

function Module:__call__(input, gradOutput)
   self:forward(input)
   if gradOutput then
      self:backward(input, gradOutput)
      return self.output, self.gradInput
   end
   return self.output
end

function Module:apply(callback)
   callback(self)
   if self.modules then
      for _, module in ipairs(self.modules) do module:apply(callback) end
   end
end

--- The modules of a class in the tree, and the container of each.
function Module:findModules(class_name, container)
   container = container or self
   local found, containers = {}, {}
   if torch.typename(self) == class_name then
      found[1], containers[1] = self, container
   end
   if self.modules then
      for _, child in ipairs(self.modules) do
         local below, holders = child:findModules(class_name, self)
         for i, module in ipairs(below) do
            found[#found + 1], containers[#containers + 1] = module, holders[i]
         end
      end
   end
   return found, containers
end

--- This module and all below it.
function Module:listModules()
   local found = {self}
   if self.modules then
      for _, module in ipairs(self.modules) do
         for _, below in ipairs(module:listModules()) do found[#found + 1] = below end
      end
   end
   return found
end

--- What `callback` returns for each module, from the bottom up, in its place.
function Module:replace(callback)
   local result = callback(self)
   if self.modules then
      for i, module in ipairs(self.modules) do self.modules[i] = module:replace(callback) end
   end
   return result
end

function Module:__tostring__()
   return torch.type(self)
end
