-- gnuplot.histc(tensor [, bins [, min [, max]]]): counts the values in bins of one width. Returns a table: [i].val and
-- [i].nb, the middle of a bin and the count in it; raw, the counts as a tensor; bins, binwidth; min and max, the entries of
-- the bins with the fewest and the most values. Printed, it is a chart.

local torch = require 'torch'
local errors = require 'torch.errors'

local HEIGHT = 12

local chart = {}

function chart:__tostring()
   local lines = {('histogram of %d bins, each %g wide'):format(self.bins, self.binwidth)}
   local most = math.max(self.max.nb, 1)
   for row = HEIGHT, 1, -1 do
      local marks = {}
      for i = 1, self.bins do marks[i] = self[i].nb / most * HEIGHT >= row - 0.5 and '#' or ' ' end
      local label = (row == HEIGHT and ('%8d'):format(self.max.nb)) or (' '):rep(8)
      lines[#lines + 1] = label .. ' |' .. table.concat(marks)
   end
   lines[#lines + 1] = (' '):rep(9) .. '+' .. ('-'):rep(self.bins)
   local first, last = ('%g'):format(self[1].val), ('%g'):format(self[self.bins].val)
   lines[#lines + 1] = (' '):rep(10) .. first .. (' '):rep(math.max(1, self.bins - #first - #last)) .. last
   return table.concat(lines, '\n')
end

return function(tensor, bins, min, max)
   if not torch.isTensor(tensor) or tensor:nElement() == 0 then
      errors.argument(1, 'gnuplot.hist', 'a tensor with elements expected, got %s', torch.type(tensor))
   end
   bins = bins or 10
   if type(bins) ~= 'number' or bins < 1 or bins % 1 ~= 0 then
      errors.argument(2, 'gnuplot.hist', 'a whole number of bins from 1 expected, got %s', tostring(bins))
   end
   min, max = min or tensor:min(), max or tensor:max()
   if min > max then errors.raise('gnuplot.hist: min %g is greater than max %g', min, max) end
   local values = torch.DoubleTensor(tensor:nElement()):copy(tensor)
   local found = {raw = torch.DoubleTensor(bins):zero(), bins = bins, binwidth = (max - min) / bins}
   local raw, scale = found.raw, max > min and bins / (max - min) or 0
   values:apply(function(value)
      if value >= min and value <= max then
         local i = math.min(math.floor((value - min) * scale) + 1, bins)
         raw[i] = raw[i] + 1
      end
   end)
   for i = 1, bins do
      found[i] = {val = min + (i - 0.5) * found.binwidth, nb = raw[i]}
      if found.max == nil or raw[i] > found.max.nb then found.max = found[i] end
      if found.min == nil or raw[i] < found.min.nb then found.min = found[i] end
   end
   return setmetatable(found, chart)
end
