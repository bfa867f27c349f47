"""Modules that pick by indices or by a mask."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pytorch_from_lua.errors import RangeError, ShapeError
from pytorch_from_lua.nn.comparing import two_of
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor, backend
from pytorch_from_lua.tensor.dtype import DType, get_default_dtype


class Index(Module):
    """The slices of a dimension that indices name (Torch7's ``nn.Index``).

    Shapes: a list of a tensor and of indices ``(k,)``, from 0; the output has ``k`` slices along ``dim``.

    Args:
        dim: the dimension.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Sequence[Tensor]) -> Tensor:
        x, indices = two_of("Index", input, None)
        return x.index_select(self.dim, indices)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class MaskedSelect(Module):
    """The elements where a mask is not 0, in a vector (Torch7's ``nn.MaskedSelect``).

    Shapes: a list of a tensor and of a mask, booleans or bytes, of its shape.
    """

    def forward(self, input: Sequence[Tensor]) -> Tensor:
        x, mask = two_of("MaskedSelect", input, None)
        if x.shape != mask.shape:
            raise ShapeError(f"input: MaskedSelect needs a mask of shape {x.shape}, got {mask.shape}")
        return x.masked_select(mask != 0)


class OneHot(Module):
    """Each index as a row of zeros with a 1 at its place (Torch7's ``nn.OneHot``).

    Shapes: whole numbers from 0, of any type and shape, to one dimension more, of size ``output_size``.

    Args:
        output_size: how many classes there are.
        dtype: the output's type, which changes with the module's; the default type where None.

    >>> import pytorch_from_lua as torch
    >>> OneHot(3)(torch.tensor([2, 0]))
    tensor([[0., 0., 1.],
            [1., 0., 0.]])
    """

    like: Tensor

    def __init__(self, output_size: int, dtype: str | DType | None = None) -> None:
        super().__init__()
        self.output_size = output_size
        chosen = get_default_dtype() if dtype is None else DType.of(dtype)
        self.register_buffer("like", Tensor.from_array(np.empty(0, chosen.numpy)), persistent=False)

    def forward(self, input: Tensor) -> Tensor:
        indices = input.array.astype(np.int64)
        if indices.size and (indices.min() < 0 or indices.max() >= self.output_size):
            raise RangeError(
                f"input: OneHot({self.output_size}) got {indices.min()} to {indices.max()}, "
                f"needs 0 to {self.output_size - 1}"
            )
        rows = indices[..., None] == backend.namespace(indices).arange(self.output_size)
        return Tensor.from_array(rows.astype(self.like.dtype.numpy))

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"
