"""Torch7's optimizers on a function of the flat parameters: ``optim.sgd(feval, parameters, state)``.

A function gives the loss and the gradient. What is kept from step to step is in ``state`` under Torch7's names, so
that a state can be saved and gone on from in either language. Each returns the parameters and a list of losses.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any

import pytorch_from_lua as torch
from lua_compat.translate.runtime.tables import Table
from pytorch_from_lua.kernels.optimizer import adam_step_
from pytorch_from_lua.tensor import Tensor


class Adam(torch.optim.Adam):
    """Adam as Torch7's ``optim.adam`` does it: ``eps`` is added before the second moment is corrected.

    It takes the arguments of ``torch.optim.Adam``, whose steps differ from it by some ten millionths.
    """

    _kernel = staticmethod(functools.partial(adam_step_, torch7=True))


def _evaluated(opfunc: Callable[..., Any], x: Tensor) -> tuple[Any, Tensor]:
    """The loss and the gradient in the shape of ``x``; a function without a parameter is called without one."""
    made = opfunc(x) if inspect.signature(opfunc).parameters else opfunc()
    gradient = made[1]
    return made[0], gradient if gradient.shape == x.shape else gradient.view_as(x)


def _tables(config: Any, state: Any) -> tuple[Any, Any]:
    config = Table() if config is None else config
    return config, config if state is None else state


def _or(value: Any, other: Any) -> Any:
    return other if value is None else value


def _kept(state: Any, name: str, like: Tensor) -> Tensor:
    if state[name] is None:
        state[name] = torch.zeros_like(like)
    found: Tensor = state[name]
    return found


def _decayed(gradient: Tensor, x: Tensor, decay: float) -> None:
    if decay != 0:
        gradient.add_(x, alpha=decay)


def sgd(opfunc: Callable[..., Any], x: Tensor, config: Any = None, state: Any = None) -> tuple[Tensor, list[float]]:
    """Stochastic gradient descent; the dampening is the momentum unless given.

    Args:
        opfunc: gives the loss and the gradient.
        x: the flat parameters.
        config: learningRate (1e-3), learningRateDecay, weightDecay, momentum, dampening, nesterov.
        state: what is kept; ``config`` itself where None.
    """
    config, state = _tables(config, state)
    momentum = _or(config["momentum"], 0)
    dampening = _or(config["dampening"], momentum)
    count = _or(state["evalCounter"], 0)
    loss, gradient = _evaluated(opfunc, x)
    _decayed(gradient, x, _or(config["weightDecay"], 0))
    rate = _or(config["learningRate"], 1e-3) / (1 + count * _or(config["learningRateDecay"], 0))
    if momentum != 0:
        if state["dfdx"] is None:
            state["dfdx"] = gradient.clone()
        else:
            state["dfdx"].mul_(momentum).add_(gradient, alpha=1 - dampening)
        gradient = gradient.add_(state["dfdx"], alpha=momentum) if config["nesterov"] else state["dfdx"]
    rates = config["learningRates"]
    x.add_(gradient if rates is None else gradient * rates, alpha=-rate)
    state["evalCounter"] = count + 1
    return x, [loss]


def adam(opfunc: Callable[..., Any], x: Tensor, config: Any = None, state: Any = None) -> tuple[Tensor, list[float]]:
    """Adam, whose epsilon is added before the second moment is corrected for its start at 0."""
    config, state = _tables(config, state)
    beta1, beta2 = _or(config["beta1"], 0.9), _or(config["beta2"], 0.999)
    loss, gradient = _evaluated(opfunc, x)
    _decayed(gradient, x, _or(config["weightDecay"], 0))
    t = _or(state["t"], 0)
    m, v, root = _kept(state, "m", gradient), _kept(state, "v", gradient), _kept(state, "denom", gradient)
    rate = _or(config["learningRate"], 0.001) / (1 + t * _or(config["learningRateDecay"], 0))
    state["t"] = t = t + 1
    m.mul_(beta1).add_(gradient, alpha=1 - beta1)
    v.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    root.copy_(v).sqrt_().add_(_or(config["epsilon"], 1e-8))
    x.addcdiv_(m, root, value=-rate * math.sqrt(1 - beta2**t) / (1 - beta1**t))
    return x, [loss]


def adamax(opfunc: Callable[..., Any], x: Tensor, config: Any = None, state: Any = None) -> tuple[Tensor, list[float]]:
    """Adam with the decaying maximum of the gradient in the place of its second moment."""
    config, state = _tables(config, state)
    beta1, beta2 = _or(config["beta1"], 0.9), _or(config["beta2"], 0.999)
    loss, gradient = _evaluated(opfunc, x)
    _decayed(gradient, x, _or(config["weightDecay"], 0))
    state["t"] = t = _or(state["t"], 0) + 1
    m, u = _kept(state, "m", gradient), _kept(state, "u", gradient)
    m.mul_(beta1).add_(gradient, alpha=1 - beta1)
    u.copy_(torch.maximum(u * beta2, gradient.abs() + _or(config["epsilon"], 1e-38)))
    x.addcdiv_(m, u, value=-_or(config["learningRate"], 0.002) / (1 - beta1**t))
    return x, [loss]


def adagrad(opfunc: Callable[..., Any], x: Tensor, config: Any = None, state: Any = None) -> tuple[Tensor, list[float]]:
    """Each parameter's rate divided by the root of the sum of its squared gradients."""
    config, state = _tables(config, state)
    count = _or(state["evalCounter"], 0)
    loss, gradient = _evaluated(opfunc, x)
    _decayed(gradient, x, _or(config["weightDecay"], 0))
    rate = _or(config["learningRate"], 1e-3) / (1 + count * _or(config["learningRateDecay"], 0))
    squares = _kept(state, "paramVariance", gradient)
    squares.addcmul_(gradient, gradient)
    x.addcdiv_(gradient, squares.sqrt().add_(1e-10), value=-rate)
    state["evalCounter"] = count + 1
    return x, [loss]


def adadelta(
    opfunc: Callable[..., Any], x: Tensor, config: Any = None, state: Any = None
) -> tuple[Tensor, list[float]]:
    """Steps in the units of the parameters: the root of the mean of squared steps over that of squared gradients."""
    config, state = _tables(config, state)
    rho, epsilon = _or(config["rho"], 0.9), _or(config["eps"], 1e-6)
    loss, gradient = _evaluated(opfunc, x)
    _decayed(gradient, x, _or(config["weightDecay"], 0))
    squares, steps = _kept(state, "paramVariance", gradient), _kept(state, "accDelta", gradient)
    squares.mul_(rho).addcmul_(gradient, gradient, value=1 - rho)
    step = (steps + epsilon).sqrt_().div_((squares + epsilon).sqrt_()).mul_(gradient)
    x.sub_(step)
    steps.mul_(rho).addcmul_(step, step, value=1 - rho)
    state["evalCounter"] = _or(state["evalCounter"], 0) + 1
    return x, [loss]


def rmsprop(opfunc: Callable[..., Any], x: Tensor, config: Any = None, state: Any = None) -> tuple[Tensor, list[float]]:
    """The gradient over the root of the mean of its squares."""
    config, state = _tables(config, state)
    alpha = _or(config["alpha"], 0.99)
    loss, gradient = _evaluated(opfunc, x)
    _decayed(gradient, x, _or(config["weightDecay"], 0))
    if state["m"] is None:
        state["m"] = torch.full_like(gradient, _or(config["initialMean"], 0))
    state["m"].mul_(alpha).addcmul_(gradient, gradient, value=1 - alpha)
    root = state["m"].sqrt().add_(_or(config["epsilon"], 1e-8))
    x.addcdiv_(gradient, root, value=-_or(config["learningRate"], 1e-2))
    return x, [loss]


def nag(opfunc: Callable[..., Any], x: Tensor, config: Any = None, state: Any = None) -> tuple[Tensor, list[float]]:
    """Nesterov's accelerated gradient: the gradient is taken where the momentum is about to lead."""
    config, state = _tables(config, state)
    momentum, count = _or(config["momentum"], 0.9), _or(state["evalCounter"], 0)
    if state["dfdx"] is not None:
        x.add_(state["dfdx"], alpha=momentum)
    loss, gradient = _evaluated(opfunc, x)
    _decayed(gradient, x, _or(config["weightDecay"], 0))
    rate = _or(config["learningRate"], 1e-3) / (1 + count * _or(config["learningRateDecay"], 0))
    step = _kept(state, "dfdx", gradient).mul_(momentum)
    x.add_(gradient, alpha=-rate)
    step.add_(gradient, alpha=-rate)
    state["evalCounter"] = count + 1
    return x, [loss]


def asgd(
    opfunc: Callable[..., Any], x: Tensor, config: Any = None, state: Any = None
) -> tuple[Tensor, list[float], Tensor]:
    """Averaged stochastic gradient descent; the average is the third result."""
    config, state = _tables(config, state)
    first, decay = _or(config["eta0"], 1e-4), _or(config["lambda"], 1e-4)
    alpha, start = _or(config["alpha"], 0.75), _or(config["t0"], 1e6)
    rate, share, t = _or(state["eta_t"], first), _or(state["mu_t"], 1), _or(state["t"], 0)
    loss, gradient = _evaluated(opfunc, x)
    x.mul_(1 - decay * rate)
    x.add_(gradient, alpha=-rate)
    average = _kept(state, "ax", x)
    if share != 1:
        average.add_((x - average).mul_(share))
    else:
        average.copy_(x)
    state["t"] = t = t + 1
    state["eta_t"] = first / (1 + decay * first * t) ** alpha
    state["mu_t"] = 1 / max(1, t - start)
    return x, [loss], average


def rprop(opfunc: Callable[..., Any], x: Tensor, config: Any = None, state: Any = None) -> tuple[Tensor, list[float]]:
    """Resilient propagation: steps that grow while a gradient keeps its sign and shrink when it turns."""
    config, state = _tables(config, state)
    low, high = _or(config["stepsizemin"], 1e-6), _or(config["stepsizemax"], 50)
    losses = []
    for _ in range(int(_or(config["niter"], 1))):
        loss, gradient = _evaluated(opfunc, x)
        losses.append(loss)
        if state["delta"] is None:
            state["delta"] = torch.zeros_like(gradient)
            state["stepsize"] = torch.full_like(gradient, _or(config["stepsize"], 0.1))
        turn = gradient * state["delta"]
        factor = torch.ones_like(turn).masked_fill_(turn > 0, _or(config["etaplus"], 1.2))
        factor.masked_fill_(turn < 0, _or(config["etaminus"], 0.5))
        state["stepsize"].mul_(factor).clamp_(low, high)
        gradient.masked_fill_(turn < 0, 0)
        x.addcmul_(gradient.sign(), state["stepsize"], value=-1)
        state["delta"].copy_(gradient)
    return x, losses


def lswolfe(*_: Any) -> None:
    """The line search by Wolfe's conditions, as an option of `lbfgs`."""
    raise NotImplementedError("optim.lswolfe is an option of optim.lbfgs here")


def _by_class(name: str) -> Callable[..., Any]:
    """An optimizer of ours on the flat parameters, under Torch7's names of its options."""

    def run(opfunc: Callable[..., Any], x: Tensor, config: Any = None, state: Any = None) -> tuple[Tensor, list[float]]:
        from lua_compat.translate.learned import optimizer_options

        config, state = _tables(config, state)
        cls, words = optimizer_options()[name]
        losses: list[Any] = []
        if state["_optimizer"] is None:
            parameter = torch.nn.Parameter(x)
            given = {words[k]: config[k] for k in words if config[k] is not None}
            if name == "lbfgs":
                given.setdefault("max_iter", 20)
                for word, python in (
                    ("tolFun", "tolerance_grad"),
                    ("tolX", "tolerance_change"),
                    ("nCorrection", "history_size"),
                ):
                    if config[word] is not None:
                        given[python] = max(config[word], 0)  # negative ones never stop it; here none may be
                given.setdefault("max_eval", math.ceil(given["max_iter"] * 1.25))
                if config["lineSearch"] is not None:
                    given["line_search_fn"] = "strong_wolfe"
            state["_optimizer"] = getattr(torch.optim, cls)([parameter], **given)
        optimizer = state["_optimizer"]
        parameter = optimizer.param_groups[0]["params"][0]

        def closure() -> Any:
            x.copy_(parameter.data)
            loss, gradient = _evaluated(opfunc, x)
            parameter.grad = gradient.clone()
            losses.append(loss)
            return torch.tensor(float(loss), dtype=x.dtype)

        optimizer.step(closure)
        x.copy_(parameter.data)
        return x, losses

    run.__name__ = run.__qualname__ = name
    run.__doc__ = f"Torch7's ``optim.{name}``: the optimizer of the registry on the flat parameters."
    return run


lbfgs = _by_class("lbfgs")
cg = _by_class("cg")
cmaes = _by_class("cmaes")
de = _by_class("de")
