"""Pooling over volumes and sequences, to a given size, over random windows, and back. Torch7 counts places from 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.bridge.kernels.common import exported, image, result, same_count, sizes
from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels import adaptive, pooling_nd, resampling, windows
from pytorch_from_lua.kernels.pooling import output_size
from pytorch_from_lua.kernels.resampling import Axes
from pytorch_from_lua.tensor import Tensor


def _largest(output: Tensor, indices: Tensor, input: Tensor, chosen: tuple[Any, ...]) -> None:
    """The largest element of each window, and its place in the image, from 1."""
    dims = len(chosen)
    shape = (*input._shape[: input.ndim - dims], *[w.first.shape[1] for w in chosen])
    out, places = result(output, shape), result(indices, shape)
    windows.window_max(input.array, chosen, out, places)
    places += 1


@exported
def places_backward(
    grad_input: Tensor, grad_output: Tensor, indices: Tensor, input: Tensor, name: str, dims: int
) -> None:
    """The gradient of whatever took elements from places: added up there."""
    same_count(name, indices, grad_output)
    grad = grad_output.array.reshape(indices._shape)
    windows.scatter_planes(grad, indices.array - 1, input._shape, dims, result(grad_input, input._shape))


def _fitting(
    name: str, input: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...],
    dilation: tuple[int, ...], ceil_mode: bool,
) -> None:  # fmt: skip
    """Raises where the windows do not fit on the input."""
    if any(p > k // 2 for p, k in zip(padding, kernel, strict=True)):
        told = "x".join(map(str, padding)), "x".join(map(str, kernel))
        raise ShapeError(f"{name}: padding {told[0]} is more than half of the window {told[1]}")
    found = output_size(input._shape[-len(kernel) :], kernel, stride, padding, dilation, ceil_mode)
    if min(found) < 1:
        raise ShapeError(
            f"{name}: input has sizes {sizes(input)}, output would be {'x'.join(map(str, found))}: too small"
        )


@exported
def volumetric_max_pooling_forward(
    output: Tensor, indices: Tensor, input: Tensor,
    kt: int, kw: int, kh: int, dt: int, dw: int, dh: int, pad_t: int, pad_w: int, pad_h: int, ceil_mode: bool,
    dilation_t: int, dilation_w: int, dilation_h: int,
) -> None:  # fmt: skip
    """The largest element of each box."""
    image("nn.VolumetricMaxPooling", input, 3)
    kernel, stride, padding = (kt, kh, kw), (dt, dh, dw), (pad_t, pad_h, pad_w)
    dilation = (dilation_t, dilation_h, dilation_w)
    _fitting("nn.VolumetricMaxPooling", input, kernel, stride, padding, dilation, bool(ceil_mode))
    size = input._shape[-3:]
    rows = zip(size, kernel, stride, padding, dilation, strict=True)
    _largest(output, indices, input, tuple([pooling_nd.max_pool_windows(*row, bool(ceil_mode)) for row in rows]))


@exported
def temporal_max_pooling_forward(output: Tensor, indices: Tensor, input: Tensor, kw: int, dw: int) -> None:
    """The largest element of each column within windows over the frames; places are frames within their window."""
    name = "nn.TemporalMaxPooling"
    _frames(name, input)
    if input._shape[-2] < kw:
        raise ShapeError(f"{name}: input has sizes {sizes(input)}, {kw} frames are needed")
    chosen = (pooling_nd.max_pool_windows(input._shape[-2], kw, dw),)
    shape = (*input._shape[:-2], chosen[0].first.shape[1], input._shape[-1])
    values, places = windows.window_max(input.array.swapaxes(-1, -2), chosen)
    result(output, shape)[...] = values.swapaxes(-1, -2)
    result(indices, shape)[...] = places.swapaxes(-1, -2) - chosen[0].first[0][:, None]


@exported
def temporal_max_pooling_backward(
    grad_input: Tensor, grad_output: Tensor, indices: Tensor, input: Tensor, dw: int
) -> None:
    """The gradient of that."""
    same_count("nn.TemporalMaxPooling", indices, grad_output)
    places = indices.array.swapaxes(-1, -2)
    grad = grad_output.array.reshape(indices._shape).swapaxes(-1, -2)
    places = places + dw * np.arange(places.shape[-1])
    turned = (*input._shape[:-2], input._shape[-1], input._shape[-2])
    result(grad_input, input._shape)[...] = windows.scatter_planes(grad, places, turned, 1).swapaxes(-1, -2)


def _frames(name: str, input: Tensor) -> None:
    if input.ndim not in (2, 3):
        raise ShapeError(f"{name}: input has sizes {sizes(input)}, 2 or 3 dimensions are needed")


# -- averages ----------------------------------------------------------------------------------------------------------


def _volume_axes(input: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...]) -> Axes:
    size = input._shape[-3:]
    return tuple([(d - 3, pooling_nd.avg_pool_taps(size[d], kernel[d], stride[d])) for d in range(3)])


@exported
def volumetric_average_pooling_forward(
    output: Tensor, input: Tensor, kt: int, kw: int, kh: int, dt: int, dw: int, dh: int
) -> None:
    """The mean of each box."""
    image("nn.VolumetricAveragePooling", input, 3)
    kernel, stride = (kt, kh, kw), (dt, dh, dw)
    _fitting("nn.VolumetricAveragePooling", input, kernel, stride, (0, 0, 0), (1, 1, 1), False)
    _resampled(output, input, _volume_axes(input, kernel, stride))


@exported
def volumetric_average_pooling_backward(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, kt: int, kw: int, kh: int, dt: int, dw: int, dh: int
) -> None:
    """The gradient of that."""
    axes = _volume_axes(input, (kt, kh, kw), (dt, dh, dw))
    resampled_back("nn.VolumetricAveragePooling", grad_input, grad_output, input, axes)


def _resampled(output: Tensor, input: Tensor, axes: Axes) -> None:
    shape = list(input._shape)
    for axis, taps in axes:
        shape[axis] = taps.outputs
    resampling.resample(input.array, axes, result(output, tuple(shape)))


def resampled_back(name: str, grad_input: Tensor, grad_output: Tensor, input: Tensor, axes: Axes) -> None:
    """The gradient of what `resample` made of the input."""
    shape = list(input._shape)
    for axis, taps in axes:
        shape[axis] = taps.outputs
    if grad_output._shape != tuple(shape):
        told = "x".join(map(str, shape))
        raise ShapeError(f"{name}: gradOutput has sizes {sizes(grad_output)}, output has {told}")
    resampling.resample(grad_output.array, resampling.transposed(axes), result(grad_input, input._shape))


@exported
def adaptive_average_pooling_forward(output: Tensor, input: Tensor, name: str, wide: int, high: int) -> None:
    """The means of windows that share out the plane."""
    image(name, input, 2)
    _resampled(output, input, _adaptive_axes(input, wide, high))


@exported
def adaptive_average_pooling_backward(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, name: str, wide: int, high: int
) -> None:
    """The gradient of that."""
    resampled_back(name, grad_input, grad_output, input, _adaptive_axes(input, wide, high))


def _adaptive_axes(input: Tensor, wide: int, high: int) -> Axes:
    rows, columns = input._shape[-2:]
    return ((-2, adaptive.average_taps(rows, high)), (-1, adaptive.average_taps(columns, wide)))


@exported
def adaptive_max_pooling_forward(
    output: Tensor, indices: Tensor, input: Tensor, name: str, wide: int, high: int
) -> None:
    """The largest elements of windows that share out the plane."""
    image(name, input, 2)
    rows, columns = input._shape[-2:]
    _largest(output, indices, input, (adaptive.max_windows(rows, high), adaptive.max_windows(columns, wide)))


# -- random windows ----------------------------------------------------------------------------------------------------


@exported
def fractional_max_pooling_forward(
    output: Tensor, indices: Tensor, input: Tensor, samples: Tensor, name: str, *given: int
) -> None:
    """The largest element of windows at random distances.

    Args:
        output: the result.
        indices: the places.
        input: what the windows lie on.
        samples: a number for each plane and dimension: for the width and the height, or the depth, height and width.
        name: the module, for errors.
        given: the windows' size, then the output's, each as (depth,) width, height.
    """
    dims = len(given) // 2
    image(name, input, dims)
    size = input._shape[-dims:]
    kernel, wanted = _inner(given[:dims]), _inner(given[dims:])
    for n, k, o in zip(size, kernel, wanted, strict=True):
        if o < 1 or k < 1 or o + k - 1 >= n:
            raise ShapeError(
                f"{name}: input has sizes {sizes(input)}, too small for {'x'.join(map(str, wanted))} windows of "
                f"{'x'.join(map(str, kernel))}"
            )
    drawn = samples.array.reshape(-1, dims)
    planes = input.numel() // max(1, size[0] * size[1] * (size[2] if dims == 3 else 1))
    if len(drawn) != planes:
        raise ShapeError(f"{name}: input has {planes} planes, random numbers are there for {len(drawn)}")
    columns = [drawn[:, d] for d in range(dims)]
    if dims == 2:  # the width's comes first there
        columns.reverse()
    rows = zip(columns, size, wanted, kernel, strict=True)
    _largest(output, indices, input, tuple([pooling_nd.fractional_windows(*row) for row in rows]))


def _inner(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Torch7's (depth,) width, height as (depth,) height, width."""
    return (*numbers[:-2], numbers[-1], numbers[-2])


# -- back to where they came from --------------------------------------------------------------------------------------


@exported
def unpooling_forward(output: Tensor, input: Tensor, indices: Tensor, name: str, *size: int) -> None:
    """Zeros of the size given ((depth,) height, width), with each element at its place."""
    dims = len(size)
    image(name, input, dims)
    _same_places(name, input, indices)
    shape = (*input._shape[:-dims], *size)
    try:
        found = windows.place_planes(input.array, indices.array - 1, shape, dims)
    except RangeError as error:
        raise RangeError(f"{name}: {error.message} (counted from 0)") from None
    result(output, shape)[...] = found


@exported
def unpooling_backward(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, indices: Tensor, name: str, *size: int
) -> None:
    """The gradient: what stands at the places."""
    _same_places(name, input, indices)
    shape = (*input._shape[: -len(size)], *size)
    if grad_output._shape != shape:
        told = "x".join(map(str, shape))
        raise ShapeError(f"{name}: gradOutput has sizes {sizes(grad_output)}, output has {told}")
    windows.gather_planes(grad_output.array, indices.array - 1, len(size), result(grad_input, input._shape))


def _same_places(name: str, input: Tensor, indices: Tensor) -> None:
    if indices._shape != input._shape:
        raise ShapeError(f"{name}: input has sizes {sizes(input)}, the pooling module kept places of {sizes(indices)}")
