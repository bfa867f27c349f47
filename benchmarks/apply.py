"""Nanoseconds an element of ``apply``, ``map`` and ``map2`` with a Lua function, and of a loop over an FFI pointer.

    python benchmarks/apply.py

A million elements; the median of several runs, after a first one that compiles the loop. The goal is 10 ns an element.
The last rows apply many different functions one after another: what was compiled for one must not slow down the next.
"""

from __future__ import annotations

import statistics

from lua_compat.bridge.runtime import Runtime

SETUP = """
local n = 1000000
local cases = {}
local function case(name, run) cases[#cases + 1] = {name, run} end

for _, word in ipairs {'Double', 'Float', 'Int', 'Long', 'Byte'} do
   local x = torch[word .. 'Tensor'](n):fill(3)
   case('apply, ' .. word, function() x:apply(function(v) return v + 1 end) end)
end
local x = torch.DoubleTensor(n):fill(3)
local y, z = torch.DoubleTensor(n):fill(2), torch.DoubleTensor(n):fill(1)
local scale, sum = 0.5, 0
case('apply, closure with upvalues', function() x:apply(function(v) sum = sum + v; return v * scale end) end)
case('apply that returns nothing', function() x:apply(function(v) sum = sum + v end) end)
case('apply, math.exp', function() x:apply(math.exp) end)
local matrix = torch.DoubleTensor(1000, 1000):fill(3)
local longs = torch.LongTensor(1000, 1000):fill(3)
case('apply, transposed', function() matrix:t():apply(function(v) return v + 1 end) end)
case('apply, transposed Long', function() longs:t():apply(function(v) return v + 1 end) end)
local cube = torch.DoubleTensor(100, 200, 100)
case('apply, three strides', function() cube:transpose(1, 3):narrow(2, 3, 100):apply(function(v) return 1 end) end)
case('map', function() x:map(y, function(a, b) return a + b end) end)
case('map2', function() x:map2(y, z, function(a, b, c) return a + b * c end) end)
case('map, one transposed', function() x:map(matrix:t(), function(a, b) return a + b end) end)
case('loop over torch.data', function()
   local p = torch.data(x)
   for i = 0, n - 1 do p[i] = p[i] + 1 end
end)
case('a new closure each time', function() x:apply(function(v) return v + scale end) end)

local functions = {}
for i = 1, 60 do functions[i] = loadstring(('return (...) + %d'):format(i)) end
case('60 different functions, mean', function()
   for i = 1, #functions do x:apply(functions[i]) end
   return #functions
end)

local function timed(run)
   local begun = os.clock()
   local times = run() or 1
   return (os.clock() - begun) / (n * times) * 1e9
end
return cases, timed
"""


def measure(runs: int = 5) -> dict[str, float]:
    """The median nanoseconds an element of each case."""
    lua = Runtime()
    cases, timed = lua.execute(SETUP)
    figures = {}
    for name, run in (tuple(pair.values()) for pair in cases.values()):
        lua.call(timed, run)
        figures[name] = statistics.median(lua.call(timed, run) for _ in range(runs))
    return figures


def main() -> None:
    """Prints the table."""
    for name, nanoseconds in measure().items():
        print(f"{name:32} {nanoseconds:7.1f} ns")


if __name__ == "__main__":
    main()
