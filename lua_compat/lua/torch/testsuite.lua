-- torch.TestSuite: a table of tests in which no name can be used twice, and which keeps their order.

local torch = require 'torch'

--- torch.TestSuite(): `function suite.name() ... end` adds a test.
function torch.TestSuite()
   local names, tests = {}, {}
   -- the tests lie in a table inside, so that each assignment is seen
   return setmetatable({__isTestSuite = true, __tests = tests}, {
      names = names,
      __index = tests,
      __newindex = function(_, name, test)
         if tests[name] ~= nil then error(('Test %s is already defined.'):format(tostring(name)), 2) end
         if type(test) == 'table' then error('Nested tables of tests are not supported', 2) end
         if type(test) ~= 'function' then error('Only functions are supported as members of a TestSuite', 2) end
         tests[name] = test
         names[#names + 1] = name
      end,
   })
end

return torch.TestSuite
