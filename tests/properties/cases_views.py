"""Rows of other shapes of the same elements, and of copies in another order."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from hypothesis import strategies as st

from pytorch_from_lua.tensor.geometry import Geometry, contiguous_stride
from tests.properties.operands import ALL, Operand, dims, narrower, operands
from tests.properties.table import Call, row

Array = np.ndarray[Any, Any]


def with_arguments(
    choose: Callable[[Any, tuple[int, ...]], tuple[Any, ...]], **options: Any
) -> st.SearchStrategy[Call]:
    """Calls of a drawn tensor with the arguments that ``choose(draw, shape)`` draws for it."""

    @st.composite
    def calls(draw: Any) -> Call:
        x = draw(operands(**options))
        return Call(x, *choose(draw, x.shape))

    return calls()


def other_shape(draw: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Draws a shape of as many elements, with a -1 now and then."""
    sizes = list(shape)
    for _ in range(draw(st.integers(0, 2))):
        kind, at = draw(st.integers(0, 3)), draw(st.integers(0, len(sizes)))
        if kind == 0:
            sizes.insert(at, 1)
        elif kind == 1 and at + 1 < len(sizes):
            sizes[at : at + 2] = [sizes[at] * sizes[at + 1]]
        elif kind == 2:
            sizes = sizes[::-1]
        elif at < len(sizes) and sizes[at] % 2 == 0:
            sizes[at : at + 1] = [2, sizes[at] // 2]
    if sizes and draw(st.integers(0, 3)) == 3:
        at = draw(st.integers(0, len(sizes) - 1))
        if prod(sizes[:at] + sizes[at + 1 :]):
            sizes[at] = -1
    return tuple(sizes)


def _shaped(draw: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    return (other_shape(draw, shape),)


def _like(draw: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    sizes = tuple([n for n in shape if n != 1])
    return (Operand(np.zeros(prod(sizes), np.int16), Geometry(0, sizes, contiguous_stride(sizes))),)


def _two(draw: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    return draw(dims(len(shape))), draw(dims(len(shape)))


row("view", with_arguments(_shaped, layouts=False), lambda x, shape: x.reshape(shape), memory="view")
row("reshape", with_arguments(_shaped), lambda x, shape: x.reshape(shape), memory="maybe")
row("view_as", with_arguments(_like, layouts=False), lambda x, y: x.reshape(y.shape), memory="view")
row("reshape_as", with_arguments(_like), lambda x, y: x.reshape(y.shape), memory="maybe")
row("ravel", operands().map(Call), np.ravel, memory="maybe")


def _range(draw: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    first, last = sorted([draw(st.integers(0, max(len(shape) - 1, 0))) for _ in range(2)])
    return first, last


def _flatten(x: Array, first: int, last: int) -> Array:
    return x.reshape((*x.shape[:first], prod(x.shape[first : last + 1]), *x.shape[last + 1 :]))


row("flatten", with_arguments(_range), _flatten, memory="maybe")


def _pieces(draw: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    dim = draw(dims(len(shape)))
    size = shape[dim]
    return dim, draw(st.sampled_from([(size, 1), (1, -1) if size else (0, 2), (size,), (1, size, 1)]))


def _unflatten(x: Array, dim: int, sizes: tuple[int, ...]) -> Array:
    d = dim % x.ndim
    known = [x.shape[d] if n == -1 else n for n in sizes]  # of no elements numpy cannot tell
    return x.reshape((*x.shape[:d], *known, *x.shape[d + 1 :]))


row("unflatten", with_arguments(_pieces, ndim=(1, 3)), _unflatten, memory="view")


def _swapped(x: Array, a: int, b: int) -> Array:
    return np.swapaxes(x, a, b) if x.ndim else x


row("transpose", with_arguments(_two), _swapped, memory="view")
row("swapaxes", with_arguments(_two), _swapped, memory="view")
row("t", operands(ndim=(0, 2)).map(Call), np.transpose, memory="view")
row("T", operands().map(Call), np.transpose, memory="view")
row("mT", operands(ndim=(2, 4)).map(Call), lambda x: np.swapaxes(x, -2, -1), memory="view")
row(
    "permute",
    with_arguments(lambda draw, shape: (tuple(draw(st.permutations(range(len(shape))))),)),
    np.transpose,
    memory="view",
)
row("movedim", with_arguments(_two, ndim=(1, 4)), np.moveaxis, memory="view")


def _part(draw: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    dim = draw(dims(len(shape)))
    start = draw(st.integers(0, shape[dim]))
    return dim, start, draw(st.integers(0, shape[dim] - start))


row(
    "narrow",
    with_arguments(_part, ndim=(1, 4)),
    lambda x, dim, start, length: x.take(np.arange(start, start + length), dim),
    memory="view",
)


def _one(draw: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    dim = draw(dims(len(shape)))
    return dim, draw(st.integers(-shape[dim], shape[dim] - 1))


row(
    "select",
    with_arguments(_one, ndim=(1, 4), sizes=(1, 5)),
    lambda x, dim, index: x.take(index, dim),
    memory="view",
)


def _window(draw: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    dim = draw(dims(len(shape)))
    return dim, draw(st.integers(1, shape[dim] if shape else 1)), draw(st.integers(1, 3))


def _unfold(x: Array, dim: int, size: int, step: int) -> Array:
    x = x if x.ndim else x.reshape(1)
    windows = np.lib.stride_tricks.sliding_window_view(x, size, dim)
    return windows[(slice(None),) * (dim % x.ndim) + (slice(None, None, step),)]


row("unfold", with_arguments(_window, sizes=(1, 5)), _unfold, memory="view")


@st.composite
def _expansions(draw: Any, as_tensor: bool) -> Call:
    shape = draw(st.lists(st.integers(0, 3), max_size=4).map(tuple))
    x = draw(operands(shape=narrower(shape, draw(st.binary(min_size=6, max_size=6)))))
    if as_tensor:
        return Call(x, Operand(np.zeros(1, np.int8), Geometry(0, shape, (0,) * len(shape))))
    return Call(x, shape)


row("expand", _expansions(False), np.broadcast_to, memory="view")
row("expand_as", _expansions(True), lambda x, y: np.broadcast_to(x, y.shape), memory="view")
row("squeeze", operands(sizes=(0, 2)).map(Call), np.squeeze, memory="view")
row(
    "squeeze",
    with_arguments(lambda draw, shape: (draw(dims(len(shape))),), sizes=(0, 2)),
    lambda x, dim: x.squeeze(dim) if x.ndim and x.shape[dim] == 1 else x,
    memory="view",
    id="dim",
)
row(
    "unsqueeze",
    with_arguments(lambda draw, shape: (draw(st.integers(-len(shape) - 1, len(shape))),)),
    np.expand_dims,
    memory="view",
)


def _diagonals(draw: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    a, b = draw(st.permutations(range(len(shape))))[:2]
    return draw(st.integers(-3, 3)), a, b - draw(st.sampled_from([0, len(shape)]))


row("diagonal", with_arguments(_diagonals, ndim=(2, 4)), np.diagonal, memory="view")


@st.composite
def _splits(draw: Any) -> Call:
    x = draw(operands(ndim=(1, 3)))
    dim = draw(dims(len(x.shape)))
    size = x.shape[dim]
    listed = draw(st.booleans())
    first = draw(st.integers(0, size))
    return Call(x, [first, size - first] if listed else draw(st.integers(1, 3)), dim)


def _split(x: Array, size: Any, dim: int) -> list[Array]:
    whole = x.shape[dim]
    starts = list(range(0, whole, size))[1:] if isinstance(size, int) else [size[0]]
    return list(np.split(x, starts, dim))


row("split", _splits(), _split, memory="view")
row(
    "chunk",
    with_arguments(lambda draw, shape: (draw(st.integers(1, 4)), draw(dims(len(shape)))), ndim=(1, 3), sizes=(1, 5)),
    lambda x, n, dim: _split(x, -(-x.shape[dim] // n), dim),
    memory="view",
)
row(
    "unbind",
    with_arguments(lambda draw, shape: (draw(dims(len(shape))),), ndim=(1, 3), sizes=(1, 5)),
    lambda x, dim: list(np.moveaxis(x, dim, 0)),
    memory="view",
)
row(
    "as_strided",
    operands(ndim=(1, 3), sizes=(1, 5), layouts=False).map(lambda x: Call(x, (2, 1), (0, 1), x.geometry.offset)),
    lambda x, size, stride, offset: np.full((2, 1), x.reshape(-1)[0]),
    memory="view",
)

row("diag", with_arguments(lambda draw, shape: (draw(st.integers(-3, 3)),), ndim=(1, 2)), np.diag)

# -- copies ----------------------------------------------------------------------------------------------------------

row("clone", operands().map(Call), np.copy)
row("contiguous", operands().map(Call), np.copy, memory="maybe")
row(
    "repeat",
    with_arguments(
        lambda draw, shape: (tuple(draw(st.lists(st.integers(0, 2), min_size=len(shape), max_size=len(shape) + 1))),),
        ndim=(0, 3),
    ),
    np.tile,
)
row(
    "flip",
    with_arguments(lambda draw, shape: (tuple(draw(st.permutations(range(len(shape))))[:2]),), ndim=(1, 4)),
    np.flip,
)
row(
    "roll",
    with_arguments(lambda draw, shape: (draw(st.integers(-4, 4)), draw(dims(len(shape)))), ndim=(1, 4)),
    np.roll,
)
for _name in ("tril", "triu"):
    row(
        _name,
        with_arguments(lambda draw, shape: (draw(st.integers(-3, 3)),), dtypes=ALL, ndim=(2, 4)),
        getattr(np, _name),
        zero_sign=False,
    )
