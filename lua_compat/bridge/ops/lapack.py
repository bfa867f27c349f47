"""Factorizations and solutions of systems of equations: the routines of LAPACK that Torch7 called, out of scipy."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from lua_compat.bridge.ops.common import deliver, dims, named, sizes
from pytorch_from_lua.errors import RangeError, ShapeError, TensorError
from pytorch_from_lua.kernels.scientific import routine as kernel_routine
from pytorch_from_lua.tensor import Tensor


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


def _call(routine: str, name: str, problem: str, *arrays: Any, **options: Any) -> list[Any]:
    """What a routine gives, without its status.

    Args:
        routine: its name without the letter of the element type.
        name: what errors call the function.
        problem: what a positive status says; ``{0}`` is that number.
        arrays: of which the first has the element type.
        options: of the routine.

    Raises:
        TensorError: where the status is not 0.
    """
    *results, info = kernel_routine("linalg.lapack", arrays[0], routine)(*arrays, **options)
    if info:
        raise TensorError(f"{name}: {problem.format(info) if info > 0 else f'argument {-info} of {routine} is wrong'}")
    return results


_SINGULAR = "U({0},{0}) is 0, the matrix is singular"


@solver
def gesv(solution: Tensor | None, factors: Tensor | None, b: Tensor, a: Tensor) -> Any:
    """x with a @ x = b, and the LU factors of a."""
    matrix = _matrix(a, "gesv", square=True)
    lu, _, x = _call("gesv", "gesv", _SINGULAR, matrix, _columns(b, matrix, "gesv"))
    return _both(solution, factors, (x, lu))


@solver
def trtrs(solution: Tensor | None, copy: Tensor | None, b: Tensor, a: Tensor, half: str, trans: str, diag: str) -> Any:
    """x with t @ x = b, where t is a's upper ("U") or lower half, transposed ("T") or not, with ones ("U") or not."""
    matrix = _matrix(a, "trtrs", square=True)
    right = _columns(b, matrix, "trtrs")
    lower, turned = _option(half, "UL", "trtrs") == "L", _option(trans, "NT", "trtrs") == "T"
    ones = _option(diag, "NU", "trtrs") == "U"
    problem = "the diagonal element {0} is 0, the matrix is singular"
    (x,) = _call("trtrs", "trtrs", problem, matrix, right, lower=lower, trans=turned, unitdiag=ones)
    return _both(solution, copy, (x, matrix))


def _is_lower(half: str, name: str) -> bool:
    return _option(half, "UL", name) == "L"


@solver
def potrf(res: Tensor | None, a: Tensor, half: str) -> Tensor | None:
    """The Cholesky factor: u with u.T @ u = a ("U"), or l with l @ l.T = a ("L")."""
    problem = "the leading minor of order {0} is not positive definite"
    matrix = _matrix(a, "potrf", square=True)
    return deliver(res, _call("potrf", "potrf", problem, matrix, lower=_is_lower(half, "potrf"))[0])


@solver
def potri(res: Tensor | None, a: Tensor, half: str) -> Tensor | None:
    """The inverse of the matrix whose Cholesky factor is given."""
    factor, lower = _matrix(a, "potri", square=True), _is_lower(half, "potri")
    (found,) = _call("potri", "potri", "the diagonal element {0} is 0, the matrix is singular", factor, lower=lower)
    one = np.tril(found) if lower else np.triu(found)
    return deliver(res, one + one.T - np.diag(np.diag(one)))


@solver
def potrs(res: Tensor | None, b: Tensor, a: Tensor, half: str) -> Tensor | None:
    """x with m @ x = b, for the matrix m whose Cholesky factor is given."""
    factor = _matrix(a, "potrs", square=True)
    right = _columns(b, factor, "potrs")
    if not np.diag(factor).all():
        raise TensorError("potrs: a diagonal element is 0, the matrix is singular")
    return deliver(res, _call("potrs", "potrs", "", factor, right, lower=_is_lower(half, "potrs"))[0])


@solver
def pstrf(res: Tensor | None, pivots: Tensor | None, a: Tensor, half: str) -> Any:
    """The Cholesky factor with pivots: u with u.T @ u = p.T @ a @ p, and p as a list of columns."""
    matrix, lower = _matrix(a, "pstrf", square=True), _is_lower(half, "pstrf")
    # A positive status says that the matrix has a lower rank, which is what pstrf is for.
    factor, order, rank, _ = kernel_routine("linalg.lapack", matrix, "pstrf")(matrix, lower=lower)
    factor[rank:, rank:] = 0
    made = deliver(res, np.tril(factor) if lower else np.triu(factor))
    places = deliver(pivots, order)
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
    lower = _is_lower(half, "symeig")
    found, columns = _call(
        "syev", "symeig", "the iteration did not converge", matrix, compute_v=with_vectors, lower=lower
    )
    return _both(values, vectors, (found, columns if with_vectors else np.zeros_like(matrix)))


@solver
def eig(values: Tensor | None, vectors: Tensor | None, a: Tensor, wanted: str) -> Any:
    """Eigenvalues as rows (real, imaginary), and with "V" the eigenvectors: for a pair, real and imaginary columns."""
    matrix = _matrix(a, "eig", square=True)
    _option(wanted, "NV", "eig")
    options = {"compute_vl": False, "compute_vr": wanted == "V"}
    real, imaginary, _, columns = _call("geev", "eig", "the iteration did not converge", matrix, **options)
    found = np.stack([real, imaginary], 1)
    return _both(values, vectors, (found, columns if wanted == "V" else np.empty(0, matrix.dtype)))


@solver
def svd(u: Tensor | None, s: Tensor | None, v: Tensor | None, a: Tensor, wanted: str) -> Any:
    """u, s, v with u @ diag(s) @ v.T = a; "A" for square u and v."""
    matrix, full = _matrix(a, "svd"), _option(wanted, "SA", "svd") == "A"
    left, found, right = _call("gesdd", "svd", "the iteration did not converge", matrix, full_matrices=full)
    made = (deliver(u, left), deliver(s, found), deliver(v, right.T))
    return made if u is None else None


@solver
def qr(q: Tensor | None, r: Tensor | None, a: Tensor) -> Any:
    """q with orthogonal columns and an upper triangle r with q @ r = a."""
    return _both(q, r, tuple(np.linalg.qr(_matrix(a, "qr"))))  # type: ignore[arg-type]


@solver
def geqrf(res: Tensor | None, tau: Tensor | None, a: Tensor) -> Any:
    """The triangle r with the Householder vectors below it, and their factors."""
    packed, factors, _ = _call("geqrf", "geqrf", "", _matrix(a, "geqrf"))
    return _both(res, tau, (packed, factors))


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
    return deliver(res, _call("orgqr", "orgqr", "", packed, tau.array)[0])


@solver
def ormqr(res: Tensor | None, a: Tensor, tau: Tensor, c: Tensor, side: str, trans: str) -> Tensor | None:
    """q @ c, or with "R" c @ q; with "T" for the transpose of q."""
    packed, block = _reflectors(a, tau, "ormqr"), _matrix(c, "ormqr")
    left = _option(side, "LR", "ormqr") == "L"
    _option(trans, "NT", "ormqr")
    if block.shape[0 if left else 1] != packed.shape[0]:
        raise ShapeError(f"ormqr: {sizes(block.shape)} does not fit reflections of size {sizes(packed.shape)}")
    room = max(block.shape) * 64  # LAPACK's blocks are of no more columns
    multiply = kernel_routine("linalg.lapack", packed, "ormqr")
    return deliver(res, multiply(side, trans, packed[:, : tau.numel()], tau.array, block, room)[0])


@solver
def gels(solution: Tensor | None, factors: Tensor | None, b: Tensor, a: Tensor) -> Any:
    """x with the least squares of a @ x - b in its first rows, what remains of b in the others."""
    matrix = _matrix(a, "gels")
    rows, columns = matrix.shape
    right = np.zeros((max(rows, columns), _columns(b, matrix, "gels").shape[1]), matrix.dtype)
    right[:rows] = _columns(b, matrix, "gels")
    packed, found = _call("gels", "gels", "the diagonal element {0} of the triangle is 0: no full rank", matrix, right)
    return _both(solution, factors, (found, packed))
