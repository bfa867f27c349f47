"""Rows of operations that bring several values to one place, and of places counted in row-major order."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.properties.cases_indexing import _along, _elements, _indices
from tests.properties.operands import ALL, NUMBERS, Operand, operands
from tests.properties.table import Call, row

Array = np.ndarray[Any, Any]

_JOIN = {"sum": np.add, "prod": np.multiply, "mean": np.add, "amax": np.maximum, "amin": np.minimum}


@st.composite
def _with_reduction(draw: Any, calls: Any, kinds: tuple[str, ...]) -> Call:
    call = draw(calls)
    return Call(*call.args, draw(st.sampled_from(kinds)), include_self=draw(st.booleans()))


def _scatter_reduce(x: Array, dim: int, index: Array, source: Array, reduce: str, include_self: bool) -> Array:
    """One value after another, in plain loops."""
    counts = np.full(x.shape, int(include_self))
    for place in np.ndindex(index.shape):
        at = list(place)
        at[dim] = int(index[place])
        here = tuple(at)
        x[here] = _JOIN[reduce](x[here], source[place]) if counts[here] else source[place]
        counts[here] += 1
    if reduce == "mean":
        divided = np.maximum(counts, 1).astype(x.dtype)
        x[...] = x / divided if x.dtype.kind == "f" else x // divided
    return x


def _index_reduce(x: Array, dim: int, index: Array, source: Array, reduce: str, include_self: bool) -> Array:
    shape = [1] * x.ndim
    shape[dim] = -1
    return _scatter_reduce(x, dim, np.broadcast_to(index.reshape(shape), source.shape), source, reduce, include_self)


row(
    "scatter_reduce",
    _with_reduction(_elements("source"), tuple(_JOIN)),
    _scatter_reduce,
    ulps=4,
    least=1.0,
    zero_sign=False,
)
row(
    "index_reduce",
    _with_reduction(_along("source"), ("prod", "mean", "amax", "amin")),
    _index_reduce,
    ulps=4,
    least=1.0,
    zero_sign=False,
)


@st.composite
def _takes_along(draw: Any) -> Call:
    x = draw(operands(NUMBERS, sizes=(1, 4), ndim=(1, 3)))
    dim = draw(st.integers(0, len(x.shape) - 1))
    sizes = [draw(st.sampled_from([1, n])) for n in x.shape]
    sizes[dim] = draw(st.integers(0, 4))
    return Call(x, _indices(draw, x.shape[dim], tuple(sizes)), dim)


row("take_along_dim", _takes_along(), lambda x, index, dim: np.take_along_axis(x, index.astype(np.int64), dim))


@st.composite
def _puts(draw: Any, flat: bool) -> Call:
    x = draw(operands(NUMBERS, "grid", sizes=(1, 4), ndim=(1, 3)))
    index = _indices(draw, int(np.prod(x.shape)) if flat else x.shape[0])
    if not flat:  # bytes would be a mask
        index = Operand(index.memory.astype(np.int64), index.geometry)
    shape = index.shape if flat else (*index.shape, *x.shape[1:])
    accumulate = draw(st.booleans())
    return Call(x, index if flat else (index,), draw(operands((x.dtype.name,), "grid", shape=shape)), accumulate)


def _put(x: Array, index: Array, source: Array, accumulate: bool) -> Array:
    for place, value in zip(index.tolist(), source, strict=True):
        at = np.unravel_index(place, x.shape)
        x[at] = x[at] + value if accumulate else value
    return x


def _index_put(x: Array, index: tuple[Array, ...], source: Array, accumulate: bool) -> Array:
    for place, values in zip(index[0].tolist(), source, strict=True):
        x[place] = x[place] + values if accumulate else values
    return x


row("put", _puts(True), _put, zero_sign=False, gradient=False)  # several to one place: which wins is not differentiated
row("index_put", _puts(False), _index_put, zero_sign=False, gradient=False)


@st.composite
def _masked(draw: Any) -> Call:
    x = draw(operands(NUMBERS, sizes=(1, 4), ndim=(1, 3)))
    mask = draw(operands(("bool",), shape=x.shape[draw(st.integers(0, len(x.shape) - 1)) :]))
    return Call(x, mask, draw(operands((x.dtype.name,), shape=x.shape)))


def _masked_scatter(x: Array, mask: Array, source: Array) -> Array:
    chosen = np.broadcast_to(mask, x.shape)
    x[chosen] = source.reshape(-1)[: int(chosen.sum())]
    return x


row("masked_scatter", _masked(), _masked_scatter)
row(
    "argwhere",
    operands(ALL, "special", ndim=(1, 3)).map(Call),
    np.argwhere,
    result="int64",
    gradient=False,
)


@st.composite
def _diagonals(draw: Any) -> Call:
    shape = draw(st.sampled_from([(2, 2), (3, 2), (2, 4), (5, 2), (7, 2), (3, 3, 3)]))
    return Call(draw(operands(NUMBERS, shape=shape)), draw(st.sampled_from([1, 3, 0])), draw(st.booleans()))


def _fill_diagonal(x: Array, value: int, wrap: bool) -> Array:
    np.fill_diagonal(x, value, wrap=wrap)
    return x


row("fill_diagonal_", _diagonals(), _fill_diagonal, memory="written")


@st.composite
def _anyhow(draw: Any) -> Call:
    x = draw(operands(NUMBERS, sizes=(2, 4), ndim=(1, 2)))
    size, stride = draw(st.sampled_from([((2,), (1,)), ((1, 2), (2, 1)), ((), ())]))
    return Call(
        x, draw(operands((x.dtype.name,), shape=size)), size, stride, draw(st.integers(0, int(np.prod(x.shape)) - 2))
    )


def _as_strided_scatter(x: Array, source: Array, size: Any, stride: Any, offset: int) -> Array:
    flat = x.reshape(-1)
    for place in np.ndindex(size):
        flat[offset + sum([i * s for i, s in zip(place, stride, strict=True)])] = source[place]
    return flat.reshape(x.shape)


row("as_strided_scatter", _anyhow(), _as_strided_scatter)
