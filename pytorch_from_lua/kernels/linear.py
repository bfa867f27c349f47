"""The affine map ``y = x W^T + b`` (Torch7's ``nn.Linear``)."""

from __future__ import annotations

import numpy as np

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels import parallel, small_products
from pytorch_from_lua.kernels.namespace import Array, check_shape, deliver, namespace


def product(a: Array, b: Array, out: Array | None = None, row: Array | None = None) -> Array:
    """Return ``a b``, of matrices or of a vector and a matrix, or ``a b + row``.

    Those of fewer than `small_products.MOST` multiplications take one thread of a BLAS: another may have to be waited
    for, and where cores are not free that takes many times as long as the product.

    Args:
        a: shape (..., m, k) or (k,).
        b: shape (k, n).
        out: where to write, of the product's shape.
        row: shape (n,), or None.
    """
    if type(a) is not np.ndarray:
        y = namespace(a).matmul(a, b, out=out)
    else:
        work = a.size * b.shape[-1]
        if a.ndim == 2 and small_products.LEAST <= work < small_products.MOST:
            to = np.empty((len(a), b.shape[1]), a.dtype) if out is None else out
            if small_products.multiply(a, b, to, small_products.WRITE if row is None else small_products.BIAS, row):
                return to
        if work >= small_products.MOST:
            parallel.several_begin()
            y = np.matmul(a, b, out=out)
        elif parallel.COUNT[0] == 1:
            y = np.matmul(a, b, out=out)
        else:
            with parallel.one_blas_thread():
                y = np.matmul(a, b, out=out)
    if row is not None:
        y += row
    return y


def linear_forward(x: Array, weight: Array, bias: Array | None = None, out: Array | None = None) -> Array:
    """Return ``x W^T + b``.

    Args:
        x: shape (..., in).
        weight: shape (out, in).
        bias: shape (out,), or None.
        out: where to write, shape (..., out).

    Raises:
        ShapeError: the sizes do not fit together.

    >>> import numpy as np
    >>> linear_forward(np.array([1.0, 2.0]), np.array([[3.0, 4.0]]), np.array([0.5]))
    array([11.5])
    """
    if weight.ndim != 2:
        raise ShapeError(f"weight: needs shape (out, in), got {weight.shape}")
    if x.ndim == 0 or x.shape[-1] != weight.shape[1]:
        raise ShapeError(f"x: needs shape (..., {weight.shape[1]}) for a weight of {weight.shape}, got {x.shape}")
    if bias is not None:
        check_shape("bias", bias, weight.shape[:1])
    return product(x, weight.T, out, bias)


def linear_backward_input(grad: Array, weight: Array, out: Array | None = None) -> Array:
    """Return ``grad W``, shape (..., in), for ``grad`` of shape (..., out)."""
    if grad.ndim == 0 or grad.shape[-1] != weight.shape[0]:
        raise ShapeError(f"grad: needs shape (..., {weight.shape[0]}) for a weight of {weight.shape}, got {grad.shape}")
    return product(grad, weight, out)


def linear_backward_weight(
    grad: Array, x: Array, out: Array | None = None, scale: float = 1.0, accumulate: bool = False
) -> Array:
    """Return ``scale * grad^T x``, shape (out, in), summed over all leading dimensions."""
    if grad.shape[:-1] != x.shape[:-1]:
        raise ShapeError(f"grad: needs shape {(*x.shape[:-1], 'out')} for an x of {x.shape}, got {grad.shape}")
    gradient = product(grad.reshape(-1, grad.shape[-1]).T, x.reshape(-1, x.shape[-1]))
    return deliver(gradient, out, scale, accumulate)


def linear_backward_bias(grad: Array, out: Array | None = None, scale: float = 1.0, accumulate: bool = False) -> Array:
    """Return ``scale * grad`` summed over all but the last dimension, shape (out,)."""
    return deliver(grad.reshape(-1, grad.shape[-1]).sum(axis=0), out, scale, accumulate)


def linear_accumulate(grad: Array, x: Array, weight_out: Array, bias_out: Array | None, scale: float = 1.0) -> None:
    """Add the gradients of weight and bias, times ``scale``, to those that there are.

    Args:
        grad: shape (..., out).
        x: shape (..., in).
        weight_out: shape (out, in).
        bias_out: shape (out,), or None.
        scale: a factor.

    Raises:
        ShapeError: the sizes do not fit together.
    """
    if scale == 1 and grad.ndim == x.ndim == 2 and len(grad) == len(x) and type(grad) is np.ndarray:
        kind = small_products.ADD if bias_out is None else small_products.ADD_SUMS
        if small_products.multiply(grad.T, x, weight_out, kind, bias_out):
            return
    linear_backward_weight(grad, x, weight_out, scale, accumulate=True)
    if bias_out is not None:
        linear_backward_bias(grad, bias_out, scale, accumulate=True)
