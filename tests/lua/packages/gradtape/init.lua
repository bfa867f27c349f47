-- Reverse-mode differentiation of plain Lua functions: every function of torch is replaced while one runs, operators of tensors
-- are those of the metatables, and the backward pass is generated code.

local tape = {}
local Node = {}
Node.__index = function(node, key)
   local own = rawget(Node, key)
   if own ~= nil then return own end
   -- a method of the value's class, or an element: recorded
   if type(key) == 'number' or type(key) == 'table' then return tape.record('index', nil, node, key) end
   return function(self, ...) return tape.record(key, nil, self, ...) end
end

function Node.is(value) return type(value) == 'table' and getmetatable(value) == Node end
local function value_of(v) if Node.is(v) then return rawget(v, 'value') end return v end

-- name -> for each argument, the source of its gradient: g is the gradient of the answer y, a and b the arguments.
local RULES = {
   add = {'g', 'g'}, sub = {'g', '-g'}, cmul = {'torch.cmul(g, b)', 'torch.cmul(g, a)'},
   mul = {'g * b', 'torch.cmul(g, a):sum()'}, div = {'g / b'}, unm = {'-g'},
   mv = {'torch.ger(g, b)', 'a:t() * g'}, mm = {'g * b:t()', 'a:t() * g'},
   tanh = {'torch.cmul(g, -torch.pow(y, 2) + 1)'}, exp = {'torch.cmul(g, y)'}, log = {'torch.cdiv(g, a)'},
   pow = {'torch.cmul(g, torch.pow(a, b - 1)) * b'}, sum = {'a:clone():fill(g)'}, sigmoid = {'torch.cmul(g, torch.cmul(y, -y + 1))'},
   index = {'(function() local r = a:clone():zero() r[b] = g return r end)()'},
}

local originals = {torch = {}, classes = {}}
local list

function tape.record(name, f, a, b, ...)
   local x, y = value_of(a), value_of(b)
   if f == nil then
      if name == 'index' then f = function(t, k) return t[k] end else f = originals.torch[name] or x[name] end
   end
   local value
   if b == nil then value = f(x) else value = f(x, y, ...) end
   local node = setmetatable({value = value, name = name, a = a, b = b}, Node)
   list[#list + 1] = node
   return node
end

local OPERATORS = {__add = 'add', __sub = 'sub', __mul = 'mul', __div = 'div', __unm = 'unm', __pow = 'pow'}

local function operator(event, name)
   return function(a, b)
      local x, y = value_of(a), value_of(b)
      if event == '__unm' then return tape.record(name, function(v) return -v end, a) end
      if event == '__mul' and torch.isTensor(x) and torch.isTensor(y) then
         name = y:dim() == 2 and 'mm' or 'mv'
      else
         name = OPERATORS[event]
      end
      return tape.record(name, function(p, q)
         if event == '__add' then return p + q elseif event == '__sub' then return p - q elseif event == '__mul' then return p * q
         elseif event == '__div' then return p / q else return torch.pow(p, q) end
      end, a, b)
   end
end

for event, name in pairs(OPERATORS) do Node[event] = operator(event, name) end

local function any_node(...)
   for i = 1, select('#', ...) do
      if Node.is((select(i, ...))) then return true end
   end
   return false
end

-- While a function runs, everything of torch knows nodes, and so do the metatables of tensors.
local function install()
   for name, f in pairs(torch) do
      if type(f) == 'function' and RULES[name] then originals.torch[name] = f end
   end
   for name, f in pairs(originals.torch) do
      torch[name] = function(...)
         if any_node(...) then return tape.record(name, f, ...) end
         return f(...)
      end
   end
   for _, class in ipairs {torch.FloatTensor, torch.DoubleTensor} do
      local metatable, kept = getmetatable(class), {}
      originals.classes[metatable] = kept
      for event in pairs(OPERATORS) do
         kept[event] = metatable[event]
         local own = metatable[event]
         metatable[event] = function(a, b)
            if any_node(a, b) then return Node[event](a, b) end
            return own(a, b)
         end
      end
   end
end

local function uninstall()
   for name, f in pairs(originals.torch) do torch[name] = f end
   for metatable, kept in pairs(originals.classes) do
      for event, f in pairs(kept) do metatable[event] = f end
   end
end

-- The backward pass of what was recorded, as the source of a function of its values.
local STEP = 'if d[%d] ~= nil then local g, y, a, b = d[%d], v[%d].y, v[%d].a, v[%d].b; local x = %s; '
   .. 'if d[%s] == nil then d[%s] = x else d[%s] = d[%s] + x end end'

local function generate(nodes)
   local lines = {'local v, seed = ...', 'local d = {}', 'd[#v] = seed'}
   for i = #nodes, 1, -1 do
      local rules = RULES[nodes[i].name] or error('no gradient of ' .. nodes[i].name)
      for place, name in ipairs {'a', 'b'} do
         local parent = nodes[i].places[name]
         if parent then lines[#lines + 1] = STEP:format(i, i, i, i, i, rules[place], parent, parent, parent, parent) end
      end
   end
   lines[#lines + 1] = 'return d'
   return table.concat(lines, '\n')
end

tape.programs = {}

--- A function that gives the gradient of f(parameters, ...) with regard to the table of parameters, and its value.
function tape.grad(f)
   local told = debug.getinfo(f, 'uS')
   return function(parameters, ...)
      list = {}
      local leaves, names = {}, {}
      for name, value in pairs(parameters) do
         leaves[name] = setmetatable({value = value, leaf = name}, Node)
         names[#names + 1] = name
      end
      install()
      local ok, answer = pcall(f, leaves, ...)
      uninstall()
      if not ok then error(answer, 0) end
      local number_of = {}
      for i, node in ipairs(list) do number_of[node] = tostring(i) end
      for _, name in ipairs(names) do number_of[leaves[name]] = ('%q'):format(name) end
      local values = {}
      for i, node in ipairs(list) do
         local a, b = rawget(node, 'a'), rawget(node, 'b')
         rawset(node, 'places', {a = number_of[a], b = b ~= nil and number_of[b] or nil})
         values[i] = {y = rawget(node, 'value'), a = value_of(a), b = value_of(b)}
      end
      local source = generate(list)
      local program = tape.programs[source]
      if program == nil then
         local name = ('=grad of %s:%d'):format(told.short_src, told.linedefined)
         program = loadstring(string.dump(assert(loadstring(source, name))))
         tape.programs[source] = program
      end
      local d, gradients = program(values, 1), {}
      for _, name in ipairs(names) do gradients[name] = d[name] end
      return gradients, rawget(answer, 'value')
   end
end

return tape
