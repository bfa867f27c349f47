"""The patches of an image that a window slides over, as rows of a matrix, and rows added up to an image again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pytorch_from_lua.kernels.namespace import Array, namespace

LONG_RUN = 16  # copied as fast as a longer one, and channels need not be brought together before


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


def rows_of(x: Array, groups: int, window: Window) -> Array:
    """Return the patches of ``x``, shape (n, C, H, W), each as a row: (groups, n, H' W', kH kW C / groups).

    Within a row the channels come last. In memory the rows lie one after another, or, where the image is wider than
    what a row takes from one line of it, as columns: whichever copies longer runs.
    """
    xp = namespace(x)
    (kh, kw), (oh, ow), (height, width) = window.kernel, window.output_size, window.size
    (ph, pw), (sh, sw), (dh, dw) = window.padding, window.stride, window.dilation
    n, channels = x.shape[0], x.shape[1] // groups
    split = x.reshape(n, groups, channels, height, width).swapaxes(0, 1)
    if kw * channels < ow or ow >= LONG_RUN:
        planes = padded(split, (ph, pw))
        of_group, of_sample, of_channel, down, right = planes.strides
        shape = (groups, n, kh, kw, channels, oh, ow)
        strides = (of_group, of_sample, down * dh, right * dw, of_channel, down * sh, right * sw)
        columns = xp.empty(shape, x.dtype)
        columns[...] = _windows(planes, shape, strides)
        return columns.reshape(groups, n, kh * kw * channels, oh * ow).swapaxes(2, 3)
    planes = xp.zeros((groups, n, height + 2 * ph, width + 2 * pw, channels), x.dtype)
    planes[:, :, ph : ph + height, pw : pw + width] = split.transpose(0, 1, 3, 4, 2)
    of_group, of_sample, down, right, step = planes.strides
    shape = (groups, n, oh, ow, kh, kw, channels)
    rows = xp.empty(shape, x.dtype)
    strides = (of_group, of_sample, down * sh, right * sw, down * dh, right * dw, step)
    rows[...] = _windows(planes, shape, strides)
    return rows.reshape(groups, n, oh * ow, kh * kw * channels)


def _windows(planes: Array, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """Return every window as a view of ``planes``."""
    if type(planes) is np.ndarray and planes.flags.c_contiguous:  # ten times as fast as as_strided
        return np.ndarray(shape, planes.dtype, planes, 0, strides)
    return namespace(planes).lib.stride_tricks.as_strided(planes, shape, strides)


def add_rows(rows: Array, out: Array, window: Window) -> None:
    """Fill ``out``, shape (n, C, H, W), with the sums of each element's places in ``rows``: `rows_of` transposed."""
    xp = namespace(rows)
    (kh, kw), (oh, ow), (height, width), (ph, pw) = window.kernel, window.output_size, window.size, window.padding
    groups, n = rows.shape[:2]
    channels = out.shape[1] // groups
    rows = rows.reshape(groups, n, oh, ow, kh, kw, channels)
    planes = xp.zeros((groups, n, height + 2 * ph, width + 2 * pw, channels), rows.dtype)
    for u in range(kh):
        for v in range(kw):
            down, right = window.slices(u, v)
            planes[:, :, down, right] += rows[:, :, :, :, u, v]
    inner = planes[:, :, ph : ph + height, pw : pw + width]
    out[...] = inner.transpose(1, 0, 4, 2, 3).reshape(out.shape)


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
