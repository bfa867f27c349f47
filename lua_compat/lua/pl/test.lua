-- pl.test: checks for a script's own tests: the first that fails tells what was got and what was wanted, and ends it.

local tablex = require 'pl.tablex'
local path = require 'pl.path'
local pretty = require 'pl.pretty'
local utils = require 'pl.utils'

local test = {}

local function dump(value) return type(value) == 'table' and pretty.write(value, ' ', true) or pretty.write(value) end

--- test.error_handler(file, line, got, wanted, what): what a failed check does.
function test.error_handler(file, line, got, wanted, what)
   local text = ('%s:%d: assertion failed\ngot:\t%s\nneeded:\t%s'):format(file, line, dump(got), dump(wanted))
   if what ~= nil then text = text .. '\n' .. what end
   utils.quit(1, '%s', text)
end

--- test.complain(got, wanted, what [, level]): a check that failed.
function test.complain(got, wanted, what, level)
   local info = debug.getinfo(3 + (level or 0), 'Sl')
   test.error_handler(path.basename(info.short_src), info.currentline, got, wanted, what)
end

--- test.asserteq(got, wanted [, tolerance [, level]]): deeply equal.
function test.asserteq(got, wanted, tolerance, level)
   local equal
   if type(got) == 'number' and type(wanted) == 'number' and tolerance ~= nil then
      equal = math.abs(got - wanted) <= tolerance
   else
      equal = got == wanted or tablex.deepcompare(got, wanted, true, tolerance)
   end
   if not equal then test.complain(got, wanted, nil, level) end
end

--- test.assertmatch(text, pattern), test.assertraise(f or {f, argument, ...}, pattern of its error).
function test.assertmatch(text, pattern, level)
   if not text:match(pattern) then test.complain(text, pattern, 'these did not match', level) end
end

function test.assertraise(f, pattern, level)
   local ok, problem
   if utils.is_callable(f) then ok, problem = pcall(f) else ok, problem = pcall(unpack(f)) end
   if ok or not tostring(problem):match(pattern) then
      test.complain(ok and 'no error' or problem, pattern, 'these errors did not match', level)
   end
end

--- test.asserteq2(a1, a2, b1, b2).
function test.asserteq2(a1, a2, b1, b2, level)
   if a1 ~= b1 then test.complain(a1, b1, nil, level) end
   if a2 ~= b2 then test.complain(a2, b2, nil, level) end
end

--- test.tuple(...): several results as one value, to compare.
function test.tuple(...) return utils.pack(...) end

--- test.timer(what, n, f, ...): prints how long n calls take.
function test.timer(what, n, f, ...)
   local begun = os.clock()
   for _ = 1, n do f(...) end
   print(('%s: took %7.2f sec'):format(what, os.clock() - begun))
end

return test
