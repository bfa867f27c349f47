"""Elements chosen and written by masks, places of elements that are not 0, and diagonals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from pytorch_from_lua.autograd.engine import apply, apply_, is_grad_enabled, wrap
from pytorch_from_lua.autograd.shortcut import computed, floats, over, readable
from pytorch_from_lua.errors import DimensionError, DTypeError, ShapeError
from pytorch_from_lua.kernels import gathering
from pytorch_from_lua.tensor import backend, geometry
from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.dtype import bool_, int64
from pytorch_from_lua.tensor.gathering import Gathering, number_of
from pytorch_from_lua.tensor.indexing import mask_of

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytorch_from_lua.tensor._types import Number, Operand, TensorLike
    from pytorch_from_lua.tensor.tensor import Tensor


class Masking(Gathering):
    """Methods that read and write elements which a mask names."""

    __slots__ = ()

    # -- by masks ---------------------------------------------------------------------------------------------------

    def masked_select(self, mask: TensorLike) -> Tensor:
        """The elements where the mask, which broadcasts with the tensor, is true, in one dimension.

        Raises:
            DTypeError: where the mask does not hold booleans (or bytes, as Torch7 has them).
            ShapeError: where it does not fit.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2, 3]).masked_select(tensor([True, False, True]))
        tensor([1, 3])
        """
        return apply("masked_select", self, mask=mask_of(mask, self))

    def masked_fill(self, mask: TensorLike, value: Operand) -> Tensor:
        """A copy with a number where the mask, which broadcasts with the tensor, is true.

        Raises:
            DTypeError: where the mask does not hold booleans (or bytes, as Torch7 has them).
            ShapeError: where the mask does not fit, or ``value`` is a tensor with dimensions.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).masked_fill(tensor([True, False]), 0)
        tensor([0, 2])
        """
        if value.__class__ in (float, int) and isinstance(mask, TensorBase) and mask.dtype is bool_:
            a, places = floats(self), readable(mask)
            if a is not None and places is not None:
                made: Any = computed(self.dtype, gathering.masked_fill, a, places, value)
                if made is not None:
                    return made
        chosen, number = mask_of(mask, self), self._filling(value)
        if isinstance(number, TensorBase):
            return apply("where", type(self).from_array(chosen), number, self)
        return apply("masked_fill", self, mask=chosen, value=number)

    def masked_fill_(self, mask: TensorLike, value: Operand) -> Self:
        """Writes a number where the mask is true; see `masked_fill`."""
        chosen, number = mask_of(mask, self), self._filling(value)
        if geometry.broadcast_shapes(chosen.shape, self._shape) != self._shape:
            raise ShapeError(f"mask: shape {chosen.shape} does not broadcast to {self._shape}")
        if isinstance(number, TensorBase):
            return self.copy_(apply("where", type(self).from_array(chosen), number, self))  # type: ignore[attr-defined]
        return apply_("masked_fill", self, mask=chosen, value=number)

    def _filling(self, value: Any) -> Any:
        if isinstance(value, TensorBase):
            if value.ndim:
                raise ShapeError(f"value: needs a number or a tensor of 0 dimensions, got shape {value.shape}")
            if value.requires_grad and is_grad_enabled():
                return value.to(self.dtype)  # type: ignore[attr-defined]
        return number_of(value)

    def masked_scatter(self, mask: TensorLike, source: TensorLike) -> Tensor:
        """A copy with the elements of ``source``, in row-major order, where the mask is true.

        Raises:
            DTypeError: where the mask does not hold booleans, or ``source`` is of another type.
            ShapeError: where the mask does not fit, or ``source`` has too few elements.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 0]).masked_scatter(tensor([False, True]), tensor([5]))
        tensor([0, 5])
        """
        chosen = self._masked(mask, source)
        shape = geometry.broadcast_shapes(chosen.shape, self._shape)
        return apply("masked_scatter", self.expand(shape), source, mask=chosen)  # type: ignore[attr-defined]

    def masked_scatter_(self, mask: TensorLike, source: TensorLike) -> Self:
        """Writes the elements of ``source``, in row-major order, where the mask is true; see `masked_scatter`."""
        return apply_("masked_scatter", self, source, mask=self._masked(mask, source))

    def _masked(self, mask: Any, source: Any) -> Any:
        chosen = mask_of(mask, self)
        self._fits(source, "source")
        shape = geometry.broadcast_shapes(chosen.shape, self._shape)
        count = int(np.count_nonzero(backend.move(backend.namespace(chosen).broadcast_to(chosen, shape), "cpu")))
        if source.numel() < count:
            raise ShapeError(f"source: needs at least {count} elements, got shape {source.shape}")
        return chosen

    # -- places -----------------------------------------------------------------------------------------------------

    @overload
    def nonzero(self, *, as_tuple: Literal[False] = False) -> Tensor: ...

    @overload
    def nonzero(self, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]: ...

    def nonzero(self, *, as_tuple: bool = False) -> Tensor | tuple[Tensor, ...]:
        """The indices of the elements that are not 0: (elements, dimensions), or a tuple with a vector a dimension.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[0, 1], [2, 0]]).nonzero()
        tensor([[0, 1],
                [1, 0]])
        """
        if as_tuple:
            x: Any = self if self._shape else self.reshape(1)  # type: ignore[attr-defined]
            return x.nonzero().unbind(1)
        places = gathering.nonzero(self.array)
        return over(places, int64) if places.__class__ is np.ndarray else wrap(places)

    def argwhere(self) -> Tensor:
        """The indices of the elements that are not 0: (elements, dimensions).

        >>> from pytorch_from_lua import tensor
        >>> tensor([0, 3]).argwhere()
        tensor([[1]])
        """
        return self.nonzero()

    def fill_diagonal_(self, fill_value: Number, wrap: bool = False) -> Self:
        """Writes a number where all indices are equal.

        Args:
            fill_value: a number.
            wrap: whether, in a matrix with more rows than columns, another diagonal begins a row below each end.

        Raises:
            DimensionError: for fewer than 2 dimensions.
            ShapeError: where there are more than 2, not all of one size.
            DTypeError: where ``fill_value`` is no number.

        >>> from pytorch_from_lua import tensor
        >>> tensor([[1, 2], [3, 4]]).fill_diagonal_(0)
        tensor([[0, 2],
                [3, 0]])
        """
        if not isinstance(fill_value, (bool, int, float)):
            raise DTypeError(f"fill_value: needs a number, got {type(fill_value).__name__}")
        if self.ndim < 2:
            raise DimensionError(f"fill_diagonal_() needs at least 2 dimensions, got shape {self._shape}")
        if self.ndim > 2 and len(set(self._shape)) > 1:
            raise ShapeError(
                f"fill_diagonal_() needs dimensions of one size where there are more than 2: {self._shape}"
            )
        rows, columns = np.arange(self._shape[0]), self._shape[1]
        if self.ndim == 2 and wrap:
            rows = rows[rows % (columns + 1) != columns]
            places: tuple[Any, ...] = (rows, rows % (columns + 1))
        else:
            places = (rows[: min(self._shape)],) * self.ndim
        return apply_("setitem", self, fill_value, index=places)

    def __contains__(self, value: Operand) -> bool:
        return bool((self.array == (value.array if isinstance(value, TensorBase) else value)).any())
