"""Dropout (Hinton et al., 2012) and noise."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from pytorch_from_lua.errors import DTypeError, ModuleError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.generator import default_generator


class _Dropout(Module):
    """What both have in common.

    Args:
        p: the probability of 0.
        inplace: whether the input itself is changed.
        scale_in_training: where the expected value is kept: by ``1 / (1 - p)`` in training (True), or by ``1 - p`` in
            evaluation, as Torch7's ``nn.SpatialDropout`` and its first ``nn.Dropout`` do (False).
    """

    _function: ClassVar[Callable[..., Tensor]]

    def __init__(self, p: float = 0.5, inplace: bool = False, scale_in_training: bool = True) -> None:
        super().__init__()
        if not 0.0 <= p <= 1.0:
            raise ModuleError(f"p: a probability lies between 0 and 1, got {p}")
        self.p, self.inplace, self.scale_in_training = p, inplace, scale_in_training

    def forward(self, input: Tensor) -> Tensor:
        dropped = type(self)._function(input, self.p, self.training, self.inplace)
        return dropped if self.scale_in_training else dropped * (1.0 - self.p)

    def extra_repr(self) -> str:
        said = (
            [f"p={self.p}"]
            + ["inplace=True"] * self.inplace
            + ["scale_in_training=False"] * (not self.scale_in_training)
        )
        return ", ".join(said)


class Dropout(_Dropout):
    """In training, each element is 0 with probability ``p`` and else divided by ``1 - p`` (Torch7's ``nn.Dropout``)."""

    _function = staticmethod(F.dropout)


class Dropout2d(_Dropout):
    """In training, each plane of ``(N, C, H, W)`` is 0 with probability ``p`` and else divided by ``1 - p``
    (Torch7's ``nn.SpatialDropout``).
    """

    _function = staticmethod(F.dropout2d)


class Dropout1d(_Dropout):
    """In training, each channel of ``(N, C, L)`` is 0 with probability ``p`` and else divided by ``1 - p``."""

    _function = staticmethod(F.dropout1d)


class Dropout3d(_Dropout):
    """In training, each volume of ``(N, C, D, H, W)`` is 0 with probability ``p`` and else divided by ``1 - p``
    (Torch7's ``nn.VolumetricDropout``).
    """

    _function = staticmethod(F.dropout3d)


class AlphaDropout(Module):
    """Dropout that keeps mean 0 and variance 1 behind `SELU` (Klambauer et al., 2017).

    Shapes: any; the output has the input's.

    Args:
        p: the probability with which an element becomes the lowest value of `SELU`.
        inplace: whether the input itself is changed.
    """

    _function: ClassVar[Callable[..., Tensor]] = staticmethod(F.alpha_dropout)

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0.0 <= p <= 1.0:
            raise ModuleError(f"p: a probability lies between 0 and 1, got {p}")
        self.p, self.inplace = p, inplace

    def forward(self, input: Tensor) -> Tensor:
        return type(self)._function(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        return ", ".join([f"p={self.p}"] + ["inplace=True"] * self.inplace)


class FeatureAlphaDropout(AlphaDropout):
    """`AlphaDropout` of whole channels of ``(N, C, ...)``."""

    _function = staticmethod(F.feature_alpha_dropout)


class WhiteNoise(Module):
    """In training, noise from N(mean, std^2) is added to each element (Torch7's ``nn.WhiteNoise``).

    Args:
        mean: the mean of the noise.
        std: its standard deviation.
    """

    def __init__(self, mean: float = 0.0, std: float = 0.1) -> None:
        super().__init__()
        if std < 0:
            raise ModuleError(f"std: a standard deviation is not negative, got {std}")
        self.mean, self.std = mean, std

    def forward(self, input: Tensor) -> Tensor:
        if not self.training:
            return input
        if not input.dtype.is_floating_point:
            raise DTypeError(f"WhiteNoise: input needs a floating-point type, got {input.dtype.name}")
        noise = default_generator.normal(self.mean, self.std, input.shape).astype(input.dtype.numpy)
        return input + Tensor.from_array(noise, input)

    def extra_repr(self) -> str:
        return f"mean={self.mean}, std={self.std}"
