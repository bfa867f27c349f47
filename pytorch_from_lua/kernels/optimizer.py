"""Steps of optimizers on one parameter array, in place and without allocating after the first step."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from pytorch_from_lua.kernels import compiled, parallel
from pytorch_from_lua.kernels.namespace import Array, check_shape, namespace

_WORTH_IT = 2048  # fewer elements are sooner done than a loop is called
_scratch = threading.local()
_SCRATCH_ARRAYS = 64  # a model has about that many shapes of parameters; beyond it, start anew


def work_like(like: Array) -> Array:
    """Return an array to compute in, shaped as ``like``; its content is lost at the next call."""
    arrays: dict[Any, Array] | None = getattr(_scratch, "arrays", None)
    if arrays is None:
        arrays = _scratch.arrays = {}
    xp = namespace(like)
    key = (xp.__name__, like.shape, like.dtype.char)
    array = arrays.get(key)
    if array is None:
        if len(arrays) >= _SCRATCH_ARRAYS:
            arrays.clear()
        array = arrays[key] = xp.empty(like.shape, like.dtype)
    return array


def decayed(grad: Array, param: Array, weight_decay: float) -> Array:
    """Return the gradient with that of ``weight_decay / 2 * |param|^2``; ``grad`` itself without weight decay."""
    return grad if weight_decay == 0 else grad + weight_decay * param


def sgd_step_(
    param: Array,
    grad: Array,
    state: dict[str, Any],
    *,
    lr: float,
    momentum: float = 0.0,
    dampening: float = 0.0,
    weight_decay: float = 0.0,
    nesterov: bool = False,
) -> None:
    """Change ``param`` by one step of gradient descent with momentum (Polyak, 1964; Torch7's ``optim.sgd``).

    ``g = grad + weight_decay * p``; ``v = momentum * v + (1 - dampening) * g``, where the first ``v`` is ``g``;
    ``p -= lr * v``, or ``p -= lr * (g + momentum * v)`` with ``nesterov``.

    Args:
        param: changed in place.
        grad: the gradient, of the same shape; not changed.
        state: keeps ``v`` as "momentum_buffer"; empty before the first step.
        lr: the size of the step.
        momentum: how much of ``v`` is kept.
        dampening: how much of the gradient does not enter ``v``.
        weight_decay: the factor of the parameter in the gradient.
        nesterov: whether to look ahead (Nesterov, 1983).
    """
    check_shape("grad", grad, param.shape)
    if weight_decay == 0 and not nesterov and _moved(param, grad, state, lr, momentum, 1 - dampening):
        return
    xp = namespace(param)
    work = work_like(param)
    direction = grad
    if weight_decay != 0:
        direction = xp.multiply(param, weight_decay, out=work)
        direction += grad
    if momentum != 0:
        velocity = state.get("momentum_buffer")
        if velocity is None:
            velocity = state["momentum_buffer"] = direction.copy()
        else:
            velocity *= momentum
            if dampening == 0:
                velocity += direction
            elif nesterov:
                velocity += (1 - dampening) * direction
            else:  # the direction is not needed any more
                velocity += xp.multiply(direction, 1 - dampening, out=work)
        if nesterov:
            ahead = velocity * momentum
            direction = xp.add(ahead, direction, out=ahead)
        else:
            direction = velocity
    param -= xp.multiply(direction, lr, out=work)


def _moved(param: Array, grad: Array, state: dict[str, Any], lr: float, momentum: float, fresh: float) -> bool:
    """Do the plain step with momentum in one loop, where that is ready and there is a velocity already."""
    velocity = state.get("momentum_buffer")
    if velocity is None or momentum == 0:
        return False
    return fused_step_("sgd_momentum", (param, grad, velocity), (lr, momentum, fresh))


def fused_step_(name: str, arrays: tuple[Array, ...], numbers: tuple[float, ...]) -> bool:
    """Do a step by the loop ``name`` of ``loops.py``, which changes the arrays; False where it cannot run.

    The bits are those of the step array by array.

    Args:
        name: "sgd_momentum", "adam" or "adam_torch7".
        arrays: what the loop is given first, the parameter before all.
        numbers: what it is given then.
    """
    param = arrays[0]
    if param.size < _WORTH_IT:
        return False
    for a in arrays:
        if type(a) is not np.ndarray or a.dtype != param.dtype or a.shape != param.shape or not a.flags.c_contiguous:
            return False
    loop = compiled.loop(name, param)
    if loop is None:
        return False
    flat, values = [a.reshape(-1) for a in arrays], [param.dtype.type(n) for n in numbers]
    parallel.spread(lambda start, stop: loop(*[a[start:stop] for a in flat], *values), param.size)
    return True


def adam_step_(
    param: Array,
    grad: Array,
    state: dict[str, Any],
    *,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    amsgrad: bool = False,
    decoupled_weight_decay: bool = False,
    torch7: bool = False,
) -> None:
    """Change ``param`` by one step of Adam (Kingma and Ba, 2015).

    ``m = b1 m + (1 - b1) g``; ``v = b2 v + (1 - b2) g^2`` with ``g = grad + weight_decay * p``; then
    ``p -= lr / (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + eps)``. With ``amsgrad`` the largest ``v`` so far takes the
    place of ``v`` (Reddi et al., 2018); with ``decoupled_weight_decay`` the parameter shrinks by ``lr * weight_decay``
    and ``g`` is the gradient alone (AdamW: Loshchilov and Hutter, 2019). With ``torch7`` the ``eps`` is added before
    the correction of ``v``, as ``optim.adam`` does: ``p -= lr * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + eps)``.

    Args:
        param: changed in place.
        grad: the gradient, of the same shape; not changed.
        state: keeps "step" (t), "exp_avg" (m), "exp_avg_sq" (v) and with ``amsgrad`` "max_exp_avg_sq"; empty before
            the first step.
        lr: the size of the step.
        betas: how much of ``m`` and of ``v`` is kept.
        eps: added to the denominator.
        weight_decay: the factor of the parameter in the gradient.
        amsgrad: whether the denominator never becomes smaller.
        decoupled_weight_decay: whether weight decay leaves the moments alone.
        torch7: where ``eps`` is added.
    """
    check_shape("grad", grad, param.shape)
    xp = namespace(param)
    if "step" not in state:
        state.update(step=0, exp_avg=xp.zeros_like(param), exp_avg_sq=xp.zeros_like(param))
    state["step"] += 1
    mean, square, work = state["exp_avg"], state["exp_avg_sq"], work_like(param)
    beta1, beta2 = betas
    if decoupled_weight_decay:
        param *= 1 - lr * weight_decay
    else:
        grad = decayed(grad, param, weight_decay)
    correction1, correction2 = 1 - beta1 ** state["step"], math.sqrt(1 - beta2 ** state["step"])
    numbers = (beta1, 1 - beta1, beta2, 1 - beta2, correction2, eps, lr / correction1)
    if not torch7 and not amsgrad and fused_step_("adam", (param, grad, mean, square), numbers):
        return
    mean *= beta1
    mean += xp.multiply(grad, 1 - beta1, out=work)
    square *= beta2
    xp.multiply(grad, grad, out=work)
    work *= 1 - beta2
    square += work
    if amsgrad:
        largest = state.setdefault("max_exp_avg_sq", xp.zeros_like(param))
        square = xp.maximum(largest, square, out=largest)
    xp.sqrt(square, out=work)
    if not torch7:
        work /= correction2
    work += eps
    xp.divide(mean, work, out=work)
    work *= lr * correction2 / correction1 if torch7 else lr / correction1
    param -= work


def asgd_step_(
    param: Array,
    grad: Array,
    state: dict[str, Any],
    *,
    lr: float = 1e-2,
    lambd: float = 1e-4,
    alpha: float = 0.75,
    t0: float = 1e6,
    weight_decay: float = 0.0,
) -> None:
    """Change ``param`` by one step of averaged gradient descent (Polyak and Juditsky, 1992; Torch7's ``optim.asgd``).

    ``p = (1 - lambd * eta) p - eta * g`` with ``eta = lr / (1 + lambd * lr * t)^alpha``; from step ``t0`` on, "ax" is
    the mean of the parameters.

    Args:
        param: changed in place.
        grad: the gradient, of the same shape; not changed.
        state: keeps "step" (t), "eta", "mu" (the weight of the next parameter in the mean) and "ax".
        lr: the size of the first step.
        lambd: how fast parameters and steps shrink.
        alpha: the power of the steps' decay.
        t0: when the averaging begins.
        weight_decay: the factor of the parameter in the gradient.
    """
    check_shape("grad", grad, param.shape)
    if "step" not in state:
        state.update(step=0, eta=lr, mu=1.0, ax=namespace(param).zeros_like(param))
    state["step"] += 1
    grad = decayed(grad, param, weight_decay)
    param *= 1 - lambd * state["eta"]
    param -= namespace(param).multiply(grad, state["eta"], out=work_like(param))
    if state["mu"] == 1:
        state["ax"][...] = param
    else:
        state["ax"] += (param - state["ax"]) * state["mu"]
    state["eta"] = lr / (1 + lambd * lr * state["step"]) ** alpha
    state["mu"] = 1 / max(1, state["step"] - t0)


def rprop_step_(
    param: Array,
    grad: Array,
    state: dict[str, Any],
    *,
    lr: float = 1e-2,
    etas: tuple[float, float] = (0.5, 1.2),
    step_sizes: tuple[float, float] = (1e-6, 50.0),
) -> None:
    """Change ``param`` by one step of resilient propagation (Riedmiller and Braun, 1993; Torch7's ``optim.rprop``).

    Each element has a step of its own, which grows while the gradient keeps its sign and shrinks when it turns; only
    the signs of gradients matter.

    Args:
        param: changed in place.
        grad: the gradient, of the same shape; not changed.
        state: keeps "step", "prev" (the last gradient, 0 where it has turned) and "step_size".
        lr: the size of the first step.
        etas: by what steps shrink and grow.
        step_sizes: the smallest and the largest step.
    """
    check_shape("grad", grad, param.shape)
    xp = namespace(param)
    if "step" not in state:
        state.update(step=0, prev=xp.zeros_like(param), step_size=xp.full_like(param, lr))
    state["step"] += 1
    agreement, sizes = grad * state["prev"], state["step_size"]
    sizes *= xp.where(agreement > 0, etas[1], xp.where(agreement < 0, etas[0], 1.0)).astype(param.dtype)
    xp.clip(sizes, *step_sizes, out=sizes)
    state["prev"][...] = xp.where(agreement < 0, 0, grad)
    param -= xp.sign(state["prev"]) * sizes
