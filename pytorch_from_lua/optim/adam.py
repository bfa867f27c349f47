"""Adam and its relatives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pytorch_from_lua.kernels.optimizer import adam_step_
from pytorch_from_lua.kernels.optimizer_adaptive import adamax_step_, nadam_step_, radam_step_
from pytorch_from_lua.optim.optimizer import Optimizer, check_options


class Adam(Optimizer):
    """Steps scaled by running moments of the gradient (Kingma and Ba, 2015; PyTorch's ``optim.Adam``).

    ``m = b1 m + (1 - b1) g``; ``v = b2 v + (1 - b2) g^2``; ``p -= lr / (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + eps)``
    with ``g = grad + weight_decay * p``. Torch7's ``optim.adam`` adds ``eps`` before the correction of ``v``.

    Args:
        params: tensors, or groups of them.
        lr: the size of the step.
        betas: how much of ``m`` and of ``v`` is kept.
        eps: added to the denominator.
        weight_decay: the factor of the parameter in the gradient.
        amsgrad: whether the largest ``v`` so far takes its place (Reddi et al., 2018).
        maximize: whether to go uphill.
        decoupled_weight_decay: whether to do as `AdamW`.

    Raises:
        OptimizerError: for an option out of range.
    """

    _kernel = staticmethod(adam_step_)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_options(betas, lr=lr, eps=eps, weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters themselves (Loshchilov and Hutter, 2019; PyTorch's ``AdamW``).

    ``p = (1 - lr * weight_decay) p``, then Adam's step by the gradient alone.

    Args:
        params: tensors, or groups of them.
        lr: the size of the step.
        betas: how much of the two moments is kept.
        eps: added to the denominator.
        weight_decay: how fast parameters shrink.
        amsgrad: whether the denominator never becomes smaller.
        maximize: whether to go uphill.

    Raises:
        OptimizerError: for an option out of range.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, decoupled_weight_decay=True)


class Adamax(Optimizer):
    """Adam over the largest gradient (Kingma and Ba, 2015; PyTorch's ``Adamax``, Torch7's ``optim.adamax``).

    ``m = b1 m + (1 - b1) g``; ``u = max(b2 u, |g| + eps)``; ``p -= lr / (1 - b1^t) * m / u``. Torch7's ``eps`` is 1e-38
    where none is given.

    Args:
        params: tensors, or groups of them.
        lr: the size of the step.
        betas: how much of ``m`` and of ``u`` is kept.
        eps: added to the size of the gradient.
        weight_decay: the factor of the parameter in the gradient.
        maximize: whether to go uphill.

    Raises:
        OptimizerError: for an option out of range.
    """

    _kernel = staticmethod(adamax_step_)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        check_options(betas, lr=lr, eps=eps, weight_decay=weight_decay)
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, defaults)


class NAdam(Optimizer):
    """Adam with Nesterov's momentum (Dozat, 2016; PyTorch's ``optim.NAdam``).

    Args:
        params: tensors, or groups of them.
        lr: the size of the step.
        betas: how much of the two moments is kept.
        eps: added to the denominator.
        weight_decay: the factor of the parameter in the gradient.
        momentum_decay: how fast the momentum approaches ``betas[0]``.
        decoupled_weight_decay: whether weight decay shrinks the parameters themselves, as in `AdamW`.
        maximize: whether to go uphill.

    Raises:
        OptimizerError: for an option out of range.
    """

    _kernel = staticmethod(nadam_step_)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        check_options(betas, lr=lr, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)


class RAdam(Optimizer):
    """Rectified Adam, whose first steps are not scaled (Liu et al., 2020; PyTorch's ``optim.RAdam``).

    Args:
        params: tensors, or groups of them.
        lr: the size of the step.
        betas: how much of the two moments is kept.
        eps: added to the denominator.
        weight_decay: the factor of the parameter in the gradient.
        decoupled_weight_decay: whether weight decay shrinks the parameters themselves, as in `AdamW`.
        maximize: whether to go uphill.

    Raises:
        OptimizerError: for an option out of range.
    """

    _kernel = staticmethod(radam_step_)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        check_options(betas, lr=lr, eps=eps, weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)
