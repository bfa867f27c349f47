"""Roots of sums of powers over windows of features (Torch7's ``nn.FeatureLPPooling``)."""

from __future__ import annotations

from pytorch_from_lua.kernels.namespace import Array, check_shape, namespace
from pytorch_from_lua.kernels.pooling_nd import avg_pool_taps
from pytorch_from_lua.kernels.resampling import Axes, resample, transposed


def _sums(size: int, axis: int, width: int, stride: int) -> Axes:
    return ((axis, avg_pool_taps(size, width, stride, divide=False)),)


def feature_lp_pool_forward(x: Array, axis: int, width: int, stride: int, power: float) -> Array:
    """Return ``(sum of x^power)^(1/power)`` over windows of ``width`` along ``axis``, which counts from the end."""
    return resample(x**power, _sums(x.shape[axis], axis, width, stride)) ** (1.0 / power)


def feature_lp_pool_backward(
    grad: Array, x: Array, y: Array, axis: int, width: int, stride: int, power: float, out: Array | None = None
) -> Array:
    """Return the gradient with respect to ``x``, ``grad (x / y)^(power - 1)`` of each window; 0 where ``y`` is 0.

    Args:
        grad: the gradient of ``y``.
        x: what `feature_lp_pool_forward` was given.
        y: what it returned.
        axis: the dimension of the features, from the end.
        width: how many features a window has.
        stride: the step between windows.
        power: the power.
        out: where to write the gradient.
    """
    check_shape("grad", grad, y.shape)
    xp = namespace(x)
    scaled = xp.where(y == 0, 0, grad * xp.where(y == 0, 1, y) ** (1.0 - power)).astype(x.dtype, copy=False)
    found = resample(scaled, transposed(_sums(x.shape[axis], axis, width, stride)))
    found *= x ** (power - 1.0)
    if out is None:
        return found
    out[...] = found
    return out
