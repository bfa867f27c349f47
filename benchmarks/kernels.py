"""The kernels of one training step, without any graph or module around them, beside the same step in PyTorch.

The step is the digits model's: batch 32 of 1 x 8 x 8, two convolutions with ReLU and pooling, two linear layers, log
softmax, NLL and gradient descent. Both sides run in turns in one process, so that a busy machine slows both.

    python -m benchmarks.kernels
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from pytorch_from_lua.kernels.activation import ACTIVATIONS
from pytorch_from_lua.kernels.class_loss import nll_backward, nll_forward
from pytorch_from_lua.kernels.convolution import (
    conv2d_backward_bias,
    conv2d_backward_input,
    conv2d_backward_weight,
    conv2d_forward,
)
from pytorch_from_lua.kernels.linear import (
    linear_backward_bias,
    linear_backward_input,
    linear_backward_weight,
    linear_forward,
)
from pytorch_from_lua.kernels.optimizer import sgd_step_
from pytorch_from_lua.kernels.pooling import max_pool2d_backward, max_pool2d_forward
from pytorch_from_lua.kernels.softmax import log_softmax_backward, log_softmax_forward

ROUNDS, WARM_UP = 300, 120
SHAPES = [(16, 1, 3, 3), (16,), (32, 16, 3, 3), (32,), (64, 128), (64,), (10, 64), (10,)]
RELU = ACTIVATIONS["relu"]


def kernel_step(dtype: str) -> Callable[[], Any]:
    """Return a function that runs the step with our kernels."""
    random = np.random.RandomState(0)
    x = random.randn(32, 1, 8, 8).astype(dtype)
    labels = random.randint(0, 10, 32)
    params = [(random.randn(*shape) * 0.1).astype(dtype) for shape in SHAPES]
    states: list[dict[str, Any]] = [{} for _ in params]

    def step() -> Any:
        w1, b1, w2, b2, w3, b3, w4, b4 = params
        c1 = conv2d_forward(x, w1, b1, padding=1)
        r1 = RELU.forward(c1)
        p1, i1 = max_pool2d_forward(r1, 2)
        c2 = conv2d_forward(p1, w2, b2, padding=1)
        r2 = RELU.forward(c2)
        p2, i2 = max_pool2d_forward(r2, 2)
        flat = p2.reshape(32, 128)
        l3 = linear_forward(flat, w3, b3)
        r3 = RELU.forward(l3)
        l4 = linear_forward(r3, w4, b4)
        y = log_softmax_forward(l4, 1)
        loss, _ = nll_forward(y, labels)

        g = log_softmax_backward(nll_backward(1.0, y, labels), y, 1)
        dw4, db4 = linear_backward_weight(g, r3), linear_backward_bias(g)
        g = RELU.backward(linear_backward_input(g, w4), l3, r3)
        dw3, db3 = linear_backward_weight(g, flat), linear_backward_bias(g)
        g = linear_backward_input(g, w3).reshape(p2.shape)
        g = RELU.backward(max_pool2d_backward(g, i2, r2.shape), c2, r2)
        dw2, db2 = conv2d_backward_weight(g, p1, w2.shape, padding=1), conv2d_backward_bias(g)
        g = conv2d_backward_input(g, w2, p1.shape, padding=1)
        g = RELU.backward(max_pool2d_backward(g, i1, r1.shape), c1, r1)
        dw1, db1 = conv2d_backward_weight(g, x, w1.shape, padding=1), conv2d_backward_bias(g)
        grads = (dw1, db1, dw2, db2, dw3, db3, dw4, db4)
        for param, grad, state in zip(params, grads, states, strict=True):
            sgd_step_(param, grad, state, lr=0.01)
        return loss

    return step


def torch_step(dtype: str) -> Callable[[], Any]:
    """Return a function that runs the step in PyTorch."""
    import torch
    from torch import nn

    model = nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10), nn.LogSoftmax(1)),
    ).to(getattr(torch, dtype))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    random = np.random.RandomState(0)
    x = torch.from_numpy(random.randn(32, 1, 8, 8).astype(dtype))
    labels = torch.from_numpy(random.randint(0, 10, 32))

    def step() -> Any:
        optimizer.zero_grad()
        loss = nn.functional.nll_loss(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss

    return step


def compare(dtype: str) -> None:
    """Print the medians of both and their ratio."""
    sides = {"kernels": kernel_step(dtype)}
    try:
        sides["torch"] = torch_step(dtype)
    except ImportError:
        print("PyTorch is not installed: nothing to compare with")
    times: dict[str, list[float]] = {name: [] for name in sides}
    for i in range(WARM_UP + ROUNDS):
        for name, step in sides.items():
            start = time.perf_counter()
            step()
            if i >= WARM_UP:
                times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) * 1e6 for name, values in times.items()}
    shown = ", ".join(f"{name} {value:.0f} us" for name, value in medians.items())
    ratio = f", ratio {medians['kernels'] / medians['torch']:.2f}" if "torch" in medians else ""
    print(f"digits training step, {dtype}: {shown}{ratio}")


if __name__ == "__main__":
    for dtype in ("float32", "float64"):
        compare(dtype)
