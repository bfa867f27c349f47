"""Optimizers in both languages: rows of a call each, which lead the same net to the same place.

In Lua, ``f(x)`` gives the loss of a net and its gradient and ``p`` holds its parameters; in Python, ``m`` is the net.
"""

from __future__ import annotations

from dataclasses import dataclass

from lua_compat.guide.functions import NO_PYTORCH


@dataclass(frozen=True)
class OptimizerRow:
    """One call in Lua, the optimizer that stands for it in Python, and what differs.

    Attributes:
        lua: the call.
        python: the optimizer; ``step`` is called on it.
        note: what a user needs to know.
        calls: how often the tests call in Lua, and how often they call ``step`` in Python.
        tolerance: how closely the parameters agree afterwards.
        same_place: False where only the losses on the way are the same.
        pytorch: the optimizer in PyTorch; empty where the Python one is right there as it stands, `NO_PYTORCH` where
            PyTorch has none.
    """

    lua: str
    python: str
    note: str = ""
    calls: tuple[int, int] = (6, 6)
    tolerance: float = 1e-9
    same_place: bool = True
    pytorch: str = ""

    @property
    def in_pytorch(self) -> str | None:
        """The optimizer in PyTorch; None where there is none."""
        return None if self.pytorch == NO_PYTORCH else self.pytorch or self.python

    @property
    def name(self) -> str:
        """The name in Torch7."""
        return self.lua.partition("(")[0]


CLOSURE = "`step(closure)`, which clears the gradients, goes backward and returns the loss"

OPTIMIZERS: tuple[OptimizerRow, ...] = (
    OptimizerRow("optim.sgd(f, p, {learningRate = 0.1})", "optim.SGD(m.parameters(), lr=0.1)"),
    OptimizerRow(
        "optim.sgd(f, p, {learningRate = 0.1, momentum = 0.9})",
        "optim.SGD(m.parameters(), lr=0.1, momentum=0.9, dampening=0.9)",
        "Torch7's dampening is its momentum unless given",
    ),
    OptimizerRow(
        "optim.sgd(f, p, {learningRate = 0.1, momentum = 0.9, dampening = 0, nesterov = true, weightDecay = 0.01})",
        "optim.SGD(m.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)",
    ),
    OptimizerRow(
        "optim.nag(f, p, {learningRate = 0.1, momentum = 0.9})",
        "optim.SGD(m.parameters(), lr=0.1, momentum=0.9, nesterov=True)",
        "the same losses; Torch7 leaves the parameters before the step of the momentum, Python behind it",
        same_place=False,
    ),
    OptimizerRow(
        "optim.asgd(f, p, {eta0 = 0.1, lambda = 1e-3, t0 = 2})",
        "optim.ASGD(m.parameters(), lr=0.1, lambd=1e-3, t0=2)",
        "the average is the third result in Lua, `state` has it as `ax` in Python",
    ),
    OptimizerRow(
        "optim.adam(f, p, {learningRate = 0.01})",
        "optim.Adam(m.parameters(), lr=0.01)",
        "Torch7 adds its epsilon of 1e-8 at another place",
        tolerance=1e-5,
    ),
    OptimizerRow("optim.adamax(f, p, {learningRate = 0.01})", "optim.Adamax(m.parameters(), lr=0.01, eps=1e-38)"),
    OptimizerRow(
        "optim.adagrad(f, p, {learningRate = 0.1, learningRateDecay = 0.1})",
        "optim.Adagrad(m.parameters(), lr=0.1, lr_decay=0.1)",
    ),
    OptimizerRow("optim.adadelta(f, p, {rho = 0.8})", "optim.Adadelta(m.parameters(), rho=0.8)"),
    OptimizerRow("optim.rmsprop(f, p, {learningRate = 0.01})", "optim.RMSprop(m.parameters(), lr=0.01)"),
    OptimizerRow("optim.rprop(f, p, {stepsize = 0.01})", "optim.Rprop(m.parameters(), lr=0.01)"),
    OptimizerRow(
        "optim.lbfgs(f, p, {learningRate = 0.1, maxIter = 4})",
        "optim.LBFGS(m.parameters(), lr=0.1, max_iter=4)",
        CLOSURE,
        calls=(2, 2),
    ),
    OptimizerRow(
        "optim.lbfgs(f, p, {maxIter = 4, maxEval = 20, lineSearch = optim.lswolfe})",
        'optim.LBFGS(m.parameters(), max_iter=4, max_eval=20, line_search_fn="strong_wolfe")',
        calls=(2, 2),
    ),
    OptimizerRow(
        "optim.cg(f, p, {maxEval = 25})", "optim.CG(m.parameters(), max_eval=25)", calls=(1, 1), pytorch=NO_PYTORCH
    ),
    OptimizerRow(
        "optim.FistaLS(f, g, prox, p, {maxiter = 5, L = 1, doFistaUpdate = true})",
        "optim.FISTA(m.parameters(), prox, g, max_iter=5, L=1)",
        "Torch7 begins at 0, Python where the parameters are",
        calls=(1, 1),
        pytorch=NO_PYTORCH,
    ),
    OptimizerRow(
        "optim.cmaes(f, p, {sigma = 0.1, maxEval = 60, popsize = 10})",
        "optim.CMAES(m.parameters(), sigma=0.1, popsize=10)",
        "a `step(closure)` is a generation",
        calls=(1, 6),
        pytorch=NO_PYTORCH,
    ),
    OptimizerRow(
        "optim.de(f, p, {maxEval = 60, popsize = 10})",
        "optim.DE(m.parameters(), popsize=10)",
        "a `step(closure)` is a generation",
        calls=(1, 6),
        pytorch=NO_PYTORCH,
    ),
)
