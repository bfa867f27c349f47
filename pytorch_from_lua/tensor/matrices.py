"""Functions of matrices: inverses, determinants, systems of equations, powers. `torch.linalg` has their public names.

Every matrix may be a stack ``(..., m, n)``. Element types are float32 and float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import DimensionError, DTypeError, LinAlgError, RangeError, ShapeError
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import float32, float64

if TYPE_CHECKING:
    from pytorch_from_lua.tensor.tensor import Tensor


class SignLogAbsDet(NamedTuple):
    """What `slogdet` returns."""

    sign: Tensor
    logabsdet: Tensor


class InverseInfo(NamedTuple):
    """What `inv_ex` returns."""

    inverse: Tensor
    info: Tensor


class ResultInfo(NamedTuple):
    """What `solve_ex` returns."""

    result: Tensor
    info: Tensor


class LeastSquares(NamedTuple):
    """What `lstsq` returns."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor


class TriangularSolution(NamedTuple):
    """What `triangular_solve` returns."""

    solution: Tensor
    cloned_coefficient: Tensor


def matrix(x: Tensor, function: str, name: str = "A", square: bool = False) -> Tensor:
    """The tensor itself, after a look at whether it is one of matrices.

    Raises:
        DTypeError: where it is no tensor, or neither of float32 nor of float64.
        DimensionError: for fewer than 2 dimensions.
        ShapeError: where ``square`` is true and it has other matrices.
    """
    if not isinstance(x, TensorBase):
        raise DTypeError(f"{name}: {function} needs a tensor, got {type(x).__name__}")
    if x.dtype not in (float32, float64):
        raise DTypeError(f"{name}: {function} needs float32 or float64, got {x.dtype.name}")
    if x.ndim < 2:
        raise DimensionError(f"{name}: {function} needs at least 2 dimensions, got shape {x.shape}")
    if square and x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"{name}: {function} needs square matrices, got shape {x.shape}")
    return x


def same_types(function: str, *tensors: Any) -> None:
    """Raises DTypeError where the tensors have different element types."""
    if len({t.dtype for t in tensors}) > 1:
        raise DTypeError(f"{function}: needs one element type, got {', '.join([t.dtype.name for t in tensors])}")


def _zeros(like: Any, shape: Any) -> Any:
    return like.from_array(np.zeros(shape, np.int32))


# -- inverses and determinants ---------------------------------------------------------------------------------------


def inv(A: Tensor) -> Tensor:
    """The inverse: ``inv(A) @ A`` is the unit matrix. (..., n, n).

    Raises:
        LinAlgError: for a singular matrix.
        ShapeError: for matrices that are not square.

    >>> from pytorch_from_lua import tensor
    >>> inv(tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    return apply("inv", matrix(A, "inv", square=True))


def inv_ex(A: Tensor, *, check_errors: bool = False) -> InverseInfo:
    """The inverse, and for each matrix 0, or (from 1) the place of the first pivot that is 0 in int32.

    Raises:
        LinAlgError: for a singular matrix, where ``check_errors`` is true.

    >>> from pytorch_from_lua import tensor
    >>> inv_ex(tensor([[2.0]])).inverse
    tensor([[0.5000]])
    """
    x = matrix(A, "inv", square=True)
    try:
        return InverseInfo(inv(x), _zeros(x, x.shape[:-2]))
    except LinAlgError:
        if check_errors:
            raise
    diagonal = apply("lu_factor", x.detach())[0].diagonal(0, -2, -1).array
    info = np.where((diagonal == 0).any(-1), (diagonal == 0).argmax(-1) + 1, 0).astype(np.int32)
    keep = x.from_array(info == 0).unsqueeze(-1).unsqueeze(-1)
    unit = x.from_array(np.eye(x.shape[-1], dtype=x.dtype.numpy))
    return InverseInfo(inv(apply("where", keep, x, unit)), x.from_array(info))


def det(A: Tensor) -> Tensor:
    """The determinant. (..., n, n) gives (...).

    Raises:
        ShapeError: for matrices that are not square.

    >>> from pytorch_from_lua import tensor
    >>> det(tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(-2.)
    """
    return apply("det", matrix(A, "det", square=True))


def slogdet(A: Tensor) -> SignLogAbsDet:
    """The sign and the logarithm of the absolute value of the determinant, where that itself would overflow.

    Raises:
        ShapeError: for matrices that are not square.

    >>> from pytorch_from_lua import tensor
    >>> slogdet(tensor([[-2.0, 0.0], [0.0, 1.0]]))
    SignLogAbsDet(sign=tensor(-1.), logabsdet=tensor(0.6931))
    """
    logarithm, sign = apply("slogdet", matrix(A, "slogdet", square=True))
    return SignLogAbsDet(sign, logarithm)


def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant; nan where that is negative, -inf where it is 0.

    Raises:
        ShapeError: for matrices that are not square.

    >>> from pytorch_from_lua import tensor
    >>> logdet(tensor([[2.0, 0.0], [0.0, 1.0]]))
    tensor(0.6931)
    """
    sign, logarithm = slogdet(matrix(input, "logdet", "input", square=True))
    return apply("where", sign < 0, float("nan"), logarithm)


def pinv(
    A: Tensor,
    rcond: float | Tensor | None = None,
    hermitian: bool = False,
    *,
    atol: float | Tensor | None = None,
    rtol: float | Tensor | None = None,
) -> Tensor:
    """The pseudo-inverse of Moore and Penrose: (..., m, n) gives (..., n, m).

    Args:
        A: the matrices.
        rcond: ``rtol`` under its old name.
        hermitian: whether the matrices are symmetric; the result is the same.
        atol: singular values up to ``max(atol, rtol * the largest one)`` count as 0; 0 where None.
        rtol: ``max(m, n) * eps`` of the element type where None (and 0 where only ``atol`` is given).

    Raises:
        ShapeError: where ``hermitian`` is true, for matrices that are not square.

    >>> from pytorch_from_lua import tensor
    >>> pinv(tensor([[2.0, 0.0], [0.0, 0.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.0000]])
    """
    x = matrix(A, "pinv", square=hermitian)
    low, relative = tolerances(x, atol, rcond if rtol is None else rtol)
    return apply("pinv", x, atol=low, rtol=relative)


def tolerances(x: Tensor, atol: float | Tensor | None, rtol: float | Tensor | None) -> tuple[float, float]:
    """Both limits under which a singular value counts as 0, as PyTorch chooses those that are not given."""
    low = 0.0 if atol is None else float(atol)
    if rtol is None:
        rtol = 0.0 if low > 0 else max(x.shape[-2:]) * float(np.finfo(x.dtype.numpy).eps)
    return low, float(rtol)


# -- systems of equations --------------------------------------------------------------------------------------------


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """X with ``A X = B``, or with ``X A = B``.

    Args:
        A: (..., n, n).
        B: (..., n, k), or (..., n) of the other dimensions of ``A``, or one vector (n,).
        left: whether A stands to the left of X.

    Raises:
        LinAlgError: for a singular matrix.
        ShapeError: where the sizes do not fit.

    >>> from pytorch_from_lua import tensor
    >>> solve(tensor([[2.0, 0.0], [0.0, 4.0]]), tensor([2.0, 2.0]))
    tensor([1.0000, 0.5000])
    """
    a = matrix(A, "solve", square=True)
    if not isinstance(B, TensorBase):
        raise DTypeError(f"B: solve needs a tensor, got {type(B).__name__}")
    same_types("solve", a, B)
    b: Any = B
    vector = b.ndim == 1 or (b.ndim == a.ndim - 1 and b.shape == a.shape[:-1])
    if vector:
        b = b.unsqueeze(-1)
    elif not left:
        b = b.mT
    if b.ndim < 2 or b.shape[-2] != a.shape[-1]:
        raise ShapeError(f"A, B: shapes {A.shape} and {B.shape} do not fit")
    x = apply("solve", a if left or vector else a.mT, b)
    if vector:
        return x.squeeze(-1)
    return x if left else x.mT


def solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> ResultInfo:
    """`solve`, and for each matrix 0, or (from 1) the place of the first pivot that is 0 in int32.

    Raises:
        LinAlgError: for a singular matrix, where ``check_errors`` is true.

    >>> from pytorch_from_lua import tensor
    >>> solve_ex(tensor([[2.0]]), tensor([[4.0]])).result
    tensor([[2.]])
    """
    inverse, info = inv_ex(A, check_errors=check_errors)
    if not info.array.any():
        return ResultInfo(solve(A, B, left=left), info)
    return ResultInfo(inverse @ B if left else B @ inverse, info)


def solve_triangular(A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Tensor:
    """X with ``A X = B``, or with ``X A = B``, where A is a triangle.

    Args:
        A: (..., n, n); only the triangle is read.
        B: (..., n, k), or (..., k, n) where ``left`` is false.
        upper: whether the triangle is the upper one.
        left: whether A stands to the left of X.
        unitriangular: whether the diagonal counts as 1 and is not read.

    Raises:
        ShapeError: where the sizes do not fit.

    >>> from pytorch_from_lua import tensor
    >>> solve_triangular(tensor([[2.0, 0.0], [1.0, 1.0]]), tensor([[2.0], [3.0]]), upper=False)
    tensor([[1.],
            [2.]])
    """
    a, b = matrix(A, "solve_triangular", square=True), matrix(B, "solve_triangular", "B")
    same_types("solve_triangular", a, b)
    if a.shape[-1] != b.shape[-2 if left else -1]:
        raise ShapeError(f"A, B: shapes {a.shape} and {b.shape} do not fit")
    if left:
        return apply("solve_triangular", a, b, upper=upper, unitriangular=unitriangular)
    return apply("solve_triangular", a.mT, b.mT, upper=not upper, unitriangular=unitriangular).mT


def triangular_solve(
    b: Tensor, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> TriangularSolution:
    """X with ``A X = b`` (or ``A^T X = b``) for a triangle A, and a copy of A; `solve_triangular` in its old form.

    >>> from pytorch_from_lua import tensor
    >>> triangular_solve(tensor([[4.0]]), tensor([[2.0]])).solution
    tensor([[2.]])
    """
    if transpose:
        return TriangularSolution(solve_triangular(A.mT, b, upper=not upper, unitriangular=unitriangular), A.clone())
    return TriangularSolution(solve_triangular(A, b, upper=upper, unitriangular=unitriangular), A.clone())


def cholesky_solve(B: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """X with ``A X = B`` for the factor of ``A = L L^T`` (or ``A = L^T L`` where ``upper`` is true).

    Raises:
        ShapeError: where the sizes do not fit.

    >>> from pytorch_from_lua import tensor
    >>> cholesky_solve(tensor([[4.0]]), tensor([[2.0]]))
    tensor([[1.]])
    """
    low = L.mT if upper else L
    return solve_triangular(low.mT, solve_triangular(low, B, upper=False), upper=True)


def cholesky_inverse(L: Tensor, upper: bool = False) -> Tensor:
    """The inverse of A for the factor of ``A = L L^T`` (or ``A = L^T L`` where ``upper`` is true).

    >>> from pytorch_from_lua import tensor
    >>> cholesky_inverse(tensor([[2.0]]))
    tensor([[0.2500]])
    """
    x = matrix(L, "cholesky_inverse", "L", square=True)
    return cholesky_solve(apply("unit_like", x.detach()), x, upper)


_DRIVERS = (None, "gels", "gelsy", "gelsd", "gelss")


def lstsq(A: Tensor, B: Tensor, rcond: float | Tensor | None = None, *, driver: str | None = None) -> LeastSquares:
    """The X of least norm for which ``norm(A X - B)`` is least, by singular values: ``pinv(A) B``.

    Args:
        A: (..., m, n).
        B: (..., m, k), or (..., m) of the other dimensions of ``A``.
        rcond: singular values up to ``rcond`` times the largest count as 0; ``max(m, n) * eps`` where None.
        driver: which results come with it, as in PyTorch, whose default is ``"gelsy"``: ``"gels"`` no rank;
            ``"gelsd"`` and ``"gelss"`` the singular values. What is left out is empty.

    Returns:
        The solution (..., n, k); the sums of squares of what remains (..., k), where ``m > n`` and every matrix has
        rank n (and the driver is not ``"gelsy"``); the ranks (...) in int64; the singular values (..., min(m, n)).

    Raises:
        ShapeError: where the sizes do not fit.
        RangeError: for another driver.

    >>> from pytorch_from_lua import tensor
    >>> lstsq(tensor([[2.0], [0.0]]), tensor([[1.0], [3.0]])).solution
    tensor([[0.5000]])
    """
    a = matrix(A, "lstsq")
    if driver not in _DRIVERS:
        raise RangeError(f"driver: got {driver!r}; allowed are {', '.join(map(repr, _DRIVERS))}")
    if not isinstance(B, TensorBase):
        raise DTypeError(f"B: lstsq needs a tensor, got {type(B).__name__}")
    same_types("lstsq", a, B)
    b: Any = B
    vector = b.ndim == a.ndim - 1 and b.shape == a.shape[:-1]
    b = b.unsqueeze(-1) if vector else b
    if b.ndim < 2 or b.shape[-2] != a.shape[-2]:
        raise ShapeError(f"A, B: shapes {A.shape} and {B.shape} do not fit")
    m, n = a.shape[-2:]
    low, relative = tolerances(a, None, rcond)
    x = apply("pinv", a, atol=low, rtol=relative) @ b
    values = apply("svdvals", a.detach()).array
    ranks = (values > values.max(-1, keepdims=True, initial=0) * relative).sum(-1)
    nothing = a.new_empty(0)
    full = m > n and bool((ranks == n).all())
    return LeastSquares(
        x.squeeze(-1) if vector else x,
        ((a @ x - b) ** 2).sum(-2) if full and driver not in (None, "gelsy") else nothing,
        a.from_array(np.zeros(0, np.int64) if driver == "gels" else np.asarray(ranks, np.int64)),
        a.from_array(values) if driver in ("gelsd", "gelss") else nothing,
    )


# -- functions of matrices -------------------------------------------------------------------------------------------


def matrix_exp(A: Tensor) -> Tensor:
    """``exp(A) = 1 + A + A A / 2 + ...`` (..., n, n), by scaling and squaring (Higham 2005).

    Raises:
        ShapeError: for matrices that are not square.

    >>> from pytorch_from_lua import tensor
    >>> matrix_exp(tensor([[0.0, 1.0], [0.0, 0.0]]))
    tensor([[1., 1.],
            [0., 1.]])
    """
    return apply("matrix_exp", matrix(A, "matrix_exp", square=True))


def matrix_power(A: Tensor, n: int) -> Tensor:
    """``A @ A @ ... @ A``, ``n`` times; of the inverse for a negative ``n``; the unit matrix for 0.

    Args:
        A: (..., m, m), of any element type.
        n: a whole number.

    Raises:
        ShapeError: for matrices that are not square.
        LinAlgError: for a singular matrix and a negative ``n``.

    >>> from pytorch_from_lua import tensor
    >>> matrix_power(tensor([[1, 1], [0, 1]]), 5)
    tensor([[1, 5],
            [0, 1]])
    """
    if not isinstance(A, TensorBase) or A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise ShapeError(f"A: matrix_power needs square matrices, got shape {getattr(A, 'shape', None)}")
    if n < 0:
        return matrix_power(inv(A), -n)
    if n == 0:
        return apply("unit_like", A)
    result: Any = None
    square = A
    while True:
        if n & 1:
            result = square if result is None else apply("matmul", result, square)
        n >>= 1
        if not n:
            return result.clone() if result is A else result
        square = apply("matmul", square, square)


def householder_product(A: Tensor, tau: Tensor) -> Tensor:
    """The first columns of ``H_1 H_2 ... H_k`` with ``H_i = 1 - tau_i v_i v_i^T``.

    Args:
        A: (..., m, n), the vectors v_i in its columns: 0 above the diagonal, 1 on it, and what stands below.
        tau: (..., k) with ``k <= n <= m``.

    Raises:
        ShapeError: where the sizes do not fit.

    >>> from pytorch_from_lua import tensor
    >>> householder_product(tensor([[1.0], [0.0]]), tensor([2.0]))
    tensor([[-1.],
            [ 0.]])
    """
    a = matrix(A, "householder_product")
    m, n = a.shape[-2:]
    k = tau.shape[-1] if tau.ndim else -1
    if not k <= n <= m or tau.shape[:-1] != a.shape[:-2]:
        raise ShapeError(f"A, tau: shapes {a.shape} and {tau.shape} do not fit; tau has at most n numbers, n <= m")
    same_types("householder_product", a, tau)
    unit = a.from_array(np.broadcast_to(np.eye(m, n, dtype=a.dtype.numpy), a.shape).copy())
    vectors = a.tril(-1) + unit
    result = unit
    for i in reversed(range(k)):
        v = vectors.narrow(-1, i, 1)
        result = result - tau.narrow(-1, i, 1).unsqueeze(-1) * (v @ (v.mT @ result))
    return result


def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse for `tensordot` over ``ind`` dimensions.

    Args:
        A: its first ``ind`` dimensions together have as many elements as the rest.
        ind: at least 1.

    Raises:
        RangeError: for ``ind`` under 1.
        ShapeError: where the sizes do not fit.

    >>> from pytorch_from_lua import tensor
    >>> tensorinv(tensor([[2.0]]), ind=1)
    tensor([[0.5000]])
    """
    if ind < 1:
        raise RangeError(f"ind: needs at least 1, got {ind}")
    first, rest = A.shape[:ind], A.shape[ind:]
    size = int(np.prod(first))
    if size != int(np.prod(rest)):
        raise ShapeError(f"A: the products of {first} and {rest} must be equal")
    return inv(A.reshape(size, size)).reshape(*rest, *first)


def tensorsolve(A: Tensor, B: Tensor, dims: Sequence[int] | None = None) -> Tensor:
    """X with ``tensordot(A, X, X.ndim) = B``.

    Args:
        A: of B's shape, then X's; both with as many elements.
        B: the right-hand side.
        dims: dimensions of A to move to the end first.

    Raises:
        ShapeError: where the sizes do not fit.

    >>> from pytorch_from_lua import tensor
    >>> tensorsolve(tensor([[2.0]]), tensor([4.0]))
    tensor([2.])
    """
    if dims is not None:
        A = A.movedim(tuple(dims), tuple(range(A.ndim - len(dims), A.ndim)))
    shape = A.shape[B.ndim :]
    size = int(np.prod(shape))
    if A.numel() != size * size or B.numel() != size:
        raise ShapeError(f"A, B: shapes {A.shape} and {B.shape} do not fit")
    return solve(A.reshape(size, size), B.reshape(size)).reshape(shape)
