"""Operations that turn many elements into fewer: sums, extremes, norms; running sums; sorting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytorch_from_lua.autograd.engine import apply, apply_
from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.tensor._methods import ValuesIndices
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import DType

Dims = int | Sequence[int] | None


def _dims(dim: Dims) -> int | tuple[int, ...] | None:
    return dim if dim is None or isinstance(dim, int) else tuple(dim)


def _spread(dim: Any, unbiased: bool, correction: int | None) -> tuple[int | tuple[int, ...] | None, int]:
    """The dimensions and the correction of a variance; its first argument may be ``unbiased`` alone."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return _dims(dim), int(unbiased) if correction is None else correction


class Reduction(TensorBase):
    """Methods along one dimension (``dim`` an int), several (a tuple) or all of them (None).

    ``keepdim`` leaves the dimensions that go in place, with size 1.
    """

    __slots__ = ()

    def sum(self, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
        """The sum; of booleans and integers in int64."""
        return apply("sum", self, dim=_dims(dim), keepdim=keepdim, dtype=None if dtype is None else DType.of(dtype))

    def mean(self, dim: Dims = None, keepdim: bool = False) -> Any:
        """The sum divided by the number of elements."""
        return apply("mean", self, dim=_dims(dim), keepdim=keepdim)

    def prod(self, dim: int | None = None, keepdim: bool = False) -> Any:
        """The product; of booleans and integers in int64."""
        return apply("prod", self, dim=dim, keepdim=keepdim)

    def var(
        self, dim: Any = None, unbiased: bool = True, keepdim: bool = False, *, correction: int | None = None
    ) -> Any:
        """The mean of the squared distances from the mean, with ``n - correction`` in place of ``n``.

        Args:
            dim: along which dimensions.
            unbiased: the correction is 1 where true, else 0.
            keepdim: whether the dimensions stay, with size 1.
            correction: the correction itself, in place of ``unbiased``.
        """
        dims, fewer = _spread(dim, unbiased, correction)
        return apply("var", self, dim=dims, correction=fewer, keepdim=keepdim)

    def std(
        self, dim: Any = None, unbiased: bool = True, keepdim: bool = False, *, correction: int | None = None
    ) -> Any:
        """The square root of the variance; the arguments are those of `var`."""
        dims, fewer = _spread(dim, unbiased, correction)
        return apply("std", self, dim=dims, correction=fewer, keepdim=keepdim)

    def norm(self, p: Any = 2, dim: Dims = None, keepdim: bool = False) -> Any:
        """``sum(abs(x) ** p) ** (1 / p)``; the largest magnitude for ``p = inf``; ``"fro"`` is 2.

        Raises:
            ShapeError: for any other word.
        """
        if isinstance(p, str):
            if p != "fro":
                raise ShapeError(f"p: needs a number or 'fro', got {p!r}")
            p = 2
        return apply("norm", self, p=p, dim=_dims(dim), keepdim=keepdim)

    def logsumexp(self, dim: Dims, keepdim: bool = False) -> Any:
        """``log(sum(exp(x)))`` without overflow."""
        return apply("logsumexp", self, dim=_dims(dim), keepdim=keepdim)

    def amax(self, dim: Dims = None, keepdim: bool = False) -> Any:
        """The largest element; where there are several, they share its gradient."""
        return apply("amax", self, dim=_dims(dim), keepdim=keepdim)

    def amin(self, dim: Dims = None, keepdim: bool = False) -> Any:
        """The smallest element; where there are several, they share its gradient."""
        return apply("amin", self, dim=_dims(dim), keepdim=keepdim)

    def max(self, dim: Any = None, keepdim: bool = False) -> Any:
        """The largest element; with a ``dim`` the pair (values, indices); with a tensor the larger of both."""
        return self._extreme("max", "amax", dim, keepdim)

    def min(self, dim: Any = None, keepdim: bool = False) -> Any:
        """The smallest element; with a ``dim`` the pair (values, indices); with a tensor the smaller of both."""
        return self._extreme("min", "amin", dim, keepdim)

    def _extreme(self, name: str, full: str, dim: Any, keepdim: bool) -> Any:
        if dim is None:
            return apply(full, self, dim=None, keepdim=keepdim)
        if isinstance(dim, TensorBase):
            return apply(name + "imum", self, dim)
        return ValuesIndices(*apply(name + "_dim", self, dim=dim, keepdim=keepdim))

    def median(self, dim: int | None = None, keepdim: bool = False) -> Any:
        """The element in the middle, the lower one of two; with a ``dim`` the pair (values, indices)."""
        if dim is None:
            return apply("median", self)
        return ValuesIndices(*apply("median_dim", self, dim=dim, keepdim=keepdim))

    def kthvalue(self, k: int, dim: int = -1, keepdim: bool = False) -> Any:
        """The k-th smallest element (from 1): the pair (values, indices)."""
        return ValuesIndices(*apply("kthvalue", self, k=k, dim=dim, keepdim=keepdim))

    def mode(self, dim: int = -1, keepdim: bool = False) -> Any:
        """The commonest element: the pair (values, indices)."""
        return ValuesIndices(*apply("mode_dim", self, dim=dim, keepdim=keepdim))

    def argmax(self, dim: int | None = None, keepdim: bool = False) -> Any:
        """The place of the largest element; among all elements in row-major order where ``dim`` is None."""
        return apply("argmax", self, dim=dim, keepdim=keepdim)

    def argmin(self, dim: int | None = None, keepdim: bool = False) -> Any:
        """The place of the smallest element; among all elements in row-major order where ``dim`` is None."""
        return apply("argmin", self, dim=dim, keepdim=keepdim)

    def all(self, dim: Dims = None, keepdim: bool = False) -> Any:
        """Whether no element is 0."""
        return apply("all", self, dim=_dims(dim), keepdim=keepdim)

    def any(self, dim: Dims = None, keepdim: bool = False) -> Any:
        """Whether an element is not 0."""
        return apply("any", self, dim=_dims(dim), keepdim=keepdim)

    def count_nonzero(self, dim: Dims = None) -> Any:
        """How many elements are not 0."""
        return apply("count_nonzero", self, dim=_dims(dim))

    def cumsum(self, dim: int) -> Any:
        """The sum of the elements up to each one."""
        return apply("cumsum", self, dim=dim)

    def cumprod(self, dim: int) -> Any:
        """The product of the elements up to each one."""
        return apply("cumprod", self, dim=dim)

    def cumsum_(self, dim: int) -> Any:
        """The sum of the elements up to each one, in place."""
        return apply_("cumsum", self, dim=dim)

    def sort(self, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
        """The elements in order, and where they were."""
        return ValuesIndices(*apply("sort", self, dim=dim, descending=descending, stable=stable))

    def argsort(self, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
        """The places of the elements in their order."""
        return apply("argsort", self, dim=dim, descending=descending, stable=stable)

    def topk(self, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
        """The ``k`` largest (or smallest) elements in order, and where they were.

        Raises:
            ShapeError: where the dimension has fewer elements.
        """
        size = self.size(dim) if self.shape else 1
        if not 0 <= k <= size:
            raise ShapeError(f"k: {k} is not between 0 and {size}, the size of dimension {dim}")
        return ValuesIndices(*apply("topk", self, k=k, dim=dim, largest=largest))
