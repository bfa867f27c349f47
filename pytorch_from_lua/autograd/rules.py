"""Pointwise and matrix operations: one line an operation, its derivatives beside it.

How to read a line: the name; what computes it; then for each input what is saved and the gradient. ``g`` is the
gradient of the result ``r``; ``x y z`` are the inputs, ``xs`` the shape of ``x``. Broadcasting is undone elsewhere.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.rule import RULES, define
from pytorch_from_lua.errors import DTypeError
from pytorch_from_lua.kernels import elementary, fused, gathering, linear, small_products
from pytorch_from_lua.kernels.activation import ACTIVATIONS

# -- one tensor ------------------------------------------------------------------------------------------------------


def _unary(name: str, forward: Any, saves: str, derivative: Any, real: bool = True, **options: Any) -> None:
    define(name, forward, (saves, derivative), real=real, promote=0, plain=True, **options)


def _neg_into(xp: Any, x: Any) -> None:
    # numpy 2.4.6's negative(x, out=x) gives wrong numbers where a step of x is 16 bytes of 4-byte elements, or 64 of 8.
    if x.flags.c_contiguous:
        xp.negative(x, out=x)
    else:
        x[...] = xp.negative(x)


def _sign(xp: Any, x: Any) -> Any:
    return x.copy() if x.dtype.kind == "b" else xp.sign(x)


def _round(xp: Any, x: Any) -> Any:
    return xp.rint(x) if x.dtype.kind == "f" else x.copy()  # numpy makes doubles of integers


def _square(xp: Any, x: Any) -> Any:
    return x.astype("int64") if x.dtype.kind == "b" else xp.square(x)


LN2, LN10 = math.log(2), math.log(10)

_unary("neg", "negative", "", lambda n, g: -g, real=False, inplace=_neg_into)
_unary("positive", lambda xp, x: +x, "", lambda n, g: g, real=False)
_unary("abs", "absolute", "x", lambda n, g, x: g * n.sign(x), real=False)
_unary("square", _square, "x", lambda n, g, x: g * (x * 2), real=False)
_unary("sign", _sign, "", lambda n, g: g * 0, real=False)
_unary("floor", "floor", "", lambda n, g: g * 0, real=False)
_unary("ceil", "ceil", "", lambda n, g: g * 0, real=False)
_unary("trunc", "trunc", "", lambda n, g: g * 0, real=False)
_unary("round", _round, "", lambda n, g: g * 0, real=False)
_unary("frac", lambda xp, x: x - xp.trunc(x), "", lambda n, g: g, real=False)
_unary("exp", elementary.exp, "r", lambda n, g, r: g * r)
_unary("exp2", "exp2", "r", lambda n, g, r: g * r * LN2)
_unary("expm1", "expm1", "r", lambda n, g, r: g * (r + 1))
_unary("log", elementary.log, "x", lambda n, g, x: g / x)
_unary("log2", "log2", "x", lambda n, g, x: g / (x * LN2))
_unary("log10", "log10", "x", lambda n, g, x: g / (x * LN10))
_unary("log1p", "log1p", "x", lambda n, g, x: g / (x + 1))
_unary("sqrt", "sqrt", "r", lambda n, g, r: g / (r * 2))
_unary("rsqrt", lambda xp, x: 1 / xp.sqrt(x), "r", lambda n, g, r: g * (r * r * r) * -0.5)
_unary("reciprocal", "reciprocal", "r", lambda n, g, r: -g * (r * r))
_unary("sin", elementary.sin, "x", lambda n, g, x: g * n.cos(x))
_unary("cos", elementary.cos, "x", lambda n, g, x: -g * n.sin(x))
_unary("tan", "tan", "r", lambda n, g, r: g * (r * r + 1))
_unary("asin", "arcsin", "x", lambda n, g, x: g * n.rsqrt(1 - x * x))
_unary("acos", "arccos", "x", lambda n, g, x: -g * n.rsqrt(1 - x * x))
_unary("atan", "arctan", "x", lambda n, g, x: g / (x * x + 1))
_unary("sinh", "sinh", "x", lambda n, g, x: g * n.cosh(x))
_unary("cosh", "cosh", "x", lambda n, g, x: g * n.sinh(x))
_unary("tanh", elementary.tanh, "r", lambda n, g, r: g * (1 - r * r))
_unary("asinh", "arcsinh", "x", lambda n, g, x: g * n.rsqrt(x * x + 1))
_unary("acosh", "arccosh", "x", lambda n, g, x: g * n.rsqrt(x * x - 1))
_unary("atanh", "arctanh", "x", lambda n, g, x: g / (1 - x * x))
_unary("sigmoid", lambda xp, x: elementary.sigmoid(x), "r", lambda n, g, r: g * (r * (1 - r)))


def _relu(xp: Any, x: Any) -> Any:
    if x.dtype.kind == "b":
        raise DTypeError("relu: needs numbers, got bool")
    return fused.relu(x)


def _relu_x(n: Any, g: Any, r: Any) -> Any:
    if isinstance(r, np.ndarray) and r.size >= 4096:  # where the compiled loop is worth its call
        return ACTIVATIONS["relu"].backward(g, None, r)
    return g * (r > 0)


_unary("relu", _relu, "r", _relu_x, real=False)
RULES["relu"].bind(np, fused.relu)

for _name, _function in {
    "isnan": "isnan",
    "isinf": "isinf",
    "isfinite": "isfinite",
    "logical_not": "logical_not",
    "bitwise_not": "invert",
}.items():
    define(_name, _function, promote=0)


# -- masks ----------------------------------------------------------------------------------------------------------


def _masked_fill(xp: Any, x: Any, *, mask: Any, value: float) -> Any:
    return gathering.masked_fill(x, mask, value)


define(
    "masked_fill",
    _masked_fill,
    ("", lambda n, g, *, mask, value: n.masked_fill(g, mask=mask, value=0)),
)


# -- matrices --------------------------------------------------------------------------------------------------------


def _t(n: Any, x: Any) -> Any:
    return n.transpose(x, dim0=-2, dim1=-1)


def _matmul_x(n: Any, g: Any, y: Any, xs: Any) -> Any:
    ys = y.shape
    if len(ys) == 1:
        if len(xs) == 1:
            return g * y
        return n.unsqueeze(g, dim=-1) * y
    if len(xs) == 1:
        rows = n.matmul(n.unsqueeze(g, dim=-2), _t(n, y))
        return n.sum_to(n.squeeze(rows, dim=-2), shape=xs)
    return n.matmul(g, _t(n, y))


def _matmul_y(n: Any, g: Any, x: Any, ys: Any) -> Any:
    xs = x.shape
    if len(xs) == 1:
        if len(ys) == 1:
            return g * x
        return n.unsqueeze(x, dim=-1) * n.unsqueeze(g, dim=-2)
    if len(ys) == 1:
        columns = n.matmul(_t(n, x), n.unsqueeze(g, dim=-1))
        return n.sum_to(n.squeeze(columns, dim=-1), shape=ys)
    return n.matmul(_t(n, x), g)


def _matrix(name: str, forward: Any) -> None:
    define(name, forward, ("y xs", _matmul_x), ("x ys", _matmul_y), same=True, plain=True)


def _product(xp: Any, x: Any, y: Any) -> Any:
    # The same BLAS, and half the way there.
    return xp.dot(x, y) if 0 < x.ndim <= 2 and 0 < y.ndim <= 2 else xp.matmul(x, y)


def _of_matrices(x: Any, y: Any) -> Any:
    small = x.shape[1] != y.shape[0] or x.size * y.shape[1] < small_products.LEAST
    return np.dot(x, y) if small else linear.product(x, y)


def _numpy_product(x: Any, y: Any) -> Any:
    if x.ndim == y.ndim == 2:
        return _of_matrices(x, y)
    return np.dot(x, y) if 0 < x.ndim <= 2 and 0 < y.ndim <= 2 else np.matmul(x, y)


for _name in ("matmul", "mm", "bmm", "mv", "dot"):
    _matrix(_name, _product)
for _name in ("mv", "dot"):  # of at most two dimensions each, as their methods see to
    RULES[_name].bind(np, np.dot)
RULES["mm"].bind(np, _of_matrices)
RULES["matmul"].bind(np, _numpy_product)

define(
    "ger",
    lambda xp, x, y: xp.multiply.outer(x, y),
    ("y", lambda n, g, y: n.matmul(g, y)),
    ("x", lambda n, g, x: n.matmul(_t(n, g), x)),
    same=True,
)


def _added(product: Any) -> Any:
    """``beta * x + alpha * product(y, z)``; where beta is 0, x counts for nothing, not even its nan."""

    def forward(xp: Any, x: Any, y: Any, z: Any, *, beta: float = 1, alpha: float = 1) -> Any:
        r = product(xp, y, z)
        if alpha != 1:
            r = r * alpha
        if beta == 0:
            return xp.broadcast_to(xp.zeros_like(x), r.shape) + r
        return (x if beta == 1 else x * beta) + r

    return forward


def _scaled(g: Any, alpha: float) -> Any:
    return g if alpha == 1 else g * alpha


def _added_matrix(name: str, product: Any) -> None:
    define(
        name,
        _added(product),
        ("", lambda n, g, *, beta=1, alpha=1: _scaled(g, beta)),
        ("z ys", lambda n, g, z, ys, *, beta=1, alpha=1: _scaled(_matmul_x(n, g, z, ys), alpha)),
        ("y zs", lambda n, g, y, zs, *, beta=1, alpha=1: _scaled(_matmul_y(n, g, y, zs), alpha)),
        same=True,
    )


for _name in ("addmm", "addmv", "baddbmm"):
    _added_matrix(_name, _product)

define(
    "addr",
    _added(lambda xp, y, z: xp.multiply.outer(y, z)),
    ("", lambda n, g, *, beta=1, alpha=1: _scaled(g, beta)),
    ("z", lambda n, g, z, *, beta=1, alpha=1: _scaled(n.matmul(g, z), alpha)),
    ("y", lambda n, g, y, *, beta=1, alpha=1: _scaled(n.matmul(_t(n, g), y), alpha)),
    same=True,
)
define(
    "addbmm",
    _added(lambda xp, y, z: xp.matmul(y, z).sum(0, y.dtype)),
    ("", lambda n, g, *, beta=1, alpha=1: _scaled(g, beta)),
    ("z", lambda n, g, z, *, beta=1, alpha=1: _scaled(n.matmul(g, _t(n, z)), alpha)),
    ("y", lambda n, g, y, *, beta=1, alpha=1: _scaled(n.matmul(_t(n, y), g), alpha)),
    same=True,
)
