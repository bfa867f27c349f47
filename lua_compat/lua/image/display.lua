-- Pictures put side by side and shown.

local torch = require 'torch'
local errors = require 'torch.errors'
local core = require '_image'
local arguments = require 'image.arguments'

local TO_DISPLAY = {
   {'input'}, {'padding', 0}, {'nrow', 6}, {'scaleeach', false}, {'min'}, {'max'}, {'symm', false}, {'saturate', true},
}
local DISPLAY = {
   {'image'}, {'zoom', 1}, {'min'}, {'max'}, {'legend', ''}, {'win'}, {'x', 0}, {'y', 0}, {'scaleeach', false},
   {'gui', false}, {'offscreen', false}, {'padding', 0}, {'symm', false}, {'nrow', 6}, {'saturate', true},
}

-- A list of pictures of one size as one tensor (N, H, W) or (N, 3, H, W).
local function stacked(list)
   local first = arguments.tensor('toDisplayTensor', 'input[1]', list[1])
   local sizes = torch.LongStorage(first:dim() + 1)
   sizes[1] = #list
   for d = 1, first:dim() do sizes[d + 1] = first:size(d) end
   local all = first.new(sizes)
   for i, x in ipairs(list) do
      arguments.tensor('toDisplayTensor', ('input[%d]'):format(i), x)
      if not x:isSameSizeAs(first) then errors.raise('image.toDisplayTensor: input[%d] has other sizes than input[1]', i) end
      all[i]:copy(x)
   end
   return all
end

return function(image)
   local function spread(x, args)
      image.minmax {tensor = x, inplace = true, min = args.min, max = args.max, symm = args.symm, saturate = args.saturate}
   end

   -- (N, H, W) or (N, 3, H, W) in rows of `nrow`, white between.
   local function grid(all, args)
      local count, padding = all:size(1), args.padding
      if args.scaleeach then
         for i = 1, count do spread(all[i], args) end
      else
         spread(all, args)
      end
      local columns = math.min(args.nrow, count)
      local rows = math.ceil(count / columns)
      local h, w = all:size(all:dim() - 1) + padding, all:size(all:dim()) + padding
      local height, width = rows * h, columns * w
      local out = all:dim() == 4 and all.new(all:size(2), height, width) or all.new(height, width)
      out:fill(1)
      for i = 1, count do
         local row, column = math.floor((i - 1) / columns), (i - 1) % columns
         local d = out:dim()
         out:narrow(d - 1, row * h + 1, h - padding):narrow(d, column * w + 1, w - padding):copy(all[i])
      end
      return out
   end

   --- image.toDisplayTensor{input=, padding=, nrow=, scaleeach=, min=, max=, symm=, saturate=}, or these in order: one picture
   --- of values from 0 to 1. The input is a picture, a tensor of several, or a table of them.
   function image.toDisplayTensor(...)
      local args
      local first = ...
      if type(first) == 'table' and torch.typename(first) == nil and first.input == nil then
         args = arguments.named('toDisplayTensor', TO_DISPLAY, first, select(2, ...))
         args.input = first -- a table of pictures, not of arguments
         for i = 2, #TO_DISPLAY do
            local given = select(i, ...)
            if given ~= nil then args[TO_DISPLAY[i][1]] = given end
         end
      else
         args = arguments.named('toDisplayTensor', TO_DISPLAY, ...)
      end
      local x = args.input
      if type(x) == 'table' then x = stacked(x) else arguments.tensor('toDisplayTensor', 'input', x) end
      local kind = torch.type(x)
      local real = (kind == 'torch.FloatTensor' or kind == 'torch.DoubleTensor') and x:clone() or x:double()
      local d = real:dim()
      if d == 4 and real:size(2) == 1 then real, d = real:select(2, 1), 3 end
      if d == 4 and real:size(2) == 3 then return grid(real, args) end
      if d == 4 then -- planes of other numbers are pictures of their own
         return grid(real:view(real:size(1) * real:size(2), real:size(3), real:size(4)), args)
      end
      if d == 3 and real:size(1) ~= 1 and real:size(1) ~= 3 then return grid(real, args) end
      if d ~= 2 and d ~= 3 then
         errors.raise('image.toDisplayTensor: input has %d dimensions, 2 to 4 are needed', d)
      end
      spread(real, args)
      return real
   end

   --- image.display{image=, zoom=, min=, max=, legend=, padding=, nrow=, scaleeach=, symm=, saturate=, ...}, or these in order.
   --- Where there is neither notebook nor screen the picture is saved, and its name printed. Returns a table with the picture
   --- that was shown, and the file's name where there is one.
   function image.display(...)
      local first = ...
      local args
      if type(first) == 'table' and torch.typename(first) == nil and first.image == nil then
         args = arguments.named('display', DISPLAY, {image = first})
         args.zoom = select(2, ...) or args.zoom
      else
         args = arguments.named('display', DISPLAY, ...)
      end
      if type(args.image) ~= 'table' then arguments.tensor('display', 'image', args.image) end
      local shown = image.toDisplayTensor {
         input = args.image, padding = args.padding, nrow = args.nrow, scaleeach = args.scaleeach, min = args.min,
         max = args.max, symm = args.symm, saturate = args.saturate,
      }
      if args.zoom ~= 1 then
         local d = shown:dim()
         shown = image.scale(shown, shown:size(d) * args.zoom, shown:size(d - 1) * args.zoom, 'simple')
      end
      local file = core.show(shown, tostring(args.legend))
      if file ~= nil then print(('image.display: %s'):format(file)) end
      return {image = shown, filename = file, legend = args.legend}
   end

   --- image.window(): Torch7's window to paint in was one of Qt, which is not here.
   function image.window()
      errors.raise('image.window: windows to paint in need qtlua, which is not there; image.display{image = x} shows a picture')
   end
end
