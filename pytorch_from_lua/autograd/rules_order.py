"""Operations that choose elements by their order, with the places they were at; and those that only count or ask."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.rule import define
from pytorch_from_lua.autograd.rules_reduce import Dim, along
from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels import ordering
from pytorch_from_lua.kernels.namespace import on_host
from pytorch_from_lua.tensor.dtype import DType
from pytorch_from_lua.tensor.geometry import wrap_dim


def _picked(n: Any, g: Any, e: Any, xs: Any, *, dim: int = -1, keepdim: bool = False, **_: Any) -> Any:
    """The gradient goes back to the places ``e`` that the values came from."""
    if not xs:
        return g
    if len(e.shape) < len(xs):
        e, g = e.reshape(kept_shape(xs, dim)), n.reshape(g, shape=kept_shape(xs, dim))
    return n.scatter_grad(g, dim=dim, index=e, shape=xs)


def kept_shape(shape: Any, dim: int) -> tuple[int, ...]:
    """The shape with ``dim`` of size 1."""
    d = wrap_dim(dim, len(shape))
    return (*shape[:d], 1, *shape[d + 1 :])


def take(xp: Any, x: Any, index: Any, dim: int) -> Any:
    """The elements at ``index`` along ``dim``."""
    return x[index] if x.ndim == 1 else xp.take_along_axis(x, index, dim)


def _arg(name: str) -> Any:
    def forward(xp: Any, x: Any, *, dim: int, keepdim: bool = False) -> Any:
        if not x.ndim:
            return x.copy(), xp.zeros((), "int64")
        index = getattr(x, name)(dim)
        values = ordering.extreme(x, index, dim)
        return (xp.expand_dims(values, dim), xp.expand_dims(index, dim)) if keepdim else (values, index)

    return forward


def _sort(xp: Any, x: Any, *, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    if not x.ndim:
        return x.copy(), xp.zeros((), "int64")
    return ordering.ordered(x, dim, descending)


def _topk(xp: Any, x: Any, *, k: int, dim: int = -1, largest: bool = True) -> Any:
    if not x.ndim:
        return x.copy(), xp.zeros((), "int64")
    index = ordering.top(x, k, dim, largest)
    return take(xp, x, index, dim), index


def _kth(xp: Any, x: Any, *, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest, counted from 1."""
    if not x.ndim:
        return x.copy(), xp.zeros((), "int64")
    size = x.shape[dim]
    if not 1 <= k <= size:
        raise RangeError(f"k: {k} is not between 1 and {size}, the size of dimension {dim}")
    index = xp.take(xp.argsort(x, dim, kind="stable"), xp.asarray([k - 1]), dim)
    values = take(xp, x, index, dim)
    return (values, index) if keepdim else (values.squeeze(dim), index.squeeze(dim))


def _median(xp: Any, x: Any, *, dim: int, keepdim: bool = False, ignore_nan: bool = False) -> Any:
    """The lower one of the two in the middle; NaN where there is one, unless it is ignored."""
    if not x.ndim:
        return x.copy(), xp.zeros((), "int64")
    size = x.shape[dim]
    if not size:
        raise ShapeError(f"dim: dimension {dim} of shape {x.shape} has no elements to choose from")
    order = xp.argsort(x, dim, kind="stable")  # NaN comes last
    place = xp.full(kept_shape(x.shape, dim), (size - 1) // 2)
    if x.dtype.kind == "f":
        numbers = size - xp.isnan(x).sum(dim, keepdims=True)
        middle = xp.maximum(numbers - 1, 0) // 2
        place = middle if ignore_nan else xp.where(numbers < size, numbers, place)
    index = take(xp, order, place, dim)
    values = take(xp, x, index, dim)
    return (values, index) if keepdim else (values.squeeze(dim), index.squeeze(dim))


def _mode(xp: Any, x: Any, *, dim: int, keepdim: bool = False) -> Any:
    """The commonest value, the smallest of equals, and the last place it stands at."""
    if not x.ndim:
        return x.copy(), xp.zeros((), "int64")
    rows = xp.moveaxis(x, dim, -1)
    counts = (rows[..., :, None] == rows[..., None, :]).sum(-1)
    best = counts == counts.max(-1, keepdims=True)
    values = xp.where(best, rows, rows.max(-1, keepdims=True))
    values = values.min(-1, keepdims=True)
    size = rows.shape[-1]
    index = size - 1 - xp.flip(rows == values, -1).argmax(-1, keepdims=True)
    index, values = xp.moveaxis(index, -1, dim), xp.moveaxis(values, -1, dim)
    return (values, index) if keepdim else (values.squeeze(dim), index.squeeze(dim))


def _median_all(xp: Any, x: Any, *, ignore_nan: bool = False) -> Any:
    if not x.size:
        if x.dtype.kind != "f":
            raise ShapeError(f"input: whole numbers of shape {x.shape} have no element to choose from")
        return xp.full((), math.nan, x.dtype)
    return _median(xp, x.reshape(-1), dim=0, ignore_nan=ignore_nan)[0]


def _median_all_x(n: Any, g: Any, x: Any, r: Any, **_: Any) -> Any:
    """All elements that equal the median share its gradient."""
    equal = n.to((x == r) | ((x != x) & (r != r)), dtype=DType.of(x.dtype))
    return g * (equal / n.sum(equal))


def _running(name: str) -> Any:
    """The extremes of the elements up to each one, and where they were; of equal ones the last. NaN stays."""

    def forward(xp: Any, x: Any, *, dim: int) -> Any:
        dim = wrap_dim(dim, x.ndim)
        if not x.ndim:
            return x.copy(), xp.zeros((), "int64")
        values = on_host(getattr(np, name).accumulate, x, dim)
        places = xp.arange(x.shape[dim]).reshape([-1 if i == dim else 1 for i in range(x.ndim)])
        new = (x == values) | (x != x)
        return values, on_host(np.maximum.accumulate, xp.where(new, places, 0), dim)

    return forward


define("max_dim", _arg("argmax"), ("e xs", _picked), extra="output")
define("min_dim", _arg("argmin"), ("e xs", _picked), extra="output")
define("sort", _sort, ("e xs", _picked), extra="output")
define("topk", _topk, ("e xs", _picked), extra="output")
define("kthvalue", _kth, ("e xs", _picked), extra="output")
define("median_dim", _median, ("e xs", _picked), extra="output")
define("mode_dim", _mode, ("e xs", _picked), extra="output")
define("median", _median_all, ("x r", _median_all_x))
define("cummax", _running("maximum"), ("e xs", _picked), extra="output")
define("cummin", _running("minimum"), ("e xs", _picked), extra="output")


# -- without gradients -----------------------------------------------------------------------------------------------


def _position(name: str) -> Any:
    def forward(xp: Any, x: Any, *, dim: int | None = None, keepdim: bool = False) -> Any:
        if dim is not None:
            dim = wrap_dim(dim, x.ndim)
        if not (x.size if dim is None or not x.ndim else x.shape[dim]):
            raise ShapeError(f"input: shape {x.shape} has no elements to choose from; give a dim that has")
        return getattr(x, name)(dim if x.ndim else None, keepdims=keepdim)

    return forward


define("argmax", _position("argmax"))
define("argmin", _position("argmin"))
define("argsort", lambda xp, x, **params: _sort(xp, x, **params)[1])


def _truth(name: str) -> Any:
    """Booleans, of bytes bytes: as PyTorch has them from the time when it had no booleans."""

    def forward(xp: Any, x: Any, *, dim: Dim = None, keepdim: bool = False) -> Any:
        found = getattr(xp, name)(x, along(x, dim), keepdims=keepdim)
        return found.astype("uint8") if x.dtype == "uint8" else found

    return forward


define("all", _truth("all"))
define("any", _truth("any"))
# numpy before 2.3 gives a number of Python's where all dimensions are counted.
define("count_nonzero", lambda xp, x, *, dim=None: xp.asarray(xp.count_nonzero(x, along(x, dim)), np.int64))
