"""The digits training step in Python, in Lua and in PyTorch, in turns in one process.

python benchmarks/digits.py [--steps 300] [--threads 1]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

BATCH, ROUNDS = 32, 12


def net_of(nn: Any, flatten: Any) -> Any:
    """The net, out of our ``nn`` or PyTorch's: they have the same names."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        flatten,
        nn.Linear(128, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
        nn.LogSoftmax(1),
    )


def step_of(net: Any, loss: Any, optimizer: Any, input: Any, target: Any) -> Callable[[int], None]:
    """What runs a number of training steps; ours and PyTorch's are written alike."""

    def run(count: int) -> None:
        for _ in range(count):
            optimizer.zero_grad()
            loss(net(input), target).backward()
            optimizer.step()

    return run


def ours(dtype: str, x: Any, y: Any) -> Callable[[int], None]:
    """The step in Python."""
    import pytorch_from_lua as torch
    from pytorch_from_lua import nn, optim

    net = net_of(nn, nn.View(128)).to(dtype)
    optimizer = optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    return step_of(net, nn.NLLLoss(), optimizer, torch.from_numpy(x), torch.from_numpy(y))


LUA = """
require 'nn'
require 'optim'
local x, y, kind = ...
torch.setdefaulttensortype(kind)
local net = nn.Sequential()
net:add(nn.SpatialConvolution(1, 16, 3, 3, 1, 1, 1, 1)):add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2))
net:add(nn.SpatialConvolution(16, 32, 3, 3, 1, 1, 1, 1)):add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2))
net:add(nn.View(128)):add(nn.Linear(128, 64)):add(nn.ReLU()):add(nn.Linear(64, 10)):add(nn.LogSoftMax())
local criterion = nn.ClassNLLCriterion()
local parameters, gradients = net:getParameters()
local state = {learningRate = 0.01, momentum = 0.9, dampening = 0}
local function feval()
   gradients:zero()
   local output = net:forward(x)
   local loss = criterion:forward(output, y)
   net:backward(x, criterion:backward(output, y))
   return loss, gradients
end
return function(count)
   for _ = 1, count do optim.sgd(feval, parameters, state) end
end
"""


def lua(dtype: str, x: Any, y: Any) -> Callable[[int], None]:
    """The step in Lua."""
    import lua_compat
    from pytorch_from_lua.tensor import Tensor

    runtime = lua_compat.Runtime()
    kind = {"float32": "torch.FloatTensor", "float64": "torch.DoubleTensor"}[dtype]
    run = runtime.execute(LUA, Tensor.from_array(x), Tensor.from_array((y + 1).astype(x.dtype)), kind)
    return lambda count: runtime.call(run, count)  # type: ignore[no-any-return]


def peer(dtype: str, x: Any, y: Any) -> Callable[[int], None]:
    """The step in PyTorch."""
    import torch
    from torch import nn

    net = net_of(nn, nn.Flatten()).to(getattr(torch, dtype))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    return step_of(net, nn.NLLLoss(), optimizer, torch.from_numpy(x), torch.from_numpy(y))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=300, help="steps of each in all, after as many to warm up")
    parser.add_argument("--threads", type=int, default=1, help="threads of PyTorch (ours: OPENBLAS_NUM_THREADS)")
    options = parser.parse_args()
    contestants: dict[str, Callable[..., Any]] = {"Python": ours, "Lua": lua}
    try:
        import torch

        torch.set_num_threads(options.threads)
        contestants["PyTorch"] = peer
    except ImportError:
        print("PyTorch is not installed: no comparison")
    random = np.random.default_rng(0)
    for dtype in ("float32", "float64"):
        x = random.standard_normal((BATCH, 1, 8, 8)).astype(dtype)
        y = random.integers(0, 10, BATCH)
        runs = {name: make(dtype, x, y) for name, make in contestants.items()}
        count = max(1, options.steps // ROUNDS)
        times: dict[str, list[float]] = {name: [] for name in runs}
        for run in runs.values():
            run(options.steps)
        for _ in range(ROUNDS):
            for name, run in runs.items():
                start = time.perf_counter()
                run(count)
                times[name].append((time.perf_counter() - start) / count)
        medians = {name: statistics.median(t) for name, t in times.items()}
        for name, median in medians.items():
            ratio = f", {median / medians['PyTorch']:.2f} of PyTorch's" if "PyTorch" in medians else ""
            print(f"{dtype} {name}: {median * 1e6:.0f} us a step{ratio}")


if __name__ == "__main__":
    main()
