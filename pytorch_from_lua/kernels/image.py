"""Pictures resized, warped, rotated and unrolled, with Torch7's rules: where samples lie, what borders do, rounding.

Pictures are (planes, H, W) of any element type. Whole numbers are computed in float32, and rounded and limited to
0..255 where they are bytes, cut where they are not; after each of the two passes where there are two.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pytorch_from_lua.kernels.compiled import loop
from pytorch_from_lua.kernels.namespace import Array


def working(x: Array) -> Array:
    """Return ``x`` dense, in the type that it is computed in: its own where that is floating, else float32."""
    kept = x.dtype if x.dtype.char in "fd" else np.dtype(np.float32)
    return np.ascontiguousarray(x, kept)


def stored(x: Array, dtype: np.dtype) -> Array:
    """Return computed values as elements of ``dtype``: bytes rounded and limited, other whole numbers cut."""
    if dtype == np.uint8:
        return np.clip(np.floor(x + x.dtype.type(0.5)), 0, 255).astype(np.uint8)
    return x.astype(dtype, copy=False)


# ------------------------------------------------------------------------------------------------------- resizing


class Taps(NamedTuple):
    """What each place of a resized line takes: K elements from ``first`` on, weighted, divided by ``sums``.

    They are kept, as many pictures are cut to few sizes, and only read.
    """

    first: Array
    weights: Array
    sums: Array


@functools.lru_cache(maxsize=512)
def linear_taps(old: int, new: int) -> Taps:
    """Return those of linear interpolation, corners kept; of means over the length of a pixel where a line shrinks."""
    one = np.float32(1)
    if new == old:
        return Taps(np.arange(new), np.ones((new, 1), np.float32), np.ones(new, np.float32))
    if new > old:
        places = np.arange(new, dtype=np.float32) * np.float32((old - 1) / (new - 1))
        first = places.astype(np.int64)
        part = places - first.astype(np.float32)
        first[-1], part[-1] = old - 1, 0
        return Taps(first, np.stack([one - part, part], 1), np.ones(new, np.float32))
    edges = np.arange(new + 1, dtype=np.float32) * np.float32(old / new)
    whole = edges.astype(np.int64)
    part = edges - whole.astype(np.float32)
    weights = np.zeros((new, int((whole[1:] - whole[:-1]).max()) + 1), np.float32)
    weights[:, 0] = one - part[:-1]
    for k in range(1, weights.shape[1]):
        at = whole[:-1] + k
        weights[:, k] = np.where(at < whole[1:], one, np.where((at == whole[1:]) & (at < old), part[1:], 0))
    return Taps(whole[:-1], weights, weights.sum(1, dtype=np.float32))


def cubic_weights(part: Array) -> Array:
    """Return Catmull and Rom's weights of the four neighbours, for ``part`` of the way from the second to the third."""
    t = part
    before, after = t * (-0.5 + t * (1 - 0.5 * t)), t * t * (0.5 * t - 0.5)
    return np.stack([before, 1 + t * t * (1.5 * t - 2.5), t * (0.5 + t * (2 - 1.5 * t)), after], -1)


def _straight_on(first: Array, four: Array, size: int) -> tuple[Array, Array]:
    """Return four places of a line from ``first`` on and their weights; past its ends it goes on as its last two."""
    start = np.clip(first, 0, max(size - 4, 0))
    wide = np.zeros((len(first), 4))
    lines = np.arange(len(first))
    for k in range(4):
        at, weight = first + k, four[:, k]
        inside = (at >= 0) & (at < size)
        wide[lines[inside], (at - start)[inside]] += weight[inside]
        for outside, edge, beside in ((at < 0, 0, 1), (at >= size, size - 1, size - 2)):
            wide[lines[outside], (edge - start)[outside]] += 2 * weight[outside]
            wide[lines[outside], (beside - start)[outside]] -= weight[outside]
    return np.minimum(start[:, None] + np.arange(4), size - 1), wide


@functools.lru_cache(maxsize=512)
def cubic_taps(old: int, new: int) -> Taps:
    """Return those of cubic interpolation, corners kept; a line goes straight on past its ends."""
    if new == old or old == 1:
        return linear_taps(old, new) if new == old else nearest_taps(old, new)
    places = np.arange(new, dtype=np.float32) * np.float32((old - 1) / max(new - 1, 1))
    first = np.minimum(places.astype(np.int64), old - 2)
    part = places - first.astype(np.float32)
    if new > 1 or old == 1:
        part[-1], first[-1] = 1, old - 2
    else:
        first[-1], part[-1] = old - 2, 1
    at, wide = _straight_on(first - 1, cubic_weights(part.astype(np.float64)), old)
    return Taps(at[:, 0], wide, np.ones(new))


def nearest_taps(old: int, new: int) -> Taps:
    """Return those that take the element at ``floor(i * old / new)``."""
    places = (np.arange(new, dtype=np.float32) * (np.float32(old) / np.float32(new))).astype(np.int64)
    return Taps(np.minimum(places, old - 1), np.ones((new, 1), np.float32), np.ones(new, np.float32))


#: The ways to resize, by their names.
SCALE_MODES: dict[str, Callable[[int, int], Taps]] = {
    "bilinear": linear_taps,
    "bicubic": cubic_taps,
    "simple": nearest_taps,
}


_ROWS = 64  # fit into the cache, turned over
_WORTH_TURNING = 2  # what a line's elements must be used for on average


def _resized(x: Array, taps: Taps, axis: int) -> Array:
    """Resize one of the last two dimensions of a dense array in a type that is computed in."""
    new = len(taps.first)
    shape = (*x.shape[:axis], new, *x.shape[axis + 1 :])
    inner = math.prod(x.shape[axis + 1 :])
    flat = x.reshape(-1, x.shape[axis], inner)
    weights, sums = taps.weights.astype(x.dtype), taps.sums.astype(x.dtype)
    out = np.empty((flat.shape[0], new, inner), x.dtype)
    compiled = loop("resize_axis", x)
    if compiled is not None:
        if inner > 1 or weights.size < _WORTH_TURNING * x.shape[axis]:
            compiled(flat, taps.first, weights, sums, out)
            return out.reshape(shape)
        # Elements beside one another are computed together: columns, where some rows at a time are turned over.
        for start in range(0, len(flat), _ROWS):
            rows = slice(start, start + _ROWS)
            turned = np.ascontiguousarray(flat[rows, :, 0].T)[None]
            done = np.empty((1, new, turned.shape[2]), x.dtype)
            compiled(turned, taps.first, weights, sums, done)
            out[rows, :, 0] = done[0].T
        return out.reshape(shape)
    for k in range(weights.shape[1]):
        part = flat[:, np.minimum(taps.first + k, x.shape[axis] - 1)] * weights[:, k, None]
        out = part if k == 0 else out + part
    return (out / sums[:, None]).reshape(shape)


def scale(x: Array, height: int, width: int, mode: str = "bilinear") -> Array:
    """Return ``x`` (..., H, W) resized to (..., height, width).

    ``bilinear`` is linear interpolation with the corners kept where a side grows, and the mean over the length of a
    pixel where it shrinks; ``bicubic`` a curve through four neighbours; ``simple`` the element at
    ``floor(i * old / new)``.
    """
    taps = SCALE_MODES[mode]
    if mode == "simple":
        x = x.astype(np.float32).astype(x.dtype) if x.dtype.char == "d" else x  # Torch7 copies through a float
        return x[..., taps(x.shape[-2], height).first[:, None], taps(x.shape[-1], width).first]
    for axis, size in ((x.ndim - 1, width), (x.ndim - 2, height)):
        if size != x.shape[axis]:
            x = stored(_resized(working(x), taps(x.shape[axis], size), axis), x.dtype)
    return x.copy() if x.base is not None or not x.flags.owndata else x


# -------------------------------------------------------------------------------------------------------- sampling


BLOCK = 1 << 14  # points whose places and weights are made at a time


def sample(x: Array, places: Array, weights: Array) -> Array:
    """Return (P, N): of each plane of ``x`` (P, H, W) the sums over its flat ``places`` (N, K) with ``weights``."""
    planes = working(x).reshape(x.shape[0], -1)
    weights = weights.astype(planes.dtype)
    out = np.empty((planes.shape[0], len(places)), planes.dtype)
    compiled = loop("sample_planes", planes)
    if compiled is not None:
        compiled(planes, np.ascontiguousarray(places), weights, out)
    else:
        out[...] = planes[:, places[:, 0]] * weights[:, 0]
        for k in range(1, places.shape[1]):
            out += planes[:, places[:, k]] * weights[:, k]
    return out


def _between(place: Array, size: int) -> tuple[Array, Array]:
    first = np.floor(place).astype(np.int64)
    part = place - first
    return np.stack([first, np.minimum(first + 1, size - 1)], 1), np.stack([1 - part, part], 1)


def _four(place: Array, size: int) -> tuple[Array, Array]:
    first = np.floor(place).astype(np.int64)
    at = first[:, None] + np.arange(-1, 3)
    # Neighbours past a border have no weight, and `warp` puts its padding in their place, as Torch7 does.
    weights = np.where((at >= 0) & (at < size), cubic_weights(place.astype(np.float64) - first), 0)
    return np.clip(at, 0, size - 1), weights


def _lanczos(place: Array, size: int) -> tuple[Array, Array]:
    first = np.floor(place).astype(np.int64)
    at = first[:, None] + np.arange(-2, 4)
    distance = np.abs(place.astype(np.float32)[:, None] - at.astype(np.float32))
    angle = np.where(distance < 1e-6, np.float32(1), np.float32(math.pi) * distance)
    weights = np.float32(3) * np.sin(angle) * np.sin(angle / np.float32(3)) / (angle * angle)
    return np.clip(at, 0, size - 1), np.where(distance < 1e-6, np.float32(1), weights)


#: Which places of a line, and with which weights, make the value between them; ``simple`` takes the nearest.
BETWEEN: dict[str, Callable[[Array, int], tuple[Array, Array]]] = {
    "bilinear": _between,
    "bicubic": _four,
    "lanczos": _lanczos,
}
WARP_MODES = ("simple", *BETWEEN)


def at_points(x: Array, y: Array, z: Array, mode: str, pad: float = 0) -> Array:
    """Return (P, N): the values of ``x`` (P, H, W) at the rows ``y`` and columns ``z`` (N,), which lie inside.

    Where a cubic reaches past a border there is ``pad``.
    """
    height, width = x.shape[-2:]
    if mode == "simple":
        return x[:, np.floor(y + 0.5).astype(np.int64), np.floor(z + 0.5).astype(np.int64)]
    planes = working(x)
    compiled = loop("sample_between", planes) if mode == "bilinear" else None
    if compiled is not None:
        direct = np.empty((x.shape[0], y.size), planes.dtype)
        compiled(planes, y, z, direct)
        return stored(direct, x.dtype)
    taps = BETWEEN[mode]
    found = np.empty((x.shape[0], y.size), x.dtype)
    for start in range(0, y.size, BLOCK):
        part = slice(start, start + BLOCK)
        rows, down = taps(y[part], height)
        cols, right = taps(z[part], width)
        many = (rows.shape[0], rows.shape[1] * cols.shape[1])
        places = (rows[:, :, None] * width + cols[:, None, :]).reshape(many)
        weights = (down[:, :, None] * right[:, None, :]).reshape(many)
        if mode == "lanczos":  # the only one whose weights are not one together
            total = np.zeros(len(weights), weights.dtype)
            for j in range(cols.shape[1]):  # in this order, for these few bits show in float64
                for k in range(rows.shape[1]):
                    total += weights[:, k * cols.shape[1] + j]
            found[:, part] = stored(sample(x, places, weights) / total, x.dtype)
        else:
            values = sample(x, places, weights)
            if mode == "bicubic" and pad != 0:
                values += (pad * (1 - weights.sum(1))).astype(values.dtype)
            found[:, part] = stored(values, x.dtype)
    return found


def warp(x: Array, field: Array, mode: str, offset: bool, pads: bool, pad: float) -> Array:
    """Return (P, H', W') with the values of ``x`` (P, H, W) at the places that ``field`` (2, H', W') says, y first.

    With ``offset`` it says how far they lie from the pixel's own. Outside the picture there is ``pad`` where ``pads``,
    else the nearest pixel.
    """
    (height, width), shape = x.shape[-2:], field.shape[1:]
    y, z = field[0].astype(np.float32), field[1].astype(np.float32)
    if offset:
        y = y + np.arange(shape[0], dtype=np.float32)[:, None]
        z = z + np.arange(shape[1], dtype=np.float32)
    y, z = y.ravel(), z.ravel()
    found = at_points(x, np.clip(y, 0, height - 1), np.clip(z, 0, width - 1), mode, pad)
    if pads:
        found[:, (y < 0) | (y > height - 1) | (z < 0) | (z > width - 1)] = pad
    return found.reshape(x.shape[0], *shape)


def affine_field(matrix: Array, translation: Array, height: int, width: int) -> Array:
    """Return the field (2, H, W) for `warp` that applies ``matrix`` (2, 2) about the centre: ``A p + t - p``.

    A pixel at p from the centre, y first, takes the value at ``A p - t`` from there.
    """
    y, z = np.meshgrid(np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2, indexing="ij")
    own = np.stack([y, z])
    moved: Array = np.einsum("ij,jhw->ihw", matrix, own) - own - np.reshape(translation, (2, 1, 1))
    return moved


# --------------------------------------------------------------------------------------- turned and unrolled pictures


def picked(x: Array, y: Array, z: Array, mode: str, fill: float = 0) -> Array:
    """Return (P, N): the values of ``x`` (P, H, W) at rows ``y`` and columns ``z``; ``fill`` outside.

    Half a pixel around the picture still belongs to it.
    """
    height, width = x.shape[-2:]
    inside = (y > -0.5) & (y < height - 0.5) & (z > -0.5) & (z < width - 0.5)
    found = at_points(x, np.clip(y, 0, height - 1), np.clip(z, 0, width - 1), mode, fill)
    found[:, ~inside] = fill
    return found


def rotate(x: Array, theta: float, mode: str, height: int, width: int) -> Array:
    """Return ``x`` (P, H, W) turned about its centre by ``theta`` radians, against the clock, in (P, height, width).

    The pixel (i, j) takes the value at ``(i cos - j sin, i sin + j cos)``, both counted right and down from the centre;
    there is 0 where nothing comes to lie.
    """
    cos, sin = math.cos(theta), math.sin(theta)
    down, right = (x.shape[-2] - 1) / 2, (x.shape[-1] - 1) / 2
    j, i = np.meshgrid(np.arange(height) - down, np.arange(width) - right, indexing="ij")
    z, y = (cos * i - sin * j + right).ravel(), (cos * j + sin * i + down).ravel()
    return picked(x, y, z, mode).reshape(x.shape[0], height, width)


def polar(x: Array, height: int, width: int, mode: str, full: bool, logarithmic: bool) -> Array:
    """Return ``x`` (P, H, W) unrolled about its centre to (P, height, width): angles down, radii to the right.

    Angles go from the bottom against the clock. Radii grow up to the nearest border, with ``full`` to the corners;
    ``logarithmic`` ones from 1 on by a factor.
    """
    down, right = x.shape[-2] / 2, x.shape[-1] / 2
    longest = math.hypot(down, right) if full else min(down, right)
    radius = np.arange(width) / width
    radius = np.exp(radius * math.log(longest)) if logarithmic else radius * longest
    angle = (2 * math.pi / height) * np.arange(height)[:, None]
    y, z = (np.cos(angle) * radius + down).ravel(), (-np.sin(angle) * radius + right).ravel()
    if mode == "simple":
        y, z = np.floor(y), np.floor(z)
    return picked(x, y, z, mode).reshape(x.shape[0], height, width)


def translate(x: Array, right: int, down: int, out: Array) -> Array:
    """Fill ``out`` (..., H', W') with ``x`` moved, 0 where nothing comes to lie, and return it."""
    out[...] = 0
    height, width = (min(a, b) for a, b in zip(x.shape[-2:], out.shape[-2:], strict=True))
    rows = range(max(0, down), min(out.shape[-2], x.shape[-2] + down, height + max(0, down)))
    cols = range(max(0, right), min(out.shape[-1], x.shape[-1] + right, width + max(0, right)))
    if len(rows) and len(cols):
        target = (..., slice(rows.start, rows.stop), slice(cols.start, cols.stop))
        source = (..., slice(rows.start - down, rows.stop - down), slice(cols.start - right, cols.stop - right))
        out[target] = x[source]
    return out
