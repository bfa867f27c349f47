"""Operations that go along a dimension and leave an element at each place: running sums and extremes, differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytorch_from_lua.autograd.engine import apply, apply_
from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.tensor._methods import ValuesIndices, numpy_names
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import bool_
from pytorch_from_lua.tensor.geometry import wrap_dim
from pytorch_from_lua.tensor.reduction import cast

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytorch_from_lua.tensor._types import DTypeLike
    from pytorch_from_lua.tensor.tensor import Tensor


class Running(TensorBase):
    """Methods along the dimension ``dim``."""

    __slots__ = ()

    @numpy_names
    def cumsum(self, dim: int, *, dtype: DTypeLike | None = None) -> Tensor:
        """The sum of the elements up to each one; of booleans and integers in int64.

        The result has the shape of x.

        Raises:
            DimensionError: where there is no dimension ``dim``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).cumsum(0)
        tensor([[1, 2],
                [4, 6]])
        """
        return cast(apply("cumsum", cast(self, dtype), dim=dim), dtype)

    def cumsum_(self, dim: int) -> Self:
        """The sum of the elements up to each one, in place."""
        return apply_("cumsum", self, dim=dim)

    @numpy_names
    def cumprod(self, dim: int, *, dtype: DTypeLike | None = None) -> Tensor:
        """The product of the elements up to each one; of booleans and integers in int64.

        The result has the shape of x.

        Raises:
            DimensionError: where there is no dimension ``dim``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).cumprod(1)
        tensor([[ 1,  2],
                [ 3, 12]])
        """
        return cast(apply("cumprod", cast(self, dtype), dim=dim), dtype)

    def cumprod_(self, dim: int) -> Self:
        """The product of the elements up to each one, in place."""
        return apply_("cumprod", self, dim=dim)

    def logcumsumexp(self, dim: int) -> Tensor:
        """``log(cumsum(exp(x)))`` along ``dim``, without overflow.

        The result has the shape of x.

        Raises:
            DimensionError: where there is no dimension ``dim``.
            DTypeError: for whole numbers.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1.0, 2.0], [3.0, 4.0]]).logcumsumexp(0)
        tensor([[1.0000, 2.0000],
                [3.1269, 4.1269]])
        """
        return apply("logcumsumexp", self, dim=dim)

    def cummax(self, dim: int) -> ValuesIndices:
        """The largest of the elements up to each one, and the last place it was at: the pair (values, indices).

        Both have the shape of x; the indices are of int64.

        Raises:
            DimensionError: where there is no dimension ``dim``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).cummax(0)
        ValuesIndices(values=tensor([[1, 2],
                [3, 4]]), indices=tensor([[0, 0],
                [1, 1]]))
        """
        return ValuesIndices(*apply("cummax", self, dim=dim))

    def cummin(self, dim: int) -> ValuesIndices:
        """The smallest of the elements up to each one, and the last place it was at: the pair (values, indices).

        Both have the shape of x; the indices are of int64.

        Raises:
            DimensionError: where there is no dimension ``dim``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).cummin(0)
        ValuesIndices(values=tensor([[1, 2],
                [1, 2]]), indices=tensor([[0, 0],
                [0, 0]]))
        """
        return ValuesIndices(*apply("cummin", self, dim=dim))

    def diff(self, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None) -> Tensor:
        """``x[i + 1] - x[i]`` along ``dim``, ``n`` times over; of booleans whether they differ.

        Args:
            n: how many times.
            dim: along which dimension.
            prepend: a tensor to put before x first.
            append: a tensor to put after x first.

        Raises:
            RangeError: for negative ``n``.
            ShapeError: for a tensor without dimensions.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 4, 9, 16]).diff(), tensor([1, 4, 9, 16]).diff(n=2)
        (tensor([3, 5, 7]), tensor([2, 2]))
        """
        if n < 0:
            raise RangeError(f"n: must not be negative, got {n}")
        if not self._shape:
            raise ShapeError("input: needs a dimension to go along, got a tensor of 0 dimensions")
        dim = wrap_dim(dim, self.ndim)
        x: Any = self
        if n and (prepend is not None or append is not None):
            x = apply("cat", *[t for t in (prepend, self, append) if t is not None], dim=dim)
        for _ in range(min(n, x.shape[dim])):
            last = x.shape[dim] - 1
            parts = [apply("narrow", x, dim=dim, start=start, length=max(last, 0)) for start in (min(1, last + 1), 0)]
            x = apply("logical_xor" if x.dtype is bool_ else "sub", *parts)
        return x
