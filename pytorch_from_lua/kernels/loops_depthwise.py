"""Loops of `depthwise.py`: one kernel for each plane of the result. Arrays are dense.

Each adds in the order of its twin in numpy, a place of the kernel at a time, and so gives its bits.
"""

from __future__ import annotations

from pytorch_from_lua.kernels.namespace import Array


def depthwise_forward(
    x: Array, w: Array, y: Array, many: int, sh: int, sw: int, ph: int, pw: int, dh: int, dw: int
) -> None:
    """Add to ``y`` (n, C many, H', W') the convolution of ``x`` (n, C, H, W) by ``w`` (C many, kh, kw)."""
    n, planes, oh, ow = y.shape
    height, width = x.shape[2], x.shape[3]
    kh, kw = w.shape[1], w.shape[2]
    for p in range(n * planes):
        image, plane, kernel = x[p // planes, p % planes // many], y[p // planes, p % planes], w[p % planes]
        for i in range(oh):
            out = plane[i]
            for u in range(kh):
                row = i * sh - ph + u * dh
                if row < 0 or row >= height:
                    continue
                line = image[row]
                for v in range(kw):
                    start = v * dw - pw  # what the window at 0 sees
                    low = 0 if start >= 0 else (sw - 1 - start) // sw
                    high = min(ow, (width - 1 - start) // sw + 1)
                    value = kernel[u, v]
                    if sw == 1:
                        seen = line[low + start : high + start]
                        part = out[low:high]
                        for j in range(part.size):
                            part[j] += value * seen[j]
                    else:
                        for j in range(low, high):
                            out[j] += value * line[j * sw + start]


def depthwise_backward(
    grad: Array, w: Array, out: Array, many: int, sh: int, sw: int, ph: int, pw: int, dh: int, dw: int
) -> None:
    """Add to ``out`` (n, C, H, W) the gradient of `depthwise_forward` with respect to its input."""
    n, planes, oh, ow = grad.shape
    height, width = out.shape[2], out.shape[3]
    kh, kw = w.shape[1], w.shape[2]
    for p in range(n * planes):
        image, plane, kernel = out[p // planes, p % planes // many], grad[p // planes, p % planes], w[p % planes]
        for u in range(kh):
            for v in range(kw):
                start = v * dw - pw
                low = 0 if start >= 0 else (sw - 1 - start) // sw
                high = min(ow, (width - 1 - start) // sw + 1)
                value = kernel[u, v]
                for i in range(oh):
                    row = i * sh - ph + u * dh
                    if row < 0 or row >= height:
                        continue
                    line, given = image[row], plane[i]
                    if sw == 1:
                        seen = line[low + start : high + start]
                        part = given[low:high]
                        for j in range(part.size):
                            seen[j] += value * part[j]
                    else:
                        for j in range(low, high):
                            line[j * sw + start] += value * given[j]
