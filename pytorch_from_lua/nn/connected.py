"""Torch7's convolutions with other connections: by a table, plane by plane, with a weight for each place."""

from __future__ import annotations

from typing import Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn import init
from pytorch_from_lua.nn.convolution import Conv2d, sizes
from pytorch_from_lua.nn.functional.convolution import Sizes
from pytorch_from_lua.nn.linear import new_parameter
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor


class _ByTable(Module):
    """A convolution between the planes of a table of connections."""

    def __init__(self, connections: Any, kernel_size: Sizes, stride: Sizes = 1, dtype: Any = None) -> None:
        super().__init__()
        name = type(self).__name__
        given = connections.array if isinstance(connections, Tensor) else np.asarray(connections)
        rows = given.astype(np.int64)
        if rows.ndim != 2 or rows.shape[1] != 2 or not len(rows) or rows.min() < 0 or (rows != given).any():
            raise ModuleError(
                f"{name}: connections: needs to be rows (input plane, output plane), from 0, got {connections!r}"
            )
        self.register_buffer("connections", Tensor.from_array(rows), persistent=False)
        self.in_channels, self.out_channels = (int(n) + 1 for n in rows.max(0))
        self.kernel_size = sizes(f"{name}: kernel_size", kernel_size, 2, 1)
        self.stride = sizes(f"{name}: stride", stride, 2, 1)
        self.weight = new_parameter(len(rows), *self.kernel_size, dtype=dtype)
        self.bias = new_parameter(self.out_channels, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws each kernel, then each bias, from U(-1/sqrt(n), 1/sqrt(n)): n elements lead to one of its plane."""
        targets = self.connections.array[:, 1]
        fan_in = np.bincount(targets, minlength=self.out_channels) * self.kernel_size[0] * self.kernel_size[1]
        for kernel, to in zip(self.weight.detach(), targets, strict=True):
            init.fan_in_uniform_(kernel, int(fan_in[to]))
        for offset, elements in zip(self.bias.detach().view(-1, 1), fan_in, strict=True):
            init.fan_in_uniform_(offset, int(elements))

    def _whole(self, *shape: int, turned: bool) -> Tensor:
        """The weight over all pairs of planes, zero where nothing connects."""
        rows = self.connections.array
        first, second = (rows[:, 1], rows[:, 0]) if turned else (rows[:, 0], rows[:, 1])
        index = Tensor.from_array(first * shape[1] + second)
        whole = self.weight.new_zeros((shape[0] * shape[1], *self.kernel_size))
        return whole.index_add(0, index, self.weight).view(*shape, *self.kernel_size)

    def extra_repr(self) -> str:
        return (
            f"{self.in_channels}, {self.out_channels}, connections={len(self.weight)}, "
            f"kernel_size={self.kernel_size}, stride={self.stride}"
        )


class SpatialConvolutionMap(_ByTable):
    """2-D cross-correlation between chosen planes (Torch7's ``nn.SpatialConvolutionMap``; LeCun et al., 1998).

    ``y[n, o] = b[o]`` plus, for each connection k from c to o, ``x[n, c]`` correlated with ``W[k]``.

    Shapes: input ``(N, C, H, W)`` or without the N; output ``(N, O, H', W')`` with
    ``H' = floor((H - kernel_size) / stride) + 1``; ``weight`` is ``(connections, kH, kW)``.

    Args:
        connections: rows (plane of the input, plane of the output), from 0, one for each kernel.
        kernel_size: the size of the window, a number or (height, width).
        stride: the step between windows.
        dtype: of the parameters; the default type where None.

    Raises:
        ModuleError: for a table that is none.

    >>> SpatialConvolutionMap([(0, 0), (1, 0), (1, 1)], 3)
    SpatialConvolutionMap(2, 2, connections=3, kernel_size=(3, 3), stride=(1, 1))
    """

    def forward(self, input: Tensor) -> Tensor:
        whole = self._whole(self.out_channels, self.in_channels, turned=True)
        return F.conv2d(input, whole, self.bias, self.stride)


class SpatialFullConvolutionMap(_ByTable):
    """2-D transposed convolution between chosen planes (Torch7's ``nn.SpatialFullConvolutionMap``).

    Shapes: input ``(N, C, H, W)`` or without the N; output ``(N, O, H', W')`` with
    ``H' = (H - 1) stride + kernel_size``; ``weight`` is ``(connections, kH, kW)``. Arguments are those of
    `SpatialConvolutionMap`.

    >>> SpatialFullConvolutionMap([(0, 0), (1, 0)], (2, 3), 2)
    SpatialFullConvolutionMap(2, 1, connections=2, kernel_size=(2, 3), stride=(2, 2))
    """

    def forward(self, input: Tensor) -> Tensor:
        whole = self._whole(self.in_channels, self.out_channels, turned=False)
        return F.conv_transpose2d(input, whole, self.bias, self.stride)


class SpatialDepthWiseConvolution(Module):
    """Each plane convolved by kernels of its own (Torch7's ``nn.SpatialDepthWiseConvolution``).

    What ``Conv2d(groups=in_channels)`` computes, with parameters in Torch7's order: ``weight`` is
    ``(multiplier, in_channels, kH, kW)`` and ``bias`` ``(multiplier, in_channels)``; output plane
    ``c * multiplier + m`` is plane c convolved by kernel m. `conv2d` gives that module.

    Shapes: input ``(N, in_channels, H, W)`` or without the N; output ``(N, in_channels * multiplier, H', W')`` as for
    `Conv2d`.

    Args:
        in_channels: of the input.
        multiplier: how many kernels each plane has.
        kernel_size: the size of the window, a number or (height, width).
        stride: the step between windows.
        padding: zeros on each side.
        bias: whether there is one.
        dtype: of the parameters; the default type where None.

    >>> SpatialDepthWiseConvolution(3, 2, 5, padding=2)
    SpatialDepthWiseConvolution(3, 2, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2), bias=True)
    """

    def __init__(
        self,
        in_channels: int,
        multiplier: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        self.in_channels, self.multiplier = in_channels, multiplier
        self.kernel_size = sizes(f"{name}: kernel_size", kernel_size, 2, 1)
        self.stride = sizes(f"{name}: stride", stride, 2, 1)
        self.padding = sizes(f"{name}: padding", padding, 2, 0)
        self.weight = new_parameter(multiplier, in_channels, *self.kernel_size, dtype=dtype)
        self.register_parameter("bias", new_parameter(multiplier, in_channels, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight, then bias, as Torch7 does: from U(-1/sqrt(n), 1/sqrt(n)) with n = in_channels * kH * kW."""
        elements = self.in_channels * self.kernel_size[0] * self.kernel_size[1]
        init.fan_in_uniform_(self.weight, elements)
        if self.bias is not None:
            init.fan_in_uniform_(self.bias, elements)

    def conv2d(self) -> Conv2d:
        """The `Conv2d` with ``groups=in_channels`` that computes the same, with parameters of its own."""
        outs = self.in_channels * self.multiplier
        with init.skipped():
            made = Conv2d(
                self.in_channels,
                outs,
                self.kernel_size,
                self.stride,
                self.padding,
                groups=self.in_channels,
                bias=self.bias is not None,
                dtype=self.weight.dtype,
            )
        made.weight.array[...] = self.weight.array.swapaxes(0, 1).reshape(made.weight.shape)
        if self.bias is not None:
            made.bias.array[...] = self.bias.array.T.reshape(-1)
        return made.train(self.training)

    def forward(self, input: Tensor) -> Tensor:
        weight = self.weight.transpose(0, 1).reshape(-1, 1, *self.kernel_size)
        bias = None if self.bias is None else self.bias.transpose(0, 1).reshape(-1)
        return F.conv2d(input, weight, bias, self.stride, self.padding, 1, self.in_channels)

    def extra_repr(self) -> str:
        return (
            f"{self.in_channels}, {self.multiplier}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"padding={self.padding}, bias={self.bias is not None}"
        )


class SpatialConvolutionLocal(Module):
    """2-D cross-correlation with a weight of its own at each place (Torch7's ``nn.SpatialConvolutionLocal``).

    ``y[n, o, i, j] = b[o, i, j] + sum_{c, u, v} W[i, j, o, c, u, v] x[n, c, i stride - padding + u, ...]``.

    Shapes: input ``(N, in_channels, H, W)`` or without the N, of the size ``input_size``; output
    ``(N, out_channels, H', W')`` as for `Conv2d`; ``weight`` is ``(H', W', out_channels, in_channels, kH, kW)``,
    ``bias`` is ``(out_channels, H', W')``.

    Args:
        in_channels: of the input.
        out_channels: of the output.
        input_size: the size of the images, a number or (height, width).
        kernel_size: the size of the window, a number or (height, width).
        stride: the step between windows.
        padding: zeros on each side.
        dtype: of the parameters; the default type where None.

    Raises:
        ModuleError: for images smaller than the window.

    >>> SpatialConvolutionLocal(2, 3, (4, 5), 3).weight.shape
    (2, 3, 3, 2, 3, 3)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        input_size: Sizes,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        self.in_channels, self.out_channels = in_channels, out_channels
        self.input_size = sizes(f"{name}: input_size", input_size, 2, 1)
        self.kernel_size = sizes(f"{name}: kernel_size", kernel_size, 2, 1)
        self.stride = sizes(f"{name}: stride", stride, 2, 1)
        self.padding = sizes(f"{name}: padding", padding, 2, 0)
        numbers = zip(self.input_size, self.kernel_size, self.stride, self.padding, strict=True)
        self.output_size = tuple([(size + 2 * p - k) // s + 1 for size, k, s, p in numbers])
        if min(self.output_size) < 1:
            raise ModuleError(
                f"{name}: input_size: images of {self.input_size} with padding {self.padding} are smaller than a "
                f"kernel of {self.kernel_size}"
            )
        self.weight = new_parameter(*self.output_size, out_channels, in_channels, *self.kernel_size, dtype=dtype)
        self.bias = new_parameter(out_channels, *self.output_size, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight, then bias, from U(-1/sqrt(n), 1/sqrt(n)) with n = in_channels * kH * kW."""
        elements = self.in_channels * self.kernel_size[0] * self.kernel_size[1]
        init.fan_in_uniform_(self.weight, elements)
        init.fan_in_uniform_(self.bias, elements)

    def forward(self, input: Tensor) -> Tensor:
        return apply(  # type: ignore[no-any-return]
            "local_conv2d", input, self.weight, self.bias, stride=self.stride, padding=self.padding
        )

    def extra_repr(self) -> str:
        return (
            f"{self.in_channels}, {self.out_channels}, input_size={self.input_size}, "
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"
        )
