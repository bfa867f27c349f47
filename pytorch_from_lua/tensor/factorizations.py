"""Factorisations of matrices, each with its results in a named tuple. `torch.linalg` has their public names."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pytorch_from_lua.autograd.engine import apply, is_grad_enabled, refresh, wrap
from pytorch_from_lua.autograd.rules_linalg import PARTS, SHAPES
from pytorch_from_lua.errors import AutogradError, LinAlgError, RangeError, ShapeError
from pytorch_from_lua.kernels import linalg as kernels
from pytorch_from_lua.tensor import backend
from pytorch_from_lua.tensor.matrices import matrix, same_types, solve_triangular

if TYPE_CHECKING:
    from pytorch_from_lua.tensor.tensor import Tensor


class QR(NamedTuple):
    """What `qr` returns."""

    Q: Tensor
    R: Tensor


class SVD(NamedTuple):
    """What `torch.linalg.svd` returns: ``A = U @ diag(S) @ Vh``."""

    U: Tensor
    S: Tensor
    Vh: Tensor


class SVDV(NamedTuple):
    """What `torch.svd` returns: ``A = U @ diag(S) @ V.mT``."""

    U: Tensor
    S: Tensor
    V: Tensor


class Eigen(NamedTuple):
    """What `eig` and `eigh` return."""

    eigenvalues: Tensor
    eigenvectors: Tensor


class FactorInfo(NamedTuple):
    """What `cholesky_ex` returns."""

    L: Tensor
    info: Tensor


class PLU(NamedTuple):
    """What `lu` returns."""

    P: Tensor
    L: Tensor
    U: Tensor


class LUPivots(NamedTuple):
    """What `lu_factor` returns."""

    LU: Tensor
    pivots: Tensor


class LUPivotsInfo(NamedTuple):
    """What `lu_factor_ex` returns."""

    LU: Tensor
    pivots: Tensor
    info: Tensor


def _parts(name: str, x: Any, **params: Any) -> list[Any]:
    """The results of a factorisation; see `rules_linalg`."""
    if x._base is not None:
        refresh(x)
    if not (x.requires_grad and is_grad_enabled()):
        array = x.array
        return [wrap(np.asarray(part)) if isinstance(array, np.ndarray) else wrap(part)
                for part in PARTS[name](backend.namespace(array), array, **params)]  # fmt: skip
    flat = apply(name, x, **params)
    found, start = [], 0
    for shape in SHAPES[name](x.shape, **params):
        found.append(flat.narrow(0, start, prod(shape)).view(shape))
        start += prod(shape)
    return found


def _upper(UPLO: str) -> bool:
    if UPLO not in ("L", "U", "l", "u"):
        raise RangeError(f"UPLO: needs 'L' or 'U', got {UPLO!r}")
    return UPLO in ("U", "u")


def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The triangle L with ``A = L L^T`` of positive-definite matrices (..., n, n); ``L^T`` where ``upper`` is true.

    Raises:
        LinAlgError: where a matrix is not positive-definite.
        ShapeError: for matrices that are not square.

    >>> from pytorch_from_lua import tensor
    >>> cholesky(tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])
    """
    x = matrix(A, "cholesky", square=True)
    return apply("cholesky", x.mT).mT if upper else apply("cholesky", x)


def cholesky_ex(A: Tensor, *, upper: bool = False, check_errors: bool = False) -> FactorInfo:
    """`cholesky`, and for each matrix 0, or the order of its first minor that is not positive, in int32.

    Where that is not 0 the factor is one of zeros.

    Raises:
        LinAlgError: where ``check_errors`` is true and a matrix is not positive-definite.

    >>> from pytorch_from_lua import tensor
    >>> cholesky_ex(tensor([[4.0]])).L
    tensor([[2.]])
    """
    x = matrix(A, "cholesky", square=True)
    info = np.zeros(x.shape[:-2], np.int32)
    try:
        return FactorInfo(cholesky(x, upper=upper), x.from_array(info))
    except LinAlgError:
        if check_errors:
            raise
    plain = x.detach().array
    for place in np.ndindex(info.shape):
        info[place] = _first_minor(plain[place].T if upper else plain[place])
    good = x.from_array(info == 0).unsqueeze(-1).unsqueeze(-1)
    unit = x.from_array(np.eye(x.shape[-1], dtype=x.dtype.numpy))
    return FactorInfo(cholesky(apply("where", good, x, unit), upper=upper) * good, x.from_array(info))


def _first_minor(a: Any) -> int:
    for n in range(1, len(a) + 1):
        try:
            np.linalg.cholesky(a[:n, :n])
        except np.linalg.LinAlgError:
            return n
    return 0


def qr(A: Tensor, mode: str = "reduced") -> QR:
    """``A = Q R`` with columns of Q that are orthogonal and of length 1, and R upper triangular.

    Args:
        A: (..., m, n).
        mode: ``"reduced"``: Q (..., m, k) and R (..., k, n) with k = min(m, n); ``"complete"``: k = m; ``"r"``: Q is
            empty, and nothing can be differentiated.

    Raises:
        RangeError: for another mode.
        AutogradError: for a gradient of the mode ``"complete"`` where m > n.

    >>> from pytorch_from_lua import tensor
    >>> qr(tensor([[3.0, 0.0], [4.0, 5.0]])).R.abs()
    tensor([[5., 4.],
            [0., 3.]])
    """
    x = matrix(A, "qr")
    if mode not in ("reduced", "complete", "r"):
        raise RangeError(f"mode: needs 'reduced', 'complete' or 'r', got {mode!r}")
    wanted = x.requires_grad and is_grad_enabled()
    if mode == "r":
        if wanted:
            raise AutogradError("qr: has no derivative in mode 'r'; use 'reduced'")
        return QR(x.new_empty(0), _parts("qr", x, mode="reduced")[1])
    if mode == "complete" and x.shape[-2] > x.shape[-1] and wanted:
        raise AutogradError("qr: has no derivative in mode 'complete' for more rows than columns; use 'reduced'")
    return QR(*_parts("qr", x, mode=mode))


def svd(A: Tensor, full_matrices: bool = True, *, driver: str | None = None) -> SVD:
    """``A = U @ diag(S) @ Vh``, the singular values S from the largest to the smallest.

    Gradients are those of Townsend 2016; they need singular values that all differ and (but for square matrices) are
    not 0, and a loss that does not see the signs of singular vectors.

    Args:
        A: (..., m, n).
        full_matrices: U (..., m, m) and Vh (..., n, n), else (..., m, k) and (..., k, n) with k = min(m, n).
        driver: for CUDA only; must be None.

    Raises:
        RangeError: where ``driver`` is given.
        LinAlgError: where the iteration did not converge.

    >>> from pytorch_from_lua import tensor
    >>> svd(tensor([[2.0, 0.0], [0.0, 3.0]])).S
    tensor([3., 2.])
    """
    if driver is not None:
        raise RangeError(f"driver: only CUDA has several, needs None, got {driver!r}")
    return SVD(*_parts("svd", matrix(A, "svd"), full=full_matrices))


def svdvals(A: Tensor, *, driver: str | None = None) -> Tensor:
    """The singular values, from the largest to the smallest: (..., m, n) gives (..., min(m, n)).

    >>> from pytorch_from_lua import tensor
    >>> svdvals(tensor([[2.0, 0.0], [0.0, 3.0]]))
    tensor([3., 2.])
    """
    if driver is not None:
        raise RangeError(f"driver: only CUDA has several, needs None, got {driver!r}")
    return apply("svdvals", matrix(A, "svdvals"))


def old_svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> SVDV:
    """``input = U @ diag(S) @ V.mT``; `torch.linalg.svd` in its old form, with V where that has its transpose.

    Args:
        input: (..., m, n).
        some: whether U and V are cut to min(m, n) columns.
        compute_uv: else U and V are zeros.

    >>> from pytorch_from_lua import tensor
    >>> old_svd(tensor([[2.0, 0.0], [0.0, 3.0]])).S
    tensor([3., 2.])
    """
    if not compute_uv:
        x = matrix(input, "svd", "input")
        *batch, m, n = x.shape
        return SVDV(x.new_zeros(*batch, m, m), svdvals(x), x.new_zeros(*batch, n, n))
    u, s, v = svd(input, not some)
    return SVDV(u, s, v.mT)


def old_qr(input: Tensor, some: bool = True) -> QR:
    """`torch.linalg.qr` in its old form: reduced where ``some`` is true, else complete.

    >>> from pytorch_from_lua import tensor
    >>> old_qr(tensor([[3.0, 0.0], [4.0, 5.0]])).R.abs()
    tensor([[5., 4.],
            [0., 3.]])
    """
    return qr(input, "reduced" if some else "complete")


def eigh(A: Tensor, UPLO: str = "L") -> Eigen:
    """Eigenvalues (..., n), rising, and eigenvectors in columns (..., n, n) of symmetric matrices.

    Args:
        A: (..., n, n).
        UPLO: which triangle is read, ``"L"`` or ``"U"``.

    Raises:
        ShapeError: for matrices that are not square.
        RangeError: for another letter.

    >>> from pytorch_from_lua import tensor
    >>> eigh(tensor([[2.0, 0.0], [0.0, 3.0]])).eigenvalues
    tensor([2., 3.])
    """
    return Eigen(*_parts("eigh", matrix(A, "eigh", square=True), upper=_upper(UPLO)))


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric matrices, rising; see `eigh`.

    >>> from pytorch_from_lua import tensor
    >>> eigvalsh(tensor([[2.0, 0.0], [0.0, 3.0]]))
    tensor([2., 3.])
    """
    return eigh(A, UPLO).eigenvalues


def eig(A: Tensor) -> Eigen:
    """Eigenvalues (..., n), in no order, and eigenvectors in columns (..., n, n), of length 1.

    There are no complex element types here. Where PyTorch gives complex numbers whatever the matrix, this gives real
    ones, and an error for a matrix whose eigenvalues are not real.

    Raises:
        LinAlgError: where an eigenvalue is not real.
        ShapeError: for matrices that are not square.

    >>> from pytorch_from_lua import tensor
    >>> eig(tensor([[2.0, 0.0], [0.0, 3.0]])).eigenvalues
    tensor([2., 3.])
    """
    return Eigen(*_parts("eig", matrix(A, "eig", square=True)))


def eigvals(A: Tensor) -> Tensor:
    """The eigenvalues, where they are real; see `eig`.

    >>> from pytorch_from_lua import tensor
    >>> eigvals(tensor([[2.0, 0.0], [0.0, 3.0]]))
    tensor([2., 3.])
    """
    return eig(A).eigenvalues


# -- LU --------------------------------------------------------------------------------------------------------------


def _whole_pivots(pivot: bool) -> None:
    if not pivot:
        raise RangeError("pivot: only CUDA has a factorisation without exchanges, needs True, got False")


def lu_factor(A: Tensor, *, pivot: bool = True) -> LUPivots:
    """``A = P L U`` with both triangles in one tensor (..., m, n), and the exchanges of rows (..., min(m, n)) in int32.

    Args:
        A: (..., m, n).
        pivot: must be true.

    Raises:
        RangeError: where ``pivot`` is false.

    >>> from pytorch_from_lua import tensor
    >>> lu_factor(tensor([[2.0, 1.0], [4.0, 3.0]])).LU
    tensor([[ 4.0000,  3.0000],
            [ 0.5000, -0.5000]])
    """
    _whole_pivots(pivot)
    return LUPivots(*apply("lu_factor", matrix(A, "lu_factor")))


def lu_factor_ex(A: Tensor, *, pivot: bool = True, check_errors: bool = False) -> LUPivotsInfo:
    """`lu_factor`, and for each matrix 0, or (from 1) the place of the first pivot that is 0, in int32.

    Raises:
        LinAlgError: where ``check_errors`` is true and a pivot is 0.

    >>> from pytorch_from_lua import tensor
    >>> lu_factor_ex(tensor([[2.0, 1.0], [4.0, 3.0]])).pivots
    tensor([2, 2], dtype=int32)
    """
    both, pivots = lu_factor(A, pivot=pivot)
    zero = both.detach().diagonal(0, -2, -1).array == 0
    info = np.where(zero.any(-1), zero.argmax(-1) + 1, 0).astype(np.int32) if zero.shape[-1] else zero.any(-1) * 0
    if check_errors and info.any():
        raise LinAlgError(f"lu_factor: a pivot is 0, at {info.max()}")
    return LUPivotsInfo(both, pivots, both.from_array(np.asarray(info, np.int32)))


def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True) -> PLU:
    """P (..., m, m), L (..., m, k) and U (..., k, n) out of `lu_factor`'s results; empty where not asked for.

    >>> from pytorch_from_lua import tensor
    >>> lu_unpack(*lu_factor(tensor([[2.0, 1.0], [4.0, 3.0]]))).L
    tensor([[1.0000, 0.0000],
            [0.5000, 1.0000]])
    """
    x = matrix(LU_data, "lu_unpack", "LU_data")
    m, n = x.shape[-2:]
    k = min(m, n)
    nothing = x.new_empty(0)
    p, low, up = nothing, nothing, nothing
    if unpack_data:
        unit = x.from_array(np.eye(m, k, dtype=x.dtype.numpy))
        low = x.narrow(-1, 0, k).tril(-1) + unit
        up = x.narrow(-2, 0, k).triu()
    if unpack_pivots:
        pivots = LU_pivots.array
        p = x.from_array(kernels.permutation(backend.namespace(pivots), pivots, m, x.dtype.numpy))
    return PLU(p, low, up)


def lu(A: Tensor, *, pivot: bool = True) -> PLU:
    """``A = P @ L @ U``: exchanges of rows, a lower triangle with 1 on its diagonal, an upper one.

    Raises:
        RangeError: where ``pivot`` is false.

    >>> from pytorch_from_lua import tensor
    >>> lu(tensor([[2.0, 1.0], [4.0, 3.0]])).U
    tensor([[ 4.0000,  3.0000],
            [ 0.0000, -0.5000]])
    """
    return lu_unpack(*lu_factor(A, pivot=pivot))


def old_lu(A: Tensor, pivot: bool = True, get_infos: bool = False) -> tuple[Tensor, ...]:
    """`lu_factor` as `torch.lu` has it: a tuple (LU, pivots), or (LU, pivots, infos) where they are asked for.

    >>> from pytorch_from_lua import tensor
    >>> old_lu(tensor([[2.0, 1.0], [4.0, 3.0]]))[1]
    tensor([2, 2], dtype=int32)
    """
    found = lu_factor_ex(A, pivot=pivot)
    return tuple(found) if get_infos else tuple(found)[:2]


def lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False) -> Tensor:
    """X with ``A X = B`` (or ``X A = B``; of ``A^T`` where ``adjoint`` is true) out of `lu_factor`'s results for A.

    Raises:
        ShapeError: where the sizes do not fit.

    >>> from pytorch_from_lua import tensor
    >>> lu_solve(*lu_factor(tensor([[2.0]])), tensor([[4.0]]))
    tensor([[2.]])
    """
    x = matrix(LU, "lu_solve", "LU", square=True)
    b = matrix(B, "lu_solve", "B")
    same_types("lu_solve", x, b)
    if not left:
        return lu_solve(LU, pivots, b.mT, adjoint=not adjoint).mT
    if b.shape[-2] != x.shape[-1]:
        raise ShapeError(f"LU, B: shapes {x.shape} and {b.shape} do not fit")
    p = lu_unpack(x, pivots, unpack_data=False).P
    if adjoint:
        y = solve_triangular(x.mT, b, upper=False)
        return p @ solve_triangular(x.mT, y, upper=True, unitriangular=True)
    y = solve_triangular(x, p.mT @ b, upper=False, unitriangular=True)
    return solve_triangular(x, y, upper=True)


def old_lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """`torch.linalg.lu_solve` in its old order of arguments.

    >>> from pytorch_from_lua import tensor
    >>> old_lu_solve(tensor([[4.0]]), *lu_factor(tensor([[2.0]])))
    tensor([[2.]])
    """
    return lu_solve(LU_data, LU_pivots, b)
