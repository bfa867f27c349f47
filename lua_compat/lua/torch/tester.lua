-- torch.Tester: unit tests.
--
--   local tests, tester = torch.TestSuite(), torch.Tester()
--   function tests.addition() tester:eq(1 + 1, 2) end
--   tester:add(tests):run()
--
-- An assertion that does not hold is noted, and the test goes on; each returns whether it held. After the arguments
-- named here each takes a message, and those that compare elements a tolerance too, in either order.

local torch = require 'torch'
local compare = require 'torch.compare'

require 'torch.testsuite'

local COLUMNS = 80
local COLORS = {
   red = '\27[0;31m', green = '\27[0;32m', yellow = '\27[0;33m', magenta = '\27[0;35m', cyan = '\27[0;36m',
}
local NONE = '\27[0m'

local Tester = torch.class('torch.Tester', torch)

function Tester:__init()
   self.errors = {}         -- the texts of what went wrong
   self.warnings = {}
   self.tests = {}          -- name -> function
   self.order = {}
   self.disabledTests = {}
   self.countasserts = 0
   self._currentTestName = ''
   self._warningCount = {}  -- test's name -> number, as in the next three
   self.assertionPass, self.assertionFail, self.testError = {}, {}, {}
end

--- tester:setEarlyAbort(on): no test is run after one that failed. tester:setRethrowErrors(on): errors of tests, and
--- assertions that fail, are errors of run. tester:setSummaryOnly(on): no texts of what failed. Each returns the tester.
function Tester:setEarlyAbort(on)
   self.earlyAbort = on
   return self
end

function Tester:setRethrowErrors(on)
   self.rethrow = on
   return self
end

function Tester:setSummaryOnly(on)
   self.summaryOnly = on
   return self
end

------------------------------------------------------------------------------------------------ what is noted

local function count(counts, name) counts[name] = (counts[name] or 0) + 1 end

local function is_of_ours(line) return line:find('torch/tester.lua:', 1, true) ~= nil end

-- The message below the test's name, above the two innermost lines of the test.
local function with_place(self, message)
   local lines = {}
   for line in debug.traceback('', 2):gmatch('\n(\t[^\n]+)') do
      if not is_of_ours(line) then
         if #lines == 2 or line:find('raw_xpcall', 1, true) then break end
         if not line:find('[builtin', 1, true) then lines[#lines + 1] = line end
      end
   end
   local name = self._currentTestName
   return (name ~= '' and name .. '\n' or '') .. message .. '\n' .. table.concat(lines, '\n')
end

-- The error that ended a test, with the calls from the test on.
local function with_calls(failure)
   if type(failure) ~= 'string' then return tostring(failure) end
   local lines = {failure, 'stack traceback:'}
   for line in debug.traceback('', 2):gmatch('\n(\t[^\n]+)') do
      if is_of_ours(line) then break end
      lines[#lines + 1] = line
   end
   return table.concat(lines, '\n')
end

function Tester:_success()
   count(self.assertionPass, self._currentTestName)
   return true
end

function Tester:_failure(message)
   if self.rethrow then error(message, 2) end
   count(self.assertionFail, self._currentTestName)
   table.insert(self.errors, with_place(self, message))
   return false
end

function Tester:_warning(message)
   count(self._warningCount, self._currentTestName)
   table.insert(self.warnings, with_place(self, message))
end

--- tester:_assert_sub(condition, message): what every assertion ends in; assertions of one's own can, too.
function Tester:_assert_sub(condition, message)
   if condition then return self:_success() end
   return self:_failure(message)
end

------------------------------------------------------------------------------------------------ assertions

-- The tolerance, or its default, and the message with a line end, among what follows an assertion's own arguments.
local function options(default, ...)
   local tolerance, message
   for i = 1, select('#', ...) do
      local value = select(i, ...)
      if type(value) == 'string' then
         if message ~= nil then error('Unexpected string argument; already have message: ' .. value, 3) end
         message = value
      elseif type(value) == 'number' and default ~= nil then
         if tolerance ~= nil then error('Unexpected number argument; already have tolerance: ' .. value, 3) end
         if value < 0 then error('tolerance cannot be negative: ' .. value, 3) end
         tolerance = value
      elseif value ~= nil then
         local wanted = default ~= nil and 'a tolerance or a message' or 'a message'
         error(('Unrecognized argument; should be %s: %s'):format(wanted, tostring(value)), 3)
      end
   end
   return tolerance or default, message ~= nil and message ~= '' and message .. '\n' or ''
end

local function message_of(...)
   local _, message = options(nil, ...)
   return message
end

--- tester:assert(condition). A condition that is neither true nor false is a warning.
function Tester:assert(condition, ...)
   local message = message_of(...)
   if type(condition) ~= 'boolean' then
      self:_warning((':assert is for conditions that are true or false, this one is a %s; say what is wanted of it, '
         .. 'assert(x ~= nil) for instance'):format(type(condition)))
   end
   return self:_assert_sub(condition, ('%sBOOL violation condition=%s'):format(message, tostring(condition)))
end

local function equality(check, negated)
   return function(self, a, b, ...)
      local tolerance, message = options(0, ...)
      local same, why = check(a, b, tolerance, self)
      if not negated then return self:_assert_sub(same, message .. (why or '')) end
      return self:_assert_sub(not same, ('%sNE failed: the values are equal, with tolerance=%s'):format(message, tostring(tolerance)))
   end
end

local function checked(accepts, what, check)
   return function(a, b, tolerance, self)
      if not accepts(a) then error(('First argument should be a %s'):format(what), 3) end
      if not accepts(b) then error(('Second argument should be a %s'):format(what), 3) end
      return check(a, b, tolerance, self)
   end
end

local tables = checked(function(value) return type(value) == 'table' end, 'Table', compare.values)
-- Of two tensors the number of elements counts; that their shapes differ is a warning.
local tensors = checked(torch.isTensor, 'Tensor', function(a, b, tolerance, self)
   local same, why = compare.tensors(a, b, tolerance, true)
   if same and not a:isSameSizeAs(b) then
      self:_warning('assertTensorEq or assertTensorNe got tensors of one content in two shapes; eq and ne compare the shape too')
   end
   return same, why
end)

--- tester:eq(got, expected), tester:ne(got, unexpected): any values; tensors and storages by their elements, tables by
--- what they hold. assertTensorEq, assertTensorNe, assertTableEq, assertTableNe: for one kind.
Tester.eq, Tester.ne = equality(compare.values), equality(compare.values, true)
Tester.assertGeneralEq, Tester.assertGeneralNe = Tester.eq, Tester.ne
Tester.assertTensorEq, Tester.assertTensorNe = equality(tensors), equality(tensors, true)
Tester.assertTableEq, Tester.assertTableNe = equality(tables), equality(tables, true)

local comparisons = {
   assertlt = {'LT', '>=', function(a, b) return a < b end},
   assertle = {'LE', '>', function(a, b) return a <= b end},
   assertgt = {'GT', '<=', function(a, b) return a > b end},
   assertge = {'GE', '<', function(a, b) return a >= b end},
   asserteq = {'EQ', '~=', function(a, b) return a == b end},
   assertne = {'NE', '==', function(a, b) return a ~= b end},
}
for name, row in pairs(comparisons) do
   Tester[name] = function(self, a, b, ...)
      local message = message_of(...)
      return self:_assert_sub(row[3](a, b), ('%s%s failed: %s %s %s'):format(message, row[1], tostring(a), row[2], tostring(b)))
   end
end

--- tester:assertalmosteq(a, b [, tolerance (1e-16)]): two numbers.
function Tester:assertalmosteq(a, b, ...)
   local tolerance, message = options(1e-16, ...)
   local text = '%sALMOST_EQ failed: %s ~= %s with tolerance=%s'
   return self:_assert_sub(math.abs(a - b) <= tolerance,
      text:format(message, tostring(a), tostring(b), tostring(tolerance)))
end

--- tester:assertErrorObj(f, accepts): f fails, with an error that accepts(error) is true of. assertError(f): with any;
--- assertErrorMsg(f, text): with that text, the place in it; assertErrorPattern(f, pattern). assertNoError(f): it does not.
function Tester:assertErrorObj(f, accepts, ...)
   local message = message_of(...)
   local ok, failure = pcall(f)
   return self:_assert_sub(not ok and accepts(failure), ('%sERROR violation: err=%s'):format(message, tostring(failure)))
end

function Tester:assertError(f, ...) return self:assertErrorObj(f, function() return true end, ...) end

function Tester:assertErrorMsg(f, text, ...)
   return self:assertErrorObj(f, function(failure) return failure == text end, ...)
end

function Tester:assertErrorPattern(f, pattern, ...)
   return self:assertErrorObj(f, function(failure) return tostring(failure):find(pattern) ~= nil end, ...)
end

function Tester:assertNoError(f, ...)
   local message = message_of(...)
   local ok, failure = pcall(f)
   return self:_assert_sub(ok, ('%sERROR violation: err=%s'):format(message, tostring(failure)))
end

----------------------------------------------------------------------------------------------- which tests

local function add_all(self, suite)
   local names = {}
   if suite.__isTestSuite then
      names = getmetatable(suite).names
   else
      self:_warning('a plain table of tests hides that a name was used twice; a torch.TestSuite does not')
      for name in pairs(suite) do names[#names + 1] = name end
      table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
   end
   for _, name in ipairs(names) do self:add(suite[name], name) end
end

--- tester:add(f, name): a test; named _setUp or _tearDown, what is called with the test's name before or after each.
--- tester:add(suite): all functions of a TestSuite in its order, or of a table by name. Returns the tester.
function Tester:add(f, name)
   if type(f) == 'table' then
      if name ~= nil then error('torch.Tester: a table of tests takes no name, as its tests have their own', 2) end
      add_all(self, f)
      return self
   end
   if type(f) ~= 'function' then error('torch.Tester: a function or a table of functions expected', 2) end
   if name == '_setUp' or name == '_tearDown' then
      self[name] = f
      return self
   end
   name = name or 'unknown'
   if self.tests[name] ~= nil then error(('Test with name %s already exists!'):format(tostring(name)), 2) end
   self.tests[name] = f
   table.insert(self.order, name)
   return self
end

--- tester:disable(name or names): skipped. Returns the tester.
function Tester:disable(names)
   if type(names) == 'string' then names = {names} end
   if type(names) ~= 'table' then error('torch.Tester: a name or a table of names expected', 2) end
   for _, name in ipairs(names) do
      if self.tests[name] == nil then error(("Unrecognized test '%s'"):format(tostring(name)), 2) end
      self.disabledTests[name] = true
   end
   return self
end

-- The names that match one of the patterns, in the order of the tests.
local function chosen(self, patterns)
   if patterns == nil then return self.order end
   if type(patterns) == 'string' then patterns = {patterns} end
   if type(patterns) ~= 'table' then error('torch.Tester: a name or a table of names expected', 3) end
   local wanted = {}
   for _, pattern in ipairs(patterns) do
      local found = false
      for _, name in ipairs(self.order) do
         if tostring(name):match(pattern) then wanted[name], found = true, true end
      end
      if not found then error(("Couldn't find test '%s'"):format(tostring(pattern)), 3) end
   end
   local list = {}
   for _, name in ipairs(self.order) do
      if wanted[name] then list[#list + 1] = name end
   end
   return list
end

----------------------------------------------------------------------------------------------------- running

-- Colors are for those who look: a script that th runs has `arg`.
local function colored(text, color)
   if rawget(_G, 'arg') == nil then return text end
   return COLORS[color] .. text .. NONE
end

local function counted(n, word) return ('%d %s%s'):format(n, word, n == 1 and '' or 's') end

local function call(self, name)
   if self._setUp then self._setUp(name) end
   self.tests[name]()
   if self._tearDown then self._tearDown(name) end
end

-- 'SKIP', 'ERROR', 'FAIL' or 'PASS'.
local function run_one(self, name)
   if self.disabledTests[name] then return 'SKIP' end
   local before = #self.errors
   if self.rethrow then
      call(self, name)
   else
      local ok, failure = xpcall(call, with_calls, self, name)
      if not ok then
         self.testError[name] = 1
         table.insert(self.errors, ('%s\n Function call failed\n%s\n'):format(tostring(name), failure))
         return 'ERROR'
      end
   end
   return #self.errors > before and 'FAIL' or 'PASS'
end

local COLOR_OF = {SKIP = 'yellow', ERROR = 'magenta', FAIL = 'red', PASS = 'green', WAIT = 'cyan'}

local function run_all(self, names)
   local total = #names
   io.write('Running ', counted(total, 'test'), '\n')
   for i, name in ipairs(names) do
      self._currentTestName = name
      local number = ('%' .. #tostring(total) .. 'd/%d '):format(i, total)
      local label = colored(number, 'cyan') .. tostring(name) .. ' '
         .. ('.'):rep(COLUMNS - 8 - 2 * #tostring(total) - 2 - #tostring(name)) .. ' '
      local function bracketed(state, color) return '[' .. colored(state, color or COLOR_OF[state]) .. ']' end
      io.write(label, bracketed 'WAIT')
      io.flush()
      local state = run_one(self, name)
      io.write('\r', label, bracketed(state))
      if state == 'PASS' and (self._warningCount[name] or 0) > 0 then
         io.write('\n', (' '):rep(COLUMNS - 10), bracketed('+warning', 'yellow'))
      end
      io.write('\n')
      io.flush()
      if self.earlyAbort and i < total and (state == 'ERROR' or state == 'FAIL') then
         io.write('Aborting on first error, not all tests have been executed\n')
         break
      end
      collectgarbage()
   end
   self._currentTestName = ''
end

local function tests_in(counts, names)
   local n = 0
   for _, name in ipairs(names) do
      if (counts[name] or 0) > 0 then n = n + 1 end
   end
   return n
end

local function report(self, names)
   self.countasserts = 0
   for _, name in ipairs(names) do
      self.countasserts = self.countasserts + (self.assertionPass[name] or 0) + (self.assertionFail[name] or 0)
   end
   local failures, errors = tests_in(self.assertionFail, names), tests_in(self.testError, names)
   local warnings, skipped = tests_in(self._warningCount, names) + (self._warningCount[''] or 0), 0
   for _, name in ipairs(names) do
      if self.disabledTests[name] then skipped = skipped + 1 end
   end
   io.write('Completed ', counted(self.countasserts, 'assert'), ' in ', counted(#names, 'test'), ' with ',
      colored(counted(failures, 'failure'), failures == 0 and 'green' or 'red'), ' and ',
      colored(counted(errors, 'error'), errors == 0 and 'green' or 'magenta'))
   if warnings > 0 then io.write(' and ', colored(counted(warnings, 'warning'), 'yellow')) end
   if skipped > 0 then io.write(' and ', colored(skipped .. ' disabled', 'yellow')) end
   io.write('\n')
   if not self.summaryOnly then
      local line, any = ('-'):rep(COLUMNS) .. '\n', false
      for _, texts in ipairs {self.errors, self.warnings} do
         for _, text in ipairs(texts) do
            io.write(any and '' or line, text, '\n', line)
            any = true
         end
      end
   end
   io.flush()
   return failures + errors
end

--- tester:run([pattern or patterns]): runs the tests whose names match, prints what failed and a summary. Returns 0;
--- an error at the end where anything failed, so that a script ends with a status that says so.
function Tester:run(patterns)
   local names = chosen(self, patterns)
   self.assertionPass, self.assertionFail, self.testError = {}, {}, {}
   self.errors = {}
   for _, name in ipairs(names) do self._warningCount[name] = nil end
   run_all(self, names)
   if report(self, names) > 0 then error('An error was found while running tests!', 2) end
   return 0
end

return Tester
