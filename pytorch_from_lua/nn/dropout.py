"""Dropout (Hinton et al., 2012)."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor


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
