"""Convolution over frames, whose features come last: (N, T, C) (Torch7's ``nn.TemporalConvolution`` and its relatives).

A sequence is an image of one channel with a row for each frame, and the kernel is as wide as a frame.
"""

from __future__ import annotations

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.convolution import (
    conv2d_backward_bias,
    conv2d_backward_input,
    conv2d_backward_weight,
    conv2d_forward,
)
from pytorch_from_lua.kernels.namespace import Array, check_shape, deliver, namespace


def places(frames: int, kernel: int, step: int) -> int:
    """Return how many windows of ``kernel`` frames there are: ``floor((T - k) / s) + 1``.

    >>> places(7, 3, 2)
    3
    """
    return (frames - kernel) // step + 1


def _image(x: Array) -> Array:
    """Return (..., T, C) as (..., 1, T, C)."""
    return x.reshape(*x.shape[:-2], 1, *x.shape[-2:])


def _planes(y: Array) -> Array:
    """Return (..., T', O) as (..., O, T', 1)."""
    return y.swapaxes(-1, -2)[..., None]


def _kernel(weight: Array, features: int) -> Array:
    return weight.reshape(len(weight), 1, -1, features)


def temporal_conv_forward(
    x: Array, weight: Array, bias: Array | None = None, step: int = 1, out: Array | None = None
) -> Array:
    """Return ``y[n, t, o] = b[o] + sum_{u, c} W[o, u C + c] x[n, t s + u, c]``.

    Args:
        x: shape (N, T, C), or (T, C) for one sequence.
        weight: shape (O, k C).
        bias: shape (O,), or None.
        step: the step between windows.
        out: where to write, shape (N, T', O).

    Raises:
        ShapeError: the sizes do not fit together.
    """
    if x.ndim == 2:
        return temporal_conv_forward(x[None], weight, bias, step, None if out is None else out[None])[0]
    kernel = _kernel(weight, x.shape[-1])
    if out is None:
        shape = (len(x), places(x.shape[1], kernel.shape[2], step), len(weight))
        out = namespace(x).empty(shape, x.dtype)
    conv2d_forward(_image(x), kernel, bias, (step, 1), out=_planes(out))
    return out


def temporal_conv_backward_input(
    grad: Array, weight: Array, input_shape: tuple[int, ...], step: int = 1, out: Array | None = None
) -> Array:
    """Return the gradient with respect to ``x`` of `temporal_conv_forward`, of shape ``input_shape``."""
    if out is None:
        out = namespace(grad).empty(input_shape, grad.dtype)
    shape = (*input_shape[:-2], 1, *input_shape[-2:])
    target = out.reshape(shape) if out.flags.c_contiguous else None
    found = conv2d_backward_input(_planes(grad), _kernel(weight, input_shape[-1]), shape, (step, 1), out=target)
    if target is None:
        out[...] = found.reshape(input_shape)
    return out


def temporal_conv_backward_weight(
    grad: Array,
    x: Array,
    weight_shape: tuple[int, ...],
    step: int = 1,
    out: Array | None = None,
    scale: float = 1.0,
    accumulate: bool = False,
) -> Array:
    """Return ``scale`` times the gradient with respect to the weight, of shape ``weight_shape``."""
    shape = (weight_shape[0], 1, weight_shape[1] // x.shape[-1], x.shape[-1])
    total = conv2d_backward_weight(_planes(grad), _image(x), shape, (step, 1))
    return deliver(total.reshape(weight_shape), out, scale, accumulate)


def temporal_conv_backward_bias(
    grad: Array, out: Array | None = None, scale: float = 1.0, accumulate: bool = False
) -> Array:
    """Return ``scale * grad`` summed over samples and frames, shape (O,)."""
    return conv2d_backward_bias(_planes(grad), out, scale, accumulate)


# -- each feature by itself ------------------------------------------------------------------------------------------


def _window(u: int, count: int, step: int) -> slice:
    """Return the frames that are the ``u``-th of their windows."""
    return slice(u, u + (count - 1) * step + 1, step)


def row_conv_forward(
    x: Array, weight: Array, bias: Array | None = None, step: int = 1, out: Array | None = None
) -> Array:
    """Return ``y[..., t, c] = b[c] + sum_u W[c, u] x[..., t s + u, c]``.

    Args:
        x: shape (..., T, C).
        weight: shape (C, k).
        bias: shape (C,), or None.
        step: the step between windows.
        out: where to write, shape (..., T', C).

    Raises:
        ShapeError: the sizes do not fit together.
    """
    features, kernel = weight.shape
    count = places(x.shape[-2], kernel, step)
    if x.shape[-1] != features or count < 1:
        raise ShapeError(f"x: needs {kernel} frames or more of {features} features, got {x.shape}")
    if out is None:
        out = namespace(x).empty((*x.shape[:-2], count, features), x.dtype)
    check_shape("out", out, (*x.shape[:-2], count, features))
    out[...] = 0 if bias is None else bias
    for u in range(kernel):
        out += x[..., _window(u, count, step), :] * weight[:, u]
    return out


def row_conv_backward_input(
    grad: Array, weight: Array, input_shape: tuple[int, ...], step: int = 1, out: Array | None = None
) -> Array:
    """Return the gradient with respect to ``x`` of `row_conv_forward`, of shape ``input_shape``."""
    count = grad.shape[-2]
    if out is None:
        out = namespace(grad).empty(input_shape, grad.dtype)
    out[...] = 0
    for u in range(weight.shape[1]):
        out[..., _window(u, count, step), :] += grad * weight[:, u]
    return out


def row_conv_backward_weight(
    grad: Array,
    x: Array,
    kernel: int,
    step: int = 1,
    out: Array | None = None,
    scale: float = 1.0,
    accumulate: bool = False,
) -> Array:
    """Return ``scale`` times the gradient with respect to the weight, shape (C, k)."""
    features, count = x.shape[-1], grad.shape[-2]
    total = namespace(x).empty((features, kernel), x.dtype)
    for u in range(kernel):
        total[:, u] = (grad * x[..., _window(u, count, step), :]).reshape(-1, features).sum(axis=0)
    return deliver(total, out, scale, accumulate)


def row_conv_backward_bias(
    grad: Array, out: Array | None = None, scale: float = 1.0, accumulate: bool = False
) -> Array:
    """Return ``scale * grad`` summed over samples and frames, shape (C,)."""
    return deliver(grad.reshape(-1, grad.shape[-1]).sum(axis=0), out, scale, accumulate)
