"""Products of vectors and matrices (Torch7's BLAS family)."""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.bridge.ops.common import deliver, dims, exported, number, scalar, sizes, target
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.tensor import Tensor


def _need(x: Tensor, ndim: int, name: str) -> Any:
    if dims(x) != ndim:
        kind = {1: "a vector", 2: "a matrix", 3: "a batch of matrices"}[ndim]
        raise ShapeError(f"{name}: {kind} expected, got a tensor of size {sizes(x._shape)}")
    return x.array


def _fit(a: Any, b: Any, name: str) -> None:
    if a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        raise ShapeError(f"{name}: sizes {sizes(a.shape)} and {sizes(b.shape)} do not fit together")


def _product(res: Tensor | None, x: Tensor, y: Tensor, kinds: tuple[int, int], name: str) -> Tensor | None:
    a, b = _need(x, kinds[0], name), _need(y, kinds[1], name)
    _fit(a, b, name)
    if a.ndim == 3 and a.shape[0] != b.shape[0]:
        raise ShapeError(f"{name}: batches of {a.shape[0]} and {b.shape[0]} do not fit together")
    shape = (*a.shape[:-1], b.shape[-1]) if b.ndim > 1 else a.shape[:-1]
    out = target(res, x.dtype, shape)
    np.matmul(a, b, out=out.array)
    return out if res is None else None


@exported
def mm(res: Tensor | None, x: Tensor, y: Tensor) -> Tensor | None:
    """The product of two matrices."""
    return _product(res, x, y, (2, 2), "mm")


@exported
def mv(res: Tensor | None, x: Tensor, y: Tensor) -> Tensor | None:
    """The product of a matrix and a vector."""
    return _product(res, x, y, (2, 1), "mv")


@exported
def bmm(res: Tensor | None, x: Tensor, y: Tensor) -> Tensor | None:
    """The products of two batches of matrices."""
    return _product(res, x, y, (3, 3), "bmm")


@exported
def dot(x: Tensor, y: Tensor) -> Any:
    """The sum of products of two tensors of equal element counts; that of integers wraps in their own type."""
    a, b = x.array.reshape(-1), y.array.reshape(-1)
    if a.size != b.size:
        raise ShapeError(f"dot: inconsistent tensor size: {sizes(x._shape)} and {sizes(y._shape)}")
    return number(np.dot(a, b))


@exported
def ger(res: Tensor | None, x: Tensor, y: Tensor) -> Tensor | None:
    """The outer product of two vectors."""
    a, b = _need(x, 1, "ger"), _need(y, 1, "ger")
    out = target(res, x.dtype, (a.size, b.size))
    np.multiply(a[:, None], b, out=out.array)
    return out if res is None else None


def _added(res: Tensor | None, beta: float, c: Tensor, alpha: float, term: Any, name: str) -> Tensor | None:
    """beta * c + alpha * term; c is not looked at where beta is 0."""
    base = c.array
    if base.shape != term.shape:
        raise ShapeError(f"{name}: a tensor of size {sizes(base.shape)} takes no product of size {sizes(term.shape)}")
    if alpha != 1:
        term = np.multiply(term, scalar(c.dtype, alpha), out=term)
    if beta != 0:
        term = np.add(term, base if beta == 1 else base * scalar(c.dtype, beta), out=term)
    if res is None:
        return Tensor.from_array(term)
    target(res, c.dtype, term.shape).array[...] = term
    return None


@exported
def addmm(res: Tensor | None, beta: float, c: Tensor, alpha: float, x: Tensor, y: Tensor) -> Tensor | None:
    """beta * c + alpha * x @ y."""
    a, b = _need(x, 2, "addmm"), _need(y, 2, "addmm")
    _fit(a, b, "addmm")
    return _added(res, beta, c, alpha, a @ b, "addmm")


@exported
def addmv(res: Tensor | None, beta: float, c: Tensor, alpha: float, x: Tensor, y: Tensor) -> Tensor | None:
    """beta * c + alpha * x @ y for a vector y."""
    a, b = _need(x, 2, "addmv"), _need(y, 1, "addmv")
    _fit(a, b, "addmv")
    return _added(res, beta, c, alpha, a @ b, "addmv")


@exported
def addr(res: Tensor | None, beta: float, c: Tensor, alpha: float, x: Tensor, y: Tensor) -> Tensor | None:
    """beta * c + alpha * the outer product of x and y."""
    return _added(res, beta, c, alpha, _need(x, 1, "addr")[:, None] * _need(y, 1, "addr"), "addr")


@exported
def baddbmm(res: Tensor | None, beta: float, c: Tensor, alpha: float, x: Tensor, y: Tensor) -> Tensor | None:
    """beta * c + alpha * x @ y for batches of matrices."""
    a, b = _need(x, 3, "baddbmm"), _need(y, 3, "baddbmm")
    _fit(a, b, "baddbmm")
    return _added(res, beta, c, alpha, np.matmul(a, b), "baddbmm")


@exported
def addbmm(res: Tensor | None, beta: float, c: Tensor, alpha: float, x: Tensor, y: Tensor) -> Tensor | None:
    """beta * c + alpha * the sum over the batch of x @ y."""
    a, b = _need(x, 3, "addbmm"), _need(y, 3, "addbmm")
    _fit(a, b, "addbmm")
    return _added(res, beta, c, alpha, np.matmul(a, b).sum(0, dtype=a.dtype), "addbmm")


@exported
def match(res: Tensor | None, x: Tensor, y: Tensor, gain: float) -> Tensor | None:
    """gain times the squared distance of each row of x to each row of y."""
    a, b = _need(x, 2, "match"), _need(y, 2, "match")
    if a.shape[1] != b.shape[1]:
        raise ShapeError(f"match: rows of {a.shape[1]} and {b.shape[1]} elements differ in size")
    return deliver(res, (np.square(a[:, None] - b).sum(-1) * gain).astype(a.dtype))


@exported
def times(x: Tensor, y: Tensor) -> Any:
    """What ``*`` means between tensors: a number for two vectors, a product of matrices otherwise."""
    kinds = (dims(x), dims(y))
    if kinds == (1, 1):
        return dot(x, y)
    if kinds == (2, 1):
        return mv(None, x, y)
    if kinds == (2, 2):
        return mm(None, x, y)
    raise ShapeError(f"*: tensors of {kinds[0]} and {kinds[1]} dimensions cannot be multiplied")
