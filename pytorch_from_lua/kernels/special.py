"""Special functions, element by element: the error function and its kin, the gamma function's logarithm and
derivatives, modified Bessel functions.

They are computed in double precision from formulas whose coefficients are worked out here, to a few units in the last
place; float32 and float16 are rounded once at the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pytorch_from_lua.kernels.namespace import Array, namespace

#: The Bernoulli numbers of index 2, 4, ..., 20.
_BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330,
)  # fmt: skip
_SHIFT = 10  # from here on the asymptotic series are exact to the last place
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


_BLOCK = 1 << 14  # elements: a formula's intermediate results stay in the cache


def _real(compute: Callable[[Any, Array], Array]) -> Callable[[Array], Array]:
    """Return ``compute(xp, x)`` on doubles as a function of arrays of any floating-point type."""

    def function(x: Array) -> Array:
        xp = namespace(x)
        with np.errstate(all="ignore"):
            if xp is not np or x.size <= _BLOCK:
                return xp.asarray(compute(xp, xp.asarray(x, dtype="float64"))).astype(x.dtype, copy=False)
            flat = x.reshape(-1)
            out = np.empty_like(flat)
            for start in range(0, flat.size, _BLOCK):
                part = slice(start, start + _BLOCK)
                out[part] = compute(xp, flat[part].astype("float64"))
            return out.reshape(x.shape)

    function.__name__ = compute.__name__.lstrip("_")
    function.__doc__ = compute.__doc__
    return function


def _polynomial(x: Array, coefficients: Sequence[float]) -> Array:
    """Return ``sum c[k] x^k``, by Horner's rule."""
    total = x * coefficients[-1] + coefficients[-2]
    for c in reversed(coefficients[:-2]):
        total *= x
        total += c
    return total


# -- the error function ----------------------------------------------------------------------------------------------

#: Of ``erf(x) / x`` in powers of x²: Taylor's series, which for x² up to 1 needs no more.
_ERF = tuple((-1) ** k * 2 / (math.sqrt(math.pi) * math.factorial(k) * (2 * k + 1)) for k in range(20))
_STEP = 0.5  # of the sum in `_upper`


def _upper(xp: Any, x: Array) -> Array:
    """Return erfc of numbers of at least about 1.

    The trapezoidal rule on ``erfc(x) = 2x exp(-x²)/π ∫ exp(-t²) / (t² + x²) dt`` with the contribution of the poles
    taken off (Hunter and Regan, A note on the evaluation of the complementary error function, 1972).
    """
    squared = x * x
    total = 0.5 / squared
    for k in range(1, 13):
        t2 = (k * _STEP) ** 2
        total += math.exp(-t2) / (squared + t2)
    # exp(-x²) with x² in two parts, of which the first is exact: else the error would grow with x².
    head = x.astype("float32").astype("float64")
    decay = xp.exp(-head * head) * xp.exp((head - x) * (head + x))
    poles = xp.where(x < math.pi / _STEP, 2 / xp.expm1(2 * math.pi / _STEP * x), 0.0)
    result = 2 * _STEP / math.pi * x * decay * total - poles
    return xp.where(x > 30, 0.0, result)  # infinity included


def _erf(xp: Any, x: Array) -> Array:
    """The error function ``2/√π ∫₀ˣ exp(-t²) dt``."""
    size = xp.abs(x)
    inner = x * _polynomial(xp.minimum(size, 1.0) ** 2, _ERF)
    outer = xp.copysign(1 - _upper(xp, xp.maximum(size, 1.0)), x)
    return xp.where(size < 1, inner, outer)


def _erfc(xp: Any, x: Array) -> Array:
    """The complementary error function ``1 - erf(x)``, without its cancellation."""
    inner = xp.clip(x, -1.0, 0.5)
    near = 1 - inner * _polynomial(inner * inner, _ERF)
    far = _upper(xp, xp.maximum(xp.abs(x), 0.5))
    return xp.where(x < -1, 2 - far, xp.where(x > 0.5, far, near))


def _erfinv(xp: Any, x: Array) -> Array:
    """The number whose error function is x: a first guess by Winitzki's formula, then four steps of Halley's method."""
    size = xp.abs(x)
    tail = 1 - size  # exact where it matters
    a = 0.147
    logarithm = xp.log(tail * (1 + size))
    half = 2 / (math.pi * a) + logarithm / 2
    y = xp.sqrt(xp.sqrt(half * half - logarithm / a) - half)
    for _ in range(4):
        near = y * _polynomial(xp.minimum(y, 1.0) ** 2, _ERF) - size
        error = xp.where(size < 0.5, near, tail - _erfc(xp, y))
        step = error / (2 / math.sqrt(math.pi) * xp.exp(-y * y))
        y = xp.where(xp.isfinite(step), y - step / (1 + y * step), y)
    y = xp.where(size == 1, np.inf, xp.where(size > 1, np.nan, y))
    return xp.where(x == 0, x, xp.copysign(y, x))


# -- the gamma function ----------------------------------------------------------------------------------------------


def _fraction(xp: Any, x: Array) -> Array:
    """Return x less the whole number next to it: what sin(πx) and tan(πx) depend on."""
    return x - xp.rint(x)


def _lgamma(xp: Any, x: Array) -> Array:
    """The logarithm of the gamma function's magnitude: Stirling's series from 10 on, shifted there from below."""
    z = xp.where(x < 0.5, 1 - x, x)
    small = z < _SHIFT
    product = xp.ones_like(z)
    for k in range(_SHIFT):
        product = xp.where(small, product * (z + k), product)
    shifted = xp.where(small, z + _SHIFT, z)
    series = _polynomial(1 / (shifted * shifted), [b / ((2 * k + 2) * (2 * k + 1)) for k, b in enumerate(_BERNOULLI)])
    value = (shifted - 0.5) * xp.log(shifted) - shifted + _HALF_LOG_2PI + series / shifted - xp.log(product)
    reflected = math.log(math.pi) - xp.log(xp.abs(xp.sin(math.pi * _fraction(xp, x)))) - value
    return xp.where(xp.isinf(x), np.inf, xp.where(x < 0.5, reflected, value))


def _digamma(xp: Any, x: Array) -> Array:
    """The logarithmic derivative of the gamma function: its asymptotic series from 10 on, shifted there from below.

    At 0 it is infinite with the sign that x does not have, and at the negative integers NaN.
    """
    z = xp.where(x < 0, 1 - x, x)
    small = z < _SHIFT
    below = xp.zeros_like(z)
    for k in range(_SHIFT):
        below = xp.where(small, below + 1 / (z + k if k else z), below)  # -0 + 0 would lose its sign
    shifted = xp.where(small, z + _SHIFT, z)
    inverse = 1 / (shifted * shifted)
    series = _polynomial(inverse, [b / (2 * k + 2) for k, b in enumerate(_BERNOULLI)]) * inverse
    value = xp.log(shifted) - 0.5 / shifted - series - below
    value = xp.where(xp.isposinf(x), np.inf, value)
    pole = (x < 0) & (x == xp.floor(x))
    reflected = xp.where(pole, np.nan, value - math.pi / xp.tan(math.pi * _fraction(xp, x)))
    return xp.where(x < 0, reflected, value)


def polygamma(x: Array, n: int) -> Array:
    """Return the derivative of order ``n`` of `digamma`: ``(-1)^(n+1) n! ζ(n+1, x)``, infinite at 0, -1, -2, ...

    Hurwitz's zeta function by its sum up to where the Euler-Maclaurin series is exact.

    >>> import numpy as np
    >>> bool(np.isclose(polygamma(np.ones(1), 1)[0], np.pi**2 / 6))
    True
    """
    if n == 0:
        return digamma(x)
    xp = namespace(x)
    q = xp.asarray(x, dtype="float64")
    s = n + 1
    with np.errstate(all="ignore"):
        finite = q[xp.isfinite(q)]
        lowest = float(finite.min()) if finite.size else 0.0
        terms = _SHIFT + max(0, math.ceil(-lowest))
        total = xp.zeros_like(q)
        for k in range(terms):
            total += (q + k) ** -s
        a = q + terms
        total += a ** (1 - s) / (s - 1) + 0.5 * a**-s
        rising = float(s)
        for j, b in enumerate(_BERNOULLI, start=1):
            total += b / math.factorial(2 * j) * rising * a ** (1 - s - 2 * j)
            rising *= (s + 2 * j - 1) * (s + 2 * j)
        # A pole is infinite from both sides where the power is even; where it is odd PyTorch has it so too.
        total = xp.where((q <= 0) & (q == xp.floor(q)), np.inf, xp.where(xp.isposinf(q), 0.0, total))
    return ((-1) ** (n + 1) * math.factorial(n) * total).astype(x.dtype, copy=False)


# -- modified Bessel functions ---------------------------------------------------------------------------------------


def _i1(xp: Any, x: Array) -> Array:
    """The modified Bessel function of the first kind of order 1: its power series, from 25 on the asymptotic one."""
    size = xp.abs(x)
    half = xp.minimum(size, 25.0) / 2
    term = half.copy()
    near = term.copy()
    for k in range(1, 60):
        term = term * (half * half) / (k * (k + 1))
        near = near + term
    large = xp.maximum(size, 25.0)
    term = xp.ones_like(large)
    far = term.copy()
    for k in range(1, 20):
        term = term * ((2 * k - 1) ** 2 - 4) / (8 * k * large)
        far = far + term
    far = xp.exp(large - 0.5 * xp.log(2 * math.pi * large)) * far
    far = xp.where(xp.isinf(large), np.inf, far)
    return xp.copysign(xp.where(size < 25, near, far), x)


def _i0(xp: Any, x: Array) -> Array:
    """The modified Bessel function of the first kind of order 0."""
    return xp.where(xp.isinf(x), np.inf, xp.i0(xp.where(xp.isinf(x), 0.0, x)))


erf = _real(_erf)
erfc = _real(_erfc)
erfinv = _real(_erfinv)
lgamma = _real(_lgamma)
digamma = _real(_digamma)
i0 = _real(_i0)
i1 = _real(_i1)
