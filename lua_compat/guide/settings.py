"""The settings of Torch7's optimizers, their defaults, and the arguments that say them in Python."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from pytorch_from_lua import optim


@dataclass(frozen=True)
class Setting:
    """One field of the table that a method of ``optim`` is given.

    Attributes:
        lua: its name.
        default: what it is where it is left out, as text.
        python: the argument of the optimizer; empty where there is none.
        note: what stands for it otherwise, or what differs.
    """

    lua: str
    default: str
    python: str
    note: str = ""


_DECAY = Setting("learningRateDecay", "0", "", "`lr_scheduler.LearningRateDecay(optimizer, decay)`")
_WEIGHTS = Setting("weightDecay", "0", "weight_decay")
_EACH = "in Python, parameters in groups: `[{'params': p, 'lr': 0.1}, ...]`"
_RATES = (
    Setting("learningRates", "none", "", f"a tensor, a factor a parameter; {_EACH}"),
    Setting("weightDecays", "none", "", f"a tensor, a value a parameter; {_EACH}"),
)
_BETAS = (Setting("beta1", "0.9", "betas", "the first of two"), Setting("beta2", "0.999", "betas", "the second of two"))
_EVALUATIONS = Setting("maxEval", "", "", "how often `step(closure)` is called")

#: Method -> (the class in Python, its settings).
SETTINGS: dict[str, tuple[Any, tuple[Setting, ...]]] = {
    "optim.sgd": (
        optim.SGD,
        (
            Setting("learningRate", "1e-3", "lr"),
            Setting("momentum", "0", "momentum", "`v = momentum * v + (1 - dampening) * g`, `x = x - lr * v` in all"),
            Setting("dampening", "momentum", "dampening", "not 0: to have the same steps, give `dampening=momentum`"),
            Setting("nesterov", "false", "nesterov", "needs a momentum and a dampening of 0 in both"),
            _DECAY,
            _WEIGHTS,
            *_RATES,
        ),
    ),
    "optim.nag": (
        optim.SGD,
        (
            Setting("learningRate", "1e-3", "lr"),
            Setting("momentum", "0.9", "momentum", "with `nesterov=True`"),
            _DECAY,
            _WEIGHTS,
            *_RATES,
        ),
    ),
    "optim.asgd": (
        optim.ASGD,
        (
            Setting("eta0", "1e-4", "lr"),
            Setting("lambda", "1e-4", "lambd"),
            Setting("alpha", "0.75", "alpha"),
            Setting("t0", "1e6", "t0", "from which step the average is taken"),
        ),
    ),
    "optim.adam": (
        optim.Adam,
        (Setting("learningRate", "1e-3", "lr"), *_BETAS, Setting("epsilon", "1e-8", "eps"), _DECAY, _WEIGHTS),
    ),
    "optim.adamax": (
        optim.Adamax,
        (Setting("learningRate", "2e-3", "lr"), *_BETAS, Setting("epsilon", "1e-38", "eps"), _WEIGHTS),
    ),
    "optim.adagrad": (
        optim.Adagrad,
        (
            Setting("learningRate", "1e-3", "lr"),
            Setting("learningRateDecay", "0", "lr_decay"),
            _WEIGHTS,
        ),
    ),
    "optim.adadelta": (optim.Adadelta, (Setting("rho", "0.9", "rho"), Setting("eps", "1e-6", "eps"), _WEIGHTS)),
    "optim.rmsprop": (
        optim.RMSprop,
        (
            Setting("learningRate", "1e-2", "lr"),
            Setting("alpha", "0.99", "alpha"),
            Setting("epsilon", "1e-8", "eps"),
            Setting("initialMean", "0", "", "0 in Python"),
            _WEIGHTS,
        ),
    ),
    "optim.rprop": (
        optim.Rprop,
        (
            Setting("stepsize", "0.1", "lr", "the first step"),
            Setting("etaminus", "0.5", "etas", "the first of two"),
            Setting("etaplus", "1.2", "etas", "the second of two"),
            Setting("stepsizemin", "1e-6", "step_sizes", "the first of two"),
            Setting("stepsizemax", "50", "step_sizes", "the second of two"),
            Setting("niter", "1", "", "how often `step` is called"),
        ),
    ),
    "optim.lbfgs": (
        optim.LBFGS,
        (
            Setting("learningRate", "1", "lr"),
            Setting("maxIter", "20", "max_iter"),
            Setting("maxEval", "1.25 maxIter", "max_eval"),
            Setting(
                "tolFun", "1e-5", "tolerance_grad", "the 1-norm of the gradient in Lua, its largest number in Python"
            ),
            Setting("tolX", "1e-9", "tolerance_change"),
            Setting("nCorrection", "100", "history_size"),
            Setting("lineSearch", "none", "line_search_fn", "`optim.lswolfe` is 'strong_wolfe'"),
        ),
    ),
    "optim.cg": (
        optim.CG,
        (
            Setting("maxIter", "20", "max_iter", "evaluations a line search"),
            Setting("maxEval", "1.25 maxIter", "max_eval"),
            Setting("rho", "0.01", "rho"),
            Setting("sig", "0.5", "sig"),
            Setting("int", "0.1", "interpolation"),
            Setting("ext", "3", "extrapolation"),
            Setting("ratio", "100", "ratio"),
        ),
    ),
    "optim.FistaLS": (
        optim.FISTA,
        (
            Setting("L", "0.1", "L"),
            Setting("Lstep", "1.5", "L_step"),
            Setting("maxiter", "50", "max_iter"),
            Setting("maxline", "20", "max_line"),
            Setting("errthres", "1e-4", "tolerance_change"),
            Setting("doFistaUpdate", "false", "accelerate"),
        ),
    ),
    "optim.cmaes": (
        optim.CMAES,
        (
            Setting("sigma", "0.5", "sigma"),
            Setting("popsize", "4 + 3 ln n", "popsize"),
            _EVALUATIONS,
            Setting("ftarget", "none", "", "stop calling `step` when the loss is small enough"),
        ),
    ),
    "optim.de": (
        optim.DE,
        (
            Setting("popsize", "10 n", "popsize"),
            Setting("scaleFactor", "0.5", "scale_factor"),
            Setting("crossoverRate", "0.9", "crossover_rate"),
            _EVALUATIONS,
            Setting("minRegion", "x - 1", "min_region"),
            Setting("maxRegion", "x + 1", "max_region"),
        ),
    ),
}


def python_default(optimizer: Any, argument: str) -> str:
    """What an argument is in Python where it is left out, as text.

    >>> python_default(optim.SGD, "momentum"), python_default(optim.Adam, "betas")
    ('0.0', '(0.9, 0.999)')
    """
    return str(inspect.signature(optimizer).parameters[argument].default)
