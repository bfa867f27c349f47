"""Sums of windows, each plane scaled and shifted by two numbers of its own (Torch7's ``nn.SpatialSubSampling``).

LeCun et al., 1998, pool so. For sequences (``nn.TemporalSubSampling``) an image has a row for each frame, and the
numbers belong to its columns.
"""

from __future__ import annotations

from pytorch_from_lua.kernels.namespace import Array, check_shape, deliver, namespace
from pytorch_from_lua.kernels.pooling import avg_pool2d_backward, avg_pool2d_forward

Two = tuple[int, int]


def _sums(x: Array, kernel: Two, stride: Two) -> Array:
    """Return the sums of the windows, (..., H', W')."""
    means = avg_pool2d_forward(x, kernel, stride)
    return namespace(x).multiply(means, kernel[0] * kernel[1], out=means)


def _reduced(values: Array, shape: tuple[int, ...]) -> Array:
    """Return the sums of what belongs to one number, in the shape that the numbers had."""
    values = values.sum(axis=tuple(range(values.ndim - len(shape))))
    axes = tuple([i for i, size in enumerate(shape) if size == 1])
    return values.sum(axis=axes, keepdims=True)


def subsample_forward(
    x: Array, weight: Array, bias: Array, kernel: Two, stride: Two, out: Array | None = None
) -> Array:
    """Return ``weight * sum of each window + bias``.

    Args:
        x: shape (N, C, H, W), or (C, H, W) for one image.
        weight: of a shape that broadcasts with the result: (C, 1, 1) for planes.
        bias: of the same shape.
        kernel: the size of a window, (rows, columns).
        stride: the step between windows.
        out: where to write, shape (N, C, H', W').

    Raises:
        ShapeError: the image is smaller than a window.
    """
    y = _sums(x, kernel, stride)
    y *= weight
    y += bias
    if out is None:
        return y
    check_shape("out", out, y.shape)
    out[...] = y
    return out


def subsample_backward_input(
    grad: Array, weight: Array, input_shape: tuple[int, ...], kernel: Two, stride: Two, out: Array | None = None
) -> Array:
    """Return the gradient with respect to ``x`` of `subsample_forward`, of shape ``input_shape``."""
    weighted = grad * (weight * (kernel[0] * kernel[1]))
    return avg_pool2d_backward(weighted.astype(grad.dtype, copy=False), input_shape, kernel, stride, out=out)


def subsample_backward_weight(
    grad: Array,
    x: Array,
    shape: tuple[int, ...],
    kernel: Two,
    stride: Two,
    out: Array | None = None,
    scale: float = 1.0,
    accumulate: bool = False,
) -> Array:
    """Return ``scale`` times the gradient with respect to the weight, of shape ``shape``."""
    return deliver(_reduced(grad * _sums(x, kernel, stride), shape), out, scale, accumulate)


def subsample_backward_bias(
    grad: Array, shape: tuple[int, ...], out: Array | None = None, scale: float = 1.0, accumulate: bool = False
) -> Array:
    """Return ``scale`` times the gradient with respect to the bias, of shape ``shape``."""
    return deliver(_reduced(grad, shape), out, scale, accumulate)
