"""The filters of a model's first layer as a picture."""

from __future__ import annotations

import math
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytorch_from_lua import nn, pictures
from pytorch_from_lua.nn import Module

#: Pictures that are drawn, and pixels of the screen that they fill.
_MOST, _ACROSS = 144, 760
#: How wide one of them is about, and how wide a pixel of it may be.
_WIDE, _HIGHEST_ZOOM = 56, 12
#: The smallest side of an input that is taken for a picture where a layer is fully connected.
_SMALLEST_SIDE = 8


@dataclass(frozen=True)
class Filters:
    """A picture of filters.

    Attributes:
        place: the dotted path of the layer in its model.
        png: the bytes, a filter a cell and one pixel between them that nothing covers.
        width, height: in pixels, to be shown ``zoom`` times as wide and high.
        told: what is to be seen, in words.
    """

    place: str
    png: bytes
    width: int
    height: int
    zoom: int
    told: str

    def uri(self) -> str:
        """The picture as a ``data:`` URI."""
        return "data:image/png;base64," + b64encode(self.png).decode("ascii")


def first_filters(module: Module) -> Filters | None:
    """The picture of the first layer of a model that has weights; None where they are no pictures.

    Convolutions over images and volumes have pictures, and fully connected layers whose input plainly is one: square,
    of one or three planes, 8 pixels wide or more. Each filter is scaled by itself, to the range that it has.
    """
    for path, layer in module.named_modules():
        weight = layer._parameters.get("weight")
        if weight is None:
            continue
        stack = _stack(layer, weight.detach().cpu().array)
        return None if stack is None or 0 in stack[0].shape else _drawn(path, *stack)
    return None


def _stack(layer: Any, weight: Any) -> tuple[Any, str] | None:
    """The filters as (N, 1 or 3, H, W), and what they are."""
    if isinstance(layer, nn.Conv2d) and weight.ndim == 4 and weight.shape[-1] * weight.shape[-2] > 1:
        count, planes, height, width = weight.shape
        if planes in (1, 3):
            return weight, f"{count} filters of {planes}x{height}x{width}"
        told = f"{count} filters of {planes}x{height}x{width}, a picture for each plane"
        return weight.reshape(-1, 1, height, width), told
    if isinstance(layer, nn.Conv3d) and weight.ndim == 5 and weight.shape[-1] * weight.shape[-2] > 1:
        count, planes, depth, height, width = weight.shape
        told = f"{count} filters of {planes}x{depth}x{height}x{width}, a picture for each slice"
        if planes == 3:
            return weight.transpose(0, 2, 1, 3, 4).reshape(-1, 3, height, width), told
        return weight.reshape(-1, 1, height, width), told
    if type(layer) is nn.Linear and weight.ndim == 2:
        for planes in (1, 3):
            side = math.isqrt(weight.shape[1] // planes)
            if planes * side * side == weight.shape[1] and side >= _SMALLEST_SIDE:
                told = f"the weights of {weight.shape[0]} outputs, as pictures of {planes}x{side}x{side}"
                return weight.reshape(-1, planes, side, side), told
    return None


def _drawn(place: str, stack: Any, told: str) -> Filters:
    more = len(stack) - _MOST
    shown = stack[:_MOST].astype(np.float64)
    count, planes, height, width = shown.shape
    zoom = max(1, min(_HIGHEST_ZOOM, round(_WIDE / width)))
    rows = -(-count // max(1, _ACROSS // ((width + 1) * zoom)))
    columns = -(-count // rows)
    grid = np.zeros((planes + 1, rows * (height + 1) - 1, columns * (width + 1) - 1), np.uint8)
    for i, picture in enumerate(shown):
        top, left = i // columns * (height + 1), i % columns * (width + 1)
        cell = grid[:, top : top + height, left : left + width]
        cell[:-1] = _grey(picture)
        cell[-1] = 255
    if more > 0:
        told += f"; the first {_MOST} of {len(stack)}"
    return Filters(place, pictures.encode(grid, "PNG"), grid.shape[2], grid.shape[1], zoom, told)


def _grey(picture: Any) -> Any:
    """The values from 0 to 255, from the smallest finite one to the largest; those that are not finite are 0."""
    finite = np.isfinite(picture)
    if not finite.any():
        return np.zeros(picture.shape, np.uint8)
    low, high = picture[finite].min(), picture[finite].max()
    with np.errstate(all="ignore"):
        scaled = (picture - low) / (high - low) * 255 if high > low else np.full(picture.shape, 127.0)
    return np.where(np.isfinite(scaled), np.clip(scaled, 0, 255), 0).astype(np.uint8)
