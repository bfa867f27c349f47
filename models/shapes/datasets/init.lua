-- Data sets, and what is done to their pictures.
require 'torch'

local M = {}
local meanstd = {mean = {0.5, 0.5, 0.5}, std = {0.25, 0.25, 0.25}}

function M.create(opt, split)
   local shapes = require 'datasets/shapes'
   return shapes.ShapesDataset(opt, split)
end

function M.preprocess(split)
   local t = require 'datasets/transforms'
   if split == 'train' then
      return t.Compose {t.RandomCrop(3), t.HorizontalFlip(0.5), t.Brightness(0.2), t.ColorNormalize(meanstd)}
   end
   return t.Compose {t.ColorNormalize(meanstd)}
end

return M
