"""Batch normalisation (Ioffe and Szegedy, 2015; Torch7's ``nn.BatchNormalization`` and its spatial forms)."""

from __future__ import annotations

import numpy as np

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.channels import channel_loop, channel_sums
from pytorch_from_lua.kernels.namespace import Array, check_shape, deliver, namespace


def _axes(x: Array) -> tuple[int, ...]:
    return (0, *range(2, x.ndim))


def _channels(values: Array, x: Array) -> Array:
    """Return the values of the channels, shape (C,), so that they broadcast over ``x``."""
    return values.reshape(1, -1, *(1,) * (x.ndim - 2))


def batch_norm_forward(
    x: Array,
    weight: Array | None = None,
    bias: Array | None = None,
    running_mean_: Array | None = None,
    running_var_: Array | None = None,
    training: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
    out: Array | None = None,
) -> tuple[Array, Array, Array]:
    """Return ``y = (x - mean) * invstd * weight + bias`` with ``invstd = 1 / sqrt(var + eps)`` for each channel.

    In training, mean and (biased) variance are those of the batch, and the running ones, where given, are moved in
    place: ``r += momentum * (value - r)``, with the unbiased variance. In evaluation they are the running ones.

    Args:
        x: shape (N, C, ...).
        weight: shape (C,), or None for 1.
        bias: shape (C,), or None for 0.
        running_mean_: shape (C,), changed in training.
        running_var_: shape (C,), changed in training.
        training: whether to take the batch's statistics.
        momentum: the weight of this batch in the running statistics.
        eps: added to the variance.
        out: where to write ``y``.

    Returns:
        ``y``, and ``mean`` and ``invstd`` of shape (C,), which the gradients need.

    Raises:
        ShapeError: the sizes do not fit together, or there is only one value for each channel in training.
    """
    if x.ndim < 2:
        raise ShapeError(f"x: needs shape (batch, channels, ...), got {x.shape}")
    for name, values in [
        ("weight", weight),
        ("bias", bias),
        ("running_mean_", running_mean_),
        ("running_var_", running_var_),
    ]:
        if values is not None:
            check_shape(name, values, x.shape[1:2])
    xp = namespace(x)
    if training:
        mean, invstd = _statistics(x, running_mean_, running_var_, momentum, eps)
    else:
        if running_mean_ is None or running_var_ is None:
            raise ShapeError("running_mean_: evaluation needs running_mean_ and running_var_, got None")
        mean, invstd = running_mean_.copy(), 1 / xp.sqrt(running_var_ + eps)
    if out is None and type(x) is np.ndarray:
        out = np.empty(x.shape, x.dtype)
    loop = channel_loop("channel_affine", x, out)
    if loop is not None:
        loop(x, *_doubles(x, mean, invstd if weight is None else invstd * weight, bias), out)
        return out, mean, invstd
    y = xp.subtract(x, _channels(mean, x), out=out)
    y *= _channels(invstd if weight is None else invstd * weight, x)
    if bias is not None:
        y += _channels(bias, x)
    return y, mean, invstd


def _doubles(x: Array, *values: Array | None) -> list[Array]:
    """Return numbers of channels as the loops take them; None is 0."""
    return [np.zeros(x.shape[1]) if v is None else np.ascontiguousarray(v, np.float64) for v in values]


def _statistics(
    x: Array, running_mean_: Array | None, running_var_: Array | None, momentum: float, eps: float
) -> tuple[Array, Array]:
    xp = namespace(x)
    count = x.size // max(1, x.shape[1])
    if count < 2:
        raise ShapeError(f"x: training needs more than one value for each channel, got shape {x.shape}")
    # Sums in double precision: in float32 the variance of a large batch loses digits.
    sums, squares = channel_loop("channel_sums", x), channel_loop("channel_variances", x)
    if sums is not None and squares is not None:
        mean, var = np.empty(x.shape[1]), np.empty(x.shape[1])
        sums(x, mean)
        mean /= count
        squares(x, mean, var)
        var /= count
    else:
        mean = x.mean(axis=_axes(x), dtype="float64")
        centred = x - _channels(mean.astype(x.dtype), x)
        centred *= centred
        var = centred.mean(axis=_axes(x), dtype="float64")
    if running_mean_ is not None:
        running_mean_ += momentum * (mean - running_mean_)
    if running_var_ is not None:
        running_var_ += momentum * (var * (count / (count - 1)) - running_var_)
    return mean.astype(x.dtype), (1 / xp.sqrt(var + eps)).astype(x.dtype)


def batch_norm_backward_input(
    grad: Array,
    x: Array,
    weight: Array | None,
    mean: Array,
    invstd: Array,
    training: bool = True,
    out: Array | None = None,
) -> Array:
    """Return the gradient with respect to ``x``, with the ``mean`` and ``invstd`` that `batch_norm_forward` gave.

    In training ``weight * invstd * (g - mean(g) - z mean(g z))`` with ``z = (x - mean) * invstd``, else
    ``weight * invstd * g``.
    """
    check_shape("grad", grad, x.shape)
    xp = namespace(x)
    scale = invstd if weight is None else invstd * weight
    factor = _channels(scale, x)
    if not training:
        return xp.multiply(grad, factor, out=out)
    if out is None and type(x) is np.ndarray:
        out = np.empty(x.shape, x.dtype)
    loops = [channel_loop(name, grad, x, out) for name in ("channel_sums", "channel_moments", "channel_back")]
    if None not in loops:
        count = x.size // x.shape[1]
        means, squared, factors = _doubles(x, mean, invstd * invstd, scale)
        shift, slope = np.empty(x.shape[1]), np.empty(x.shape[1])
        loops[0](grad, shift)
        loops[1](grad, x, means, slope)
        loops[2](grad, x, means, slope / count * squared, shift / count, factors, out)
        return out
    axes = _axes(x)
    centred = x - _channels(mean, x)
    mean_grad = grad.mean(axis=axes, keepdims=True)
    slope = (grad * centred).mean(axis=axes, keepdims=True) * _channels(invstd * invstd, x)
    centred *= slope
    result = xp.subtract(grad, centred, out=centred if out is None else out)
    result -= mean_grad
    result *= factor
    return result


def batch_norm_backward_weight(
    grad: Array,
    x: Array,
    mean: Array,
    invstd: Array,
    out: Array | None = None,
    scale: float = 1.0,
    accumulate: bool = False,
) -> Array:
    """Return ``scale * sum(grad * (x - mean) * invstd)`` for each channel, shape (C,)."""
    check_shape("grad", grad, x.shape)
    loop = channel_loop("channel_moments", grad, x)
    if loop is not None:
        sums = np.empty(x.shape[1])
        loop(grad, x, *_doubles(x, mean), sums)
        return deliver((sums * invstd).astype(x.dtype), out, scale, accumulate)
    total = (grad * (x - _channels(mean, x))).sum(axis=_axes(x))
    total *= invstd
    return deliver(total, out, scale, accumulate)


def batch_norm_backward_bias(
    grad: Array, out: Array | None = None, scale: float = 1.0, accumulate: bool = False
) -> Array:
    """Return ``scale * sum(grad)`` for each channel, shape (C,)."""
    return deliver(channel_sums(grad), out, scale, accumulate)
