-- Vectors of words: skip-grams with negative sampling (Mikolov et al., 2013).
--   th train.lua -epochs 15
require 'torch'
require 'nn'
require 'paths'

local here = paths.dirname(paths.thisfile())

local cmd = torch.CmdLine()
cmd:text()
cmd:text('Vectors of words by skip-grams with negative sampling')
cmd:text()
cmd:option('-corpus', paths.concat(here, '../text/pride.txt'), 'the text')
cmd:option('-minfreq', 5, 'rarer words are left out')
cmd:option('-dim', 40, 'size of a vector')
cmd:option('-window', 4, 'words on each side that belong to a word')
cmd:option('-neg_samples', 5, 'drawn words for each true pair')
cmd:option('-subsample', 0.001, 'words of a larger share are left out at times')
cmd:option('-alpha', 0.75, 'power of the counts from which words are drawn')
cmd:option('-table_size', 100000, 'entries of the table from which words are drawn')
cmd:option('-batch_size', 128, 'pairs in one step')
cmd:option('-lr', 0.05, 'learning rate at the start; it falls to a tenth')
cmd:option('-epochs', 15, 'passes over the text')
cmd:option('-max_steps', 0, 'steps in a pass at most; 0 for all')
cmd:option('-words', 'elizabeth,sister,man,she,ball', 'words whose nearest neighbours are shown')
cmd:option('-seed', 1, 'random seed')
cmd:option('-save', '', 'where the vectors go; nowhere if empty')
cmd:text()
local opt = cmd:parse(arg)
torch.manualSeed(opt.seed)

-- vocabulary: words from the most frequent, those of one count in order of the alphabet
local counts, words = {}, {}
local file = assert(io.open(opt.corpus))
local text = file:read('*a'):lower()
file:close()
for word in text:gmatch('%a+') do counts[word] = (counts[word] or 0) + 1 end
for word, n in pairs(counts) do
   if n >= opt.minfreq then words[#words + 1] = word end
end
table.sort(words, function(a, b)
   if counts[a] ~= counts[b] then return counts[a] > counts[b] end
   return a < b
end)
local index, corpus = {}, {}
for i, word in ipairs(words) do index[word] = i end
for word in text:gmatch('%a+') do
   if index[word] ~= nil then corpus[#corpus + 1] = index[word] end
end
print(string.format('%d words in the text, %d in the vocabulary', #corpus, #words))

-- Words stand in the table in proportion to their counts to the power alpha.
local powers, keep = torch.Tensor(#words), torch.Tensor(#words)
for i, word in ipairs(words) do
   powers[i] = counts[word] ^ opt.alpha
   keep[i] = math.sqrt(opt.subsample * #corpus / counts[word])
end
local bounds = torch.cumsum(powers):mul(opt.table_size / powers:sum())
local unigrams, i = torch.LongTensor(opt.table_size), 1
for place = 1, opt.table_size do
   while place > bounds[i] and i < #words do i = i + 1 end
   unigrams[place] = i
end

-- Two tables of vectors, for a word and for what stands around it. The score of a pair is the product of its vectors.
local word_vectors = nn.LookupTable(#words, opt.dim)
local context_vectors = nn.LookupTable(#words, opt.dim)
word_vectors.weight:uniform(-0.5 / opt.dim, 0.5 / opt.dim)
context_vectors.weight:zero()
local model = nn.Sequential()
model:add(nn.ParallelTable():add(context_vectors):add(word_vectors))
model:add(nn.MM(false, true))
model:add(nn.Sigmoid())
local criterion = nn.BCECriterion()
criterion.sizeAverage = false

-- All pairs of an epoch: {word, another within the window}, of the words that are kept.
local function pairs_of_epoch()
   local draws, kept = torch.rand(#corpus), {}
   for place, word in ipairs(corpus) do
      if draws[place] < keep[word] then kept[#kept + 1] = word end
   end
   local reach, list = torch.LongTensor(#kept):random(opt.window), {}
   for place, word in ipairs(kept) do
      for other = math.max(1, place - reach[place]), math.min(#kept, place + reach[place]) do
         if other ~= place then list[#list + 1] = {word, kept[other]} end
      end
   end
   return torch.LongTensor(list)
end

local labels = torch.zeros(opt.batch_size, 1 + opt.neg_samples, 1)
labels:narrow(2, 1, 1):fill(1)
for epoch = 1, opt.epochs do
   local examples = pairs_of_epoch()
   local order = torch.randperm(examples:size(1)):long()
   local steps = math.floor(examples:size(1) / opt.batch_size)
   if opt.max_steps > 0 then steps = math.min(steps, opt.max_steps) end
   local lr = opt.lr * (1 - 0.9 * (epoch - 1) / opt.epochs)
   local total = 0
   for step = 1, steps do
      local batch = examples:index(1, order:narrow(1, (step - 1) * opt.batch_size + 1, opt.batch_size))
      local drawn = torch.LongTensor(opt.batch_size * opt.neg_samples):random(opt.table_size)
      local negatives = unigrams:index(1, drawn):view(opt.batch_size, opt.neg_samples)
      local input = {torch.cat(batch:narrow(2, 2, 1), negatives, 2), batch:narrow(2, 1, 1):clone()}
      model:zeroGradParameters()
      local output = model:forward(input)
      total = total + criterion:forward(output, labels)
      model:backward(input, criterion:backward(output, labels))
      model:updateParameters(lr)
   end
   print(string.format('epoch %d: %d pairs, loss %.6f', epoch, examples:size(1), total / (steps * opt.batch_size)))
end

-- The words whose vectors point the same way.
local vectors = word_vectors.weight
local unit = torch.cdiv(vectors, vectors:norm(2, 2):expandAs(vectors))
for word in opt.words:gmatch('%a+') do
   if index[word] ~= nil then
      local likeness, order = torch.sort(torch.mv(unit, unit[index[word]]), 1, true)
      local near = {}
      for n = 2, math.min(7, #words) do near[#near + 1] = string.format('%s %.3f', words[order[n]], likeness[n]) end
      print(word .. ': ' .. table.concat(near, ', '))
   end
end
if opt.save ~= '' then
   paths.mkdir(paths.dirname(opt.save))
   torch.save(opt.save, {words = words, vectors = vectors})
end
