-- A cell of a notebook: statements, and an expression after them whose values are shown.

local repl = require 'th.repl'
local loops = require 'th.loops'

local cell = {}

local function is_expression(text) return loadstring('local _ = ' .. text:gsub('[;%s]+$', '')) ~= nil end

-- Where the lines of a text begin, the last one first.
local function starts(text)
   local found = {1}
   for at in text:gmatch('\n()') do table.insert(found, 1, at) end
   return found
end

-- Whether an expression that begins a line can only be a statement's beginning. `(x)` on a line of its own is an argument of
-- the line before where that is code at all, as Lua has it.
local function stands_alone(tail)
   local word = tail:match('^%s*([%a_][%w_]*)')
   return word ~= nil and word ~= 'and' and word ~= 'or'
end

-- Several lines: cut before the last expression that stands by itself.
local function cut(text, name)
   local is_code = loadstring(text, name) ~= nil
   for _, at in ipairs(starts(text)) do
      local head, tail = text:sub(1, at - 1), text:sub(at)
      if is_expression(tail) and (stands_alone(tail) or not is_code) and loadstring(head) ~= nil then
         if repl.is_require(tail) then return nil end
         local chunk = loops.last(head, tail, name)
         if chunk == nil then return nil end
         if not tail:find(';%s*$') then return chunk end
         return function() chunk() end
      end
   end
   return nil
end

--- cell.compile(text, name): a function that runs a cell and returns the values of the expression that ends it, unless that
--  ends with a semicolon; or nil and what is wrong with it.
function cell.compile(text, name)
   if not text:find('%S') then return function() end end
   if not text:find('\n%s*%S') then
      local chunk, problem = repl.compile(text, name)
      if chunk ~= nil then return chunk end
      return nil, problem == true and select(2, loadstring(text, name)) or problem
   end
   local chunk = cut(text, name)
   if chunk ~= nil then return chunk end
   return loops.load(text, name)
end

--- cell.run(function): runs a cell and prints what it returns.
cell.run = repl.run

--- cell.start(): whoever types has the helpers of the interactive loop, and the code stops where it is interrupted.
function cell.start() repl.start(false) end

return cell
