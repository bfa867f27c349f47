-- Loops that were typed stop at Ctrl-C.
--
-- What LuaJIT has compiled looks neither at signals nor at hooks. So a typed loop gets a look at a flag in memory as its
-- first statement: three nanoseconds to compiled code, and when the flag is up a function of Python's is called, in which the
-- interrupt arrives. Loops of files are left as they are; a hook that counts instructions finds those that LuaJIT runs
-- without compiling them.

local ffi = require 'ffi'
local interrupt = require '_interrupt'

local LOOK, PASS = 'look_at_the_flag__', 'pass_on__' -- names that nobody types
local INSTRUCTIONS = 100000  -- between two looks of the hook

local loops = {}

ffi.cdef 'int abs(int);'
local flag = ffi.cast('int32_t *', interrupt.address())

local function look()
   -- A call into C may change any memory; without one the compiler reads the flag once, before the loop.
   ffi.C.abs(0)
   if flag[0] ~= 0 then interrupt.give_way() end
end

--- loops.watch(): from here on the hook looks.
function loops.watch() debug.sethook(look, '', INSTRUCTIONS) end

-- The place after the name, number, string or comment at `at`, or after the one character that is none of these.
local function after_token(text, at)
   local level = text:match('^%-%-%[(=*)%[', at) or text:match('^%[(=*)%[', at)
   if level ~= nil then
      local _, last = text:find(']' .. level .. ']', at, true)
      return (last or #text) + 1
   end
   if text:find('^%-%-', at) then return (text:find('\n', at, true) or #text) + 1 end
   local quote = text:match('^["\']', at)
   if quote == nil then
      local _, last = text:find('^[%a_][%w_]*', at)
      if last == nil then _, last = text:find('^%d[%w_.]*', at) end
      return (last or at) + 1
   end
   at = at + 1
   while at <= #text and text:sub(at, at) ~= quote do
      at = at + (text:sub(at, at) == '\\' and 2 or 1)
   end
   return at + 1
end

-- The code with a look in each loop. The text must be code that compiles.
local function marked(text)
   local pieces, from, at = {}, 1, 1
   while at <= #text do
      local after = after_token(text, at)
      local token = text:sub(at, after - 1)
      if token == 'do' or token == 'repeat' then
         pieces[#pieces + 1] = text:sub(from, after - 1) .. ' ' .. LOOK .. '();'
         from = after
      end
      at = after
   end
   pieces[#pieces + 1] = text:sub(from)
   return table.concat(pieces)
end

local function pass(...) return ... end

local function loaded(text, name)
   local made = loadstring(('local %s, %s = ... return function(...) '):format(LOOK, PASS) .. text .. '\nend', name)
   return made ~= nil and made(look, pass) or nil
end

--- loops.load(text, name): loadstring for what was typed: its loops stop.
function loops.load(text, name)
   local chunk, problem = loadstring(text, name)
   if chunk == nil then return nil, problem end
   return loaded(marked(text), name) or chunk
end

--- loops.last(head, tail, name): loads statements and the expression after them, whose values the function returns.
function loops.last(head, tail, name)
   return loaded(marked(head .. 'return ' .. PASS .. '(' .. tail:gsub('[;%s]+$', '') .. '\n)'), name)
end

--- loops.expression(text, name): the function that returns the values of an expression, of several with commas between;
--  nil where it is none. No tail call, after which an error would not know its line.
function loops.expression(text, name)
   text = text:gsub('[;%s]+$', '')
   if loadstring('return ' .. text) == nil then return nil end
   -- a line more only where a comment may end the last one: what is read just before the bracket counts as of its line
   local ending = text:find('--', 1, true) and '\n)' or ')'
   return loaded('return ' .. PASS .. '(' .. marked(text) .. ending, name)
end

return loops
