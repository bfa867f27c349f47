"""Convolution with a weight of its own at each place of the window (Torch7's ``nn.SpatialConvolutionLocal``).

Each place is a product of matrices: its weight with the patches that all samples have there.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import NamedTuple

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.namespace import Array, Pair, check_shape, deliver, namespace, pair
from pytorch_from_lua.kernels.patches import Window, padded

ROW_ELEMENTS = 1 << 21  # at most so many elements of patches at a time, unless one sample alone has more


class _Plan(NamedTuple):
    """The sizes, checked."""

    batch: int
    channels: int
    planes: int
    window: Window
    places: tuple[int, int]

    @property
    def patch(self) -> int:
        """How many elements a patch has."""
        return self.channels * math.prod(self.window.kernel)

    def samples(self) -> Iterator[slice]:
        """As many samples at a time as their patches allow."""
        step = max(1, ROW_ELEMENTS // max(1, math.prod(self.places) * self.patch))
        for start in range(0, self.batch, step):
            yield slice(start, start + step)


@functools.lru_cache(maxsize=64)
def _plan(input_shape: tuple[int, ...], weight_shape: tuple[int, ...], stride: Pair, padding: Pair) -> _Plan:
    if len(weight_shape) != 6:
        raise ShapeError(f"weight: needs shape (places down, places right, out, in, kH, kW), got {weight_shape}")
    if len(input_shape) != 4:
        raise ShapeError(f"x: needs shape (batch, channels, rows, columns), got {input_shape}")
    down, right, planes, channels, kh, kw = weight_shape
    batch, found, height, width = input_shape
    if found != channels:
        raise ShapeError(f"x: needs {channels} channels for a weight of {weight_shape}, got {input_shape}")
    window = Window((height, width), (kh, kw), pair(stride, "stride", 1), pair(padding, "padding"), (1, 1))
    if window.output_size != (down, right):
        raise ShapeError(
            f"x: an image of {height} x {width} has {window.output_size} places for the window, the weight "
            f"{(down, right)}"
        )
    return _Plan(batch, channels, planes, window, (down, right))


def _patches(x: Array, plan: _Plan) -> Array:
    """Return the patches, (places, n, C kH kW)."""
    window, (oh, ow) = plan.window, plan.places
    planes = padded(x, window.padding)
    of_sample, of_channel, down, right = planes.strides
    (sh, sw), (kh, kw) = window.stride, window.kernel
    shape = (oh, ow, len(x), plan.channels, kh, kw)
    strides = (down * sh, right * sw, of_sample, of_channel, down, right)
    xp = namespace(x)
    rows = xp.empty(shape, x.dtype)
    rows[...] = xp.lib.stride_tricks.as_strided(planes, shape, strides)
    return rows.reshape(oh * ow, len(x), plan.patch)


def _by_place(grad: Array) -> Array:
    """Return (n, O, H', W') as (places, n, O)."""
    n, planes = grad.shape[:2]
    return grad.transpose(2, 3, 0, 1).reshape(-1, n, planes)


def local_conv2d_forward(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    out: Array | None = None,
) -> Array:
    """Return ``y[n, o, i, j] = b[o, i, j] + sum_{c, u, v} W[i, j, o, c, u, v] x[n, c, i s - p + u, j s - p + v]``.

    Args:
        x: shape (N, C, H, W), or (C, H, W) for one image.
        weight: shape (H', W', O, C, kH, kW).
        bias: shape (O, H', W'), or None.
        stride: the step between patches, a number or (rows, columns).
        padding: how many zeros are put on each side.
        out: where to write, shape (N, O, H', W').

    Raises:
        ShapeError: the sizes do not fit together.
    """
    if x.ndim == 3:
        target = None if out is None else out[None]
        return local_conv2d_forward(x[None], weight, bias, stride, padding, target)[0]
    plan = _plan(x.shape, weight.shape, stride, padding)
    xp, (oh, ow) = namespace(x), plan.places
    shape = (plan.batch, plan.planes, oh, ow)
    if bias is not None:
        check_shape("bias", bias, shape[1:])
    if out is None:
        out = xp.empty(shape, x.dtype)
    check_shape("out", out, shape)
    matrices = weight.reshape(oh * ow, plan.planes, plan.patch).swapaxes(1, 2)
    for part in plan.samples():
        y = xp.matmul(_patches(x[part], plan), matrices)
        out[part] = y.reshape(oh, ow, -1, plan.planes).transpose(2, 3, 0, 1)
    if bias is not None:
        out += bias
    return out


def local_conv2d_backward_input(
    grad: Array,
    weight: Array,
    input_shape: tuple[int, ...],
    stride: Pair = 1,
    padding: Pair = 0,
    out: Array | None = None,
) -> Array:
    """Return the gradient with respect to ``x`` of `local_conv2d_forward`, of shape ``input_shape``."""
    if len(input_shape) == 3:
        target, whole = None if out is None else out[None], (1, *input_shape)
        return local_conv2d_backward_input(grad[None], weight, whole, stride, padding, target)[0]
    plan = _plan(tuple(input_shape), weight.shape, stride, padding)
    xp, (oh, ow), window = namespace(grad), plan.places, plan.window
    check_shape("grad", grad, (plan.batch, plan.planes, oh, ow))
    if out is None:
        out = xp.empty(input_shape, grad.dtype)
    check_shape("out", out, tuple(input_shape))
    matrices = weight.reshape(oh * ow, plan.planes, plan.patch)
    (height, width), (kh, kw), (ph, pw) = window.size, window.kernel, window.padding
    for part in plan.samples():
        rows = xp.matmul(_by_place(grad[part]), matrices).reshape(oh, ow, -1, plan.channels, kh, kw)
        planes = xp.zeros((rows.shape[2], plan.channels, height + 2 * ph, width + 2 * pw), grad.dtype)
        for u in range(kh):
            for v in range(kw):
                down, right = window.slices(u, v)
                planes[:, :, down, right] += rows[..., u, v].transpose(2, 3, 0, 1)
        out[part] = planes[:, :, ph : ph + height, pw : pw + width]
    return out


def local_conv2d_backward_weight(
    grad: Array,
    x: Array,
    weight_shape: tuple[int, ...],
    stride: Pair = 1,
    padding: Pair = 0,
    out: Array | None = None,
    scale: float = 1.0,
    accumulate: bool = False,
) -> Array:
    """Return ``scale`` times the gradient with respect to the weight, of shape ``weight_shape``."""
    if x.ndim == 3:
        x, grad = x[None], grad[None]
    plan = _plan(x.shape, tuple(weight_shape), stride, padding)
    xp, (oh, ow) = namespace(x), plan.places
    check_shape("grad", grad, (plan.batch, plan.planes, oh, ow))
    total = xp.zeros((oh * ow, plan.planes, plan.patch), x.dtype)
    for part in plan.samples():
        total += xp.matmul(_by_place(grad[part]).swapaxes(1, 2), _patches(x[part], plan))
    return deliver(total.reshape(weight_shape), out, scale, accumulate)


def local_conv2d_backward_bias(
    grad: Array, out: Array | None = None, scale: float = 1.0, accumulate: bool = False
) -> Array:
    """Return ``scale * grad`` summed over the samples, shape (O, H', W')."""
    total = grad.copy() if grad.ndim == 3 else grad.sum(axis=0)
    return deliver(total, out, scale, accumulate)
