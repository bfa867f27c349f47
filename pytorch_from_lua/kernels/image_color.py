"""Colours of pictures (3, H, W) in other spaces.

Values are from 0 to 1, but for L*a*b*, whose L* goes to 100. Sources: ITU-R BT.601 for luma and YUV; A. R. Smith,
"Color gamut transform pairs" (1978), for HSV and HSL; CIE 1976 with the D65 white and IEC 61966-2-1 (sRGB) for L*a*b*.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pytorch_from_lua.kernels.image import stored, working
from pytorch_from_lua.kernels.namespace import Array

_LUMA = np.array([[0.299, 0.587, 0.114]])
_TO_YUV = np.array([[0.299, 0.587, 0.114], [-0.14713, -0.28886, 0.436], [0.615, -0.51499, -0.10001]])
_FROM_YUV = np.array([[1, 0, 1.13983], [1, -0.39465, -0.58060], [1, 2.03211, 0]])
_TO_XYZ = np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
# Not quite the inverse: B. Lindbloom's numbers, which Torch7 has.
_FROM_XYZ = np.array(
    [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
)
_WHITE = _TO_XYZ.sum(1)
_DARK, _SLOPE = 216 / 24389, 24389 / 27


def _mixed(matrix: Array) -> Callable[[Array], Array]:
    def mix(x: Array) -> Array:
        rows = [sum(w * plane for w, plane in zip(row, x, strict=True) if w != 0) for row in matrix.tolist()]
        return np.stack(rows)

    return mix


def _hue(x: Array, top: Array, range_: Array) -> Array:
    """A sixth for each corner of the hexagon, 0 for greys."""
    red, green, blue = x
    span = np.where(range_ == 0, 1, range_)
    of_red = (green - blue) / span + np.where(green < blue, 6, 0)
    of_green, of_blue = (blue - red) / span + 2, (red - green) / span + 4
    sixths = np.where(top == red, of_red, np.where(top == green, of_green, of_blue))
    return np.where(range_ == 0, 0, sixths / 6).astype(x.dtype)


def _hsl(x: Array) -> Array:
    top, bottom = x.max(0), x.min(0)
    light, range_ = (top + bottom) / 2, top - bottom
    width = np.where(light > 0.5, 2 - top - bottom, top + bottom)
    return np.stack([_hue(x, top, range_), range_ / np.where(range_ == 0, 1, width), light])


def _hsv(x: Array) -> Array:
    top = x.max(0)
    range_ = top - x.min(0)
    return np.stack([_hue(x, top, range_), range_ / np.where(top == 0, 1, top), top])


def _from_hsl(x: Array) -> Array:
    hue, saturation, light = x
    q = np.where(light < 0.5, light * (1 + saturation), light + saturation - light * saturation)
    p = 2 * light - q
    planes = []
    for shift in (1 / 3, 0, -1 / 3):
        t = hue + shift
        t = np.where(t < 0, t + 1, np.where(t > 1, t - 1, t))
        steps = (t < 1 / 6, t < 1 / 2, t < 2 / 3)
        planes.append(np.select(steps, (p + (q - p) * 6 * t, q, p + (q - p) * (2 / 3 - t) * 6), p))
    return np.stack(planes)


def _from_hsv(x: Array) -> Array:
    hue, saturation, value = x
    whole = np.floor(hue * 6)
    part = hue * 6 - whole
    p, q = value * (1 - saturation), value * (1 - part * saturation)
    t, sixth = value * (1 - (1 - part) * saturation), whole.astype(np.int64) % 6
    red, green = np.choose(sixth, (value, q, p, p, t, value)), np.choose(sixth, (t, value, value, q, p, p))
    return np.stack([red, green, np.choose(sixth, (p, p, t, value, value, q))])


def _normalized(x: Array) -> Array:
    return x / (x.sum(0) + x.dtype.type(1e-6))


def _lab(x: Array) -> Array:
    linear = np.where(x <= 0.04045, x / 12.92, (np.maximum(x + 0.055, 0) / 1.055) ** 2.4)
    relative = _mixed(_TO_XYZ)(linear) / _WHITE[:, None, None]
    fx, fy, fz = np.where(relative > _DARK, np.cbrt(relative), (_SLOPE * relative + 16) / 116)
    return np.stack([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


def _from_lab(x: Array) -> Array:
    fy = (x[0] + 16) / 116
    f = np.stack([fy + x[1] / 500, fy, fy - x[2] / 200])
    xyz = np.where(f**3 > _DARK, f**3, (116 * f - 16) / _SLOPE) * _WHITE[:, None, None]
    linear = _mixed(_FROM_XYZ)(xyz)
    bright = 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, linear * 12.92, bright)


#: The conversions by Torch7's names, in the arithmetic of their input.
_CONVERSIONS: dict[str, Callable[[Array], Array]] = {
    "rgb2y": _mixed(_LUMA),
    "rgb2yuv": _mixed(_TO_YUV),
    "yuv2rgb": _mixed(_FROM_YUV),
    "rgb2hsl": _hsl,
    "hsl2rgb": _from_hsl,
    "rgb2hsv": _hsv,
    "hsv2rgb": _from_hsv,
    "rgb2nrgb": _normalized,
    "rgb2lab": _lab,
    "lab2rgb": _from_lab,
}
NAMES = tuple(_CONVERSIONS)


def convert(x: Array, name: str) -> Array:
    """Return ``x`` (3, H, W) in the other space; (1, H, W) for ``rgb2y``. Bytes are rounded, whole numbers cut."""
    with np.errstate(all="ignore"):
        return stored(_CONVERSIONS[name](working(x)), x.dtype)


# ------------------------------------------------------------------------------------------------------- colour maps


def jet_colors(count: int) -> Array:
    """Return (count, 3): from dark blue through green and yellow to dark red, each a trapezium of the place."""
    place = 4 * np.arange(1, count + 1)[:, None] / count
    return np.clip(np.minimum(place - np.array([1.5, 0.5, -0.5]), np.array([4.5, 3.5, 2.5]) - place), 0, 1)


def wheel_colors(count: int) -> Array:
    """Return (count, 3): colours that neighbours in the list tell apart, of steps of 39 degrees around HSL's wheel.

    Saturation goes from 0.3 up by ninths and begins again past 1; the lightness is a half.
    """
    steps = np.arange(count)
    hue, saturation = (steps * 39 % 360) / 360, steps / 9 % 0.7 + 0.3
    return _from_hsl(np.stack([hue, saturation, np.full(count, 0.5)])).T
