local host = require 'host'
local ffi = host.ffi

-- Modules by dotted names.
assert(host.name == 'host' and require('host.deep').name == 'host.deep' and require 'host.deep.leaf' == 'host.deep.leaf!')
assert(require('host.deep').file:find('deep/init.lua', 1, true) and package.loaded['host.deep'] == require 'host.deep')
assert(package.searchpath('host.deep.leaf', package.path):find('host/deep/leaf.lua', 1, true))

-- C's memory and tensors'.
local x = host.sort(torch.DoubleTensor{3, -1, 2})
assert(x[1] == -1 and x[3] == 3 and ffi.C.fabs(x[1]) == 1)
local samples = ffi.new('host_sample[2]', {{1, 0.5, {1, 2}}, {2, 1.5, {3, 4}}})
local points = host.columns(samples, 2)
assert(points[2][1] == 3 and points:sum() == 10)
local buffer = ffi.new 'double[4]'
for i = 0, 3 do buffer[i] = i end
local over = torch.DoubleTensor(torch.DoubleStorage(4, tonumber(ffi.cast('intptr_t', buffer))))
over:mul(2)
assert(buffer[3] == 6 and over:sum() == 12)
local text = ffi.new 'char[32]'
assert(ffi.C.snprintf(text, 32, '%s %g', 'value', ffi.new('double', x[3])) == 7 and ffi.string(text) == 'value 3')
local c = x:cdata()
assert(c.nDimension == 1 and c.size[0] == 3 and c.stride[0] == 1 and c.storage.data[c.storageOffset] == -1)
assert(torch.pushudata(c, 'torch.DoubleTensor') == x and tostring(ffi.typeof(c)) == 'ctype<struct THDoubleTensor *>')
assert(x:data() == torch.data(x) and x:storage():data() + x:storageOffset() - 1 == x:data())
x:data()[1] = 9
assert(x[2] == 9 and torch.LongTensor{5}:data()[0] == 5LL and torch.ByteTensor{7}:data()[0] == 7)

-- Objects of C as instances of a class.
local Sample = torch.class('host.Sample', host)
function Sample:norm() return math.sqrt(self.point[0] ^ 2 + self.point[1] ^ 2) end
function Sample:__tostring__() return 'sample of ' .. self.label end
local made = torch.metatype('host.Sample', 'host_sample')(7, 1, {3, 4})
assert(made:norm() == 5 and tostring(made) == 'sample of 7' and torch.type(made) == 'host.Sample' and type(made) == 'cdata')
assert(torch.isTypeOf(made, 'host.Sample'))

-- Objects made without __init, tables that become objects.
require 'nn'
local bare = torch.factory('nn.Linear')()
assert(torch.type(bare) == 'nn.Linear' and next(bare) == nil)
local fields = {weight = torch.ones(2, 3), bias = torch.zeros(2), output = torch.Tensor(), gradInput = torch.Tensor()}
local turned = torch.setmetatable(fields, 'nn.Linear')
assert(turned:forward(torch.ones(3)):sum() == 6 and torch.isTypeOf(turned, nn.Module))
local linear = nn.Linear(2, 2)
setmetatable(linear, {__index = function(self, key) return key == 'extra' and 5 or nn.Linear[key] end})
assert(linear.extra == 5 and linear:forward(torch.ones(2)):size(1) == 2 and torch.typename(linear) == nil)

-- Tensors' metatables are their classes.
local class = torch.getmetatable('torch.DoubleTensor')
assert(getmetatable(x) == class and debug.getmetatable(x) == class and getmetatable(torch.DoubleTensor) == class)
assert(getmetatable(x).__typename == 'torch.DoubleTensor' and getmetatable(torch.LongStorage(1)).__typename == 'torch.LongStorage')
function class:cube() return torch.pow(self, 3) end
assert(torch.ones(2):mul(2):cube():sum() == 16 and torch.FloatTensor(1).cube == nil)
torch.FloatTensor.half = function(self) return self / 2 end
assert(torch.FloatTensor{4}:half()[1] == 2)
class.cube, getmetatable(torch.FloatTensor).half = nil, nil

local hook = class.__index__
class.__index__ = function(self, key)
   if key == 'T' then return self:t(), true end
   return hook(self, key)
end
assert(torch.ones(2, 3).T:size(1) == 3 and torch.ones(2, 3)[{1, 2}] == 1 and torch.ones(2):sum() == 2)
class.__index__ = hook
assert(torch.ones(2, 3).T == nil)
local newindex, notes = class.__newindex, setmetatable({}, {__mode = 'k'})
class.__newindex = function(self, key, value) if key == 'note' then notes[self] = value else newindex(self, key, value) end end
local noted = torch.ones(2)
noted.note = 'here'
noted[{2}] = 5
assert(notes[noted] == 'here' and noted[2] == 5)
class.__newindex = newindex
assert(not pcall(function() noted.note = 1 end))
class.__call__ = function(self, f) return self:clone():apply(f) end
class.__eq__ = function(a, b) return a:equal(b) end
class.__lt__ = function(a, b) return a:sum() < b:sum() end
class.__concat__ = function(a, b) return torch.cat(a, b) end
assert(torch.ones(2)(function(v) return v + 1 end):sum() == 4 and torch.ones(2) == torch.ones(2))
assert(torch.zeros(2) < torch.ones(2))
assert((torch.ones(2) .. torch.zeros(3)):size(1) == 5)
class.__call__, class.__eq__, class.__lt__, class.__concat__ = nil, nil, nil, nil
assert(torch.ones(2) ~= torch.ones(2) and not pcall(function() return torch.ones(2) < torch.ones(2) end))

-- Strict globals: torch, nn and what they load later go on.
local loosen = host.strict()
local ok, message = pcall(function() local v = not_declared return v end)
assert(not ok and message:find('test.lua:%d+: variable not_declared is not declared'), message)
ok, message = pcall(function() also_not = 1 end)
assert(not ok and message:find('assign to undeclared variable also_not', 1, true), message)
local net = nn.Sequential():add(nn.Linear(2, 2)):add(nn.Tanh())
net:forward(torch.ones(2))
assert(torch.deserialize(torch.serialize(net)):get(2):type() == 'torch.DoubleTensor' and pcall(tostring, net))
require 'optim'
assert(optim.sgd(function(p) return p:sum(), torch.ones(2) end, torch.ones(2), {learningRate = 0.1})[1] == 0.9)
loosen()
assert(not_declared == nil)

-- Loaders.
local unhook = host.loader{made_up = 'local name = ... return {name = name, twice = function(v) return 2 * v end}'}
assert(require('made_up').twice(4) == 8 and require('made_up').name == 'made_up')
ok, message = pcall(require, 'not_made_up')
assert(not ok and message:find("no source 'not_made_up'", 1, true) and message:find("module 'not_made_up' not found", 1, true))
unhook()
package.loaded.made_up = nil
assert(not pcall(require, 'made_up'))
package.preload.by_hand = function(name) return name .. ' loaded' end
assert(require 'by_hand' == 'by_hand loaded')
package.preload.by_hand, package.loaded.by_hand = nil, nil
local require_before, asked = require, {}
function _G.require(name) asked[#asked + 1] = name return require_before(name) end
require 'paths'
_G.require = require_before
assert(#asked == 1 and asked[1] == 'paths')

-- Hooks.
local count, answer = host.lines(function(n)
   local s = 0
   for i = 1, n do
      s = s + i
   end
   return s
end, 10)
assert(answer == 55 and count > 20 and debug.gethook() == nil)
