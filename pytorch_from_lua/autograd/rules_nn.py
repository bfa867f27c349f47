"""Operations of neural networks: forward by the kernels, derivatives by the kernels or over the namespace.

A derivative that is written over the namespace can be differentiated again. Linear maps (convolution, average pooling,
embedding) come with their transposes as operations of their own, so that the derivative of each is another of them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from pytorch_from_lua.autograd.record import wrap
from pytorch_from_lua.autograd.rule import ArrayNamespace, define


class _Kernels:
    """The kernels by name, each file imported when one of its functions is first used."""

    _FILES = (
        ("linear_", "linear"),
        ("conv2d_", "convolution"),
        ("max_pool2d_", "pooling"),
        ("avg_pool2d_", "pooling"),
        ("ACTIVATIONS", "activation"),
        ("softmax_", "softmax"),
        ("log_softmax_", "softmax"),
        ("batch_norm_", "normalization"),
        ("embedding_", "embedding"),
        ("prelu_", "activation"),
        ("", "loss"),
    )

    def __getattr__(self, name: str) -> Any:
        file = next(file for prefix, file in self._FILES if name.startswith(prefix))
        found = getattr(importlib.import_module(f"pytorch_from_lua.kernels.{file}"), name)
        setattr(self, name, found)
        return found


K = _Kernels()


# -- linear -------------------------------------------------------------------------------------------------


def _rows(n: Any, x: Any) -> Any:
    """All but the last dimension as one."""
    return x if len(x.shape) == 2 else n.reshape(x, shape=(prod(x.shape[:-1]), x.shape[-1]))


def _linear_weight(n: Any, g: Any, x: Any) -> Any:
    return n.matmul(n.transpose(_rows(n, g), dim0=0, dim1=1), _rows(n, x))


define(
    "linear",
    lambda xp, x, w, b=None: K.linear_forward(x, w, b),
    ("y", lambda n, g, y: n.matmul(g, y)),
    ("x", _linear_weight),
    ("", lambda n, g: g),
    same=True,
)


# -- convolution --------------------------------------------------------------------------------------------


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


# -- pooling ------------------------------------------------------------------------------------------------


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


# -- activations --------------------------------------------------------------------------------------------


def _activation(name: str, saves: str, derivative: Callable[..., Any], *params: str) -> None:
    """An activation of the kernels, whose parameters have these names."""

    def forward(xp: Any, x: Any, **given: Any) -> Any:
        return K.ACTIVATIONS[name].forward(x, *[given[p] for p in params])

    define(name, forward, (saves, derivative), promote=0, real=True)


def _softplus_x(n: Any, g: Any, x: Any, *, beta: float, threshold: float) -> Any:
    scaled = x * beta
    return n.where(scaled > threshold, g, g * n.sigmoid(scaled))


def _softsign_x(n: Any, g: Any, x: Any) -> Any:
    size = n.abs(x) + 1
    return g / (size * size)


def _tanhshrink_x(n: Any, g: Any, x: Any) -> Any:
    t = n.tanh(x)
    return g * (t * t)


_activation("relu6", "x", lambda n, g, x: g * (x > 0) * (x < 6))
_activation("hardtanh", "x", lambda n, g, x, min_val, max_val: g * (x > min_val) * (x < max_val), "min_val", "max_val")
_activation("leaky_relu", "x", lambda n, g, x, negative_slope: n.where(x > 0, g, g * negative_slope), "negative_slope")
_activation("elu", "x r", lambda n, g, x, r, alpha: n.where(x > 0, g, g * (r + alpha)), "alpha")
_activation("softplus", "x", _softplus_x, "beta", "threshold")
_activation("softsign", "x", _softsign_x)
_activation("log_sigmoid", "x", lambda n, g, x: g * n.sigmoid(-x))
_activation("hardshrink", "x", lambda n, g, x, lambd: g * (n.abs(x) > lambd), "lambd")
_activation("softshrink", "x", lambda n, g, x, lambd: g * (n.abs(x) > lambd), "lambd")
_activation("tanhshrink", "x", _tanhshrink_x)
_activation("threshold", "x", lambda n, g, x, threshold, value: g * (x > threshold), "threshold", "value")


def _channel_axis(ndim: int) -> int:
    """Where the channels are: (C,), (C, H, W), else dimension 1, as Torch7's ``nn.PReLU`` has it."""
    return 0 if ndim in (1, 3) else 1


def _slopes(n: Any, w: Any, ndim: int) -> Any:
    """PReLU's slopes, one for all or one for each channel, so that they broadcast."""
    if w.shape == (1,):
        return w
    return n.reshape(w, shape=tuple([w.shape[0] if i == _channel_axis(ndim) else 1 for i in range(ndim)]))


def _prelu_x(n: Any, g: Any, x: Any, y: Any) -> Any:
    return n.where(x > 0, g, g * _slopes(n, y, len(x.shape)))


def _prelu_weight(n: Any, g: Any, x: Any, ys: Any) -> Any:
    each = n.where(x > 0, 0, g * x)
    if ys == (1,):
        return each
    axis = _channel_axis(len(x.shape))
    others = tuple([i for i in range(len(x.shape)) if i != axis])
    return n.sum(each, dim=others) if others else each


define("prelu", lambda xp, x, w: K.prelu_forward(x, w), ("x y", _prelu_x), ("x ys", _prelu_weight), same=True)


def _softmax_x(n: Any, g: Any, r: Any, *, dim: int) -> Any:
    return r * (g - n.sum(g * r, dim=dim, keepdim=True))


def _log_softmax_x(n: Any, g: Any, r: Any, *, dim: int) -> Any:
    return g - n.exp(r) * n.sum(g, dim=dim, keepdim=True)


define("softmax", lambda xp, x, *, dim: K.softmax_forward(x, dim), ("r", _softmax_x), promote=0, real=True)
define("log_softmax", lambda xp, x, *, dim: K.log_softmax_forward(x, dim), ("r", _log_softmax_x), promote=0, real=True)


# -- batch normalisation ------------------------------------------------------------------------------------


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


# -- embedding ----------------------------------------------------------------------------------------------


def _embedding_x(n: Any, g: Any, y: Any, xs: Any, *, padding_idx: int | None, scale_grad_by_freq: bool) -> Any:
    if isinstance(n, ArrayNamespace):
        return K.embedding_backward(g, y, xs[0], padding_idx, scale_grad_by_freq)
    indices = y.array
    share = (indices != padding_idx).astype(g.dtype.numpy)
    if scale_grad_by_freq:
        share = share / (indices[..., None] == indices.reshape(-1)).sum(-1)
    weighted = g * wrap(share[..., None].astype(g.dtype.numpy))
    return n.index_grad(weighted, index=indices, shape=xs)


define(
    "embedding",
    lambda xp, w, indices, **_: K.embedding_forward(w, indices),
    ("y xs", _embedding_x),
)


# -- losses -------------------------------------------------------------------------------------------------


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
        return _log_softmax_x(n, _nll_x(n, g, log_probs, y, z, **params), log_probs, dim=dim)
    return K.cross_entropy_backward(g, e, y, z, **params)


define("nll_loss", _nll, ("x y z", _nll_x), extra="hidden")
define("cross_entropy", _cross_entropy, ("x y z e", _cross_entropy_x), extra="hidden")
