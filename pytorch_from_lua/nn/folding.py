"""The patches of an image as columns, and back."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor

Pair = int | tuple[int, int]


class Unfold(Module):
    """The patches that a window sees, each as a column.

    Shapes: input ``(N, C, H, W)`` or without the N; output ``(N, C kH kW, L)``, a column for each of the L places of
    the window, in the order of rows. A convolution is a product of matrices with this.

    Args:
        kernel_size: the size of the window, a number or (height, width).
        dilation: the step within the window.
        padding: zeros on each side.
        stride: the step between windows.

    >>> import pytorch_from_lua as torch
    >>> Unfold(3, padding=1)(torch.ones(2, 4, 5, 6)).shape
    (2, 36, 30)
    """

    def __init__(self, kernel_size: Pair, dilation: Pair = 1, padding: Pair = 0, stride: Pair = 1) -> None:
        super().__init__()
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input: Tensor) -> Tensor:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return _described(self)


class Fold(Module):
    """The image whose elements are sums of their places in columns: `Unfold` transposed.

    Shapes: input ``(N, C kH kW, L)`` or without the N; output ``(N, C, H, W)``.

    Args:
        output_size: the size of the image, a number or (height, width).
        kernel_size: the size of the window, a number or (height, width).
        dilation: the step within the window.
        padding: what was put on each side.
        stride: the step between windows.

    >>> import pytorch_from_lua as torch
    >>> Fold((5, 6), 3, padding=1)(torch.ones(2, 36, 30)).shape
    (2, 4, 5, 6)
    """

    def __init__(
        self, output_size: Pair, kernel_size: Pair, dilation: Pair = 1, padding: Pair = 0, stride: Pair = 1
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input: Tensor) -> Tensor:
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}, {_described(self)}"


def _described(module: Any) -> str:
    names = ("kernel_size", "dilation", "padding", "stride")
    return ", ".join(f"{name}={getattr(module, name)}" for name in names)
