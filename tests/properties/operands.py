"""Drawn tensors: elements of a storage seen through an offset, a shape and strides of every kind.

A tensor is drawn as a few bytes, which this file reads as sizes, layout and values: one draw instead of some hundred,
and it shrinks to bytes of 0, which are a contiguous tensor of few dimensions, with plain values.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

import pytorch_from_lua as torch
from pytorch_from_lua.tensor import geometry
from pytorch_from_lua.tensor.geometry import Geometry

FLOATS = ("float32", "float64", "float16")
SIGNED = ("int64", "int32", "int16", "int8")
INTEGERS = (*SIGNED, "uint8")
NUMBERS = (*FLOATS, *INTEGERS)
ALL = (*NUMBERS, "bool")

#: No drawn tensor has more elements: what breaks at all breaks in small tensors.
MOST = 100

_GRID = (0.0, 1.0, -1.0, 0.5, 2.0, -0.5, 1.5, 3.0, -2.0, 0.25, -0.75, 4.0, 1.0, -3.0, 2.5)
_SPECIAL = (*_GRID, float("nan"), float("inf"), -float("inf"), -0.0)
_POOLS: dict[str, tuple[float, ...]] = {
    # Quarters: sums and products of some of them are exact in every type, so their order does not matter.
    "grid": _GRID,
    "special": _SPECIAL,
    "positive": tuple([abs(v) + 0.25 for v in _GRID]),
    "unit": tuple([v / 8 + 0.125 for v in _GRID]),
    "powers": (1.0, -1.0, 2.0, 0.5, 1.0, -2.0, 1.0, 0.0, -1.0),
}
_LIMIT = 2**63


def pool(name: str, dtype: str) -> np.ndarray[Any, Any]:
    """The values that elements of ``dtype`` are taken from."""
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return np.array([False, True, True], kind)
    if kind.kind in "iu":
        small = [0, 1, 2, 3, 5, 7] + ([-1, -2, -3, -7] if kind.kind == "i" else [])
        if name == "positive":
            small = [1, 2, 3, 5, 7]
        limits = [np.iinfo(kind).max, np.iinfo(kind).min, np.iinfo(kind).max - 1] if name == "wild" else []
        return np.array(small + limits, kind)
    if name == "powers" and kind.itemsize == 2:
        return np.array([1.0, -1.0, 0.0], kind)
    if name == "wild":
        info = np.finfo(kind)
        rest = [info.max, info.min, info.tiny, info.smallest_subnormal, info.eps, 1 - info.eps, 0.1, -1e4, 7.3, 100.0]
        return np.array([*_SPECIAL, *rest], kind)
    return np.array(_POOLS[name], kind)


class Operand(NamedTuple):
    """One drawn tensor: the elements of its storage, and how it sees them."""

    memory: np.ndarray[Any, Any]
    geometry: Geometry

    @property
    def shape(self) -> tuple[int, ...]:
        return self.geometry.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.memory.dtype

    def array(self) -> np.ndarray[Any, Any]:
        """The elements, row-major, in memory of their own."""
        return seen(self.memory, self.geometry).copy()

    def view(self) -> torch.Tensor:
        """The tensor, as a view of a tensor of the whole storage."""
        base = torch.Tensor.from_array(self.memory.copy())
        return base.as_strided(self.geometry.shape, self.geometry.stride, self.geometry.offset)

    def contiguous(self) -> torch.Tensor:
        """The same elements in a tensor of their own."""
        return torch.Tensor.from_array(self.array())

    @property
    def repeats(self) -> bool:
        """Whether two places of the tensor are one element of the storage."""
        return repeats(self.geometry)

    def __repr__(self) -> str:
        g = self.geometry
        return f"<{self.dtype} {g.shape} stride {g.stride} offset {g.offset} of {self.memory.tolist()}>"


def seen(memory: np.ndarray[Any, Any], g: Geometry) -> np.ndarray[Any, Any]:
    """The part of ``memory`` that a geometry describes, as a view."""
    if 0 in g.shape:
        return np.empty(g.shape, memory.dtype)
    steps = [s * memory.itemsize for s in g.stride]
    return np.lib.stride_tricks.as_strided(memory[g.offset :], g.shape, steps)


def repeats(g: Geometry) -> bool:
    """Whether two places of the tensor are one element of the storage."""
    places = np.zeros(g.shape, np.int64)
    for d, (n, s) in enumerate(zip(g.shape, g.stride, strict=True)):
        places += (np.arange(n) * s).reshape([-1 if i == d else 1 for i in range(len(g.shape))])
    return bool(np.unique(places).size != places.size)


def _layout(shape: tuple[int, ...], code: bytes) -> Geometry:
    """Offset and strides for a shape, of the kind that the bytes say."""
    kind, start, order, *more = code
    ndim = len(shape)
    if kind % 8 == 0:
        return Geometry(0, shape, geometry.contiguous_stride(shape))
    if kind % 8 == 1:  # a part of a row-major storage
        return Geometry(start % 4, shape, geometry.contiguous_stride(shape))
    if kind % 8 == 2:  # windows that overlap
        return Geometry(start % 3, shape, tuple([m % 4 for m in more[:ndim]]))
    stepped, cut = kind % 8 in (3, 6), kind % 8 in (4, 6)  # every n-th index; a part of each dimension
    repeated, turned = kind % 8 == 5, kind % 8 in (6, 7)  # stride 0; dimensions in another order
    dims = list(range(ndim))
    if turned:
        dims = sorted(dims, key=lambda d: (order >> d) & 1)[:: -1 if order & 16 else 1]
    stride = [1] * ndim
    offset, step = start % 3, 1
    for d in reversed(dims):
        gap = 1 + more[d] % 3 if stepped and d < 2 else 1
        before = more[d] // 3 % 3 if cut else 0
        after = more[d] // 9 % 2 if cut else 0
        if repeated and more[d] % 2:
            stride[d] = 0
            continue
        stride[d] = step * gap
        offset += before * step
        step *= max(1, before + shape[d] * gap + after)
    return Geometry(offset, shape, tuple(stride))


@st.composite
def operands(
    draw: Any,
    dtypes: Sequence[str] = ALL,
    pool_name: str = "wild",
    *,
    shape: tuple[int, ...] | None = None,
    ndim: tuple[int, int] = (0, 4),
    sizes: tuple[int, int] = (0, 5),
    layouts: bool = True,
) -> Operand:
    """Draws a tensor.

    Args:
        draw: hypothesis's.
        dtypes: the element types to choose from.
        pool_name: which values (see `pool`).
        shape: the shape; else one of ``ndim`` dimensions with ``sizes``, both with their limits.
        ndim: the fewest and the most dimensions.
        sizes: the smallest and the largest size.
        layouts: whether the tensor may be a view that is not contiguous.
    """
    code = draw(st.binary(min_size=40, max_size=40))
    dtype = dtypes[code[0] % len(dtypes)]
    if shape is None:
        shape = _shape(code[1:8], ndim, sizes)
    g = _layout(shape, code[8:16] if layouts else bytes(8))
    values = pool(pool_name, dtype)
    need = max(geometry.extent(g), g.offset) + code[16] % 3
    return Operand(np.resize(values[np.frombuffer(code[17:], np.uint8) % len(values)], need), g)


def _shape(code: bytes, ndim: tuple[int, int], sizes: tuple[int, int]) -> tuple[int, ...]:
    low, high = sizes
    found: list[int] = []
    for byte in code[1 : 1 + ndim[0] + code[0] % (ndim[1] - ndim[0] + 1)]:
        # An empty dimension in every tensor would leave nothing to compare: they are rarer than the other sizes.
        size = low if byte > 245 else max(low, 1) + byte % (high - max(low, 1) + 1)
        if prod(found) * size > MOST:
            size = max(low, 1)
        found.append(size)
    return tuple(found)


def shapes(ndim: tuple[int, int] = (0, 4), sizes: tuple[int, int] = (0, 5)) -> st.SearchStrategy[tuple[int, ...]]:
    """Draws the shape of a small tensor."""
    return st.binary(min_size=7, max_size=7).map(lambda code: _shape(code, ndim, sizes))


def narrower(shape: tuple[int, ...], code: bytes) -> tuple[int, ...]:
    """A shape that broadcasts to ``shape``: some sizes become 1, some leading dimensions go."""
    kept = tuple([1 if byte % 4 == 3 else n for n, byte in zip(shape, code[1:], strict=False)])
    return kept[min(code[0] % 6, len(kept)) if code[0] % 6 < 3 else 0 :]


@st.composite
def broadcasting(
    draw: Any, count: int, dtypes: Sequence[str] = ALL, pool_name: str = "wild", mixed: bool = True
) -> list[Operand]:
    """Draws ``count`` tensors whose shapes broadcast; of several element types where ``mixed``."""
    shape = draw(shapes())
    code = draw(st.binary(min_size=1 + 6 * count, max_size=1 + 6 * count))
    one = (dtypes[code[-1] % len(dtypes)],)
    return [
        draw(operands(dtypes if mixed else one, pool_name, shape=narrower(shape, code[6 * i : 6 * i + 6])))
        for i in range(count)
    ]


def dims(ndim: int) -> st.SearchStrategy[int]:
    """Draws a dimension, counted from the front or from the end."""
    limit = max(ndim, 1)
    return st.integers(-limit, limit - 1)


def some_dims(ndim: int) -> st.SearchStrategy[Any]:
    """Draws what a reduction takes for ``dim``: None, one dimension, or several."""
    several = st.lists(st.integers(0, max(ndim - 1, 0)), unique=True, min_size=1, max_size=max(ndim, 1)).map(tuple)
    return st.one_of(st.none(), dims(ndim), several)
