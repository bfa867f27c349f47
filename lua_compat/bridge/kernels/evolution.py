"""Generations of optim.cmaes and optim.de. Their tensors are double and on the CPU, whatever x is."""

from __future__ import annotations

from lua_compat.bridge.kernels.common import changed, exported, result
from pytorch_from_lua.kernels import evolution
from pytorch_from_lua.tensor import Tensor


@exported
def cma_popsize(n: float, popsize: float | None = None) -> int:
    """How many points a generation has."""
    return evolution.cma_constants(int(n), None if popsize is None else int(popsize)).popsize


@exported
def cma_sample(points: Tensor, mean: Tensor, sigma: float, axes: Tensor, lengths: Tensor, normal: Tensor) -> None:
    """The points of a generation, one a row."""
    found = evolution.cma_sample(mean.array, sigma, axes.array, lengths.array, normal.array)
    result(points, found.shape)[...] = found


@exported
def cma_update(
    mean: Tensor,
    covariance: Tensor,
    axes: Tensor,
    lengths: Tensor,
    path: Tensor,
    step_path: Tensor,
    points: Tensor,
    values: Tensor,
    sigma: float,
    generation: float,
) -> tuple[float, bool]:
    """Adapts the distribution to the values of its points: the new size of steps, and whether it is time to stop."""
    sigma = evolution.cma_update_(
        *(changed(mean), changed(covariance), changed(axes), changed(lengths), changed(path), changed(step_path)),
        *(points.array, values.array),
        sigma,
        int(generation),
    )
    return sigma, evolution.cma_converged(sigma, lengths.array)


@exported
def de_children(children: Tensor, population: Tensor, uniform: Tensor, factor: float, rate: float) -> None:
    """A challenger for each point of the population."""
    found = evolution.de_children(population.array, uniform.array, factor, rate)
    result(children, found.shape)[...] = found
