"""Convolutions with other connections: by a table, plane by plane, with a weight for each place.

Sizes come as in ``convolution.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.bridge.kernels.common import changed, exported, result
from lua_compat.bridge.kernels.convolution import Layer
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import connected, local_convolution
from pytorch_from_lua.kernels import convolution_nd as kernels
from pytorch_from_lua.tensor import Tensor

# -- by a table ------------------------------------------------------------------------------------------------------


def _table(layer: Layer, table: Tensor, weight: Tensor) -> tuple[Any, Any]:
    """The planes that each kernel comes from and goes to, from 0."""
    if table.ndim != 2 or table._shape[1] != 2 or table._shape[0] != weight._shape[0]:
        raise ShapeError(f"{layer}: the table of connections needs {weight._shape[0]} rows of 2, has {table._shape}")
    places = table.array.astype(np.int64) - 1
    for column, name, count in ((0, "input", layer.planes[0]), (1, "output", layer.planes[1])):
        least, most = int(places[:, column].min()) + 1, int(places[:, column].max()) + 1
        if least < 1 or most > count:
            wrong = least if least < 1 else most
            raise ShapeError(f"{layer}: the table connects {name} plane {wrong}, there are planes 1 to {count}")
    return places[:, 0], places[:, 1]


def _layer(name: str, planes: tuple[int, int], weight: Tensor, step: tuple[int, int]) -> Layer:
    kernel = (weight._shape[1], weight._shape[2])
    return Layer(name, planes, kernel, step, (0, 0), (1, 1), (0, 0))


class _Map:
    """A layer with a table, and its weight as that of a layer which connects all planes."""

    def __init__(
        self, full: bool, name: str, table: Tensor, weight: Tensor, ins: int, outs: int, dh: int, dw: int
    ) -> None:
        self.full = full
        self.layer = _layer(name, (ins, outs), weight, (dh, dw))
        sources, targets = _table(self.layer, table, weight)
        self.rows = (sources, targets) if full else (targets, sources)
        self.shape = (ins, outs) if full else (outs, ins)

    def dense(self, weight: Tensor) -> Any:
        return connected.connect(weight.array, *self.rows, self.shape)

    def output(self, input: Tensor, weight: Tensor) -> tuple[int, ...]:
        return self.layer.spread(input, weight) if self.full else self.layer.places(input, weight)


@exported
def map_convolution_forward(
    output: Tensor, input: Tensor, weight: Tensor, bias: Tensor, table: Tensor,
    full: bool, name: str, ins: int, outs: int, dh: int, dw: int,
) -> None:  # fmt: skip
    """Convolution, or transposed convolution where ``full``, between the planes of a table."""
    layer = _Map(full, name, table, weight, ins, outs, dh, dw)
    shape = layer.output(input, weight)
    out = result(output, shape)
    if full:
        kernels.conv_transpose_forward(input.array, layer.dense(weight), bias.array, shape, (dh, dw), out=out)
    else:
        kernels.conv_forward(input.array, layer.dense(weight), bias.array, (dh, dw), out=out)


@exported
def map_convolution_backward_input(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, weight: Tensor, table: Tensor,
    full: bool, name: str, ins: int, outs: int, dh: int, dw: int,
) -> None:  # fmt: skip
    """The gradient with respect to the input."""
    layer = _Map(full, name, table, weight, ins, outs, dh, dw)
    layer.layer.fits(grad_output, layer.output(input, weight))
    grad, shape = grad_output.array, input._shape
    out = result(grad_input, shape)
    if full:
        kernels.conv_forward(grad, layer.dense(weight), None, (dh, dw), out=out)
    else:
        kernels.conv_backward_input(grad, layer.dense(weight), shape, (dh, dw), out=out)


@exported
def map_convolution_backward_parameters(
    grad_weight: Tensor, grad_bias: Tensor, grad_output: Tensor, input: Tensor, table: Tensor,
    scale: float, full: bool, name: str, ins: int, outs: int, dh: int, dw: int,
) -> None:  # fmt: skip
    """Adds the parameters' gradients."""
    layer = _Map(full, name, table, grad_weight, ins, outs, dh, dw)
    layer.layer.fits(grad_output, layer.output(input, grad_weight))
    x, grad = input.array, grad_output.array
    shape = (*layer.shape, *grad_weight._shape[1:])
    whole = kernels.conv_backward_weight(*(x, grad) if full else (grad, x), shape, (dh, dw), scale=scale)
    out = changed(grad_weight)
    out += connected.connections(whole, *layer.rows)
    kernels.conv_backward_bias(grad, 2, changed(grad_bias), scale, accumulate=True)


# -- plane by plane --------------------------------------------------------------------------------------------------
#
# Torch7's weight is (outputs for each plane, planes, kernel), the kernels' is (planes * outputs for each, 1, kernel):
# the outputs of a plane lie beside each other.


def _by_plane(array: Any, many: int, planes: int) -> Any:
    """(outputs, planes, ...) as (planes outputs, ...)."""
    return array.reshape(many, planes, -1).swapaxes(0, 1).reshape(many * planes, -1)


def _depth_wise(name: str, weight: Tensor, numbers: tuple[int, ...], planes: int) -> Layer:
    layer = Layer.of(name, (planes, weight._shape[0]), numbers)
    return layer._replace(planes=(planes, planes * weight._shape[0]))


@exported
def depth_wise_forward(
    output: Tensor, input: Tensor, weight: Tensor, bias: Tensor | None, planes: int, name: str, *numbers: int
) -> None:
    """Each plane convolved by kernels of its own."""
    layer, many = _depth_wise(name, weight, numbers, planes), weight._shape[0]
    shape = layer.places(input, weight)
    kernels.conv_forward(
        input.array,
        _by_plane(weight.array, many, planes).reshape(-1, 1, *layer.kernel),
        None if bias is None else _by_plane(bias.array, many, planes).reshape(-1),
        *layer.how,
        planes,
        result(output, shape),
    )


@exported
def depth_wise_backward_input(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, weight: Tensor, planes: int, name: str, *numbers: int
) -> None:
    """The gradient with respect to the input."""
    layer, shape = _depth_wise(name, weight, numbers, planes), input._shape
    layer.fits(grad_output, layer.places(input, weight))
    matrix = _by_plane(weight.array, weight._shape[0], planes).reshape(-1, 1, *layer.kernel)
    kernels.conv_backward_input(grad_output.array, matrix, shape, *layer.how, planes, result(grad_input, shape))


@exported
def depth_wise_backward_parameters(
    grad_weight: Tensor, grad_bias: Tensor | None, grad_output: Tensor, input: Tensor,
    scale: float, planes: int, name: str, *numbers: int,
) -> None:  # fmt: skip
    """Adds the parameters' gradients."""
    layer, many = _depth_wise(name, grad_weight, numbers, planes), grad_weight._shape[0]
    layer.fits(grad_output, layer.places(input, grad_weight))
    grad = grad_output.array

    def add(found: Any, target: Tensor) -> None:
        out = changed(target)
        out += _by_plane(found, planes, many).reshape(out.shape)

    shape = (planes * many, 1, *layer.kernel)
    add(kernels.conv_backward_weight(grad, input.array, shape, *layer.how, planes, scale=scale), grad_weight)
    if grad_bias is not None:
        add(kernels.conv_backward_bias(grad, 2, scale=scale), grad_bias)


# -- a weight for each place -----------------------------------------------------------------------------------------


def _local(
    name: str, input: Tensor, weight: Tensor, size: tuple[int, int], numbers: tuple[int, ...]
) -> tuple[Layer, tuple[int, ...]]:
    """The layer and the shape of its output; the image must have the size that the weight was made for."""
    layer = Layer.of(name, (weight._shape[3], weight._shape[2]), (*numbers, 1, 1))
    shape = layer.places(input, weight)
    if input._shape[-2:] != size:
        raise ShapeError(
            f"{layer}: input is {input._shape[-1]} wide and {input._shape[-2]} high, the module is for images of "
            f"{size[1]}x{size[0]}"
        )
    return layer, shape


@exported
def local_convolution_forward(
    output: Tensor, input: Tensor, weight: Tensor, bias: Tensor, name: str, height: int, width: int, *numbers: int
) -> None:
    """Convolution with a weight for each place, (H', W', out, in, kH, kW)."""
    layer, shape = _local(name, input, weight, (height, width), numbers)
    how: tuple[Any, Any] = (layer.stride, layer.padding)
    out = result(output, shape)
    local_convolution.local_conv2d_forward(input.array, weight.array, bias.array, *how, out)


@exported
def local_convolution_backward_input(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, weight: Tensor,
    name: str, height: int, width: int, *numbers: int,
) -> None:  # fmt: skip
    """The gradient with respect to the input."""
    layer, shape = _local(name, input, weight, (height, width), numbers)
    how: tuple[Any, Any] = (layer.stride, layer.padding)
    layer.fits(grad_output, shape)
    out = result(grad_input, input._shape)
    local_convolution.local_conv2d_backward_input(grad_output.array, weight.array, input._shape, *how, out)


@exported
def local_convolution_backward_parameters(
    grad_weight: Tensor, grad_bias: Tensor, grad_output: Tensor, input: Tensor,
    scale: float, name: str, height: int, width: int, *numbers: int,
) -> None:  # fmt: skip
    """Adds the parameters' gradients."""
    layer, shape = _local(name, input, grad_weight, (height, width), numbers)
    how: tuple[Any, Any] = (layer.stride, layer.padding)
    layer.fits(grad_output, shape)
    grad, out = grad_output.array, changed(grad_weight)
    local_convolution.local_conv2d_backward_weight(grad, input.array, grad_weight._shape, *how, out, scale, True)
    local_convolution.local_conv2d_backward_bias(grad, changed(grad_bias), scale, True)
