local tape = require 'gradtape'

torch.manualSeed(1)
local doubles = torch.getmetatable('torch.DoubleTensor')
local untouched = {torch.add, torch.tanh, doubles.__add, doubles.__mul}

local function model(p, x, t)
   local hidden = torch.tanh(p.W * x + p.b)
   local y = torch.sigmoid(p.V * hidden) * 2 - t
   return torch.sum(torch.pow(y, 2)) + torch.sum(torch.cmul(p.b, p.b)) / 10 + p.b[2]
end

local p = {W = torch.randn(4, 3), b = torch.randn(4), V = torch.randn(2, 4)}
local x, t = torch.randn(3), torch.randn(2)
local gradients, value = tape.grad(model)(p, x, t)

local function plain(q)
   local hidden = torch.tanh(q.W * x + q.b)
   local y = torch.sigmoid(q.V * hidden) * 2 - t
   return torch.pow(y, 2):sum() + torch.cmul(q.b, q.b):sum() / 10 + q.b[2]
end
assert(math.abs(value - plain(p)) < 1e-12)
for name, tensor in pairs(p) do
   local flat, found, e = tensor:view(-1), gradients[name]:contiguous():view(-1), 1e-6
   for i = 1, flat:size(1) do
      local kept = flat[i]
      flat[i] = kept + e
      local high = plain(p)
      flat[i] = kept - e
      local low = plain(p)
      flat[i] = kept
      assert(math.abs((high - low) / (2 * e) - found[i]) < 1e-6, name)
   end
end

-- A node on the right of a tensor is met by the tensor's metatable.
local right = tape.grad(function(q) return torch.sum((x + q.a) - (x - q.a)) + torch.sum(q.a * 1) end)
assert(right{a = torch.ones(3)}.a:eq(3):all())
local float = tape.grad(function(q) return torch.sum(-(torch.FloatTensor{1, 2} + q.a)) end)
assert(float{a = torch.FloatTensor{3, 4}}.a:type() == 'torch.FloatTensor')

-- The same program again: its source is the same.
local function programs()
   local count = 0
   for _ in pairs(tape.programs) do count = count + 1 end
   return count
end
assert(programs() == 3)
tape.grad(model)(p, x, t)
assert(programs() == 3)

-- All is as it was, also after an error.
local ok, message = pcall(tape.grad(function(q) error('inside ' .. torch.type(q.a)) end), {a = x})
assert(not ok and message:find('test.lua:%d+: inside table'), message)
assert(torch.add == untouched[1] and torch.tanh == untouched[2] and doubles.__add == untouched[3])
assert(doubles.__mul == untouched[4] and (x + x):equal(x * 2))
assert(debug.getinfo(model, 'uS').nups == 0 and debug.getinfo(plain, 'u').nups == 2)

-- Metatables of Lua's own types.
local function both(f, g) return function(...) return f(g(...)) end end
debug.setmetatable(print, {__mul = both, __index = {twice = function(f) return f * f end}})
local inc = function(n) return n + 1 end
assert((inc * inc)(1) == 3 and inc:twice()(5) == 7)
debug.setmetatable(print, nil)
getmetatable('').__mod = function(text, values) return text:format(unpack(values)) end
assert('%d of %s' % {2, torch.type(x)} == '2 of torch.DoubleTensor')
getmetatable('').__mod = nil
