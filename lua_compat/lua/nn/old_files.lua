-- What files lack that were written before a class had all of its fields: the class has them, with what it did then.
-- They are fields of the class, so that an object of today does not show them.

local torch = require 'torch'

local PADS, PADS3 = {padW = 0, padH = 0}, {padT = 0, padW = 0, padH = 0}

local function with(base, more)
   for name, value in pairs(base) do
      if more[name] == nil then more[name] = value end
   end
   return more
end

local FIELDS = {
   SpatialFullConvolution = with(PADS, {adjW = 0, adjH = 0}),
   VolumetricFullConvolution = with(PADS3, {adjT = 0, adjW = 0, adjH = 0}),
   SpatialConvolutionLocal = PADS,
   SpatialMaxPooling = with(PADS, {ceil_mode = false}), VolumetricMaxPooling = with(PADS3, {ceil_mode = false}),
   SpatialAveragePooling = with(PADS, {ceil_mode = false, count_include_pad = true, divide = true}),
   VolumetricAveragePooling = with(PADS3, {ceil_mode = false, count_include_pad = true}),
   BatchNormalization = {momentum = 0.1, eps = 1e-5},
   HardTanh = {min_val = -1, max_val = 1},
   SoftPlus = {beta = 1, threshold = 20},
   LeakyReLU = {negval = 0.01}, ELU = {alpha = 1}, Sqrt = {eps = 0},
   Normalize = {eps = 1e-10},
   Narrow = {length = 1}, Replicate = {dim = 1}, Padding = {index = 1, value = 0},
   LookupTable = {paddingValue = 0},
   MultiMarginCriterion = {p = 1, margin = 1}, MarginCriterion = {margin = 1},
   HingeEmbeddingCriterion = {margin = 1}, L1HingeEmbeddingCriterion = {margin = 1},
   CosineEmbeddingCriterion = {margin = 0}, MarginRankingCriterion = {margin = 1},
}
for _, name in ipairs {
   'MSECriterion', 'AbsCriterion', 'SmoothL1Criterion', 'ClassNLLCriterion', 'BCECriterion', 'DistKLDivCriterion',
   'MultiMarginCriterion', 'MultiLabelMarginCriterion', 'MarginCriterion', 'HingeEmbeddingCriterion',
   'CosineEmbeddingCriterion', 'SoftMarginCriterion', 'MarginRankingCriterion', 'DistanceRatioCriterion',
   'MultiLabelSoftMarginCriterion',
} do
   FIELDS[name] = with({sizeAverage = true}, FIELDS[name] or {})
end

for name, fields in pairs(FIELDS) do
   local class = torch.getmetatable('nn.' .. name)
   for field, value in pairs(fields) do
      if class[field] == nil then class[field] = value end
   end
end
