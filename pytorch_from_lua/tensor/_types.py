"""What annotations call the arguments of tensor operations; imported for type checkers only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, SupportsIndex, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from pytorch_from_lua.tensor.tensor import Tensor

if TYPE_CHECKING:
    from pytorch_from_lua.tensor.dtype import DType
    from pytorch_from_lua.tensor.tensor import Tensor

#: A number of Python.
Number: TypeAlias = "bool | int | float"
#: What may stand beside a tensor in an expression.
Operand: TypeAlias = "Tensor | Number | np.number[Any] | np.bool_ | np.ndarray[Any, Any]"
#: What is turned into a tensor where none is given.
TensorLike: TypeAlias = "Operand | Sequence[Any]"
#: What names an element type.
DTypeLike: TypeAlias = "DType | str | type | np.dtype[Any]"
#: Sizes one by one, or several in one argument.
Sizes: TypeAlias = "SupportsIndex | Sequence[SupportsIndex]"
#: A method without arguments.
Unary: TypeAlias = "Callable[[Any], Tensor]"
#: The method behind an operator.
Operator: TypeAlias = "Callable[[Any, Operand], Tensor]"


class BoundBinary(Protocol):
    """A method with one argument, of a given tensor."""

    def __call__(self, other: Operand) -> Tensor: ...


class Binary(Protocol):
    """A method with one argument."""

    def __get__(self, input: Tensor, owner: Any) -> BoundBinary: ...

    def __call__(self, input: Tensor, other: Operand) -> Tensor: ...
