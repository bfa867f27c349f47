-- Pictures of discs, squares, diamonds and crosses. A picture is drawn when it is asked for, from its own seed.
require 'torch'

local M = {classes = {'disc', 'square', 'diamond', 'cross'}}
local ShapesDataset = torch.class('resnet.ShapesDataset', M)

function ShapesDataset:__init(opt, split)
   self.size_of_picture = opt.size
   self.count = split == 'train' and opt.trainImages or opt.valImages
   self.first_seed = 100000 * opt.manualSeed + (split == 'train' and 0 or 50000)
end

function ShapesDataset:size()
   return self.count
end

-- Which points lie in a shape of radius r, dx and dy from its middle.
local inside = {
   function(dx, dy, r) return torch.cmul(dx, dx):add(torch.cmul(dy, dy)):lt(r * r) end,
   function(dx, dy, r) return torch.cmax(torch.abs(dx), torch.abs(dy)):lt(0.85 * r) end,
   function(dx, dy, r) return torch.abs(dx):add(torch.abs(dy)):lt(1.2 * r) end,
   function(dx, dy, r)
      local ax, ay = torch.abs(dx), torch.abs(dy)
      return torch.cmax(ax, ay):lt(r):cmul(torch.cmin(ax, ay):lt(r / 3))
   end,
}

function ShapesDataset:get(i)
   local gen = torch.Generator()
   torch.manualSeed(gen, self.first_seed + i)
   local n = self.size_of_picture
   local target = torch.random(gen, #M.classes)
   local colors = torch.rand(gen, 2, 3):double()
   local x, y = torch.uniform(gen, 0.35, 0.65) * n, torch.uniform(gen, 0.35, 0.65) * n
   local radius = torch.uniform(gen, 0.2, 0.33) * n
   local noise = torch.rand(gen, 3, n, n):double():mul(0.1)

   local places = torch.range(0.5, n - 0.5)
   local dx = places:view(1, n):expand(n, n):clone():add(-x)
   local dy = places:view(n, 1):expand(n, n):clone():add(-y)
   local mask = inside[target](dx, dy, radius):double()
   local input = torch.Tensor(3, n, n)
   for plane = 1, 3 do
      local back, front = 0.4 * colors[1][plane], 0.4 + 0.5 * colors[2][plane]
      input[plane]:copy(mask):mul(front - back):add(back)
   end
   return {input = input:add(noise), target = target}
end

return M
