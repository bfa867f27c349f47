"""Torch7's layers over frames, whose features come last, and sub-sampling."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.errors import ModuleError, ShapeError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn import init
from pytorch_from_lua.nn.convolution import sizes
from pytorch_from_lua.nn.functional.convolution import Sizes
from pytorch_from_lua.nn.linear import new_parameter
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor


def _frames(module: Module, input: Tensor, features: int, kernel: int, dim: int = -1) -> None:
    """Raises where the input is not frames of so many features, as many as a window has or more."""
    name, other = type(module).__name__, -3 - dim
    if input.ndim not in (2, 3) or input.shape[dim] != features:
        order = "(N, T, C)" if dim == -1 else "(N, C, T)"
        raise ShapeError(
            f"{name}: input: needs {features} features, in 2 or 3 dimensions {order}, got shape {input.shape}"
        )
    if input.shape[other] < kernel:
        raise ShapeError(f"{name}: input: needs {kernel} frames or more, got shape {input.shape}")


class TemporalConvolution(Module):
    """1-D cross-correlation over frames whose features come last (Torch7's ``nn.TemporalConvolution``).

    ``y[n, t, o] = b[o] + sum_{u, c} W[o, u C + c] x[n, t stride + u, c]``. `Conv1d` computes the same of
    ``x.transpose(1, 2)``, with ``W[o, u C + c]`` at ``[o, c, u]``.

    Shapes: input ``(N, T, in_features)`` or without the N; output ``(N, T', out_features)`` with
    ``T' = floor((T - kernel_size) / stride) + 1``; ``weight`` is ``(out_features, kernel_size * in_features)``.

    Args:
        in_features: of a frame.
        out_features: of a frame of the output.
        kernel_size: how many frames a window has.
        stride: the step between windows.
        bias: whether there is one.
        dtype: of the parameters; the default type where None.

    >>> import pytorch_from_lua as torch
    >>> TemporalConvolution(3, 4, 2)(torch.ones(5, 7, 3)).shape
    (5, 6, 4)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        kernel_size: int,
        stride: int = 1,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        self.in_features, self.out_features = in_features, out_features
        (self.kernel_size,) = sizes(f"{name}: kernel_size", kernel_size, 1, 1)
        (self.stride,) = sizes(f"{name}: stride", stride, 1, 1)
        self.weight = new_parameter(out_features, self.kernel_size * in_features, dtype=dtype)
        self.register_parameter("bias", new_parameter(out_features, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight, then bias, from U(-1/sqrt(n), 1/sqrt(n)) with n = in_features * kernel_size."""
        init.fan_in_uniform_(self.weight, self.weight.shape[1])
        if self.bias is not None:
            init.fan_in_uniform_(self.bias, self.weight.shape[1])

    def forward(self, input: Tensor) -> Tensor:
        _frames(self, input, self.in_features, self.kernel_size)
        # A sequence is an image with a row for each frame, and the kernel as wide as a frame.
        weight = self.weight.view(self.out_features, 1, self.kernel_size, self.in_features)
        y = F.conv2d(input.unsqueeze(-3), weight, self.bias, (self.stride, 1))
        return y.squeeze(-1).transpose(-1, -2)

    def extra_repr(self) -> str:
        bias = "" if self.bias is not None else ", bias=False"
        return f"{self.in_features}, {self.out_features}, {self.kernel_size}, stride={self.stride}{bias}"


class TemporalRowConvolution(Module):
    """Each feature convolved over the frames by a kernel of its own (Torch7's ``nn.TemporalRowConvolution``).

    ``y[n, t, c] = b[c] + sum_u W[c, 0, u] x[n, t stride + u, c]`` (Collobert et al., 2016).

    Shapes: input ``(N, T, features)`` or without the N, or with ``features_first`` ``(N, features, T)``; output alike
    with ``T' = floor((T - kernel_size) / stride) + 1``; ``weight`` is ``(features, 1, kernel_size)``.

    Args:
        features: of a frame.
        kernel_size: how many frames a window has.
        stride: the step between windows.
        features_first: whether they come before the frames.
        bias: whether there is one.
        dtype: of the parameters; the default type where None.

    >>> import pytorch_from_lua as torch
    >>> TemporalRowConvolution(3, 2)(torch.ones(5, 7, 3)).shape
    (5, 6, 3)
    """

    def __init__(
        self,
        features: int,
        kernel_size: int,
        stride: int = 1,
        features_first: bool = False,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        self.features, self.features_first = features, features_first
        (self.kernel_size,) = sizes(f"{name}: kernel_size", kernel_size, 1, 1)
        (self.stride,) = sizes(f"{name}: stride", stride, 1, 1)
        self.weight = new_parameter(features, 1, self.kernel_size, dtype=dtype)
        self.register_parameter("bias", new_parameter(features, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight, then bias, as Torch7 does: from U(-1/sqrt(n), 1/sqrt(n)) with n = features * kernel_size."""
        init.fan_in_uniform_(self.weight, self.features * self.kernel_size)
        if self.bias is not None:
            init.fan_in_uniform_(self.bias, self.features * self.kernel_size)

    def forward(self, input: Tensor) -> Tensor:
        _frames(self, input, self.features, self.kernel_size, -2 if self.features_first else -1)
        x = input if self.features_first else input.transpose(-1, -2)
        y = F.conv1d(x, self.weight, self.bias, self.stride, groups=self.features)
        return y if self.features_first else y.transpose(-1, -2)

    def extra_repr(self) -> str:
        first = ", features_first=True" if self.features_first else ""
        bias = "" if self.bias is not None else ", bias=False"
        return f"{self.features}, {self.kernel_size}, stride={self.stride}{first}{bias}"


class TemporalSubSampling(Module):
    """The sum of each window of frames, times a weight, plus a bias (Torch7's ``nn.TemporalSubSampling``).

    ``y[n, t, c] = b[c] + w[c] sum_u x[n, t stride + u, c]``.

    Shapes: input ``(N, T, features)`` or without the N; output ``(N, T', features)`` with
    ``T' = floor((T - kernel_size) / stride) + 1``; ``weight`` and ``bias`` are ``(features,)``.

    Args:
        features: of a frame.
        kernel_size: how many frames a window has.
        stride: the step between windows.
        dtype: of the parameters; the default type where None.

    >>> import pytorch_from_lua as torch
    >>> TemporalSubSampling(3, 2, 2)(torch.ones(6, 3)).shape
    (3, 3)
    """

    def __init__(self, features: int, kernel_size: int, stride: int = 1, dtype: Any = None) -> None:
        super().__init__()
        name = type(self).__name__
        self.features = features
        (self.kernel_size,) = sizes(f"{name}: kernel_size", kernel_size, 1, 1)
        (self.stride,) = sizes(f"{name}: stride", stride, 1, 1)
        self.weight, self.bias = new_parameter(features, dtype=dtype), new_parameter(features, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight, then bias, from U(-1/sqrt(kernel_size), 1/sqrt(kernel_size))."""
        init.fan_in_uniform_(self.weight, self.kernel_size)
        init.fan_in_uniform_(self.bias, self.kernel_size)

    def forward(self, input: Tensor) -> Tensor:
        _frames(self, input, self.features, self.kernel_size)
        window, step = (self.kernel_size, 1), (self.stride, 1)
        sums = F.avg_pool2d(input.unsqueeze(-3), window, step, divisor_override=1).squeeze(-3)
        return sums * self.weight + self.bias

    def extra_repr(self) -> str:
        return f"{self.features}, {self.kernel_size}, stride={self.stride}"


class SpatialSubSampling(Module):
    """The sum of each window, times a weight, plus a bias (Torch7's ``nn.SpatialSubSampling``; LeCun et al., 1998).

    ``y[n, c, i, j] = b[c] + w[c] sum_{u, v} x[n, c, i stride + u, j stride + v]``.

    Shapes: input ``(N, channels, H, W)`` or without the N; output ``(N, channels, H', W')`` with
    ``H' = floor((H - kernel_size) / stride) + 1``; ``weight`` and ``bias`` are ``(channels,)``.

    Args:
        channels: of the input.
        kernel_size: the size of the window, a number or (height, width).
        stride: the step between windows.
        dtype: of the parameters; the default type where None.

    Raises:
        ModuleError: for fewer than one channel.

    >>> import pytorch_from_lua as torch
    >>> SpatialSubSampling(3, 2, 2)(torch.ones(5, 3, 4, 6)).shape
    (5, 3, 2, 3)
    """

    def __init__(self, channels: int, kernel_size: Sizes, stride: Sizes = 1, dtype: Any = None) -> None:
        super().__init__()
        name = type(self).__name__
        if channels < 1:
            raise ModuleError(f"{name}: channels: needs to be at least 1, got {channels}")
        self.channels = channels
        self.kernel_size = sizes(f"{name}: kernel_size", kernel_size, 2, 1)
        self.stride = sizes(f"{name}: stride", stride, 2, 1)
        self.weight, self.bias = new_parameter(channels, dtype=dtype), new_parameter(channels, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight, then bias, from U(-1/sqrt(kH kW), 1/sqrt(kH kW))."""
        elements = self.kernel_size[0] * self.kernel_size[1]
        init.fan_in_uniform_(self.weight, elements)
        init.fan_in_uniform_(self.bias, elements)

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4) or input.shape[-3] != self.channels:
            raise ShapeError(
                f"{type(self).__name__}: input: needs {self.channels} channels, in 3 or 4 dimensions (N, C, H, W), "
                f"got shape {input.shape}"
            )
        sums = F.avg_pool2d(input, self.kernel_size, self.stride, divisor_override=1)  # type: ignore[arg-type]
        return sums * self.weight.view(-1, 1, 1) + self.bias.view(-1, 1, 1)

    def extra_repr(self) -> str:
        return f"{self.channels}, kernel_size={self.kernel_size}, stride={self.stride}"
