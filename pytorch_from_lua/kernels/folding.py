"""The patches of an image as columns, and columns added up to an image (PyTorch's ``unfold`` and ``fold``)."""

from __future__ import annotations

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.namespace import Array, Pair, check_shape, namespace, pair
from pytorch_from_lua.kernels.patches import Window, padded


def _window(size: tuple[int, ...], kernel: Pair, dilation: Pair, padding: Pair, stride: Pair) -> Window:
    window = Window(
        (size[0], size[1]),
        pair(kernel, "kernel_size", 1),
        pair(stride, "stride", 1),
        pair(padding, "padding"),
        pair(dilation, "dilation", 1),
    )
    if min(window.output_size) < 1:
        raise ShapeError(
            f"x: an image of {size[0]} x {size[1]} with padding {window.padding} is smaller than a kernel of "
            f"{window.kernel[0]} x {window.kernel[1]} with dilation {window.dilation}"
        )
    return window


def unfold(x: Array, kernel_size: Pair, dilation: Pair = 1, padding: Pair = 0, stride: Pair = 1) -> Array:
    """Return ``y[n, (c, u, v), (i, j)] = x[n, c, i s - p + u d, j s - p + v d]``, shape (N, C kH kW, H' W').

    Args:
        x: shape (N, C, H, W), or (C, H, W) for one image.
        kernel_size: the size of a patch, a number or (rows, columns).
        dilation: the step within a patch.
        padding: how many zeros are put on each side.
        stride: the step between patches.

    Raises:
        ShapeError: the image is smaller than a patch, or has other dimensions.
    """
    if x.ndim == 3:
        return unfold(x[None], kernel_size, dilation, padding, stride)[0]
    if x.ndim != 4:
        raise ShapeError(f"x: needs shape (batch, channels, rows, columns), got {x.shape}")
    window = _window(x.shape[2:], kernel_size, dilation, padding, stride)
    (kh, kw), (oh, ow) = window.kernel, window.output_size
    n, channels = x.shape[:2]
    planes = padded(x, window.padding)
    y = namespace(x).empty((n, channels, kh, kw, oh, ow), x.dtype)
    for u in range(kh):
        for v in range(kw):
            down, right = window.slices(u, v)
            y[:, :, u, v] = planes[:, :, down, right]
    return y.reshape(n, channels * kh * kw, oh * ow)


def fold(
    columns: Array,
    output_size: tuple[int, ...],
    kernel_size: Pair,
    dilation: Pair = 1,
    padding: Pair = 0,
    stride: Pair = 1,
) -> Array:
    """Return the image whose elements are the sums of their places in ``columns``: `unfold` transposed.

    Args:
        columns: shape (N, C kH kW, H' W'), or without the N.
        output_size: (H, W) of the image.
        kernel_size: the size of a patch, a number or (rows, columns).
        dilation: the step within a patch.
        padding: how much was put on each side.
        stride: the step between patches.

    Raises:
        ShapeError: the columns are not those of such an image.
    """
    if columns.ndim == 2:
        return fold(columns[None], output_size, kernel_size, dilation, padding, stride)[0]
    height, width = pair((output_size[0], output_size[1]), "output_size", 1)
    window = _window((height, width), kernel_size, dilation, padding, stride)
    (kh, kw), (oh, ow), (ph, pw) = window.kernel, window.output_size, window.padding
    if columns.ndim != 3 or columns.shape[1] % (kh * kw) != 0:
        raise ShapeError(f"columns: needs shape (batch, a multiple of {kh * kw}, {oh * ow}), got {columns.shape}")
    n, channels = columns.shape[0], columns.shape[1] // (kh * kw)
    check_shape("columns", columns, (n, channels * kh * kw, oh * ow))
    places = columns.reshape(n, channels, kh, kw, oh, ow)
    planes = namespace(columns).zeros((n, channels, height + 2 * ph, width + 2 * pw), columns.dtype)
    for u in range(kh):
        for v in range(kw):
            down, right = window.slices(u, v)
            planes[:, :, down, right] += places[:, :, u, v]
    inner = planes[:, :, ph : ph + height, pw : pw + width]
    return namespace(columns).ascontiguousarray(inner)
