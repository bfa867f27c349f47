"""The patches of an image that a window slides over, as columns of a matrix, and columns added up to an image again."""

from __future__ import annotations

from typing import NamedTuple

from pytorch_from_lua.kernels import compiled
from pytorch_from_lua.kernels.namespace import Array, namespace


class Window(NamedTuple):
    """A window that slides over a zero-padded image; every entry is (rows, columns)."""

    size: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]

    @property
    def output_size(self) -> tuple[int, int]:
        """How many places the window takes: ``floor((size + 2 p - d (k - 1) - 1) / s) + 1`` for each direction."""
        return (self._places(0), self._places(1))

    def _places(self, i: int) -> int:
        reach = self.dilation[i] * (self.kernel[i] - 1) + 1
        return (self.size[i] + 2 * self.padding[i] - reach) // self.stride[i] + 1

    def slices(self, u: int, v: int) -> tuple[slice, slice]:
        """Where the elements (u, v) of all windows lie in the padded image."""
        return (self._slice(0, u), self._slice(1, v))

    def _slice(self, i: int, u: int) -> slice:
        first = u * self.dilation[i]
        return slice(first, first + (self._places(i) - 1) * self.stride[i] + 1, self.stride[i])


def columns_of(x: Array, window: Window) -> Array:
    """Return the patches of ``x``, shape (n, C, H, W), as shape (C kH kW, n H' W')."""
    xp = namespace(x)
    (kh, kw), (oh, ow) = window.kernel, window.output_size
    n, channels = x.shape[:2]
    columns = xp.empty((channels, kh, kw, n, oh, ow), x.dtype)
    loop = compiled.loop("columns_of", x)
    if loop is not None:
        loop(compiled.dense(x), columns, *window.stride, *window.padding, *window.dilation)
    else:
        planes = padded(x, window.padding).swapaxes(0, 1)
        for u in range(kh):
            for v in range(kw):
                rows, cols = window.slices(u, v)
                columns[:, u, v] = planes[:, :, rows, cols]
    return columns.reshape(channels * kh * kw, n * oh * ow)


def image_of(columns: Array, n: int, channels: int, window: Window) -> Array:
    """Return the image in which each element is the sum of its places in ``columns``: the transpose of `columns_of`."""
    xp = namespace(columns)
    (kh, kw), (oh, ow), (height, width), (ph, pw) = window.kernel, window.output_size, window.size, window.padding
    columns = columns.reshape(channels, kh, kw, n, oh, ow)
    loop = compiled.loop("image_of", columns)
    if loop is not None:
        image = xp.zeros((n, channels, height, width), columns.dtype)
        loop(compiled.dense(columns), image, *window.stride, *window.padding, *window.dilation)
        return image
    planes = xp.zeros((channels, n, height + 2 * ph, width + 2 * pw), columns.dtype)
    for u in range(kh):
        for v in range(kw):
            rows, cols = window.slices(u, v)
            planes[:, :, rows, cols] += columns[:, u, v]
    return planes[:, :, ph : ph + height, pw : pw + width].swapaxes(0, 1)


def padded(x: Array, padding: tuple[int, int], value: float = 0.0, end: tuple[int, int] | None = None) -> Array:
    """Return the last two dimensions of ``x`` with ``padding`` elements of ``value`` before and ``end`` after them.

    Args:
        x: shape (..., H, W).
        padding: (rows, columns) before.
        value: what to fill with.
        end: (rows, columns) after; None is as before.
    """
    after = padding if end is None else end
    if padding == (0, 0) and after == (0, 0):
        return x
    height, width = x.shape[-2:]
    shape = (*x.shape[:-2], padding[0] + height + after[0], padding[1] + width + after[1])
    y = namespace(x).full(shape, value, x.dtype)
    y[..., padding[0] : padding[0] + height, padding[1] : padding[1] + width] = x
    return y
