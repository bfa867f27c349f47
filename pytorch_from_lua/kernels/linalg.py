"""Dense linear algebra on stacks of matrices ``(..., m, n)``, beyond what the array library's ``linalg`` gives.

Each function takes its array namespace and works on every matrix of a stack.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from pytorch_from_lua.errors import LinAlgError
from pytorch_from_lua.kernels.namespace import Array

#: Columns of a panel of the LU factorisation: within one, updates are of rank 1; outside of it, products of matrices.
_PANEL = 32


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
    """``P L U = A`` with partial pivoting (Golub and Van Loan, Matrix Computations, 3.4), both factors in one array.

    Args:
        xp: the array namespace.
        a: (..., m, n).

    Returns:
        The factors (..., m, n), L below the diagonal (its own diagonal is 1) and U from it on, and the pivots
        (..., min(m, n)) in int32, from 1 as LAPACK counts: row i was exchanged with row ``pivots[i] - 1``.
    """
    *batch, m, n = a.shape
    work = a.reshape((prod(batch), m, n)).copy()
    k = min(m, n)
    pivots = xp.zeros((len(work), k), "int32")
    each = xp.arange(len(work))
    for start in range(0, k, _PANEL):
        stop = min(start + _PANEL, k)
        for j in range(start, stop):
            p = xp.abs(work[:, j:, j]).argmax(1) + j
            pivots[:, j] = p + 1
            row = work[each, p].copy()
            work[each, p] = work[:, j]
            work[:, j] = row
            pivot = work[:, j, j]
            below = work[:, j + 1 :, j]
            below /= xp.where(pivot == 0, 1, pivot)[:, None]  # a column of zeros stays one
            work[:, j + 1 :, j + 1 : stop] -= below[:, :, None] * work[:, j, None, j + 1 : stop]
        if stop < n:
            corner = xp.tril(work[:, start:stop, start:stop], -1) + xp.eye(stop - start, dtype=a.dtype)
            work[:, start:stop, stop:] = xp.linalg.solve(corner, work[:, start:stop, stop:])
            work[:, stop:, stop:] -= xp.matmul(work[:, stop:, start:stop], work[:, start:stop, stop:])
    return work.reshape(a.shape), pivots.reshape((*batch, k))


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
    """X with ``A X = B``, where A (..., n, n) is read as a triangle; a 0 on its diagonal gives inf or nan."""
    try:
        return xp.linalg.solve(a, b)
    except xp.linalg.LinAlgError:
        n = a.shape[-1]
        x = xp.broadcast_to(b, xp.broadcast_shapes(a.shape[:-2], b.shape[:-2]) + b.shape[-2:]).copy()
        for i in reversed(range(n)) if upper else range(n):
            known = slice(i + 1, n) if upper else slice(0, i)
            x[..., i, :] -= xp.matmul(a[..., i, None, known], x[..., known, :])[..., 0, :]
            x[..., i, :] /= a[..., i, i, None]
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


#: Coefficients of the Pade approximant of exp of order 13 (Higham 2005, "The scaling and squaring method").
_PADE = (
    64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
    670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
)  # fmt: skip


def expm(xp: Any, a: Array) -> Array:
    """``exp(A)`` of matrices (..., n, n), by scaling, the Pade approximant of order 13, and squaring (Higham 2005)."""
    if not a.size:
        return a.copy()
    size = float(xp.abs(a).sum(-2).max())
    if not size < float("inf"):
        return a * float("nan")
    halvings = 0
    while size > 5.37:
        size /= 2
        halvings += 1
    x = (a / 2**halvings).astype("float64")
    one = xp.eye(a.shape[-1])
    x2 = xp.matmul(x, x)
    x4 = xp.matmul(x2, x2)
    x6 = xp.matmul(x2, x4)
    c = _PADE
    odd = xp.matmul(x6, c[13] * x6 + c[11] * x4 + c[9] * x2) + c[7] * x6 + c[5] * x4 + c[3] * x2 + c[1] * one
    even = xp.matmul(x6, c[12] * x6 + c[10] * x4 + c[8] * x2) + c[6] * x6 + c[4] * x4 + c[2] * x2 + c[0] * one
    u = xp.matmul(x, odd)
    result = xp.linalg.solve(even - u, even + u)
    for _ in range(halvings):
        result = xp.matmul(result, result)
    return result.astype(a.dtype)


def real_eig(xp: Any, a: Array) -> tuple[Array, Array]:
    """Eigenvalues (..., n) and eigenvectors (..., n, n), in columns of length 1, of matrices (..., n, n).

    Raises:
        LinAlgError: where an eigenvalue is not real, since there are no complex element types here.
    """
    values, vectors = checked(xp, "eig", xp.linalg.eig, a)
    if values.dtype.kind == "c" and bool((values.imag != 0).any()):
        raise LinAlgError("eig: an eigenvalue is not real, and there are no complex element types here")
    return values.real.astype(a.dtype), vectors.real.astype(a.dtype)
