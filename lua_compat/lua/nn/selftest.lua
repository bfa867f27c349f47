-- What nn.test and nn.testTHNN run: backward passes against differences of forward passes, files, and plain loops. Returns
-- the two suites, and `with(tester)`, which says to whom the checks go.

local torch = require 'torch'
local nn = require 'nn'

local modules, kernels = torch.TestSuite(), torch.TestSuite()
local tester -- set by with

local ACCURACY = 1e-5

local function near(got, expected, what, allowed)
   tester:eq(got, expected, what, allowed or 1e-10)
end

---------------------------------------------------------------------------------------- modules of one tensor

-- Each: how it is made, and the sizes of an input.
local ROWS = {
   Linear = {function() return nn.Linear(4, 3) end, {5, 4}},
   LinearOfOneVector = {function() return nn.Linear(4, 3) end, {4}},
   LinearWithoutBias = {function() return nn.Linear(4, 3, false) end, {5, 4}},
   Add = {function() return nn.Add(4) end, {3, 4}},
   CAdd = {function() return nn.CAdd(1, 4) end, {3, 4}},
   CMul = {function() return nn.CMul(1, 4) end, {3, 4}},
   Mul = {function() return nn.Mul() end, {3, 4}},
   Euclidean = {function() return nn.Euclidean(4, 3) end, {5, 4}},
   Cosine = {function() return nn.Cosine(4, 3) end, {5, 4}},
   PReLU = {function() return nn.PReLU() end, {3, 4}},
   BatchNormalization = {function() return nn.BatchNormalization(4) end, {6, 4}},
   SpatialConvolution = {function() return nn.SpatialConvolution(2, 3, 2, 3, 2, 1, 1, 0) end, {2, 2, 5, 6}},
   SpatialMaxPooling = {function() return nn.SpatialMaxPooling(2, 2) end, {2, 4, 6}},
   SpatialAveragePooling = {function() return nn.SpatialAveragePooling(2, 3, 1, 2) end, {2, 5, 6}},
   SpatialZeroPadding = {function() return nn.SpatialZeroPadding(1, 2, 0, 1) end, {2, 3, 4}},
   Tanh = {function() return nn.Tanh() end, {3, 4}},
   Sigmoid = {function() return nn.Sigmoid() end, {3, 4}},
   LogSoftMax = {function() return nn.LogSoftMax() end, {3, 4}},
   SoftMax = {function() return nn.SoftMax() end, {3, 4}},
   SoftPlus = {function() return nn.SoftPlus() end, {3, 4}},
   ELU = {function() return nn.ELU() end, {3, 4}},
   Square = {function() return nn.Square() end, {3, 4}},
   Reshape = {function() return nn.Reshape(2, 6) end, {5, 3, 4}},
   View = {function() return nn.View(-1) end, {3, 4}},
   Transpose = {function() return nn.Transpose({1, 2}) end, {3, 4}},
   Narrow = {function() return nn.Narrow(2, 2, 2) end, {3, 4}},
   Select = {function() return nn.Select(2, 3) end, {3, 4}},
   Replicate = {function() return nn.Replicate(3) end, {3, 4}},
   Sum = {function() return nn.Sum(2) end, {3, 4}},
   Mean = {function() return nn.Mean(1) end, {3, 4}},
   Collapse = {function() return nn.Collapse(2) end, {2, 3, 4}},
   Bottle = {function() return nn.Bottle(nn.Linear(4, 2)) end, {2, 3, 4}},
   Sequential = {function() return nn.Sequential():add(nn.Linear(4, 3)):add(nn.Tanh()):add(nn.Linear(3, 2)) end, {5, 4}},
   Concat = {function() return nn.Concat(2):add(nn.Linear(4, 3)):add(nn.Linear(4, 2)) end, {5, 4}},
   Parallel = {function() return nn.Parallel(2, 1):add(nn.Linear(4, 3)):add(nn.Linear(4, 2)) end, {4, 2}},
}

local function names_of(rows)
   local names = {}
   for name in pairs(rows) do names[#names + 1] = name end
   table.sort(names)
   return names
end

local function row_test(name)
   local make, size = unpack(ROWS[name])
   return function()
      local module = make()
      local input = torch.Tensor(unpack(size))
      tester:assertlt(nn.Jacobian.testJacobian(module, input), ACCURACY, name .. ': gradient of the input')
      local parameters, gradients = module:parameters()
      for i, parameter in ipairs(parameters or {}) do
         local found = nn.Jacobian.testJacobianParameters(module, input, parameter, gradients[i])
         tester:assertlt(found, ACCURACY, ('%s: gradient of parameter %d'):format(name, i))
         found = nn.Jacobian.testJacobianUpdateParameters(module, input, parameter)
         tester:assertlt(found, ACCURACY, ('%s: update of parameter %d'):format(name, i))
      end
      local forward, backward = nn.Jacobian.testIO(module, input)
      tester:eq(forward, 0, name .. ': output after a file')
      tester:eq(backward, 0, name .. ': gradInput after a file')
   end
end
for _, name in ipairs(names_of(ROWS)) do modules[name] = row_test(name) end

---------------------------------------------------------------------------------------- modules of tables, criteria

-- The sum of gradOutput times output, as a function of everything in the input, against gradInput.
local function check_table(name, module, input, each)
   local output = module:forward(input)
   local weights = torch.randn(output:size())
   local gradInput = module:updateGradInput(input, weights)
   for _, i in ipairs(each) do
      local x, wanted = input[i], torch.Tensor(input[i]:size())
      local flat, places = x:view(-1), wanted:view(-1)
      for k = 1, flat:size(1) do
         local before = flat[k]
         local function at(value)
            flat[k] = value
            return torch.cmul(module:forward(input), weights):sum()
         end
         places[k] = (at(before + 1e-6) - at(before - 1e-6)) / 2e-6
         flat[k] = before
      end
      near(gradInput[i], wanted, ('%s: gradient of input %d'):format(name, i), ACCURACY)
   end
end

function modules.Tables()
   for _, name in ipairs {'CAddTable', 'CSubTable', 'CMulTable', 'CDivTable', 'DotProduct', 'CosineDistance'} do
      check_table(name, nn[name](), {torch.rand(3, 4):add(0.5), torch.rand(3, 4):add(0.5)}, {1, 2})
   end
   check_table('JoinTable', nn.JoinTable(2), {torch.randn(3, 2), torch.randn(3, 4)}, {1, 2})
   check_table('PairwiseDistance', nn.PairwiseDistance(2), {torch.randn(3, 4), torch.randn(3, 4)}, {1, 2})
   check_table('MM', nn.MM(false, true), {torch.randn(2, 3, 4), torch.randn(2, 5, 4)}, {1, 2})
   check_table('MV', nn.MV(), {torch.randn(2, 3, 4), torch.randn(2, 4)}, {1, 2})
   check_table('MixtureTable', nn.MixtureTable(), {torch.rand(3, 2), torch.randn(3, 2, 4)}, {1, 2})
end

function modules.Criteria()
   local labels = torch.Tensor {2, 1, 3}
   for name, target in pairs {
      MSECriterion = torch.randn(3, 4), AbsCriterion = torch.randn(3, 4), SmoothL1Criterion = torch.randn(3, 4),
      ClassNLLCriterion = labels, CrossEntropyCriterion = labels, MultiMarginCriterion = labels,
      DistKLDivCriterion = torch.rand(3, 4),
   } do
      local criterion, x = nn[name](), torch.randn(3, 4)
      criterion:forward(x, target)
      local gradient, wanted = criterion:backward(x, target):clone(), torch.Tensor(3, 4)
      for i = 1, 3 do
         for j = 1, 4 do
            local before = x[i][j]
            x[i][j] = before + 1e-6
            local high = criterion:forward(x, target)
            x[i][j] = before - 1e-6
            wanted[i][j] = (high - criterion:forward(x, target)) / 2e-6
            x[i][j] = before
         end
      end
      near(gradient, wanted, name, ACCURACY)
   end
end

----------------------------------------------------------------------------------------------------- the protocol

function modules.Parameters()
   local net = nn.Sequential():add(nn.Linear(3, 4)):add(nn.Tanh()):add(nn.Linear(4, 2))
   local parameters, gradients = net:getParameters()
   tester:eq(parameters:nElement(), 3 * 4 + 4 + 4 * 2 + 2, 'how many there are')
   parameters:fill(2)
   tester:eq(net:get(3).bias:sum(), 4, 'parameters lie on the flat tensor')
   net:zeroGradParameters()
   tester:eq(gradients:sum(), 0, 'gradients lie on the flat tensor')
   net:forward(torch.ones(1, 3))
   net:backward(torch.ones(1, 3), torch.ones(1, 2))
   net:updateParameters(0.5)
   near(parameters, torch.mul(gradients, -0.5):add(2), 'a step')
end

function modules.Sharing()
   local first = nn.Linear(3, 3)
   local second = first:clone('weight', 'bias')
   first.weight:fill(7)
   tester:eq(second.weight, first.weight, 'clone shares what it is told to')
   local errors = nn.Jacobian.testAllUpdate(nn.Linear(3, 2), torch.randn(4, 3), 'weight', 'gradWeight')
   for name, found in pairs(errors) do tester:assertlt(found, 1e-10, name) end
   local float = nn.Sequential():add(first):add(second):float()
   tester:eq(torch.type(float:get(1).weight), 'torch.FloatTensor', 'conversion')
   float:get(1).weight:fill(3)
   tester:eq(float:get(2).weight:sum(), 27, 'what is shared stays so')
end

function modules.Utils()
   local t = {torch.ones(2), {torch.ones(3)}}
   local copy = nn.utils.recursiveCopy({}, t)
   nn.utils.recursiveAdd(copy, 2, t)
   tester:eq(copy[2][1], torch.Tensor {3, 3, 3}, 'recursiveAdd')
   nn.utils.recursiveFill(copy, 4)
   tester:eq(copy[1]:sum() + t[1]:sum(), 10, 'recursiveFill fills the copy alone')
end

------------------------------------------------------------------------------------ what is computed, by plain loops

local function loop(x, f)
   local result = x:clone()
   return result:apply(f)
end

-- In doubles and in floats; f is a function of one number.
local POINTWISE = {
   Abs = math.abs, Exp = math.exp, Tanh = math.tanh,
   Square = function(v) return v * v end,
   Sigmoid = function(v) return 1 / (1 + math.exp(-v)) end,
   ReLU = function(v) return math.max(v, 0) end,
   ReLU6 = function(v) return math.min(math.max(v, 0), 6) end,
   HardTanh = function(v) return math.min(math.max(v, -1), 1) end,
   SoftPlus = function(v) return math.log(1 + math.exp(v)) end,
   SoftSign = function(v) return v / (1 + math.abs(v)) end,
   ELU = function(v) return v > 0 and v or math.exp(v) - 1 end,
   LogSigmoid = function(v) return -math.log(1 + math.exp(-v)) end,
   LeakyReLU = function(v) return v > 0 and v or 0.01 * v end,
   HardShrink = function(v) return math.abs(v) > 0.5 and v or 0 end,
}

function kernels.pointwise()
   for _, name in ipairs(names_of(POINTWISE)) do
      local f = POINTWISE[name]
      for word, allowed in pairs {Double = 1e-12, Float = 1e-4} do
         local type_name = 'torch.' .. word .. 'Tensor'
         local x = torch.linspace(-4, 4, 20):view(4, 5):type(type_name)
         local module = nn[name]():type(type_name)
         near(module:forward(x), loop(x, f), name .. ' of ' .. word, allowed)
         near(module:forward(x:t()), loop(x, f):t(), name .. ' of transposed ' .. word, allowed)
      end
   end
end

function kernels.linear()
   local module, x = nn.Linear(3, 2), torch.randn(4, 3)
   local expected = torch.Tensor(4, 2)
   for i = 1, 4 do
      for o = 1, 2 do
         local sum = module.bias[o]
         for k = 1, 3 do sum = sum + x[i][k] * module.weight[o][k] end
         expected[i][o] = sum
      end
   end
   near(module:forward(x), expected, 'output')
end

local function convolved(x, weight, bias)
   local planes, height, width = weight:size(1), weight:size(3), weight:size(4)
   local result = torch.Tensor(planes, x:size(2) - height + 1, x:size(3) - width + 1)
   for o = 1, planes do
      for i = 1, result:size(2) do
         for j = 1, result:size(3) do
            local patch = x:narrow(2, i, height):narrow(3, j, width)
            result[o][i][j] = bias[o] + torch.cmul(patch, weight[o]):sum()
         end
      end
   end
   return result
end

function kernels.convolution()
   local module, x = nn.SpatialConvolution(2, 3, 2, 3), torch.randn(2, 5, 6)
   near(module:forward(x), convolved(x, module.weight, module.bias), 'output')
end

function kernels.pooling()
   local x = torch.randn(1, 4, 6)
   local largest, mean = torch.Tensor(1, 2, 3), torch.Tensor(1, 2, 3)
   for i = 1, 2 do
      for j = 1, 3 do
         local patch = x:narrow(2, 2 * i - 1, 2):narrow(3, 2 * j - 1, 2)
         largest[1][i][j], mean[1][i][j] = patch:max(), patch:mean()
      end
   end
   near(nn.SpatialMaxPooling(2, 2, 2, 2):forward(x), largest, 'the largest')
   near(nn.SpatialAveragePooling(2, 2, 2, 2):forward(x), mean, 'the mean')
end

function kernels.losses()
   local x, t = torch.randn(3, 2), torch.randn(3, 2)
   near(nn.MSECriterion():forward(x, t), torch.add(x, -1, t):pow(2):mean(), 'squares')
   near(nn.AbsCriterion():forward(x, t), torch.add(x, -1, t):abs():mean(), 'magnitudes')
   local logs = nn.LogSoftMax():forward(x)
   near(nn.ClassNLLCriterion():forward(logs, torch.Tensor {2, 1, 2}), -(logs[1][2] + logs[2][1] + logs[3][2]) / 3, 'classes')
   near(torch.exp(logs):sum(2), torch.ones(3, 1), 'probabilities')
end

function kernels.lookup()
   local module = nn.LookupTable(5, 3)
   local output = module:forward(torch.LongTensor {4, 1})
   near(output[1], module.weight[4], 'row 4')
   near(output[2], module.weight[1], 'row 1')
end

function kernels.normalization()
   local module, x = nn.BatchNormalization(3, 0, 0.1, false), torch.randn(8, 3)
   local output = module:forward(x)
   near(output:mean(1), torch.zeros(1, 3), 'mean')
   near(torch.cmul(output, output):mean(1), torch.ones(1, 3), 'variance')
end

-- Runs a suite in doubles from a seed, whatever the default type is.
local function run(suite, names, seed)
   local default = torch.getdefaulttensortype()
   torch.setdefaulttensortype('torch.DoubleTensor')
   torch.manualSeed(seed or 1234)
   tester = torch.Tester()
   tester:add(suite)
   local ok, problem = pcall(tester.run, tester, names)
   torch.setdefaulttensortype(default)
   if not ok then error(problem, 0) end
   return tester
end

--- nn.test([names [, seed]]): derivatives, files and the protocol, with torch.Tester; an error where anything failed.
function nn.test(names, seed) return run(modules, names, seed) end

--- nn.testTHNN([names]): what modules compute, against plain loops.
function nn.testTHNN(names) return run(kernels, names) end

return {modules = modules, kernels = kernels}
