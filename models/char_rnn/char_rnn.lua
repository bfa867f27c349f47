-- A language model of characters with long short-term memory (Hochreiter and Schmidhuber, 1997), its step a graph:
--   th models/char_rnn/char_rnn.lua -layers 2
local torch = require 'torch'
local nn = require 'nn'
require 'nngraph'
local optim = require 'optim'
local paths = require 'paths'
local common = paths.dofile('../common.lua')

local TEXT = 'the quick brown fox jumps over the lazy dog, and the dog sleeps on. '

-- One step: a character, and c and h of each layer; gives the next c and h of each layer, and the log-probabilities of
-- the next character.
local function step_of(vocabulary, size, layers)
   local inputs, outputs = {nn.Identity()():annotate {name = 'x'}}, {}
   local x, from = inputs[1], vocabulary
   for layer = 1, layers do
      local c = nn.Identity()():annotate {name = 'c' .. layer}
      local h = nn.Identity()():annotate {name = 'h' .. layer}
      table.insert(inputs, c)
      table.insert(inputs, h)
      local sums = nn.CAddTable()({nn.Linear(from, 4 * size)(x), nn.Linear(size, 4 * size)(h)})
      local i, f, o, g = nn.SplitTable(2)(nn.Reshape(4, size)(sums)):split(4)
      local kept = nn.CMulTable()({nn.Sigmoid()(f), c})
      local next_c = nn.CAddTable()({kept, nn.CMulTable()({nn.Sigmoid()(i), nn.Tanh()(g)})})
      local next_h = nn.CMulTable()({nn.Sigmoid()(o), nn.Tanh()(next_c)})
      table.insert(outputs, next_c)
      table.insert(outputs, next_h)
      x, from = next_h, size
   end
   table.insert(outputs, nn.LogSoftMax()(nn.Linear(size, vocabulary)(x)))
   return nn.gModule(inputs, outputs)
end

local opt = common.options('A language model of characters', {
   {'size', 32, 'size of c and h'},
   {'layers', 1, 'number of layers'},
   {'length', 20, 'characters in one sequence'},
   {'rate', 0.03, 'learning rate'},
   {'steps', 60, 'steps of training'},
   {'sample', 40, 'characters to write in the end'},
})

-- The characters of the text in order, and the text as their numbers.
local seen, letters, codes = {}, {}, {}
for letter in TEXT:gmatch('.') do
   if not seen[letter] then letters[#letters + 1], seen[letter] = letter, true end
end
table.sort(letters)
for code, letter in ipairs(letters) do seen[letter] = code end
for letter in TEXT:gmatch('.') do codes[#codes + 1] = seen[letter] end
local text, one_hot = torch.LongTensor(codes), torch.eye(#letters)

local step = step_of(#letters, opt.size, opt.layers)
local parameters, gradients = step:getParameters()
parameters:uniform(-0.08, 0.08)
local initial = parameters:clone()

local function start(batch)
   local state = {}
   for i = 1, 2 * opt.layers do state[i] = torch.zeros(batch, opt.size) end
   return state
end

local function with_state(x, state)
   local input = {x}
   for _, value in ipairs(state) do table.insert(input, value) end
   return input
end

common.describe(step, with_state(one_hot:index(1, text:narrow(1, 1, opt.batch)), start(opt.batch)))
print(string.format('%d parameters', parameters:nElement()))

-- Each character of a sequence has a copy of the step, which keeps what the backward pass needs. All share what is
-- trained.
local copies, criteria = {}, {}
for t = 1, opt.length do
   copies[t] = step:clone('weight', 'bias', 'gradWeight', 'gradBias')
   criteria[t] = nn.ClassNLLCriterion()
end

local first
local function feval()
   gradients:zero()
   local function at(t) -- the character of each sequence at time t
      local places = torch.LongTensor(opt.batch)
      for b = 1, opt.batch do places[b] = (first + 7 * (b - 1) + t - 1) % #codes + 1 end
      return text:index(1, places)
   end
   local loss, inputs, targets = 0, {}, {}
   local state = start(opt.batch)
   for t = 1, opt.length do
      inputs[t], targets[t] = with_state(one_hot:index(1, at(t)), state), at(t + 1)
      local output = copies[t]:forward(inputs[t])
      loss = loss + criteria[t]:forward(output[#output], targets[t]) / opt.length
      state = {unpack(output, 1, #output - 1)}
   end
   local back = start(opt.batch)
   for t = opt.length, 1, -1 do
      local output = copies[t].output
      local gradient = criteria[t]:backward(output[#output], targets[t]):div(opt.length)
      table.insert(back, gradient)
      back = {unpack(copies[t]:backward(inputs[t], back), 2)}
   end
   gradients:clamp(-5, 5)
   return loss, gradients
end

local losses, state = {}, {learningRate = opt.rate}
for i = 1, opt.steps do
   first = (i - 1) * opt.length
   local _, loss = optim.adam(feval, parameters, state)
   losses[i] = loss[1]
   if i % 10 == 0 or i == opt.steps then print(string.format('step %d: loss %.6f', i, losses[i])) end
end

-- What the model goes on with after the first character, always taking the likeliest one.
local written, memory = {text[1]}, start(1)
for i = 1, opt.sample do
   local output = step:forward(with_state(one_hot:index(1, torch.LongTensor {written[i]}), memory))
   local _, best = output[#output]:max(2)
   written[i + 1] = best[1][1]
   memory = {unpack(output, 1, #output - 1)}
   for k, value in ipairs(memory) do memory[k] = value:clone() end
end
for i, code in ipairs(written) do written[i] = letters[code] end
print(table.concat(written))

local input = with_state(one_hot:index(1, text:narrow(1, 1, opt.batch)), start(opt.batch))
common.keep(opt, step, input, {initial = initial, trained = parameters, losses = losses})
