-- A confusion matrix as a picture.

local GRID = 0.1
local TITLES = {
   score = 'Confusion matrix, sorted by score: %0.3f%% right, %0.3f%% as the mean of classes',
   occurrence = 'Confusion matrix, sorted by occurrence: %0.3f%% right, %0.3f%% as the mean of classes',
}

-- The shares of each row, how often each class occurs, and how many are right among all and in the mean of classes.
local function shares_of(confusion)
   local counts = confusion.mat:double()
   local n, total = confusion.nclasses, counts:sum()
   local rows = counts:sum(2)
   local shares = torch.cdiv(counts, torch.cmax(rows, 1):expand(n, n))
   local right, present = 0, 0
   for i = 1, n do
      if rows[i][1] > 0 then right, present = right + shares[i][i], present + 1 end
   end
   return shares, rows:select(2, 1) / math.max(total, 1), counts:trace() / total * 100, right / present * 100
end

-- Writes a text into the picture from a place on, of a brightness from 0 to 1.
local function write(picture, text, x, y, brightness)
   local shade = math.floor(255 * brightness)
   require('image').drawText(picture, text, x, y, {color = {shade, shade, shade}, inplace = true, wrap = false})
end

-- The share of each cell in percent, where there is room for it.
local function add_shares(picture, shares, order, block)
   if block < 18 then return end
   for i = 1, order:size(1) do
      for j = 1, order:size(1) do
         local share = shares[order[i]][order[j]]
         local text = ('%02.0f'):format(share * 100)
         local x = (j - 1) * block + math.floor((block - 6 * #text) / 2)
         write(picture, text, x, (i - 1) * block + math.floor(block / 2) - 4, share > 0.5 and 0.2 or 0.7)
      end
   end
end

-- Beside each row: how often its class occurs, the share that is right, its name.
local function add_legend(picture, confusion, shares, frequencies, order, block)
   local n = confusion.nclasses
   local left, most = n * block + 11, math.max(frequencies:max(), 1e-12)
   for i = 1, n do
      local class = order[i]
      local text = ('[%2.2f%% labels] %2.2f%%: %s'):format(frequencies[class] * 100, shares[class][class] * 100,
         tostring(confusion.classes[class] or class))
      write(picture, text, left, (i - 1) * block + math.floor(block / 2) - 4, frequencies[class] / most * 0.6 + 0.4)
   end
end

--- confusion:render([sort ('score' or 'occurrence'), display (false), block (25), legend width (200)]): the picture, a
--- tensor (3, n * block, n * block + legend width) of values from 0 to 1. A row is a target, a column a prediction,
--- sorted both; the brighter a cell, the larger its share of the row, which stands in it in percent from a block of 18
--- on. Beside a row: how often the class occurs, the share that is right, its name. With display, image.display
--- shows it.
local function render(confusion, sort, display, block, legend_width)
   sort, block, legend_width = sort or 'score', block or 25, legend_width or 200
   if TITLES[sort] == nil then
      error(("optim.ConfusionMatrix:render: sort: needs 'score' or 'occurrence', got %s"):format(tostring(sort)), 2)
   end
   local n = confusion.nclasses
   local shares, frequencies, right, right_by_class = shares_of(confusion)
   local diagonal = torch.Tensor(n)
   for i = 1, n do diagonal[i] = shares[i][i] end
   local _, order = torch.sort(sort == 'score' and diagonal or frequencies, 1, true)
   local picture = torch.zeros(3, n * block, n * block + legend_width)
   for i = 1, n do
      for j = 1, n do
         picture:narrow(2, (i - 1) * block + 1, block):narrow(3, (j - 1) * block + 1, block):fill(
            shares[order[i]][order[j]])
      end
   end
   for i = 1, n do
      picture:narrow(2, i * block, 1):narrow(3, 1, n * block):fill(GRID)
      picture:narrow(3, i * block, 1):fill(GRID)
   end
   add_shares(picture, shares, order, block)
   if legend_width > 0 then add_legend(picture, confusion, shares, frequencies, order, block) end
   if display then
      require('image').display{image = picture, legend = TITLES[sort]:format(right, right_by_class)}
   end
   return picture
end

return render
