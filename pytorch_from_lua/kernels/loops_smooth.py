"""Loops for numba (see ``loops_transcendental.py``): smooth activations of float32 and their slopes, in one pass.

They are computed in doubles and rounded once at the end. All arrays are dense and have one dimension.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pytorch_from_lua.kernels import loops_transcendental as base
from pytorch_from_lua.kernels.namespace import Array

_f, _d = np.float32, np.float64

#: The normal distribution's probability of more than x, divided by ``t exp(-x^2 / 2)`` where ``t = 1 / (1 + x / 4)``:
#: a Chebyshev interpolant by t, within 3e-9 up to x = 14.5, where even x times the probability is 0 in float32.
_TAIL = (
    0.0997242203647, 0.100005286542, 0.0906821328673, 0.0981355503393, -0.00317150099494, 0.217973188832,
    -0.287773827493, 0.37640705066, -0.27592282089, 0.0974180041517, -0.013477284251,
)  # fmt: skip
_ROOT = 0.3989422804014327  # 1 / sqrt(2 pi)


def _below(x: Any, e: Any) -> Any:
    """Return the normal distribution's probability of less than ``x``, where ``e`` is ``exp(-x^2 / 2)``."""
    t = 1.0 / (1.0 + 0.25 * abs(x))
    q = _TAIL[10]
    q = q * t + _TAIL[9]
    q = q * t + _TAIL[8]
    q = q * t + _TAIL[7]
    q = q * t + _TAIL[6]
    q = q * t + _TAIL[5]
    q = q * t + _TAIL[4]
    q = q * t + _TAIL[3]
    q = q * t + _TAIL[2]
    q = q * t + _TAIL[1]
    q = q * t + _TAIL[0]
    tail = q * t * e
    return tail if x < 0.0 else 1.0 - tail


def gelu_float(x: Array, out: Array) -> None:
    """Fill ``out`` with ``x`` times the probability of less than ``x``."""
    for i in range(x.size):
        v = _d(x[i])
        out[i] = _f(v * _below(v, base._exp(-0.5 * v * v)))


def gelu_slope_float(x: Array, out: Array) -> None:
    """Fill ``out`` with the derivative of `gelu_float`: the probability plus ``x`` times the density."""
    for i in range(x.size):
        v = _d(x[i])
        e = base._exp(-0.5 * v * v)
        out[i] = _f(_below(v, e) + v * e * _ROOT)


def silu_float(x: Array, out: Array) -> None:
    """Fill ``out`` with ``x / (1 + exp(-x))``."""
    for i in range(x.size):
        v = _d(x[i])
        out[i] = _f(v / (1.0 + base._exp(-v)))


def silu_slope_float(x: Array, out: Array) -> None:
    """Fill ``out`` with the derivative of `silu_float`, ``s (1 + x (1 - s))`` with ``s`` the logistic function."""
    for i in range(x.size):
        v = _d(x[i])
        s = 1.0 / (1.0 + base._exp(-v))
        out[i] = _f(s * (1.0 + v * (1.0 - s)))
