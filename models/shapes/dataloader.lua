-- Batches, put together by threads while the net is trained.
require 'torch'

local M = {}
local DataLoader = torch.class('resnet.DataLoader', M)

function DataLoader.create(opt)
   return M.DataLoader(opt, 'train'), M.DataLoader(opt, 'val')
end

-- A batch of the pictures of these numbers; what is random in picture i is drawn from `seed` + i.
local function load(dataset, preprocess, indices, seed)
   local count = indices:size(1)
   local inputs, targets = nil, torch.LongTensor(count)
   local gen = torch.Generator()
   for n = 1, count do
      local sample = dataset:get(indices[n])
      torch.manualSeed(gen, seed + indices[n])
      local input = preprocess(sample.input, gen)
      if inputs == nil then inputs = input.new(count, input:size(1), input:size(2), input:size(3)) end
      inputs[n]:copy(input)
      targets[n] = sample.target
   end
   return {input = inputs, target = targets}
end

function DataLoader:__init(opt, split)
   self.split, self.batchSize, self.seed = split, opt.batchSize, opt.manualSeed
   local path = package.path
   if opt.nThreads > 0 then
      local Threads = require 'threads'
      self.threads = Threads(opt.nThreads, function()
         package.path = path
         require 'torch'
         require 'image'
      end, function()
         local datasets = require 'datasets/init'
         _G.dataset, _G.preprocess = datasets.create(opt, split), datasets.preprocess(split)
      end)
   end
   local datasets = require 'datasets/init'
   self.dataset, self.preprocess = datasets.create(opt, split), datasets.preprocess(split)
   self.count = self.dataset:size()
end

--- Batches in an epoch; a last one of fewer pictures is left out of training.
function DataLoader:size()
   return self.split == 'train' and math.floor(self.count / self.batchSize) or math.ceil(self.count / self.batchSize)
end

--- Iterates over the batches of an epoch, as n, sample.
function DataLoader:run(epoch)
   local order = self.split == 'train' and torch.randperm(self.count):long() or torch.range(1, self.count):long()
   local seed = 1000003 * self.seed + 10007 * epoch
   local asked, given = 0, 0
   local ready = {} -- batches may be finished in another order than they were asked for in

   local function indices_of_next()
      local first = asked * self.batchSize
      asked = asked + 1
      return order:narrow(1, first + 1, math.min(self.batchSize, self.count - first)):clone()
   end
   local function enqueue()
      while asked < self:size() and self.threads:acceptsjob() do
         local indices = indices_of_next()
         self.threads:addjob(function(number)
            return number, load(_G.dataset, _G.preprocess, indices, seed)
         end, function(number, sample) ready[number] = sample end, asked)
      end
   end
   return function()
      if given == self:size() then return nil end
      given = given + 1
      if self.threads == nil then return given, load(self.dataset, self.preprocess, indices_of_next(), seed) end
      enqueue()
      while ready[given] == nil do
         self.threads:dojob()
         if self.threads:haserror() then self.threads:synchronize() end
         enqueue()
      end
      local sample = ready[given]
      ready[given] = nil
      return given, sample
   end
end

function DataLoader:close()
   if self.threads ~= nil then self.threads:terminate() end
end

return M.DataLoader
