-- Other names of nn's classes: packages that had faster or earlier forms of what nn has. Each is a class of its own that
-- does what nn's does; `init` is a constructor that differs, `repair` what its files have that nn's have not.

local torch = require 'torch'
local nn = require 'nn'

local spellings = {}

local function average(self)
   if self.mode ~= nil or self.count_include_pad == nil then
      self.count_include_pad = not tostring(self.mode):find('EXCLUDE')
   end
end

local function ceil(self)
   self.ceil_mode = true
   self.dW, self.dH = self.dW or self.kW, self.dH or self.kH
end

local function window(parent)
   return function(self, kW, kH, dW, dH)
      parent.__init(self, kW, kH, dW or kW, dH or kH)
      self.ceil_mode = true
   end
end

-- A weight with a dimension for each size becomes a matrix.
local function flat(self)
   if (self.padH or 0) ~= 0 then
      error(('%s: padH is %d, nn.TemporalConvolution has no padding'):format(torch.type(self), self.padH), 0)
   end
   for _, name in ipairs {'weight', 'gradWeight'} do
      local tensor = self[name]
      if tensor and tensor:dim() > 2 then self[name] = tensor:contiguous():view(tensor:size(1), -1) end
   end
end

local function clip(self)
   self.min_val, self.max_val = 0, self.ceiling or 6
   self.inplace = self.inplace or false
end

local function clipped(parent)
   return function(self, ceiling, inplace)
      parent.__init(self, 0, ceiling, inplace)
      self.ceiling = ceiling
   end
end

local function spatial_loss(self)
   self.lsm, self.slsm = nn.LogSoftMax(), self.slsm or nn.SpatialLogSoftMax()
   self.sizeAverage = self.nll.sizeAverage
   self.oldSizeAverage = self.sizeAverage
end

--- The rows of each package: its class's name, nn's where it is another, and what differs.
spellings.rows = {
   cudnn = {
      {'SpatialConvolution'}, {'SpatialFullConvolution'}, {'VolumetricConvolution'}, {'VolumetricFullConvolution'},
      {'TemporalConvolution', repair = flat},
      {'ReLU'}, {'ELU'}, {'Sigmoid'}, {'Tanh'}, {'SoftMax'}, {'LogSoftMax'}, {'SpatialSoftMax'}, {'SpatialLogSoftMax'},
      {'ClippedReLU', 'HardTanh', repair = clip, init = clipped},
      {'SpatialMaxPooling'}, {'VolumetricMaxPooling'},
      {'SpatialAveragePooling', repair = average}, {'VolumetricAveragePooling', repair = average},
      {'BatchNormalization'}, {'SpatialBatchNormalization'}, {'VolumetricBatchNormalization'},
      {'SpatialCrossMapLRN'},
      {'SpatialCrossEntropyCriterion', 'CrossEntropyCriterion', repair = spatial_loss},
      {'VolumetricCrossEntropyCriterion', 'CrossEntropyCriterion', repair = spatial_loss},
   },
   inn = {
      {'SpatialMaxPooling', repair = ceil, init = window}, {'SpatialAveragePooling', repair = ceil, init = window},
      {'SpatialCrossResponseNormalization', 'SpatialCrossMapLRN'},
   },
   nn = {
      {'SpatialConvolutionCuFFT', 'SpatialConvolution'}, {'LinearNB', 'Linear'}, {'LookupTableGPU', 'LookupTable'},
      {'FasterLookup', 'LookupTable'}, {'TrueNLLCriterion', 'ClassNLLCriterion'},
   },
}

--- Makes the classes of a package's rows; those of classes that nn has not are left out.
function spellings.define(package)
   for _, row in ipairs(spellings.rows[package]) do
      local name, canonical = package .. '.' .. row[1], 'nn.' .. (row[2] or row[1])
      if torch.getmetatable(canonical) and not torch.getmetatable(name) then
         local Class, parent = torch.class(name, canonical)
         Class.__version = parent.__version
         if row.init then Class.__init = row.init(parent) end
         if row.repair then
            local read = parent.read
            function Class:read(file, version)
               if read then
                  read(self, file, version)
               else
                  for key, value in pairs(file:readObject()) do self[key] = value end
               end
               row.repair(self)
            end
         end
      end
   end
end

return spellings
