"""Orthogonal matrices as the product of reflections: what LAPACK makes of a matrix, and products with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pytorch_from_lua.autograd.engine import is_grad_enabled, wrap
from pytorch_from_lua.errors import AutogradError, ShapeError
from pytorch_from_lua.kernels.linalg import packed_qr
from pytorch_from_lua.tensor import backend
from pytorch_from_lua.tensor.matrices import matrix, same_types

if TYPE_CHECKING:
    from pytorch_from_lua.tensor.tensor import Tensor


class PackedQR(NamedTuple):
    """What `geqrf` returns."""

    a: Tensor
    tau: Tensor


def geqrf(input: Tensor) -> PackedQR:
    """``Q R = A`` as LAPACK leaves it: for `ormqr` and `torch.linalg.householder_product`.

    Args:
        input: A, (..., m, n).

    Returns:
        ``a`` (..., m, n), R from the diagonal on and below it the vectors of the reflections whose product Q is, and
        ``tau`` (..., min(m, n)), their factors.

    Raises:
        AutogradError: where a gradient would be wanted; `torch.linalg.qr` has one.

    >>> from pytorch_from_lua import tensor
    >>> geqrf(tensor([[3.0], [4.0]])).a
    tensor([[-5.0000],
            [ 0.5000]])
    """
    x = matrix(input, "geqrf", "input")
    if x.requires_grad and is_grad_enabled():
        raise AutogradError("geqrf: has no gradient; use linalg.qr, or detach()")
    packed, factors = packed_qr(backend.namespace(x.array), x.array)
    return PackedQR(wrap(packed), wrap(factors))


def ormqr(input: Tensor, tau: Tensor, other: Tensor, left: bool = True, transpose: bool = False) -> Tensor:
    """``Q C``, or ``C Q`` where ``left`` is false, with ``Q = H_1 H_2 ... H_k`` and ``H_i = 1 - tau_i v_i v_i^T``.

    Args:
        input: (..., r, n), the vectors v_i in its columns: 0 above the diagonal, 1 on it, and what stands below.
        tau: (..., k) with ``k = min(r, n)``.
        other: C, (..., r, columns), or (..., rows, r) where ``left`` is false.
        left: on which side of C the product stands.
        transpose: takes ``Q^T`` in place of Q.

    Raises:
        ShapeError: where the sizes do not fit.

    >>> from pytorch_from_lua import linalg, tensor
    >>> A = tensor([[3.0], [4.0]])
    >>> ormqr(*geqrf(A), A, transpose=True)[0]
    tensor([-5.])
    """
    a, c = matrix(input, "ormqr", "input"), matrix(other, "ormqr", "other")
    same_types("ormqr", a, tau, c)
    r, n = a.shape[-2:]
    k = tau.shape[-1] if tau.ndim else -1
    if k != min(r, n) or tau.shape[:-1] != a.shape[:-2]:
        raise ShapeError(f"input, tau: shapes {a.shape} and {tau.shape} do not fit; tau has min(r, n) numbers")
    if c.shape[-2 if left else -1] != r or c.shape[:-2] != a.shape[:-2]:
        raise ShapeError(f"input, other: shapes {a.shape} and {c.shape} do not fit: Q is of {r} rows and columns")
    unit = a.from_array(np.broadcast_to(np.eye(r, n, dtype=a.dtype.numpy), a.shape).copy())
    vectors = a.tril(-1) + unit
    result = c if left else c.mT
    order = range(k) if left == transpose else reversed(range(k))  # that next to C comes first
    for i in order:
        v = vectors.narrow(-1, i, 1)
        result = result - tau.narrow(-1, i, 1).unsqueeze(-1) * (v @ (v.mT @ result))
    result = result if left else result.mT
    return result.clone() if k == 0 else result
