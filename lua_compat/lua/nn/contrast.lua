-- Planes less, and divided by, what lies around: SpatialSubtractive-, Divisive- and ContrastiveNormalization.

local torch = require 'torch'
local nn = require 'nn'

local function checked(name, kernel)
   local dims = torch.isTensor(kernel) and kernel:dim() or 0
   local odd = dims > 0 and kernel:size(1) % 2 == 1 and kernel:size(dims) % 2 == 1
   if (dims ~= 1 and dims ~= 2) or not odd then
      error(('nn.%s: kernel is %s, a tensor of one or two dimensions and odd sizes is needed'):format(name,
         dims > 0 and table.concat(kernel:size():totable(), 'x') or torch.type(kernel)), 4)
   end
   return dims
end

-- Adds modules that weigh the neighbourhood of each place over all planes; a kernel of one dimension goes both ways.
local function estimator(net, planes, kernel)
   local padH = math.floor(kernel:size(1) / 2)
   local padW = math.floor(kernel:size(kernel:dim()) / 2)
   net:add(nn.SpatialZeroPadding(padW, padW, padH, padH))
   if kernel:dim() == 2 then
      local whole = nn.SpatialConvolution(planes, 1, kernel:size(2), kernel:size(1))
      for i = 1, planes do whole.weight[1][i]:copy(kernel) end
      whole.bias:zero()
      net:add(whole)
   else
      local along = nn.SpatialConvolutionMap(nn.tables.oneToOne(planes), kernel:size(1), 1)
      local down = nn.SpatialConvolution(planes, 1, 1, kernel:size(1))
      for i = 1, planes do
         along.weight[i]:copy(kernel)
         down.weight[1][i]:copy(kernel)
      end
      along.bias:zero()
      down.bias:zero()
      net:add(along):add(down)
   end
   return net:add(nn.Replicate(planes, 1, 3))
end

-- What the kernel counts at each place, less at the border; worked out anew where the size of the planes changes.
local function coefficients(self, input)
   local dims = input:dim()
   if dims ~= 3 and dims ~= 4 or input:size(dims - 2) ~= self.nInputPlane then
      error(('%s(%d): input has sizes %s, %d planes in 3 or 4 dimensions are needed'):format(torch.type(self),
         self.nInputPlane, table.concat(input:size():totable(), 'x'), self.nInputPlane), 3)
   end
   self.ones = self.ones or input.new()
   self._coef = self._coef or input.new()
   self.ones:resize(self.nInputPlane, input:size(dims - 1), input:size(dims)):fill(1)
   local coef = self.meanestimator:updateOutput(self.ones)
   self._coef:resizeAs(coef):copy(coef)
   if dims == 4 then
      local sizes = self._coef:size():totable()
      self.coef = self._coef:view(1, unpack(sizes)):expand(input:size(1), unpack(sizes))
   else
      self.coef = self._coef
   end
end

-- Sizes without what the estimators leave between.
local function fitted(tensor, like) return tensor:contiguous():viewAs(like) end

---------------------------------------------------------------------------------- SpatialSubtractiveNormalization

local Subtractive, sub_parent = torch.class('nn.SpatialSubtractiveNormalization', 'nn.Module')

function Subtractive:__init(nInputPlane, kernel)
   sub_parent.__init(self)
   self.nInputPlane = nInputPlane or 1
   self.kernel = kernel and kernel:clone() or torch.Tensor(9, 9):fill(1)
   checked('SpatialSubtractiveNormalization', self.kernel)
   self.kernel:div(self.kernel:sum() * self.nInputPlane)
   self.meanestimator = estimator(nn.Sequential(), self.nInputPlane, self.kernel)
   self.subtractor, self.divider = nn.CSubTable(), nn.CDivTable()
   self.coef = torch.Tensor(1, 1, 1)
end

function Subtractive:updateOutput(input)
   coefficients(self, input)
   self.localsums = self.meanestimator:updateOutput(input)
   self.adjustedsums = self.divider:updateOutput {self.localsums, self.coef}
   self.output = self.subtractor:updateOutput {input, fitted(self.adjustedsums, input)}
   return self.output
end

function Subtractive:updateGradInput(input, gradOutput)
   local adjusted = fitted(self.adjustedsums, input)
   local direct = self.subtractor:updateGradInput({input, adjusted}, gradOutput)
   local sums = self.divider:updateGradInput({self.localsums, self.coef}, fitted(direct[2], self.adjustedsums))
   self.gradInput:resizeAs(input):copy(direct[1]):add(self.meanestimator:updateGradInput(input, sums[1]))
   return self.gradInput
end

------------------------------------------------------------------------------------ SpatialDivisiveNormalization

local Divisive, div_parent = torch.class('nn.SpatialDivisiveNormalization', 'nn.Module')

function Divisive:__init(nInputPlane, kernel, threshold, thresval)
   div_parent.__init(self)
   self.nInputPlane = nInputPlane or 1
   self.kernel = kernel and kernel:clone() or torch.Tensor(9, 9):fill(1)
   self.threshold = threshold or 1e-4
   self.thresval = thresval or threshold or 1e-4
   local dims = checked('SpatialDivisiveNormalization', self.kernel)
   self.kernel:div(self.kernel:sum() * (dims == 2 and self.nInputPlane or math.sqrt(self.nInputPlane)))
   self.meanestimator = estimator(nn.Sequential(), self.nInputPlane, self.kernel)
   self.stdestimator = estimator(nn.Sequential():add(nn.Square()), self.nInputPlane, self.kernel):add(nn.Sqrt())
   self.normalizer, self.divider = nn.CDivTable(), nn.CDivTable()
   self.thresholder = nn.Threshold(self.threshold, self.thresval)
   self.coef = torch.Tensor(1, 1, 1)
end

function Divisive:updateOutput(input)
   coefficients(self, input)
   self.localstds = self.stdestimator:updateOutput(input)
   self.adjustedstds = self.divider:updateOutput {self.localstds, self.coef}
   self.thresholdedstds = self.thresholder:updateOutput(self.adjustedstds)
   self.output = self.normalizer:updateOutput {input, fitted(self.thresholdedstds, input)}
   return self.output
end

function Divisive:updateGradInput(input, gradOutput)
   local direct = self.normalizer:updateGradInput({input, fitted(self.thresholdedstds, input)}, gradOutput)
   local over = self.thresholder:updateGradInput(self.adjustedstds, fitted(direct[2], self.adjustedstds))
   local stds = self.divider:updateGradInput({self.localstds, self.coef}, over)
   self.gradInput:resizeAs(input):copy(direct[1]):add(self.stdestimator:updateGradInput(input, stds[1]))
   return self.gradInput
end

for _, class in ipairs {Subtractive, Divisive} do
   function class:clearState()
      for _, name in ipairs {'meanestimator', 'stdestimator', 'subtractor', 'divider', 'normalizer', 'thresholder'} do
         if self[name] then self[name]:clearState() end
      end
      self.coef = self.kernel.new(1, 1, 1)
      self.output = self.kernel.new()
      for _, name in ipairs {'ones', '_coef', 'localsums', 'adjustedsums', 'localstds', 'adjustedstds',
         'thresholdedstds'} do
         self[name] = nil
      end
      self.gradInput:set()
      return self
   end
end

--------------------------------------------------------------------------------- SpatialContrastiveNormalization

local Contrastive, contrastive_parent = torch.class('nn.SpatialContrastiveNormalization', 'nn.Module')

function Contrastive:__init(nInputPlane, kernel, threshold, thresval)
   contrastive_parent.__init(self)
   self.nInputPlane = nInputPlane or 1
   self.kernel = kernel or torch.Tensor(9, 9):fill(1)
   self.threshold = threshold or 1e-4
   self.thresval = thresval or threshold or 1e-4
   checked('SpatialContrastiveNormalization', self.kernel)
   self.normalizer = nn.Sequential()
      :add(nn.SpatialSubtractiveNormalization(self.nInputPlane, self.kernel))
      :add(nn.SpatialDivisiveNormalization(self.nInputPlane, self.kernel, self.threshold, self.thresval))
end

function Contrastive:updateOutput(input)
   self.output = self.normalizer:forward(input)
   return self.output
end

function Contrastive:updateGradInput(input, gradOutput)
   self.gradInput = self.normalizer:backward(input, gradOutput)
   return self.gradInput
end

function Contrastive:clearState()
   self.normalizer:clearState()
   self.output, self.gradInput = self.kernel.new(), self.kernel.new()
   return self
end
