"""Transforms of what pixels hold: conversion, colours, blur."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytorch_from_lua.data import stream
from pytorch_from_lua.data.transforms import functional as F
from pytorch_from_lua.data.transforms.base import Transform, happens, probability, uniform
from pytorch_from_lua.errors import RangeError
from pytorch_from_lua.tensor.dtype import DType


class ToTensor(Transform):
    """`functional.to_tensor`: a picture of Pillow's, an array or bytes as float32 (planes, H, W) from 0 to 1."""

    def __call__(self, pic: Any) -> Any:
        return F.to_tensor(pic)


class ToPILImage(Transform):
    """`functional.to_pil_image`: a tensor (planes, H, W) as a picture of Pillow's."""

    def __call__(self, pic: Any) -> Any:
        return F.to_pil_image(pic)


class ConvertImageDtype(Transform):
    """`functional.convert_image_dtype`: another element type, the values scaled to its range."""

    def __init__(self, dtype: DType) -> None:
        self.dtype = dtype

    def __call__(self, img: Any) -> Any:
        return F.convert_image_dtype(img, self.dtype)


class Normalize(Transform):
    """``(x - mean) / std`` with one number of each for every plane."""

    def __init__(self, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> None:
        self.mean = mean
        self.std = std
        self.inplace = inplace

    def __call__(self, img: Any) -> Any:
        return F.normalize(img, self.mean, self.std, self.inplace)


class Grayscale(Transform):
    """`functional.rgb_to_grayscale`: (3, H, W) as 1 plane or 3 equal ones."""

    def __init__(self, num_output_channels: int = 1) -> None:
        self.num_output_channels = num_output_channels

    def __call__(self, img: Any) -> Any:
        return F.rgb_to_grayscale(img, self.num_output_channels)


class RandomGrayscale(Transform):
    """Grey, in as many planes as before, with probability ``p``."""

    def __init__(self, p: float = 0.1) -> None:
        self.p = probability(p)

    def __call__(self, img: Any) -> Any:
        return F.rgb_to_grayscale(img, img.shape[-3]) if happens(self.p) else img


class GaussianBlur(Transform):
    """`functional.gaussian_blur` with a sigma drawn from two numbers, or a fixed one."""

    def __init__(self, kernel_size: int | Sequence[int], sigma: float | Sequence[float] = (0.1, 2.0)) -> None:
        self.kernel_size = kernel_size
        low, high = (sigma, sigma) if isinstance(sigma, (int, float)) else sigma
        if not 0 < low <= high:
            raise RangeError(f"sigma: needs a number above 0, or two in order, got {sigma}")
        self.sigma = (float(low), float(high))

    def __call__(self, img: Any) -> Any:
        return F.gaussian_blur(img, self.kernel_size, uniform(*self.sigma))


def _factors(value: float | Sequence[float], name: str, middle: float, least: float, most: float) -> Any:
    """Between which factors to draw; None where the picture stays as it is."""
    if isinstance(value, (int, float)):
        low, high = max(middle - value, least), middle + value
        wrong = value < 0
    else:
        low, high = value
        wrong = False
    if wrong or not least <= low <= high <= most:
        raise RangeError(f"{name}: needs one number of at least 0, or two from {least:g} to {most:g}, got {value}")
    return None if low == high == middle else (float(low), float(high))


class ColorJitter(Transform):
    """Brightness, contrast, saturation and hue changed by drawn factors, in random order.

    Args:
        brightness, contrast, saturation: two factors to draw between, or v for ``max(0, 1 - v)`` to ``1 + v``.
        hue: two numbers from -0.5 to 0.5, or one for minus to plus that.
    """

    def __init__(
        self,
        brightness: float | Sequence[float] = 0,
        contrast: float | Sequence[float] = 0,
        saturation: float | Sequence[float] = 0,
        hue: float | Sequence[float] = 0,
    ) -> None:
        self.brightness = _factors(brightness, "brightness", 1, 0, float("inf"))
        self.contrast = _factors(contrast, "contrast", 1, 0, float("inf"))
        self.saturation = _factors(saturation, "saturation", 1, 0, float("inf"))
        self.hue = _factors(hue, "hue", 0, -0.5, 0.5)

    def __call__(self, img: Any) -> Any:
        steps = (
            (self.brightness, F.adjust_brightness),
            (self.contrast, F.adjust_contrast),
            (self.saturation, F.adjust_saturation),
            (self.hue, F.adjust_hue),
        )
        for i in stream.current().randperm(len(steps)).tolist():
            limits, adjust = steps[i]
            if limits is not None:
                img = adjust(img, uniform(*limits))
        return img
