"""The patches of an image that a window slides over, as columns of a matrix, and columns added up to an image again."""

from __future__ import annotations

from typing import NamedTuple

from pytorch_from_lua.kernels.namespace import Array, namespace

SHORT_ROW, SMALL_BATCH = 8, 16


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


def batch_last(n: int, window: Window) -> bool:
    """Tell whether the batch comes last in the columns: small images have longer runs of memory that way."""
    return n >= SMALL_BATCH and window.output_size[1] < SHORT_ROW


def columns_of(x: Array, window: Window) -> Array:
    """Return the patches of ``x``, shape (n, C, H, W), as (C kH kW, n H' W'), or (C kH kW, H' W' n) if `batch_last`."""
    xp = namespace(x)
    (kh, kw), (oh, ow), (ph, pw), (height, width) = window.kernel, window.output_size, window.padding, window.size
    n, channels = x.shape[:2]
    last = batch_last(n, window)
    if last:
        planes = xp.zeros((channels, height + 2 * ph, width + 2 * pw, n), x.dtype)
        planes[:, ph : ph + height, pw : pw + width] = x.transpose(1, 2, 3, 0)
        columns = xp.empty((channels, kh, kw, oh, ow, n), x.dtype)
    else:
        planes = padded(x, window.padding).swapaxes(0, 1)
        columns = xp.empty((channels, kh, kw, n, oh, ow), x.dtype)
    for u in range(kh):
        for v in range(kw):
            rows, cols = window.slices(u, v)
            columns[:, u, v] = planes[:, rows, cols] if last else planes[:, :, rows, cols]
    return columns.reshape(channels * kh * kw, n * oh * ow)


def image_of(columns: Array, n: int, channels: int, window: Window) -> Array:
    """Return the image in which each element is the sum of its places in ``columns``: the transpose of `columns_of`."""
    xp = namespace(columns)
    (kh, kw), (oh, ow), (height, width), (ph, pw) = window.kernel, window.output_size, window.size, window.padding
    if batch_last(n, window):
        columns = columns.reshape(channels, kh, kw, oh, ow, n)
        planes = xp.zeros((channels, height + 2 * ph, width + 2 * pw, n), columns.dtype)
        for u in range(kh):
            for v in range(kw):
                rows, cols = window.slices(u, v)
                planes[:, rows, cols] += columns[:, u, v]
        return planes[:, ph : ph + height, pw : pw + width].transpose(3, 0, 1, 2)
    columns = columns.reshape(channels, kh, kw, n, oh, ow)
    planes = xp.zeros((channels, n, height + 2 * ph, width + 2 * pw), columns.dtype)
    for u in range(kh):
        for v in range(kw):
            rows, cols = window.slices(u, v)
            planes[:, :, rows, cols] += columns[:, u, v]
    return planes[:, :, ph : ph + height, pw : pw + width].swapaxes(0, 1)


def to_rows(y: Array, groups: int, window: Window) -> Array:
    """Return ``y``, shape (n, O, H', W'), as (groups, O / groups, n H' W') in the order of the columns."""
    order = (1, 2, 3, 0) if batch_last(y.shape[0], window) else (1, 0, 2, 3)
    return y.transpose(order).reshape(groups, y.shape[1] // groups, -1)


def from_rows(rows: Array, n: int, window: Window) -> Array:
    """Return what `to_rows` was given, from (O, n H' W')."""
    if batch_last(n, window):
        return rows.reshape(-1, *window.output_size, n).transpose(3, 0, 1, 2)
    return rows.reshape(-1, n, *window.output_size).swapaxes(0, 1)


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
