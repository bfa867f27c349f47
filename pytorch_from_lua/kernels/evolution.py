"""Generations of the methods that minimise without a gradient: CMA-ES and differential evolution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pytorch_from_lua.errors import OptimizerError
from pytorch_from_lua.kernels.namespace import Array


@dataclass(frozen=True)
class CMAConstants:
    """What CMA-ES computes once from the number of dimensions and the size of a generation (Hansen, table 1).

    Attributes:
        popsize: the points of a generation, lambda.
        weights: of the best half of them, (mu,), adding up to 1.
        mu_eff: how many points the weighted mean is worth.
        c_path, c_step: how fast the two paths forget.
        c_one, c_mu: how fast the covariance learns from the path and from the points.
        damping: of the size of steps.
        chi: the expected length of a normal vector.
    """

    popsize: int
    weights: Array
    mu_eff: float
    c_path: float
    c_step: float
    c_one: float
    c_mu: float
    damping: float
    chi: float


@lru_cache(maxsize=64)
def cma_constants(n: int, popsize: int | None = None) -> CMAConstants:
    """Return the constants for ``n`` dimensions; the size of a generation is ``4 + 3 ln n`` unless given.

    Raises:
        OptimizerError: for a generation of fewer than 4 points.
    """
    popsize = 4 + int(3 * math.log(n)) if popsize is None else popsize
    if popsize < 4:
        raise OptimizerError(f"popsize: needs to be at least 4, got {popsize}")
    raw = math.log((popsize + 1) / 2) - np.log(np.arange(1, popsize // 2 + 1))
    mu = float(raw.sum() ** 2 / (raw**2).sum())
    c_one = 2 / ((n + 1.3) ** 2 + mu)
    c_step = (mu + 2) / (n + mu + 5)
    return CMAConstants(
        popsize=popsize,
        weights=raw / raw.sum(),
        mu_eff=mu,
        c_path=(4 + mu / n) / (n + 4 + 2 * mu / n),
        c_step=c_step,
        c_one=c_one,
        c_mu=min(1 - c_one, 2 * (mu - 2 + 1 / mu) / ((n + 2) ** 2 + mu)),
        damping=1 + 2 * max(0.0, math.sqrt((mu - 1) / (n + 1)) - 1) + c_step,
        chi=math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)),
    )


def cma_sample(mean: Array, sigma: float, axes: Array, lengths: Array, normal: Array) -> Array:
    """Return the points of a generation, ``mean + sigma * B D z`` for each row z.

    Args:
        mean: (n,).
        sigma: the size of steps.
        axes: B, (n, n), the eigenvectors of the covariance in its columns.
        lengths: D, (n,), the roots of its eigenvalues.
        normal: (popsize, n), normally distributed numbers.
    """
    return mean + sigma * ((normal * lengths) @ axes.T)


def cma_update_(
    mean: Array,
    covariance: Array,
    axes: Array,
    lengths: Array,
    path: Array,
    step_path: Array,
    points: Array,
    values: Array,
    sigma: float,
    generation: int,
) -> float:
    """Adapt the distribution to a generation; return the new size of steps.

    The mean moves to the weighted mean of the better half of the points; the path, the covariance, its axes and the
    size of steps follow (N. Hansen, "The CMA evolution strategy: a tutorial", 2016).

    Args:
        mean, lengths, path, step_path: (n,), changed in place.
        covariance, axes: (n, n), changed in place.
        points: (popsize, n), as `cma_sample` gave them.
        values: (popsize,), the smaller the better.
        sigma: the size of steps with which the points were drawn.
        generation: 1 for the first.
    """
    n = mean.size
    k = cma_constants(n, len(points))
    best = np.argsort(values, kind="stable")[: len(k.weights)]
    steps = (points[best] - mean) / sigma
    shift = k.weights @ steps
    mean += sigma * shift
    step_path *= 1 - k.c_step
    step_path += math.sqrt(k.c_step * (2 - k.c_step) * k.mu_eff) * (axes @ ((axes.T @ shift) / lengths))
    length = float(step_path @ step_path)
    moving = length / n / (1 - (1 - k.c_step) ** (2 * generation)) < 2 + 4 / (n + 1)
    path *= 1 - k.c_path
    if moving:
        path += math.sqrt(k.c_path * (2 - k.c_path) * k.mu_eff) * shift
    covariance *= 1 - k.c_one - k.c_mu + (0.0 if moving else k.c_one * k.c_path * (2 - k.c_path))
    covariance += k.c_one * np.outer(path, path) + k.c_mu * ((steps.T * k.weights) @ steps)
    squares, vectors = np.linalg.eigh(covariance)
    axes[...] = vectors
    np.sqrt(np.maximum(squares, 1e-300), out=lengths)
    return sigma * math.exp(min(1.0, k.c_step / k.damping * (math.sqrt(length) / k.chi - 1)))


def cma_converged(sigma: float, lengths: Array) -> bool:
    """Return whether steps have become too small, or the axes too different, to go on."""
    return bool(sigma * lengths.max() < 1e-11 or lengths.max() > 1e7 * lengths.min())


def de_children(population: Array, uniform: Array, factor: float, rate: float) -> Array:
    """Return a challenger for each point: parts of ``a + factor * (b - c)``, the rest the point's own.

    a, b and c are three different other points, and each component is exchanged with probability ``rate``, one at
    least (R. Storn and K. Price, "Differential evolution", 1997: DE/rand/1/bin).

    Args:
        population: (popsize, n).
        uniform: (popsize, 4 + n), uniform in [0, 1): three for the others, one for the component that is exchanged
            anyway, one a component.
        factor: how far the difference leads.
        rate: how much is exchanged.

    Raises:
        OptimizerError: for fewer than 4 points.
    """
    size, n = population.shape
    if size < 4:
        raise OptimizerError(f"popsize: needs to be at least 4, got {size}")
    taken = np.arange(size)[:, None]
    for k in range(3):  # the k-th of those that are left: count past the taken ones, the smallest first
        chosen = (uniform[:, k] * (size - 1 - k)).astype(np.int64)
        for other in np.sort(taken, axis=1).T:
            chosen += chosen >= other
        taken = np.concatenate([taken, chosen[:, None]], axis=1)
    a, b, c = (population[taken[:, k]] for k in (1, 2, 3))
    exchanged = uniform[:, 4:] < rate
    exchanged[np.arange(size), (uniform[:, 3] * n).astype(np.int64)] = True
    return np.where(exchanged, a + factor * (b - c), population)
