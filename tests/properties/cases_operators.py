"""Rows of Python's operators."""

from __future__ import annotations

import operator

import numpy as np
from hypothesis import strategies as st

from tests.properties.operands import ALL, FLOATS, INTEGERS, NUMBERS, operands
from tests.properties.table import SCALARS, Call, binary, row, unary

_REAL = st.sampled_from([2, 0.5, -1.0, 3.0])
_WHOLE = st.sampled_from([1, 3, 6])
_ROWS = (
    ("add", np.add, "promote", ALL, "wild", SCALARS),
    ("sub", np.subtract, "promote", NUMBERS, "wild", _REAL),
    ("mul", np.multiply, "promote", ALL, "wild", SCALARS),
    ("truediv", np.true_divide, "real", ALL, "wild", SCALARS),
    ("floordiv", np.floor_divide, "promote", NUMBERS, "positive", _REAL),
    ("mod", np.remainder, "promote", NUMBERS, "positive", _REAL),
    ("pow", np.power, "promote", NUMBERS, "positive", st.sampled_from([2, 0, 3])),
    ("and", np.bitwise_and, "promote", (*INTEGERS, "bool"), "wild", _WHOLE),
    ("or", np.bitwise_or, "promote", (*INTEGERS, "bool"), "wild", _WHOLE),
    ("xor", np.bitwise_xor, "promote", (*INTEGERS, "bool"), "wild", _WHOLE),
    ("lshift", np.left_shift, "promote", INTEGERS, "positive", _WHOLE),
    ("rshift", np.right_shift, "promote", INTEGERS, "positive", _WHOLE),
)
for _name, _function, _result, _dtypes, _pool, _scalars in _ROWS:
    _ulps = 4 if _name == "pow" else 0
    binary(f"__{_name}__", _function, result=_result, dtypes=_dtypes, pool=_pool, scalars=_scalars, ulps=_ulps)
    row(
        f"__r{_name}__",
        st.tuples(operands(_dtypes, _pool), _scalars).map(lambda drawn: Call(*drawn)),
        lambda x, y, function=_function: function(y, x),
        result=_result,
        in_place=False,
        ulps=_ulps,
    )
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    binary(f"__{_name}__", getattr(operator, _name), result="bool", gradient=False, in_place=False)

unary("__neg__", np.negative, dtypes=NUMBERS, in_place=False)
unary("__pos__", np.positive, dtypes=NUMBERS, in_place=False)
unary("__abs__", np.abs, dtypes=NUMBERS, in_place=False)
unary("__invert__", np.invert, dtypes=(*INTEGERS, "bool"), in_place=False)
row(
    "__contains__",
    st.tuples(operands(FLOATS, "grid"), st.sampled_from([1.0, 7.5])).map(lambda drawn: Call(*drawn)),
    lambda x, y: bool((x == y).any()),
    result="raw",
    gradient=False,
)
