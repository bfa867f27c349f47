"""What undoes max pooling: each element goes back to where it was found, all else is 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.nn.pooling import MaxPool2d, MaxPool3d, Sizes, _Windows
from pytorch_from_lua.tensor import Tensor


class _MaxUnpool(_Windows):
    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0) -> None:
        super().__init__()
        self._set_windows(kernel_size, stride, padding)

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        unpool = getattr(F, f"max_unpool{self.dimensions}d")
        how = self.kernel_size, self.stride, self.padding, output_size
        return unpool(input, indices, *how)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return self._told()


class MaxUnpool1d(_MaxUnpool):
    """What undoes `MaxPool1d`; see `MaxUnpool2d`.

    Shapes: input and indices ``(N, C, L)`` or ``(C, L)``; the output has ``(L - 1) stride - 2 padding + kernel_size``
    in place of ``L``, where no ``output_size`` is given.
    """

    dimensions = 1


class MaxUnpool2d(_MaxUnpool):
    """What undoes `MaxPool2d`: called with its values and places, and where it is not clear, the size of its input.

    Shapes: input and indices ``(N, C, H, W)`` or without the N; output ``(N, C, H', W')`` with
    ``H' = (H - 1) stride - 2 padding + kernel_size`` where no ``output_size`` is given.

    >>> import pytorch_from_lua as torch
    >>> pool, unpool = torch.nn.MaxPool2d(2, return_indices=True), torch.nn.MaxUnpool2d(2)
    >>> unpool(*pool(torch.tensor([[[1.0, 5.0], [3.0, 4.0]]]))).tolist()
    [[[0.0, 5.0], [0.0, 0.0]]]
    """

    dimensions = 2


class MaxUnpool3d(_MaxUnpool):
    """What undoes `MaxPool3d`; see `MaxUnpool2d` (Torch7's ``nn.VolumetricMaxUnpooling``).

    Shapes: input and indices ``(N, C, D, H, W)`` or ``(C, D, H, W)``; in the output each of the last three is
    ``(size - 1) stride - 2 padding + kernel_size``, where no ``output_size`` is given.
    """

    dimensions = 3


class _UnpoolingOf(Module):
    """Belongs to a pooling module and asks it for the places."""

    dimensions: ClassVar[int]
    partner: ClassVar[type[Module]]

    def __init__(self, pooling: Any) -> None:
        super().__init__()
        name = type(self).__name__
        if not isinstance(pooling, self.partner):
            raise ModuleError(f"{name}: pooling: needs a {self.partner.__name__}, got {type(pooling).__name__}")
        if pooling.kernel_size != pooling.stride:
            raise ModuleError(f"{name}: pooling: needs windows side by side, got {pooling}")
        pooling.keeps_places = True
        # The pooling module stands elsewhere in the net: it is not part of this one.
        self.__dict__["pooling"] = pooling

    def forward(self, input: Tensor) -> Tensor:
        pooling = self.pooling
        if pooling.__dict__.get("indices") is None:
            raise ModuleError(f"{type(self).__name__}: its pooling module has seen no input yet: {pooling}")
        return F.place_elements(input, pooling.indices, pooling.input_size)

    def extra_repr(self) -> str:
        return f"of {self.pooling}"


class SpatialMaxUnpooling(_UnpoolingOf):
    """What undoes the `MaxPool2d` that it was built with (Torch7's ``nn.SpatialMaxUnpooling``).

    It takes the places, and the size, of what that module was last given; the pooling module keeps them from then on.
    Both stand in one net, the pooling module before this one.

    Shapes: input what the pooling module gave, ``(N, C, H, W)`` or without the N; output the shape of its input.

    >>> import pytorch_from_lua as torch
    >>> pool = torch.nn.MaxPool2d(2)
    >>> net = torch.nn.Sequential(pool, torch.nn.SpatialMaxUnpooling(pool))
    >>> net(torch.tensor([[[1.0, 5.0], [3.0, 4.0]]])).tolist()
    [[[0.0, 5.0], [0.0, 0.0]]]

    Raises:
        ModuleError: it is given something else than a `MaxPool2d` whose windows lie side by side.
    """

    dimensions = 2
    partner = MaxPool2d


class VolumetricMaxUnpooling(_UnpoolingOf):
    """As `SpatialMaxUnpooling` for a `MaxPool3d` (Torch7's ``nn.VolumetricMaxUnpooling``)."""

    dimensions = 3
    partner = MaxPool3d
