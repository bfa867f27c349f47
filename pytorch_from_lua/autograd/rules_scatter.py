"""Many values to one place: ``scatter_reduce`` and its derivatives, and ``put``.

``x`` is the tensor written to, ``y`` the source, of which the corner of the index's shape counts.
"""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.autograd.rule import define
from pytorch_from_lua.autograd.rules_indexing import _along, _corner
from pytorch_from_lua.kernels.namespace import at

#: What ``add.at`` is for the sum, and what a place holds before, where its own value does not count.
_REDUCTIONS = {"sum": "add", "mean": "add", "prod": "multiply", "amax": "maximum", "amin": "minimum"}
_START = {"sum": 0, "mean": 0, "prod": 1}


def _least(xp: Any, dtype: Any, reduce: str) -> Any:
    """The number that a maximum (or minimum) starts with."""
    if dtype.kind == "f":
        return -xp.inf if reduce == "amax" else xp.inf
    if dtype.kind == "b":
        return reduce != "amax"
    limits = xp.iinfo(dtype)
    return limits.min if reduce == "amax" else limits.max


def _scatter_reduce_into(
    xp: Any, x: Any, y: Any, *, dim: int, index: Any, reduce: str, include_self: bool = True
) -> None:
    places = _along(xp, index, dim) if x.ndim else ()
    source = y[_corner(index.shape)]
    if not x.ndim:
        source = source.reshape(-1)
        x, places = x.reshape(1), (index.reshape(-1),)
    if not include_self:
        x[places] = _START[reduce] if reduce in _START else _least(xp, x.dtype, reduce)
    at(_REDUCTIONS[reduce], x, places, source)
    if reduce == "mean":
        counts = xp.full(x.shape, int(include_self), x.dtype)
        at("add", counts, places, xp.ones((), x.dtype))
        counts[counts == 0] = 1
        if x.dtype.kind == "f":
            x /= counts
        else:
            x //= counts


def _scatter_reduce(xp: Any, x: Any, y: Any, **params: Any) -> Any:
    r = x.copy()
    _scatter_reduce_into(xp, r, y, **params)
    return r


def _cornered(n: Any, part: Any, shape: Any) -> Any:
    return part if tuple(part.shape) == tuple(shape) else n.corner(part, shape=shape)


def _reduce_grad(
    n: Any,
    g: Any,
    needs: Any,
    x: Any,
    y: Any,
    r: Any,
    ys: Any,
    *,
    dim: int,
    index: Any,
    reduce: str,
    include_self: bool,
) -> list[Any]:
    source = y if tuple(ys) == index.shape else n.index(y, index=_corner(index.shape))
    at: dict[str, Any] = {"dim": dim, "index": index}
    if reduce == "sum":
        gx, gy = g, n.gather(g, **at)
    elif reduce == "mean":
        counts = n.scatter_add(x * 0 + int(include_self), source * 0 + 1, **at)
        gx = g / (counts + (counts == 0))
        gy = n.gather(gx, **at)
    elif reduce == "prod":
        gx, gy = _prod_grad(n, g, x, source, r, at, include_self)
    else:
        # Equal extremes share the gradient.
        chosen, own = source == n.gather(r, **at), (x == r) if include_self else (x != x)
        counts = n.scatter_add(own + x * 0, chosen + source * 0, **at)
        share = g / (counts + (counts == 0))
        gx, gy = share * own, n.gather(share, **at) * chosen
    if not include_self:
        untouched = n.scatter(x * 0 + 1, 0, **at)
        gx = gx + (g - gx) * untouched if reduce in ("amax", "amin") else gx * untouched
    return [gx if needs[0] else None, _cornered(n, gy, ys) if needs[1] else None]


def _prod_grad(n: Any, g: Any, x: Any, source: Any, r: Any, at: dict[str, Any], include_self: bool) -> tuple[Any, Any]:
    """The product of all others: by division, but where one factor is 0 out of the product without it."""
    zeros_x, zeros_y = x == 0, source == 0
    counts = n.scatter_add((zeros_x * 1 if include_self else zeros_x * 0) + x * 0, zeros_y + source * 0, **at)
    filled_x, filled_y = n.where(zeros_x, 1.0, x), n.where(zeros_y, 1.0, source)
    others = n.scatter_reduce(filled_x, filled_y, reduce="prod", include_self=include_self, **at)
    # With one 0 in a place, only that factor has a gradient; with two, none has.
    gx = g * others / filled_x * ((counts == 0) + (counts == 1) * zeros_x)
    there, alone = n.gather(counts, **at), n.gather(g * others, **at)
    gy = alone / filled_y * ((there == 0) + (there == 1) * zeros_y)
    return gx, gy


define(
    "scatter_reduce",
    _scatter_reduce,
    joint=("x y r ys", _reduce_grad),
    inplace=_scatter_reduce_into,
)
