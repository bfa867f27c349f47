"""Rows of the operations that work element by element."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.properties.operands import ALL, FLOATS, INTEGERS, NUMBERS, broadcasting, operands
from tests.properties.table import SCALARS, Call, binary, row, unary

# -- one tensor ------------------------------------------------------------------------------------------------------

for _name, _function in {
    "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "log": np.log, "log2": np.log2, "log10": np.log10,
    "log1p": np.log1p, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos,
    "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh, "acosh": np.arccosh,
    "atanh": np.arctanh,
}.items():  # fmt: skip
    # numpy takes other loops for strided elements than for contiguous ones.
    unary(_name, _function, result="real", ulps=4)
unary("sqrt", np.sqrt, result="real")
unary("rsqrt", lambda x: 1 / np.sqrt(x), result="real", ulps=2)
unary("reciprocal", lambda x: 1 / x, result="real")
unary("sigmoid", lambda x: 1 / (1 + np.exp(-x)), result="real", ulps=4)

unary("abs", np.abs, dtypes=NUMBERS)
unary("ceil", np.ceil, dtypes=NUMBERS)
unary("floor", np.floor, dtypes=NUMBERS)
unary("trunc", np.trunc, dtypes=NUMBERS)
unary("round", np.round, dtypes=NUMBERS)
unary("frac", lambda x: x - np.trunc(x), dtypes=FLOATS)
unary("neg", np.negative, dtypes=NUMBERS)
unary("negative", np.negative, dtypes=NUMBERS)
unary("relu", lambda x: np.maximum(x, x.dtype.type(0)), dtypes=NUMBERS, zero_sign=False)
unary("sign", np.sign, dtypes=NUMBERS)
unary("square", lambda x: x * x, dtypes=NUMBERS)
unary("bitwise_not", np.invert, dtypes=(*INTEGERS, "bool"))
for _name, _function in {
    "isfinite": np.isfinite, "isinf": np.isinf, "isnan": np.isnan, "logical_not": np.logical_not
}.items():  # fmt: skip
    unary(_name, _function, result="bool", gradient=False)

# -- two tensors -----------------------------------------------------------------------------------------------------

binary("add", np.add)
binary("sub", np.subtract, dtypes=NUMBERS)
binary("mul", np.multiply)
binary("multiply", np.multiply)
for _name in ("div", "divide"):
    binary(_name, np.true_divide, result="real")
binary("maximum", np.maximum, scalars=None)
binary("minimum", np.minimum, scalars=None)
binary("atan2", np.arctan2, result="real", ulps=4)
binary("hypot", np.hypot, result="real", ulps=4)
for _name, _function in {
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
    "logical_and": np.logical_and, "logical_or": np.logical_or, "logical_xor": np.logical_xor,
}.items():  # fmt: skip
    binary(_name, _function, result="bool", gradient=False)
for _name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
    binary(_name, getattr(np, _name), dtypes=(*INTEGERS, "bool"), scalars=st.sampled_from([1, 0, True, 6]))
for _name in ("floor_divide", "fmod", "remainder"):
    # Integers divided by 0 have no result in C.
    binary(_name, getattr(np, _name), dtypes=NUMBERS, pool="positive", scalars=st.sampled_from([2, 0.5, 3.0]))
    binary(_name, getattr(np, _name), dtypes=FLOATS, scalars=st.sampled_from([2, -0.5, 0.0]), id="floats")
binary("pow", np.power, dtypes=FLOATS, scalars=st.sampled_from([2, 0.5, -1.0, 0, 3.0]), ulps=4)
binary("pow", np.power, dtypes=INTEGERS, pool="positive", scalars=st.sampled_from([2, 0, 3]), id="integers")

# -- three and more --------------------------------------------------------------------------------------------------


@st.composite
def _with_alpha(draw: Any) -> Call:
    x, y = draw(broadcasting(2, FLOATS, "grid"))
    return Call(x, y, alpha=draw(st.sampled_from([1, 2, 0.5, -1.0])))


row("add", _with_alpha(), lambda x, y, alpha: x + y * x.dtype.type(alpha), result="promote", id="alpha")
row("sub", _with_alpha(), lambda x, y, alpha: x - y * x.dtype.type(alpha), result="promote", id="alpha")


@st.composite
def _three(draw: Any) -> Call:
    return Call(*draw(broadcasting(3, FLOATS, "grid")), value=draw(st.sampled_from([1, 2, 0.5])))


row("addcmul", _three(), lambda x, y, z, value: x + x.dtype.type(value) * (y * z), result="promote", ulps=4, least=8)
row("addcdiv", _three(), lambda x, y, z, value: x + x.dtype.type(value) * (y / z), result="promote", ulps=4, least=8)
row(
    "lerp",
    broadcasting(3, FLOATS, "grid", mixed=False).map(lambda xs: Call(*xs)),
    lambda x, y, w: x + w * (y - x),
    result="promote",
    ulps=4,
    least=8,
)
row(
    "lerp",
    st.tuples(broadcasting(2, FLOATS, "grid", mixed=False), st.sampled_from([0.5, 0.25, 2.0])).map(
        lambda drawn: Call(*drawn[0], drawn[1])
    ),
    lambda x, y, w: x + w * (y - x),
    result="promote",
    ulps=4,
    least=8,
    id="number",
)


@st.composite
def _limits(draw: Any) -> Call:
    x = draw(operands(NUMBERS))
    low, high = draw(st.sampled_from([(0, None), (None, 3), (1, 2), (-1, 1), (2, 1)]))
    if x.dtype.kind == "u":
        low = None if low is None else max(low, 0)
    kind = float if x.dtype.kind == "f" else int
    options = {"min": low if low is None else kind(low), "max": high if high is None else kind(high)}
    return Call(x, **options)


def _clamped(x: Any, min: Any, max: Any) -> Any:
    x = x if min is None else np.maximum(x, x.dtype.type(min))
    return x if max is None else np.minimum(x, x.dtype.type(max))


row("clamp", _limits(), _clamped)


@st.composite
def _choices(draw: Any) -> Call:
    x, y = draw(broadcasting(2, ALL))
    if draw(st.integers(0, 3)) == 3:
        y = draw(SCALARS)
    condition = draw(operands(("bool",), shape=x.shape))
    return Call(x, condition, y)


row(
    "where", _choices(), lambda x, c, y: np.where(c, x, y), result="promote", typed=(0, 2), forms="method",
    in_place=False,
)  # fmt: skip
row(
    "where",
    _choices().map(lambda call: Call(call.args[1], call.args[0], call.args[2])),
    np.where,
    result="promote",
    typed=(1, 2),
    forms="function",
    in_place=False,
    id="function",
)
