"""Layers that compare their input with templates (Torch7's ``nn.Cosine``, ``nn.Euclidean``, ``nn.WeightedEuclidean``).

The templates of the Euclidean ones are the columns of their weight, those of the cosine its rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.kernels.namespace import Array, check_shape, deliver, namespace

#: Added to a distance that is divided by, so that the gradient at distance 0 is 0.
TINY = 1e-7
#: Added to a length that is divided by.
LENGTH_TINY = 1e-12
#: How many differences are held at once.
_HELD = 1 << 19


def _check(x: Array, count: int) -> None:
    if x.ndim != 2 or x.shape[1] != count:
        raise ShapeError(f"x: needs shape (batch, {count}), got {x.shape}")


def _pieces(x: Array, weight: Array) -> Iterator[tuple[slice, Array]]:
    """Slices of the batch, with the differences to all templates: (piece, in, out)."""
    step = max(1, _HELD // max(1, weight.size))
    for start in range(0, x.shape[0], step):
        piece = slice(start, start + step)
        yield piece, x[piece, :, None] - weight


def euclidean_forward(x: Array, weight: Array, scale: Array | None = None, out: Array | None = None) -> Array:
    """Return the distances ``sqrt(sum_i (c_ij (x_i - w_ij))^2)``, shape (N, out).

    Args:
        x: shape (N, in).
        weight: the templates, shape (in, out).
        scale: the factors ``c``, shape (in, out); 1 where None.
        out: where to write.
    """
    _check(x, weight.shape[0])
    xp = namespace(x)
    result = xp.empty((x.shape[0], weight.shape[1]), x.dtype) if out is None else out
    for piece, difference in _pieces(x, weight):
        if scale is not None:
            difference *= scale
        result[piece] = xp.einsum("nio,nio->no", difference, difference)
    return xp.sqrt(result, out=result)


def euclidean_backward(
    grad: Array,
    x: Array,
    weight: Array,
    distance: Array,
    scale: Array | None = None,
    wanted: str = "xwc",
) -> tuple[Array, Array, Array]:
    """Return the gradients of `euclidean_forward` for ``x``, ``weight`` and ``scale``; None for those not wanted."""
    check_shape("grad", grad, distance.shape)
    xp = namespace(grad)
    share = grad / (distance + grad.dtype.type(TINY))
    grad_x = xp.empty(x.shape, x.dtype) if "x" in wanted else None
    grad_w = xp.zeros(weight.shape, weight.dtype) if "w" in wanted else None
    grad_c = xp.zeros(weight.shape, weight.dtype) if "c" in wanted and scale is not None else None
    factors = None if scale is None else scale * scale
    for piece, difference in _pieces(x, weight):
        part = share[piece]
        if grad_c is not None:
            grad_c += xp.einsum("nio,nio,no->io", difference, difference, part) * scale
        if factors is not None:
            difference *= factors
        if grad_x is not None:
            grad_x[piece] = xp.matmul(difference, part[:, :, None])[:, :, 0]
        if grad_w is not None:
            grad_w -= xp.einsum("nio,no->io", difference, part)
    return grad_x, grad_w, grad_c


def _lengths(x: Array) -> Array:
    return namespace(x).sqrt((x * x).sum(axis=1, keepdims=True)) + x.dtype.type(LENGTH_TINY)


def cosine_forward(x: Array, weight: Array, out: Array | None = None) -> Array:
    """Return the cosines of the angles between inputs (N, in) and templates (out, in), shape (N, out)."""
    _check(x, weight.shape[1])
    y = namespace(x).matmul(x, weight.T, out=out)
    y /= _lengths(x)
    y /= _lengths(weight).T
    return y


def cosine_backward_input(grad: Array, x: Array, weight: Array, y: Array, out: Array | None = None) -> Array:
    """Return ``(g (w / |w|) - (sum of g y) x / |x|) / |x|``."""
    check_shape("grad", grad, y.shape)
    lengths = _lengths(x)
    result = namespace(grad).matmul(grad, weight / _lengths(weight), out=out)
    result -= (grad * y).sum(axis=1, keepdims=True) / lengths * x
    result /= lengths
    return result


def cosine_backward_weight(
    grad: Array,
    x: Array,
    weight: Array,
    y: Array,
    out: Array | None = None,
    scale: float = 1.0,
    accumulate: bool = False,
) -> Array:
    """Return ``scale`` times the gradient with respect to the templates."""
    return deliver(cosine_backward_input(grad.T, weight, x, y.T), out, scale, accumulate)
