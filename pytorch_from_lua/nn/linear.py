"""Layers that multiply and add: Linear and the elementwise affine ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn import init
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.nn.parameter import Parameter
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.dtype import DType, get_default_dtype
from pytorch_from_lua.tensor.storage import Storage


def new_parameter(*shape: int, dtype: Any = None) -> Parameter:
    """A parameter of the shape whose values are not set yet; of the default dtype where none is given."""
    chosen = get_default_dtype() if dtype is None else DType.of(dtype)
    count = 1
    for size in shape:
        count *= size
    return Parameter(Tensor.from_storage(Storage.empty(count, chosen), 0, shape))


class Identity(Module):
    """Gives back what it gets: ``x``, of any shape (Torch7's ``nn.Identity``)."""

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        return input


class Linear(Module):
    """``y = x W^T + b`` (Torch7's ``nn.Linear``).

    Shapes: input ``(..., in_features)``, output ``(..., out_features)``; ``weight`` is ``(out_features,
    in_features)``, ``bias`` ``(out_features,)`` or None.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, dtype: Any = None) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = new_parameter(out_features, in_features, dtype=dtype)
        self.register_parameter("bias", new_parameter(out_features, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight, then bias, from U(-1/sqrt(in_features), 1/sqrt(in_features))."""
        init.fan_in_uniform_(self.weight, self.in_features)
        if self.bias is not None:
            init.fan_in_uniform_(self.bias, self.in_features)

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Add(Module):
    """Adds a learned vector, or one learned number (Torch7's ``nn.Add``).

    Args:
        size: the size of an input, without the batch.
        scalar: one number for all elements; ``size`` then does not matter.
    """

    def __init__(self, size: int | Sequence[int], scalar: bool = False, dtype: Any = None) -> None:
        super().__init__()
        self.scalar = scalar
        sizes = (1,) if scalar else (size,) if isinstance(size, int) else tuple(size)
        self.bias = new_parameter(*sizes, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws from U(-1/sqrt(n), 1/sqrt(n)) for n numbers."""
        init.fan_in_uniform_(self.bias, self.bias.shape[0])

    def forward(self, input: Tensor) -> Tensor:
        return input + self.bias

    def extra_repr(self) -> str:
        return "scalar=True" if self.scalar else f"size={self.bias.shape}"


class Mul(Module):
    """Multiplies by one learned number (Torch7's ``nn.Mul``)."""

    def __init__(self, dtype: Any = None) -> None:
        super().__init__()
        self.weight = new_parameter(1, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws from U(-1, 1)."""
        init.uniform_(self.weight, -1.0, 1.0)

    def forward(self, input: Tensor) -> Tensor:
        return input * self.weight


class _Componentwise(Module):
    """One learned value per element, where a size of 1 stretches along the input's dimension."""

    _name: str

    def __init__(self, *size: int, dtype: Any = None) -> None:
        super().__init__()
        self.register_parameter(self._name, new_parameter(*size, dtype=dtype))
        self.reset_parameters()

    @property
    def _values(self) -> Parameter:
        return getattr(self, self._name)  # type: ignore[no-any-return]

    def reset_parameters(self) -> None:
        """Draws from U(-1/sqrt(n), 1/sqrt(n)) for n values."""
        init.fan_in_uniform_(self._values, self._values.numel())

    def _fitted(self, input: Tensor) -> Tensor:
        """The values under a shape that broadcasts over the input, which may have a batch dimension more."""
        values: Tensor = self._values
        sizes = input.shape
        if sizes[1:] == values.shape[1:] or values.ndim == len(sizes) or values.numel() == 1:
            return values
        if values.ndim < len(sizes) and input.numel() == sizes[0] * values.numel():
            return values.reshape(sizes[1:])
        return values

    def extra_repr(self) -> str:
        return ", ".join(map(str, self._values.shape))


class CMul(_Componentwise):
    """Multiplies each element by a learned weight (Torch7's ``nn.CMul``)."""

    _name = "weight"

    def forward(self, input: Tensor) -> Tensor:
        return input * self._fitted(input)


class CAdd(_Componentwise):
    """Adds a learned bias to each element (Torch7's ``nn.CAdd``)."""

    _name = "bias"

    def forward(self, input: Tensor) -> Tensor:
        return input + self._fitted(input)
