"""The bilinear map ``y_k = x^T W_k z + b_k`` (Torch7's ``nn.Bilinear``)."""

from __future__ import annotations

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.namespace import Array, check_shape, deliver, namespace


def _check(x: Array, z: Array, weight: Array) -> None:
    if weight.ndim != 3:
        raise ShapeError(f"weight: needs shape (out, in1, in2), got {weight.shape}")
    if x.ndim != 2 or z.ndim != 2 or x.shape[0] != z.shape[0] or (x.shape[1], z.shape[1]) != weight.shape[1:]:
        first, second = weight.shape[1:]
        raise ShapeError(
            f"x and z: need shapes (batch, {first}) and (batch, {second}) for a weight of {weight.shape}, "
            f"got {x.shape} and {z.shape}"
        )


def _spread(grad: Array, x: Array) -> Array:
    """The products of all gradients with all inputs, shape (N, out * in)."""
    return (grad[:, :, None] * x[:, None, :]).reshape(x.shape[0], -1)


def bilinear_forward(x: Array, z: Array, weight: Array, bias: Array | None = None, out: Array | None = None) -> Array:
    """Return ``x^T W_k z + b_k``, shape (N, out).

    Args:
        x: shape (N, in1).
        z: shape (N, in2).
        weight: shape (out, in1, in2).
        bias: shape (out,), or None.
        out: where to write.
    """
    _check(x, z, weight)
    xp = namespace(x)
    half = xp.matmul(x, weight.transpose(1, 0, 2).reshape(x.shape[1], -1))
    y = xp.einsum("nkj,nj->nk", half.reshape(x.shape[0], weight.shape[0], -1), z)
    if bias is not None:
        check_shape("bias", bias, weight.shape[:1])
        y += bias
    return deliver(y, out, 1.0, False)


def bilinear_backward_first(grad: Array, z: Array, weight: Array, out: Array | None = None) -> Array:
    """Return the gradient with respect to ``x``: ``sum_k g_k W_k z``."""
    flat = weight.transpose(0, 2, 1).reshape(-1, weight.shape[1])
    return namespace(grad).matmul(_spread(grad, z), flat, out=out)


def bilinear_backward_second(grad: Array, x: Array, weight: Array, out: Array | None = None) -> Array:
    """Return the gradient with respect to ``z``: ``sum_k g_k W_k^T x``."""
    return namespace(grad).matmul(_spread(grad, x), weight.reshape(-1, weight.shape[2]), out=out)


def bilinear_backward_weight(
    grad: Array, x: Array, z: Array, out: Array | None = None, scale: float = 1.0, accumulate: bool = False
) -> Array:
    """Return ``scale * sum_n g_k x_i z_j``, shape (out, in1, in2)."""
    found = namespace(grad).matmul(_spread(grad, x).T, z).reshape(grad.shape[1], x.shape[1], z.shape[1])
    return deliver(found, out, scale, accumulate)
