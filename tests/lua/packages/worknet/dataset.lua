local tnt = require 'worknet.env'
local Dataset = torch.class('tnt.Dataset', tnt)

function Dataset:__init() end
function Dataset:size() return 0 end
function Dataset:get() error(('%s has no get'):format(torch.type(self)), 2) end

-- The samples one by one, and the set as a method of every set: x:shuffle() for tnt.ShuffleDataset(x).
function Dataset:iterator()
   local i = 0
   return function()
      i = i + 1
      if i <= self:size() then return self:get(i) end
   end
end

getmetatable(Dataset) -- it has no parent
setmetatable(tnt, {__index = function(_, name) error('tnt has no ' .. name, 2) end})

local Shuffle, parent = torch.class('tnt.ShuffleDataset', 'tnt.Dataset', tnt)

function Shuffle:__init(dataset)
   parent.__init(self)
   self.dataset, self.order = dataset, torch.randperm(dataset:size())
end

function Shuffle:size() return self.order:size(1) end
function Shuffle:get(i) return self.dataset:get(self.order[i]) end

function Dataset.shuffle(...) return tnt.ShuffleDataset(...) end
