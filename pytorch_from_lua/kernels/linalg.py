"""Dense linear algebra on stacks of matrices ``(..., m, n)``, beyond what the array library's ``linalg`` gives:
scipy's LAPACK (cupyx.scipy's for arrays on a GPU), and what derivatives need.

Each function takes its array namespace and works on every matrix of a stack.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from pytorch_from_lua.errors import LinAlgError
from pytorch_from_lua.kernels.namespace import Array
from pytorch_from_lua.kernels.scientific import package, routine


def checked(xp: Any, name: str, work: Callable[..., Any], *arrays: Array, **options: Any) -> Any:
    """What ``work`` gives, with the array library's error as ours.

    Raises:
        LinAlgError: where a matrix is singular, not positive-definite, or the iteration did not converge.
    """
    try:
        return work(*arrays, **options)
    except xp.linalg.LinAlgError as error:
        raise LinAlgError(f"{name}: {str(error)[:1].lower()}{str(error)[1:]}") from error


def lu(xp: Any, a: Array) -> tuple[Array, Array]:
    """``P L U = A`` with partial pivoting (LAPACK's getrf), both factors in one array.

    Args:
        xp: the array namespace.
        a: (..., m, n).

    Returns:
        The factors (..., m, n), L below the diagonal (its own diagonal is 1) and U from it on, and the pivots
        (..., min(m, n)) in int32, from 1 as LAPACK counts: row i was exchanged with row ``pivots[i] - 1``.
    """
    *batch, m, n = a.shape
    factors, pivots = xp.empty(a.shape, a.dtype), xp.empty((*batch, min(m, n)), "int32")
    for i in np.ndindex(*batch) if a.size else ():
        if xp is np:
            factors[i], pivots[i], _ = routine("linalg.lapack", a, "getrf")(a[i])
        else:
            factors[i], pivots[i] = package(xp, "linalg").lu_factor(a[i], check_finite=False)
    return factors, pivots + 1


def packed_qr(xp: Any, a: Array) -> tuple[Array, Array]:
    """``Q R = A`` as LAPACK's geqrf leaves it.

    Args:
        xp: the array namespace.
        a: (..., m, n).

    Returns:
        R from the diagonal on with the vectors of the reflections, whose first element is 1, below it (..., m, n), and
        the factors of the reflections (..., min(m, n)).
    """
    *batch, m, n = a.shape
    packed, factors = xp.empty(a.shape, a.dtype), xp.zeros((*batch, min(m, n)), a.dtype)
    for i in np.ndindex(*batch) if a.size else ():
        transposed, factors[i] = xp.linalg.qr(a[i], mode="raw")
        packed[i] = transposed.T
    return packed, factors


def permutation(xp: Any, pivots: Array, m: int, dtype: Any) -> Array:
    """The matrices P of `lu`: (..., m, m), of zeros and ones.

    Args:
        xp: the array namespace.
        pivots: (..., k) as `lu` gives them.
        m: the number of rows of the matrix.
        dtype: the element type of the result.
    """
    *batch, k = pivots.shape
    flat = pivots.reshape((prod(batch), k))
    order = xp.tile(xp.arange(m), (len(flat), 1))
    each = xp.arange(len(flat))
    for i in range(k):
        p = flat[:, i] - 1
        moved = order[each, p].copy()
        order[each, p] = order[:, i]
        order[:, i] = moved
    result = xp.zeros((len(flat), m, m), dtype)
    result[each[:, None], order, xp.arange(m)[None, :]] = 1
    return result.reshape((*batch, m, m))


def solve_triangular(xp: Any, a: Array, b: Array, upper: bool) -> Array:
    """X with ``A X = B``, where A (..., n, n) is a triangle (BLAS's trsm); a 0 on its diagonal gives inf or nan."""
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = xp.broadcast_to(a, batch + a.shape[-2:]), xp.broadcast_to(b, batch + b.shape[-2:])
    x = xp.empty(b.shape, b.dtype)
    for i in np.ndindex(*batch) if x.size else ():
        if xp is np:
            x[i] = routine("linalg.blas", a, "trsm")(1.0, a[i], b[i], lower=not upper)
        else:
            x[i] = package(xp, "linalg").solve_triangular(a[i], b[i], lower=not upper, check_finite=False)
    return x


def cofactor(xp: Any, a: Array) -> Array:
    """The matrices of cofactors, ``det(A) inv(A)^T`` where A has an inverse: the derivative of the determinant.

    Out of the singular values, so that singular matrices have theirs too: ``A = U S V`` gives
    ``det(U) det(V) U diag(products of all other singular values) V``.
    """
    u, s, v = xp.linalg.svd(a)
    sign = xp.linalg.det(u) * xp.linalg.det(v)
    return xp.matmul(u * _others(xp, s)[..., None, :], v) * sign[..., None, None]


def cofactor_backward(xp: Any, a: Array, g: Array) -> Array:
    """The gradient of a loss with respect to A, from the one with respect to its cofactors.

    In the basis of the singular vectors a change B of the diagonal S changes the cofactors by
    ``dC[i, i] = sum over j of B[j, j] P[i, j]`` and ``dC[i, j] = -B[j, i] P[i, j]``, where ``P[i, j]`` is the product
    of all singular values but the i-th and the j-th. Nothing is divided by, so singular matrices are no exception.
    """
    u, s, v = xp.linalg.svd(a)
    ut, vt = u.swapaxes(-1, -2), v.swapaxes(-1, -2)
    turned = xp.matmul(xp.matmul(ut, g), vt)
    products = xp.zeros_like(turned)
    for i in range(s.shape[-1]):
        rest = s.copy()
        rest[..., i] = 1
        products[..., i, :] = _others(xp, rest)
        products[..., i, i] = 0
    on_diagonal = xp.diagonal(turned, 0, -2, -1)
    inner = -(turned * products).swapaxes(-1, -2)
    inner = inner + xp.matmul(on_diagonal[..., None, :], products)[..., 0, :, None] * xp.eye(s.shape[-1], dtype=a.dtype)
    sign = xp.linalg.det(u) * xp.linalg.det(v)
    return xp.matmul(xp.matmul(u, inner), v) * sign[..., None, None]


def _others(xp: Any, s: Array) -> Array:
    """For each number along the last dimension the product of all the others."""
    one = xp.ones_like(s[..., :1])
    before = xp.concatenate([one, s[..., :-1]], -1).cumprod(-1)
    after = xp.concatenate([s[..., 1:], one], -1)[..., ::-1].cumprod(-1)[..., ::-1]
    return before * after


def expm(xp: Any, a: Array) -> Array:
    """``exp(A)`` of matrices (..., n, n)."""
    if not a.size:
        return a.copy()
    if not xp.isfinite(a).all():
        return a * float("nan")
    result = xp.empty(a.shape, a.dtype)
    for i in np.ndindex(*a.shape[:-2]):
        result[i] = package(xp, "linalg").expm(a[i].astype("float64"))
    return result


def real_eig(xp: Any, a: Array) -> tuple[Array, Array]:
    """Eigenvalues (..., n) and eigenvectors (..., n, n), in columns of length 1, of matrices (..., n, n).

    Raises:
        LinAlgError: where an eigenvalue is not real, since there are no complex element types here.
    """
    values, vectors = checked(xp, "eig", xp.linalg.eig, a)
    if values.dtype.kind == "c" and bool((values.imag != 0).any()):
        raise LinAlgError("eig: an eigenvalue is not real, and there are no complex element types here")
    return values.real.astype(a.dtype), vectors.real.astype(a.dtype)
