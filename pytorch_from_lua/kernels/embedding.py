"""Rows of a table looked up by number (Torch7's ``nn.LookupTable``)."""

from __future__ import annotations

from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.kernels.namespace import Array, at, check_shape, deliver, namespace


def _check_indices(indices: Array, rows: int) -> None:
    if indices.dtype.kind not in "iu":
        raise RangeError(f"indices: needs integers, got {indices.dtype}")
    if indices.size > 0 and (int(indices.min()) < 0 or int(indices.max()) >= rows):
        raise RangeError(f"indices: needs to be from 0 to {rows - 1}, got {int(indices.min())}..{int(indices.max())}")


def embedding_forward(weight: Array, indices: Array, out: Array | None = None) -> Array:
    """Return the rows of ``weight``, shape (rows, size), at ``indices``: shape (*indices.shape, size).

    Raises:
        RangeError: an index outside of 0..rows - 1.
    """
    if weight.ndim != 2:
        raise ShapeError(f"weight: needs shape (rows, size), got {weight.shape}")
    _check_indices(indices, weight.shape[0])
    return namespace(weight).take(weight, indices, axis=0, out=out)


def embedding_backward(
    grad: Array,
    indices: Array,
    num_embeddings: int,
    padding_idx: int | None = None,
    scale_grad_by_freq: bool = False,
    out: Array | None = None,
    scale: float = 1.0,
    accumulate: bool = False,
) -> Array:
    """Return ``scale * grad`` added up in the rows that were looked up, shape (num_embeddings, size).

    Args:
        grad: shape (*indices.shape, size).
        indices: the rows that were looked up.
        num_embeddings: the number of rows.
        padding_idx: a row whose gradient stays 0.
        scale_grad_by_freq: whether to divide a row's gradient by how often it was looked up.
        out: shape (num_embeddings, size).
        scale: a factor.
        accumulate: whether to add to ``out``.
    """
    check_shape("grad", grad, (*indices.shape, grad.shape[-1]))
    _check_indices(indices, num_embeddings)
    xp = namespace(grad)
    rows, parts = indices.reshape(-1), grad.reshape(-1, grad.shape[-1])
    if scale_grad_by_freq:
        counts = xp.bincount(rows, minlength=num_embeddings).astype(grad.dtype)
        parts = parts / counts[rows][:, None]
    if padding_idx is not None:
        kept = rows != padding_idx
        rows, parts = rows[kept], parts[kept]
    direct = out is not None and accumulate  # a large table is not made anew to add a few rows
    table = out if direct else xp.zeros((num_embeddings, grad.shape[-1]), grad.dtype)
    if direct:
        check_shape("out", out, (num_embeddings, grad.shape[-1]))
    at("add", table, rows, parts if scale == 1.0 or not direct else parts * scale)
    return table if direct else deliver(table, out, scale, False)


def embedding_renorm_(weight: Array, indices: Array, max_norm: float, norm_type: float = 2.0) -> Array:
    """Scale the rows at ``indices`` whose ``norm_type`` norm is over ``max_norm`` down to it, in place.

    As in Torch7, a row is scaled by ``max_norm / (norm + 1e-7)``.
    """
    if max_norm <= 0 or norm_type <= 0:
        raise RangeError(f"max_norm: needs max_norm and norm_type over 0, got {max_norm} and {norm_type}")
    _check_indices(indices, weight.shape[0])
    xp = namespace(weight)
    rows = xp.unique(indices)
    values = weight[rows]
    norms = (xp.abs(values) ** norm_type).sum(axis=1, dtype="float64") ** (1.0 / norm_type)
    over = norms > max_norm
    factors = (max_norm / (norms[over] + 1e-7)).astype(weight.dtype)
    weight[rows[over]] = values[over] * factors[:, None]
    return weight
