"""The same tensor, seen otherwise from now on: what `views` gives, in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pytorch_from_lua.autograd.engine import apply_view, is_grad_enabled
from pytorch_from_lua.errors import AutogradError, DimensionError
from pytorch_from_lua.tensor import geometry
from pytorch_from_lua.tensor.geometry import Geometry
from pytorch_from_lua.tensor.views import Views, squeezed

if TYPE_CHECKING:
    from typing_extensions import Self


class InPlaceViews(Views):
    """Methods that change how the tensor views its storage."""

    __slots__ = ()

    def squeeze_(self, dim: int | Sequence[int] | None = None) -> Self:
        """Loses the dimensions of size 1, or those listed, in place."""
        return self._become("squeeze", squeezed(self.geometry, dim))

    def unsqueeze_(self, dim: int) -> Self:
        """Gets a new dimension of size 1 at ``dim``, in place."""
        return self._become("unsqueeze", geometry.unsqueeze(self.geometry, dim))

    def transpose_(self, dim0: int, dim1: int) -> Self:
        """Swaps two dimensions, in place."""
        return self._become("transpose", geometry.transpose(self.geometry, dim0, dim1))

    def swapaxes_(self, axis0: int, axis1: int) -> Self:
        """Swaps two dimensions, in place."""
        return self.transpose_(axis0, axis1)

    def swapdims_(self, dim0: int, dim1: int) -> Self:
        """Swaps two dimensions, in place."""
        return self.transpose_(dim0, dim1)

    def t_(self) -> Self:
        """Transposes a matrix, in place; a vector stays as it is.

        Raises:
            DimensionError: for more than 2 dimensions.
        """
        if len(self._shape) > 2:
            raise DimensionError(f"t_() needs at most 2 dimensions, got shape {self._shape}; use transpose_()")
        return self.transpose_(0, 1) if len(self._shape) == 2 else self

    def as_strided_(self, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Self:
        """Becomes any view of its storage, in place.

        Raises:
            StorageError: where an element would lie outside of it.
        """
        return self._become("as_strided", self._anyhow(size, stride, storage_offset))

    def _become(self, name: str, g: Geometry) -> Any:
        if self.requires_grad and is_grad_enabled():
            if self.grad_fn is None:
                raise AutogradError(f"{name}_: a leaf that requires a gradient cannot be changed in place")
            node = apply_view(name, self, g).grad_fn
            self.grad_fn = None
            self._place(self._storage, g)
            self.grad_fn = node
        else:
            self._place(self._storage, g)
        return self
