"""Pooling and padding. What is linear comes with its transpose as an operation of its own."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.autograd.nn_kernels import KernelFile
from pytorch_from_lua.autograd.rule import define

K = KernelFile("pooling")


def _planes(shape: Any) -> tuple[int, ...]:
    """The shape with each plane as one dimension."""
    return (*shape[:-2], shape[-2] * shape[-1])


def _max_pool_taken(n: Any, g: Any, *, index: Any, shape: Any) -> Any:
    flat = n.gather(n.reshape(g, shape=_planes(shape)), dim=-1, index=index.reshape(_planes(index.shape)))
    return n.reshape(flat, shape=index.shape)


define(
    "max_pool2d",
    lambda xp, x, **p: K.max_pool2d_forward(x, **p),
    ("e xs", lambda n, g, e, xs, **p: n.max_pool2d_grad(g, index=e, shape=xs)),
    extra="output",
)
define(
    "max_pool2d_grad",
    lambda xp, g, *, index, shape: K.max_pool2d_backward(g, index, shape),
    ("", _max_pool_taken),
)
define(
    "avg_pool2d",
    lambda xp, x, **p: K.avg_pool2d_forward(x, **p),
    ("xs", lambda n, g, xs, **p: n.avg_pool2d_grad(g, shape=xs, **p)),
)
define(
    "avg_pool2d_grad",
    lambda xp, g, *, shape, **p: K.avg_pool2d_backward(g, shape, **p),
    ("", lambda n, g, *, shape, **p: n.avg_pool2d(g, **p)),
)


def _pad(xp: Any, x: Any, *, pad: Any, value: float = 0.0) -> Any:
    """Each dimension longer by (before, after); negative numbers cut."""
    cut = tuple([slice(max(-a, 0), s - max(-b, 0)) for s, (a, b) in zip(x.shape, pad, strict=True)])
    return xp.pad(x[cut], [(max(a, 0), max(b, 0)) for a, b in pad], constant_values=value)


def _pad_x(n: Any, g: Any, *, pad: Any, value: float = 0.0) -> Any:
    return n.pad(g, pad=tuple([(-a, -b) for a, b in pad]))


define("pad", _pad, ("", _pad_x))
