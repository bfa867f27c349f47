local tnt = require 'worknet.env'
local List, parent = torch.class('tnt.ListDataset', 'tnt.Dataset', tnt)

function List:__init(list, load)
   parent.__init(self)
   self.list, self.load = list, load
end

function List:size() return torch.isTensor(self.list) and self.list:size(1) or #self.list end
function List:get(i) return self.load(self.list[i]) end

--- What another Lua would run: f and what it captured, as a string.
function tnt.utils.pack(f) return torch.serialize(f) end
function tnt.utils.unpack(text) return torch.deserialize(text) end

--- Samples of numbers, tensors and strings as batches.
function tnt.utils.batch(samples)
   local first, batch = samples[1], {}
   for key, value in pairs(first) do
      if torch.isTensor(value) then
         batch[key] = value.new(#samples, unpack(value:size():totable()))
         for i, sample in ipairs(samples) do batch[key][i]:copy(sample[key]) end
      elseif type(value) == 'number' then
         batch[key] = torch.Tensor(#samples)
         for i, sample in ipairs(samples) do batch[key][i] = sample[key] end
      else
         batch[key] = {}
         for i, sample in ipairs(samples) do batch[key][i] = sample[key] end
      end
   end
   return batch
end
