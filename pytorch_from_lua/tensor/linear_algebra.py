"""Products of matrices and vectors."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.autograd.engine import apply, apply_, operation
from pytorch_from_lua.tensor.base import TensorBase

_MATMUL, _MM, _BMM, _MV, _DOT = [operation(name) for name in ("matmul", "mm", "bmm", "mv", "dot")]
_ADDMM = operation("addmm")


class LinearAlgebra:
    """Methods that sum products along a dimension that both operands share."""

    __slots__ = ()

    def __matmul__(self, other: Any) -> Any:
        return _MATMUL(self, other) if isinstance(other, TensorBase) else NotImplemented

    def matmul(self, other: Any) -> Any:
        """The product of matrices in the last two dimensions; the others broadcast. A vector is a row or a column."""
        return _MATMUL(self, other)

    def mm(self, other: Any) -> Any:
        """The product of two matrices: (n, k) by (k, m) gives (n, m)."""
        return _MM(self, other)

    def bmm(self, other: Any) -> Any:
        """The products of two stacks of matrices: (b, n, k) by (b, k, m) gives (b, n, m)."""
        return _BMM(self, other)

    def mv(self, vector: Any) -> Any:
        """The product of a matrix (n, k) and a vector (k,): (n,)."""
        return _MV(self, vector)

    def dot(self, other: Any) -> Any:
        """The sum of the products of the elements of two vectors."""
        return _DOT(self, other)

    def outer(self, other: Any) -> Any:
        """Every product of an element of one vector and one of the other: (n,) and (m,) give (n, m)."""
        return apply("ger", self, other)

    ger = outer

    def addmm(self, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
        """``beta * x + alpha * mat1 @ mat2``."""
        return _ADDMM(self, mat1, mat2, beta=beta, alpha=alpha)

    def addmm_(self, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
        """``beta * x + alpha * mat1 @ mat2``, in place."""
        return apply_("addmm", self, mat1, mat2, beta=beta, alpha=alpha)

    def addmv(self, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
        """``beta * x + alpha * mat @ vec``."""
        return apply("addmv", self, mat, vec, beta=beta, alpha=alpha)

    def addmv_(self, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
        """``beta * x + alpha * mat @ vec``, in place."""
        return apply_("addmv", self, mat, vec, beta=beta, alpha=alpha)

    def addr(self, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
        """``beta * x + alpha * outer(vec1, vec2)``."""
        return apply("addr", self, vec1, vec2, beta=beta, alpha=alpha)

    def addr_(self, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
        """``beta * x + alpha * outer(vec1, vec2)``, in place."""
        return apply_("addr", self, vec1, vec2, beta=beta, alpha=alpha)

    def addbmm(self, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
        """``beta * x + alpha * sum(bmm(batch1, batch2))``."""
        return apply("addbmm", self, batch1, batch2, beta=beta, alpha=alpha)

    def baddbmm(self, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
        """``beta * x + alpha * bmm(batch1, batch2)``."""
        return apply("baddbmm", self, batch1, batch2, beta=beta, alpha=alpha)

    def tril(self, diagonal: int = 0) -> Any:
        """The elements on and below a diagonal, zeros elsewhere."""
        return apply("tril", self, diagonal=diagonal)

    def triu(self, diagonal: int = 0) -> Any:
        """The elements on and above a diagonal, zeros elsewhere."""
        return apply("triu", self, diagonal=diagonal)
