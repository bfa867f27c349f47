"""Methods without a gradient: CMA-ES and differential evolution. A step is a generation."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from pytorch_from_lua.errors import OptimizerError
from pytorch_from_lua.kernels import evolution
from pytorch_from_lua.kernels.namespace import Array, namespace
from pytorch_from_lua.optim.optimizer import check_options
from pytorch_from_lua.optim.whole import Closure, WholeOptimizer, loss_of
from pytorch_from_lua.tensor import Tensor


class _Generations(WholeOptimizer):
    """Points whose losses are compared. They are double, in memory of the CPU, whatever the parameters are.

    The state holds "best" (n,), the best point so far, and "best_loss".
    """

    def _start(self) -> Array:
        """Where the parameters are, as doubles, (n,)."""
        values = self._gather()
        return np.asarray(values if namespace(values) is np else values.get(), dtype=np.float64)

    def _losses(self, closure: Closure, points: Array) -> Array:
        """The loss at each row of (size, n), of which the best is remembered."""
        state, losses = self._memory, np.empty(len(points))
        xp, given = namespace(self._params[0].array), self._gather().dtype
        for k, point in enumerate(points):
            self._set(xp.asarray(point.astype(given)))
            losses[k] = loss = loss_of(closure)
            if loss < state.get("best_loss", math.inf):
                state.update(best=point.astype(given), best_loss=loss)
        return losses

    def _leave(self) -> float:
        """Leaves the parameters at the best point; returns its loss."""
        state = self._memory
        if "best" in state:
            self._set(namespace(self._params[0].array).asarray(state["best"]))
        return float(state.get("best_loss", math.inf))


class CMAES(_Generations):
    """Evolution with an adapted covariance matrix (Torch7's ``optim.cmaes``).

    N. Hansen, "The CMA evolution strategy: a tutorial", 2016. Points are drawn from a normal distribution, whose mean,
    covariance and size follow the best of them. One ``step(closure)`` is a generation: ``popsize`` calls of the
    closure, which needs no gradients. Draws from the default random stream.

    Args:
        params: tensors; some hundred elements at most, for the covariance is a matrix of them all.
        sigma: the first size of steps.
        popsize: the points of a generation, 4 + 3 ln n for n elements unless given.

    Raises:
        OptimizerError: for ``sigma`` that is not positive, or fewer than 4 points.
    """

    def __init__(self, params: Iterable[Any], sigma: float = 0.5, popsize: int | None = None) -> None:
        if not sigma > 0:
            raise OptimizerError(f"sigma: needs to be above 0, got {sigma}")
        super().__init__(params, {"sigma": sigma, "popsize": popsize})
        evolution.cma_constants(self._gather().size, popsize)

    @property
    def converged(self) -> bool:
        """Whether steps have become too small, or the axes of the distribution too different, to go on."""
        state = self._memory
        return "lengths" in state and evolution.cma_converged(state["sigma"], state["lengths"])

    def step(self, closure: Closure | None = None) -> float:
        """Does one generation; leaves the parameters at the best point so far and returns its loss.

        Args:
            closure: returns the loss.

        Raises:
            OptimizerError: without a closure.
        """
        closure, state = self._closure(closure), self._memory
        if "mean" not in state:
            mean = self._start()
            n = mean.size
            state.update(mean=mean, covariance=np.eye(n), axes=np.eye(n), lengths=np.ones(n))
            state.update(path=np.zeros(n), step_path=np.zeros(n), generation=0, sigma=self.param_groups[0]["sigma"])
        size = evolution.cma_constants(state["mean"].size, self.param_groups[0]["popsize"]).popsize
        normal = _drawn("normal_", size, state["mean"].size)
        points = evolution.cma_sample(state["mean"], state["sigma"], state["axes"], state["lengths"], normal)
        losses = self._losses(closure, points)
        state["generation"] += 1
        adapted = {k: state[k] for k in ("mean", "covariance", "axes", "lengths", "path", "step_path")}
        state["sigma"] = evolution.cma_update_(
            **adapted, points=points, values=losses, sigma=state["sigma"], generation=state["generation"]
        )
        return self._leave()


class DE(_Generations):
    """Differential evolution (Storn and Price, 1997; Torch7's ``optim.de``).

    Each point of a population is challenged by a mixture of itself and a third point displaced by the difference of
    two others. The first ``step(closure)`` evaluates the population, each further one a generation: ``popsize`` calls
    of the closure, which needs no gradients. Draws from the default random stream.

    Args:
        params: tensors.
        popsize: the points of the population, 10 for each element and 4 at least unless given.
        scale_factor: how far the difference leads.
        crossover_rate: the share of elements that are exchanged, from 0 to 1.
        min_region: where the population starts, one number for all; 1 below the parameters unless given.
        max_region: up to where; 1 above the parameters unless given.

    Raises:
        OptimizerError: for an option out of range.
    """

    def __init__(
        self,
        params: Iterable[Any],
        popsize: int | None = None,
        scale_factor: float = 0.5,
        crossover_rate: float = 0.9,
        min_region: float | None = None,
        max_region: float | None = None,
    ) -> None:
        check_options(scale_factor=scale_factor)
        if not 0 <= crossover_rate <= 1:
            raise OptimizerError(f"crossover_rate: needs to be from 0 to 1, got {crossover_rate}")
        if popsize is not None and popsize < 4:
            raise OptimizerError(f"popsize: needs to be at least 4, got {popsize}")
        defaults = {
            "popsize": popsize,
            "scale_factor": scale_factor,
            "crossover_rate": crossover_rate,
            "min_region": min_region,
            "max_region": max_region,
        }
        super().__init__(params, defaults)

    def step(self, closure: Closure | None = None) -> float:
        """Does one generation; leaves the parameters at the best point so far and returns its loss.

        Args:
            closure: returns the loss.

        Raises:
            OptimizerError: without a closure.
        """
        closure, state, options = self._closure(closure), self._memory, self.param_groups[0]
        if "population" not in state:
            start = self._start()
            size = max(4, 10 * start.size) if options["popsize"] is None else options["popsize"]
            low = start - 1 if options["min_region"] is None else options["min_region"]
            high = start + 1 if options["max_region"] is None else options["max_region"]
            state["population"] = low + _drawn("uniform_", size, start.size) * (high - low)
            state["losses"] = self._losses(closure, state["population"])
            return self._leave()
        population, losses = state["population"], state["losses"]
        drawn = _drawn("uniform_", len(population), 4 + population.shape[1])
        children = evolution.de_children(population, drawn, options["scale_factor"], options["crossover_rate"])
        found = self._losses(closure, children)
        better = found <= losses
        population[better], losses[better] = children[better], found[better]
        return self._leave()


def _drawn(how: str, rows: int, columns: int) -> Array:
    """Random numbers as doubles, (rows, columns), out of the default stream."""
    values: Array = getattr(Tensor.from_array(np.empty((rows, columns))), how)().array
    return values
