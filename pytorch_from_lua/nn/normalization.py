"""Batch normalisation (Ioffe and Szegedy, 2015)."""

from __future__ import annotations

from typing import Any

from pytorch_from_lua.errors import ShapeError
from pytorch_from_lua.nn import functional as F
from pytorch_from_lua.nn import init
from pytorch_from_lua.nn.linear import new_parameter
from pytorch_from_lua.nn.module import Module
from pytorch_from_lua.tensor import Tensor


class _BatchNorm(Module):
    """``y = (x - mean) / sqrt(var + eps) * weight + bias`` with mean and variance per channel.

    In training they are the batch's; ``running_mean`` and ``running_var`` (unbiased) move towards them by
    ``momentum`` and are used in evaluation.

    Args:
        num_features: the number of channels, the input's second dimension.
        eps: added to the variance.
        momentum: the weight of a new batch in the running statistics.
        affine: whether there are weight and bias.
    """

    _ndims: tuple[int, ...]

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum, self.affine = num_features, eps, momentum, affine
        self.register_parameter("weight", new_parameter(num_features, dtype=dtype) if affine else None)
        self.register_parameter("bias", new_parameter(num_features, dtype=dtype) if affine else None)
        self.register_buffer("running_mean", new_parameter(num_features, dtype=dtype).detach())
        self.register_buffer("running_var", new_parameter(num_features, dtype=dtype).detach())
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight 1, bias 0, running mean 0, running variance 1."""
        init.zeros_(self.running_mean)
        init.ones_(self.running_var)
        if self.affine:
            init.ones_(self.weight)
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in self._ndims:
            allowed = " or ".join(map(str, self._ndims))
            raise ShapeError(f"input: {type(self).__name__} needs {allowed} dimensions, got shape {input.shape}")
        return F.batch_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training,
            self.momentum,
            self.eps,
        )

    def extra_repr(self) -> str:
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}"


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of ``(N, C)`` or ``(N, C, L)`` (Torch7's ``nn.BatchNormalization``)."""

    _ndims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of ``(N, C, H, W)`` (Torch7's ``nn.SpatialBatchNormalization``)."""

    _ndims = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of ``(N, C, D, H, W)`` (Torch7's ``nn.VolumetricBatchNormalization``)."""

    _ndims = (5,)
