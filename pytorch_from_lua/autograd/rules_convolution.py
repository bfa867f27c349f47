"""Convolutions. Their transposes are operations of their own, so that the derivative of each is another of them."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.autograd.nn_kernels import KernelFile
from pytorch_from_lua.autograd.rule import ArrayNamespace, define

PLANES = KernelFile("convolution")
ANY = KernelFile("convolution_nd")


def _define(dimensions: int, forward: Any, backward_input: Any, backward_weight: Any) -> None:
    """Define ``convNd``, ``convNd_input`` and ``convNd_weight``, which make its gradients, and ``conv_transposeNd``.

    The transposed one is ``convNd_input`` with a bias: gradient and input of the plain one have changed places.
    """
    name = f"conv{dimensions}d"
    inner = tuple(range(-dimensions, 0))

    def plain(n: Any) -> Any:
        return getattr(n, name)

    def to_input(n: Any) -> Any:
        return getattr(n, f"{name}_input")

    def to_weight(n: Any) -> Any:
        return getattr(n, f"{name}_weight")

    def channels(n: Any, g: Any, **_: Any) -> Any:
        if isinstance(n, ArrayNamespace):
            return ANY.conv_backward_bias(g, dimensions)
        return n.sum(g, dim=inner if len(g.shape) == dimensions + 1 else (0, *inner))

    define(
        name,
        forward,
        ("y xs", lambda n, g, y, xs, **p: to_input(n)(g, y, shape=xs, **p)),
        ("x ys", lambda n, g, x, ys, **p: to_weight(n)(g, x, shape=ys, **p)),
        ("", channels),
        same=True,
    )
    define(
        f"{name}_input",
        backward_input,
        ("y", lambda n, g, y, *, shape, **p: plain(n)(g, y, **p)),
        ("x ys", lambda n, g, x, ys, *, shape, **p: to_weight(n)(x, g, shape=ys, **p)),
    )
    define(
        f"{name}_weight",
        backward_weight,
        ("y", lambda n, g, y, *, shape, **p: plain(n)(y, g, **p)),
        ("x ys", lambda n, g, x, ys, *, shape, **p: to_input(n)(x, g, shape=ys, **p)),
    )
    define(
        f"conv_transpose{dimensions}d",
        lambda xp, x, w, b=None, *, shape, **p: ANY.conv_transpose_forward(x, w, b, shape, **p),
        ("y", lambda n, g, y, *, shape, **p: plain(n)(g, y, **p)),
        ("x ys", lambda n, g, x, ys, *, shape, **p: to_weight(n)(x, g, shape=ys, **p)),
        ("", channels),
        same=True,
    )


_define(
    2,
    lambda xp, x, w, b=None, **p: PLANES.conv2d_forward(x, w, b, **p),
    lambda xp, g, w, *, shape, **p: PLANES.conv2d_backward_input(g, w, shape, **p),
    lambda xp, g, x, *, shape, **p: PLANES.conv2d_backward_weight(g, x, shape, **p),
)
for _dimensions in (1, 3):
    _define(
        _dimensions,
        lambda xp, x, w, b=None, **p: ANY.conv_forward(x, w, b, **p),
        lambda xp, g, w, *, shape, **p: ANY.conv_backward_input(g, w, shape, **p),
        lambda xp, g, x, *, shape, **p: ANY.conv_backward_weight(g, x, shape, **p),
    )

# -- a weight for each place ------------------------------------------------------------------------------------------

LOCAL = KernelFile("local_convolution")


def _local_bias(n: Any, g: Any, **_: Any) -> Any:
    return n.sum(g, dim=(0,)) if len(g.shape) == 4 else g


define(
    "local_conv2d",
    lambda xp, x, w, b=None, **p: LOCAL.local_conv2d_forward(x, w, b, **p),
    ("y xs", lambda n, g, y, xs, **p: n.local_conv2d_input(g, y, shape=xs, **p)),
    ("x ys", lambda n, g, x, ys, **p: n.local_conv2d_weight(g, x, shape=ys, **p)),
    ("", _local_bias),
    same=True,
)
define(
    "local_conv2d_input",
    lambda xp, g, w, *, shape, **p: LOCAL.local_conv2d_backward_input(g, w, shape, **p),
    ("y", lambda n, g, y, *, shape, **p: n.local_conv2d(g, y, **p)),
    ("x ys", lambda n, g, x, ys, *, shape, **p: n.local_conv2d_weight(x, g, shape=ys, **p)),
)
define(
    "local_conv2d_weight",
    lambda xp, g, x, *, shape, **p: LOCAL.local_conv2d_backward_weight(g, x, shape, **p),
    ("y", lambda n, g, y, *, shape, **p: n.local_conv2d(y, g, **p)),
    ("x ys", lambda n, g, x, ys, *, shape, **p: n.local_conv2d_input(x, g, shape=ys, **p)),
)

# -- patches as columns -----------------------------------------------------------------------------------------------

FOLDING = KernelFile("folding")

define(
    "im2col",
    lambda xp, x, **p: FOLDING.unfold(x, **p),
    ("xs", lambda n, g, xs, **p: n.col2im(g, output_size=xs[-2:], **p)),
)
define(
    "col2im",
    lambda xp, x, *, output_size, **p: FOLDING.fold(x, output_size, **p),
    ("", lambda n, g, *, output_size, **p: n.im2col(g, **p)),
)
