-- Trains a language model of characters.
--   th train.lua -rnn_size 128 -max_epochs 10
--   th train.lua -init_from cv/lstm_epoch5.t7      goes on as if it had not stopped
require 'torch'
require 'nn'
require 'nngraph'
require 'optim'
require 'paths'

local here = paths.dirname(paths.thisfile())
local LSTM = paths.dofile('model.lua')
local Data = paths.dofile('data.lua')

local cmd = torch.CmdLine()
cmd:text()
cmd:text('Train a language model of characters')
cmd:text()
cmd:option('-data', paths.concat(here, '../text/pride.txt'), 'the text')
cmd:option('-rnn_size', 128, 'size of c and h')
cmd:option('-num_layers', 2, 'number of layers')
cmd:option('-dropout', 0.1, 'probability of dropout between layers; 0 for none')
cmd:option('-learning_rate', 0.004, 'learning rate')
cmd:option('-learning_rate_decay', 0.9, 'what the learning rate is multiplied by after an epoch')
cmd:option('-learning_rate_decay_after', 5, 'epochs before the learning rate begins to fall')
cmd:option('-seq_length', 40, 'characters through which gradients go back')
cmd:option('-batch_size', 20, 'sequences in one step')
cmd:option('-max_epochs', 10, 'passes over the text')
cmd:option('-grad_clip', 5, 'gradients are clamped to this')
cmd:option('-train_frac', 0.95, 'the part of the text to train on; the rest tells how good the model is')
cmd:option('-init_from', '', 'a checkpoint to go on from')
cmd:option('-seed', 123, 'random seed')
cmd:option('-type', 'double', 'double | float')
cmd:option('-print_every', 20, 'steps between lines')
cmd:option('-checkpoint_dir', 'cv', 'where checkpoints go')
cmd:option('-savefile', 'lstm', 'how their names begin')
cmd:text()
local opt = cmd:parse(arg)

torch.setdefaulttensortype(opt.type == 'float' and 'torch.FloatTensor' or 'torch.DoubleTensor')
torch.manualSeed(opt.seed)

-- A checkpoint decides the shape of the net, the batches and the steps; what else to do stays with the command line.
local checkpoint
if opt.init_from ~= '' then
   checkpoint = torch.load(opt.init_from)
   for _, name in ipairs {'rnn_size', 'num_layers', 'dropout', 'seq_length', 'batch_size', 'train_frac',
                          'learning_rate', 'learning_rate_decay', 'learning_rate_decay_after', 'grad_clip'} do
      opt[name] = checkpoint.opt[name]
   end
end

local data = Data.load(opt.data, checkpoint and checkpoint.vocab, opt)
print(string.format('%d characters in the vocabulary, %d batches to train on, %d to validate', #data.vocab,
                    data.train, data.batches - data.train))

local step = checkpoint and checkpoint.step or LSTM.step(#data.vocab, opt.rnn_size, opt.num_layers, opt.dropout)
local params, grad_params = step:getParameters()
if not checkpoint then params:uniform(-0.08, 0.08) end
print(string.format('%d parameters', params:nElement()))

-- A copy of the step for each character of a sequence; all share what is trained.
local clones, criteria = {}, {}
for t = 1, opt.seq_length do
   clones[t] = step:clone('weight', 'bias', 'gradWeight', 'gradBias')
   criteria[t] = nn.ClassNLLCriterion()
end

-- The state is carried from batch to batch.
local carried
local function forward(x, y)
   local loss, states, predictions = 0, {[0] = carried}, {}
   for t = 1, opt.seq_length do
      local output = clones[t]:forward(LSTM.input(x:select(2, t), states[t - 1]))
      states[t], predictions[t] = LSTM.output(output)
      loss = loss + criteria[t]:forward(predictions[t], y:select(2, t))
   end
   carried = {}
   for i, value in ipairs(states[opt.seq_length]) do carried[i] = value:clone() end
   return loss / opt.seq_length, states, predictions
end

local function evaluate()
   for _, clone in ipairs(clones) do clone:evaluate() end
   carried = LSTM.start(opt, opt.batch_size)
   local total = 0
   for b = data.train + 1, data.batches do total = total + forward(data.x[b], data.y[b]) end
   for _, clone in ipairs(clones) do clone:training() end
   return total / (data.batches - data.train)
end

local batch
local function feval(x)
   if x ~= params then params:copy(x) end
   grad_params:zero()
   local x_batch, y_batch = data.x[batch], data.y[batch]
   local loss, states, predictions = forward(x_batch, y_batch)
   local d_state = LSTM.start(opt, opt.batch_size)
   for t = opt.seq_length, 1, -1 do
      local d_prediction = criteria[t]:backward(predictions[t], y_batch:select(2, t)):div(opt.seq_length)
      table.insert(d_state, d_prediction)
      d_state = {unpack(clones[t]:backward(LSTM.input(x_batch:select(2, t), states[t - 1]), d_state), 2)}
   end
   grad_params:clamp(-opt.grad_clip, opt.grad_clip)
   return loss, grad_params
end

local optim_state = {learningRate = opt.learning_rate}
local first_epoch, losses, val_losses = 1, {}, {}
if checkpoint then
   optim_state, losses, val_losses = checkpoint.optim_state, checkpoint.losses, checkpoint.val_losses
   first_epoch = #val_losses + 1
   torch.setRNGState(checkpoint.rng)
end
paths.mkdir(opt.checkpoint_dir)
for epoch = first_epoch, opt.max_epochs do
   carried = LSTM.start(opt, opt.batch_size)
   for b = 1, data.train do
      batch = b
      local _, loss = optim.adam(feval, params, optim_state)
      losses[#losses + 1] = loss[1]
      if #losses % opt.print_every == 0 then
         print(string.format('step %d (epoch %d): loss %.6f', #losses, epoch, loss[1]))
      end
   end
   if epoch >= opt.learning_rate_decay_after then
      optim_state.learningRate = optim_state.learningRate * opt.learning_rate_decay
   end
   val_losses[epoch] = evaluate()
   print(string.format('epoch %d: validation loss %.6f', epoch, val_losses[epoch]))

   local path = paths.concat(opt.checkpoint_dir, string.format('%s_epoch%d.t7', opt.savefile, epoch))
   step:clearState()
   torch.save(path, {step = step, opt = opt, vocab = data.vocab, optim_state = optim_state, losses = losses,
                     val_losses = val_losses, rng = torch.getRNGState()})
end
