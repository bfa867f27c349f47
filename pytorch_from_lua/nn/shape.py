"""Modules that rearrange, pick or reduce dimensions.

Several of Torch7's take ``num_input_dims``, the number of dimensions of one sample: an input with more dimensions than
that is a batch, and the module's own dimension then counts after the batch's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor


def sample_dim(dim: int, num_input_dims: int | None, ndim: int) -> int:
    """The dimension of the input that ``dim`` of one sample is: one later where the input is a batch."""
    if dim < 0:
        return dim + ndim
    return dim + 1 if num_input_dims is not None and ndim == num_input_dims + 1 else dim


class Flatten(Module):
    """Dimensions ``start_dim`` to ``end_dim`` in one."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Tensor) -> Tensor:
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Dimension ``dim`` cut into several of the sizes given."""

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        self.dim, self.unflattened_size = dim, tuple(unflattened_size)

    def forward(self, input: Tensor) -> Tensor:
        input.size(self.dim)  # says so where there is no such dimension
        d = self.dim % input.ndim
        return input.reshape(*input.shape[:d], *self.unflattened_size, *input.shape[d + 1 :])

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class View(Module):
    """Each sample under another shape (Torch7's ``nn.View``).

    The batch is what the sizes leave over: an input of ``(6, 4)`` under ``View(2, 2)`` becomes ``(6, 2, 2)``.

    Args:
        sizes: the shape of a sample; one -1 is worked out.
        num_input_dims: the number of dimensions of one sample in the input, where sizes hold a -1.
    """

    def __init__(self, *sizes: int, num_input_dims: int | None = None) -> None:
        super().__init__()
        self.sizes, self.num_input_dims = sizes, num_input_dims

    def _batch(self, input: Tensor) -> int | None:
        """The size of the batch, or None where the input is one sample."""
        known = math.prod([s for s in self.sizes if s != -1])
        own = input.ndim if self.num_input_dims is None else min(self.num_input_dims, input.ndim)
        outer, inner = input.shape[: input.ndim - own], math.prod(input.shape[input.ndim - own :])
        if known == 0 or inner % known:
            raise ShapeError(f"input: shape {input.shape} cannot be viewed as samples of {self.sizes}")
        batch = math.prod(outer) * (1 if -1 in self.sizes else inner // known)
        if batch == 1 and (self.num_input_dims is None or input.ndim <= self.num_input_dims):
            return None
        return batch

    def forward(self, input: Tensor) -> Tensor:
        batch = self._batch(input)
        return input.reshape(self.sizes) if batch is None else input.reshape((batch, *self.sizes))

    def extra_repr(self) -> str:
        return ", ".join(map(str, self.sizes))


class Reshape(Module):
    """Each sample under another shape (Torch7's ``nn.Reshape``).

    Args:
        sizes: the shape of a sample.
        batch_mode: True where the first dimension of the input is the batch, False where it is not; None decides by
            the number of elements: an input of exactly a sample's is no batch, unless its first size is 1.
    """

    def __init__(self, *sizes: int, batch_mode: bool | None = None) -> None:
        super().__init__()
        self.sizes, self.batch_mode = sizes, batch_mode

    def forward(self, input: Tensor) -> Tensor:
        alone = input.numel() == math.prod(self.sizes) and input.shape[:1] != (1,)
        if self.batch_mode is False or (self.batch_mode is None and alone):
            return input.reshape(self.sizes)
        return input.reshape((input.size(0), *self.sizes))

    def extra_repr(self) -> str:
        return ", ".join(map(str, self.sizes))


class Squeeze(Module):
    """Without the dimensions of size 1, or without that one (Torch7's ``nn.Squeeze``)."""

    def __init__(self, dim: int | None = None, num_input_dims: int | None = None) -> None:
        super().__init__()
        self.dim, self.num_input_dims = dim, num_input_dims

    def forward(self, input: Tensor) -> Tensor:
        batch = self.num_input_dims is not None and input.ndim > self.num_input_dims
        if self.dim is not None:
            return input.squeeze(self.dim + 1 if batch else self.dim)
        if batch:
            return input.reshape((input.shape[0], *[s for s in input.shape[1:] if s != 1]))
        squeezed = input.squeeze()
        return squeezed if squeezed.ndim else squeezed.reshape(1)


class Unsqueeze(Module):
    """A new dimension of size 1 (Torch7's ``nn.Unsqueeze``)."""

    def __init__(self, dim: int, num_input_dims: int | None = None) -> None:
        super().__init__()
        self.dim, self.num_input_dims = dim, num_input_dims

    def forward(self, input: Tensor) -> Tensor:
        extra = 0 if self.num_input_dims is None else input.ndim - self.num_input_dims
        return input.unsqueeze(self.dim + extra)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Transpose(Module):
    """Pairs of dimensions swapped, one pair after the other (Torch7's ``nn.Transpose``)."""

    def __init__(self, *pairs: tuple[int, int], num_input_dims: int | None = None) -> None:
        super().__init__()
        self.pairs, self.num_input_dims = pairs, num_input_dims

    def forward(self, input: Tensor) -> Tensor:
        extra = 0 if self.num_input_dims is None else input.ndim - self.num_input_dims
        for a, b in self.pairs:
            input = input.transpose(a + extra if a >= 0 else a, b + extra if b >= 0 else b)
        return input.contiguous()

    def extra_repr(self) -> str:
        return ", ".join(map(str, self.pairs))


class Contiguous(Module):
    """The same values one after another in memory (Torch7's ``nn.Contiguous``)."""

    def forward(self, input: Tensor) -> Tensor:
        return input.contiguous()


class Copy(Module):
    """The input in a dtype of its own (Torch7's ``nn.Copy``)."""

    def __init__(self, dtype: Any = None) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, input: Tensor) -> Tensor:
        return input.clone() if self.dtype is None else input.to(self.dtype)


class Select(Module):
    """Index ``index`` of dimension ``dim``; negative ones count from the end (Torch7's ``nn.Select``)."""

    def __init__(self, dim: int, index: int) -> None:
        super().__init__()
        self.dim, self.index = dim, index

    def forward(self, input: Tensor) -> Tensor:
        return input.select(self.dim, self.index)

    def extra_repr(self) -> str:
        return f"dim={self.dim}, index={self.index}"


class Narrow(Module):
    """``length`` indices of dimension ``dim`` from ``start`` (Torch7's ``nn.Narrow``).

    A negative length counts from the end: -1 is up to and including the last index, -2 up to the one before it.
    """

    def __init__(self, dim: int, start: int, length: int = 1) -> None:
        super().__init__()
        self.dim, self.start, self.length = dim, start, length

    def forward(self, input: Tensor) -> Tensor:
        size = input.size(self.dim)
        start = self.start + size if self.start < 0 else self.start
        length = size - start + self.length + 1 if self.length < 0 else self.length
        return input.narrow(self.dim, start, length)

    def extra_repr(self) -> str:
        return f"dim={self.dim}, start={self.start}, length={self.length}"


class Replicate(Module):
    """A new dimension ``dim`` in which the input is repeated ``count`` times (Torch7's ``nn.Replicate``)."""

    def __init__(self, count: int, dim: int = 0, num_input_dims: int | None = None) -> None:
        super().__init__()
        self.count, self.dim, self.num_input_dims = count, dim, num_input_dims

    def forward(self, input: Tensor) -> Tensor:
        batch = self.num_input_dims is not None and input.ndim > self.num_input_dims
        dim = self.dim + 1 if batch else self.dim
        wide = input.unsqueeze(dim)
        return wide.expand(*wide.shape[:dim], self.count, *wide.shape[dim + 1 :])

    def extra_repr(self) -> str:
        return f"count={self.count}, dim={self.dim}"


class _Reduction(Module):
    def __init__(self, dim: int = 0, num_input_dims: int | None = None) -> None:
        super().__init__()
        self.dim, self.num_input_dims = dim, num_input_dims

    def _dim(self, input: Tensor) -> int:
        return sample_dim(self.dim, self.num_input_dims, input.ndim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Sum(_Reduction):
    """The sum over a dimension (Torch7's ``nn.Sum``).

    Args:
        size_average: divides by the size of the dimension.
        squeeze: whether the dimension goes away, or stays with size 1.
    """

    def __init__(
        self, dim: int = 0, num_input_dims: int | None = None, size_average: bool = False, squeeze: bool = True
    ) -> None:
        super().__init__(dim, num_input_dims)
        self.size_average, self.squeeze = size_average, squeeze

    def forward(self, input: Tensor) -> Tensor:
        dim = self._dim(input)
        reduce = input.mean if self.size_average else input.sum
        out: Tensor = reduce(dim, keepdim=not self.squeeze)
        return out if out.ndim else out.reshape(1)


class Mean(Sum):
    """The mean over a dimension (Torch7's ``nn.Mean``)."""

    def __init__(self, dim: int = 0, num_input_dims: int | None = None, squeeze: bool = True) -> None:
        super().__init__(dim, num_input_dims, True, squeeze)


class Max(_Reduction):
    """The largest value along a dimension, which goes away (Torch7's ``nn.Max``)."""

    def forward(self, input: Tensor) -> Tensor:
        values: Tensor = input.max(self._dim(input))[0]
        return values if values.ndim else values.reshape(1)


class Min(_Reduction):
    """The smallest value along a dimension, which goes away (Torch7's ``nn.Min``)."""

    def forward(self, input: Tensor) -> Tensor:
        values: Tensor = input.min(self._dim(input))[0]
        return values if values.ndim else values.reshape(1)
