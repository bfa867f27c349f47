-- cudnn's recurrent nets: RNNReLU, RNNTanh, LSTM, GRU, and the last two in both directions.
--
-- One flat `weight` holds all: for each layer and direction the matrices of the input, gate by gate, and those of the state;
-- after all matrices the biases in the same order, two for each gate. Gates: LSTM's input, forget, cell, output; GRU's reset,
-- update, new. Input is time x batch x features, or with batchFirst batch x time x features.

local torch = require 'torch'
local nn = require 'nn'

local RNN, parent = torch.class('cudnn.RNN', 'nn.Module')

----------------------------------------------------------------------------------------------------------- cells

-- forward(a, b, h, c): from the input's part and the state's part of the gates, and the state before, the state after and what
-- backward takes. backward(kept, dh, dc): gradients of a, of b, of the state before beside what goes through b, and of c.
local function simple(act, slope)
   return {
      gates = 1,
      forward = function(a, b)
         local h = act(a + b)
         return h, nil, {h = h}
      end,
      backward = function(kept, dh)
         local d = torch.cmul(dh, slope(kept.h))
         return d, d, nil, nil
      end,
   }
end

-- The k-th of n equal blocks of columns.
local function block(x, k, n)
   local width = x:size(2) / n
   return x:narrow(2, (k - 1) * width + 1, width)
end

local function sigmoid_slope(y) return torch.cmul(y, -y + 1) end
local function tanh_slope(y) return -torch.cmul(y, y) + 1 end

local CELLS = {
   CUDNN_RNN_RELU = simple(function(x) return torch.cmax(x, 0) end, function(y) return torch.gt(y, 0):typeAs(y) end),
   CUDNN_RNN_TANH = simple(torch.tanh, tanh_slope),
   CUDNN_LSTM = {
      gates = 4, has_cell = true,
      forward = function(a, b, _, c)
         local x = a + b
         local i, f = torch.sigmoid(block(x, 1, 4)), torch.sigmoid(block(x, 2, 4))
         local g, o = torch.tanh(block(x, 3, 4)), torch.sigmoid(block(x, 4, 4))
         local after = torch.cmul(f, c) + torch.cmul(i, g)
         local t = torch.tanh(after)
         return torch.cmul(o, t), after, {i = i, f = f, g = g, o = o, t = t, c = c}
      end,
      backward = function(k, dh, dc)
         dc = dc + torch.cmul(torch.cmul(dh, k.o), tanh_slope(k.t))
         local d = torch.cat({
            torch.cmul(torch.cmul(dc, k.g), sigmoid_slope(k.i)), torch.cmul(torch.cmul(dc, k.c), sigmoid_slope(k.f)),
            torch.cmul(torch.cmul(dc, k.i), tanh_slope(k.g)), torch.cmul(torch.cmul(dh, k.t), sigmoid_slope(k.o)),
         }, 2)
         return d, d, nil, torch.cmul(dc, k.f)
      end,
   },
   CUDNN_GRU = {
      gates = 3,
      forward = function(a, b, h)
         local r = torch.sigmoid(block(a, 1, 3) + block(b, 1, 3))
         local z = torch.sigmoid(block(a, 2, 3) + block(b, 2, 3))
         local inner = block(b, 3, 3):clone()
         local n = torch.tanh(block(a, 3, 3) + torch.cmul(r, inner))
         return torch.cmul(-z + 1, n) + torch.cmul(z, h), nil, {r = r, z = z, n = n, h = h, inner = inner}
      end,
      backward = function(k, dh)
         local dn = torch.cmul(torch.cmul(dh, -k.z + 1), tanh_slope(k.n))
         local dr = torch.cmul(torch.cmul(dn, k.inner), sigmoid_slope(k.r))
         local dz = torch.cmul(torch.cmul(dh, k.h - k.n), sigmoid_slope(k.z))
         return torch.cat({dr, dz, dn}, 2), torch.cat({dr, dz, torch.cmul(dn, k.r)}, 2), torch.cmul(dh, k.z), nil
      end,
   },
}

---------------------------------------------------------------------------------------------------- construction

function RNN:__init(inputSize, hiddenSize, numLayers, batchFirst, dropout, rememberStates)
   parent.__init(self)
   self.inputSize, self.hiddenSize, self.numLayers = inputSize, hiddenSize, numLayers or 1
   self.batchFirst, self.dropout, self.rememberStates = batchFirst or false, dropout or 0, rememberStates or false
   self.bidirectional, self.numDirections = 'CUDNN_UNIDIRECTIONAL', 1
   self.inputMode, self.mode = 'CUDNN_LINEAR_INPUT', 'CUDNN_RNN_RELU'
   self.seqLength, self.miniBatch = 1, 1
   self.gradInput, self.output, self.weight, self.gradWeight = torch.Tensor(), torch.Tensor(), torch.Tensor(), torch.Tensor()
   self:reset()
end

-- How many features a layer gets.
local function width_of(self, layer) return layer == 1 and self.inputSize or self.hiddenSize * self.numDirections end

-- The parts of a flat tensor, for each layer and direction: matrices W and R, biases p and q.
local function parts(self, flat)
   local rows, list, place = CELLS[self.mode].gates * self.hiddenSize, {}, 1
   local function take(n)
      place = place + n
      return flat:narrow(1, place - n, n)
   end
   for layer = 1, self.numLayers do
      for _ = 1, self.numDirections do
         local width = width_of(self, layer)
         list[#list + 1] = {W = take(rows * width):view(rows, width), R = take(rows * self.hiddenSize):view(rows, self.hiddenSize)}
      end
   end
   for _, part in ipairs(list) do part.p, part.q = take(rows), take(rows) end
   return list
end

--- Draws the weights anew, from -1/sqrt(hiddenSize) to as much.
function RNN:reset(stdv)
   stdv = stdv or 1 / math.sqrt(self.hiddenSize)
   local rows, count = CELLS[self.mode].gates * self.hiddenSize, 0
   for layer = 1, self.numLayers do
      count = count + self.numDirections * rows * (width_of(self, layer) + self.hiddenSize + 2)
   end
   self.weight:resize(count):uniform(-stdv, stdv)
   self.gradWeight:resize(count):zero()
   return self
end
RNN.resetWeightDescriptor, RNN.resetRNNDescriptor = function() end, function() end

--- The next sequence begins from zeros.
function RNN:resetStates() self.hiddenInput, self.cellInput = nil, nil end

------------------------------------------------------------------------------------------------------ computation

local function in_time(self, x) return self.batchFirst and x:transpose(1, 2):contiguous() or x:contiguous() end

local function biased(x, W, p) return torch.addmm(p:view(1, -1):expand(x:size(1), p:size(1)), x, W:t()) end

local function state_of(self, given, k, batch)
   if given and given:nElement() > 0 then return given[k] end
   return self.weight.new(batch, self.hiddenSize):zero()
end

local function check(self, input)
   if not torch.isTensor(input) or input:dim() ~= 3 or input:size(3) ~= self.inputSize then
      error(('%s: input is %s, a tensor of 3 dimensions with %d features is needed'):format(torch.type(self),
         torch.isTensor(input) and 'of sizes ' .. table.concat(input:size():totable(), 'x') or torch.type(input), self.inputSize), 0)
   end
end

function RNN:updateOutput(input)
   check(self, input)
   local x, cell, weights, H = in_time(self, input), CELLS[self.mode], parts(self, self.weight), self.hiddenSize
   local T, N = x:size(1), x:size(2)
   self.seqLength, self.miniBatch = T, N
   local last_h, last_c = x.new(#weights, N, H), x.new(#weights, N, H):zero()
   local tape, k = {}, 0
   for layer = 1, self.numLayers do
      local y, mask = x.new(T, N, H * self.numDirections), nil
      if layer > 1 and self.dropout > 0 and self.train ~= false then
         mask = x:clone():bernoulli(1 - self.dropout):div(1 - self.dropout)
         x = torch.cmul(x, mask)
      end
      tape[layer] = {x = x, mask = mask}
      for direction = 1, self.numDirections do
         k = k + 1
         local w, steps = weights[k], {}
         local a = biased(x:view(T * N, -1), w.W, w.p):view(T, N, -1)
         local h, c = state_of(self, self.hiddenInput, k, N), state_of(self, self.cellInput, k, N)
         for i = 1, T do
            local t = direction == 1 and i or T + 1 - i
            local before = h
            local kept
            h, c, kept = cell.forward(a[t], biased(before, w.R, w.q), before, c)
            steps[i] = {t = t, before = before, kept = kept}
            y[t]:narrow(2, (direction - 1) * H + 1, H):copy(h)
         end
         tape[layer][direction] = steps
         last_h[k]:copy(h)
         if c then last_c[k]:copy(c) end
      end
      x = y
   end
   self._tape = tape
   self.hiddenOutput, self.cellOutput = last_h, cell.has_cell and last_c or nil
   if self.rememberStates then self.hiddenInput, self.cellInput = last_h:clone(), cell.has_cell and last_c:clone() or nil end
   self.output = self.batchFirst and x:transpose(1, 2):contiguous() or x
   return self.output
end

function RNN:updateGradInput(input, gradOutput)
   if self._tape == nil then error(torch.type(self) .. ': updateGradInput comes after updateOutput of the same input', 0) end
   local cell, weights, H = CELLS[self.mode], parts(self, self.weight), self.hiddenSize
   local d, N = in_time(self, gradOutput), self.miniBatch
   local first_h, first_c = d.new(#weights, N, H), d.new(#weights, N, H):zero()
   for layer = self.numLayers, 1, -1 do
      local entry = self._tape[layer]
      local dx = entry.x.new(entry.x:size()):zero()
      for direction = 1, self.numDirections do
         local k = (layer - 1) * self.numDirections + direction
         local w, steps = weights[k], entry[direction]
         local dh, dc = state_of(self, self.gradHiddenOutput, k, N), state_of(self, self.gradCellOutput, k, N)
         for i = #steps, 1, -1 do
            local step = steps[i]
            local whole = dh + d[step.t]:narrow(2, (direction - 1) * H + 1, H)
            local da, db, direct, before = cell.backward(step.kept, whole, dc)
            step.da, step.db = da, db
            dx[step.t]:addmm(da, w.W)
            dh = torch.mm(db, w.R)
            if direct then dh:add(direct) end
            dc = before or dc
         end
         first_h[k]:copy(dh)
         if cell.has_cell then first_c[k]:copy(dc) end
      end
      if entry.mask then dx:cmul(entry.mask) end
      d = dx
   end
   self.gradHiddenInput, self.gradCellInput = first_h, cell.has_cell and first_c or nil
   self.gradInput = self.batchFirst and d:transpose(1, 2):contiguous() or d
   return self.gradInput
end

function RNN:accGradParameters(input, gradOutput, scale)
   scale = scale or 1
   if self._tape[1][1][1].da == nil then self:updateGradInput(input, gradOutput) end
   for k, g in ipairs(parts(self, self.gradWeight)) do
      local entry = self._tape[math.ceil(k / self.numDirections)]
      for _, step in ipairs(entry[(k - 1) % self.numDirections + 1]) do
         g.W:addmm(scale, step.da:t(), entry.x[step.t])
         g.R:addmm(scale, step.db:t(), step.before)
         g.p:add(scale, step.da:sum(1):view(-1))
         g.q:add(scale, step.db:sum(1):view(-1))
      end
   end
end

function RNN:clearState()
   self._tape, self.hiddenOutput, self.cellOutput, self.gradHiddenInput, self.gradCellInput = nil, nil, nil, nil, nil
   return parent.clearState(self)
end

--- The work of the last forward is not saved.
function RNN:write(file)
   local fields = {}
   for key, value in pairs(self) do
      if key ~= '_tape' then fields[key] = value end
   end
   file:writeObject(fields)
end
function RNN:read(file)
   for key, value in pairs(file:readObject()) do self[key] = value end
end
function RNN:type(type_name, done)
   if type_name then self._tape = nil end
   return parent.type(self, type_name, done)
end

function RNN:__tostring__()
   return ('%s(%d -> %d, %d layer(s))'):format(torch.type(self), self.inputSize, self.hiddenSize * self.numDirections, self.numLayers)
end

------------------------------------------------------------------------------------------------------- the kinds

for name, row in pairs {
   RNNReLU = {'CUDNN_RNN_RELU'}, RNNTanh = {'CUDNN_RNN_TANH'}, LSTM = {'CUDNN_LSTM'}, GRU = {'CUDNN_GRU'},
   BLSTM = {'CUDNN_LSTM', 2}, BGRU = {'CUDNN_GRU', 2},
} do
   local Class, own_parent = torch.class('cudnn.' .. name, 'cudnn.RNN')

   function Class:__init(...)
      self.reset = function() end -- the weight is drawn once it has its size
      own_parent.__init(self, ...)
      self.reset = nil
      self.mode = row[1]
      if row[2] then self.bidirectional, self.numDirections = 'CUDNN_BIDIRECTIONAL', row[2] end
      self:reset()
   end
end

return nn
