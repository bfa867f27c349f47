"""Modules over lists of tensors (what Torch7 calls tables)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, ClassVar

from pytorch_from_lua.errors import ModuleError, ShapeError
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.nn.shape import sample_dim
from pytorch_from_lua.tensor import Tensor


class _Folded(Module):
    """One tensor out of a list, by a function of two taken from left to right."""

    _function: ClassVar[Callable[..., Tensor]]
    _count: ClassVar[int | None] = None

    def _check(self, input: Sequence[Tensor]) -> None:
        if len(input) < 1 or (self._count is not None and len(input) != self._count):
            raise ModuleError(f"input: {type(self).__name__} needs {self._count or 'some'} tensors, got {len(input)}")
        shapes = [tuple(x.shape) for x in input]
        if len(set(shapes)) != 1:
            raise ShapeError(f"input: {type(self).__name__} needs tensors of one shape, got {shapes}")

    def forward(self, input: Sequence[Tensor]) -> Tensor:
        self._check(input)
        return reduce(type(self)._function, input)


class CAddTable(_Folded):
    """The sum of the tensors (Torch7's ``nn.CAddTable``)."""

    _function = staticmethod(lambda a, b: a + b)

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Sequence[Tensor]) -> Tensor:
        if not self.inplace:
            return super().forward(input)
        self._check(input)
        total = input[0]
        for other in input[1:]:
            total = total.add_(other)
        return total


class CMulTable(_Folded):
    """The product of the tensors (Torch7's ``nn.CMulTable``)."""

    _function = staticmethod(lambda a, b: a * b)


class CSubTable(_Folded):
    """The first of two tensors minus the second (Torch7's ``nn.CSubTable``)."""

    _function = staticmethod(lambda a, b: a - b)
    _count = 2


class CDivTable(_Folded):
    """The first of two tensors divided by the second (Torch7's ``nn.CDivTable``)."""

    _function = staticmethod(lambda a, b: a / b)
    _count = 2


class CMaxTable(_Folded):
    """The larger of each element; of equal ones the first tensor's counts (Torch7's ``nn.CMaxTable``)."""

    _function = staticmethod(lambda a, b: b.where(b > a, a))


class CMinTable(_Folded):
    """The smaller of each element; of equal ones the first tensor's counts (Torch7's ``nn.CMinTable``)."""

    _function = staticmethod(lambda a, b: b.where(b < a, a))


class JoinTable(Module):
    """The tensors joined along ``dim`` (Torch7's ``nn.JoinTable``)."""

    def __init__(self, dim: int, num_input_dims: int | None = None) -> None:
        super().__init__()
        self.dim, self.num_input_dims = dim, num_input_dims

    def forward(self, input: Sequence[Tensor]) -> Tensor:
        from pytorch_from_lua import cat

        return cat(list(input), sample_dim(self.dim, self.num_input_dims, input[0].ndim))

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class SplitTable(Module):
    """The list of all indices of dimension ``dim`` (Torch7's ``nn.SplitTable``)."""

    def __init__(self, dim: int, num_input_dims: int | None = None) -> None:
        super().__init__()
        self.dim, self.num_input_dims = dim, num_input_dims

    def forward(self, input: Tensor) -> list[Tensor]:
        dim = sample_dim(self.dim, self.num_input_dims, input.ndim)
        return [input.select(dim, i) for i in range(input.size(dim))]

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class SelectTable(Module):
    """One element of a list, or one value of a dict (Torch7's ``nn.SelectTable``)."""

    def __init__(self, index: Any) -> None:
        super().__init__()
        self.index = index

    def forward(self, input: Any) -> Any:
        try:
            return input[self.index]
        except (IndexError, KeyError):
            raise ModuleError(f"index: {self.index!r} is not in an input of {len(input)} elements") from None

    def extra_repr(self) -> str:
        return f"index={self.index!r}"


class NarrowTable(Module):
    """``length`` elements of a list from ``start`` (Torch7's ``nn.NarrowTable``)."""

    def __init__(self, start: int, length: int = 1) -> None:
        super().__init__()
        self.start, self.length = start, length

    def forward(self, input: Sequence[Any]) -> list[Any]:
        if self.start + self.length > len(input):
            raise ModuleError(f"start, length: {self.start}, {self.length} do not lie in {len(input)} elements")
        return list(input[self.start : self.start + self.length])

    def extra_repr(self) -> str:
        return f"start={self.start}, length={self.length}"


class FlattenTable(Module):
    """The tensors of nested lists in one list (Torch7's ``nn.FlattenTable``)."""

    def forward(self, input: Sequence[Any]) -> list[Tensor]:
        flat: list[Tensor] = []
        for item in input:
            if isinstance(item, (list, tuple)):
                flat.extend(self.forward(item))
            else:
                flat.append(item)
        return flat
