local tnt = require 'worknet'
assert(tnt == require 'worknet.env' and tnt.name == 'worknet.env', 'a module is given its name')
assert(rawget(_G, 'tnt') == nil, 'a class with a module does not set a global')

local scale = torch.DoubleTensor{10}
local names = {[3] = 'three'}
local list = tnt.ListDataset(torch.range(1, 6), function(i)
   return {input = torch.FloatTensor(2):fill(i * scale[1]), target = i % 2, name = names[i] or tostring(i)}
end)
assert(torch.type(list) == 'tnt.ListDataset' and torch.isTypeOf(list, 'tnt.Dataset') and torch.isTypeOf(list, tnt.Dataset))
assert(list:size() == 6 and list:get(3).name == 'three')

torch.manualSeed(3)
local shuffled = list:shuffle()
local seen, samples = 0, {}
for sample in shuffled:iterator() do
   seen = seen + sample.input[1]
   samples[#samples + 1] = sample
end
assert(seen == 210 and #samples == 6 and samples[1].input[1] == 10 * shuffled.order[1])
local batch = tnt.utils.batch(samples)
assert(batch.input:type() == 'torch.FloatTensor' and batch.input:size(1) == 6 and batch.target:sum() == 3 and #batch.name == 6)

-- A closure and what it shares with another one, as bytes and back.
local count = 0
local job = {more = function(n) count = count + n return count, scale[1] end, told = function() return count end}
local copy = tnt.utils.unpack(tnt.utils.pack(job))
assert(copy.more(5) == 5 and copy.told() == 5 and job.told() == 0, 'the two share a variable of their own')
scale[1] = 7
assert(select(2, copy.more(0)) == 10 and select(2, job.more(0)) == 7)
local again = tnt.utils.unpack(tnt.utils.pack(list))
assert(torch.type(again) == 'tnt.ListDataset' and again:get(2).input[1] == 14)

local ok, message = pcall(function() return tnt.NoSuchDataset end)
assert(not ok and message:find('worknet/test.lua:%d+: tnt has no NoSuchDataset'), message)
ok, message = pcall(function() local sample = tnt.Dataset():get(1) return sample end)
assert(not ok and message:find('test.lua:%d+: tnt.Dataset has no get'), message)
ok, message = pcall(torch.class, 'tnt.ListDataset', tnt)
assert(not ok and message:find('already defined'), message)
