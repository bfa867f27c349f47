"""Special functions and what else is computed from one element; how to read a line stands in ``rules.py``."""

from __future__ import annotations

import math
from typing import Any

from pytorch_from_lua.autograd.promotion import no_integers
from pytorch_from_lua.autograd.rule import define
from pytorch_from_lua.autograd.rules_binary import log_of
from pytorch_from_lua.kernels import special

_ROOT = 2 / math.sqrt(math.pi)


def _special(name: str, saves: str, derivative: Any) -> None:
    kernel = getattr(special, name)
    define(name, lambda xp, x: kernel(x), (saves, derivative), real=True, promote=0, plain=True)


_special("erf", "x", lambda n, g, x: g * n.exp(-x * x) * _ROOT)
_special("erfc", "x", lambda n, g, x: g * n.exp(-x * x) * -_ROOT)
_special("erfinv", "r", lambda n, g, r: g * n.exp(r * r) / _ROOT)
_special("erfcx", "x r", lambda n, g, x, r: g * (2 * x * r - _ROOT))
_special("log_ndtr", "x r", lambda n, g, x, r: g * n.exp(-x * x / 2 - r) / math.sqrt(2 * math.pi))
_special("ndtri", "r", lambda n, g, r: g * n.exp(r * r / 2) * math.sqrt(2 * math.pi))
_special("lgamma", "x", lambda n, g, x: g * n.digamma(x))
_special("digamma", "x", lambda n, g, x: g * n.polygamma(x, n=1))
_special("i0", "x", lambda n, g, x: g * n.i1(x))
_special("i1", "x r", lambda n, g, x, r: g * n.where(x == 0, 0.5, n.i0(x) - r / n.where(x == 0, 1.0, x)))
define(
    "polygamma",
    lambda xp, x, *, n: special.polygamma(x, n),
    # Of two arguments called n, the parameter comes by name.
    ("x", lambda space, g, x, **params: g * space.polygamma(x, n=params["n"] + 1)),
    real=True,
    promote=0,
)


def _sinc(xp: Any, x: Any) -> Any:
    turned = math.pi * x
    return xp.where(x == 0, x.dtype.type(1), xp.sin(turned) / turned)


def _sinc_x(n: Any, g: Any, x: Any, r: Any) -> Any:
    return n.where(x == 0, 0.0, g * (n.cos(x * math.pi) - r) / x)


define("sinc", _sinc, ("x r", _sinc_x), real=True, promote=0, plain=True)


def _logit(xp: Any, x: Any, *, eps: float | None = None) -> Any:
    if eps is not None:
        x = xp.clip(x, eps, 1 - eps)
    return xp.log(x / (1 - x))


def _logit_x(n: Any, g: Any, x: Any, *, eps: float | None = None) -> Any:
    low, other = (0.0, math.nan) if eps is None else (eps, 0.0)
    inside = (x >= low) & (x <= 1 - low)
    return n.where(inside, g / (x * (1 - x)), other)


define("logit", _logit, ("x", _logit_x), real=True, promote=0)


def _xlogy(xp: Any, x: Any, y: Any) -> Any:
    return xp.where((x == 0) & (y == y), 0, x * log_of(xp, y))


def _xlogy_x(n: Any, g: Any, x: Any, y: Any) -> Any:
    return n.where((x == 0) & (y <= 0), 0.0, g * log_of(n, y))


define("xlogy", _xlogy, ("x y", _xlogy_x), ("x y", lambda n, g, x, y: g * x / y), real=True, promote=0)
define(
    "logaddexp",
    "logaddexp",
    ("x y", lambda n, g, x, y: g * n.sigmoid(x - y)),
    ("x y", lambda n, g, x, y: g * n.sigmoid(y - x)),
    promote=0,
    check=no_integers,
)
define(
    "logaddexp2",
    "logaddexp2",
    ("x y", lambda n, g, x, y: g * n.sigmoid((x - y) * math.log(2))),
    ("x y", lambda n, g, x, y: g * n.sigmoid((y - x) * math.log(2))),
    promote=0,
    check=no_integers,
)


def _nan_to_num(
    xp: Any, x: Any, *, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Any:
    if x.dtype.kind != "f":
        return x.copy()
    return xp.nan_to_num(x, copy=True, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


def _nan_to_num_x(n: Any, g: Any, x: Any, **params: Any) -> Any:
    return n.where(n.isfinite(x), g, 0.0)


define("nan_to_num", _nan_to_num, ("x", _nan_to_num_x), promote=0)


def _round_decimals(xp: Any, x: Any, *, decimals: int) -> Any:
    scale = x.dtype.type(10.0 ** abs(decimals))
    return xp.rint(x * scale) / scale if decimals >= 0 else xp.rint(x / scale) * scale


define("round_decimals", _round_decimals, ("", lambda n, g, **params: g * 0), check=no_integers, promote=0)


def _frexp_x(n: Any, g: Any, e: Any) -> Any:
    return g / (2.0**e).astype(g.dtype)


define("frexp", "frexp", ("e", _frexp_x), extra="output", order=1, plain=False, check=no_integers, promote=0)


def _whole_or(name: str, whole: bool) -> Any:
    """A question to floating-point numbers of which whole ones all have one answer."""

    def forward(xp: Any, x: Any) -> Any:
        return getattr(xp, name)(x) if x.dtype.kind == "f" else xp.full(x.shape, whole)

    return forward


define("isposinf", _whole_or("isposinf", False), promote=0)
define("isneginf", _whole_or("isneginf", False), promote=0)
define("isreal", lambda xp, x: xp.ones(x.shape, "bool"), promote=0)
define("signbit", lambda xp, x: xp.signbit(x) if x.dtype.kind == "f" else x < 0, promote=0)
