"""Copies of the elements in another order: flips, turns, rolls; diagonals; copies of which one part is replaced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import DimensionError, DTypeError, ShapeError
from pytorch_from_lua.tensor import geometry
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.views import Views, by_name, sizes_of

if TYPE_CHECKING:
    from pytorch_from_lua.tensor._types import Sizes, TensorLike
    from pytorch_from_lua.tensor.tensor import Tensor


class Rearranging(Views):
    """Methods that copy elements to other places."""

    __slots__ = ()

    # -- another order --------------------------------------------------------------------------------------------

    def flip(self, *dims: Sizes, **options: Any) -> Tensor:
        """A copy with the order of indices reversed in these dimensions.

        Raises:
            DimensionError: where one is named twice, or is none of the tensor's.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3]).flip(0)
        tensor([3, 2, 1])
        """
        wrapped = tuple(
            [geometry.wrap_dim(d, self.ndim, "dims") for d in sizes_of(by_name(dims, options, "dims"), "dims")]
        )
        if len(set(wrapped)) != len(wrapped):
            raise DimensionError(f"dims: {wrapped} names a dimension twice")
        return apply("flip", self, dims=wrapped)

    def fliplr(self) -> Tensor:
        """A copy with the order of the second dimension reversed.

        Raises:
            DimensionError: for fewer than 2 dimensions.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).fliplr()
        tensor([[2, 1],
                [4, 3]])
        """
        if self.ndim < 2:
            raise DimensionError(f"fliplr() needs at least 2 dimensions, got shape {self._shape}")
        return self.flip(1)

    def flipud(self) -> Tensor:
        """A copy with the order of the first dimension reversed.

        Raises:
            DimensionError: for a tensor of 0 dimensions.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).flipud()
        tensor([[3, 4],
                [1, 2]])
        """
        if self.ndim < 1:
            raise DimensionError("flipud() needs at least 1 dimension, got a tensor of none")
        return self.flip(0)

    def rot90(self, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
        """A copy turned ``k`` times by 90 degrees in the plane of two dimensions, from the first towards the second.

        Raises:
            DimensionError: where these are not two different dimensions of the tensor.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[0, 1], [2, 3]]).rot90()
        tensor([[1, 3],
                [0, 2]])
        """
        if len(dims) != 2 or self.ndim < 2:
            raise DimensionError(f"dims: needs two dimensions of shape {self._shape}, got {tuple(dims)}")
        a, b = (geometry.wrap_dim(d, self.ndim, "dims") for d in dims)
        if a == b:
            raise DimensionError(f"dims: needs two different dimensions, got {tuple(dims)}")
        turns = k % 4
        if turns == 0:
            return self.clone()
        if turns == 2:
            return self.flip(a, b)
        return self.flip(b if turns == 1 else a).transpose(a, b)

    def roll(self, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None) -> Tensor:
        """A copy with the indices of these dimensions moved on, the last ones to the front.

        Args:
            shifts: by how many, for each of ``dims``.
            dims: the dimensions; the elements move in row-major order where None.

        Raises:
            ShapeError: where the two differ in length.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3]).roll(1)
        tensor([3, 1, 2])
        """
        each = (shifts,) if isinstance(shifts, int) else tuple(shifts)
        if dims is None:
            if len(each) != 1:
                raise ShapeError(f"shifts: needs one number where dims is not given, got {each}")
            return apply("roll", self, shifts=each[0])
        along = (dims,) if isinstance(dims, int) else tuple(dims)
        if len(each) != len(along):
            raise ShapeError(f"shifts, dims: need as many numbers each, got {each} and {along}")
        wrapped = tuple([geometry.wrap_dim(d, self.ndim, "dims") for d in along])
        return apply("roll", self, shifts=each, dims=wrapped) if self._shape else self.clone()

    # -- diagonals ------------------------------------------------------------------------------------------------

    def diag(self, diagonal: int = 0) -> Tensor:
        """A copy of a matrix's diagonal, or the matrix with a vector on its diagonal and zeros elsewhere.

        Raises:
            DimensionError: for anything but 1 or 2 dimensions.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).diag()
        tensor([1, 4])
        """
        if self.ndim == 2:
            return self.diagonal(diagonal).clone()
        if self.ndim != 1:
            raise DimensionError(f"diag() needs 1 or 2 dimensions, got shape {self._shape}")
        return self.diag_embed(diagonal)

    def diag_embed(self, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
        """Zeros with the last dimension on a diagonal of two new ones.

        Args:
            offset: the second index minus the first one along the diagonal.
            dim1: the place of the first new dimension in the result.
            dim2: the place of the second one.

        Raises:
            DimensionError: for a tensor of 0 dimensions, or where the two places are one.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).diag_embed(1)
        tensor([[0, 1, 0],
                [0, 0, 2],
                [0, 0, 0]])
        """
        if not self._shape:
            raise DimensionError("diag_embed() needs at least 1 dimension, got a tensor of none")
        a, b = geometry.wrap_dim(dim1, self.ndim + 1, "dim1"), geometry.wrap_dim(dim2, self.ndim + 1, "dim2")
        if a == b:
            raise DimensionError(f"dim1, dim2: need two different dimensions, got {dim1} and {dim2}")
        return apply("diag_embed", self, offset=offset, dim1=a, dim2=b)

    def diagflat(self, offset: int = 0) -> Tensor:
        """A matrix of zeros with all elements, in row-major order, on a diagonal.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).diagflat()
        tensor([[1, 0],
                [0, 2]])
        """
        return self.reshape(-1).diag_embed(offset)

    # -- one part replaced ----------------------------------------------------------------------------------------

    def diagonal_scatter(self, src: TensorLike, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
        """A copy with ``src`` on a diagonal.

        Raises:
            ShapeError: where ``src`` does not have the shape of ``x.diagonal(offset, dim1, dim2)``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[0, 0], [0, 0]]).diagonal_scatter(tensor([1, 2]))
        tensor([[1, 0],
                [0, 2]])
        """
        return self._replaced(src, "diagonal", offset, dim1, dim2)

    def select_scatter(self, src: TensorLike, dim: int, index: int) -> Tensor:
        """A copy with ``src`` at one index of a dimension.

        Raises:
            ShapeError: where ``src`` does not have the shape of ``x.select(dim, index)``.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[0, 0], [0, 0]]).select_scatter(tensor([1, 2]), 0, 1)
        tensor([[0, 0],
                [1, 2]])
        """
        return self._replaced(src, "select", dim, index)

    def slice_scatter(
        self, src: TensorLike, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
    ) -> Tensor:
        """A copy with ``src`` at the indices ``start:end:step`` of a dimension.

        Raises:
            ShapeError: where ``src`` does not have the shape of that slice.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3, 4]).slice_scatter(tensor([0, 0]), start=1, step=2)
        tensor([1, 0, 3, 0])
        """
        return self._replaced(src, "_sliced", dim, start, end, step)

    def as_strided_scatter(
        self, src: TensorLike, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
    ) -> Tensor:
        """A copy, row-major, with ``src`` in the elements that `as_strided` of the copy shows.

        Raises:
            ShapeError: where ``src`` does not have the shape ``size``.
            StorageError: where an element would lie outside of the copy.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 0, 0]).as_strided_scatter(tensor([1, 2]), (2,), (2,))
        tensor([1, 0, 2])
        """
        return self._replaced(src, "as_strided", size, stride, storage_offset)

    def _sliced(self, dim: int, start: int | None, end: int | None, step: int) -> Any:
        d = geometry.wrap_dim(dim, self.ndim)
        return self[(slice(None),) * d + (slice(start, end, step),)]  # type: ignore[index]

    def _replaced(self, src: Any, view: str, *args: Any) -> Any:
        if not isinstance(src, TensorBase):
            raise DTypeError(f"src: needs a tensor, got {type(src).__name__}")
        result = self.clone()
        part = getattr(result, view)(*args)
        if part.shape != src.shape:
            raise ShapeError(f"src: needs shape {part.shape}, got {src.shape}")
        part.copy_(src)
        return result
