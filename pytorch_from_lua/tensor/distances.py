"""Distances and similarities of rows."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.tensor.norms import vector_norm

if TYPE_CHECKING:
    from pytorch_from_lua.tensor.tensor import Tensor


def _together(x1: Tensor, x2: Tensor, function: str) -> tuple[Tensor, Tensor]:
    """Both in the shape that they broadcast to."""
    if x1.shape == x2.shape:
        return x1, x2
    try:
        shape = np.broadcast_shapes(x1.shape, x2.shape)
    except ValueError:
        raise ShapeError(f"x1, x2: {function} got shapes {x1.shape} and {x2.shape}, which do not broadcast") from None
    return x1.expand(shape), x2.expand(shape)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """``x1 . x2 / (max(norm(x1), eps) * max(norm(x2), eps))`` along a dimension.

    Args:
        x1: any shape.
        x2: a shape that broadcasts with it.
        dim: the dimension of the vectors, which the result has not.
        eps: what shorter vectors count as having for their length.

    Raises:
        ShapeError: for shapes that do not broadcast.

    >>> from pytorch_from_lua import tensor
    >>> cosine_similarity(tensor([[3.0, 4.0]]), tensor([[4.0, 3.0]]))
    tensor([0.9600])
    """
    x1, x2 = _together(x1, x2, "cosine_similarity")
    if dim not in (-1, x1.ndim - 1):
        x1, x2 = x1.movedim(dim, -1), x2.movedim(dim, -1)
    return apply("row_cosine", x1, x2, eps=eps)


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """``norm(x1 - x2 + eps, p)`` along the last dimension.

    Args:
        x1: (..., d).
        x2: a shape that broadcasts with it.
        p: which norm.
        eps: what is added to each difference, so that equal rows have a gradient.
        keepdim: whether the last dimension stays, with size 1.

    Raises:
        ShapeError: for shapes that do not broadcast.

    >>> from pytorch_from_lua import tensor
    >>> pairwise_distance(tensor([[0.0, 0.0]]), tensor([[3.0, 4.0]]))
    tensor([5.0000])
    """
    x1, x2 = _together(x1, x2, "pairwise_distance")
    if not 0 < p < inf:  # counts and largest differences have no row in the kernel
        return vector_norm(x1 - x2 + eps, p, -1, keepdim)
    return row_distance(x1, x2, p, eps, keepdim)


def row_distance(x1: Tensor, x2: Tensor, p: float, eps: float, keepdim: bool, tiny: float = 0.0) -> Tensor:
    """`pairwise_distance` of one shape; ``tiny`` is added to the distance where the gradient divides by it."""
    found: Tensor = apply("row_distance", x1, x2, p=p, eps=eps, tiny=tiny)
    return found.unsqueeze(-1) if keepdim else found


def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """The distance in the p-norm of each row and each row after it.

    Args:
        input: (n, d).
        p: a number of at least 0.

    Returns:
        (n (n - 1) / 2,): rows 0 and 1, 0 and 2, ..., 1 and 2, ...

    Raises:
        ShapeError: for any other number of dimensions.
        RangeError: for a negative ``p``.

    >>> from pytorch_from_lua import tensor
    >>> pdist(tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]))
    tensor([5.0000, 1.0000, 4.2426])
    """
    if input.ndim != 2:
        raise ShapeError(f"input: pdist needs two dimensions, got shape {input.shape}")
    if p < 0:
        raise RangeError(f"p: needs at least 0, got {p}")
    first, second = [input.from_array(i.astype(np.int64), input) for i in np.triu_indices(input.shape[0], 1)]
    return vector_norm(input.index_select(0, first) - input.index_select(0, second), p, -1)
