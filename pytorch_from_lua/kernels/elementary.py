"""exp, log, sin, cos, tanh and the logistic function of each element; softmax and logarithms of sums along rows.

Where a compiled loop is ready (see `compiled`), large arrays of float32 and float64 go through it, and all else through
numpy. Both are within one unit in the last place of the exact value (numpy's logistic function within two), but they
are not the same bits: a result can change in its last place when the loop becomes ready. It depends neither on strides
nor on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pytorch_from_lua.kernels import compiled, parallel
from pytorch_from_lua.kernels.namespace import Array, namespace

#: The least number of elements for a loop: calling it costs as much as it saves for so many.
WORTH_IT = 1024
#: So many elements are done at a time where they have to be copied first, so that they stay in the cache.
_CHUNK = 1 << 14
_DOUBLE, _FLOAT = np.dtype(np.float64), np.dtype(np.float32)


def _loop(name: str, x: Array) -> Callable[..., Any] | None:
    return compiled.loop(name, x) if compiled.VECTORS or compiled.SETTING == "1" else None


def _through(name: str, x: Array) -> Array | None:
    """The loop ``name`` over all elements of ``x``, or None where it cannot run."""
    loop = _loop(name, x)
    return None if loop is None else _over(loop, x)


def _over(loop: Callable[..., Any], x: Array) -> Array:
    """The results of a loop for all elements of ``x``."""
    dense = x.flags.c_contiguous
    if not dense and x.T.flags.c_contiguous:
        return _over(loop, x.T).T
    out: Array = np.empty(x.shape, x.dtype)
    a, b = (x.reshape(-1), out.reshape(-1)) if dense else (x, out)
    width = a.size // len(a)
    step = max(1, _CHUNK // width)

    def part(start: int, stop: int) -> None:
        if dense:
            loop(a[start:stop], b[start:stop])
            return
        for at in range(start, stop, step):
            to = min(at + step, stop)
            loop(compiled.dense(a[at:to]).reshape(-1), b[at:to].reshape(-1))

    parallel.spread(part, len(a), width)
    return out


def _function(name: str, types: Sequence[np.dtype[Any]] = (_DOUBLE, _FLOAT)) -> Callable[..., Array]:
    """Return numpy's function ``name`` as ``f(xp, x)``, with a loop for some types."""
    plain = getattr(np, name)

    def function(xp: Any, x: Array) -> Array:
        if xp is not np:
            return getattr(xp, name)(x)
        if x.size < WORTH_IT:
            return plain(x)
        done = _through(name, x) if x.dtype in types else None
        if done is not None:
            return done
        return parallel.divided(plain, x) if parallel.COUNT[0] > 1 and x.size >= parallel.SHARED else plain(x)

    return function


exp = _function("exp")
log = _function("log")
sin = _function("sin")
cos = _function("cos")
tanh = _function("tanh", (_DOUBLE,))  # numpy's of floats is as fast


def smooth(name: str, x: Array) -> Array | None:
    """An activation of float32, or the slope of one, by the loop ``name``; None where that cannot run."""
    if x.dtype != np.float32 or x.size < WORTH_IT:
        return None
    loop = compiled.loop(name, x)
    return None if loop is None else _over(loop, x)


def sigmoid(x: Array, out: Array | None = None) -> Array:
    """Return ``1 / (1 + exp(-x))``; ``out``, of the type of ``x``, may be ``x`` itself.

    >>> sigmoid(np.array([0.0]))
    array([0.5])
    """
    if x.size >= WORTH_IT:
        done = _through("sigmoid", x)
        if done is not None and out is not None:
            out[...] = done
            return out
        if done is not None:
            return done
    xp = namespace(x)
    y = xp.negative(x, out=out)
    if not y.ndim or y.dtype != x.dtype:
        return xp.reciprocal(xp.add(xp.exp(y), 1))
    with np.errstate(over="ignore"):  # exp of a large number is inf, and 1 / inf the 0 that is wanted
        xp.exp(y, out=y)
    y += 1
    return xp.reciprocal(y, out=y)


def _rows(name: str, x: Array, axis: int, out: Array | None = None) -> Callable[..., Any] | None:
    """The loop ``name`` where ``axis`` is the last one of a large array, and ``out`` can be written to."""
    if axis not in (-1, x.ndim - 1) or not isinstance(x, np.ndarray):
        return None
    if out is not None and (out.shape != x.shape or out.dtype != x.dtype or not out.flags.c_contiguous):
        return None
    return _loop(name, x)


def _by_rows(x: Array, part: Callable[[Array, int, int], None]) -> None:
    """Call ``part(rows, start, stop)`` for runs of rows of ``x``, which are dense and stay in the cache."""
    n = x.shape[-1]
    rows = x.reshape(-1, n) if x.flags.c_contiguous or x.ndim != 2 else x
    step = max(1, _CHUNK // n)

    def run(start: int, stop: int) -> None:
        for at in range(start, stop, step):
            to = min(at + step, stop)
            part(compiled.dense(rows[at:to]), at, to)

    parallel.spread(run, len(rows), n)


def softmax(x: Array, axis: int, out: Array | None = None) -> Array | None:
    """Return ``exp(x_i) / sum_j exp(x_j)`` along ``axis``, or None where no loop can do it."""
    return _over_rows("softmax", x, axis, out)


def log_softmax(x: Array, axis: int, out: Array | None = None) -> Array | None:
    """Return ``x_i - log sum_j exp(x_j)`` along ``axis``, or None where no loop can do it."""
    return _over_rows("log_softmax", x, axis, out)


def _over_rows(name: str, x: Array, axis: int, out: Array | None) -> Array | None:
    loop = _rows(name, x, axis, out)
    if loop is None:
        return None
    result: Array = np.empty(x.shape, x.dtype) if out is None else out
    flat = result.reshape(-1, x.shape[-1])
    _by_rows(x, lambda rows, start, stop: loop(rows, np.maximum.reduce(rows, 1), flat[start:stop]))
    return result


def logsumexp(x: Array, axis: int) -> Array | None:
    """Return ``log sum_j exp(x_j)`` along ``axis``, which has gone, or None where no loop can do it."""
    loop = _rows("exp_sums", x, axis)
    if loop is None:
        return None
    out = np.empty(x.shape[:-1], x.dtype)
    flat = out.reshape(-1)

    def part(rows: Array, start: int, stop: int) -> None:
        top = np.maximum.reduce(rows, 1)
        top = np.where(np.isfinite(top), top, x.dtype.type(0))  # inf - inf would be nan
        result = flat[start:stop]
        loop(rows, top, result)
        np.log(result, result)
        np.add(result, top, result)

    _by_rows(x, part)
    return out
