"""Convolution over planes. Torch7 gives the width first."""

from __future__ import annotations

from lua_compat.bridge.kernels.common import changed, exported, plane, result, same_type, sizes
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import convolution
from pytorch_from_lua.tensor import Tensor


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
    plane(name, input, planes)
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
