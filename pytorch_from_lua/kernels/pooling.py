"""2-D pooling (Torch7's ``nn.SpatialMaxPooling``, ``nn.SpatialDilatedMaxPooling``, ``nn.SpatialAveragePooling``)."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import compiled, parallel
from pytorch_from_lua.kernels.namespace import Array, Pair, at, check_shape, namespace, pair
from pytorch_from_lua.kernels.patches import padded


class Pool:
    """The sizes of one pooling, checked; every attribute is (rows, columns)."""

    def __init__(
        self,
        input_shape: tuple[int, ...],
        kernel_size: Pair,
        stride: Pair | None,
        padding: Pair,
        dilation: Pair,
        ceil_mode: bool,
    ) -> None:
        if len(input_shape) not in (3, 4):
            raise ShapeError(f"x: needs shape (batch, channels, rows, columns) or without a batch, got {input_shape}")
        self.size = (input_shape[-2], input_shape[-1])
        self.kernel = pair(kernel_size, "kernel_size", 1)
        self.stride = self.kernel if stride is None else pair(stride, "stride", 1)
        self.padding = pair(padding, "padding")
        self.dilation = pair(dilation, "dilation", 1)
        for p, k in zip(self.padding, self.kernel, strict=True):
            if 2 * p > k:
                raise ShapeError(f"padding: needs to be at most half of the kernel {self.kernel}, got {self.padding}")
        self.output_size = output_size(self.size, self.kernel, self.stride, self.padding, self.dilation, ceil_mode)
        if min(self.output_size) < 1:
            raise ShapeError(f"x: an image of {self.size} is too small for a window of {self.kernel}")
        for n, s, p, d in zip(self.size, self.stride, self.padding, self.dilation, strict=True):
            if any(start % d >= n for start in range(-p, 0, s)):
                raise ShapeError(f"padding: with dilation {self.dilation}, a window has no element of {self.size}")
        # How far the last window reaches over the end of the image: the padding, or less, or more in ceil mode.
        self.end = (self._overhang(0), self._overhang(1))
        # Windows of 2 x 2 side by side, by far the commonest, have a loop of their own.
        plain = self.padding == self.end == (0, 0) and self.dilation == (1, 1)
        self.halves = plain and self.kernel == self.stride == (2, 2)

    def _overhang(self, i: int) -> int:
        last = (self.output_size[i] - 1) * self.stride[i] + self.dilation[i] * (self.kernel[i] - 1)
        return max(0, last + 1 - self.padding[i] - self.size[i])

    def slices(self, u: int, v: int) -> tuple[slice, slice]:
        """Where the elements (u, v) of all windows lie in the padded image."""
        return (self._slice(0, u), self._slice(1, v))

    def _slice(self, i: int, u: int) -> slice:
        first = u * self.dilation[i]
        return slice(first, first + (self.output_size[i] - 1) * self.stride[i] + 1, self.stride[i])


def output_size(
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...] | None = None,
    ceil_mode: bool = False,
) -> tuple[int, ...]:
    """Return how many windows fit into an image of ``size``, for each dimension; under 1 where it is too small."""
    dilation = (1,) * len(size) if dilation is None else dilation
    places = []
    for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True):
        room = n + 2 * p - d * (k - 1) - 1
        count = (-(-room // s) if ceil_mode else room // s) + 1
        # A last window that would start in the padding, or beyond it, is left out.
        if (ceil_mode or p > 0) and (count - 1) * s >= n + p:
            count -= 1
        places.append(count)
    return tuple(places)


@functools.lru_cache(maxsize=256)
def _cached_pool(*arguments: Any) -> Pool:
    return Pool(*arguments)


def _pool(
    shape: tuple[int, ...], kernel_size: Pair, stride: Pair | None, padding: Pair, dilation: Pair, ceil_mode: bool
) -> Pool:
    """Return the sizes of a pooling. The last ones are kept: a training step asks for the same again and again."""
    try:
        return _cached_pool(shape, kernel_size, stride, padding, dilation, ceil_mode)
    except TypeError:  # a list, which is no key
        return Pool(shape, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool2d_forward(
    x: Array,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
    ceil_mode: bool = False,
    out: Array | None = None,
    indices: Array | None = None,
) -> tuple[Array, Array]:
    """Return the largest element of each window, and where in its plane it lies.

    Args:
        x: shape (N, C, H, W) or (C, H, W).
        kernel_size: the window's size, a number or (rows, columns).
        stride: the step between windows; None is the window's size.
        padding: how much minus infinity is put on each side, at most half of the window.
        dilation: the step within the window.
        ceil_mode: whether a last window that sticks out over the end counts, unless it starts in the padding.
        out: where to write the values.
        indices: where to write the places, int64.

    Returns:
        Values of shape (N, C, H', W') and places ``row * W + column``, int64. Of equal elements the first is taken; a
        NaN is larger than anything, the last one of several.

    Raises:
        ShapeError: the sizes do not fit together.
    """
    pool = _pool(x.shape, kernel_size, stride, padding, dilation, ceil_mode)
    xp = namespace(x)
    shape = (*x.shape[:-2], *pool.output_size)
    loop = compiled.loop("max_pool_2x2" if pool.halves else "max_pool", x)
    if loop is not None:
        y, places = _room(xp, shape, x.dtype, out), _room(xp, shape, np.dtype("int64"), indices)
        flat = compiled.dense(x).reshape(-1, *pool.size)
        parts = y.reshape(-1, *pool.output_size), places.reshape(-1, *pool.output_size)
        sizes = () if pool.halves else (*pool.kernel, *pool.stride, *pool.padding, *pool.dilation)
        parallel.spread(
            lambda a, b: loop(flat[a:b], parts[0][a:b], parts[1][a:b], *sizes),
            len(flat),
            pool.size[0] * pool.size[1] * 4,  # each element takes as long as several of a simpler operation
        )
    elif pool.end == (0, 0) and pool.padding == (0, 0):
        y, places = _max_pool_inside(x, pool)
    else:
        y, places = _max_pool(x, pool, xp.empty(shape, "int64"))
    return _given(y, out), _given(places, indices, "indices")


def _room(xp: Any, shape: tuple[int, ...], dtype: Any, out: Array | None) -> Array:
    """Return ``out`` where a loop can write there, else a new array."""
    if out is not None and out.shape == shape and out.dtype == dtype and out.flags.c_contiguous:
        return out
    return xp.empty(shape, dtype)


def _given(value: Array, out: Array | None, name: str = "out") -> Array:
    if out is None or out is value:
        return value
    check_shape(name, out, value.shape)
    out[...] = value
    return out


def _max_pool_inside(x: Array, pool: Pool) -> tuple[Array, Array]:
    """Return values and places where no window reaches over the border."""
    xp = namespace(x)
    (kh, kw), (dh, dw), width = pool.kernel, pool.dilation, pool.size[1]
    best: Array = None
    which: Array = None  # the place within the window, in the smallest type, which is the fastest
    for k in range(kh * kw):
        rows, cols = pool.slices(k // kw, k % kw)
        value = xp.ascontiguousarray(x[..., rows, cols])
        if best is None:
            best = value.copy() if xp.may_share_memory(value, x) else value
            which = xp.zeros(best.shape, "uint8" if kh * kw <= 256 else "int64")
            continue
        larger = value > best
        larger |= value != value
        xp.copyto(best, value, where=larger)
        xp.copyto(which, which.dtype.type(k), where=larger)
    down, right = (xp.arange(count, dtype="int64") for count in pool.output_size)
    corners = down[:, None] * (pool.stride[0] * width) + right * pool.stride[1]
    offsets = (xp.arange(kh, dtype="int64")[:, None] * (dh * width) + xp.arange(kw, dtype="int64") * dw).reshape(-1)
    places = offsets[which]
    places += corners
    return best, places


def _max_pool(x: Array, pool: Pool, places: Array) -> tuple[Array, Array]:
    xp = namespace(x)
    lowest = -math.inf if x.dtype.kind == "f" else xp.iinfo(x.dtype).min
    image = padded(x, pool.padding, lowest, pool.end)
    number = xp.arange(pool.size[0] * pool.size[1], dtype="int64").reshape(pool.size)
    number = padded(number, pool.padding, -1, pool.end)
    best: Array = None
    for u in range(pool.kernel[0]):
        for v in range(pool.kernel[1]):
            rows, cols = pool.slices(u, v)
            value, here = image[..., rows, cols], number[rows, cols]
            if best is None:
                best = value.copy()
                places[...] = here
                continue
            # A place in the padding (-1) is never kept where the image has an element, be it minus infinity.
            larger = (value > best) | (value != value) | ((places < 0) & (here >= 0))
            larger &= here >= 0
            xp.copyto(best, value, where=larger)
            xp.copyto(places, here, where=larger)
    return best, places


def max_pool2d_backward(grad: Array, indices: Array, input_shape: tuple[int, ...], out: Array | None = None) -> Array:
    """Return ``grad`` added up at the places that `max_pool2d_forward` gave, shape ``input_shape``."""
    check_shape("grad", grad, indices.shape)
    check_shape("indices", indices, (*input_shape[:-2], *indices.shape[-2:]))
    xp = namespace(grad)
    area, places = input_shape[-2] * input_shape[-1], grad.shape[-2] * grad.shape[-1]
    gradient = xp.zeros(tuple(input_shape), grad.dtype)
    planes = gradient.size // max(1, area)
    loop = compiled.loop("scatter_add", grad)
    if loop is not None:
        flat = compiled.dense(grad).reshape(planes, places), compiled.dense(indices).reshape(planes, places)
        whole = gradient.reshape(planes, area)
        parallel.spread(lambda a, b: loop(flat[0][a:b], flat[1][a:b], whole[a:b]), planes, area)
    else:
        flat_places = (indices.reshape(planes, places) + xp.arange(planes)[:, None] * area).reshape(-1)
        # Windows may overlap, so that a place can be named twice.
        at("add", gradient.reshape(-1), flat_places, grad.reshape(-1))
    return _given(gradient, out)


def avg_pool2d_forward(
    x: Array,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    out: Array | None = None,
) -> Array:
    """Return the mean of each window, shape (N, C, H', W'); arguments as in `max_pool2d_forward`.

    With ``count_include_pad`` the padding's zeros count as elements. What lies beyond the padding never does.
    """
    pool = _pool(x.shape, kernel_size, stride, padding, 1, ceil_mode)
    image = padded(x, pool.padding, 0.0, pool.end)
    total: Array = None
    for u in range(pool.kernel[0]):
        for v in range(pool.kernel[1]):
            rows, cols = pool.slices(u, v)
            part = image[..., rows, cols]
            total = part.copy() if total is None else namespace(x).add(total, part, out=total)
    total /= _counts(namespace(x), pool, count_include_pad, x.dtype)
    return _given(total, out)


def avg_pool2d_backward(
    grad: Array,
    input_shape: tuple[int, ...],
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    out: Array | None = None,
) -> Array:
    """Return the gradient with respect to ``x`` of `avg_pool2d_forward`, shape ``input_shape``."""
    pool = _pool(tuple(input_shape), kernel_size, stride, padding, 1, ceil_mode)
    check_shape("grad", grad, (*input_shape[:-2], *pool.output_size))
    xp = namespace(grad)
    share = grad / _counts(xp, pool, count_include_pad, grad.dtype)
    (height, width), (ph, pw) = pool.size, pool.padding
    image = xp.zeros((*input_shape[:-2], ph + height + pool.end[0], pw + width + pool.end[1]), grad.dtype)
    for u in range(pool.kernel[0]):
        for v in range(pool.kernel[1]):
            rows, cols = pool.slices(u, v)
            image[..., rows, cols] += share
    inner = image[..., ph : ph + height, pw : pw + width]
    return _given(inner, out) if out is not None else xp.ascontiguousarray(inner)


def _counts(xp: object, pool: Pool, count_include_pad: bool, dtype: object) -> Array:
    """Return how many elements each window counts, shape (H', W')."""
    counts = []
    for i in range(2):
        start = np.arange(pool.output_size[i]) * pool.stride[i] - pool.padding[i]
        end = np.minimum(start + pool.kernel[i], pool.size[i] + pool.padding[i])
        if not count_include_pad:
            start, end = np.maximum(start, 0), np.minimum(end, pool.size[i])
        counts.append(end - start)
    return xp.asarray(np.outer(counts[0], counts[1]), dtype=dtype)  # type: ignore[attr-defined]
