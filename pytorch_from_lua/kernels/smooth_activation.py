"""Activations that only Python has; their derivatives stand in the table of rules, over its namespace."""

from __future__ import annotations

import math

from pytorch_from_lua.kernels import elementary, special
from pytorch_from_lua.kernels.activation import ACTIVATIONS
from pytorch_from_lua.kernels.namespace import Array, namespace

#: With these, a normalised input stays normalised on its way through many layers (Klambauer et al., 2017).
SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
#: Of the approximation of `gelu` by ``tanh``.
GELU_ROOT, GELU_CUBE = math.sqrt(2 / math.pi), 0.044715


def _sigmoid(x: Array) -> Array:
    return ACTIVATIONS["sigmoid"].forward(x)


def selu(x: Array) -> Array:
    """``scale * x`` where positive, else ``scale * alpha * (exp(x) - 1)``."""
    return ACTIVATIONS["elu"].forward(x, SELU_ALPHA) * x.dtype.type(SELU_SCALE)


def celu(x: Array, alpha: float = 1.0) -> Array:
    """``x`` where positive, else ``alpha * (exp(x / alpha) - 1)``."""
    xp = namespace(x)
    return xp.where(x > 0, x, xp.expm1(xp.minimum(x, 0) / alpha) * alpha)


def gelu(x: Array, approximate: str = "none") -> Array:
    """``x`` times the normal distribution's probability of less than ``x``."""
    done = elementary.smooth("gelu", x) if approximate == "none" else None
    if done is not None:
        return done
    xp = namespace(x)
    if approximate == "tanh":
        inner = xp.tanh((x + GELU_CUBE * x * x * x) * GELU_ROOT)
    else:
        inner = special.erf(x * x.dtype.type(math.sqrt(0.5)))
    inner += 1
    inner *= x
    inner *= x.dtype.type(0.5)
    return inner


def gelu_slope(x: Array) -> Array:
    """The derivative of the exact `gelu`: the probability of less than ``x`` plus ``x`` times the density there."""
    done = elementary.smooth("gelu_slope", x)
    if done is not None:
        return done
    below = (special.erf(x * x.dtype.type(math.sqrt(0.5))) + 1) * 0.5
    return below + x * namespace(x).exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))


def silu(x: Array) -> Array:
    """``x * sigmoid(x)``."""
    done = elementary.smooth("silu", x)
    return x * _sigmoid(x) if done is None else done


def silu_slope(x: Array) -> Array:
    """The derivative of `silu`."""
    done = elementary.smooth("silu_slope", x)
    if done is not None:
        return done
    s = _sigmoid(x)
    return s * (x * (1 - s) + 1)


def mish(x: Array) -> Array:
    """``x * tanh(log(1 + exp(x)))``."""
    return x * namespace(x).tanh(ACTIVATIONS["softplus"].forward(x))


def hardsigmoid(x: Array) -> Array:
    """``x / 6 + 1 / 2``, cut off at 0 and 1."""
    result = namespace(x).clip(x + 3, 0, 6)
    result /= 6
    return result


def hardswish(x: Array) -> Array:
    """``x * hardsigmoid(x)``."""
    return x * hardsigmoid(x)
