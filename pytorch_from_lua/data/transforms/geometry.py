"""Transforms of where pixels lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pytorch_from_lua.data.transforms import functional as F
from pytorch_from_lua.data.transforms.base import Transform, happens, probability, uniform, whole
from pytorch_from_lua.errors import RangeError, ShapeError

Fill = float | Sequence[float]


def _range(value: float | Sequence[float], name: str) -> tuple[float, float]:
    """``(-value, value)``, or the two numbers given."""
    if isinstance(value, (int, float)):
        if value < 0:
            raise RangeError(f"{name}: needs at least 0, or two numbers, got {value}")
        return -float(value), float(value)
    if len(value) != 2 or value[0] > value[1]:
        raise RangeError(f"{name}: needs one number, or two in order, got {value}")
    return float(value[0]), float(value[1])


class Resize(Transform):
    """`functional.resize`: to ``(height, width)``, or the shorter side to one number."""

    def __init__(self, size: int | Sequence[int], interpolation: str = "bilinear", max_size: int | None = None) -> None:
        self.size = size
        self.interpolation = interpolation
        self.max_size = max_size

    def __call__(self, img: Any) -> Any:
        return F.resize(img, self.size, self.interpolation, self.max_size)


class CenterCrop(Transform):
    """`functional.center_crop`: the middle, ``(..., *size)``."""

    def __init__(self, size: int | Sequence[int]) -> None:
        self.size = size

    def __call__(self, img: Any) -> Any:
        return F.center_crop(img, self.size)


class Pad(Transform):
    """`functional.pad`: pixels around the picture."""

    def __init__(self, padding: int | Sequence[int], fill: float = 0, padding_mode: str = "constant") -> None:
        self.padding = padding
        self.fill = fill
        self.padding_mode = padding_mode

    def __call__(self, img: Any) -> Any:
        return F.pad(img, self.padding, self.fill, self.padding_mode)


class RandomCrop(Transform):
    """A part of a picture at a random place, after padding.

    Args:
        size: (height, width), or one number for both.
        padding: what `functional.pad` takes, or None.
        pad_if_needed: makes a picture that is smaller than ``size`` large enough.
        fill, padding_mode: of `functional.pad`.

    Raises:
        ShapeError: where the picture is smaller.
    """

    def __init__(
        self,
        size: int | Sequence[int],
        padding: int | Sequence[int] | None = None,
        pad_if_needed: bool = False,
        fill: float = 0,
        padding_mode: str = "constant",
    ) -> None:
        self.size = F._pair(size, "size")
        self.padding = padding
        self.pad_if_needed = pad_if_needed
        self.fill = fill
        self.padding_mode = padding_mode

    def __call__(self, img: Any) -> Any:
        if self.padding is not None:
            img = F.pad(img, self.padding, self.fill, self.padding_mode)
        (height, width), (h, w) = self.size, F.get_size(img)
        if self.pad_if_needed and (h < height or w < width):
            sides = (max(width - w, 0), max(height - h, 0))
            img = F.pad(img, sides, self.fill, self.padding_mode)
            h, w = F.get_size(img)
        if h < height or w < width:
            raise ShapeError(f"RandomCrop: the picture is {h} x {w}, smaller than the part of {height} x {width}")
        top, left = whole(h - height + 1), whole(w - width + 1)
        return F.crop(img, top, left, height, width)


class RandomResizedCrop(Transform):
    """A part of random size, shape and place, resized to ``size``: the usual augmentation of ImageNet.

    Szegedy et al., "Going deeper with convolutions" (2014).

    Args:
        size: (height, width) of the result, or one number for both.
        scale: between which parts of the picture's area that of the part is drawn.
        ratio: between which ratios of width to height, drawn on a logarithmic scale. Where ten draws do not fit, the
            middle is taken.
        interpolation: of `functional.resize`.
    """

    def __init__(
        self,
        size: int | Sequence[int],
        scale: Sequence[float] = (0.08, 1.0),
        ratio: Sequence[float] = (3 / 4, 4 / 3),
        interpolation: str = "bilinear",
    ) -> None:
        self.size = F._pair(size, "size")
        self.scale = _range(scale, "scale")
        self.ratio = _range(ratio, "ratio")
        self.interpolation = interpolation

    def part_of(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Draw top, left, height and width of a part."""
        low, high = (math.log(r) for r in self.ratio)
        for _ in range(10):
            area = height * width * uniform(*self.scale)
            shape = math.exp(uniform(low, high))
            w, h = round(math.sqrt(area * shape)), round(math.sqrt(area / shape))
            if 0 < w <= width and 0 < h <= height:
                return whole(height - h + 1), whole(width - w + 1), h, w
        shape = min(max(width / height, self.ratio[0]), self.ratio[1])
        h, w = min(height, round(width / shape)), min(width, round(height * shape))
        return (height - h) // 2, (width - w) // 2, h, w

    def __call__(self, img: Any) -> Any:
        return F.resized_crop(img, *self.part_of(*F.get_size(img)), self.size, self.interpolation)


class RandomHorizontalFlip(Transform):
    """Left and right exchanged with probability ``p``."""

    def __init__(self, p: float = 0.5) -> None:
        self.p = probability(p)

    def __call__(self, img: Any) -> Any:
        return F.hflip(img) if happens(self.p) else img


class RandomVerticalFlip(Transform):
    """Top and bottom exchanged with probability ``p``."""

    def __init__(self, p: float = 0.5) -> None:
        self.p = probability(p)

    def __call__(self, img: Any) -> Any:
        return F.vflip(img) if happens(self.p) else img


class RandomRotation(Transform):
    """`functional.rotate` by an angle drawn from ``degrees``: two numbers, or one for minus to plus that."""

    def __init__(
        self,
        degrees: float | Sequence[float],
        interpolation: str = "nearest",
        expand: bool = False,
        center: Sequence[float] | None = None,
        fill: Fill = 0,
    ) -> None:
        self.degrees = _range(degrees, "degrees")
        self.interpolation = interpolation
        self.expand = expand
        self.center = center
        self.fill = fill

    def __call__(self, img: Any) -> Any:
        return F.rotate(img, uniform(*self.degrees), self.interpolation, self.expand, self.center, self.fill)


class RandomAffine(Transform):
    """`functional.affine` with drawn numbers.

    Args:
        degrees: of the angle, as in `RandomRotation`.
        translate: the largest moves as parts of the width and of the height; None for none.
        scale: between which two numbers; None for 1.
        shear: one number or two for x, four for x and y; None for none.
        interpolation, fill, center: of `functional.affine`.
    """

    def __init__(
        self,
        degrees: float | Sequence[float],
        translate: Sequence[float] | None = None,
        scale: Sequence[float] | None = None,
        shear: float | Sequence[float] | None = None,
        interpolation: str = "nearest",
        fill: Fill = 0,
        center: Sequence[float] | None = None,
    ) -> None:
        self.degrees = _range(degrees, "degrees")
        if translate is not None and not (len(translate) == 2 and all(0 <= t <= 1 for t in translate)):
            raise RangeError(f"translate: needs two parts from 0 to 1, got {translate}")
        self.translate = translate
        self.scale = None if scale is None else _range(scale, "scale")
        four = not isinstance(shear, (int, float)) and shear is not None and len(shear) == 4
        self.shear = None if shear is None else tuple(shear) if four else _range(shear, "shear")  # type: ignore[arg-type]
        self.interpolation = interpolation
        self.fill = fill
        self.center = center

    def __call__(self, img: Any) -> Any:
        height, width = F.get_size(img)
        angle = uniform(*self.degrees)
        right = down = 0
        if self.translate is not None:
            right = round(uniform(-self.translate[0] * width, self.translate[0] * width))
            down = round(uniform(-self.translate[1] * height, self.translate[1] * height))
        scale = 1.0 if self.scale is None else uniform(*self.scale)
        shear = [0.0, 0.0]
        if self.shear is not None:
            shear[0] = uniform(self.shear[0], self.shear[1])
            if len(self.shear) == 4:
                shear[1] = uniform(self.shear[2], self.shear[3])
        return F.affine(img, angle, (right, down), scale, shear, self.interpolation, self.fill, self.center)
