"""Gradient descent, plain and averaged, and resilient propagation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pytorch_from_lua.errors import OptimizerError
from pytorch_from_lua.kernels.optimizer import asgd_step_, rprop_step_, sgd_step_
from pytorch_from_lua.optim.optimizer import Optimizer, check, check_options


class SGD(Optimizer):
    """Gradient descent with momentum (Polyak, 1964; Nesterov, 1983; PyTorch's ``optim.SGD``).

    ``g = grad + weight_decay * p``; ``v = momentum * v + (1 - dampening) * g`` (``v = g`` at first); ``p -= lr * v``,
    or ``p -= lr * (g + momentum * v)`` with ``nesterov``. Torch7's ``optim.sgd`` takes ``dampening = momentum``
    where none is given; here it is 0 as in PyTorch.

    Args:
        params: tensors, or groups of them.
        lr: the size of the step.
        momentum: how much of ``v`` is kept.
        dampening: how much of the gradient does not enter ``v``.
        weight_decay: the factor of the parameter in the gradient.
        nesterov: whether to look ahead.
        maximize: whether to go uphill.

    Raises:
        OptimizerError: for an option out of range, or ``nesterov`` without momentum or with dampening.
    """

    _kernel = staticmethod(sgd_step_)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        check_options(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise OptimizerError("nesterov: needs a momentum and a dampening of 0")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, defaults)


class ASGD(Optimizer):
    """Averaged gradient descent (Polyak and Juditsky, 1992; PyTorch's ``optim.ASGD``, Torch7's ``optim.asgd``).

    ``p = (1 - lambd * eta) p - eta * g`` with ``eta = lr / (1 + lambd * lr * t)^alpha``. From step ``t0`` on, the
    state's "ax" is the mean of the parameters. Torch7 calls ``lr`` eta0 and takes 1e-4 where none is given.

    Args:
        params: tensors, or groups of them.
        lr: the size of the first step.
        lambd: how fast parameters and steps shrink.
        alpha: the power of the steps' decay.
        t0: when the averaging begins.
        weight_decay: the factor of the parameter in the gradient.
        maximize: whether to go uphill.

    Raises:
        OptimizerError: for an option out of range.
    """

    _kernel = staticmethod(asgd_step_)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        check_options(lr=lr, weight_decay=weight_decay)
        defaults = {"lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0}
        super().__init__(params, {**defaults, "weight_decay": weight_decay, "maximize": maximize})


class Rprop(Optimizer):
    """Resilient propagation (Riedmiller and Braun, 1993; PyTorch's ``optim.Rprop``, Torch7's ``optim.rprop``).

    Each element has a step of its own, which grows while its gradient keeps its sign and shrinks when it turns. Torch7
    calls ``lr`` stepsize and takes 0.1 where none is given.

    Args:
        params: tensors, or groups of them.
        lr: the size of the first step.
        etas: by what steps shrink and grow.
        step_sizes: the smallest and the largest step.
        maximize: whether to go uphill.

    Raises:
        OptimizerError: for an option out of range.
    """

    _kernel = staticmethod(rprop_step_)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50.0),
        *,
        maximize: bool = False,
    ) -> None:
        check("lr", lr, 0.0)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise OptimizerError(f"etas: needs one between 0 and 1 and one above 1, got {etas}")
        super().__init__(params, {"lr": lr, "etas": etas, "step_sizes": step_sizes, "maximize": maximize})
