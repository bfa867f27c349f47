"""The largest element of each window, in any number of dimensions, and what is done with the places where it lies.

One function is the forward pass of max pooling in one to three dimensions, of adaptive and of fractional max pooling:
they differ in where the windows lie. The places are counted within a plane, row by row.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels import compiled, pooling
from pytorch_from_lua.kernels.namespace import Array, check_shape, namespace


@dataclass(frozen=True, eq=False)
class Windows:
    """Where the windows lie along one dimension.

    Attributes:
        first: the first element of each, shape (1, outputs), or (planes, outputs) where every plane has its own.
        last: the last element of each, which belongs to it.
        step: the distance of its elements.
    """

    first: Any
    last: Any
    step: int

    @property
    def longest(self) -> int:
        """How many elements the longest one has."""
        return int((self.last - self.first).max()) // self.step + 1


def window_max(
    x: Array, windows: tuple[Windows, ...], out: Array | None = None, indices: Array | None = None
) -> tuple[Array, Array]:
    """Return the largest element of each window of the last dimensions, and where it lies in its plane, int64.

    Of equal elements the first is taken; a NaN is larger than anything, the last one of several.
    """
    dims = len(windows)
    if x.ndim < dims:
        raise ShapeError(f"x: needs at least {dims} dimensions, has shape {x.shape}")
    xp = namespace(x)
    image = x.shape[x.ndim - dims :]
    shape = (*x.shape[: x.ndim - dims], *[w.first.shape[1] for w in windows])
    loop = compiled.loop("max_windows", x)
    if loop is not None:
        y, places = xp.empty(shape, x.dtype), xp.empty(shape, np.int64)
        ones = (1,) * (3 - dims)
        alone = np.zeros((1, 1), np.int64)
        limits: list[Any] = [alone, alone, 1] * (3 - dims)
        for w in windows:
            limits += [np.ascontiguousarray(w.first, np.int64), np.ascontiguousarray(w.last, np.int64), w.step]
        flat = compiled.dense(x).reshape(-1, *ones, *image)
        inner = shape[len(shape) - dims :]
        loop(flat, y.reshape(-1, *ones, *inner), places.reshape(-1, *ones, *inner), *limits)
    else:
        y, places = _window_max(x.reshape(-1, math.prod(image)), windows, image)
        y, places = y.reshape(shape), places.reshape(shape)
    return _handed(y, out, "out"), _handed(places, indices, "indices")


def _handed(value: Array, out: Array | None, name: str) -> Array:
    if out is None:
        return value
    check_shape(name, out, value.shape)
    out[...] = value
    return out


def _window_max(flat: Array, windows: tuple[Windows, ...], image: tuple[int, ...]) -> tuple[Array, Array]:
    """`window_max` of planes that are rows: the elements number one of all windows, then those number two, ..."""
    xp = namespace(flat)
    best: Array = None
    places: Array = None
    for offsets in itertools.product(*[range(w.longest) for w in windows]):
        place, inside = _places(windows, offsets, image)
        where = xp.asarray(place.reshape(len(place), -1))
        value = flat[:, where[0]] if len(place) == 1 else xp.take_along_axis(flat, where, 1)
        if best is None:
            best, places = value, xp.repeat(where, len(flat), 0) if len(place) == 1 else where.copy()
            continue
        larger = (value > best) | (value != value)
        if not inside.all():
            larger &= xp.asarray(inside.reshape(len(inside), -1))
        xp.copyto(best, value, where=larger)
        xp.copyto(places, xp.broadcast_to(where, places.shape), where=larger)
    return best, places


def _places(windows: tuple[Windows, ...], offsets: tuple[int, ...], image: tuple[int, ...]) -> tuple[Any, Any]:
    """Where in the plane the elements with these offsets lie, and whether they belong to their windows."""
    dims = len(windows)
    place: Any = 0
    inside: Any = True
    for d, (w, offset) in enumerate(zip(windows, offsets, strict=True)):
        wanted = w.first + offset * w.step
        shape = (len(wanted), *[-1 if e == d else 1 for e in range(dims)])
        inside = inside & (wanted <= w.last).reshape(shape)
        place = place * image[d] + np.where(wanted <= w.last, wanted, w.first).reshape(shape)
    return place, inside


def scatter_planes(grad: Array, indices: Array, shape: tuple[int, ...], dims: int, out: Array | None = None) -> Array:
    """Return zeros of ``shape`` with ``grad`` added up at the places: the derivative of `window_max`.

    Args:
        grad: shape (..., *outputs).
        indices: the places, counted within the last ``dims`` dimensions of ``shape``.
        shape: the shape of what the windows lay on.
        dims: how many dimensions a plane has.
        out: where to write it.
    """
    check_shape("grad", grad, indices.shape)
    lead = tuple(shape[: len(shape) - dims])
    check_shape("indices", indices, (*lead, *indices.shape[len(lead) :]))
    rows = (*lead, 1, -1)
    flat = (*lead, 1, math.prod(shape[len(lead) :]))
    found = pooling.max_pool2d_backward(grad.reshape(rows), indices.reshape(rows), flat)
    return _handed(found.reshape(shape), out, "out")


def gather_planes(x: Array, indices: Array, dims: int, out: Array | None = None) -> Array:
    """Return the elements of ``x`` at the places, shape of ``indices``: the derivative of `place_planes`."""
    lead = x.shape[: x.ndim - dims]
    check_shape("indices", indices, (*lead, *indices.shape[len(lead) :]))
    found = namespace(x).take_along_axis(x.reshape(*lead, -1), indices.reshape(*lead, -1), -1)
    return _handed(found.reshape(indices.shape), out, "out")


def place_planes(x: Array, indices: Array, shape: tuple[int, ...], dims: int, out: Array | None = None) -> Array:
    """Return zeros of ``shape`` with each element of ``x`` put at its place: what undoes max pooling.

    Raises:
        RangeError: a place is outside of its plane.
    """
    check_shape("indices", indices, x.shape)
    lead = tuple(shape[: len(shape) - dims])
    check_shape("x", x, (*lead, *x.shape[len(lead) :]))
    area = math.prod(shape[len(lead) :])
    least, most = (int(indices.min()), int(indices.max())) if indices.size else (0, -1)
    if least < 0 or most >= area:
        wrong = least if least < 0 else most
        raise RangeError(f"indices: got {wrong}, a plane of {tuple(shape[len(lead) :])} has places 0 to {area - 1}")
    xp = namespace(x)
    y = xp.zeros((*lead, area), x.dtype)
    xp.put_along_axis(y, indices.reshape(*lead, -1), x.reshape(*lead, -1), -1)
    return _handed(y.reshape(shape), out, "out")
