-- Modules of two tensors: distances, similarities, and products of matrices.

local torch = require 'torch'
local nn = require 'nn'
local checks = require 'nn.checks'
local kernels = require '_kernels'

-- A class of two vectors, or of two batches of them, whose output has one number for each pair of rows.
local function of_rows(name, kind)
   local Class, parent = torch.class('nn.' .. name, 'nn.Module')

   function Class:__init()
      parent.__init(self)
      self.gradInput = {torch.Tensor(), torch.Tensor()}
   end

   function Class:updateOutput(input)
      local a, b = checks.alike(self, input, 2)
      kernels.pair_forward(self.output, kind, a, b, self.norm)
      return self.output
   end

   function Class:updateGradInput(input, gradOutput)
      local a, b = checks.alike(self, input, 2)
      local count, wanted = checks.tensor(self, gradOutput, 'gradOutput'):nElement(), a:dim() == 1 and 1 or a:size(1)
      if count ~= wanted then checks.fail(self, 'gradOutput has %d elements, %d are needed', count, wanted) end
      local gradients = self.gradInput
      for i = 1, 2 do gradients[i] = gradients[i] or input[i].new() end
      kernels.pair_backward(gradients[1], gradients[2], kind, gradOutput, a, b, self.norm)
      return gradients
   end

   return Class, parent
end

of_rows('DotProduct', 'dot')
of_rows('CosineDistance', 'cosine')

local Distance, distance_parent = of_rows('PairwiseDistance', 'distance')

function Distance:__init(p)
   distance_parent.__init(self)
   self.gradInput = {}
   self.diff = torch.Tensor()
   self.norm = p
end

-- What files hold of the work space of other implementations goes with the results.
local WORK = {
   DotProduct = {'buffer'},
   CosineDistance = {'buffer', 'w', 'w1', 'w22', 'w32', 'ones'},
   PairwiseDistance = {'diff', 'outExpand', 'grad', 'ones'},
}
for name, fields in pairs(WORK) do
   nn[name].clearState = function(self)
      nn.utils.clear(self, fields)
      return nn.Module.clearState(self)
   end
end

--------------------------------------------------------------------------------------------------------- MM and MV

local MM, mm_parent = torch.class('nn.MM', 'nn.Module')

--- The product of two matrices, or of two batches of them; either may be transposed first.
function MM:__init(transA, transB)
   mm_parent.__init(self)
   self.transA, self.transB = transA or false, transB or false
   self.gradInput = {torch.Tensor(), torch.Tensor()}
end

-- A matrix, or a batch of them, with its last two dimensions swapped.
local function transposed(x) return x:transpose(x:dim() - 1, x:dim()) end

-- result = a b.
local function multiply(result, a, b)
   if a:dim() == 2 then
      result:resize(a:size(1), b:size(2))
      result:mm(a, b)
   else
      result:resize(a:size(1), a:size(2), b:size(3))
      result:bmm(a, b)
   end
end

local function factors(self, input)
   local a, b = checks.two_tensors(self, input)
   local d = a:dim()
   local left, right = self.transA and d - 1 or d, self.transB and d or d - 1
   local fit = (d == 2 or d == 3) and b:dim() == d and a:size(left) == b:size(right)
   if not fit or (d == 3 and a:size(1) ~= b:size(1)) then
      checks.fail(self, 'input has sizes %s%s and %s%s, matrices or batches of matrices that fit are needed',
         checks.sizes(a), self.transA and ' (transposed)' or '', checks.sizes(b), self.transB and ' (transposed)' or '')
   end
   return self.transA and transposed(a) or a, self.transB and transposed(b) or b
end

function MM:updateOutput(input)
   local a, b = factors(self, input)
   multiply(self.output, a, b)
   return self.output
end

function MM:updateGradInput(input, gradOutput)
   local a, b = factors(self, input)
   local d = a:dim()
   checks.tensor(self, gradOutput, 'gradOutput')
   if gradOutput:dim() ~= d or gradOutput:size(d - 1) ~= a:size(d - 1) or gradOutput:size(d) ~= b:size(d) then
      checks.fail(self, 'gradOutput has sizes %s, those of the output are needed', checks.sizes(gradOutput))
   end
   for i = 1, 2 do self.gradInput[i] = self.gradInput[i] or input[i].new() end
   if self.transA then multiply(self.gradInput[1], b, transposed(gradOutput))
   else multiply(self.gradInput[1], gradOutput, transposed(b)) end
   if self.transB then multiply(self.gradInput[2], transposed(gradOutput), a)
   else multiply(self.gradInput[2], transposed(a), gradOutput) end
   return self.gradInput
end

local MV, mv_parent = torch.class('nn.MV', 'nn.Module')

--- The product of a matrix and a vector, or of batches of them; the matrix may be transposed first.
function MV:__init(trans)
   mv_parent.__init(self)
   self.trans = trans or false
   self.gradInput = {torch.Tensor(), torch.Tensor()}
end

local function matrix_and_vector(self, input)
   local m, v = checks.two_tensors(self, input)
   local d = m:dim()
   local fit = (d == 2 or d == 3) and v:dim() == d - 1 and m:size(self.trans and d - 1 or d) == v:size(d - 1)
   if not fit or (d == 3 and m:size(1) ~= v:size(1)) then
      checks.fail(self, 'input has sizes %s%s and %s, a matrix and a vector, or batches of them, that fit are needed',
         checks.sizes(m), self.trans and ' (transposed)' or '', checks.sizes(v))
   end
   return self.trans and transposed(m) or m, v
end

-- A vector, or a batch of them, as matrices of one column.
local function column(v) return v:dim() == 1 and v:view(-1, 1) or v:view(v:size(1), v:size(2), 1) end

function MV:updateOutput(input)
   local m, v = matrix_and_vector(self, input)
   multiply(self.output, m, column(v:contiguous()))
   if m:dim() == 2 then self.output:resize(m:size(1)) else self.output:resize(m:size(1), m:size(2)) end
   return self.output
end

function MV:updateGradInput(input, gradOutput)
   local m, v = matrix_and_vector(self, input)
   local g = checks.tensor(self, gradOutput, 'gradOutput')
   if g:dim() ~= v:dim() or g:size(g:dim()) ~= m:size(m:dim() - 1) then
      checks.fail(self, 'gradOutput has sizes %s, those of the output are needed', checks.sizes(g))
   end
   for i = 1, 2 do self.gradInput[i] = self.gradInput[i] or input[i].new() end
   g, v = column(g:contiguous()), column(v:contiguous())
   if self.trans then multiply(self.gradInput[1], v, transposed(g))
   else multiply(self.gradInput[1], g, transposed(v)) end
   multiply(self.gradInput[2], transposed(m), g)
   self.gradInput[2]:resize(input[2]:size())
   return self.gradInput
end
