"""Rows of reductions, scans and orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.properties.operands import ALL, FLOATS, dims, operands, some_dims
from tests.properties.table import Call, reduction, row, scan

Array = np.ndarray[Any, Any]

# -- sums and products -----------------------------------------------------------------------------------------------


def _count(x: Array, axis: Any) -> int:
    """How many elements become one."""
    axes = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    return int(np.prod([x.shape[a] for a in axes]))


def _mean(x: Array, axis: Any, keepdims: bool = False) -> Any:
    return np.asarray(x.sum(axis, "float64", keepdims=keepdims)) / _count(x, axis)


def _var(x: Array, axis: Any, keepdims: bool = False, correction: float = 1) -> Any:
    wide = x.astype("float64")
    squares = (wide - _mean(wide, axis, True)) ** 2
    return np.asarray(squares.sum(axis, keepdims=keepdims)) / max(0, _count(x, axis) - correction)


def _norm(x: Array, axis: Any, keepdims: bool = False, p: float = 2) -> Any:
    size = np.abs(x.astype("float64"))
    if p == 0:
        return (size != 0).sum(axis, keepdims=keepdims)
    if np.isinf(p):
        return (size.max if p > 0 else size.min)(axis, keepdims=keepdims)
    return (size**p).sum(axis, keepdims=keepdims) ** (1 / p)


def _logsumexp(x: Array, axis: Any, keepdims: bool = False) -> Any:
    return np.log(np.exp(x.astype("float64")).sum(axis, keepdims=keepdims))


reduction("sum", np.sum, result="accumulate", zero_sign=False)
reduction("mean", _mean, dtypes=FLOATS, ulps=2)
reduction("prod", np.prod, result="accumulate", pool="powers", several=False)


@st.composite
def _with_option(draw: Any, name: str, values: Any, pool: str = "special", empty: bool = False) -> Call:
    x = draw(operands(FLOATS, pool, sizes=(0 if empty else 1, 5)))
    dim = draw(some_dims(len(x.shape)))
    return Call(x, dim=dim, keepdim=draw(st.booleans()), **{name: draw(values)})


def _on_axes(reference: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, dim, keepdim, **options: reference(x, dim if x.ndim else None, keepdim, **options)


reduction("var", _var, dtypes=FLOATS, ulps=8, least=1)
reduction("std", lambda x, **axes: np.sqrt(_var(x, **axes)), dtypes=FLOATS, ulps=8, least=1)
row("var", _with_option("correction", st.integers(0, 2)), _on_axes(_var), ulps=8, least=1, id="correction")
row(
    "std",
    _with_option("correction", st.integers(0, 2)),
    _on_axes(lambda *args, **options: np.sqrt(_var(*args, **options))),
    ulps=8,
    least=1,
    id="correction",
)


@st.composite
def _log_sums(draw: Any) -> Call:
    x = draw(operands(FLOATS, "special"))
    return Call(x, draw(some_dims(len(x.shape)).filter(lambda dim: dim is not None)), draw(st.booleans()))


row("logsumexp", _log_sums(), _on_axes(_logsumexp), ulps=8, least=1)
_POWERS = st.sampled_from([2, 1, 0, 3.0, 1.5, float("inf"), -float("inf")])
row("norm", _with_option("p", _POWERS), _on_axes(_norm), ulps=8, least=1)

# -- extremes --------------------------------------------------------------------------------------------------------

reduction("amax", np.max, empty=False)
reduction("amin", np.min, empty=False)
for _name in ("all", "any"):
    reduction(_name, getattr(np, _name), result="bool", gradient=False, dtypes=[d for d in ALL if d != "uint8"])
    reduction(_name, getattr(np, _name), gradient=False, dtypes=("uint8",), id="bytes")  # bytes, as in PyTorch
reduction("count_nonzero", np.count_nonzero, result="int64", gradient=False, keep=False)
reduction("argmax", np.argmax, result="int64", gradient=False, empty=False, several=False)
reduction("argmin", np.argmin, result="int64", gradient=False, empty=False, several=False)
row("max", operands(ALL, "special", sizes=(1, 5)).map(Call), np.max, in_place=False)
row("min", operands(ALL, "special", sizes=(1, 5)).map(Call), np.min, in_place=False)


def chosen(choose: Callable[..., Array]) -> Callable[..., Any]:
    """Values and indices of the elements that ``choose(lane, **options)`` lists for each lane of a dimension."""

    def reference(x: Array, dim: int, keepdim: bool | None = None, **options: Any) -> Any:
        lanes = np.moveaxis(x, dim, -1)
        length = len(choose(np.zeros(x.shape[dim], x.dtype), **options)) if x.shape[dim] else 0
        index = np.zeros((*lanes.shape[:-1], length), np.int64)
        for place in np.ndindex(lanes.shape[:-1]):
            index[place] = choose(lanes[place], **options)
        found = [np.moveaxis(a, -1, dim) for a in (np.take_along_axis(lanes, index, -1), index)]
        return tuple([f.squeeze(dim) if keepdim is False else f for f in found])

    return reference


def order(lane: Array, descending: bool = False, **_: Any) -> Array:
    """Python's own stable sort, NaN as the largest."""

    def key(i: int) -> tuple[bool, float]:
        nan = bool(lane[i] != lane[i])
        value = 0 if nan else lane[i].item()
        return (not nan, -value) if descending else (nan, value)

    return np.array(sorted(range(len(lane)), key=key), np.int64)


def _mode(lane: Array) -> Array:
    values = lane.tolist()
    value = min(values, key=lambda v: (-values.count(v), v))
    return np.array([len(values) - 1 - values[::-1].index(value)])


_KEEP = {"keepdim": st.booleans()}
scan("max", chosen(lambda lane: lane.argmax()[None]), empty=False, options=_KEEP, in_place=False, id="dim")
scan("min", chosen(lambda lane: lane.argmin()[None]), empty=False, options=_KEEP, in_place=False, id="dim")
scan(
    "median",
    chosen(lambda lane: order(lane)[[(len(lane) - 1) // 2]]),
    pool="grid",
    empty=False,
    options=_KEEP,
    id="dim",
)
scan("mode", chosen(_mode), pool="grid", empty=False, options=_KEEP)
row(
    "median",
    operands(ALL, "grid", sizes=(1, 5)).map(Call),
    lambda x: np.sort(x, None)[(x.size - 1) // 2],
)

# -- orders and scans ------------------------------------------------------------------------------------------------

_SORTED = {"descending": st.booleans(), "stable": st.just(True)}
scan("sort", chosen(order), options=_SORTED)
scan("argsort", lambda x, dim, **options: chosen(order)(x, dim, **options)[1], options=_SORTED, gradient=False,
     result="int64")  # fmt: skip


@st.composite
def _some(draw: Any, least: int, **options: Any) -> Call:
    x = draw(operands(ALL, "grid", sizes=(1, 5)))
    dim = draw(dims(len(x.shape)))
    size = x.shape[dim] if x.shape else 1
    return Call(x, draw(st.integers(least, size)), dim, **{k: draw(v) for k, v in options.items()})


def _of_some(choose: Callable[..., Array]) -> Callable[..., Any]:
    def reference(x: Array, k: int, dim: int, keepdim: bool | None = None, **options: Any) -> Any:
        whole = x if x.ndim else x.reshape(1)
        found = chosen(lambda lane: choose(lane, k, **options))(whole, dim, keepdim)
        return found if x.ndim else tuple([f.reshape(()) for f in found])

    return reference


row("kthvalue", _some(1, keepdim=st.booleans()), _of_some(lambda lane, k: order(lane)[[k - 1]]))
row("topk", _some(1, largest=st.booleans()), _of_some(lambda lane, k, largest: order(lane, largest)[:k]))
scan("cumsum", np.cumsum, result="accumulate", zero_sign=False)
scan("cumprod", np.cumprod, result="accumulate", pool="powers")
