"""Operations of two and three tensors, element by element; how to read a line stands in ``rules.py``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.promotion import no_bools, no_integers, no_negative_power
from pytorch_from_lua.autograd.rule import define
from pytorch_from_lua.errors import DivisionError
from pytorch_from_lua.kernels import fused

# -- two tensors -----------------------------------------------------------------------------------------------------


def log_of(n: Any, x: Any) -> Any:
    """The logarithm of a tensor, or of a number as a plain float, which leaves the other's type alone."""
    if isinstance(x, (int, float)):
        return math.log(x) if x > 0 else (-math.inf if x == 0 else math.nan)
    return n.log(x)


def _pow(xp: Any, x: Any, y: Any) -> Any:
    kind = (y if hasattr(y, "dtype") else x).dtype.kind
    if kind == "f":
        return xp.square(x) if y.__class__ in (int, float) and y == 2 else xp.power(x, y)
    if kind == "b":
        return xp.logical_or(x, xp.logical_not(y))
    if isinstance(y, int):
        return xp.power(x, y)
    exact = xp.power(x, xp.maximum(y, 0))
    inverse = xp.where(xp.abs(x) == 1, xp.where(y % 2 == 0, 1, x), 0)  # 1 / x ** -y, cut off
    return xp.where(y < 0, inverse, exact).astype(exact.dtype)


def _pow_base(n: Any, g: Any, x: Any, y: Any) -> Any:
    if isinstance(y, (int, float)):
        return g * 0 if y == 0 else g * (x ** (y - 1) * y)
    return n.where(y == 0, 0.0, g * (x ** (y - 1) * y))


def _pow_exponent(n: Any, g: Any, x: Any, y: Any, r: Any) -> Any:
    # 0 ** y is 0 for every y > 0 (and 1 at 0), so its derivative is 0 where the formula says 0 * -inf.
    if isinstance(x, (int, float)):
        return g * (r * log_of(n, x)) if x != 0 else n.where(y >= 0, 0.0, g * r * -math.inf)
    zero = (x == 0) * (y >= 0)
    return n.where(zero, 0.0, g * (r * n.log(x)))


def _binary(name: str, forward: Any, dx: Any, dy: Any, real: bool = False, **options: Any) -> None:
    define(name, forward, dx, dy, real=real, promote=0, plain=True, **options)


def _dividing(name: str) -> Any:
    """An operation that divides: whole numbers by 0 are an error."""

    def forward(xp: Any, x: Any, y: Any) -> Any:
        if not hasattr(y, "dtype"):
            bad = not y and x.dtype.kind != "f"
        else:
            bad = y.dtype.kind != "f" and not y.all()
        if bad:
            raise DivisionError("other: whole numbers cannot be divided by 0")
        kinds = [np.dtype(getattr(given, "dtype", type(given))).kind for given in (x, y)] if xp is not np else ""
        if "f" in kinds and name != "fmod":
            return _rounded_down(xp, x, y)[name]
        return getattr(xp, name)(x, y)

    return forward


def _rounded_down(xp: Any, x: Any, y: Any) -> dict[str, Any]:
    """Division rounded down and what it leaves, as numpy has them for infinities too; cupy's own give other numbers."""
    x, y = [a if hasattr(a, "dtype") else xp.asarray(a, b.dtype) for a, b in ((x, y), (y, x))]
    rest = xp.fmod(x, y)
    quotient = (x - rest) / y
    other_side = (rest != 0) & ((rest < 0) != (y < 0))
    whole = xp.rint(xp.where(other_side, quotient - 1, quotient))
    floored = xp.where(whole == 0, xp.copysign(xp.zeros_like(whole), x / y), whole)
    zero = xp.where(y < 0, -xp.zeros_like(rest), xp.zeros_like(rest))
    return {
        "floor_divide": xp.where(y == 0, x / y, floored).astype(rest.dtype),
        "remainder": xp.where(other_side, rest + y, xp.where(rest == 0, zero, rest)).astype(rest.dtype),
    }


def _whole_quotient(xp: Any, x: Any, y: Any) -> Any:
    """``x / y`` cut off."""
    if (y if hasattr(y, "dtype") else x).dtype.kind == "f":
        return xp.trunc(xp.divide(x, y))
    quotient = _dividing("floor_divide")(xp, x, y)
    return quotient + ((quotient < 0) & (quotient * y != x)).astype(quotient.dtype)


def _larger_x(n: Any, g: Any, x: Any, y: Any) -> Any:
    return n.where(x == y, g / 2, n.where(x < y, 0.0, g))


def _larger_y(n: Any, g: Any, x: Any, y: Any) -> Any:
    return n.where(x == y, g / 2, n.where(y < x, 0.0, g))


_binary("add", "add", ("", lambda n, g: g), ("", lambda n, g: g))
_binary("sub", "subtract", ("", lambda n, g: g), ("", lambda n, g: -g), check=no_bools)
_binary("mul", "multiply", ("y", lambda n, g, y: g * y), ("x", lambda n, g, x: g * x))
_binary("div", "divide", ("y", lambda n, g, y: g / y), ("y r", lambda n, g, y, r: -g * r / y), real=True)
_binary("pow", _pow, ("x y", _pow_base), ("x y r", _pow_exponent), check=no_negative_power)
_binary("maximum", "maximum", ("x y", _larger_x), ("x y", _larger_y))
_binary(
    "minimum",
    "minimum",
    ("x y", lambda n, g, x, y: _larger_x(n, g, y, x)),
    ("x y", lambda n, g, x, y: _larger_y(n, g, y, x)),
)
# Where one is NaN the other wins; of equal ones the first has the gradient.
_binary(
    "fmax",
    "fmax",
    ("x y", lambda n, g, x, y: n.where((x >= y) | (y != y), g, 0.0)),
    ("x y", lambda n, g, x, y: n.where((x >= y) | (y != y), 0.0, g)),
)
_binary(
    "fmin",
    "fmin",
    ("x y", lambda n, g, x, y: n.where((x <= y) | (y != y), g, 0.0)),
    ("x y", lambda n, g, x, y: n.where((x <= y) | (y != y), 0.0, g)),
)
_binary(
    "atan2",
    "arctan2",
    ("x y", lambda n, g, x, y: g * y / (x * x + y * y)),
    ("x y", lambda n, g, x, y: -g * x / (x * x + y * y)),
    real=True,
)
_binary("hypot", "hypot", ("x r", lambda n, g, x, r: g * x / r), ("y r", lambda n, g, y, r: g * y / r), real=True)
_binary("fmod", _dividing("fmod"), ("", lambda n, g: g), ("x y", lambda n, g, x, y: -g * n.trunc(x / y)))
_binary("remainder", _dividing("remainder"), ("", lambda n, g: g), ("x y", lambda n, g, x, y: -g * n.floor(x / y)))
_binary("floor_divide", _dividing("floor_divide"), ("", lambda n, g: g * 0), ("", lambda n, g: g * 0))
_binary("trunc_divide", _whole_quotient, ("", lambda n, g: g * 0), ("", lambda n, g: g * 0))


def _copysign_x(n: Any, g: Any, x: Any, r: Any) -> Any:
    return n.where(x == 0, 0.0, g * n.sign(x) * n.sign(r))


_binary(
    "copysign",
    "copysign",
    ("x r", _copysign_x),
    ("", lambda n, g: g * 0),
    real=True,
)

# A step to the next number is no change that a derivative sees.
_binary("nextafter", "nextafter", ("", lambda n, g: g), ("", lambda n, g: g * 0), check=no_integers)

for _name, _function in {
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "logical_and": "logical_and",
    "logical_or": "logical_or",
    "logical_xor": "logical_xor",
    "bitwise_and": "bitwise_and",
    "bitwise_or": "bitwise_or",
    "bitwise_xor": "bitwise_xor",
    "gcd": "gcd",
    "lcm": "lcm",
}.items():
    define(_name, _function, promote=0)


def _shift(name: str, factor: float) -> Any:
    def forward(xp: Any, x: Any, y: Any) -> Any:
        if (y if hasattr(y, "dtype") else x).dtype.kind == "f":
            return x * xp.power(factor, y)
        return getattr(xp, name)(x, y)

    return forward


define("lshift", _shift("left_shift", 2.0), promote=0)
define("rshift", _shift("right_shift", 0.5), promote=0)


def _heaviside(xp: Any, x: Any, y: Any) -> Any:
    return xp.where(x == 0, y, xp.where(x < 0, 0, xp.where(x > 0, 1, 0))).astype(x.dtype)


define("heaviside", _heaviside, same=True)


# -- three -----------------------------------------------------------------------------------------------------------


def _clamp(xp: Any, x: Any, *, min: float | None = None, max: float | None = None) -> Any:
    return fused.clamp(x, min, max)


def _clamp_x(n: Any, g: Any, x: Any, *, min: float | None = None, max: float | None = None) -> Any:
    if min is not None:
        g = g * (x >= min)
    return g if max is None else g * (x <= max)


define("clamp", _clamp, ("x", _clamp_x), promote=0)


def _between(xp: Any, x: Any, y: Any, z: Any) -> Any:
    if y is not None:
        x = xp.maximum(x, y)
    return x if z is None else xp.minimum(x, z)


def _between_x(n: Any, g: Any, x: Any, y: Any, z: Any) -> Any:
    return _clamp_x(n, g, x, min=y, max=z)


def _between_y(n: Any, g: Any, x: Any, y: Any, z: Any) -> Any:
    below = x < y
    return g * (below if z is None else below & (y < z))


def _between_z(n: Any, g: Any, x: Any, y: Any, z: Any) -> Any:
    above = x > z
    return g * (above if y is None else above | (z < y))


# Limits that are tensors.
define("clamp_between", _between, ("x y z", _between_x), ("x y z", _between_y), ("x y z", _between_z), promote=0)


define(
    "where",
    lambda xp, c, x, y: fused.where(c, x, y),
    None,
    ("x", lambda n, g, c: n.where(c, g, 0)),
    ("x", lambda n, g, c: n.where(c, 0, g)),
    promote=1,
)


def _lerp(xp: Any, x: Any, y: Any, z: Any) -> Any:
    """From the nearer end, so that both ends are met exactly."""
    if not hasattr(z, "dtype"):
        return fused.lerp(x, y, z)
    way = y - x
    return xp.where(xp.abs(z) < 0.5, x + z * way, y - way * (1 - z))


define(
    "lerp",
    _lerp,
    ("z", lambda n, g, z: g * (1 - z)),
    ("z", lambda n, g, z: g * z),
    ("x y", lambda n, g, x, y: g * (y - x)),
    promote=0,
    check=no_integers,
)


def _addcmul(xp: Any, x: Any, y: Any, z: Any, *, value: float = 1) -> Any:
    return fused.addcmul(x, value if x.dtype.kind == "f" else int(value), y, z)


define(
    "addcmul",
    _addcmul,
    ("", lambda n, g, value=1: g),
    ("z", lambda n, g, z, value=1: g * z * value),
    ("y", lambda n, g, y, value=1: g * y * value),
    promote=0,
)
define(
    "addcdiv",
    lambda xp, x, y, z, value=1: fused.addcdiv(x, value, y, z),
    ("", lambda n, g, value=1: g),
    ("z", lambda n, g, z, value=1: g / z * value),
    ("y z", lambda n, g, y, z, value=1: -g * y / (z * z) * value),
    promote=0,
    check=no_integers,
)
