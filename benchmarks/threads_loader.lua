-- Batches of pictures that threads load, as scripts of Torch7's day did it for ImageNet: every worker reads JPEG files, draws
-- a crop of any size and shape, scales it, plays with its colours, flips and normalises it, and puts a batch together; the
-- main thread takes batches as they come. Called with a list of files, their classes, the number of workers, the size of a
-- batch and that of the pictures in it; returns a function that loads every file once and returns how many pictures and
-- batches came and the sum of their classes, and one that ends the threads.

local paths, classes, workers, batchSize, size = ...
local threads = require 'threads'
threads.serialization('threads.sharedserialize')

local function init()
   require 'torch'
   require 'image'
end

local function main(number)
   torch.setdefaulttensortype('torch.FloatTensor')
   torch.setnumthreads(1)
   torch.manualSeed(number)

   local mean, std = {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}
   local values = torch.Tensor {0.2175, 0.0188, 0.0045}
   local vectors = torch.Tensor {
      {-0.5675, 0.7192, 0.4009},
      {-0.5808, -0.0045, -0.8140},
      {-0.5836, -0.6948, 0.4203},
   }

   -- A part of 8 to 100 % of the area, up to 4/3 as wide as high or the other way round, scaled to size x size.
   local function randomSizedCrop(input)
      local width, height = input:size(3), input:size(2)
      for _ = 1, 10 do
         local area = torch.uniform(0.08, 1) * width * height
         local aspect = torch.uniform(3 / 4, 4 / 3)
         local w = torch.round(math.sqrt(area * aspect))
         local h = torch.round(math.sqrt(area / aspect))
         if torch.uniform() < 0.5 then w, h = h, w end
         if h <= height and w <= width then
            local y, x = torch.random(0, height - h), torch.random(0, width - w)
            local part = image.crop(input, x, y, x + w, y + h)
            return image.scale(part, size, size, 'bicubic')
         end
      end
      return image.scale(input, size, size, 'bicubic')
   end

   local function blend(one, other, alpha) return one:mul(alpha):add(1 - alpha, other) end

   local function gray(to, input)
      to:resizeAs(input)
      to[1]:zero()
      to[1]:add(0.299, input[1]):add(0.587, input[2]):add(0.114, input[3])
      to[2]:copy(to[1])
      to[3]:copy(to[1])
      return to
   end

   local other = torch.Tensor()
   local jitters = {
      function(input) return blend(input, other:resizeAs(input):zero(), 1 + torch.uniform(-0.4, 0.4)) end,
      function(input)
         gray(other, input)
         other:fill(other[1]:mean())
         return blend(input, other, 1 + torch.uniform(-0.4, 0.4))
      end,
      function(input) return blend(input, gray(other, input), 1 + torch.uniform(-0.4, 0.4)) end,
   }

   local function colorJitter(input)
      local order = torch.randperm(#jitters)
      for i = 1, #jitters do input = jitters[order[i]](input) end
      return input
   end

   local function lighting(input)
      local alpha = torch.Tensor(3):normal(0, 0.1)
      local rgb = vectors:clone():cmul(alpha:view(1, 3):expand(3, 3)):cmul(values:view(1, 3):expand(3, 3)):sum(2):squeeze()
      for i = 1, 3 do input[i]:add(rgb[i]) end
      return input
   end

   local function normalize(input)
      for i = 1, 3 do input[i]:add(-mean[i]):div(std[i]) end
      return input
   end

   local function flip(input) return torch.uniform() < 0.5 and image.hflip(input) or input end

   function _G.load(path)
      local input = image.load(path, 3, 'float')
      for _, step in ipairs {randomSizedCrop, colorJitter, lighting, normalize, flip} do input = step(input) end
      return input
   end
end

local pool = threads.Threads(workers, init, main)
local count = #paths

local function epoch()
   local order = torch.randperm(count)
   local at, pictures, batches, sum = 1, 0, 0, 0
   local function enqueue()
      while at <= count and pool:acceptsjob() do
         local chosen, labels = {}, {}
         for k = at, math.min(at + batchSize - 1, count) do
            table.insert(chosen, paths[order[k]])
            table.insert(labels, classes[order[k]])
         end
         pool:addjob(
            function(files, targets)
               local batch = torch.FloatTensor(#files, 3, size, size)
               for i, path in ipairs(files) do batch[i]:copy(_G.load(path)) end
               collectgarbage()
               return {input = batch, target = torch.IntTensor(targets)}
            end,
            function(sample)
               pictures, batches, sum = pictures + sample.input:size(1), batches + 1, sum + sample.target:sum()
            end,
            chosen,
            labels
         )
         at = at + batchSize
      end
   end
   enqueue()
   while pool:hasjob() do
      pool:dojob()
      if pool:haserror() then pool:synchronize() end
      enqueue()
   end
   return pictures, batches, sum
end

return epoch, function() pool:terminate() end
