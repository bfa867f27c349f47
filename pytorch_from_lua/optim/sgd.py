"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pytorch_from_lua.errors import OptimizerError
from pytorch_from_lua.kernels.optimizer import sgd_step_
from pytorch_from_lua.optim.optimizer import Optimizer, check


class SGD(Optimizer):
    """Gradient descent with momentum (Polyak, 1964; Nesterov, 1983; PyTorch's ``optim.SGD``).

    ``g = grad + weight_decay * p``; ``v = momentum * v + (1 - dampening) * g`` (``v = g`` at first); ``p -= lr * v``,
    or ``p -= lr * (g + momentum * v)`` with ``nesterov``. Torch7's ``optim.sgd`` takes ``dampening = momentum``
    where none is given; here it is 0 as in PyTorch.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        for name, value in [("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)]:
            check(name, value, 0.0)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise OptimizerError("nesterov: needs a momentum and a dampening of 0")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
        }
        super().__init__(params, defaults)

    def _update(self, param: Any, grad: Any, state: dict[str, Any], options: dict[str, Any]) -> None:
        sgd_step_(
            param,
            grad,
            state,
            lr=options["lr"],
            momentum=options["momentum"],
            dampening=options["dampening"],
            weight_decay=options["weight_decay"],
            nesterov=options["nesterov"],
        )
