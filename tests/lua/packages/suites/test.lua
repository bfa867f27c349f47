require 'nn'
local suites = require 'suites'
local write = io.write

local function quietly(f, ...)
   local lines = {}
   io.write = function(...) for i = 1, select('#', ...) do lines[#lines + 1] = tostring((select(i, ...))) end return io.stdout end
   local result = {pcall(f, ...)}
   io.write = write
   return table.concat(lines), unpack(result)
end

local tests = torch.TestSuite()
local tester = suites.Tester()
local ran = {}
function tests.Linear() ran.Linear = true; suites.checkModule(tester, nn.Linear(3, 2), torch.randn(4, 3)) end
function tests.Near()
   ran.Near = true
   tester:assertNear({torch.ones(2), {a = torch.zeros(1)}}, {torch.ones(2), {a = torch.zeros(1)}})
end
function tests.Raises()
   ran.Raises = true
   tester:assertErrorPattern(function() nn.Linear(2, 2):forward(torch.ones(3)) end, 'nn.Linear')
   tester:assertNoError(function() nn.Linear(2, 2):forward(torch.ones(2)) end)
   tester:eq({1, {x = 'y'}}, {1, {x = 'y'}})
   tester:ne(torch.ones(2), torch.zeros(2))
end
assert(not pcall(function() function tests.Near() end end), 'no name twice')
tester:add(tests)
local text, ok, problem = quietly(tester.run, tester)
assert(ok, problem)
assert(ran.Linear and ran.Near and ran.Raises and text:find('Completed %d+ asserts in 3 tests with'), text)
assert(torch.isTypeOf(tester, 'torch.Tester') and torch.type(tester) == 'suites.Tester' and tester.countasserts >= 8)

-- A failure, by the assertion of the class's own and by the parent's.
local failing = suites.Tester()
failing:add(function() failing:assertNear({torch.ones(2)}, {torch.zeros(2)}, 'far away') end, 'far')
failing:add(function() failing:eq(1, 2, 'one and two') end, 'unequal')
failing:add(function() error('thrown') end, 'throws')
text, ok, problem = quietly(failing.run, failing)
assert(not ok and text:find('2 failures') and text:find('1 error'), text)
assert(text:find('far away', 1, true) and text:find('one and two', 1, true) and text:find('thrown', 1, true), text)

-- Only those that were named.
ran = {}
text, ok = quietly(tester.run, tester, 'Near')
assert(ok and ran.Near and not ran.Linear)
