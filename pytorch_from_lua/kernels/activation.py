"""Activations: functions of each element with their derivatives, in one table, `ACTIVATIONS`.

The formulas are Torch7's (THNN), also where two pieces meet: the derivative of ``relu`` at 0 is 0, of ``sqrt`` at 0 is
0, and so on. Each row has ``forward(x, *options, out=None)`` and ``backward(grad, x, y, *options, out=None)``, where
``y`` is what forward gave; one that needs only ``x`` or only ``y`` can be given None for the other (``needs`` says
which). Both take arrays of any shape; ``out`` may be ``x`` or ``grad`` itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import compiled, elementary, parallel
from pytorch_from_lua.kernels.namespace import Array, deliver, namespace

_WORTH_IT = 2048  # fewer elements are sooner done than a loop is called


class Activation(NamedTuple):
    """One row: the two functions, the names and defaults of the options, and which of "x" and "y" backward reads."""

    forward: Callable[..., Array]
    backward: Callable[..., Array]
    options: dict[str, float]
    needs: str


def _into(value: Array, out: Array | None) -> Array:
    if out is None:
        return value
    if out.shape != value.shape:
        raise ShapeError(f"out: needs shape {value.shape}, got {out.shape}")
    out[...] = value
    return out


def _where(grad: Array, keep: Array, out: Array | None) -> Array:
    """Return ``grad`` where ``keep``, else 0."""
    xp = namespace(grad)
    return _into(xp.where(keep, grad, grad.dtype.type(0)), out)


def _abs(x: Array, out: Array | None = None) -> Array:
    return namespace(x).abs(x, out=out)


def _abs_back(grad: Array, x: Array, y: Array, out: Array | None = None) -> Array:
    return _into(namespace(x).where(x >= 0, grad, -grad), out)


def _clamp(x: Array, low: float, high: float, out: Array | None = None) -> Array:
    return namespace(x).clip(x, low, high, out=out)


def _clamp_back(grad: Array, x: Array, y: Array, low: float, high: float, out: Array | None = None) -> Array:
    return _where(grad, (x > low) & (x < high), out)


def _elu(x: Array, alpha: float = 1.0, out: Array | None = None) -> Array:
    xp = namespace(x)
    return _into(xp.where(x <= 0, xp.expm1(xp.minimum(x, 0)) * alpha, x), out)


def _elu_back(grad: Array, x: Array, y: Array, alpha: float = 1.0, out: Array | None = None) -> Array:
    return _into(namespace(y).where(y <= 0, grad * (y + alpha), grad), out)


def _exp(x: Array, out: Array | None = None) -> Array:
    return namespace(x).exp(x, out=out)


def _exp_back(grad: Array, x: Array, y: Array, out: Array | None = None) -> Array:
    return namespace(grad).multiply(grad, y, out=out)


def _hardshrink(x: Array, lambd: float = 0.5, out: Array | None = None) -> Array:
    return _where(x, (x > lambd) | (x < -lambd), out)


def _hardshrink_back(grad: Array, x: Array, y: Array, lambd: float = 0.5, out: Array | None = None) -> Array:
    return _where(grad, (x > lambd) | (x < -lambd), out)


def _leaked(grad: Array, x: Array, slope: float, out: Array | None) -> Array | None:
    """Return ``grad`` where ``x > 0``, else ``slope * grad``, by the compiled loop; None where it cannot run."""
    if x.size < _WORTH_IT or type(x) is not np.ndarray or x.dtype != np.float32 or grad.dtype != np.float32:
        return None
    if out is not None and not (out.flags.c_contiguous and out.shape == x.shape and out.dtype == x.dtype):
        return None
    loop = compiled.loop("leaky", x) if grad.shape == x.shape else None
    if loop is None:
        return None
    result = np.empty(x.shape, x.dtype) if out is None else out
    flat = [compiled.dense(a).reshape(-1) for a in (grad, x, result)]
    parallel.spread(lambda a, b: loop(flat[0][a:b], flat[1][a:b], float(slope), flat[2][a:b]), x.size)
    return result


def _leaky_relu(x: Array, slope: float = 0.01, out: Array | None = None) -> Array:
    done = _leaked(x, x, slope, out) if slope != 0 else None
    if done is not None:
        return done
    return _into(namespace(x).where(x > 0, x, x * slope), out)


def _leaky_relu_back(grad: Array, x: Array, y: Array, slope: float = 0.01, out: Array | None = None) -> Array:
    done = _leaked(grad, x, slope, out) if slope != 0 else None
    if done is not None:
        return done
    return _into(namespace(x).where(x > 0, grad, grad * slope), out)


def _log(x: Array, out: Array | None = None) -> Array:
    return namespace(x).log(x, out=out)


def _log_back(grad: Array, x: Array, y: Array, out: Array | None = None) -> Array:
    return namespace(grad).divide(grad, x, out=out)


def _log_sigmoid(x: Array, out: Array | None = None) -> Array:
    xp = namespace(x)
    return xp.subtract(xp.minimum(x, 0), xp.log1p(xp.exp(-xp.abs(x))), out=out)


def _log_sigmoid_back(grad: Array, x: Array, y: Array, out: Array | None = None) -> Array:
    return namespace(grad).multiply(grad, _sigmoid(-x), out=out)


def _power(x: Array, exponent: float, out: Array | None = None) -> Array:
    return namespace(x).power(x, exponent, out=out)


def _power_back(grad: Array, x: Array, y: Array, exponent: float, out: Array | None = None) -> Array:
    xp = namespace(x)
    return xp.multiply(grad, xp.power(x, exponent - 1) * exponent, out=out)


def _relu(x: Array, out: Array | None = None) -> Array:
    # A row of zeros: numpy is three times as fast with it as with one number.
    return namespace(x).maximum(x, namespace(x).zeros(x.shape[1:], x.dtype), out=out)


def _relu_back(grad: Array, x: Array, y: Array, out: Array | None = None) -> Array:
    read = x if x is not None else y
    done = _leaked(grad, read, 0.0, out)
    if done is not None:
        return done
    loop = compiled.loop("relu_backward", grad)
    if loop is None or not (out is None or (out.flags.c_contiguous and out.shape == grad.shape == read.shape)):
        return _where(grad, read > 0, out)
    result = namespace(grad).empty(grad.shape, grad.dtype) if out is None else out
    loop(compiled.dense(grad).reshape(-1), compiled.dense(read).reshape(-1), result.reshape(-1))
    return result


def _relu6(x: Array, out: Array | None = None) -> Array:
    return _clamp(x, 0, 6, out)


def _relu6_back(grad: Array, x: Array, y: Array, out: Array | None = None) -> Array:
    return _clamp_back(grad, x, y, 0, 6, out)


def _sigmoid(x: Array, out: Array | None = None) -> Array:
    return elementary.sigmoid(x, out)


def _sigmoid_back(grad: Array, x: Array, y: Array, out: Array | None = None) -> Array:
    slope = 1 - y
    slope *= y
    return namespace(grad).multiply(grad, slope, out=out)


def _softplus(x: Array, beta: float = 1.0, threshold: float = 20.0, out: Array | None = None) -> Array:
    xp = namespace(x)
    scaled = x * beta
    return _into(xp.where(scaled > threshold, x, xp.log1p(xp.exp(xp.minimum(scaled, threshold))) / beta), out)


def _softplus_back(
    grad: Array, x: Array, y: Array, beta: float = 1.0, threshold: float = 20.0, out: Array | None = None
) -> Array:
    xp = namespace(y)
    return _into(xp.where(y * beta > threshold, grad, grad * -xp.expm1(-y * beta)), out)


def _softshrink(x: Array, lambd: float = 0.5, out: Array | None = None) -> Array:
    xp = namespace(x)
    return _into(xp.where(x > lambd, x - lambd, xp.where(x < -lambd, x + lambd, x.dtype.type(0))), out)


def _softsign(x: Array, out: Array | None = None) -> Array:
    xp = namespace(x)
    return xp.divide(x, 1 + xp.abs(x), out=out)


def _softsign_back(grad: Array, x: Array, y: Array, out: Array | None = None) -> Array:
    xp = namespace(x)
    return xp.divide(grad, (1 + xp.abs(x)) ** 2, out=out)


def _sqrt(x: Array, out: Array | None = None) -> Array:
    return namespace(x).sqrt(x, out=out)


def _sqrt_back(grad: Array, x: Array, y: Array, out: Array | None = None) -> Array:
    xp = namespace(y)
    zero = y == 0
    return _into(xp.where(zero, y.dtype.type(0), 0.5 * grad / xp.where(zero, y.dtype.type(1), y)), out)


def _square(x: Array, out: Array | None = None) -> Array:
    return namespace(x).multiply(x, x, out=out)


def _square_back(grad: Array, x: Array, y: Array, out: Array | None = None) -> Array:
    return namespace(grad).multiply(2 * grad, x, out=out)


def _tanh(x: Array, out: Array | None = None) -> Array:
    return namespace(x).tanh(x, out=out)


def _tanh_back(grad: Array, x: Array, y: Array, out: Array | None = None) -> Array:
    return namespace(grad).multiply(grad, 1 - y * y, out=out)


def _tanhshrink(x: Array, out: Array | None = None) -> Array:
    return namespace(x).subtract(x, namespace(x).tanh(x), out=out)


def _tanhshrink_back(grad: Array, x: Array, y: Array, out: Array | None = None) -> Array:
    tanh = namespace(x).tanh(x)
    return namespace(grad).multiply(grad, tanh * tanh, out=out)


def _threshold(x: Array, threshold: float = 1e-6, value: float = 0.0, out: Array | None = None) -> Array:
    return _into(namespace(x).where(x > threshold, x, x.dtype.type(value)), out)


def _threshold_back(
    grad: Array, x: Array, y: Array, threshold: float = 1e-6, value: float = 0.0, out: Array | None = None
) -> Array:
    return _where(grad, x > threshold, out)


ACTIVATIONS: dict[str, Activation] = {
    "abs": Activation(_abs, _abs_back, {}, "x"),
    "clamp": Activation(_clamp, _clamp_back, {"min": -1.0, "max": 1.0}, "x"),
    "elu": Activation(_elu, _elu_back, {"alpha": 1.0}, "y"),
    "exp": Activation(_exp, _exp_back, {}, "y"),
    "hardshrink": Activation(_hardshrink, _hardshrink_back, {"lambd": 0.5}, "x"),
    "hardtanh": Activation(_clamp, _clamp_back, {"min_val": -1.0, "max_val": 1.0}, "x"),
    "leaky_relu": Activation(_leaky_relu, _leaky_relu_back, {"negative_slope": 0.01}, "x"),
    "log": Activation(_log, _log_back, {}, "x"),
    "log_sigmoid": Activation(_log_sigmoid, _log_sigmoid_back, {}, "x"),
    "power": Activation(_power, _power_back, {"exponent": 2.0}, "x"),
    "relu": Activation(_relu, _relu_back, {}, "x"),
    "relu6": Activation(_relu6, _relu6_back, {}, "x"),
    "sigmoid": Activation(_sigmoid, _sigmoid_back, {}, "y"),
    "softplus": Activation(_softplus, _softplus_back, {"beta": 1.0, "threshold": 20.0}, "y"),
    "softshrink": Activation(_softshrink, _hardshrink_back, {"lambd": 0.5}, "x"),
    "softsign": Activation(_softsign, _softsign_back, {}, "x"),
    "sqrt": Activation(_sqrt, _sqrt_back, {}, "y"),
    "square": Activation(_square, _square_back, {}, "x"),
    "tanh": Activation(_tanh, _tanh_back, {}, "y"),
    "tanhshrink": Activation(_tanhshrink, _tanhshrink_back, {}, "x"),
    "threshold": Activation(_threshold, _threshold_back, {"threshold": 1e-6, "value": 0.0}, "x"),
}


def rrelu_forward(x: Array, slope: Array | float, out: Array | None = None) -> Array:
    """Return ``x`` where positive, else ``slope * x`` (Xu et al., 2015); ``slope`` is drawn by the caller."""
    return _into(namespace(x).where(x > 0, x, x * slope), out)


def rrelu_backward(grad: Array, x: Array, slope: Array | float, out: Array | None = None) -> Array:
    """Return ``grad`` where ``x`` is positive, else ``slope * grad``."""
    return _into(namespace(x).where(x > 0, grad, grad * slope), out)


def _per_channel(x: Array, weight: Array) -> Array:
    """Return the slopes so that they broadcast along the channels of ``x``: (C, H, W), (C,), else dimension 1."""
    if weight.size == 1:
        return weight.reshape(())
    axis = 0 if x.ndim in (1, 3) else 1
    if x.shape[axis] != weight.size:
        raise ShapeError(f"weight: needs 1 or {x.shape[axis]} slopes for an x of {x.shape}, got {weight.shape}")
    return weight.reshape([-1 if i == axis else 1 for i in range(x.ndim)])


def prelu_forward(x: Array, weight: Array, out: Array | None = None) -> Array:
    """Return ``x`` where positive, else ``weight * x`` (He et al., 2015).

    Args:
        x: shape (N, C, ...), (C, H, W) or (C,).
        weight: one slope for all, or one for each channel.
        out: where to write.
    """
    return _into(namespace(x).where(x > 0, x, x * _per_channel(x, weight)), out)


def prelu_backward_input(grad: Array, x: Array, weight: Array, out: Array | None = None) -> Array:
    """Return ``grad`` where ``x`` is positive, else ``weight * grad``."""
    return _into(namespace(x).where(x > 0, grad, grad * _per_channel(x, weight)), out)


def prelu_backward_weight(
    grad: Array, x: Array, weight: Array, out: Array | None = None, scale: float = 1.0, accumulate: bool = False
) -> Array:
    """Return ``scale * grad * x`` summed where ``x`` is not positive, of the shape of ``weight``."""
    slopes = _per_channel(x, weight)
    part = namespace(x).where(x > 0, grad.dtype.type(0), grad * x)
    shared = tuple(i for i in range(x.ndim) if slopes.ndim == 0 or slopes.shape[i] == 1)
    total = namespace(x).asarray(part.sum(axis=shared)).reshape(weight.shape)
    return deliver(total, out, scale, accumulate)
