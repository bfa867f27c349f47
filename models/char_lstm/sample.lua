-- Writes text with a model that train.lua or train.py saved.
--   th sample.lua cv/lstm_epoch10.t7 -temperature 0.7 -primetext 'Mr. Darcy '
require 'torch'
require 'nn'
require 'nngraph'
require 'paths'

local LSTM = paths.dofile('model.lua')

local cmd = torch.CmdLine()
cmd:text()
cmd:text('Write text with a language model of characters')
cmd:text()
cmd:argument('-model', 'the checkpoint')
cmd:option('-length', 400, 'characters to write')
cmd:option('-temperature', 0.7, 'lower: likelier characters; higher: rarer ones')
cmd:option('-primetext', 'It is ', 'how the text begins')
cmd:option('-sample', 1, '1: draw characters; 0: always take the likeliest')
cmd:option('-seed', 123, 'random seed')
cmd:text()
local opt = cmd:parse(arg)

local checkpoint = torch.load(opt.model)
torch.setdefaulttensortype(checkpoint.opt.type == 'float' and 'torch.FloatTensor' or 'torch.DoubleTensor')
torch.manualSeed(opt.seed)
local step, vocab, number_of = checkpoint.step, checkpoint.vocab, {}
for number, letter in ipairs(vocab) do number_of[letter] = number end
step:evaluate()

local state, prediction = LSTM.start(checkpoint.opt, 1)
local function read(letter)
   local number = assert(number_of[letter], 'a character that the model does not know: ' .. letter)
   local output = step:forward(LSTM.input(torch.LongTensor {number}, state))
   state, prediction = LSTM.output(output)
   for i, value in ipairs(state) do state[i] = value:clone() end
end

assert(#opt.primetext > 0, 'primetext needs a character at least')
for letter in opt.primetext:gmatch('.') do read(letter) end
io.write(opt.primetext)
for _ = 1, opt.length do
   local number
   if opt.sample == 0 then
      local _, best = prediction:max(2)
      number = best[1][1]
   else
      number = torch.multinomial(torch.exp(prediction / opt.temperature), 1)[1][1]
   end
   io.write(vocab[number])
   read(vocab[number])
end
io.write('\n')
