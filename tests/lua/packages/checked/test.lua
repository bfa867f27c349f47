local checked = require 'checked'
local env = require 'checked.env'
require 'nn'

assert(package.loaded['checked.env'] == env)
assert(env.type(torch.FloatTensor(1)) == 'torch.FloatTensor' and env.type(nn.Linear(1, 1)) == 'nn.Linear')
assert(env.type(torch.LongStorage(1)) == 'torch.LongStorage' and env.type(torch.Generator()) == 'torch.Generator')
assert(env.istype(nn.Linear(1, 1), 'nn.Module') and not env.istype(nn.Linear(1, 1), 'nn.Container'))
assert(env.istype(torch.rand(2), 'torch.DoubleTensor') and env.istype(torch.rand(2), 'torch.*Tensor'))
assert(not env.istype(torch.rand(2), 'torch.FloatTensor') and env.istype(3, 'number') and env.istype(print, 'function'))

local add = checked{{name = 'x', type = 'torch.*Tensor'}, {name = 'by', type = 'number', default = 2},
   {name = 'into', type = 'table', opt = true}, call = function(x, by, into) return x + by, into end}
assert(add(torch.ones(2)):sum() == 6 and add(torch.ones(2), 3):sum() == 8)
assert(add{x = torch.ones(2), by = 4}:sum() == 10)
assert(select(2, add(torch.ones(2), 3, {7}))[1] == 7)
local ok, message = pcall(add, 'text')
assert(not ok and message:find('invalid arguments: string', 1, true) and message:find('[by = number]', 1, true), message)
assert(message:find('^[^:]*test%.lua:%d+:') == nil) -- called by pcall: no line of a script's

local calls = 0
local size = checked{{name = 'n', type = 'number', check = function(n) return n > 0 end}, nonamed = true}
size = checked{overload = size, {name = 's', type = 'torch.LongStorage'}, call = function(s) return #s end}
size = checked{overload = size, {name = 'm', type = 'nn.Module'}, {name = 'k', type = 'number',
   defaultf = function() calls = calls + 1 return calls end}, call = function(m, k) return torch.type(m) .. k end}
assert(size(3) == 3 and not pcall(size, -3))
assert(size(torch.LongStorage{2, 3}) == 2 and size(nn.Tanh()) == 'nn.Tanh1' and size(nn.Tanh()) == 'nn.Tanh2')

-- Names that a function does not know come from its environment.
local body = loadstring('return istype(value, "number"), value', '=body')
setfenv(body, setmetatable({value = 5, istype = env.istype}, {__index = _G}))
local number, value = body()
assert(number and value == 5 and getfenv(body).value == 5)

-- An environment that is replaced is what rules ask from then on.
local keep = env.istype
function env.istype(v, wanted) return wanted == 'even' and type(v) == 'number' and v % 2 == 0 or keep(v, wanted) end
local even = checked{{name = 'n', type = 'even'}}
env.istype = keep
assert(even(4) == 4 and not pcall(even, 3))
