"""Steps divided by running sums and means of squared gradients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pytorch_from_lua.kernels.optimizer_adaptive import adadelta_step_, adagrad_step_, rmsprop_step_
from pytorch_from_lua.optim.optimizer import Optimizer, check, check_options


class Adadelta(Optimizer):
    """Steps as large as steps were, against gradients (Zeiler, 2012; PyTorch's ``Adadelta``, Torch7's ``adadelta``).

    ``v = rho v + (1 - rho) g^2``; ``d = sqrt(a + eps) / sqrt(v + eps) * g``; ``a = rho a + (1 - rho) d^2``;
    ``p -= lr * d``. Torch7 has no ``lr``, which is 1.

    Args:
        params: tensors, or groups of them.
        lr: the factor of the step.
        rho: how much of ``v`` and of ``a`` is kept, from 0 to 1.
        eps: added under both roots.
        weight_decay: the factor of the parameter in the gradient.
        maximize: whether to go uphill.

    Raises:
        OptimizerError: for an option out of range.
    """

    _kernel = staticmethod(adadelta_step_)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        check_options(lr=lr, eps=eps, weight_decay=weight_decay)
        check("rho", rho, 0.0, 1.0)
        defaults = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, defaults)


class Adagrad(Optimizer):
    """Steps over the root of all squares so far (Duchi et al., 2011; PyTorch's ``Adagrad``, Torch7's ``adagrad``).

    ``s = s + g^2``; ``p -= lr / (1 + (t - 1) lr_decay) * g / (sqrt(s) + eps)``. Torch7's ``lr`` is 1e-3 where none is
    given, and its ``lr_decay`` learningRateDecay.

    Args:
        params: tensors, or groups of them.
        lr: the size of the first step.
        lr_decay: how fast steps shrink.
        weight_decay: the factor of the parameter in the gradient.
        initial_accumulator_value: where ``s`` begins.
        eps: added to the denominator.
        maximize: whether to go uphill.

    Raises:
        OptimizerError: for an option out of range.
    """

    _kernel = staticmethod(adagrad_step_)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        options = {
            "lr": lr,
            "lr_decay": lr_decay,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "eps": eps,
        }
        check_options(**options)
        super().__init__(params, {**options, "maximize": maximize})


class RMSprop(Optimizer):
    """Steps over the root of the mean square (Tieleman and Hinton, 2012; PyTorch's ``RMSprop``, Torch7's ``rmsprop``).

    ``v = alpha v + (1 - alpha) g^2``; ``d = g / (sqrt(v) + eps)``; ``p -= lr * d``, or ``p -= lr * b`` with
    ``b = momentum * b + d``. With ``centered``, the square of the mean gradient is taken off ``v`` (Graves, 2013).

    Args:
        params: tensors, or groups of them.
        lr: the size of the step.
        alpha: how much of ``v`` is kept, from 0 to 1.
        eps: added to the denominator.
        weight_decay: the factor of the parameter in the gradient.
        momentum: how much of ``b`` is kept.
        centered: whether to divide by the deviation from the mean.
        maximize: whether to go uphill.

    Raises:
        OptimizerError: for an option out of range.
    """

    _kernel = staticmethod(rmsprop_step_)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        check_options(lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum)
        defaults = {
            "lr": lr,
            "alpha": alpha,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "centered": centered,
            "maximize": maximize,
        }
        super().__init__(params, defaults)
