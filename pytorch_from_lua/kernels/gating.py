"""One half of the input gates the other (Dauphin et al., 2017; Torch7's ``nn.GatedLinearUnit``)."""

from __future__ import annotations

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.activation import ACTIVATIONS
from pytorch_from_lua.kernels.namespace import Array, namespace


def _halves(x: Array, axis: int) -> tuple[Array, Array]:
    if x.ndim == 0 or x.shape[axis] % 2 != 0:
        raise ShapeError(f"x: needs an even size in dimension {axis}, got shape {x.shape}")
    first, second = namespace(x).split(x, 2, axis=axis)
    return first, second


def glu_forward(x: Array, axis: int = -1, out: Array | None = None) -> Array:
    """Return ``a * sigmoid(b)`` for the halves ``a`` and ``b`` of ``x`` along ``axis``.

    >>> import numpy as np
    >>> glu_forward(np.array([3.0, 0.0]))
    array([1.5])
    """
    first, second = _halves(x, axis)
    return namespace(x).multiply(first, ACTIVATIONS["sigmoid"].forward(second), out=out)


def glu_backward(grad: Array, x: Array, axis: int = -1, out: Array | None = None) -> Array:
    """Return the gradient: ``g sigmoid(b)`` for the first half, ``g a sigmoid'(b)`` for the second."""
    first, second = _halves(x, axis)
    if grad.shape != first.shape:
        raise ShapeError(f"grad: needs shape {first.shape}, got {grad.shape}")
    xp = namespace(x)
    result = xp.empty(x.shape, x.dtype) if out is None else out
    one, two = _halves(result, axis)
    gate = ACTIVATIONS["sigmoid"].forward(second)
    xp.multiply(grad, gate, out=one)
    xp.multiply(one, first, out=two)
    two *= 1 - gate
    return result
