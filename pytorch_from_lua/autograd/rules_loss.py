"""Losses: forward and gradient by the kernels; over tensors, for gradients of gradients, by the slopes below."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.nn_kernels import KernelFile
from pytorch_from_lua.autograd.record import wrap
from pytorch_from_lua.autograd.rule import ArrayNamespace, define
from pytorch_from_lua.autograd.rules_activation import log_softmax_gradient

K = KernelFile("loss")

# -- losses of an input and a target of one shape --------------------------------------------------------------------

Slope = Callable[..., Any]


def _elementwise(name: str, kernel: str, slope: Slope, target: Slope | None = None, weights: int = 0) -> None:
    """A loss of each element.

    Args:
        name: of the operation.
        kernel: of its functions in the kernels.
        slope: the loss's derivative with respect to the input, ``slope(n, x, y, *weights, **options)``.
        target: the derivative with respect to the target; None where it has none.
        weights: how many further inputs there are, which have no gradient.
    """

    def forward(xp: Any, x: Any, y: Any, *more: Any, **params: Any) -> Any:
        return getattr(K, kernel + "_forward")(x, y, *more, **params)

    def spread(n: Any, g: Any, each: Any, x: Any, reduction: str) -> Any:
        if reduction == "mean":
            each = each / max(prod(x.shape), 1)
        return g * each

    def gradient(n: Any, g: Any, x: Any, y: Any, *more: Any, reduction: str, **params: Any) -> Any:
        if isinstance(n, ArrayNamespace):
            return getattr(K, kernel + "_backward")(g, x, y, *more, reduction=reduction, **params)
        return spread(n, g, slope(n, x, y, *more, **params), x, reduction)

    def to_target(n: Any, g: Any, x: Any, y: Any, *more: Any, reduction: str, **params: Any) -> Any:
        assert target is not None
        return spread(n, g, target(n, x, y, *more, **params), x, reduction)

    saved = " ".join("xyzw"[: 2 + weights])
    define(name, forward, (saved, gradient), None if target is None else (saved, to_target))


def _symmetric(name: str, kernel: str, slope: Slope) -> None:
    """A loss of ``x - y``."""
    _elementwise(name, kernel, slope, lambda n, x, y, **params: -slope(n, x, y, **params))


def _times(value: Any, weight: Any) -> Any:
    return value if weight is None else value * weight


def _smooth_l1(n: Any, x: Any, y: Any, beta: float = 1.0) -> Any:
    return n.sign(x - y) if beta == 0 else n.clamp((x - y) / beta, min=-1, max=1)


def _kl_div_target(n: Any, x: Any, y: Any) -> Any:
    positive = y > 0
    return n.where(positive, n.log(n.where(positive, y, 1)) + 1 - x, 0)


def _bce(n: Any, x: Any, y: Any, z: Any) -> Any:
    return _times((x - y) / n.clamp(x * (1 - x), min=1e-12), z)


def _bce_target(n: Any, x: Any, y: Any, z: Any) -> Any:
    return _times(n.log(1 - x) - n.log(x), z)


def _logits(n: Any, x: Any, y: Any, z: Any, w: Any) -> Any:
    positive = _times(y, w)
    return _times((positive + (1 - y)) * n.sigmoid(x) - positive, z)


def _logits_target(n: Any, x: Any, y: Any, z: Any, w: Any) -> Any:
    return _times(-x if w is None else (1 - w) * n.log_sigmoid(x) - x, z)


def _hinge(n: Any, x: Any, y: Any, margin: float = 1.0) -> Any:
    return n.where(n.logical_and(y == -1, x > margin), 0, y)


_symmetric("mse_loss", "mse", lambda n, x, y: (x - y) * 2)
_symmetric("l1_loss", "l1", lambda n, x, y: n.sign(x - y))
_symmetric("smooth_l1_loss", "smooth_l1", _smooth_l1)
_symmetric("huber_loss", "huber", lambda n, x, y, delta: n.clamp(x - y, min=-delta, max=delta))
_elementwise("kl_div", "kl_div", lambda n, x, y: n.where(y > 0, -y, 0), _kl_div_target)
_elementwise("soft_margin_loss", "soft_margin", lambda n, x, y: -y * n.sigmoid(-x * y))
_elementwise("margin_loss", "margin", lambda n, x, y, margin=1.0: n.where(x * y < margin, -y, 0))
_elementwise("hinge_embedding_loss", "hinge_embedding", _hinge)
_elementwise("binary_cross_entropy", "bce", _bce, _bce_target, weights=1)
_elementwise("binary_cross_entropy_with_logits", "bce_with_logits", _logits, _logits_target, weights=2)

# -- losses of scores of classes -------------------------------------------------------------------------------------


def _constant_slope(kernel: str, n: Any, g: Any, x: Any, y: Any, *weight: Any, **params: Any) -> Any:
    """``g`` times the gradient for a ``g`` of 1: all there is where the loss consists of straight pieces."""
    each = params["reduction"] == "none"
    ones = np.ones(x.shape[:1] + x.shape[2:] if len(x.shape) > 1 else ()) if each else 1.0
    weights = [None if w is None else w.array for w in weight]
    counts = wrap(getattr(K, kernel + "_backward")(ones, x.array, y.array, *weights, **params), x.dtype)
    return (n.unsqueeze(g, dim=1) if each and len(x.shape) > 1 else g) * counts


def _nll(xp: Any, x: Any, y: Any, z: Any, **params: Any) -> Any:
    return K.nll_forward(x, y, z, **params)


def _nll_x(n: Any, g: Any, x: Any, y: Any, z: Any, **params: Any) -> Any:
    if isinstance(n, ArrayNamespace):
        return K.nll_backward(g, x, y, z, **params)
    return _constant_slope("nll", n, g, x, y, z, **params)


def _cross_entropy(xp: Any, x: Any, y: Any, z: Any, **params: Any) -> Any:
    loss, log_probs, _ = K.cross_entropy_forward(x, y, z, **params)
    return loss, log_probs


def _cross_entropy_x(n: Any, g: Any, x: Any, y: Any, z: Any, e: Any, **params: Any) -> Any:
    if not isinstance(n, ArrayNamespace):
        dim = 1 if len(x.shape) > 1 else 0
        log_probs = n.log_softmax(x, dim=dim)
        return log_softmax_gradient(n, _nll_x(n, g, log_probs, y, z, **params), log_probs, dim=dim)
    return K.cross_entropy_backward(g, e, y, z, **params)


def _multi_margin_x(n: Any, g: Any, x: Any, y: Any, z: Any, *, p: int, margin: float, reduction: str) -> Any:
    if isinstance(n, ArrayNamespace):
        return K.multi_margin_backward(g, x, y, p, margin, z, reduction)
    weight = None if z is None else z.array
    if p == 1:
        params = {"p": p, "margin": margin, "weight": weight, "reduction": reduction}
        return _constant_slope("multi_margin", n, g, x, y, **params)
    # Half the square of each margin, times 2: its slope is the margin, at the class and, negative, at the label.
    rows = x if len(x.shape) > 1 else n.unsqueeze(x, dim=0)
    labels = y.array.reshape(-1, 1)
    own = labels == np.arange(rows.shape[1])
    scale = np.broadcast_to(2.0 / own.shape[1] if weight is None else 2.0 / own.shape[1] * weight[labels], labels.shape)
    if reduction == "mean":
        scale = scale / len(labels)
    score = n.sum(rows * wrap(own.astype(x.dtype.numpy)), dim=1, keepdim=True)
    over = n.clamp(margin - score + rows, min=0) * wrap((~own * scale).astype(x.dtype.numpy))
    slope = over - n.sum(over, dim=1, keepdim=True) * wrap(own.astype(x.dtype.numpy))
    if reduction == "none":
        g = n.reshape(g, shape=(len(labels), 1))
    return n.reshape(g * slope, shape=x.shape)


def _multilabel_x(n: Any, g: Any, x: Any, y: Any, *, reduction: str) -> Any:
    if isinstance(n, ArrayNamespace):
        return K.multilabel_margin_backward(g, x, y, reduction)
    return _constant_slope("multilabel_margin", n, g, x, y, reduction=reduction)


define("nll_loss", _nll, ("x y z", _nll_x), extra="hidden")
define("cross_entropy", _cross_entropy, ("x y z e", _cross_entropy_x), extra="hidden")
define(
    "multi_margin_loss",
    lambda xp, x, y, z, *, p, margin, reduction: K.multi_margin_forward(x, y, p, margin, z, reduction),
    ("x y z", _multi_margin_x),
)
define(
    "multilabel_margin_loss",
    lambda xp, x, y, *, reduction: K.multilabel_margin_forward(x, y, reduction),
    ("x y", _multilabel_x),
)

# -- sequences of labels ---------------------------------------------------------------------------------------------

CTC = KernelFile("ctc")


def _ctc(xp: Any, x: Any, **params: Any) -> Any:
    losses, forward = CTC.ctc_forward(x, **params)
    return losses, (losses, forward)


def _ctc_x(n: Any, g: Any, x: Any, e: Any, **params: Any) -> Any:
    losses, forward = e
    return CTC.ctc_backward(g, x, forward, losses, **params)


define("ctc_loss", _ctc, ("x e", _ctc_x), extra="hidden", order=1)
