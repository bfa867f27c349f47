"""Convolutions that are products of matrices as they stand: windows of one pixel, and windows as large as the image.

No patches are copied. Samples are divided between threads, with one product each.
"""

from __future__ import annotations

from pytorch_from_lua.kernels import parallel
from pytorch_from_lua.kernels.namespace import Array, namespace


def _picked(x: Array, stride: tuple[int, int]) -> Array:
    """Return the pixels that windows of one pixel see, shape (N, C, H' W')."""
    seen = x if stride == (1, 1) else namespace(x).ascontiguousarray(x[:, :, :: stride[0], :: stride[1]])
    return seen.reshape(x.shape[0], x.shape[1], -1)


def pixels(x: Array, weight: Array, stride: tuple[int, int], out: Array) -> None:
    """Fill ``out``, shape (N, O, H', W') and dense, with ``W x`` at each pixel that is seen."""
    matrix = weight.reshape(weight.shape[0], -1)

    def part(start: int, stop: int) -> None:
        y = out[start:stop].reshape(stop - start, len(matrix), -1)
        namespace(x).matmul(matrix, _picked(x[start:stop], stride), out=y)

    with parallel.one_blas_thread():
        parallel.spread(part, len(x), out[:1].size * matrix.shape[1] // 16)


def pixels_backward(grad: Array, weight: Array, stride: tuple[int, int], out: Array) -> None:
    """Fill ``out``, shape (N, C, H, W) and dense, with the gradient of the input of `pixels`."""
    matrix = weight.reshape(weight.shape[0], -1).T

    def part(start: int, stop: int) -> None:
        g, to = grad[start:stop].reshape(stop - start, grad.shape[1], -1), out[start:stop]
        if stride == (1, 1):
            namespace(grad).matmul(matrix, g, out=to.reshape(*to.shape[:2], -1))
            return
        to[...] = 0
        seen = to[:, :, :: stride[0], :: stride[1]]
        seen[...] = (matrix @ g).reshape(seen.shape)

    with parallel.one_blas_thread():
        parallel.spread(part, len(out), grad[:1].size * len(matrix) // 16)


def pixels_weight(grad: Array, x: Array, stride: tuple[int, int]) -> Array:
    """Return the gradient of the weight of `pixels`, shape (O, C)."""
    totals = []

    def part(start: int, stop: int) -> None:
        g, seen = grad[start:stop].reshape(stop - start, grad.shape[1], -1), _picked(x[start:stop], stride)
        total = namespace(x).zeros((g.shape[1], seen.shape[1]), x.dtype)
        for n in range(stop - start):
            total += g[n] @ seen[n].T
        totals.append(total)

    with parallel.one_blas_thread():
        parallel.spread(part, len(x), grad[:1].size * x.shape[1] // 16)
    return sum(totals[1:], start=totals[0])


def whole(x: Array, weight: Array) -> Array:
    """Return the convolution by windows that take all of the image, shape (N, O)."""
    return x.reshape(len(x), -1) @ weight.reshape(len(weight), -1).T


def whole_backward(grad: Array, weight: Array, out: Array) -> None:
    """Fill ``out``, shape (N, C, H, W), with the gradient of the input of `whole`."""
    product = grad.reshape(len(grad), -1) @ weight.reshape(len(weight), -1)
    out[...] = product.reshape(out.shape)


def whole_weight(grad: Array, x: Array) -> Array:
    """Return the gradient of the weight of `whole`, shape (O, C H W)."""
    return grad.reshape(len(grad), -1).T @ x.reshape(len(x), -1)
