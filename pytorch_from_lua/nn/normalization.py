"""Normalisation with running statistics: of batches (Ioffe and Szegedy, 2015), instances (Ulyanov et al., 2016)."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn import init
from pytorch_from_lua.nn.linear import new_parameter
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor
from pytorch_from_lua.tensor.creation import zeros
from pytorch_from_lua.tensor.dtype import int64


class _Running(Module):
    """What batch and instance normalisation have in common."""

    #: The shapes that an input can have, ``C`` standing for the channels.
    _shapes: tuple[tuple[str, ...], ...]

    def __init__(
        self,
        num_features: int,
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        dtype: Any,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum, self.affine = num_features, eps, momentum, affine
        self.track_running_stats = track_running_stats
        for name in ("weight", "bias"):
            self.register_parameter(name, new_parameter(num_features, dtype=dtype) if affine else None)
        for name in ("running_mean", "running_var"):
            held = new_parameter(num_features, dtype=dtype).detach() if track_running_stats else None
            self.register_buffer(name, held)
        self.register_buffer("num_batches_tracked", zeros((), dtype=int64) if track_running_stats else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Running mean 0, running variance 1, no batch seen."""
        if self.track_running_stats:
            init.zeros_(self.running_mean)
            init.ones_(self.running_var)
            init.zeros_(self.num_batches_tracked)

    def reset_parameters(self) -> None:
        """Weight 1, bias 0, and `reset_running_stats`."""
        self.reset_running_stats()
        if self.affine:
            init.ones_(self.weight)
            init.zeros_(self.bias)

    def _check(self, input: Tensor) -> None:
        for shape in self._shapes:
            if len(shape) == input.ndim and input.shape[shape.index("C")] == self.num_features:
                return
        told = " or ".join(["(" + ", ".join(shape) + ")" for shape in self._shapes])
        told = told.replace("C", str(self.num_features))
        name = f"{type(self).__name__}({self.num_features})"
        raise ShapeError(f"{name}: input needs shape {told}, got {input.shape}")

    def extra_repr(self) -> str:
        said = f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}"
        return f"{said}, track_running_stats={self.track_running_stats}"


class _BatchNorm(_Running):
    """``y = (x - mean) / sqrt(var + eps) * weight + bias`` with mean and variance per channel.

    In training they are the batch's; ``running_mean`` and ``running_var`` (unbiased) move towards them by
    ``momentum`` and are used in evaluation.

    Args:
        num_features: the number of channels, the input's second dimension.
        eps: added to the variance.
        momentum: the weight of a new batch in the running statistics; None for the mean over all batches.
        affine: whether there are weight and bias.
        track_running_stats: whether there are running statistics; without, the batch's are used in evaluation too.
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, dtype)

    def _share(self) -> float:
        """How much the next batch counts in the running statistics: as much as each before where momentum is None."""
        if self.momentum is not None:
            return self.momentum
        return 1.0 / (int(self.num_batches_tracked.item()) + 1) if self.track_running_stats else 0.0

    def _counted(self) -> None:
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.array[...] += 1
            self.num_batches_tracked.bump()

    def forward(self, input: Tensor) -> Tensor:
        self._check(input)
        result = F.batch_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            self._share(),
            self.eps,
        )
        self._counted()
        return result


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of ``(N, C)`` or ``(N, C, L)`` (Torch7's ``nn.BatchNormalization``)."""

    _shapes = (("N", "C"), ("N", "C", "L"))


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of ``(N, C, H, W)`` (Torch7's ``nn.SpatialBatchNormalization``)."""

    _shapes = (("N", "C", "H", "W"),)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of ``(N, C, D, H, W)`` (Torch7's ``nn.VolumetricBatchNormalization``)."""

    _shapes = (("N", "C", "D", "H", "W"),)


class _InstanceNorm(_Running):
    """``y = (x - mean) / sqrt(var + eps) * weight + bias`` with mean and variance per channel of each sample.

    Args:
        num_features: the number of channels.
        eps: added to the variance.
        momentum: the weight of a new batch in the running statistics.
        affine: whether there are weight and bias.
        track_running_stats: whether there are running statistics, which are then used in evaluation.
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, dtype)

    def forward(self, input: Tensor) -> Tensor:
        self._check(input)
        one = input.ndim < max(map(len, self._shapes))
        result = F.instance_norm(
            input.unsqueeze(0) if one else input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return result.squeeze(0) if one else result


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of ``(N, C, L)`` or ``(C, L)``."""

    _shapes = (("N", "C", "L"), ("C", "L"))


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of ``(N, C, H, W)`` or ``(C, H, W)``."""

    _shapes = (("N", "C", "H", "W"), ("C", "H", "W"))


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of ``(N, C, D, H, W)`` or ``(C, D, H, W)``."""

    _shapes = (("N", "C", "D", "H", "W"), ("C", "D", "H", "W"))
