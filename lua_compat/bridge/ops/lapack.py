"""Factorizations and solutions of systems of equations (Torch7's LAPACK family), over numpy's.

What numpy has no function for (LU with its pivots, products with Householder reflectors, Cholesky with pivots) is
written out here, a column or a panel of columns at a time.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from lua_compat.bridge.ops.common import deliver, dims, named, sizes
from pytorch_from_lua.errors import RangeError, ShapeError, TensorError
from pytorch_from_lua.tensor import Tensor

_PANEL = 48  # columns that are eliminated before the rest of the matrix follows with one product


def solver(function: Callable[..., Any]) -> Callable[..., Any]:
    """Registers an operation; what numpy cannot solve is an error that names it."""

    @functools.wraps(function)
    def op(*args: Any) -> Any:
        try:
            return function(*args)
        except np.linalg.LinAlgError as error:
            raise TensorError(f"{function.__name__}: {str(error)[:1].lower()}{str(error)[1:]}") from None

    return named(function.__name__)(op)


def _matrix(x: Tensor, name: str, square: bool = False) -> Any:
    if dims(x) != 2:
        raise ShapeError(f"{name}: needs a matrix, got a tensor of {dims(x)} dimension(s), size {sizes(x._shape)}")
    if square and x._shape[0] != x._shape[1]:
        raise ShapeError(f"{name}: needs a square matrix, got {x._shape[0]}x{x._shape[1]}")
    return x.array


def _columns(x: Tensor, matrix: Any, name: str) -> Any:
    """Right-hand sides for a matrix: a matrix of as many rows, or a vector as one column."""
    found = x.array[:, None] if dims(x) == 1 else _matrix(x, name)
    if len(found) != len(matrix):
        raise ShapeError(
            f"{name}: a right-hand side of size {sizes(x._shape)} does not fit a matrix of size {sizes(matrix.shape)}"
        )
    return found


def _option(value: str, allowed: str, name: str) -> str:
    if value not in allowed or len(value) != 1:
        raise RangeError(f"{name}: the option should be {' or '.join(map(repr, allowed))}, got {value!r}")
    return value


def _both(first: Tensor | None, second: Tensor | None, values: tuple[Any, Any]) -> Any:
    """Two results: those that were given are written to, those that were not are returned."""
    one, two = deliver(first, values[0].copy()), deliver(second, values[1].copy())
    if first is None and second is None:
        return one, two
    return one if first is None else two


def _lu(a: Any, name: str) -> Any:
    """L and U in one matrix, its rows in the order of the pivots."""
    lu = a.copy()
    n = len(lu)
    for start in range(0, n, _PANEL):
        end = min(start + _PANEL, n)
        for k in range(start, end):
            pivot = k + int(np.argmax(np.abs(lu[k:, k])))
            if lu[pivot, k] == 0:
                raise TensorError(f"{name}: U({k + 1},{k + 1}) is 0, the matrix is singular")
            if pivot != k:
                lu[[k, pivot]] = lu[[pivot, k]]
            lu[k + 1 :, k] /= lu[k, k]
            lu[k + 1 :, k + 1 : end] -= np.outer(lu[k + 1 :, k], lu[k, k + 1 : end])
        if end < n:
            lower = np.tril(lu[start:end, start:end], -1) + np.eye(end - start, dtype=lu.dtype)
            lu[start:end, end:] = np.linalg.solve(lower, lu[start:end, end:])
            lu[end:, end:] -= lu[end:, start:end] @ lu[start:end, end:]
    return lu


@solver
def gesv(solution: Tensor | None, factors: Tensor | None, b: Tensor, a: Tensor) -> Any:
    """x with a @ x = b, and the LU factors of a."""
    matrix = _matrix(a, "gesv", square=True)
    right = _columns(b, matrix, "gesv")
    lu = _lu(matrix, "gesv")
    return _both(solution, factors, (np.linalg.solve(matrix, right), lu))


@solver
def trtrs(solution: Tensor | None, copy: Tensor | None, b: Tensor, a: Tensor, half: str, trans: str, diag: str) -> Any:
    """x with t @ x = b, where t is a's upper ("U") or lower half, transposed ("T") or not, with ones ("U") or not."""
    matrix = _matrix(a, "trtrs", square=True)
    right = _columns(b, matrix, "trtrs")
    triangle = _half(matrix, half, "trtrs")
    if _option(diag, "NU", "trtrs") == "U":
        np.fill_diagonal(triangle, 1)
    if not np.diag(triangle).all():
        raise TensorError("trtrs: a diagonal element is 0, the matrix is singular")
    turned = triangle.T if _option(trans, "NT", "trtrs") == "T" else triangle
    return _both(solution, copy, (np.linalg.solve(turned, right), matrix))


def _half(matrix: Any, half: str, name: str) -> Any:
    return np.triu(matrix) if _option(half, "UL", name) == "U" else np.tril(matrix)


def _symmetric(matrix: Any, half: str, name: str) -> Any:
    """The symmetric matrix that one half tells."""
    part = _half(matrix, half, name)
    return part + part.T - np.diag(np.diag(matrix))


@solver
def potrf(res: Tensor | None, a: Tensor, half: str) -> Tensor | None:
    """The Cholesky factor: u with u.T @ u = a ("U"), or l with l @ l.T = a ("L")."""
    lower = np.linalg.cholesky(_symmetric(_matrix(a, "potrf", square=True), half, "potrf"))
    return deliver(res, lower.T.copy() if half == "U" else lower)


def _from_factor(a: Tensor, half: str, name: str) -> Any:
    factor = _half(_matrix(a, name, square=True), half, name)
    return factor.T @ factor if half == "U" else factor @ factor.T


@solver
def potri(res: Tensor | None, a: Tensor, half: str) -> Tensor | None:
    """The inverse of the matrix whose Cholesky factor is given."""
    return deliver(res, np.linalg.inv(_from_factor(a, half, "potri")))


@solver
def potrs(res: Tensor | None, b: Tensor, a: Tensor, half: str) -> Tensor | None:
    """x with m @ x = b, for the matrix m whose Cholesky factor is given."""
    matrix = _from_factor(a, half, "potrs")
    return deliver(res, np.linalg.solve(matrix, _columns(b, matrix, "potrs")))


@solver
def pstrf(res: Tensor | None, pivots: Tensor | None, a: Tensor, half: str) -> Any:
    """The Cholesky factor with pivots: u with u.T @ u = p.T @ a @ p, and p as a list of columns."""
    rest = _symmetric(_matrix(a, "pstrf", square=True), half, "pstrf").astype(np.float64)
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


@solver
def inverse(res: Tensor | None, a: Tensor) -> Tensor | None:
    """The inverse of a square matrix."""
    return deliver(res, np.linalg.inv(_matrix(a, "inverse", square=True)))


@solver
def symeig(values: Tensor | None, vectors: Tensor | None, a: Tensor, wanted: str, half: str) -> Any:
    """Eigenvalues in ascending order, and with "V" the eigenvectors as columns."""
    matrix, with_vectors = _matrix(a, "symeig", square=True), _option(wanted, "NV", "symeig") == "V"
    found, columns = np.linalg.eigh(_symmetric(matrix, half, "symeig"))
    return _both(values, vectors, (found, columns if with_vectors else np.zeros_like(matrix)))


@solver
def eig(values: Tensor | None, vectors: Tensor | None, a: Tensor, wanted: str) -> Any:
    """Eigenvalues as rows (real, imaginary), and with "V" the eigenvectors: for a pair, real and imaginary columns."""
    matrix = _matrix(a, "eig", square=True)
    _option(wanted, "NV", "eig")
    found, columns = np.linalg.eig(matrix)
    parts = np.stack([found.real, found.imag], 1).astype(matrix.dtype)
    if wanted != "V":
        return _both(values, vectors, (parts, np.empty(0, matrix.dtype)))
    shown = columns.real.copy()
    for i in range(len(found)):
        if found[i].imag < 0:
            shown[:, i] = -columns[:, i].imag
    return _both(values, vectors, (parts, shown.astype(matrix.dtype)))


@solver
def svd(u: Tensor | None, s: Tensor | None, v: Tensor | None, a: Tensor, wanted: str) -> Any:
    """u, s, v with u @ diag(s) @ v.T = a; "A" for square u and v."""
    found = np.linalg.svd(_matrix(a, "svd"), full_matrices=_option(wanted, "SA", "svd") == "A")
    made = (deliver(u, found[0].copy()), deliver(s, found[1].copy()), deliver(v, found[2].T.copy()))
    return made if u is None else None


@solver
def qr(q: Tensor | None, r: Tensor | None, a: Tensor) -> Any:
    """q with orthogonal columns and an upper triangle r with q @ r = a."""
    return _both(q, r, tuple(np.linalg.qr(_matrix(a, "qr"))))  # type: ignore[arg-type]


@solver
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


def _reflectors(a: Tensor, tau: Tensor, name: str) -> Any:
    packed = _matrix(a, name)
    if dims(tau) != 1 or tau.numel() > packed.shape[1]:
        raise ShapeError(
            f"{name}: factors of size {sizes(tau._shape)} do not fit vectors of size {sizes(packed.shape)}"
        )
    return packed


@solver
def orgqr(res: Tensor | None, a: Tensor, tau: Tensor) -> Tensor | None:
    """The orthogonal columns that the Householder vectors make up."""
    packed = _reflectors(a, tau, "orgqr")
    if packed.shape[0] < packed.shape[1]:
        raise ShapeError(f"orgqr: needs at least as many rows as columns, got {sizes(packed.shape)}")
    made = _reflect(packed, tau.array, np.eye(*packed.shape), True, False)
    return deliver(res, made.astype(packed.dtype))


@solver
def ormqr(res: Tensor | None, a: Tensor, tau: Tensor, c: Tensor, side: str, trans: str) -> Tensor | None:
    """q @ c, or with "R" c @ q; with "T" for the transpose of q."""
    packed, block = _reflectors(a, tau, "ormqr"), _matrix(c, "ormqr")
    left = _option(side, "LR", "ormqr") == "L"
    if block.shape[0 if left else 1] != packed.shape[0]:
        raise ShapeError(f"ormqr: {sizes(block.shape)} does not fit reflections of size {sizes(packed.shape)}")
    made = _reflect(packed, tau.array, block, left, _option(trans, "NT", "ormqr") == "T")
    return deliver(res, made.astype(c.dtype.numpy))


@solver
def gels(solution: Tensor | None, factors: Tensor | None, b: Tensor, a: Tensor) -> Any:
    """x with the least squares of a @ x - b in its first rows, what remains of b in the others."""
    matrix = _matrix(a, "gels")
    right = _columns(b, matrix, "gels")
    rows, columns = matrix.shape
    if rows < columns:
        found = np.linalg.lstsq(matrix, right, rcond=None)[0]
    else:
        q, r = np.linalg.qr(matrix, mode="complete")
        found = q.T @ right
        found[:columns] = np.linalg.solve(r[:columns], found[:columns])
    packed = np.linalg.qr(matrix, mode="raw")[0].T
    return _both(solution, factors, (found.astype(matrix.dtype), packed))
