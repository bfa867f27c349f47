"""Linear maps and lookups of rows."""

from __future__ import annotations

from math import prod
from typing import Any

from pytorch_from_lua.autograd.nn_kernels import KernelFile
from pytorch_from_lua.autograd.record import wrap
from pytorch_from_lua.autograd.rule import ArrayNamespace, define

K = KernelFile("linear")
EMBEDDING = KernelFile("embedding")


def _rows(n: Any, x: Any) -> Any:
    """All but the last dimension as one."""
    return x if len(x.shape) == 2 else n.reshape(x, shape=(prod(x.shape[:-1]), x.shape[-1]))


def _linear_weight(n: Any, g: Any, x: Any) -> Any:
    return n.matmul(n.transpose(_rows(n, g), dim0=0, dim1=1), _rows(n, x))


define(
    "linear",
    lambda xp, x, w, b=None: K.linear_forward(x, w, b),
    ("y", lambda n, g, y: n.matmul(g, y)),
    ("x", _linear_weight),
    ("", lambda n, g: g),
    same=True,
)


def _embedding_x(n: Any, g: Any, y: Any, xs: Any, *, padding_idx: int | None, scale_grad_by_freq: bool) -> Any:
    if isinstance(n, ArrayNamespace):
        return EMBEDDING.embedding_backward(g, y, xs[0], padding_idx, scale_grad_by_freq)
    indices = y.array
    share = (indices != padding_idx).astype(g.dtype.numpy)
    if scale_grad_by_freq:
        share = share / (indices[..., None] == indices.reshape(-1)).sum(-1)
    weighted = g * wrap(share[..., None].astype(g.dtype.numpy))
    return n.index_grad(weighted, index=indices, shape=xs)


define(
    "embedding",
    lambda xp, w, indices, **_: EMBEDDING.embedding_forward(w, indices),
    ("y xs", _embedding_x),
)
