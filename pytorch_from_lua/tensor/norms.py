"""Norms of vectors and matrices, and what follows from singular values. `torch.linalg` has their public names."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import DimensionError, DTypeError, RangeError, ShapeError
from pytorch_from_lua.tensor import geometry
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import DType
from pytorch_from_lua.tensor.matrices import inv_ex, matrix, tolerances

if TYPE_CHECKING:
    from pytorch_from_lua.tensor._types import DTypeLike, Operand
    from pytorch_from_lua.tensor.tensor import Tensor


def _real(x: Any, function: str, dtype: Any) -> Any:
    if not isinstance(x, TensorBase):
        raise DTypeError(f"A: {function} needs a tensor, got {type(x).__name__}")
    result: Any = x if dtype is None else x.to(DType.of(dtype))  # type: ignore[attr-defined]
    if not result.dtype.is_floating_point or not x.dtype.is_floating_point:
        raise DTypeError(f"A: {function} needs a floating-point type, got {x.dtype.name}")
    return result


def vector_norm(
    x: Tensor,
    ord: Any = 2,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: DTypeLike | None = None,
) -> Tensor:
    """``sum(abs(x) ** ord) ** (1 / ord)``; the largest magnitude for inf, the smallest for -inf, for 0 how many not 0.

    Args:
        x: any shape.
        ord: a number.
        dim: along which dimensions; all elements where None.
        keepdim: whether the dimensions stay, with size 1.
        dtype: the element type to compute in.

    Raises:
        DTypeError: for a type that is not floating-point.

    >>> from pytorch_from_lua import tensor
    >>> vector_norm(tensor([3.0, -4.0])), vector_norm(tensor([3.0, -4.0]), inf)
    (tensor(5.), tensor(4.))
    """
    x = _real(x, "vector_norm", dtype)
    if isinstance(ord, str):
        raise RangeError(f"ord: vector_norm needs a number, got {ord!r}")
    dims = dim if dim is None or isinstance(dim, int) else tuple(dim)
    if ord == 0:
        return (x != 0).sum(dims, keepdim).to(x.dtype)
    if abs(ord) == inf:
        return x.abs().amax(dims, keepdim) if ord > 0 else x.abs().amin(dims, keepdim)
    return apply("norm", x, p=ord, dim=dims, keepdim=keepdim)


def matrix_norm(
    A: Tensor, ord: Any = "fro", dim: Sequence[int] = (-2, -1), keepdim: bool = False, *, dtype: DTypeLike | None = None
) -> Tensor:
    """A norm of each matrix.

    Args:
        A: (..., m, n).
        ord: ``"fro"``, the root of the sum of squares; ``"nuc"``, the sum of the singular values; 2 and -2, the
            largest and the smallest of them; 1 and -1, the largest and the smallest sum of magnitudes in a column;
            inf and -inf, the same in a row.
        dim: the two dimensions of the matrices.
        keepdim: whether they stay, with size 1.
        dtype: the element type to compute in.

    Raises:
        RangeError: for another ``ord``.
        DimensionError: where ``dim`` does not name two dimensions.

    >>> from pytorch_from_lua import tensor
    >>> matrix_norm(tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(5.4772)
    """
    x = _real(A, "matrix_norm", dtype)
    if x.ndim < 2 or len(dim) != 2:
        raise DimensionError(f"dim: needs two dimensions of shape {x.shape}, got {dim}")
    rows, columns = (geometry.wrap_dim(d, x.ndim) for d in dim)
    if rows == columns:
        raise DimensionError(f"dim: needs two different dimensions, got {dim}")
    if ord == "fro":
        return vector_norm(x, 2, (rows, columns), keepdim)
    if ord not in ("nuc", 1, -1, 2, -2, inf, -inf):
        raise RangeError(f"ord: got {ord!r}; allowed are 'fro', 'nuc', 1, -1, 2, -2, inf and -inf")
    if ord in (1, -1, inf, -inf):
        along, over = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = x.abs().sum(along, True)
        result = sums.amax(over, True) if ord > 0 else sums.amin(over, True)
    else:
        values = apply("svdvals", x.movedim((rows, columns), (-2, -1)))
        result = values.sum(-1) if ord == "nuc" else values.amax(-1) if ord == 2 else values.amin(-1)
        for d in sorted((rows, columns)):
            result = result.unsqueeze(d)
    return result if keepdim else result.squeeze((rows, columns))


def norm(
    A: Tensor,
    ord: Any = None,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: DTypeLike | None = None,
) -> Tensor:
    """A norm of vectors or matrices.

    Args:
        A: any shape.
        ord: None for the root of the sum of squares of all elements; else as `vector_norm` where one dimension is
            meant, and as `matrix_norm` where two are.
        dim: one dimension or two; where None, all of them.
        keepdim: whether the dimensions stay, with size 1.
        dtype: the element type to compute in.

    Raises:
        RangeError: for an ``ord`` that the norm does not have.
        DimensionError: where ``ord`` is given for a tensor that is neither a vector nor a matrix.

    >>> from pytorch_from_lua import tensor
    >>> norm(tensor([3.0, 4.0]))
    tensor(5.)
    """
    dims = None if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    if ord is None:
        return vector_norm(A, 2, dims, keepdim, dtype=dtype)
    if dims is None:
        if A.ndim not in (1, 2):
            raise DimensionError(f"dim: needs to be given with ord for shape {A.shape}")
        dims = tuple(range(A.ndim))
    if len(dims) == 2:
        return matrix_norm(A, ord, dims, keepdim, dtype=dtype)
    if len(dims) != 1:
        raise DimensionError(f"dim: needs one dimension or two, got {dim}")
    return vector_norm(A, ord, dims[0], keepdim, dtype=dtype)


def cond(A: Tensor, p: float | str | None = None) -> Tensor:
    """The condition number ``norm(A, p) * norm(inv(A), p)``; out of singular values for None, 2 and -2.

    Args:
        A: (..., m, n), square but for those three.
        p: as ``ord`` of `matrix_norm`; None is 2.

    Raises:
        ShapeError: for other norms of matrices that are not square.

    >>> from pytorch_from_lua import tensor
    >>> cond(tensor([[2.0, 0.0], [0.0, 1.0]]))
    tensor(2.)
    """
    x = matrix(A, "cond")
    if p in (None, 2, -2):
        values = apply("svdvals", x)
        largest, smallest = values.amax(-1), values.amin(-1)
        return smallest / largest if p == -2 else largest / smallest
    if x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"A: cond with p={p!r} needs square matrices, got shape {x.shape}")
    inverse, info = inv_ex(x)
    result = matrix_norm(x, p) * matrix_norm(inverse, p)
    return apply("where", info != 0, inf, result) if info.array.any() else result


def matrix_rank(
    A: Tensor,
    tol: float | Tensor | None = None,
    hermitian: bool = False,
    *,
    atol: float | Tensor | None = None,
    rtol: float | Tensor | None = None,
) -> Tensor:
    """How many singular values are over ``max(atol, rtol * the largest one)``, in int64.

    Args:
        A: (..., m, n).
        tol: ``atol`` under its old name, with ``rtol`` 0.
        hermitian: whether the matrices are symmetric; the result is the same.
        atol: 0 where None.
        rtol: ``max(m, n) * eps`` of the element type where None (and 0 where only ``atol`` is given).

    >>> from pytorch_from_lua import tensor
    >>> matrix_rank(tensor([[1.0, 2.0], [2.0, 4.0]]))
    tensor(1)
    """
    x = matrix(A, "matrix_rank", square=hermitian).detach()
    low, relative = tolerances(x, atol, rtol) if tol is None else (float(tol), 0.0)
    values = apply("svdvals", x).array
    if not values.shape[-1]:
        return x.from_array(np.zeros(values.shape[:-1], np.int64))
    least = np.maximum(low, relative * values.max(-1, keepdims=True))
    return x.from_array(np.asarray((values > least).sum(-1), np.int64))


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str | None = None) -> Tensor:
    """The distance in the p-norm of each row of one stack and each of the other.

    Args:
        x1: (..., n, d).
        x2: (..., m, d); the dimensions before broadcast.
        p: a number of at least 0.
        compute_mode: accepted as PyTorch has it; distances are always computed directly.

    Returns:
        (..., n, m).

    Raises:
        ShapeError: where the rows differ in length.
        RangeError: for a negative ``p``.

    >>> from pytorch_from_lua import tensor
    >>> cdist(tensor([[0.0, 0.0]]), tensor([[3.0, 4.0]]))
    tensor([[5.]])
    """
    if p < 0:
        raise RangeError(f"p: needs at least 0, got {p}")
    if x1.ndim < 2 or x2.ndim < 2 or x1.shape[-1] != x2.shape[-1]:
        raise ShapeError(f"x1, x2: need rows of one length, got shapes {x1.shape} and {x2.shape}")
    return vector_norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, -1)


def dist(input: Tensor, other: Operand, p: float = 2) -> Tensor:
    """The p-norm of the difference, which broadcasts; of all elements.

    >>> from pytorch_from_lua import tensor
    >>> dist(tensor([1.0, 2.0]), tensor([4.0, 6.0]))
    tensor(5.)
    """
    return vector_norm(input - other, p)
