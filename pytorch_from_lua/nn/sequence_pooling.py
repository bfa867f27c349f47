"""Torch7's pooling over the frames of sequences ``(N, T, C)``, and over features."""

from __future__ import annotations

import math

from pytorch_from_lua.errors import ModuleError, ShapeError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.convolution import sizes
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor


class TemporalMaxPooling(Module):
    """The largest of each feature over windows of frames (Torch7's ``nn.TemporalMaxPooling``).

    Shapes: input ``(N, T, C)`` or ``(T, C)``; output ``(N, T', C)`` with ``T' = floor((T - k) / stride) + 1``.
    `MaxPool1d` is the same with channels before frames.

    Args:
        kernel_size: the windows' size ``k``.
        stride: the step between them; None is their size.
    """

    def __init__(self, kernel_size: int, stride: int | None = None) -> None:
        super().__init__()
        (self.kernel_size,) = sizes("TemporalMaxPooling: kernel_size", kernel_size, 1, 1)
        step = kernel_size if stride is None else stride
        (self.stride,) = sizes("TemporalMaxPooling: stride", step, 1, 1)

    def forward(self, input: Tensor) -> Tensor:
        _frames("TemporalMaxPooling", input)
        pooled: Tensor = F.max_pool1d(input.transpose(-1, -2), self.kernel_size, self.stride)
        return pooled.transpose(-1, -2).contiguous()

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}"


class TemporalDynamicKMaxPooling(Module):
    """Of each feature the k largest frames, in their order in time (Torch7's ``nn.TemporalDynamicKMaxPooling``).

    See Kalchbrenner et al., "A Convolutional Neural Network for Modelling Sentences", 2014.

    Shapes: input ``(N, T, C)`` or ``(T, C)``; output ``(N, k, C)`` with ``k = max(min_k, ceil(factor T))``.

    Args:
        min_k: how many there are at least.
        factor: the part of all frames that is taken.
    """

    def __init__(self, min_k: int, factor: float = 0.0) -> None:
        super().__init__()
        (self.min_k,) = sizes("TemporalDynamicKMaxPooling: min_k", min_k, 1, 1)
        self.factor = factor

    def forward(self, input: Tensor) -> Tensor:
        _frames("TemporalDynamicKMaxPooling", input)
        frames = input.shape[-2]
        k = max(self.min_k, math.ceil(self.factor * frames))
        if k > frames:
            raise ShapeError(f"input: {k} frames are to be taken, got shape {input.shape}")
        places = input.detach().topk(k, -2).indices.sort(-2).values
        return input.gather(-2, places)

    def extra_repr(self) -> str:
        return f"min_k={self.min_k}, factor={self.factor}"


def _frames(name: str, input: Tensor) -> None:
    if input.ndim not in (2, 3):
        raise ShapeError(f"input: {name} needs shape (N, T, C) or (T, C), got {input.shape}")


class FeatureLPPooling(Module):
    """``(sum of x^p)^(1/p)`` over windows of features (Torch7's ``nn.FeatureLPPooling``).

    Shapes: input ``(F)``, ``(F, ...)`` with up to two dimensions more, or the same with a batch before it; output with
    ``F' = floor((F - width) / stride) + 1``.

    Args:
        width: the windows' size.
        stride: the step between them.
        power: the power ``p``.
        batch_mode: whether the input's first dimension is a batch.
    """

    def __init__(self, width: int, stride: int, power: float, batch_mode: bool = False) -> None:
        super().__init__()
        (self.width,) = sizes("FeatureLPPooling: width", width, 1, 1)
        (self.stride,) = sizes("FeatureLPPooling: stride", stride, 1, 1)
        if not 0 < power < math.inf:
            raise ModuleError(f"FeatureLPPooling: power: needs a number over 0, got {power}")
        self.power, self.batch_mode = power, batch_mode

    def forward(self, input: Tensor) -> Tensor:
        least = 2 if self.batch_mode else 1
        if not least <= input.ndim <= least + 2:
            raise ShapeError(f"input: FeatureLPPooling needs {least} to {least + 2} dimensions, got {input.shape}")
        return F.feature_lp_pool(input, self.width, self.stride, self.power, least - 1)

    def extra_repr(self) -> str:
        return f"width={self.width}, stride={self.stride}, power={self.power}, batch_mode={self.batch_mode}"
