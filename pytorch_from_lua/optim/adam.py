"""Adam."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pytorch_from_lua.kernels.optimizer import adam_step_
from pytorch_from_lua.optim.optimizer import Optimizer, check


class Adam(Optimizer):
    """Steps scaled by running moments of the gradient (Kingma and Ba, 2015; PyTorch's ``optim.Adam``).

    ``m = b1 m + (1 - b1) g``; ``v = b2 v + (1 - b2) g^2``; ``p -= lr / (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + eps)``
    with ``g = grad + weight_decay * p``. Torch7's ``optim.adam`` adds ``eps`` before the correction of ``v``.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        for name, value in [("lr", lr), ("eps", eps), ("weight_decay", weight_decay)]:
            check(name, value, 0.0)
        check("betas[0]", betas[0], 0.0, 1.0)
        check("betas[1]", betas[1], 0.0, 1.0)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def _update(self, param: Any, grad: Any, state: dict[str, Any], options: dict[str, Any]) -> None:
        adam_step_(
            param,
            grad,
            state,
            lr=options["lr"],
            betas=options["betas"],
            eps=options["eps"],
            weight_decay=options["weight_decay"],
        )
