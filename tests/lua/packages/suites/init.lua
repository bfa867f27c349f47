-- A tester with more to it than torch's: assertions of its own, suites in folders, a report that can be asked.

local suites = {}

local Tester, parent = torch.class('suites.Tester', 'torch.Tester', suites)

function Tester:__init()
   parent.__init(self)
   self.events = {}
end

--- near(a, b [, tolerance]) in tables of tensors, of any depth.
function Tester:assertNear(a, b, message, tolerance)
   local function same(x, y)
      if torch.isTensor(x) and torch.isTensor(y) then
         return x:isSameSizeAs(y) and (x:nElement() == 0 or (x - y):abs():max() <= (tolerance or 1e-9))
      elseif type(x) == 'table' and type(y) == 'table' then
         for k in pairs(y) do if x[k] == nil then return false end end
         for k, v in pairs(x) do if not same(v, y[k]) then return false end end
         return true
      end
      return x == y
   end
   return self:assert(same(a, b), message or 'not near')
end

function Tester:_pcall(f)
   self.events[#self.events + 1] = 'before'
   local kept = parent._pcall or pcall
   if kept == pcall then return xpcall(f, debug.traceback) end
   return kept(self, f)
end

--- Checks a module: gradients by differences, what it says of itself, and a file.
function suites.checkModule(tester, module, input)
   local y = module:forward(input):clone()
   local text = tostring(module)
   tester:assert(text:find(torch.type(module), 1, true) ~= nil, 'its name')
   local again = torch.deserialize(torch.serialize(module))
   tester:assertNear(again:forward(input), y, 'from a file')
   tester:assertlt(nn.Jacobian.testJacobian(module, input), 1e-5, 'its gradient')
end

return suites
