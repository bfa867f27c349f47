"""Linear maps along single dimensions, where each output is a weighted sum of a few inputs.

Up-sampling, adaptive averages, average windows and borders are all of this kind: one such map after another, one for
each dimension. The transpose of a map, which is its derivative, is another one; so `resample` is both the forward and
the backward pass.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.namespace import Array, check_shape, namespace

Axes = tuple[tuple[int, "Taps"], ...]
"""The dimensions that are changed, counted from the last one (-1), and what happens along each."""

_LONG = 9
"""Inputs of an output from which they are faster added up in one go than column by column."""
_FEW = 5
"""Stretches of places up to which they are faster copied one by one than gathered."""


class Taps:
    """Output ``o`` is the sum over ``k`` of ``weights[o, k]`` times input ``indices[o, k]``. Never changed once made.

    Args:
        indices: which inputs, shape (outputs, K).
        weights: what they are multiplied with, same shape; None is 1. An input with weight 0 is not looked at.
        size: how many inputs there are.
    """

    __slots__ = ("_transposed", "block", "indices", "inputs", "outputs", "runs", "steps", "weights")

    def __init__(self, indices: Any, weights: Any, size: int) -> None:
        self.indices = np.asarray(indices, np.int64)
        self.weights = np.ones(self.indices.shape) if weights is None else np.asarray(weights, np.float64)
        self.inputs, self.outputs = size, len(self.indices)
        self.steps = [s for s in map(self._step, range(self.indices.shape[1])) if s is not None]
        self._transposed: Taps | None = None
        #: How many inputs each output is made of, with a weight for all, where they lie side by side; else 0.
        self.block = 0
        k = self.indices.shape[1]
        if self.outputs * k == size and (self.indices.reshape(-1) == np.arange(size)).all():
            self.block = k if (self.weights == self.weights[0, 0]).all() else 0
        #: The places of outputs that are inputs as they are, (outputs, inputs), where a few slices say them.
        self.runs: list[tuple[slice, slice]] = _runs(self.indices[:, 0]) if k == 1 and (self.weights == 1).all() else []

    def _step(self, k: int) -> tuple[Any, Any, Any] | None:
        """Column ``k`` as (outputs, inputs, weights): slices where places are evenly spaced; a weight of 1 is None."""
        used = np.nonzero(self.weights[:, k])[0]
        if not len(used):
            return None
        weight = self.weights[used, k]
        factor: Any = weight if (weight != weight[0]).any() else None if weight[0] == 1 else float(weight[0])
        return _evenly(used), _evenly(self.indices[used, k]), factor

    @property
    def transposed(self) -> Taps:
        """The map the other way: each input is the weighted sum of the outputs that it went into."""
        if self._transposed is None:
            o, k = np.nonzero(self.weights)
            i, w = self.indices[o, k], self.weights[o, k]
            order = np.lexsort((o, i))
            o, i, w = o[order], i[order], w[order]
            counts = np.bincount(i, minlength=self.inputs)
            rank = np.arange(len(i)) - (np.cumsum(counts) - counts)[i]
            shape = (self.inputs, int(counts.max(initial=0)))
            indices, weights = np.zeros(shape, np.int64), np.zeros(shape)
            indices[i, rank], weights[i, rank] = o, w
            self._transposed = Taps(indices, weights, self.outputs)
            self._transposed._transposed = self
        return self._transposed

    @property
    def changes_nothing(self) -> bool:
        """Whether each output is the input at its place."""
        if self.inputs != self.outputs or len(self.steps) != 1:
            return False
        place, source, weight = self.steps[0]
        return weight is None and self._is_whole(place) and self._is_whole(source)

    def _is_whole(self, place: Any) -> bool:
        return isinstance(place, slice) and place == slice(0, self.outputs, 1)


def _evenly(places: Any) -> Any:
    """The places as a slice, where they are evenly spaced and rise."""
    first, last = int(places[0]), int(places[-1])
    step = int(places[1]) - first if len(places) > 1 else 1
    even = step > 0 and (len(places) < 3 or bool((np.diff(places) == step).all()))
    return slice(first, last + 1, step) if even else places


def _runs(places: Any) -> list[tuple[slice, slice]]:
    """The places as evenly spaced stretches, (where they stand, what they are), if there are only a few."""
    found: list[tuple[slice, slice]] = []
    start, steps = 0, np.diff(places)
    while start < len(places):
        if len(found) == _FEW:
            return []
        step = int(steps[start]) if start < len(steps) else 1
        other = np.nonzero(steps[start:] != step)[0]
        end = start + int(other[0]) + 1 if len(other) else len(places)
        first, last = int(places[start]), int(places[end - 1])
        behind = last + (1 if step >= 0 else -1)
        found.append((slice(start, end), slice(first, None if behind < 0 else behind, step or 1)))
        start = end
    return found


def transposed(axes: Axes) -> Axes:
    """Every map the other way."""
    return tuple([(axis, taps.transposed) for axis, taps in axes])


def resample(x: Array, axes: Axes, out: Array | None = None) -> Array:
    """Return ``x`` with each of the dimensions mapped.

    Raises:
        ShapeError: a dimension does not have the number of inputs that its map takes.
    """
    for axis, taps in axes:
        if x.ndim < -axis or x.shape[axis] != taps.inputs:
            raise ShapeError(f"x: needs {taps.inputs} elements in dimension {axis}, has shape {x.shape}")
    if all(taps.outputs == 1 and taps.block for _, taps in axes) and {a for a, _ in axes} == set(range(-len(axes), 0)):
        return _to_one(x, axes, out)
    # What becomes shorter comes first, and of what becomes longer the last dimension: it is the slowest to gather.
    y = x
    for axis, taps in sorted(axes, key=lambda pair: (pair[1].outputs / max(1, pair[1].inputs), -pair[0])):
        if not taps.changes_nothing:
            y = _along(y, axis, taps)
    if out is not None:
        check_shape("out", out, y.shape)
        out[...] = y
        return out
    return y.copy() if y is x else y


def _to_one(x: Array, axes: Axes, out: Array | None) -> Array:
    """All of the last dimensions as one number: a product with the weights is three times as fast as sums."""
    xp, ndim = namespace(x), len(axes)
    weight = math.prod([float(taps.weights[0, 0]) for _, taps in axes])
    weights = xp.full(math.prod(x.shape[x.ndim - ndim :]), weight, x.dtype)
    shape = x.shape[: x.ndim - ndim]
    total = (x.reshape(*shape, len(weights)) @ weights).reshape(*shape, *(1,) * ndim)
    if out is not None:
        check_shape("out", out, total.shape)
        out[...] = total
        return out
    return total


def _along(x: Array, axis: int, taps: Taps) -> Array:
    xp = namespace(x)
    behind = -axis - 1
    before, after = x.shape[: x.ndim + axis], x.shape[x.ndim - behind :]
    if taps.block >= _LONG:
        total = x.reshape(*before, taps.outputs, taps.block, *after).sum(axis=axis)
        return _weighted(total, taps)
    count = taps.transposed.block
    if count > 1:
        total = xp.empty((*before, taps.inputs, count, *after), x.dtype)
        total[...] = _weighted(x, taps).reshape(*before, taps.inputs, 1, *after)
        return total.reshape(*before, taps.outputs, *after)
    tail = (slice(None),) * behind
    shape = (*before, taps.outputs, *after)
    if taps.runs:
        total = xp.empty(shape, x.dtype)
        for place, source in taps.runs:  # a stretch of one and the same element is repeated
            here, there = (Ellipsis, place, *tail), (Ellipsis, source, *tail)
            total[here] = x[there]
        return total
    if taps.transposed.runs:
        total = xp.zeros(shape, x.dtype)
        for source, place in taps.transposed.runs:
            here, there = (Ellipsis, place, *tail), (Ellipsis, source, *tail)
            part = x[there]
            one = total[here].shape[axis] == 1
            total[here] += part.sum(axis=axis, keepdims=True) if one else part
        return total
    total = None
    for place, source, weight in taps.steps:
        if isinstance(source, slice):
            there = (Ellipsis, source, *tail)
            part = x[there]
        else:
            part = xp.take(x, xp.asarray(source), axis=axis)
        if weight is not None:
            if not isinstance(weight, float):
                weight = xp.asarray(weight, x.dtype).reshape(-1, *(1,) * behind)
            part = part * weight if isinstance(source, slice) else xp.multiply(part, weight, out=part)
        if total is None and taps._is_whole(place):
            total = part.copy() if xp.may_share_memory(part, x) else part
            continue
        if total is None:
            total = xp.zeros(shape, x.dtype)
        here = (Ellipsis, place if isinstance(place, slice) else xp.asarray(place), *tail)
        total[here] += part
    return xp.zeros(shape, x.dtype) if total is None else total


def _weighted(x: Array, taps: Taps) -> Array:
    """``x`` times the one weight of all taps."""
    weight = float(taps.weights[0, 0])
    return x if weight == 1 else x * weight
