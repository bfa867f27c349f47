"""Pooling over planes. Torch7 gives the width first."""

from __future__ import annotations

from lua_compat.bridge.kernels.common import exported, plane, result, same_count, sizes
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import pooling
from pytorch_from_lua.tensor import Tensor


def _pooled(
    name: str, input: Tensor, window: tuple[int, ...], ceil_mode: bool, dilation: tuple[int, int] = (1, 1)
) -> tuple[int, ...]:
    """The shape of what comes out of windows (kw, kh, dw, dh, pad_w, pad_h)."""
    plane(name, input)
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
