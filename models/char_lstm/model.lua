-- One step of a long short-term memory of several layers (Hochreiter and Schmidhuber, 1997), as a graph.
require 'nn'
require 'nngraph'

local LSTM = {}

--- The step: takes a batch of characters, and c and h of each layer; gives the next c and h of each layer, and the
-- log-probabilities of the next character. Dropout goes between layers and never through time (Zaremba et al., 2014).
function LSTM.step(vocab_size, rnn_size, num_layers, dropout)
   local inputs, outputs = {nn.Identity()()}, {}
   local x = nn.LookupTable(vocab_size, rnn_size)(inputs[1])
   for layer = 1, num_layers do
      local prev_c, prev_h = nn.Identity()(), nn.Identity()()
      table.insert(inputs, prev_c)
      table.insert(inputs, prev_h)
      if layer > 1 and dropout > 0 then x = nn.Dropout(dropout)(x) end

      local sums = nn.CAddTable()({nn.Linear(rnn_size, 4 * rnn_size)(x), nn.Linear(rnn_size, 4 * rnn_size)(prev_h)})
      local i, f, o, g = nn.SplitTable(2)(nn.Reshape(4, rnn_size)(sums)):split(4)
      local kept = nn.CMulTable()({nn.Sigmoid()(f), prev_c})
      local next_c = nn.CAddTable()({kept, nn.CMulTable()({nn.Sigmoid()(i), nn.Tanh()(g)})})
      local next_h = nn.CMulTable()({nn.Sigmoid()(o), nn.Tanh()(next_c)})
      table.insert(outputs, next_c)
      table.insert(outputs, next_h)
      x = next_h
   end
   if dropout > 0 then x = nn.Dropout(dropout)(x) end
   table.insert(outputs, nn.LogSoftMax()(nn.Linear(rnn_size, vocab_size)(x)))
   return nn.gModule(inputs, outputs)
end

--- c and h of each layer before the first character.
function LSTM.start(opt, batch_size)
   local state = {}
   for i = 1, 2 * opt.num_layers do state[i] = torch.zeros(batch_size, opt.rnn_size) end
   return state
end

--- What a step takes: the characters, then the state.
function LSTM.input(x, state)
   return {x, unpack(state)}
end

--- Cuts what a step gives into the state and the log-probabilities.
function LSTM.output(output)
   return {unpack(output, 1, #output - 1)}, output[#output]
end

return LSTM
