"""Rows of other types, joins, comparisons of whole tensors, and tensors made like others."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from pytorch_from_lua.tensor.dtype import DType
from tests.properties.operands import ALL, FLOATS, NUMBERS, Operand, broadcasting, dims, operands
from tests.properties.table import Call, row

Array = np.ndarray[Any, Any]

# -- types -----------------------------------------------------------------------------------------------------------

_NAMES = {
    "bool": "bool", "byte": "uint8", "char": "int8", "short": "int16", "int": "int32", "long": "int64",
    "half": "float16", "float": "float32", "double": "float64",
}  # fmt: skip
for _name, _dtype in _NAMES.items():
    # What a number becomes that a type cannot hold is not said.
    row(
        _name,
        operands(ALL, "positive").map(Call),
        lambda x, dtype=_dtype: x.astype(dtype),
        result="raw",
        memory="maybe",
        gradient=_dtype[:5] == "float",
        forms="method",
    )


@st.composite
def _typed(draw: Any) -> Call:
    return Call(draw(operands(ALL, "positive")), draw(st.sampled_from(ALL)))


row("to", _typed(), lambda x, dtype: x.astype(dtype), result="raw", memory="maybe", gradient=False)
row("type", _typed(), lambda x, dtype: x.astype(dtype), result="raw", memory="maybe", gradient=False)
row(
    "type_as",
    st.tuples(operands(ALL, "positive"), operands()).map(lambda drawn: Call(*drawn)),
    lambda x, y: x.astype(y.dtype),
    result="raw",
    memory="maybe",
    gradient=False,
)
row("cpu", operands().map(Call), np.copy, memory="view")
row("tolist", operands(ALL, "grid").map(Call), lambda x: x.tolist(), result="raw", gradient=False)
row("item", operands(ALL, "grid", sizes=(1, 1)).map(Call), lambda x: x.item(), result="raw", gradient=False)
row("numel", operands().map(Call), lambda x: x.size, result="raw", gradient=False)
row("dim", operands().map(Call), lambda x: x.ndim, result="raw", gradient=False)
row("ndim", operands().map(Call), lambda x: x.ndim, result="raw", gradient=False)
row("size", operands(ndim=(1, 4)).map(lambda x: Call(x, -1)), lambda x, d: x.shape[d], result="raw", gradient=False)
row("element_size", operands().map(Call), lambda x: x.itemsize, result="raw", gradient=False)
row("is_floating_point", operands().map(Call), lambda x: x.dtype.kind == "f", result="raw", gradient=False)
row("detach", operands().map(Call), np.copy, memory="view", gradient=False, in_place=False)
row("data", operands().map(Call), np.copy, memory="view", gradient=False)

# -- joins -----------------------------------------------------------------------------------------------------------


@st.composite
def _joined(draw: Any, new: bool) -> Call:
    """Draws tensors for ``cat`` (sizes may differ in ``dim``) or ``stack``, and the dimension."""
    first = draw(operands(NUMBERS, "grid", ndim=(0 if new else 1, 3), sizes=(0, 3)))
    dim = draw(dims(len(first.shape) + new))
    several: list[Operand] = [first]
    for _ in range(draw(st.integers(0, 2))):
        shape = list(first.shape)
        if not new:
            shape[dim] = draw(st.integers(0, 3))
        several.append(draw(operands((first.dtype.name,), "grid", shape=tuple(shape))))
    return Call(several, dim)


row("cat", _joined(False), np.concatenate)
row("stack", _joined(True), np.stack)
row(
    "broadcast_tensors",
    broadcasting(3, FLOATS, mixed=False).map(lambda xs: Call(*xs)),
    lambda *xs: list(np.broadcast_arrays(*xs)),
    memory="maybe",
    forms="function",
)

# -- whole tensors ---------------------------------------------------------------------------------------------------


@st.composite
def _alike(draw: Any, dtypes: Any) -> Call:
    x = draw(operands(dtypes, "grid"))
    y = draw(operands((x.dtype.name,), "grid", shape=x.shape))
    same = Operand(x.array().reshape(-1), y.geometry._replace(offset=0, stride=_row_major(x.shape)))
    return Call(x, draw(st.sampled_from([y, same])))


def _row_major(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple([int(np.prod(shape[i + 1 :])) or 1 for i in range(len(shape))])


row("equal", _alike(ALL), np.array_equal, result="raw", gradient=False)
row("allclose", _alike(FLOATS), np.allclose, result="raw", gradient=False)
for _name, _value in {"zeros_like": 0, "ones_like": 1}.items():
    row(_name, operands().map(Call), lambda x, value=_value: np.full_like(x, value), gradient=False, forms="function")
row(
    "full_like",
    operands(NUMBERS).map(lambda x: Call(x, 3)),
    lambda x, value: np.full(x.shape, value, x.dtype),
    gradient=False,
    forms="function",
)
for _name, _value in {"new_zeros": 0, "new_ones": 1}.items():
    row(
        _name,
        st.tuples(operands(), st.lists(st.integers(0, 3), max_size=3)).map(lambda drawn: Call(*drawn)),
        lambda x, shape, value=_value: np.full(shape, value, x.dtype),
        gradient=False,
    )
row(
    "new_full",
    st.tuples(operands(NUMBERS), st.lists(st.integers(0, 3), max_size=3)).map(lambda drawn: Call(*drawn, 3)),
    lambda x, shape, value: np.full(shape, value, x.dtype),
    gradient=False,
)
row(
    "new_tensor",
    st.tuples(operands(NUMBERS), st.sampled_from([[1, 2], [[3], [4]], 5])).map(lambda drawn: Call(*drawn)),
    lambda x, data: np.array(data, x.dtype),
    gradient=False,
)
row("as_tensor", operands().map(Call), np.copy, memory="view", forms="function")
row("asarray", operands().map(Call), np.copy, memory="view", forms="function")
row("tensor", operands().map(Call), np.copy, gradient=False, forms="function")

# -- from numbers ----------------------------------------------------------------------------------------------------

_STEPS = st.tuples(st.integers(-5, 5), st.integers(0, 9), st.integers(1, 3))
row(
    "arange",
    _STEPS.map(lambda drawn: Call(drawn[0], drawn[0] + drawn[1], drawn[2])),
    lambda *args: np.arange(*args, dtype=np.int64),
    result="raw",
    gradient=False,
)
_ENDS = st.tuples(st.floats(-10, 10), st.floats(-10, 10), st.integers(0, 9))
row(
    "linspace",
    _ENDS.map(lambda drawn: Call(*drawn, dtype=DType.of("float64"))),
    lambda *args, dtype: np.linspace(*args),
    result="raw",
    gradient=False,
    ulps=4,
    least=10,
)
row(
    "eye",
    st.tuples(st.integers(0, 4), st.integers(0, 4)).map(lambda drawn: Call(*drawn)),
    lambda n, m: np.eye(n, m, dtype=np.float32),
    result="raw",
    gradient=False,
)

row("fill", operands().map(lambda x: Call(x, 1)), lambda x, value: np.full_like(x, value), in_place=False)
