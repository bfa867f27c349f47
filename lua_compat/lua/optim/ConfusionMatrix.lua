-- optim.ConfusionMatrix: how often each class (row) was taken for each class (column).
--
--   local confusion = optim.ConfusionMatrix({'cat', 'dog'})
--   confusion:batchAdd(outputs, targets)
--   print(confusion)

local ConfusionMatrix = torch.class('optim.ConfusionMatrix')

-- What the original computes in, which its files hold and its methods expect of a file.
local function make_buffers(self)
   self._mat_flat = self.mat:view(-1)
   self._target, self._prediction, self._max = torch.FloatTensor(), torch.FloatTensor(), torch.FloatTensor()
   self._pred_idx, self._targ_idx = torch.LongTensor(), torch.LongTensor()
end

--- optim.ConfusionMatrix(number of classes [, names]) or optim.ConfusionMatrix(names).
function ConfusionMatrix:__init(nclasses, classes)
   if type(nclasses) == 'table' then nclasses, classes = #nclasses, nclasses end
   if type(nclasses) ~= 'number' then
      local text = 'optim.ConfusionMatrix: a number of classes or a table of their names expected, got %s'
      error(text:format(torch.type(nclasses)), 3)
   end
   self.nclasses = nclasses
   self.classes = classes or {}
   self.mat = torch.LongTensor(nclasses, nclasses):zero()
   self.valids = torch.FloatTensor(nclasses):zero()
   self.unionvalids = torch.FloatTensor(nclasses):zero()
   self.totalValid = 0
   self.averageValid = 0
   self.averageUnionValid = 0
   make_buffers(self)
end

local function refuse(self, method, what, given)
   local text = 'optim.ConfusionMatrix:%s: %s: needs a class from 1 to %d%s, got %s'
   local rest = what == 'target' and ' (0 or less where it is unknown)' or ''
   error(text:format(method, what, self.nclasses, rest, given), 3)
end

-- The class of one prediction or target: a number, or the place of the largest score.
local function class_of(self, value, what)
   if type(value) == 'number' then return value end
   if not torch.isTensor(value) or value:dim() ~= 1 then
      local given = torch.isTensor(value) and value:dim() .. ' dimensions' or torch.type(value)
      error(('optim.ConfusionMatrix:add: %s: needs a number or a tensor of scores, got %s'):format(what, given), 3)
   end
   -- on the CPU and in single precision, as the original: of nearly equal scores the first wins
   local _, place = torch.max(self._prediction:resize(value:size()):copy(value), 1)
   return place[1]
end

--- confusion:add(prediction, target): each a class or a tensor of scores (a one-hot one, say). A target of 0 or less
--- stands for an unknown class and is not counted.
function ConfusionMatrix:add(prediction, target)
   if self._prediction == nil then make_buffers(self) end
   local p, t = class_of(self, prediction, 'prediction'), class_of(self, target, 'target')
   if t <= 0 then return end
   if t > self.nclasses or t % 1 ~= 0 then refuse(self, 'add', 'target', t) end
   if p < 1 or p > self.nclasses or p % 1 ~= 0 then refuse(self, 'add', 'prediction', p) end
   self.mat[t][p] = self.mat[t][p] + 1
end

-- A 1-D tensor of classes, from one of that kind or from a row of scores each.
local function classes_of(values, buffer, what)
   if not torch.isTensor(values) or values:dim() < 1 or values:dim() > 2 then
      local given = torch.isTensor(values) and values:dim() .. ' dimensions' or torch.type(values)
      local text = 'optim.ConfusionMatrix:batchAdd: %s: needs a tensor of 1 dimension (classes) or 2 (scores), got %s'
      error(text:format(what, given), 3)
   end
   buffer:resize(values:size()):copy(values)
   if values:dim() == 1 then return buffer:long() end
   if values:size(2) == 1 then return buffer:select(2, 1):long() end
   local _, places = torch.max(buffer, 2)
   return places:select(2, 1)
end

--- confusion:batchAdd(predictions, targets): tensors of classes (1-D, or one column) or of scores (2-D). Targets of 0
--- or less are not counted.
function ConfusionMatrix:batchAdd(predictions, targets)
   if self._prediction == nil then make_buffers(self) end
   local predicted = classes_of(predictions, self._prediction, 'predictions')
   local wanted = classes_of(targets, self._target, 'targets')
   if predicted:size(1) ~= wanted:size(1) then
      local text = 'optim.ConfusionMatrix:batchAdd: %d predictions for %d targets'
      error(text:format(predicted:size(1), wanted:size(1)), 2)
   end
   local known = wanted:ge(1)
   wanted, predicted = wanted[known], predicted[known]
   if wanted:nElement() == 0 then return end
   if wanted:max() > self.nclasses then refuse(self, 'batchAdd', 'target', wanted:max()) end
   if predicted:min() < 1 then refuse(self, 'batchAdd', 'prediction', predicted:min()) end
   if predicted:max() > self.nclasses then refuse(self, 'batchAdd', 'prediction', predicted:max()) end
   local places = wanted:add(-1):mul(self.nclasses):add(predicted)
   self.mat:view(-1):indexAdd(1, places, torch.LongTensor(1):fill(1):expand(places:size(1)))
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

ConfusionMatrix.render = require 'optim.confusion_picture'

return ConfusionMatrix
