"""Operations that take numpy several passes over the elements, in one where a compiled loop is ready.

Arrays may have any layout and type; the loops take those of float32 and float64 and give numpy's bits.
"""

from __future__ import annotations

import contextlib
import math
from importlib import import_module
from typing import Any

import numpy as np

from pytorch_from_lua.kernels import compiled, parallel
from pytorch_from_lua.kernels.namespace import Array, namespace

_clip: Any = np.clip
with contextlib.suppress(ImportError, AttributeError):  # the function itself, without what Python does before
    _clip = import_module("numpy._core.umath").clip
#: Cheaper to look up than to make, where numbers of Python's would have to be made arrays of.
_ZEROS = {np.dtype(kind): np.zeros((), kind) for kind in "fd"}
#: Calling a loop costs as much as numpy takes for so many elements.
_WORTH_IT = 2048


def _pass(name: str, arrays: tuple[Array, ...], *numbers: float) -> Array | None:
    """The loop ``name`` over arrays of one shape and numbers, or None where it cannot run."""
    x = arrays[0]
    if x.size < _WORTH_IT or not isinstance(x, np.ndarray):
        return None
    loop = compiled.loop(name, x)
    if loop is None:
        return None
    for y in arrays[1:]:
        if y.__class__ is not np.ndarray or y.shape != x.shape or y.dtype != x.dtype:
            return None
    out: Array = np.empty(x.shape, x.dtype)
    kind = x.dtype.type
    values = [kind(n) for n in numbers]
    dense = [y.flags.c_contiguous for y in arrays]
    if any(dense) or x.ndim != 2:
        rows = [compiled.dense(y).reshape(1, -1) for y in arrays]
        result = out.reshape(1, -1)
    else:  # the loop is compiled for strides too
        rows, result = list(arrays), out
    if parallel.COUNT[0] == 1 or x.size < parallel.SHARED:
        loop(*rows, *values, result)
        return out

    def part(start: int, stop: int) -> None:
        if len(result) == 1:
            loop(*[y[:, start:stop] for y in rows], *values, result[:, start:stop])
        else:
            loop(*[y[start:stop] for y in rows], *values, result[start:stop])

    height, width = result.shape
    parallel.run(part, parallel.bounds(width) if height == 1 else parallel.bounds(height, width))
    return out


def relu(x: Array) -> Array:
    """Return the larger of ``x`` and 0; a NaN stays.

    >>> relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    done = _pass("relu", (x,), 0)
    if done is not None:
        return done
    if x.size < 64 and x.dtype in _ZEROS:
        return np.maximum(x, _ZEROS[x.dtype])
    # A row of zeros: numpy is three times as fast with it as with one number.
    xp = namespace(x)
    return xp.maximum(x, xp.zeros(x.shape[1:], x.dtype))


def clamp(x: Array, low: float | None, high: float | None) -> Array:
    """Return ``min(max(x, low), high)``; None sets no limit, and a NaN stays.

    >>> clamp(np.array([-2.0, 0.5]), None, 0.0)
    array([-2.,  0.])
    """
    xp = namespace(x)
    if x.dtype.kind == "f" and (low is None or low == low) and (high is None or high == high):
        done = _pass("clamp", (x,), -math.inf if low is None else low, math.inf if high is None else high)
        if done is not None:
            return done
        if low is not None and high is not None and x.size < _WORTH_IT and isinstance(x, np.ndarray):
            return _clip(x, low, high)
    if low is not None:
        x = xp.maximum(x, low)
    if high is not None:
        x = xp.minimum(x, high)
    return xp.positive(x) if low is None and high is None else x


def sigmoid(x: Array) -> Array:
    """Return ``1 / (1 + exp(-x))``.

    >>> sigmoid(np.array([0.0]))
    array([0.5])
    """
    xp = namespace(x)
    y = xp.negative(x)
    if not y.ndim or y.dtype != x.dtype:
        return xp.reciprocal(xp.add(xp.exp(y), 1))
    # exp of a large number overflows to inf, and 1 / inf is the 0 that is wanted.
    xp.exp(y, out=y)
    y += 1
    return xp.reciprocal(y, out=y)


def lerp(x: Array, y: Array, weight: float) -> Array:
    """Return ``x + weight * (y - x)``, from the nearer end, so that both ends are met exactly.

    >>> lerp(np.array([1.0]), np.array([3.0]), 0.25)
    array([1.5])
    """
    if abs(weight) < 0.5:
        done = _pass("lerp", (x, y), weight)
        return x + weight * (y - x) if done is None else done
    done = _pass("lerp_from_end", (x, y), 1 - weight)
    return y - (y - x) * (1 - weight) if done is None else done


def addcmul(x: Array, value: float, y: Array, z: Array) -> Array:
    """Return ``x + value * (y * z)``.

    >>> addcmul(np.array([1.0]), 2, np.array([3.0]), np.array([4.0]))
    array([25.])
    """
    done = _pass("addcmul", (x, y, z), value)
    return x + value * (y * z) if done is None else done


def addcdiv(x: Array, value: float, y: Array, z: Array) -> Array:
    """Return ``x + value * (y / z)``.

    >>> addcdiv(np.array([1.0]), 2, np.array([3.0]), np.array([4.0]))
    array([2.5])
    """
    done = _pass("addcdiv", (x, y, z), value)
    return x + value * (y / z) if done is None else done


def cumsum(x: Array, axis: int, kind: str | None = None) -> Array:
    """Return the sums up to each element along ``axis``, in numpy's type ``kind`` where given.

    >>> cumsum(np.array([1.0, 2.0]), 0)
    array([1., 3.])
    """
    last = axis == x.ndim - 1
    if kind is None and last and x.size >= _WORTH_IT and isinstance(x, np.ndarray):
        loop = compiled.loop("cumsum", x)
        if loop is not None:
            out = np.empty(x.shape, x.dtype)
            n = x.shape[-1]
            loop(x if x.ndim == 2 else x.reshape(-1, n), out.reshape(-1, n))
            return out
    return namespace(x).add.accumulate(x, axis, kind)
