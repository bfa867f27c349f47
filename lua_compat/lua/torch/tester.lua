-- torch.Tester and torch.TestSuite: unit tests.
--
--   local tests, tester = torch.TestSuite(), torch.Tester()
--   function tests.addition() tester:eq(1 + 1, 2) end
--   tester:add(tests):run()
--
-- An assertion that does not hold is noted, and the test goes on; each returns whether it held.

local torch = require 'torch'

local Tester = torch.class('torch.Tester', torch)

local RED, MAGENTA, GREEN, NONE = '\27[0;31m', '\27[0;35m', '\27[0;32m', '\27[0m'

function Tester:__init()
   self.errors = {}        -- {test's name, text} of what went wrong
   self.tests = {}         -- name -> function
   self.order = {}
   self.disabled = {}
   self.countasserts = 0
   self.failed, self.broken = {}, {}  -- test's name -> true
   self.early_abort, self.rethrow, self.summary_only = false, false, false
end

--- tester:setEarlyAbort(on), setRethrowErrors(on), setSummaryOnly(on): end at the first failure; let errors of tests
--- through; print the last line only.
function Tester:setEarlyAbort(on) self.early_abort = on end

function Tester:setRethrowErrors(on) self.rethrow = on end

function Tester:setSummaryOnly(on) self.summary_only = on end

------------------------------------------------------------------------------------------------ assertions

local function note(self, text)
   table.insert(self.errors, {self.running or '?', text})
   self.failed[self.running or '?'] = true
   if self.early_abort then error(text, 0) end
end

local function assertion(self, holds, text, message)
   self.countasserts = self.countasserts + 1
   if holds then return true end
   if message ~= nil then text = tostring(message) .. '\n' .. text end
   note(self, debug.traceback(text, 3))
   return false
end

local function options_of(tolerance, message)
   if type(tolerance) == 'string' then return nil, tolerance end
   return tolerance, message
end

local function shown(value)
   return type(value) == 'string' and ('%q'):format(value) or tostring(value)
end

-- Whether two values are equal up to a tolerance, and where they are not.
local function same(a, b, tolerance, where)
   if torch.isTensor(a) and torch.isTensor(b) then
      if not a:isSameSizeAs(b) then return false, where .. ': tensors of different sizes' end
      if a:nElement() == 0 then return true end
      local difference = (a:double() - b:double()):abs():max()
      if difference <= tolerance then return true end
      return false, ('%s: tensors differ by %g, more than %g'):format(where, difference, tolerance)
   end
   if torch.isStorage(a) and torch.isStorage(b) then return same(a:totable(), b:totable(), tolerance, where) end
   if torch.type(a) ~= torch.type(b) then
      return false, ('%s: a %s and a %s'):format(where, torch.type(a), torch.type(b))
   end
   if type(a) == 'number' then
      if a == b or math.abs(a - b) <= tolerance then return true end
   elseif type(a) == 'table' and not rawequal(a, b) then
      for key, value in pairs(a) do
         local ok, why = same(value, b[key], tolerance, where .. '.' .. tostring(key))
         if not ok then return false, why end
      end
      for key in pairs(b) do
         if a[key] == nil then return false, ('%s.%s: missing in the first'):format(where, tostring(key)) end
      end
      return true
   elseif a == b then
      return true
   end
   return false, ('%s: %s and %s'):format(where, shown(a), shown(b))
end

--- tester:assert(condition [, message]).
function Tester:assert(condition, message) return assertion(self, condition, 'condition is false', message) end

--- tester:eq(got, expected [, message] [, tolerance]): numbers, strings, tensors, storages and tables; tester:ne: not
--- equal.
function Tester:eq(got, expected, a, b)
   local message, tolerance = b, a
   if type(a) == 'string' or type(b) == 'number' then message, tolerance = a, b end
   local ok, why = same(got, expected, tolerance or 0, 'values')
   return assertion(self, ok, tostring(why), message)
end

function Tester:ne(got, expected, a, b)
   local message, tolerance = b, a
   if type(a) == 'string' or type(b) == 'number' then message, tolerance = a, b end
   return assertion(self, not same(got, expected, tolerance or 0, 'values'), 'the values are equal', message)
end

Tester.assertGeneralEq, Tester.assertGeneralNe = Tester.eq, Tester.ne

local comparisons = {
   assertlt = {'<', function(a, b) return a < b end}, assertle = {'<=', function(a, b) return a <= b end},
   assertgt = {'>', function(a, b) return a > b end}, assertge = {'>=', function(a, b) return a >= b end},
   asserteq = {'==', function(a, b) return a == b end}, assertne = {'~=', function(a, b) return a ~= b end},
}
for name, row in pairs(comparisons) do
   Tester[name] = function(self, a, b, message)
      return assertion(self, row[2](a, b), ('%s %s %s does not hold'):format(shown(a), row[1], shown(b)), message)
   end
end

--- tester:assertalmosteq(a, b [, tolerance (1e-16)] [, message]).
function Tester:assertalmosteq(a, b, tolerance, message)
   tolerance, message = options_of(tolerance, message)
   tolerance = tolerance or 1e-16
   local text = ('%s and %s differ by more than %g'):format(shown(a), shown(b), tolerance)
   return assertion(self, math.abs(a - b) <= tolerance, text, message)
end

local function of_kind(check, what, equal)
   return function(self, a, b, tolerance, message)
      tolerance, message = options_of(tolerance, message)
      if not (check(a) and check(b)) then return assertion(self, false, ('two %s expected'):format(what), message) end
      local ok, why = same(a, b, tolerance or 0, what)
      if equal then return assertion(self, ok, tostring(why), message) end
      return assertion(self, not ok, ('the %s are equal'):format(what), message)
   end
end

local function is_table(value) return type(value) == 'table' end

--- tester:assertTensorEq(a, b [, tolerance] [, message]), assertTensorNe, assertTableEq, assertTableNe.
Tester.assertTensorEq = of_kind(torch.isTensor, 'tensors', true)
Tester.assertTensorNe = of_kind(torch.isTensor, 'tensors', false)
Tester.assertTableEq, Tester.assertTableNe = of_kind(is_table, 'tables', true), of_kind(is_table, 'tables', false)

-- f must fail, and its error satisfy a test.
local function failing(self, f, accepts, wanted, message)
   local ok, failure = pcall(f)
   if ok then return assertion(self, false, 'no error was raised', message) end
   return assertion(self, accepts(failure), ('%s expected, got error: %s'):format(wanted, tostring(failure)), message)
end

--- tester:assertError(f), assertNoError(f), assertErrorMsg(f, text), assertErrorPattern(f, pattern), assertErrorObj(f,
--- test).
function Tester:assertError(f, message) return failing(self, f, function() return true end, 'an error', message) end

function Tester:assertNoError(f, message)
   local ok, failure = pcall(f)
   return assertion(self, ok, 'error: ' .. tostring(failure), message)
end

function Tester:assertErrorMsg(f, text, message)
   return failing(self, f, function(failure) return failure == text end, 'error ' .. shown(text), message)
end

function Tester:assertErrorPattern(f, pattern, message)
   local function accepts(failure) return type(failure) == 'string' and failure:find(pattern) ~= nil end
   return failing(self, f, accepts, 'an error like ' .. shown(pattern), message)
end

function Tester:assertErrorObj(f, test, message) return failing(self, f, test, 'another error', message) end

----------------------------------------------------------------------------------------------------- running

--- tester:add(f, name), tester:add(suite): a test; all functions of a table, in the suite's order or by name.
function Tester:add(f, name)
   if type(f) == 'table' then
      local names = {}
      if f.__isTestSuite then
         names = getmetatable(f).names
      else
         for key in pairs(f) do names[#names + 1] = key end
         table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
      end
      for _, key in ipairs(names) do self:add(f[key], key) end
      return self
   end
   if type(f) ~= 'function' then error('torch.Tester: a function or a table of functions expected', 2) end
   name = name or 'unknown'
   if self.tests[name] ~= nil then error(('torch.Tester: there is a test %q already'):format(tostring(name)), 2) end
   self.tests[name] = f
   table.insert(self.order, name)
   return self
end

--- tester:disable(name or names): not run.
function Tester:disable(names)
   for _, name in ipairs(type(names) == 'table' and names or {names}) do
      if self.tests[name] == nil then error(('torch.Tester: no test %q'):format(tostring(name)), 2) end
      self.disabled[name] = true
   end
   return self
end

local function chosen(self, names)
   if names == nil then names = self.order end
   if type(names) == 'string' then names = {names} end
   local list = {}
   for _, name in ipairs(names) do
      if self.tests[name] == nil then error(('torch.Tester: no test %q'):format(tostring(name)), 3) end
      if not self.disabled[name] then list[#list + 1] = name end
   end
   return list
end

local function run_one(self, name)
   self.running = name
   if self.rethrow then
      self.tests[name]()
   else
      local ok, failure = xpcall(self.tests[name], function(e)
         return type(e) == 'string' and debug.traceback(e, 2) or e
      end)
      if not ok and not self.failed[name] then
         self.broken[name] = true
         table.insert(self.errors, {name, tostring(failure)})
      end
   end
   self.running = nil
end

local function counted(n, word, color)
   local text = ('%d %s%s'):format(n, word, n == 1 and '' or 's')
   return n > 0 and color .. text .. NONE or text
end

local function state_of(self, name)
   if self.broken[name] then return MAGENTA .. '[ERROR]' .. NONE end
   if self.failed[name] then return RED .. '[FAIL]' .. NONE end
   return GREEN .. '[PASS]' .. NONE
end

local function size(set)
   local n = 0
   for _ in pairs(set) do n = n + 1 end
   return n
end

--- tester:run([name or names]): runs, prints what failed and a summary; an error at the end where anything did.
function Tester:run(names)
   local list = chosen(self, names)
   self.countasserts, self.errors, self.failed, self.broken = 0, {}, {}, {}
   if not self.summary_only then io.write(('Running %d test%s\n'):format(#list, #list == 1 and '' or 's')) end
   for i, name in ipairs(list) do
      run_one(self, name)
      if not self.summary_only then
         local label = ('%d/%d %s '):format(i, #list, tostring(name))
         io.write(label, ('.'):rep(math.max(1, 70 - #label)), ' ', state_of(self, name), '\n')
      end
      if self.early_abort and #self.errors > 0 then break end
   end
   local failures, errors = size(self.failed), size(self.broken)
   io.write(('Completed %d assert%s in %d test%s with %s and %s\n'):format(
      self.countasserts, self.countasserts == 1 and '' or 's', #list, #list == 1 and '' or 's',
      counted(failures, 'failure', RED), counted(errors, 'error', MAGENTA)))
   if not self.summary_only then
      for _, entry in ipairs(self.errors) do
         io.write(('-'):rep(80), '\n', tostring(entry[1]), '\n', entry[2], '\n')
      end
      if #self.errors > 0 then io.write(('-'):rep(80), '\n') end
   end
   io.flush()
   if #self.errors > 0 then error('An error was found while running tests!', 2) end
end

--- torch.TestSuite(): a table of tests in which no name can be used twice, and which keeps their order.
function torch.TestSuite()
   local names, tests = {}, {}
   -- the tests lie in a table inside, so that each assignment is seen
   return setmetatable({__isTestSuite = true, __tests = tests}, {
      names = names,
      __index = tests,
      __newindex = function(_, name, test)
         if tests[name] ~= nil then error(('torch.TestSuite: there is a test %q already'):format(tostring(name)), 2) end
         tests[name] = test
         names[#names + 1] = name
      end,
   })
end

return Tester
