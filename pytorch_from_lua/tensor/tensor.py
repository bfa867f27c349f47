"""Tensor: the base with every family of operations on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytorch_from_lua.tensor.base import TensorBase
from pytorch_from_lua.tensor.conversion import Conversion
from pytorch_from_lua.tensor.dtype import get_default_dtype
from pytorch_from_lua.tensor.filling import Filling
from pytorch_from_lua.tensor.history import History
from pytorch_from_lua.tensor.indexing import Indexing
from pytorch_from_lua.tensor.inplace_views import InPlaceViews
from pytorch_from_lua.tensor.linear_algebra import LinearAlgebra
from pytorch_from_lua.tensor.masking import Masking
from pytorch_from_lua.tensor.ordering import Ordering
from pytorch_from_lua.tensor.pointwise import Pointwise
from pytorch_from_lua.tensor.printing import formatted
from pytorch_from_lua.tensor.rearranging import Rearranging
from pytorch_from_lua.tensor.reduction import Reduction
from pytorch_from_lua.tensor.running import Running
from pytorch_from_lua.tensor.special import Special
from pytorch_from_lua.tensor.splitting import Splitting
from pytorch_from_lua.tensor.statistics import Statistics

if TYPE_CHECKING:
    from pytorch_from_lua.tensor._types import DTypeLike, Number, Sizes


class Tensor(
    Pointwise,
    Special,
    Reduction,
    Running,
    Ordering,
    Statistics,
    LinearAlgebra,
    Splitting,
    Rearranging,
    InPlaceViews,
    Indexing,
    Masking,
    Filling,
    Conversion,
    History,
):
    """A multi-dimensional array of one element type, with views that share memory and with gradients.

    Tensors are made by `tensor`, `zeros`, `from_numpy` and the like.

    >>> from pytorch_from_lua import tensor
    >>> x = tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> row = x[0]
    >>> row *= 10
    >>> x
    tensor([[10., 20.],
            [ 3.,  4.]])
    >>> w = tensor([1.0, 1.0], requires_grad=True)
    >>> (x @ w).sum().backward()
    >>> w.grad
    tensor([13., 24.])
    """

    __slots__ = ()

    def __init__(self, *data: Any, dtype: DTypeLike | None = None) -> None:
        """A tensor of the default type: of sizes (``Tensor(2, 3)``, values not set) or of data (``Tensor([1, 2])``)."""
        from pytorch_from_lua.tensor import creation  # here: it needs Tensor

        chosen = get_default_dtype() if dtype is None else dtype
        if len(data) == 1 and not isinstance(data[0], int):
            made = creation.tensor(data[0], chosen)
        else:
            made = creation.empty(*data or (0,), dtype=chosen)
        for name in TensorBase.__slots__:
            if name != "__weakref__" and hasattr(made, name):
                setattr(self, name, getattr(made, name))

    def new(self, *data: Any) -> Tensor:
        """A tensor of this type on this device: of sizes (values not set) or of data, as `Tensor` takes them.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).new([3, 4])
        tensor([3, 4])
        """
        return Tensor(*data, dtype=self.dtype).to(device=self.device)

    def new_tensor(self, data: Any, **options: Any) -> Tensor:
        """`tensor`, with this tensor's type and device.

        >>> from pytorch_from_lua import tensor
        >>> tensor([0.5]).new_tensor([1, 2])
        tensor([1., 2.])
        """
        from pytorch_from_lua.tensor import creation

        return creation.tensor(data, **self._like(options))

    def new_empty(self, *shape: Sizes, **options: Any) -> Tensor:
        """`empty`, with this tensor's type and device.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).new_empty(2, 3).shape
        (2, 3)
        """
        from pytorch_from_lua.tensor import creation

        return creation.empty(*shape, **self._like(options))

    def new_zeros(self, *shape: Sizes, **options: Any) -> Tensor:
        """`zeros`, with this tensor's type and device.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).new_zeros(2)
        tensor([0, 0])
        """
        from pytorch_from_lua.tensor import creation

        return creation.zeros(*shape, **self._like(options))

    def new_ones(self, *shape: Sizes, **options: Any) -> Tensor:
        """`ones`, with this tensor's type and device.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).new_ones(2)
        tensor([1, 1])
        """
        from pytorch_from_lua.tensor import creation

        return creation.ones(*shape, **self._like(options))

    def new_empty_strided(self, size: Any, stride: Any, **options: Any) -> Tensor:
        """`empty_strided`, with this tensor's type and device.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).new_empty_strided((2, 3), (1, 2)).stride()
        (1, 2)
        """
        from pytorch_from_lua.tensor import creation

        return creation.empty_strided(size, stride, **self._like(options))

    def new_full(self, shape: Any, fill_value: Number, **options: Any) -> Tensor:
        """`full`, with this tensor's type and device.

        >>> from pytorch_from_lua import tensor
        >>> tensor([1, 2]).new_full((2,), 7)
        tensor([7, 7])
        """
        from pytorch_from_lua.tensor import creation

        return creation.full(shape, fill_value, **self._like(options))

    def _like(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"dtype": self.dtype, "device": self.device, **options}

    def __repr__(self) -> str:
        return formatted(self)
