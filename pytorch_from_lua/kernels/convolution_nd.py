"""Convolution in one, two and three dimensions, and transposed convolution, all of them made of the one over planes.

One dimension is an image of one row. In three dimensions each place of the window in depth is an image of its own,
whose channels are all the planes that the window sees there: ``(N, C, T, H, W)`` becomes ``(N T', C kT, H, W)``, and
the weight ``(O, C / groups, kT, kH, kW)`` is seen as ``(O, C / groups kT, kH, kW)``. Transposed convolution is the
gradient of the plain one with respect to its input, and the other way round.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.convolution import (
    conv2d_backward_bias,
    conv2d_backward_input,
    conv2d_backward_weight,
    conv2d_forward,
)
from pytorch_from_lua.kernels.namespace import Array, check_shape, deliver, namespace

Sizes = int | tuple[int, ...]
"""One number for all directions of a window, or one for each, the innermost last."""

STACKED_ELEMENTS = 1 << 21  # at most so many elements of stacked planes at a time, unless one sample alone has more


class Geometry(NamedTuple):
    """The sizes of one convolution in n dimensions, checked; the tuples have n entries."""

    batch: int
    channels: int
    planes: int
    groups: int
    size: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    places: tuple[int, ...]  # how many the window takes

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of the result."""
        return (self.batch, self.planes, *self.places)


def each(value: Sizes, dimensions: int, name: str, smallest: int = 0) -> tuple[int, ...]:
    """Return ``value`` as one number for each dimension.

    Raises:
        ShapeError: it is neither a number nor one for each, or one is under ``smallest``.

    >>> each(2, 3, "stride"), each((1, 2), 2, "stride")
    ((2, 2, 2), (1, 2))
    """
    found = (value,) * dimensions if isinstance(value, int) else tuple([int(v) for v in value])
    if len(found) == 1:
        found *= dimensions
    if len(found) != dimensions or min(found) < smallest:
        raise ShapeError(f"{name}: needs a number or {dimensions} of at least {smallest}, got {value}")
    return found


@functools.lru_cache(maxsize=256)
def geometry(
    input_shape: tuple[int, ...],
    weight_shape: tuple[int, ...],
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Geometry:
    """Return the sizes of a convolution: ``places = floor((size + 2 p - d (k - 1) - 1) / s) + 1``.

    Args:
        input_shape: (N, C, ...).
        weight_shape: (O, C / groups, ...), as many dimensions.
        stride: the step between windows.
        padding: how many zeros are put on each side.
        dilation: the step within a window.
        groups: how many parts the channels fall into.

    Raises:
        ShapeError: they do not fit together.

    >>> geometry((2, 3, 9), (4, 3, 3), stride=2).output_shape
    (2, 4, 4)
    """
    dimensions = len(weight_shape) - 2
    if dimensions < 1:
        raise ShapeError(f"weight: needs shape (out, in / groups, sizes of the kernel ...), got {weight_shape}")
    if len(input_shape) != dimensions + 2:
        raise ShapeError(f"x: needs {dimensions + 2} dimensions for a weight of {weight_shape}, got {input_shape}")
    planes, part, *kernel = weight_shape
    batch, channels, *size = input_shape
    if groups < 1 or planes % groups != 0:
        raise ShapeError(f"groups: needs to divide the {planes} output channels of the weight, got {groups}")
    if channels != part * groups:
        raise ShapeError(f"x: needs {part * groups} channels for a weight of {weight_shape}, got {input_shape}")
    steps = each(stride, dimensions, "stride", 1)
    pads = each(padding, dimensions, "padding")
    dilations = each(dilation, dimensions, "dilation", 1)
    places = tuple(
        [
            (n + 2 * p - d * (k - 1) - 1) // s + 1
            for n, k, s, p, d in zip(size, kernel, steps, pads, dilations, strict=True)
        ]
    )
    if min(places) < 1:
        raise ShapeError(
            f"x: {_by(size)} with padding {pads} is smaller than a kernel of {_by(kernel)} with dilation {dilations}"
        )
    return Geometry(batch, channels, planes, groups, tuple(size), tuple(kernel), steps, pads, dilations, places)


def _by(sizes: Any) -> str:
    return " x ".join(map(str, sizes))


def transposed_size(
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    dilation: Sizes = 1,
) -> tuple[int, ...]:
    """Return what transposed convolution makes of ``size``: ``(n - 1) s - 2 p + d (k - 1) + output_padding + 1``.

    Raises:
        ShapeError: nothing would be left, or ``output_padding`` reaches both stride and dilation: then an input
            larger by one would give that size.

    >>> transposed_size((3, 4), (4, 4), stride=2, padding=1)
    (6, 8)
    """
    dimensions = len(size)
    steps, pads = each(stride, dimensions, "stride", 1), each(padding, dimensions, "padding")
    extra, dilations = each(output_padding, dimensions, "output_padding"), each(dilation, dimensions, "dilation", 1)
    for e, s, d in zip(extra, steps, dilations, strict=True):
        if e >= max(s, d):
            raise ShapeError(
                f"output_padding: needs to be smaller than the stride {steps} or the dilation {dilations}, got {extra}"
            )
    found = tuple(
        [
            (n - 1) * s - 2 * p + d * (k - 1) + e + 1
            for n, k, s, p, e, d in zip(size, kernel, steps, pads, extra, dilations, strict=True)
        ]
    )
    if min(found) < 1:
        raise ShapeError(f"x: {_by(size)} with padding {pads} leaves a result of {_by(found)}")
    return found


# -- planes stacked along the depth -----------------------------------------------------------------------------------


def _taps(g: Geometry) -> Iterator[tuple[int, slice, slice]]:
    """For each place u in the window's depth: u, the windows that see an element there, and those elements."""
    (size, places), (stride, padding, dilation) = (g.size[0], g.places[0]), (g.stride[0], g.padding[0], g.dilation[0])
    for u in range(g.kernel[0]):
        first = u * dilation - padding  # what the window at 0 sees
        low = max(0, -(first // stride))
        high = min(places, (size - 1 - first) // stride + 1)
        if low < high:
            begin = first + low * stride
            yield u, slice(low, high), slice(begin, begin + (high - low - 1) * stride + 1, stride)


def _stacked(x: Array, g: Geometry) -> Array:
    """Return the planes that each window sees in depth as channels: (n T', C kT, H, W)."""
    n, (_, *plane) = x.shape[0], g.size
    planes = namespace(x).zeros((n, g.places[0], g.channels, g.kernel[0], *plane), x.dtype)
    for u, windows, seen in _taps(g):
        planes[:, windows, :, u] = x[:, :, seen].swapaxes(1, 2)
    return planes.reshape(n * g.places[0], g.channels * g.kernel[0], *plane)


def _unstack(planes: Array, out: Array, g: Geometry) -> None:
    """Fill ``out``, shape (n, C, T, H, W), with sums of each element's places in ``planes``: `_stacked` transposed."""
    planes = planes.reshape(len(out), g.places[0], g.channels, g.kernel[0], *g.size[1:])
    out[...] = 0
    for u, windows, seen in _taps(g):
        out[:, :, seen] += planes[:, windows, :, u].swapaxes(1, 2)


def _as_images(y: Array) -> Array:
    """Return (n, O, T', H', W') as (n T', O, H', W')."""
    return y.swapaxes(1, 2).reshape(-1, y.shape[1], *y.shape[3:])


def _flat(weight: Array) -> Array:
    """Return the weight with its depth among the channels."""
    return weight.reshape(len(weight), -1, *weight.shape[-2:])


def _chunks(g: Geometry) -> Iterator[slice]:
    """Yield as many samples at a time as their stacked planes allow."""
    per_sample = g.places[0] * g.channels * g.kernel[0] * math.prod(g.size[1:])
    step = max(1, STACKED_ELEMENTS // max(1, per_sample))
    for start in range(0, g.batch, step):
        yield slice(start, start + step)


def _inner(g: Geometry) -> dict[str, Any]:
    """Return how to convolve the planes."""
    return {"stride": g.stride[1:], "padding": g.padding[1:], "dilation": g.dilation[1:], "groups": g.groups}


def _rows(g: Geometry) -> dict[str, Any]:
    """Return how to convolve images of one row."""
    return {
        "stride": (1, *g.stride),
        "padding": (0, *g.padding),
        "dilation": (1, *g.dilation),
        "groups": g.groups,
    }


# -- the convolution and its gradients --------------------------------------------------------------------------------


def conv_forward(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
    out: Array | None = None,
) -> Array:
    """Return ``y[n, o, i...] = b[o] + sum_{c, u...} W[o, c, u...] x[n, c, (i s - p + u d)...]``.

    Args:
        x: shape (N, C, ...) with one to three dimensions more, or without the N.
        weight: shape (O, C / groups, ...).
        bias: shape (O,), or None.
        stride: the step between windows.
        padding: how many zeros are put on each side.
        dilation: the step within a window.
        groups: how many parts the channels fall into, each convolved by itself.
        out: where to write.

    Raises:
        ShapeError: the sizes do not fit together.
    """
    dimensions = weight.ndim - 2
    if dimensions == 2:
        return conv2d_forward(x, weight, bias, stride, padding, dilation, groups, out)  # type: ignore[arg-type]
    if x.ndim == dimensions + 1:
        target = None if out is None else out[None]
        return conv_forward(x[None], weight, bias, stride, padding, dilation, groups, target)[0]
    g = geometry(x.shape, weight.shape, stride, padding, dilation, groups)
    if out is None:
        out = namespace(x).empty(g.output_shape, x.dtype)
    check_shape("out", out, g.output_shape)
    if dimensions == 1:
        conv2d_forward(x[:, :, None], weight[:, :, None], bias, out=out[:, :, None], **_rows(g))
        return out
    flat = _flat(weight)
    for part in _chunks(g):
        y = conv2d_forward(_stacked(x[part], g), flat, bias, **_inner(g))
        out[part] = y.reshape(-1, g.places[0], *y.shape[1:]).swapaxes(1, 2)
    return out


def conv_backward_input(
    grad: Array,
    weight: Array,
    input_shape: tuple[int, ...],
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
    out: Array | None = None,
) -> Array:
    """Return the gradient with respect to ``x`` of `conv_forward`, of shape ``input_shape``."""
    dimensions, input_shape = weight.ndim - 2, tuple(input_shape)
    if dimensions == 2:
        how: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        return conv2d_backward_input(grad, weight, input_shape, out=out, **how)
    if len(input_shape) == dimensions + 1:
        target, whole = None if out is None else out[None], (1, *input_shape)
        return conv_backward_input(grad[None], weight, whole, stride, padding, dilation, groups, target)[0]
    g = geometry(input_shape, weight.shape, stride, padding, dilation, groups)
    check_shape("grad", grad, g.output_shape)
    if out is None:
        out = namespace(grad).empty(input_shape, grad.dtype)
    check_shape("out", out, input_shape)
    if dimensions == 1:
        shape = (*input_shape[:2], 1, input_shape[2])
        conv2d_backward_input(grad[:, :, None], weight[:, :, None], shape, out=out[:, :, None], **_rows(g))
        return out
    flat, (_, height, width) = _flat(weight), g.size
    for part in _chunks(g):
        images = _as_images(grad[part])
        shape = (len(images), g.channels * g.kernel[0], height, width)
        planes = conv2d_backward_input(images, flat, shape, **_inner(g))
        _unstack(planes, out[part], g)
    return out


def conv_backward_weight(
    grad: Array,
    x: Array,
    weight_shape: tuple[int, ...],
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
    out: Array | None = None,
    scale: float = 1.0,
    accumulate: bool = False,
) -> Array:
    """Return ``scale`` times the gradient with respect to the weight, of shape ``weight_shape``."""
    dimensions, weight_shape = len(weight_shape) - 2, tuple(weight_shape)
    how: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    if dimensions == 2:
        return conv2d_backward_weight(grad, x, weight_shape, out=out, scale=scale, accumulate=accumulate, **how)
    if x.ndim == dimensions + 1:
        x, grad = x[None], grad[None]
    g = geometry(x.shape, weight_shape, stride, padding, dilation, groups)
    check_shape("grad", grad, g.output_shape)
    if dimensions == 1:
        shape = (*weight_shape[:2], 1, weight_shape[2])
        total = conv2d_backward_weight(grad[:, :, None], x[:, :, None], shape, **_rows(g))
    else:
        shape = (g.planes, g.channels // groups * g.kernel[0], *g.kernel[1:])
        total = namespace(x).zeros(shape, x.dtype)
        for part in _chunks(g):
            images, planes = _as_images(grad[part]), _stacked(x[part], g)
            conv2d_backward_weight(images, planes, shape, out=total, accumulate=True, **_inner(g))
    return deliver(total.reshape(weight_shape), out, scale, accumulate)


def conv_backward_bias(
    grad: Array, dimensions: int, out: Array | None = None, scale: float = 1.0, accumulate: bool = False
) -> Array:
    """Return ``scale * grad`` summed over all but the channels, which stand before the last ``dimensions``: (O,)."""
    flat = grad.reshape(*grad.shape[: grad.ndim - dimensions], 1, math.prod(grad.shape[grad.ndim - dimensions :]))
    return conv2d_backward_bias(flat, out, scale, accumulate)


# -- transposed -------------------------------------------------------------------------------------------------------


def conv_transpose_forward(
    x: Array,
    weight: Array,
    bias: Array | None,
    output_shape: tuple[int, ...],
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
    out: Array | None = None,
) -> Array:
    """Return ``y[n, o, (i s - p + u d)...] += sum_c W[c, o, u...] x[n, c, i...]``, plus ``b[o]``.

    Its gradient with respect to ``x`` is `conv_forward` with the same weight, the one with respect to the weight
    ``conv_backward_weight(x, grad, ...)``, the one with respect to the bias `conv_backward_bias`.

    Args:
        x: shape (N, C, ...), or without the N.
        weight: shape (C, O / groups, ...).
        bias: shape (O,), or None.
        output_shape: shape (N, O, ...), the last from `transposed_size`.
        stride: the step between windows.
        padding: how much is cut from each side of the result.
        dilation: the step within a window.
        groups: how many parts the channels fall into.
        out: where to write.

    Raises:
        ShapeError: the sizes do not fit together.
    """
    dimensions = weight.ndim - 2
    planes = weight.shape[1] * groups
    channels = x.shape[x.ndim - dimensions - 1] if x.ndim > dimensions else None
    if channels != len(weight):
        raise ShapeError(f"x: needs {len(weight)} channels for a weight of {weight.shape}, got {x.shape}")
    if bias is not None:
        check_shape("bias", bias, (planes,))
    y = conv_backward_input(x, weight, output_shape, stride, padding, dilation, groups, out)
    if bias is not None:
        y += bias.reshape(-1, *(1,) * dimensions)
    return y
