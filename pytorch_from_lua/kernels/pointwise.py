"""The elementwise mathematics of tensors, one table: `POINTWISE`, name -> ``function(*arguments, out=None)``.

Arguments are arrays or Python numbers and are broadcast. The results are C's: ``round`` goes away from 0 at halves,
integers wrap around and their division truncates (and gives 0 by 0, where C would crash), infinities and NaN come
without warnings. Comparisons give bool. The element type is that of the arrays (numpy's promotion); a number does not
change it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pytorch_from_lua.kernels.namespace import Array, namespace

Function = Callable[..., Array]


def _plain(name: str) -> Function:
    """Return numpy's (or cupy's) function ``name``, silent and taking numbers and arrays alike."""

    def function(*arguments: Array, out: Array | None = None) -> Array:
        with np.errstate(all="ignore"):
            return getattr(_home(arguments), name)(*arguments, out=out)

    function.__name__ = name
    return function


def _home(arguments: tuple[Array, ...]) -> object:
    for argument in arguments:
        home = namespace(argument)
        if home is not np:
            return home
    return np


def _formula(compute: Function) -> Function:
    """Return ``compute(xp, *arguments)`` as a function with ``out``."""

    def function(*arguments: Array, out: Array | None = None) -> Array:
        with np.errstate(all="ignore"):
            value = compute(_home(arguments), *arguments)
        if out is None:
            return value
        out[...] = value
        return out

    return function


def _is_integer(*arguments: Array) -> bool:
    return all(a.dtype.kind in "iub" if hasattr(a, "dtype") else isinstance(a, int) for a in arguments)


def _keep_type(xp: Array, value: Array, x: Array) -> Array:
    return value.astype(x.dtype) if hasattr(x, "dtype") and value.dtype != x.dtype else value


def _round(xp: Array, x: Array) -> Array:
    if _is_integer(x):
        return xp.array(x)
    whole = xp.trunc(x)
    return xp.where(xp.abs(x - whole) >= 0.5, whole + xp.copysign(xp.ones_like(whole), x), whole)


def _whole(name: str) -> Function:
    """Return ``floor``, ``ceil`` or ``trunc``, which leave integers alone."""

    def compute(xp: Array, x: Array) -> Array:
        return xp.array(x) if _is_integer(x) else getattr(xp, name)(x)

    return _formula(compute)


def _div(xp: Array, a: Array, b: Array) -> Array:
    if not _is_integer(a, b):
        return xp.true_divide(a, b)
    quotient = xp.floor_divide(a, b)
    # floor_divide rounds down, C rounds towards 0.
    return quotient + ((quotient < 0) & (quotient * b != a)).astype(quotient.dtype)


def _remainder(xp: Array, a: Array, b: Array) -> Array:
    """Torch7's: ``a - b * floor(a / b)``; the sign is the divisor's."""
    return xp.remainder(a, b)


def _frac(xp: Array, x: Array) -> Array:
    return xp.zeros_like(x) if _is_integer(x) else x - xp.trunc(x)


def _sigmoid(xp: Array, x: Array) -> Array:
    small = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, 1 / (1 + small), small / (1 + small))


def _rsqrt(xp: Array, x: Array) -> Array:
    return 1 / xp.sqrt(x)


def _cinv(xp: Array, x: Array) -> Array:
    return _div(xp, xp.ones_like(x), x) if _is_integer(x) else 1 / x


def _lerp(xp: Array, a: Array, b: Array, weight: Array) -> Array:
    return a + weight * (b - a)


def _clamp(xp: Array, x: Array, low: Array | None, high: Array | None) -> Array:
    """Cut off at ``low``, then at ``high``; None is no limit. A NaN stays."""
    if low is None and high is None:
        return xp.array(x)
    if low is not None:
        x = xp.maximum(x, low)
    if high is not None:
        x = xp.minimum(x, high)
    return x


def _pow(xp: Array, a: Array, b: Array) -> Array:
    if not _is_integer(a, b):
        return xp.power(a, b)
    # Integers to a negative power: C computes in double and truncates.
    exact = xp.power(a, xp.maximum(b, 0))
    inverse = xp.trunc(xp.power(xp.asarray(a, dtype="float64"), b))
    return xp.where(xp.asarray(b) < 0, inverse, exact).astype(exact.dtype)


def _addcmul(xp: Array, t: Array, value: Array, a: Array, b: Array) -> Array:
    return _keep_type(xp, t + value * (a * b), t)


def _addcdiv(xp: Array, t: Array, value: Array, a: Array, b: Array) -> Array:
    return _keep_type(xp, t + value * _div(xp, a, b), t)


POINTWISE: dict[str, Function] = {
    # of one array
    "abs": _plain("abs"),
    "neg": _formula(lambda xp, x: xp.subtract(x.dtype.type(0), x) if _is_integer(x) else xp.negative(x)),
    "sign": _plain("sign"),
    "ceil": _whole("ceil"),
    "floor": _whole("floor"),
    "trunc": _whole("trunc"),
    "round": _formula(_round),
    "frac": _formula(_frac),
    "sqrt": _plain("sqrt"),
    "rsqrt": _formula(_rsqrt),
    "square": _plain("square"),
    "exp": _plain("exp"),
    "expm1": _plain("expm1"),
    "log": _plain("log"),
    "log1p": _plain("log1p"),
    "sin": _plain("sin"),
    "cos": _plain("cos"),
    "tan": _plain("tan"),
    "asin": _plain("arcsin"),
    "acos": _plain("arccos"),
    "atan": _plain("arctan"),
    "sinh": _plain("sinh"),
    "cosh": _plain("cosh"),
    "tanh": _plain("tanh"),
    "sigmoid": _formula(_sigmoid),
    "cinv": _formula(_cinv),
    # of two
    "add": _plain("add"),
    "sub": _plain("subtract"),
    "mul": _plain("multiply"),
    "div": _formula(_div),
    "pow": _formula(_pow),
    "fmod": _plain("fmod"),  # the sign is the dividend's
    "remainder": _formula(_remainder),
    "atan2": _plain("arctan2"),
    "maximum": _plain("maximum"),
    "minimum": _plain("minimum"),
    "eq": _plain("equal"),
    "ne": _plain("not_equal"),
    "lt": _plain("less"),
    "le": _plain("less_equal"),
    "gt": _plain("greater"),
    "ge": _plain("greater_equal"),
    "lshift": _plain("left_shift"),
    "rshift": _plain("right_shift"),
    "bitand": _plain("bitwise_and"),
    "bitor": _plain("bitwise_or"),
    "bitxor": _plain("bitwise_xor"),
    # of three and four
    "lerp": _formula(_lerp),
    "clamp": _formula(_clamp),
    "addcmul": _formula(_addcmul),
    "addcdiv": _formula(_addcdiv),
}
