"""Convolutions in one to three dimensions, plain and transposed.

Sizes come in the order of the tensor's dimensions, (depth,) height, width, as one flat list: all of the kernel's, the
steps, the paddings, the steps within the kernel, and for transposed ones how much longer the result is.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

from lua_compat.bridge.kernels.common import changed, exported, result, same_type, sizes
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import convolution_nd as kernels
from pytorch_from_lua.tensor import Tensor


class Layer(NamedTuple):
    """What is known about a layer, for its kernels and for messages."""

    name: str
    planes: tuple[int, int]  # in and out
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    extra: tuple[int, ...] = ()

    @classmethod
    def of(cls, name: str, planes: tuple[int, int], numbers: tuple[int, ...], groups: int = 4) -> Layer:
        """The layer whose numbers came as one list of so many groups."""
        n = len(numbers) // groups
        return cls(name, planes, *[numbers[i : i + n] for i in range(0, len(numbers), n)])

    @property
    def how(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Stride, padding and dilation, as the kernels take them."""
        return self.stride, self.padding, self.dilation

    def __str__(self) -> str:
        """As Torch7 writes it: the width before the height."""
        kernel = "x".join(map(str, (*self.kernel[:-2], *reversed(self.kernel[-2:]))))
        return f"{self.name}({self.planes[0]} -> {self.planes[1]}, {kernel})"

    def checked(self, input: Tensor, weight: Tensor) -> tuple[int, ...]:
        """The input's inner sizes.

        Raises:
            ShapeError: where it has other planes or dimensions.
            DTypeError: where it is of another type than the module.
        """
        n = len(self.kernel)
        if input.ndim not in (n + 1, n + 2) or input._shape[-n - 1] != self.planes[0]:
            raise ShapeError(
                f"{self}: input has sizes {sizes(input)}, {self.planes[0]} planes, in {n + 1} or {n + 2} dimensions "
                "are needed"
            )
        same_type(str(self), input, weight)
        return input._shape[-n:]

    def places(self, input: Tensor, weight: Tensor) -> tuple[int, ...]:
        """The shape of what a plain convolution gives."""
        inner = self.checked(input, weight)
        numbers = zip(inner, self.kernel, *self.how, strict=True)
        found = tuple([(size + 2 * p - d * (k - 1) - 1) // s + 1 for size, k, s, p, d in numbers])
        if min(found) < 1:
            told = "x".join(map(str, found))
            raise ShapeError(f"{self}: input has sizes {sizes(input)}, output would be {told}: too small")
        return (*input._shape[: -len(inner) - 1], self.planes[1], *found)

    def spread(self, input: Tensor, weight: Tensor) -> tuple[int, ...]:
        """The shape of what a transposed convolution gives."""
        inner = self.checked(input, weight)
        numbers = zip(inner, self.kernel, *self.how, self.extra, strict=True)
        found = tuple([(size - 1) * s - 2 * p + d * (k - 1) + 1 + e for size, k, s, p, d, e in numbers])
        if min(found) < 1:
            told = "x".join(map(str, found))
            raise ShapeError(f"{self}: input has sizes {sizes(input)}, output would be {told}: too small")
        return (*input._shape[: -len(inner) - 1], self.planes[1], *found)

    def fits(self, grad_output: Tensor, shape: tuple[int, ...]) -> None:
        """Raises where the output's gradient is not of the output's shape."""
        if grad_output._shape != shape:
            wanted = "x".join(map(str, shape))
            raise ShapeError(f"{self}: gradOutput has sizes {sizes(grad_output)}, {wanted} is needed")


@functools.lru_cache(maxsize=256)
def _plain(name: str, weight: tuple[int, ...], numbers: tuple[int, ...]) -> tuple[Layer, tuple[int, ...]]:
    """The layer, and the shape of its weight, which may have come as a matrix."""
    kernel = numbers[: len(numbers) // 4]
    planes = weight[0]
    shape = (planes, math.prod(weight) // max(1, planes * math.prod(kernel)), *kernel)
    return Layer.of(name, (shape[1], planes), numbers), shape


@exported
def convolution_forward(
    output: Tensor, input: Tensor, weight: Tensor, bias: Tensor | None, name: str, *numbers: int
) -> None:
    """Convolution; a weight that is a matrix is seen as planes."""
    layer, shape = _plain(name, weight._shape, numbers)
    target = layer.places(input, weight)
    kernels.conv_forward(
        input.array,
        weight.array.reshape(shape),
        None if bias is None else bias.array,
        *layer.how,
        1,
        result(output, target),
    )


@exported
def convolution_backward_input(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, weight: Tensor, name: str, *numbers: int
) -> None:
    """The gradient with respect to the input."""
    layer, shape = _plain(name, weight._shape, numbers)
    layer.fits(grad_output, layer.places(input, weight))
    out = result(grad_input, input._shape)
    kernels.conv_backward_input(grad_output.array, weight.array.reshape(shape), input._shape, *layer.how, 1, out)


@exported
def convolution_backward_parameters(
    grad_weight: Tensor,
    grad_bias: Tensor | None,
    grad_output: Tensor,
    input: Tensor,
    scale: float,
    name: str,
    *numbers: int,
) -> None:
    """Adds the parameters' gradients."""
    layer, shape = _plain(name, grad_weight._shape, numbers)
    layer.fits(grad_output, layer.places(input, grad_weight))
    grad, out = grad_output.array, changed(grad_weight)
    kernels.conv_backward_weight(grad, input.array, shape, *layer.how, 1, out.reshape(shape), scale, accumulate=True)
    if grad_bias is not None:
        kernels.conv_backward_bias(grad, len(shape) - 2, changed(grad_bias), scale, accumulate=True)


@functools.lru_cache(maxsize=256)
def _transposed(name: str, weight: tuple[int, ...], numbers: tuple[int, ...]) -> Layer:
    return Layer.of(name, (weight[0], weight[1]), numbers, 5)


@exported
def full_convolution_forward(
    output: Tensor, input: Tensor, weight: Tensor, bias: Tensor | None, name: str, *numbers: int
) -> None:
    """Transposed convolution; the weight is (planes in, planes out, sizes of the kernel)."""
    layer = _transposed(name, weight._shape, numbers)
    shape = layer.spread(input, weight)
    offset = None if bias is None else bias.array
    out = result(output, shape)
    kernels.conv_transpose_forward(input.array, weight.array, offset, shape, *layer.how, 1, out)


@exported
def full_convolution_backward_input(
    grad_input: Tensor, grad_output: Tensor, input: Tensor, weight: Tensor, name: str, *numbers: int
) -> None:
    """The gradient with respect to the input."""
    layer = _transposed(name, weight._shape, numbers)
    layer.fits(grad_output, layer.spread(input, weight))
    out: Any = result(grad_input, input._shape)
    kernels.conv_forward(grad_output.array, weight.array, None, *layer.how, 1, out)


@exported
def full_convolution_backward_parameters(
    grad_weight: Tensor,
    grad_bias: Tensor | None,
    grad_output: Tensor,
    input: Tensor,
    scale: float,
    name: str,
    *numbers: int,
) -> None:
    """Adds the parameters' gradients."""
    layer = _transposed(name, grad_weight._shape, numbers)
    layer.fits(grad_output, layer.spread(input, grad_weight))
    grad = grad_output.array
    shape, out = grad_weight._shape, changed(grad_weight)
    kernels.conv_backward_weight(input.array, grad, shape, *layer.how, 1, out, scale, accumulate=True)
    if grad_bias is not None:
        kernels.conv_backward_bias(grad, len(layer.kernel), changed(grad_bias), scale, accumulate=True)
