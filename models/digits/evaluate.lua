-- Evaluates a saved net on the held-out digits:  th evaluate.lua out/finetuned.t7
require 'torch'
require 'nn'
require 'optim'
require 'paths'
require 'Standardize'

torch.setdefaulttensortype('torch.FloatTensor')
local checkpoint = torch.load(arg[1])
local net, options = checkpoint.net, checkpoint.options
net:evaluate()

-- the same split as in training: the seed's first draw
torch.manualSeed(options.seed)
local data = torch.load(paths.concat(paths.dirname(paths.thisfile()), 'digits.t7'))
local order = torch.randperm(data.images:size(1)):long()
local held = order:narrow(1, options.train + 1, order:size(1) - options.train)
local images = data.images:index(1, held):float():view(-1, 1, 8, 8)
local labels = data.labels:index(1, held):float()

local confusion = optim.ConfusionMatrix(10)
confusion:batchAdd(net:forward(images), labels)
confusion:updateValids()
print(net)
print(string.format('held out: %.2f %%', confusion.totalValid * 100))
