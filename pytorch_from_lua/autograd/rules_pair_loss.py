"""Losses of pairs: forward and gradient by the kernels; over tensors, for gradients of gradients, by slopes."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.autograd.nn_kernels import KernelFile
from pytorch_from_lua.autograd.record import wrap
from pytorch_from_lua.autograd.rule import ArrayNamespace, define

K = KernelFile("pair_loss")


def _ranking(n: Any, g: Any, needs: Any, x: Any, y: Any, z: Any, *, margin: float) -> Any:
    if isinstance(n, ArrayNamespace):
        first, target = K.margin_ranking_backward(g, x, y, z, margin)
    else:
        distance = x - y
        short = margin - z * distance >= 0
        first, target = g * n.where(short, -z, 0), g * n.where(short, -distance, 0)
    return first, -first, target if needs[2] else None


def _cosine(n: Any, g: Any, needs: Any, x: Any, y: Any, z: Any, *, margin: float) -> Any:
    if isinstance(n, ArrayNamespace):
        return *K.cosine_embedding_backward(g, x, y, z, margin), None
    one, other = (1 / (n.sum(v * v, dim=-1, keepdim=True) + K.COSINE_EPS) for v in (x, y))
    scale = n.sqrt(one * other)
    cosine = n.sum(x * y, dim=-1, keepdim=True) * scale
    factor = K.cosine_embedding_factor(cosine.array[..., 0], z.array, margin)  # steps: without a slope of its own
    g = n.unsqueeze(g * wrap(factor, x.dtype), dim=-1)
    return g * (scale * y - cosine * one * x), g * (scale * x - cosine * other * y), None


def _l1_hinge(n: Any, g: Any, needs: Any, x: Any, y: Any, *, alike: bool, margin: float) -> Any:
    if isinstance(n, ArrayNamespace):
        first = K.l1_hinge_backward(g, x, y, alike, margin)
    else:
        first = g * wrap(K.l1_hinge_backward(1, x.array, y.array, alike, margin), x.dtype)  # straight pieces
    return first, -first


def _ratio(n: Any, g: Any, needs: Any, x: Any, y: Any) -> Any:
    first = K.distance_ratio_backward(g, x, y) if isinstance(n, ArrayNamespace) else g * n.sigmoid(x - y)
    return first, -first


define(
    "margin_ranking_loss",
    lambda xp, x, y, z, *, margin: K.margin_ranking_forward(x, y, z, margin),
    joint=("x y z", _ranking),
    promote=0,
)
define(
    "cosine_embedding_loss",
    lambda xp, x, y, z, *, margin: K.cosine_embedding_forward(x, y, z, margin),
    joint=("x y z", _cosine),
    promote=0,
)
define(
    "l1_hinge_embedding_loss",
    lambda xp, x, y, *, alike, margin: K.l1_hinge_forward(x, y, alike, margin),
    joint=("x y", _l1_hinge),
    promote=0,
)
define("distance_ratio_loss", lambda xp, x, y: K.distance_ratio_forward(x, y), joint=("x y", _ratio), promote=0)
