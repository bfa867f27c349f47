"""Views, copies, joins and indexing.

A view of tensors is arithmetic on (offset, shape, stride), done by `apply_view`; here stands what the same view is on
plain arrays, which derivatives work with. One derivative serves all views, since strides say everything about them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from pytorch_from_lua.autograd.rule import define
from pytorch_from_lua.kernels.namespace import at
from pytorch_from_lua.tensor import backend, geometry
from pytorch_from_lua.tensor.geometry import Geometry, wrap_dim

# -- views -----------------------------------------------------------------------------------------------------------


def _must_view(g: Geometry, shape: Any) -> Geometry:
    found = geometry.view(g, shape)
    if found is None:
        raise ValueError(f"shape: {g.shape} with strides {g.stride} has no view of shape {tuple(shape)}; use reshape")
    return found


def _squeeze(xp: Any, x: Any, *, dim: int | None = None) -> Any:
    if dim is not None and (not x.ndim or x.shape[dim] != 1):
        return x
    return xp.squeeze(x, dim)


def _slice(xp: Any, x: Any, *, dim: int, start: int, stop: int, step: int = 1) -> Any:
    return x[(slice(None),) * wrap_dim(dim, x.ndim) + (slice(start, stop, step),)]


def _narrow(xp: Any, x: Any, *, dim: int, start: int, length: int) -> Any:
    start = start + x.shape[dim] if start < 0 else start
    return _slice(xp, x, dim=dim, start=start, stop=start + length)


def _select(xp: Any, x: Any, *, dim: int, index: int) -> Any:
    return x[(slice(None),) * wrap_dim(dim, x.ndim) + (index,)]


_VIEWS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "view": (_must_view, lambda xp, x, *, shape: x.reshape(shape)),
    "reshape": (geometry.view, lambda xp, x, *, shape: x.reshape(shape)),
    "transpose": (geometry.transpose, lambda xp, x, *, dim0, dim1: x.swapaxes(dim0, dim1)),
    "permute": (geometry.permute, lambda xp, x, *, dims: x.transpose(dims)),
    "narrow": (geometry.narrow, _narrow),
    "select": (geometry.select, _select),
    "slice": (geometry.slice_, _slice),
    "expand": (geometry.expand, lambda xp, x, *, shape: xp.broadcast_to(x, shape)),
    "squeeze": (geometry.squeeze, _squeeze),
    "unsqueeze": (geometry.unsqueeze, lambda xp, x, *, dim: xp.expand_dims(x, dim)),
    "diagonal": (geometry.diagonal, lambda xp, x, *, offset, dim1, dim2: xp.diagonal(x, offset, dim1, dim2)),
}
for _name, (_geometry, _forward) in _VIEWS.items():
    define(_name, _forward, geometry=_geometry)


def _place(x: Any, g: Geometry, low: int) -> Any:
    """The flat array ``x``, whose first element has the offset ``low``, seen through a geometry."""
    return backend.strided(x, x.dtype, g.shape, g.offset - low, g.stride)


def _single(g: Geometry) -> tuple[tuple[slice, ...], Geometry]:
    """The geometry with every repeated dimension (stride 0) cut to its first index, and the cut."""
    cut = tuple([slice(0, 1) if step == 0 and size > 1 else slice(None) for size, step in zip(g.shape, g.stride)])  # noqa: B905
    return cut, Geometry(g.offset, tuple([1 if c.stop == 1 else n for c, n in zip(cut, g.shape)]), g.stride)  # noqa: B905


def _overlaps(g: Geometry) -> bool:
    """Whether two indices may mean one element (told from the strides; rarely says so where it is not)."""
    reach = 0
    for step, size in sorted([(s, n) for s, n in zip(g.stride, g.shape) if n > 1]):  # noqa: B905
        if step <= reach:
            return True
        reach += step * (size - 1)
    return False


def _bounds(*geometries: Geometry) -> tuple[int, int]:
    """The first element that any of them holds and the one after the last."""
    held = [g for g in geometries if 0 not in g.shape]
    return min([g.offset for g in held], default=0), max([geometry.extent(g) for g in held], default=0)


def _as_strided(xp: Any, x: Any, *, geometry: Geometry, base: Geometry) -> Any:
    """The elements of ``x``, which lie as ``base`` says, that a view of that geometry holds."""
    low, high = _bounds(geometry, base)
    if 0 in geometry.shape:
        return xp.empty(geometry.shape, x.dtype)
    flat = xp.zeros(high - low, x.dtype)
    cut, once = _single(base)
    if _overlaps(once):
        places, first = _firsts(xp, base, low, high)
        flat[places] = x.reshape(-1)[first]
    else:
        _place(flat, once, low)[...] = x[cut]
    return _place(flat, geometry, low)


def _as_strided_grad(xp: Any, g: Any, *, geometry: Geometry, base: Geometry) -> Any:
    """Where ``_as_strided`` took elements, their gradients are added; the result lies anyhow, in ``base``'s shape."""
    if _same_order(geometry, base):
        return g.reshape(base.shape)
    cut, once = _single(geometry)
    repeated = tuple([i for i, c in enumerate(cut) if c.stop == 1])
    if repeated:
        g = g.sum(repeated, keepdims=True)
    if 0 in base.shape or 0 in geometry.shape:
        return xp.zeros(base.shape, g.dtype)
    low, high = _bounds(once, base)
    flat = xp.zeros(high - low, g.dtype)
    if _overlaps(once):
        places = _place(xp.arange(high - low), once, low)
        at("add", flat, places.reshape(-1), g.reshape(-1))
    else:
        _place(flat, once, low)[...] = g
    cut, single = _single(base)
    overlaps = _overlaps(single)
    if single.shape == base.shape and not overlaps:
        return _place(flat, base, low)
    # A base that repeats elements itself: the whole gradient goes to the first of each.
    result = xp.zeros(base.shape, g.dtype)
    if overlaps:
        places, first = _firsts(xp, base, low, high)
        result.reshape(-1)[first] = flat[places]
    else:
        result[cut] = _place(flat, single, low)
    return result


def _firsts(xp: Any, g: Geometry, low: int, high: int) -> tuple[Any, Any]:
    """The places that a geometry holds, counted from ``low``, and for each the first of its indices that means it."""
    places, first = xp.unique(_place(xp.arange(high - low), g, low).reshape(-1), return_index=True)
    return places, first


def _same_order(a: Geometry, b: Geometry) -> bool:
    """Whether both hold the same elements in the same row-major order."""
    return (
        a.offset == b.offset
        and geometry.is_contiguous(a.shape, a.stride)
        and geometry.is_contiguous(b.shape, b.stride)
        and prod(a.shape) == prod(b.shape)
    )


def _copy_slices_base(xp: Any, g: Any, *, geometry: Geometry, base: Geometry) -> Any:
    """The gradient of a base, part of which was overwritten through a view: nothing comes from there."""
    low, high = _bounds(geometry, base)
    if 0 not in base.shape and 0 not in geometry.shape and _overlaps(base):
        places = xp.arange(high - low)
        return xp.where(xp.isin(_place(places, base, low), _place(places, geometry, low)), 0, g)
    flat = xp.zeros(high - low, g.dtype)
    inside = _place(flat, base, low)
    inside[...] = g
    if 0 not in geometry.shape:
        _place(flat, geometry, low)[...] = 0
    return inside


define(
    "as_strided",
    _as_strided,
    ("", lambda n, g, *, geometry, base: n.as_strided_grad(g, geometry=geometry, base=base)),
)
define(
    "as_strided_grad",
    _as_strided_grad,
    ("", lambda n, g, *, geometry, base: n.as_strided(g, geometry=geometry, base=base)),
)
define(
    "copy_slices_base",
    _copy_slices_base,
    ("", lambda n, g, *, geometry, base: n.copy_slices_base(g, geometry=geometry, base=base)),
)


def _diag_embed(xp: Any, x: Any, *, offset: int, dim1: int, dim2: int) -> Any:
    n = x.shape[-1] + abs(offset)
    sizes = list(x.shape[:-1])
    for d in sorted((dim1, dim2)):
        sizes.insert(d, n)
    result = xp.zeros(sizes, x.dtype)
    places = xp.arange(x.shape[-1])
    xp.moveaxis(result, (dim1, dim2), (-2, -1))[..., places + max(-offset, 0), places + max(offset, 0)] = x
    return result


define("diag_embed", _diag_embed, ("", lambda n, g, **where: n.diagonal(g, **where)))
# What `record` gives the base of a view that was changed in place: the old base, and what the view holds now.
define(
    "copy_slices",
    lambda xp, x, y, *, geometry, base: x,
    ("", lambda n, g, *, geometry, base: n.copy_slices_base(g, geometry=geometry, base=base)),
    ("", lambda n, g, *, geometry, base: n.as_strided(g, geometry=geometry, base=base)),
)
