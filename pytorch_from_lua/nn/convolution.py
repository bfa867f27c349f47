"""Convolutions over planes."""

from __future__ import annotations

from typing import Any

import numpy as np

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn import init
from pytorch_from_lua.nn.linear import new_parameter
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor

Pair = int | tuple[int, int]


def pair(value: Pair) -> tuple[int, int]:
    """(value, value) for one number: what goes for the height goes for the width.

    Raises:
        ModuleError: for what is neither one whole number nor two.
    """
    given = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(given) != 2 or not all(isinstance(v, (int, np.integer)) for v in given):
        raise ModuleError(f"sizes: need to be a whole number or (height, width), got {value!r}")
    return int(given[0]), int(given[1])


class Conv2d(Module):
    """2-D cross-correlation (Torch7's ``nn.SpatialConvolution`` and ``nn.SpatialDilatedConvolution``).

    Shapes: input ``(N, in_channels, H, W)`` or without the N; output ``(N, out_channels, H', W')`` with
    ``H' = floor((H + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1``; ``weight`` is
    ``(out_channels, in_channels / groups, kH, kW)``. Pairs are (height, width).
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ModuleError(f"groups: {groups} does not divide {in_channels} input, {out_channels} output channels")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = pair(kernel_size), pair(stride)
        self.padding, self.dilation = pair(padding), pair(dilation)
        self.weight = new_parameter(out_channels, in_channels // groups, *self.kernel_size, dtype=dtype)
        self.register_parameter("bias", new_parameter(out_channels, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight, then bias, from U(-1/sqrt(fan_in), 1/sqrt(fan_in))."""
        fan_in = init.fans(self.weight)[0]
        init.fan_in_uniform_(self.weight, fan_in)
        if self.bias is not None:
            init.fan_in_uniform_(self.bias, fan_in)

    def forward(self, input: Tensor) -> Tensor:
        return F.conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)

    def extra_repr(self) -> str:
        given = "".join(
            f", {name}={value}"
            for name, value, default in [
                ("padding", self.padding, (0, 0)),
                ("dilation", self.dilation, (1, 1)),
                ("groups", self.groups, 1),
            ]
            if value != default
        )
        bias = "" if self.bias is not None else ", bias=False"
        sizes = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        return sizes + given + bias
