-- optim.ConfusionMatrix: how often each class (row) was taken for each class (column).
--
--   local confusion = optim.ConfusionMatrix({'cat', 'dog'})
--   confusion:batchAdd(outputs, targets)
--   print(confusion)

local ConfusionMatrix = torch.class('optim.ConfusionMatrix')

--- optim.ConfusionMatrix(number of classes [, names]) or optim.ConfusionMatrix(names).
function ConfusionMatrix:__init(nclasses, classes)
   if type(nclasses) == 'table' then nclasses, classes = #nclasses, nclasses end
   if type(nclasses) ~= 'number' then
      error('optim.ConfusionMatrix: a number of classes or a table of their names expected', 2)
   end
   self.nclasses = nclasses
   self.classes = classes or {}
   self.mat = torch.LongTensor(nclasses, nclasses):zero()
   self.valids = torch.FloatTensor(nclasses):zero()
   self.unionvalids = torch.FloatTensor(nclasses):zero()
   self.totalValid = 0
   self.averageValid = 0
   self.averageUnionValid = 0
end

-- The class of one prediction or target: a number, or the place of the largest score.
local function class_of(scores)
   if type(scores) == 'number' then return scores end
   if scores:dim() == 1 and scores:size(1) == 1 then return scores[1] end
   local _, place = torch.max(scores, scores:dim())
   return place:view(-1)[1]
end

local function count(self, prediction, target)
   -- targets of zero and below stand for unknown classes
   if target > 0 then self.mat[target][prediction] = self.mat[target][prediction] + 1 end
end

--- confusion:add(prediction, target): each a class or a tensor of scores.
function ConfusionMatrix:add(prediction, target) count(self, class_of(prediction), class_of(target)) end

-- A 1-D tensor of classes, from one of that kind or from a row of scores each.
local function classes_of(values, what)
   if values:dim() == 1 then return values end
   if values:dim() == 2 then
      if values:size(2) == 1 then return values:select(2, 1) end
      local _, places = torch.max(values, 2)
      return places:select(2, 1)
   end
   local text = 'optim.ConfusionMatrix: the %s have %d dimensions; 1 (classes) or 2 (scores) expected'
   error(text:format(what, values:dim()), 3)
end

--- confusion:batchAdd(predictions, targets): tensors of classes (1-D) or of scores (2-D).
function ConfusionMatrix:batchAdd(predictions, targets)
   local predicted, wanted = classes_of(predictions, 'predictions'), classes_of(targets, 'targets')
   if predicted:size(1) ~= wanted:size(1) then
      error(('optim.ConfusionMatrix: %d predictions for %d targets'):format(predicted:size(1), wanted:size(1)), 2)
   end
   for i = 1, predicted:size(1) do count(self, predicted[i], wanted[i]) end
end

--- confusion:zero(): forgets all counts.
function ConfusionMatrix:zero()
   self.mat:zero()
   self.valids:zero()
   self.unionvalids:zero()
   self.totalValid, self.averageValid, self.averageUnionValid = 0, 0, 0
end

--- confusion:updateValids(): valids (right among a class's targets), unionvalids (right among its targets and
--- predictions), their means over the classes that occur, and totalValid (right among all).
function ConfusionMatrix:updateValids()
   local right, all, seen = 0, 0, 0
   local average, union_average = 0, 0
   for t = 1, self.nclasses do
      local hits = self.mat[t][t]
      local row, column = self.mat:select(1, t):sum(), self.mat:select(2, t):sum()
      self.valids[t] = hits / row
      self.unionvalids[t] = hits / (row + column - hits)
      -- read back: the means are those of single precision numbers
      local valid, union = self.valids[t], self.unionvalids[t]
      if valid == valid and union == union then
         average, union_average, seen = average + valid, union_average + union, seen + 1
      end
      right, all = right + hits, all + row
   end
   self.totalValid = right / all
   self.averageValid = average / seen
   self.averageUnionValid = union_average / seen
end

-- C prints a not-a-number with a sign on some machines.
local function number_text(format, value)
   if value ~= value then return 'nan' end
   return format and format:format(value) or tostring(value)
end

--- tostring(confusion): the table, the share of right ones behind each row, and the means.
function ConfusionMatrix:__tostring__()
   self:updateValids()
   local digits = math.max(8, 1 + math.ceil(math.log10(math.max(1, self.mat:max()))))
   local cell = '%' .. digits .. 'd'
   local lines = {'ConfusionMatrix:\n'}
   for t = 1, self.nclasses do
      local cells = {}
      for p = 1, self.nclasses do cells[p] = cell:format(self.mat[t][p]) end
      local name = self.classes[1] ~= nil and ('\t[class: %s]'):format(tostring(self.classes[t] or '')) or ''
      lines[#lines + 1] = (t == 1 and '[[' or ' [') .. table.concat(cells) .. (t == self.nclasses and ']]  ' or ']   ')
         .. number_text('%2.3f', self.valids[t] * 100) .. '% ' .. name .. '\n'
   end
   local function line(label, value) return (' + %s: %s%%'):format(label, number_text(nil, value * 100)) end
   lines[#lines + 1] = line('average row correct', self.averageValid) .. ' \n'
   lines[#lines + 1] = line('average rowUcol correct (VOC measure)', self.averageUnionValid) .. ' \n'
   lines[#lines + 1] = line('global correct', self.totalValid)
   return table.concat(lines)
end

--- confusion:farFrr(): per class the rates of false rejection and of false acceptance (-1 for classes without targets),
--- then both again for the classes with targets only.
function ConfusionMatrix:farFrr()
   local n = self.nclasses
   local rejected, accepted = torch.Tensor(n):fill(-1), torch.Tensor(n):fill(-1)
   local totals, present = {}, {}
   for t = 1, n do
      totals[t] = self.mat:select(1, t):sum()
      if totals[t] > 0 then present[#present + 1] = t end
   end
   local rejected_there, accepted_there = torch.Tensor(#present), torch.Tensor(#present)
   for i, t in ipairs(present) do
      rejected[t] = 1 - self.mat[t][t] / totals[t]
      local shares = 0
      for _, other in ipairs(present) do
         if other ~= t then shares = shares + self.mat[other][t] / totals[other] end
      end
      accepted[t] = shares / (#present - 1)
      rejected_there[i], accepted_there[i] = rejected[t], accepted[t]
   end
   return rejected, accepted, rejected_there, accepted_there
end

--- confusion:render([sort, display, block, legend width]): a picture of the table, a byte image (3, size, size): rows
--- are targets, the brighter a cell the larger its share of the row; green on the diagonal, red beside it.
function ConfusionMatrix:render(_, display, block)
   if display then
      error('optim.ConfusionMatrix:render: there is no display here; take the returned image and save it', 2)
   end
   block = block or 25
   local n = self.nclasses
   local picture = torch.ByteTensor(3, n * block, n * block):zero()
   for t = 1, n do
      local total = math.max(1, self.mat:select(1, t):sum())
      for p = 1, n do
         local plane = picture[t == p and 2 or 1]
         plane:narrow(1, (t - 1) * block + 1, block):narrow(2, (p - 1) * block + 1, block):fill(math.floor(255 * self.mat[t][p] / total))
      end
   end
   return picture
end

return ConfusionMatrix
