"""Operations that put elements in order or choose by it: sorting, medians, equal elements, places in sorted rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import DTypeError, RangeError, ShapeError
from pytorch_from_lua.tensor import backend
from pytorch_from_lua.tensor._methods import ValuesIndices, numpy_names
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.geometry import wrap_dim

if TYPE_CHECKING:
    from pytorch_from_lua.tensor._types import Operand
    from pytorch_from_lua.tensor.tensor import Tensor


class Ordering(TensorBase):
    """Methods that order the elements along a dimension, or all of them."""

    __slots__ = ()

    @overload
    def median(self, dim: None = None, keepdim: bool = False) -> Tensor: ...

    @overload
    def median(self, dim: int, keepdim: bool = False) -> ValuesIndices: ...

    @numpy_names
    def median(self, dim: int | None = None, keepdim: bool = False) -> Tensor | ValuesIndices:
        """The element in the middle, the lower one of two; with a ``dim`` the pair (values, indices).

        NaN where there is one; `nanmedian` leaves it out.

        The dimension ``dim`` goes, or stays with size 1 where ``keepdim`` is true. The type stays.

        Raises:
            DimensionError: where there is no dimension ``dim``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([3, 1, 2]).median()
        tensor(2)
        """
        if dim is None:
            return apply("median", self)
        return ValuesIndices(*apply("median_dim", self, dim=wrap_dim(dim, self.ndim), keepdim=keepdim))

    @overload
    def nanmedian(self, dim: None = None, keepdim: bool = False) -> Tensor: ...

    @overload
    def nanmedian(self, dim: int, keepdim: bool = False) -> ValuesIndices: ...

    def nanmedian(self, dim: int | None = None, keepdim: bool = False) -> Tensor | ValuesIndices:
        """The `median` of the elements that are not NaN.

        >>> from pytorch_from_lua import tensor
        >>> tensor([3.0, float("nan"), 1.0]).nanmedian()
        tensor(1.)
        """
        if dim is None:
            return apply("median", self, ignore_nan=True)
        dim = wrap_dim(dim, self.ndim)
        return ValuesIndices(*apply("median_dim", self, dim=dim, keepdim=keepdim, ignore_nan=True))

    def kthvalue(self, k: int, dim: int = -1, keepdim: bool = False) -> ValuesIndices:
        """The k-th smallest element (from 1): the pair (values, indices).

        Raises:
            RangeError: where the dimension has no k-th element.

        >>> from pytorch_from_lua import tensor
        >>> tensor([3, 1, 2]).kthvalue(2)
        ValuesIndices(values=tensor(2), indices=tensor(2))
        """
        return ValuesIndices(*apply("kthvalue", self, k=k, dim=wrap_dim(dim, self.ndim), keepdim=keepdim))

    def mode(self, dim: int = -1, keepdim: bool = False) -> ValuesIndices:
        """The commonest element: the pair (values, indices).

        The dimension ``dim`` goes, or stays with size 1 where ``keepdim`` is true. The type stays.

        Raises:
            DimensionError: where there is no dimension ``dim``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([3, 1, 3]).mode()
        ValuesIndices(values=tensor(3), indices=tensor(2))
        """
        return ValuesIndices(*apply("mode_dim", self, dim=wrap_dim(dim, self.ndim), keepdim=keepdim))

    @numpy_names
    def sort(self, dim: int = -1, descending: bool = False, stable: bool = False) -> ValuesIndices:
        """The elements in order, and where they were.

        Both have the shape of x; the indices are of int64. NaN counts as the largest number.

        Raises:
            DimensionError: where there is no dimension ``dim``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([3, 1, 2]).sort()
        ValuesIndices(values=tensor([1, 2, 3]), indices=tensor([1, 2, 0]))
        """
        return ValuesIndices(*apply("sort", self, dim=wrap_dim(dim, self.ndim), descending=descending, stable=stable))

    @numpy_names
    def argsort(self, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
        """The places of the elements in their order.

        The result has the shape of x and the type int64. NaN counts as the largest number.

        Raises:
            DimensionError: where there is no dimension ``dim``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([3, 1, 2]).argsort()
        tensor([1, 2, 0])
        """
        return apply("argsort", self, dim=wrap_dim(dim, self.ndim), descending=descending, stable=stable)

    def topk(self, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> ValuesIndices:
        """The ``k`` largest (or smallest) elements, and where they were; always in order, ``sorted`` or not.

        Raises:
            ShapeError: where the dimension has fewer elements.

        >>> from pytorch_from_lua import tensor
        >>> tensor([3, 1, 2]).topk(2)
        ValuesIndices(values=tensor([3, 2]), indices=tensor([0, 2]))
        """
        dim = wrap_dim(dim, self.ndim)
        size = self._shape[dim] if self._shape else 1
        if not 0 <= k <= size:
            raise ShapeError(f"k: {k} is not between 0 and {size}, the size of dimension {dim}")
        return ValuesIndices(*apply("topk", self, k=k, dim=dim, largest=largest))

    def msort(self) -> Tensor:
        """The elements in order along the first dimension.

        >>> from pytorch_from_lua import tensor
        >>> tensor([3, 1, 2]).msort()
        tensor([1, 2, 3])
        """
        return apply("sort", self, dim=0)[0]

    @overload
    def unique(
        self,
        sorted: bool = True,
        return_inverse: Literal[False] = False,
        return_counts: Literal[False] = False,
        dim: int | None = None,
    ) -> Tensor: ...

    @overload
    def unique(
        self, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
    ) -> Any: ...

    def unique(
        self, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
    ) -> Any:
        """The different elements, in order; with a ``dim`` the different slices along it.

        Args:
            sorted: they always are, whatever this says.
            return_inverse: also where each element is among them, in the shape of the tensor.
            return_counts: also how often each is there.
            dim: along which dimension; all elements where None.

        Returns:
            The elements; a tuple of them, the inverse and the counts where these are asked for.

        >>> from pytorch_from_lua import tensor
        >>> tensor([3, 1, 3]).unique(return_inverse=True, return_counts=True)
        (tensor([1, 3]), tensor([1, 0, 1]), tensor([1, 2]))
        """
        if dim is not None:
            dim = wrap_dim(dim, self.ndim)
        axis = None if dim is None or not self._shape else dim
        x = self.array
        values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True, axis=axis, equal_nan=False)
        inverse = inverse.reshape(self._shape if axis is None else (x.shape[axis],))
        return self._asked(values, inverse, counts, return_inverse, return_counts)

    @overload
    def unique_consecutive(
        self,
        return_inverse: Literal[False] = False,
        return_counts: Literal[False] = False,
        dim: int | None = None,
    ) -> Tensor: ...

    @overload
    def unique_consecutive(
        self, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
    ) -> Any: ...

    def unique_consecutive(
        self, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
    ) -> Any:
        """The elements without those that equal the one before; with a ``dim`` the slices along it.

        The arguments and what is returned are those of `unique`, in the order of the tensor.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 1, 2, 2, 1]).unique_consecutive(return_counts=True)
        (tensor([1, 2, 1]), tensor([2, 2, 1]))
        """
        x = backend.move(self.array, "cpu")
        rows = x.reshape(-1, 1) if dim is None else np.moveaxis(x, wrap_dim(dim, self.ndim), 0)
        flat = rows.reshape(len(rows), -1) if rows.size else rows.reshape(len(rows), 0)
        new = np.ones(len(rows), bool)
        new[1:] = (flat[1:] != flat[:-1]).any(1)
        starts = np.flatnonzero(new)
        values = rows[starts].reshape(-1) if dim is None else np.moveaxis(rows[starts], 0, dim)
        inverse = np.cumsum(new) - 1
        inverse = inverse.reshape(self._shape) if dim is None else inverse
        counts = np.diff(np.append(starts, len(rows)))
        return self._asked(values.copy(), inverse, counts, return_inverse, return_counts)

    def _asked(self, values: Any, inverse: Any, counts: Any, return_inverse: bool, return_counts: bool) -> Any:
        arrays = [values]
        if return_inverse:
            arrays.append(inverse.astype("int64"))
        if return_counts:
            arrays.append(counts.astype("int64"))
        found = [type(self).from_array(array, self) for array in arrays]
        return found[0] if len(found) == 1 else tuple(found)


def searchsorted(
    sorted_sequence: Tensor,
    input: Tensor,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """Where each value would stand in sorted rows: the number of elements before it.

    Args:
        sorted_sequence: the rows, along the last dimension; one row for all values, or one for each row of them.
        input: the values, a tensor or a number.
        out_int32: whether the places are int32 and not int64.
        right: whether a value stands behind the elements that equal it.
        side: ``"left"`` or ``"right"``, in other words.
        sorter: for rows that are not sorted, the places that sort them.

    Raises:
        RangeError: for another side, or one that ``right`` contradicts.
        ShapeError: where rows and values differ in more than the last dimension.
        DTypeError: where their types differ.

    >>> from pytorch_from_lua import tensor
    >>> searchsorted(tensor([1, 3, 5]), tensor([0, 3, 9])), searchsorted(tensor([1, 3, 5]), 3, right=True)
    (tensor([0, 1, 3]), tensor(2))
    """
    if side not in (None, "left", "right") or (right and side == "left"):
        raise RangeError(f"side: needs 'left' or 'right' and no other side in right=, got {side!r} and right={right}")
    if isinstance(input, TensorBase) and input.dtype is not sorted_sequence.dtype:
        raise DTypeError(f"input: needs {sorted_sequence.dtype.name} like the sequence, got {input.dtype.name}")
    rows = sorted_sequence.cpu().array
    values = input.cpu().array if isinstance(input, TensorBase) else np.asarray(input)
    if rows.ndim != 1 and rows.shape[:-1] != values.shape[:-1]:
        raise ShapeError(f"input: shape {values.shape} does not fit the rows of {rows.shape}")
    if sorter is not None:
        if sorter.shape != rows.shape:
            raise ShapeError(f"sorter: needs shape {rows.shape}, got {sorter.shape}")
        rows = np.take_along_axis(rows, sorter.cpu().array, -1)
    word: Any = "right" if right or side == "right" else "left"
    if rows.ndim == 1:
        places = np.asarray(np.searchsorted(rows, values, word))
    else:
        places = np.empty(values.shape, np.int64)
        for index in np.ndindex(rows.shape[:-1]):
            places[index] = np.searchsorted(rows[index], values[index], word)
    return type(sorted_sequence).from_array(places.astype("int32" if out_int32 else "int64"), sorted_sequence)


def bucketize(input: Tensor, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """The number of the interval between sorted boundaries that each value lies in.

    Args:
        input: the values, a tensor or a number.
        boundaries: (n,), sorted. The intervals are ``(b[i - 1], b[i]]``, with ``right`` ``[b[i - 1], b[i])``.
        out_int32: whether the numbers are int32 and not int64.
        right: which end belongs to an interval.

    Raises:
        ShapeError: for boundaries of more than one dimension.

    >>> from pytorch_from_lua import tensor
    >>> bucketize(tensor([1, 3, 6]), tensor([1, 3, 5])), bucketize(tensor([1, 3, 6]), tensor([1, 3, 5]), right=True)
    (tensor([0, 1, 3]), tensor([1, 2, 3]))
    """
    if boundaries.ndim != 1:
        raise ShapeError(f"boundaries: need one dimension, got shape {boundaries.shape}")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


def isin(elements: Operand, test_elements: Operand, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Whether each element is among others.

    Args:
        elements: a tensor or a number.
        test_elements: those it may be among, a tensor or a number.
        assume_unique: whether both are known to have no element twice; no matter for the result.
        invert: whether to ask for the contrary.

    >>> from pytorch_from_lua import tensor
    >>> isin(tensor([1, 2, 3]), tensor([2, 5]))
    tensor([False,  True, False])
    """
    tensor: Any = elements if isinstance(elements, TensorBase) else test_elements
    x, y = [t.cpu().array if isinstance(t, TensorBase) else t for t in (elements, test_elements)]
    return tensor.from_array(np.asarray(np.isin(x, y, invert=invert)), tensor)
