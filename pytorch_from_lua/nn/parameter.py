"""Parameter: a tensor that a module owns and an optimizer changes."""

from __future__ import annotations

import copy
from typing import Any

from pytorch_from_lua.errors import DTypeError
from pytorch_from_lua.tensor import Storage, Tensor


class Parameter(Tensor):
    """A leaf tensor that requires a gradient, on the memory of the tensor given.

    A module that it is assigned to lists it in ``parameters()``.

    Args:
        data: any tensor; its memory is shared, not copied.
        requires_grad: False freezes the parameter.
    """

    __slots__ = ()

    def __new__(cls, data: Tensor, requires_grad: bool = True) -> Parameter:
        if requires_grad and not data.dtype.is_floating_point:
            raise DTypeError(f"data: a parameter with a gradient needs a floating-point type, got {data.dtype.name}")
        self: Any = Tensor._make(data._storage, data._offset, data._shape, data._stride)
        self.__class__ = cls
        self.requires_grad = requires_grad
        return self  # type: ignore[no-any-return]

    def __init__(self, data: Tensor, requires_grad: bool = True) -> None:
        pass

    @classmethod
    def _make(  # type: ignore[override]
        cls, storage: Storage, offset: int, shape: tuple[int, ...], stride: tuple[int, ...]
    ) -> Tensor:
        """What is made from a parameter (a view of it, say) is a plain tensor."""
        return Tensor._make(storage, offset, shape, stride)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return Parameter, (Tensor._make(self._storage, self._offset, self._shape, self._stride), self.requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        if id(self) not in memo:
            plain = Tensor._make(self._storage, self._offset, self._shape, self._stride)
            memo[id(self)] = Parameter(copy.deepcopy(plain, memo), self.requires_grad)
        return memo[id(self)]  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()
