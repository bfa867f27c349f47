"""Convolution and sub-sampling over frames, whose features come last, and sub-sampling over planes."""

from __future__ import annotations

from typing import Any

from lua_compat.bridge.kernels.common import changed, exported, plane, result, same_type, sizes
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import subsampling, temporal
from pytorch_from_lua.tensor import Tensor


def _frames(name: str, input: Tensor, own: Tensor, features: int, kernel: int, step: int) -> tuple[int, ...]:
    """The shape of what comes out of so many windows, but for its features.

    Raises:
        ShapeError: where the input is not (T, C) or (N, T, C), or has fewer frames than a window.
        DTypeError: where it is of another type than the module.
    """
    if input.ndim not in (2, 3) or input._shape[-1] != features:
        raise ShapeError(
            f"{name}: input has sizes {sizes(input)}, frames of {features} features, in 2 or 3 dimensions, are needed"
        )
    same_type(name, input, own)
    count = temporal.places(input._shape[-2], kernel, step)
    if count < 1:
        raise ShapeError(f"{name}: input has sizes {sizes(input)}, {kernel} frames or more are needed")
    return (*input._shape[:-2], count)


def _fits(name: str, grad_output: Tensor, shape: tuple[int, ...]) -> None:
    if grad_output._shape != shape:
        wanted = "x".join(map(str, shape))
        raise ShapeError(f"{name}: gradOutput has sizes {sizes(grad_output)}, {wanted} is needed")


# -- all features together -------------------------------------------------------------------------------------------


def _temporal(class_name: str, input: Tensor, weight: Tensor, kernel: int, step: int) -> tuple[str, tuple[int, ...]]:
    """The name for messages, and the shape of the output."""
    outs, features = weight._shape[0], weight._shape[1] // kernel
    name = f"{class_name}({features} -> {outs}, {kernel})"
    return name, (*_frames(name, input, weight, features, kernel, step), outs)


@exported
def temporal_convolution_forward(
    output: Tensor, input: Tensor, weight: Tensor, bias: Tensor | None, name: str, kernel: int, step: int
) -> None:
    """Convolution over frames; the weight is (features out, kernel * features in)."""
    name, shape = _temporal(name, input, weight, kernel, step)
    out = result(output, shape)
    temporal.temporal_conv_forward(input.array, weight.array, None if bias is None else bias.array, step, out)


@exported
def temporal_convolution_backward_input(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, weight: Tensor, name: str, kernel: int, step: int
) -> None:
    """The gradient with respect to the input."""
    name, shape = _temporal(name, input, weight, kernel, step)
    _fits(name, grad_output, shape)
    out = result(grad_input, input._shape)
    temporal.temporal_conv_backward_input(grad_output.array, weight.array, input._shape, step, out)


@exported
def temporal_convolution_backward_parameters(
    grad_weight: Tensor, grad_bias: Tensor | None, grad_output: Tensor, input: Tensor,
    scale: float, name: str, kernel: int, step: int,
) -> None:  # fmt: skip
    """Adds the parameters' gradients."""
    name, shape = _temporal(name, input, grad_weight, kernel, step)
    _fits(name, grad_output, shape)
    grad, out = grad_output.array, changed(grad_weight)
    temporal.temporal_conv_backward_weight(grad, input.array, grad_weight._shape, step, out, scale, True)
    if grad_bias is not None:
        temporal.temporal_conv_backward_bias(grad, changed(grad_bias), scale, True)


# -- each feature by itself ------------------------------------------------------------------------------------------


class _Rows:
    """A layer over frames whose features do not mix; where ``first``, features come before frames."""

    def __init__(self, name: str, input: Tensor, weight: Tensor, kernel: int, step: int, first: bool) -> None:
        features = weight._shape[0]
        self.name = f"{name}({features}, {kernel})"
        self.first = first
        seen = input.transpose(-1, -2) if first and input.ndim > 1 else input
        inner = _frames(self.name, seen, weight, features, kernel, step)
        self.shape = (*inner[:-1], features, inner[-1]) if first else (*inner, features)

    def seen(self, array: Any) -> Any:
        """The array with its features last."""
        return array.swapaxes(-1, -2) if self.first else array


@exported
def row_convolution_forward(
    output: Tensor, input: Tensor, weight: Tensor, bias: Tensor | None, name: str, kernel: int, step: int, first: bool
) -> None:
    """Each feature convolved over the frames by a kernel of its own; the weight is (features, 1, kernel)."""
    rows = _Rows(name, input, weight, kernel, step, first)
    matrix = weight.array.reshape(-1, kernel)
    out = rows.seen(result(output, rows.shape))
    temporal.row_conv_forward(rows.seen(input.array), matrix, None if bias is None else bias.array, step, out)


@exported
def row_convolution_backward_input(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, weight: Tensor,
    name: str, kernel: int, step: int, first: bool,
) -> None:  # fmt: skip
    """The gradient with respect to the input."""
    rows = _Rows(name, input, weight, kernel, step, first)
    _fits(rows.name, grad_output, rows.shape)
    matrix, out = weight.array.reshape(-1, kernel), rows.seen(result(grad_input, input._shape))
    temporal.row_conv_backward_input(rows.seen(grad_output.array), matrix, out.shape, step, out)


@exported
def row_convolution_backward_parameters(
    grad_weight: Tensor, grad_bias: Tensor | None, grad_output: Tensor, input: Tensor,
    scale: float, name: str, kernel: int, step: int, first: bool,
) -> None:  # fmt: skip
    """Adds the parameters' gradients."""
    rows = _Rows(name, input, grad_weight, kernel, step, first)
    _fits(rows.name, grad_output, rows.shape)
    grad, x, out = rows.seen(grad_output.array), rows.seen(input.array), changed(grad_weight)
    out += temporal.row_conv_backward_weight(grad, x, kernel, step, None, scale).reshape(out.shape)
    if grad_bias is not None:
        temporal.row_conv_backward_bias(grad, changed(grad_bias), scale, True)


# -- sub-sampling ----------------------------------------------------------------------------------------------------


class _Sampled:
    """A layer of sub-sampling, over planes, or over frames where ``frames``, as windows over an image."""

    def __init__(self, name: str, input: Tensor, weight: Tensor, frames: bool, kh: int, kw: int, dh: int, dw: int):
        planes = weight._shape[0]
        self.frames, self.kernel, self.stride = frames, (kh, kw), (dh, dw)
        if frames:
            self.name = f"{name}({planes}, {kh})"
            self.shape = (*_frames(self.name, input, weight, planes, kh, dh), planes)
        else:
            self.name = f"{name}({planes}, {kw}x{kh})"
            plane(self.name, input, planes)
            same_type(self.name, input, weight)
            height, width = input._shape[-2:]
            places = (height - kh) // dh + 1, (width - kw) // dw + 1
            if min(places) < 1:
                told = "x".join(map(str, places))
                raise ShapeError(f"{self.name}: input has sizes {sizes(input)}, output would be {told}: too small")
            self.shape = (*input._shape[:-2], *places)

    def image(self, array: Any) -> Any:
        """Frames as the rows of an image."""
        return array[..., None, :, :] if self.frames else array

    def numbers(self, array: Any) -> Any:
        """One number for each plane, or each column, as they broadcast."""
        return array if self.frames else array[:, None, None]


@exported
def sub_sampling_forward(
    output: Tensor, input: Tensor, weight: Tensor, bias: Tensor,
    name: str, frames: bool, kh: int, kw: int, dh: int, dw: int,
) -> None:  # fmt: skip
    """The sum of each window, times the weight, plus the bias of its plane or feature."""
    layer = _Sampled(name, input, weight, frames, kh, kw, dh, dw)
    w, b = layer.numbers(weight.array), layer.numbers(bias.array)
    out = layer.image(result(output, layer.shape))
    subsampling.subsample_forward(layer.image(input.array), w, b, layer.kernel, layer.stride, out)


@exported
def sub_sampling_backward_input(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, weight: Tensor,
    name: str, frames: bool, kh: int, kw: int, dh: int, dw: int,
) -> None:  # fmt: skip
    """The gradient with respect to the input."""
    layer = _Sampled(name, input, weight, frames, kh, kw, dh, dw)
    _fits(layer.name, grad_output, layer.shape)
    grad, w = layer.image(grad_output.array), layer.numbers(weight.array)
    out = layer.image(result(grad_input, input._shape))
    subsampling.subsample_backward_input(grad, w, out.shape, layer.kernel, layer.stride, out)


@exported
def sub_sampling_backward_parameters(
    grad_weight: Tensor, grad_bias: Tensor, grad_output: Tensor, input: Tensor,
    scale: float, name: str, frames: bool, kh: int, kw: int, dh: int, dw: int,
) -> None:  # fmt: skip
    """Adds the parameters' gradients."""
    layer = _Sampled(name, input, grad_weight, frames, kh, kw, dh, dw)
    _fits(layer.name, grad_output, layer.shape)
    x, grad = layer.image(input.array), layer.image(grad_output.array)
    w, b = layer.numbers(changed(grad_weight)), layer.numbers(changed(grad_bias))
    subsampling.subsample_backward_weight(grad, x, w.shape, layer.kernel, layer.stride, w, scale, True)
    subsampling.subsample_backward_bias(grad, b.shape, b, scale, True)
