-- Random numbers. Torch7's stream: one seed gives the same numbers here as there.

local ops = require '_ops'
local torch = require 'torch'
local types = require 'torch.types'
local errors = require 'torch.errors'
local signatures = require 'torch.signatures'

local is_tensor, dtype = types.is_tensor, types.dtype

local Generator = torch.newmetatable('torch.Generator', nil, function() return ops.generator() end)
Generator.__factory = types.as_function(ops.generator)
types.register(ops.generator(), Generator)
signatures.generator(Generator)

local function is_generator(value) return types.typename(value) == 'torch.Generator' end

------------------------------------------------------------------------------------------------------- distributions

local ALL = {'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double'}
local REAL = {'Float', 'Double'}

-- name, Python's name, parameters with their defaults, the types whose tensors can be filled so
for _, row in ipairs {
   {'uniform', 'uniform', 'n=0 n=1', REAL},
   {'normal', 'normal', 'n=0 n=1', REAL},
   {'exponential', 'exponential', 'n=1', REAL},
   {'cauchy', 'cauchy', 'n=0 n=1', REAL},
   {'logNormal', 'log_normal', 'n=1 n=2', REAL},
   {'geometric', 'geometric', 'n', ALL},
   {'bernoulli', 'bernoulli', 'n=0.5', ALL},
} do
   local name, python, parameters, having = unpack(row)
   local fill = {'fill_' .. python, 'T G ' .. parameters}
   local by_tensor = name == 'bernoulli' and {'fill_bernoulli_tensor', 'T G A'} or nil
   signatures.define {name, fill, by_tensor, types = having, returns = 'self', as = 'method'}
   -- Without a tensor: a number. With one: the tensor's own method.
   local draw = signatures.callable {name, {'draw_' .. python, 'G ' .. parameters}}
   torch[name] = function(first, ...)
      if is_tensor(first) then return first[name](first, ...) end
      return draw(first, ...)
   end
end

local function random_range(a, b)
   for i, bound in ipairs {a, b} do
      if type(bound) ~= 'number' then errors.argument(i, 'random', 'number expected, got %s', torch.type(bound)) end
   end
   if a ~= nil and b == nil then return 1, a end
   return a, b
end

types.define('random', function(x, g, a, b)
   if not is_generator(g) then g, a, b = nil, g, a end
   ops.fill_random(x, g, random_range(a, b))
   return x
end)
types.tensors.Half.random = nil
function torch.random(g, a, b)
   if is_tensor(g) then return g:random(a, b) end
   if g ~= nil and not is_generator(g) then g, a, b = nil, g, a end
   return ops.draw_random(g, random_range(a, b))
end

------------------------------------------------------------------------------------------------------------ tensors

-- [result,] [generator,] sizes...
local function filled(fill)
   return function(a, b, ...)
      if is_tensor(a) then
         if is_generator(b) then
            a:resize(...)
            fill(a, b)
         else
            a:resize(b, ...)
            fill(a, nil)
         end
         return a
      end
      local word = torch.getdefaulttensortype():match('^torch%.(%a+)Tensor$')
      local made = is_generator(a) and ops.empty(dtype[word], b, ...) or ops.empty(dtype[word], a, b, ...)
      fill(made, is_generator(a) and a or nil)
      return made
   end
end

torch.rand = filled(function(x, g) ops.fill_uniform(x, g, 0, 1) end)
torch.randn = filled(function(x, g) ops.fill_normal(x, g, 0, 1) end)
for _, word in ipairs(types.with_namesakes(REAL)) do types.tensors[word].rand, types.tensors[word].randn = torch.rand, torch.randn end

signatures.define {'randperm', {'randperm', 'r @ G n'}, inplace = true, types = ALL}
signatures.define {'multinomial', {'multinomial', 'rL G T n b=false'}, types = REAL}

--- torch.multinomialAliasSetup_(probabilities [, aliases, chances]): the two tables, each a tensor.
signatures.define {'multinomialAliasSetup_', {'alias_setup', 'T rL r'}, types = REAL}

--- torch.multinomialAliasSetup(probabilities [, tables]): {aliases, chances}.
function torch.multinomialAliasSetup(probabilities, tables)
   if tables == nil then return {torch.multinomialAliasSetup_(probabilities)} end
   if type(tables) ~= 'table' then errors.argument(2, 'multinomialAliasSetup', 'table expected, got %s', torch.type(tables)) end
   tables[1], tables[2] = torch.multinomialAliasSetup_(probabilities, tables[1], tables[2])
   return tables
end

--- torch.multinomialAlias_(result [, generator], aliases, chances): fills the result with categories.
function torch.multinomialAlias_(result, g, aliases, chances)
   if not is_generator(g) then g, aliases, chances = nil, g, aliases end
   local word = types.base_word(chances)
   if not is_tensor(result) or types.base_word(result) ~= 'Long' or not is_tensor(aliases) or types.base_word(aliases) ~= 'Long'
      or not is_tensor(chances) or word ~= 'Float' and word ~= 'Double' then
      errors.raise('invalid arguments of multinomialAlias_: a LongTensor, and a LongTensor and a FloatTensor or DoubleTensor of '
         .. 'multinomialAliasSetup expected, got %s, %s and %s', torch.type(result), torch.type(aliases), torch.type(chances))
   end
   ops.alias_draw(result, g, aliases, chances)
   return result
end
for _, word in ipairs(types.with_namesakes(REAL)) do types.tensors[word].multinomialAlias_ = torch.multinomialAlias_ end

--- torch.multinomialAlias(result, tables): the same with the tables of multinomialAliasSetup.
function torch.multinomialAlias(result, tables)
   if type(tables) ~= 'table' then
      errors.argument(2, 'multinomialAlias', 'the tables of multinomialAliasSetup expected, got %s', torch.type(tables))
   end
   return torch.multinomialAlias_(result, tables[1], tables[2])
end

--------------------------------------------------------------------------------------------------------- generators

local function split(a, b)
   if is_generator(a) then return a, b end
   return nil, a
end

function torch.manualSeed(a, b)
   local g, seed = split(a, b)
   if type(seed) == 'string' then seed = tonumber(seed) or seed end
   if type(seed) ~= 'number' then errors.argument(1, 'manualSeed', 'number expected, got %s', type(seed)) end
   ops.manual_seed(g, seed)
end
function torch.seed(g) return ops.seed(g) end
function torch.initialSeed(g) return ops.initial_seed(g) end
function torch.getRNGState(g) return ops.get_state(g) end
function torch.setRNGState(a, b)
   local g, state = split(a, b)
   if types.word(state) ~= 'Byte' or not is_tensor(state) then
      errors.argument(g and 2 or 1, 'setRNGState', 'ByteTensor expected, got %s', torch.type(state))
   end
   ops.set_state(g, state)
end
