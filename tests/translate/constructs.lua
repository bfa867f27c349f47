-- Constructs of Lua, each a script of its own below a line with its name: the translation prints the same.

--== arithmetic
print(7 / 2, 7 % 3, -7 % 3, 2 ^ 10, 1e3, 0.1 + 0.2, 10 / 2)

--== precedence
print(-2 ^ 2, not nil == true, 1 .. 2 == '12', 2 * (3 + 4), (2 + 3) % 4, 2 - (3 - 4))

--== truth of zero
local x = 0; if x then print('yes') end; local s = ''; print(s and 1 or 2)

--== and or
local a = nil; print(a or 5, a and 1, (1 > 2) and 'x' or 'y', false or nil)

--== false default
local function f(x) if x == nil then x = true end return x end print(f(), f(false))

--== not
local t = {}
print(not t.x, not 0, not not nil)

--== list
local t = {10, 20, 30}
print(#t, t[1], t[#t])
t[#t + 1] = 40
print(#t, t[4])

--== list in a loop
local t = {}; for i = 1, 3 do t[i] = i * i end; print(table.concat(t, ','))

--== missing elements
local t = {1, 2}; local i = 0; print(t[3] == nil, t[i] == nil); if not t[5] then print('no') end

--== insert and remove
local t = {1, 2}; table.insert(t, 3); table.insert(t, 1, 0); print(table.remove(t), #t, table.remove(t, 1)); print(table.concat(t, ' '))

--== record
local t = {a = 1, b = 'x'}; t.c = t.a + 1; print(t.a, t.b, t.c, t.d); t.a = nil; print(t.a)

--== dictionary
local n = {}; for w in ('a b a'):gmatch('%a') do n[w] = (n[w] or 0) + 1 end; print(n.a, n['b'], n.z)

--== sparse table
local t = {[0] = 'z', [5] = 'f'}; print(t[0], t[5], t[1])

--== mixed table
local t = {1, 2, n = 'x'}; print(t[1], t.n, #t); for i, v in ipairs(t) do print(i, v) end

--== nested tables
local t = {{1, 2}, {3, 4}}
print(t[2][1], #t[1])
t[1][2] = 9
print(t[1][2])

--== table identity
local a, b = {}, {}
print(a == b, a == a)
local c = a
print(c == a)

--== field in a keyword
local t = {['lambda'] = 1, ['in'] = 2}; print(t['lambda'], t['in'])

--== numeric loop
for i = 3, 1, -1 do io.write(i, ' ') end; for i = 1, 2 do print(i) end; for x = 0, 1, 0.25 do print(x) end

--== loop over a length
local t = {5, 6}
for i = 1, #t do print(i, t[i]) end
for i = #t, 1, -1 do print(t[i]) end

--== while and break
local i = 0
while true do i = i + 1
if i > 3 then break end end
print(i)

--== repeat
local i = 0
repeat local done = i > 1
i = i + 1 until done
print(i)

--== goto continue
for i = 1, 3 do if i == 2 then goto continue end
print(i) ::continue:: end

--== ipairs
for i, v in ipairs {'a', 'b'} do print(i, v) end; for _, v in ipairs({1, 2}) do print(v) end

--== pairs
local t = {x = 1}
for k, v in pairs(t) do print(k, v) end
for k in pairs(t) do t[k] = nil end
print(next(t))

--== iterator
local function upto(n) local i = 0
return function() i = i + 1
if i <= n then return i, -i end end end for a, b in upto(2) do print(a, b) end

--== several results
local function f() return 1, 2 end
local a, b = f()
print(a, b, f())
print((f()))
local t = {f(), f()}
print(#t)

--== fewer results
local function f(x) if x then return 1, 2 end end
local a, b = f()
print(a, b)
print(f(true))

--== varargs
local function f(...) local t = {...}; return #t, select('#', ...), select(2, ...) end; print(f('a', 'b', 'c'))

--== passing on
local function g(a, b) return a + b end
local function f(...) return g(...) end
print(f(1, 2))

--== unpack
local t = {1, 2, 3}
print(unpack(t))
local a, b = unpack(t, 2)
print(a, b)
print(unpack({1, 2, 3}, 1, 2))

--== swap
local a, b = 1, 2
a, b = b, a
print(a, b)
local t = {1, 2}
t[1], t[2] = t[2], t[1]
print(t[1], t[2])

--== closures
local function counter() local n = 0
return function() n = n + 1
return n end end local c, d = counter(), counter()
c()
print(c(), d())

--== closures of a loop
local fs = {}
for i = 1, 3 do fs[i] = function() return i end end
print(fs[1](), fs[3]())

--== recursion
local function fact(n) return n < 2 and 1 or n * fact(n - 1) end
print(fact(6))

--== missing arguments
local function f(a, b) return a, b end
print(f(1))
print(f(1, 2, 3))

--== optional argument
local function f(a, b) b = b or 'd'; return a .. b end; print(f('x'), f('x', 'y'))

--== shadowing
local x = 1
do local x = 2
print(x) end
print(x)
local x = x + 5
print(x)

--== shadowing in functions
local n = 1
local function f() local n = n + 1
return n end
print(f(), n)

--== globals
function area(w) total = (total or 0) + w
return total end
area(2)
print(area(3), total)

--== python words
local from, lambda, print_ = 1, 2, 3
local list, len = {4}, 5
print(from, lambda, print_, list[1], len)

--== table of functions
local ops = {add = function(a, b) return a + b end}
print(ops.add(1, 2))
function ops.neg(a) return -a end
print(ops.neg(3))

--== method of a table
local acc = {n = 0}
function acc:add(x) self.n = self.n + x
return self end
print(acc:add(2):add(3).n)

--== concatenation
print('a' .. 1 .. 'b' .. 2.5 .. 'c', 1 .. '', 10 / 2 .. '')

--== concatenation of quotes
local q = 'say "hi" {x}'; print(q .. " it's\n" .. '%d')

--== format
print(string.format('%5.2f|%-5s|%03d|%x|%g|%s|%%', 3.14159, 'ab', 7, 255, 0.5, 12)); print(('%d %s'):format(3.0, nil))

--== tostring
print(tostring(1), tostring(2.50), tostring(nil), tostring(true), tostring(1 / 3), tostring(1e100))

--== tonumber
print(tonumber('12') + 1, tonumber('0x10'), tonumber('x'), tonumber('1.5'), tonumber('ff', 16))

--== string methods
local s = 'Hello'; print(s:upper(), s:lower(), #s, s:len(), s:rep(2), s:reverse(), s:byte(1))

--== sub
local s = 'abcdef'; print(s:sub(2), s:sub(2, 3), s:sub(-2), s:sub(-3, -2), s:sub(0), s:sub(5, 10)); for i = 1, 2 do print(s:sub(i, i)) end

--== find
print(('hello world'):find('wor')); print(('hello'):find('l+')); if ('abc'):find('b') then print('in') end; print(('a.b'):find('.', 1, true))

--== match
local k, v = ('name=12'):match('^(%w+)=(%d+)$'); print(k, v); print(('x12'):match('%d+'), ('abc'):match('%d'))

--== gmatch
for w in ('one two'):gmatch('%a+') do print(w) end; for c in ('ab'):gmatch('.') do print(c) end

--== gsub
print((('a.b.c'):gsub('%.', '-'))); print((('abc'):gsub('%w', '%0%0'))); print((('x y'):gsub('%a', function(c) return c:upper() end)))

--== sort
local t = {3, 1, 2}; table.sort(t); print(table.concat(t, ' ')); table.sort(t, function(a, b) return a > b end); print(t[1])

--== math
print(math.floor(-1.5), math.ceil(1.2), math.max(1, 5, 3), math.min(2, 1), math.abs(-3), math.sqrt(16), math.huge, math.pi)

--== math.random
math.randomseed(7)
print(math.random(), math.random(10), math.random(3, 5), math.random(1000000))

--== type
print(type(1), type('x'), type(nil), type({}), type(print), type(true))

--== pcall
print(pcall(function() return 1 end)); local ok, err = pcall(function() error({}) end); print(ok, type(err)); print((pcall(error, 'x')))

--== assert
print((assert(5, 'no'))); local ok = pcall(function() assert(false, 'bad') end); print(ok)

--== comparison
print(1 == 1.0, '1' == 1, 'a' < 'b', nil == false, 1 ~= 2)

--== integer quotients
local t = torch.zeros(8 / 2); print(t:size(1)); local n = 6 / 2; for i = 1, n do io.write(i, ' ') end; print(n)

--== tensor elements
local x = torch.range(1, 4)
print(x[2], x:size(1), #x:size())
x[3] = 9
print(x:sum(), x[-1])

--== tensor rows
local x = torch.Tensor{{1, 2}, {3, 4}}
print(x[2][1], x[1]:sum())
x[1]:fill(7)
print(x:sum(), x[{2, 1}], x[{{}, 2}]:sum())

--== tensor ranges
local x = torch.range(1, 9):view(3, 3)
print(x[{{1, 2}, {2, 3}}]:sum(), x[{{2, -1}, 1}]:sum())
x[{{}, 1}] = 0
print(x:sum())

--== tensor in place
local x = torch.ones(3)
x:add(1):mul(2)
print(x:sum())
local y = torch.add(x, 1)
print(x:sum(), y:sum())
y:copy(x)
print(y:sum())

--== tensor reductions
local x = torch.Tensor{{1, 5}, {7, 2}}
local v, i = x:max(2)
print(v[1][1], i[2][1], x:max(), x:mean(), x:sum(1)[1][2])

--== tensor products
local a = torch.Tensor{{1, 2}, {3, 4}}
local v = torch.Tensor{1, 1}
print((a * v)[2], (a * a)[1][2], torch.mv(a, v)[1], torch.dot(v, v))

--== tensor indices
local x = torch.range(10, 50, 10)
print(x:index(1, torch.LongTensor{3, 1})[1], x:narrow(1, 2, 2):sum(), x:gather(1, torch.LongTensor{5})[1])

--== tensor identity
local x = torch.ones(2)
local y = x
print(x == y, x == torch.ones(2))
print(torch.isTensor(x), torch.type(x))

--== random stream
torch.manualSeed(3)
print(torch.rand(2)[2], torch.randn(2)[1], torch.random(5), torch.uniform(1, 2), torch.randperm(4)[1], torch.normal())

--== class
local Animal = torch.class('Animal') -- a class
function Animal:__init(name) self.name = name end
function Animal:says() return self.name .. ' is ' .. self:kind() end
function Animal:kind() return 'something' end
local D, parent = torch.class('Dog', 'Animal')
function D:__init(name) parent.__init(self, name); self.tail = true end
function D:kind() return 'a dog' end
local d = Dog('Rex')
print(d:says(), d.tail, torch.type(d) == 'Dog', d.nothing)

--== layer of one's own
require 'nn'
local Twice, parent = torch.class('nn.Twice', 'nn.Module')
function Twice:__init(by) parent.__init(self); self.by = by end
function Twice:updateOutput(input) self.output:resizeAs(input):copy(input):mul(self.by); return self.output end
function Twice:updateGradInput(input, g) self.gradInput:resizeAs(g):copy(g):mul(self.by); return self.gradInput end
torch.manualSeed(1)
local net = nn.Sequential():add(nn.Linear(2, 2)):add(nn.Twice(3))
local x = torch.ones(1, 2)
print(net:forward(x)[1][2], net:backward(x, torch.ones(1, 2))[1][1])
net:zeroGradParameters(); net:forward(x); net:backward(x, torch.ones(1, 2))
print(net:get(1).gradWeight:sum())

--== layer with parameters
require 'nn'
local Scale, parent = torch.class('nn.ScaleBy', 'nn.Module')
function Scale:__init() parent.__init(self); self.weight = torch.ones(1):mul(2); self.gradWeight = torch.zeros(1) end
function Scale:updateOutput(input) self.output = input * self.weight[1]; return self.output end
function Scale:updateGradInput(input, g) self.gradInput = g * self.weight[1]; return self.gradInput end
function Scale:accGradParameters(input, g, scale)
   self.gradWeight[1] = self.gradWeight[1] + (scale or 1) * torch.cmul(input, g):sum()
end
local net = nn.Sequential():add(nn.ScaleBy())
local x = torch.range(1, 3)
net:zeroGradParameters(); net:forward(x); net:backward(x, torch.ones(3))
local p, g = net:getParameters()
print(p[1], g[1]); net:updateParameters(0.5); print(net:forward(x)[1])

--== training
require 'nn'; require 'optim'
torch.manualSeed(2)
local net = nn.Sequential()
net:add(nn.Linear(3, 4)) -- in
net:add(nn.Tanh()); net:add(nn.Linear(4, 2)):add(nn.LogSoftMax())
local criterion = nn.ClassNLLCriterion()
local p, g = net:getParameters()
local x, y = torch.randn(5, 3), torch.LongTensor{1, 2, 1, 2, 2}
for _, name in ipairs {'sgd', 'adam'} do
   local settings = {learningRate = 0.1, momentum = 0.9}
   for i = 1, 3 do
      local _, l = optim[name](function()
         g:zero()
         local loss = criterion:forward(net:forward(x), y)
         net:backward(x, criterion:backward(net.output, y))
         return loss, g
      end, p, settings)
      print(string.format('%.10f', l[1]))
   end
end

--== optimizers
require 'optim'
local function start() return torch.Tensor{1, -2, 3} end
local function f(x) return torch.cmul(x, x):sum(), x * 2 end
local x = start(); local s = {learningRate = 0.1}; for i = 1, 3 do optim.adam(f, x, s) end; print(x:sum())
x = start(); s = {learningRate = 0.1}; for i = 1, 3 do optim.rmsprop(f, x, s) end; print(x:sum())
x = start(); s = {learningRate = 0.1}; for i = 1, 3 do optim.adagrad(f, x, s) end; print(x:sum())
x = start(); s = {}; for i = 1, 3 do optim.adadelta(f, x, s) end; print(string.format('%.10f', x:sum()))
x = start(); s = {learningRate = 0.1}; for i = 1, 3 do optim.adamax(f, x, s) end; print(x:sum())
x = start(); s = {learningRate = 0.1, momentum = 0.5}; for i = 1, 3 do optim.nag(f, x, s) end; print(x:sum())
x = start(); s = {eta0 = 0.1}; for i = 1, 3 do optim.asgd(f, x, s) end; print(x:sum())
x = start(); s = {stepsize = 0.1}; for i = 1, 3 do optim.rprop(f, x, s) end; print(x:sum())
x = start(); s = {learningRate = 0.1, momentum = 0.9, nesterov = true, dampening = 0, weightDecay = 0.1}
for i = 1, 3 do optim.sgd(f, x, s) end; print(x:sum())
x = start(); s = {maxIter = 3, learningRate = 0.5}; local _, l = optim.lbfgs(f, x, s); print(string.format('%.6f', x:sum()))

--== indices in modules
require 'nn'
torch.manualSeed(5)
local net = nn.Sequential():add(nn.LookupTable(4, 3)):add(nn.Mean(1))
print(net:forward(torch.LongTensor{4, 1})[2])
local join = nn.JoinTable(2):forward{torch.ones(2, 1), torch.zeros(2, 2)}
print(join:size(2), nn.Select(1, 2):forward(torch.range(1, 4):view(2, 2))[1], nn.Narrow(2, 2, 1):forward(torch.eye(2)):sum())

--== batch normalization draws
require 'nn'
torch.manualSeed(5)
local net = nn.Sequential():add(nn.Linear(2, 3)):add(nn.BatchNormalization(3))
print(torch.rand(1)[1], net:get(2).weight[1])

--== criterions
require 'nn'
local x, y = torch.Tensor{{0.2, 0.7, 0.1}}, torch.Tensor{2}
local c = nn.CrossEntropyCriterion(); print(string.format('%.8f', c:forward(x, y)), c:backward(x, y)[1][2])
local b = nn.BCECriterion(); b.sizeAverage = false
print(string.format('%.8f', b:forward(x, torch.Tensor{{0, 1, 0}})))
local m = nn.MSECriterion(); print(m:forward(x, x), m:backward(x, x):sum())

--== graph
require 'nngraph'
torch.manualSeed(4)
local x = nn.Identity()()
local h = nn.Tanh()(nn.Linear(3, 2)(x))
local y = h - nn.Linear(2, 2) - nn.Sigmoid()
local net = nn.gModule({x}, {nn.CAddTable()({h, y}), h})
local out = net:forward(torch.ones(1, 3))
print(#out, out[1][1][1], out[2][1][2])

--== changing modules
require 'nn'
local net = nn.Sequential():add(nn.SpatialConvolution(1, 2, 3, 3)):add(nn.ReLU())
net:apply(function(m) if m.weight then m.weight:fill(0.5); m.bias:zero() end end)
print(net:get(1).kW, net:get(1).nOutputPlane, net:size(), torch.type(net:get(2)))
for i, m in ipairs(net.modules) do print(i, torch.type(m)) end
for _, m in ipairs(net:findModules('nn.SpatialConvolution')) do print(m.weight:sum()) end
print(net:forward(torch.ones(1, 3, 3)):sum())
local twin = net:clone('weight', 'bias'); twin:get(1).weight:fill(1); print(net:get(1).weight:sum())

--== sizes computed
require 'nn'
local planes, k = 4, 3
local pad = (k - 1) / 2
local conv = nn.SpatialConvolution(planes, planes * 2, k, k, 1, 1, pad, pad):noBias()
print(conv:forward(torch.ones(1, planes, 5, 5)):size(4), conv.bias == nil)
local pool = nn.SpatialMaxPooling(2, 2, 2, 2):ceil()
print(pool:forward(torch.ones(1, 1, 5, 5)):size(3), nn.View(-1):setNumInputDims(3):forward(torch.ones(2, 1, 2, 2)):size(2))

--== rounding numbers
print(torch.floor(2.7), torch.ceil(2.1), torch.round(2.5), torch.round(-0.5), torch.abs(-3), paths.basename('/a/b.lua', '.lua'))

--== jobs in threads
local threads = require 'threads'
local pool, sum = threads.Threads(2), 0
for i = 1, 6 do pool:addasync(function(n) return n * n end, function(r) sum = sum + r end, i) end
pool:addjob(function() return 9 end, function(r) sum = sum + r end)
pool:synchronize()
pool:terminate()
print(sum, pool:hasjob())

--== losses of losses
require 'nn'
torch.setdefaulttensortype('torch.DoubleTensor')
local both = nn.ParallelCriterion():add(nn.MSECriterion(), 0.5):add(nn.AbsCriterion())
print(string.format('%.4f', both:forward({torch.ones(3), torch.ones(3)}, {torch.zeros(3), torch.zeros(3) - 1})))
local classes = nn.ParallelCriterion(true)
classes:add(nn.ClassNLLCriterion(), 2)
classes:add(nn.ClassNLLCriterion(), 0.25)
local x = torch.Tensor {{-1, -2}, {-3, -4}}
print(string.format('%.4f', classes:forward({x, x * 2}, torch.Tensor {1, 2})))
print(string.format('%.4f', classes:backward({x, x * 2}, torch.Tensor {1, 2})[2]:sum()))
local mse = nn.MSECriterion()
local all = nn.MultiCriterion():add(mse):add(nn.AbsCriterion(), 3)
print(string.format('%.4f', all:forward(torch.ones(2) * 2, torch.zeros(2))))

--== numbers in strings
local a = '3'
print('10' + 1, a * 2, -'4', ('5'):rep(2) + 1, 10 .. 20)
for i = '1', a do print(i) end
print(1 / 0, -1 / 0, 1 / 0 > 5)
local t = {items = 4, name = 5}
print(t.items, t.name)
for i = -1, -3, -1 do print(i) end
local list = {1, 2}
print(list[#list + 2], list[#list])

--== slices from the end
local x = torch.range(1, 12):view(3, 4)
print(x[{{1, -2}, {2, -1}}]:sum(), x[{{}, {-1}}]:sum(), x[{{-2}, {1, -3}}]:sum(), x[{-1, {2, 3}}]:sum())
local y = torch.zeros(3, 4)
y[{{2, -1}, {1, -2}}] = 5
print(y:sum())

--== names that Python has
local function map(f, t) local r = {} for i, v in ipairs(t) do r[i] = f(v) end return r end
local format, round = string.format, 3
print(table.concat(map(function(v) return v ^ 2 end, {1, 2, 3}), ','), format('%d', round))

--== select and char
print(select('#', 1, nil, 3), select(2, 'a', 'b', 'c'))
local second, third = select(2, 'a', 'b', 'c')
print(second, third, (select(3, 'a', 'b', 'c')))
print(string.char(72), string.char(72, 105), string.char(72, 105, 33))
