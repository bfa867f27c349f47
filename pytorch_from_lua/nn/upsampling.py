"""Images made larger or smaller, and channels turned into pixels and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.functional.upsampling import MODES
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor


class Upsample(Module):
    """Images in another size (Torch7's ``nn.UpSampling``).

    Shapes: input ``(N, C, L)``, ``(N, C, H, W)`` or ``(N, C, D, H, W)``; output the same with the sizes asked for.

    Args:
        size: the new sizes, one number or one for each dimension.
        scale_factor: the new sizes as factors; one of the two is given.
        mode: ``"nearest"``, ``"linear"``, ``"bilinear"``, ``"trilinear"`` or ``"bicubic"``, and what else
            `functional.interpolate` has.
        align_corners: whether the elements in the corners keep their places, for the modes that are not nearest.
        recompute_scale_factor: whether places are computed from the new size, and not from the factor given.
        single_places: whether places between aligned corners are computed in single precision, as Torch7 does it.

    Raises:
        ModuleError: another mode.

    >>> import pytorch_from_lua as torch
    >>> torch.nn.Upsample(scale_factor=2)(torch.tensor([[[1.0, 2.0]]])).tolist()
    [[[1.0, 1.0, 2.0, 2.0]]]
    """

    def __init__(
        self,
        size: int | Sequence[int] | None = None,
        scale_factor: float | Sequence[float] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
        *,
        single_places: bool = False,
    ) -> None:
        super().__init__()
        if mode not in MODES:
            allowed = ", ".join(map(repr, MODES))
            raise ModuleError(f"{type(self).__name__}: mode: got {mode!r}; allowed are {allowed}")
        self.size = tuple(size) if isinstance(size, Sequence) else size
        self.scale_factor = tuple(scale_factor) if isinstance(scale_factor, Sequence) else scale_factor
        self.mode, self.align_corners = mode, align_corners
        self.recompute_scale_factor, self.single_places = recompute_scale_factor, single_places

    def forward(self, input: Tensor) -> Tensor:
        return F.interpolate(
            input,
            self.size,
            self.scale_factor,
            self.mode,
            self.align_corners,
            self.recompute_scale_factor,
            single_places=self.single_places,
        )

    def extra_repr(self) -> str:
        wanted = f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"
        corners = "" if self.align_corners is None else f", align_corners={self.align_corners}"
        return f"{wanted}, mode={self.mode!r}{corners}"


class UpsamplingNearest2d(Upsample):
    """Images ``(N, C, H, W)`` with each element several times (Torch7's ``nn.SpatialUpSamplingNearest``).

    Args:
        size: the new (height, width).
        scale_factor: the new sizes as factors; one of the two is given.
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "nearest")


class UpsamplingBilinear2d(Upsample):
    """Images ``(N, C, H, W)`` with means of neighbours between (Torch7's ``nn.SpatialUpSamplingBilinear``).

    The elements in the corners keep their places.

    Args:
        size: the new (height, width).
        scale_factor: the new sizes as factors; one of the two is given.
        single_places: whether places are computed in single precision, as Torch7 does it whatever the images are of;
            so it is for modules that come from Torch7.
    """

    def __init__(self, size: Any = None, scale_factor: Any = None, *, single_places: bool = False) -> None:
        super().__init__(size, scale_factor, "bilinear", True, single_places=single_places)


class PixelShuffle(Module):
    """Channels turned into pixels: ``(..., C r^2, H, W)`` to ``(..., C, H r, W r)`` (Torch7's ``nn.PixelShuffle``).

    See Shi et al., "Real-Time Single Image and Video Super-Resolution", 2016.

    Args:
        upscale_factor: the factor ``r``.
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Pixels turned into channels: ``(..., C, H r, W r)`` to ``(..., C r^2, H, W)``, what undoes `PixelShuffle`.

    Args:
        downscale_factor: the factor ``r``.
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """The channels of ``(N, C, ...)`` dealt out: the first of each group, then the second of each, ...

    Args:
        groups: how many groups there are; it divides C.
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
