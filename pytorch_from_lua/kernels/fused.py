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
_FLOAT32, _FLOAT64 = np.dtype("f"), np.dtype("d")
_ZERO32, _ZERO64 = np.zeros((), "f"), np.zeros((), "d")
#: Calling a loop costs as much as numpy takes for so many elements.
_WORTH_IT = 2048
#: Shorter rows than this are one after another as one.
_WIDE = 64
#: Zeros by shape and type: numpy compares two arrays three times as fast as an array and a number.
_ZERO_ARRAYS: dict[tuple[tuple[int, ...], Any], Array] = {}
_MOST_ZEROS = _MOST_CLIPPED = 1 << 14


def _zeros(shape: tuple[int, ...], kind: Any) -> Array:
    """Zeros that are only read."""
    found = _ZERO_ARRAYS.get((shape, kind))
    if found is None:
        if len(_ZERO_ARRAYS) >= 16:
            _ZERO_ARRAYS.clear()
        found = _ZERO_ARRAYS[shape, kind] = np.zeros(shape, kind)
    return found


#: Numbers as arrays without dimensions, by value and type: a ufunc takes those in half the time.
_NUMBERS: dict[tuple[float, Any], Array] = {}


def number(value: float, kind: Any) -> Array:
    """Return a number as an array of numpy's type ``kind`` without dimensions, which is only read."""
    found = _NUMBERS.get((value, kind))
    if found is None:
        found = np.array(value, kind)
        if value != 0 and value == value:  # as a key, 0 is -0, and a NaN is never found
            if len(_NUMBERS) >= 256:
                _NUMBERS.clear()
            _NUMBERS[value, kind] = found
    return found


def _pass(name: str, arrays: tuple[Array, ...], *numbers: float) -> Array | None:
    """The loop ``name`` over arrays of one shape and numbers, or None where it cannot run."""
    x = arrays[0]
    if x.size < _WORTH_IT or not isinstance(x, np.ndarray):
        return None
    loop = compiled.loop(name, x)
    if loop is None:
        return None
    shape, kind = x.shape, x.dtype
    dense = x.flags.c_contiguous
    alike = True
    for y in arrays[1:]:
        if y.__class__ is not np.ndarray or y.shape != shape:
            return None
        if y.dtype is not kind:
            if y.dtype == bool:
                continue
            if y.dtype != kind:
                return None
        if y.flags.c_contiguous is not dense:
            alike = dense = False
    out: Array = np.empty(shape, kind)
    values = [number(n, kind)[()] for n in numbers]
    rows, result = arrays, out
    if not alike or len(shape) != 2 or (dense and shape[1] < _WIDE):  # else as it is: loops are compiled for strides
        rows = tuple([compiled.dense(y).reshape(1, -1) for y in arrays])
        result = out.reshape(1, -1)
    if parallel.COUNT[0] == 1 or x.size < parallel.SHARED:  # `spread` would do, and take slices that cost as much
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


def _as(value: Any, x: Array) -> Any:
    """A number in the type of floating-point ``x``; anything else as it is."""
    if x.__class__ is np.ndarray and value.__class__ is float and x.dtype in (_FLOAT32, _FLOAT64):
        return number(value, x.dtype)
    return value


def relu(x: Array) -> Array:
    """Return the larger of ``x`` and 0; a NaN stays.

    >>> relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    if x.size < 64 and x.__class__ is np.ndarray:
        kind = x.dtype
        if kind is _FLOAT32 or kind is _FLOAT64:
            return np.maximum(x, _ZERO32 if kind is _FLOAT32 else _ZERO64)
    if x.size <= _MOST_ZEROS and x.__class__ is np.ndarray:
        return np.maximum(x, _zeros(x.shape, x.dtype))
    done = _pass("relu", (x,), 0)
    if done is not None:
        return done
    # A row of zeros: numpy is three times as fast with it as with one number.
    xp = namespace(x)
    return xp.maximum(x, xp.zeros(x.shape[1:], x.dtype))


#: Both limits of `clamp` as `number` gives them, other than 0, by their values and type.
_LIMITS: dict[tuple[float | None, float | None, Any], tuple[Array, Array]] = {}


def _is_limit(value: Any) -> bool:
    return value is None or (value.__class__ in (float, int) and value == value)


def clamp(x: Array, low: float | None, high: float | None) -> Array:
    """Return ``min(max(x, low), high)``; None sets no limit, and a NaN stays.

    >>> clamp(np.array([-2.0, 0.5]), None, 0.0)
    array([-2.,  0.])
    """
    kind = x.dtype
    if x.size < _WORTH_IT and x.__class__ is np.ndarray:
        limits = _LIMITS.get((low, high, kind))
        if limits is not None:
            return _clip(x, *limits)
    if kind.kind == "f" and _is_limit(low) and _is_limit(high):
        low_, high_ = -math.inf if low is None else low, math.inf if high is None else high
        # Where a limit is 0, a large array has maximum's sign of 0, which the loop has too, and clip has not.
        most = _MOST_CLIPPED if low != 0 and high != 0 else _WORTH_IT - 1
        if x.size <= most and x.__class__ is np.ndarray:
            limits = number(low_, kind), number(high_, kind)
            if low and high and low.__class__ is float is high.__class__:
                if len(_LIMITS) >= 64:
                    _LIMITS.clear()
                _LIMITS[low, high, kind] = limits
            return _clip(x, *limits)
        done = _pass("clamp", (x,), low_, high_)
        if done is not None:
            return done
    xp = namespace(x)
    if low is not None:
        x = xp.maximum(x, low)
    if high is not None:
        x = xp.minimum(x, high)
    return xp.positive(x) if low is None and high is None else x


def where(condition: Array, x: Array, y: Array) -> Array:
    """Return ``x`` where ``condition`` is true, else ``y``; numbers and all shapes that broadcast.

    >>> where(np.array([True, False]), np.array([1.0, 2.0]), 0.5)
    array([1. , 0.5])
    """
    if x.__class__ is np.ndarray and condition.__class__ is np.ndarray and condition.dtype == bool:
        done = _pass("where", (x, y, condition))
        if done is not None:
            return done
    return namespace(condition).where(condition, x, y)


def lerp(x: Array, y: Array, weight: float) -> Array:
    """Return ``x + weight * (y - x)``, from the nearer end, so that both ends are met exactly.

    >>> lerp(np.array([1.0]), np.array([3.0]), 0.25)
    array([1.5])
    """
    if abs(weight) < 0.5:
        done = _pass("lerp", (x, y), weight)
        return x + _as(weight, x) * (y - x) if done is None else done
    done = _pass("lerp_from_end", (x, y), 1 - weight)
    return y - (y - x) * _as(1 - weight, x) if done is None else done


def addcmul(x: Array, value: float, y: Array, z: Array) -> Array:
    """Return ``x + value * (y * z)``.

    >>> addcmul(np.array([1.0]), 2, np.array([3.0]), np.array([4.0]))
    array([25.])
    """
    done = _pass("addcmul", (x, y, z), value)
    return x + _as(value, x) * (y * z) if done is None else done


def addcdiv(x: Array, value: float, y: Array, z: Array) -> Array:
    """Return ``x + value * (y / z)``.

    >>> addcdiv(np.array([1.0]), 2, np.array([3.0]), np.array([4.0]))
    array([2.5])
    """
    done = _pass("addcdiv", (x, y, z), value)
    return x + _as(value, x) * (y / z) if done is None else done


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
