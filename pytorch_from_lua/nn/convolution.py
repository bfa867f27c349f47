"""Convolutions in one, two and three dimensions, plain and transposed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from pytorch_from_lua.errors import ModuleError, ShapeError
from pytorch_from_lua.kernels.convolution_nd import transposed_size
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn import init
from pytorch_from_lua.nn.functional.convolution import Padding, Sizes, same_padding
from pytorch_from_lua.nn.linear import new_parameter
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor

Pair = int | tuple[int, int]

#: What may stand beyond the input's borders.
PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


def pair(value: Pair) -> tuple[int, int]:
    """(value, value) for one number: what goes for the height goes for the width.

    Raises:
        ModuleError: for what is neither one whole number nor two.
    """
    given = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(given) != 2 or not all(isinstance(v, (int, np.integer)) for v in given):
        raise ModuleError(f"sizes: need to be a whole number or (height, width), got {value!r}")
    return int(given[0]), int(given[1])


def sizes(name: str, value: Any, dimensions: int, smallest: int) -> tuple[int, ...]:
    """One whole number for each dimension; where one is given, it goes for all.

    Raises:
        ModuleError: for what is neither one whole number nor one for each, or under ``smallest``.
    """
    given = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    given = given * dimensions if len(given) == 1 else given
    whole = all(isinstance(v, (int, np.integer)) and not isinstance(v, bool) for v in given)
    if len(given) != dimensions or not whole or min(given) < smallest:
        many = f"or {dimensions} of them, " if dimensions > 1 else ""
        raise ModuleError(f"{name}: needs to be a whole number, {many}of at least {smallest}, got {value!r}")
    return tuple([int(v) for v in given])


class _Convolution(Module):
    """What convolutions share, whichever their number of dimensions."""

    dimensions: ClassVar[int]

    def _sizes(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes,
        dilation: Sizes,
        groups: int,
        padding_mode: str,
    ) -> None:
        name, n = type(self).__name__, self.dimensions
        for what, count in (("in_channels", in_channels), ("out_channels", out_channels)):
            if count < 1:
                raise ModuleError(f"{name}: {what}: needs to be at least 1, got {count}")
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ModuleError(
                f"{name}: groups: {groups} does not divide {in_channels} input, {out_channels} output channels"
            )
        if padding_mode not in PADDING_MODES:
            raise ModuleError(
                f"{name}: padding_mode: got {padding_mode!r}; allowed are {', '.join(map(repr, PADDING_MODES))}"
            )
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = sizes(f"{name}: kernel_size", kernel_size, n, 1)
        self.stride = sizes(f"{name}: stride", stride, n, 1)
        self.dilation = sizes(f"{name}: dilation", dilation, n, 1)
        self.padding_mode = padding_mode

    def _parameters_of(self, first: int, second: int, bias: bool, dtype: Any) -> None:
        self.weight = new_parameter(first, second // self.groups, *self.kernel_size, dtype=dtype)
        self.register_parameter("bias", new_parameter(self.out_channels, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight, then bias, from U(-1/sqrt(fan_in), 1/sqrt(fan_in)); fan_in is kernel times input channels."""
        fan_in = self.in_channels // self.groups * math.prod(self.kernel_size)
        init.fan_in_uniform_(self.weight, fan_in)
        if self.bias is not None:
            init.fan_in_uniform_(self.bias, fan_in)

    def extra_repr(self) -> str:
        n = self.dimensions
        given = "".join(
            f", {name}={value}"
            for name, value, default in [
                ("padding", self.padding, (0,) * n),
                ("dilation", self.dilation, (1,) * n),
                ("output_padding", getattr(self, "output_padding", (0,) * n), (0,) * n),
                ("groups", self.groups, 1),
                ("bias", self.bias is not None, True),
                ("padding_mode", self.padding_mode, "zeros"),
            ]
            if value != default
        )
        return f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}" + given


class _Plain(_Convolution):
    """A convolution that is not transposed."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self._sizes(in_channels, out_channels, kernel_size, stride, dilation, groups, padding_mode)
        name, n = type(self).__name__, self.dimensions
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ModuleError(f"{name}: padding: got {padding!r}; allowed are 'same', 'valid' and numbers")
            if padding == "same" and set(self.stride) != {1}:
                raise ModuleError(f"{name}: padding: 'same' needs a stride of 1, got {self.stride}")
            self.padding: str | tuple[int, ...] = padding
        else:
            self.padding = sizes(f"{name}: padding", padding, n, 0)
        self._parameters_of(out_channels, in_channels, bias, dtype)

    def sides(self) -> tuple[tuple[int, int], ...]:
        """How much is put (before, after) the input in each dimension."""
        if self.padding == "same":
            return same_padding(self.kernel_size, self.dilation)
        return tuple([(p, p) for p in self._both()])

    def _both(self) -> tuple[int, ...]:
        return (0,) * self.dimensions if isinstance(self.padding, str) else self.padding

    def _input(self, input: Tensor) -> tuple[Tensor, Padding]:
        """The input, padded where it is not by zeros, and the padding that is left."""
        if self.padding_mode == "zeros":
            return input, self.padding
        around = [n for both in reversed(self.sides()) for n in both]
        return F.pad(input, around, mode=self.padding_mode), 0


class Conv1d(_Plain):
    """1-D cross-correlation.

    ``y[n, o, i] = b[o] + sum_{c, u} W[o, c, u] x[n, c, i stride - padding + u dilation]``. Channels come before time;
    `TemporalConvolution` is the one that has them last, as Torch7's ``nn.TemporalConvolution``.

    Shapes: input ``(N, in_channels, L)`` or without the N; output ``(N, out_channels, L')`` with
    ``L' = floor((L + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1``; ``weight`` is
    ``(out_channels, in_channels / groups, kernel_size)``.

    Args:
        in_channels: of the input.
        out_channels: of the output.
        kernel_size: the size of the window.
        stride: the step between windows.
        padding: how much is put on each side, ``"valid"`` for nothing, ``"same"`` for as much as keeps the size.
        dilation: the step within a window.
        groups: how many parts the channels fall into, each convolved by itself.
        bias: whether there is one.
        padding_mode: what is put there: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.
        dtype: of the parameters; the default type where None.

    Raises:
        ModuleError: for sizes that do not fit together.

    >>> Conv1d(3, 4, 5, padding="same")
    Conv1d(3, 4, kernel_size=(5,), stride=(1,), padding=same)
    """

    dimensions = 1

    def forward(self, input: Tensor) -> Tensor:
        input, padding = self._input(input)
        return F.conv1d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class Conv2d(_Plain):
    """2-D cross-correlation (Torch7's ``nn.SpatialConvolution`` and ``nn.SpatialDilatedConvolution``).

    Shapes: input ``(N, in_channels, H, W)`` or without the N; output ``(N, out_channels, H', W')`` with
    ``H' = floor((H + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1``; ``weight`` is
    ``(out_channels, in_channels / groups, kH, kW)``. Pairs are (height, width). Arguments are those of `Conv1d`.

    >>> Conv2d(3, 4, (2, 3), bias=False)
    Conv2d(3, 4, kernel_size=(2, 3), stride=(1, 1), bias=False)
    """

    dimensions = 2

    def forward(self, input: Tensor) -> Tensor:
        input, padding = self._input(input)
        return F.conv2d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class Conv3d(_Plain):
    """3-D cross-correlation (Torch7's ``nn.VolumetricConvolution`` and ``nn.VolumetricDilatedConvolution``).

    Shapes: input ``(N, in_channels, T, H, W)`` or without the N; output ``(N, out_channels, T', H', W')`` as for
    `Conv2d`; ``weight`` is ``(out_channels, in_channels / groups, kT, kH, kW)``. Triples are (depth, height, width).
    Arguments are those of `Conv1d`.

    >>> Conv3d(3, 4, 3, stride=(2, 1, 1))
    Conv3d(3, 4, kernel_size=(3, 3, 3), stride=(2, 1, 1))
    """

    dimensions = 3

    def forward(self, input: Tensor) -> Tensor:
        input, padding = self._input(input)
        return F.conv3d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class _Transposed(_Convolution):
    """A transposed convolution."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self._sizes(in_channels, out_channels, kernel_size, stride, dilation, groups, padding_mode)
        name, n = type(self).__name__, self.dimensions
        if padding_mode != "zeros":
            raise ModuleError(f"{name}: padding_mode: got {padding_mode!r}; allowed is 'zeros'")
        self.padding = sizes(f"{name}: padding", padding, n, 0)
        self.output_padding = sizes(f"{name}: output_padding", output_padding, n, 0)
        if any(e >= max(s, d) for e, s, d in zip(self.output_padding, self.stride, self.dilation, strict=True)):
            raise ModuleError(
                f"{name}: output_padding: needs to be smaller than the stride {self.stride} or the dilation "
                f"{self.dilation}, got {self.output_padding}"
            )
        self._parameters_of(in_channels, out_channels, bias, dtype)

    def _extra(self, input: Tensor, output_size: Sequence[int] | None) -> tuple[int, ...]:
        """The padding of the output that gives it a size."""
        if output_size is None:
            return self.output_padding
        n = self.dimensions
        wanted = tuple(output_size)
        wanted = wanted[input.ndim - n :] if len(wanted) == input.ndim else wanted
        least = transposed_size(input.shape[-n:], self.kernel_size, self.stride, self.padding, 0, self.dilation)
        most = tuple([size + s - 1 for size, s in zip(least, self.stride, strict=True)])
        if len(wanted) != n or not all(a <= w <= b for a, w, b in zip(least, wanted, most, strict=True)):
            raise ShapeError(
                f"{type(self).__name__}: output_size: needs to be from {least} to {most} for an input of "
                f"{input.shape}, got {tuple(output_size)}"
            )
        return tuple([w - size for w, size in zip(wanted, least, strict=True)])


class ConvTranspose1d(_Transposed):
    """1-D transposed convolution, the gradient of `Conv1d` with respect to its input as a module (Zeiler et al., 2010).

    ``y[n, o, i stride - padding + u dilation] += sum_c W[c, o, u] x[n, c, i]``, plus ``b[o]``.

    Shapes: input ``(N, in_channels, L)`` or without the N; output ``(N, out_channels, L')`` with
    ``L' = (L - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1``; ``weight`` is
    ``(in_channels, out_channels / groups, kernel_size)``. Parameters start as
    Torch7's do: fan_in counts input channels.

    Args:
        in_channels: of the input.
        out_channels: of the output.
        kernel_size: the size of the window.
        stride: the step between windows in the output.
        padding: how much is cut from each side of the output.
        output_padding: how much longer the output is at its end; smaller than the stride or the dilation.
        groups: how many parts the channels fall into.
        bias: whether there is one.
        dilation: the step within a window.
        padding_mode: ``"zeros"``.
        dtype: of the parameters; the default type where None.

    Raises:
        ModuleError: for sizes that do not fit together.

    >>> ConvTranspose1d(3, 4, 5, stride=2, output_padding=1)
    ConvTranspose1d(3, 4, kernel_size=(5,), stride=(2,), output_padding=(1,))
    """

    dimensions = 1

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """The result; of a size, where several are possible, if ``output_size`` says which."""
        extra = self._extra(input, output_size)
        return F.conv_transpose1d(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation
        )


class ConvTranspose2d(_Transposed):
    """2-D transposed convolution (Torch7's ``nn.SpatialFullConvolution``).

    Shapes: input ``(N, in_channels, H, W)`` or without the N; output ``(N, out_channels, H', W')`` with
    ``H' = (H - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1``; ``weight`` is
    ``(in_channels, out_channels / groups, kH, kW)``. Pairs are (height, width). Arguments are those of
    `ConvTranspose1d`.

    >>> ConvTranspose2d(3, 4, 4, stride=2, padding=1)
    ConvTranspose2d(3, 4, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1))
    """

    dimensions = 2

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """The result; of a size, where several are possible, if ``output_size`` says which."""
        extra = self._extra(input, output_size)
        return F.conv_transpose2d(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation
        )


class ConvTranspose3d(_Transposed):
    """3-D transposed convolution (Torch7's ``nn.VolumetricFullConvolution``).

    Shapes: input ``(N, in_channels, T, H, W)`` or without the N; output and weight as for `ConvTranspose2d`, with a
    depth. Triples are (depth, height, width). Arguments are those of `ConvTranspose1d`.

    >>> ConvTranspose3d(3, 4, 2, stride=2)
    ConvTranspose3d(3, 4, kernel_size=(2, 2, 2), stride=(2, 2, 2))
    """

    dimensions = 3

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """The result; of a size, where several are possible, if ``output_size`` says which."""
        extra = self._extra(input, output_size)
        return F.conv_transpose3d(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation
        )
