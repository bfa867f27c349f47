"""Reductions and scans. ``dim`` is None (all), a dimension or several; ``keepdim`` keeps them with size 1."""

from __future__ import annotations

import math
from math import prod
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.promotion import no_integers
from pytorch_from_lua.autograd.rule import define
from pytorch_from_lua.errors import DimensionError
from pytorch_from_lua.kernels import elementary, fused, sums
from pytorch_from_lua.kernels.namespace import on_host
from pytorch_from_lua.tensor import backend
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import DType
from pytorch_from_lua.tensor.geometry import wrap_dim

Dim = int | tuple[int, ...] | None


def axes(dim: Any, ndim: int) -> tuple[int, ...]:
    """The dimensions reduced, each from 0; all where ``dim`` is None or empty."""
    if dim is None:
        return tuple(range(ndim))
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    if not dims:
        return tuple(range(ndim))
    found = tuple([wrap_dim(d, ndim) for d in dims])
    if len({*found}) != len(found):
        raise DimensionError(f"dim: {dims} names a dimension twice")
    return found if ndim else ()


def along(x: Any, dim: Any) -> Any:
    if dim is None:
        return None
    n = x.ndim
    if dim.__class__ is int and -n <= dim < n:
        return dim
    return axes(dim, n)


def kept(n: Any, g: Any, shape: Any, dim: Any) -> Any:
    """A reduction's result or gradient with the reduced dimensions back, each of size 1."""
    gone = axes(dim, len(shape))
    full = tuple([1 if i in gone else s for i, s in enumerate(shape)])
    return g if g.shape == full else n.reshape(g, shape=full)


def _count(shape: Any, dim: Any) -> int:
    return prod([shape[i] for i in axes(dim, len(shape))])


# -- sums ------------------------------------------------------------------------------------------------------------


def _sum(xp: Any, x: Any, *, dim: Dim = None, keepdim: bool = False, dtype: Any = None) -> Any:
    # Bytes and short integers add up to int64, as in PyTorch, on every platform.
    kind = dtype.numpy if dtype is not None else ("int64" if x.dtype.kind in "biu" else None)
    if dim is None and kind is None and not keepdim:
        return sums.total(x)
    return xp.add.reduce(x, along(x, dim), kind, None, keepdim)


def _sum_x(n: Any, g: Any, xs: Any, xt: Any, *, dim: Dim = None, keepdim: bool = False, dtype: Any = None) -> Any:
    if dtype is not None and dtype is not xt:
        g = n.to(g, dtype=xt)
    return n.expand(g if keepdim else kept(n, g, xs, dim), shape=xs)


def _mean(xp: Any, x: Any, *, dim: Dim = None, keepdim: bool = False) -> Any:
    if x.size == 0:  # numpy warns of a mean of nothing; it is NaN
        return x.sum(along(x, dim), keepdims=keepdim) * math.nan
    if dim is None and not keepdim:
        return sums.total(x) / x.size
    total = xp.add.reduce(x, along(x, dim), None, None, keepdim)
    total /= x.size if dim is None else _count(x.shape, dim)  # a number, or an array of its own
    return total


def _mean_x(n: Any, g: Any, xs: Any, *, dim: Dim = None, keepdim: bool = False) -> Any:
    return n.expand(kept(n, g, xs, dim) / _count(xs, dim), shape=xs)


define("sum", _sum, ("xs xt", _sum_x))
define("mean", _mean, ("xs", _mean_x), promote=0, check=no_integers)


def _sum_to(xp: Any, x: Any, *, shape: Any) -> Any:
    extra = x.ndim - len(shape)
    if extra:
        x = x.sum(tuple(range(extra)))
    stretched = tuple([i for i, s in enumerate(shape) if s == 1 and x.shape[i] != 1])
    return x.sum(stretched, keepdims=True) if stretched else x


# The inverse of broadcasting: ``x`` added up to a smaller shape.
define("sum_to", _sum_to, ("xs", lambda n, g, xs, *, shape: n.expand(g, shape=xs)))


def _var(xp: Any, x: Any, *, dim: Dim = None, correction: float = 1, keepdim: bool = False) -> Any:
    over = _count(x.shape, dim) - correction
    if over > 0:
        if dim is None and not keepdim and x.dtype.itemsize > 2:
            return sums.total_of_squares(x - sums.total(x) / x.size) / x.dtype.type(over)
        return x.var(along(x, dim), ddof=correction, keepdims=keepdim)
    # numpy warns of a division by 0 here; it is NaN, or infinite where the elements differ.
    squares = xp.square(x - _mean(xp, x, dim=dim, keepdim=True))
    return xp.divide(squares.sum(along(x, dim), keepdims=keepdim), 0, dtype=x.dtype)


def _var_x(n: Any, g: Any, x: Any, *, dim: Dim = None, correction: float = 1, keepdim: bool = False) -> Any:
    count = _count(x.shape, dim)
    centred = x - n.mean(x, dim=axes(dim, len(x.shape)), keepdim=True)
    return kept(n, g, x.shape, dim) * centred * (2.0 / (count - correction) if count != correction else float("nan"))


def _std_x(n: Any, g: Any, x: Any, r: Any, **params: Any) -> Any:
    return _var_x(n, g / (r * 2), x, **params)


def _std(xp: Any, x: Any, *, dim: Dim = None, correction: float = 1, keepdim: bool = False) -> Any:
    return xp.sqrt(_var(xp, x, dim=dim, correction=correction, keepdim=keepdim))


define("var", _var, ("x", _var_x), promote=0, check=no_integers)
define("std", _std, ("x r", _std_x), promote=0, check=no_integers)


def _norm(xp: Any, x: Any, *, p: float = 2, dim: Dim = None, keepdim: bool = False) -> Any:
    if p == 2 and dim is None and not keepdim:
        return xp.sqrt(sums.total_of_squares(x))
    axis = along(x, dim)
    size = xp.absolute(x)
    if p == float("inf"):
        return size.max(axis, keepdims=keepdim)
    if p == -float("inf"):
        return size.min(axis, keepdims=keepdim)
    if p == 0:
        return (x != 0).sum(axis, x.dtype, keepdims=keepdim)
    if p == 1:
        return size.sum(axis, keepdims=keepdim)
    if p == 2:
        return xp.sqrt((x * x).sum(axis, keepdims=keepdim))
    return (size**p).sum(axis, keepdims=keepdim) ** (1 / p)


def _norm_x(n: Any, g: Any, x: Any, r: Any, *, p: float = 2, dim: Dim = None, keepdim: bool = False) -> Any:
    g, r = kept(n, g, x.shape, dim), kept(n, r, x.shape, dim)
    if p == 0:
        return g * (x * 0)
    if p == 1:
        return g * n.sign(x)
    if p in (float("inf"), -float("inf")):
        mask = n.to(n.abs(x) == r, dtype=DType.of(x.dtype))
        return g * n.sign(x) * mask / n.sum(mask, dim=axes(dim, len(x.shape)), keepdim=True)
    safe = n.where(r == 0, 1.0, r)  # the gradient at the origin is 0, not 0 / 0
    if p == 2:
        return g * (x / safe)
    size = n.abs(x)
    inner = n.where(size == 0, 1.0, size)
    return g * (n.sign(x) * (size * inner ** (p - 2)) / safe ** (p - 1))


define("norm", _norm, ("x r", _norm_x), promote=0, check=no_integers)


# -- products --------------------------------------------------------------------------------------------------------


def _has_zero(x: Any) -> bool:
    return bool((getattr(x, "array", x) == 0).any())


def _prod(xp: Any, x: Any, *, dim: Dim = None, keepdim: bool = False) -> Any:
    return x.prod(along(x, dim), "int64" if x.dtype.kind in "biu" else None, keepdims=keepdim)


def _others(n: Any, x: Any, dim: int) -> Any:
    """For each element the product of all the others along ``dim``: those before it times those after it."""
    size = x.shape[dim]
    one = n.narrow(x, dim=dim, start=0, length=1) * 0 + 1

    def before(v: Any) -> Any:
        return n.cumprod(n.cat(one, n.narrow(v, dim=dim, start=0, length=size - 1), dim=dim), dim=dim)

    after = n.flip(before(n.flip(x, dims=(dim,))), dims=(dim,))
    return before(x) * after


def _prod_x(n: Any, g: Any, x: Any, r: Any, *, dim: Dim = None, keepdim: bool = False) -> Any:
    shape = x.shape
    if not _has_zero(x):
        return kept(n, g, shape, dim) * (kept(n, r, shape, dim) / x)
    reduced = axes(dim, len(shape))
    order = [i for i in range(len(shape)) if i not in reduced] + list(reduced)
    back = sorted(range(len(order)), key=order.__getitem__)
    moved = n.permute(x, dims=tuple(order))
    lead = len(shape) - len(reduced)
    flat = n.reshape(moved, shape=(*moved.shape[:lead], prod(moved.shape[lead:])))
    others = n.permute(n.reshape(_others(n, flat, lead), shape=moved.shape), dims=tuple(back))
    return kept(n, g, shape, dim) * others


define("prod", _prod, ("x r", _prod_x))


def _reverse_cumsum(n: Any, g: Any, dim: int) -> Any:
    return n.flip(n.cumsum(n.flip(g, dims=(dim,)), dim=dim), dims=(dim,))


def _cumprod_x(n: Any, g: Any, x: Any, r: Any, *, dim: int) -> Any:
    if not x.shape:
        return g
    if not _has_zero(x):
        return _reverse_cumsum(n, g * r, dim) / x
    # d r_j / d x_k for j >= k is the product of the first j without x_k: one scan for each k.
    dim = wrap_dim(dim, len(x.shape))
    size = x.shape[dim]
    one = n.narrow(x, dim=dim, start=0, length=1) * 0 + 1
    parts = []
    for k in range(size):
        head = [n.narrow(x, dim=dim, start=0, length=k)] if k else []
        tail = [n.narrow(x, dim=dim, start=k + 1, length=size - k - 1)] if k + 1 < size else []
        products = n.cumprod(n.cat(*head, one, *tail, dim=dim), dim=dim) * g
        parts.append(n.sum(n.narrow(products, dim=dim, start=k, length=size - k), dim=dim, keepdim=True))
    return n.cat(*parts, dim=dim)


def _scan(name: str) -> Any:
    def forward(xp: Any, x: Any, *, dim: int) -> Any:
        kind = "int64" if x.dtype.kind in "biu" else None
        axis = wrap_dim(dim, x.ndim)
        if not x.ndim:
            return x.astype(kind or x.dtype)
        return fused.cumsum(x, axis, kind) if name == "cumsum" else getattr(xp, name)(x, axis, kind)

    return forward


define("cumsum", _scan("cumsum"), ("", lambda n, g, *, dim: _reverse_cumsum(n, g, dim) if g.shape else g))
define("cumprod", _scan("cumprod"), ("x r", _cumprod_x))


# -- extremes --------------------------------------------------------------------------------------------------------


def _extreme_x(n: Any, g: Any, x: Any, r: Any, *, dim: Dim = None, keepdim: bool = False) -> Any:
    mask = n.to(x == kept(n, r, x.shape, dim), dtype=DType.of(x.dtype))
    share = mask / n.sum(mask, dim=axes(dim, len(x.shape)), keepdim=True)
    return kept(n, g, x.shape, dim) * share


define(
    "amax",
    lambda xp, x, *, dim=None, keepdim=False: sums.extreme("maximum", x, along(x, dim), keepdim),
    ("x r", _extreme_x),
)
define(
    "amin",
    lambda xp, x, *, dim=None, keepdim=False: sums.extreme("minimum", x, along(x, dim), keepdim),
    ("x r", _extreme_x),
)


def _logsumexp(xp: Any, x: Any, *, dim: Dim = None, keepdim: bool = False) -> Any:
    axis = axes(dim, x.ndim)
    done = elementary.logsumexp(x, axis[0]) if x.size >= elementary.WORTH_IT and len(axis) == 1 else None
    if done is not None:
        return done[..., None] if keepdim else done
    top = sums.extreme("maximum", x, axis, True, -math.inf)
    top = xp.where(xp.isfinite(top), top, 0)  # all -inf, or an inf: subtracting it would give nan
    part = x - top
    r = xp.log(xp.add.reduce(xp.exp(part, out=part if part.ndim else None), axis, None, None, True)) + top
    return r if keepdim else r.reshape([s for i, s in enumerate(x.shape) if i not in axis])


define(
    "logsumexp",
    _logsumexp,
    (
        "x r",
        lambda n, g, x, r, *, dim=None, keepdim=False: kept(n, g, x.shape, dim) * n.exp(x - kept(n, r, x.shape, dim)),
    ),
    promote=0,
    real=True,
)


def _logcumsumexp(xp: Any, x: Any, *, dim: int) -> Any:
    if not x.ndim:
        return x.copy()
    return on_host(np.logaddexp.accumulate, x, wrap_dim(dim, x.ndim))


def _logcumsumexp_back(g: Any, x: Any, r: Any, dim: int) -> Any:
    # The sums of the positive and of the negative terms, by their logarithms: exp(-r) alone can overflow.
    parts = [np.where(sign * g > 0, np.log(np.abs(g)) - r, -math.inf) for sign in (1, -1)]
    sums = [np.flip(np.logaddexp.accumulate(np.flip(p, dim), dim), dim) for p in parts]
    return np.exp(sums[0] + x) - np.exp(sums[1] + x)


def _logcumsumexp_x(n: Any, g: Any, x: Any, r: Any, *, dim: int) -> Any:
    """``sum over j >= i of g_j exp(x_i - r_j)``."""
    if not x.shape:
        return g
    dim = wrap_dim(dim, len(x.shape))
    if not isinstance(g, TensorBase):
        return on_host(_logcumsumexp_back, g, x, r, dim)
    size = x.shape[dim]
    rows, columns = n.unsqueeze(x, dim=dim + 1), n.unsqueeze(r, dim=dim)
    later = np.triu(np.ones((size, size), bool)).reshape(size, size, *[1] * (len(x.shape) - dim - 1))
    hidden = backend.beside(~later, g.array)
    terms = n.exp(n.masked_fill(rows - columns, mask=hidden, value=-math.inf)) * n.unsqueeze(g, dim=dim)
    return n.sum(terms, dim=dim + 1)


define("logcumsumexp", _logcumsumexp, ("x r", _logcumsumexp_x), promote=0, check=no_integers)
