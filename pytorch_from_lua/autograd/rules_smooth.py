"""Activations that only Python has: forward by the kernels, derivatives over the namespace."""

from __future__ import annotations

import math
from typing import Any

from pytorch_from_lua.autograd.nn_kernels import KernelFile
from pytorch_from_lua.autograd.rule import define
from pytorch_from_lua.kernels.smooth_activation import GELU_CUBE, GELU_ROOT, SELU_ALPHA, SELU_SCALE

K = KernelFile("smooth_activation")


def _smooth(name: str, saves: str, derivative: Any) -> None:
    define(name, lambda xp, x, **p: getattr(K, name)(x, **p), (saves, derivative), promote=0, real=True)


def _gelu_x(n: Any, g: Any, x: Any, *, approximate: str) -> Any:
    if approximate == "tanh":
        t = n.tanh((x + x * x * x * GELU_CUBE) * GELU_ROOT)
        slope = (x * x * (3 * GELU_CUBE) + 1) * GELU_ROOT
        return g * ((t + 1) * 0.5 + x * (1 - t * t) * slope * 0.5)
    return g * n.gelu_slope(x)


def _gelu_slope_x(n: Any, g: Any, x: Any) -> Any:
    return g * (2 - x * x) * n.exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))


def _silu_slope_x(n: Any, g: Any, x: Any) -> Any:
    s = n.sigmoid(x)
    return g * s * (1 - s) * (x * (1 - s * 2) + 2)


def _mish_x(n: Any, g: Any, x: Any) -> Any:
    t = n.tanh(n.softplus(x, beta=1.0, threshold=20.0))
    return g * (t + x * (1 - t * t) * n.sigmoid(x))


def _selu_x(n: Any, g: Any, x: Any, r: Any) -> Any:
    return n.where(x > 0, g * SELU_SCALE, g * (r + SELU_SCALE * SELU_ALPHA))


_smooth("gelu", "x", _gelu_x)
_smooth("gelu_slope", "x", _gelu_slope_x)
_smooth("silu", "x", lambda n, g, x: g * n.silu_slope(x))
_smooth("silu_slope", "x", _silu_slope_x)
_smooth("mish", "x", _mish_x)
_smooth("selu", "x r", _selu_x)
_smooth("celu", "x r", lambda n, g, x, r, *, alpha: n.where(x > 0, g, g * (r / alpha + 1)))
_smooth("hardsigmoid", "x", lambda n, g, x: g * (x > -3) * (x < 3) * (1 / 6))
_smooth("hardswish", "x", lambda n, g, x: n.where(x <= -3, 0.0, n.where(x < 3, g * (x / 3 + 0.5), g)))
