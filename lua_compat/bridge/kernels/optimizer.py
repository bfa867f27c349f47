"""Steps of optim.sgd and optim.adam in one loop."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from lua_compat.bridge.kernels.common import changed, exported
from pytorch_from_lua.kernels import optimizer
from pytorch_from_lua.tensor import Tensor


def _step(name: str, tensors: tuple[Tensor, ...], numbers: tuple[float, ...]) -> bool:
    """The step; false, with nothing changed, where the tensors have not the usual form or share elements."""
    arrays = tuple([t.array for t in tensors])
    if any(type(a) is not np.ndarray for a in arrays) or any(
        np.may_share_memory(*two) for two in combinations(arrays, 2)
    ):
        return False
    if not optimizer.fused_step_(name, arrays, numbers):
        return False
    for index, tensor in enumerate(tensors):
        if index != 1:  # the gradient
            changed(tensor)
    return True


@exported
def momentum_step(x: Tensor, gradient: Tensor, velocity: Tensor, rate: float, momentum: float, fresh: float) -> bool:
    """``velocity = momentum * velocity + fresh * gradient``, ``x = x - rate * velocity``; whether it was done."""
    return _step("sgd_momentum", (x, gradient, velocity), (rate, momentum, fresh))


@exported
def adam_step(
    x: Tensor,
    gradient: Tensor,
    mean: Tensor,
    square: Tensor,
    root: Tensor,
    beta1: float,
    beta2: float,
    epsilon: float,
    step: float,
) -> bool:
    """The moments, ``root = sqrt(square) + epsilon`` and ``x = x - step * mean / root``; whether it was done."""
    numbers = (beta1, 1 - beta1, beta2, 1 - beta2, epsilon, step)
    return _step("adam_torch7", (x, gradient, mean, square, root), numbers)
