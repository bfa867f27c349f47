"""Rows of running extremes, quantiles, histograms, sorted sequences and sets of values."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.properties.cases_reduction import chosen
from tests.properties.operands import ALL, FLOATS, INTEGERS, NUMBERS, broadcasting, dims, operands, some_dims
from tests.properties.table import Call, along, reduction, row, scan

Array = np.ndarray[Any, Any]
_WIDE = ("float32", "float64")

# -- without NaN -----------------------------------------------------------------------------------------------------

reduction("nansum", np.nansum, result="accumulate", zero_sign=False)


def _nanmean(x: Array, axis: Any, keepdims: bool = False) -> Any:
    known = ~np.isnan(x)
    total = np.where(known, x, 0).sum(axis, keepdims=keepdims, dtype="float64")
    return total / known.sum(axis, keepdims=keepdims)


reduction("nanmean", _nanmean, dtypes=FLOATS, ulps=2)
row(
    "nanmedian",
    operands(ALL, "grid", sizes=(1, 5)).map(Call),
    lambda x: np.sort(x, None)[(x.size - 1) // 2],
)


@st.composite
def _quantiles(draw: Any, pool: str) -> Call:
    x = draw(operands(_WIDE, pool, sizes=(1, 5)))
    dim = draw(st.one_of(st.none(), dims(len(x.shape))))
    return Call(x, draw(st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0])), dim, draw(st.booleans()))


def _quantile(x: Array, q: float, dim: int | None, keepdim: bool) -> Any:
    return np.quantile(x, q, axis=dim if x.ndim else None, keepdims=keepdim)


row("quantile", _quantiles("grid"), _quantile, ulps=8, least=1)
row("nanquantile", _quantiles("grid"), _quantile, ulps=8, least=1)

# -- extremes and scans ----------------------------------------------------------------------------------------------


def _aminmax(x: Array, dim: int, keepdim: bool) -> Any:
    axis = dim if x.ndim else None
    return x.min(axis, keepdims=keepdim), x.max(axis, keepdims=keepdim)


row("aminmax", along(ALL, empty=False, keepdim=st.booleans()), _aminmax)
for _name, _function in {"cummax": np.maximum, "cummin": np.minimum}.items():

    def _running(lane: Array, function: Any = _function) -> Array:
        values = function.accumulate(lane)
        return np.array([max(j for j in range(i + 1) if lane[j] == values[i]) for i in range(len(lane))], np.int64)

    scan(_name, chosen(_running), pool="grid")
scan("logcumsumexp", lambda x, dim: np.log(np.cumsum(np.exp(x.astype("float64")), dim)), dtypes=FLOATS, pool="grid",
     ulps=8, least=1)  # fmt: skip


def _softmax(x: Array, dim: int) -> Array:
    e = np.exp(x.astype("float64"))
    return e / e.sum(dim, keepdims=True)


scan("softmax", _softmax, dtypes=FLOATS, pool="grid", ulps=4)
scan("log_softmax", lambda x, dim: np.log(_softmax(x, dim)), dtypes=FLOATS, pool="grid", ulps=4, least=4)
row("diff", along(NUMBERS, "grid", n=st.integers(0, 2)).filter(lambda call: call.args[0].shape != ()),
    lambda x, dim, n: np.diff(x, n, dim), memory="maybe")  # fmt: skip
row("msort", operands(ALL, "grid", ndim=(1, 4)).map(Call), lambda x: np.sort(x, 0))


@st.composite
def _moments(draw: Any) -> Call:
    x = draw(operands(FLOATS, "grid", sizes=(2, 5), ndim=(1, 4)))
    return Call(x, draw(some_dims(len(x.shape))), keepdim=draw(st.booleans()))


def _moment(name: str) -> Any:
    def reference(x: Array, dim: Any, keepdim: bool) -> Any:
        wide = x.astype("float64")
        first = getattr(wide, name)(dim, ddof=1, keepdims=keepdim).astype(x.dtype)
        return first, wide.mean(dim, keepdims=keepdim).astype(x.dtype)

    return reference


row("std_mean", _moments(), _moment("std"), ulps=8, least=1)
row("var_mean", _moments(), _moment("var"), ulps=8, least=1)
row(
    "dist",
    broadcasting(2, _WIDE, "grid", mixed=False).map(lambda xs: Call(*xs)),
    lambda x, y: np.sqrt(((x - y) ** 2).sum()),
    ulps=8,
)


def _renorm(x: Array, p: float, dim: int, most: float) -> Array:
    others = tuple([i for i in range(x.ndim) if i != dim])
    norms = np.sqrt((x.astype("float64") ** 2).sum(others, keepdims=True))
    return x * np.where(norms > most, most / (norms + 1e-7), 1.0)


row(
    "renorm",
    operands(_WIDE, "grid", ndim=(2, 3), sizes=(1, 4)).map(lambda x: Call(x, 2, 0, 1.5)),
    _renorm,
    ulps=8,
    least=1,
)

# -- variables -------------------------------------------------------------------------------------------------------

_TABLES = operands(("float64",), "grid", ndim=(2, 2), sizes=(2, 5)).map(Call)
row("cov", _TABLES, np.cov, ulps=32, least=4)
row("corrcoef", _TABLES.filter(lambda call: (call.args[0].array().std(1) > 0).all()), np.corrcoef, ulps=64, least=1)

# -- sets and sorted sequences ---------------------------------------------------------------------------------------


def _unique(x: Array, return_inverse: bool, return_counts: bool) -> Any:
    values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    found = [values, *[inverse.reshape(x.shape)] * return_inverse, *[counts] * return_counts]
    return tuple(found) if len(found) > 1 else values


row(
    "unique",
    st.tuples(operands(ALL, "grid"), st.booleans(), st.booleans()).map(
        lambda drawn: Call(drawn[0], return_inverse=drawn[1], return_counts=drawn[2])
    ),
    _unique,
    gradient=False,
)


def _runs(x: Array) -> Array:
    flat = x.reshape(-1)
    return flat[np.concatenate([[True], flat[1:] != flat[:-1]])] if flat.size else flat


row("unique_consecutive", operands(ALL, "grid").map(Call), _runs, gradient=False)


@st.composite
def _searched(draw: Any, values_first: bool) -> Call:
    x = draw(operands(_WIDE, "grid", ndim=(1, 1)))
    ordered = x._replace(memory=np.sort(x.memory))
    values = draw(operands((x.dtype.name,), "grid"))
    right = draw(st.booleans())
    return Call(*((values, ordered) if values_first else (ordered, values)), right=right)


row(
    "searchsorted",
    _searched(False),
    lambda ordered, v, right: np.searchsorted(ordered, v, "right" if right else "left"),
    result="int64",
    gradient=False,
)
row(
    "bucketize",
    _searched(True),
    lambda v, ordered, right: np.searchsorted(ordered, v, "right" if right else "left"),
    result="int64",
    gradient=False,
)
row(
    "isin",
    broadcasting(2, NUMBERS, "grid", mixed=False).map(lambda xs: Call(*xs)),
    np.isin,
    result="bool",
    gradient=False,
)
row(
    "bincount",
    operands(INTEGERS, "positive", ndim=(1, 1)).map(Call),
    np.bincount,
    result="int64",
    gradient=False,
)
row(
    "histc",
    operands(_WIDE, "grid").map(lambda x: Call(x, 5, -1.3, 3.3)),
    lambda x, bins, low, high: np.histogram(x, bins, (low, high))[0].astype(x.dtype),
    gradient=False,
)


def _histogram(x: Array, bins: int, range: Any) -> Any:
    counts, edges = np.histogram(x, bins, range)
    return counts.astype(x.dtype), edges.astype(x.dtype)


row(
    "histogram",
    operands(_WIDE, "grid").map(lambda x: Call(x, 5, range=(-1.3, 3.3))),
    _histogram,
    gradient=False,
    ulps=4,
)

# -- integrals -------------------------------------------------------------------------------------------------------


def _trapezoid(y: Array) -> Any:
    return ((y[..., 1:] + y[..., :-1]) / 2).sum(-1)


for _name in ("trapezoid", "trapz"):
    row(_name, operands(FLOATS, "grid", ndim=(1, 3), sizes=(1, 5)).map(Call), _trapezoid, forms="function",
        zero_sign=False)  # fmt: skip
row(
    "cumulative_trapezoid",
    operands(FLOATS, "grid", ndim=(1, 3), sizes=(1, 5)).map(Call),
    lambda y: ((y[..., 1:] + y[..., :-1]) / 2).cumsum(-1),
    forms="function",
    zero_sign=False,
)
row(
    "gradient",
    operands(FLOATS, "grid", ndim=(1, 3), sizes=(2, 5)).map(lambda x: Call(x, dim=0)),
    lambda x, dim: [np.gradient(x, axis=dim)],
    forms="function",
    zero_sign=False,
    ulps=4,
    least=1,
)
row("is_signed", operands().map(Call), lambda x: x.dtype.kind in "if", result="raw", gradient=False)
row("is_complex", operands().map(Call), lambda x: False, result="raw", gradient=False)
