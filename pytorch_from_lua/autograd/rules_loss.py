"""Losses: forward and gradient by the kernels."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.nn_kernels import KernelFile
from pytorch_from_lua.autograd.record import wrap
from pytorch_from_lua.autograd.rule import ArrayNamespace, define
from pytorch_from_lua.autograd.rules_activation import log_softmax_gradient

K = KernelFile("loss")


def _loss(name: str, kernel: str, symmetric: bool = False) -> None:
    """A loss of an input, a target and perhaps weights; the target's gradient is the opposite where it is symmetric."""

    def gradient(n: Any, g: Any, x: Any, y: Any, **params: Any) -> Any:
        return getattr(K, kernel + "_backward")(g, x, y, **params)

    def opposite(n: Any, g: Any, x: Any, y: Any, **params: Any) -> Any:
        return -gradient(n, g, x, y, **params)

    def forward(xp: Any, x: Any, y: Any, **params: Any) -> Any:
        return getattr(K, kernel + "_forward")(x, y, **params)

    define(name, forward, ("x y", gradient), ("x y", opposite) if symmetric else None, order=1)


def _weighted_loss(name: str, kernel: str) -> None:
    def gradient(n: Any, g: Any, x: Any, y: Any, z: Any, **params: Any) -> Any:
        return getattr(K, kernel + "_backward")(g, x, y, weight=z, **params)

    def forward(xp: Any, x: Any, y: Any, z: Any, **params: Any) -> Any:
        return getattr(K, kernel + "_forward")(x, y, weight=z, **params)

    define(name, forward, ("x y z", gradient), order=1)


_loss("l1_loss", "l1", symmetric=True)
_loss("smooth_l1_loss", "smooth_l1", symmetric=True)
_loss("kl_div", "kl_div")
_loss("soft_margin_loss", "soft_margin")
_loss("margin_loss", "margin")
_loss("hinge_embedding_loss", "hinge_embedding")
_loss("multilabel_margin_loss", "multilabel_margin")
_weighted_loss("binary_cross_entropy", "bce")
_weighted_loss("multi_margin_loss", "multi_margin")


def _mse_x(n: Any, g: Any, x: Any, y: Any, *, reduction: str) -> Any:
    if isinstance(n, ArrayNamespace):
        return K.mse_backward(g, x, y, reduction=reduction)
    return g * ((x - y) * (2.0 / prod(x.shape) if reduction == "mean" else 2.0))


define(
    "mse_loss",
    lambda xp, x, y, *, reduction: K.mse_forward(x, y, reduction),
    ("x y", _mse_x),
    ("x y", lambda n, g, x, y, *, reduction: -_mse_x(n, g, x, y, reduction=reduction)),
)


def _nll(xp: Any, x: Any, y: Any, z: Any, **params: Any) -> Any:
    return K.nll_forward(x, y, z, **params)


def _nll_x(n: Any, g: Any, x: Any, y: Any, z: Any, **params: Any) -> Any:
    if isinstance(n, ArrayNamespace):
        return K.nll_backward(g, x, y, z, **params)
    # Linear in x: what each element counts is the gradient for a g of 1, times g.
    each = params["reduction"] == "none"
    labels = y.array
    ones = np.ones(labels.shape) if each else 1.0
    counts = wrap(K.nll_backward(ones, x.array, labels, None if z is None else z.array, **params), x.dtype)
    return (n.unsqueeze(g, dim=1) if each and len(x.shape) > 1 else g) * counts


def _cross_entropy(xp: Any, x: Any, y: Any, z: Any, **params: Any) -> Any:
    loss, log_probs, _ = K.cross_entropy_forward(x, y, z, **params)
    return loss, log_probs


def _cross_entropy_x(n: Any, g: Any, x: Any, y: Any, z: Any, e: Any, **params: Any) -> Any:
    if not isinstance(n, ArrayNamespace):
        dim = 1 if len(x.shape) > 1 else 0
        log_probs = n.log_softmax(x, dim=dim)
        return log_softmax_gradient(n, _nll_x(n, g, log_probs, y, z, **params), log_probs, dim=dim)
    return K.cross_entropy_backward(g, e, y, z, **params)


define("nll_loss", _nll, ("x y z", _nll_x), extra="hidden")
define("cross_entropy", _cross_entropy, ("x y z e", _cross_entropy_x), extra="hidden")
