"""Whole training steps of four nets in Python, in Lua and in PyTorch, in turns, in float32.

    python benchmarks/training_steps.py [--case lenet,vgg] [--threads 2] [--rounds 7] [--profile]

A step is forward, loss, backward and gradient descent with momentum; one of DCGAN is a step of the discriminator and
one of the generator. All three start from the same kind of net and batch. Each number is a median; a ratio is the
median of the ratios of the turns, in which the three run one after another, so that a busy machine slows all. With
one thread each, the time is the processor's, which a busy machine does not lengthen; with more it is the clock's. With
``--profile`` the time of each kind of kernel follows, ours and PyTorch's.

Each of the three has a process of its own, which sleeps while another has its turn, so that none meets the threads of
another. Threads that wait for work sleep (`PATIENT`). By default those of GNU's OpenMP, which PyTorch has, and of
OpenBLAS look for it again and again: where cores are not free, that takes the processor from the thread that is waited
for, and a step of LeNet takes ten times as long. Where OpenBLAS shares out a product, the thread that asked for it
still waits that way, so ours are slower with two threads on a busy machine than its load alone would make them: there,
only what one thread takes says something.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

Step = Callable[[], Any]
VGG = (64, 64, "pool", 128, 128, "pool", 256, 256, 256, "pool", 512, 512, 512, "pool", 512, 512, 512, "pool")
SHAPES = {"lenet": (64, 1, 28, 28), "vgg": (16, 3, 32, 32), "resnet": (16, 3, 32, 32), "dcgan": (16, 3, 64, 64)}


# -- the nets in Python, out of our `nn` or PyTorch's: they have the same names ----------------------------------------


def lenet(nn: Any) -> Any:
    """Two convolutions and three linear layers (LeCun et al., 1998)."""
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    )


def vgg(nn: Any) -> Any:
    """Thirteen convolutions with batch normalisation (Simonyan and Zisserman, 2015), for images of 32 x 32."""
    layers: list[Any] = []
    channels: Any = 3
    for width in VGG:
        if width == "pool":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
            channels = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


def resnet(nn: Any) -> Any:
    """ResNet-18 (He et al., 2016), for images of 32 x 32."""

    def conv(channels: int, width: int, size: int, stride: int) -> list[Any]:
        made = nn.Conv2d(channels, width, size, stride=stride, padding=size // 2, bias=False)
        return [made, nn.BatchNorm2d(width)]

    class Block(nn.Module):  # type: ignore[misc]
        def __init__(self, channels: int, width: int, stride: int) -> None:
            super().__init__()
            self.main = nn.Sequential(*conv(channels, width, 3, stride), nn.ReLU(), *conv(width, width, 3, 1))
            same = stride == 1 and channels == width
            self.short = nn.Sequential() if same else nn.Sequential(*conv(channels, width, 1, stride))
            self.relu = nn.ReLU()

        def forward(self, x: Any) -> Any:
            return self.relu(self.main(x) + self.short(x))

    layers = [*conv(3, 64, 3, 1), nn.ReLU()]
    channels = 64
    for width, stride in ((64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)):
        layers.append(Block(channels, width, stride))
        channels = width
    return nn.Sequential(*layers, nn.AvgPool2d(4), nn.Flatten(), nn.Linear(512, 10))


def generator(nn: Any) -> Any:
    """DCGAN's generator of images of 64 x 64 from 100 numbers (Radford et al., 2016)."""
    layers, channels = [], 100
    for width, stride, padding in ((512, 1, 0), (256, 2, 1), (128, 2, 1), (64, 2, 1)):
        up = nn.ConvTranspose2d(channels, width, 4, stride, padding, bias=False)
        layers += [up, nn.BatchNorm2d(width), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers, nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh())


def discriminator(nn: Any) -> Any:
    """DCGAN's discriminator."""
    layers, channels = [nn.Conv2d(3, 64, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)], 64
    for width in (128, 256, 512):
        layers += [nn.Conv2d(channels, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.LeakyReLU(0.2)]
        channels = width
    return nn.Sequential(*layers, nn.Conv2d(512, 1, 4, 1, 0, bias=False), nn.Sigmoid(), nn.Flatten())


NETS = {"lenet": lenet, "vgg": vgg, "resnet": resnet}


def python_step(case: str, torch: Any, nn: Any, optim: Any, x: Any, y: Any) -> Step:
    """The step in Python, ours or PyTorch's."""
    images, labels = torch.from_numpy(x), torch.from_numpy(y)
    if case == "dcgan":
        return adversarial_step(torch, nn, optim, images)
    net, loss = NETS[case](nn), nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.001, momentum=0.9)

    def step() -> Any:
        optimizer.zero_grad()
        value = loss(net(images), labels)
        value.backward()
        optimizer.step()
        return value.item()

    return step


def adversarial_step(torch: Any, nn: Any, optim: Any, images: Any) -> Step:
    """A step of the discriminator, on real images and on drawn ones, and one of the generator."""
    G, D, loss = generator(nn), discriminator(nn), nn.BCELoss()
    optimizers = [optim.SGD(net.parameters(), lr=0.001, momentum=0.9) for net in (G, D)]
    noise = torch.randn(len(images), 100, 1, 1)
    real, fake = torch.ones(len(images), 1), torch.zeros(len(images), 1)

    def step() -> Any:
        drawn = G(noise)
        optimizers[1].zero_grad()
        loss(D(images), real).backward()
        loss(D(drawn.detach()), fake).backward()
        optimizers[1].step()
        optimizers[0].zero_grad()
        value = loss(D(drawn), real)
        value.backward()
        optimizers[0].step()
        return value.item()

    return step


# -- the same in Lua ---------------------------------------------------------------------------------------------------

LUA = """
require 'nn'
require 'optim'
local case, x, y = ...
torch.setdefaulttensortype('torch.FloatTensor')
local state = function() return {learningRate = 0.001, momentum = 0.9, dampening = 0} end

local function lenet()
   local net = nn.Sequential()
   net:add(nn.SpatialConvolution(1, 6, 5, 5, 1, 1, 2, 2)):add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2))
   net:add(nn.SpatialConvolution(6, 16, 5, 5)):add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2)):add(nn.View(400))
   net:add(nn.Linear(400, 120)):add(nn.ReLU()):add(nn.Linear(120, 84)):add(nn.ReLU()):add(nn.Linear(84, 10))
   return net
end

local function vgg()
   local net, channels = nn.Sequential(), 3
   local widths = {64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0}
   for _, width in ipairs(widths) do
      if width == 0 then
         net:add(nn.SpatialMaxPooling(2, 2))
      else
         net:add(nn.SpatialConvolution(channels, width, 3, 3, 1, 1, 1, 1))
         net:add(nn.SpatialBatchNormalization(width)):add(nn.ReLU(true))
         channels = width
      end
   end
   return net:add(nn.View(512)):add(nn.Linear(512, 512)):add(nn.ReLU(true)):add(nn.Linear(512, 10))
end

local function resnet()
   local function conv(net, channels, width, size, stride)
      local pad = (size - 1) / 2
      net:add(nn.SpatialConvolution(channels, width, size, size, stride, stride, pad, pad):noBias())
      return net:add(nn.SpatialBatchNormalization(width))
   end
   local net, channels = conv(nn.Sequential(), 3, 64, 3, 1):add(nn.ReLU(true)), 64
   for i, width in ipairs {64, 64, 128, 128, 256, 256, 512, 512} do
      local stride = i % 2 == 1 and i > 1 and 2 or 1
      local main = conv(nn.Sequential(), channels, width, 3, stride):add(nn.ReLU(true))
      conv(main, width, width, 3, 1)
      local same = stride == 1 and channels == width
      local short = same and nn.Identity() or conv(nn.Sequential(), channels, width, 1, stride)
      net:add(nn.ConcatTable():add(main):add(short)):add(nn.CAddTable(true)):add(nn.ReLU(true))
      channels = width
   end
   return net:add(nn.SpatialAveragePooling(4, 4, 1, 1)):add(nn.View(512)):add(nn.Linear(512, 10))
end

local function generator()
   local net, channels = nn.Sequential(), 100
   for _, row in ipairs {{512, 1, 0}, {256, 2, 1}, {128, 2, 1}, {64, 2, 1}} do
      local width, stride, pad = unpack(row)
      net:add(nn.SpatialFullConvolution(channels, width, 4, 4, stride, stride, pad, pad):noBias())
      net:add(nn.SpatialBatchNormalization(width)):add(nn.ReLU(true))
      channels = width
   end
   return net:add(nn.SpatialFullConvolution(64, 3, 4, 4, 2, 2, 1, 1):noBias()):add(nn.Tanh())
end

local function discriminator()
   local net, channels = nn.Sequential(), 64
   net:add(nn.SpatialConvolution(3, 64, 4, 4, 2, 2, 1, 1):noBias()):add(nn.LeakyReLU(0.2, true))
   for _, width in ipairs {128, 256, 512} do
      net:add(nn.SpatialConvolution(channels, width, 4, 4, 2, 2, 1, 1):noBias())
      net:add(nn.SpatialBatchNormalization(width)):add(nn.LeakyReLU(0.2, true))
      channels = width
   end
   return net:add(nn.SpatialConvolution(512, 1, 4, 4):noBias()):add(nn.Sigmoid()):add(nn.View(1))
end

if case == 'dcgan' then
   local G, D, criterion = generator(), discriminator(), nn.BCECriterion()
   local g, dg = G:getParameters()
   local d, dd = D:getParameters()
   local of_g, of_d = state(), state()
   local count = x:size(1)
   local noise = torch.randn(count, 100, 1, 1)
   local real, fake = torch.ones(count, 1), torch.zeros(count, 1)
   local function pass(images, target)
      local output = D:forward(images)
      local loss = criterion:forward(output, target)
      return loss, criterion:backward(output, target)
   end
   return function()
      local drawn = G:forward(noise)
      optim.sgd(function()
         dd:zero()
         local loss, gradient = pass(x, real)
         D:backward(x, gradient)
         loss, gradient = pass(drawn, fake)
         D:backward(drawn, gradient)
         return loss, dd
      end, d, of_d)
      local _, losses = optim.sgd(function()
         dg:zero()
         local loss, gradient = pass(drawn, real)
         G:backward(noise, D:updateGradInput(drawn, gradient))
         return loss, dg
      end, g, of_g)
      return losses[1]
   end
end

local net = ({lenet = lenet, vgg = vgg, resnet = resnet})[case]()
local criterion = nn.CrossEntropyCriterion()
local parameters, gradients = net:getParameters()
local own = state()
local function feval()
   gradients:zero()
   local output = net:forward(x)
   local loss = criterion:forward(output, y)
   net:backward(x, criterion:backward(output, y))
   return loss, gradients
end
return function()
   local _, losses = optim.sgd(feval, parameters, own)
   return losses[1]
end
"""


def ours(case: str, x: Any, y: Any) -> Step:
    """The step in Python."""
    import pytorch_from_lua as torch
    from pytorch_from_lua import nn, optim

    return python_step(case, torch, nn, optim, x, y)


def lua(case: str, x: Any, y: Any) -> Step:
    """The step in Lua."""
    import lua_compat
    from pytorch_from_lua.tensor import Tensor

    runtime = lua_compat.Runtime()
    run = runtime.execute(LUA, case, Tensor.from_array(x), Tensor.from_array((y + 1).astype(x.dtype)))
    return lambda: runtime.call(run)


def peer(case: str, x: Any, y: Any) -> Step:
    """The step in PyTorch."""
    import torch
    from torch import nn, optim

    return python_step(case, torch, nn, optim, x, y)


# -- measuring ---------------------------------------------------------------------------------------------------------


CLOCK = [time.perf_counter]


def turn(step: Step, seconds: float) -> float:
    """Return the time of one step, out of as many as fit into about so many seconds."""
    count, start = 0, CLOCK[0]()
    while True:
        step()
        count += 1
        elapsed = CLOCK[0]() - start
        if elapsed >= seconds:
            return elapsed / count


class Profile:
    """The time spent in each kernel, less that of the kernels which it calls."""

    def __init__(self) -> None:
        self.times: dict[str, float] = defaultdict(float)
        self.inside = [0.0]

    def watch(self) -> None:
        """Put a clock around every kernel; before anything has looked one up."""
        import importlib

        for name in ("convolution", "pooling", "normalization", "linear", "optimizer", "class_loss", "loss", "softmax"):
            module = importlib.import_module(f"pytorch_from_lua.kernels.{name}")
            for key, function in list(vars(module).items()):
                if key.endswith(("_forward", "_backward", "_step_")) or "_backward_" in key:
                    setattr(module, key, self.clocked(key, function))
        table = importlib.import_module("pytorch_from_lua.kernels.activation").ACTIVATIONS
        for key, row in list(table.items()):
            forward, backward = self.clocked(f"{key}_forward", row.forward), self.clocked(f"{key}_back", row.backward)
            table[key] = row._replace(forward=forward, backward=backward)

    def clocked(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, whose time is kept."""

        def run(*args: Any, **named: Any) -> Any:
            self.inside.append(0.0)
            start = CLOCK[0]()
            try:
                return function(*args, **named)
            finally:
                elapsed = CLOCK[0]() - start
                self.times[name] += elapsed - self.inside.pop()
                self.inside[-1] += elapsed

        return run

    def show(self, step: Step, steps: int = 3) -> None:
        """Print where the time of a step goes."""
        self.times.clear()
        start = CLOCK[0]()
        for _ in range(steps):
            step()
        self.times["everything else"] = CLOCK[0]() - start - sum(self.times.values())
        for name, seconds in sorted(self.times.items(), key=lambda item: -item[1]):
            if seconds / steps >= 5e-5:
                print(f"      {seconds / steps * 1e3:9.2f} ms  {name}")


def show_peer(step: Step, steps: int = 3) -> None:
    """Print where the time of PyTorch's step goes."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU]) as found:
        for _ in range(steps):
            step()
    rows = sorted(found.key_averages(), key=lambda row: -row.self_cpu_time_total)
    for row in rows[:14]:
        print(f"      {row.self_cpu_time_total / steps / 1e3:9.2f} ms  {row.key}")


# -- a process for each ------------------------------------------------------------------------------------------------


#: The environment in which threads of GNU's and Intel's OpenMP and of OpenBLAS sleep while they wait.
PATIENT = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0", "KMP_BLOCKTIME": "0", "OPENBLAS_THREAD_TIMEOUT": "4"}
#: Seconds until every loop that is worth it has been compiled or read from disk.
WARM = 3.0
CONTESTANTS = {"Python": ours, "Lua": lua, "PyTorch": peer}


def work(name: str, make: Callable[..., Step], threads: int, watched: bool, orders: Connection) -> None:
    """Make steps and take turns as one contestant, as ordered, until there are no more orders."""
    if name == "PyTorch":
        import torch

        torch.set_num_threads(threads)
    else:
        from pytorch_from_lua import set_num_threads

        set_num_threads(threads)
    if threads == 1:
        CLOCK[0] = time.process_time
    clock = Profile()
    if watched and name != "PyTorch":
        clock.watch()
    step: Step = list
    for order, *arguments in iter(orders.recv, None):
        answer = None
        if order == "make":
            step = make(*arguments)
        elif order == "turn":
            answer = turn(step, *arguments)
        elif name == "PyTorch":
            show_peer(step)
        else:
            clock.show(step)
        orders.send(answer)


class Contestant:
    """One that takes turns, in its process; ``make`` gives its step, for what is ordered."""

    def __init__(self, name: str, make: Callable[..., Step], threads: int, watched: bool) -> None:
        context = multiprocessing.get_context("spawn")
        self.orders, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(name, make, threads, watched, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def ask(self, *order: Any) -> Any:
        """Give an order and return the answer; the others sleep meanwhile."""
        self.orders.send(order)
        return self.orders.recv()

    def end(self) -> None:
        """Let the process end."""
        self.orders.send(None)
        self.process.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", default=",".join(SHAPES), help="which nets, of " + ", ".join(SHAPES))
    parser.add_argument("--threads", type=int, default=2, help="threads of each")
    parser.add_argument("--rounds", type=int, default=7, help="how many turns each has")
    parser.add_argument("--seconds", type=float, default=0.3, help="how long a turn is at least")
    parser.add_argument("--batch", type=int, help="another number of images")
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    options = parser.parse_args()
    names = list(CONTESTANTS)
    if importlib.util.find_spec("torch") is None:
        names.remove("PyTorch")
        print("PyTorch is not installed: no comparison")
    os.environ.update(PATIENT)
    contestants = {name: Contestant(name, CONTESTANTS[name], options.threads, options.profile) for name in names}
    print(f"{options.threads} threads     " + "".join(f"{name:>16}" for name in names))
    for case in options.case.split(","):
        batch, *image = SHAPES[case]
        random = np.random.default_rng(0)
        x = random.standard_normal((options.batch or batch, *image), np.float32)
        y = random.integers(0, 10, len(x))
        times: dict[str, list[float]] = {name: [] for name in names}
        for contestant in contestants.values():
            contestant.ask("make", case, x, y)
            contestant.ask("turn", max(WARM, 3 * options.seconds))  # loops are compiled, memory is had
        for _ in range(options.rounds):
            for name, contestant in contestants.items():
                times[name].append(contestant.ask("turn", options.seconds))
        cells = ""
        for taken in times.values():
            base = times.get("PyTorch", taken)
            ratio = statistics.median(t / b for t, b in zip(taken, base, strict=True))
            cells += f"{statistics.median(taken) * 1e3:8.2f} ms {ratio:4.2f}"
        print(f"{case:>8} {len(x):>3}  {cells}", flush=True)
        if options.profile:
            for name, contestant in contestants.items():
                print(f"   {name}:", flush=True)
                contestant.ask("profile")
    for contestant in contestants.values():
        contestant.end()


if __name__ == "__main__":
    main()
