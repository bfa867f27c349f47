"""A training step of a convolutional net on the GPU beside the CPU, and beside PyTorch's where it is installed.

Run it where there is a GPU: ``python benchmarks/gpu.py``.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

BATCH, STEPS = 128, 20


def net(nn: Any) -> Any:
    layers: list[Any] = []
    channels = 3
    for width in (32, 64, 128):
        layers += [nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2)]
        channels = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(128 * 4 * 4, 256), nn.ReLU(), nn.Linear(256, 10))


def step_of(torch: Any, device: str) -> Callable[[], None]:
    torch.manual_seed(0)
    model = net(torch.nn).to(device)
    x = torch.randn(BATCH, 3, 32, 32).to(device)
    y = (torch.arange(BATCH) % 10).to(device)
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)

    def step() -> None:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()

    return step


def seconds(step: Callable[[], None], wait: Callable[[], None], steps: int) -> float:
    for _ in range(5):
        step()
    taken = []
    for _ in range(steps):
        wait()
        start = time.perf_counter()
        step()
        wait()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    ours = import_module("pytorch_from_lua")
    import_module("pytorch_from_lua.nn")
    import_module("pytorch_from_lua.optim")
    if not ours.cuda.is_available():
        print("needs CuPy and a CUDA device")
        return
    rows = {"ours, CPU": seconds(step_of(ours, "cpu"), lambda: None, 5)}
    rows["ours, GPU"] = seconds(step_of(ours, "cuda"), ours.cuda.synchronize, STEPS)
    try:
        torch = import_module("torch")
    except ImportError:
        torch = None
    if torch is not None and torch.cuda.is_available():
        rows["PyTorch, GPU"] = seconds(step_of(torch, "cuda"), torch.cuda.synchronize, STEPS)
    for name, taken in rows.items():
        print(f"{name:14} {taken * 1e3:9.2f} ms a step   {taken / rows['ours, GPU']:7.2f} of ours on the GPU")


if __name__ == "__main__":
    main()
