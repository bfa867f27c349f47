"""One tensor as several, and one several times: ``split``, ``chunk``, ``unbind``, ``repeat``, ``tile``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from pytorch_from_lua.autograd.engine import apply
from pytorch_from_lua.errors import DimensionError, DTypeError, ShapeError
from pytorch_from_lua.tensor import backend, geometry
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.views import Views, by_name, sizes_of

if TYPE_CHECKING:
    from pytorch_from_lua.tensor._types import Sizes, TensorLike
    from pytorch_from_lua.tensor.tensor import Tensor


class Splitting(Views):
    """Methods that give several views of a tensor, or copies of it side by side."""

    __slots__ = ()

    # -- views side by side ---------------------------------------------------------------------------------------

    def split(self, split_size: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
        """Views of ``split_size`` indices each (the last one may be smaller), or of the sizes listed.

        Raises:
            ShapeError: where the sizes do not add up to the dimension's, or one is negative.

        >>> from pytorch_from_lua import arange
        >>> arange(5).split(2)
        (tensor([0, 1]), tensor([2, 3]), tensor([4]))
        """
        if not self._shape:
            raise DimensionError("split() needs at least 1 dimension, got a tensor of none")
        d = geometry.wrap_dim(dim, self.ndim)
        whole = self._shape[d]
        if isinstance(split_size, int):
            if split_size < 1 and (split_size < 0 or whole):
                raise ShapeError(f"split_size: needs at least 1, got {split_size}")
            sizes = [min(split_size, whole - at) for at in range(0, whole, split_size or 1)] or [0]
        else:
            sizes = [int(n) for n in split_size]
            if sum(sizes) != whole or min(sizes, default=0) < 0:
                raise ShapeError(f"split_size: {sizes} does not sum to {whole}, the size of dimension {d}")
        return self._cut(d, np.cumsum(sizes)[:-1].tolist())

    def split_with_sizes(self, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
        """Views of the sizes listed; `split` with a list.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3]).split_with_sizes([1, 2])
        (tensor([1]), tensor([2, 3]))
        """
        return self.split(list(split_sizes), dim)

    def _cut(self, dim: int, ends: Sequence[int]) -> tuple[Any, ...]:
        """Views between these indices of a dimension, which are taken as slices take them."""
        whole = self._shape[dim]
        marks = [0, *[slice(end).indices(whole)[1] for end in ends], whole]
        return tuple([self.narrow(dim, start, max(end - start, 0)) for start, end in pairwise(marks)])

    def chunk(self, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
        """At most ``chunks`` views of equal size; the last one may be smaller.

        Raises:
            ShapeError: for fewer than 1.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3]).chunk(2)
        (tensor([1, 2]), tensor([3]))
        """
        if chunks < 1:
            raise ShapeError(f"chunks: needs at least 1, got {chunks}")
        size = self._shape[geometry.wrap_dim(dim, self.ndim)] if self._shape else 0
        return self.split(max(1, -(-size // chunks)), dim)

    def tensor_split(self, indices_or_sections: int | Sequence[int] | Tensor, dim: int = 0) -> tuple[Tensor, ...]:
        """Views of nearly equal size, the first ones larger by 1; or, given a list, the views between these indices.

        Args:
            indices_or_sections: how many, or the indices where one ends and the next begins (a list, or a tensor).
            dim: the dimension.

        Raises:
            ShapeError: for fewer than 1.
            DimensionError: for a tensor of 0 dimensions.

        >>> from pytorch_from_lua import arange
        >>> arange(5).tensor_split(3), arange(5).tensor_split([1, 4])
        ((tensor([0, 1]), tensor([2, 3]), tensor([4])), (tensor([0]), tensor([1, 2, 3]), tensor([4])))
        """
        if not self._shape:
            raise DimensionError("tensor_split() needs at least 1 dimension, got a tensor of none")
        d = geometry.wrap_dim(dim, self.ndim)
        if isinstance(indices_or_sections, TensorBase):
            if indices_or_sections.dtype.is_floating_point or indices_or_sections.ndim > 1:
                raise DTypeError("indices_or_sections: needs a tensor of at most 1 dimension of integers")
            indices_or_sections = indices_or_sections.array.tolist()
        if not isinstance(indices_or_sections, int):
            return self._cut(d, [int(i) for i in indices_or_sections])
        if indices_or_sections < 1:
            raise ShapeError(f"indices_or_sections: needs at least 1, got {indices_or_sections}")
        each, more = divmod(self._shape[d], indices_or_sections)
        return self._cut(d, [i * each + min(i, more) for i in range(1, indices_or_sections)])

    def hsplit(self, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
        """The second dimension (of a vector its only one) in equal parts, or cut at these indices.

        Raises:
            DimensionError: for a tensor of 0 dimensions.
            ShapeError: where the parts would not be equal.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).hsplit(2)
        (tensor([[1],
                [3]]), tensor([[2],
                [4]]))
        """
        return self._even("hsplit", indices_or_sections, 1, 0 if self.ndim == 1 else 1)

    def vsplit(self, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
        """The first dimension in equal parts, or cut at these indices.

        Raises:
            DimensionError: for fewer than 2 dimensions.
            ShapeError: where the parts would not be equal.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).vsplit(2)
        (tensor([[1, 2]]), tensor([[3, 4]]))
        """
        return self._even("vsplit", indices_or_sections, 2, 0)

    def dsplit(self, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
        """The third dimension in equal parts, or cut at these indices.

        Raises:
            DimensionError: for fewer than 3 dimensions.
            ShapeError: where the parts would not be equal.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[[1, 2]]]).dsplit(2)
        (tensor([[[1]]]), tensor([[[2]]]))
        """
        return self._even("dsplit", indices_or_sections, 3, 2)

    def _even(self, name: str, parts: Any, least: int, dim: int) -> tuple[Any, ...]:
        if self.ndim < least:
            raise DimensionError(f"{name}() needs at least {least} dimensions, got shape {self._shape}")
        if isinstance(parts, int) and (parts < 1 or self._shape[dim] % parts):
            raise ShapeError(f"indices_or_sections: {parts} does not divide {self._shape[dim]}, the size of {dim}")
        return self.tensor_split(parts, dim)

    def unbind(self, dim: int = 0) -> tuple[Tensor, ...]:
        """A view for each index of one dimension, which goes away.

        Raises:
            DimensionError: for a tensor of 0 dimensions.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).unbind()
        (tensor([1, 2]), tensor([3, 4]))
        """
        if not self._shape:
            raise DimensionError("unbind() needs at least 1 dimension, got a tensor of none")
        return tuple([self.select(dim, i) for i in range(self.size(dim))])

    # -- copies side by side --------------------------------------------------------------------------------------

    def repeat(self, *sizes: Sizes, **options: Any) -> Tensor:
        """A copy with every dimension repeated so many times; new dimensions come first.

        Raises:
            ShapeError: for fewer numbers than dimensions, or a negative one.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).repeat(2)
        tensor([1, 2, 1, 2])
        """
        counts = sizes_of(by_name(sizes, options, "repeats"), "sizes")
        if len(counts) < self.ndim or min(counts, default=0) < 0:
            raise ShapeError(
                f"sizes: needs at least {self.ndim} numbers (one a dimension), none negative, got {counts}"
            )
        return apply("repeat", self, sizes=counts)

    def tile(self, *dims: Sizes, **options: Any) -> Tensor:
        """A copy repeated so many times; as `repeat`, but missing numbers are taken as 1.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2]]).tile(2)
        tensor([[1, 2, 1, 2]])
        """
        counts = sizes_of(by_name(dims, options, "dims"), "dims")
        return self.repeat((1,) * (self.ndim - len(counts)) + tuple(counts))

    def repeat_interleave(
        self, repeats: TensorLike | None = None, dim: int | None = None, *, output_size: int | None = None
    ) -> Tensor:
        """A copy with each index of one dimension repeated in its place; of all elements where ``dim`` is None.

        Args:
            repeats: how often, a number or a tensor with one for each index. Without it this tensor says how often,
                and its places are what is repeated.
            dim: the dimension; the elements in row-major order where None.
            output_size: the size of the result, which must be right where it is given.

        Raises:
            ShapeError: for a negative number, or a tensor that does not fit the dimension.
            DTypeError: where ``repeats`` does not hold integers.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).repeat_interleave(tensor([2, 1]))
        tensor([1, 1, 2])
        """
        if repeats is None:
            counted = type(self).from_array(np.arange(self.numel()), self)
            return counted.repeat_interleave(self, 0, output_size=output_size)  # type: ignore[arg-type]
        if dim is None:
            return self.reshape(-1).repeat_interleave(repeats, 0, output_size=output_size)
        d = geometry.wrap_dim(dim, self.ndim)
        counts = backend.move(repeats.array, backend.CPU) if isinstance(repeats, TensorBase) else np.asarray(repeats)
        if counts.dtype not in (np.int32, np.int64):
            raise DTypeError(f"repeats: needs integers of 32 or 64 bits, got {counts.dtype}")
        size = self._shape[d] if self._shape else 1
        if counts.ndim > 1 or (counts.ndim and counts.size not in (1, size)) or counts.min(initial=0) < 0:
            raise ShapeError(f"repeats: needs one number, or {size} that are not negative, got {counts.tolist()}")
        places = np.repeat(np.arange(size), counts)
        if output_size is not None and output_size != len(places):
            raise ShapeError(f"output_size: {output_size} is not the sum of the repeats, {len(places)}")
        source = self if self._shape else self.reshape(1)
        return apply("index_select", source, dim=d, index=backend.beside(places, self.array))
