"""Linear maps and lookups of rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply, operation
from pytorch_from_lua.errors import DTypeError, RangeError, ShapeError
from pytorch_from_lua.kernels.namespace import check_option
from pytorch_from_lua.tensor import Tensor, backend

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


def _dense(name: str, sparse: bool) -> None:
    if sparse:
        raise RangeError(f"{name}: sparse=True is not there: gradients are dense, leave it False")


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Row ``weight[i]`` for each index ``i`` of any shape.

    Args:
        input: indices, of an integer type.
        weight: ``(rows, width)``.
        padding_idx: a row that gets no gradient.
        max_norm: rows that are used and longer than this are shortened to it first, in place.
        norm_type: the p of that length.
        scale_grad_by_freq: whether a row's gradient is divided by how often it was used.
        sparse: has to be False: gradients are dense here.

    Raises:
        RangeError: for indices that name no row, or ``sparse``.
    """
    _dense("embedding", sparse)
    if padding_idx is not None and padding_idx < 0:
        padding_idx += weight.shape[0]
    if max_norm is not None:
        from pytorch_from_lua.kernels.embedding import embedding_renorm_

        embedding_renorm_(weight.array, input.array, max_norm, norm_type)
        weight.bump()
    return apply(  # type: ignore[no-any-return]
        "embedding", weight, input, padding_idx=padding_idx, scale_grad_by_freq=scale_grad_by_freq
    )


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """The sum, mean or largest of the rows of each bag of indices; 0 for an empty bag.

    Args:
        input: indices: ``(bags, count)``, or ``(n,)`` with ``offsets``.
        weight: ``(rows, width)``.
        offsets: where each bag begins in ``input``.
        max_norm: rows that are used and longer than this are shortened to it first, in place.
        norm_type: the p of that length.
        scale_grad_by_freq: whether a row's gradient is divided by how often it was used.
        mode: ``"sum"``, ``"mean"`` or ``"max"``.
        sparse: has to be False: gradients are dense here.
        per_sample_weights: what each row is multiplied by, of the shape of ``input``; with ``mode="sum"`` only.
        include_last_offset: whether ``offsets`` ends with the end of the last bag.
        padding_idx: indices that are left out.

    Returns:
        Shape ``(bags, width)``.

    Raises:
        ShapeError: where the shapes do not fit.
        RangeError: for indices that name no row, or an option that is not there.
    """
    check_option("mode", mode, ("sum", "mean", "max"))
    _dense("embedding_bag", sparse)
    if per_sample_weights is not None and (mode != "sum" or per_sample_weights.shape != input.shape):
        got = f"{per_sample_weights.shape} and mode={mode!r}"
        raise ShapeError(f"embedding_bag: per_sample_weights need the input's shape {input.shape} and 'sum', got {got}")
    bags, count = _bags(input, offsets, include_last_offset)
    flat = input.reshape(-1)
    if padding_idx is not None:
        padding = padding_idx + weight.shape[0] if padding_idx < 0 else padding_idx
        places = flat.cpu().array
        kept = np.flatnonzero(places != padding)
        bags, flat = bags[kept], Tensor.from_array(places[kept], flat)
        if per_sample_weights is not None:
            per_sample_weights = apply(
                "index_select", per_sample_weights.reshape(-1), dim=0, index=backend.beside(kept, weight.array)
            )
    rows = embedding(flat, weight, None, max_norm, norm_type, scale_grad_by_freq)
    if per_sample_weights is not None:
        rows = apply("mul", rows, per_sample_weights.reshape(-1, 1))
    empty = Tensor.from_array(np.zeros((count, weight.shape[1]), weight.dtype.numpy), weight)
    if mode == "max":
        index = Tensor.from_array(np.repeat(bags[:, None], weight.shape[1], axis=1), weight)
        return empty.scatter_reduce(0, index, rows, "amax", include_self=False)
    total = apply("index_add", empty, rows, dim=0, index=backend.beside(bags, weight.array))
    if mode == "mean":
        share = 1.0 / np.maximum(np.bincount(bags, minlength=count), 1)
        total = apply("mul", total, Tensor.from_array(share[:, None].astype(weight.dtype.numpy), weight))
    return total  # type: ignore[no-any-return]


def _bags(input: Tensor, offsets: Tensor | None, include_last: bool) -> tuple[Any, int]:
    """The bag of each index, and how many bags there are."""
    if input.ndim == 2 and offsets is None:
        return np.repeat(np.arange(input.shape[0]), input.shape[1]), input.shape[0]
    if input.ndim != 1 or offsets is None or offsets.ndim != 1:
        told = "None" if offsets is None else str(offsets.shape)
        raise ShapeError(
            f"embedding_bag: needs input (bags, count), or (n,) with offsets (bags,), got {input.shape} and {told}"
        )
    starts = offsets.cpu().array.astype(np.int64)
    ends = starts[1:] if include_last else np.append(starts[1:], input.shape[0])
    starts = starts[:-1] if include_last else starts
    if (starts.size and int(starts[0]) != 0) or (ends < starts).any() or (ends.size and int(ends[-1]) > input.shape[0]):
        raise ShapeError(
            f"embedding_bag: offsets need to rise from 0 to at most {input.shape[0]}, got {offsets.tolist()}"
        )
    if include_last and ends.size and int(ends[-1]) != input.shape[0]:
        raise ShapeError(f"embedding_bag: the last offset needs to be {input.shape[0]}, got {int(ends[-1])}")
    return np.repeat(np.arange(starts.size), ends - starts), int(starts.size)


def one_hot(input: Tensor, num_classes: int = -1) -> Tensor:
    """A row of zeros with a 1 at the index, for each index; as many columns as the largest needs where -1.

    Shapes: whole numbers of shape ``(*)``; the output is ``(*, num_classes)``.
    """
    indices = input.array
    if indices.dtype.kind not in "iu":
        raise DTypeError(f"input: needs integers, got {input.dtype.name}")
    smallest, largest = (int(indices.min()), int(indices.max())) if indices.size else (0, -1)
    count = largest + 1 if num_classes == -1 else num_classes
    if smallest < 0 or largest >= count:
        raise ShapeError(f"input: indices must lie in 0..{count - 1}, got {smallest} to {largest}")
    return Tensor.from_array((indices[..., None] == backend.namespace(indices).arange(count)).astype(np.int64))
