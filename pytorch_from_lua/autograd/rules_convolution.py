"""Convolutions. Their transposes are operations of their own, so that the derivative of each is another of them."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.autograd.nn_kernels import KernelFile
from pytorch_from_lua.autograd.rule import ArrayNamespace, define

K = KernelFile("convolution")


def _channels(n: Any, g: Any, **_: Any) -> Any:
    if isinstance(n, ArrayNamespace):
        return K.conv2d_backward_bias(g)
    dims = (0, 2, 3) if len(g.shape) == 4 else (1, 2)
    return n.sum(g, dim=dims)


define(
    "conv2d",
    lambda xp, x, w, b=None, **p: K.conv2d_forward(x, w, b, **p),
    ("y xs", lambda n, g, y, xs, **p: n.conv2d_input(g, y, shape=xs, **p)),
    ("x ys", lambda n, g, x, ys, **p: n.conv2d_weight(g, x, shape=ys, **p)),
    ("", _channels),
    same=True,
)
define(
    "conv2d_input",
    lambda xp, g, w, *, shape, **p: K.conv2d_backward_input(g, w, shape, **p),
    ("y", lambda n, g, y, *, shape, **p: n.conv2d(g, y, **p)),
    ("x ys", lambda n, g, x, ys, *, shape, **p: n.conv2d_weight(x, g, shape=ys, **p)),
)
define(
    "conv2d_weight",
    lambda xp, g, x, *, shape, **p: K.conv2d_backward_weight(g, x, shape, **p),
    ("y", lambda n, g, y, *, shape, **p: n.conv2d(y, g, **p)),
    ("x ys", lambda n, g, x, ys, *, shape, **p: n.conv2d_input(x, g, shape=ys, **p)),
)
