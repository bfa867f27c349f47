"""Loops for numba (see ``loops.py``): exp, log, sin, cos, tanh and the logistic function, softmax and sums of exp.

Without branches, so that the compiler fills the processor's vectors with elements, where numpy computes doubles one at
a time on processors without AVX-512. The results are not numpy's bits: `ULPS` says how far they are from the exact
value. They depend on the element alone, not on its place, on strides or on the number of threads.

The reductions are Cody and Waite's (Software Manual for the Elementary Functions, 1980): a constant in parts, the first
of which have so many zeros that their products with a whole number are exact. The coefficients are Chebyshev
interpolants of the rest of each function, computed with 50 digits; those of tanh are a continued fraction's.

Functions whose names begin with "_" are called by the loops and compiled with them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pytorch_from_lua.kernels.namespace import Array

_f, _d, _i, _l, _u, _ul = np.float32, np.float64, np.int32, np.int64, np.uint32, np.uint64

#: What may be done to a formula: ``a * b + c`` in one step; in sums of many, also to add in another order.
FLAGS = {"_sum": {"contract", "reassoc"}}
#: The largest error in units in the last place, with fused multiply-add: an upper bound of what was measured.
ULPS = {"exp": 0.8, "log": 0.9, "sin": 0.95, "cos": 0.95, "tanh": 1.0, "sigmoid": 0.8}

#: Adding and subtracting it rounds to a whole number, which then stands in the lowest bits.
_ROUND, _ROUND_F = 1.5 * 2.0**52, _f(1.5 * 2.0**23)
_LOG2E, _LN2, _LN2_REST = 1.4426950408889634, 0.6931471803691238, 1.9082149292705877e-10
_LOG2E_F, _LN2_F, _LN2_REST_F = _f(_LOG2E), _f(0.693115234375), _f(3.1946183e-05)
_ONE_F, _HALF_F, _TWO_F = _f(1), _f(0.5), _f(2)

# -- exp -------------------------------------------------------------------------------------------------------------

#: (exp(r) - 1 - r) / r^2 for |r| <= ln(2) / 2.
_EXP_TERMS = (
    0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326136, 0.0013888888888883748, 0.00019841269874820627,
    2.4801587325547743e-05, 2.7557255400206422e-06, 2.75572736431103e-07, 2.5105217004720745e-08,
    2.0914686968086876e-09,
)  # fmt: skip
_EXP_TERMS_F = tuple(
    [_f(c) for c in (0.5, 0.16666576989698775, 0.041666554617204574, 0.008363179052722578, 0.00139261836)]
)
#: Beyond these the result is infinity or 0.
_MOST, _LEAST, _MOST_F, _LEAST_F = 710.0, -746.0, _f(89), _f(-104.5)


def _exp_parts(x: Any) -> Any:
    """Return (y, rest, n): exp(x) is ``(y + rest) * 2^n``."""
    n = (x * _LOG2E + _ROUND) - _ROUND
    high = x - n * _LN2
    low = n * _LN2_REST
    r = high - low
    lost = (high - r) - low
    q = _EXP_TERMS[10]
    q = q * r + _EXP_TERMS[9]
    q = q * r + _EXP_TERMS[8]
    q = q * r + _EXP_TERMS[7]
    q = q * r + _EXP_TERMS[6]
    q = q * r + _EXP_TERMS[5]
    q = q * r + _EXP_TERMS[4]
    q = q * r + _EXP_TERMS[3]
    q = q * r + _EXP_TERMS[2]
    q = q * r + _EXP_TERMS[1]
    q = q * r + _EXP_TERMS[0]
    one = 1.0 + r
    small = ((1.0 - one) + r) + ((r * r) * q + lost)
    y = one + small
    return y, (one - y) + small, n


def _power(n: Any) -> Any:
    """Return 2^n, infinity for n = 1024."""
    return _l((_d(n + _ROUND).view(_l) + _l(1023)) << _l(52)).view(_d)


def _exp(x: Any) -> Any:
    x = _MOST if x > _MOST else x
    x = _LEAST if x < _LEAST else x
    y, _, n = _exp_parts(x)
    # 2^n in two factors: it may be too large or too small for one, and a subnormal result is rounded once.
    half = (n * 0.5 + _ROUND) - _ROUND
    return (y * _power(half)) * _power(n - half)


def _exp_parts_f(x: Any) -> Any:
    n = (x * _LOG2E_F + _ROUND_F) - _ROUND_F
    high = x - n * _LN2_F
    low = n * _LN2_REST_F
    r = high - low
    lost = (high - r) - low
    q = _EXP_TERMS_F[4]
    q = q * r + _EXP_TERMS_F[3]
    q = q * r + _EXP_TERMS_F[2]
    q = q * r + _EXP_TERMS_F[1]
    q = q * r + _EXP_TERMS_F[0]
    one = _ONE_F + r
    small = ((_ONE_F - one) + r) + ((r * r) * q + lost)
    y = one + small
    return y, (one - y) + small, n


def _power_f(n: Any) -> Any:
    return _i((_f(n + _ROUND_F).view(_i) + _i(127)) << _i(23)).view(_f)


def _exp_f(x: Any) -> Any:
    x = _MOST_F if x > _MOST_F else x
    x = _LEAST_F if x < _LEAST_F else x
    y, _, n = _exp_parts_f(x)
    half = (n * _HALF_F + _ROUND_F) - _ROUND_F
    return (y * _power_f(half)) * _power_f(n - half)


def exp_double(x: Array, out: Array) -> None:
    """Fill ``out`` with exp(x). All arrays here are dense and have one dimension, where nothing else is said."""
    for i in range(x.size):
        out[i] = _exp(x[i])


def exp_float(x: Array, out: Array) -> None:
    """`exp_double` of float32."""
    for i in range(x.size):
        out[i] = _exp_f(x[i])


def sigmoid_double(x: Array, out: Array) -> None:
    """Fill ``out`` with ``1 / (1 + exp(-x))``."""
    for i in range(x.size):
        v = -x[i]
        v = _MOST if v > _MOST else v
        y, rest, n = _exp_parts(-40.0 if v < -40.0 else v)  # the result is 1 there
        scale = _power(n)
        e = y * scale
        d = 1.0 + e
        other = d - 1.0
        lost = ((1.0 - (d - other)) + (e - other)) + rest * scale
        q = 1.0 / d
        better = q + q * ((1.0 - q * d) - q * lost)
        out[i] = better if e < 1e300 else q  # there the products overflow


def sigmoid_float(x: Array, out: Array) -> None:
    """`sigmoid_double` of float32."""
    for i in range(x.size):
        v = -x[i]
        v = _MOST_F if v > _MOST_F else v
        y, rest, n = _exp_parts_f(_f(-40) if v < _f(-40) else v)
        scale = _power_f(n)
        e = y * scale
        d = _ONE_F + e
        other = d - _ONE_F
        lost = ((_ONE_F - (d - other)) + (e - other)) + rest * scale
        q = _ONE_F / d
        better = q + q * ((_ONE_F - q * d) - q * lost)
        out[i] = better if e < _f(1e36) else q


def tanh_double(x: Array, out: Array) -> None:
    """Fill ``out`` with tanh(x): a quotient of polynomials up to 0.7, ``1 - 2 / (exp(2 |x|) + 1)`` beyond."""
    for i in range(x.size):
        size = abs(x[i])
        z = size * size
        top = ((44.0 * z + 12870.0) * z + 810810.0) * z + 11486475.0
        bottom = (((45.0 * z + 13860.0) * z + 945945.0) * z + 16216200.0) * z + 34459425.0
        double = size + size
        y, rest, n = _exp_parts(44.0 if double > 44.0 else double)  # tanh is 1 there
        scale = _power(n)
        e = y * scale
        d = e + 1.0
        lost = (1.0 - (d - e)) + rest * scale
        near = size < 0.7
        q = (size * z * top if near else 2.0) / (bottom if near else d)
        value = size - q if near else 1.0 - (q - (0.5 * q * q) * lost)
        sign = _d(x[i]).view(_ul) & _ul(0x8000000000000000)
        out[i] = _ul(_d(value).view(_ul) | sign).view(_d)


# -- log -------------------------------------------------------------------------------------------------------------

#: (2 atanh(s) / s - 2) / s^2 by s^2, where s = f / (2 + f) for 1 + f between sqrt(1/2) and sqrt(2).
_LOG = (
    0.666666666666667, 0.3999999999989924, 0.2857142862609589, 0.2222221111514416, 0.18182890556695602,
    0.1533167403016786, 0.1461703754879165,
)  # fmt: skip
_LOG_F = tuple([_f(c) for c in (0.6666666655430018, 0.4000012200081688, 0.2855080255327671, 0.2333096405177204)])
_SQRT_HALF, _SQRT_HALF_F = _ul(0x3FE6A09E667F3BCD), _u(0x3F3504F3)
_TO_ONE, _TO_ONE_F = _ul(0x3FF0000000000000 - 0x3FE6A09E667F3BCD), _u(0x3F800000 - 0x3F3504F3)
_NAN_F, _INFINITY_F = _f(math.nan), _f(math.inf)
_NORMAL, _NORMAL_F, _UP_F = 2.0**-1022, _f(2.0**-126), _f(2.0**24)


def log_double(x: Array, out: Array) -> None:
    """Fill ``out`` with log(x)."""
    for i in range(x.size):
        v = x[i]
        subnormal = v < _NORMAL
        bits = _ul(_d(v * 2.0**54 if subnormal else v).view(_ul) + _TO_ONE)
        e = _ul((bits >> _ul(52)) | _ul(0x4330000000000000)).view(_d) - (2.0**52 + 1023.0)
        e = e - 54.0 if subnormal else e
        f = _ul((bits & _ul(0x000FFFFFFFFFFFFF)) + _SQRT_HALF).view(_d) - 1.0
        s = f / (2.0 + f)
        z = s * s
        q = _LOG[6]
        q = q * z + _LOG[5]
        q = q * z + _LOG[4]
        q = q * z + _LOG[3]
        q = q * z + _LOG[2]
        q = q * z + _LOG[1]
        q = q * z + _LOG[0]
        square = 0.5 * (f * f)
        y = e * _LN2 + (f - (square - (s * (square + z * q) + e * _LN2_REST)))
        y = y if v < math.inf else v
        y = y if v >= 0.0 else math.nan
        out[i] = -math.inf if v == 0.0 else y


def log_float(x: Array, out: Array) -> None:
    """`log_double` of float32."""
    for i in range(x.size):
        v = x[i]
        subnormal = v < _NORMAL_F
        bits = _u(_f(v * _UP_F if subnormal else v).view(_u) + _TO_ONE_F)
        e = _u((bits >> _u(23)) | _u(0x4B000000)).view(_f) - _f(2.0**23 + 127.0)
        e = e - _f(24) if subnormal else e
        f = _u((bits & _u(0x007FFFFF)) + _SQRT_HALF_F).view(_f) - _ONE_F
        s = f / (_TWO_F + f)
        z = s * s
        q = _LOG_F[3]
        q = q * z + _LOG_F[2]
        q = q * z + _LOG_F[1]
        q = q * z + _LOG_F[0]
        square = _HALF_F * (f * f)
        y = e * _LN2_F + (f - (square - (s * (square + z * q) + e * _LN2_REST_F)))
        y = y if v < _INFINITY_F else v
        y = y if v >= _f(0) else _NAN_F
        out[i] = -_INFINITY_F if v == _f(0) else y


# -- sin and cos -----------------------------------------------------------------------------------------------------

#: (sin(r) / r - 1) / r^2 and (cos(r) - 1 + r^2 / 2) / r^4 by r^2, for |r| <= pi / 4.
_SIN = (
    -0.16666666666666666, 0.008333333333330948, -0.00019841269836756774, 2.7557316101617874e-06,
    -2.505113165023518e-08, 1.5918115263265974e-10,
)  # fmt: skip
_COS = (
    0.041666666666666664, -0.0013888888888887398, 2.480158729876456e-05, -2.7557317271145144e-07,
    2.087614614655861e-09, -1.1382623647474604e-11,
)  # fmt: skip
_SIN_F = (-0.16666666663854168, 0.008333331874273714, -0.000198400864995936, 2.7249895230611676e-06)
_COS_F = (0.041666664658901405, -0.0013888302919113633, 2.4547916853691016e-05)
_TWO_BY_PI = 0.6366197723675814
_QUARTER = (1.5707963267923333, 2.5633441515839558e-12, 1.0562999066987428e-23)
_QUARTER_F = (1.5707963267341256, 6.077100506506192e-11)
#: Larger ones are left to the C library: the parts' products are exact up to here.
_FAR, _FAR_F = 50000.0, _f(1e6)


def _turned(x: Any, quarters: int) -> Any:
    """Return sin(x + quarters * pi / 2)."""
    whole = x * _TWO_BY_PI + _ROUND
    n = whole - _ROUND
    high = x - n * _QUARTER[0]
    low = n * _QUARTER[1]
    near = high - low
    rest = ((high - near) - low) - n * _QUARTER[2]
    r = near + rest
    lost = (near - r) + rest
    z = r * r
    s = _SIN[5]
    s = s * z + _SIN[4]
    s = s * z + _SIN[3]
    s = s * z + _SIN[2]
    s = s * z + _SIN[1]
    s = s * z + _SIN[0]
    c = _COS[5]
    c = c * z + _COS[4]
    c = c * z + _COS[3]
    c = c * z + _COS[2]
    c = c * z + _COS[1]
    c = c * z + _COS[0]
    sine = r + ((r * z) * s + lost)
    half = 0.5 * z
    one = 1.0 - half
    cosine = one + (((1.0 - one) - half) + ((z * z) * c - r * lost))
    place = _d(whole).view(_l) + _l(quarters)
    value = cosine if place & _l(1) else sine
    return -value if place & _l(2) else value


def _turned_f(v: Any, quarters: int) -> Any:
    """`_turned` of a float32, computed in doubles."""
    x = _d(v)
    whole = x * _TWO_BY_PI + _ROUND
    n = whole - _ROUND
    r = (x - n * _QUARTER_F[0]) - n * _QUARTER_F[1]
    z = r * r
    s = r + (r * z) * (((_SIN_F[3] * z + _SIN_F[2]) * z + _SIN_F[1]) * z + _SIN_F[0])
    c = (1.0 - 0.5 * z) + (z * z) * ((_COS_F[2] * z + _COS_F[1]) * z + _COS_F[0])
    place = _d(whole).view(_l) + _l(quarters)
    value = c if place & _l(1) else s
    return _f(-value if place & _l(2) else value)


def _far(x: Array, bound: Any) -> Any:
    """How many elements are larger than ``bound``."""
    count = 0
    for i in range(x.size):
        count += 1 if abs(x[i]) > bound else 0
    return count


def sin_double(x: Array, out: Array) -> None:
    """Fill ``out`` with sin(x)."""
    for i in range(x.size):
        out[i] = x[i] if abs(x[i]) < 2.0**-27 else _turned(x[i], 0)  # keeps the sign of zero
    if _far(x, _FAR):
        for i in range(x.size):
            if abs(x[i]) > _FAR:
                out[i] = math.sin(x[i])


def cos_double(x: Array, out: Array) -> None:
    """Fill ``out`` with cos(x)."""
    for i in range(x.size):
        out[i] = _turned(x[i], 1)
    if _far(x, _FAR):
        for i in range(x.size):
            if abs(x[i]) > _FAR:
                out[i] = math.cos(x[i])


def sin_float(x: Array, out: Array) -> None:
    """`sin_double` of float32."""
    for i in range(x.size):
        out[i] = x[i] if abs(x[i]) < _f(2.0**-13) else _turned_f(x[i], 0)
    if _far(x, _FAR_F):
        for i in range(x.size):
            if abs(x[i]) > _FAR_F:
                out[i] = math.sin(_d(x[i]))


def cos_float(x: Array, out: Array) -> None:
    """`cos_double` of float32."""
    for i in range(x.size):
        out[i] = _turned_f(x[i], 1)
    if _far(x, _FAR_F):
        for i in range(x.size):
            if abs(x[i]) > _FAR_F:
                out[i] = math.cos(_d(x[i]))


# -- softmax ---------------------------------------------------------------------------------------------------------


def _sum(x: Array) -> Any:
    total = x.dtype.type(0)
    for i in range(x.size):
        total += x[i]
    return total


def _exp_of_difference(x: Array, top: Any, out: Array) -> None:
    for i in range(x.size):
        out[i] = _exp(x[i] - top)


def _exp_of_difference_f(x: Array, top: Any, out: Array) -> None:
    for i in range(x.size):
        out[i] = _exp_f(x[i] - top)


def _divide(x: Array, by: Any) -> None:
    for i in range(x.size):
        x[i] /= by


def softmax_double(x: Array, top: Array, out: Array) -> None:
    """Fill the rows of ``out`` with ``exp(x - top)`` divided by their sums; ``x`` and ``out`` have two dimensions."""
    for r in range(x.shape[0]):
        _exp_of_difference(x[r], top[r], out[r])
        _divide(out[r], _sum(out[r]))


def softmax_float(x: Array, top: Array, out: Array) -> None:
    """`softmax_double` of float32."""
    for r in range(x.shape[0]):
        _exp_of_difference_f(x[r], top[r], out[r])
        _divide(out[r], _sum(out[r]))


def _less(x: Array, top: Any, logarithm: Any, out: Array) -> None:
    for i in range(x.size):
        out[i] = (x[i] - top) - logarithm


def log_softmax_double(x: Array, top: Array, out: Array) -> None:
    """Fill the rows of ``out`` with ``x - top`` less the logarithm of the sum of ``exp(x - top)``."""
    row = np.empty(x.shape[1], x.dtype)
    for r in range(x.shape[0]):
        _exp_of_difference(x[r], top[r], row)
        _less(x[r], top[r], math.log(_sum(row)), out[r])


def log_softmax_float(x: Array, top: Array, out: Array) -> None:
    """`log_softmax_double` of float32."""
    row = np.empty(x.shape[1], x.dtype)
    for r in range(x.shape[0]):
        _exp_of_difference_f(x[r], top[r], row)
        _less(x[r], top[r], _f(math.log(_sum(row))), out[r])


def exp_sums_double(x: Array, top: Array, out: Array) -> None:
    """Fill ``out`` with the sums of ``exp(x - top)`` over the rows of ``x``, which has two dimensions."""
    row = np.empty(x.shape[1], x.dtype)
    for r in range(x.shape[0]):
        _exp_of_difference(x[r], top[r], row)
        out[r] = _sum(row)


def exp_sums_float(x: Array, top: Array, out: Array) -> None:
    """`exp_sums_double` of float32."""
    row = np.empty(x.shape[1], x.dtype)
    for r in range(x.shape[0]):
        _exp_of_difference_f(x[r], top[r], row)
        out[r] = _sum(row)
