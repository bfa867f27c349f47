"""Borders around the last dimensions, and elements put in along one of them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from pytorch_from_lua.errors import ModuleError, ShapeError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor

Sides = int | tuple[int, ...]


class _Pad(Module):
    """What borders have in common: (before, after) of the last dimension, then of the one before, ..."""

    dimensions: ClassVar[int]
    mode: ClassVar[str] = "constant"

    def __init__(self, padding: Sides) -> None:
        super().__init__()
        count = 2 * self.dimensions
        given = tuple(padding) if isinstance(padding, (tuple, list)) else (padding,) * count
        if len(given) != count or not all(isinstance(p, (int, np.integer)) for p in given):
            raise ModuleError(
                f"{type(self).__name__}: padding: needs a whole number, or {count} of them, got {padding!r}"
            )
        self.padding = tuple([int(p) for p in given])

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return str(self.padding)


class _Constant(_Pad):
    def __init__(self, padding: Sides, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _Reflection(_Pad):
    mode = "reflect"


class _Replication(_Pad):
    mode = "replicate"


class _Circular(_Pad):
    mode = "circular"


class ConstantPad1d(_Constant):
    """One value around each image.

    Shapes: input ``(..., L)``; output the same, these sizes longer by what is put before and after.

    Args:
        padding: (left, right), or one number for all. Negative numbers cut.
        value: what is put there.
    """

    dimensions = 1


class ConstantPad2d(_Constant):
    """One value around each image.

    Shapes: input ``(..., H, W)``; output the same, these sizes longer by what is put before and after.

    Args:
        padding: (left, right, top, bottom), or one number for all. Negative numbers cut.
        value: what is put there.
    """

    dimensions = 2


class ConstantPad3d(_Constant):
    """One value around each image.

    Shapes: input ``(..., D, H, W)``; output the same, these sizes longer by what is put before and after.

    Args:
        padding: (left, right, top, bottom, front, back), or one number for all. Negative numbers cut.
        value: what is put there.
    """

    dimensions = 3


class ZeroPad1d(_Pad):
    """Zeros around each image.

    Shapes: input ``(..., L)``; output the same, these sizes longer by what is put before and after.

    Args:
        padding: (left, right), or one number for all. Negative numbers cut.
    """

    dimensions = 1


class ZeroPad2d(_Pad):
    """Zeros around each image (Torch7's ``nn.SpatialZeroPadding``).

    Shapes: input ``(..., H, W)``; output the same, these sizes longer by what is put before and after.

    Args:
        padding: (left, right, top, bottom), or one number for all. Negative numbers cut.
    """

    dimensions = 2


class ZeroPad3d(_Pad):
    """Zeros around each image.

    Shapes: input ``(..., D, H, W)``; output the same, these sizes longer by what is put before and after.

    Args:
        padding: (left, right, top, bottom, front, back), or one number for all. Negative numbers cut.
    """

    dimensions = 3


class ReflectionPad1d(_Reflection):
    """The image mirrored at its last elements.

    Shapes: input ``(..., L)``; output the same, these sizes longer by what is put before and after.

    Args:
        padding: (left, right), or one number for all. Negative numbers cut. Less than
            a dimension has.
    """

    dimensions = 1


class ReflectionPad2d(_Reflection):
    """The image mirrored at its last elements (Torch7's ``nn.SpatialReflectionPadding``).

    Shapes: input ``(..., H, W)``; output the same, these sizes longer by what is put before and after.

    Args:
        padding: (left, right, top, bottom), or one number for all. Negative numbers cut. Less than
            a dimension has.
    """

    dimensions = 2


class ReflectionPad3d(_Reflection):
    """The image mirrored at its last elements.

    Shapes: input ``(..., D, H, W)``; output the same, these sizes longer by what is put before and after.

    Args:
        padding: (left, right, top, bottom, front, back), or one number for all. Negative numbers cut. Less than
            a dimension has.
    """

    dimensions = 3


class ReplicationPad1d(_Replication):
    """The image's last elements again and again.

    Shapes: input ``(..., L)``; output the same, these sizes longer by what is put before and after.

    Args:
        padding: (left, right), or one number for all. Negative numbers cut.
    """

    dimensions = 1


class ReplicationPad2d(_Replication):
    """The image's last elements again and again (Torch7's ``nn.SpatialReplicationPadding``).

    Shapes: input ``(..., H, W)``; output the same, these sizes longer by what is put before and after.

    Args:
        padding: (left, right, top, bottom), or one number for all. Negative numbers cut.
    """

    dimensions = 2


class ReplicationPad3d(_Replication):
    """The image's last elements again and again (Torch7's ``nn.VolumetricReplicationPadding``).

    Shapes: input ``(..., D, H, W)``; output the same, these sizes longer by what is put before and after.

    Args:
        padding: (left, right, top, bottom, front, back), or one number for all. Negative numbers cut.
    """

    dimensions = 3


class CircularPad1d(_Circular):
    """The image's other end, as if it went round.

    Shapes: input ``(..., L)``; output the same, these sizes longer by what is put before and after.

    Args:
        padding: (left, right), or one number for all. Negative numbers cut. No more
            than a dimension has.
    """

    dimensions = 1


class CircularPad2d(_Circular):
    """The image's other end, as if it went round.

    Shapes: input ``(..., H, W)``; output the same, these sizes longer by what is put before and after.

    Args:
        padding: (left, right, top, bottom), or one number for all. Negative numbers cut. No more
            than a dimension has.
    """

    dimensions = 2


class CircularPad3d(_Circular):
    """The image's other end, as if it went round.

    Shapes: input ``(..., D, H, W)``; output the same, these sizes longer by what is put before and after.

    Args:
        padding: (left, right, top, bottom, front, back), or one number for all. Negative numbers cut. No more
            than a dimension has.
    """

    dimensions = 3


class Padding(Module):
    """A number of equal elements put in along one dimension (Torch7's ``nn.Padding``).

    Args:
        dim: the dimension.
        pad: how many; where negative, they come before the elements, else after them.
        num_input_dims: the number of dimensions of one sample: an input with another number is a batch, whose
            dimension ``dim`` then counts after the batch's.
        value: what they are.
        index: how many elements of the input stand between the border and them.

    >>> import pytorch_from_lua as torch
    >>> torch.nn.Padding(0, -2, value=7.0, index=1)(torch.tensor([1.0, 2.0])).tolist()
    [1.0, 7.0, 7.0, 2.0]
    """

    def __init__(
        self, dim: int, pad: int, num_input_dims: int | None = None, value: float = 0.0, index: int = 0
    ) -> None:
        super().__init__()
        self.dim, self.pad, self.num_input_dims, self.value, self.index = dim, pad, num_input_dims, value, index

    def forward(self, input: Tensor) -> Tensor:
        d = self.dim
        if d >= 0 and self.num_input_dims is not None and input.ndim != self.num_input_dims:
            d += 1
        if not -input.ndim <= d < input.ndim:
            raise ShapeError(f"input: dimension {d} is padded, got shape {input.shape}")
        d %= input.ndim
        size, length = input.shape[d], abs(self.pad)
        first = size - self.index if self.pad > 0 else self.index
        if not 0 <= first <= size:
            raise ShapeError(f"index: {self.index} elements of {size} cannot stand between border and padding")
        from pytorch_from_lua import cat

        behind = (0, 0) * (input.ndim - 1 - d)
        head = F.pad(input.narrow(d, 0, first), (*behind, 0, length), "constant", self.value)
        return head if first == size else cat([head, input.narrow(d, first, size - first)], d)

    def extra_repr(self) -> str:
        return (
            f"dim={self.dim}, pad={self.pad}, num_input_dims={self.num_input_dims}, value={self.value}, "
            f"index={self.index}"
        )
