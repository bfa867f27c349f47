"""Convolution of each plane by kernels of its own: as many groups as channels.

Products of matrices have nothing to share there: a compiled loop over the places of the kernel is faster, two to five
times in doubles, and for the gradient of a strided one so are numpy's sums.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pytorch_from_lua.kernels import parallel
from pytorch_from_lua.kernels.compiled import dense, loop
from pytorch_from_lua.kernels.namespace import Array
from pytorch_from_lua.kernels.patches import Window


def _seen(window: Window, i: int, u: int) -> tuple[slice, slice] | None:
    """The windows of one direction whose place ``u`` is inside the image, and the elements there."""
    size, places, stride = window.size[i], window.output_size[i], window.stride[i]
    first = u * window.dilation[i] - window.padding[i]
    low = max(0, -(first // stride))
    high = min(places, (size - 1 - first) // stride + 1)
    if low >= high:
        return None
    begin = first + low * stride
    return slice(low, high), slice(begin, begin + (high - low - 1) * stride + 1, stride)


def _places(window: Window) -> Iterator[tuple[int, int, tuple[slice, slice], tuple[slice, slice]]]:
    """For each place (u, v) of the kernel: the windows that see an element there, and those elements."""
    for u in range(window.kernel[0]):
        down = _seen(window, 0, u)
        for v in range(window.kernel[1]):
            right = _seen(window, 1, v)
            if down is not None and right is not None:
                yield u, v, (down[0], right[0]), (down[1], right[1])


def _looped(name: str, given: Array, weight: Array, out: Array, start: Any, many: int, window: Window) -> bool:
    """Add to ``start`` in a compiled loop, each thread with samples of its own; False where there is none."""
    if type(given) is not np.ndarray or out.dtype != given.dtype or weight.dtype != given.dtype:
        return False
    function: Any = loop(name, given) if out.flags.c_contiguous else None
    if function is None:
        return False
    out[...] = start
    source, kernels = dense(given), dense(weight[:, 0])

    def some(first: int, last: int) -> None:
        numbers = (*window.stride, *window.padding, *window.dilation)
        function(source[first:last], kernels, out[first:last], many, *numbers)

    parallel.spread(some, len(source), max(1, source[:1].size * kernels[0].size))
    return True


def forward(x: Array, weight: Array, bias: Array | None, window: Window, out: Array) -> bool:
    """Fill ``out`` (n, C many, H', W') with the convolution of ``x`` (n, C, H, W) by ``weight`` (C many, 1, kh, kw).

    Returns False where there is no loop for it.
    """
    start = 0 if bias is None else bias.reshape(-1, 1, 1)
    return _looped("depthwise_forward", x, weight, out, start, len(weight) // x.shape[1], window)


def backward_input(grad: Array, weight: Array, window: Window, out: Array) -> bool:
    """Fill ``out`` (n, C, H, W) with the gradient of `forward` with respect to ``x``; False where that is slower."""
    n, channels = out.shape[:2]
    many = len(weight) // channels
    if _looped("depthwise_backward", grad, weight, out, 0, many, window):
        return True
    if window.stride == (1, 1):
        return False
    out[...] = 0
    parts = grad.reshape(n, channels, many, *grad.shape[2:])
    kernels = weight.reshape(channels, many, *window.kernel)
    for m in range(many):
        for u, v, (down, right), (rows, columns) in _places(window):
            out[:, :, rows, columns] += kernels[:, m, u, v, None, None] * parts[:, :, m, down, right]
    return True
