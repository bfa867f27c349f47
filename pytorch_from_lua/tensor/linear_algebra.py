"""Products of matrices and vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply, apply_, operation
from pytorch_from_lua.autograd.shortcut import product
from pytorch_from_lua.errors import DimensionError
from pytorch_from_lua.tensor import factorizations, matrices, norms, products, reflections
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.products import check_ndim

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytorch_from_lua.tensor._types import Number, Operand
    from pytorch_from_lua.tensor.tensor import Tensor

_MATMUL, _MM, _BMM, _MV, _DOT = [operation(name) for name in ("matmul", "mm", "bmm", "mv", "dot")]
_ADDMM = operation("addmm")


class LinearAlgebra(TensorBase):
    """Methods that sum products along a dimension that both operands share."""

    __slots__ = ()

    @product((1, 2), (1, 2))
    def __matmul__(self, other: Operand) -> Tensor:
        return _MATMUL(self, other) if isinstance(other, TensorBase) else NotImplemented

    def __rmatmul__(self, other: Operand) -> Tensor:
        return NotImplemented if isinstance(other, TensorBase) else apply("matmul", _array(self, other), self)

    def matmul(self, other: Operand) -> Tensor:
        """The product of matrices in the last two dimensions; the others broadcast. A vector is a row or a column.

        Raises:
            DimensionError: for a tensor of 0 dimensions.
            ShapeError: where the sizes do not fit.
            DTypeError: for different element types.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).matmul(tensor([1, 1]))
        tensor([3, 7])
        """
        if isinstance(other, TensorBase) and not (self._shape and other._shape):
            raise DimensionError(
                f"input, other: matmul needs at least 1 dimension, got shapes {self._shape} and {other._shape}"
            )
        return _MATMUL(self, other)

    @product((2,), (2,))
    def mm(self, mat2: Tensor) -> Tensor:
        """The product of two matrices: (n, k) by (k, m) gives (n, m).

        (n, k) by (k, m) gives (n, m).

        Raises:
            ShapeError: where the sizes do not fit.
            DTypeError: where the types differ.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).mm(tensor([[1], [1]]))
        tensor([[3],
                [7]])
        """
        if not isinstance(mat2, TensorBase) or len(self._shape) != 2 or len(mat2._shape) != 2:
            check_ndim("mm", ("self", self, 2), ("mat2", mat2, 2))
        return _MM(self, mat2)

    def bmm(self, mat2: Tensor) -> Tensor:
        """The products of two stacks of matrices: (b, n, k) by (b, k, m) gives (b, n, m).

        (b, n, k) by (b, k, m) gives (b, n, m).

        Raises:
            ShapeError: where the sizes do not fit.
            DTypeError: where the types differ.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[[1, 2]]]).bmm(tensor([[[3], [4]]]))
        tensor([[[11]]])
        """
        if self.ndim != 3 or getattr(mat2, "ndim", -1) != 3:
            check_ndim("bmm", ("self", self, 3), ("mat2", mat2, 3))
        return _BMM(self, mat2)

    @product((2,), (1,))
    def mv(self, vec: Tensor) -> Tensor:
        """The product of a matrix (n, k) and a vector (k,): (n,).

        (n, m) by (m,) gives (n,).

        Raises:
            ShapeError: where the sizes do not fit.
            DTypeError: where the types differ.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).mv(tensor([1, 1]))
        tensor([3, 7])
        """
        if not isinstance(vec, TensorBase) or len(self._shape) != 2 or len(vec._shape) != 1:
            check_ndim("mv", ("self", self, 2), ("vec", vec, 1))
        return _MV(self, vec)

    @product((1,), (1,))
    def dot(self, tensor: Tensor) -> Tensor:
        """The sum of the products of the elements of two vectors.

        (n,) and (n,) give a tensor of 0 dimensions.

        Raises:
            ShapeError: where the sizes do not fit.
            DTypeError: where the types differ.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).dot(tensor([3, 4]))
        tensor(11)
        """
        if not isinstance(tensor, TensorBase) or len(self._shape) != 1 or len(tensor._shape) != 1:
            check_ndim("dot", ("self", self, 1), ("tensor", tensor, 1))
        return _DOT(self, tensor)

    def outer(self, vec2: Tensor) -> Tensor:
        """Every product of an element of one vector and one of the other: (n,) and (m,) give (n, m).

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).outer(tensor([3, 4]))
        tensor([[3, 4],
                [6, 8]])
        """
        check_ndim("outer", ("self", self, 1), ("vec2", vec2, 1))
        return apply("ger", self, vec2) if self.dtype is vec2.dtype else self.unsqueeze(-1) * vec2  # type: ignore[attr-defined]

    ger = outer

    def addmm(self, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """``beta * x + alpha * mat1 @ mat2``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).addmm(tensor([[1, 2]]), tensor([[1, 0], [0, 1]]))
        tensor([[2, 4]])
        """
        if getattr(mat1, "ndim", -1) != 2 or getattr(mat2, "ndim", -1) != 2:
            check_ndim("addmm", ("mat1", mat1, 2), ("mat2", mat2, 2))
        return _ADDMM(self, mat1, mat2, beta=beta, alpha=alpha)

    def addmm_(self, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Self:
        """``beta * x + alpha * mat1 @ mat2``, in place."""
        check_ndim("addmm", ("mat1", mat1, 2), ("mat2", mat2, 2))
        return apply_("addmm", self, mat1, mat2, beta=beta, alpha=alpha)

    def addmv(self, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """``beta * x + alpha * mat @ vec``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).addmv(tensor([[1, 2], [3, 4]]), tensor([1, 1]))
        tensor([4, 9])
        """
        check_ndim("addmv", ("mat", mat, 2), ("vec", vec, 1))
        return apply("addmv", self, mat, vec, beta=beta, alpha=alpha)

    def addmv_(self, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Self:
        """``beta * x + alpha * mat @ vec``, in place."""
        check_ndim("addmv", ("mat", mat, 2), ("vec", vec, 1))
        return apply_("addmv", self, mat, vec, beta=beta, alpha=alpha)

    def addr(self, vec1: Tensor, vec2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """``beta * x + alpha * outer(vec1, vec2)``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[0, 0], [0, 0]]).addr(tensor([1, 2]), tensor([3, 4]))
        tensor([[3, 4],
                [6, 8]])
        """
        check_ndim("addr", ("vec1", vec1, 1), ("vec2", vec2, 1))
        return apply("addr", self, vec1, vec2, beta=beta, alpha=alpha)

    def addr_(self, vec1: Tensor, vec2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Self:
        """``beta * x + alpha * outer(vec1, vec2)``, in place."""
        check_ndim("addr", ("vec1", vec1, 1), ("vec2", vec2, 1))
        return apply_("addr", self, vec1, vec2, beta=beta, alpha=alpha)

    def addbmm(self, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """``beta * x + alpha * sum(bmm(batch1, batch2))``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1]]).addbmm(tensor([[[1, 2]]]), tensor([[[3], [4]]]))
        tensor([[12]])
        """
        check_ndim("addbmm", ("batch1", batch1, 3), ("batch2", batch2, 3))
        return apply("addbmm", self, batch1, batch2, beta=beta, alpha=alpha)

    def baddbmm(self, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """``beta * x + alpha * bmm(batch1, batch2)``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[[1]]]).baddbmm(tensor([[[1, 2]]]), tensor([[[3], [4]]]))
        tensor([[[12]]])
        """
        check_ndim("baddbmm", ("batch1", batch1, 3), ("batch2", batch2, 3))
        return apply("baddbmm", self, batch1, batch2, beta=beta, alpha=alpha)

    def addbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Self:
        """``beta * x + alpha * sum(bmm(batch1, batch2))``, in place."""
        check_ndim("addbmm", ("batch1", batch1, 3), ("batch2", batch2, 3))
        return apply_("addbmm", self, batch1, batch2, beta=beta, alpha=alpha)

    def baddbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Self:
        """``beta * x + alpha * bmm(batch1, batch2)``, in place."""
        check_ndim("baddbmm", ("batch1", batch1, 3), ("batch2", batch2, 3))
        return apply_("baddbmm", self, batch1, batch2, beta=beta, alpha=alpha)

    # -- triangles ------------------------------------------------------------------------------------------------

    def tril(self, diagonal: int = 0) -> Tensor:
        """The elements on and below a diagonal of the last two dimensions, zeros elsewhere.

        Raises:
            DimensionError: for fewer than 2 dimensions.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).tril()
        tensor([[1, 0],
                [3, 4]])
        """
        return apply("tril", _matrices(self, "tril"), diagonal=diagonal)

    def triu(self, diagonal: int = 0) -> Tensor:
        """The elements on and above a diagonal of the last two dimensions, zeros elsewhere.

        Raises:
            DimensionError: for fewer than 2 dimensions.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).triu()
        tensor([[1, 2],
                [0, 4]])
        """
        return apply("triu", _matrices(self, "triu"), diagonal=diagonal)

    def tril_(self, diagonal: int = 0) -> Self:
        """Zeros above a diagonal, in place."""
        return apply_("tril", _matrices(self, "tril_"), diagonal=diagonal)

    def triu_(self, diagonal: int = 0) -> Self:
        """Zeros below a diagonal, in place."""
        return apply_("triu", _matrices(self, "triu_"), diagonal=diagonal)

    # -- the functions of the other files of matrices as methods ----------------------------------------------------

    inner = products.inner
    vdot = products.vdot
    kron = products.kron
    trace = products.trace
    cross = products.cross
    dist = norms.dist
    det = matrices.det
    slogdet = matrices.slogdet
    logdet = matrices.logdet
    inverse = matrices.inv
    pinverse = matrices.pinv
    matrix_exp = matrices.matrix_exp
    matrix_power = matrices.matrix_power
    triangular_solve = matrices.triangular_solve
    cholesky_solve = matrices.cholesky_solve
    cholesky_inverse = matrices.cholesky_inverse
    orgqr = matrices.householder_product
    geqrf = reflections.geqrf
    ormqr = reflections.ormqr
    qr = factorizations.old_qr
    svd = factorizations.old_svd
    lu = factorizations.old_lu
    lu_solve = factorizations.old_lu_solve

    def cholesky(self, upper: bool = False) -> Tensor:
        """The triangle L with ``A = L L^T``; see `torch.linalg.cholesky`.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[4.0, 2.0], [2.0, 5.0]]).cholesky()
        tensor([[2., 0.],
                [1., 2.]])
        """
        return factorizations.cholesky(self, upper=upper)  # type: ignore[arg-type]


def _array(like: Any, other: Any) -> Any:
    return like.from_array(np.asarray(other))


def _matrices(x: Any, name: str) -> Any:
    if x.ndim < 2:
        raise DimensionError(f"{name}() needs at least 2 dimensions, got shape {x.shape}")
    return x
