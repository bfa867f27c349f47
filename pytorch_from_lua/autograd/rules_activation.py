"""Activations: forward by the kernels, derivatives over the namespace, so that they can be differentiated again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytorch_from_lua.autograd.nn_kernels import KernelFile
from pytorch_from_lua.autograd.rule import ArrayNamespace, define

K = KernelFile("activation")
SOFTMAX = KernelFile("softmax")


def _activation(name: str, saves: str, derivative: Callable[..., Any], *params: str) -> None:
    """An activation of the kernels, whose parameters have these names."""

    def forward(xp: Any, x: Any, **given: Any) -> Any:
        return K.ACTIVATIONS[name].forward(x, *[given[p] for p in params])

    define(name, forward, (saves, derivative), promote=0, real=True)


def _softplus_x(n: Any, g: Any, x: Any, *, beta: float, threshold: float) -> Any:
    scaled = x * beta
    return n.where(scaled > threshold, g, g * n.sigmoid(scaled))


def _leaky_relu_x(n: Any, g: Any, x: Any, *, negative_slope: float) -> Any:
    if isinstance(n, ArrayNamespace):
        return K.ACTIVATIONS["leaky_relu"].backward(g, x, None, negative_slope)
    return n.where(x > 0, g, g * negative_slope)


def _softsign_x(n: Any, g: Any, x: Any) -> Any:
    size = n.abs(x) + 1
    return g / (size * size)


def _tanhshrink_x(n: Any, g: Any, x: Any) -> Any:
    t = n.tanh(x)
    return g * (t * t)


_activation("relu6", "x", lambda n, g, x: g * (x > 0) * (x < 6))
_activation("hardtanh", "x", lambda n, g, x, min_val, max_val: g * (x > min_val) * (x < max_val), "min_val", "max_val")
_activation("leaky_relu", "x", _leaky_relu_x, "negative_slope")
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


def log_softmax_gradient(n: Any, g: Any, r: Any, *, dim: int) -> Any:
    """The gradient of ``log_softmax`` along ``dim``, from that of its result ``r``."""
    return g - n.exp(r) * n.sum(g, dim=dim, keepdim=True)


define("softmax", lambda xp, x, *, dim: SOFTMAX.softmax_forward(x, dim), ("r", _softmax_x), promote=0, real=True)
define(
    "log_softmax",
    lambda xp, x, *, dim: SOFTMAX.log_softmax_forward(x, dim),
    ("r", log_softmax_gradient),
    promote=0,
    real=True,
)
