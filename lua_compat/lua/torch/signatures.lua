-- Calling forms: how Torch7's many ways to call one operation become calls of one Python function.
--
-- An operation has forms, each a Python function's name, or a function of Lua's, and what it takes, in order:
--
--   T       a tensor of the operation's own type      T~     the same; a method's own tensor where it is left out
--   r       a result of the own type                  rL rB rI  a result of Long, Byte, Int
--   L B A   a tensor of Long, of Byte, of any type
--   n       a number            n=1   one with a default
--   d       a dimension or index, from 1 here and from 0 in Python; `d=nil` leaves it to Python
--   b=false a boolean           s=U   a string with a default
--   S       a storage           G     a generator, the default one where it is left out
--   @       takes nothing: hands over the element type      #1 takes nothing: hands over that number
--
-- A result may be left out: Python then makes and returns it. In an operation marked `inplace` a method's own tensor is the
-- result. The results that were given are returned as they came, without crossing back.
--
-- The kinds of a call's arguments make a number; it leads to a plan, a small function compiled when such a call is first
-- met. Working out which form is meant therefore happens once for each way in which a program calls an operation.

local ops = require '_ops'
local torch = require 'torch'
local types = require 'torch.types'
local errors = require 'torch.errors'

local class_of, ours, type = types.class_of, types.ours, type

local signatures = {}

---------------------------------------------------------------------------------------------- kinds of arguments

local BASE = 64 -- to the power of 8, the most arguments, it is a whole number yet
local NUMBER, BOOLEAN, STRING, TABLE, FUNCTION, OTHER, GENERATOR = 1, 2, 3, 4, 5, 6, 7
local FIRST_TENSOR = 8
local FIRST_STORAGE = FIRST_TENSOR + #types.words
local plain = {number = NUMBER, boolean = BOOLEAN, string = STRING, table = TABLE, ['function'] = FUNCTION}
local code_of_class, word_of_code, is_storage_code = {}, {}, {}
for i, word in ipairs(types.words) do
   code_of_class[types.tensors[word]] = FIRST_TENSOR + i - 1
   code_of_class[types.storages[word]] = FIRST_STORAGE + i - 1
   word_of_code[FIRST_TENSOR + i - 1] = word
   is_storage_code[FIRST_STORAGE + i - 1] = word
end

--- signatures.generator(class): the metatable of torch.Generator.
function signatures.generator(class) code_of_class[class] = GENERATOR end

-- A small number for the kind of a value; 0 for nil.
local function code_of(value)
   if value == nil then return 0 end
   local kind = type(value)
   if kind == 'number' then return NUMBER end
   if kind == 'userdata' and ours(value) then return code_of_class[(class_of(value))] or OTHER end
   return plain[kind] or OTHER
end
signatures.code_of = code_of

local function described(code, value)
   local word = word_of_code[code]
   if word then return word .. 'Tensor' end
   return is_storage_code[code] and is_storage_code[code] .. 'Storage' or types.typename(value) or type(value)
end

------------------------------------------------------------------------------------------------------------ forms

local function parse(text)
   local tokens = {}
   for word in text:gmatch('%S+') do
      local head, default = word:match('^([^=]+)=?(.*)$')
      local token = {kind = head:sub(1, 1), rest = head:sub(2), text = word}
      if word:find('=', 1, true) then token.default = default end
      tokens[#tokens + 1] = token
   end
   return tokens
end

local LETTER_WORDS = {L = 'Long', B = 'Byte', I = 'Int'}

-- The type of a result: a Cuda tensor's places are in a CudaLongTensor.
local function result_word(own, token)
   local word = LETTER_WORDS[token.rest]
   if word == nil then return own end
   return types.cuda[own] == own and types.cuda[word] or word
end

-- Whether an argument is of type `word`, or where the operation is on Cuda tensors of its namesake.
local function is_beside(code, own, word)
   local given = word_of_code[code]
   return given == word or given ~= nil and types.cuda[own] == own and given == types.cuda[word]
end

-- Whether a token takes an argument of this kind, for an operation on tensors of type `own`.
local accepts = {
   T = function(code, own) return word_of_code[code] == own end,
   r = function(code, own, token)
      local word = LETTER_WORDS[token.rest]
      if word ~= nil then return is_beside(code, own, word) end
      return word_of_code[code] == own
   end,
   L = function(code, own) return is_beside(code, own, 'Long') end,
   B = function(code, own) return is_beside(code, own, 'Byte') end,
   A = function(code) return word_of_code[code] ~= nil end,
   n = function(code) return code == NUMBER end,
   d = function(code) return code == NUMBER end,
   b = function(code) return code == BOOLEAN end,
   s = function(code) return code == STRING end,
   S = function(code) return is_storage_code[code] ~= nil end,
   G = function(code) return code == GENERATOR end,
   ['@'] = function() return false end,
   ['#'] = function() return false end,
}

local function optional(token, method_in_place, at)
   if token.kind == 'r' then return not (method_in_place and at == 1) end
   if token.default ~= nil or token.kind == 'G' or token.kind == '@' or token.kind == '#' then return true end
   return token.rest == '~' and method_in_place
end

-- Which argument each token takes: a list of positions, false where one is left out. nil where the form does not fit.
local function match(tokens, codes, n, own, method_in_place)
   local taken = {}
   local function step(t, a)
      local token = tokens[t]
      if token == nil then return a > n end
      if a <= n and accepts[token.kind](codes[a], own, token) then
         taken[t] = a
         if step(t + 1, a + 1) then return true end
      end
      if optional(token, method_in_place, t) then
         taken[t] = false
         return step(t + 1, a)
      end
      return false
   end
   return step(1, 1) and taken or nil
end

----------------------------------------------------------------------------------------------------------- plans

-- Errors are told at the script's line and name the operation: a plan counts as a file of this package, with the operation
-- after its name.
local PLAN = ('@%s/torch/plan.lua:'):format(require('_bridge').folder)
local NAMES = {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}

local function expression(token, position)
   local name = position and NAMES[position]
   if token.kind == 'd' then
      if name then return name .. ' - 1' end
      return token.default == 'nil' and 'nil' or tostring(tonumber(token.default) - 1)
   end
   if name then return name end
   if token.kind == '@' then return 'dtype' end
   if token.kind == '#' then return token.rest end
   if token.kind == 's' then return ('%q'):format(token.default) end
   if token.kind == 'T' then return 'a' end
   return token.default or 'nil'
end

-- The plan for one way of calling: a function that hands the arguments over and returns what the script gets.
local function compile(op, form, taken, own, n)
   local given, missing, arguments = {}, 0, {}
   for t, token in ipairs(form.tokens) do
      arguments[t] = expression(token, taken[t])
      if token.kind == 'r' then
         if taken[t] then given[#given + 1] = NAMES[taken[t]] else missing = missing + 1 end
      end
   end
   local call = ('call(%s)'):format(table.concat(arguments, ', '))
   local body
   if op.returns == 'self' then
      body = call .. '; return a'
   elseif op.returns == 'last' and (#given > 0 or form.tokens[1].kind ~= 'r') then
      body = call .. '; return ' .. NAMES[n]
   elseif #given == 0 then
      -- No tail call: an error finds the operation's name in the plan's frame.
      local names = table.concat(NAMES, ', ', 1, math.max(missing, 1)):gsub('%w', 'made_%0')
      body = ('local %s = %s; return %s'):format(names, call, names)
   elseif missing == 0 then
      body = call .. '; return ' .. table.concat(given, ', ')
   else
      -- One of a pair was given: what Python returns is the other one.
      local parts, which = {}, 0
      for t, token in ipairs(form.tokens) do
         if token.kind == 'r' then
            which = which + 1
            parts[which] = taken[t] and NAMES[taken[t]] or 'made'
         end
      end
      body = ('local made = %s; return %s'):format(call, table.concat(parts, ', '))
   end
   local source = ('local call, dtype = ...; return function(a, b, c, d, e, f, g, h) %s end'):format(body)
   local python = type(form.python) == 'function' and form.python or ops[form.python]
   if python == nil then error('no Python function ' .. form.python) end
   return assert(loadstring(source, PLAN .. op.name))(python, types.dtype[own])
end

local function candidates(codes, n, method, default)
   local list, seen = {}, {}
   local function add(word)
      if word ~= nil and not seen[word] then
         seen[word] = true
         list[#list + 1] = word
      end
   end
   for i = 1, n do
      add(word_of_code[codes[i]])
      if method then return list end
   end
   if #list == 0 then add(default) end
   return list
end

local SHOWN = {n = 'number', d = 'index', b = 'boolean', s = 'string', S = 'Storage', G = 'Generator', A = 'Tensor',
   L = 'LongTensor', B = 'ByteTensor'}

-- A form as Torch7 shows it: results between stars, what may be left out in brackets.
local function shown(tokens, own, in_place)
   local words = {}
   for t, token in ipairs(tokens) do
      local kind = token.kind
      if kind ~= '@' and kind ~= '#' then
         local word = SHOWN[kind] or (kind == 'r' and result_word(own, token) or own) .. 'Tensor'
         if kind == 'r' then word = '*' .. word .. '*' end
         words[#words + 1] = optional(token, in_place, t) and '[' .. word .. ']' or word
      end
   end
   return table.concat(words, ' ')
end

local function expected(op, own, in_place)
   local lines = {}
   for i, form in ipairs(op.forms) do lines[i] = shown(form.tokens, own, in_place) end
   return table.concat(lines, ' | ')
end

local function default_word()
   return torch.getdefaulttensortype():match('^torch%.(%a+)Tensor$')
end

-- The plan for a call; nil where no form takes these arguments.
local function resolve(op, method, codes, n)
   local in_place = method and op.inplace
   local tried = candidates(codes, n, method, default_word())
   for _, own in ipairs(tried) do
      if op.types == nil or op.types[own] then
         for _, form in ipairs(op.forms) do
            local taken = match(form.tokens, codes, n, own, in_place)
            if taken ~= nil then return compile(op, form, taken, own, n) end
         end
      end
   end
   return nil
end

local function refuse(op, method, codes, n, arguments)
   local tried = candidates(codes, n, method, default_word())
   if op.types ~= nil and tried[1] ~= nil and not op.types[tried[1]] then
      errors.raise('torch.%sTensor does not implement %s', tried[1], op.name)
   end
   local given = {}
   for i = 1, n do given[i] = described(codes[i], arguments[i]) end
   errors.raise('invalid arguments of %s: %s\nexpected: %s', op.name, n == 0 and 'none' or table.concat(given, ' '),
      expected(op, tried[1] or '', method and op.inplace))
end

local function count(arguments)
   for i = #NAMES, 1, -1 do
      if arguments[i] ~= nil then return i end
   end
   return 0
end

-- Strings that are numbers are taken as such where a string does not fit, as Lua's own functions do. Answers whether any was.
local function convert_strings(arguments, n)
   local changed = false
   for i = 1, n do
      local number = type(arguments[i]) == 'string' and tonumber(arguments[i]) or nil
      if number ~= nil then arguments[i], changed = number, true end
   end
   return changed
end

-- The function that a script calls: as torch.NAME, or as a method.
local function callable(op, method)
   local plans = {}
   -- A call without tensors may depend on the default type: its plans are kept for each.
   local for_default = {}
   for _, word in ipairs(types.words) do for_default['torch.' .. word .. 'Tensor'] = {} end
   local call
   local function plan_of(key, ...)
      local arguments, codes = {...}, {}
      local n = count(arguments)
      for i = 1, n do codes[i] = code_of(arguments[i]) end
      local plan = resolve(op, method, codes, n)
      if plan == nil then
         if not convert_strings(arguments, n) then refuse(op, method, codes, n, arguments) end
         return function() return call(unpack(arguments, 1, n)) end
      end
      local kept = candidates(codes, n, method, nil)[1] ~= nil and plans or for_default[torch.getdefaulttensortype()]
      kept[key] = plan
      return plan
   end
   function call(a, b, c, d, e, f, g, h)
      local key = code_of(a) + BASE * code_of(b)
      if c ~= nil then key = key + BASE ^ 2 * code_of(c) end
      if d ~= nil or e ~= nil or f ~= nil or g ~= nil or h ~= nil then
         key = key + BASE ^ 3 * code_of(d) + BASE ^ 4 * code_of(e) + BASE ^ 5 * code_of(f) + BASE ^ 6 * code_of(g)
            + BASE ^ 7 * code_of(h)
      end
      local plan = plans[key] or for_default[torch.getdefaulttensortype()][key] or plan_of(key, a, b, c, d, e, f, g, h)
      return plan(a, b, c, d, e, f, g, h)
   end
   return call
end

local function operation(row)
   local op = {name = row[1], forms = {}, inplace = row.inplace, returns = row.returns}
   for i = 2, #row do
      local python, text = row[i][1], row[i][2]
      op.forms[#op.forms + 1] = {python = python, text = text, tokens = parse(text)}
   end
   if row.types ~= nil then
      op.types = {}
      for _, word in ipairs(types.with_namesakes(row.types)) do op.types[word] = true end
   end
   return op
end

--- signatures.callable(row): the function alone, under no name.
function signatures.callable(row) return callable(operation(row), false) end

-- Of each name, the operations: functions, and methods of some types, may have forms of their own.
local defined = {}

--- signatures.forms(name, method): how an operation is called, a list of texts; without any for a name that is none.
function signatures.forms(name, method)
   local lines = {}
   for _, known in ipairs(defined[name] or {}) do
      if known.as == nil or known.as == (method and 'method' or 'function') then
         for _, form in ipairs(known.op.forms) do
            lines[#lines + 1] = ('%s(%s)'):format(name, shown(form.tokens, '', method and known.op.inplace))
         end
      end
   end
   return lines
end

--- signatures.define{name, {python, form}, ..., inplace=, types=, returns=, as=}: makes `torch.NAME` and the method NAME.
--  types: a list of the element types that have it, all where it is left out. returns = 'self': the first argument;
--  'last': the last one, unless a result was made.
--  as = 'method' or 'function' where only one of the two exists.
function signatures.define(row)
   local op = operation(row)
   defined[op.name] = defined[op.name] or {}
   table.insert(defined[op.name], {op = op, as = row.as})
   if row.as ~= 'function' then
      local method = callable(op, true)
      for _, word in ipairs(row.types and types.with_namesakes(row.types) or types.words) do types.tensors[word][op.name] = method end
   end
   if row.as ~= 'method' then torch[op.name] = callable(op, false) end
end

return signatures
