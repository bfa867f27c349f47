"""Activations, softmax, noise, and weights and biases that are broadcast over a batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.bridge.kernels.common import changed, exported, result, same_count, same_type, sizes
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import activation, dropout, softmax
from pytorch_from_lua.kernels.activation import ACTIVATIONS
from pytorch_from_lua.kernels.pointwise import POINTWISE
from pytorch_from_lua.tensor import Tensor


def _alias(tensor: Tensor, source: Tensor) -> None:
    """Makes the tensor one on the memory of another, as a module does that works in place."""
    if tensor._storage is not source._storage or tensor.geometry != source.geometry:
        tensor.set_(source)


def _target(tensor: Tensor, source: Tensor, inplace: bool | None) -> Any:
    """The array that a result is written to: that of the source itself where the module works in place."""
    if not inplace:
        return result(tensor, source._shape)
    _alias(tensor, source)
    return changed(source)


_NONE = (None, None)


def _chosen(name: str, parameters: tuple[float | None, ...]) -> tuple[activation.Activation, tuple[float, ...]]:
    """The formula, with the parameters that were given; a threshold of 0 that gives 0 is the rectifier."""
    if parameters == _NONE:
        given: tuple[float, ...] = ()
    else:
        given = tuple([p for p in parameters if p is not None])
    if name == "threshold" and not any(given):
        return ACTIVATIONS["relu"], ()
    return ACTIVATIONS[name], given


@exported
def activation_forward(
    output: Tensor,
    name: str,
    input: Tensor,
    inplace: bool | None = None,
    a: float | None = None,
    b: float | None = None,
) -> None:
    """An activation of each element."""
    if input.dtype is not output.dtype:
        same_type(f"nn ({name})", input, output)
    rule, parameters = _chosen(name, (a, b))
    rule.forward(input.array, *parameters, out=_target(output, input, inplace))


@exported
def activation_backward(
    grad_input: Tensor,
    name: str,
    grad_output: Tensor,
    input: Tensor,
    output: Tensor,
    inplace: bool | None = None,
    a: float | None = None,
    b: float | None = None,
) -> None:
    """The gradient of that activation."""
    same_count(f"nn ({name})", input, grad_output)
    rule, parameters = _chosen(name, (a, b))
    grad = grad_output.array
    if grad.shape != input._shape:
        grad = grad.reshape(input._shape)
    out = _target(grad_input, grad_output, inplace) if inplace else result(grad_input, input._shape)
    if out.shape != grad.shape:
        out = out.reshape(grad.shape)
    rule.backward(grad, input.array, output.array, *parameters, out=out)


@exported
def prelu_forward(output: Tensor, input: Tensor, weight: Tensor) -> None:
    """nn.PReLU: one slope, or one for each plane."""
    same_type("nn.PReLU", input, weight)
    activation.prelu_forward(input.array, weight.array, result(output, input._shape))


@exported
def prelu_backward_input(grad_input: Tensor, grad_output: Tensor, input: Tensor, weight: Tensor) -> None:
    """The gradient with respect to the input."""
    same_count("nn.PReLU", input, grad_output)
    activation.prelu_backward_input(grad_output.array, input.array, weight.array, result(grad_input, input._shape))


@exported
def prelu_backward_weight(
    grad_weight: Tensor, grad_output: Tensor, input: Tensor, weight: Tensor, scale: float
) -> None:
    """Adds the gradient of the slopes."""
    activation.prelu_backward_weight(
        grad_output.array, input.array, weight.array, changed(grad_weight), scale, accumulate=True
    )


@exported
def rrelu_forward(output: Tensor, input: Tensor, slope: Tensor | float, inplace: bool | None) -> None:
    """nn.RReLU: a slope for each element, or one for all."""
    slopes = slope.array if isinstance(slope, Tensor) else slope
    activation.rrelu_forward(input.array, slopes, _target(output, input, inplace))


@exported
def rrelu_noise(noise: Tensor, input: Tensor) -> int:
    """Prepares the slopes of nn.RReLU: 1 where the input is positive. How many are to be drawn is returned."""
    out = result(noise, input._shape)
    out[...] = 1
    return int((input.array <= 0).sum())


@exported
def rrelu_fill(noise: Tensor, input: Tensor, drawn: Tensor) -> None:
    """Puts the slopes that were drawn, in order, where the input is not positive."""
    changed(noise)[input.array <= 0] = drawn.array


@exported
def rrelu_backward(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, slope: Tensor | float, inplace: bool | None
) -> None:
    """The gradient of nn.RReLU."""
    grad, out = grad_output.array, _target(grad_input, grad_output, inplace)
    if isinstance(slope, Tensor):
        dropout.dropout_backward(grad, slope.array, out)
    else:
        activation.rrelu_backward(grad, input.array, slope, out)


def _axis(name: str, input: Tensor) -> int:
    """The channels of (C), (N, C), (C, H, W) or (N, C, H, W)."""
    if not 1 <= input.ndim <= 4:
        raise ShapeError(f"{name}: input has sizes {sizes(input)}, 1 to 4 dimensions are needed")
    return 0 if input.ndim in (1, 3) else 1


@exported
def softmax_forward(output: Tensor, input: Tensor, logarithm: bool) -> None:
    """Softmax over the channels, or its logarithm."""
    axis = _axis("nn.LogSoftMax" if logarithm else "nn.SoftMax", input)
    forward = softmax.log_softmax_forward if logarithm else softmax.softmax_forward
    forward(input.array, axis, result(output, input._shape))


@exported
def softmax_backward(grad_input: Tensor, grad_output: Tensor, output: Tensor, logarithm: bool) -> None:
    """The gradient of that."""
    name = "nn.LogSoftMax" if logarithm else "nn.SoftMax"
    same_count(name, output, grad_output)
    backward = softmax.log_softmax_backward if logarithm else softmax.softmax_backward
    grad = grad_output.array.reshape(output._shape)
    backward(grad, output.array, _axis(name, output), result(grad_input, output._shape))


@exported
def dropped(output: Tensor, input: Tensor, noise: Tensor, inplace: bool | None) -> None:
    """``input * noise``; noise of planes is broadcast."""
    values = noise.array
    if values.size == input.numel():
        values = values.reshape(input._shape)
    dropout.dropout_forward(input.array, values, _target(output, input, inplace))


def _fitted(name: str, own: Tensor, input: Tensor) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The shapes in which the input and what is broadcast over it (a weight or a bias) meet."""
    shape, mine = input._shape, own._shape
    if input.numel() == own.numel():
        return shape, shape
    if len(mine) == len(shape) and all(m in (1, n) for m, n in zip(mine, shape, strict=True)):
        return shape, mine
    if len(shape) > 0 and own.numel() in (1, input.numel() // max(1, shape[0])):
        return (shape[0], input.numel() // max(1, shape[0])), (1, own.numel())
    raise ShapeError(f"{name}: input has sizes {sizes(input)}, which {sizes(own)} does not fit")


@exported
def broadcast_forward(output: Tensor, name: str, operation: str, input: Tensor, own: Tensor) -> None:
    """``input + own`` or ``input * own`` (``operation`` is ``add`` or ``mul``)."""
    same_type(name, input, own)
    shape, mine = _fitted(name, own, input)
    out = result(output, input._shape).reshape(shape)
    POINTWISE[operation](input.array.reshape(shape), own.array.reshape(mine), out=out)
    if not np.shares_memory(out, output.array):
        output.array[...] = out.reshape(input._shape)


@exported
def broadcast_backward(
    grad_own: Tensor, name: str, grad_output: Tensor, input: Tensor, scale: float, times: bool
) -> None:
    """Adds the gradient of what was broadcast; ``times`` where it was multiplied with the input."""
    shape, mine = _fitted(name, grad_own, input)
    grad = grad_output.array.reshape(shape)
    if times:
        grad = grad * input.array.reshape(shape)
    axes = tuple([i for i, (m, n) in enumerate(zip(mine, shape, strict=True)) if m == 1 and n != 1])
    total = grad.sum(axis=axes, keepdims=True) if axes else grad
    changed(grad_own)[...] += scale * total.reshape(grad_own._shape)
