"""What a call from Lua into Python costs, and how long ``th`` takes to start.

    python benchmarks/crossing.py

Medians of several runs. To be kept: under 1.5 µs with four tensors, and a start in under 0.4 s. For comparison:
in Torch7 ``v[i]`` is a call of C and takes 0.15 µs, and ``t[i][j]`` takes 0.9 µs.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import numpy as np

from lua_compat.bridge.runtime import Runtime
from pytorch_from_lua.tensor import Tensor

LOOPS = """
local a, b, c, d, nothing, same = ...
local function timed(loop, n)
   loop(n / 10)
   local begun = os.clock()
   loop(n)
   return (os.clock() - begun) / n * 1e6
end
local loops = {
   four = function(n) for i = 1, n do nothing(a, b, c, d) end end,
   returned = function(n) for i = 1, n do same(a) end end,
   numbers = function(n) for i = 1, n do nothing(1, 2.5, 3, 4) end end,
   text = function(n) for i = 1, n do nothing('weight') end end,
   method = function(n) local f; for i = 1, n do f = a.data end end,
   typename = function(n) local f; for i = 1, n do f = torch.typename(a) end end,
   caught = function(n) for i = 1, n do pcall(nothing, a) end end,
}
return function(name, n) return timed(loops[name], n) end
"""

CASES = [
    ("a call with four tensors", "four", 200_000),
    ("a call with a tensor that returns a tensor", "returned", 200_000),
    ("a call with four numbers", "numbers", 200_000),
    ("a call with a string", "text", 100_000),
    ("a call inside pcall", "caught", 100_000),
    ("finding a method", "method", 1_000_000),
    ("torch.typename", "typename", 1_000_000),
]


def measure(runs: int = 5) -> dict[str, float]:
    """The median microseconds of each case."""
    lua = Runtime()
    tensors = [Tensor.from_array(np.zeros((3, 3))) for _ in range(4)]
    nothing = lua.function(lambda *args: None)
    same = lua.function(lambda tensor: tensor)
    timed = lua.execute(LOOPS, *tensors, nothing, same)
    return {what: statistics.median(lua.call(timed, name, n) for _ in range(runs)) for what, name, n in CASES}


def startup(runs: int = 5) -> float:
    """The median seconds of ``th -e 'print(1)'``, from nothing to its end."""
    seconds = []
    for _ in range(runs):
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "lua_compat.bridge.cli", "-e", "print(1)"], check=True, stdout=subprocess.DEVNULL
        )
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def main() -> None:
    """Prints the table."""
    for what, microseconds in measure().items():
        print(f"{what:45} {microseconds:8.3f} µs")
    print(f"{'th -e print(1)':45} {startup():8.3f} s")


if __name__ == "__main__":
    main()
