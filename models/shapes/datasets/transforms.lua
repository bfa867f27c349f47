-- Changes of pictures. Each takes a picture and a generator, and gives another picture.
require 'image'

local M = {}

function M.Compose(transforms)
   return function(input, gen)
      for _, transform in ipairs(transforms) do input = transform(input, gen) end
      return input
   end
end

function M.ColorNormalize(meanstd)
   return function(input)
      local output = input:clone()
      for i = 1, 3 do output[i]:add(-meanstd.mean[i]):div(meanstd.std[i]) end
      return output
   end
end

--- Pads with zeros and cuts a picture of the old size out of it.
function M.RandomCrop(padding)
   return function(input, gen)
      local h, w = input:size(2), input:size(3)
      local padded = input.new(3, h + 2 * padding, w + 2 * padding):zero()
      padded:narrow(2, padding + 1, h):narrow(3, padding + 1, w):copy(input)
      local x, y = torch.random(gen, 0, 2 * padding), torch.random(gen, 0, 2 * padding)
      return image.crop(padded, x, y, x + w, y + h)
   end
end

function M.HorizontalFlip(prob)
   return function(input, gen)
      if torch.uniform(gen) < prob then return image.hflip(input) end
      return input
   end
end

function M.Brightness(var)
   return function(input, gen)
      return input * (1 + torch.uniform(gen, -var, var))
   end
end

return M
