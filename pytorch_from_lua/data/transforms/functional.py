"""What transforms do to a picture (..., H, W), under the names of torchvision's ``transforms.functional``.

The pictures are tensors, of whole numbers or of floating ones from 0 to 1; results are new tensors. The formulas are
those of Lua's ``image``: where samples lie, and how bytes are rounded, is Torch7's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pytorch_from_lua import pictures
from pytorch_from_lua.data.images import as_bytes
from pytorch_from_lua.errors import DTypeError, RangeError, ShapeError
from pytorch_from_lua.kernels import image, image_color, image_filters
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.dtype import DType, float32

_MODES = {"nearest": "simple", "bilinear": "bilinear", "bicubic": "bicubic"}
_WARP_MODES = {**_MODES, "lanczos": "lanczos"}
_PADDING = {"constant": "constant", "edge": "edge", "reflect": "reflect", "symmetric": "symmetric"}


def _array(img: Any, name: str) -> Any:
    """The elements of a picture, as planes."""
    if not isinstance(img, Tensor):
        raise DTypeError(f"{name}: img has to be a tensor (..., H, W), got {type(img).__name__}; to_tensor makes one")
    array = img.detach().array
    if array.ndim < 2:
        raise ShapeError(f"{name}: img has to be (..., H, W), got {tuple(array.shape)}")
    return array


def _planes(array: Any) -> Any:
    return array.reshape(-1, *array.shape[-2:])


def _made(array: Any) -> Tensor:
    return Tensor.from_array(np.ascontiguousarray(array))


def _chosen(name: str, given: str, allowed: dict[str, str]) -> str:
    """The kernel's word for an interpolation; torchvision's `InterpolationMode` members have them as values."""
    word = getattr(given, "value", given)
    if word not in allowed:
        raise RangeError(f"{name}: needs one of {', '.join(allowed)}, got {word!r}")
    return allowed[word]


def _pair(value: int | Sequence[int], name: str) -> tuple[int, int]:
    pair = (value, value) if isinstance(value, int) else tuple(value) * (2 // len(value))
    if len(pair) != 2:
        raise RangeError(f"{name}: needs one number or two, got {value}")
    return int(pair[0]), int(pair[1])


def _colors(img: Any, name: str) -> Any:
    array = _array(img, name)
    if array.ndim != 3 or array.shape[0] not in (1, 3):
        raise ShapeError(f"{name}: img has to be (1 or 3, H, W), got {tuple(array.shape)}")
    return array


# --------------------------------------------------------------------------------------------------- conversion


def to_tensor(pic: Any) -> Tensor:
    """Return a picture as float32 (planes, H, W) from 0 to 1.

    Args:
        pic: a picture of Pillow's, a numpy array (H, W) or (H, W, planes), or a tensor (planes, H, W). Bytes are
            divided by 255, 16-bit numbers by 65535; floating numbers are kept as they are.

    Raises:
        DTypeError: for anything else.
    """
    found = pictures.from_pil(pic)
    if found is None and isinstance(pic, Tensor):
        found = pic.detach().array
    elif found is None and isinstance(pic, np.ndarray):
        if pic.ndim not in (2, 3):
            raise ShapeError(f"to_tensor: pic has to be (H, W) or (H, W, planes), got {pic.shape}")
        found = pic[None] if pic.ndim == 2 else pic.transpose(2, 0, 1)
    if found is None:
        raise DTypeError(f"to_tensor: pic has to be a picture, an array or a tensor, got {type(pic).__name__}")
    most = {"uint8": 255, "uint16": 65535}.get(found.dtype.name, 1)
    return _made(found.astype(np.float32) / np.float32(most) if most > 1 else found.astype(np.float32))


def to_pil_image(pic: Tensor | np.ndarray) -> Any:
    """Return a tensor (planes, H, W) or (H, W), or an array (H, W[, planes]), as a picture of Pillow's.

    Floating numbers go from 0 to 1 and are rounded to 255ths.
    """
    if isinstance(pic, np.ndarray):
        pic = _made(pic.transpose(2, 0, 1) if pic.ndim == 3 else pic)
    if not isinstance(pic, Tensor) or pic.ndim not in (2, 3):
        raise ShapeError(f"to_pil_image: pic has to be (planes, H, W) or (H, W), got {getattr(pic, 'shape', pic)}")
    return pictures.to_pil(as_bytes(pic))


def convert_image_dtype(image: Tensor, dtype: DType = float32) -> Tensor:
    """Return a picture in another element type, its values from 0 to 1 or to the largest whole number of the type."""
    array, target = _array(image, "convert_image_dtype"), dtype.numpy
    if array.dtype.kind == "f" or target.kind == "f":
        if array.dtype.kind != "f":
            found = array.astype(np.float64) / np.iinfo(array.dtype).max
        else:
            found = array if target.kind == "f" else np.floor(array * (np.iinfo(target).max + 1.0 - 1e-3))
        return _made(found.astype(target))
    shift = np.iinfo(array.dtype).bits - np.iinfo(target).bits - (array.dtype.kind == "i") + (target.kind == "i")
    wide = array.astype(np.int64)
    return _made((wide >> shift if shift >= 0 else wide << -shift).astype(target))


def normalize(tensor: Tensor, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> Tensor:
    """Return ``(x - mean) / std``, with one number of each for every plane (..., planes, H, W), or one for all.

    Raises:
        DTypeError: for whole numbers.
        RangeError: where a ``std`` is 0.
    """
    array = _array(tensor, "normalize")
    if array.dtype.kind != "f":
        raise DTypeError(f"normalize: needs floating numbers, got {tensor.dtype}; to_tensor makes some")
    if 0 in tuple(std):
        raise RangeError(f"normalize: std has to be other than 0, got {list(std)}")
    middle, spread = (np.asarray(v, array.dtype).reshape(-1, 1, 1) for v in (mean, std))
    found = (array - middle) / spread
    if inplace:
        tensor.copy_(_made(found))
        return tensor
    return _made(found)


# ------------------------------------------------------------------------------------------------------ geometry


def get_size(img: Tensor) -> tuple[int, int]:
    """Return ``(H, W)``."""
    height, width = _array(img, "get_size").shape[-2:]
    return int(height), int(width)


def resize(
    img: Tensor, size: int | Sequence[int], interpolation: str = "bilinear", max_size: int | None = None
) -> Tensor:
    """Return a picture (..., H, W) of another size.

    Args:
        img: the picture.
        size: (height, width); one number is the shorter side, and the other follows.
        interpolation: ``bilinear`` (the mean of what a pixel covers where a side shrinks), ``bicubic`` or ``nearest``.
        max_size: the most that the longer side may become, where ``size`` is one number.
    """
    array = _array(img, "resize")
    mode = _chosen("interpolation", interpolation, _MODES)
    if isinstance(size, int) or len(size) == 1:
        side = size if isinstance(size, int) else size[0]
        height, width = _by_shorter_side((array.shape[-2], array.shape[-1]), side, max_size)
    else:
        height, width = size
    if height < 1 or width < 1:
        raise RangeError(f"size: needs at least 1, got {size}")
    found = image.scale(np.ascontiguousarray(_planes(array)), int(height), int(width), mode)
    return _made(found.reshape(*array.shape[:-2], int(height), int(width)))


def _by_shorter_side(size: tuple[int, int], side: int, most: int | None) -> tuple[int, int]:
    height, width = size
    short, long = min(height, width), max(height, width)
    other = int(side * long / short)
    if most is not None and other > most:
        side, other = int(most * side / other), most
    return (side, other) if height <= width else (other, side)


def pad(img: Tensor, padding: int | Sequence[int], fill: float = 0, padding_mode: str = "constant") -> Tensor:
    """Return a picture with pixels around it: (..., H + top + bottom, W + left + right).

    Args:
        img: the picture.
        padding: one number for all sides, (left and right, top and bottom), or (left, top, right, bottom).
        fill: what they are in mode ``constant``.
        padding_mode: ``constant``, ``edge``, or the picture's mirror with (``symmetric``) or without (``reflect``) the
            border itself.
    """
    array = _array(img, "pad")
    mode = _chosen("padding_mode", padding_mode, _PADDING)
    sides = (padding,) if isinstance(padding, int) else tuple(padding)
    if len(sides) not in (1, 2, 4) or min(sides) < 0:
        raise RangeError(f"padding: needs 1, 2 or 4 numbers of at least 0, got {padding}")
    left, top, right, bottom = sides * (4 // len(sides))
    widths = [(0, 0)] * (array.ndim - 2) + [(top, bottom), (left, right)]
    options: dict[str, Any] = {"constant_values": fill} if mode == "constant" else {}
    return _made(np.pad(array, widths, mode, **options))  # type: ignore[call-overload]


def crop(img: Tensor, top: int, left: int, height: int, width: int) -> Tensor:
    """Return the part (..., height, width) of a picture that begins at (top, left); 0 where it lies outside."""
    array = _array(img, "crop")
    out = np.empty((*array.shape[:-2], height, width), array.dtype)
    return Tensor.from_array(image.translate(array, -left, -top, out))


def center_crop(img: Tensor, output_size: int | Sequence[int]) -> Tensor:
    """Return the middle of a picture, ``(..., height, width)``; 0 where that is larger."""
    height, width = _pair(output_size, "output_size")
    h, w = get_size(img)
    return crop(img, round((h - height) / 2), round((w - width) / 2), height, width)


def resized_crop(
    img: Tensor,
    top: int,
    left: int,
    height: int,
    width: int,
    size: int | Sequence[int],
    interpolation: str = "bilinear",
) -> Tensor:
    """Return `crop`, then `resize` to ``(..., *size)``."""
    return resize(crop(img, top, left, height, width), _pair(size, "size"), interpolation)


def hflip(img: Tensor) -> Tensor:
    """Return a picture (..., H, W) with left and right exchanged."""
    return _made(_array(img, "hflip")[..., ::-1])


def vflip(img: Tensor) -> Tensor:
    """Return a picture (..., H, W) with top and bottom exchanged."""
    return _made(_array(img, "vflip")[..., ::-1, :])


def _warped(
    array: Any, matrix: Any, shift: Any, size: tuple[int, int], mode: str, fill: float | Sequence[float]
) -> Tensor:
    """A pixel at p from the centre (y, x) takes the value at ``matrix p - shift`` from the picture's centre."""
    planes = _planes(array)
    height, width = size
    places = image.affine_field(matrix, shift, height, width) + np.mgrid[0:height, 0:width]
    # Places count from the corner of the picture, whose size may be another than the result's.
    y, x = places[0] + (planes.shape[1] - height) / 2, places[1] + (planes.shape[2] - width) / 2
    fills = [fill] if isinstance(fill, (int, float)) else list(fill)
    parts = [planes] if len(fills) == 1 else [p[None] for p in planes]
    if len(parts) != len(fills):
        raise RangeError(f"fill: needs one number, or one for each of {len(planes)} planes, got {fill}")
    found = np.concatenate([image.picked(p, y.ravel(), x.ravel(), mode, f) for p, f in zip(parts, fills, strict=True)])
    return _made(found.reshape(*array.shape[:-2], height, width))


def _off_centre(center: Sequence[float] | None, array: Any) -> Any:
    """Where a point (x, y) lies from the middle, as (y, x)."""
    if center is None:
        return np.zeros(2)
    return np.array([center[1] - array.shape[-2] * 0.5, center[0] - array.shape[-1] * 0.5])


def rotate(
    img: Tensor,
    angle: float,
    interpolation: str = "nearest",
    expand: bool = False,
    center: Sequence[float] | None = None,
    fill: float | Sequence[float] = 0,
) -> Tensor:
    """Return a picture turned by ``angle`` degrees against the clock.

    Args:
        img: (..., H, W).
        angle: in degrees.
        interpolation: ``nearest``, ``bilinear``, ``bicubic`` or ``lanczos``.
        expand: makes the result large enough for all of the picture.
        center: (x, y) of the point that stays; the middle where None.
        fill: what is where nothing comes to lie, one number or one for each plane.
    """
    array = _array(img, "rotate")
    mode = _chosen("interpolation", interpolation, _WARP_MODES)
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    matrix = np.array([[cos, sin], [-sin, cos]])
    height, width = array.shape[-2:]
    if expand:
        if center is not None:
            raise RangeError("center: with expand the picture turns about its middle")
        wide, high = abs(width * cos) + abs(height * sin), abs(width * sin) + abs(height * cos)
        height, width = math.ceil(high - 1e-6), math.ceil(wide - 1e-6)
    middle = _off_centre(center, array)
    return _warped(array, matrix, matrix @ middle - middle, (height, width), mode, fill)


def affine(
    img: Tensor,
    angle: float,
    translate: Sequence[float],
    scale: float,
    shear: float | Sequence[float],
    interpolation: str = "nearest",
    fill: float | Sequence[float] = 0,
    center: Sequence[float] | None = None,
) -> Tensor:
    """Return a picture (..., H, W) scaled, sheared, turned and moved: ``R(angle) Y(shear_y) X(shear_x) scale p + t``.

    Args:
        img: the picture.
        angle: in degrees, with the clock.
        translate: pixels to the right and down.
        scale: above 0.
        shear: of x, or of x and y, in degrees.
        interpolation: ``nearest``, ``bilinear``, ``bicubic`` or ``lanczos``.
        fill: what is where nothing comes to lie, one number or one for each plane.
        center: (x, y) of the point that all but the move keep; the middle where None.
    """
    array = _array(img, "affine")
    mode = _chosen("interpolation", interpolation, _WARP_MODES)
    if scale <= 0:
        raise RangeError(f"scale: needs a number above 0, got {scale}")
    shears = (shear, 0.0) if isinstance(shear, (int, float)) else (shear[0], shear[1] if len(shear) > 1 else 0.0)
    turn, (sx, sy) = math.radians(angle), (math.tan(math.radians(s)) for s in shears)
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    forward = scale * rotation @ np.array([[1, 0], [-sy, 1]]) @ np.array([[1, -sx], [0, 1]])
    backward = np.linalg.inv(forward)[::-1, ::-1]  # in the order y, x
    middle = _off_centre(center, array)
    moved = np.array([translate[1], translate[0]])
    return _warped(array, backward, backward @ (middle + moved) - middle, array.shape[-2:], mode, fill)


# ------------------------------------------------------------------------------------------------ blur and colours


def gaussian_blur(
    img: Tensor, kernel_size: int | Sequence[int], sigma: float | Sequence[float] | None = None
) -> Tensor:
    """Return a picture (..., H, W) convolved with ``exp(-d^2 / (2 sigma^2))`` of sum 1, its mirror lying around it.

    Args:
        img: the picture.
        kernel_size: of x, and of y; odd.
        sigma: of x, and of y, in pixels; ``0.15 k + 0.35`` for a size k where None.
    """
    array = _array(img, "gaussian_blur")
    sizes = _pair(kernel_size, "kernel_size")
    if any(k < 1 or k % 2 == 0 for k in sizes):
        raise RangeError(f"kernel_size: needs odd numbers, got {kernel_size}")
    if sigma is None:
        spreads = [0.15 * k + 0.35 for k in sizes]
    else:
        spreads = (
            [float(sigma)] * 2 if isinstance(sigma, (int, float)) else [float(s) for s in sigma] * (2 // len(sigma))
        )
    if min(spreads) <= 0:
        raise RangeError(f"sigma: needs numbers above 0, got {sigma}")
    right, down = (image_filters.gaussian_1d(k, s / k, 0.5) for k, s in zip(sizes, spreads, strict=True))
    values = image.working(_planes(array))
    reach = [(0, 0), (sizes[1] // 2,) * 2, (sizes[0] // 2,) * 2]
    values = np.pad(values, reach, "reflect")
    for kernel in (right[None] / right.sum(), down[:, None] / down.sum()):
        values = image_filters.correlate(values, kernel.astype(values.dtype))
    return _made(image.stored(values, array.dtype).reshape(array.shape))


def rgb_to_grayscale(img: Tensor, num_output_channels: int = 1) -> Tensor:
    """Return ``0.299 R + 0.587 G + 0.114 B`` of (3, H, W), as 1 plane or as 3 equal ones."""
    array = _colors(img, "rgb_to_grayscale")
    if num_output_channels not in (1, 3):
        raise RangeError(f"num_output_channels: needs 1 or 3, got {num_output_channels}")
    grey = image_color.convert(array, "rgb2y") if array.shape[0] == 3 else array
    return _made(grey.repeat(num_output_channels, 0))


def _blended(array: Any, other: Any, factor: float) -> Tensor:
    """``factor x + (1 - factor) other``, within the range of the type."""
    if factor < 0:
        raise RangeError(f"factor: needs a number of at least 0, got {factor}")
    most = 1.0 if array.dtype.kind == "f" else float(np.iinfo(array.dtype).max)
    mixed = factor * image.working(array) + (1 - factor) * other
    return _made(image.stored(np.clip(mixed, 0, most).astype(image.working(array).dtype), array.dtype))


def _grey(array: Any) -> Any:
    values = image.working(array)
    return image_color.convert(values, "rgb2y") if array.shape[0] == 3 else values


def adjust_brightness(img: Tensor, brightness_factor: float) -> Tensor:
    """Return ``factor x``, limited to what the type holds of a picture."""
    return _blended(_array(img, "adjust_brightness"), 0.0, brightness_factor)


def adjust_contrast(img: Tensor, contrast_factor: float) -> Tensor:
    """Return ``factor x + (1 - factor) m`` of (1 or 3, H, W), m being the mean of the grey picture."""
    array = _colors(img, "adjust_contrast")
    return _blended(array, _grey(array).mean(), contrast_factor)


def adjust_saturation(img: Tensor, saturation_factor: float) -> Tensor:
    """Return ``factor x + (1 - factor) g`` of (1 or 3, H, W), g being the grey picture."""
    array = _colors(img, "adjust_saturation")
    return _blended(array, _grey(array), saturation_factor)


def adjust_hue(img: Tensor, hue_factor: float) -> Tensor:
    """Return (3, H, W) with the hue turned by ``hue_factor``, from -0.5 to 0.5 of the wheel.

    Raises:
        RangeError: outside of that.
    """
    if not -0.5 <= hue_factor <= 0.5:
        raise RangeError(f"hue_factor: needs a number from -0.5 to 0.5, got {hue_factor}")
    array = _colors(img, "adjust_hue")
    if array.shape[0] == 1:
        return _made(array.copy())
    most = 1.0 if array.dtype.kind == "f" else float(np.iinfo(array.dtype).max)
    wheel = image_color.convert(image.working(array) / np.float32(most), "rgb2hsv")
    wheel[0] = (wheel[0] + hue_factor) % 1
    values = image_color.convert(wheel, "hsv2rgb") * np.float32(most)
    return _made(image.stored(values.astype(image.working(array).dtype), array.dtype))
