-- pl.utils: argument checks, splitting, files, and functions made from strings.

local utils = {_VERSION = '1.5.4'}

utils.pack = function(...) return {n = select('#', ...), ...} end

function utils.unpack(t, i, j) return unpack(t, i or 1, j or t.n or #t) end

utils.patterns = {
   FLOAT = '[%+%-%d]%d*%.?%d*[eE]?[%+%-]?%d*', INTEGER = '[+%-%d]%d*', IDEN = '[%a_][%w_]*',
   FILE = '[%a%.\\][:%][%w%._%-\\]*',
}

-- Types whose instances answer for a list or a map where a plain table is wanted; pl.List and pl.Map add theirs.
utils.stdmt = {List = {_name = 'List'}, Map = {_name = 'Map'}, Set = {_name = 'Set'}, MultiMap = {_name = 'MultiMap'}}

--- utils.is_callable(f): a function, or something with __call.
function utils.is_callable(object)
   if type(object) == 'function' then return true end
   local mt = getmetatable(object)
   return type(mt) == 'table' and mt.__call ~= nil or false
end

--- utils.is_type(object, kind): `kind` a name of Lua's types or a class.
function utils.is_type(object, kind)
   if type(kind) == 'string' then return type(object) == kind end
   return getmetatable(object) == kind
end

utils.type = function(object)
   local mt = getmetatable(object)
   return type(mt) == 'table' and mt._name or type(object)
end

--- utils.assert_arg(n, value, kind [, verify, message, level]): the value, or an error that names the argument.
function utils.assert_arg(n, value, kind, verify, message, level)
   if type(value) ~= kind then
      error(("argument %d expected a '%s', got a '%s'"):format(n, kind, type(value)), level or 2)
   end
   if verify and not verify(value) then
      error(("argument %d: '%s' %s"):format(n, tostring(value), message), level or 2)
   end
   return value
end

function utils.assert_string(n, value) return utils.assert_arg(n, value, 'string', nil, nil, 3) end

local on_error = 'default'

--- utils.on_error(mode): what failures of the library do: 'default' (nil and a message), 'error' or 'quit'.
function utils.on_error(mode)
   if mode ~= 'default' and mode ~= 'error' and mode ~= 'quit' then
      error("utils.on_error: 'default', 'error' or 'quit' expected", 2)
   end
   on_error = mode
end

function utils.raise(message)
   if on_error == 'error' then error(message, 2) end
   if on_error == 'quit' then utils.quit(message) end
   return nil, message
end

--- utils.quit([code,] message, ...): writes to the error output and ends the program.
function utils.quit(code, message, ...)
   if type(code) == 'string' then
      io.stderr:write((select('#', message, ...) > 0 and message ~= nil and code:format(message, ...) or code), '\n')
      os.exit(1)
   end
   if message ~= nil then io.stderr:write(message:format(...), '\n') end
   os.exit(code)
end

--- utils.printf(format, ...), utils.fprintf(file, format, ...).
function utils.printf(format, ...) utils.fprintf(io.stdout, format, ...) end

function utils.fprintf(file, format, ...) file:write(format:format(...)) end

--- utils.escape(text): the text as a pattern that matches just it.
function utils.escape(text) return (text:gsub('[%-%.%+%[%]%(%)%$%^%%%?%*]', '%%%0')) end

--- utils.choose(condition, a, b).
function utils.choose(condition, a, b)
   if condition then return a end
   return b
end

--- utils.split(text [, pattern, plain, n]): the pieces between the matches (of blanks); at most n pieces.
function utils.split(text, pattern, plain, n)
   utils.assert_string(1, text)
   local pieces, from = {}, 1
   if pattern == nil then pattern, plain = '%s+', false end
   if pattern == '' then return {text} end
   while true do
      local first, last = text:find(pattern, from, plain)
      if first == nil or (n ~= nil and #pieces + 1 >= n) then
         local rest = text:sub(from)
         if rest ~= '' then pieces[#pieces + 1] = rest end
         -- an empty last piece counts only where no piece is there at all
         if #pieces == 1 and pieces[1] == '' then return {} end
         return pieces
      end
      pieces[#pieces + 1] = text:sub(from, first - 1)
      from = last + 1
   end
end

--- utils.splitv(text, pattern): the pieces as results.
function utils.splitv(...) return unpack(utils.split(...)) end

--- utils.kpairs(t): the pairs whose keys are no places in a list; utils.npairs(t [, first, last, step]): the items in
--- places, nil ones too.
function utils.kpairs(t)
   local key
   return function()
      local value
      repeat key, value = next(t, key) until type(key) ~= 'number'
      return key, value
   end
end

function utils.npairs(t, first, last, step)
   step = step or 1
   if step == 0 then error('iterator step-size cannot be 0', 2) end
   local i, stop = (first or 1) - step, last or t.n or #t
   return function()
      i = i + step
      if (step > 0 and i > stop) or (step < 0 and i < stop) then return nil end
      return i, t[i]
   end
end

--- utils.enum('A', 'B') or {'A', 'B'} or {A = 1}: a table of these words, each under itself; another name is an error,
--- and called with a value it gives it back, or nil and a message.
function utils.enum(...)
   local words, first = {}, ...
   if type(first) == 'table' then
      for key, value in pairs(first) do
         if type(key) == 'number' then words[value] = value else words[key] = value end
      end
   else
      for _, word in ipairs{...} do words[word] = word end
   end
   local names = {}
   for name in pairs(words) do names[#names + 1] = "'" .. tostring(name) .. "'" end
   table.sort(names)
   local function problem(name)
      return ("'%s' is not a valid value (expected one of: %s)"):format(tostring(name), table.concat(names, ', '))
   end
   return setmetatable(words, {
      __index = function(_, name) error(problem(name), 2) end,
      __call = function(_, value)
         for _, known in pairs(words) do
            if known == value then return value end
         end
         return nil, problem(value)
      end,
   })
end

--- utils.quote_arg(word or list): as a shell reads it again.
function utils.quote_arg(word)
   if type(word) == 'table' then
      local quoted = {}
      for i, one in ipairs(word) do quoted[i] = utils.quote_arg(one) end
      return table.concat(quoted, ' ')
   end
   if word ~= '' and not word:find('[^%w@%%_+=:,./-]') then return word end
   return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- utils.array_tostring(list [, into]).
function utils.array_tostring(list, into)
   into = into or {}
   for i = 1, #list do into[i] = tostring(list[i]) end
   return into
end

---------------------------------------------------------------------------------------------------- files

--- utils.readfile(name [, binary]): its content; nil and a message.
function utils.readfile(name, binary)
   utils.assert_string(1, name)
   local file, message = io.open(name, binary and 'rb' or 'r')
   if file == nil then return utils.raise(message) end
   local text = file:read('*a')
   file:close()
   if text == nil then return utils.raise(name .. ': cannot be read') end
   return text
end

--- utils.writefile(name, text [, binary]): true; nil and a message.
function utils.writefile(name, text, binary)
   utils.assert_string(1, name)
   local file, message = io.open(name, binary and 'wb' or 'w')
   if file == nil then return utils.raise(message) end
   file:write(text)
   file:close()
   return true
end

--- utils.readlines(name): its lines.
function utils.readlines(name)
   utils.assert_string(1, name)
   local file, message = io.open(name)
   if file == nil then return utils.raise(message) end
   local lines = {}
   for line in file:lines() do lines[#lines + 1] = line end
   file:close()
   return lines
end

--- utils.execute(command): whether it went well, and its exit code.
function utils.execute(command)
   local a, _, code = os.execute(command)
   if type(a) == 'number' then
      local status = a > 255 and math.floor(a / 256) or a
      return status == 0, status
   end
   return a == true, code or 0
end

--- utils.executeex(command): whether it went well, its exit code, its output, its error output.
function utils.executeex(command)
   local out, err = os.tmpname(), os.tmpname()
   local ok, code = utils.execute('{ ' .. command .. '\n} >' .. out .. ' 2>' .. err)
   local out_text, err_text = utils.readfile(out), utils.readfile(err)
   os.remove(out)
   os.remove(err)
   return ok, code, out_text or '', err_text or ''
end

------------------------------------------------------------------------------------------------- functions

local factories = {}

--- utils.add_function_factory(metatable, make): lets objects of a kind stand where a function is wanted.
function utils.add_function_factory(mt, make) factories[mt] = make end

--- utils.string_lambda('|x, y| x + y') or '_ + 1' (whose argument is _): a function.
utils.string_lambda = function(text)
   local parameters, body = text:match('^%s*|([^|]*)|(.*)$')
   if parameters == nil then parameters, body = text:match('^%s*\\([^.]*)%.(.*)$') end
   if parameters == nil and text:find('_', 1, true) then parameters, body = '_', text end
   if parameters == nil then return nil, 'not a string lambda' end
   local chunk, message = loadstring('return function(' .. parameters .. ') return ' .. body .. ' end', '=lambda')
   if chunk == nil then return nil, message end
   return chunk()
end

--- utils.function_arg(n, f [, message]): a function: f itself, an operator's name ('+'), a lambda text, or an object
--- that can be called.
function utils.function_arg(n, f, message)
   if type(f) == 'function' then return f end
   if type(f) == 'string' then
      local operator = require('pl.operator').optable[f]
      if operator ~= nil then return operator end
      local made, problem = utils.string_lambda(f)
      if made ~= nil then return made end
      error(problem, 3)
   end
   local mt = getmetatable(f)
   if factories[mt] ~= nil then return factories[mt](f) end
   if utils.is_callable(f) then return f end
   error(("argument %s: %s"):format(tostring(n), message or 'must be callable'), 3)
end

--- utils.bind1(f, value): f with its first argument given. utils.bind2: with its second.
function utils.bind1(f, value)
   f = utils.function_arg(1, f)
   return function(...) return f(value, ...) end
end

function utils.bind2(f, value)
   f = utils.function_arg(1, f)
   return function(first, ...) return f(first, value, ...) end
end

--- utils.memoize(f): f of one argument, each value computed once.
function utils.memoize(f)
   local known = setmetatable({}, {__mode = 'k'})
   return function(key)
      local value = known[key]
      if value == nil then
         value = f(key)
         known[key] = value
      end
      return value
   end
end

--- utils.load(text [, name, mode, environment]): Lua 5.2's load.
function utils.load(text, name, mode, environment)
   local chunk, message
   if type(text) == 'function' then chunk, message = load(text, name) else chunk, message = loadstring(text, name) end
   if chunk ~= nil and environment ~= nil then setfenv(chunk, environment) end
   return chunk, message
end

--- utils.import([table, into]): the table's (a module's, by name or itself) values as globals.
function utils.import(source, into)
   into = into or _G
   source = source or utils
   if type(source) == 'string' then source = require(source) end
   for key, value in pairs(source) do rawset(into, key, value) end
end

utils.setfenv, utils.getfenv = setfenv, getfenv
utils.lua51, utils.jit, utils.jit52, utils.is_windows = true, true, false, false
utils.dir_separator = package.config:sub(1, 1)

return utils
