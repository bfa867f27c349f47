"""Convolution and pooling over planes. Torch7 gives the width first."""

from __future__ import annotations

from lua_compat.bridge.kernels.common import changed, exported, result, same_count, same_type, sizes
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import convolution, pooling
from pytorch_from_lua.tensor import Tensor


def _plane(name: str, input: Tensor, planes: int | None = None) -> None:
    """Raises where the input is not (C, H, W) or (N, C, H, W) with the planes needed."""
    if input.ndim not in (3, 4) or (planes is not None and input._shape[-3] != planes):
        wanted = "3 or 4 dimensions" if planes is None else f"{planes} planes, in 3 or 4 dimensions"
        raise ShapeError(f"{name}: input has sizes {sizes(input)}, {wanted} are needed")


def _size(size: int, kernel: int, step: int, pad: int, dilation: int) -> int:
    return (size + 2 * pad - (dilation * (kernel - 1) + 1)) // step + 1


@exported
def convolution_forward(
    output: Tensor, input: Tensor, weight: Tensor, bias: Tensor | None,
    kw: int, kh: int, dw: int, dh: int, pad_w: int, pad_h: int, dilation_w: int, dilation_h: int,
) -> None:  # fmt: skip
    """2-D convolution; a weight that is a matrix is seen as planes."""
    planes = weight.numel() // (weight._shape[0] * kw * kh)
    name = f"nn.SpatialConvolution({planes} -> {weight._shape[0]}, {kw}x{kh})"
    _plane(name, input, planes)
    same_type(name, input, weight)
    shape = input._shape
    high, wide = _size(shape[-2], kh, dh, pad_h, dilation_h), _size(shape[-1], kw, dw, pad_w, dilation_w)
    if high < 1 or wide < 1:
        raise ShapeError(f"{name}: input has sizes {sizes(input)}, output would be {high}x{wide}: too small")
    convolution.conv2d_forward(
        input.array,
        weight.array.reshape(weight._shape[0], planes, kh, kw),
        None if bias is None else bias.array,
        (dh, dw),
        (pad_h, pad_w),
        (dilation_h, dilation_w),
        1,
        result(output, (*shape[:-3], weight._shape[0], high, wide)),
    )


@exported
def convolution_backward_input(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, weight: Tensor,
    kw: int, kh: int, dw: int, dh: int, pad_w: int, pad_h: int, dilation_w: int, dilation_h: int,
) -> None:  # fmt: skip
    """The gradient with respect to the input."""
    shape = input._shape
    convolution.conv2d_backward_input(
        grad_output.array,
        weight.array.reshape(weight._shape[0], shape[-3], kh, kw),
        shape,
        (dh, dw),
        (pad_h, pad_w),
        (dilation_h, dilation_w),
        1,
        result(grad_input, shape),
    )


@exported
def convolution_backward_parameters(
    grad_weight: Tensor, grad_bias: Tensor | None, grad_output: Tensor, input: Tensor,
    kw: int, kh: int, dw: int, dh: int, pad_w: int, pad_h: int, dilation_w: int, dilation_h: int, scale: float,
) -> None:  # fmt: skip
    """Adds the parameters' gradients."""
    grad = grad_output.array
    shape = (grad_weight._shape[0], input._shape[-3], kh, kw)
    convolution.conv2d_backward_weight(
        grad,
        input.array,
        shape,
        (dh, dw),
        (pad_h, pad_w),
        (dilation_h, dilation_w),
        1,
        changed(grad_weight).reshape(shape),
        scale,
        accumulate=True,
    )
    if grad_bias is not None:
        convolution.conv2d_backward_bias(grad, changed(grad_bias), scale, accumulate=True)


def _pooled(
    name: str, input: Tensor, window: tuple[int, ...], ceil_mode: bool, dilation: tuple[int, int] = (1, 1)
) -> tuple[int, ...]:
    """The shape of what comes out of windows (kw, kh, dw, dh, pad_w, pad_h)."""
    _plane(name, input)
    kw, kh, dw, dh, pad_w, pad_h = window
    if pad_w > kw // 2 or pad_h > kh // 2:
        raise ShapeError(f"{name}: padding {pad_w}x{pad_h} is more than half of the window {kw}x{kh}")
    shape = input._shape
    high, wide = pooling.output_size(shape[-2:], (kh, kw), (dh, dw), (pad_h, pad_w), dilation, ceil_mode)
    if high < 1 or wide < 1:
        raise ShapeError(f"{name}: input has sizes {sizes(input)}, output would be {high}x{wide}: too small")
    return (*shape[:-2], high, wide)


@exported
def max_pooling_forward(
    output: Tensor, indices: Tensor, input: Tensor,
    kw: int, kh: int, dw: int, dh: int, pad_w: int, pad_h: int, ceil_mode: bool, dilation_w: int, dilation_h: int,
) -> None:  # fmt: skip
    """The largest element of each window, and its place in the plane, from 1."""
    shape = _pooled("nn.SpatialMaxPooling", input, (kw, kh, dw, dh, pad_w, pad_h), ceil_mode, (dilation_h, dilation_w))
    out, places = result(output, shape), result(indices, shape)
    pooling.max_pool2d_forward(
        input.array, (kh, kw), (dh, dw), (pad_h, pad_w), (dilation_h, dilation_w), bool(ceil_mode), out, places
    )
    places += 1


@exported
def max_pooling_backward(grad_input: Tensor, grad_output: Tensor, indices: Tensor, input: Tensor) -> None:
    """The gradient: added up at the places."""
    same_count("nn.SpatialMaxPooling", indices, grad_output)
    out = result(grad_input, input._shape)
    pooling.max_pool2d_backward(grad_output.array, indices.array - 1, input._shape, out)


@exported
def average_pooling_forward(
    output: Tensor, input: Tensor,
    kw: int, kh: int, dw: int, dh: int, pad_w: int, pad_h: int, ceil_mode: bool, count_pad: bool, divide: bool,
) -> None:  # fmt: skip
    """The mean of each window; where nothing is to be divided, its sum."""
    shape = _pooled("nn.SpatialAveragePooling", input, (kw, kh, dw, dh, pad_w, pad_h), ceil_mode)
    out = result(output, shape)
    pooling.avg_pool2d_forward(input.array, (kh, kw), (dh, dw), (pad_h, pad_w), bool(ceil_mode), bool(count_pad), out)
    if not divide:
        out *= kw * kh


@exported
def average_pooling_backward(
    grad_input: Tensor, grad_output: Tensor, input: Tensor,
    kw: int, kh: int, dw: int, dh: int, pad_w: int, pad_h: int, ceil_mode: bool, count_pad: bool, divide: bool,
) -> None:  # fmt: skip
    """The gradient of that."""
    out = result(grad_input, input._shape)
    window = (kh, kw), (dh, dw), (pad_h, pad_w)
    pooling.avg_pool2d_backward(grad_output.array, input._shape, *window, bool(ceil_mode), bool(count_pad), out)
    if not divide:
        out *= kw * kh


def _borders(size: int, before: int, after: int) -> tuple[slice, slice]:
    """Where the kept part lies in the padded row, and in the row itself; negative borders crop."""
    length = size - max(0, -before) - max(0, -after)
    start, source = max(0, before), max(0, -before)
    return slice(start, start + length), slice(source, source + length)


def _padding(input: Tensor, left: int, right: int, top: int, bottom: int) -> tuple[tuple[int, ...], object, object]:
    _plane("nn.SpatialZeroPadding", input)
    shape = input._shape
    high, wide = shape[-2] + top + bottom, shape[-1] + left + right
    if high < 1 or wide < 1:
        raise ShapeError(f"nn.SpatialZeroPadding: input has sizes {sizes(input)}, too small: output is {high}x{wide}")
    rows, columns = _borders(shape[-2], top, bottom), _borders(shape[-1], left, right)
    return (*shape[:-2], high, wide), (..., rows[0], columns[0]), (..., rows[1], columns[1])


@exported
def zero_padding_forward(output: Tensor, input: Tensor, left: int, right: int, top: int, bottom: int) -> None:
    """Planes with a border of zeros; a negative one is cut off."""
    shape, inner, source = _padding(input, left, right, top, bottom)
    out = result(output, shape)
    out[...] = 0
    out[inner] = input.array[source]


@exported
def zero_padding_backward(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, left: int, right: int, top: int, bottom: int
) -> None:
    """The gradient of that."""
    _, inner, source = _padding(input, left, right, top, bottom)
    out = result(grad_input, input._shape)
    out[...] = 0
    out[source] = grad_output.array[inner]
