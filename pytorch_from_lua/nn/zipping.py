"""Modules over nested lists of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytorch_from_lua.errors import ModuleError, ShapeError
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor


class ZipTable(Module):
    """``[[a1, a2], [b1, b2]]`` to ``[[a1, b1], [a2, b2]]`` (Torch7's ``nn.ZipTable``).

    >>> ZipTable()([[1, 2], [3, 4]])
    [[1, 3], [2, 4]]
    """

    def forward(self, input: Sequence[Sequence[Any]]) -> list[list[Any]]:
        lengths = [len(row) for row in input]
        if len(set(lengths)) > 1:
            raise ModuleError(f"input: ZipTable needs lists of one length, got {lengths}")
        return [list(column) for column in zip(*input, strict=True)]


def _one_and_many(name: str, input: Any) -> tuple[Any, Sequence[Any]]:
    if len(input) != 2 or isinstance(input[1], Tensor):
        raise ModuleError(f"input: {name} needs [one, [several]], got a list of {len(input)}")
    return input[0], input[1]


class ZipTableOneToMany(Module):
    """``[v, [a, b]]`` to ``[[v, a], [v, b]]`` (Torch7's ``nn.ZipTableOneToMany``).

    >>> ZipTableOneToMany()([1, [2, 3]])
    [[1, 2], [1, 3]]
    """

    def forward(self, input: Sequence[Any]) -> list[list[Any]]:
        one, many = _one_and_many("ZipTableOneToMany", input)
        return [[one, item] for item in many]


class CAddTensorTable(Module):
    """``[v, [a, b]]`` to ``[v + a, v + b]`` (Torch7's ``nn.CAddTensorTable``)."""

    def forward(self, input: Sequence[Any]) -> list[Tensor]:
        one, many = _one_and_many("CAddTensorTable", input)
        for item in many:
            if item.shape != one.shape:
                raise ShapeError(f"input: CAddTensorTable needs tensors of shape {one.shape}, got {item.shape}")
        return [item + one for item in many]


class MixtureTable(Module):
    """What experts say, weighted by a gater (Torch7's ``nn.MixtureTable``): ``sum_i gater[:, i] * experts[i]``.

    Shapes: a list of the gater, ``(experts,)`` or ``(batch, experts)``, and of the experts: a list of tensors of one
    shape, or one tensor that has them along ``dim``. In a batch the tensors' first dimension is the batch.

    Args:
        dim: where one tensor has the experts; None is the gater's last dimension.

    >>> import pytorch_from_lua as torch
    >>> MixtureTable()([torch.tensor([0.25, 0.75]), [torch.tensor([0.0, 4.0]), torch.tensor([4.0, 8.0])]])
    tensor([3., 7.])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Sequence[Any]) -> Tensor:
        if len(input) != 2:
            raise ModuleError(f"input: MixtureTable needs [gater, experts], got a list of {len(input)}")
        gater, experts = input
        if gater.ndim not in (1, 2):
            raise ShapeError(f"input: MixtureTable needs a gater of one or two dimensions, got shape {gater.shape}")
        if isinstance(experts, Tensor):
            dim = gater.ndim - 1 if self.dim is None else self.dim
            if dim >= experts.ndim:
                raise ShapeError(f"input: MixtureTable(dim={self.dim}) got experts of shape {experts.shape}")
            experts = experts.unbind(dim)
        shapes = {tuple(e.shape) for e in experts}
        if len(experts) != gater.shape[-1] or len(shapes) != 1:
            raise ShapeError(f"input: MixtureTable got a gater of shape {gater.shape} and experts of {sorted(shapes)}")
        shape = shapes.pop()
        if gater.ndim == 2 and shape[:1] != gater.shape[:1]:
            raise ShapeError(f"input: MixtureTable got a batch of {gater.shape[0]} and experts of shape {shape}")
        # Not the kernel that Lua calls: it takes any number of experts, and rules name their inputs one by one.
        wide = (-1,) + (1,) * (len(shape) - 1) if gater.ndim == 2 else (1,) * len(shape)
        total = None
        for i, expert in enumerate(experts):
            part = gater.select(-1, i).reshape(wide) * expert
            total = part if total is None else total + part
        return total  # type: ignore[return-value]

    def extra_repr(self) -> str:
        return "" if self.dim is None else f"dim={self.dim}"
