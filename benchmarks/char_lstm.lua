-- A character-level LSTM, unrolled through time, trained as scripts of Torch7's day did it: the cell is a net of nngraph,
-- its copies through time come out of one MemoryFile and are set on the first one's parameters, and the loop over time is
-- written out. Called with the sizes, the words of a batch (batch x length, from 1) and what comes next, and a table of the
-- parameters by name; returns what makes one update and returns the loss, the processor's seconds that the copies took, and
-- the net.

local given, x, y, initial = ...
require 'nn'
require 'nngraph'
require 'optim'

-- ---------------------------------------------------------------------------------------------------------- the cell

-- Rows of the unit matrix for a vector of numbers.
local OneHot, parent = torch.class('OneHot', 'nn.Module')

function OneHot:__init(size)
   parent.__init(self)
   self.size = size
   self.eye = torch.eye(size)
end

function OneHot:updateOutput(input)
   self.output:resize(input:size(1), self.size):zero()
   local chosen = input:long()
   self.output:copy(self.eye:index(1, chosen))
   return self.output
end

local function lstm(vocabulary, size, layers, dropout)
   local inputs = {nn.Identity()()}
   for _ = 1, layers do
      table.insert(inputs, nn.Identity()())
      table.insert(inputs, nn.Identity()())
   end
   local outputs, below, width = {}, nil, nil
   for layer = 1, layers do
      local before_c, before_h = inputs[2 * layer], inputs[2 * layer + 1]
      if layer == 1 then
         below, width = _G.OneHot(vocabulary)(inputs[1]), vocabulary
      else
         below, width = outputs[2 * layer - 2], size
         if dropout > 0 then below = nn.Dropout(dropout)(below) end
      end
      local from_input = nn.Linear(width, 4 * size)(below):annotate {name = 'i2h_' .. layer}
      local from_before = nn.Linear(size, 4 * size)(before_h):annotate {name = 'h2h_' .. layer}
      local sums = nn.Reshape(4, size)(nn.CAddTable() {from_input, from_before})
      local a, b, c, d = nn.SplitTable(2)(sums):split(4)
      local in_gate, forget_gate, out_gate = nn.Sigmoid()(a), nn.Sigmoid()(b), nn.Sigmoid()(c)
      local candidate = nn.Tanh()(d)
      local next_c = nn.CAddTable() {
         nn.CMulTable() {forget_gate, before_c},
         nn.CMulTable() {in_gate, candidate},
      }
      local next_h = nn.CMulTable() {out_gate, nn.Tanh()(next_c)}
      table.insert(outputs, next_c)
      table.insert(outputs, next_h)
   end
   local top = outputs[#outputs]
   if dropout > 0 then top = nn.Dropout(dropout)(top) end
   local scores = nn.Linear(size, vocabulary)(top):annotate {name = 'decoder'}
   table.insert(outputs, nn.LogSoftMax()(scores))
   return nn.gModule(inputs, outputs)
end

-- ------------------------------------------------------------------------------------- parameters and copies in time

-- All parameters on one flat tensor, and all gradients.
local function combine_all_parameters(...)
   local parameters, gradients = {}, {}
   for _, net in ipairs {...} do
      local own, own_gradients = net:parameters()
      for i, tensor in ipairs(own or {}) do
         table.insert(parameters, tensor)
         table.insert(gradients, own_gradients[i])
      end
   end
   local function flatten(tensors)
      local places, count = {}, 0
      for _, tensor in ipairs(tensors) do
         local key = torch.pointer(tensor:storage())
         if not places[key] then
            places[key] = count
            count = count + tensor:storage():size()
         end
      end
      local flat = torch.Tensor(count):zero()
      for _, tensor in ipairs(tensors) do
         local values, place = tensor:clone(), places[torch.pointer(tensor:storage())]
         tensor:set(flat:storage(), place + tensor:storageOffset(), tensor:size(), tensor:stride())
         tensor:copy(values)
      end
      return flat
   end
   return flatten(parameters), flatten(gradients)
end

local function clone_many_times(net, count)
   local clones = {}
   local parameters, gradients
   if net.parameters then
      parameters, gradients = net:parameters()
      if parameters == nil then parameters = {} end
   end
   local file = torch.MemoryFile('w'):binary()
   file:writeObject(net)
   for t = 1, count do
      local reader = torch.MemoryFile(file:storage(), 'r'):binary()
      local clone = reader:readObject()
      reader:close()
      if net.parameters then
         local own, own_gradients = clone:parameters()
         for i = 1, #parameters do
            own[i]:set(parameters[i])
            own_gradients[i]:set(gradients[i])
         end
      end
      clones[t] = clone
      collectgarbage()
   end
   file:close()
   return clones
end

-- -------------------------------------------------------------------------------------------------------- the training

local size, layers, length, batch = given.size, given.layers, x:size(2), x:size(1)
local protos = {rnn = lstm(given.vocabulary, size, layers, given.dropout), criterion = nn.ClassNLLCriterion()}
local parameters, gradients = combine_all_parameters(protos.rnn)
for _, node in ipairs(protos.rnn.forwardnodes) do
   local name = node.data.annotations.name
   if name then
      node.data.module.weight:copy(initial[name .. '.weight'])
      node.data.module.bias:copy(initial[name .. '.bias'])
   end
end

local init_state = {}
for _ = 1, layers do
   local zeros = torch.zeros(batch, size)
   table.insert(init_state, zeros:clone())
   table.insert(init_state, zeros:clone())
end
local function clone_list(list, zero_too)
   local copies = {}
   for k, v in pairs(list) do
      copies[k] = v:clone()
      if zero_too then copies[k]:zero() end
   end
   return copies
end

local begun = os.clock()
local clones = {}
for name, proto in pairs(protos) do clones[name] = clone_many_times(proto, length) end
local seconds = os.clock() - begun

local init_state_global = clone_list(init_state)

local function feval(point)
   if point ~= parameters then parameters:copy(point) end
   gradients:zero()

   local rnn_state, predictions, loss = {[0] = init_state_global}, {}, 0
   for t = 1, length do
      clones.rnn[t]:training()
      local list = clones.rnn[t]:forward {x[{{}, t}], unpack(rnn_state[t - 1])}
      rnn_state[t] = {}
      for i = 1, #init_state do table.insert(rnn_state[t], list[i]) end
      predictions[t] = list[#list]
      loss = loss + clones.criterion[t]:forward(predictions[t], y[{{}, t}])
   end
   loss = loss / length

   local drnn_state = {[length] = clone_list(init_state, true)}
   for t = length, 1, -1 do
      local doutput_t = clones.criterion[t]:backward(predictions[t], y[{{}, t}])
      table.insert(drnn_state[t], doutput_t)
      local dlist = clones.rnn[t]:backward({x[{{}, t}], unpack(rnn_state[t - 1])}, drnn_state[t])
      drnn_state[t - 1] = {}
      for k, v in pairs(dlist) do
         if k > 1 then drnn_state[t - 1][k - 1] = v end
      end
   end
   init_state_global = clone_list(rnn_state[#rnn_state]) -- the next batch overwrites the copies' outputs
   gradients:clamp(-5, 5)
   return loss, gradients
end

local optim_state = {learningRate = 2e-3, alpha = 0.95}
local function step()
   local _, loss = optim.rmsprop(feval, parameters, optim_state)
   return loss[1]
end
return step, seconds, protos.rnn
