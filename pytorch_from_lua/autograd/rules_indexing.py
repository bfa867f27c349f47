"""Copies, conversions, joins, and elements chosen by indices or masks."""

from __future__ import annotations

from math import prod
from typing import Any

from pytorch_from_lua.autograd.rule import define
from pytorch_from_lua.kernels import gathering
from pytorch_from_lua.kernels.namespace import at
from pytorch_from_lua.tensor import backend
from pytorch_from_lua.tensor.geometry import broadcast_shapes, wrap_dim

# -- copies ----------------------------------------------------------------------------------------------------------

define("clone", lambda xp, x: x.copy(), ("", lambda n, g: g))
define("contiguous", lambda xp, x: x.copy(), ("", lambda n, g: g))
define(
    "reshape_copy",
    lambda xp, x, *, shape: x.reshape(shape).copy(),
    ("xs", lambda n, g, xs, *, shape: n.reshape(g, shape=xs)),
)
define("to", lambda xp, x, *, dtype: x.astype(dtype.numpy), ("xt", lambda n, g, xt, *, dtype: n.to(g, dtype=xt)))


def _copy_into(xp: Any, x: Any, y: Any) -> None:
    x[...] = y


define(
    "copy",
    lambda xp, x, y: xp.broadcast_to(y, x.shape).astype(x.dtype),
    ("", lambda n, g: g * 0),
    ("yt", lambda n, g, yt: n.to(g, dtype=yt) if yt is not None else g),
    inplace=_copy_into,
)


def _fill_into(xp: Any, x: Any, *, value: float) -> None:
    x.fill(value)


define(
    "fill",
    lambda xp, x, *, value: xp.full(x.shape, value, x.dtype),
    ("", lambda n, g, *, value: g * 0),
    inplace=_fill_into,
)
define("triu", lambda xp, x, *, diagonal=0: xp.triu(x, diagonal), ("", lambda n, g, **p: n.triu(g, **p)))
define("tril", lambda xp, x, *, diagonal=0: xp.tril(x, diagonal), ("", lambda n, g, **p: n.tril(g, **p)))
define("flip", lambda xp, x, *, dims: xp.flip(x, dims).copy(), ("", lambda n, g, *, dims: n.flip(g, dims=dims)))


def _roll_x(n: Any, g: Any, *, shifts: Any, dims: Any = None) -> Any:
    back = -shifts if isinstance(shifts, int) else tuple([-s for s in shifts])
    return n.roll(g, shifts=back, dims=dims)


define("roll", lambda xp, x, *, shifts, dims=None: xp.roll(x, shifts, dims), ("", _roll_x))


def _repeat_x(n: Any, g: Any, xs: Any, *, sizes: Any) -> Any:
    inner = (1,) * (len(sizes) - len(xs)) + tuple(xs)
    pairs = tuple([d for pair in zip(sizes, inner, strict=True) for d in pair])
    g = n.sum(n.reshape(g, shape=pairs), dim=tuple(range(0, len(pairs), 2)))
    return n.reshape(g, shape=xs)


define("repeat", lambda xp, x, *, sizes: xp.tile(x, sizes), ("xs", _repeat_x))


# -- joins -----------------------------------------------------------------------------------------------------------


def _cat_all(n: Any, g: Any, needs: Any, shapes: Any, *, dim: int = 0) -> list[Any]:
    d = wrap_dim(dim, len(g.shape))
    start = 0
    parts: list[Any] = []
    for wanted, shape in zip(needs, shapes, strict=True):
        length = shape[d] if len(shape) == len(g.shape) else 0  # an empty tensor of one dimension joins anything
        parts.append(n.narrow(g, dim=d, start=start, length=length) if wanted and length else None)
        start += length
    return parts


def _cat(xp: Any, *arrays: Any, dim: int = 0) -> Any:
    ndim = max([a.ndim for a in arrays])
    return xp.concatenate([a for a in arrays if a.ndim == ndim or a.shape != (0,)], dim)


def _stack_all(n: Any, g: Any, needs: Any, *, dim: int = 0) -> list[Any]:
    d = wrap_dim(dim, len(g.shape))
    return [n.select(g, dim=d, index=i) if wanted else None for i, wanted in enumerate(needs)]


define("cat", _cat, joint=("shapes", _cat_all), promote=0)
define("stack", lambda xp, *arrays, dim=0: xp.stack(arrays, dim), joint=("", _stack_all), promote=0)


# -- numpy's index ---------------------------------------------------------------------------------------------------


def _index(xp: Any, x: Any, *, index: Any) -> Any:
    found = x[index]
    return found.copy() if getattr(found, "base", None) is not None else found


def _index_grad(xp: Any, g: Any, *, index: Any, shape: Any) -> Any:
    """A tensor of zeros with ``g`` added where ``index`` points, as often as it points there."""
    whole = xp.zeros(shape, g.dtype)
    at("add", whole, index, g)
    return whole


def _put_into(xp: Any, x: Any, v: Any, *, index: Any, accumulate: bool = False) -> None:
    if accumulate:
        at("add", x, index, v)
        return
    if getattr(v, "ndim", 0) and v.size == 1:
        v = v.reshape(())  # numpy does not take an array of one dimension for a single element
    x[index] = v


def _put(xp: Any, x: Any, v: Any, **params: Any) -> Any:
    r = x.copy()
    _put_into(xp, r, v, **params)
    return r


def _put_x(n: Any, g: Any, *, index: Any, accumulate: bool = False) -> Any:
    return g if accumulate else n.setitem(g, 0, index=index)


def _put_value(n: Any, g: Any, yt: Any, ys: Any, *, index: Any, accumulate: bool = False) -> Any:
    found = n.index(g, index=index)
    if yt is not None:
        found = n.to(found, dtype=yt)
    return found if len(found.shape) >= len(ys) else n.reshape(found, shape=ys)


define(
    "index",
    _index,
    ("xs", lambda n, g, xs, *, index: n.index_grad(g, index=index, shape=xs)),
)
define("index_grad", _index_grad, ("", lambda n, g, *, index, shape: n.index(g, index=index)))
for _name in ("index_put", "setitem"):
    define(_name, _put, ("", _put_x), ("yt ys", _put_value), inplace=_put_into)


# -- Torch's indices -------------------------------------------------------------------------------------------------


def _along(xp: Any, index: Any, dim: int) -> tuple[Any, ...]:
    return gathering.along(index, wrap_dim(dim, index.ndim))


def _corner(shape: Any) -> tuple[slice, ...]:
    return tuple([slice(s) for s in shape])


def _scatter_add_into(xp: Any, x: Any, src: Any, *, dim: int, index: Any) -> None:
    gathering.scatter_add_into(x, index, src[_corner(index.shape)], wrap_dim(dim, index.ndim))


def _scatter_add(xp: Any, x: Any, src: Any, *, dim: int, index: Any) -> Any:
    r = x.copy()
    _scatter_add_into(xp, r, src, dim=dim, index=index)
    return r


def _scatter_into(xp: Any, x: Any, src: Any, *, dim: int, index: Any) -> None:
    x[_along(xp, index, dim)] = src[_corner(index.shape)] if hasattr(src, "shape") and src.shape else src


def _scatter(xp: Any, x: Any, src: Any, *, dim: int, index: Any) -> Any:
    r = x.copy()
    _scatter_into(xp, r, src, dim=dim, index=index)
    return r


def _scatter_grad(xp: Any, g: Any, *, dim: int, index: Any, shape: Any) -> Any:
    whole = xp.zeros(shape, g.dtype)
    gathering.scatter_add_into(whole, index, g, wrap_dim(dim, index.ndim))
    return whole


def _source(n: Any, g: Any, ys: Any, *, dim: int, index: Any) -> Any:
    """The gradient of a source whose corner of the index's shape was used."""
    part = n.gather(g, dim=dim, index=index)
    return part if part.shape == ys else n.corner(part, shape=ys)


def _to_corner(xp: Any, x: Any, *, shape: Any) -> Any:
    whole = xp.zeros(shape, x.dtype)
    whole[_corner(x.shape)] = x
    return whole


define(
    "corner",
    _to_corner,
    ("xs", lambda n, g, xs, *, shape: n.index(g, index=_corner(xs))),
)
define(
    "gather",
    lambda xp, x, *, dim, index: gathering.gather(x, index, wrap_dim(dim, x.ndim)) if x.ndim else x.copy(),
    ("xs", lambda n, g, xs, *, dim, index: n.scatter_grad(g, dim=dim, index=index, shape=xs) if xs else g),
)
define(
    "scatter_grad",
    _scatter_grad,
    ("", lambda n, g, *, dim, index, shape: n.gather(g, dim=dim, index=index)),
)
define(
    "scatter",
    _scatter,
    ("", lambda n, g, *, dim, index: n.scatter(g, 0, dim=dim, index=index)),
    ("ys", _source),
    inplace=_scatter_into,
)
define("scatter_add", _scatter_add, ("", lambda n, g, *, dim, index: g), ("ys", _source), inplace=_scatter_add_into)


def _index_select(xp: Any, x: Any, *, dim: int, index: Any) -> Any:
    if x.ndim == 1 or dim == 0:
        return x[index] if x.ndim == 1 else x.take(index, 0)
    return x[_at(index, dim, x.ndim)]


def _at(index: Any, dim: int, ndim: int) -> tuple[Any, ...]:
    return (slice(None),) * wrap_dim(dim, ndim) + (index,)


def _index_add_into(xp: Any, x: Any, src: Any, *, dim: int, index: Any) -> None:
    at("add", x, _at(index, dim, x.ndim), src)


def _index_add(xp: Any, x: Any, src: Any, *, dim: int, index: Any) -> Any:
    r = x.copy()
    _index_add_into(xp, r, src, dim=dim, index=index)
    return r


def _index_select_x(n: Any, g: Any, xs: Any, *, dim: int, index: Any) -> Any:
    return n.index_grad(g, index=_at(index, dim, len(xs)), shape=xs)


def _index_copy_into(xp: Any, x: Any, src: Any, *, dim: int, index: Any) -> None:
    x[_at(index, dim, x.ndim)] = src


def _index_copy(xp: Any, x: Any, src: Any, *, dim: int, index: Any) -> Any:
    r = x.copy()
    _index_copy_into(xp, r, src, dim=dim, index=index)
    return r


def _index_fill_into(xp: Any, x: Any, *, dim: int, index: Any, value: float) -> None:
    x[_at(index, dim, x.ndim)] = value


def _index_fill(xp: Any, x: Any, *, dim: int, index: Any, value: float) -> Any:
    r = x.copy()
    _index_fill_into(xp, r, dim=dim, index=index, value=value)
    return r


define("index_select", _index_select, ("xs", _index_select_x))
define(
    "index_add",
    _index_add,
    ("", lambda n, g, *, dim, index: g),
    ("", lambda n, g, *, dim, index: n.index_select(g, dim=dim, index=index)),
    inplace=_index_add_into,
)
define(
    "index_copy",
    _index_copy,
    ("", lambda n, g, *, dim, index: n.index_fill(g, dim=dim, index=index, value=0)),
    ("", lambda n, g, *, dim, index: n.index_select(g, dim=dim, index=index)),
    inplace=_index_copy_into,
)
define(
    "index_fill",
    _index_fill,
    ("", lambda n, g, *, dim, index, value: n.index_fill(g, dim=dim, index=index, value=0)),
    inplace=_index_fill_into,
)


# -- masks -----------------------------------------------------------------------------------------------------------


def _masked_select(xp: Any, x: Any, *, mask: Any) -> Any:
    if x.shape == mask.shape:
        return gathering.select(x, mask)
    values, chosen = xp.broadcast_arrays(x, mask)
    return values[chosen]


def _masked_select_x(n: Any, g: Any, xs: Any, *, mask: Any) -> Any:
    if mask.shape == xs:
        return n.index_grad(g, index=mask, shape=xs)
    whole, chosen = _common(mask, xs)
    return n.index_grad(g, index=chosen, shape=whole)


def _common(mask: Any, shape: Any) -> tuple[tuple[int, ...], Any]:
    whole = broadcast_shapes(mask.shape, shape)
    return whole, backend.namespace(mask).broadcast_to(mask, whole)


def _masked_scatter_into(xp: Any, x: Any, src: Any, *, mask: Any) -> None:
    chosen = xp.broadcast_to(mask, x.shape)
    x[chosen] = src.reshape(-1)[: int(chosen.sum())]


def _masked_scatter(xp: Any, x: Any, src: Any, *, mask: Any) -> Any:
    r = x.copy()
    _masked_scatter_into(xp, r, src, mask=mask)
    return r


def _masked_scatter_source(n: Any, g: Any, ys: Any, *, mask: Any) -> Any:
    part = n.masked_select(g, mask=mask)
    return n.reshape(n.corner(part, shape=(prod(ys),)), shape=ys)


define("masked_select", _masked_select, ("xs", _masked_select_x))
define(
    "masked_scatter",
    _masked_scatter,
    ("", lambda n, g, *, mask: n.masked_fill(g, mask=mask, value=0)),
    ("ys", _masked_scatter_source),
    inplace=_masked_scatter_into,
)
