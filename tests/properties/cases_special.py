"""Rows of special functions, and of what numpy has no single function for."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.properties.operands import ALL, FLOATS, INTEGERS, NUMBERS, broadcasting, operands
from tests.properties.table import Call, binary, row, unary

Array = np.ndarray[Any, Any]


def _each(function: Callable[[float], float]) -> Callable[[Array], Array]:
    """A function of Python floats on every element, in doubles."""

    def reference(x: Array) -> Array:
        found = [function(float(v)) for v in x.reshape(-1)]
        return np.array(found, np.float64).reshape(x.shape).astype(x.dtype)

    return reference


def _lgamma(v: float) -> float:
    if math.isinf(v) or (v <= 0 and v == math.floor(v)):
        return math.inf
    return math.lgamma(v)


def _digamma(v: float) -> float:
    """By its recurrence up to 20, and from there by its asymptotic series."""
    shift = 0.0
    while v < 20:
        shift -= 1 / v
        v += 1
    s = 1 / (v * v)
    return shift + math.log(v) - 0.5 / v - s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s / 240)))


def _trigamma(v: float) -> float:
    shift = 0.0
    while v < 20:
        shift += 1 / (v * v)
        v += 1
    s = 1 / (v * v)
    return shift + 1 / v + s / 2 + s / v * (1 / 6 - s * (1 / 30 - s * (1 / 42 - s / 30)))


def _erfinv(v: float) -> float:
    """By halving: erf rises."""
    low, high = -6.0, 6.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erf(middle) < v else (low, middle)
    return (low + high) / 2


unary("erf", _each(math.erf), result="real", ulps=4)
unary("erfc", _each(math.erfc), result="real", ulps=16)
unary("lgamma", _each(_lgamma), result="real", dtypes=FLOATS, pool="special", ulps=32, least=1)
unary("digamma", _each(_digamma), dtypes=FLOATS, pool="positive", ulps=32, least=1)
unary("erfinv", _each(_erfinv), dtypes=FLOATS, pool="unit", ulps=32, least=1e-9)
unary("i0", np.i0, dtypes=FLOATS, pool="grid", ulps=32)
row("polygamma", operands(FLOATS, "positive").map(lambda x: Call(x, 1)), lambda x, n: _each(_trigamma)(x), ulps=64,
    forms="method")  # fmt: skip
row(
    "mvlgamma",
    operands(FLOATS, "positive").map(lambda x: Call(x, 1)),
    lambda x, p: _each(_lgamma)(x),
    ulps=32,
    least=1,
)
# In doubles: numpy before 2.3 gives NaN for a 0 of float16.
unary("sinc", lambda x: np.sinc(x.astype("float64")), result="real", ulps=8, pool="special", least=1)
unary("logit", lambda x: np.log(x / (1 - x)), dtypes=FLOATS, pool="unit", ulps=8, least=1)
unary("deg2rad", np.deg2rad, result="real", ulps=2)
unary("rad2deg", np.rad2deg, result="real", ulps=2)
for _name in ("isneginf", "isposinf"):
    unary(_name, getattr(np, _name), result="bool", gradient=False, dtypes=FLOATS)
unary("signbit", np.signbit, result="bool", gradient=False, dtypes=NUMBERS)
unary("isreal", lambda x: np.full(x.shape, True), result="bool", gradient=False)
unary("positive", np.positive, dtypes=NUMBERS, memory="maybe")
unary("nan_to_num", lambda x: np.nan_to_num(x), dtypes=NUMBERS)
row(
    "round",
    operands(FLOATS[:2], "grid").map(lambda x: Call(x, decimals=1)),
    lambda x, decimals: np.round(x, decimals),
    ulps=4,
    id="decimals",
)


def _frexp(x: Array) -> tuple[Array, Array]:
    mantissa, exponent = np.frexp(x)
    return mantissa, exponent.astype("int32")


row("frexp", operands(FLOATS, "grid").map(Call), _frexp)

# -- two tensors -----------------------------------------------------------------------------------------------------

for _name in ("fmax", "fmin"):
    binary(_name, getattr(np, _name), scalars=None)
binary("copysign", np.copysign, result="real", scalars=st.sampled_from([1.0, -2.0]))
binary("nextafter", np.nextafter, dtypes=("float32", "float64"), mixed=False, scalars=None, gradient=False)
# Of NaN it is 0, as in PyTorch; numpy has NaN.
binary("heaviside", lambda x, y: np.where(x == 0, y, x > 0), dtypes=FLOATS, mixed=False, scalars=None, gradient=False)
for _name in ("gcd", "lcm"):
    binary(_name, getattr(np, _name), dtypes=INTEGERS, pool="positive", scalars=None)
for _name in ("logaddexp", "logaddexp2"):
    binary(_name, getattr(np, _name), dtypes=FLOATS, pool="special", scalars=None, ulps=8, least=1)
binary("bitwise_left_shift", np.left_shift, dtypes=INTEGERS, pool="positive", scalars=st.sampled_from([1, 2]))
binary("bitwise_right_shift", np.right_shift, dtypes=INTEGERS, pool="positive", scalars=st.sampled_from([1, 2]))
binary("true_divide", np.true_divide, result="real")
binary("rsub", lambda x, y: y - x, dtypes=NUMBERS, scalars=st.sampled_from([2, 0.5]))
binary("xlogy", lambda x, y: np.where(x == 0, 0, x * np.log(y)), dtypes=FLOATS, pool="positive", ulps=4, least=1,
       scalars=None)  # fmt: skip
for _id, _dtypes in {"": NUMBERS, "doubles": ("float64",)}.items():
    row(
        "float_power",
        st.tuples(operands(_dtypes, "positive"), st.sampled_from([2, 0.5, -1.0])).map(lambda drawn: Call(*drawn)),
        np.float_power,
        result="raw",
        ulps=4,
        in_place=_id == "doubles",  # into a narrower type it is refused
        id=_id,
    )
row(
    "ldexp",
    st.tuples(operands(FLOATS, "grid"), st.sampled_from([1, 3, -2])).map(lambda drawn: Call(*drawn)),
    lambda x, n: x * x.dtype.type(2.0**n),
)


@st.composite
def _divisions(draw: Any, mode: str) -> Call:
    x, y = draw(broadcasting(2, NUMBERS, "positive"))
    return Call(x, y, rounding_mode=mode)


row("div", _divisions("floor"), lambda x, y, rounding_mode: x // y, result="promote", id="floor")
row("div", _divisions("trunc"), lambda x, y, rounding_mode: np.trunc(x / y), result="promote", id="trunc")
row(
    "isclose",
    broadcasting(2, FLOATS, "special", mixed=False).map(lambda xs: Call(*xs)),
    np.isclose,
    result="bool",
    gradient=False,
)

# -- limits ----------------------------------------------------------------------------------------------------------

for _name, _function in {"clamp_min": np.maximum, "clamp_max": np.minimum}.items():
    row(
        _name,
        st.tuples(operands(ALL, "special"), st.sampled_from([1, 0.5, 2.0])).map(lambda drawn: Call(*drawn)),
        _function,
        result="promote",
    )
row(
    "clamp",
    broadcasting(3, FLOATS, "grid", mixed=False).map(lambda xs: Call(*xs)),
    lambda x, low, high: np.minimum(np.maximum(x, low), high),
    result="promote",
    id="tensors",
)

unary("angle", lambda x: np.where(np.isnan(x), x, np.where(x < 0, np.pi, 0 * x)), result="real", pool="grid")
