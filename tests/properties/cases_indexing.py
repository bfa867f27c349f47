"""Rows of elements chosen by indices and masks, read and written."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.properties.operands import ALL, FLOATS, NUMBERS, Operand, dims, narrower, operands
from tests.properties.table import Call, row

Array = np.ndarray[Any, Any]

# -- indices of one dimension ----------------------------------------------------------------------------------------


def _indices(draw: Any, size: int, shape: tuple[int, ...] | None = None) -> Operand:
    """Draws a view of integers below ``size``."""
    o = draw(operands(("int64", "int32", "uint8"), shape=shape, ndim=(1, 1)))
    if size == 0:
        return Operand(np.zeros(0, np.int64), o.geometry._replace(offset=0, shape=(0,), stride=(1,)))
    return Operand((o.memory.astype(np.int64) % size).astype(o.memory.dtype), o.geometry)


@st.composite
def _along(draw: Any, what: str) -> Call:
    x = draw(operands(NUMBERS, "grid", sizes=(1, 4), ndim=(1, 3)))
    dim = draw(dims(len(x.shape)))
    index = _indices(draw, x.shape[dim])
    if what == "select":
        return Call(x, dim, index)
    if what == "fill":
        return Call(x, dim, index, draw(st.sampled_from([1, 3, 0])))
    d = dim % len(x.shape)
    shape = (*x.shape[:d], index.shape[0], *x.shape[d + 1 :])
    return Call(x, dim, index, draw(operands((x.dtype.name,), "grid", shape=shape)))


def _part(x: Array, dim: int, index: Array) -> tuple[Any, ...]:
    return (*[slice(None)] * (dim % x.ndim), index.astype(np.int64))


def _put(x: Array, dim: int, index: Array, source: Any) -> Array:
    x[_part(x, dim, index)] = source
    return x


def _add(x: Array, dim: int, index: Array, source: Array) -> Array:
    np.add.at(x, _part(x, dim, index), source)
    return x


row("index_select", _along("select"), lambda x, dim, index: x[_part(x, dim, index)])
row("index_fill", _along("fill"), _put)
row("index_copy", _along("source"), _put)
row("index_add", _along("source"), _add, zero_sign=False)

# -- indices of elements ---------------------------------------------------------------------------------------------


@st.composite
def _elements(draw: Any, what: str) -> Call:
    x = draw(operands(NUMBERS, "grid", sizes=(1, 4), ndim=(1, 3)))
    dim = draw(dims(len(x.shape)))
    sizes = [draw(st.integers(1, n)) for n in x.shape]
    sizes[dim] = draw(st.integers(0, 4))
    index = _indices(draw, x.shape[dim], tuple(sizes))
    if what == "gather":
        return Call(x, dim, index)
    if what == "number":
        return Call(x, dim, index, draw(st.sampled_from([1, 3, 0])))
    larger = tuple([n + draw(st.integers(0, 1)) for n in sizes])
    return Call(x, dim, index, draw(operands((x.dtype.name,), "grid", shape=larger)))


def _gather(x: Array, dim: int, index: Array) -> Array:
    found = np.empty(index.shape, x.dtype)
    for place in np.ndindex(index.shape):
        at = list(place)
        at[dim] = int(index[place])
        found[place] = x[tuple(at)]
    return found


def _scatter(x: Array, dim: int, index: Array, source: Any, add: bool = False) -> Array:
    for place in np.ndindex(index.shape):
        at = list(place)
        at[dim] = int(index[place])
        value = source[place] if isinstance(source, np.ndarray) else source
        x[tuple(at)] = x[tuple(at)] + value if add else value
    return x


row("gather", _elements("gather"), _gather)
row("scatter", _elements("number"), _scatter, id="number")
row("scatter", _elements("source"), _scatter, gradient=False)  # several to one place: which wins is not differentiated
row("scatter_add", _elements("source"), lambda *args: _scatter(*args, add=True), zero_sign=False)


@st.composite
def _takes(draw: Any) -> Call:
    x = draw(operands(sizes=(1, 4)))
    return Call(x, _indices(draw, int(np.prod(x.shape)), tuple(draw(st.lists(st.integers(0, 3), max_size=2)))))


row("take", _takes(), lambda x, index: x.reshape(-1)[index.astype(np.int64)])

# -- masks -----------------------------------------------------------------------------------------------------------


@st.composite
def _masked(draw: Any, filled: bool) -> Call:
    x = draw(operands(NUMBERS if filled else ALL, "special"))
    shape = narrower(x.shape, draw(st.binary(min_size=6, max_size=6)))
    mask = draw(operands(("bool",), shape=shape))
    return Call(x, mask, draw(st.sampled_from([1, 3, 0]))) if filled else Call(x, mask)


row("masked_fill", _masked(True), lambda x, mask, value: np.where(mask, x.dtype.type(value), x))
row("masked_select", _masked(False), lambda x, mask: x[np.broadcast_to(mask, x.shape)])
row(
    "nonzero",
    operands(ALL, "special").map(Call),
    lambda x: np.argwhere(x) if x.ndim else np.zeros((int(x != 0), 0), np.int64),
    result="int64",
    gradient=False,
)
row(
    "where",
    operands(ALL, "special", ndim=(1, 3)).map(Call),
    lambda x: tuple(np.nonzero(x)),
    result="int64",
    gradient=False,
    forms="function",
    id="alone",
)

# -- brackets --------------------------------------------------------------------------------------------------------


def _slice(draw: Any, size: int) -> slice:
    ends = st.one_of(st.none(), st.integers(-size - 1, size + 1))
    return slice(draw(ends), draw(ends), draw(st.sampled_from([None, 1, 2, 3])))


@st.composite
def _brackets(draw: Any, advanced: bool, written: bool = False) -> Call:
    x = draw(operands(NUMBERS, "grid", sizes=(1, 4)))
    parts: list[Any] = []
    at = 0
    while at < len(x.shape) and draw(st.integers(0, 4)) < 4:
        kind = draw(st.integers(0, 7 if advanced else 4))
        size = x.shape[at]
        if kind == 4:
            parts.append(None)
            continue
        if kind in (0, 1):
            parts.append(_slice(draw, size))
        elif kind in (2, 3):
            parts.append(draw(st.integers(-size, size - 1)))
        elif kind == 7:
            parts.append(draw(operands(("bool",), shape=(size,))))
        else:
            parts.append(draw(st.lists(st.integers(-size, size - 1), min_size=1, max_size=1)))
        at += 1
    if not any(p is Ellipsis for p in parts) and draw(st.integers(0, 3)) == 3:
        parts.append(Ellipsis)
    if advanced and not any(isinstance(p, (list, Operand)) for p in parts):
        parts.insert(0, draw(operands(("bool",), shape=x.shape)))
        parts[1:] = []
    index = tuple(parts)
    if not written:
        return Call(x, index)
    return Call(x, index, draw(st.sampled_from([1, 3, 0])))


def _read(x: Array, index: Any) -> Any:
    return x[index]


def _written(x: Array, index: Any, value: Any) -> Array:
    x[index] = value
    return x


row("__getitem__", _brackets(False), _read, memory="view", id="view")
row("__getitem__", _brackets(True).filter(lambda call: not _torn(call.args[1])), _read, id="copy")


def _many(call: Call) -> bool:
    """Whether the tensor is expanded: writing several of its elements is refused, one is not."""
    g = call.args[0].geometry
    return not any(s == 0 and n > 1 for n, s in zip(g.shape, g.stride, strict=True))


row("__setitem__", _brackets(False, written=True).filter(_many), _written, memory="written")
row("__setitem__", _brackets(True, written=True).filter(_many), _written, memory="written", id="advanced")


def _torn(index: tuple[Any, ...]) -> bool:
    """Whether numbers stand among lists or masks: numpy counts them as lists, PyTorch as a view first."""
    return any(isinstance(p, int) for p in index)


# -- whole tensors, in place -----------------------------------------------------------------------------------------


@st.composite
def _copied(draw: Any) -> Call:
    x = draw(operands(FLOATS, "grid"))
    return Call(x, draw(operands(ALL, "grid", shape=narrower(x.shape, draw(st.binary(min_size=6, max_size=6))))))


row("copy_", _copied(), lambda x, y: np.broadcast_to(y, x.shape).astype(x.dtype), memory="written")
row(
    "fill_",
    st.tuples(operands(NUMBERS), st.sampled_from([1, 3, 0, 100])).map(lambda drawn: Call(*drawn)),
    lambda x, value: np.full_like(x, value),
    memory="written",
)
row("zero_", operands().map(Call), np.zeros_like, memory="written")
