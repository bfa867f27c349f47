"""Pooling over planes."""

from __future__ import annotations

from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.convolution import Pair, pair
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor


class _Pool2d(Module):
    """What windows have in common. Pairs are (height, width).

    Shapes: input ``(N, C, H, W)`` or without the N; output ``(N, C, H', W')`` with
    ``H' = floor((H + 2 padding - kernel_size) / stride) + 1``, or the ceiling in ``ceil_mode``, where a window that
    would start in the padding on the right is left out.
    """

    def __init__(
        self, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.kernel_size = pair(kernel_size)
        self.stride = self.kernel_size if stride is None else pair(stride)
        self.padding = pair(padding)
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, ceil_mode={self.ceil_mode}"
        )


class MaxPool2d(_Pool2d):
    """The largest value of each window (Torch7's ``nn.SpatialMaxPooling``)."""

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        dilation: Pair = 1,
        *,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.dilation = pair(dilation)

    def forward(self, input: Tensor) -> Tensor:
        return F.max_pool2d(input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)  # type: ignore[no-any-return]


class AvgPool2d(_Pool2d):
    """The mean of each window (Torch7's ``nn.SpatialAveragePooling``).

    Args:
        count_include_pad: whether the padding counts as values of 0 in the mean.
        divisor_override: what sums are divided by instead of the number of values; 1 gives sums.
    """

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode)
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )


class ZeroPad2d(Module):
    """Zeros around each plane; negative sizes crop (Torch7's ``nn.SpatialZeroPadding``).

    Args:
        padding: (left, right, top, bottom), or one number for all four.
    """

    def __init__(self, padding: int | tuple[int, int, int, int]) -> None:
        super().__init__()
        self.padding = (padding,) * 4 if isinstance(padding, int) else tuple(padding)

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding)

    def extra_repr(self) -> str:
        return str(self.padding)
