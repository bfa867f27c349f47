-- What torch.test runs: the tensor functions against what a plain loop, a second form or an identity gives. Returns the
-- torch.TestSuite, and `with(tester)`, which says to whom the checks go.

local torch = require 'torch'

local tests = torch.TestSuite()
local tester -- set by with

local INTEGERS = {'Byte', 'Char', 'Short', 'Int', 'Long'}
local NUMBERS = {'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double'}

-- A tolerance for what is computed in the default type or in float.
local function tolerance() return torch.getdefaulttensortype() == 'torch.FloatTensor' and 1e-4 or 1e-10 end

local function near(got, expected, what, allowed) tester:eq(got, expected, what, allowed or tolerance()) end

-- A table of the values of a tensor, in order.
local function values(x)
   local list = {}
   x:clone():apply(function(v) list[#list + 1] = v end)
   return list
end

local function mapped(x, f)
   local result = x:clone()
   local i, list = 0, values(x)
   return result:apply(function() i = i + 1; return f(list[i]) end)
end

---------------------------------------------------------------------------------------------- element by element

local POINTWISE = {
   abs = math.abs, acos = math.acos, asin = math.asin, atan = math.atan, ceil = math.ceil, cos = math.cos, cosh = math.cosh,
   exp = math.exp, floor = math.floor, log = math.log, sin = math.sin, sinh = math.sinh, sqrt = math.sqrt, tan = math.tan,
   tanh = math.tanh,
   log1p = function(v) return math.log(1 + v) end,
   neg = function(v) return -v end,
   cinv = function(v) return 1 / v end,
   rsqrt = function(v) return 1 / math.sqrt(v) end,
   sigmoid = function(v) return 1 / (1 + math.exp(-v)) end,
   frac = function(v) return v - (v < 0 and math.ceil(v) or math.floor(v)) end,
   trunc = function(v) return v < 0 and math.ceil(v) or math.floor(v) end,
   sign = function(v) return v > 0 and 1 or v < 0 and -1 or 0 end,
}

function tests.pointwise()
   local x = torch.rand(3, 5):mul(0.9):add(0.05)
   for name, f in pairs(POINTWISE) do
      local expected = mapped(x, f)
      near(torch[name](x), expected, name)
      near(torch[name](torch.Tensor(), x), expected, name .. ' with a result')
      near(x:clone()[name](x:clone()), expected, name .. ' as a method')
      near(torch[name](x:t()), expected:t(), name .. ' of a transposed tensor')
   end
end

function tests.arithmetic()
   local a, b = torch.rand(4, 3):add(0.5), torch.rand(4, 3):add(0.5)
   local va, vb = values(a), values(b)
   local function check(got, f, what)
      local list, worst = values(got), 0
      for i = 1, #va do worst = math.max(worst, math.abs(list[i] - f(va[i], vb[i]))) end
      tester:assertle(worst, tolerance(), what)
   end
   check(torch.add(a, b), function(x, y) return x + y end, 'add')
   check(torch.add(a, 3, b), function(x, y) return x + 3 * y end, 'add of a multiple')
   check(torch.csub(a, b), function(x, y) return x - y end, 'csub')
   check(torch.cmul(a, b), function(x, y) return x * y end, 'cmul')
   check(torch.cdiv(a, b), function(x, y) return x / y end, 'cdiv')
   check(torch.cpow(a, b), function(x, y) return x ^ y end, 'cpow')
   check(torch.cmax(a, b), math.max, 'cmax')
   check(torch.cmin(a, b), math.min, 'cmin')
   check(torch.atan2(a, b), math.atan2, 'atan2')
   check(torch.fmod(a, 0.3), function(x) return math.fmod(x, 0.3) end, 'fmod')
   check(torch.lerp(a, b, 0.25), function(x, y) return x + 0.25 * (y - x) end, 'lerp')
   check(torch.addcmul(a, 2, a, b), function(x, y) return x + 2 * x * y end, 'addcmul')
   check(torch.addcdiv(a, 2, a, b), function(x, y) return x + 2 * x / y end, 'addcdiv')
   check(torch.pow(a, 3), function(x) return x ^ 3 end, 'pow')
   check(torch.pow(3, a), function(x) return 3 ^ x end, 'a number to a power')
   check(torch.clamp(a, 0.7, 1.2), function(x) return math.min(math.max(x, 0.7), 1.2) end, 'clamp')
   check(2 - a * 3 + b / 2, function(x, y) return 2 - x * 3 + y / 2 end, 'operators')
end

function tests.integers()
   for _, word in ipairs(INTEGERS) do
      local new = torch[word .. 'Tensor']
      local x = new{7, 12, 100}
      tester:eq(torch.div(x, 5), new{1, 2, 20}, word .. ' div')
      tester:eq(torch.remainder(x, 5), new{2, 2, 0}, word .. ' remainder')
      tester:eq(torch.lshift(new{1, 2, 3}, 2), new{4, 8, 12}, word .. ' lshift')
      tester:eq(torch.bitand(x, 6), new{6, 4, 4}, word .. ' bitand')
      tester:eq(torch.bitxor(x, x[1]), new{0, 11, 99}, word .. ' bitxor')
      tester:eq(x:sum(), 119, word .. ' sum')
   end
   tester:eq(torch.ByteTensor{255}:add(1), torch.ByteTensor{0}, 'bytes wrap')
   tester:eq(torch.CharTensor{127}:add(1), torch.CharTensor{-128}, 'chars wrap')
end

function tests.comparisons()
   local a, b = torch.Tensor{1, 2, 3}, torch.Tensor{3, 2, 1}
   local expected = {lt = {1, 0, 0}, le = {1, 1, 0}, gt = {0, 0, 1}, ge = {0, 1, 1}, eq = {0, 1, 0}, ne = {1, 0, 1}}
   for name, list in pairs(expected) do
      tester:eq(torch[name](a, b), torch.ByteTensor(list), name)
      tester:eq(torch[name](a, 2), torch.ByteTensor(list), name .. ' with a number')
   end
   tester:assert(torch.eq(a, a):all() and not torch.gt(a, 3):any(), 'all and any')
end

-------------------------------------------------------------------------------------------------------- reductions

function tests.reductions()
   for _, word in ipairs(NUMBERS) do
      local x = torch.range(1, 6):type('torch.' .. word .. 'Tensor'):resize(2, 3)
      tester:eq({x:sum(), x:prod(), x:max(), x:min()}, {21, 720 % 2 ^ 53, 6, 1}, word)
      tester:eq(values(x:sum(1)), {5, 7, 9}, word .. ' sum along 1')
      tester:eq(values(x:sum(2)), {6, 15}, word .. ' sum along 2')
      tester:eq(values(x:cumsum(2)), {1, 3, 6, 4, 9, 15}, word .. ' cumsum')
      local largest, places = x:max(2)
      tester:eq({values(largest), values(places)}, {{3, 6}, {3, 3}}, word .. ' max along 2')
   end
   local x = torch.randn(5, 7)
   near(x:mean(), x:sum() / 35, 'mean')
   near(x:var(), (x - x:mean()):pow(2):sum() / 34, 'var')
   near(x:std(), math.sqrt(x:var()), 'std')
   near(x:norm(), math.sqrt(torch.cmul(x, x):sum()), 'norm')
   near(x:norm(1), torch.abs(x):sum(), 'norm of power 1')
   near(x:dist(x * 3), (x * 2):norm(), 'dist')
   near(x:renorm(2, 1, 0.5):norm(2, 2):max(), 0.5, 'renorm', 1e-5)
end

function tests.order()
   local x = torch.randn(4, 9)
   for _, descending in ipairs {false, true} do
      local sorted, places = torch.sort(x, 2, descending)
      for i = 1, 4 do
         for j = 1, 9 do tester:eq(x[i][places[i][j]], sorted[i][j], 'a place of sort') end
         for j = 2, 9 do
            tester:assert(descending and sorted[i][j] <= sorted[i][j - 1] or not descending and sorted[i][j] >= sorted[i][j - 1])
         end
      end
   end
   local sorted = torch.sort(x, 2)
   near(torch.topk(x, 3, 2, false, true), sorted:narrow(2, 1, 3), 'topk')
   near(torch.kthvalue(x, 4, 2), sorted:narrow(2, 4, 1), 'kthvalue')
   near(torch.median(x, 2), sorted:narrow(2, 5, 1), 'median')
   tester:eq((torch.mode(torch.Tensor{2, 1, 2, 3}))[1], 2, 'mode')
   tester:eq(torch.histc(torch.Tensor{1, 2, 2, 3, 3, 3}, 3), torch.Tensor{1, 2, 3}, 'histc')
end

---------------------------------------------------------------------------------------------------------- products

function tests.products()
   local a, b, v, w = torch.randn(4, 3), torch.randn(3, 5), torch.randn(3), torch.randn(4)
   local product = torch.zeros(4, 5)
   for i = 1, 4 do
      for j = 1, 5 do
         for k = 1, 3 do product[i][j] = product[i][j] + a[i][k] * b[k][j] end
      end
   end
   near(torch.mm(a, b), product, 'mm')
   near(a * b, product, 'a * b')
   near(torch.addmm(2, torch.ones(4, 5), 3, a, b), product * 3 + 2, 'addmm')
   near(torch.mv(a, v), torch.mm(a, v:view(3, 1)):view(4), 'mv')
   near(torch.ger(w, v), torch.mm(w:view(4, 1), v:view(1, 3)), 'ger')
   near(torch.dot(v, v), v:norm() ^ 2, 'dot')
   near(torch.bmm(a:view(1, 4, 3), b:view(1, 3, 5))[1], product, 'bmm')
   near(torch.cross(torch.Tensor{1, 0, 0}, torch.Tensor{0, 1, 0}), torch.Tensor{0, 0, 1}, 'cross')
end

function tests.systems()
   local a = torch.randn(4, 4)
   local positive, b, one = torch.mm(a, a:t()) + torch.eye(4), torch.randn(4, 2), torch.eye(4)
   near(torch.mm(a, torch.inverse(a)), one, 'inverse', 1e-3)
   near(torch.mm(a, (torch.gesv(b, a))), b, 'gesv', 1e-3)
   local u, s, v = torch.svd(a)
   near(u * torch.diag(s) * v:t(), a, 'svd', 1e-4)
   local q, r = torch.qr(a)
   near(q * r, a, 'qr', 1e-4)
   near(q:t() * q, one, 'q is orthogonal', 1e-4)
   local root = torch.potrf(positive, 'L')
   near(root * root:t(), positive, 'potrf', 1e-4)
   local e, vectors = torch.symeig(positive, 'V')
   near(positive * vectors, vectors * torch.diag(e), 'symeig', 1e-3)
end

function tests.convolutions()
   local x, k = torch.rand(5, 6), torch.rand(2, 3)
   local valid = torch.zeros(4, 4)
   for i = 1, 4 do
      for j = 1, 4 do valid[i][j] = torch.cmul(x[{{i, i + 1}, {j, j + 2}}]:clone(), k):sum() end
   end
   near(torch.xcorr2(x, k), valid, 'xcorr2')
   local flipped = k:index(1, torch.LongTensor{2, 1}):index(2, torch.LongTensor{3, 2, 1})
   near(torch.conv2(x, flipped), valid, 'conv2')
   tester:eq(torch.conv2(x, k, 'F'):size():totable(), {6, 8}, 'the size of a full convolution')
end

------------------------------------------------------------------------------------------------------ views, places

function tests.views()
   local x = torch.range(1, 24):resize(2, 3, 4)
   tester:eq(x:narrow(2, 2, 2)[1][1][1], 5, 'narrow')
   tester:eq(x:select(3, 4)[2][3], 24, 'select')
   tester:eq(x:transpose(1, 3)[4][3][2], 24, 'transpose')
   tester:eq(x:view(4, 6)[2][1], 7, 'view')
   tester:eq(x:unfold(3, 2, 1):size():totable(), {2, 3, 3, 2}, 'unfold')
   tester:eq(x:narrow(1, 1, 1):expand(5, 3, 4)[5][3][4], 12, 'expand')
   tester:eq(x[{2, {2, 3}, -1}], torch.Tensor{20, 24}, 'brackets')
   tester:eq(x[x:gt(22)], torch.Tensor{23, 24}, 'a mask')
   x[{{}, 1, 1}] = -1
   tester:eq(x[2][1][1], -1, 'assignment through brackets')
   tester:eq(torch.cat({x, x}, 1):size(1), 4, 'cat')
   tester:eq(#torch.split(x, 2, 3), 2, 'split')
   tester:eq(x:repeatTensor(2, 1, 1):size(1), 4, 'repeatTensor')
   tester:eq(torch.Tensor(1, 3, 1):squeeze():dim(), 1, 'squeeze')
   tester:assertError(function() return x:narrow(1, 2, 2) end, 'a range outside')
   tester:assertError(function() return x:view(5, 5) end, 'a view of another count')
end

function tests.indexing()
   local x = torch.range(1, 12):resize(4, 3)
   tester:eq(x:index(1, torch.LongTensor{4, 1}), torch.Tensor{{10, 11, 12}, {1, 2, 3}}, 'index')
   tester:eq(x:gather(2, torch.LongTensor{{1}, {2}, {3}, {1}}), torch.Tensor{{1}, {5}, {9}, {10}}, 'gather')
   local y = torch.zeros(4, 3)
   y:scatter(2, torch.LongTensor{{1}, {2}, {3}, {1}}, 5)
   tester:eq({y:sum(), y[3][3]}, {20, 5}, 'scatter')
   y:zero():indexFill(2, torch.LongTensor{2}, 1)
   tester:eq(y:select(2, 2):sum(), 4, 'indexFill')
   y:maskedFill(y:eq(1), 7)
   tester:eq(y:sum(), 28, 'maskedFill')
   tester:eq(y:nonzero():size():totable(), {4, 2}, 'nonzero')
end

function tests.storages()
   local s = torch.DoubleStorage{1, 2, 3, 4, 5, 6}
   local x = torch.DoubleTensor(s, 2, 2, 2, 2, 1)
   x[2][1] = 40
   tester:eq(s:totable(), {1, 2, 3, 40, 5, 6}, 'a tensor over a storage')
   x:resize(2)
   tester:eq(#s, 6, 'the storage keeps its size')
   local b = torch.Tensor():type('torch.DoubleTensor'):set(x)
   b:fill(0)
   tester:eq(x:sum(), 0, 'set shares')
   for _, word in ipairs(NUMBERS) do
      local back = torch.Tensor{1, 2, 3}:type('torch.' .. word .. 'Tensor'):double()
      tester:eq(back, torch.DoubleTensor{1, 2, 3}, 'through ' .. word)
   end
end

----------------------------------------------------------------------------------------------------- random, files

function tests.random()
   local state = torch.getRNGState()
   local a = torch.randn(5)
   torch.setRNGState(state)
   tester:eq(torch.randn(5), a, 'a state gives the same numbers again')
   local u = torch.rand(2000)
   tester:assert(u:min() >= 0 and u:max() < 1, 'uniform numbers lie between 0 and 1')
   tester:eq((torch.sort(torch.randperm(50))), torch.range(1, 50), 'randperm')
   tester:assert(torch.bernoulli(1) == 1 and torch.bernoulli(0) == 0, 'bernoulli')
end

function tests.serialization()
   local x = {torch.randn(3, 2), torch.LongTensor{1, 2}, name = 'a', nested = {true}}
   for _, mode in ipairs {'binary', 'ascii'} do
      local back = torch.deserialize(torch.serialize(x, mode), mode)
      tester:eq(back[1], x[1], mode .. ' doubles', 1e-15)
      tester:eq({back[2], back.name, back.nested}, {x[2], 'a', {true}}, mode)
   end
end

return {tests = tests, with = function(t) tester = t end}
