"""Rows of rearranged copies, splits, and joins of several tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.properties.cases_views import with_arguments
from tests.properties.operands import NUMBERS, Operand, dims, operands
from tests.properties.table import Call, row

Array = np.ndarray[Any, Any]


def _two(draw: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    return draw(dims(len(shape))), draw(dims(len(shape)))


def _two_others(draw: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    return tuple(draw(st.permutations(range(len(shape))))[:2])


# -- views -----------------------------------------------------------------------------------------------------------

row("swapdims", with_arguments(_two, ndim=(1, 4)), np.swapaxes, memory="view")
row("moveaxis", with_arguments(_two, ndim=(1, 4)), np.moveaxis, memory="view")
for _name in ("H", "mH", "adjoint"):
    _matrix = operands(ndim=(2, 2) if _name == "H" else (2, 4))
    row(_name, _matrix.map(Call), lambda x: np.swapaxes(x, -2, -1), memory="view")
row(
    "broadcast_to",
    operands(ndim=(0, 2)).map(lambda x: Call(x, (2, *x.shape))),
    np.broadcast_to,
    memory="view",
)


def _sections(draw: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    dim = draw(dims(len(shape)))
    ends = tuple(sorted(draw(st.lists(st.integers(0, shape[dim]), max_size=2))))
    return draw(st.sampled_from([1, 2, 3, ends])), dim


row("tensor_split", with_arguments(_sections, ndim=(1, 3)), lambda *args: list(np.array_split(*args)), memory="view")
row(
    "split_with_sizes",
    with_arguments(lambda draw, shape: ([1, shape[0] - 1], 0), ndim=(1, 3), sizes=(1, 4)),
    lambda x, sizes, dim: list(np.split(x, [1], dim)),
    memory="view",
)
for _name, _ndim in {"hsplit": 1, "vsplit": 2, "dsplit": 3}.items():
    row(
        _name,
        with_arguments(lambda draw, shape: ([1, 2],), ndim=(_ndim, 4)),
        lambda x, ends, name=_name: list(getattr(np, name)(x, ends)),
        memory="view",
    )

# -- copies ----------------------------------------------------------------------------------------------------------

row("fliplr", operands(ndim=(2, 4)).map(Call), np.fliplr)
row("flipud", operands(ndim=(1, 4)).map(Call), np.flipud)
row(
    "rot90",
    with_arguments(lambda draw, shape: (draw(st.integers(-2, 4)), _two_others(draw, shape)), ndim=(2, 4)),
    np.rot90,
    memory="maybe",
)
row(
    "narrow_copy",
    with_arguments(lambda draw, shape: (0, 1, shape[0] - 1), ndim=(1, 3), sizes=(1, 4)),
    lambda x, dim, start, length: x[start:],
)
row(
    "tile",
    with_arguments(lambda draw, shape: (tuple(draw(st.lists(st.integers(0, 2), max_size=3))),), ndim=(0, 3)),
    np.tile,
)
row(
    "repeat_interleave",
    with_arguments(lambda draw, shape: (draw(st.integers(0, 3)), draw(dims(len(shape)))), ndim=(1, 3)),
    np.repeat,
)
row("diagflat", with_arguments(lambda draw, shape: (draw(st.integers(-2, 2)),), ndim=(0, 2), sizes=(0, 3)), np.diagflat)


def _diag_embed(x: Array, offset: int) -> Array:
    n = x.shape[-1] + abs(offset)
    found = np.zeros((*x.shape[:-1], n, n), x.dtype)
    for i in range(x.shape[-1]):
        found[..., i + max(-offset, 0), i + max(offset, 0)] = x[..., i]
    return found


row(
    "diag_embed",
    with_arguments(lambda draw, shape: (draw(st.integers(-2, 2)),), ndim=(1, 3), sizes=(0, 3)),
    _diag_embed,
)


@st.composite
def _replaced(draw: Any, kind: str) -> Call:
    """Draws a tensor, what replaces a part of it, and where the part lies."""
    x = draw(operands(NUMBERS, "grid", ndim=(2, 3), sizes=(1, 4)))
    part = {"diagonal": _diagonal(x.shape), "select": x.shape[1:], "slice": (x.shape[0] - 1, *x.shape[1:])}[kind]
    source = draw(operands((x.dtype.name,), "grid", shape=part))
    return Call(x, source, *{"diagonal": (), "select": (0, 0), "slice": (0, 1)}[kind])


def _diagonal(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*shape[2:], min(shape[:2]))


def _replace(kind: str) -> Any:
    def reference(x: Array, source: Array, *_: int) -> Array:
        if kind == "diagonal":
            for i in range(source.shape[-1]):
                x[i, i] = source[..., i]
        else:
            x[0 if kind == "select" else slice(1, None)] = source
        return x

    return reference


for _name in ("diagonal", "select", "slice"):
    row(f"{_name}_scatter", _replaced(_name), _replace(_name))

# -- joins -----------------------------------------------------------------------------------------------------------


@st.composite
def _alike(draw: Any, ndim: tuple[int, int], most: int = 3) -> list[Operand]:
    """Draws one to three tensors of one shape and type."""
    first = draw(operands(NUMBERS, "grid", ndim=ndim, sizes=(0, 3)))
    more = [
        draw(operands((first.dtype.name,), "grid", shape=first.shape)) for _ in range(draw(st.integers(0, most - 1)))
    ]
    return [first, *more]


for _name in ("concat", "concatenate"):
    row(_name, _alike((1, 3)).map(Call), np.concatenate, forms="function")
for _name in ("hstack", "vstack", "dstack", "column_stack"):
    row(_name, _alike((0, 3)).map(Call), getattr(np, _name), forms="function")
row("row_stack", _alike((0, 3)).map(Call), np.vstack, forms="function")
for _name in ("atleast_1d", "atleast_2d", "atleast_3d"):
    row(_name, operands(ndim=(0, 4)).map(Call), getattr(np, _name), memory="view", forms="function")


def _blocks(*parts: Array) -> Array:
    matrices = [np.atleast_2d(p) for p in parts]
    found = np.zeros(np.sum([m.shape for m in matrices], 0), parts[0].dtype)
    row_at = column_at = 0
    for m in matrices:
        found[row_at : row_at + m.shape[0], column_at : column_at + m.shape[1]] = m
        row_at, column_at = row_at + m.shape[0], column_at + m.shape[1]
    return found


row("block_diag", _alike((0, 2)).map(lambda several: Call(*several)), _blocks, forms="function")


@st.composite
def _vectors(draw: Any) -> Call:
    dtype = (draw(st.sampled_from(NUMBERS)),)
    return Call(*[draw(operands(dtype, "grid", ndim=(1, 1), sizes=(0, 3))) for _ in range(draw(st.integers(1, 3)))])


row(
    "meshgrid",
    _vectors().map(lambda call: Call(*call.args, indexing="ij")),
    lambda *xs, indexing: list(np.meshgrid(*xs, indexing=indexing)),
    memory="maybe",
    forms="function",
)
row(
    "cartesian_prod",
    _vectors().filter(lambda call: len(call.args) > 1),
    lambda *xs: np.stack([g.reshape(-1) for g in np.meshgrid(*xs, indexing="ij")], 1),
    forms="function",
)
row(
    "vander",
    operands(("float64", "int64"), "grid", ndim=(1, 1), sizes=(0, 4)).map(Call),
    np.vander,
    forms="function",
    zero_sign=False,
    gradient=False,
)
row(
    "combinations",
    operands(NUMBERS, "grid", ndim=(1, 1), sizes=(0, 4)).map(Call),
    lambda x: np.array([(a, b) for i, a in enumerate(x) for b in x[i + 1 :]], x.dtype).reshape(-1, 2),
    forms="function",
)
for _name in ("tril_indices", "triu_indices"):
    row(
        _name,
        st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(-2, 2)).map(lambda drawn: Call(*drawn)),
        lambda n, m, offset, name=_name: np.array(getattr(np, name)(n, offset, m)),
        result="raw",
        gradient=False,
    )
row(
    "unravel_index",
    operands(("int64",), "positive")
    .map(lambda x: Call(x, (3, 4)))
    .filter(lambda call: call.args[0].memory.max(initial=0) < 12),
    lambda x, shape: list(np.unravel_index(x, shape)),
    gradient=False,
    forms="function",
)
for _name in ("is_same_size",):
    row(_name, st.tuples(operands(), operands()).map(lambda drawn: Call(*drawn)), lambda x, y: x.shape == y.shape,
        result="raw", gradient=False)  # fmt: skip
row("is_nonzero", operands(sizes=(1, 1)).map(Call), lambda x: bool(x.item() != 0), result="raw", gradient=False)
for _name, _size in {"nelement": "size", "ndimension": "ndim", "itemsize": "itemsize", "nbytes": "nbytes"}.items():
    row(_name, operands().map(Call), lambda x, size=_size: getattr(x, size), result="raw", gradient=False)
