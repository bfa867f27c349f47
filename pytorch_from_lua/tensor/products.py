"""Products beyond the one of two matrices: ``kron``, ``cross``, ``multi_dot`` and the like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import DimensionError, DTypeError, ShapeError
from pytorch_from_lua.tensor import geometry
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import bool_, int64
from pytorch_from_lua.tensor.einsum import tensordot

if TYPE_CHECKING:
    from pytorch_from_lua.tensor.tensor import Tensor


def inner(input: Tensor, other: Tensor) -> Tensor:
    """The sum of products along the last dimension of both: (..., k) and (::, k) give (..., ::); with numbers `mul`.

    Raises:
        ShapeError: where the last dimensions differ.

    >>> from pytorch_from_lua import tensor
    >>> inner(tensor([1, 2]), tensor([[3, 4], [5, 6]]))
    tensor([11, 17])
    """
    if not input.ndim or not other.ndim:
        return input * other
    if input.shape[-1] != other.shape[-1]:
        raise ShapeError(f"input, other: last dimensions must be equal, got shapes {input.shape} and {other.shape}")
    return tensordot(input, other, ([-1], [-1]))


def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The sum of the products of the elements of two vectors; numbers here are real, so it is `dot`.

    >>> from pytorch_from_lua import tensor
    >>> vdot(tensor([1, 2]), tensor([3, 4]))
    tensor(11)
    """
    return input.dot(other)


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The sum of products along one dimension; the others broadcast.

    Raises:
        ShapeError: where the sizes do not fit.
        DTypeError: for different element types.

    >>> from pytorch_from_lua import tensor
    >>> vecdot(tensor([1.0, 2.0]), tensor([3.0, 4.0]))
    tensor(11.)
    """
    if x.dtype is not y.dtype:
        raise DTypeError(f"x, y: need one element type, got {x.dtype.name} and {y.dtype.name}")
    return (x * y).sum(dim)


def kron(input: Tensor, other: Tensor) -> Tensor:
    """Kronecker's product: every element of ``input`` times all of ``other``, as blocks.

    >>> from pytorch_from_lua import tensor
    >>> kron(tensor([1, 10]), tensor([1, 2]))
    tensor([ 1,  2, 10, 20])
    """
    ndim = max(input.ndim, other.ndim)
    a, b = ((1,) * (ndim - t.ndim) + t.shape for t in (input, other))
    wide = input.reshape([n for size in a for n in (size, 1)])
    narrow = other.reshape([n for size in b for n in (1, size)])
    return (wide * narrow).reshape([m * n for m, n in zip(a, b, strict=True)])


def trace(input: Tensor) -> Tensor:
    """The sum of a matrix's diagonal; of integers in int64.

    Raises:
        DimensionError: for anything but 2 dimensions.

    >>> from pytorch_from_lua import tensor
    >>> trace(tensor([[1, 2], [3, 4]]))
    tensor(5)
    """
    if input.ndim != 2:
        raise DimensionError(f"input: trace needs 2 dimensions, got shape {input.shape}")
    return input.diagonal().sum()


def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross product of vectors of 3 elements along one dimension; the others broadcast.

    Args:
        input: any shape with size 3 in that dimension.
        other: as many dimensions.
        dim: the dimension; the first of size 3 where None.

    Raises:
        DimensionError: where the numbers of dimensions differ, or none has size 3.
        ShapeError: where a size is not 3.

    >>> from pytorch_from_lua import tensor
    >>> cross(tensor([1, 0, 0]), tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    if input.ndim != other.ndim or not input.ndim:
        raise DimensionError(f"input, other: need as many dimensions, got shapes {input.shape} and {other.shape}")
    if dim is None:
        found = [d for d, size in enumerate(input.shape) if size == 3]
        if not found:
            raise DimensionError(f"input: no dimension of shape {input.shape} has size 3")
        dim = found[0]
    d = geometry.wrap_dim(dim, input.ndim)
    if input.shape[d] != 3 or other.shape[d] != 3:
        raise ShapeError(f"input, other: dimension {d} must have size 3, got shapes {input.shape} and {other.shape}")
    after, before = np.array([1, 2, 0]), np.array([2, 0, 1])

    def turned(t: Any, order: Any) -> Any:
        return t.index_select(d, order)

    return turned(input, after) * turned(other, before) - turned(input, before) * turned(other, after)


def linalg_cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """The cross product of vectors of 3 elements along one dimension, the last one where none is given; see `cross`.

    >>> from pytorch_from_lua import tensor
    >>> linalg_cross(tensor([1, 0, 0]), tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    return cross(input, other, dim)


def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of several matrices, in the order of multiplication that takes the fewest steps.

    Args:
        tensors: at least two; the first may be a vector (a row), and the last (a column).

    Raises:
        ShapeError: for fewer than two, or sizes that do not fit.

    >>> from pytorch_from_lua import tensor
    >>> multi_dot([tensor([[1.0, 2.0], [3.0, 4.0]]), tensor([[1.0, 2.0], [3.0, 4.0]])])
    tensor([[ 7., 10.],
            [15., 22.]])
    """
    several = list(tensors)
    if len(several) < 2:
        raise ShapeError(f"tensors: multi_dot needs at least two, got {len(several)}")
    row, column = several[0].ndim == 1, several[-1].ndim == 1
    if row:
        several[0] = several[0].unsqueeze(0)
    if column:
        several[-1] = several[-1].unsqueeze(1)
    for i, t in enumerate(several):
        if t.ndim != 2 or (i and several[i - 1].shape[1] != t.shape[0]):
            raise ShapeError(f"tensors: shapes {', '.join([str(u.shape) for u in tensors])} do not multiply")
    result = _product(several)
    if row:
        result = result.squeeze(0)
    return result.squeeze(-1) if column else result


def _product(matrices: list[Any]) -> Any:
    """By the cheapest of all orders (Cormen and others, Introduction to Algorithms, 15.2)."""
    sizes = [matrices[0].shape[0], *[t.shape[1] for t in matrices]]
    n = len(matrices)
    cost = {(i, i): 0 for i in range(n)}
    cut: dict[tuple[int, int], int] = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            steps = [cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1] for k in range(i, j)]
            cost[i, j] = min(steps)
            cut[i, j] = i + steps.index(cost[i, j])

    def multiplied(i: int, j: int) -> Any:
        if i == j:
            return matrices[i]
        return apply("matmul", multiplied(i, cut[i, j]), multiplied(cut[i, j] + 1, j))

    return multiplied(0, n - 1)


def chain_matmul(*matrices: Tensor) -> Tensor:
    """`multi_dot` in its old form, with the matrices one by one; one alone is returned.

    >>> from pytorch_from_lua import tensor
    >>> chain_matmul(tensor([[1.0, 2.0], [3.0, 4.0]]), tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[ 7., 10.],
            [15., 22.]])
    """
    return matrices[0] if len(matrices) == 1 else multi_dot(matrices)


def linalg_diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals of the last two dimensions, as a view; see `Tensor.diagonal`.

    >>> from pytorch_from_lua import tensor
    >>> linalg_diagonal(tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    return A.diagonal(offset, dim1, dim2)


def linalg_vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """The powers of the elements, rising from 0, along a new last dimension: (..., n) gives (..., n, N).

    Args:
        x: any shape but that of a number.
        N: the number of powers; n where None.

    Raises:
        DimensionError: for a tensor of 0 dimensions.
        ShapeError: for ``N`` under 2, as in PyTorch.

    >>> from pytorch_from_lua import tensor
    >>> linalg_vander(tensor([2, 3]), N=3)
    tensor([[1, 2, 4],
            [1, 3, 9]])
    """
    if not x.ndim:
        raise DimensionError("x: vander needs at least 1 dimension, got a tensor of none")
    count = x.shape[-1] if N is None else N
    if count < 2:
        raise ShapeError(f"N: needs at least 2, got {count}")
    if x.dtype is bool_:
        x = x.to(int64)
    powers = x.unsqueeze(-1).expand(*x.shape, count - 1).cumprod(-1)
    return apply("cat", x.new_ones(*x.shape, 1), powers, dim=-1)


def check_ndim(name: str, *wanted: tuple[str, Any, int]) -> None:
    """Raises where a tensor, given as (argument, tensor, number of dimensions), is none or has another number."""
    for argument, t, ndim in wanted:
        if not isinstance(t, TensorBase):
            raise DTypeError(f"{argument}: {name} needs a tensor, got {type(t).__name__}")
        if t.ndim != ndim:
            raise ShapeError(f"{argument}: {name} needs {ndim} dimensions, got shape {t.shape}")
