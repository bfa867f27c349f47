"""Nanoseconds to read and write one element from Lua, beside what Torch7's own C API takes.

    python benchmarks/elements.py

Each figure is the median of several runs of a loop, after a first one that compiles it. Torch7's figures were taken
with the original on an x86-64 machine: about 150 ns for an element of one dimension, 0.9 µs for ``t[i][j]``.
"""

from __future__ import annotations

import statistics

import numpy as np

from lua_compat.bridge.runtime import Runtime
from pytorch_from_lua.tensor import Tensor

LOOPS = """
local v, f, l, t, s = vector, floats, longs, matrix, vector:data() and storage
local size, rows, columns = 10000, 100, 100
local ones = {}
local function timed(loop, n)
   loop(n)
   local begun = os.clock()
   loop(n)
   return (os.clock() - begun) / n * 1e9
end
local sum = 0
function read_double(n) local x = 0; for k = 1, n / size do for i = 1, size do x = x + v[i] end end; sum = sum + x end
function write_double(n) for k = 1, n / size do for i = 1, size do v[i] = i end end end
function read_float(n) local x = 0; for k = 1, n / size do for i = 1, size do x = x + f[i] end end; sum = sum + x end
function read_long(n) local x = 0; for k = 1, n / size do for i = 1, size do x = x + l[i] end end; sum = sum + x end
function write_long(n) for k = 1, n / size do for i = 1, size do l[i] = i end end end
function read_storage(n) local x = 0; for k = 1, n / size do for i = 1, size do x = x + s[i] end end; sum = sum + x end
function copy_mixed(n) for k = 1, n / size do for i = 1, size do f[i] = v[i] + l[i] end end end
function read_matrix(n)
   local x = 0
   for k = 1, n / (rows * columns) do for i = 1, rows do for j = 1, columns do x = x + t[i][j] end end end
   sum = sum + x
end
function write_matrix(n)
   for k = 1, n / (rows * columns) do for i = 1, rows do for j = 1, columns do t[i][j] = i + j end end end
end
function by_columns(n)
   local x = 0
   for k = 1, n / (rows * columns) do for j = 1, columns do for i = 1, rows do x = x + t[i][j] end end end
   sum = sum + x
end
function first_visit(n)
   local x = 0
   for k = 1, n / 1000 do
      local fresh = new_matrix() -- 100 x 10
      for i = 1, 100 do for j = 1, 10 do x = x + fresh[i][j] end end
   end
   sum = sum + x
end
return timed
"""

#: (what, name of the loop, elements in a run, Torch7's nanoseconds)
CASES = [
    ("x = v[i], double", "read_double", 1_000_000, 150),
    ("v[i] = x, double", "write_double", 1_000_000, 150),
    ("x = v[i], float", "read_float", 1_000_000, 150),
    ("x = v[i], long", "read_long", 1_000_000, 150),
    ("v[i] = x, long", "write_long", 1_000_000, 150),
    ("x = storage[i]", "read_storage", 1_000_000, 150),
    ("f[i] = v[i] + l[i]", "copy_mixed", 1_000_000, 450),
    ("x = t[i][j]", "read_matrix", 200_000, 900),
    ("t[i][j] = x", "write_matrix", 200_000, 900),
    ("x = t[i][j], columns outside", "by_columns", 200_000, 900),
    ("x = t[i][j] once, 10 columns", "first_visit", 100_000, 900),
]


def measure(runs: int = 5) -> dict[str, float]:
    """The median nanoseconds of each case."""
    lua = Runtime()
    lua.set_global("vector", Tensor.from_array(np.zeros(10000)))
    lua.set_global("floats", Tensor.from_array(np.zeros(10000, np.float32)))
    lua.set_global("longs", Tensor.from_array(np.zeros(10000, np.int64)))
    lua.set_global("matrix", Tensor.from_array(np.zeros((100, 100))))
    lua.set_global("storage", Tensor.from_array(np.zeros(10000)).storage())
    lua.set_global("new_matrix", lua.function(lambda: Tensor.from_array(np.zeros((100, 10)))))
    timed = lua.execute(LOOPS)
    return {
        what: statistics.median(lua.call(timed, lua.globals[name], n) for _ in range(runs))
        for what, name, n, _ in CASES
    }


def main() -> None:
    """Prints the table."""
    print(f"{'':30} {'here':>10} {'Torch7':>10}")
    figures = measure()
    for what, _, _, original in CASES:
        print(f"{what:30} {figures[what]:7.1f} ns {original:7.0f} ns")


if __name__ == "__main__":
    main()
