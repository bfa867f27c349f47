"""Factorizations and solutions of systems of equations (Torch7's LAPACK family), over numpy's.

What numpy has no function for (LU with its pivots, products with Householder reflectors, Cholesky with pivots) is
written out here, a column at a time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lua_compat.bridge.ops.common import deliver, dims, exported
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.tensor import Tensor


def _matrix(x: Tensor, name: str, square: bool = False) -> Any:
    if dims(x) != 2:
        raise ShapeError(f"{name}: needs a matrix, got a tensor of {dims(x)} dimension(s)")
    if square and x._shape[0] != x._shape[1]:
        raise ShapeError(f"{name}: needs a square matrix, got {x._shape[0]}x{x._shape[1]}")
    return x.array


def _columns(x: Tensor, name: str) -> Any:
    """Right-hand sides: a matrix, or a vector as one column."""
    return x.array[:, None] if dims(x) == 1 else _matrix(x, name)


def _both(first: Tensor | None, second: Tensor | None, values: tuple[Any, Any]) -> Any:
    """Two results: those that were given are written to, those that were not are returned."""
    one, two = deliver(first, values[0].copy()), deliver(second, values[1].copy())
    if first is None and second is None:
        return one, two
    return one if first is None else two


def _lu(a: Any, name: str) -> Any:
    """L and U in one matrix, rows in pivoted order, and that order."""
    lu, order = a.copy(), np.arange(len(a))
    for k in range(len(lu)):
        pivot = k + int(np.argmax(np.abs(lu[k:, k])))
        if lu[pivot, k] == 0:
            raise np.linalg.LinAlgError(f"{name}: U({k + 1},{k + 1}) is 0, the matrix is singular")
        lu[[k, pivot]], order[[k, pivot]] = lu[[pivot, k]], order[[pivot, k]]
        lu[k + 1 :, k] /= lu[k, k]
        lu[k + 1 :, k + 1 :] -= np.outer(lu[k + 1 :, k], lu[k, k + 1 :])
    return lu, order


@exported
def gesv(solution: Tensor | None, factors: Tensor | None, b: Tensor, a: Tensor) -> Any:
    """x with a @ x = b, and the LU factors of a."""
    matrix = _matrix(a, "gesv", square=True)
    right = _columns(b, "gesv")
    lu, _ = _lu(matrix, "gesv")
    return _both(solution, factors, (np.linalg.solve(matrix, right), lu))


@exported
def trtrs(solution: Tensor | None, copy: Tensor | None, b: Tensor, a: Tensor, half: str, trans: str, diag: str) -> Any:
    """x with t @ x = b, where t is a's upper ("U") or lower half, transposed ("T") or not, with ones ("U") or not."""
    matrix, right = _matrix(a, "trtrs", square=True), _columns(b, "trtrs")
    triangle = _half(matrix, half)
    if diag == "U":
        np.fill_diagonal(triangle, 1)
    if not np.diag(triangle).all():
        raise np.linalg.LinAlgError("trtrs: a diagonal element is 0, the matrix is singular")
    return _both(solution, copy, (np.linalg.solve(triangle.T if trans == "T" else triangle, right), matrix))


def _half(matrix: Any, half: str) -> Any:
    return np.triu(matrix) if half == "U" else np.tril(matrix)


def _symmetric(matrix: Any, half: str) -> Any:
    """The symmetric matrix that one half tells."""
    part = np.triu(matrix, 1) if half == "U" else np.tril(matrix, -1)
    return part + part.T + np.diag(np.diag(matrix))


@exported
def potrf(res: Tensor | None, a: Tensor, half: str) -> Tensor | None:
    """The Cholesky factor: u with u.T @ u = a ("U"), or l with l @ l.T = a ("L")."""
    lower = np.linalg.cholesky(_symmetric(_matrix(a, "potrf", square=True), half))
    return deliver(res, lower.T.copy() if half == "U" else lower)


def _from_factor(a: Tensor, half: str, name: str) -> Any:
    factor = _half(_matrix(a, name, square=True), half)
    return factor.T @ factor if half == "U" else factor @ factor.T


@exported
def potri(res: Tensor | None, a: Tensor, half: str) -> Tensor | None:
    """The inverse of the matrix whose Cholesky factor is given."""
    return deliver(res, np.linalg.inv(_from_factor(a, half, "potri")))


@exported
def potrs(res: Tensor | None, b: Tensor, a: Tensor, half: str) -> Tensor | None:
    """x with m @ x = b, for the matrix m whose Cholesky factor is given."""
    return deliver(res, np.linalg.solve(_from_factor(a, half, "potrs"), _columns(b, "potrs")))


@exported
def pstrf(res: Tensor | None, pivots: Tensor | None, a: Tensor, half: str) -> Any:
    """The Cholesky factor with pivots: u with u.T @ u = p.T @ a @ p, and p as a list of columns."""
    rest = _symmetric(_matrix(a, "pstrf", square=True), half).astype(np.float64)
    n = len(rest)
    order = np.arange(n)
    factor = np.zeros((n, n))
    for k in range(n):
        best = k + int(np.argmax(np.diag(rest)[k:]))
        for matrix in (rest, factor):
            matrix[:, [k, best]] = matrix[:, [best, k]]
        rest[[k, best]] = rest[[best, k]]
        order[[k, best]] = order[[best, k]]
        if rest[k, k] <= 0:
            break
        factor[k, k] = np.sqrt(rest[k, k])
        factor[k, k + 1 :] = rest[k, k + 1 :] / factor[k, k]
        rest[k + 1 :, k + 1 :] -= np.outer(factor[k, k + 1 :], factor[k, k + 1 :])
    found = factor.astype(a.dtype.numpy)
    found = found if half == "U" else found.T.copy()
    made = deliver(res, found)
    places = deliver(pivots, (order + 1).astype(np.int32))
    if res is None and pivots is None:
        return made, places
    return made if res is None else places


@exported
def inverse(res: Tensor | None, a: Tensor) -> Tensor | None:
    """The inverse of a square matrix."""
    return deliver(res, np.linalg.inv(_matrix(a, "inverse", square=True)))


@exported
def symeig(values: Tensor | None, vectors: Tensor | None, a: Tensor, wanted: str, half: str) -> Any:
    """Eigenvalues in ascending order, and with "V" the eigenvectors as columns."""
    matrix = _matrix(a, "symeig", square=True)
    found, columns = np.linalg.eigh(_symmetric(matrix, half))
    return _both(values, vectors, (found, columns if wanted == "V" else np.zeros_like(matrix)))


@exported
def eig(values: Tensor | None, vectors: Tensor | None, a: Tensor, wanted: str) -> Any:
    """Eigenvalues as rows (real, imaginary), and with "V" the eigenvectors: for a pair, real and imaginary columns."""
    matrix = _matrix(a, "eig", square=True)
    found, columns = np.linalg.eig(matrix)
    parts = np.stack([found.real, found.imag], 1).astype(matrix.dtype)
    if wanted != "V":
        return _both(values, vectors, (parts, np.empty(0, matrix.dtype)))
    shown = columns.real.copy()
    for i in range(len(found)):
        if found[i].imag < 0:
            shown[:, i] = -columns[:, i].imag
    return _both(values, vectors, (parts, shown.astype(matrix.dtype)))


@exported
def svd(u: Tensor | None, s: Tensor | None, v: Tensor | None, a: Tensor, wanted: str) -> Any:
    """u, s, v with u @ diag(s) @ v.T = a; "A" for square u and v."""
    found = np.linalg.svd(_matrix(a, "svd"), full_matrices=wanted == "A")
    made = (deliver(u, found[0].copy()), deliver(s, found[1].copy()), deliver(v, found[2].T.copy()))
    return made if u is None else None


@exported
def qr(q: Tensor | None, r: Tensor | None, a: Tensor) -> Any:
    """q with orthogonal columns and an upper triangle r with q @ r = a."""
    return _both(q, r, tuple(np.linalg.qr(_matrix(a, "qr"))))  # type: ignore[arg-type]


@exported
def geqrf(res: Tensor | None, tau: Tensor | None, a: Tensor) -> Any:
    """The triangle r with the Householder vectors below it, and their factors."""
    packed, factors = np.linalg.qr(_matrix(a, "geqrf"), mode="raw")
    return _both(res, tau, (packed.T, factors))


def _reflect(packed: Any, tau: Any, block: Any, from_left: bool, transposed: bool) -> Any:
    """q @ block, q.T @ block or the like, for the q that the Householder vectors make up."""
    done = block.astype(np.float64)
    order = range(len(tau))
    for k in order if from_left == transposed else reversed(order):
        vector = packed[:, k].astype(np.float64)
        vector[:k], vector[k] = 0, 1
        if from_left:
            done -= tau[k] * np.outer(vector, vector @ done)
        else:
            done -= tau[k] * np.outer(done @ vector, vector)
    return done


@exported
def orgqr(res: Tensor | None, a: Tensor, tau: Tensor) -> Tensor | None:
    """The orthogonal columns that the Householder vectors make up."""
    packed = _matrix(a, "orgqr")
    made = _reflect(packed, tau.array, np.eye(*packed.shape), True, False)
    return deliver(res, made.astype(packed.dtype))


@exported
def ormqr(res: Tensor | None, a: Tensor, tau: Tensor, c: Tensor, side: str, trans: str) -> Tensor | None:
    """q @ c, or with "R" c @ q; with "T" for the transpose of q."""
    made = _reflect(_matrix(a, "ormqr"), tau.array, _matrix(c, "ormqr"), side == "L", trans == "T")
    return deliver(res, made.astype(c.dtype.numpy))


@exported
def gels(solution: Tensor | None, factors: Tensor | None, b: Tensor, a: Tensor) -> Any:
    """x with the least squares of a @ x - b in its first rows, what remains of b in the others."""
    matrix, right = _matrix(a, "gels"), _columns(b, "gels")
    rows, columns = matrix.shape
    if rows < columns:
        found = np.linalg.lstsq(matrix, right, rcond=None)[0]
    else:
        q, r = np.linalg.qr(matrix, mode="complete")
        found = q.T @ right
        found[:columns] = np.linalg.solve(r[:columns], found[:columns])
    packed = np.linalg.qr(matrix, mode="raw")[0].T
    return _both(solution, factors, (found.astype(matrix.dtype), packed))
