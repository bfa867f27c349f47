"""Steps that divide each element by a measure of its past gradients, on one parameter array, in place.

Adam stands in `pytorch_from_lua.kernels.optimizer`. Everywhere ``g = grad + weight_decay * p``, ``grad`` is not
changed, ``state`` is empty before the first step, and "step" in it counts the steps, t.
"""

from __future__ import annotations

import math
from typing import Any

from pytorch_from_lua.kernels.namespace import Array, check_shape, namespace
from pytorch_from_lua.kernels.optimizer import decayed, work_like


def _begin(param: Array, grad: Array, state: dict[str, Any], names: tuple[str, ...]) -> int:
    """Check the gradient, make the arrays that the first step needs, and return the number of the step."""
    check_shape("grad", grad, param.shape)
    for name in names:
        if name not in state:
            state[name] = namespace(param).zeros_like(param)
    state["step"] = state.get("step", 0) + 1
    return int(state["step"])


def _average_(average: Array, kept: float, value: Array) -> None:
    """``average = kept * average + (1 - kept) * value``, in place."""
    average *= kept
    average += namespace(average).multiply(value, 1 - kept, out=work_like(average))


def _average_square_(average: Array, kept: float, value: Array) -> None:
    """``average = kept * average + (1 - kept) * value^2``, in place."""
    average *= kept
    work = namespace(average).multiply(value, value, out=work_like(average))
    work *= 1 - kept
    average += work


def adamax_step_(
    param: Array,
    grad: Array,
    state: dict[str, Any],
    *,
    lr: float = 2e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
) -> None:
    """Change ``param`` by one step of Adamax (Kingma and Ba, 2015, section 7; Torch7's ``optim.adamax``).

    ``m = b1 m + (1 - b1) g``; ``u = max(b2 u, |g| + eps)``; ``p -= lr / (1 - b1^t) * m / u``.

    Args:
        param: changed in place.
        grad: the gradient, of the same shape.
        state: keeps "exp_avg" (m) and "exp_inf" (u).
        lr: the size of the step.
        betas: how much of ``m`` and of ``u`` is kept.
        eps: added to the size of the gradient.
        weight_decay: the factor of the parameter in the gradient.
    """
    step = _begin(param, grad, state, ("exp_avg", "exp_inf"))
    xp, mean, largest = namespace(param), state["exp_avg"], state["exp_inf"]
    grad = decayed(grad, param, weight_decay)
    _average_(mean, betas[0], grad)
    largest *= betas[1]
    work = xp.abs(grad, out=work_like(param))
    work += eps
    xp.maximum(largest, work, out=largest)
    xp.divide(mean, largest, out=work)
    work *= lr / (1 - betas[0] ** step)
    param -= work


def adadelta_step_(
    param: Array,
    grad: Array,
    state: dict[str, Any],
    *,
    lr: float = 1.0,
    rho: float = 0.9,
    eps: float = 1e-6,
    weight_decay: float = 0.0,
) -> None:
    """Change ``param`` by one step of Adadelta (Zeiler, 2012; Torch7's ``optim.adadelta``, where ``lr`` is 1).

    ``v = rho v + (1 - rho) g^2``; ``d = sqrt(a + eps) / sqrt(v + eps) * g``; ``a = rho a + (1 - rho) d^2``;
    ``p -= lr * d``.

    Args:
        param: changed in place.
        grad: the gradient, of the same shape.
        state: keeps "square_avg" (v) and "acc_delta" (a).
        lr: the factor of the step.
        rho: how much of ``v`` and of ``a`` is kept.
        eps: added under both roots.
        weight_decay: the factor of the parameter in the gradient.
    """
    _begin(param, grad, state, ("square_avg", "acc_delta"))
    xp, square, steps = namespace(param), state["square_avg"], state["acc_delta"]
    grad = decayed(grad, param, weight_decay)
    _average_square_(square, rho, grad)
    delta = xp.sqrt(steps + eps)
    delta /= xp.sqrt(square + eps)
    delta *= grad
    _average_square_(steps, rho, delta)
    delta *= lr
    param -= delta


def adagrad_step_(
    param: Array,
    grad: Array,
    state: dict[str, Any],
    *,
    lr: float = 1e-2,
    lr_decay: float = 0.0,
    weight_decay: float = 0.0,
    initial_accumulator_value: float = 0.0,
    eps: float = 1e-10,
) -> None:
    """Change ``param`` by one step of Adagrad (Duchi et al., 2011; Torch7's ``optim.adagrad``).

    ``s = s + g^2``; ``p -= lr / (1 + (t - 1) lr_decay) * g / (sqrt(s) + eps)``.

    Args:
        param: changed in place.
        grad: the gradient, of the same shape.
        state: keeps "sum" (s).
        lr: the size of the first step.
        lr_decay: how fast steps shrink.
        weight_decay: the factor of the parameter in the gradient.
        initial_accumulator_value: where ``s`` begins.
        eps: added to the denominator.
    """
    fresh = "sum" not in state
    step = _begin(param, grad, state, ("sum",))
    xp, total = namespace(param), state["sum"]
    if fresh:
        total += initial_accumulator_value
    grad = decayed(grad, param, weight_decay)
    work = xp.multiply(grad, grad, out=work_like(param))
    total += work
    xp.sqrt(total, out=work)
    work += eps
    xp.divide(grad, work, out=work)
    work *= lr / (1 + (step - 1) * lr_decay)
    param -= work


def rmsprop_step_(
    param: Array,
    grad: Array,
    state: dict[str, Any],
    *,
    lr: float = 1e-2,
    alpha: float = 0.99,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    momentum: float = 0.0,
    centered: bool = False,
) -> None:
    """Change ``param`` by one step of RMSprop (Tieleman and Hinton, 2012; Torch7's ``optim.rmsprop``).

    ``v = alpha v + (1 - alpha) g^2``; ``d = g / (sqrt(v) + eps)``; ``p -= lr * d``, or ``p -= lr * b`` with
    ``b = momentum * b + d``. With ``centered``, the square of the mean gradient is taken off ``v`` (Graves, 2013).

    Args:
        param: changed in place.
        grad: the gradient, of the same shape.
        state: keeps "square_avg" (v), and "momentum_buffer" (b) and "grad_avg" where they are needed.
        lr: the size of the step.
        alpha: how much of ``v`` is kept.
        eps: added to the denominator.
        weight_decay: the factor of the parameter in the gradient.
        momentum: how much of ``b`` is kept.
        centered: whether to divide by the deviation from the mean.
    """
    names = ("square_avg", *(("momentum_buffer",) if momentum > 0 else ()), *(("grad_avg",) if centered else ()))
    _begin(param, grad, state, names)
    xp, square = namespace(param), state["square_avg"]
    grad = decayed(grad, param, weight_decay)
    _average_square_(square, alpha, grad)
    if centered:
        mean = state["grad_avg"]
        _average_(mean, alpha, grad)
        square = xp.maximum(square - mean * mean, 0)  # rounding may have made it less
    work = xp.sqrt(square, out=work_like(param))
    work += eps
    direction = xp.divide(grad, work, out=work)
    if momentum > 0:
        velocity = state["momentum_buffer"]
        velocity *= momentum
        velocity += direction
        direction = velocity
    param -= xp.multiply(direction, lr, out=work)


def _moments_(
    param: Array,
    grad: Array,
    state: dict[str, Any],
    lr: float,
    betas: tuple[float, float],
    weight_decay: float,
    decoupled: bool,
) -> tuple[int, Array]:
    """Do weight decay and the averages "exp_avg" and "exp_avg_sq" of Adam; return the step and the gradient."""
    step = _begin(param, grad, state, ("exp_avg", "exp_avg_sq"))
    if decoupled:
        param *= 1 - lr * weight_decay
    else:
        grad = decayed(grad, param, weight_decay)
    _average_(state["exp_avg"], betas[0], grad)
    _average_square_(state["exp_avg_sq"], betas[1], grad)
    return step, grad


def nadam_step_(
    param: Array,
    grad: Array,
    state: dict[str, Any],
    *,
    lr: float = 2e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    momentum_decay: float = 4e-3,
    decoupled_weight_decay: bool = False,
) -> None:
    """Change ``param`` by one step of Adam with Nesterov's momentum (Dozat, 2016).

    With ``mu_t = b1 (1 - 0.96^(t momentum_decay) / 2)`` and ``M_t`` the product of ``mu_1 ... mu_t``:
    ``p -= lr ((1 - mu_t) / (1 - M_t) g + mu_(t+1) / (1 - M_(t+1)) m) / (sqrt(v / (1 - b2^t)) + eps)``.

    Args:
        param: changed in place.
        grad: the gradient, of the same shape.
        state: keeps "exp_avg" (m), "exp_avg_sq" (v) and "mu_product" (M).
        lr: the size of the step.
        betas: how much of ``m`` and of ``v`` is kept.
        eps: added to the denominator.
        weight_decay: the factor of the parameter in the gradient.
        momentum_decay: how fast ``mu`` approaches ``b1``.
        decoupled_weight_decay: whether weight decay shrinks the parameter itself, and leaves the moments alone.
    """
    step, grad = _moments_(param, grad, state, lr, betas, weight_decay, decoupled_weight_decay)
    here, ahead = (betas[0] * (1 - 0.5 * 0.96 ** (t * momentum_decay)) for t in (step, step + 1))
    product = state["mu_product"] = state.get("mu_product", 1.0) * here
    xp = namespace(param)
    work = xp.divide(state["exp_avg_sq"], 1 - betas[1] ** step, out=work_like(param))
    xp.sqrt(work, out=work)
    work += eps
    direction = grad * ((1 - here) / (1 - product))
    direction += state["exp_avg"] * (ahead / (1 - product * ahead))
    direction /= work
    direction *= lr
    param -= direction


def radam_step_(
    param: Array,
    grad: Array,
    state: dict[str, Any],
    *,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    decoupled_weight_decay: bool = False,
) -> None:
    """Change ``param`` by one step of rectified Adam (Liu et al., 2020).

    ``p -= lr * r * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + eps)``, where ``r`` corrects for how few gradients
    ``v`` is made of; while these are too few, ``p -= lr / (1 - b1^t) * m``.

    Args:
        param: changed in place.
        grad: the gradient, of the same shape.
        state: keeps "exp_avg" (m) and "exp_avg_sq" (v).
        lr: the size of the step.
        betas: how much of ``m`` and of ``v`` is kept.
        eps: added to the denominator.
        weight_decay: the factor of the parameter in the gradient.
        decoupled_weight_decay: whether weight decay shrinks the parameter itself, and leaves the moments alone.
    """
    step, grad = _moments_(param, grad, state, lr, betas, weight_decay, decoupled_weight_decay)
    xp, left = namespace(param), betas[1] ** step
    most = 2 / (1 - betas[1]) - 1  # the length of the average in the end, and now
    length = most - 2 * step * left / (1 - left)
    factor = lr / (1 - betas[0] ** step)
    work = work_like(param)
    if length > 5:
        rectified = (length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)
        factor *= math.sqrt(rectified) * math.sqrt(1 - left)
        xp.sqrt(state["exp_avg_sq"], out=work)
        work += eps
        xp.divide(state["exp_avg"], work, out=work)
        work *= factor
    else:
        xp.multiply(state["exp_avg"], factor, out=work)
    param -= work
