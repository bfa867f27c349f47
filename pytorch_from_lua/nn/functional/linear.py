"""Linear maps and lookups of rows."""

from __future__ import annotations

import numpy as np

from pytorch_from_lua.autograd.engine import apply, operation
from pytorch_from_lua.errors import DTypeError, ShapeError
from pytorch_from_lua.tensor import Tensor

_linear = operation("linear")


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input @ weight.T + bias``: ``(..., in)``, ``(out, in)`` and ``(out,)`` to ``(..., out)``."""
    return _linear(input, weight, bias)  # type: ignore[no-any-return]


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``x1^T W_k x2 + b_k`` for each output ``k`` (Torch7's ``nn.Bilinear``).

    Args:
        input1: shape ``(..., in1)``.
        input2: shape ``(..., in2)``, with the same leading dimensions.
        weight: shape ``(out, in1, in2)``.
        bias: shape ``(out,)``, or None.

    Returns:
        Shape ``(..., out)``.

    Raises:
        ShapeError: where the shapes do not fit.
    """
    lead = input1.shape[:-1]
    if weight.ndim != 3 or (input1.shape[-1:], input2.shape[-1:]) != (weight.shape[1:2], weight.shape[2:]):
        raise ShapeError(
            f"bilinear: inputs need shapes (..., in1) and (..., in2) for a weight (out, in1, in2), "
            f"got {input1.shape}, {input2.shape} and {weight.shape}"
        )
    if input2.shape[:-1] != lead:
        raise ShapeError(f"bilinear: inputs need the same leading dimensions, got {input1.shape} and {input2.shape}")
    flat = [x.reshape(-1, x.shape[-1]) for x in (input1, input2)]
    return apply("bilinear", *flat, weight, bias).reshape(*lead, weight.shape[0])  # type: ignore[no-any-return]


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
) -> Tensor:
    """Row ``weight[i]`` for each index ``i`` of any shape.

    Args:
        input: indices, of an integer type.
        weight: ``(rows, width)``.
        padding_idx: a row that gets no gradient.
        max_norm: rows that are used and longer than this are shortened to it first, in place.
        norm_type: the p of that length.
        scale_grad_by_freq: whether a row's gradient is divided by how often it was used.
    """
    if padding_idx is not None and padding_idx < 0:
        padding_idx += weight.shape[0]
    if max_norm is not None:
        from pytorch_from_lua.kernels.embedding import embedding_renorm_

        embedding_renorm_(weight.array, input.array, max_norm, norm_type)
        weight.bump()
    return apply(  # type: ignore[no-any-return]
        "embedding", weight, input, padding_idx=padding_idx, scale_grad_by_freq=scale_grad_by_freq
    )


def one_hot(input: Tensor, num_classes: int = -1) -> Tensor:
    """A row of zeros with a 1 at the index, for each index; as many columns as the largest needs where -1."""
    indices = input.array
    if indices.dtype.kind not in "iu":
        raise DTypeError(f"input: needs integers, got {input.dtype.name}")
    smallest, largest = (int(indices.min()), int(indices.max())) if indices.size else (0, -1)
    count = largest + 1 if num_classes == -1 else num_classes
    if smallest < 0 or largest >= count:
        raise ShapeError(f"input: indices must lie in 0..{count - 1}, got {smallest} to {largest}")
    return Tensor.from_array((indices[..., None] == np.arange(count)).astype(np.int64))
