"""Normalisation by statistics: kernels for arrays, and over the namespace what is differentiated again."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.autograd.nn_kernels import KernelFile
from pytorch_from_lua.autograd.record import wrap
from pytorch_from_lua.autograd.rule import ArrayNamespace, define

K = KernelFile("normalization")


def _batch_norm(
    xp: Any, x: Any, w: Any, b: Any, *, mean: Any, var: Any, training: bool, momentum: float, eps: float
) -> Any:
    y, used_mean, used_invstd = K.batch_norm_forward(x, w, b, mean, var, training, momentum, eps)
    return y, (used_mean, used_invstd)


def _normalised(n: Any, x: Any, e: Any, training: bool, eps: float) -> tuple[Any, Any]:
    """``(x - mean) / std`` and ``1 / std``, as functions of ``x``."""
    shape = (1, x.shape[1]) + (1,) * (len(x.shape) - 2)
    if not training:
        mean, invstd = [n.reshape(wrap(a), shape=shape) for a in e]
        return (x - mean) * invstd, invstd
    dims = tuple([i for i in range(len(x.shape)) if i != 1])
    invstd = n.rsqrt(n.var(x, dim=dims, correction=0, keepdim=True) + eps)
    return (x - n.mean(x, dim=dims, keepdim=True)) * invstd, invstd


def _batch_norm_x(n: Any, g: Any, x: Any, y: Any, e: Any, *, training: bool, eps: float, **_: Any) -> Any:
    if isinstance(n, ArrayNamespace):
        return K.batch_norm_backward_input(g, x, y, *e, training=training)
    if y is not None:
        g = g * n.reshape(y, shape=(1, y.shape[0]) + (1,) * (len(x.shape) - 2))
    unit, invstd = _normalised(n, x, e, training, eps)
    if not training:
        return g * invstd
    dims = tuple([i for i in range(len(x.shape)) if i != 1])
    along = n.mean(g * unit, dim=dims, keepdim=True)
    return invstd * (g - n.mean(g, dim=dims, keepdim=True) - unit * along)


def _batch_norm_weight(n: Any, g: Any, x: Any, e: Any, *, training: bool, eps: float, **_: Any) -> Any:
    if isinstance(n, ArrayNamespace):
        return K.batch_norm_backward_weight(g, x, *e)
    unit, _invstd = _normalised(n, x, e, training, eps)
    return n.sum(g * unit, dim=tuple([i for i in range(len(x.shape)) if i != 1]))


define(
    "batch_norm",
    _batch_norm,
    ("x y e", _batch_norm_x),
    ("x e", _batch_norm_weight),
    ("", lambda n, g, **_: n.sum(g, dim=tuple([i for i in range(len(g.shape)) if i != 1]))),
    extra="hidden",
)
