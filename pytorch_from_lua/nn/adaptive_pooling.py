"""Pooling to a given size: over windows that share out the image, and over random ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from pytorch_from_lua.errors import ModuleError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn.convolution import sizes
from pytorch_from_lua.nn.functional.adaptive import OutputSize, fractional
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor

M = TypeVar("M", bound="_FractionalMaxPool")


class _Adaptive(Module):
    dimensions: ClassVar[int]

    def __init__(self, output_size: OutputSize) -> None:
        super().__init__()
        given = tuple(output_size) if isinstance(output_size, Sequence) else (output_size,)
        given = given * self.dimensions if len(given) == 1 else given
        for size in given:
            if size is not None:
                sizes(f"{type(self).__name__}: output_size", size, 1, 1)
        if len(given) != self.dimensions:
            raise ModuleError(f"{type(self).__name__}: output_size: needs a number or {self.dimensions}, got {given}")
        self.output_size = given

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class _AdaptiveAvg(_Adaptive):
    def forward(self, input: Tensor) -> Tensor:
        pool = getattr(F, f"adaptive_avg_pool{self.dimensions}d")
        return pool(input, self.output_size)  # type: ignore[no-any-return]


class AdaptiveAvgPool1d(_AdaptiveAvg):
    """The means of ``output_size`` windows that share out a sequence: ``(N, C, L)`` to ``(N, C, output_size)``.

    Window ``o`` reaches from ``floor(o L / L')`` to ``ceil((o + 1) L / L') - 1``.
    """

    dimensions = 1


class AdaptiveAvgPool2d(_AdaptiveAvg):
    """The means of windows that share out an image (Torch7's ``nn.SpatialAdaptiveAveragePooling``).

    Shapes: input ``(N, C, H, W)`` or without the N; output ``(N, C, *output_size)``. Windows as `AdaptiveAvgPool1d`
    says.

    Args:
        output_size: one number or (height, width); None keeps the input's.
    """

    dimensions = 2


class AdaptiveAvgPool3d(_AdaptiveAvg):
    """The means of windows that share out a volume ``(N, C, D, H, W)``; see `AdaptiveAvgPool2d`."""

    dimensions = 3


class _AdaptiveMax(_Adaptive):
    def __init__(self, output_size: OutputSize, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        return getattr(F, f"adaptive_max_pool{self.dimensions}d")(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMax):
    """The largest elements of windows that share out a sequence; windows as in `AdaptiveAvgPool1d`.

    Shapes: ``(N, C, L)`` or ``(C, L)``; in the output ``output_size`` stands for ``L``.

    Args:
        output_size: how many there are.
        return_indices: whether to return where the elements lie too.
    """

    dimensions = 1


class AdaptiveMaxPool2d(_AdaptiveMax):
    """The largest elements of windows that share out an image (Torch7's ``nn.SpatialAdaptiveMaxPooling``).

    Shapes: input ``(N, C, H, W)`` or without the N; output ``(N, C, *output_size)``.

    Args:
        output_size: one number or (height, width); None keeps the input's.
        return_indices: whether to return where the elements lie too, as ``h W + w``.
    """

    dimensions = 2


class AdaptiveMaxPool3d(_AdaptiveMax):
    """The largest elements of windows that share out a volume ``(N, C, D, H, W)``; see `AdaptiveMaxPool2d`."""

    dimensions = 3


class _FractionalMaxPool(Module):
    dimensions: ClassVar[int]

    def __init__(
        self,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        name, count = type(self).__name__, self.dimensions
        self.kernel_size = sizes(f"{name}: kernel_size", kernel_size, count, 1)
        if (output_size is None) == (output_ratio is None):
            raise ModuleError(
                f"{name}: needs one of output_size and output_ratio, got {output_size} and {output_ratio}"
            )
        self.output_size = None if output_size is None else sizes(f"{name}: output_size", output_size, count, 1)
        ratio = (output_ratio,) * count if isinstance(output_ratio, (int, float)) else output_ratio
        self.output_ratio = None if ratio is None else tuple([float(r) for r in ratio])
        if self.output_ratio is not None and (
            len(self.output_ratio) != count or not all(0 < r < 1 for r in self.output_ratio)
        ):
            raise ModuleError(f"{name}: output_ratio: needs numbers between 0 and 1, got {output_ratio}")
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples, persistent=False)
        self.fixed_regions = _random_samples is not None

    def fix_pooling_regions(self: M, fixed: bool = True) -> M:
        """From now on the windows drawn next are used again and again, while the input has as many planes.

        Args:
            fixed: whether they are; with False they are drawn anew each time.
        """
        self.fixed_regions = fixed
        if not fixed:
            self._random_samples = None
        return self

    def forward(self, input: Tensor) -> Any:
        samples: Tensor | None = self._random_samples if self.fixed_regions else None
        count = self.dimensions
        if samples is not None and input.ndim > count:
            batch = input.shape[0] if input.ndim == count + 2 else 1
            if samples.shape[:2] != (batch, input.shape[-count - 1]):
                samples = None
        given = self.kernel_size, self.output_size, self.output_ratio, samples
        values, places, used = fractional(type(self).__name__, input, *given, count)
        if self.fixed_regions:
            self.register_buffer("_random_samples", used, persistent=False)
        return (values, places) if self.return_indices else values

    def extra_repr(self) -> str:
        wanted = f"output_ratio={self.output_ratio}" if self.output_size is None else f"output_size={self.output_size}"
        return f"kernel_size={self.kernel_size}, {wanted}"


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest elements of windows at random distances (Torch7's ``nn.SpatialFractionalMaxPooling``).

    They are drawn anew for each input, in Torch7's order. See Graham, "Fractional Max-Pooling", 2014.

    Shapes: input ``(N, C, H, W)`` or without the N; output ``(N, C, *output_size)``.

    Args:
        kernel_size: the windows' size.
        output_size: how many there are, one number or (height, width).
        output_ratio: the same as a part of the input's size, between 0 and 1; one of the two is given.
        return_indices: whether to return where the elements lie too, as ``h W + w``.
        _random_samples: random numbers to use for every input, ``(N, C, 2)``, in place of fresh ones.
    """

    dimensions = 2


class FractionalMaxPool3d(_FractionalMaxPool):
    """As `FractionalMaxPool2d` for volumes ``(N, C, D, H, W)`` (Torch7's ``nn.VolumetricFractionalMaxPooling``)."""

    dimensions = 3
