"""Pooling over windows: the largest element, the mean, and roots of sums of powers."""

from __future__ import annotations

from typing import Any, ClassVar

from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.convolution import sizes
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor

#: One number for all dimensions, or one for each: (depth, height, width).
Sizes = int | tuple[int, ...]


class _Windows(Module):
    """What windows have in common."""

    dimensions: ClassVar[int]

    def _set_windows(self, kernel_size: Sizes, stride: Sizes | None, padding: Sizes = 0) -> None:
        name = type(self).__name__
        self.kernel_size = sizes(f"{name}: kernel_size", kernel_size, self.dimensions, 1)
        self.stride = self.kernel_size if stride is None else sizes(f"{name}: stride", stride, self.dimensions, 1)
        self.padding = sizes(f"{name}: padding", padding, self.dimensions, 0)

    def _told(self, **more: Any) -> str:
        """The windows, and what is not as it usually is."""
        told = f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"
        return told + "".join([f", {name}={value}" for name, value in more.items()])


class _MaxPool(_Windows):
    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self._set_windows(kernel_size, stride, padding)
        self.dilation = sizes(f"{type(self).__name__}: dilation", dilation, self.dimensions, 1)
        self.return_indices, self.ceil_mode = return_indices, ceil_mode
        #: Whether the places are kept for a module that undoes this one.
        self.keeps_places = False

    def forward(self, input: Tensor) -> Any:
        pool = getattr(F, f"max_pool{self.dimensions}d")
        how = self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode
        if not self.keeps_places:
            return pool(input, *how, self.return_indices)
        values, self.indices = pool(input, *how, True)
        self.input_size = tuple(input.shape[-self.dimensions :])
        return (values, self.indices) if self.return_indices else values

    def extra_repr(self) -> str:
        more: dict[str, Any] = {} if set(self.dilation) == {1} else {"dilation": self.dilation}
        return self._told(**more, ceil_mode=self.ceil_mode)


class MaxPool1d(_MaxPool):
    """The largest element of each window of a sequence.

    Shapes: input ``(N, C, L)`` or ``(C, L)``; output ``(N, C, L')`` with
    ``L' = floor((L + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1``, or the ceiling in ``ceil_mode``,
    where a window that would start in the padding on the right is left out.

    Args:
        kernel_size: the windows' size.
        stride: the step between them; None is their size.
        padding: how much minus infinity is put on each side, at most half of the size.
        dilation: the step within a window.
        return_indices: whether to return where the elements lie too.
        ceil_mode: whether a last window that sticks out over the end counts.

    Raises:
        ModuleError: a size is no whole number, or too small.
    """

    dimensions = 1


class MaxPool2d(_MaxPool):
    """The largest element of each window (Torch7's ``nn.SpatialMaxPooling`` and ``nn.SpatialDilatedMaxPooling``).

    Shapes: input ``(N, C, H, W)`` or without the N; output ``(N, C, H', W')``, each size as `MaxPool1d` says. Pairs
    are (height, width); the arguments are those of `MaxPool1d`. Places are ``h W + w``.

    >>> import pytorch_from_lua as torch
    >>> torch.nn.MaxPool2d(2)(torch.arange(16.0).reshape(1, 4, 4)).tolist()
    [[[5.0, 7.0], [13.0, 15.0]]]
    """

    dimensions = 2


class MaxPool3d(_MaxPool):
    """The largest element of each window (Torch7's ``nn.VolumetricMaxPooling``, ``nn.VolumetricDilatedMaxPooling``).

    Shapes: input ``(N, C, D, H, W)`` or without the N; output ``(N, C, D', H', W')``, each size as `MaxPool1d` says.
    Triples are (depth, height, width); the arguments are those of `MaxPool1d`. Places are ``(d H + h) W + w``.
    """

    dimensions = 3


class _AvgPool(_Windows):
    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self._set_windows(kernel_size, stride, padding)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def _how(self) -> tuple[Any, ...]:
        return self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad

    def extra_repr(self) -> str:
        more = {} if self.count_include_pad else {"count_include_pad": False}
        return self._told(ceil_mode=self.ceil_mode, **more)


class AvgPool1d(_AvgPool):
    """The mean of each window of a sequence; shapes and the first four arguments as in `MaxPool1d`.

    Args:
        count_include_pad: whether the padding counts as values of 0 in the mean.
    """

    dimensions = 1

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool1d(input, *self._how())


class _AvgPoolWithDivisor(_AvgPool):
    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        pool = getattr(F, f"avg_pool{self.dimensions}d")
        return pool(input, *self._how(), self.divisor_override)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        divisor = "" if self.divisor_override is None else f", divisor_override={self.divisor_override}"
        return super().extra_repr() + divisor


class AvgPool2d(_AvgPoolWithDivisor):
    """The mean of each window (Torch7's ``nn.SpatialAveragePooling``); shapes as in `MaxPool2d`.

    Args:
        count_include_pad: whether the padding counts as values of 0 in the mean.
        divisor_override: what sums are divided by instead of the number of values; 1 gives sums.
    """

    dimensions = 2


class AvgPool3d(_AvgPoolWithDivisor):
    """The mean of each window (Torch7's ``nn.VolumetricAveragePooling``); shapes as in `MaxPool3d`.

    Args:
        count_include_pad: whether the padding counts as values of 0 in the mean.
        divisor_override: what sums are divided by instead of the number of values; 1 gives sums.
    """

    dimensions = 3


class _LPPool(_Windows):
    def __init__(
        self, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self._set_windows(kernel_size, stride)
        self.norm_type, self.ceil_mode = norm_type, ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        pool = getattr(F, f"lp_pool{self.dimensions}d")
        return pool(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """``(sum of x^p)^(1/p)`` over windows of a sequence; shapes as in `MaxPool1d`.

    Args:
        norm_type: the power ``p``.
        kernel_size: the windows' size.
        stride: the step between them; None is their size.
        ceil_mode: whether a last window that sticks out over the end counts.
    """

    dimensions = 1


class LPPool2d(_LPPool):
    """``(sum of x^p)^(1/p)`` over windows (Torch7's ``nn.SpatialLPPooling``); arguments as in `LPPool1d`.

    Where all elements of a window are 0 the gradient is 0, as in Torch7.
    """

    dimensions = 2


class LPPool3d(_LPPool):
    """``(sum of x^p)^(1/p)`` over windows of a volume; arguments as in `LPPool1d`."""

    dimensions = 3
